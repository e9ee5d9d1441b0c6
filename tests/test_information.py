"""Entropies and divergences: exact against mpmath, at their limits, and in their properties."""

import inspect

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from lossviz import information
from lossviz.information import cross_entropy, entropy, kl_divergence, kl_normal, surprisal
from lossviz.losses import gaussian_nll, softmax, softmax_cross_entropy

pytestmark = pytest.mark.filterwarnings("error")

INF = np.inf
FLOAT = np.finfo(np.float64)
steady = settings(derandomize=True, deadline=None, max_examples=200)


@st.composite
def distributions(draw, how_many=1):
    """Distributions over the same 1 to 7 outcomes, some of them impossible."""
    K = draw(st.integers(1, 7))
    weights = arrays(float, K, elements=st.one_of(st.just(0.0), st.floats(1e-6, 1)))
    drawn = [draw(weights.filter(lambda w: w.sum() > 0)) for _ in range(how_many)]
    drawn = [w / w.sum() for w in drawn]
    return drawn if how_many > 1 else drawn[0]


# --- Names, shapes, units -------------------------------------------------------------------


@pytest.mark.parametrize(
    "signature",
    [
        "surprisal(p, base=2)",
        "entropy(p, base=2, axis=-1)",
        "cross_entropy(p, q, base=2, axis=-1)",
        "kl_divergence(p, q, base=2, axis=-1)",
        "kl_normal(mu0, sigma0, mu1, sigma1)",
    ],
)
def test_the_names_are_the_fields(signature):
    function = getattr(information, signature.partition("(")[0])
    parameters = [
        p.name if p.default is p.empty else f"{p.name}={p.default}"
        for p in inspect.signature(function).parameters.values()
    ]
    assert f"{function.__name__}({', '.join(parameters)})" == signature


def test_scalars_in_scalar_out_arrays_in_arrays_out():
    p = np.full((2, 3, 4), 0.25)
    scalars = [
        surprisal(0.5),
        entropy(p[0, 0]),
        cross_entropy([0.5, 0.5], [0.5, 0.5]),
        kl_divergence([0.5, 0.5], [0.5, 0.5]),
        kl_normal(0, 1, 0, 1),
    ]
    assert {type(value) for value in scalars} == {np.float64}
    assert surprisal(p).shape == (2, 3, 4)
    assert entropy(p).shape == kl_divergence(p, p[0, 0]).shape == (2, 3)
    assert entropy(np.moveaxis(p, -1, 0), axis=0).shape == (2, 3)
    assert cross_entropy(p[:, :1], p[:1]).shape == (2, 3)
    assert kl_normal(np.zeros((4, 1)), 1, np.zeros((1, 3)), 2).shape == (4, 3)


def test_bits_are_exact_for_powers_of_two():
    assert_array_equal(surprisal(0.5 ** np.arange(1, 60)), np.arange(1, 60))
    assert entropy([0.25] * 4) == 2
    assert entropy([0.5, 0.25, 0.125, 0.125]) == 1.75
    assert entropy([0.5, 0.5]) == 1


def test_the_values_of_the_walk():
    assert entropy([0.99, 0.01, 0, 0]) == pytest.approx(0.0808, abs=5e-5)
    fair, bent = [1 / 2, 1 / 2], [1 / 3, 2 / 3]
    assert kl_divergence(fair, bent, base=np.e) == pytest.approx(0.058892, abs=5e-7)
    assert kl_divergence(fair, bent) == pytest.approx(0.084963, abs=5e-7)
    assert kl_divergence(bent, fair, base=np.e) == pytest.approx(0.056633, abs=5e-7)
    assert kl_normal(0, 1, 1, 2) == pytest.approx(0.443147, abs=5e-7)


@pytest.mark.parametrize("base", [2, np.e, 10, 0.5, 256.0])
def test_the_base_is_the_unit(base):
    p, q = [0.2, 0.3, 0.5], [0.6, 0.1, 0.3]
    unit = np.log(base)
    for in_base, in_nats in (
        (surprisal(p, base), surprisal(p, np.e)),
        (entropy(p, base), entropy(p, np.e)),
        (cross_entropy(p, q, base), cross_entropy(p, q, np.e)),
        (kl_divergence(p, q, base), kl_divergence(p, q, np.e)),
    ):
        assert_allclose(in_base, in_nats / unit, rtol=1e-14)


# --- Limits ---------------------------------------------------------------------------------


def test_limits_at_zero():
    with np.errstate(all="raise"):
        assert_array_equal(surprisal([0, 1]), [INF, 0])
        assert entropy([1, 0, 0]) == 0
        assert cross_entropy([0, 1], [0, 1]) == kl_divergence([0, 1], [0, 1]) == 0
        assert cross_entropy([0.5, 0.5], [1, 0]) == kl_divergence([0.5, 0.5], [1, 0]) == INF
        assert cross_entropy([1, 0], [0.5, 0.5]) == kl_divergence([1, 0], [0.5, 0.5]) == 1
        assert kl_divergence([1e-300, 1], [0.5, 0.5]) == 1
        assert kl_divergence([0.5, 0.5], [1e-300, 1]) == pytest.approx(0.5 * np.log2(1e300) - 1)
        assert kl_normal(INF, 1, 0, 2) == kl_normal(0, 1e200, 0, 1) == INF
    assert not np.signbit([surprisal(1), entropy([1.0]), cross_entropy([1], [1])]).any()


# --- Oracle ---------------------------------------------------------------------------------


@pytest.fixture
def fifty_digits():
    with mp.workdps(50):
        yield


def exact(numbers):
    return [mp.mpf(float(x)) for x in np.ravel(numbers)]


def too_far(got, terms):
    """Whether the error exceeds 1e-14 of the sum of the terms' magnitudes."""
    size = mp.fsum(terms, absolute=True)
    return not abs(mp.mpf(float(got)) - mp.fsum(terms)) <= mp.mpf("1e-14") * size


def pairs_of_distributions():
    rng = np.random.default_rng(5)
    for K in (1, 2, 3, 4, 10):
        for concentration in (0.02, 0.3, 1, 30):
            for _ in range(15):
                p, q = rng.dirichlet(np.full(K, concentration), 2)
                yield p / p.sum(), q / q.sum()
                near = p * (1 + 10 ** rng.uniform(-16, -1) * rng.normal(size=K))
                near = np.abs(near)
                yield p / p.sum(), near / near.sum()


PAIRS = list(pairs_of_distributions())


@pytest.mark.parametrize("base", [2, np.e, 10])
def test_discrete_measures_against_the_oracle(fifty_digits, base):
    unit = mp.log(mp.mpf(base))
    for p, q in PAIRS:
        P, Q = exact(p), exact(q)
        h = [-x * mp.log(x) / unit for x in P if x]
        assert not too_far(entropy(p, base), h), p
        if any(x > 0 and y == 0 for x, y in zip(P, Q, strict=True)):
            assert cross_entropy(p, q, base) == kl_divergence(p, q, base) == INF
            continue
        both = [(x, y) for x, y in zip(P, Q, strict=True) if x]
        ce = [-x * mp.log(y) / unit for x, y in both]
        kl = [x * mp.log(x / y) / unit for x, y in both] + [(y - x) / unit for x, y in both]
        kl += [y / unit for x, y in zip(P, Q, strict=True) if not x]
        assert not too_far(cross_entropy(p, q, base), ce), (p, q)
        assert not too_far(kl_divergence(p, q, base), kl), (p, q)


def test_surprisal_against_the_oracle(fifty_digits):
    p = np.concatenate([np.geomspace(5e-324, 1, 500), 1 - np.geomspace(1e-16, 0.5, 500)])
    for base in (2, np.e, 10):
        bits = surprisal(p, base)
        true = [-mp.log(x) / mp.log(mp.mpf(base)) for x in exact(p)]
        assert not [(g, t) for g, t in zip(bits, true, strict=True) if too_far(g, [t])]


def test_kl_keeps_its_digits_where_p_and_q_nearly_agree(fifty_digits):
    """The plain sum has an error of 1e-16 there, often more than the divergence itself."""
    for eps in np.geomspace(1e-15, 0.2, 200):
        p = np.array([0.3, 0.2, 0.5])
        q = np.array([0.3 * (1 + eps), 0.2, 0.5 - 0.3 * eps])
        true = mp.fsum(x * mp.log(x / y) - x + y for x, y in zip(exact(p), exact(q), strict=True))
        assert kl_divergence(p, q, np.e) == pytest.approx(float(true), rel=1e-13, abs=0)


def test_kl_normal_against_the_oracle(fifty_digits):
    rng = np.random.default_rng(6)
    n = 800
    mu0, mu1 = rng.normal(size=(2, n)) * 10 ** rng.uniform(-3, 3, (2, n))
    sigma0 = 10 ** rng.uniform(-5, 5, n)
    ratio = np.where(np.arange(n) % 2, 10 ** rng.uniform(-9, 9, n), 1 + 0.5 * rng.uniform(-1, 1, n))
    sigma1 = sigma0 * ratio
    kl = kl_normal(mu0, sigma0, mu1, sigma1)
    for i in range(n):
        m0, s0, m1, s1 = exact([mu0[i], sigma0[i], mu1[i], sigma1[i]])
        terms = [mp.log(s1 / s0), (s0 / s1) ** 2 / 2, ((m0 - m1) / s1) ** 2 / 2, -mp.mpf(1) / 2]
        assert not too_far(kl[i], terms), (m0, s0, m1, s1)


def test_kl_normal_keeps_its_digits_where_the_sigmas_nearly_agree(fifty_digits):
    for eps in np.geomspace(1e-15, 0.3, 200):
        for sigma in (1 + eps, 1 - eps):
            x = mp.mpf(float(sigma)) ** 2
            true = (x - 1 - mp.log(x)) / 2
            assert kl_normal(0, sigma, 0, 1) == pytest.approx(float(true), rel=1e-14, abs=0)


# --- Properties -----------------------------------------------------------------------------


@steady
@given(distributions(2), st.sampled_from([2, np.e, 10]))
def test_cross_entropy_is_entropy_plus_kl(pq, base):
    p, q = pq
    total = entropy(p, base) + kl_divergence(p, q, base)
    assert_allclose(cross_entropy(p, q, base), total, rtol=1e-12, atol=1e-14)


@steady
@given(distributions())
def test_entropy_lies_between_certainty_and_the_uniform(p):
    assert -1e-15 <= entropy(p) <= np.log2(p.size) + 1e-14


@steady
@given(distributions(2))
def test_kl_is_never_negative_and_exactly_zero_at_equality(pq):
    p, q = pq
    assert kl_divergence(p, q) >= 0
    assert kl_divergence(p, p) == kl_divergence(q, q) == 0


def test_kl_is_never_negative_for_pairs_that_agree_up_to_rounding():
    rng = np.random.default_rng(7)
    p = rng.dirichlet(np.ones(5), 5000)
    q = p * (1 + 10 ** rng.uniform(-17, -6, (5000, 1)) * rng.normal(size=p.shape))
    q /= q.sum(-1, keepdims=True)
    assert (np.sum(p * np.log(p / q), -1) < 0).mean() > 0.05  # the plain sum is negative for many
    assert (kl_divergence(p, q) >= 0).all()
    assert (kl_divergence(q, p) >= 0).all()
    scaled = p * (1 + 9e-10 * rng.uniform(-1, 1, (5000, 1)))  # sums to 1 up to the tolerance
    assert (kl_divergence(p, scaled) >= 0).all()
    assert (kl_divergence(scaled, p) >= 0).all()


@steady
@given(distributions(2), st.randoms(use_true_random=False))
def test_the_order_of_outcomes_does_not_matter(pq, random):
    p, q = pq
    order = random.sample(range(p.size), p.size)
    assert_allclose(entropy(p[order]), entropy(p), rtol=1e-13, atol=1e-15)
    assert_allclose(kl_divergence(p[order], q[order]), kl_divergence(p, q), rtol=1e-12, atol=1e-15)


@steady
@given(distributions(2))
def test_axis_and_broadcasting_give_the_same_numbers(pq):
    table = np.stack(pq)
    assert_array_equal(entropy(table), [entropy(p) for p in table])
    assert_allclose(entropy(table.T, axis=0), entropy(table), rtol=1e-14, atol=1e-15)
    grid = kl_divergence(table[:, None, :], table[None, :, :])
    each = [[kl_divergence(p, q) for q in table] for p in table]
    assert_array_equal(grid, each)


@steady
@given(distributions(), st.integers(0, 2**32 - 1))
def test_softmax_cross_entropy_is_the_cross_entropy_of_softmax(p, seed):
    z = 5 * np.random.default_rng(seed).normal(size=p.size)
    expected = cross_entropy(p, softmax(z), base=np.e)
    assert_allclose(softmax_cross_entropy(p, z), expected, rtol=1e-12, atol=1e-14)


centre, spread = st.floats(-100, 100), st.floats(1e-3, 1e3)


@steady
@given(centre, spread, centre, spread)
def test_kl_normal_is_never_negative_and_exactly_zero_at_equality(mu0, sigma0, mu1, sigma1):
    assert kl_normal(mu0, sigma0, mu1, sigma1) >= 0
    assert kl_normal(mu0, sigma0, mu0, sigma0) == 0
    assert kl_normal(mu0, sigma0, mu0, np.nextafter(sigma0, INF)) >= 0
    assert kl_normal(mu0, sigma0, mu0, np.nextafter(sigma0, 0)) >= 0


def test_kl_normal_is_the_gap_between_two_expected_log_likelihoods():
    mu0, sigma0, mu1, sigma1 = 0.4, 1.3, -0.9, 2.1
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    y = mu0 + sigma0 * nodes
    gap = gaussian_nll(y, mu1, sigma1) - gaussian_nll(y, mu0, sigma0)
    expected = (weights * gap).sum() / weights.sum()
    assert kl_normal(mu0, sigma0, mu1, sigma1) == pytest.approx(expected, rel=1e-13)


# --- Gradients by finite differences --------------------------------------------------------


def test_gradient_of_kl_normal():
    step = 1e-6

    def slope(f, x):
        return (f(x + step) - f(x - step)) / (2 * step)

    assert slope(lambda m: kl_normal(m, 1.3, 0.2, 2.1), 0.9) == pytest.approx(0.7 / 2.1**2)
    assert slope(lambda s: kl_normal(0.9, s, 0.2, 2.1), 1.3) == pytest.approx(
        1.3 / 2.1**2 - 1 / 1.3
    )
    expected = 1 / 2.1 - (1.3**2 + 0.7**2) / 2.1**3
    assert slope(lambda s: kl_normal(0.9, 1.3, 0.2, s), 2.1) == pytest.approx(expected)


def test_gradient_of_cross_entropy_along_two_probabilities():
    p, step = np.array([0.2, 0.3, 0.5]), 1e-6
    q, move = np.array([0.5, 0.1, 0.4]), np.array([1, -1, 0])
    for measure in (cross_entropy, kl_divergence):
        slope = (measure(p, q + step * move) - measure(p, q - step * move)) / (2 * step)
        assert slope == pytest.approx(-(p / q * move).sum() / np.log(2), rel=1e-7)
