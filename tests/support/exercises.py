"""Holds an exercise itself to its rules: its solution passes, every slip is told apart, and what
`check` says to do ends at right."""

import numpy as np

from lossviz.teach.exercises import SEED, Exercise
from lossviz.teach.grade import Grade, grade
from lossviz.teach.running import call, real
from support.advice import follow, variants


def verify(exercise: Exercise) -> list[str]:
    """What is wrong with an exercise itself; empty when it can be set."""
    return [f"{exercise.name}: {finding}" for finding in _findings(exercise)]


def _findings(exercise: Exercise) -> list[str]:
    cases = exercise.cases(np.random.default_rng(SEED))
    if not cases or not all(isinstance(args, tuple) for args in cases):
        return ["cases must return a list of at least one tuple of arguments"]
    found = []
    wants = [real(call(exercise.solution, args)) for args in cases]
    if any(want is None or np.isnan(want).any() for want in wants):
        return ["the solution must return real numbers, none of them NaN"]
    if (got := grade(exercise.solution, exercise)).kind != "right":
        found.append(f"the solution does not pass: {got.text}")
    again = exercise.cases(np.random.default_rng(SEED))
    if repr(again) != repr(cases):
        found.append("cases must depend on rng alone")
    names = [slip.name for slip in exercise.slips]
    if len(set(names)) < len(names):
        found.append("two slips bear the same name")
    for slip in exercise.slips:
        if not slip.why.strip():
            found.append(f"slip {slip.name!r} does not say why it is one")
        got, *after = follow(slip.function, exercise)
        found += _astray(f"slip {slip.name!r}", after)
        if got.kind != "slip":
            found.append(f"slip {slip.name!r} is not told apart: {got.kind}: {got.text}")
        elif got.slip != slip.name:
            found.append(f"slip {slip.name!r} is taken for {got.slip!r}")
    for what, variant in variants(exercise.solution).items():
        found += _astray(f"the solution, {what},", follow(variant, exercise)[1:])
    for text, what in ((exercise.name, "name"), (exercise.task, "task")):
        if not text.strip():
            found.append(f"it has no {what}")
    try:
        exercise.source()
    except (OSError, TypeError):
        found.append("the solution's source cannot be shown: write it with def, in a file")
    return found


def _astray(what: str, after: list[Grade]) -> list[str]:
    """A finding, unless the advice that was followed ends at right at once."""
    kinds = [got.kind for got in after]
    return [] if kinds in ([], ["right"]) else [f"{what} is led by advice to {after[0].text}"]
