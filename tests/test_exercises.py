"""Exercises: every mistake gets the words that fit it, and every exercise of the lessons holds."""

import contextlib
import inspect
import io
import sys
import threading
import time
import warnings
from dataclasses import replace

import numpy as np
import pytest
from support import advice
from support.advice import variants
from support.exercises import verify
from support.lessons import found_in_lessons

from lossviz import check
from lossviz.losses import gaussian_nll, softmax_cross_entropy
from lossviz.teach import running
from lossviz.teach.exercises import Exercise, Property, Slip
from lossviz.teach.grade import Grade, grade
from lossviz.teach.properties import gradient_of, invariant_to
from lossviz.teach.running import Run

LOG_2PI = np.log(2 * np.pi)
FOUND = found_in_lessons(Exercise)


# --- The example: the normal's NLL per example, with eight slips


def nll(y, mu, sigma):
    return (y - mu) ** 2 / (2 * sigma**2) + np.log(sigma) + np.log(2 * np.pi) / 2


def _density(y, mu, sigma):
    return np.exp(-((y - mu) ** 2) / (2 * sigma**2)) / (np.sqrt(2 * np.pi) * sigma)


def _cases(rng):
    far = (60.0, 0.3, 1.3)  # 46σ out: the density underflows, its log does not
    return [
        (rng.normal(1, 3, 6), rng.normal(), rng.uniform(0.3, 0.8)),
        (rng.normal(1, 3, 6), rng.normal(), rng.uniform(2.3, 4)),
        (rng.normal(), rng.normal(), rng.uniform(1.2, 1.8)),
        far,
    ]


def _scalars(rng):
    return [(0.0, rng.normal(), sigma) for sigma in (0.4, 1.7, 3.1)]


SLIPS = [
    Slip("σ for σ²", lambda y, m, s: (y - m) ** 2 / (2 * s) + np.log(s) + LOG_2PI / 2, "why"),
    Slip("the lost 2", lambda y, m, s: (y - m) ** 2 / s**2 + np.log(s) + LOG_2PI / 2, "why"),
    Slip("the lost minus", lambda y, m, s: -nll(y, m, s), "why"),
    Slip("log10 for ln", lambda y, m, s: nll(y, m, s) / np.log(10), "why"),
    Slip("log2 for ln", lambda y, m, s: nll(y, m, s) / np.log(2), "why"),
    Slip("the mean", lambda y, m, s: np.mean(nll(y, m, s)), "why"),
    Slip("the sum", lambda y, m, s: np.sum(nll(y, m, s)), "why"),
    Slip("log after the density", lambda y, m, s: -np.log(_density(y, m, s)), "why"),
]


def _area_of_one(function, rng):
    """The density of every scalar case has area 1: a property of the example's own."""
    grid = np.linspace(-60, 60, 24_001)
    for _, mu, sigma in _scalars(rng):
        area = np.exp(-function(grid, mu, sigma)).sum() * (grid[1] - grid[0])
        if abs(area - 1) > 1e-3:
            return f"with ({mu}, {sigma}) it integrates to {area:.6g}, not to 1."
    return None


def _mirrored(y, mu, sigma):
    return 2 * np.asarray(mu) - y, mu, sigma


AREA = Property("integrates to 1", _area_of_one)
SYMMETRIC = invariant_to("symmetric", _mirrored, _cases)

EXERCISE = Exercise(
    name="normal_nll",
    task="Write the NLL of a normal, per example.",
    solution=nll,
    cases=_cases,
    slips=SLIPS,
    properties=[AREA, SYMMETRIC],
    hints=["Take −ln of the density.", "`np.log` is ln."],
)


def test_the_example_is_right_by_an_independent_reference():
    for args in _cases(np.random.default_rng(3)):
        np.testing.assert_allclose(nll(*args), gaussian_nll(*args), rtol=1e-13)
    assert verify(EXERCISE) == []


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_each_slip_is_named_as_itself(slip):
    got = grade(slip.function, EXERCISE)
    assert (got.kind, got.slip) == ("slip", slip.name)
    assert slip.name in got.text and slip.why in got.text


def test_the_solution_passes_and_says_on_what_grounds():
    got = grade(nll, EXERCISE)
    assert got.kind == "right"
    assert "4 generic cases" in got.text and "integrates to 1, symmetric" in got.text


def test_a_formula_that_agrees_at_one_lucky_point_does_not_pass():
    def lucky(y, mu, sigma):  # exp(−(y − μ)/σ²) is the normal's factor where y − μ = 2
        return (y - mu) / sigma**2 + np.log(sigma) + LOG_2PI / 2

    assert lucky(2.7, 0.7, 1.3) == pytest.approx(nll(2.7, 0.7, 1.3))
    at_luck = replace(EXERCISE, cases=lambda rng: [(2.7, 0.7, 1.3)], slips=(), properties=())
    assert grade(lucky, at_luck).kind == "right"  # the luck is real
    assert grade(lucky, replace(at_luck, cases=_cases)).kind == "value"
    assert grade(lucky, replace(at_luck, properties=EXERCISE.properties)).kind == "property"


# --- Not attempted: calm


def _returns_dots(y, mu, sigma):
    return ...


def _faded(y, mu, sigma):
    z = ...
    return z**2 / 2 + np.log(sigma)


def _faded_in_numpy(y, mu, sigma):
    spread = ...
    return (y - mu) ** 2 + np.log(spread)


def _faded_but_runs(y, mu, sigma):
    keep = ...
    return np.where(keep, y, 0.0)


def _only_dots(y, mu, sigma): ...


def _only_words(y, mu, sigma):
    """To do."""
    return None


def _passes(y, mu, sigma):
    pass


def _in_a_tuple(y, mu, sigma):
    spread = ...
    return mu, spread


def _in_an_array(y, mu, sigma):
    below = ...
    return np.where(np.asarray(y) > 1e9, y, below)


def _in_a_comprehension(y, mu, sigma):
    return np.array([... for _ in np.ravel(y)])


BARE = [_returns_dots, _only_dots, _only_words, _passes]
FADED = [_faded, _faded_in_numpy, _faded_but_runs, _in_a_tuple, _in_an_array, _in_a_comprehension]


@pytest.mark.parametrize("function", [*BARE, *FADED])
def test_not_attempted_is_calm(function):
    got = grade(function, EXERCISE)
    assert got.kind == "not attempted" and got.text.startswith("Not attempted yet.")


def test_without_its_source_a_function_can_still_be_not_attempted():
    scope = {"np": np}
    code = "def f(y, mu, sigma):\n    z = ...\n    return np.exp(z)"
    exec(compile(code, "<kept nowhere>", "exec"), scope)  # "<string>" may be what -c was given
    assert grade(scope["f"], EXERCISE).kind == "not attempted"


def test_dots_in_an_index_are_no_gap():
    def right(y, mu, sigma):
        return nll(np.asarray(y)[...], mu, sigma)

    def wrong(y, mu, sigma):
        return np.asarray(y)[...] + 0.1

    assert grade(right, EXERCISE).kind == "right"
    assert grade(wrong, EXERCISE).kind == "value"


# --- A value that came back is graded, wherever a ... still stands


def _sum_of_squares(y, mu, sigma):
    return ((np.asarray(y) - mu) ** 2).sum()


def _dots_below(y, mu, sigma):
    return _sum_of_squares(y, mu, sigma)
    return ...


def _dots_behind_an_if(y, mu, sigma):
    if sigma <= 0:
        ...
    return _sum_of_squares(y, mu, sigma)


def _dots_returned_behind_an_if(y, mu, sigma):
    if sigma <= 0:
        return ...
    return _sum_of_squares(y, mu, sigma)


def _dots_written_over(y, mu, sigma):
    loss = ...
    loss = _sum_of_squares(y, mu, sigma)
    return loss


def _dots_not_used(y, mu, sigma):
    z = ...  # noqa: F841
    return _sum_of_squares(y, mu, sigma)


def _dots_in_an_inner_function(y, mu, sigma):
    def later(): ...

    return _sum_of_squares(y, mu, sigma)


def _dots_for_some(y, mu, sigma):
    if sigma > 1:
        return ...
    return nll(y, mu, sigma)


GRADED = [_dots_below, _dots_behind_an_if, _dots_returned_behind_an_if, _dots_written_over]
GRADED += [_dots_not_used, _dots_in_an_inner_function]


@pytest.mark.parametrize("function", GRADED)
def test_a_wrong_value_is_graded_wherever_dots_still_stand(function):
    got = grade(function, EXERCISE)
    assert got.kind == "shape" and "`...` still stands" in got.text
    checked = check(function, EXERCISE)
    assert checked.attempted and not checked._show.disabled
    checked.close()
    summed = replace(EXERCISE, slips=[*SLIPS, Slip("squares", _sum_of_squares, "why")])
    assert grade(function, summed).slip == "squares"


def test_dots_that_come_back_in_some_cases_are_called_what_they_are():
    got = grade(_dots_for_some, EXERCISE)
    assert got.kind == "type" and "returned the ... that still stands" in got.text


def test_a_right_value_is_right_wherever_dots_still_stand():
    def right(y, mu, sigma):
        return nll(y, mu, sigma)
        return ...

    assert grade(right, EXERCISE).kind == "right"


# --- What a function may do besides returning a number


class Odd:
    def __repr__(self):
        raise ValueError("no repr")


class Leaves(BaseException):
    def __str__(self):
        raise RuntimeError("no message")


class Hostile:
    """Raises, or leaves Python, whatever is asked of it."""

    def __array__(self, *args, **kwargs):
        raise SystemExit

    __float__ = __len__ = __iter__ = __getitem__ = __array__

    def __repr__(self):
        raise SystemExit


class Nameless(type):
    @property
    def __name__(cls):
        raise SystemExit


class OfNoClass(metaclass=Nameless):
    @property
    def __class__(self):
        raise SystemExit


class Untraced(Exception):
    @property
    def __traceback__(self):
        raise SystemExit


class Shy:
    """A function that answers no question about itself."""

    def __call__(self, y, mu, sigma):
        return 0.0 * y

    def __getattr__(self, name):
        raise SystemExit


def _closes_the_page(y, mu, sigma):
    sys.stdout.close()
    print("after all")
    return 0.0 * y


def _raises(error):
    def function(y, mu, sigma):
        raise error

    return function


def _calls_itself(y, mu, sigma):
    return _calls_itself(y, mu, sigma) + 1


def _yields(y, mu, sigma):
    yield from y


async def _waits(y, mu, sigma):
    return 1.0


def _returns(value):
    return lambda y, mu, sigma: value


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
@pytest.mark.parametrize(
    ("function", "kind", "words"),
    [
        *[(_raises(e), "raised", type(e).__name__) for e in (SystemExit("done"), GeneratorExit())],
        *[
            (_raises(e), "raised", type(e).__name__)
            for e in (Leaves(), MemoryError(), StopIteration())
        ],
        (_calls_itself, "raised", "RecursionError"),
        (lambda y, mu, sigma: exit(), "raised", "SystemExit"),
        (_yields, "type", "generator"),
        (_waits, "type", "coroutine"),
        (_returns(10**400), "type", "too large"),
        (_returns(-(10**5000)), "type", "too large"),
        (_returns([10**400, 1]), "type", "list"),
        (_returns(Odd()), "type", "Odd that cannot be shown"),
        (_returns([Odd()]), "type", "list that cannot be shown"),
        (_returns(Hostile()), "type", "Hostile that cannot be shown"),
        (_returns(OfNoClass()), "type", "value that cannot be shown"),
        (_raises(Untraced("no way back")), "raised", "Untraced: no way back"),
        (_closes_the_page, "value", "It printed: after all"),
        (_returns(np.array(["1.5"], dtype=object)), "type", "ndarray"),
        (_returns(np.ma.array([1.0, 2.0], mask=[0, 1])), "type", "MaskedArray"),
        (_returns(object()), "type", "object"),
    ],
)
def test_whatever_a_function_does_is_a_grade_with_a_sentence(function, kind, words):
    got = grade(function, EXERCISE)
    assert got.kind == kind and words in got.text
    assert "0x" not in got.text  # the same text at every run
    assert str(check(function, EXERCISE))


def test_a_function_that_answers_no_question_about_itself_is_graded():
    assert grade(Shy(), EXERCISE).kind == "value"


def test_what_a_function_does_in_a_property_is_a_grade_too():
    calls = []

    def leaves_later(y, mu, sigma):
        calls.append(1)
        if len(calls) > len(_cases(np.random.default_rng(0))):
            raise SystemExit("enough")
        return nll(y, mu, sigma)

    got = grade(leaves_later, EXERCISE)
    assert got.kind == "raised" and "could not be tested" in got.text and "SystemExit" in got.text


def test_only_the_readers_own_interrupt_passes_and_shows_what_was_printed(capsys):
    def looks(y, mu, sigma):
        print("so far", 1.5)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade(looks, EXERCISE)
    assert "Interrupted" in (shown := capsys.readouterr().out) and "so far 1.5" in shown


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_what_a_function_prints_is_bounded_and_said_to_be(stream, capsys):
    def prints(y, mu, sigma):
        for i in range(2_000):
            print("step", i, file=getattr(sys, stream))
        print("x" * 30_000)
        getattr(sys, stream).writelines(["y"] * 9)
        return nll(y, mu, sigma)

    run = Run(prints, _cases(np.random.default_rng(0))[0])
    assert run.printed.startswith("step 0\nstep 1\n") and run.array is not None
    kept, note = run.printed.rsplit("\n", 1)
    assert len(kept) <= 10_000 and "characters more, not kept" in note
    assert grade(prints, EXERCISE).kind == "right"
    assert capsys.readouterr() == ("", "")


def test_an_endless_print_is_said_to_run_and_leaves_no_thread_behind(monkeypatch, capsys):
    monkeypatch.setattr(running, "PATIENCE", 0.05)
    printing, told = threading.Event(), threading.Event()
    said = running.Bench._say_that_it_runs

    def says(*args):  # however busy the machine is, not before something is printed
        printing.wait(60)
        said(*args)
        told.set()

    monkeypatch.setattr(running.Bench, "_say_that_it_runs", says)

    def endless(y, mu, sigma):
        print("step", mu)
        print("x" * 20_000)
        printing.set()
        told.wait(60)
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        grade(endless, EXERCISE)
    shown = capsys.readouterr().out
    assert "still runs" in shown and "and prints step" in shown and "not kept" in shown
    assert len(shown) < 11_000
    assert threading.active_count() == before


def test_that_it_runs_is_said_once_and_not_for_a_quick_function(monkeypatch, capsys):
    grade(nll, EXERCISE)
    assert capsys.readouterr().out == ""

    def slow(y, mu, sigma):
        time.sleep(0.05)
        return nll(y, mu, sigma)

    monkeypatch.setattr(running, "PATIENCE", 0.01)
    assert grade(slow, EXERCISE).kind == "right"
    assert capsys.readouterr().out.count("still runs") == 1


def test_where_threads_cannot_start_a_function_is_graded_all_the_same(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert grade(nll, EXERCISE).kind == "right"


# --- An ε in a log is named


def _log_loss(p, q):
    with np.errstate(all="ignore"):
        return -np.sum(np.where(p > 0, p * np.log(q), 0.0))


def _log_cases(rng):
    cases = [tuple(rng.dirichlet(np.ones(4), 2)) for _ in range(3)]
    return [*cases, (np.array([0.0, 1.0]), np.array([0.25, 0.75]))]


LOG_LOSS = Exercise("log_loss", "Write H(p, q).", _log_loss, _log_cases, tolerance=1e-12)
EPSILON = 1e-9


def _epsilons():
    inside = 1e-12
    yield lambda p, q: -np.sum(p * np.log(q + 1e-8))
    yield lambda p, q: -np.sum(p * np.log(q + EPSILON))
    yield lambda p, q: -(p * np.log(q + inside * 100)).sum()
    yield lambda p, q, eps=1e-7: -np.sum(p * np.log(q + eps))
    yield lambda p, q: -sum(a * np.log(b + 1e-7) for a, b in zip(p, q, strict=True))
    yield lambda p, q: -np.sum(p * np.log(np.clip(q, 1e-3, 1 - 1e-3) + 1e-10))
    yield lambda p, q: -np.sum(p * np.log2(q + 1e-8)) * np.log(2)


@pytest.mark.parametrize("function", [*_epsilons()])
def test_an_epsilon_inside_the_log_is_named(function):
    got = grade(function, LOG_LOSS)
    assert got.kind == "value" and "your value differs by " in got.text
    assert "as an ε inside the log would make it" in got.text


@pytest.mark.parametrize(
    "function",
    [
        lambda p, q: -np.sum(p * np.log(q + 1e-8)) * 1.01,
        lambda p, q: -np.sum(p * np.log2(q + 1e-8)),
        lambda p, q: -np.sum(p * np.log(q)[::-1]),
        lambda p, q: -np.sum(p * np.log(q + 0.1)),
    ],
)
def test_what_is_wrong_without_the_epsilon_too_is_not_laid_to_it(function):
    got = grade(function, LOG_LOSS)
    assert got.kind != "right" and "ε" not in got.text


# --- Mistakes that are not about the formula


def test_a_print_instead_of_a_return_is_explained_and_what_it_printed_is_kept_off_the_page():
    def prints(y, mu, sigma):
        print("loss", 1.5)

    page = io.StringIO()
    with contextlib.redirect_stdout(page):
        got = grade(prints, EXERCISE)
    assert got.kind == "print" and "loss 1.5" in got.text and "return, not print" in got.text
    assert page.getvalue() == ""


def test_a_forgotten_return_is_not_called_unattempted():
    def forgets(y, mu, sigma):
        loss = nll(y, mu, sigma)  # noqa: F841

    assert grade(forgets, EXERCISE).kind == "no return"


def test_a_print_beside_a_wrong_value_is_shown():
    def looks(y, mu, sigma):
        print("sigma is", sigma)
        return nll(y, mu, sigma) + y

    assert "It printed: sigma is 0." in grade(looks, EXERCISE).text


def test_the_first_failing_case_shows_arguments_and_both_values():
    got = grade(lambda y, mu, sigma: nll(y, mu, sigma) + (np.abs(y) > 30), EXERCISE)
    assert got.kind == "value"
    right = nll(60.0, 0.3, 1.3)
    assert "y = 60, mu = 0.3, sigma = 1.3" in got.text
    assert f"{right + 1:.6g}" in got.text and f"right is {right:.6g}" in got.text


def test_values_that_differ_late_are_shown_to_that_digit():
    got = grade(lambda y, mu, sigma: nll(y, mu, sigma) * (1 + 1e-8 * sigma), EXERCISE)
    yours, right = got.text.split(" is ")[1].split(";")[0], got.text.split("right is ")[1]
    assert yours != right.rstrip(".")


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda v: 3 * v, "Everywhere yours is 3 times"),
        (lambda v: v - LOG_2PI / 2, "off by the same −0.918939"),
        (lambda v: v**2, "right is"),
    ],
)
def test_a_pattern_over_all_cases_is_told(change, words):
    got = grade(lambda y, mu, sigma: change(nll(y, mu, sigma)), EXERCISE)
    assert got.kind == "value" and words in got.text
    assert ("verywhere" in got.text) == (words != "right is")


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda v: np.mean(v), "You returned the mean"),
        (lambda v: np.sum(v), "You returned the sum"),
        (lambda v: v[:2] if np.ndim(v) else v, "has the shape (2,); wanted (6,)"),
        (lambda v: np.add.outer(v, v), "(6, 6); wanted (6,), one number per entry. Did two arr"),
    ],
)
def test_a_wrong_shape_says_both_shapes_and_what_happened(change, words):
    bare = replace(EXERCISE, slips=())
    got = grade(lambda y, mu, sigma: change(nll(y, mu, sigma)), bare)
    assert got.kind == "shape" and words in got.text


def test_a_forgotten_mean_is_told():
    mean = replace(EXERCISE, solution=SLIPS[5].function, slips=(), properties=())
    got = grade(nll, mean)
    assert got.kind == "shape" and "The mean of yours is right: take it." in got.text


@pytest.mark.parametrize(
    "value, words",
    [
        ("abc", "str ('abc')"),
        (1j, "complex"),
        ({}, "dict"),
        ([[1], [2, 3]], "list"),
        (np, "module"),
    ],
)
def test_a_wrong_type_is_named(value, words):
    got = grade(lambda y, mu, sigma: value, EXERCISE)
    assert got.kind == "type" and words in got.text


def test_a_slip_is_known_by_where_it_breaks_and_of_several_the_one_that_breaks_least():
    def loss(z):  # log(1 + exp(z))
        return np.logaddexp(0, z)

    def exercise(*slips):
        slips = [Slip(str(i), slip, "why") for i, slip in enumerate(slips)]
        return Exercise("e", "e", loss, lambda rng: [(np.array([0.3, 50.0, 900.0]),)], slips)

    often = lambda z: np.where(z > 40, np.nan, loss(z))  # noqa: E731
    seldom = lambda z: np.where(z > 800, np.nan, loss(z))  # noqa: E731
    mine = lambda z: np.where(z > 800, np.inf, loss(z))  # noqa: E731
    assert grade(mine, exercise(often, seldom)).slip == "1"
    assert grade(mine, exercise(often)).slip == "0"
    assert grade(mine, exercise(lambda z: seldom(2 * z) / 2)).slip == ""  # another value at 0.3
    assert grade(lambda z: np.where(z > 40, np.inf, loss(z)), exercise(seldom)).slip == ""
    assert grade(mine, exercise(lambda z: np.nan * z)).slip == ""  # it says nothing


@pytest.mark.parametrize("value, words", [(np.nan, "NaN comes from"), (np.inf, "∞ comes from")])
def test_nan_and_infinity_are_explained_without_a_warning(value, words):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = grade(lambda y, mu, sigma: nll(y, mu, sigma) + value + 0 * np.log(0 * y), EXERCISE)
    assert got.kind == "not finite" and words.split()[0] in got.text


def _helper(z):
    return z[99]


def _raises(y, mu, sigma):
    first = np.atleast_1d(y)
    return _helper(first)  # the reader's line in the checked function calls this helper


def test_an_exception_is_shown_as_the_readers_with_its_line_and_not_ours():
    got = grade(_raises, EXERCISE)
    line = _helper.__code__.co_firstlineno + 1
    assert got.kind == "raised" and "Your code raised IndexError: index 99" in got.text
    assert f"line {line}: return z[99]" in got.text
    assert "exercises.py" not in got.text and "Traceback" not in got.text
    assert "called with y, mu, sigma" in got.text


def test_a_wrong_number_of_parameters_says_what_it_was_called_with():
    got = grade(lambda y: y, EXERCISE)
    assert got.kind == "raised" and "y, mu, sigma:" in got.text


def test_a_value_in_place_of_the_function_is_explained():
    got = grade(3.5, EXERCISE)
    assert got.kind == "type" and "the function itself" in got.text and "3.5" in got.text


def test_the_readers_function_cannot_change_the_data():
    def greedy(y, mu, sigma):
        y *= 0
        return nll(y, mu, sigma)

    data = np.array([1.5, 2.5])
    fixed = replace(EXERCISE, cases=lambda rng: [(data, 0.3, 1.3)], properties=())
    assert grade(greedy, fixed).kind == "value"
    assert data.tolist() == [1.5, 2.5]


def test_tiny_values_count_relatively():
    tiny = Exercise("t", "t", lambda z: np.log1p(np.exp(-z)), lambda rng: [(40.0,), (1.3,)])
    assert grade(lambda z: np.log1p(np.exp(-z)) * (1 + 1e-12), tiny).kind == "right"
    got = grade(lambda z: np.log(1 + np.exp(-z)), tiny)  # 0 at z = 40
    assert got.kind == "value" and "np.log1p" in got.text and "verywhere" not in got.text


def test_a_right_value_of_zero_leaves_room_for_rounding():
    zero = Exercise("z", "z", lambda p: 0.0 * p, lambda rng: [(0.3,)])
    assert grade(lambda p: 1e-16, zero).kind == "right"
    assert grade(lambda p: 1e-6, zero).kind == "value"


def test_a_right_value_of_infinity_is_matched_by_infinity_alone():
    endless = Exercise("e", "e", lambda p: -np.log(0 * p), lambda rng: [(0.3,)])
    assert grade(lambda p: np.inf, endless).kind == "right"
    assert grade(lambda p: 1e300, endless).kind == "value"
    assert grade(lambda p: -np.inf, endless).kind == "value"


# --- Properties: each holds for the right function and finds one that is wrong


def _logits(rng):
    return [(np.array([0, 2, 1]), rng.normal(size=(3, 4)))]


def _shifted(labels, logits):
    return labels, logits + 3.7


def _gradient(y, mu, sigma):
    return (y - mu) / sigma**2


PROPERTIES = {
    "density": (AREA, nll, SLIPS[0].function, "integrates to"),
    "symmetric": (SYMMETRIC, nll, lambda y, m, s: (y - m) ** 3, "but f("),
    "invariant": (
        invariant_to("unchanged when all logits shift", _shifted, _logits),
        softmax_cross_entropy,
        lambda labels, logits: logits[[0, 1, 2], labels],
        "but f(",
    ),
    "gradient": (gradient_of(nll, _cases, 0), _gradient, lambda *a: -_gradient(*a), "slope"),
}


@pytest.mark.parametrize("which", PROPERTIES)
def test_a_property_holds_for_the_right_function_and_finds_the_wrong_one(which):
    prop, right, wrong, words = PROPERTIES[which]
    rng = np.random.default_rng
    assert prop.test(right, rng(5)) is None
    assert words in prop.test(wrong, rng(5))


def test_an_exception_within_a_property_is_the_readers():
    def scalar_only(y, mu, sigma):
        if np.size(y) > 9:
            raise OverflowError("too many")
        return nll(y, mu, sigma)

    got = grade(scalar_only, EXERCISE)
    assert got.kind == "raised" and "integrates to 1" in got.text and "raise Overflow" in got.text


# --- The widget


def test_the_text_form_is_the_task_and_the_result():
    for function in (_returns_dots, nll, SLIPS[0].function):
        checked = check(function, EXERCISE)
        text = checked._repr_mimebundle_()[0]["text/plain"]
        assert text == str(checked) == str(check(function, EXERCISE))
        assert text.startswith(EXERCISE.task + "\n")
        checked.close()


def test_the_solution_opens_only_after_an_attempt():
    before, after = check(_returns_dots, EXERCISE), check(SLIPS[0].function, EXERCISE)
    for checked in (before, after):
        checked._show.click()
    assert "Try first" in before._solution.value and before._show.disabled
    assert "def nll(y, mu, sigma):" in after._solution.value and not after._show.disabled


def test_hints_come_one_by_one_stay_when_the_cell_runs_again_and_never_run_out():
    exercise = replace(EXERCISE)
    checked = check(_returns_dots, exercise)
    assert checked._hints.value == ""
    checked._hint.click()
    assert "−ln" in checked._hints.value and "np.log" not in checked._hints.value
    again = check(_returns_dots, exercise)
    assert again._hints.value == checked._hints.value
    for _ in range(5):
        again._hint.click()
    assert "<code>np.log</code>" in again._hints.value and again._hint.disabled


def test_only_exercises_are_checked():
    with pytest.raises(ValueError, match="must be an Exercise"):
        check(nll, nll)


# --- Advice, followed


def _bell(y, mu, sigma="sigma"):
    square = f"({y} - {mu}) ** 2 / (2 * {sigma} ** 2)"
    return f"0.5 * np.log(2 * np.pi) + np.log({sigma}) + {square}"


def _mixed(a):
    return f"-np.sum(np.logaddexp.reduce(np.log(shares) - ({a}), axis=1))"


LINE = _bell("y", "(phi[0] + phi[1] * x)")
OUTPUTS = _bell("y", "mu", "(floor + np.exp(raw))")
BELLS = _bell("y[:, None]", "mu")
SUM, BRACKET, POWER = "The sum of yours is right", "what is below in brackets", "a power is `**`"
LOST, ONCE = "missing", "brings"
X, STABLE = "((1 - 2 * y) * z)", "np.maximum({0}, 0) + np.log(1 + np.exp(-abs({0})))"
ROWS = "logits.max(axis=1)"
LOGITS = "logits[np.arange(len(labels)), labels]"

# What a reader writes, words of what `check` says to it, and what the reader writes then: the next
# line of the same exercise, or the last. After that `check` must say that it is right.
READERS = [
    (
        "nb01.mse",
        "(y - phi0 - phi1 * z) ** 2",
        "The mean of yours is right: take it",
        "np.mean({})",
    ),
    (
        "nb01.gradient",
        "np.array([-2 * (y - phi[0] - phi[1] * z), -2 * z * (y - phi[0] - phi[1] * z)])",
        "The mean of yours over `axis=1` is right: take it",
        "np.mean({}, axis=1)",
    ),
    ("nb02.normal_nll", _bell("y", "mu"), SUM, "np.sum({})"),
    ("nb03.line_nll", LINE, SUM, "np.sum({})"),
    ("nb03.heteroscedastic_nll", OUTPUTS, SUM, "np.sum({})"),
    ("nb04.laplace_exercise", "np.log(2 * b) + abs(y - y_hat) / b", SUM, "np.sum({})"),
    ("nb07.nll_exercise", _bell("Y", "Y_hat"), SUM, "np.sum({})"),
    (
        "nb02.new_unit",
        "nll + np.log(factor**I)",
        "Multiply the log by `I`",
        "nll + I * np.log(factor)",
    ),
    (
        "nb03.heteroscedastic_nll",
        "np.sum("
        + OUTPUTS.replace("(floor + np.exp(raw))", "np.maximum(floor, np.exp(raw))")
        + ")",
        "σ = floor + exp(raw)",
        f"np.sum({OUTPUTS})",
    ),
    (
        "nb05.from_logits",
        STABLE.format(X),
        "`np.log1p(t)`",
        STABLE.format(X).replace("log(1 + ", "log1p("),
    ),
    (
        "nb05.from_logits",
        "-np.log(np.where(y == 1, 1 / (1 + np.exp(-z)), 1 - 1 / (1 + np.exp(-z))))",
        "Start from the softplus form",
        f"np.log(1 + np.exp({X}))",
        "`np.logaddexp(0, x)`",
        f"np.logaddexp(0, {X})",
    ),
    (
        "nb05.from_logits",
        "np.log(1 + np.exp(z)) - y * z",
        "`np.logaddexp(0, x)`",
        "np.logaddexp(0, z) - y * z",
        "one softplus of (1 − 2y)z",
        f"np.logaddexp(0, {X})",
    ),
    (
        "nb06.nll",
        "-(np.eye(logits.shape[1])[labels] * np.log(np.exp(logits) / "
        "np.exp(logits).sum(axis=1, keepdims=True))).sum(axis=1)",
        "Take each row's maximum out of the log-sum-exp",
        "logits.max() + np.log(np.exp(logits - logits.max()).sum(axis=1)) - " + LOGITS,
        "Take each row's maximum",
        f"{ROWS} + np.log(np.exp(logits - {ROWS}[:, None]).sum(axis=1)) - " + LOGITS,
    ),
    (
        "nb04.laplace_exercise",
        "np.log(2 * b) + np.sum(abs(y - y_hat) / b)",
        ONCE,
        "np.sum(np.log(2 * b) + abs(y - y_hat) / b)",
    ),
    (
        "nb02.normal_nll",
        "0.5 * np.log(2 * np.pi) + np.log(sigma) + np.sum((y - mu) ^ 2 / 2 * sigma ** 2)",
        POWER,
        "0.5 * np.log(2 * np.pi) + np.log(sigma) + np.sum((y - mu) ** 2 / (2 * sigma ** 2))",
        ONCE,
        f"np.sum({_bell('y', 'mu')})",
    ),
    *(
        (name, form.format(right.replace(*change)), words, form.format(right))
        for name, right, form in [
            ("nb02.normal_nll", _bell("y", "mu"), "np.sum({})"),
            ("nb03.line_nll", LINE, "np.sum({})"),
            ("nb03.heteroscedastic_nll", OUTPUTS, "np.sum({})"),
            ("nb07.nll_exercise", _bell("Y", "Y_hat"), "np.sum({})"),
            ("nb11.lognormal", _bell("np.log(y)", "mu"), "np.sum({} + np.log(y))"),
            ("nb11.mixture", BELLS, _mixed("{}")),
        ]
        for s in ["(floor + np.exp(raw))" if "raw" in right else "sigma"]
        for change, words in [
            ((f"/ (2 * {s} ** 2)", f"/ 2 * {s} ** 2"), BRACKET),
            ((f"(2 * {s} ** 2)", f"{s} ** 2"), LOST),
            ((f"(2 * {s} ** 2)", f"(2 * {s})"), "divided by 2σ²"),
            ((f" + np.log({s})", ""), "A known slip: "),
            (("** 2 /", "^ 2 /"), POWER),
        ]
    ),
]


@pytest.mark.parametrize("which", range(len(READERS)), ids=lambda i: f"{READERS[i][0]} {i}")
def test_a_reader_who_does_what_is_said_ends_at_right(which):
    name, written, *steps = READERS[which]
    exercise = FOUND[name]
    parameters = ", ".join(inspect.signature(exercise.solution).parameters)

    def said():
        got = grade(eval(f"lambda {parameters}: {written}", {"np": np}), exercise)
        assert got.kind != "value", got.text  # no bare number
        return got

    for words, better in zip(steps[::2], steps[1::2], strict=True):
        assert words in said().text, said().text
        written = better.replace("{}", written)
    assert said().kind == "right", said().text


def test_advice_that_does_not_end_at_right_is_found(monkeypatch):
    wrong = Grade("shape", "✗ The mean of yours is right: take it.")
    monkeypatch.setattr(advice, "grade", lambda *_: wrong)
    assert any("is led by advice to ✗ The mean" in finding for finding in verify(EXERCISE))


# Of a solution with one sum (or mean), the other one in its place has a name, unless the line that
# is missing is another one.
GIVEN = {"nb10.comb_entropy"}


def test_a_mean_for_a_sum_has_a_name():
    bare = []
    for name in FOUND.keys() - GIVEN:
        exercise = FOUND[name]
        for what, one in (("mean for sum", "np.sum("), ("sum for mean", "np.mean(")):
            if exercise.source().count(one) == 1:
                got = grade(variants(exercise.solution)[what], exercise)
                bare += [] if got.kind in ("slip", "right", "shape") else [(name, what, got.text)]
    assert bare == []


# --- verify: sabotage is found


def _sabotage():
    twin = Slip("twin", SLIPS[1].function, "why")
    harmless = Slip("harmless", lambda y, m, s: nll(y, m, s) + 0.0, "why")
    broken = Slip("broken", lambda y, m, s: y[0][0][0], "why")
    never = Property("never", lambda function, rng: "not so.")
    state = iter(range(100))
    return {
        "taken for 'the lost 2'": replace(EXERCISE, slips=[*SLIPS, twin]),
        "'harmless' is not told apart: right": replace(EXERCISE, slips=[harmless]),
        "'broken' is not told apart: raised": replace(EXERCISE, slips=[broken]),
        "same name": replace(EXERCISE, slips=[SLIPS[0], SLIPS[0]]),
        "does not say why": replace(EXERCISE, slips=[replace(SLIPS[0], why=" ")]),
        "does not pass: ✗ The single cases": replace(EXERCISE, properties=[never]),
        "none of them NaN": replace(EXERCISE, solution=lambda y, m, s: np.nan),
        "at least one tuple": replace(EXERCISE, cases=lambda rng: []),
        "rng alone": replace(EXERCISE, slips=(), cases=lambda rng: [(next(state) + 0.5, 0.3, 1.3)]),
        "it has no task": replace(EXERCISE, task=""),
        "cannot be shown": replace(EXERCISE, solution=np.vectorize(nll), slips=()),
        "coincide": replace(EXERCISE, cases=lambda rng: [(rng.normal(size=3), 0.3, 1.0)]),
    }


@pytest.mark.parametrize("words", _sabotage())
def test_verify_finds_what_is_wrong_with_an_exercise(words):
    found = verify(_sabotage()[words])
    if words == "coincide":  # at σ = 1, σ and σ² are the same: that slip passes the cases
        words = "'σ for σ²' is not told apart: property"
    assert any(words in finding for finding in found), found
    assert all(finding.startswith("normal_nll: ") for finding in found)


# --- The exercises of the lessons


@pytest.mark.parametrize("name", FOUND)
def test_every_exercise_of_the_lessons_holds(name):
    assert verify(FOUND[name]) == []
