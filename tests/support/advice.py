"""Follows what `check` says as a reader would who believes every word of it."""

import re
from collections.abc import Callable
from types import CellType, FunctionType, SimpleNamespace

import numpy as np

from lossviz.teach.exercises import SEED, Exercise
from lossviz.teach.grade import Grade, grade

REDUCTIONS = {"sum": np.sum, "mean": np.mean}
OVER = r"(?: over `axis=(\d)`)?"


def without(function: Callable, name: str, other: Callable = lambda a, *_, **__: a) -> Callable:
    """The function with `np.sum` or `np.mean` left out, or with another one in its place."""
    if not isinstance(function, FunctionType):
        return function
    numpy = SimpleNamespace(**{**vars(np), name: other})
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    kept = [without(cell, name, other) for cell in cells]
    scope = {**function.__globals__, "np": numpy}
    code, defaults = function.__code__, function.__defaults__
    return FunctionType(code, scope, function.__name__, defaults, tuple(map(CellType, kept)))


def variants(function: Callable) -> dict[str, Callable]:
    """What forgetting a sum or a mean, or taking the other one, makes of the function."""
    return {
        "sum forgotten": without(function, "sum"),
        "mean forgotten": without(function, "mean"),
        "mean for sum": without(function, "sum", np.mean),
        "sum for mean": without(function, "mean", np.sum),
    }


def follow(function: Callable, exercise: Exercise) -> list[Grade]:
    """The grades that a reader meets who does whatever can be done without thinking."""
    grades = [grade(function, exercise)]
    while len(grades) < 6 and (better := _done(grades[-1].text, function, exercise)):
        function = better
        grades.append(grade(function, exercise))
    return grades


def _done(text: str, function: Callable, exercise: Exercise) -> Callable | None:
    """The function after the advice; None where the text gives none, or one that needs thought."""
    if found := re.search(rf"The (sum|mean) of yours{OVER} is right: take it", text):
        take, axis = REDUCTIONS[found[1]], None if found[2] is None else int(found[2])
        return lambda *args: take(np.asarray(function(*args)), axis)
    if found := re.search(r"You returned the (sum|mean) of the right values", text):
        return without(function, found[1])
    if "Everywhere yours is" not in text:
        return None
    args = exercise.cases(np.random.default_rng(SEED))[0]
    got, want = (np.ravel(f(*args))[0] for f in (function, exercise.solution))
    if "off by the same" in text:  # the text has six digits of it
        return lambda *args: np.asarray(function(*args)) - (got - want)
    return lambda *args: np.asarray(function(*args)) / (got / want)
