"""What goes between a stage and its canvas on the page: frames out, and what the page says back.

A page says hello with its pixel ratio when the picture comes near the screen, gets a base picture
and the current frame, and from then on a frame whenever one is drawn: live, ahead of the hand, or
because it asked. When the picture is far from the screen it says bye, gives its frames back and is
sent sentences alone. Of all explorers only the one that drew last keeps its megabytes of buffers.

Which frames to draw ahead is `ahead`'s business, how a frame is coded is `frames`'s, where its
handles stand `handles`'s.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import math
import sys
import traceback
import weakref
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets

from lossviz.explorer.ahead import Ahead
from lossviz.explorer.frames import encode
from lossviz.explorer.parameters import Slider, accept
from lossviz.explorer.stage import DRAWING, Stage
from lossviz.page import cells, stock

HERE = Path(__file__).parent
MAX_PIXEL_RATIO = 3
# Python in the page's own worker sends nothing over a line: no time for compressing.
LEVEL = 0 if sys.platform == "emscripten" else 1


@cells.when_idle
def _give_back() -> None:
    """What NumPy freed goes back to the system: an explorer's buffers, and a cell's samples."""
    with contextlib.suppress(AttributeError, OSError, TypeError):  # other than glibc
        ctypes.CDLL(None).malloc_trim(0)


class Picture(anywidget.AnyWidget):
    """The canvas and the sentence under it; `explorer.js` is its other half."""

    _esm = HERE / "explorer.js"
    _css = HERE / "explorer.css"
    # The stock widgets that stand for the parameters, the sliders first; `grids` are the sliders'.
    controls = traitlets.List().tag(sync=True, **widgets.widget_serialization)
    grids = traitlets.List().tag(sync=True)
    # For each handle {"sliders": their numbers, "names", "label"}.
    handles = traitlets.List().tag(sync=True)
    zoom = traitlets.Float(1.0).tag(sync=True)  # how much larger all is drawn when presenting
    # The values of all parameters that are not sliders: frames of another context do not fit.
    context = traitlets.Unicode().tag(sync=True)
    # For each slider None, or {"index", "value"} where a value off its grid was typed or set: the
    # slider itself can only stand at the grid's nearest number.
    off_grid = traitlets.List().tag(sync=True)
    size = traitlets.List().tag(sync=True)  # CSS pixels
    first_sentence = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)


class Wire:
    """The frames of one stage on their way to one `picture`.

    `parameters` are the scene's, `current()` gives their values now, `awake()` says whether a hand
    may move them.
    """

    def __init__(self, stage: Stage, parameters: Mapping, current: Callable, awake: Callable):
        self._stage: Stage | None = stage
        self._sliders = {n: p for n, p in parameters.items() if isinstance(p, Slider)}
        self._current = current
        self._packed = b""  # the pixels that the browser paints frames over, compressed
        self._base: np.ndarray | None = None  # the same, while this explorer is in use
        self._base_still = None  # the stage's count when they were sent
        self._said = ""  # the sentence of the current values
        self._sent: dict[tuple, tuple[str, int]] = {}  # sentence, bytes of the browser's frames
        self._ahead = Ahead(self._sliders, self._draw_ahead, self._bytes_sent, awake)
        self.picture: Picture | None = None

    def open(self, controls: list[widgets.Widget]) -> str:
        """Draw the first frame and make the picture, over these controls; the frame's sentence."""
        values = self._current()
        self._said = sentence = self._draw(values)
        # Complete from the start: the page reads these when the widget's message arrives.
        self.picture = Picture(
            controls=controls,
            grids=[_grid(slider) for slider in self._sliders.values()],
            handles=[handle.state(self._sliders) for handle in self._stage.handles],
            zoom=self._stage.zoom,
            size=list(self._stage.css_size),
            first_sentence=sentence,
            layout=stock.look(),
            **self._description(values),
        )
        self.picture.on_msg(self._heard)
        return sentence

    def describe(self, values: dict) -> None:
        """Tell the page what its sliders alone do not say of these values."""
        for trait, value in self._description(values).items():
            setattr(self.picture, trait, value)

    def say(self, text: str) -> None:
        """Show under the picture what is wrong, or nothing."""
        self.picture.error = text

    def show(self, values: dict, changed: str, forward: bool) -> str:
        """Put the frame of these values on the page, after this parameter moved; its sentence."""
        with DRAWING:
            sent = self._sent.get(tuple(values.values()))
            self._said = sentence = sent[0] if sent else self._draw_live(values)
            if self._base_still is None:
                self._send_sentence()
        self.say("")
        self._ahead.touch(values, changed, forward)
        return sentence

    def still(self, values: dict) -> tuple[bytes, str] | None:
        """A frame as a PNG file, one pixel to a CSS pixel, and its sentence; None once closed."""
        with DRAWING:
            if self._stage is None:
                return None
            ratio = self._stage.pixel_ratio
            self._stage.set_pixel_ratio(1)
            sentence, png = self._draw(values), self._stage.png()
            self._stage.set_pixel_ratio(ratio)
            return png, sentence

    def wake(self) -> None:
        """The question is answered: frames may be drawn ahead of the hand."""
        self._ahead.wake()

    def close(self) -> None:
        """Draw no more, and let go of the figure."""
        self._ahead.close()
        with DRAWING:
            self._stage = self._base = None

    # ---- drawing
    def _draw(self, values: dict) -> str:
        """Draw a frame, once whichever explorer drew before has let go of its buffers."""
        global _drew_last
        if (before := _drew_last and _drew_last()) is not self:
            _drew_last = weakref.ref(self)
            if before is not None:
                before._rest()
        return self._stage.draw(values)

    def _rest(self) -> None:
        self._base = None
        if self._stage is not None:
            self._stage.rest()
        _give_back()

    def _draw_live(self, values: dict) -> str:
        try:
            sentence = self._draw(values)
        except Exception as error:
            self.picture.error = _explain(error, values)
            raise
        if self._base_still is not None:  # a browser listens
            self._send_frames([self._frame(values, sentence)], live=True)
        return sentence

    def _draw_ahead(self, batch) -> tuple[int, int]:
        """Draw frames before they are asked for; how many had none to send, and inflated bytes."""
        with DRAWING:
            frames, asked = [], 0
            for values in batch:
                asked += 1
                if self._stage is None or self._base_still is None:  # a bye came in between
                    return asked, 0
                try:
                    sentence = self._draw(values)
                except Exception:  # shown and raised when the hand gets there
                    continue
                still = self._base_still
                frame = self._frame(values, sentence)
                frames = [*(frames if still == self._base_still else ()), frame]
            if frames:
                self._send_frames(frames, live=False)
            return asked - len(frames), sum(len(pixels) for _, pixels in frames)

    def _bytes_sent(self, values: dict) -> int | None:
        """The inflated bytes of a frame that the browser has, or None."""
        return self._sent.get(tuple(values.values()), (None, None))[1]

    # ---- what is sent
    def _context(self, values: dict) -> str:
        return json.dumps([v for name, v in values.items() if name not in self._sliders])

    def _description(self, values: dict) -> dict:
        off_grid = [slider.off_grid(values[name]) for name, slider in self._sliders.items()]
        return {"context": self._context(values), "off_grid": off_grid}

    def _frame(self, values: dict, sentence: str) -> tuple[dict, bytes]:
        """The frame that the stage holds, as it travels. Sends a new base first if it needs one."""
        if self._base_still != self._stage.still:
            self._send_base()
        if self._base is None:
            self._base = np.frombuffer(zlib.decompress(self._packed), "<u4")
        pixels, whole = encode(self._stage.pixels, self._base)
        self._sent[tuple(values.values())] = sentence, len(pixels)
        message = {
            "values": list(values.values()),
            "sliders": [values[name] for name in self._sliders],
            "context": self._context(values),
            "sentence": sentence,
            "whole": whole,
            "bytes": len(pixels),
            "places": flat(self._stage.places),
        }
        return message, pixels

    def _send_frames(self, frames: list, live: bool, asked: int = 0) -> None:
        """Send frames; `asked` is the number of the page's question that they answer."""
        parts = [message for message, _ in frames]
        message = {"kind": "frames", "live": live, "asked": asked, "frames": parts}
        self.picture.send(message, [zlib.compress(b"".join(p for _, p in frames), LEVEL)])

    def _send_base(self) -> None:
        self._base, self._base_still = self._stage.background, self._stage.still
        self._packed = zlib.compress(self._base, LEVEL)
        self._sent.clear()
        width, height = self._stage.canvas.get_width_height(physical=True)
        message = {"kind": "base", "width": width, "height": height}
        self.picture.send(message, [self._packed])

    def _send_sentence(self) -> None:
        """No frame goes to a page that shows none, but what its reader may read."""
        self.picture.send({"kind": "sentence", "text": self._said})

    def _send_tracks(self, handle, values: dict) -> None:
        """The places that a handle may take from here, by the axes as they stand here."""
        self._draw(values)
        number, tracks = self._stage.handles.index(handle), handle.tracks(values, self._sliders)
        message = {"kind": "tracks", "handle": number, "steps": [len(t) for t in tracks]}
        places = b"".join(track.astype("<f4").tobytes() for track in tracks)
        self.picture.send(message, [zlib.compress(places, LEVEL)])

    # ---- what is heard
    def _heard(self, _, message: dict, buffers) -> None:
        """What the page says: it came near, it took frames in, it dropped others, it wants one."""
        for values in message.get("dropped", ()):
            self._sent.pop(tuple(values), None)
        if "took" in message:
            return self._ahead.acknowledge(int(message["took"]))
        with DRAWING:
            if self._stage is None:
                return
            if "hello" in message:
                self._hello(float(message["hello"]))
            elif "bye" in message:
                self._ahead.bye()
                self._base_still = None
                self._sent.clear()
                self._rest()
                self._send_sentence()  # what changed before its bye was heard
            elif "want" in message and self._base_still is not None:  # it has not said bye
                self._ahead.asked()
                self._answer(message["want"], int(message["asked"]))
            elif "near" in message:
                self._ahead.near(self._current(), list(self._sliders)[message["near"]])
            elif "grab" in message:
                handle = self._stage.handles[message["grab"]]
                self._send_tracks(handle, self._with(message["at"]))
                self._ahead.near(self._current(), handle.names[0])

    def _hello(self, ratio: float) -> None:
        self._stage.set_pixel_ratio(min(max(ratio, 1.0), MAX_PIXEL_RATIO))
        values = self._current()
        sentence = self._draw(values)
        self._send_base()
        self._send_frames([self._frame(values, sentence)], live=True)
        self._ahead.hello(values)

    def _with(self, places: list[float]) -> dict:
        """The values now, the sliders' as the page has them: it tells the kernel seldom."""
        moved = zip(self._sliders.items(), places, strict=True)
        return {**self._current(), **{n: accept(p, v, n) for (n, p), v in moved}}

    def _answer(self, places: list[float], asked: int) -> None:
        """Send the frame of these places; an error is told when the parameter gets there."""
        try:
            values = self._with(places)
            frames = [self._frame(values, self._draw(values))]
        except Exception:
            frames = []
        self._send_frames(frames, live=True, asked=asked)


_drew_last: weakref.ref[Wire] | None = None


def _grid(slider: Slider) -> dict:
    return {"low": slider.low, "step": slider.step, "log": slider.log, "count": slider.count}


def flat(places: list) -> list[float | None]:
    """The coordinates one after the other; JSON has no NaN."""
    return [round(float(v), 5) if math.isfinite(v) else None for place in places for v in place]


def _explain(error: Exception, values: dict) -> str:
    """Type, message and the author's own line, with the values at which it happened."""
    at = ", ".join(f"{name} = {value!r}" for name, value in values.items())
    own = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error}\nat {at}\nin {own.name}, line {own.lineno}: {own.line}"
