"""The live picture: `explore` gives a scene its sliders, and a canvas in the browser.

An `Explorer` is a widget whose parameters are traits: ``e.sigma = 0.5`` moves the slider and the
picture, ``e.observe(f, "sigma")`` follows the hand, ``e.readout`` is the sentence under the
picture. What a frame looks like is `stage`'s business, which frames to draw before they are asked
for is `ahead`'s, and how a frame travels is `frames`'s.
"""

from __future__ import annotations

import contextlib
import json
import math
import traceback
import weakref
import zlib
from base64 import b64encode
from pathlib import Path

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets

from lossviz import ahead
from lossviz.frames import encode
from lossviz.stage import DRAWING, Choice, Press, Scene, Slider, Stage, Toggle

HERE = Path(__file__).parent
MAX_PIXEL_RATIO = 3


class Picture(anywidget.AnyWidget):
    """The canvas and the sentence under it; `explorer.js` is its other half."""

    _esm = HERE / "explorer.js"
    _css = HERE / "explorer.css"
    # The stock widgets that stand for the parameters, the sliders first; `grids` are the sliders'.
    controls = traitlets.List().tag(sync=True, **widgets.widget_serialization)
    grids = traitlets.List().tag(sync=True)
    # The values of all parameters that are not sliders: frames of another context do not fit.
    context = traitlets.Unicode().tag(sync=True)
    # For each slider None, or {"index", "value"} where a value off its grid was typed or set: the
    # slider itself can only stand at the grid's nearest number.
    off_grid = traitlets.List().tag(sync=True)
    size = traitlets.List().tag(sync=True)  # CSS pixels
    first_sentence = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)


class Explorer(widgets.VBox):
    """A scene with controls. Its parameters are traits; `reset()` puts them back."""

    readout = traitlets.Unicode(help="the sentence of the current frame")
    asleep = traitlets.Bool(False, help="whether the controls wait for an answer")

    def __init__(self, scene: Scene, *data, question=None, **options):
        starts = {name: options.pop(name) for name in scene.parameters if name in options}
        self._parameters = scene.parameters
        self._sliders = {n: p for n, p in self._parameters.items() if isinstance(p, Slider)}
        self._stage = Stage(scene, *data, **options)
        self._base = None  # pixels that the browser paints frames over
        self._base_still = None  # the stage's count when they were sent
        self._sent: dict[tuple, tuple[str, int]] = {}  # sentence, bytes of the browser's frames
        super().__init__()
        self.add_class("lossviz-explorer")
        self.add_traits(**{name: _trait(name, p) for name, p in self._parameters.items()})
        for name, value in starts.items():
            setattr(self, name, value)
        self._start = dict(self.values)

        self._owned: list[widgets.Widget] = []
        self.observe(self._describe, list(self._parameters))  # before the controls move
        rows = {name: self._row(name, p) for name, p in self._parameters.items()}
        ordered = [*self._sliders, *(n for n in rows if n not in self._sliders)]
        self.readout = self._draw(self.values)
        # Complete from the start: the page reads these when the widget's message arrives.
        self._picture = Picture(
            controls=[rows[name].children[0] for name in ordered],
            grids=[_grid(slider) for slider in self._sliders.values()],
            size=list(self._stage.css_size),
            first_sentence=self.readout,
            **self._description(),
        )
        self._picture.on_msg(self._heard)
        controls = widgets.Box([rows[name] for name in self._parameters])
        controls.add_class("lossviz-controls")
        self._owned += [controls, self._picture]
        self.children = [self._picture, controls]
        self._ahead = ahead.Ahead(self._sliders, self._draw_ahead, self._bytes_sent)
        # Last of all observers: the controls agree before a frame is drawn, or fails.
        self.observe(self._changed, list(self._parameters))
        if question is not None:
            self._attach(question)

    # ---- parameters and controls
    @property
    def values(self) -> dict:
        """The current value of every parameter."""
        return {name: getattr(self, name) for name in self._parameters}

    def reset(self, *names: str) -> None:
        """Put these parameters, or all, back to where they started."""
        for name in names or self._parameters:
            setattr(self, name, self._start[name])

    def _row(self, name: str, parameter) -> widgets.Box:
        control = _control(name, parameter, getattr(self, name))
        label = parameter.label or name
        row = [control]
        if isinstance(parameter, Press):
            control.on_click(lambda _: setattr(self, name, getattr(self, name) + 1))
        elif isinstance(parameter, Slider):
            self._follow(name, parameter, control)
        else:
            traitlets.link((self, name), (control, "value"))
        if isinstance(parameter, Slider):
            box = _number_box(parameter, getattr(self, name), label)
            traitlets.link((self, name), (box, "value"))
            reset = widgets.Button(icon="undo", tooltip=f"Reset {label}")
            reset.add_class("lossviz-reset")
            reset.on_click(lambda _: self.reset(name))
            row += [box, reset]
        row = widgets.HBox(row)
        row.add_class("lossviz-row")
        if not isinstance(parameter, Slider):
            row.add_class("lossviz-short")
        self._owned += [*row.children, row]
        return row

    def _follow(self, name: str, slider: Slider, control: widgets.Widget) -> None:
        """Keep a slider at the grid's number nearest to the parameter, and follow its moves.

        Where both stand at one grid number nothing is written: a value sent back with its rounding
        dust taken off would reach the page late and pull the handle back from the next step.
        """

        def apart():
            return slider.nearest(control.value) != slider.nearest(getattr(self, name))

        def place(change):
            if apart():
                control.value = slider.nearest(change["new"])

        def moved(change):
            if apart():
                setattr(self, name, change["new"])

        self.observe(place, name)
        control.observe(moved, "value")

    def _attach(self, question) -> None:
        """Keep the controls asleep until the question is answered or skipped."""
        from lossviz.questions import Question, ask

        if isinstance(question, Question):
            question = ask(question)
            question.note = "The controls below wake when you answer or skip."
        self.children = [question, *self.children]
        self.asleep = not question.done
        question.observe(lambda change: setattr(self, "asleep", not change["new"]), "done")
        self._question = question
        self._owned.append(question)

    @traitlets.observe("asleep")
    def _asleep_changed(self, change):
        for widget in self._owned:
            if hasattr(widget, "disabled") and widget is not getattr(self, "_question", None):
                widget.disabled = change["new"]

    # ---- frames
    def _draw(self, values: dict) -> str:
        return self._stage.draw(values)

    def _context(self, values: dict) -> str:
        return json.dumps([v for name, v in values.items() if name not in self._sliders])

    def _description(self) -> dict:
        """What the page's sliders alone do not say of the current values."""
        values = self.values
        off_grid = [slider.off_grid(values[name]) for name, slider in self._sliders.items()]
        return {"context": self._context(values), "off_grid": off_grid}

    def _describe(self, _) -> None:
        for trait, value in self._description().items():
            setattr(self._picture, trait, value)

    def _changed(self, change) -> None:
        name, values = change["name"], self.values
        forward = name not in self._sliders or change["new"] > change["old"]
        with DRAWING:
            sent = self._sent.get(tuple(values.values()))
            sentence = sent[0] if sent else self._draw_live(values)
        self._picture.error = ""
        self.readout = sentence
        self._ahead.touch(values, name, forward)

    def _draw_live(self, values: dict) -> str:
        try:
            sentence = self._draw(values)
        except Exception as error:
            self._picture.error = _explain(error, values)
            raise
        if self._base_still is not None:  # a browser listens
            self._send_frames([self._frame(values, sentence)], live=True)
        return sentence

    def _draw_ahead(self, batch) -> tuple[int, int]:
        """Draw frames before they are asked for; how many, and their inflated bytes."""
        with DRAWING:
            frames = []
            for values in batch:
                if self._stage is None:
                    return 0, 0
                try:
                    sentence = self._draw(values)
                except Exception:  # shown and raised when the hand gets there
                    continue
                still = self._base_still
                frame = self._frame(values, sentence)
                frames = [*(frames if still == self._base_still else ()), frame]
            if frames:
                self._send_frames(frames, live=False)
            return len(frames), sum(len(pixels) for _, pixels in frames)

    def _bytes_sent(self, values: dict) -> int | None:
        """The inflated bytes of a frame that the browser has, or None."""
        return self._sent.get(tuple(values.values()), (None, None))[1]

    def _frame(self, values: dict, sentence: str) -> tuple[dict, bytes]:
        """The frame that the stage holds, as it travels. Sends a new base first if it needs one."""
        if self._base_still != self._stage.still:
            self._send_base()
        pixels, whole = encode(self._stage.pixels, self._base)
        self._sent[tuple(values.values())] = sentence, len(pixels)
        message = {
            "values": list(values.values()),
            "sliders": [values[name] for name in self._sliders],
            "context": self._context(values),
            "sentence": sentence,
            "whole": whole,
            "bytes": len(pixels),
        }
        return message, pixels

    def _send_frames(self, frames: list, live: bool) -> None:
        message = {"kind": "frames", "live": live, "frames": [message for message, _ in frames]}
        self._picture.send(message, [zlib.compress(b"".join(p for _, p in frames), 1)])

    def _send_base(self) -> None:
        self._base, self._base_still = self._stage.background, self._stage.still
        self._sent.clear()
        width, height = self._stage.canvas.get_width_height(physical=True)
        message = {"kind": "base", "width": width, "height": height}
        self._picture.send(message, [zlib.compress(self._base, 1)])

    def _heard(self, _, message: dict, buffers) -> None:
        """What the page says: it opened, it took frames in and dropped others, it misses one."""
        for values in message.get("dropped", ()):
            self._sent.pop(tuple(values), None)
        if "took" in message:
            return self._ahead.acknowledge(int(message["took"]))
        with DRAWING:
            if self._stage is None:
                return
            if "hello" in message:
                self._hello(float(message["hello"]))
            elif "need" in message:
                self._draw_live(self.values)

    def _hello(self, ratio: float) -> None:
        ratio = min(max(ratio, 1.0), MAX_PIXEL_RATIO)
        if ratio != self._stage.pixel_ratio:
            self._stage.set_pixel_ratio(ratio)
        values = self.values
        sentence = self._draw(values)
        self._send_base()
        self._send_frames([self._frame(values, sentence)], live=True)
        self._ahead.hello(values)

    # ---- life
    def _repr_mimebundle_(self, **kwargs) -> dict:
        """The widget's view, and for places without a kernel the picture and its sentence."""
        with DRAWING:
            if self._stage is None:
                return {"text/plain": self.readout}
            ratio = self._stage.pixel_ratio
            if ratio != 1:
                self._stage.set_pixel_ratio(1)
            self._draw(self.values)
            png = self._stage.png()
            if ratio != 1:
                self._stage.set_pixel_ratio(ratio)
        bundle = super()._repr_mimebundle_(**kwargs) or {}
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        question = getattr(self, "_question", None)
        text = f"{question}\n{self.readout}" if question is not None else self.readout
        return {**data, "text/plain": text, "image/png": b64encode(png).decode()}, metadata

    def close(self) -> None:
        """Close every widget of the explorer and let go of its figure."""
        if not hasattr(self, "_ahead") or self._stage is None:  # half made, or closed already
            return super().close()
        self._ahead.close()
        with DRAWING:
            self._stage = self._base = None
        self.unobserve_all()
        for widget in self._owned:
            _close_with_looks(widget)
        self._owned.clear()
        self.children = ()
        self.layout.close()
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
    _watch()
    explorer = Explorer(scene, *data, question=question, **options)
    _of_cell.setdefault(_cell, []).append(weakref.ref(explorer))
    return explorer


def _trait(name: str, parameter) -> traitlets.TraitType:
    label = parameter.label or name
    if isinstance(parameter, Choice):
        return traitlets.Enum(parameter.options, default_value=parameter.value, help=label)
    if isinstance(parameter, Toggle):
        return traitlets.Bool(parameter.value, help=label)
    if isinstance(parameter, Press):
        return traitlets.Int(parameter.value, min=0, help=label)
    return _OnGrid(parameter, help=label)


class _OnGrid(traitlets.TraitType):
    """A number within a slider's ends; rounding dust is taken off numbers of its grid."""

    def __init__(self, slider: Slider, **kwargs):
        self.slider = slider
        super().__init__(slider.value, **kwargs)

    def validate(self, obj, value):
        slider = self.slider
        if isinstance(value, np.generic):
            value = value.item()
        number = isinstance(value, int | float) and not isinstance(value, bool)
        snapped = slider.snap(value) if number else value
        if not number or not slider.low <= snapped <= slider.high:
            raise traitlets.TraitError(
                f"{self.name} must be a number from {slider.low} to {slider.high}; got {value!r}"
            )
        if slider.integer and snapped != int(snapped):
            raise traitlets.TraitError(f"{self.name} must be a whole number; got {value!r}")
        return int(snapped) if slider.integer else float(snapped)


def _grid(slider: Slider) -> dict:
    return {"low": slider.low, "step": slider.step, "log": slider.log}


def _control(name: str, parameter, value) -> widgets.Widget:
    """The stock widget for a parameter."""
    label = parameter.label or name
    if isinstance(parameter, Press):
        return widgets.Button(description=label, tooltip=label)
    if isinstance(parameter, Toggle):
        return widgets.Checkbox(description=label, value=value, indent=False)
    if isinstance(parameter, Choice):
        few = len(parameter.options) <= 4 and sum(map(len, parameter.options)) <= 48
        kind = widgets.ToggleButtons if few else widgets.Dropdown
        return kind(
            options=parameter.options,
            value=value,
            description=(parameter.label or "") if few else label,  # a menu needs a name
            style={"description_width": "initial"},
        )
    common = {"description": label, "value": parameter.nearest(value), "readout": False}
    common["style"] = {"description_width": "initial"}
    if parameter.log:
        return widgets.FloatLogSlider(
            min=math.log10(parameter.low),
            max=math.log10(parameter.high),
            step=parameter.step,
            base=10,
            **common,
        )
    kind = widgets.IntSlider if parameter.integer else widgets.FloatSlider
    return kind(min=parameter.low, max=parameter.high, step=parameter.step, **common)


def _number_box(slider: Slider, value, label: str) -> widgets.Widget:
    kind = widgets.BoundedIntText if slider.integer else widgets.BoundedFloatText
    step = slider.step if not slider.log else None
    box = kind(value=value, min=slider.low, max=slider.high, step=step, description=label)
    box.add_class("lossviz-box")
    return box


def _explain(error: Exception, values: dict) -> str:
    """Type, message and the author's own line, with the values at which it happened."""
    at = ", ".join(f"{name} = {value!r}" for name, value in values.items())
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"in {last.name}, line {last.lineno}: {last.line}"
    return f"{type(error).__name__}: {error}\nat {at}\n{where}"


def _close_with_looks(widget) -> None:
    """Close a widget with its layout and style, which ipywidgets leaves open."""
    for trait in ("layout", "style"):
        with contextlib.suppress(Exception):
            getattr(widget, trait).close()
    widget.close()


# ---- a cell that runs again closes the explorers that it made before
_of_cell: dict[str | None, list[weakref.ref]] = {}
_cell: str | None = None


def _watch() -> None:
    """Follow which cell runs in this IPython shell, if there is one."""
    global _cell
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or getattr(shell, "_lossviz_watched", False):
        return
    shell._lossviz_watched = True
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    _cell = _name_of_cell(
        (parent.get("metadata") or {}).get("cellId"), (parent.get("content") or {}).get("code", "")
    )
    shell.events.register("pre_run_cell", _cell_starts)
    shell.events.register("post_run_cell", lambda *_: ahead.set_running(False))
    ahead.set_running(True)  # this is called from within a cell


def _cell_starts(info) -> None:
    global _cell
    ahead.set_running(True)
    _cell = _name_of_cell(getattr(info, "cell_id", None), info.raw_cell)
    for ref in _of_cell.pop(_cell, ()):
        if (explorer := ref()) is not None:
            explorer.close()


def _name_of_cell(cell_id: str | None, source: str) -> str:
    """JupyterLab names its cells; elsewhere a cell is known by its text."""
    return cell_id or source.strip()
