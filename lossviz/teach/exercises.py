"""Exercises as data: a function to complete, its solution, its cases and its known slips.

Not here: how a reader's function is judged (`grade`), how the result is shown (`checked`),
ready-made properties (`properties`), any lesson's exercise.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

SEED = 1809  # the year of Gauss's Theoria motus; any fixed number does
Cases = Callable[[np.random.Generator], list[tuple]]


@dataclass(frozen=True)
class Slip:
    """A known mistake: its name, a function that makes it, and why it is one."""

    name: str
    function: Callable
    why: str


@dataclass(frozen=True)
class Property:
    """Something that must hold beyond single numbers.

    `test(function, rng)` returns None when it holds, else what was found, with both values.
    """

    name: str
    test: Callable[[Callable, np.random.Generator], str | None]


@dataclass(frozen=True, eq=False)
class Exercise:
    """A function to complete: its task, its solution, and how to tell mistakes from it.

    `solution(*args)` returns a number or an array; `cases(rng)` returns argument tuples at generic
    points (no σ = 1 or 2, where slips coincide). A value passes when it is within
    `tolerance` · |right value|, or within `tolerance` where the right value is 0.
    """

    name: str
    task: str
    solution: Callable
    cases: Cases
    slips: Sequence[Slip] = ()
    properties: Sequence[Property] = ()
    hints: Sequence[str] = ()
    tolerance: float = 1e-9

    def source(self) -> str:
        """The solution's code."""
        return textwrap.dedent(inspect.getsource(self.solution)).strip()
