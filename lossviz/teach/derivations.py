"""Derivations as data: every row can be evaluated, and says what it does to the row above with
its amount, so that a test can check it and a picture can show it.

`Derivation.wrong` checks a row at given values, `str(derivation)` is the whole derivation as text;
the tests check all rows at random values. What a row may do to the row above is in `relations`, the
widgets that step through it and hide a slip in it in `stepper`. Which there are, the lessons say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lossviz.explorer.parameters import Slider
from lossviz.page.words import number
from lossviz.teach.relations import Limit, Relation, Scaled, agree, line_function


# ---- what a derivation is made of
@dataclass(frozen=True)
class Step:
    """One row: its TeX (without $), the reason in words, the function that evaluates it, its
    relation to the row above (None on row one), and the variables in which what was dropped is
    constant."""

    tex: str
    reason: str
    value: Callable[..., float]
    relation: Relation | None = None
    constant_in: Sequence[str] = ()

    def __post_init__(self):
        if isinstance(self.constant_in, str):
            raise ValueError(f"constant_in must be a tuple of names; got {self.constant_in!r}")


@dataclass(frozen=True)
class WrongLine:
    """A slip: row number `step` (the first is 1) as `tex` and `value`, wrong; `why` explains it.

    `after` holds (tex, value) of the rows that follow, where they carry the slip on.
    """

    name: str
    step: int
    tex: str
    value: Callable[..., float]
    why: str
    after: Sequence[tuple[str, Callable]] = ()


@dataclass(eq=False, repr=False)
class Derivation:
    """A derivation whose every row is evaluated live and tested.

    `sliders` are the variables that the reader moves (as in a scene), `over` the one along which
    the rows are drawn as curves, `given` the others (data). `sample(rng)` makes generic values of
    all variables for the test, `reference(**variables)` computes row one by another way. A mutant
    of row k that changes nothing is listed in `harmless` as {(k, mutation): reason}.

    Raises ValueError for fewer than two steps, a first step with a relation or a later one
    without, an `over` that is no Slider, or a slip whose row does not exist.
    """

    title: str
    steps: Sequence[Step]
    sliders: Mapping
    over: str
    given: Mapping = field(default_factory=dict)
    sample: Callable[[np.random.Generator], dict] | None = None
    reference: Callable[..., float] | None = None
    slips: Sequence[WrongLine] = ()
    harmless: Mapping[tuple[int, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.steps = tuple(self.steps)
        if len(self.steps) < 2:
            raise ValueError(f"steps must hold at least two rows; got {len(self.steps)}")
        for k, step in enumerate(self.steps, 1):
            if (step.relation is None) != (k == 1):
                raise ValueError(
                    f"row one has no relation, every other row has one; row {k} has "
                    f"{step.relation!r}"
                )
            if step.relation is not None and not isinstance(step.relation, Relation):
                raise ValueError(
                    f"relation of row {k} must be equal(), shifted(by), scaled(by), limit(name, "
                    "target), slope_in(name, label), zero_in(name, label) or related(words, "
                    f"predicate); got {step.relation!r}"
                )
        if not isinstance(self.sliders.get(self.over), Slider):
            raise ValueError(f"over must name a Slider among {[*self.sliders]}; got {self.over!r}")
        taken = {"line"} & {*self.sliders, *self.given} | {*self.sliders} & {*self.given}
        if taken:
            raise ValueError(f"sliders and given must have names of their own; got {sorted(taken)}")
        for name in ("sample", "reference"):
            if not callable(getattr(self, name)):
                raise ValueError(f"{name} must be a function; got {getattr(self, name)!r}")
        for slip in self.slips:
            if not 1 <= slip.step <= len(self.steps) - len(slip.after):
                raise ValueError(
                    f"step of slip {slip.name!r} must be a row from 1 to {len(self.steps)} with "
                    f"its {len(slip.after)} rows after it; got {slip.step}"
                )

    def __repr__(self):
        return f"Derivation({self.title!r}, {len(self.steps)} rows)"

    # ---- rows
    @property
    def start(self) -> dict:
        """All variables at the sliders' start."""
        return {**self.given, **{name: slider.value for name, slider in self.sliders.items()}}

    def slip(self, which: int | str) -> WrongLine:
        """The slip of that number, from 1, or of that name. Raises ValueError if there is none."""
        for k, slip in enumerate(self.slips, 1):
            if which in (k, slip.name):
                return slip
        raise ValueError(f"slip must be a number from 1 to {len(self.slips)}; got {which!r}")

    def with_slip(self, slip: WrongLine) -> tuple[Step, ...]:
        """The steps with the wrong row in place, and those after it that carry the slip on."""
        steps = list(self.steps)
        for k, (tex, value) in enumerate([(slip.tex, slip.value), *slip.after], slip.step - 1):
            steps[k] = replace(steps[k], tex=tex, value=value)
        return tuple(steps)

    def words(self, line: int, variables: Mapping) -> str:
        """What row number `line` does to the row above, with its amount."""
        step, above = self.steps[line - 1], self.steps[line - 2]
        relation = step.relation
        if relation is None:
            return ""
        if isinstance(relation, Limit):  # says its variable as the slider does
            relation = replace(relation, variable=self.label(relation.variable))
        mark = relation.mark if isinstance(relation, Scaled) else "the argmin"
        stays = f"{mark} stays"
        if self.over not in step.constant_in:
            stays = f"it is not constant in {self.label(self.over)}, so {mark} may move"
        lines = line_function(above.value), line_function(step.value)
        return relation.words(*lines, variables, stays)

    def label(self, name: str) -> str:
        return (name in self.sliders and self.sliders[name].label) or name

    def at(self, variables: Mapping) -> str:
        """The sliders' values in words."""
        values = ((name, variables[name]) for name in self.sliders)
        return ", ".join(
            f"{self.label(n)} = {v if isinstance(v, str | bool) else number(v)}" for n, v in values
        )

    def __str__(self):
        """The whole derivation: each row's TeX, reason, value at the start and relation."""
        return self.text(self.steps, told=True)

    def text(self, steps: Sequence[Step], told: bool) -> str:
        """Each row's TeX and reason, and, if `told`, its value and relation."""
        start = self.start
        rows = [f"{self.title} (at {self.at(start)})" if told else self.title]
        for k, step in enumerate(steps, 1):
            rows += [f"({k}) {step.tex}", f"    {step.reason}"]
            if told:
                said = self.words(k, start)
                rows.append(f"    = {self.tidy(step, start)}" + (f"; {said}" if said else ""))
        return "\n".join(rows)

    def tidy(self, step: Step, variables: Mapping) -> str:
        """The row's value, where rounding dust beside its values at `over`'s ends is 0."""
        function, slider = line_function(step.value), self.sliders[self.over]
        ends = [function(**{**variables, self.over: v}) for v in (slider.low, slider.high)]
        scale = max((abs(v) for v in ends if math.isfinite(v)), default=0.0)
        return number(function(**variables), scale)

    # ---- the check
    def wrong(self, line: int, steps: Sequence[Step], variables: Mapping) -> str | None:
        """What is wrong with this row's relation (row one: with its value) at `variables`."""
        step = steps[line - 1]
        here = line_function(step.value)
        if line == 1:
            value = here(**variables)
            expected = line_function(self.reference)(**variables)
            if agree(value, expected):
                return None
            return f"it is {number(value)} and should be {number(expected)}"
        with np.errstate(all="ignore"):  # a predicate may compute too
            return step.relation.check(line_function(steps[line - 2].value), here, variables)
