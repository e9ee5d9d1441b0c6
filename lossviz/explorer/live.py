"""The live picture: `explore` gives a scene its sliders, and a canvas in the browser.

An `Explorer` is a widget whose parameters are traits: ``e.sigma = 0.5`` moves the slider and the
picture, ``e.observe(f, "sigma")`` follows the hand, ``e.readout`` is the sentence under the
picture. What a frame looks like is `stage`'s business, how it gets to the page is `wire`'s, and
what the sliders are is `controls`'s.
"""

from __future__ import annotations

from collections.abc import Iterator

import traitlets

from lossviz.explorer.controls import Controls, trait
from lossviz.explorer.parameters import Slider, in_words
from lossviz.explorer.stage import Scene, Stage
from lossviz.explorer.wire import Wire
from lossviz.page.block import Block, Output, picture_output, text_output
from lossviz.page.questions import Question, ask


class Explorer(Block):
    """A scene with controls. Its parameters are traits; `reset()` puts them back."""

    readout = traitlets.Unicode(help="the sentence of the current frame")
    asleep = traitlets.Bool(False, help="whether the controls wait for an answer")

    def __init__(self, scene: Scene, *data, question=None, **options):
        starts = {name: options.pop(name) for name in scene.parameters if name in options}
        self._parameters, self._shows = scene.parameters, scene.shows
        stage = Stage(scene, *data, **options)
        super().__init__()
        self.add_class("lossviz-explorer")
        self.add_traits(**{name: trait(p, name) for name, p in self._parameters.items()})
        for name, value in starts.items():
            setattr(self, name, value)
        self._start = dict(self.values)
        self._wire = Wire(stage, self._parameters, lambda: self.values, lambda: not self.asleep)
        names = list(self._parameters)
        self.observe(lambda _: self._wire.describe(self.values), names)  # before the controls move
        self._controls = Controls(self, self._parameters, self.reset, self._wire.say)
        self.readout = self._wire.open(self._controls.main)
        self.children = [self._wire.picture, self._controls]
        # Last of all observers: the controls agree before a frame is drawn, or fails.
        self.observe(self._changed, names)
        self._question = None
        if question is not None:
            self._attach(question)

    # ---- parameters
    @property
    def values(self) -> dict:
        """The current value of every parameter."""
        return {name: getattr(self, name) for name in self._parameters}

    def reset(self, *names: str) -> None:
        """Put these parameters, or all, back to where they started."""
        for name in names or self._parameters:
            setattr(self, name, self._start[name])

    def _changed(self, change) -> None:
        name = change["name"]
        slides = isinstance(self._parameters[name], Slider)
        forward = not slides or change["new"] > change["old"]
        self.readout = self._wire.show(self.values, name, forward)

    # ---- asleep until answered
    def _attach(self, question) -> None:
        """Keep the controls asleep until the question is answered or skipped."""
        if isinstance(question, Question):
            question = ask(question)
            question.note = "The controls below wake when you answer or skip."
        self._question = question
        question.explorer = self
        self.children = [question, *self.children]
        self.asleep = not question.done
        question.observe(lambda change: setattr(self, "asleep", not change["new"]), "done")

    @traitlets.observe("asleep")
    def _asleep_changed(self, change):
        self._controls.put_to_sleep(change["new"])
        self._wire.wake()

    # ---- without a kernel, and the end
    def __str__(self):
        return self.readout if self._question is None else f"{self._question}\n{self.readout}"

    def _above(self) -> Output | None:
        """What stands above the picture where no kernel runs."""
        return None if self._question is None else text_output(str(self._question))

    def without_kernel(self) -> Iterator[Output]:
        if (above := self._above()) is not None:
            yield above
        if (still := self._wire.still(self.values)) is not None:
            yield picture_output(*still)
        at = {**self._start, **self._shows}
        if self._shows and at != self.values and (still := self._wire.still(at)):
            said = [in_words(self._parameters[name], v, name) for name, v in self._shows.items()]
            yield picture_output(*still, f"With {'; '.join(said)}:")

    def close(self) -> None:
        """Close every widget of the explorer and let go of its figure."""
        if hasattr(self, "_wire"):  # not while half made
            self._wire.close()
        super().close()


def explore(scene: Scene, *data, question=None, **options) -> Explorer:
    """Show a scene live.

    `data` and the remaining `options` go to the scene's drawing function; an option that bears a
    parameter's name is where that parameter starts. With a `question` the controls sleep until it
    is answered or skipped. Running the cell again closes the explorer that it made before.

    Raises ValueError if `scene` was not made with ``@scene``.
    """
    if not isinstance(scene, Scene):
        raise ValueError(f"scene must be made with @scene(...); got {scene!r}")
    return Explorer(scene, *data, question=question, **options)
