"""Masks, text, dates and gaps are refused by every public function in every array argument."""

import datetime
import inspect
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import ArrayLike

from lossviz import fit, information, losses

X = np.array([0.3, 1.1, 2.2, 2.9, 4.3, 5.7])
Y = np.array([0.7, 1.9, 1.2, 2.1, 3.9, 2.2])
ONES = np.column_stack([np.ones(6), X])
P = np.array([0.2, 0.3, 0.5])
FINE = {  # a value that is fine, by the argument's name
    **{"x": X, "y": Y, "Y": np.column_stack([Y, Y**2]), "y_hat": X, "mu": X, "log_rate": X},
    **{"sigma": 1.3, "scale": 1.3, "shape": 1.3, "kappa": 1.3, "delta": 0.7, "tau": 0.3},
    **{"logits": X, "z": X, "p": P, "q": P[::-1], "base": 3.0, "raw": X, "floor": 0.4},
    **{"mu0": X, "sigma0": 1.3, "mu1": Y, "sigma1": 0.8, "prior_sigma": 2.0, "prior_scale": 2.0},
    **{"centres": X[:2], "width": 1.5, "knots": X[1:3], "features": ONES, "mu_features": ONES},
    **{"gamma": 2.0, "pos_weight": 3.0, "smoothing": 0.1, "weights": P, "chosen": -Y, "beta": 0.1},
    **{"rejected": -X, "ref_chosen": -X, "ref_rejected": -Y, "scores": np.eye(3)},
    **{"sigma_features": ONES[:, :1], "l2": 0.3, "gate_l2": 0.3, "components": 2},
}
COUNTS, YES = np.array([0.0, 2, 1, 3, 5, 2]), np.array([0.0, 1, 0, 1, 0, 1])
OWN = {  # where a function needs another one
    losses.poisson_nll: {"y": COUNTS},
    losses.mixture_nll: {"logits": P, "mu": P, "sigma": P, "y": Y},
    losses.sigmoid_cross_entropy: {"y": YES},
    losses.focal_loss: {"y": YES},
    losses.softmax_cross_entropy: {"labels": P, "logits": P},
    losses.brier_score: {"labels": P},
    fit.poisson: {"y": COUNTS},
    fit.logistic: {"y": YES},
    fit.softmax: {"labels": YES},
}


def functions():
    for module in (losses, information, fit):
        for name, member in vars(module).items():
            own = inspect.isfunction(member) and member.__module__ == module.__name__
            if own and not name.startswith("_"):
                yield member


def arguments():
    """(function, argument's name, fine arguments by name), found by asking the signatures."""
    for function in functions():
        numeric = {
            name: parameter
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.annotation in (float, ArrayLike)
        }
        required = {
            name
            for name, parameter in inspect.signature(function).parameters.items()
            if name in numeric or parameter.default is inspect.Parameter.empty
        }
        fine = {name: {**FINE, **OWN.get(function, {})}[name] for name in required}
        for name in numeric:
            yield pytest.param(function, name, fine, id=f"{function.__name__}-{name}")


ARGUMENTS = [*arguments()]


def test_all_functions_and_arguments_are_found():
    assert len({argument.values[0] for argument in ARGUMENTS}) == len([*functions()]) > 40
    assert len(ARGUMENTS) > 95


def masked(value):
    """The value with its last entry masked, in the ways that masks come."""
    array = np.ma.array(value, dtype=float, mask=False)
    array[(-1,) * array.ndim] = np.ma.masked
    yield array
    if np.ndim(value):
        yield [*array]  # rows that are masked arrays, or entries that are the masked constant
        yield np.array([*array, None], dtype=object)[:-1] if np.ndim(value) == 1 else [*array]


def objects(value):
    """The value with a last entry that is no number, in the ways that such arrays come."""
    for odd in (
        *("0.5", b"0.5", None, np.datetime64("2020-01-01"), np.timedelta64(1, "D")),
        *(datetime.date(2020, 1, 1), 1 + 2j, np.float64),
    ):
        array = np.array(value, dtype=object)
        array[(-1,) * array.ndim] = odd
        yield array


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("function", "name", "fine"), ARGUMENTS)
def test_a_mask_is_refused_with_what_to_do(function, name, fine):
    for bad in masked(fine[name]):
        with pytest.raises(
            ValueError, match=rf"(?s){name} must not be masked.*{name}.compressed\(\)"
        ):
            function(**{**fine, name: bad})


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("function", "name", "fine"), ARGUMENTS)
def test_text_dates_and_gaps_in_an_object_array_are_refused_as_in_a_list(function, name, fine):
    for bad in objects(fine[name]):
        with pytest.raises(ValueError, match=rf"{name} must be (real )?numbers"):
            function(**{**fine, name: bad})


def test_records_and_a_list_that_holds_itself_are_refused_too():
    endless = []
    endless.append(endless)
    record = np.ma.array([(1.0, 2.0)], dtype=[("a", float), ("b", float)], mask=[(0, 1)])
    for bad in (endless, record):
        with pytest.raises(ValueError, match="y must be real numbers"):
            losses.squared_error(bad, 1.5)


@pytest.mark.filterwarnings("ignore::lossviz.fit.ConvergenceWarning")
@pytest.mark.parametrize(("function", "name", "fine"), ARGUMENTS)
def test_numbers_in_an_object_array_and_masks_that_hide_nothing_are_fine(function, name, fine):
    def told(value):
        return str(function(**{**fine, name: value}))

    expected = told(fine[name])
    assert told(np.ma.array(fine[name], mask=False)) == expected
    if (function, name) != (fit.softmax, "labels"):  # words or numbers, by their type
        assert told(np.array(fine[name], dtype=object)) == expected


def test_whatever_is_a_real_number_counts_as_one():
    numbers = [Decimal("0.5"), Fraction(1, 4), 0.125, True, np.float32(0.5), 2]
    got = losses.squared_error(np.array(numbers, dtype=object), 0.0)
    np.testing.assert_allclose(got, [0.25, 0.0625, 0.015625, 1, 0.25, 4], rtol=1e-15)


def test_words_for_classes_say_how_an_object_array_becomes_one_of_words():
    words = np.array(["a", "b", "a", "b", "b", "a"], dtype=object)
    with pytest.raises(ValueError, match=r"\.astype\(str\)"):
        fit.softmax(X, words)
    assert fit.softmax(X, words.astype(str)).params["classes"].tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="must not be masked"):
        fit.softmax(X, np.ma.array(words.astype(str), mask=[0, 0, 0, 0, 0, 1]))
