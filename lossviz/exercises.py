"""Exercises: a function to complete, and `check`, which knows the usual mistakes.

Here: `Exercise`, `Slip`, `Property` (data); `grade`, which runs a reader's function and says in
words what it found; ready-made properties; `check`, the widget with hints and the solution.
Not here: any lesson's exercise; what the hints look like (`questions` holds the style sheet).

A function is graded in this order: is it attempted, does it run, does it equal a known slip, do
type, shape and values agree on every case, do the properties hold. The first that speaks, speaks.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import html
import inspect
import io
import linecache
import textwrap
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import ipywidgets as widgets
import numpy as np

from lossviz.questions import Manners, bundle, close_parts, to_html, wrap

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

    def verify(self) -> list[str]:
        """What is wrong with the exercise itself; empty when it can be set."""
        return [f"{self.name}: {finding}" for finding in _findings(self)]

    def source(self) -> str:
        """The solution's code."""
        return textwrap.dedent(inspect.getsource(self.solution)).strip()


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
        text = f"✗ check needs the function itself, not its value; it got {_show(function)}."
        return Grade("type", text)
    gap = _has_gap(function)
    cases = exercise.cases(np.random.default_rng(SEED))
    runs = [_Run(function, args) for args in cases]
    wants = [_array(_call(exercise.solution, args)) for args in cases]
    found = _first_fault(function, exercise, cases, runs, wants, gap)
    if found is None:
        found = _broken_property(function, exercise)
    if found is None:
        return Grade("right", _praise(exercise, len(cases)))
    if gap and found.kind != "raised":
        return _NOT_ATTEMPTED
    return _with_prints(found, runs)


def check(function: Callable, exercise: Exercise) -> Checked:
    """Grade the function that the reader wrote; show the result, hints, and the solution.

    ValueError if `exercise` is not an `Exercise`.
    """
    if not isinstance(exercise, Exercise):
        raise ValueError(f"exercise must be an Exercise, got {exercise!r}")
    return Checked(function, exercise)


def _with_prints(found: Grade, runs: list[_Run]) -> Grade:
    """The grade with what the function printed: prints are how readers look for a mistake."""
    printed = next((run.printed for run in runs if run.printed), "")
    if not printed or found.kind in ("print", "not attempted"):
        return found
    return replace(found, text=f"{found.text}\nIt printed: {_clip(printed.splitlines()[0])}")


# --- Running a function that may do anything -------------------------------------------------


def _call(function: Callable, args: tuple):
    """The function's value on copies of the arguments, without NumPy's warnings."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*copy.deepcopy(args))


class _Run:
    """One call of the reader's function: what it returned, printed, or raised."""

    def __init__(self, function: Callable, args: tuple):
        self.value, self.error = None, None
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                self.value = _call(function, args)
            except Exception as error:
                self.error = error
        self.printed = printed.getvalue().strip()
        self.array = None if self.error else _array(self.value)


def _array(value) -> np.ndarray | None:
    """The value as real numbers, or None if it is something else."""
    if value is None or value is Ellipsis:
        return None
    try:
        array = np.asarray(value)
    except ValueError:  # ragged
        return None
    if array.dtype.kind not in "biufO":
        return None
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        return None


def _agree(got: np.ndarray | None, want: np.ndarray, tolerance: float) -> bool:
    return got is not None and got.shape == want.shape and bool(_near(got, want, tolerance).all())


def _near(got: np.ndarray, want: np.ndarray, tolerance: float) -> np.ndarray:
    """Where values agree: relatively, so that tiny losses count too; NaN agrees with NaN."""
    with np.errstate(all="ignore"):
        room = tolerance * np.where(want == 0, 1.0, np.abs(want))
        close = np.isfinite(want) & (np.abs(got - want) <= room)
        return close | (got == want) | (np.isnan(got) & np.isnan(want))


# --- Faults, in the order in which they are looked for ---------------------------------------


_NOT_ATTEMPTED = Grade(
    "not attempted", "Not attempted yet. Put your code where the ... stands and run the cell again."
)
_NOT_YET = "✗ Not yet. "


def _first_fault(function, exercise, cases, runs, wants, gap) -> Grade | None:
    for args, run in zip(cases, runs, strict=True):
        if run.error is not None:
            if gap and "ellipsis" in str(run.error).lower():
                return _NOT_ATTEMPTED
            return _raised(run.error, function, exercise, args)
    if all(run.value is Ellipsis for run in runs) or _is_empty(function):
        return _NOT_ATTEMPTED
    if any(run.value is None for run in runs):
        return _no_value(runs)
    if all(
        _agree(run.array, want, exercise.tolerance) for run, want in zip(runs, wants, strict=True)
    ):
        return None
    first = _first_failing_case(exercise, cases, runs, wants)
    slip = _known_slip(exercise, cases, runs)
    if slip is not None:
        text = f"✗ A known slip: {slip.name}. {slip.why}\n{first.text.removeprefix(_NOT_YET)}"
        return Grade("slip", text, slip.name)
    return first


def _raised(error: Exception, function: Callable, exercise: Exercise, args: tuple) -> Grade:
    names = ", ".join(_names(exercise))
    called = f"It was called with {names}:\n  {_shown_call(exercise, args)}"
    return Grade("raised", f"{_told(error, function)}\n{called}")


def _told(error: Exception, function: Callable) -> str:
    """The reader's error with the reader's line, without a line of ours."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    line, step = None, error.__traceback__
    while step is not None and code is not None:
        if step.tb_frame.f_code.co_filename == code.co_filename:
            line = step.tb_lineno
        step = step.tb_next
    told = f"✗ Your code raised {type(error).__name__}: {error}"
    if line is None:
        return told
    return f"{told}\n  line {line}: {linecache.getline(code.co_filename, line).strip()}"


def _no_value(runs: list[_Run]) -> Grade:
    run = next(run for run in runs if run.value is None)
    if run.printed:
        first = run.printed.splitlines()[0]
        text = f"✗ Your function prints {_clip(first)} but returns None. Write return, not print."
        return Grade("print", text)
    text = "✗ Your function returned None. Does every way through it end in a return with a value?"
    return Grade("no return", text)


def _known_slip(exercise: Exercise, cases: list[tuple], runs: list[_Run]) -> Slip | None:
    """The slip whose outputs the reader's equal on every case."""
    for slip in exercise.slips:
        outputs = (_Run(slip.function, args).array for args in cases)
        if all(
            output is not None and _agree(run.array, output, exercise.tolerance)
            for run, output in zip(runs, outputs, strict=True)
        ):
            return slip
    return None


def _first_failing_case(exercise, cases, runs, wants) -> Grade:
    for args, run, want in zip(cases, runs, wants, strict=True):
        if _agree(run.array, want, exercise.tolerance):
            continue
        at = f"{_NOT_YET}At {_shown_call(exercise, args)}\n"
        if run.array is None:
            return Grade("type", at + _wrong_type(run, want))
        if run.array.shape != want.shape:
            return Grade("shape", at + _wrong_shape(run.array, want, exercise.tolerance))
        yours, right, where = _first_difference(run.array, want, exercise.tolerance)
        values = f"your value{where} is {yours}; right is {right}."
        bad = ~np.isfinite(run.array) & np.isfinite(want)
        if bad.any():
            return Grade("not finite", at + values + _not_finite(run.array[bad]))
        return Grade("value", at + values + _pattern(runs, wants))
    raise AssertionError("called only when a case fails")


def _wrong_type(run: _Run, want: np.ndarray) -> str:
    is_complex = getattr(getattr(run.value, "dtype", None), "kind", "") == "c"
    kind = "complex numbers" if is_complex else type(run.value).__name__
    return f"your function returned {kind} ({_show(run.value)}); wanted {_what(want)}."


def _wrong_shape(got: np.ndarray, want: np.ndarray, tolerance: float) -> str:
    text = f"your result has the shape {got.shape}; wanted {want.shape}, {_what(want)}."
    for name, reduce in (("mean", np.mean), ("sum", np.sum)):
        if got.shape == () and want.size and _near(got, reduce(want), tolerance):
            return f"{text} You returned the {name} of the right values: leave it out."
        if want.shape == () and got.size and _near(reduce(got), want, tolerance).all():
            return f"{text} The {name} of yours is right: take it."
    if got.ndim > want.ndim and got.size > want.size:
        text += " Did two arrays broadcast against each other, (n,) against (n, 1)?"
    return text


def _not_finite(values: np.ndarray) -> str:
    if np.isnan(values).any():
        return " NaN comes from 0/0, ∞ − ∞, or the log of a negative number."
    return " ∞ comes from the log of 0, a division by 0, or an exp that overflowed."


def _pattern(runs: list[_Run], wants: list[np.ndarray]) -> str:
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
        return f" Everywhere yours is {_number(ratio[0])} times the right value."
    if np.ptp(shift) <= 1e-9 * np.abs(want).max():
        return f" Everywhere yours is off by the same {_number(shift[0])}."
    return ""


def _broken_property(function: Callable, exercise: Exercise) -> Grade | None:
    def quiet(*args):
        with contextlib.redirect_stdout(io.StringIO()):
            return _call(function, args)

    for prop in exercise.properties:
        try:
            found = prop.test(quiet, np.random.default_rng(SEED))
        except Exception as error:
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
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, IndentationError):
        return None


def _has_gap(function: Callable) -> bool:
    """Whether a ``...`` still stands in the function, other than in an index."""
    tree = _tree(function)
    if tree is None:
        code = getattr(function, "__code__", None)
        return code is not None and Ellipsis in code.co_consts
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


# --- Words for values ------------------------------------------------------------------------


def _names(exercise: Exercise) -> list[str]:
    return list(inspect.signature(exercise.solution).parameters)


def _shown_call(exercise: Exercise, args: tuple) -> str:
    names = [*_names(exercise), *("?" for _ in args)]
    return ", ".join(f"{name} = {_show(value)}" for name, value in zip(names, args, strict=False))


def _show(value) -> str:
    """A value in few characters: four entries of an array at most, six digits of a number."""
    if isinstance(value, bool | str) or value is None:
        return _clip(repr(value))
    array = _array(value)
    if array is None:
        return _clip(repr(value))
    if array.ndim == 0:
        return _number(float(array))
    if array.ndim == 1:
        entries = ", ".join(_number(entry) for entry in array[:4])
        return f"[{entries}]" if array.size <= 4 else f"[{entries}, … {array.size} values]"
    entries = ", ".join(_number(entry) for entry in array.ravel()[:3])
    return f"[[{entries}, … shape {array.shape}]]"


def _clip(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _number(value: float) -> str:
    return f"{value:.6g}".replace("inf", "∞").replace("nan", "NaN").replace("-", "−")


def _what(want: np.ndarray) -> str:
    return "one number" if want.shape == () else "one number per entry"


def _first_difference(got: np.ndarray, want: np.ndarray, tolerance: float) -> tuple[str, str, str]:
    """The first entries that differ, with enough digits to see it, and where they are."""
    index = tuple(int(i) for i in np.argwhere(~_near(got, want, tolerance))[0])
    yours, right = float(got[index]), float(want[index])
    where = f" at index {index[0] if len(index) == 1 else index}" if index else ""
    shown = _number(yours), _number(right)
    if shown[0] == shown[1]:
        shown = f"{yours:.15g}", f"{right:.15g}"
    return *shown, where


# --- Ready-made properties -------------------------------------------------------------------


def _rng() -> np.random.Generator:
    return np.random.default_rng(SEED)


def integrates_to_one(
    cases: Cases,
    argument: int = 0,
    over: tuple[float, float] | Sequence[float] = (-60.0, 60.0),
    *,
    outcomes: Sequence[float] | None = None,
    density: Callable = lambda nll: np.exp(-nll),
    tolerance: float = 1e-3,
) -> Property:
    """exp(−loss) as a function of one argument integrates to 1: the loss is an NLL.

    `cases(rng)` gives argument tuples; the one at position `argument` (y) is replaced by a grid
    over the interval `over`, or by `outcomes`, whose probabilities are summed; the others must be
    scalars. `density` turns the function's value into the density.
    """
    grid = np.linspace(*over, 24_001) if outcomes is None else np.asarray(outcomes, float)

    def test(function, rng):
        for args in cases(rng):
            here = (*args[:argument], grid, *args[argument + 1 :])
            values = density(np.asarray(function(*here), float))
            if values.shape != grid.shape:
                return f"for {len(grid)} values at once it returned the shape {values.shape}."
            total = values.sum() if outcomes is not None else _trapezoid(values, grid)
            if not abs(total - 1) <= tolerance:
                rest = ", ".join(_show(a) for i, a in enumerate(args) if i != argument)
                how = "sums" if outcomes is not None else "integrates"
                return f"with ({rest}) it {how} to {_number(total)}, not to 1."
        return None

    return Property("integrates to 1" if outcomes is None else "sums to 1", test)


def symmetric(
    cases: Cases, argument: int = 0, about: int | None = None, *, tolerance: float = 1e-9
) -> Property:
    """The same value on both sides: f(c + d) = f(c − d) in one argument.

    The centre c is the argument at position `about` (for an NLL, μ), or 0 when that is None.
    """

    def mirror(*args):
        centre = 0.0 if about is None else np.asarray(args[about], float)
        mirrored = 2 * centre - np.asarray(args[argument], float)
        return (*args[:argument], mirrored, *args[argument + 1 :])

    return invariant_to("symmetric", mirror, cases, tolerance=tolerance)


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
                here, there = (", ".join(map(_show, a)) for a in (args, changed))
                return f"f({here}) = {_show(before)}, but f({there}) = {_show(after)}."
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
                    f"at ({', '.join(map(_show, args))}) it is {_show(got)}, while the slope "
                    f"measured by a small step is {_show(want)}."
                )
        return None

    return Property("is the gradient", test)


def _same(got: np.ndarray, want: np.ndarray, tolerance: float) -> bool:
    """Whether arrays agree within a tolerance of the largest entry, or of 1."""
    if got.shape != want.shape:
        return False
    finite = np.abs(want[np.isfinite(want)])
    with np.errstate(all="ignore"):
        close = np.abs(got - want) <= tolerance * max(1.0, finite.max(initial=0.0))
    return bool((close | (got == want)).all())


def _differences(value: Callable, args: tuple, argument: int) -> np.ndarray:
    at = np.asarray(args[argument], float)
    slope = np.empty(at.shape)
    for index in np.ndindex(at.shape):
        step = 1e-5 * max(1.0, abs(at[index]))
        ends = []
        for sign in (1, -1):
            moved = at.copy()
            moved[index] += sign * step
            ends.append(np.sum(_call(value, (*args[:argument], moved, *args[argument + 1 :]))))
        slope[index] = (ends[0] - ends[1]) / (2 * step)
    return slope


def _trapezoid(values: np.ndarray, grid: np.ndarray) -> float:
    return float(((values[1:] + values[:-1]) / 2 * np.diff(grid)).sum())


# --- The widget ------------------------------------------------------------------------------


_shown_hints: dict[Exercise, int] = {}  # a cell is run again and again: hints stay


class Checked(widgets.VBox):
    """The result of a check, with hints step by step and, after an attempt, the solution."""

    def __init__(self, function: Callable, exercise: Exercise):
        self.exercise = exercise
        self.grade = grade(function, exercise)
        self.attempted = self.grade.kind != "not attempted"
        self._result = widgets.HTMLMath(to_html(self.grade.text))
        self._result.add_class("lossviz-result")
        self._hints = widgets.HTMLMath()
        self._hints.add_class("lossviz-hints")
        self._solution = widgets.HTML()
        self._solution.add_class("lossviz-hints")
        self._hint = widgets.Button(description="Hint")
        self._show = widgets.Button(description="Solution", disabled=not self.attempted)
        self._hint.on_click(lambda _: self._give_hint())
        self._show.on_click(lambda _: self._give_solution())
        task = widgets.HTMLMath(to_html(exercise.task))
        task.add_class("lossviz-title")
        buttons = [self._hint, self._show] if exercise.hints else [self._show]
        parts = [task, self._result, widgets.HBox(buttons), self._hints, self._solution]
        super().__init__([*parts, Manners()])
        self.add_class("lossviz-exercise")
        self._write_hints()

    def _give_hint(self) -> None:
        shown = _shown_hints.get(self.exercise, 0)
        _shown_hints[self.exercise] = min(shown + 1, len(self.exercise.hints))
        self._write_hints()

    def _write_hints(self) -> None:
        shown, hints = _shown_hints.get(self.exercise, 0), self.exercise.hints
        self._hints.value = "".join(
            f"<div><strong>Hint {i}:</strong> {to_html(hint)}</div>"
            for i, hint in enumerate(hints[:shown], 1)
        )
        self._hint.description = f"Hint {min(shown + 1, len(hints))} of {len(hints)}"
        self._hint.disabled = shown == len(hints)

    def _give_solution(self) -> None:
        if not self.attempted:
            self._solution.value = "Try first: the solution opens after an attempt."
            return
        code = html.escape(self.exercise.source(), quote=False)
        self._solution.value = f"<pre tabindex='0' aria-label='Solution'>{code}</pre>"

    def __str__(self):
        return f"{wrap(self.exercise.task)}\n{wrap(self.grade.text)}"

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """The widget's view; without a kernel, the task and the result as text."""
        return bundle(super()._repr_mimebundle_(**kwargs), str(self))

    def close(self) -> None:
        """Close the check with everything in it."""
        close_parts(self)
        super().close()


# --- The exercise itself ---------------------------------------------------------------------


def _findings(exercise: Exercise) -> list[str]:
    """What `Exercise.verify` finds."""
    cases = exercise.cases(_rng())
    if not cases or not all(isinstance(args, tuple) for args in cases):
        return ["cases must return a list of at least one tuple of arguments"]
    found = []
    wants = [_array(_call(exercise.solution, args)) for args in cases]
    if any(want is None or np.isnan(want).any() for want in wants):
        return ["the solution must return real numbers, none of them NaN"]
    if (got := grade(exercise.solution, exercise)).kind != "right":
        found.append(f"the solution does not pass: {got.text}")
    again = exercise.cases(_rng())
    if repr(again) != repr(cases):
        found.append("cases must depend on rng alone")
    names = [slip.name for slip in exercise.slips]
    if len(set(names)) < len(names):
        found.append("two slips bear the same name")
    for slip in exercise.slips:
        if not slip.why.strip():
            found.append(f"slip {slip.name!r} does not say why it is one")
        if (got := grade(slip.function, exercise)).kind != "slip":
            found.append(f"slip {slip.name!r} is not told apart: {got.kind}: {got.text}")
        elif got.slip != slip.name:
            found.append(f"slip {slip.name!r} is taken for {got.slip!r}")
    for text, what in ((exercise.name, "name"), (exercise.task, "task")):
        if not text.strip():
            found.append(f"it has no {what}")
    try:
        exercise.source()
    except (OSError, TypeError):
        found.append("the solution's source cannot be shown: write it with def, in a file")
    return found
