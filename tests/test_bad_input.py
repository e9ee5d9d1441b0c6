"""Bad input is a ValueError that names the argument, its value and what is allowed."""

import re
import warnings

import numpy as np
import pytest

from lossviz.information import cross_entropy, entropy, kl_divergence, kl_normal, surprisal
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

INF, NAN = np.inf, np.nan

# every function with operands that are fine
FINE = {
    squared_error: {"y": 1.0, "y_hat": 2.0},
    absolute_error: {"y": 1.0, "y_hat": 2.0},
    huber: {"y": 1.0, "y_hat": 2.0, "delta": 0.5},
    pinball: {"y": 1.0, "y_hat": 2.0, "tau": 0.3},
    gaussian_nll: {"y": 1.0, "mu": 2.0, "sigma": 0.5},
    laplace_nll: {"y": 1.0, "mu": 2.0, "scale": 0.5},
    poisson_nll: {"y": 3.0, "log_rate": 0.2},
    gamma_nll: {"y": 1.0, "shape": 2.0, "scale": 0.5},
    lognormal_nll: {"y": 1.0, "mu": 2.0, "sigma": 0.5},
    von_mises_nll: {"y": 1.0, "mu": 2.0, "kappa": 0.5},
    mixture_nll: {"y": 1.0, "logits": [0.0, 1.0], "mu": [0.0, 1.0], "sigma": [1.0, 2.0]},
    sigmoid: {"z": 1.0},
    softplus: {"z": 1.0},
    crps_normal: {"y": 1.0, "mu": 2.0, "sigma": 0.5},
    sigmoid_cross_entropy: {"y": 1.0, "logits": 2.0, "pos_weight": 3.0},
    focal_loss: {"y": 1.0, "logits": 2.0, "gamma": 0.5},
    bradley_terry_nll: {"chosen": 1.0, "rejected": 2.0},
    dpo_loss: {
        **{"chosen": -1.0, "rejected": -2.0, "ref_chosen": -3.0, "ref_rejected": -4.0},
        "beta": 0.5,
    },
    info_nce: {"scores": [[1.0, 2.0], [0.5, 3.0]]},
    softmax: {"z": [1.0, 2.0]},
    log_softmax: {"z": [1.0, 2.0]},
    softmax_cross_entropy: {"labels": 1, "logits": [1.0, 2.0], "smoothing": 0.1, "weights": 2.0},
    brier_score: {"labels": 1, "p": [0.3, 0.7]},
    surprisal: {"p": 0.5},
    entropy: {"p": [0.5, 0.5]},
    cross_entropy: {"p": [0.5, 0.5], "q": [0.3, 0.7]},
    kl_divergence: {"p": [0.5, 0.5], "q": [0.3, 0.7]},
    kl_normal: {"mu0": 0.0, "sigma0": 1.0, "mu1": 1.0, "sigma1": 2.0},
}
EVERY_ARGUMENT = [(function, name) for function, fine in FINE.items() for name in fine]
ELEMENTWISE = [
    function
    for function, fine in FINE.items()
    if len(fine) > 1 and all(np.ndim(value) == 0 for value in fine.values())
]


def refused(function, *words, **changes):
    """The call is refused, and the message holds all these words."""
    with pytest.raises(ValueError) as error:
        function(**{**FINE[function], **changes})
    for word in words:
        assert re.search(rf"(?<![\w.-]){re.escape(str(word))}(?!\w)", str(error.value)), (
            word,
            str(error.value),
        )


@pytest.mark.parametrize("function", FINE)
def test_what_is_fine_is_fine(function):
    assert np.isfinite(function(**FINE[function])).all()


@pytest.mark.parametrize(("function", "name"), EVERY_ARGUMENT)
def test_nan_is_refused_everywhere(function, name):
    bad = np.full(np.shape(FINE[function][name]), NAN)
    refused(function, name, "must not be NaN", "nan", **{name: bad})


@pytest.mark.parametrize(("function", "name"), EVERY_ARGUMENT)
@pytest.mark.parametrize("bad", ["two", 1 + 2j, [[1], [2, 3]], np.datetime64("2020-01-01")])
def test_what_is_no_real_number_is_refused_everywhere(function, name, bad):
    refused(function, name, "must be real numbers", **{name: bad})


CROSS_ENTROPIES = (sigmoid_cross_entropy, softmax_cross_entropy)
OUTSIDE = [
    *[(huber, "delta", bad, "> 0") for bad in (0.0, -1.5, -INF)],
    *[(pinball, "tau", bad, "(0, 1)") for bad in (0.0, 1.0, -0.25, 1.25)],
    *[(gaussian_nll, "sigma", bad, "> 0") for bad in (0.0, -1.5, -INF)],
    *[(laplace_nll, "scale", bad, "> 0") for bad in (0.0, -1.5)],
    *[(poisson_nll, "y", bad, "whole number ≥ 0") for bad in (-1.0, 0.5, 1e9 + 0.5, INF)],
    *[(gamma_nll, "y", bad, "> 0") for bad in (0.0, -1.5)],
    *[(gamma_nll, "shape", bad, "> 0") for bad in (0.0, -1.5)],
    *[(gamma_nll, "scale", bad, "> 0") for bad in (0.0, -1.5)],
    *[(gamma_nll, name, INF, "finite") for name in ("y", "shape", "scale")],
    *[(lognormal_nll, "y", bad, "> 0") for bad in (0.0, -1.5)],
    *[(lognormal_nll, "sigma", bad, "> 0") for bad in (0.0, -1.5)],
    (lognormal_nll, "y", INF, "finite"),
    (von_mises_nll, "kappa", -0.5, "≥ 0"),
    *[(von_mises_nll, name, INF, "finite") for name in ("y", "mu", "kappa")],
    *[(mixture_nll, "sigma", [1.0, bad], "> 0") for bad in (0.0, -1.5)],
    (mixture_nll, "logits", [INF, INF], "at most one +inf"),
    (mixture_nll, "logits", [-INF, -INF], "not be -inf only"),
    *[(sigmoid_cross_entropy, "y", bad, "[0, 1]") for bad in (-1e-9, 1.000001, INF)],
    *[(f, "z", [INF, 0, INF], "at most one +inf") for f in (softmax, log_softmax)],
    *[(f, "z", [-INF, -INF], "not be -inf only") for f in (softmax, log_softmax)],
    (softmax_cross_entropy, "logits", [INF, INF], "at most one +inf"),
    (softmax_cross_entropy, "logits", [-INF, -INF], "not be -inf only"),
    *[(softmax_cross_entropy, "labels", bad, "from 0 to 1") for bad in (-1, 2, 0.5, INF)],
    (softmax_cross_entropy, "labels", [0.4, 0.4], "sum to 1"),
    (softmax_cross_entropy, "labels", [-0.5, 1.5], "≥ 0"),
    *[(crps_normal, "sigma", bad, "> 0") for bad in (0.0, -1.5)],
    *[(focal_loss, "y", bad, "[0, 1]") for bad in (-1e-9, 1.000001)],
    *[(focal_loss, "gamma", bad, "≥ 0 and finite") for bad in (-0.5, INF)],
    *[(sigmoid_cross_entropy, "pos_weight", bad, "≥ 0 and finite") for bad in (-0.5, INF)],
    *[(f, "smoothing", bad, "[0, 1]") for f in CROSS_ENTROPIES for bad in (-0.5, 1.5)],
    *[(softmax_cross_entropy, "weights", bad, "≥ 0 and finite") for bad in (-0.5, INF)],
    *[(dpo_loss, name, 0.25, "≤ 0") for name in FINE[dpo_loss] if name != "beta"],
    *[(dpo_loss, "beta", bad, "> 0") for bad in (0.0, -1.5)],
    (dpo_loss, "beta", INF, "finite"),
    (info_nce, "scores", [[INF, INF], [0, 0]], "at most one +inf"),
    (info_nce, "scores", [[-INF, -INF], [0, 0]], "not be -inf only"),
    *[(brier_score, "labels", bad, "from 0 to 1") for bad in (-1, 2, 0.5, INF)],
    (brier_score, "labels", [0.4, 0.4], "sum to 1"),
    (brier_score, "p", [0.5, 0.6], "sum to 1"),
    (brier_score, "p", [-0.5, 1.5], "≥ 0"),
    *[(surprisal, "p", bad, "[0, 1]") for bad in (-0.1, 1.1, 1 + 1e-15)],
    *[(f, "p", [-0.5, 1.5], "≥ 0") for f in (entropy, cross_entropy, kl_divergence)],
    *[(f, "p", [0.5, 0.6], "sum to 1") for f in (entropy, cross_entropy, kl_divergence)],
    *[(f, "p", [0.5, 0.5 + 2e-9], "sum to 1") for f in (entropy, cross_entropy, kl_divergence)],
    *[(f, "q", [-0.5, 1.5], "≥ 0") for f in (cross_entropy, kl_divergence)],
    *[(f, "q", [0.5, 0.4], "sum to 1") for f in (cross_entropy, kl_divergence)],
    *[(kl_normal, name, bad, "> 0") for name in ("sigma0", "sigma1") for bad in (0.0, -1.5)],
    *[(kl_normal, name, INF, "finite") for name in ("sigma0", "sigma1")],
]


def words(bad):
    return [] if np.ndim(bad) else [float(bad)]


@pytest.mark.parametrize(("function", "name", "bad", "allowed"), OUTSIDE)
def test_a_value_outside_its_domain_is_refused(function, name, bad, allowed):
    refused(function, f"{name} must", *words(bad), **{name: bad})
    with pytest.raises(ValueError, match=re.escape(allowed)):
        function(**{**FINE[function], name: bad})


def test_the_message_names_the_place_and_the_value():
    with pytest.raises(ValueError, match=r"^sigma must be > 0, got -3.0 at index \(1, 0\)$"):
        gaussian_nll(0, 0, [[1, 2], [-3, 4]])
    with pytest.raises(ValueError, match=r"^p must sum to 1 .*, got \[0.5, 0.6\] at index \(1,\)$"):
        entropy([[0.5, 0.5], [0.5, 0.6]])
    with pytest.raises(ValueError, match=r"got \[inf, inf\] at index \(1,\)$"):
        softmax([[0, INF], [1, INF]], axis=0)
    with pytest.raises(ValueError, match=r"^labels must .* from 0 to 2, got 3.0 at index \(1,\)$"):
        softmax_cross_entropy([0, 3], np.zeros((2, 3)))


def test_probabilities_may_miss_one_by_rounding():
    assert entropy([0.5, 0.5 + 5e-10]) == pytest.approx(1)
    assert entropy([0.1] * 10) == pytest.approx(np.log2(10))


WITHIN = {np.float64: 1e-9, np.float32: 1e-4, np.float16: 5e-3}


def of_probabilities(p, q):
    """Every call that takes probabilities, on p and q."""
    yield entropy(p)
    yield cross_entropy(p, q)
    yield kl_divergence(p, q)
    yield softmax_cross_entropy(p, np.zeros(p.shape))


@pytest.mark.parametrize("K", [2, 10, 1000, 50_000])
@pytest.mark.parametrize("precision", WITHIN)
def test_what_a_softmax_gives_in_any_precision_is_taken_as_it_is(precision, K):
    rng = np.random.default_rng(K)
    for spread in (0.01, 1.0, 8.0):
        logits = (rng.normal(size=(4, K)) * spread).astype(precision)
        terms = np.exp(logits - logits.max(axis=-1, keepdims=True))
        p = terms / terms.sum(axis=-1, keepdims=True)
        q = p[:, ::-1]
        assert p.dtype == precision
        H, crossed, kl, _ = of_probabilities(p, q)
        exact = p.astype(float)
        logs = np.log2(exact, where=exact > 0, out=np.zeros(p.shape))
        np.testing.assert_allclose(H, -(exact * logs).sum(axis=-1), rtol=1e-12)  # not rescaled
        assert (kl >= 0).all() and np.all(kl_divergence(p, p) == 0)
        seen = np.isfinite(crossed)
        np.testing.assert_allclose((H + kl)[seen], crossed[seen], rtol=3 * WITHIN[precision])


@pytest.mark.parametrize("axis_first", [True, False])
def test_a_sum_added_up_row_by_row_in_float32_passes(axis_first):
    terms = np.exp(np.random.default_rng(0).normal(size=(50_000, 4)) * 3).astype(np.float32)
    p = terms / terms.sum(axis=0)
    assert np.abs(p.astype(float).sum(axis=0) - 1).max() > 1e-5  # NumPy adds rows one by one
    assert np.isfinite(entropy(p, axis=0) if axis_first else entropy(p.T)).all()


@pytest.mark.parametrize(("precision", "within"), WITHIN.items())
def test_what_rounding_does_not_explain_is_refused_in_any_precision(precision, within):
    for wrong in ([0.5, 0.5 + 2.5 * within], [0.5, 0.5 - 2.5 * within], [0.2, 0.2], [0.9, 0.9]):
        p = np.array(wrong, precision)
        q = np.array([0.5, 0.5], precision)
        for call in (
            lambda p=p: entropy(p),
            lambda p=p, q=q: cross_entropy(p, q),
            lambda p=p, q=q: kl_divergence(q, p),
            lambda p=p: softmax_cross_entropy(p, [0.0, 0.0]),
            lambda p=p: entropy(list(p)),
        ):
            with pytest.raises(ValueError, match=rf"sum to 1 \(within {within:.0e}".split("e")[0]):
                call()


def test_the_precision_is_that_of_each_argument():
    third = np.float32([0.2, 0.3, 0.5])
    assert np.isfinite(cross_entropy(third, [0.2, 0.3, 0.5]))
    for entries in (list(third), np.array(list(third), dtype=object)):
        assert entropy(entries) == entropy(third)
    with pytest.raises(ValueError, match="q must sum to 1"):
        cross_entropy(third, np.float64([0.2, 0.3, 0.5 + 1e-6]))


@pytest.mark.parametrize("base", [0, -2, 1, 1.0, NAN, INF, "e", [2, 10], None])
@pytest.mark.parametrize("function", [surprisal, entropy, cross_entropy, kl_divergence])
def test_a_base_that_is_none_is_refused(function, base):
    refused(function, "base", base=base)


@pytest.mark.parametrize("axis", [2, -3, 0.5, None, (0, 1)])
@pytest.mark.parametrize(
    "function",
    [softmax, log_softmax, softmax_cross_entropy, brier_score, entropy, kl_divergence],
)
def test_an_axis_that_is_not_there_is_refused(function, axis):
    refused(function, "axis", axis=axis)


@pytest.mark.parametrize("function", [softmax, log_softmax, entropy])
def test_a_scalar_and_nothing_have_no_classes(function):
    (name,) = FINE[function]
    refused(function, "axis", name, **{name: 1.0})
    refused(function, name, "(3, 0)", **{name: np.zeros((3, 0))})


# --- Infinities without a limit -------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "operands"),
    [
        (squared_error, (INF, INF)),
        (absolute_error, ([0, -INF], -INF)),
        (huber, (INF, INF, 1)),
        (pinball, (INF, INF, 0.5)),
        (gaussian_nll, (INF, INF, 1)),
        (gaussian_nll, (INF, 0, INF)),
        (laplace_nll, (INF, 0, INF)),
        (crps_normal, (INF, INF, 1)),
        (bradley_terry_nll, (INF, INF)),
        (dpo_loss, (-INF, -1, -INF, -1, 0.1)),
        (kl_normal, (INF, 1, INF, 1)),
    ],
)
def test_where_there_is_no_limit_there_is_an_error(function, operands):
    with pytest.raises(ValueError, match=rf"^{function.__name__} has no limit at .*inf"):
        function(*operands)


# --- Shapes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ELEMENTWISE)
def test_shapes_that_do_not_broadcast_are_refused(function):
    """As PyTorch test/test_nn.py, test_bce_with_logits_raises_if_target_and_input_differ."""
    first, second, *_ = FINE[function]
    with pytest.raises(ValueError, match=rf"{first} \(5,\).*{second} \(4,\).*do not broadcast"):
        function(**spread(function, {first: (5,), second: (4,)}))


@pytest.mark.parametrize("lengths", [(5, 5), (5, 4), (2, 2), (2, 9)])
@pytest.mark.parametrize("function", ELEMENTWISE)
def test_a_row_against_a_column_is_refused(function, lengths):
    """The silent classic: (I,) and (I, 1) make an I × I table of pairs."""
    i, m = lengths
    names = list(FINE[function])
    for row in names:
        for column in set(names) - {row}:
            for shape in ((m, 1), (3, m, 1)):
                with pytest.raises(ValueError, match=rf"{row} \({i},\) against {column} "):
                    function(**spread(function, {row: (i,), column: shape}))


@pytest.mark.parametrize("function", ELEMENTWISE)
def test_a_grid_and_a_row_for_each_example_are_fine(function):
    first, second, *_ = FINE[function]
    for a, b, shape in [
        ((5, 1), (1, 4), (5, 4)),
        ((5, 3), (3,), (5, 3)),
        ((5, 1), (1,), (5, 1)),
        ((1, 1), (4,), (1, 4)),
        ((), (5, 1), (5, 1)),
        ((5, 1), (5, 1), (5, 1)),
        ((4, 5, 1), (5, 3), (4, 5, 3)),
    ]:
        assert function(**spread(function, {first: a, second: b})).shape == shape
        assert function(**spread(function, {first: b, second: a})).shape == shape


def spread(function, shapes):
    return {
        name: np.full(shapes[name], value) if name in shapes else value
        for name, value in FINE[function].items()
    }


@pytest.mark.parametrize(
    "shape", [(2, 1), (3,), (1, 2), (2, 2), (2, 3, 1), (1,)], ids=lambda shape: str(shape)
)
def test_labels_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"labels must have the shape of logits \(2, 3\)"):
        softmax_cross_entropy(np.zeros(shape, dtype=int), np.zeros((2, 3)))


def test_shapes_of_scores_weights_smoothing_and_a_forecast():
    for shape in ((3,), (2, 3), (), (4, 2, 1)):
        refused(info_nce, "scores", shape, scores=np.zeros(shape))
    for shape in ((3,), (1, 2), (2, 2)):
        refused(softmax_cross_entropy, "weights", "2", weights=np.ones(shape))
    for function in CROSS_ENTROPIES:
        refused(function, "smoothing must be one number", (2,), smoothing=[0.1, 0.2])
    with pytest.raises(ValueError, match=r"labels must have the shape of p \(2, 3\)"):
        brier_score([0, 1, 2], np.full((2, 3), 1 / 3))


def test_shapes_of_the_mixture():
    y, mu = np.zeros(4), np.zeros((4, 2))
    assert mixture_nll(y, [0, 0], mu, 1).shape == (4,)
    with pytest.raises(ValueError, match=r"y \(4, 1\)"):  # would be a 4 × 4 table
        mixture_nll(y[:, None], [0, 0], mu, 1)
    with pytest.raises(ValueError, match=r"y \(3,\)"):
        mixture_nll(np.zeros(3), [0, 0], mu, 1)
    with pytest.raises(ValueError, match=r"logits \(3,\)"):
        mixture_nll(y, [0, 0, 0], mu, 1)
    with pytest.raises(ValueError, match="axis"):
        mixture_nll(0, 0, 0, 1)


@pytest.mark.parametrize("function", [cross_entropy, kl_divergence])
def test_distributions_over_different_outcomes_are_refused(function):
    with pytest.raises(ValueError, match=r"p \(2,\), q \(3,\) do not broadcast"):
        function([0.5, 0.5], [0.2, 0.3, 0.5])
    with pytest.raises(ValueError, match="p must sum to 1"):  # not stretched over three
        function([1.0], [0.2, 0.3, 0.5])
    with pytest.raises(ValueError, match=r"p \(2,\) against q \(3, 1\)"):
        function([0.5, 0.5], [[1.0], [1.0], [1.0]])


# --- Quiet ----------------------------------------------------------------------------------


def test_no_warning_whatever_the_reader_asks_numpy_for():
    big = [-INF, -1e308, -800, -1e-320, 0, 1e-320, 800, 1e308, INF]
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        for function in (sigmoid, softplus, softmax, log_softmax):
            function(big)
        sigmoid_cross_entropy(np.array([[0], [0.5], [1]]), [big])
        softmax_cross_entropy(np.arange(9), [big] * 9)
        focal_loss(np.array([[0], [0.5], [1]]), [big], 2), bradley_terry_nll(big, 0)
        crps_normal(big, 0, 1e-300), info_nce([[0, -1e308], [1e308, -INF]])
        gaussian_nll(big, 0, 1e-300), laplace_nll(0, big, 1e-300), poisson_nll(3, big)
        surprisal([0, 5e-324, 1])
        kl_divergence([5e-324, 1], [1, 0 + 5e-324])
        kl_normal(1e308, 1e-300, -1e308, 1e-300)
