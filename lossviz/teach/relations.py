"""What a row of a derivation does to the row above, with its amount.

Each relation checks itself (None, or what is wrong) and says itself in words. A lesson writes
``relation=scaled(lambda sigma: 2 * sigma**2)``.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lossviz.page.words import number

TOLERANCE = 1e-9  # relative; sums of a few hundred terms cancel far less than this away


def agree(a: float, b: float, scale: float = 0.0) -> bool:
    """Whether two numbers are one up to rounding in terms as large as `scale`."""
    if not (math.isfinite(a) and math.isfinite(b)):
        return False
    return abs(a - b) <= TOLERANCE * max(abs(a), abs(b), abs(scale))


def line_function(function: Callable | float) -> Callable[..., float]:
    """`function` as one that takes every variable by name, uses those it knows, gives a float."""
    if not callable(function):
        constant = float(function)
        return lambda **variables: constant
    parameters = inspect.signature(function).parameters.values()
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters)
    names = [p.name for p in parameters]

    def evaluate(**variables) -> float:
        if not takes_all:
            variables = {name: variables[name] for name in names if name in variables}
        with np.errstate(all="ignore"):  # ±inf and NaN are shown as what they are
            return float(function(**variables))

    return evaluate


# ---- relations: each checks itself (None, or what is wrong) and says itself in words
@dataclass(frozen=True)
class Equal:
    """This row = the row above."""

    def check(self, above, here, variables) -> str | None:
        a, b = above(**variables), here(**variables)
        return None if agree(a, b) else f"the row above is {number(a)}, this row {number(b)}"

    def words(self, above, here, variables, stays: str) -> str:
        return "equal to the row above"


@dataclass(frozen=True)
class Shifted:
    """Row above = this row + by(**variables): an additive constant was dropped."""

    by: Callable | float
    name: str = ""

    def amount(self, variables) -> float:
        return line_function(self.by)(**variables)

    def check(self, above, here, variables) -> str | None:
        a, b, by = above(**variables), here(**variables), self.amount(variables)
        if agree(a, b + by, max(abs(b), abs(by))):
            return None
        return (
            f"the row above is {number(a)}; less the constant {number(by)} "
            f"that is {number(a - by)}, but this row is {number(b)}"
        )

    def words(self, above, here, variables, stays: str) -> str:
        by = self.amount(variables)
        which = f"the constant {self.name} = {number(by)}" if self.name else "a constant"
        way = "down" if by >= 0 else "up"
        return f"{which} was dropped: the curve moved {way} by {number(abs(by))}; {stays}"


@dataclass(frozen=True)
class Scaled:
    """Row above = by(**variables) · this row, by > 0: a positive factor was dropped.

    `mark` is the place that the factor leaves alone: the argmin of a loss, the peak of a density.
    """

    by: Callable | float
    name: str = ""
    mark: str = "the argmin"

    def amount(self, variables) -> float:
        return line_function(self.by)(**variables)

    def check(self, above, here, variables) -> str | None:
        a, b, by = above(**variables), here(**variables), self.amount(variables)
        if not by > 0:
            return f"the factor must be above 0, and is {number(by)}"
        if agree(a, by * b):
            return None
        return (
            f"the row above is {number(a)}; divided by {number(by)} "
            f"that is {number(a / by)}, but this row is {number(b)}"
        )

    def words(self, above, here, variables, stays: str) -> str:
        by = number(self.amount(variables))
        which = f"{self.name} = {by}" if self.name else by
        return f"divided by {which}: the curve is scaled; {stays}"


@dataclass(frozen=True)
class Limit:
    """The row above tends to this row as `variable` → `target` (a number or ±inf)."""

    variable: str
    target: float

    SMALL = 1e-6  # relative error that must be reached at the last step

    def near(self, variables) -> list[dict]:
        """The variables, with the one that tends drawing nearer and nearer to its target."""
        start = variables[self.variable]
        if math.isinf(self.target):
            steps = [math.copysign(max(abs(start), 1.0), self.target) * 4.0**k for k in range(16)]
        else:
            steps = [self.target + (start - self.target) * 0.25**k for k in range(16)]
        return [{**variables, self.variable: step} for step in steps]

    def check(self, above, here, variables) -> str | None:
        near = self.near(variables)
        limit = here(**variables)
        values = [above(**v) for v in near]
        scale = max(abs(limit), abs(values[0]))
        if not math.isfinite(limit) or not math.isfinite(values[0]):
            return f"the row above is {number(values[0])}, this row {number(limit)}"
        if not agree(limit, here(**near[1])):
            return f"this row still depends on {self.variable}"
        errors = [abs(value - limit) for value in values]
        if not errors[-1] <= self.SMALL * scale:
            return (
                f"as {self.variable} → {number(self.target)} the row above tends to "
                f"{number(values[-1])}, but this row is {number(limit)}"
            )
        # Each late step is four times nearer. A wrong row may be crossed on the way, where the
        # error is small by luck, but the error left behind does not halve from step to step.
        late = errors[len(errors) // 2 :]
        for farther, nearer in pairwise(late):
            if not nearer <= max(farther / 2, TOLERANCE * scale):
                return f"the error does not shrink as {self.variable} → {number(self.target)}"
        return None

    def words(self, above, here, variables, stays: str) -> str:
        a, b = above(**variables), here(**variables)
        gap = number(abs(a - b), max(abs(a), abs(b)))
        return f"the limit {self.variable} → {number(self.target)}; the two rows are {gap} apart"


def along(line: Callable, name: str, variables) -> Callable[[float], float]:
    """`line` as a function of the variable `name` alone."""
    return lambda value: line(**{**variables, name: value})


def size(value: float) -> float:
    """How large a variable is: a thousandth of it is a small step, and far above rounding."""
    return max(abs(value), 0.01)


@dataclass(frozen=True)
class Slope:
    """This row is the slope of the row above in `variable`, which the words call `label`."""

    variable: str
    label: str

    SMALL = 1e-7  # relative to the rows: a slope by differences is not exact

    def check(self, above, here, variables) -> str | None:
        f, x = along(above, self.variable, variables), variables[self.variable]
        h, value = 1e-3 * size(x), here(**variables)
        wide, narrow = ((f(x + d) - f(x - d)) / (2 * d) for d in (h, h / 2))
        slope = (4 * narrow - wide) / 3  # Richardson: the error is of order h⁴
        scale = max(abs(slope), abs(value), abs(f(x)) / size(x))
        if abs(slope - value) <= self.SMALL * scale < math.inf:
            return None
        return f"the slope of the row above is {number(slope)}, but this row is {number(value)}"

    def words(self, above, here, variables, stays: str) -> str:
        return f"the slope in {self.label} of the row above"


@dataclass(frozen=True)
class Zero:
    """This row is the `variable` at which the row above is 0; the words call it `label`.

    `to_variable` makes the variable of this row where they differ: √ where this row is σ².
    """

    variable: str
    label: str
    to_variable: Callable[[float], float] = float

    SMALL = 1e-6  # relative to the row above nearby: the place is right to nine digits

    def check(self, above, here, variables) -> str | None:
        f, value = along(above, self.variable, variables), here(**variables)
        x = self.to_variable(value)
        h = 1e-3 * size(x)
        if abs(f(x)) < self.SMALL * max(abs(f(x - h)), abs(f(x + h))) < math.inf:
            return None
        return f"this row is {number(value)}, but there the row above is {number(f(x))}"

    def words(self, above, here, variables, stays: str) -> str:
        return f"the {self.label} at which the row above is 0"


@dataclass(frozen=True)
class Related:
    """Any other relation: `said` in words, tested by predicate(above, here, variables)."""

    said: str
    predicate: Callable

    def check(self, above, here, variables) -> str | None:
        if self.predicate(above, here, variables):
            return None
        a, b = number(above(**variables)), number(here(**variables))
        return f"“{self.said}” does not hold: the row above is {a}, this row {b}"

    def words(self, above, here, variables, stays: str) -> str:
        return self.said


equal, shifted, scaled, limit = Equal, Shifted, Scaled, Limit
slope_in, zero_in, related = Slope, Zero, Related
Relation = Equal | Shifted | Scaled | Limit | Slope | Zero | Related
