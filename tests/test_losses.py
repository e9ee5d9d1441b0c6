"""The losses: conventions, limits, properties, gradients, and what other libraries test."""

import inspect
import subprocess
import sys

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy import integrate, special

from lossviz import information, losses
from lossviz.losses import (
    absolute_error,
    bradley_terry_nll,
    brier_score,
    crps_normal,
    dpo_loss,
    focal_loss,
    gamma_nll,
    gaussian_nll,
    huber,
    info_nce,
    laplace_nll,
    log_softmax,
    lognormal_nll,
    mixture_nll,
    pinball,
    poisson_nll,
    sigmoid,
    sigmoid_cross_entropy,
    softmax,
    softmax_cross_entropy,
    softplus,
    squared_error,
    von_mises_nll,
)

pytestmark = pytest.mark.filterwarnings("error")

INF = np.inf
steady = settings(derandomize=True, deadline=None, max_examples=150)
moderate = st.floats(-50, 50)
logit_rows = st.integers(2, 6).flatmap(lambda K: arrays(float, (3, K), elements=moderate))


# --- Names and shapes -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "signature",
    [
        "gaussian_nll(y, mu, sigma)",
        "laplace_nll(y, mu, scale)",
        "squared_error(y, y_hat)",
        "absolute_error(y, y_hat)",
        "huber(y, y_hat, delta)",
        "pinball(y, y_hat, tau)",
        "poisson_nll(y, log_rate)",
        "gamma_nll(y, shape, scale)",
        "lognormal_nll(y, mu, sigma)",
        "von_mises_nll(y, mu, kappa)",
        "mixture_nll(y, logits, mu, sigma)",
        "sigmoid(z)",
        "softplus(z)",
        "crps_normal(y, mu, sigma)",
        "sigmoid_cross_entropy(y, logits, smoothing=0.0, pos_weight=1.0)",
        "focal_loss(y, logits, gamma)",
        "bradley_terry_nll(chosen, rejected)",
        "dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta)",
        "info_nce(scores)",
        "softmax(z, axis=-1)",
        "log_softmax(z, axis=-1)",
        "softmax_cross_entropy(labels, logits, axis=-1, smoothing=0.0, weights=1.0)",
        "brier_score(labels, p, axis=-1)",
    ],
)
def test_the_names_are_the_fields(signature):
    function = getattr(losses, signature.partition("(")[0])
    parameters = [
        p.name if p.default is p.empty else f"{p.name}={p.default}"
        for p in inspect.signature(function).parameters.values()
    ]
    assert f"{function.__name__}({', '.join(parameters)})" == signature


SCALAR_CALLS = [
    (gaussian_nll, (1, 2, 3)),
    (laplace_nll, (1, 2, 3)),
    (squared_error, (1, 2)),
    (absolute_error, (1, 2)),
    (huber, (1, 2, 3)),
    (pinball, (1, 2, 0.3)),
    (poisson_nll, (1, 2)),
    (gamma_nll, (1, 2, 3)),
    (lognormal_nll, (1, 2, 3)),
    (von_mises_nll, (1, 2, 3)),
    (sigmoid, (1,)),
    (softplus, (1,)),
    (sigmoid_cross_entropy, (1, 2)),
    (crps_normal, (1, 2, 3)),
    (focal_loss, (1, 2, 3)),
    (bradley_terry_nll, (1, 2)),
    (dpo_loss, (-1, -2, -3, -4, 0.5)),
]


@pytest.mark.parametrize(("loss", "call"), SCALAR_CALLS)
def test_scalars_in_scalar_out_arrays_in_arrays_out(loss, call):
    scalar = loss(*call)
    assert type(scalar) is np.float64
    first = np.full((4, 1), call[0], dtype=np.float32)
    others = [np.full((1, 3), value) for value in call[1:]]
    grid = loss(first, *others)
    assert grid.shape == ((4, 3) if others else (4, 1))
    assert grid.dtype == np.float64
    assert_array_equal(grid, scalar)
    assert loss(np.zeros((0,)) + call[0], *call[1:]).shape == (0,)


def test_class_losses_reduce_the_class_axis_only():
    z = np.arange(24.0).reshape(2, 3, 4) % 5
    labels = np.arange(6).reshape(2, 3) % 4
    assert softmax(z).shape == log_softmax(z, axis=0).shape == z.shape
    assert softmax_cross_entropy(labels, z).shape == (2, 3)
    assert type(softmax_cross_entropy(1, [1, 2, 3])) is np.float64
    assert type(softmax_cross_entropy([0, 1, 0], [1, 2, 3])) is np.float64
    assert_array_equal(softmax_cross_entropy(2, z), -log_softmax(z)[..., 2])
    for axis in (0, 1, 2, -1, -2, -3):  # the axis cases of optax
        moved = np.moveaxis(z, -1, axis)
        assert_allclose(
            softmax_cross_entropy(labels, moved, axis), softmax_cross_entropy(labels, z)
        )
        assert_allclose(np.moveaxis(softmax(moved, axis), axis, -1), softmax(z))


def test_brier_score_and_info_nce_reduce_one_axis_only():
    p = softmax(np.arange(24.0).reshape(2, 3, 4) % 5)
    labels = np.arange(6).reshape(2, 3) % 4
    assert type(brier_score(1, [0.2, 0.3, 0.5])) is np.float64
    assert brier_score(labels, p).shape == (2, 3)
    assert_allclose(brier_score(np.eye(4)[labels], p), brier_score(labels, p), rtol=1e-15)
    for axis in (0, 1, -3):
        moved = np.moveaxis(p, -1, axis)
        assert_array_equal(brier_score(labels, moved, axis), brier_score(labels, p))
    scores = np.arange(32.0).reshape(2, 4, 4) % 7
    assert_array_equal(info_nce(scores), softmax_cross_entropy([range(4)] * 2, scores))


def test_class_weights_follow_their_axis():
    z, labels = np.arange(24.0).reshape(2, 3, 4) % 5, np.arange(6).reshape(2, 3) % 4
    weights = np.array([0.5, 2.0, 0.0, 3.0])
    expected = weights[labels] * softmax_cross_entropy(labels, z)
    for axis in (0, 1, 2):
        moved = np.moveaxis(z, -1, axis)
        assert_allclose(
            softmax_cross_entropy(labels, moved, axis, weights=weights), expected, rtol=1e-15
        )


def test_labels_of_the_logits_shape_are_probabilities_whatever_their_dtype():
    z = np.array([[0.3, -1.0], [2.0, 0.1]])
    assert_array_equal(
        softmax_cross_entropy(np.array([[1, 0], [0, 1]]), z), softmax_cross_entropy([0, 1], z)
    )


def test_the_arguments_are_left_as_they_were():
    z = np.array([[1.0, INF, 2.0], [3.0, 3.0, -INF]])
    before = z.copy()
    softmax(z), log_softmax(z), softmax_cross_entropy([0, 1], z)
    assert_array_equal(z, before)


# --- Conventions ----------------------------------------------------------------------------


def test_conventions():
    assert squared_error(1, 4) == 9  # without ½
    assert huber(1, 4, 5) == 4.5  # ½r² inside δ
    assert huber(1, 4, 2) == 2 * (3 - 1)  # δ(|r| − ½δ) outside
    assert huber(1, 4, 3) == 4.5  # and the two meet
    assert pinball(5, 1, 0.9) == pytest.approx(3.6)  # r = y − ŷ > 0 costs τ
    assert pinball(1, 5, 0.9) == pytest.approx(0.4)
    assert not np.signbit(pinball(2, 2, 0.3))
    assert not np.signbit(softmax_cross_entropy(0, [0, -1000]))


def areas():
    yield lambda y: gaussian_nll(y, 0.7, 1.3), (-INF, INF)
    yield lambda y: laplace_nll(y, 0.7, 1.3), (-INF, INF)
    yield lambda y: gamma_nll(y, 2.5, 1.3), (0, INF)
    yield lambda y: lognormal_nll(y, 0.7, 0.6), (0, INF)
    yield lambda y: von_mises_nll(y, 0.7, 1.3), (-np.pi, np.pi)
    yield lambda y: mixture_nll(y, [0.2, 1.1], [-1, 2], [0.6, 1.4]), (-INF, INF)


@pytest.mark.parametrize(("nll", "support"), list(areas()))
def test_every_constant_is_kept_so_the_density_has_area_one(nll, support):
    def density(y):
        inside = np.isfinite(y) and (support[0] == -INF or y > support[0] or y == -np.pi)
        return np.exp(-nll(y)) if inside else 0.0

    area, _ = integrate.quad(density, *support)
    assert area == pytest.approx(1, abs=1e-7)


def test_every_constant_is_kept_so_the_poisson_sums_to_one():
    for log_rate in (-2.0, 0.3, 3.0):
        assert np.exp(-poisson_nll(np.arange(200), log_rate)).sum() == pytest.approx(1, rel=1e-13)


def test_special_cases_agree():
    y = np.array([0.1, 1.0, 7.5])
    assert_allclose(gamma_nll(y, 1, 2), np.log(2) + y / 2)  # the exponential
    assert_allclose(von_mises_nll(y, 0, 0), np.log(2 * np.pi))  # the uniform
    assert_allclose(von_mises_nll(y * 1e-4, 0, 1e6), gaussian_nll(y * 1e-4, 0, 1e-3), rtol=1e-6)
    assert_allclose(mixture_nll(y, [3.0], [1.0], [2.0]), gaussian_nll(y, 1, 2))  # one component
    assert_allclose(mixture_nll(y, [0, 0], [1, 1], 2), gaussian_nll(y, 1, 2))  # two equal ones
    assert_allclose(mixture_nll(y, 0, [1, 1], 2), gaussian_nll(y, 1, 2))  # a shared logit
    assert_allclose(pinball(y, 2, 0.5), absolute_error(y, 2) / 2)
    assert_allclose(sigmoid_cross_entropy(1, y), softmax_cross_entropy(0, np.c_[y, 0 * y]))


def test_mixture_takes_batches_grids_and_shared_parameters():
    y = np.array([0.0, 1.0, 2.0])
    mu = np.array([[0.0, 1], [2, 3], [4, 5]])
    paired = mixture_nll(y, [0.1, 0.2], mu, 0.5)
    assert paired.shape == (3,)
    one_by_one = [mixture_nll(y[i], [0.1, 0.2], mu[i], 0.5) for i in range(3)]
    assert_allclose(paired, one_by_one)
    assert type(one_by_one[0]) is np.float64
    grid = mixture_nll(y[:, None], [0.1, 0.2], mu[None, :, :], 0.5)
    assert grid.shape == (3, 3)
    assert_allclose(np.diag(grid), paired)


# --- Limits ---------------------------------------------------------------------------------


def test_infinite_logits_give_the_limit():
    assert_array_equal(sigmoid([-INF, INF]), [0, 1])
    assert_array_equal(softplus([-INF, INF]), [0, INF])
    z = [-INF, INF, -INF, INF, -INF, INF]
    y = [0, 0, 1, 1, 0.5, 0.5]
    assert_array_equal(sigmoid_cross_entropy(y, z), [0, INF, INF, 0, INF, INF])
    assert_array_equal(softmax([0, -INF]), [1, 0])
    assert_array_equal(softmax([0, INF, -INF]), [0, 1, 0])
    assert_array_equal(log_softmax([0, INF, -INF]), [-INF, 0, -INF])
    assert_array_equal(log_softmax([0, -INF]), [0, -INF])
    assert_array_equal(softmax_cross_entropy([0, 1], [[5, INF], [5, INF]]), [INF, 0])
    assert softmax_cross_entropy([1, 0], [0, -INF]) == 0  # 0 · log 0 = 0
    assert softmax_cross_entropy([0.5, 0.5], [0, -INF]) == INF


def test_infinite_operands_of_the_losses_that_compare_give_the_limit():
    z = [INF, -INF, INF, -INF, INF]
    assert_array_equal(focal_loss([1, 1, 0, 0, 0.5], z, 2), [0, INF, INF, 0, INF])
    assert_array_equal(focal_loss([1, 0], INF, 0), [0, INF])
    assert_array_equal(bradley_terry_nll([INF, -INF, 0, 0], [0, 0, INF, -INF]), [0, INF, INF, 0])
    assert_array_equal(dpo_loss([-INF, -1], [-1, -INF], -1, -1, 0.1), [INF, 0])
    assert dpo_loss(-1, -1, -INF, -1, 0.1) == 0
    assert_array_equal(info_nce([[0, -INF], [-INF, 0]]), 0)
    assert_array_equal(info_nce([[0, INF], [0, INF]]), [INF, 0])
    assert_array_equal(crps_normal([INF, 0, 0], [0, -INF, 0], [1, 1, INF]), INF)
    assert sigmoid_cross_entropy(1, -INF, pos_weight=0) == 0
    assert_array_equal(sigmoid_cross_entropy([1, 0], INF, smoothing=0.1), INF)
    assert softmax_cross_entropy(0, [0, -INF], smoothing=0.1) == INF
    assert softmax_cross_entropy(0, [0, -INF], smoothing=0.1, weights=[1, 0]) == 0


def test_infinite_operands_give_the_limit():
    assert squared_error(INF, 1) == absolute_error(1, -INF) == huber(INF, 0, 1) == INF
    assert huber(3, 0, INF) == 4.5
    assert huber(INF, 0, INF) == INF
    assert_array_equal(pinball([INF, -INF], 0, 0.2), INF)
    assert_array_equal(gaussian_nll([INF, 0, 0], [0, -INF, 0], [1, 1, INF]), INF)
    assert_array_equal(laplace_nll([INF, 0, 0], [0, -INF, 0], [1, 1, INF]), INF)
    assert_array_equal(poisson_nll([0, 3, 0, 3], [-INF, -INF, INF, INF]), [0, INF, INF, INF])
    assert lognormal_nll(1, INF, 1) == INF
    assert mixture_nll(INF, [0, 0], [0, 1], 1) == INF
    assert mixture_nll(0.5, [0, -INF], [0, 1], 1) == gaussian_nll(0.5, 0, 1)
    assert mixture_nll(0.5, [0, INF], [0, 1], 1) == gaussian_nll(0.5, 1, 1)


def test_what_overflows_is_infinite_and_quiet_even_for_a_strict_reader():
    with np.errstate(all="raise"):
        assert squared_error(1e200, 0) == gaussian_nll(1e200, 0, 1e-200) == INF
        assert_array_equal(softmax([1e308, -1e308]), [1, 0])
        assert poisson_nll(3, 800) == poisson_nll(1e300, 1e300) == INF
        assert sigmoid(-800) == softplus(-800) == 0
        assert_array_equal(softmax_cross_entropy([0, 1], [[0, -1e4], [0, -1e4]]), [0, 1e4])
        assert von_mises_nll(0, 0, 1e300) == pytest.approx(0.5 * np.log(2 * np.pi / 1e300))


# --- What other libraries test --------------------------------------------------------------


def mp_binomial(y, z):
    with mp.workdps(50):
        y, z = mp.mpf(y), mp.mpf(z)
        return float(y * mp.log1p(mp.exp(-z)) + (1 - y) * mp.log1p(mp.exp(z)))


@pytest.mark.parametrize(
    ("y", "z"),
    [
        (0.25, float(np.log(4))),
        *[(y, z) for y in (0.0, 1.0) for z in (-1e20, -1e3, -37.5, -37.0, -36.9)],
        *[(y, z) for y in (0.0, 1.0) for z in (37.0, 37.5, 232.8, 232.9, 1e3, 1e20)],
    ],
)
def test_binomial_values_of_scikit_learn(y, z):
    """Inputs: sklearn/_loss/tests/test_loss.py, test_loss_on_specific_values; values recomputed."""
    assert sigmoid_cross_entropy(y, z) == pytest.approx(mp_binomial(y, z), rel=1e-14, abs=0)


def test_the_loss_that_scikit_learn_lists_as_zero_is_not_zero():
    assert sigmoid_cross_entropy(1, 232.8) == pytest.approx(np.exp(-232.8), rel=1e-14, abs=0)
    assert f"{sigmoid_cross_entropy(1, 232.8):.1e}" == "7.9e-102"


@pytest.mark.parametrize(
    ("label", "logits"),
    [(0, [0.2, 0.5, 0.3]), (1, [0.2, 0.5, 0.3]), (2, [0.2, 0.5, 0.3]), (2, [1e4, 0, 7e-7])],
)
def test_multinomial_values_of_scikit_learn(label, logits):
    """Inputs: sklearn/_loss/tests/test_loss.py, test_loss_on_specific_values; values recomputed."""
    with mp.workdps(50):
        total = mp.log(mp.fsum(mp.exp(mp.mpf(z)) for z in logits))
        true = float(total - mp.mpf(logits[label]))
    assert softmax_cross_entropy(label, logits) == pytest.approx(true, rel=1e-14, abs=0)


def test_regression_values_of_scikit_learn():
    """Inputs: sklearn/_loss/tests/test_loss.py, test_loss_on_specific_values; our conventions."""
    assert squared_error(1, 5) == 16
    assert absolute_error(1, 5) == 4
    assert_array_equal(pinball([1, 1, 5], [5, 5, 1], [0.5, 0.25, 0.25]), [2, 3, 1])
    assert_array_equal(huber(1, [5, 3], 3), [3 * (4 - 3 / 2), 2])
    # theirs without log y!
    assert poisson_nll(2, np.log(4)) == pytest.approx(4 - 2 * np.log(4) + np.log(2), rel=1e-15)
    # their half gamma loss is the exponential's NLL
    assert gamma_nll(2, 1, 4) == pytest.approx(np.log(4) + 2 / 4, rel=1e-15)


@pytest.mark.parametrize("big", [-1e9, 1e9])
@pytest.mark.parametrize("small", [-1e-9, 1e-9])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_sigmoid_cross_entropy_values_of_optax(big, small, y):
    """Inputs: optax losses/_classification_test.py, SigmoidCrossEntropyTest; values recomputed."""
    expected = [1e9 if (big > 0) != (y == 1) else 0.0, mp_binomial(1 - y, small)]
    assert_allclose(sigmoid_cross_entropy([y, 1 - y], [big, small]), expected, rtol=1e-15)


def test_softmax_cross_entropy_values_of_optax():
    """Inputs: optax losses/_classification_test.py, (Safe)SoftmaxCrossEntropyTest."""
    logits = [[10, 1, -2], [1, 4, 0.2], [-INF, 0, 0], [-INF, 0, 0], [-INF, 0, -INF]]
    labels = [[0, 1, 0], [1, 0, 0], [0, 0.5, 0.5], [0.4, 0.3, 0.3], [0, 1, 0]]
    expected = [
        np.log(np.exp(9) + 1 + np.exp(-3)),
        np.log(1 + np.exp(3) + np.exp(-0.8)),
        np.log(2),
        INF,
        0,
    ]
    assert_allclose(softmax_cross_entropy(labels, logits), expected, rtol=1e-14)
    assert_allclose(softmax_cross_entropy([1, 0], logits[:2]), expected[:2], rtol=1e-14)


def test_the_stable_logits_of_pytorch():
    """Inputs: PyTorch test/test_nn.py, test_bce_with_logits_stability."""
    assert_allclose(sigmoid_cross_entropy([0, 1], [0, -120]), [np.log(2), 120], rtol=1e-15)


def test_the_gradient_at_a_logit_of_zero_is_a_half_as_in_pytorch():
    """Case: PyTorch test/test_nn.py, test_bce_with_logits_has_correct_grad_at_zero."""
    z = np.zeros((3, 1))
    for y, slope in ((0, 0.5), (1, -0.5), (0.5, 0.0)):
        assert_allclose(gradient(lambda z, y=y: sigmoid_cross_entropy(y, z), z), slope, atol=1e-9)


def test_gaussian_nll_broadcasts_sigma_as_pytorch_does():
    """Inputs: PyTorch test/test_nn.py, test_gaussian_nll_loss_broadcasting."""
    mu = np.array([[0.5, 1.5, 2.5], [2.0, 4.0, 6.0]])
    y = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    full = np.array([[0.5, 0.5, 0.5], [1.5, 1.5, 1.5]])
    assert_array_equal(gaussian_nll(y, mu, full[:, :1]), gaussian_nll(y, mu, full))


# --- What was published -----------------------------------------------------------------------


def test_bradley_terry_is_the_scale_of_chess_ratings():
    """Elo, The Rating of Chessplayers (1978): 400 points are odds of ten to one, 0.909."""
    points = np.log(10) / 400
    assert_allclose(np.exp(-bradley_terry_nll(1900 * points, 1500 * points)), 10 / 11, rtol=1e-14)


def test_dpo_loss_is_log_2_where_the_policy_is_the_reference():
    """Rafailov et al. (2023), eq. 7, at the start of training; and a margin made of tokens."""
    assert dpo_loss(-12.5, -40.0, -12.5, -40.0, 0.1) == pytest.approx(np.log(2), rel=1e-15)
    chosen, rejected = 40 * 0.1, 10 * -0.1  # gains over the reference, token by token
    loss = dpo_loss(-90 + chosen, -20 + rejected, -90, -20, 0.1)
    assert loss == pytest.approx(0.4740769841801067, rel=1e-13)  # log(1 + e^−0.5)


def test_info_nce_of_scores_that_know_nothing_is_log_n():
    """van den Oord et al. (2018), sec. 2.3: the information is at least log N − the loss."""
    assert_allclose(info_nce(np.full((8, 8), 3.0)), np.log(8), rtol=1e-15)
    assert_allclose(info_nce([[2.0, -1.0], [4.0, 0.5]]), bradley_terry_nll([2, 0.5], [-1, 4]))


def test_focal_loss_divides_as_its_paper_says():
    """Lin et al. (2017), sec. 3.2: with γ = 2 an example at 0.9 counts 100 times less, one near
    0.968 1,000 times less."""
    for p, times in ((0.9, 100), (0.968, 1000)):
        z = np.log(p / (1 - p))
        assert sigmoid_cross_entropy(1, z) / focal_loss(1, z, 2) == pytest.approx(times, rel=0.03)
    assert_array_equal(focal_loss([0, 0.3, 1], 1.7, 0), sigmoid_cross_entropy([0, 0.3, 1], 1.7))


def test_brier_score_of_scikit_learn():
    """Inputs: scikit-learn's documentation of brier_score_loss; for two classes it takes half."""
    rain, said = np.array([0, 1, 1, 0]), np.array([0.1, 0.9, 0.8, 0.3])
    score = brier_score(rain, np.column_stack([1 - said, said]))
    assert score.mean() / 2 == pytest.approx(0.0375, rel=1e-14)
    three = [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.2, 0.2, 0.6]]
    assert_allclose(brier_score([0, 1, 2], three), [0.06, 0.14, 0.24], rtol=1e-14)


def test_crps_normal_is_its_integral_and_what_is_published():
    """Gneiting and Raftery (2007), eq. 20 (the integral) and 21; (√2 − 1)/√π at the centre."""
    assert crps_normal(0, 0, 1) == pytest.approx(0.23369497725510909, rel=1e-14)
    for y in (-1.2, 0.5, 3.0):
        below, _ = integrate.quad(lambda t: special.ndtr((t - 0.4) / 1.7) ** 2, -INF, y)
        above, _ = integrate.quad(lambda t: special.ndtr((0.4 - t) / 1.7) ** 2, y, INF)
        assert crps_normal(y, 0.4, 1.7) == pytest.approx(below + above, rel=1e-7)


def test_smoothing_and_weights_as_pytorch_and_keras_define_them():
    """PyTorch's CrossEntropyLoss: weights on the smoothed target's terms, and a mean over the
    labels' weights; Keras' BinaryCrossentropy: y(1 − ε) + ε/2. Szegedy et al. (2016), sec. 7."""
    z, labels, w = np.array([[0.3, -1.2, 2.0], [1.0, 0.0, 0.5]]), np.array([2, 1]), [0.2, 1.5, 3.0]
    target = 0.9 * np.eye(3)[labels] + 0.1 / 3
    got = softmax_cross_entropy(labels, z, smoothing=0.1, weights=w)
    assert_allclose(got, -(w * target * log_softmax(z)).sum(-1), rtol=1e-14)
    assert_allclose(
        softmax_cross_entropy(labels, z, smoothing=0.1), softmax_cross_entropy(target, z)
    )
    mean = softmax_cross_entropy(labels, z, weights=w).sum() / np.take(w, labels).sum()
    assert mean == pytest.approx(-(3 * log_softmax(z)[0, 2] + 1.5 * log_softmax(z)[1, 1]) / 4.5)
    smoothed = sigmoid_cross_entropy([0, 1, 0.3], 0.7, smoothing=0.2)
    assert_allclose(smoothed, sigmoid_cross_entropy([0.1, 0.9, 0.34], 0.7), rtol=1e-14)
    assert sigmoid_cross_entropy(1, 0.7, pos_weight=5) == 5 * sigmoid_cross_entropy(1, 0.7)
    assert sigmoid_cross_entropy(0, 0.7, pos_weight=5) == sigmoid_cross_entropy(0, 0.7)


# --- Gradients by finite differences --------------------------------------------------------


def gradient(loss, x, step=1e-6):
    """Central differences, entry by entry."""
    return (loss(x + step) - loss(x - step)) / (2 * step)


X = np.linspace(-6, 6, 25)
GRADIENTS = {
    "squared error is 2(ŷ − y)": (lambda m: squared_error(1.3, m), lambda m: 2 * (m - 1.3)),
    "absolute error is a sign": (lambda m: absolute_error(1.3, m), lambda m: np.sign(m - 1.3)),
    "huber is a clipped residual": (
        lambda m: huber(1.3, m, 2.1),
        lambda m: np.clip(m - 1.3, -2.1, 2.1),
    ),
    "pinball is −τ or 1 − τ": (
        lambda m: pinball(1.3, m, 0.8),
        lambda m: np.where(m < 1.3, -0.8, 0.2),
    ),
    "gaussian in μ": (lambda m: gaussian_nll(1.3, m, 1.7), lambda m: (m - 1.3) / 1.7**2),
    "gaussian in σ": (
        lambda x: gaussian_nll(1.3, 0.4, np.exp(x)),
        lambda x: 1 - (0.9 / np.exp(x)) ** 2,
    ),
    "laplace in μ": (lambda m: laplace_nll(1.3, m, 1.7), lambda m: np.sign(m - 1.3) / 1.7),
    "laplace in its scale": (
        lambda x: laplace_nll(1.3, 0.4, np.exp(x)),
        lambda x: 1 - 0.9 / np.exp(x),
    ),
    "poisson is rate − y": (lambda x: poisson_nll(3, x), lambda x: np.exp(x) - 3),
    "gamma in log θ": (
        lambda x: gamma_nll(1.3, 2.5, np.exp(x)),
        lambda x: 2.5 - 1.3 / np.exp(x),
    ),
    "lognormal in μ": (
        lambda m: lognormal_nll(1.3, m, 1.7),
        lambda m: (m - np.log(1.3)) / 1.7**2,
    ),
    "von Mises in μ": (lambda m: von_mises_nll(1.3, m, 1.7), lambda m: 1.7 * np.sin(m - 1.3)),
    "softplus is the sigmoid": (softplus, sigmoid),
    "sigmoid is σ(1 − σ)": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "cross-entropy is σ − y": (
        lambda z: sigmoid_cross_entropy(0.3, z),
        lambda z: sigmoid(z) - 0.3,
    ),
    "a weighted and smoothed one": (
        lambda z: sigmoid_cross_entropy(1, z, smoothing=0.2, pos_weight=3),
        lambda z: 3 * 0.9 * (sigmoid(z) - 1) + 0.1 * sigmoid(z),
    ),
    "focal, γ = 2": (
        lambda z: focal_loss(1, z, 2),
        lambda z: -(sigmoid(-z) ** 2) * (2 * sigmoid(z) * softplus(-z) + sigmoid(-z)),
    ),
    "Bradley–Terry is P(chosen) − 1": (
        lambda s: bradley_terry_nll(s, 0.4),
        lambda s: sigmoid(s - 0.4) - 1,
    ),
    "DPO is that, β times": (
        lambda x: dpo_loss(x - 7, -2.0, -4.0, -3.0, 0.3),
        lambda x: 0.3 * (sigmoid(0.3 * (x - 4)) - 1),
    ),
    "CRPS in μ is 1 − 2F": (
        lambda m: crps_normal(1.3, m, 1.7),
        lambda m: 1 - 2 * special.ndtr((1.3 - m) / 1.7),
    ),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradient(name):
    loss, slope = GRADIENTS[name]
    expected = slope(X)
    assert_allclose(gradient(loss, X), expected, atol=1e-7 * (1 + np.abs(expected).max()))


@pytest.mark.parametrize("label", [1, (0.2, 0.5, 0.3)])
def test_gradient_of_softmax_cross_entropy_is_p_minus_the_labels(label):
    z = np.array([0.4, -1.1, 2.3])
    target = np.eye(3)[label] if isinstance(label, int) else np.array(label)
    slope = [
        gradient(lambda x, k=k: softmax_cross_entropy(label, z + (x - z[k]) * np.eye(3)[k]), z[k])
        for k in range(3)
    ]
    assert_allclose(slope, softmax(z) - target, atol=1e-8)


# --- Properties -----------------------------------------------------------------------------


@steady
@given(moderate, moderate, st.floats(1e-3, 1e3), st.floats(0.01, 0.99))
def test_errors_are_never_negative_and_zero_at_the_truth(y, y_hat, delta, tau):
    for loss in (
        squared_error,
        absolute_error,
        lambda a, b: huber(a, b, delta),
        lambda a, b: pinball(a, b, tau),
    ):
        assert loss(y, y_hat) >= 0
        assert loss(y, y) == 0


@steady
@given(st.floats(0, 1), st.floats(-1e6, 1e6))
def test_sigmoid_cross_entropy_is_never_negative_and_symmetric(y, z):
    assert sigmoid_cross_entropy(y, z) >= 0
    assert_allclose(sigmoid_cross_entropy(0, z), sigmoid_cross_entropy(1, -z), rtol=0)


@steady
@given(st.floats(0, 1), moderate)
def test_sigmoid_cross_entropy_is_smallest_at_the_logit_of_y(y, z):
    lowest = information.entropy([y, 1 - y], base=np.e)
    assert sigmoid_cross_entropy(y, z) >= lowest * (1 - 1e-14)


@steady
@given(arrays(float, 3, elements=st.floats(0.01, 1)), arrays(float, 3, elements=st.floats(0.01, 1)))
def test_brier_score_is_honest_and_focal_loss_is_not(belief, report):
    belief, report = belief / belief.sum(), report / report.sum()
    assert brier_score(belief, belief) <= brier_score(belief, report) + 1e-15
    z = np.linspace(-3, 3, 601)
    best = sigmoid(z[np.argmin(focal_loss(0.8, z, 2))])
    assert best == pytest.approx(0.6266, abs=2e-3)  # the curriculum's fact: nearer ½ than 0.8


@steady
@given(moderate)
def test_softplus_is_the_nll_of_the_sigmoid(z):
    assert_allclose(np.exp(-softplus(-z)), sigmoid(z), rtol=1e-13)
    assert_allclose(sigmoid(z) + sigmoid(-z), 1, rtol=1e-15)


@steady
@given(logit_rows, st.integers(-1000, 1000))
def test_softmax_ignores_a_constant(z, c):
    z = np.round(z * 1024) / 1024  # so that z + c is exact
    assert_array_equal(softmax(z + c), softmax(z))
    assert_array_equal(log_softmax(z + c), log_softmax(z))


@steady
@given(logit_rows, st.randoms(use_true_random=False))
def test_softmax_does_not_care_for_the_order_of_classes(z, random):
    order = np.array(random.sample(range(z.shape[1]), z.shape[1]))
    assert_allclose(softmax(z[:, order]), softmax(z)[:, order], rtol=1e-14)
    assert_allclose(
        softmax_cross_entropy(np.argsort(order)[0], z[:, order]),
        softmax_cross_entropy(0, z),
        rtol=1e-14,
    )


@steady
@given(logit_rows)
def test_softmax_is_a_distribution_and_its_cross_entropy_is_linear_in_the_labels(z):
    p = softmax(z)
    assert_allclose(p.sum(-1), 1, rtol=1e-14)
    assert (log_softmax(z) <= 0).all()
    assert_allclose(np.exp(log_softmax(z)), p, rtol=1e-13)
    each = np.stack([softmax_cross_entropy(k, z) for k in range(z.shape[1])], axis=-1)
    assert_allclose(softmax_cross_entropy(p, z), (p * each).sum(-1), rtol=1e-13)
    assert (softmax_cross_entropy(p, z) <= softmax_cross_entropy(p, z[:, ::-1]) + 1e-12).all()


@steady
@given(st.integers(0, 1000), st.floats(-20, 20))
def test_poisson_nll_of_a_count_is_never_negative(y, log_rate):
    assert poisson_nll(y, log_rate) > -1e-12 * (1 + y)


@steady
@given(moderate, moderate, st.floats(0.1, 10), st.floats(0.1, 10))
def test_nll_of_a_density_moves_by_the_log_of_the_unit(y, mu, sigma, unit):
    for nll in (gaussian_nll, laplace_nll):
        assert_allclose(
            nll(y * unit, mu * unit, sigma * unit), nll(y, mu, sigma) + np.log(unit), atol=1e-9
        )


# --- Imports --------------------------------------------------------------------------------


def modules_after(statement):
    code = f"import numpy, sys; {statement}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(run.stdout.split())


def test_importing_the_losses_loads_nothing_heavy():
    loaded = modules_after("import lossviz.losses, lossviz.information")
    assert {"lossviz.losses", "lossviz.information"} <= loaded
    heavy = {"scipy.special", "scipy.optimize", "matplotlib", "ipywidgets", "IPython", "tornado"}
    assert not heavy & loaded


def test_importing_the_package_loads_nothing_beside_numpy():
    loaded = modules_after("import lossviz")
    assert {name for name in loaded if name.startswith("lossviz")} == {"lossviz"}
    assert not {"scipy", "scipy.special", "matplotlib", "ipywidgets", "tornado"} & loaded
