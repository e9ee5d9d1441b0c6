"""Every loss against mpmath with 50 digits on a wide grid: not one miss.

The logit losses are held to a relative error of 1e-14 (1e-13 below 1e-30), the others to 1e-14 of
the sum of their terms' magnitudes.
"""

import mpmath as mp
import numpy as np
import pytest

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

FLOAT = np.finfo(np.float64)


@pytest.fixture(autouse=True)
def fifty_digits():
    with mp.workdps(50):
        yield


def exact(numbers):
    """The float64 numbers as mpmath numbers, digit for digit."""
    return [mp.mpf(float(x)) for x in np.ravel(numbers)]


def misses(got, true):
    """(got, true) wherever the relative error of a logit loss is more than allowed."""
    got, true = exact(got), list(true)
    assert len(got) == len(true)
    missed = []
    for g, t in zip(got, true, strict=True):
        if FLOAT.tiny <= abs(t) <= FLOAT.max:
            allowed = mp.mpf("1e-14") if abs(t) >= mp.mpf("1e-30") else mp.mpf("1e-13")
            if not abs(g - t) <= allowed * abs(t):
                missed.append((float(g), float(t), float(abs(g / t - 1))))
    return missed


def misses_of_sum(got, sums):
    """(got, true) wherever the error is more than 1e-14 of the sum of the terms' magnitudes."""
    missed = []
    for g, terms in zip(exact(got), sums, strict=True):
        true, size = mp.fsum(terms), mp.fsum(terms, absolute=True)
        if size <= FLOAT.max and not abs(g - true) <= mp.mpf("1e-14") * size:
            missed.append((float(g), float(true), float(abs(g - true) / size)))
    return missed


# --- Logit losses ---------------------------------------------------------------------------

POSITIVE = np.concatenate(
    [
        np.geomspace(1e-20, 1e4, 400),
        np.linspace(0.05, 750, 500),
        [36.9, 37.0, 37.5, 40.0, 232.8, 232.9, 708.3, 709.7, 745.1, 1e9, 1e20, 1e300, FLOAT.max],
    ]
)
Z = np.concatenate([-POSITIVE, [0.0], POSITIVE])
NLL_OF_NO = {}


def zeta(z):
    """log(1 + e^z) with 50 digits, remembered: the tests ask for the same ones many times."""
    if z not in NLL_OF_NO:
        NLL_OF_NO[z] = mp.log1p(mp.exp(z))
    return NLL_OF_NO[z]


def test_sigmoid_is_exact_to_the_figure():
    assert misses(sigmoid(Z), [1 / (1 + mp.exp(-z)) for z in exact(Z)]) == []


def test_softplus_is_exact_to_the_figure():
    assert misses(softplus(Z), [zeta(z) for z in exact(Z)]) == []


@pytest.mark.parametrize(
    "y", [0, 1, 0.5, 0.25, 1 / 3, 0.9, 1e-3, 1 - 1e-3, 1e-16, 1 - 2**-53, 1e-100, 5e-324]
)
def test_sigmoid_cross_entropy_is_exact_to_the_figure(y):
    true = [mp.mpf(y) * zeta(-z) + (1 - mp.mpf(y)) * zeta(z) for z in exact(Z)]
    assert misses(sigmoid_cross_entropy(y, Z), true) == []


@pytest.mark.parametrize(("smoothing", "w"), [(0.1, 1.0), (0.0, 5.0), (1e-9, 0.25), (1.0, 3.0)])
@pytest.mark.parametrize("y", [0, 1, 0.3])
def test_smoothing_and_weight_of_sigmoid_cross_entropy_are_exact_to_the_figure(y, smoothing, w):
    z, keep, share = Z[::7], 1 - mp.mpf(smoothing), mp.mpf(smoothing) / 2
    yes, no = mp.mpf(w) * (keep * mp.mpf(y) + share), keep * (1 - mp.mpf(y)) + share
    true = [yes * zeta(-x) + no * zeta(x) for x in exact(z)]
    got = sigmoid_cross_entropy(y, z, smoothing=smoothing, pos_weight=w)
    assert misses(got, true) == []


@pytest.mark.parametrize("gamma", [0, 0.5, 2, 5])
@pytest.mark.parametrize("y", [0, 1, 0.3])
def test_focal_loss_is_exact_to_the_figure(y, gamma):
    z, y = Z[::3], mp.mpf(y)
    true = [
        y * mp.exp(-gamma * zeta(x)) * zeta(-x) + (1 - y) * mp.exp(-gamma * zeta(-x)) * zeta(x)
        for x in exact(z)
    ]
    assert misses(focal_loss(float(y), z, gamma), true) == []


def test_bradley_terry_nll_is_exact_to_the_figure():
    for other in (0.0, 3.7, -812.0):
        true = [zeta(mp.mpf(other) - z) for z in exact(Z)]
        assert misses(bradley_terry_nll(Z, other), true) == []


def test_dpo_loss_is_as_exact_as_the_difference_of_its_log_probabilities():
    rng = np.random.default_rng(4)
    logs = -(10 ** rng.uniform(-3, 3, (4, 600)))
    logs[:, ::2] = -300 - rng.exponential(size=(4, 300))  # long replies that hardly differ
    beta = 10 ** rng.uniform(-2, 1, 600)
    got = exact(dpo_loss(*logs, beta))
    missed = []
    for g, w, l, rw, rl, b in zip(got, *map(exact, (*logs, beta)), strict=True):
        true = mp.log1p(mp.exp(-b * ((w - rw) - (l - rl))))
        size = b * (abs(w) + abs(l) + abs(rw) + abs(rl))  # an error of the margin of 1e-16 of this
        allowed = (mp.mpf("1e-14") + mp.mpf("4e-16") * size) * true
        if true >= FLOAT.tiny and not abs(g - true) <= allowed:
            missed.append((float(g), float(true)))
    assert missed == []


def test_sigmoid_cross_entropy_is_exact_near_its_minimum_where_a_difference_would_cancel():
    y = np.concatenate([sigmoid(Z), np.nextafter(sigmoid(Z), 0.5)])
    z = np.concatenate([Z, Z])
    true = [p * zeta(-x) + (1 - p) * zeta(x) for p, x in zip(exact(y), exact(z), strict=True)]
    assert misses(sigmoid_cross_entropy(y, z), true) == []


def softmax_cases():
    """Logits of 2 to 10 classes, from nearly equal to hopelessly far apart."""
    rng = np.random.default_rng(1)
    for K in range(2, 11):
        for scale in (1e-8, 1e-2, 1, 5, 20, 60, 300, 1e3, 1e4):
            for offset in (0, 0, rng.normal(), 1e3 * rng.normal()):
                yield offset + scale * rng.normal(size=K)
    for gap in (1e-20, 1e-9, 0.7, 1, 36.9, 37, 40, 69, 200, 500, 700, 708, 1e4, 1e20, FLOAT.max):
        yield np.array([0.0, -gap])
        yield np.array([gap, 0.0, gap / 3])
        yield np.array([gap, gap, 0.0])  # a tie at the top
    yield np.array([1e4, 0, 7e-7])
    yield np.array([3.0])


def relative_to(z, k):
    """Σ over the other classes of e^(zⱼ − zₖ)."""
    return mp.fsum(mp.exp(x - z[k]) for j, x in enumerate(z) if j != k)


CASES = list(softmax_cases())


def test_softmax_is_exact_to_the_figure():
    for case in CASES:
        z = exact(case)
        true = [1 / (1 + relative_to(z, k)) for k in range(len(z))]
        assert misses(softmax(case), true) == [], case


def test_log_softmax_and_its_cross_entropies_are_exact_to_the_figure():
    rng = np.random.default_rng(2)
    for case in CASES:
        z, K = exact(case), len(case)
        nll = [mp.log1p(relative_to(z, k)) for k in range(K)]
        assert misses(log_softmax(case), [-t for t in nll]) == [], case
        rows = np.tile(case, (K, 1))
        assert misses(softmax_cross_entropy(np.arange(K), rows), nll) == [], case
        for p in (rng.dirichlet(np.ones(K)), rng.dirichlet(np.full(K, 0.1)), softmax(case)):
            true = mp.fsum(w * t for w, t in zip(exact(p), nll, strict=True))
            assert misses(softmax_cross_entropy(p, case), [true]) == [], (p, case)


@pytest.mark.parametrize("smoothing", [0.1, 1e-12, 1.0])
def test_smoothing_and_weights_of_softmax_cross_entropy_are_exact_to_the_figure(smoothing):
    rng = np.random.default_rng(5)
    for case in CASES[::5]:
        z, K = exact(case), len(case)
        nll = [mp.log1p(relative_to(z, k)) for k in range(K)]
        weights = rng.exponential(size=K)
        p = rng.dirichlet(np.ones(K))
        for labels, target in ((K - 1, np.eye(K)[-1]), (p, p)):
            mixed = [(1 - mp.mpf(smoothing)) * t + mp.mpf(smoothing) / K for t in exact(target)]
            true = mp.fsum(w * t * n for w, t, n in zip(exact(weights), mixed, nll, strict=True))
            got = softmax_cross_entropy(labels, case, smoothing=smoothing, weights=weights)
            assert misses(got, [true]) == [], (labels, case)


def test_info_nce_is_exact_to_the_figure():
    for case in CASES[::5]:
        K = len(case)
        scores = np.array([np.roll(case, i) for i in range(K)])  # row i: the truth is case[0]
        nll = mp.log1p(relative_to(exact(case), 0))
        assert misses(info_nce(scores), [nll] * K) == [], case


def test_the_examples_of_tiny_losses():
    tiny = 4.248354255291589e-18  # log(1 + e^−40): logaddexp(0, z) − y·z gives 0
    assert sigmoid_cross_entropy(1, 40) == pytest.approx(tiny, rel=1e-15, abs=0)
    assert log_softmax([0, -40])[0] == pytest.approx(-tiny, rel=1e-15, abs=0)
    assert softmax_cross_entropy(0, [0, -40]) == pytest.approx(tiny, rel=1e-15, abs=0)


# --- The other losses -----------------------------------------------------------------------

N = 1000
RNG = np.random.default_rng(3)
WIDE = RNG.choice([-1, 1], (3, N)) * 10 ** RNG.uniform(-6, 6, (3, N))
SIZE = 10 ** RNG.uniform(-5, 5, (3, N))
CLOSE = WIDE[0] + SIZE[0] * RNG.normal(size=N)  # y at a sensible distance from WIDE[0]
Y, CENTRE = np.concatenate([WIDE[1], CLOSE]), np.tile(WIDE[0], 2)
SCALE = np.tile(SIZE[0], 2)


def log_2pi():
    return mp.log(2 * mp.pi)


def gaussian_terms(y, m, s):
    return [log_2pi() / 2, mp.log(s), ((y - m) / s) ** 2 / 2]


def check(loss, terms, *operands):
    """Compare loss(*operands) with the sums of terms(*operands), point by point."""
    sums = [terms(*point) for point in zip(*map(exact, operands), strict=True)]
    assert misses_of_sum(loss(*operands), sums) == []


def test_squared_and_absolute_error():
    check(squared_error, lambda y, m: [(y - m) ** 2], Y, CENTRE)
    check(absolute_error, lambda y, m: [abs(y - m)], Y, CENTRE)


def test_huber():
    def terms(y, m, d):
        r = abs(y - m)
        return [r * r / 2] if r <= d else [d * r, -d * d / 2]

    check(huber, terms, Y, CENTRE, SCALE)


def test_pinball():
    tau = RNG.uniform(0, 1, 2 * N)
    check(pinball, lambda y, m, t: [max(t * (y - m), (t - 1) * (y - m))], Y, CENTRE, tau)


def test_gaussian_nll():
    check(gaussian_nll, gaussian_terms, Y, CENTRE, SCALE)


def test_laplace_nll():
    check(laplace_nll, lambda y, m, b: [mp.log(2 * b), abs(y - m) / b], Y, CENTRE, SCALE)


def test_crps_normal():
    def terms(y, m, s):
        w = (y - m) / s
        return [
            *(s * w * mp.erf(w / mp.sqrt(2)), s * mp.sqrt(2 / mp.pi) * mp.exp(-w * w / 2)),
            -s / mp.sqrt(mp.pi),
        ]

    check(crps_normal, terms, Y, CENTRE, SCALE)


def test_brier_score():
    rng = np.random.default_rng(6)
    for K in (2, 3, 10):
        for p in (rng.dirichlet(np.ones(K)), softmax(40 * rng.normal(size=K)), np.eye(K)[0]):
            one_hot = np.eye(K)
            sums = [
                [(t - q) ** 2 for q, t in zip(exact(p), exact(one_hot[k]), strict=True)]
                for k in range(K)
            ]
            assert misses_of_sum(brier_score(np.arange(K), np.tile(p, (K, 1))), sums) == []
            belief = rng.dirichlet(np.ones(K))
            mean = [mp.fsum(b * mp.fsum(t) for b, t in zip(exact(belief), sums, strict=True))]
            assert misses_of_sum([brier_score(belief, p)], [mean]) == []


def test_poisson_nll():
    y = np.concatenate([np.arange(100), np.floor(10 ** RNG.uniform(0, 15, 300))])
    near = np.log(np.maximum(y, 0.3)) + 0.1 * RNG.normal(size=y.size)
    for log_rate in (near, RNG.uniform(-60, 60, y.size), RNG.uniform(-700, 700, y.size)):
        check(
            poisson_nll,
            lambda y, eta: [mp.exp(eta), -y * eta, mp.loggamma(y + 1)],
            y,
            log_rate,
        )


def test_gamma_nll():
    shape = 10 ** RNG.uniform(-4, 5, N)
    y = np.concatenate([SIZE[1], shape * SIZE[2]])
    check(
        gamma_nll,
        lambda y, k, s: [mp.loggamma(k), k * mp.log(s), -(k - 1) * mp.log(y), y / s],
        y,
        np.tile(shape, 2),
        np.tile(SIZE[2], 2),
    )


def test_lognormal_nll():
    def terms(y, m, s):
        # the square is written out: log y and μ are terms of their own, and may cancel
        log_y = mp.log(y)
        square = [log_y**2, -2 * m * log_y, m**2]
        return [log_y, log_2pi() / 2, mp.log(s), *(t / (2 * s * s) for t in square)]

    mu = RNG.normal(size=N) * 5
    check(lognormal_nll, terms, np.exp(mu + SIZE[0] ** 0.2 * RNG.normal(size=N)), mu, SIZE[0])


def test_von_mises_nll_also_where_the_bessel_function_overflows():
    kappa = np.concatenate([[0.0], 10 ** RNG.uniform(-10, 6, N - 1)])
    mu = RNG.uniform(-np.pi, np.pi, N)
    for y in (RNG.uniform(-2 * np.pi, 2 * np.pi, N), mu + RNG.normal(size=N) / np.sqrt(1 + kappa)):
        check(
            von_mises_nll,
            lambda y, m, k: [log_2pi(), mp.log(mp.besseli(0, k)), -k * mp.cos(y - m)],
            y,
            mu,
            kappa,
        )


def test_mixture_nll():
    K = 4
    y = 10 * RNG.normal(size=150)
    logits = 10 * RNG.normal(size=(150, K))
    mu = 10 * RNG.normal(size=(150, K))
    sigma = 10 ** RNG.uniform(-2, 2, (150, K))
    sums = []
    for i in range(y.size):
        z, (point,) = exact(logits[i]), exact(y[i])
        total = mp.log(mp.fsum(map(mp.exp, z)))
        parts = [gaussian_terms(point, *p) for p in zip(exact(mu[i]), exact(sigma[i]), strict=True)]
        nll = [total - w + mp.fsum(terms) for w, terms in zip(z, parts, strict=True)]
        true = -mp.log(mp.fsum(mp.exp(-t) for t in nll))
        nearest = nll.index(min(nll))  # the sum is that component's NLL, and what others take off
        size = [total, -z[nearest], *parts[nearest]]
        sums.append([*size, true - mp.fsum(size)])
    assert misses_of_sum(mixture_nll(y, logits, mu, sigma), sums) == []
