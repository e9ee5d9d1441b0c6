"""Running a reader's function, which may do anything, and putting what it returned into words."""

from __future__ import annotations

import contextlib
import copy
import io
import re
import sys
import threading
import time
import warnings
from collections.abc import Callable

import numpy as np

from lossviz._checks import is_masked, real_numbers
from lossviz.page.words import clip, minus

PRINTED = 10_000  # characters that are kept of what one call prints
PATIENCE = 2.0  # s in the reader's function before the page says that it still runs


def call(function: Callable, args: tuple):
    """The function's value on copies of the arguments, without NumPy's warnings."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*copy.deepcopy(args))


class Printed(io.StringIO):
    """What one call printed: the first characters; the rest is counted and let go."""

    lost = 0

    def write(self, text: str) -> int:
        kept = text[: max(PRINTED - self.tell(), 0)]
        self.lost += len(text) - len(kept)
        super().write(kept)
        return len(text)

    def close(self) -> None:
        """Stays open: what is printed is read once the call has ended."""

    def text(self) -> str:
        kept = self.getvalue().strip()
        return f"{kept}\n… and {self.lost} characters more, not kept" if self.lost else kept


class Bench:
    """Where a reader's function runs for one grade; after a while the page says that it runs."""

    def __init__(self):
        self._page, self._left = sys.stdout, PATIENCE

    def call(self, function: Callable, args: tuple, printed: Printed | None = None):
        """The function's value; what it printed goes to `printed`, and to the page if stopped."""
        printed = Printed() if printed is None else printed
        start, timer = time.monotonic(), self._timer(printed)
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                return call(function, args)
        except KeyboardInterrupt:
            if text := printed.text():
                print(f"Interrupted. Until then your function printed:\n{text}", file=self._page)
            raise
        finally:
            timer.cancel()
            if timer.is_alive():
                timer.join()
            self._left -= time.monotonic() - start

    def _timer(self, printed: Printed) -> threading.Timer:
        timer = threading.Timer(max(self._left, 0.0), self._say_that_it_runs, (printed,))
        timer.daemon = True
        if self._left > 0:  # else it is said already
            with contextlib.suppress(RuntimeError):  # no threads here (WebAssembly)
                timer.start()
        return timer

    def _say_that_it_runs(self, printed: Printed) -> None:
        first = clip("".join(printed.text().splitlines()[:1])) or "nothing"
        text = f"Your function still runs, after {PATIENCE:g} s, and prints {first}."
        print(f"{text} Interrupt (■) to stop it.", file=self._page, flush=True)


class Run:
    """One call of the reader's function: what it returned, printed, or raised."""

    def __init__(self, function: Callable, args: tuple, bench: Bench | None = None):
        self.value, self.error = None, None
        printed = Printed()
        try:
            self.value = (bench or Bench()).call(function, args, printed)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # sys.exit() too
            self.error = error
        self.printed = printed.text()
        self.array = None if self.error else real(self.value)


def safely(make: Callable, otherwise):
    """What `make()` gives; `otherwise` if it raises: a reader's object may do that anywhere."""
    try:
        return make()
    except KeyboardInterrupt:
        raise
    except BaseException:
        return otherwise


def real(value) -> np.ndarray | None:
    """The value as real numbers, none of them masked, or None if it is something else."""
    return safely(lambda: None if is_masked(value) else real_numbers(value), None)


def agree(got: np.ndarray | None, want: np.ndarray, tolerance: float) -> bool:
    return got is not None and got.shape == want.shape and bool(near(got, want, tolerance).all())


def near(got: np.ndarray, want: np.ndarray, tolerance: float) -> np.ndarray:
    """Where values agree: relatively, so that tiny losses count too; NaN agrees with NaN."""
    with np.errstate(all="ignore"):
        room = tolerance * np.where(want == 0, 1.0, np.abs(want))
        close = np.isfinite(want) & (np.abs(got - want) <= room)
        return close | (got == want) | (np.isnan(got) & np.isnan(want))


def type_name(value) -> str:
    """The name of the value's type."""
    return safely(lambda: str(type(value).__name__), "value")


def show(value) -> str:
    """A value in few characters: four entries of an array at most, six digits of a number."""
    return safely(lambda: _shown(value), f"a {type_name(value)} that cannot be shown")


def _shown(value) -> str:
    array = None if isinstance(value, bool | str) else real(value)
    if array is None:
        return clip(re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value)))  # another one at each run
    if array.ndim == 0:
        return short(float(array))
    if array.ndim == 1:
        entries = ", ".join(short(entry) for entry in array[:4])
        return f"[{entries}]" if array.size <= 4 else f"[{entries}, … {array.size} values]"
    entries = ", ".join(short(entry) for entry in array.ravel()[:3])
    return f"[[{entries}, … shape {array.shape}]]"


def short(value: float) -> str:
    return minus(f"{value:.6g}".replace("inf", "∞").replace("nan", "NaN"))
