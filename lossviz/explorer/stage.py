"""Scenes: pictures that depend on parameters, drawn by Matplotlib without any widget.

A *scene* is a function that draws once and returns how to update::

    @scene(sigma=Slider(0.2, 5, step=0.1, value=2, label="σ"))
    def bell(fig):
        "A normal density."
        ax = fig.subplots()
        grid = np.linspace(-6, 6, 400)
        (curve,) = ax.plot(grid, density(grid, 2.0))

        def update(sigma):
            curve.set_ydata(density(grid, sigma))
            return f"σ = {sigma:.1f}: the peak is {density(0, sigma):.3f} high"

        return update

`update` changes artists, never makes new ones, and returns the sentence that says what the
picture shows. The frame must depend on the parameters alone: same values, same picture.

A `Stage` puts a scene on a figure of its own and draws its frames. It finds by itself what moves:
an artist that `update` changed is *stale*; all that lies below the lowest moving artist of its
axes is a background that is kept. When an axis changed (limits, ticks) it draws everything again.
"""

from __future__ import annotations

import inspect
import io
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import update_wrapper
from operator import attrgetter

import numpy as np
from matplotlib import RcParams, rcParams, rcParamsDefault
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lossviz import style
from lossviz.explorer import handles
from lossviz.explorer.parameters import PARAMETERS, Choice, Press, Slider, Toggle, accept

__all__ = ["DRAWING", "Choice", "Press", "Scene", "Slider", "Stage", "Toggle", "scene"]

# One figure is drawn at a time: Matplotlib's caches of fonts and mathtext are not thread-safe.
DRAWING = threading.RLock()

_NOT_LOOKS = {"backend", "backend_fallback", "interactive", "toolbar"}


def _settings() -> dict:
    """All of Matplotlib's settings that a picture may depend on: its own defaults, then ours."""
    ours = RcParams(style.rc())  # validated, as Matplotlib reads them
    kept = (key for key in rcParamsDefault if key not in _NOT_LOOKS)
    return {key: ours[key] if key in ours else rcParamsDefault._get(key) for key in kept}


@contextmanager
def _drawing(settings: Mapping) -> Iterator[None]:
    """Draw alone, and with these settings: the reader's matplotlibrc and styles change nothing.

    Also for each frame, since Matplotlib reads settings as it draws (ticks, mathtext, a legend
    made anew). Only what differs is set, and only what is still ours is set back: `rc_context`
    costs a copy of everything, and would undo what a cell sets meanwhile on its own thread.
    """
    with DRAWING:
        theirs = {k: t for k, ours in settings.items() if (t := rcParams._get(k)) is not ours}
        try:
            for key in theirs:
                rcParams._set(key, settings[key])
            yield
        finally:
            for key, value in theirs.items():
                if rcParams._get(key) is settings[key]:
                    rcParams._set(key, value)


class Scene:
    """What `scene` makes of a function: the function and its parameters."""

    def __init__(self, draw: Callable, parameters: Mapping, figsize, shows: Mapping):
        self.draw, self.parameters, self.figsize = draw, dict(parameters), figsize
        self.shows = shows
        update_wrapper(self, draw)

    def __repr__(self):
        return f"scene {self.__name__}({', '.join(self.parameters)})"


def scene(
    figsize: tuple[float, float] | None = None, shows: Mapping | None = None, **parameters
) -> Callable[[Callable], Scene]:
    """Decorator: a drawing function and the parameters its `update` takes.

    `parameters` are `Slider`, `Choice`, `Toggle` or `Press`, in the order in which their controls
    stand. `figsize` is in inches at 100 px an inch (default 9 × 4). The function gets an empty
    figure, then whatever data `explore` passes on, and returns `update`, which takes every
    parameter by name and returns a sentence.

    `shows` names the values at which the picture shows its point, ``shows={"sigma": 0.5}``; the
    other parameters stay where they start. A page without a kernel has that frame under the first.

    ValueError for a parameter of another kind, and for `shows` with an unknown name, with a value
    that its parameter does not take, or with nothing but values where the parameters start.
    """
    for name, parameter in parameters.items():
        if not isinstance(parameter, PARAMETERS):
            raise ValueError(f"{name} must be a Slider, Choice, Toggle or Press; got {parameter!r}")
    point = {} if shows is None else _point(shows, parameters)

    def make(draw: Callable) -> Scene:
        if not inspect.getdoc(draw):
            raise ValueError(f"scene {draw.__name__} needs a docstring: what the picture shows")
        return Scene(draw, parameters, figsize, point)

    return make


def _point(shows: Mapping, parameters: Mapping) -> dict:
    """The values that a scene shows, checked."""
    if unknown := sorted(shows.keys() - parameters):
        raise ValueError(f"shows must name parameters of the scene; got {unknown}")
    point = {name: accept(parameters[name], v, f"shows: {name}") for name, v in shows.items()}
    if all(parameters[name].value == value for name, value in point.items()):
        raise ValueError(f"shows must differ from where the parameters start; got {shows}")
    return point


class Stage:
    """One scene on one figure. `draw(values)` makes `pixels` the frame of those values.

    `pixels` is a flat uint32 array, one RGBA colour a pixel, row by row, `width` × `height`.
    `still` counts up whenever the background gained or lost an artist, `background` is its pixels.
    `places` is where each of the `handles` stands in the frame.
    """

    def __init__(self, scene: Scene, *data, pixel_ratio: float = 1, **options):
        if not isinstance(scene, Scene):
            raise ValueError(f"scene must be made with @scene(...); got {scene!r}")
        self.scene = scene
        self._settings, self._dpi = _settings(), style.dpi()
        with _drawing(self._settings):
            self.figure = Figure(figsize=style.figsize(scene.figsize), layout="constrained")
            self.canvas = FigureCanvasAgg(self.figure)
            self._update = scene.draw(self.figure, *data, **options)
            if not callable(self._update):
                raise ValueError(f"scene {scene.__name__} must return its update function")
            self.handles = handles.on(self.figure, scene.parameters)
        self._moving: set = set()  # artists that some update changed
        self._front: list = []  # what is drawn over the background, in order
        self._known: list = []  # every artist that the last whole drawing knew
        self.still, self._laid_out, self.pixel_ratio = 0, False, None
        self._packed: bytes | None = None  # the background at rest; empty if it serves no longer
        self.set_pixel_ratio(pixel_ratio)

    def set_pixel_ratio(self, ratio: float) -> None:
        """Draw `ratio` device pixels to a CSS pixel from now on."""
        with DRAWING:
            if ratio != self.pixel_ratio:
                self.pixel_ratio, self._background = ratio, None
                self._packed = self._packed and b""
                self.figure.set_dpi(self._dpi * ratio)

    @property
    def zoom(self) -> float:
        """How much larger than on a desk everything is drawn, for a class to see."""
        return self._dpi / style.DPI

    @property
    def css_size(self) -> tuple[int, int]:
        """Width and height in CSS pixels."""
        width, height = self.figure.get_size_inches() * self._dpi
        return round(width), round(height)

    @property
    def rgba(self) -> np.ndarray:
        """The frame as an array (height, width, 4) of bytes; the next `draw` overwrites it."""
        return np.asarray(self.canvas.buffer_rgba())

    @property
    def pixels(self) -> np.ndarray:
        return self.rgba.view("<u4").ravel()

    def rest(self) -> None:
        """Let go of all buffers, and the ticks, half a figure's memory, until the next drawing."""
        with DRAWING:
            if self._background is not None:
                self._packed = zlib.compress(self.background, 1)
                self._background = self.background = None
                # every text holds on to the renderer that drew it, so that one gets smaller
                self.canvas.get_renderer().__init__(1, 1, self.figure.dpi)
                self.canvas = FigureCanvasAgg(self.figure)
                for axis in self._axis():
                    for ticks in ("majorTicks", "minorTicks"):
                        vars(axis).pop(ticks, None)

    def _axis(self) -> list[Axis]:
        return [axis for ax in self.figure.axes for axis in (ax.xaxis, ax.yaxis)]

    def _rise(self) -> None:
        for axis in self._axis():
            axis.reset_ticks()
            _set_fresh(axis)  # the background has them
        packed, self._packed = self._packed, None
        if not packed:
            return
        self.canvas.get_renderer()  # a new buffer
        self.rgba[...] = np.frombuffer(zlib.decompress(packed), "u1").reshape(self.rgba.shape)
        self._background = self.canvas.copy_from_bbox(self.figure.bbox)
        self.background = self.pixels.copy()

    def png(self) -> bytes:
        """The frame as a PNG file."""
        from PIL import Image

        image = Image.fromarray(np.ascontiguousarray(self.rgba[..., :3]))
        if image.getcolors(8192):  # no photograph: 256 colours are as good, in half the bytes
            image = image.quantize(256, dither=Image.Dither.NONE)
        file = io.BytesIO()
        image.save(file, "PNG", optimize=True)
        return file.getvalue()

    def draw(self, values: Mapping) -> str:
        """Draw the frame of these values; return its sentence."""
        with _drawing(self._settings):
            if self._packed is not None:
                self._rise()
            sentence = self._update(**values)
            if not isinstance(sentence, str) or not sentence.strip():
                raise TypeError(
                    f"update of scene {self.scene.__name__} must return a sentence (a str); "
                    f"got {sentence!r}"
                )
            if self._needs_whole_drawing():
                self._draw_background()
            self._draw_front()
            self.places = [handle.seen(values) for handle in self.handles]
        return sentence

    def _axes_children(self):
        for ax in self.figure.axes:
            ax.viewLim  # noqa: B018  a lazy autoscale happens when the limits are read
            for artist in ax.get_children():
                if artist is not ax.patch:
                    yield ax, artist

    def _needs_whole_drawing(self) -> bool:
        """Note what moved; say whether the background that is kept no longer serves."""
        axes = self.figure.axes
        children = [artist for _, artist in self._axes_children()]
        children += [a for a in self.figure.get_children() if a not in axes]
        whole = self._background is None or children != self._known
        self._known = children
        front = set(self._front)
        for artist in children:
            if not _is_stale(artist):
                continue
            if isinstance(artist, Axis):
                whole = True
            elif self._background is not None and artist not in front:
                self._moving.add(artist)
                whole = True
        return whole

    def _draw_background(self) -> None:
        # The figure's own artists (a suptitle, a legend) lie over all axes: with them, any axes
        # that overlaps one with moving parts is drawn over the background as a whole.
        front, boxes = [], []
        for owner in sorted(self.figure.get_children(), key=attrgetter("zorder")):
            if owner is self.figure.patch:
                continue
            if isinstance(owner, Axes):
                box = owner.get_position()
                covers = any(box.overlaps(other) for other in boxes)
                over = [owner] if covers else self._over(owner)
                owner.set_animated(covers)
                if over:
                    boxes.append(box)
            else:
                over = [owner] if boxes or owner in self._moving else []
                owner.set_animated(bool(over))
            front += over
        if [id(a) for a in front] != [id(a) for a in self._front] or self._background is None:
            self.still += 1
        self._front = front
        if not self._laid_out:
            self._lay_out()
        self.canvas.draw()
        self._background = self.canvas.copy_from_bbox(self.figure.bbox)
        self.background = self.pixels.copy()
        for artist in self._known:
            _set_fresh(artist)

    def _over(self, ax: Axes) -> list:
        """The artists of `ax` from the lowest moving one upwards; the rest is background."""
        children = [a for a in ax.get_children() if a is not ax.patch]
        children.sort(key=attrgetter("zorder"))
        first = next((i for i, a in enumerate(children) if a in self._moving), len(children))
        for i, artist in enumerate(children):
            artist.set_animated(i >= first)
        hidden = () if ax.axison else (*ax.spines.values(), ax.xaxis, ax.yaxis)
        return [a for a in children[first:] if a not in hidden]

    def _lay_out(self) -> None:
        """Place the axes once, with everything drawn, then leave them: a picture must not jump."""
        animated = [a for a in self._known if a.get_animated()]
        for artist in animated:
            artist.set_animated(False)
        self.figure.set_dpi(self._dpi)  # the same places at any pixel ratio
        self.figure.get_layout_engine().execute(self.figure)
        self.figure.set_layout_engine("none")
        self.figure.set_dpi(self._dpi * self.pixel_ratio)
        for artist in animated:
            artist.set_animated(True)
        self._laid_out = True

    def _draw_front(self) -> None:
        self.canvas.restore_region(self._background)
        renderer = self.canvas.get_renderer()
        for artist in self._front:
            artist.draw(renderer)
            _set_fresh(artist)


def _parts(artist):
    """An artist and those inside it that can change without its saying so (a legend's texts)."""
    if isinstance(artist, Axis):  # it would count its ticks
        return artist, artist.label
    return artist.findobj() if artist.get_children() else (artist,)


def _is_stale(artist) -> bool:
    return any(part.stale for part in _parts(artist))


def _set_fresh(artist) -> None:
    # Matplotlib leaves empty texts and invisible artists stale for ever.
    for part in _parts(artist):
        part.stale = False
