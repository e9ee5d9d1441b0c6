"""What every function of `losses` and `information` shares: arguments in, numbers out.

Here: conversion to float64, the refusals (a `ValueError` naming the argument, its value and what is
allowed), and the decorator that keeps NumPy quiet and hands scalars back for scalars.
Not here: any formula, except the convention 0 · ∞ = 0.
"""

import functools
import inspect
from collections.abc import Callable
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64] | np.float64


def numeric(function: Callable) -> Callable:
    """Let `function` compute in peace: no NumPy warning, no NaN, no −0, a scalar for scalars.

    The operands hold no NaN (`operands` saw to that), so a NaN in the result is an ∞ − ∞ or an
    ∞ / ∞ that has no limit: a ValueError, raised here once for all functions.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        with np.errstate(all="ignore"):
            result = function(*args, **kwargs) + 0.0  # −0 + 0 is 0; a 0-d array becomes a scalar
        if np.isnan(result).any():
            given = signature.bind(*args, **kwargs).arguments
            values = ", ".join(f"{name} = {_short(value)}" for name, value in given.items())
            raise ValueError(
                f"{function.__name__} has no limit at {values}; "
                "infinities are allowed where they leave the result defined"
            )
        return result

    return wrapped


def operands(**named) -> list[NDArray[np.float64]]:
    """The named arguments as float64 arrays that are known to broadcast with each other."""
    arrays = {name: _float64(name, value) for name, value in named.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    demand_shapes(**shapes)
    return list(arrays.values())


def demand_shapes(**shapes: tuple[int, ...]) -> None:
    """Refuse shapes that do not broadcast, and (I,) with (I, 1), which would do so silently."""
    listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
    for (row, a), (column, b) in permutations(shapes.items(), 2):
        if len(a) == 1 and a[0] > 1 and len(b) >= 2 and b[-1] == 1 and b[-2] > 1:
            raise ValueError(
                f"shapes {listed}: {row} {a} against {column} {b} would pair every entry of one "
                f"with every entry of the other; allowed are equal shapes (try {column}[..., 0]) "
                f"or, for a grid, {row}[None, :]"
            )
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:
        raise ValueError(
            f"shapes {listed} do not broadcast; allowed are shapes that agree, or are 1, "
            "from the last axis backwards"
        ) from None


def demand(holds: NDArray[np.bool_], allowed: str, *, axis: int | None = None, **argument) -> None:
    """Refuse the one named argument unless `holds` everywhere; with `axis`, one answer a slice."""
    if np.all(holds):
        return
    ((name, array),) = argument.items()
    if axis is not None:
        array = np.moveaxis(array, axis, -1)
    first = tuple(int(i) for i in np.argwhere(~np.asarray(holds))[0])
    where = f" at index {first}" if first else ""
    raise ValueError(f"{name} must {allowed}, got {_short(array[first])}{where}")


def demand_positive(**arguments) -> None:
    """Refuse arguments that are not > 0."""
    for name, array in arguments.items():
        demand(array > 0, "be > 0", **{name: array})


def demand_finite(**arguments) -> None:
    """Refuse arguments that are infinite."""
    for name, array in arguments.items():
        demand(np.isfinite(array), "be finite", **{name: array})


def demand_probabilities(axis: int, **argument) -> None:
    """Refuse the one named argument unless it is ≥ 0 and sums to 1 (within 1e-9) along `axis`."""
    ((_, p),) = argument.items()
    demand(p >= 0, "be ≥ 0", **argument)
    sums_to_one = np.abs(p.sum(axis) - 1) <= 1e-9
    demand(sums_to_one, f"sum to 1 (within 1e-9) along axis {axis}", axis=axis, **argument)


def demand_axis(axis: int, name: str, array: NDArray) -> None:
    """Refuse an `axis` that `array` does not have, or that is empty."""
    if not isinstance(axis, int | np.integer) or not -array.ndim <= axis < array.ndim:
        allowed = f"{-array.ndim} to {array.ndim - 1}" if array.ndim else "none: it is a scalar"
        raise ValueError(f"axis must be an integer axis of {name} ({allowed}), got {axis!r}")
    if array.shape[axis] == 0:
        raise ValueError(f"{name} must have entries along axis {axis}, got shape {array.shape}")


def weigh(weight: Numbers, value: Numbers) -> Numbers:
    """weight · value, where a weight of 0 wins even over an infinite value."""
    return np.where(weight == 0, 0.0, weight * value)


def _float64(name: str, value) -> NDArray[np.float64]:
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biufO":
            raise TypeError
        array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be real numbers, got {_short(value)}") from None
    demand(~np.isnan(array), "not be NaN", **{name: array})
    return array


def _short(value) -> str:
    if isinstance(value, np.ndarray) and value.ndim:
        return np.array2string(value, threshold=10, separator=", ")
    text = str(value) if isinstance(value, np.ndarray | np.generic) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
