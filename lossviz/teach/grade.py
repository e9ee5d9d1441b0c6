"""`grade` runs a reader's function on an exercise and says in words what it found.

In this order: is it attempted, does it run, does it equal a known slip, do type, shape and values
agree on every case, do the properties hold. The first that speaks, speaks.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import CellType, CodeType, FunctionType

import numpy as np

from lossviz.page.words import clip
from lossviz.teach.exercises import SEED, Exercise, Slip
from lossviz.teach.running import (
    Bench,
    Run,
    agree,
    call,
    near,
    real,
    safely,
    short,
    show,
    type_name,
)


@dataclass(frozen=True)
class Grade:
    """What `grade` found.

    `kind`: "right", "not attempted", "slip", "value", "shape", "type", "not finite", "print",
    "no return", "raised" or "property". `slip` is the slip's name, or "".
    """

    kind: str
    text: str
    slip: str = ""


def grade(function: Callable, exercise: Exercise) -> Grade:
    """Run the function on the exercise's cases and properties; say what comes first."""
    if not callable(function):
        text = f"✗ check needs the function itself, not its value; it got {show(function)}."
        return Grade("type", text)
    gap, bench = _has_gap(function), Bench()
    cases = exercise.cases(np.random.default_rng(SEED))
    runs = [Run(function, args, bench) for args in cases]
    wants = [real(call(exercise.solution, args)) for args in cases]
    found = _first_fault(function, exercise, cases, runs, wants, gap)
    if found is None:
        found = _broken_property(function, exercise, bench)
    if found is None:
        return Grade("right", _praise(exercise, len(cases)))
    if (
        gap
        and found.kind != "raised"
        and (found.kind == "no return" or _uses_gap(function, cases, runs))
    ):
        return _NOT_ATTEMPTED
    if gap and found is not _NOT_ATTEMPTED:
        found = replace(found, text=f"{found.text}\nA `...` still stands in your function.")
    return _with_prints(found, runs)


def _with_prints(found: Grade, runs: list[Run]) -> Grade:
    """The grade with what the function printed: prints are how readers look for a mistake."""
    printed = next((run.printed for run in runs if run.printed), "")
    if not printed or found.kind in ("print", "not attempted"):
        return found
    return replace(found, text=f"{found.text}\nIt printed: {clip(printed.splitlines()[0])}")


# --- Faults, in the order in which they are looked for ---------------------------------------


_NOT_ATTEMPTED = Grade(
    "not attempted", "Not attempted yet. Put your code where the ... stands and run the cell again."
)
_NOT_YET = "✗ Not yet. "


def _first_fault(function, exercise, cases, runs, wants, gap) -> Grade | None:
    for args, run in zip(cases, runs, strict=True):
        if run.error is not None:
            if gap and "ellipsis" in _said(run.error).lower():
                return _NOT_ATTEMPTED
            return _raised(run.error, function, exercise, args)
    if all(run.value is Ellipsis for run in runs) or _is_empty(function):
        return _NOT_ATTEMPTED
    if any(run.value is None for run in runs):
        return _no_value(runs)
    if all(
        agree(run.array, want, exercise.tolerance) for run, want in zip(runs, wants, strict=True)
    ):
        return None
    first = _first_failing_case(function, exercise, cases, runs, wants)
    slip = _known_slip(exercise, cases, runs, wants)
    if slip is not None:
        text = f"✗ A known slip: {slip.name}. {slip.why}\n{first.text.removeprefix(_NOT_YET)}"
        return Grade("slip", text, slip.name)
    return first


def _said(error: BaseException) -> str:
    return safely(lambda: str(error), "its own message cannot be shown")


def _raised(error: BaseException, function: Callable, exercise: Exercise, args: tuple) -> Grade:
    names = ", ".join(_names(exercise))
    called = f"It was called with {names}:\n  {_shown_call(exercise, args)}"
    return Grade("raised", f"{_told(error, function)}\n{called}")


def _told(error: BaseException, function: Callable) -> str:
    """The reader's error with the reader's line, without a line of ours."""
    code = safely(lambda: inspect.unwrap(function).__code__, None)
    line, step = None, safely(lambda: error.__traceback__, None)
    while step is not None and code is not None:
        if step.tb_frame.f_code.co_filename == code.co_filename:
            line = step.tb_lineno
        step = step.tb_next
    told = f"✗ Your code raised {type_name(error)}: {_said(error)}"
    if "bitwise_xor" in told or "for ^" in told:
        told += "\n  In Python a power is `**`; `^` is another operation."
    if line is None:
        return told
    return f"{told}\n  line {line}: {linecache.getline(code.co_filename, line).strip()}"


def _no_value(runs: list[Run]) -> Grade:
    run = next(run for run in runs if run.value is None)
    if run.printed:
        first = run.printed.splitlines()[0]
        text = f"✗ Your function prints {clip(first)} but returns None. Write return, not print."
        return Grade("print", text)
    text = "✗ Your function returned None. Does every way through it end in a return with a value?"
    return Grade("no return", text)


def _known_slip(exercise, cases, runs, wants) -> Slip | None:
    """The slip whose outputs the reader's equal on every case, or in whose places they break."""
    gots = [run.array for run in runs]
    made = [(slip, [Run(slip.function, args).array for args in cases]) for slip in exercise.slips]
    made = [(slip, outputs) for slip, outputs in made if all(out is not None for out in outputs)]
    made.sort(key=lambda pair: sum(np.sum(~np.isfinite(out)) for out in pair[1]))  # least first
    close = exercise.tolerance
    both = ((same, *pair) for same in (_equal, _breaks_within) for pair in made)
    return next((slip for same, slip, outs in both if same(gots, outs, wants, close)), None)


def _equal(gots, outputs, wants, tolerance) -> bool:
    pairs = zip(gots, outputs, strict=True)
    return all(out is not None and agree(got, out, tolerance) for got, out in pairs)


def _breaks_within(gots, outputs, wants, tolerance) -> bool:
    """∞ or NaN where right is finite, but nowhere else than the outputs; their like elsewhere."""
    cases = zip(gots, outputs, wants, strict=True)
    if any(got is None or not got.shape == out.shape == want.shape for got, out, want in cases):
        return False
    got, out, want = (np.concatenate([*map(np.ravel, part)]) for part in (gots, outputs, wants))
    sound, broken = np.isfinite(out), np.isfinite(want) & ~np.isfinite(got)
    return sound.any() and broken.any() and near(got[sound], out[sound], tolerance).all()


def _first_failing_case(function, exercise, cases, runs, wants) -> Grade:
    for args, run, want in zip(cases, runs, wants, strict=True):
        if agree(run.array, want, exercise.tolerance):
            continue
        at = f"{_NOT_YET}At {_shown_call(exercise, args)}\n"
        if run.array is None:
            return Grade("type", at + _wrong_type(run, want))
        if run.array.shape != want.shape:
            advice = _reduction(runs, wants, exercise.tolerance)
            return Grade("shape", at + _wrong_shape(run.array, want) + advice)
        yours, right, where, apart = _first_difference(run.array, want, exercise.tolerance)
        values = f"your value{where} is {yours}; right is {right}."
        bad = ~np.isfinite(run.array) & np.isfinite(want)
        if bad.any():
            return Grade("not finite", at + values + _not_finite(run.array[bad]))
        if _is_epsilon(function, exercise, cases, wants):
            told = f" So your value differs by {apart}, as an ε inside the log would make it."
            return Grade("value", at + values + told)
        told = _pattern(runs, wants) or _rounded_away(run.array, want)
        return Grade("value", at + values + told)
    raise AssertionError("called only when a case fails")


def _wrong_type(run: Run, want: np.ndarray) -> str:
    if run.value is Ellipsis:
        return f"your function returned the ... that still stands in it; wanted {_what(want)}."
    if safely(lambda: isinstance(run.value, int), False):
        return f"your whole number is too large for a float64; wanted {_what(want)}."
    is_complex = safely(lambda: run.value.dtype.kind == "c", False)
    kind = "complex numbers" if is_complex else type_name(run.value)
    return f"your function returned {kind} ({show(run.value)}); wanted {_what(want)}."


def _wrong_shape(got: np.ndarray, want: np.ndarray) -> str:
    text = f"your result has the shape {got.shape}; wanted {want.shape}, {_what(want)}."
    if want.shape and got.shape == (*want.shape, want.shape[-1]):
        text += " Did two arrays broadcast against each other, (n,) against (n, 1)?"
    return text


def _reduction(runs: list[Run], wants: list[np.ndarray], tolerance: float) -> str:
    """The mean or sum to take, or to leave out, if that makes the values of all cases right."""
    gots = [run.array for run in runs]

    def taken(arrays, take, axis):
        return [safely(lambda a=a: real(call(take, (a, axis))), None) for a in arrays]

    for axis, over in ((None, ""), (0, " over `axis=0`"), (1, " over `axis=1`")):
        for name, take in (("mean", np.mean), ("sum", np.sum)):
            if _equal(taken(gots, take, axis), wants, wants, tolerance):
                return f" The {name} of yours{over} is right: take it."
            if _equal(gots, taken(wants, take, axis), wants, tolerance):
                return f" You returned the {name} of the right values{over}: leave it out."
    return ""


def _not_finite(values: np.ndarray) -> str:
    text = ""
    if np.isinf(values).any():
        text += " ∞ comes from the log of 0, a division by 0, or an exp that overflowed."
    if np.isnan(values).any():
        text += " NaN comes from 0/0, ∞ − ∞, 0 · ∞, or the log of a negative number."
    return text


def _pattern(runs: list[Run], wants: list[np.ndarray]) -> str:
    """A factor or a difference that is the same in all values of all cases."""
    pairs = [(r.array, w) for r, w in zip(runs, wants, strict=True)]
    if any(got is None or got.shape != want.shape for got, want in pairs):
        return ""
    got = np.concatenate([got.ravel() for got, _ in pairs])
    want = np.concatenate([want.ravel() for _, want in pairs])
    if len(got) < 2 or not (np.isfinite(got) & np.isfinite(want)).all() or (want == 0).any():
        return ""
    ratio, shift = got / want, got - want
    if ratio[0] != 0 and np.ptp(ratio) <= 1e-9 * abs(ratio[0]):
        return f" Everywhere yours is {short(ratio[0])} times the right value."
    if (np.abs(shift - shift[0]) <= 1e-6 * abs(shift[0])).all():
        return f" Everywhere yours is off by the same {short(shift[0])}."
    return ""


def _rounded_away(got: np.ndarray, want: np.ndarray) -> str:
    """What is said where only values too small to be kept beside 1 are wrong."""
    if (np.maximum(np.abs(want), np.abs(got))[~near(got, want, 1e-9)] > 1e-15).any():
        return ""
    return " 1 + 1e−18 is exactly 1 in float64. `np.log1p(t)` is log(1 + t) without that sum."


def _is_epsilon(function, exercise, cases, wants) -> bool:
    """Whether all values are right with no ε in the log, or next to none for 0 · log 0."""
    if "log" not in safely(lambda: inspect.getsource(function), ""):
        return False
    twins = [_twin(function, lambda value, tiny=t: _less(value, tiny)) for t in (0.0, 1e-300)]
    for args, want in zip(cases, wants, strict=True):
        arrays = [Run(twin, args).array for twin in twins]
        if any(array is None or array.shape != want.shape for array in arrays):
            return False
        if not np.logical_or(*(near(array, want, exercise.tolerance) for array in arrays)).all():
            return False
    return True


def _less(value, tiny: float):
    """`tiny` for an ε up to 1e-3, 1 for 1 − ε, anything else as it is."""
    if not isinstance(value, float) or value <= 0:
        return value
    return tiny if value <= 1e-3 else 1.0 if abs(value - 1) <= 1e-3 else value


def _uses_gap(function, cases, runs) -> bool:
    """Whether no value came back, or another one would with something else for the ``...``."""
    twin = _twin(function, lambda value: None if value is Ellipsis else value)
    others = [Run(twin, args).array for args in cases]
    pairs = [(r.array, other) for r, other in zip(runs, others, strict=True) if r.array is not None]
    return any(not agree(other, array, 0.0) for array, other in pairs) or all(
        run.value is None or safely(lambda run=run: "Ellipsis" in repr(run.value), False)
        for run in runs
    )


def _twin(function: Callable, swap: Callable) -> Callable:
    """The function with other constants: in its code, as defaults, in variables outside."""

    def moved(value):
        if isinstance(value, CodeType):
            return value.replace(co_consts=tuple(map(moved, value.co_consts)))
        return swap(value)

    def made():
        scope = {name: moved(value) for name, value in function.__globals__.items()}
        defaults = tuple(map(moved, function.__defaults__ or ()))
        cells = tuple(CellType(moved(cell.cell_contents)) for cell in function.__closure__ or ())
        return FunctionType(moved(function.__code__), scope, function.__name__, defaults, cells)

    return safely(made, function)


def _broken_property(function: Callable, exercise: Exercise, bench: Bench) -> Grade | None:
    for prop in exercise.properties:
        try:
            found = prop.test(lambda *args: bench.call(function, args), np.random.default_rng(SEED))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            text = f"✗ The property “{prop.name}” could not be tested."
            return Grade("raised", f"{text}\n{_told(error, function).removeprefix('✗ ')}")
        if found is not None:
            text = f"✗ The single cases agree, but not the property “{prop.name}”: {found}"
            return Grade("property", text)
    return None


def _praise(exercise: Exercise, count: int) -> str:
    text = f"✓ Right: {count} generic cases agree with the solution"
    names = ", ".join(prop.name for prop in exercise.properties)
    return f"{text}, and it holds: {names}." if names else f"{text}."


# --- Is it attempted? ------------------------------------------------------------------------


def _tree(function: Callable) -> ast.AST | None:
    return safely(lambda: ast.parse(textwrap.dedent(inspect.getsource(function))), None)


def _has_gap(function: Callable) -> bool:
    """Whether a ``...`` still stands in the function, other than in an index."""
    tree = _tree(function)
    if tree is None:
        return safely(lambda: Ellipsis in function.__code__.co_consts, False)
    inside = [
        n
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        for n in ast.walk(node.slice)
    ]
    return any(
        isinstance(node, ast.Constant) and node.value is Ellipsis and node not in inside
        for node in ast.walk(tree)
    )


def _is_empty(function: Callable) -> bool:
    """Whether the body holds nothing but a docstring, pass, or a return of nothing."""
    tree = _tree(function)
    if tree is None or not isinstance(tree.body[0], ast.FunctionDef):
        return False

    def idle(node):
        value = getattr(node, "value", None)
        empty = value is None or isinstance(value, ast.Constant)
        if isinstance(node, ast.Return):
            return empty and getattr(value, "value", None) in (None, Ellipsis)
        return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and empty)

    return all(idle(node) for node in tree.body[0].body)


# --- Words ------------------------------------------------------------------------------------


def _names(exercise: Exercise) -> list[str]:
    return list(inspect.signature(exercise.solution).parameters)


def _shown_call(exercise: Exercise, args: tuple) -> str:
    names = [*_names(exercise), *("?" for _ in args)]
    return ", ".join(f"{name} = {show(value)}" for name, value in zip(names, args, strict=False))


def _what(want: np.ndarray) -> str:
    return "one number" if want.shape == () else "one number per entry"


def _first_difference(got: np.ndarray, want: np.ndarray, tolerance: float) -> tuple[str, ...]:
    """The first entries that differ, with digits enough to see it; where, and by how much."""
    index = tuple(int(i) for i in np.argwhere(~near(got, want, tolerance))[0])
    yours, right = float(got[index]), float(want[index])
    where = f" at index {index[0] if len(index) == 1 else index}" if index else ""
    shown = short(yours), short(right)
    if shown[0] == shown[1]:
        shown = f"{yours:.15g}", f"{right:.15g}"
    return *shown, where, short(yours - right)
