"""The fits: the published figures, their gradients, and honesty where there is no minimum."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from lossviz import data, fit, losses

ROOT = Path(__file__).resolve().parents[1]


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


# --- Gradients: every search, against finite differences -----------------------------------------

RNG_SEED = 20240607


def _searches():
    """name → a call that runs the search, on data without any special values."""
    rng = np.random.default_rng(RNG_SEED)
    x, X = rng.normal(size=40), rng.normal(size=(40, 2))
    y = 3 * x + rng.normal(size=40)
    M, S = fit.bumps(x, [-1, 0, 1], 0.8), fit.bumps(x, [0.0], 1.5)
    yes = (x + rng.normal(size=40) > 0).astype(float)
    labels = np.argmax(np.column_stack([x, X]) + 2 * rng.normal(size=(40, 3)), axis=1)
    return {
        "huber": lambda: fit.huber(x, y, 0.7),
        "heteroscedastic": lambda: fit.heteroscedastic(M, S, y, 0.1),
        "logistic": lambda: fit.logistic(X, yes),
        "logistic l2": lambda: fit.logistic(X, yes, l2=0.7),
        "softmax": lambda: fit.softmax(X, labels),
        "softmax l2": lambda: fit.softmax(X, labels, l2=0.7),
        "mixture": lambda: fit.mixture_density(M, y, 3, 0.1),
    }


@pytest.fixture
def searched(request, monkeypatch):
    """(objective, start, Hessian or None) of the named search, and its fit.

    A mixture is searched for from two starts, with one objective.
    """
    seen = []
    minimise = fit._minimise

    def spy(objective, start, hessian=None):
        seen.append((objective, start, hessian))
        return minimise(objective, start, hessian)

    monkeypatch.setattr(fit, "_minimise", spy)
    result = _searches()[request.param]()
    assert len(seen) == 1 + ("mixture" in request.param)
    return *seen[0], result


@pytest.mark.parametrize("searched", _searches(), indirect=True)
def test_the_gradient_is_that_of_the_objective(searched):
    objective, start, _, _ = searched
    for theta in _points_near(start):
        differences = _differences(lambda t: objective(t)[0], theta)
        np.testing.assert_allclose(objective(theta)[1], differences, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    "searched", [name for name in _searches() if "mixture" not in name], indirect=True
)
def test_the_hessian_is_that_of_the_objective(searched):
    objective, start, hessian, result = searched
    keep = np.eye(len(start))
    if "classes" in result.params:
        # The same for all classes moves nothing; the Hessian bends up there on purpose.
        keep = np.kron(np.eye(3), np.eye(3) - 1 / 3)
    for theta in _points_near(start):
        differences = _differences(lambda t: objective(t)[1], theta)
        np.testing.assert_allclose(
            keep @ hessian(theta) @ keep, keep @ differences @ keep, rtol=1e-6, atol=1e-8
        )


@pytest.mark.parametrize("searched", _searches(), indirect=True)
def test_a_path_leads_downhill_from_the_start_to_the_parameters(searched):
    _, _, _, result = searched
    on_path = [v for name, v in result.params.items() if name != "classes"]
    if len(result.params) == 3 and "intercept" in result.params:  # Huber's sigma comes last
        on_path = on_path[:2]
    end = np.concatenate([np.ravel(v) for v in on_path])
    assert result.converged
    assert len(result.path) >= 2
    np.testing.assert_allclose(result.path[-1], end, rtol=1e-9, atol=1e-9)
    assert np.abs(result.path[0] - end).max() > 1e-3


def _points_near(start):
    rng = np.random.default_rng(RNG_SEED + 1)
    return [start + 0.3 * rng.normal(size=start.shape) for _ in range(5)]


def _differences(function, theta, step=1e-5):
    """Central differences of fourth order, one row or number per parameter."""

    def along(direction):
        near = function(theta + step * direction) - function(theta - step * direction)
        far = function(theta + 2 * step * direction) - function(theta - 2 * step * direction)
        return (8 * near - far) / (12 * step)

    return np.array([along(direction) for direction in np.eye(len(theta))])


def test_a_search_that_is_cut_short_says_so_once_and_returns(monkeypatch):
    monkeypatch.setattr(fit, "_MOST_STEPS", 2)
    challenger = data.load("challenger")
    with pytest.warns(fit.ConvergenceWarning, match="logistic: no minimum after 2 steps") as caught:
        result = fit.logistic(challenger.temperature_f, challenger.damage)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert not result.converged
    assert result.nll > 10.1576
    assert len(result.path) == 3


# --- Yes or no -----------------------------------------------------------------------------------


def test_logistic_reproduces_challenger():
    challenger = data.load("challenger")
    result = fit.logistic(challenger.temperature_f, challenger.damage)
    intercept, slope = result.params["intercept"], result.params["slope"]
    assert (f"{intercept:.4f}", f"{slope:.6f}") == ("15.0429", "-0.232163")
    assert f"{result.nll:.4f}" == "10.1576"
    assert f"{losses.sigmoid(intercept + slope * 31):.5f}" == "0.99961"
    assert result.converged
    assert (result.path[0] == 0).all()


def test_the_logistic_fit_does_not_depend_on_the_unit_of_x():
    challenger = data.load("challenger")
    celsius = fit.logistic((challenger.temperature_f - 32) / 1.8, challenger.damage)
    fahrenheit = fit.logistic(challenger.temperature_f, challenger.damage)
    assert celsius.params["slope"] == pytest.approx(1.8 * fahrenheit.params["slope"], rel=1e-9)
    assert celsius.nll == pytest.approx(fahrenheit.nll, rel=1e-12)


def test_l2_on_a_logistic_is_a_penalty_on_the_raw_slopes_only():
    rng = np.random.default_rng(4)
    X, l2 = rng.normal(size=(60, 2)) * [1, 10] + 5, 0.8
    y = (X[:, 0] + rng.normal(size=60) > 5).astype(float)
    result = fit.logistic(X, y, l2=l2)
    slope = result.params["slope"]
    error = losses.sigmoid(result.params["intercept"] + X @ slope) - y
    np.testing.assert_allclose(X.T @ error + l2 * slope, 0, atol=1e-6)
    assert error.sum() == pytest.approx(0, abs=1e-7)
    y_nll = losses.sigmoid_cross_entropy(y, result.params["intercept"] + X @ slope).sum()
    assert result.nll == pytest.approx(y_nll, rel=1e-12)


SEPARATED = {
    "complete": ([0.0, 1, 2, 3, 4, 5], [0, 0, 0, 1, 1, 1]),
    "complete, far from zero": ([1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3], [1, 1, 0, 0]),
    "one value shared by both classes": ([0.0, 1, 2, 2, 3, 4], [0, 0, 0, 1, 1, 1]),
    "only one class seen": ([0.0, 1, 2, 5], [1, 1, 1, 1]),
}


@pytest.mark.parametrize("case", SEPARATED)
def test_separated_classes_are_said_and_do_not_loop(case):
    x, y = SEPARATED[case]
    with pytest.warns(fit.ConvergenceWarning, match="separated perfectly") as caught:
        result = fit.logistic(x, y)
    assert len(caught) == 1
    assert not result.converged
    assert "weights run off to infinity" in result.message
    assert np.isfinite([result.params["intercept"], result.params["slope"]]).all()
    assert len(result.path) < 200


@pytest.mark.parametrize("case", [case for case in SEPARATED if "one class" not in case])
def test_l2_gives_separated_classes_a_finite_fit(case):
    x, y = SEPARATED[case]
    assert fit.logistic(x, y, l2=0.1).converged
    weak = fit.logistic(x, y, l2=1e-7)
    assert weak.converged
    assert abs(weak.params["intercept"]) > 10  # far out, and yet not called separated


def test_one_class_alone_has_no_minimum_even_with_l2():
    with pytest.warns(fit.ConvergenceWarning, match="separated perfectly"):
        result = fit.logistic([0.0, 1, 2], [1, 1, 1], l2=0.1)  # the intercept bears no penalty
    assert not result.converged


def test_steep_but_overlapping_classes_are_not_called_separated():
    x = np.concatenate([np.arange(-50, 0), np.arange(1, 51), [0.5, -0.5]])
    y = np.concatenate([np.zeros(50), np.ones(50), [0, 1]])
    result = fit.logistic(x, y)
    logits = result.params["intercept"] + result.params["slope"] * x
    assert result.converged
    assert np.abs(logits).max() > 10  # so the linear programme was asked


# --- One of K ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def penguins():
    return data.load("penguins")


def _bill(penguins):
    X = np.column_stack([penguins.bill_length_mm, penguins.bill_depth_mm])
    return (X - X.mean(axis=0)) / X.std(axis=0)


def test_softmax_reproduces_the_penguins(penguins):
    X = _bill(penguins)
    result = fit.softmax(X, penguins.species)
    logits = result.params["bias"] + X @ result.params["weights"]
    right = result.params["classes"][logits.argmax(axis=1)] == penguins.species
    assert f"{result.nll / 342:.5f}" == "0.07002"
    assert f"{100 * right.mean():.2f}" == "96.49"
    assert result.converged
    assert result.params["classes"].tolist() == ["Adelie", "Chinstrap", "Gentoo"]


def test_softmax_at_its_minimum_predicts_each_class_as_often_as_it_occurs(penguins):
    X = _bill(penguins)
    params = fit.softmax(X, penguins.species).params
    p = losses.softmax(params["bias"] + X @ params["weights"])
    _, counts = np.unique(penguins.species, return_counts=True)
    np.testing.assert_allclose(p.sum(axis=0), counts, rtol=1e-7)
    np.testing.assert_allclose(params["weights"].sum(axis=1), 0, atol=1e-9)
    assert params["bias"].sum() == pytest.approx(0, abs=1e-9)


def test_softmax_with_two_classes_is_the_logistic():
    challenger = data.load("challenger")
    two = fit.softmax(challenger.temperature_f, challenger.damage.astype(int))
    one = fit.logistic(challenger.temperature_f, challenger.damage)
    assert two.nll == pytest.approx(one.nll, rel=1e-12)
    assert np.diff(two.params["weights"][0])[0] == pytest.approx(one.params["slope"], rel=1e-7)
    assert np.diff(two.params["bias"])[0] == pytest.approx(one.params["intercept"], rel=1e-7)


def test_softmax_says_when_one_class_is_separated_from_the_rest(penguins):
    X = np.column_stack([penguins.bill_depth_mm, penguins.flipper_length_mm])
    with pytest.warns(fit.ConvergenceWarning, match="softmax: the classes are separated") as caught:
        result = fit.softmax(X, penguins.species)
    assert len(caught) == 1
    assert not result.converged
    assert np.isfinite(result.params["weights"]).all()
    assert fit.softmax(X, penguins.species, l2=0.01).converged


def test_l2_on_a_softmax_is_a_penalty_on_the_raw_weights_only(penguins):
    X, l2 = np.column_stack([penguins.bill_length_mm, penguins.bill_depth_mm]), 3.0
    result = fit.softmax(X, penguins.species, l2=l2)
    p = losses.softmax(result.params["bias"] + X @ result.params["weights"])
    error = p - (penguins.species[:, None] == result.params["classes"])
    np.testing.assert_allclose(X.T @ error + l2 * result.params["weights"], 0, atol=1e-4)
    np.testing.assert_allclose(error.sum(axis=0), 0, atol=1e-6)


# --- Median, quantiles, Huber --------------------------------------------------------------------


def test_quantiles_reproduce_engel():
    engel = data.load("engel_food")
    median = fit.least_absolute_deviations(engel.income, engel.food).params
    assert (f"{median['intercept']:.3f}", f"{median['slope']:.6f}") == ("81.482", "0.560180")
    slopes = [fit.quantile(engel.income, engel.food, tau).params["slope"] for tau in (0.05, 0.95)]
    assert [f"{slope:.5f}" for slope in slopes] == ["0.34336", "0.70907"]


@pytest.mark.parametrize("tau", [0.05, 0.3, 0.5, 0.95])
def test_a_share_tau_lies_below_the_quantile_line(tau):
    engel = data.load("engel_food")
    params = fit.quantile(engel.income, engel.food, tau).params
    above = engel.food - params["intercept"] - params["slope"] * engel.income
    # two points lie on the line: as many as it has parameters
    assert (above < -1e-7).mean() <= tau <= (above < 1e-7).mean()
    assert (np.abs(above) < 1e-7).sum() == 2


def test_the_median_line_is_the_half_quantile_with_the_laplace_likelihood():
    engel = data.load("engel_food")
    half = fit.quantile(engel.income, engel.food, 0.5)
    median = fit.least_absolute_deviations(engel.income, engel.food)
    assert half.nll == pytest.approx(median.nll, rel=1e-12)
    assert median.params["scale"] == pytest.approx(2 * half.params["scale"], rel=1e-12)


def test_quantile_nll_is_that_of_a_density():
    tau, scale = 0.3, 2.0
    y = np.linspace(-200, 200, 400_001)
    density = tau * (1 - tau) / scale * np.exp(-losses.pinball(y, 0.0, tau) / scale)
    assert density.sum() * (y[1] - y[0]) == pytest.approx(1, abs=1e-6)
    engel = data.load("engel_food")
    result = fit.quantile(engel.income, engel.food, tau)
    params = result.params
    loss = losses.pinball(engel.food, params["intercept"] + params["slope"] * engel.income, tau)
    nll = -np.log(tau * (1 - tau) / params["scale"]) + loss / params["scale"]
    assert result.nll == pytest.approx(nll.sum(), rel=1e-12)


def test_belgium_reaches_its_least_loss_on_a_whole_interval_of_slopes():
    belgium = data.load("belgium_calls")
    x, y = belgium.year, belgium.calls_ten_millions
    floor = fit.flat_floor(x, y)
    assert f"{floor.loss:.3f}" == "84.400"
    assert [f"{slope:.5f}" for slope in floor.slopes] == ["0.11571", "0.16222"]
    assert floor.corners.shape == (6, 2)
    sums = [np.abs(y - a - b * x).sum() for a, b in floor.corners]
    np.testing.assert_allclose(sums, floor.loss, rtol=1e-11)
    middle = floor.corners.mean(axis=0)
    assert np.abs(y - middle[0] - middle[1] * x).sum() == pytest.approx(floor.loss, rel=1e-11)
    for corner in floor.corners:  # a step outside costs
        intercept, slope = middle + 1.05 * (corner - middle)
        assert np.abs(y - intercept - slope * x).sum() > floor.loss + 1e-3


def test_the_linear_programme_ends_on_belgiums_flat_floor():
    belgium = data.load("belgium_calls")
    x, y = belgium.year, belgium.calls_ten_millions
    params = fit.least_absolute_deviations(x, y).params
    floor = fit.flat_floor(x, y)
    loss = np.abs(y - params["intercept"] - params["slope"] * x).sum()
    assert loss == pytest.approx(84.4, abs=1e-9)
    assert floor.slopes[0] - 1e-9 <= params["slope"] <= floor.slopes[1] + 1e-9


def test_dropping_one_year_makes_belgium_unique_in_23_of_24_cases():
    belgium = data.load("belgium_calls")
    corners = [
        len(
            fit.flat_floor(
                np.delete(belgium.year, i), np.delete(belgium.calls_ten_millions, i)
            ).corners
        )
        for i in range(24)
    ]
    assert corners.count(1) == 23


def test_the_floor_of_engel_is_the_one_line_of_the_linear_programme():
    engel = data.load("engel_food")
    keep = slice(0, None, 3)
    floor = fit.flat_floor(engel.income[keep], engel.food[keep])
    params = fit.least_absolute_deviations(engel.income[keep], engel.food[keep]).params
    assert floor.corners.shape == (1, 2)
    np.testing.assert_allclose(floor.corners[0], [params["intercept"], params["slope"]], rtol=1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_a_quantile_line_costs_no_more_than_highs_finds(seed):
    rng = np.random.default_rng(seed)
    I, D, tau = int(rng.integers(6, 60)), int(rng.integers(1, 4)), rng.choice([0.1, 0.5, 0.77])
    x = rng.integers(0, 5, (I, D)).astype(float) if seed % 2 else rng.normal(size=(I, D))
    x[: D + 1] = np.eye(D + 1, D)  # of full rank
    y = rng.integers(-3, 4, I) * 1e3 if seed % 2 else rng.standard_cauchy(I)  # half have many ties
    F = np.column_stack([np.ones(I), x])
    cost = np.concatenate([np.zeros(D + 1), np.full(I, tau), np.full(I, 1 - tau)])
    A, bounds = (
        np.hstack([F, np.eye(I), -np.eye(I)]),
        [(None, None)] * (D + 1) + [(0, None)] * 2 * I,
    )
    params = fit.quantile(x, y, tau).params
    loss = losses.pinball(y, params["intercept"] + x @ params["slope"], tau).sum()
    assert loss <= linprog(cost, A_eq=A, b_eq=y, bounds=bounds).fun * (1 + 1e-9) + 1e-9


def test_huber_balances_clipped_residuals():
    belgium = data.load("belgium_calls")
    x, y = belgium.year, belgium.calls_ten_millions
    for delta in (0.01, 0.3, 2.0, 20.0):
        params = fit.huber(x, y, delta).params
        clipped = np.clip(y - params["intercept"] - params["slope"] * x, -delta, delta)
        assert clipped.sum() == pytest.approx(0, abs=1e-6 * delta)
        assert clipped @ (x - x.mean()) == pytest.approx(0, abs=1e-5 * delta)


def test_huber_is_least_squares_at_large_delta_and_near_the_flat_floor_at_small():
    belgium = data.load("belgium_calls")
    x, y = belgium.year, belgium.calls_ten_millions
    squares, large = fit.line(x, y), fit.huber(x, y, 1e3)
    assert large.params["slope"] == pytest.approx(squares.params["slope"], rel=1e-9)
    assert large.params["sigma"] == pytest.approx(squares.params["sigma"], rel=1e-9)
    assert large.nll == pytest.approx(squares.nll, rel=1e-12)
    small = fit.huber(x, y, 1e-3)
    low, high = fit.flat_floor(x, y).slopes
    assert low <= small.params["slope"] <= high
    assert small.nll == pytest.approx(fit.least_absolute_deviations(x, y).nll, rel=1e-6)


def test_huber_nll_is_that_of_a_density_at_its_best_sigma():
    belgium = data.load("belgium_calls")
    x, y = belgium.year, belgium.calls_ten_millions
    delta = 1.5
    result = fit.huber(x, y, delta)
    residuals = y - result.params["intercept"] - result.params["slope"] * x
    grid = np.linspace(-400, 400, 800_001)

    def nll(sigma):
        area = np.exp(-losses.huber(grid, 0.0, delta) / sigma**2).sum() * (grid[1] - grid[0])
        return (losses.huber(residuals, 0.0, delta) / sigma**2 + np.log(area)).sum()

    sigma = result.params["sigma"]
    assert result.nll == pytest.approx(nll(sigma), rel=1e-9)
    assert nll(sigma) < min(nll(0.99 * sigma), nll(1.01 * sigma))


# --- A spread that depends on x ------------------------------------------------------------------


def _motorcycle():
    table = data.load("motorcycle")
    mean = fit.bumps(table.time_ms, np.linspace(0, 60, 10), 5.0)
    spread = fit.bumps(table.time_ms, np.linspace(0, 60, 4), 12.0)
    return mean, spread, table.accel_g


def test_heteroscedastic_nll_is_that_of_its_outputs_and_below_the_homoscedastic():
    M, S, y = _motorcycle()
    result = fit.heteroscedastic(M, S, y, floor=2.0)
    sigma = fit.sigma_from(S @ result.params["sigma_weights"], 2.0)
    expected = losses.gaussian_nll(y, M @ result.params["mu_weights"], sigma).sum()
    assert result.converged
    assert sigma.min() > 2.0
    assert result.nll == pytest.approx(expected, rel=1e-10)
    flat = fit.heteroscedastic(M, np.ones((len(y), 1)), y, floor=2.0)
    assert result.nll < flat.nll - 25


def test_a_constant_sigma_is_least_squares():
    M, _, y = _motorcycle()
    flat = fit.heteroscedastic(M, np.ones((len(y), 1)), y, floor=0.0)
    residuals = y - M @ np.linalg.lstsq(M, y)[0]
    rmse = np.sqrt(np.mean(residuals**2))
    assert np.exp(flat.params["sigma_weights"][0]) == pytest.approx(rmse, rel=1e-9)
    assert flat.nll == pytest.approx(len(y) * (np.log(rmse * np.sqrt(2 * np.pi)) + 0.5), rel=1e-12)


def test_heteroscedastic_wins_on_held_out_points_of_the_motorcycle():
    M, S, y = _motorcycle()
    fold, held_out = np.arange(len(y)) % 10, []
    for features in (np.ones((len(y), 1)), S):
        total = 0.0
        for k in range(10):
            test, train = fold == k, fold != k
            params = fit.heteroscedastic(M[train], features[train], y[train], floor=2.0).params
            sigma = fit.sigma_from(features[test] @ params["sigma_weights"], 2.0)
            total += losses.gaussian_nll(y[test], M[test] @ params["mu_weights"], sigma).sum()
        held_out.append(total / len(y))
    assert held_out[1] < held_out[0] - 0.05


def test_a_floor_carries_a_curve_that_fits_exactly():
    x = np.linspace(0, 1, 5)
    result = fit.heteroscedastic(
        np.column_stack([np.ones(5), x]), np.ones((5, 1)), 2 * x, floor=0.5
    )
    sigma = fit.sigma_from(result.params["sigma_weights"], 0.5)
    assert sigma == pytest.approx(0.5, rel=1e-6)
    np.testing.assert_allclose(result.params["mu_weights"], [0, 2], atol=1e-9)


def test_without_a_floor_sigma_can_collapse_and_the_fit_says_so_once():
    table = data.load("motorcycle")
    rich = fit.bumps(table.time_ms, np.linspace(0, 60, 20), 3.0)
    with pytest.warns(fit.ConvergenceWarning, match="sigma fell to .* at row") as caught:
        result = fit.heteroscedastic(rich, rich, table.accel_g, floor=0.0)
    assert len(caught) == 1
    assert not result.converged
    assert fit.heteroscedastic(rich, rich, table.accel_g, floor=1.0).nll > result.nll


def test_bumps_are_ones_and_bells():
    basis = fit.bumps([0.0, 3.0], [0.0, 1.0], 2.0)
    np.testing.assert_allclose(
        basis, [[1, 1, np.exp(-1 / 8)], [1, np.exp(-9 / 8), np.exp(-4 / 8)]], rtol=1e-15
    )


# --- Several outputs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "per_output", "knot"),
    [(1000, False, "195.70"), (1, False, "188.34"), (1000, True, "192.43"), (1, True, "192.43")],
)
def test_the_shared_knot_depends_on_units_only_without_a_sigma_per_output(
    penguins, unit, per_output, knot
):
    Y = np.column_stack([penguins.body_mass_g / unit, penguins.bill_depth_mm])
    result = fit.shared_knot(penguins.flipper_length_mm, Y, sigma_per_output=per_output)
    params = result.params
    y_hat = params["intercept"] + params["slope"] * np.maximum(
        0, penguins.flipper_length_mm[:, None] - params["knot"]
    )
    assert f"{params['knot']:.2f}" == knot
    assert result.nll == pytest.approx(losses.gaussian_nll(Y, y_hat, params["sigma"]).sum())
    residual_spread = np.sqrt(np.mean((Y - y_hat) ** 2, axis=0 if per_output else None))
    np.testing.assert_allclose(params["sigma"], residual_spread, rtol=1e-10)


def test_no_knot_of_a_finer_grid_is_better(penguins):
    x = penguins.flipper_length_mm
    Y = np.column_stack([penguins.body_mass_g / 1000, penguins.bill_depth_mm])
    grid = np.linspace(x.min(), x.max() - 1e-3, 5000)
    sse = fit.knot_sse(x, Y, grid)
    best = fit.knot_sse(x, Y, fit.shared_knot(x, Y, sigma_per_output=False).params["knot"])
    assert sse.shape == (5000, 2)
    assert best.sum() <= sse.sum(axis=1).min()
    learned = fit.knot_sse(x, Y, fit.shared_knot(x, Y).params["knot"])
    assert np.log(learned).sum() <= np.log(sse).sum(axis=1).min()


def test_knot_sse_is_that_of_least_squares_at_the_knot(penguins):
    x, Y = (
        penguins.flipper_length_mm,
        np.column_stack([penguins.body_mass_g, penguins.bill_depth_mm]),
    )
    F = np.column_stack([np.ones(len(x)), np.maximum(0, x - 200.5)])
    residuals = Y - F @ np.linalg.lstsq(F, Y)[0]
    np.testing.assert_allclose(fit.knot_sse(x, Y, 200.5), (residuals**2).sum(axis=0), rtol=1e-10)
    np.testing.assert_allclose(
        fit.knot_sse(x, Y, [1e6])[0], ((Y - Y.mean(axis=0)) ** 2).sum(axis=0), rtol=1e-12
    )


# --- Several answers -----------------------------------------------------------------------------


def _two_answers():
    rng = np.random.default_rng(RNG_SEED)
    x = rng.uniform(-2, 2, 200)
    y = rng.choice([-1.0, 1.0], 200) * (1 + x**2 / 2) + 0.2 * rng.normal(size=200)
    return fit.bumps(x, np.linspace(-2, 2, 4), 1.2), x, y


def test_a_mixture_finds_both_answers_where_the_mean_is_an_impossible_one():
    F, x, y = _two_answers()
    one, two = (fit.mixture_density(F, y, components, floor=0.02) for components in (1, 2))
    middle = F @ one.params["mu_weights"][:, 0]
    branches = F @ two.params["mu_weights"]
    assert two.converged
    assert np.abs(y - middle).min() > 0.1  # nothing ever happens where the mean points
    assert np.abs(np.abs(branches) - (1 + x[:, None] ** 2 / 2)).max() < 0.2
    assert two.nll < one.nll - 200


def test_mixture_nll_is_that_of_its_outputs():
    F, _, y = _two_answers()
    result = fit.mixture_density(F, y, 3, floor=0.02)
    gate, mu, sigma = result.params.values()
    expected = losses.mixture_nll(y, F @ gate, F @ mu, sigma).sum()
    assert result.nll == pytest.approx(expected, rel=1e-9)
    assert (sigma >= 0.02).all()
    assert result.path.shape[1] == gate.size + mu.size + sigma.size


def test_a_mixture_of_one_is_least_squares():
    F, _, y = _two_answers()
    result = fit.mixture_density(F, y, 1, floor=0.02)
    residuals = y - F @ np.linalg.lstsq(F, y)[0]
    assert result.params["sigma"][0] == pytest.approx(np.sqrt(np.mean(residuals**2)), rel=1e-6)


def test_the_floor_holds_a_component_on_a_single_value():
    y = np.concatenate([np.zeros(30), np.linspace(2, 8, 31)])
    result = fit.mixture_density(np.ones((61, 1)), y, 2, floor=0.05)
    assert result.params["sigma"].min() == pytest.approx(0.05, rel=1e-3)
    assert "lies on the floor" in result.message


# --- Counts, positive values, angles -------------------------------------------------------------


def test_a_mixture_finds_groups_that_run_against_the_curve_through_all(penguins_by_depth):
    """From the least-squares line alone the search ends where two bells are as bad as one."""
    F, mass = penguins_by_depth
    half = np.random.default_rng(0).permutation(len(mass)) < len(mass) // 2
    one, two = (fit.mixture_density(F[half], mass[half], K, floor=0.05).nll for K in (1, 2))
    assert two < one - 60


@pytest.fixture
def penguins_by_depth():
    table = data.load("penguins")
    depth = table.bill_depth_mm - 17
    return np.column_stack([np.ones(len(depth)), depth]), table.body_mass_g / 1000


def test_poisson_is_the_mean_count():
    result = fit.poisson([0, 1, 4, 2])
    assert result.params == {"rate": 1.75, "log_rate": pytest.approx(np.log(1.75))}
    assert result.nll == pytest.approx(4 * 1.75 - 7 * np.log(1.75) + np.log(24) + np.log(2))


def test_poisson_without_a_single_count_has_no_finite_log_rate():
    with pytest.warns(fit.ConvergenceWarning, match="runs off to −∞"):
        result = fit.poisson([0, 0])
    assert not result.converged
    assert result.params["log_rate"] == -np.inf


def test_lognormal_is_the_normal_of_the_log_with_its_jacobian():
    y = data.load("engel_food").food
    result = fit.lognormal(y)
    logs = fit.normal(np.log(y))
    assert result.params == pytest.approx(logs.params)
    assert result.nll == pytest.approx(logs.nll + np.log(y).sum(), rel=1e-12)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_gamma_and_von_mises_are_at_a_minimum_of_their_nll(scale):
    rng = np.random.default_rng(RNG_SEED)
    samples = {
        fit.gamma: (scale * rng.gamma(2.7, size=80), losses.gamma_nll),
        fit.von_mises: (rng.vonmises(2.9, 1.7, 80), losses.von_mises_nll),
    }
    for fitted, (y, nll) in samples.items():
        result = fitted(y)
        a, b = result.params.values()
        assert result.nll == pytest.approx(nll(y, a, b).sum(), rel=1e-12)
        for da, db in ((1e-4, 0), (-1e-4, 0), (0, 1e-4), (0, -1e-4)):
            assert nll(y, a * (1 + da), b * (1 + db)).sum() > result.nll
        for i, size in ((0, a), (1, b)):  # the gradient is zero
            step = np.eye(2)[i] * 1e-5 * size
            up, down = nll(y, *(np.array([a, b]) + step)).sum(), nll(y, *([a, b] - step)).sum()
            assert (up - down) / 2e-5 == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(
    "spreadless",
    [
        lambda: fit.gamma([2.0, 2.0]),
        lambda: fit.lognormal([3.0, 3.0]),
        lambda: fit.von_mises([1.0, 1.0]),
    ],
)
def test_equal_values_have_no_maximum_in_any_family(spreadless):
    with pytest.warns(fit.ConvergenceWarning, match="grows without bound") as caught:
        result = spreadless()
    assert len(caught) == 1
    assert not result.converged


# --- A prior on the slopes -----------------------------------------------------------------------


def _standardised(penguins):
    X = np.column_stack(
        [penguins.flipper_length_mm, penguins.bill_depth_mm, penguins.bill_length_mm]
    )
    return (X - X.mean(axis=0)) / X.std(axis=0) + 2.0, penguins.body_mass_g / 1000


@pytest.mark.parametrize("prior_sigma", [0.01, 0.1, 1.0])
def test_ridge_is_where_data_and_normal_prior_balance(penguins, prior_sigma):
    X, y = _standardised(penguins)
    params = fit.ridge(X, y, prior_sigma, sigma=0.4).params
    slope = params["slope"]
    # scikit-learn's penalty α = σ²/s² on the centred normal equations, solved another way
    centred, alpha = X - X.mean(axis=0), 0.4**2 / prior_sigma**2
    reference = np.linalg.solve(centred.T @ centred + alpha * np.eye(3), centred.T @ (y - y.mean()))
    np.testing.assert_allclose(slope, reference, atol=1e-12)
    assert params["intercept"] == pytest.approx(y.mean() - X.mean(axis=0) @ slope, rel=1e-12)


def test_ridge_with_a_flat_prior_is_the_line(penguins):
    X, y = _standardised(penguins)
    line, flat = fit.line(X, y), fit.ridge(X, y, np.inf, sigma=0.4)
    np.testing.assert_allclose(flat.params["slope"], line.params["slope"], rtol=1e-10)


@pytest.mark.parametrize("prior_scale", [1e-4, 0.001, 0.01, 1.0])
def test_lasso_meets_the_kkt_conditions(penguins, prior_scale):
    X, y = _standardised(penguins)
    result = fit.lasso(X, y, prior_scale, sigma=0.4)
    slope = result.params["slope"]
    residuals = y - result.params["intercept"] - X @ slope
    pull = X.T @ residuals / 0.4**2
    assert result.converged
    assert residuals.sum() == pytest.approx(0, abs=1e-9)
    on = slope != 0
    np.testing.assert_allclose(pull[on], np.sign(slope[on]) / prior_scale, rtol=0, atol=1e-5)
    assert (np.abs(pull[~on]) <= 1 / prior_scale + 1e-5).all()
    assert not np.signbit(slope[~on]).any()


def test_a_strong_laplace_prior_turns_slopes_off_one_by_one(penguins):
    X, y = _standardised(penguins)
    kept = [
        (fit.lasso(X, y, b, sigma=0.4).params["slope"] != 0).sum() for b in (1e-4, 1e-3, 1e-2, 1.0)
    ]
    assert kept == sorted(kept)
    assert (kept[0], kept[-1]) == (0, 3)


def test_penalised_nll_is_that_of_the_data(penguins):
    X, y = _standardised(penguins)
    for result in (fit.ridge(X, y, 0.1, sigma=0.4), fit.lasso(X, y, 0.01, sigma=0.4)):
        y_hat = result.params["intercept"] + X @ result.params["slope"]
        assert result.nll == pytest.approx(losses.gaussian_nll(y, y_hat, 0.4).sum(), rel=1e-12)


def test_lasso_says_when_its_columns_are_too_much_alike():
    rng = np.random.default_rng(RNG_SEED)
    x = rng.normal(size=50)
    X = np.column_stack([x, x + 1e-7 * rng.normal(size=50)])
    y = x + 1e5 * (X[:, 1] - X[:, 0])
    with pytest.warns(fit.ConvergenceWarning, match="too much alike") as caught:
        result = fit.lasso(X, y, 1e9, sigma=1.0)
    assert len(caught) == 1
    assert not result.converged


# --- The price of an import ----------------------------------------------------------------------


def test_importing_fit_does_not_import_scipy_optimize_or_stats():
    code = (
        "import sys, lossviz.fit;"
        "print([m for m in ('scipy.optimize', 'scipy.stats', 'matplotlib') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=ROOT,
    )
    assert run.stdout.strip() == "[]"


def test_the_fits_of_notebook_03_do_not_import_scipy_optimize():
    code = (
        "import sys, numpy as np; from lossviz import data, fit;"
        "m = data.load('motorcycle'); fit.least_absolute_deviations(m.time_ms, m.accel_g);"
        "B = fit.bumps(m.time_ms, np.linspace(5, 55, 5), 10.0);"
        "fit.heteroscedastic(B, B, m.accel_g, 1.0); fit.line(m.time_ms, m.accel_g);"
        "print([m for m in ('scipy.optimize', 'scipy.special') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=ROOT,
    )
    assert run.stdout.strip() == "[]"


# --- Bad input -----------------------------------------------------------------------------------

X2, Y3, ONES = [[0, 1], [1, 0], [2, 5], [4, 4]], [1.0, 2.0, 4.0], [[1.0]] * 3

BAD_INPUT = {
    "words": (lambda: fit.normal(["tall"]), "y must be real numbers"),
    "empty": (lambda: fit.normal([]), "y must have one value at least, got none"),
    "2-D y": (lambda: fit.normal([[1.0]]), r"y must have shape \(I,\), got shape \(1, 1\)"),
    "nan": (lambda: fit.line([1, 2, 3], [1, np.nan, 2]), "y must not be NaN"),
    "inf in X": (lambda: fit.line([[1, 2], [3, np.inf]], [1, 2]), r"x must be finite.*\(1, 1\)"),
    "lengths": (
        lambda: fit.line([1, 2, 3], [1, 2]),
        "x and y must have equal lengths, got 3 and 2",
    ),
    "few rows": (lambda: fit.line([1], [1]), "x and y must have 2 rows at least, got 1"),
    "constant x": (lambda: fit.line([3, 3, 3], [1, 2, 3]), "got 3 in every row of column 0"),
    "dependent": (
        lambda: fit.line([[0, 0], [1, 2], [2, 4], [3, 6]], [1, 2, 3, 5]),
        "x must have linearly independent columns, got 2 of which only 1",
    ),
    "tau 0": (lambda: fit.quantile(Y3, Y3, 0), "tau must lie between 0 and 1, both .* got 0"),
    "tau 1": (lambda: fit.quantile(Y3, Y3, 1.0), "tau must lie between 0 and 1"),
    "tau array": (lambda: fit.quantile(Y3, Y3, [0.5]), "tau must be one number"),
    "delta": (lambda: fit.huber(Y3, Y3, 0.0), "delta must be > 0 and finite, got 0.0"),
    "floor x": (lambda: fit.flat_floor(X2, [1, 2, 3, 4]), r"x must have one feature, shape \(I,\)"),
    "y not 0 or 1": (lambda: fit.logistic(Y3, [0, 1, 0.5]), "y must be 0 or 1, got 0.5"),
    "l2": (lambda: fit.logistic(Y3, [0, 1, 0], l2=-1), "l2 must be ≥ 0 and finite, got -1"),
    "one label": (lambda: fit.softmax(Y3, [2, 2, 2]), r"labels must hold two classes.* \[2\]"),
    "labels 2-D": (lambda: fit.softmax(Y3, ONES), "labels must be numbers or words of shape"),
    "labels length": (lambda: fit.softmax(Y3, ["a", "b"]), "x and labels must have equal lengths"),
    "link": (
        lambda: fit.sigma_from(Y3, 0.1, link="abs"),
        "link must be one of exp, square, got 'abs'",
    ),
    "negative floor": (
        lambda: fit.heteroscedastic(ONES, ONES, Y3, -1.0),
        "floor must be ≥ 0, got -1.0",
    ),
    "dependent basis": (
        lambda: fit.heteroscedastic(np.ones((3, 2)), ONES, Y3, 1.0),
        "mu_features must have linearly independent columns",
    ),
    "width": (lambda: fit.bumps(Y3, [0.0], 0), "width must be > 0"),
    "components": (
        lambda: fit.mixture_density(ONES, Y3, 0, 0.1),
        "components must be a whole .* 0",
    ),
    "no floor": (lambda: fit.mixture_density(ONES, Y3, 2, 0.0), "floor must be > 0 and finite"),
    "Y 1-D": (lambda: fit.shared_knot(Y3, Y3), r"Y must have shape \(I, D\)"),
    "few knots": (lambda: fit.shared_knot([1, 1, 2], ONES), "x must have three different values"),
    "counts": (lambda: fit.poisson([1, 1.5]), "y must be whole numbers ≥ 0, got 1.5"),
    "gamma": (lambda: fit.gamma([1, 0]), "y must be > 0, got 0.0"),
    "lognormal": (lambda: fit.lognormal([1, -1]), "y must be > 0, got -1.0"),
    "prior": (lambda: fit.ridge(Y3, Y3, 0.0, 1.0), "prior_sigma must be > 0, got 0.0"),
    "lasso prior": (lambda: fit.lasso(Y3, Y3, np.inf, 1.0), "prior_scale must be > 0 and finite"),
    "noise": (lambda: fit.lasso(Y3, Y3, 1.0, -1.0), "sigma must be > 0 and finite, got -1.0"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_named(case):
    call, complaint = BAD_INPUT[case]
    with pytest.raises(ValueError, match=complaint):
        call()
