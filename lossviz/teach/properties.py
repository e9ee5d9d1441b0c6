"""Ready-made properties: what must hold of a reader's function beyond single numbers."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np

from lossviz.teach.exercises import Cases, Property
from lossviz.teach.running import call, show


def invariant_to(
    name: str, change: Callable[..., tuple], cases: Cases, *, tolerance: float = 1e-9
) -> Property:
    """The same value after `change(*args)`, which returns the changed arguments as a tuple.

    `name` says what is unchanged: "unchanged when a constant is added to all logits".
    """

    def test(function, rng):
        for args in cases(rng):
            changed = tuple(change(*copy.deepcopy(args)))
            before = np.asarray(function(*args), float)
            after = np.asarray(function(*changed), float)
            if not _same(after, before, tolerance):
                here, there = (", ".join(map(show, a)) for a in (args, changed))
                return f"f({here}) = {show(before)}, but f({there}) = {show(after)}."
        return None

    return Property(name, test)


def gradient_of(
    value: Callable, cases: Cases, argument: int = 0, *, tolerance: float = 1e-5
) -> Property:
    """The function is the gradient of Σ value(*args) in the argument at position `argument`.

    Compared with central differences, entry by entry; the result has that argument's shape.
    """

    def test(function, rng):
        for args in cases(rng):
            got = np.asarray(function(*args), float)
            want = _differences(value, args, argument)
            if got.shape != want.shape:
                return f"its shape is {got.shape}, that of the argument is {want.shape}."
            if not _same(got, want, tolerance):
                return (
                    f"at ({', '.join(map(show, args))}) it is {show(got)}, while the slope "
                    f"measured by a small step is {show(want)}."
                )
        return None

    return Property("is the gradient", test)


def _same(got: np.ndarray, want: np.ndarray, tolerance: float) -> bool:
    """Whether arrays agree within a tolerance of the largest entry, or of 1."""
    finite = np.abs(want[np.isfinite(want)])
    room = tolerance * max(1.0, finite.max(initial=0.0))
    return got.shape == want.shape and np.allclose(got, want, rtol=0, atol=room)


def _differences(value: Callable, args: tuple, argument: int) -> np.ndarray:
    at = np.asarray(args[argument], float)
    slope = np.empty(at.shape)
    for index in np.ndindex(at.shape):
        step = 1e-5 * max(1.0, abs(at[index]))
        ends = []
        for sign in (1, -1):
            moved = at.copy()
            moved[index] += sign * step
            ends.append(np.sum(call(value, (*args[:argument], moved, *args[argument + 1 :]))))
        slope[index] = (ends[0] - ends[1]) / (2 * step)
    return slope
