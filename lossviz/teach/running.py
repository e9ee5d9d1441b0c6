"""Running a reader's function, which may do anything, and putting what it returned into words."""

from __future__ import annotations

import contextlib
import copy
import io
import warnings
from collections.abc import Callable

import numpy as np

from lossviz.page.words import clip, minus


def call(function: Callable, args: tuple):
    """The function's value on copies of the arguments, without NumPy's warnings."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*copy.deepcopy(args))


class Run:
    """One call of the reader's function: what it returned, printed, or raised."""

    def __init__(self, function: Callable, args: tuple):
        self.value, self.error = None, None
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                self.value = call(function, args)
            except Exception as error:
                self.error = error
        self.printed = printed.getvalue().strip()
        self.array = None if self.error else real(self.value)


def real(value) -> np.ndarray | None:
    """The value as real numbers, or None if it is something else."""
    if value is None or value is Ellipsis:
        return None
    try:
        array = np.asarray(value)
    except ValueError:  # ragged
        return None
    if array.dtype.kind not in "biufO":
        return None
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        return None


def agree(got: np.ndarray | None, want: np.ndarray, tolerance: float) -> bool:
    return got is not None and got.shape == want.shape and bool(near(got, want, tolerance).all())


def near(got: np.ndarray, want: np.ndarray, tolerance: float) -> np.ndarray:
    """Where values agree: relatively, so that tiny losses count too; NaN agrees with NaN."""
    with np.errstate(all="ignore"):
        room = tolerance * np.where(want == 0, 1.0, np.abs(want))
        close = np.isfinite(want) & (np.abs(got - want) <= room)
        return close | (got == want) | (np.isnan(got) & np.isnan(want))


def show(value) -> str:
    """A value in few characters: four entries of an array at most, six digits of a number."""
    if isinstance(value, bool | str) or value is None:
        return clip(repr(value))
    array = real(value)
    if array is None:
        return clip(repr(value))
    if array.ndim == 0:
        return short(float(array))
    if array.ndim == 1:
        entries = ", ".join(short(entry) for entry in array[:4])
        return f"[{entries}]" if array.size <= 4 else f"[{entries}, … {array.size} values]"
    entries = ", ".join(short(entry) for entry in array.ravel()[:3])
    return f"[[{entries}, … shape {array.shape}]]"


def short(value: float) -> str:
    return minus(f"{value:.6g}".replace("inf", "∞").replace("nan", "NaN"))
