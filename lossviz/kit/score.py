"""What a function earns in a graded assignment: all that grading needs of the kit."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lossviz.teach.exercises import Exercise
from lossviz.teach.grade import grade


def score(function: Callable, exercise: Exercise, seed: int) -> float:
    """1 if `check` finds the function right, and 1 more if it does on other cases too.

    The other cases are drawn from `seed`.
    """
    hidden = replace(exercise, cases=lambda _: exercise.cases(np.random.default_rng(seed)))
    return sum(float(grade(function, task).kind == "right") for task in (exercise, hidden))
