"""The fits: the published figures, their gradients, and honesty where there is no minimum."""

import warnings

import numpy as np
import pytest

from lossviz import data, fit


@pytest.fixture(scope="module")
def galton():
    return data.load("galton_heights")


# --- One sample, one line ---------------------------------------------------------------------


def test_normal_is_the_mean_and_the_root_mean_square(galton):
    y = galton.child_in
    result = fit.normal(y)
    assert result.params["mu"] == pytest.approx(y.mean(), rel=1e-14)
    assert result.params["sigma"] == pytest.approx(y.std(), rel=1e-14)
    expected = len(y) * (np.log(y.std() * np.sqrt(2 * np.pi)) + 0.5)
    assert result.nll == pytest.approx(expected, rel=1e-13)
    assert result.converged
    assert result.path.shape == (0, 0)


def test_line_reproduces_galton(galton):
    result = fit.line(galton.parent_in, galton.child_in)
    assert f"{result.params['intercept']:.4f}" == "23.9415"
    assert f"{result.params['slope']:.5f}" == "0.64629"
    assert f"{result.params['sigma']:.5f}" == "2.23613"
    assert f"{result.nll:.4f}" == "2063.5814"
    assert result.converged


def test_line_reproduces_engel_and_belgium():
    engel = data.load("engel_food")
    params = fit.line(engel.income, engel.food).params
    assert (f"{params['intercept']:.3f}", f"{params['slope']:.6f}") == ("147.475", "0.485178")
    belgium = data.load("belgium_calls")
    slope = fit.line(belgium.year, belgium.calls_ten_millions).params["slope"]
    assert f"{slope:.5f}" == "0.50415"


def test_line_with_several_features_leaves_residuals_orthogonal_to_each():
    penguins = data.load("penguins")
    X = np.column_stack([penguins.flipper_length_mm, penguins.bill_depth_mm])
    params = fit.line(X, penguins.body_mass_g).params
    residuals = penguins.body_mass_g - params["intercept"] - X @ params["slope"]
    assert params["slope"].shape == (2,)
    assert np.abs(np.column_stack([np.ones(len(X)), X]).T @ residuals).max() < 1e-6


@pytest.mark.parametrize(
    "spreadless", [lambda: fit.normal([2.0, 2.0]), lambda: fit.line([0, 1, 2], [1, 3, 5])]
)
def test_data_without_spread_have_no_maximum_and_the_fit_says_so_once(spreadless):
    with pytest.warns(fit.ConvergenceWarning, match="grows without bound") as caught:
        result = spreadless()
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert not result.converged
    assert "grows without bound" in result.message
    assert result.nll == -np.inf
    assert result.params["sigma"] == 0


def test_a_warning_of_a_fit_is_a_user_warning():
    assert issubclass(fit.ConvergenceWarning, UserWarning)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit.normal([1.0, 2.0])


BAD_INPUT = {
    "words": (lambda: fit.normal(["tall"]), "y = .*numbers are needed"),
    "empty": (lambda: fit.normal([]), "y has 0 values; at least 1"),
    "two-dimensional y": (lambda: fit.normal([[1.0]]), r"y has shape \(1, 1\); it must be \(I,\)"),
    "nan": (lambda: fit.line([1, 2, 3], [1, np.nan, 2]), r"y\[1\] = nan: must be finite"),
    "inf in X": (lambda: fit.line([[1, 2], [3, np.inf], [0, 0]], [1, 2, 3]), r"x\[1, 1\] = inf"),
    "lengths": (lambda: fit.line([1, 2, 3], [1, 2]), "x has 3 rows, y has 2: must be equal"),
    "too few rows": (lambda: fit.line([1], [1]), "x and y have 1 rows; at least 2"),
    "constant x": (lambda: fit.line([3, 3, 3], [1, 2, 3]), "x = 3 in every row of column 0"),
    "dependent columns": (
        lambda: fit.line([[0, 0], [1, 2], [2, 4], [3, 6]], [1, 2, 3, 5]),
        "of its 2 columns only 1",
    ),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_named(case):
    call, complaint = BAD_INPUT[case]
    with pytest.raises(ValueError, match=complaint):
        call()
