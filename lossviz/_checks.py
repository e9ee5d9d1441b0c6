"""What every function of `losses` and `information` shares: arguments in, numbers out.

Here: conversion to float64, the refusals (a `ValueError` naming the argument, its value and what is
allowed), and the decorator that keeps NumPy quiet and hands scalars back for scalars.
Not here: any formula, except the convention 0 · ∞ = 0.
"""

import functools
import inspect
from collections.abc import Callable
from decimal import Decimal
from itertools import permutations
from numbers import Real

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


def demand_not_negative(**arguments) -> None:
    """Refuse arguments that are below 0 or infinite."""
    for name, array in arguments.items():
        demand((array >= 0) & (array < np.inf), "be ≥ 0 and finite", **{name: array})


def demand_finite(**arguments) -> None:
    """Refuse arguments that are infinite."""
    for name, array in arguments.items():
        demand(np.isfinite(array), "be finite", **{name: array})


def demand_probabilities(axis: int, came_in, **argument) -> None:
    """Refuse the one named argument unless it is ≥ 0 and sums to 1 along `axis`.

    Within 1e-9, or within what rounding leaves of a softmax over many classes in the precision of
    `came_in`, the argument as the caller gave it: 1e-4 for float32, 5e-3 for float16.
    """
    ((_, p),) = argument.items()
    demand(p >= 0, "be ≥ 0", **argument)
    came_in = np.asarray(came_in)
    if came_in.dtype.kind == "O":  # the precision is that of its entries, as in a list of them
        came_in = np.asarray(came_in.tolist())
    dtype = came_in.dtype
    within = {"f2": "5e-3", "f4": "1e-4"}.get(dtype.str[1:], "1e-9")
    sums_to_one = np.abs(p.sum(axis) - 1) <= float(within)
    demand(sums_to_one, f"sum to 1 (within {within}) along axis {axis}", axis=axis, **argument)


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


def demand_unmasked(name: str, value) -> None:
    """Refuse a masked array, or a list of them: NumPy would compute with what the mask hides."""
    try:
        masked = is_masked(value)
    except (TypeError, RecursionError):  # records, and lists that hold themselves: no numbers
        masked = False
    if masked:
        raise ValueError(
            f"{name} must not be masked, got {_short(value)}; leave the masked entries out first, "
            f"for instance with {name}.compressed()"
        )


def is_masked(value) -> bool:
    """Whether any entry is masked, also within lists and object arrays."""
    if isinstance(value, np.ma.MaskedArray):
        return np.ma.is_masked(value)
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "O" and any(map(is_masked, value.flat))
    return isinstance(value, list | tuple) and any(map(is_masked, value))


def real_numbers(value) -> NDArray[np.float64]:
    """The value as float64; TypeError, ValueError or OverflowError if it is something else.

    The entries of an object array are looked at one by one: text and dates would pass for numbers.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "biufO":
        raise TypeError(f"{array.dtype} is no real number")
    if array.dtype.kind == "O":
        for entry in array.flat:
            known = isinstance(entry, Real | Decimal | np.bool_)
            if not known or isinstance(entry, np.timedelta64):  # NumPy calls that an integer
                raise TypeError(f"{type(entry).__name__} is no real number")
    return array.astype(np.float64)


def _float64(name: str, value) -> NDArray[np.float64]:
    demand_unmasked(name, value)
    try:
        array = real_numbers(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise ValueError(
            f"{name} must be real numbers, got {_short(value)}; turn text into numbers and dates "
            "into a count of days, say, and leave out what is missing"
        ) from None
    demand(~np.isnan(array), "not be NaN", **{name: array})
    return array


def _short(value) -> str:
    if isinstance(value, np.ndarray) and value.ndim and not isinstance(value, np.ma.MaskedArray):
        return np.array2string(value, threshold=10, separator=", ")
    text = str(value) if isinstance(value, np.ndarray | np.generic) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
