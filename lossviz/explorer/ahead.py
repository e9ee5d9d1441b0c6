"""Frames ahead of the hand: which frames to draw next, and when.

While the kernel is idle a thread draws the frames around the current values, along the slider in
use first, and hands them to the browser, which then paints them without asking. The thread lives
only while there is something to draw: it ends when all of the plan is drawn, when a cell runs and
when the explorer closes. Where no thread can start (Python in WebAssembly), the kernel's event loop
takes the same steps between its other tasks.

What a frame is and how it travels is not known here: `draw_and_send(batch)` does it.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping

from lossviz.explorer.parameters import Slider
from lossviz.page import cells

# s without a touch before anything is drawn ahead: it would cost the moving hand its frames. One
# key is followed by a rest; touches close together are a drag, whose messages may come late.
REST = 0.05
REST_OF_DRAG = 0.2
# Steps to either side that are drawn first, enough between two keys; then, once the hand has rested
# longer, so many along the whole slider, near any drag
KEYS, GLIMPSES, REST_OF_KEYS = 8, 80, 0.3
SETTLED = 0.6  # s without a touch before the other sliders' frames are drawn
BATCH_SECONDS = 0.012  # drawing time of one message: so long a live frame may have to wait
PLAN_SECONDS = 6.0  # drawing time spent on one place of the hand
PLAN_BYTES = 40e6  # inflated bytes held in the browser around one place of the hand
IN_FLIGHT = 16  # frames not yet acknowledged
PATIENCE = 5.0  # s to wait for an acknowledgement before giving up until the next one


def plan(
    sliders: Mapping[str, Slider], values: Mapping, in_use: str | None, forward: bool
) -> list[tuple[float, Iterator[dict]]]:
    """The values that the hand may ask for next, in stages: each with the rest that it waits for.

    First along the slider in use, onward before back: the nearest, some all along, all between. The
    others only once the hand has settled: it may go on with this one. Nearby places before far.
    """

    def along(name, near, far):
        slider = sliders[name]
        here = round(slider.index(values[name]))
        sign = 1 if forward or name != in_use else -1
        stride = max(1, slider.count // GLIMPSES)
        distances = range(near, min(far, slider.count + 1))
        for distance in sorted(distances, key=lambda d: d > KEYS and d % stride > 0):
            for index in (here + sign * distance, here - sign * distance):
                if 0 <= index <= slider.count:
                    yield {**values, name: slider.at(index)}

    others = [name for name in sliders if name != in_use]
    rest = SETTLED if in_use in sliders else REST
    stages = [(REST, along(in_use, 0, KEYS + 1)), (REST_OF_KEYS, along(in_use, KEYS + 1, 301))]
    stages = stages if in_use in sliders else []
    return stages + [(rest, along(name, *part)) for part in ((0, 10), (10, 151)) for name in others]


class Ahead:
    """Draws ahead for one explorer.

    `draw_and_send(batch)` draws the frames of an iterable of values, sends them in one message and
    returns how many values had no frame to send and the bytes that the frames inflate to;
    `sent(values)` is the bytes of a frame that the browser has already, or None; `wanted()` says
    whether a hand may move anything now.
    """

    def __init__(
        self,
        sliders: Mapping[str, Slider],
        draw_and_send: Callable,
        sent: Callable,
        wanted: Callable[[], bool],
    ):
        self._sliders, self._draw_and_send = dict(sliders), draw_and_send
        self._sent, self._wanted = sent, wanted
        self._lock = threading.RLock()
        self._news = threading.Event()  # something changed: the next step need not be waited for
        self._thread: threading.Thread | None = None
        self._timer: asyncio.TimerHandle | None = None  # in place of a thread
        self._open = bool(sliders)
        self._listening = False  # a browser said hello
        self._in_flight = 0
        self._full_since: float | None = None  # when as many were in flight as may be
        self._plan: list[tuple[float, Iterator[dict]]] = []
        self._touched = self._asked = self._spent = self._bytes = 0.0
        self._rest = REST
        _everyone.add(self)

    @property
    def busy(self) -> bool:
        """Whether it draws, or waits to draw."""
        return self._thread is not None or self._timer is not None

    def hello(self, values: Mapping) -> None:
        """A browser arrived, with nothing drawn for it yet."""
        with self._lock:
            self._listening, self._in_flight = True, 0
        self.touch(values, None, True)

    def bye(self) -> None:
        """The browser has gone, or gave its frames back: draw no more until the next hello."""
        with self._lock:
            self._listening, self._plan = False, []
            self._news.set()

    def touch(self, values: Mapping, in_use: str | None, forward: bool) -> None:
        """The hand is here now."""
        now = time.monotonic()
        self._rest = REST_OF_DRAG if now - self._touched < REST_OF_DRAG / 2 else REST
        self._turn_to(values, in_use, forward, now)

    def asked(self) -> None:
        """The hand wants a frame that nobody drew; if again at once, each frame ahead costs one."""
        before, self._asked = self._asked, time.monotonic()
        if self._asked - before < REST_OF_DRAG / 2:
            self._touched, self._rest = self._asked, REST_OF_DRAG

    def near(self, values: Mapping, in_use: str) -> None:
        """The hand comes near this slider, and does not move yet: the time to draw is now."""
        self._rest = 0.0
        self._turn_to(values, in_use, True, time.monotonic() - SETTLED)

    def _turn_to(self, values: Mapping, in_use: str | None, forward: bool, touched: float) -> None:
        with self._lock:
            self._plan = plan(self._sliders, dict(values), in_use, forward)
            self._touched, self._spent, self._bytes = touched, 0.0, 0.0
        self.wake()

    def acknowledge(self, count: int) -> None:
        """The browser took in `count` frames."""
        with self._lock:
            self._in_flight = max(0, self._in_flight - count)
        self.wake()

    def wake(self) -> None:
        """Start drawing if there is anything to draw and nothing against it."""
        global _in_use
        with self._lock:
            self._news.set()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = asyncio.get_running_loop().call_soon(self._step_on_loop)
            if not self._may_draw() or self.busy:
                return
            _in_use = self
            self._thread = threading.Thread(target=self._work, name="lossviz-ahead", daemon=True)
            try:
                self._thread.start()
            except RuntimeError:
                self._thread = None
                try:
                    self._timer = asyncio.get_running_loop().call_soon(self._step_on_loop)
                except RuntimeError:  # no loop either: live frames only
                    self._open, _in_use = False, None

    def _may_draw(self) -> bool:
        """One explorer at a time, the one in use first; only for a page, and while no cell runs."""
        mine = _in_use in (None, self) and self._open and self._listening and bool(self._plan)
        return mine and not cells.running() and self._wanted()

    def close(self) -> None:
        """Stop for good. Frames under way are finished first."""
        with self._lock:
            self._open, self._plan = False, []
            self._news.set()
            thread, timer, self._timer = self._thread, self._timer, None
        if timer is not None:
            timer.cancel()
        if thread and thread is not threading.current_thread():
            thread.join(PATIENCE)
        _pass_on(self)

    # ---- one step after the other, on a thread or on the event loop
    def _work(self) -> None:
        while (wait := self._step()) is not None:
            self._news.wait(wait)
        _pass_on(self)

    def _step_on_loop(self) -> None:
        self._timer = None
        if (wait := self._step()) is None:
            return _pass_on(self)
        self._timer = asyncio.get_running_loop().call_later(wait, self._step_on_loop)

    def _step(self) -> float | None:
        """Draw a batch if it is time; how long to wait for the next step, None if it was the last.

        A short wait even when there is more: a live frame that waits for its turn gets it then.
        """
        self._news.clear()
        with self._lock:
            values, wait = self._next()
            if values is None:
                if wait is None:
                    self._thread = None
                return wait
        start = time.monotonic()
        unsent, size = self._draw_and_send(self._batch(values, start, self._touched))
        with self._lock:
            self._in_flight = max(0, self._in_flight - unsent)
            self._spent += time.monotonic() - start
            self._bytes += size
        time.sleep(0 if self._thread is None else 0.001)
        return 0.0

    def _batch(self, values: dict, start: float, touched: float) -> Iterator[dict]:
        """These values and those after them in the stage, until time is up or the hand moves."""
        while values is not None:
            with self._lock:
                self._in_flight += 1  # before it leaves: its acknowledgement may be quicker
            yield values
            if time.monotonic() - start > BATCH_SECONDS or self._touched != touched:
                return
            with self._lock:
                values = self._lacking()

    def _lacking(self) -> dict | None:
        """The next values of this stage of the plan whose frame the browser lacks."""
        for values in self._plan[0][1] if self._plan else ():
            if (size := self._sent(values)) is None:
                return values
            self._bytes += size
            if self._bytes > PLAN_BYTES:
                break
        return None

    def _next(self) -> tuple[dict | None, float | None]:
        """The next values to draw, or how long to wait for a still hand or for the browser."""
        while self._may_draw():
            now = time.monotonic()
            wait = self._touched + max(self._rest, self._plan[0][0]) - now
            if wait > 0:
                return None, wait
            if self._in_flight >= IN_FLIGHT:
                self._full_since = self._full_since or now
                wait = self._full_since + PATIENCE - now
                if wait > 0:
                    return None, wait
                break
            self._full_since = None
            if self._spent > PLAN_SECONDS or self._bytes > PLAN_BYTES:
                self._plan = []
            elif (values := self._lacking()) is not None:
                return values, None
            else:
                self._plan = self._plan[1:]
        self._full_since = None
        return None, None


_everyone: weakref.WeakSet[Ahead] = weakref.WeakSet()
_in_use: Ahead | None = None  # the explorer whose frames are drawn ahead now


def _pass_on(done: Ahead) -> None:
    """This explorer has drawn all that it planned, or must wait: another one's turn."""
    global _in_use
    if _in_use is done:
        _in_use = None
        _wake_all(but=done)


@cells.when_idle
def _wake_all(but: Ahead | None = None) -> None:
    for ahead in [each for each in _everyone if each is not but]:
        ahead.wake()
