"""Notebook 16, what nobody saw: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures (`scenes`),
and the models in which everything is known (`hidden`).
"""

from math import exp, log, pi, sqrt

import numpy as np

from lossviz.explorer.parameters import Slider
from lossviz.losses import sigmoid, sigmoid_cross_entropy
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Slip
from lossviz.teach.relations import agree, equal, related, scaled, shifted
from lossviz.walk import reviews


def _density(y, mu, sigma):
    return np.exp(-(((y - mu) / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))


def _kl(p, q):
    return np.sum(p * np.log(p / q))


# --- Derivations: a bound with a known gap ---------------------------------------------------


def _joint(share, mu1, mu2, sigma, x):
    return np.array([share * _density(x, mu1, sigma), (1 - share) * _density(x, mu2, sigma)])


def _posterior(share, mu1, mu2, sigma, x):
    joint = _joint(share, mu1, mu2, sigma, x)
    return joint / np.sum(joint)


def _both(q):
    return np.array([q, 1 - q])


def _bound(share, mu1, mu2, sigma, x, q):
    return _kl(_both(q), _joint(share, mu1, mu2, sigma, x))


def _gap(share, mu1, mu2, sigma, x, q):
    return _kl(_both(q), _posterior(share, mu1, mu2, sigma, x))


def _rounded(share, mu1, mu2, sigma, x, q):
    """KL(posterior‖q), the wrong way round."""
    return _kl(_posterior(share, mu1, mu2, sigma, x), _both(q))


def _above_by_the_gap(above, here, v):
    """The row above is the NLL, the same for every q; this line lies above it by the KL."""
    names = ("share", "mu1", "mu2", "sigma", "x", "q")
    gap = _gap(*(v[name] for name in names))
    return gap >= 0 and agree(here(**v) - gap, above(**v), here(**v))


def _mixtures(rng):
    """q at least 0.1 from the posterior and from its mirror image, where both KLs agree."""
    while True:
        v = {
            "share": rng.uniform(0.3, 0.7),
            "mu1": rng.normal(-1, 0.3),
            "mu2": rng.normal(1, 0.3),
            "sigma": rng.uniform(0.7, 0.95),
            "x": rng.normal(),
        }
        q, r = rng.uniform(0.1, 0.9), _posterior(**v)[0]
        if min(abs(q - r), abs(1 - q - r)) > 0.1:
            return {**v, "q": q}


bound = Derivation(
    "A bound whose gap is known",
    [
        Step(
            r"-\log p(x) = -\log \sum_z p(x, z)",
            "The NLL of what was seen, with a sum over what was not: which of two bells it was.",
            lambda share, mu1, mu2, sigma, x: -np.log(np.sum(_joint(share, mu1, mu2, sigma, x))),
        ),
        Step(
            r"= -\sum_z q(z) \log \frac{p(x, z)}{p(z \mid x)}",
            "p(x) is joint over posterior, for every z; so log p(x) is also the mean of that "
            "quotient's log, under any q.",
            lambda share, mu1, mu2, sigma, x, q: (
                -np.sum(
                    _both(q)
                    * np.log(
                        _joint(share, mu1, mu2, sigma, x) / _posterior(share, mu1, mu2, sigma, x)
                    )
                )
            ),
            equal(),
        ),
        Step(
            r"= -\sum_z q(z) \log \frac{p(x, z)}{q(z)} - \mathrm{KL}\!\left(q \,\|\, p(z \mid x)"
            r"\right)",
            "q put in above and below, and the log taken apart.",
            lambda share, mu1, mu2, sigma, x, q: (
                _bound(share, mu1, mu2, sigma, x, q) - _gap(share, mu1, mu2, sigma, x, q)
            ),
            equal(),
        ),
        Step(
            r"\le\ -\sum_z q(z) \log \frac{p(x, z)}{q(z)}",
            "The KL is dropped. It is never below 0, so what is left is never below the NLL: "
            "minus the ELBO, and the gap is that KL.",
            lambda share, mu1, mu2, sigma, x, q: (
                -np.sum(_both(q) * np.log(_joint(share, mu1, mu2, sigma, x) / _both(q)))
            ),
            related("above the row above by KL(q‖posterior), never below it", _above_by_the_gap),
        ),
        Step(
            r"= -\sum_z q(z) \log p(x \mid z) + \mathrm{KL}\!\left(q \,\|\, p(z)\right)",
            "The joint is p(x|z) p(z): the “reconstruction”, how well z explains x, plus a KL to "
            "the prior. Nobody bolted it on.",
            lambda share, mu1, mu2, sigma, x, q: (
                -np.sum(_both(q) * np.log([_density(x, mu1, sigma), _density(x, mu2, sigma)]))
                + _kl(_both(q), _both(share))
            ),
            equal(),
        ),
    ],
    sliders={
        "q": Slider(0.02, 0.98, step=0.01, value=0.5, label="q(first)"),
        "x": Slider(-3.0, 3.0, step=0.1, value=0.4, label="x"),
    },
    over="q",
    given={"share": 0.6, "mu1": -1.0, "mu2": 1.0, "sigma": 0.8},
    sample=_mixtures,
    reference=lambda share, mu1, mu2, sigma, x: (
        -log(
            sum(
                w * exp(-((x - m) ** 2) / (2 * sigma**2)) / (sigma * sqrt(2 * pi))
                for w, m in ((share, mu1), (1 - share, mu2))
            )
        )
    ),
    slips=[
        WrongLine(
            "the divergence added",
            3,
            r"= -\sum_z q(z) \log \frac{p(x, z)}{q(z)} + \mathrm{KL}\!\left(q \,\|\, p(z \mid x)"
            r"\right)",
            lambda share, mu1, mu2, sigma, x, q: (
                _bound(share, mu1, mu2, sigma, x, q) + _gap(share, mu1, mu2, sigma, x, q)
            ),
            "The posterior stands below in the quotient and q goes in above it: the KL is taken "
            "off. Only so is the rest a bound.",
        ),
        WrongLine(
            "the divergence turned round",
            3,
            r"= -\sum_z q(z) \log \frac{p(x, z)}{q(z)} - \mathrm{KL}\!\left(p(z \mid x) \,\|\, q"
            r"\right)",
            lambda share, mu1, mu2, sigma, x, q: (
                _bound(share, mu1, mu2, sigma, x, q) - _rounded(share, mu1, mu2, sigma, x, q)
            ),
            "The mean is over q, so q stands first.",
        ),
        WrongLine(
            "minus KL to the prior",
            5,
            r"= -\sum_z q(z) \log p(x \mid z) - \mathrm{KL}\!\left(q \,\|\, p(z)\right)",
            lambda share, mu1, mu2, sigma, x, q: (
                -np.sum(_both(q) * np.log([_density(x, mu1, sigma), _density(x, mu2, sigma)]))
                - _kl(_both(q), _both(share))
            ),
            "−log of p(z)/q(z), averaged over q, is plus the KL. With a minus, the encoder would "
            "be paid for leaving the prior.",
        ),
    ],
)


# --- β is a noise in disguise ----------------------------------------------------------------


def _off(x, w, m, t2):
    """The expected squared distance of x from w z, for z with mean m and variance t2."""
    return np.sum((x - w * m) ** 2) + t2 * np.sum(w**2)


def _kl_to_prior(m, t2):
    return (m**2 + t2 - 1 - np.log(t2)) / 2


beta = Derivation(
    "β is a noise in disguise",
    [
        Step(
            r"\frac{S}{2\sigma^2} + \frac d2 \log 2\pi\sigma^2 + \beta\,\mathrm{KL}, \qquad "
            r"S = \mathbb{E}\,\|x - wz\|^2",
            "A VAE's loss with a β before the KL: the reconstruction is a normal NLL with a fixed "
            "σ, over d = 4 measures.",
            lambda x, w, m, t2, s2, beta: (
                _off(x, w, m, t2) / (2 * s2)
                + 2 * np.log(2 * np.pi * s2)
                + beta * _kl_to_prior(m, t2)
            ),
        ),
        Step(
            r"\to\ \frac{S}{2\sigma^2} + \beta\,\mathrm{KL}",
            "σ is fixed, so its log holds nothing that is trained.",
            lambda x, w, m, t2, s2, beta: _off(x, w, m, t2) / (2 * s2) + beta * _kl_to_prior(m, t2),
            shifted(lambda s2: 2 * np.log(2 * np.pi * s2), "(d/2) log 2πσ²"),
            constant_in=("m", "t2"),
        ),
        Step(
            r"\to\ \frac{S}{2\beta\sigma^2} + \mathrm{KL}",
            "Divided by β: now the KL stands alone, and β has moved to the noise.",
            lambda x, w, m, t2, s2, beta: _off(x, w, m, t2) / (2 * beta * s2) + _kl_to_prior(m, t2),
            scaled(lambda beta: beta, "β"),
            constant_in=("m", "t2"),
        ),
        Step(
            r"\to\ \frac{S}{2\beta\sigma^2} + \frac d2 \log 2\pi\beta\sigma^2 + \mathrm{KL}",
            "With the missing constant put back it is a VAE again, without β, with the variance "
            "βσ².",
            lambda x, w, m, t2, s2, beta: (
                _off(x, w, m, t2) / (2 * beta * s2)
                + 2 * np.log(2 * np.pi * beta * s2)
                + _kl_to_prior(m, t2)
            ),
            shifted(lambda s2, beta: -2 * np.log(2 * np.pi * beta * s2), "−(d/2) log 2πβσ²"),
            constant_in=("m", "t2"),
        ),
    ],
    sliders={
        "m": Slider(-3.0, 3.0, step=0.05, value=0.4, label="mean of q"),
        "t2": Slider(0.05, 2.0, step=0.05, value=0.3, label="variance of q"),
        "beta": Slider(0.2, 6.0, step=0.1, value=4.0, label="β"),
    },
    over="m",
    given={
        "x": np.array([0.8, -0.3, 1.1, 0.9]),
        "w": np.array([0.9, -0.6, 0.95, 0.9]),
        "s2": 0.4,
    },
    sample=lambda rng: {
        "x": rng.normal(0, 1, 4),
        "w": rng.normal(0, 1, 4),
        "m": rng.normal(0.5, 0.8),
        "t2": rng.uniform(0.2, 0.8),
        "s2": rng.uniform(0.3, 0.9),
        "beta": rng.uniform(1.5, 5.0),
    },
    reference=lambda x, w, m, t2, s2, beta: (
        sum(
            log(sqrt(2 * pi * s2)) + ((a - b * m) ** 2 + t2 * b * b) / (2 * s2)
            for a, b in zip(x, w, strict=True)
        )
        + beta * 0.5 * (m * m + t2 - 1 - log(t2))
    ),
    slips=[
        WrongLine(
            "the mean over the measures, the KL summed",
            2,
            r"\to\ \frac{S}{2 d\,\sigma^2} + \beta\,\mathrm{KL}",
            lambda x, w, m, t2, s2, beta: _off(x, w, m, t2) / (8 * s2) + beta * _kl_to_prior(m, t2),
            "An NLL adds up over the measures. Whoever takes their mean has multiplied the KL by "
            "d: a β that nobody chose.",
        ),
        WrongLine(
            "β on the wrong term",
            3,
            r"\to\ \frac{\beta S}{2\sigma^2} + \mathrm{KL}",
            lambda x, w, m, t2, s2, beta: beta * _off(x, w, m, t2) / (2 * s2) + _kl_to_prior(m, t2),
            "Dividing both terms by β puts it under S. A large β is a large noise: it trusts the "
            "data less.",
        ),
    ],
)


# --- Squared error on the noise --------------------------------------------------------------


def _alpha(bar, before):
    """α_t, of one step, from ᾱ_t and ᾱ_(t−1)."""
    return bar / before


def _true_mean(bar, before, x0, eps):
    """The mean of x_(t−1) given x_t and x_0."""
    alpha = _alpha(bar, before)
    xt = np.sqrt(bar) * x0 + np.sqrt(1 - bar) * eps
    kept = np.sqrt(before) * (1 - alpha) / (1 - bar) * x0
    return kept + np.sqrt(alpha) * (1 - before) / (1 - bar) * xt


def _model_mean(bar, before, x0, eps, guess):
    alpha = _alpha(bar, before)
    xt = np.sqrt(bar) * x0 + np.sqrt(1 - bar) * eps
    return (xt - (1 - alpha) / np.sqrt(1 - bar) * guess) / np.sqrt(alpha)


_U = np.linspace(-12.0, 12.0, 2401)


def _kl_by_quadrature(bar, before, s2, x0, eps, guess):
    """KL of two normals of variance s2: the integral, over u = (x − μ̃)/σ."""
    gap = (_true_mean(bar, before, x0, eps) - _model_mean(bar, before, x0, eps, guess)) / np.sqrt(
        s2
    )
    logs = ((_U + gap) ** 2 - _U**2) / 2
    return np.sum(_density(_U, 0, 1) * logs) * (_U[1] - _U[0])


def _weight(bar, before, s2):
    alpha = _alpha(bar, before)
    return (1 - alpha) ** 2 / (2 * s2 * alpha * (1 - bar))


def _levels(rng):
    bar = rng.uniform(0.1, 0.6)
    return {
        "bar": bar,
        "before": rng.uniform(bar + 0.05, 0.9),
        "s2": rng.uniform(0.05, 0.5),
        "x0": rng.normal(),
        "eps": rng.normal(0.7, 0.3),
        "guess": rng.normal(-0.5, 0.3),
    }


denoising = Derivation(
    "Squared error on the noise is a KL of normals",
    [
        Step(
            r"\mathrm{KL}\!\left(\mathcal N(\tilde\mu, \sigma^2) \,\|\, \mathcal N(\mu, \sigma^2)"
            r"\right)",
            "One step back, from $x_t$ to $x_{t-1}$: where it truly comes from, given the datum, "
            "and what the model says. As an integral.",
            _kl_by_quadrature,
        ),
        Step(
            r"= \frac{(\tilde\mu - \mu)^2}{2\sigma^2}",
            "Two normals of one width: a weighted squared error, as in notebook 09.",
            lambda bar, before, s2, x0, eps, guess: (
                (_true_mean(bar, before, x0, eps) - _model_mean(bar, before, x0, eps, guess)) ** 2
                / (2 * s2)
            ),
            equal(),
        ),
        Step(
            r"= \frac{\beta_t^2}{2\sigma^2 \alpha_t (1 - \bar\alpha_t)}\, "
            r"(\varepsilon - \hat\varepsilon)^2, \qquad \beta_t = 1 - \alpha_t",
            r"Both means are $x_t$ less $\beta_t/\sqrt{1-\bar\alpha_t}$ times the noise, the true "
            r"one or the guessed one, over $\sqrt{\alpha_t}$.",
            lambda bar, before, s2, eps, guess: (
                (1 - bar / before) ** 2 / (2 * s2 * (bar / before) * (1 - bar)) * (eps - guess) ** 2
            ),
            equal(),
        ),
        Step(
            r"\to\ (\varepsilon - \hat\varepsilon)^2",
            "The factor is dropped: constant in the guess, and not in t. If one network guesses "
            "at all steps, the steps now count otherwise.",
            lambda eps, guess: (eps - guess) ** 2,
            scaled(_weight, "the step’s weight"),
            constant_in=("guess",),
        ),
    ],
    sliders={
        "guess": Slider(-3.0, 3.0, step=0.05, value=-0.4, label="ε̂"),
        "bar": Slider(0.05, 0.7, step=0.01, value=0.4, label="ᾱ"),
        "s2": Slider(0.05, 1.0, step=0.05, value=0.2, label="σ²"),
    },
    over="guess",
    given={"before": 0.75, "x0": 0.9, "eps": 0.8},
    sample=_levels,
    reference=lambda bar, before, s2, x0, eps, guess: (
        (1 - bar / before) ** 2 * (eps - guess) ** 2 / (2 * s2 * (bar / before) * (1 - bar))
    ),
    slips=[
        WrongLine(
            "2σ for 2σ²",
            2,
            r"= \frac{(\tilde\mu - \mu)^2}{2\sigma}",
            lambda bar, before, s2, x0, eps, guess: (
                (_true_mean(bar, before, x0, eps) - _model_mean(bar, before, x0, eps, guess)) ** 2
                / (2 * np.sqrt(s2))
            ),
            "The exponent of a normal is over 2σ².",
        ),
        WrongLine(
            "ᾱ for α",
            3,
            r"= \frac{\beta_t^2}{2\sigma^2 \bar\alpha_t (1 - \bar\alpha_t)}\, "
            r"(\varepsilon - \hat\varepsilon)^2",
            lambda bar, before, s2, eps, guess: (
                (1 - bar / before) ** 2 / (2 * s2 * bar * (1 - bar)) * (eps - guess) ** 2
            ),
            "ᾱ is what all steps so far have left of the datum, α what this one leaves.",
        ),
        WrongLine(
            "β not squared",
            3,
            r"= \frac{\beta_t}{2\sigma^2 \alpha_t (1 - \bar\alpha_t)}\, "
            r"(\varepsilon - \hat\varepsilon)^2",
            lambda bar, before, s2, eps, guess: (
                (1 - bar / before) / (2 * s2 * (bar / before) * (1 - bar)) * (eps - guess) ** 2
            ),
            "The means differ by a multiple β of the noise's difference, and it is squared.",
        ),
    ],
    harmless={
        (1, "_U + gap → _U - gap"): "normals of one width: the KL does not see which one is left",
    },
)


# --- Denoising finds the score ---------------------------------------------------------------

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
_WEIGHTS = _WEIGHTS / np.sum(_WEIGHTS)


def _mean(f, sigma):
    """The mean of f(x, x₀): x₀ is −1 or 1, x is x₀ with noise."""
    return sum(np.sum(_WEIGHTS * f(c + sigma * _NODES, c)) / 2 for c in (-1.0, 1.0))


def _score(x, sigma):
    return (np.tanh(x / sigma**2) - x) / sigma**2


def _known(x, c, sigma):
    """The score where the datum is known."""
    return (c - x) / sigma**2


def _lost(sigma):
    return _mean(lambda x, c: _known(x, c, sigma) ** 2 - _score(x, sigma) ** 2, sigma)


def _by_grid(slope, sigma):
    """The first line by a plain sum over a fine grid."""
    x = np.linspace(-12, 12, 4801)
    total = 0.0
    for c in (-1.0, 1.0):
        off = (slope * x - (c - x) / sigma**2) ** 2
        total += np.sum(_density(x, c, sigma) * off) * (x[1] - x[0]) / 2
    return total


score = Derivation(
    "Denoising finds the score",
    [
        Step(
            r"\mathbb{E}\left[\left(s(x) - \frac{x_0 - x}{\sigma^2}\right)^2\right]",
            "Data $x_0 = \\pm 1$, seen with noise. A model s of the score (here a line, s = a·x) "
            "is taught the score that would hold if the datum were known.",
            lambda slope, sigma: _mean(lambda x, c: (slope * x - _known(x, c, sigma)) ** 2, sigma),
        ),
        Step(
            r"= \mathbb{E}\left[s^2 - 2 s\, \frac{x_0 - x}{\sigma^2} + "
            r"\frac{(x_0 - x)^2}{\sigma^4}\right]",
            "Multiplied out.",
            lambda slope, sigma: _mean(
                lambda x, c: (
                    (slope * x) ** 2
                    - 2 * slope * x * _known(x, c, sigma)
                    + _known(x, c, sigma) ** 2
                ),
                sigma,
            ),
            equal(),
        ),
        Step(
            r"= \mathbb{E}\left[s^2 - 2 s\, s^*(x) + \frac{(x_0 - x)^2}{\sigma^4}\right]",
            "s sees x only, so in the cross term the target may be replaced by its mean given x: "
            "the true score s*. (The density is a sum of bells; each bell's slope is the bell "
            "times $(x_0 - x)/\\sigma^2$, and slope over density is that mean.)",
            lambda slope, sigma: _mean(
                lambda x, c: (
                    (slope * x) ** 2 - 2 * slope * x * _score(x, sigma) + _known(x, c, sigma) ** 2
                ),
                sigma,
            ),
            equal(),
        ),
        Step(
            r"= \mathbb{E}\left[(s - s^*)^2\right] + C, \qquad "
            r"C = \mathbb{E}\left[\frac{(x_0 - x)^2}{\sigma^4} - s^{*2}\right]",
            "The square completed. C is what nobody can know of the noise.",
            lambda slope, sigma: (
                _mean(lambda x, c: (slope * x - _score(x, sigma)) ** 2, sigma) + _lost(sigma)
            ),
            equal(),
        ),
        Step(
            r"\to\ \mathbb{E}\left[(s - s^*)^2\right]",
            "C holds nothing of s. Whoever learns to denoise learns the score; but the loss ends "
            "at C, and not at 0.",
            lambda slope, sigma: _mean(lambda x, c: (slope * x - _score(x, sigma)) ** 2, sigma),
            shifted(_lost, "C"),
            constant_in=("slope",),
        ),
    ],
    sliders={
        "slope": Slider(-3.0, 1.0, step=0.05, value=-0.8, label="a"),
        "sigma": Slider(0.7, 2.0, step=0.05, value=1.2, label="σ"),
    },
    over="slope",
    sample=lambda rng: {"slope": rng.uniform(-1.2, -0.2), "sigma": rng.uniform(1.15, 1.6)},
    reference=_by_grid,
    slips=[
        WrongLine(
            "the sign of the cross term",
            2,
            r"= \mathbb{E}\left[s^2 + 2 s\, \frac{x_0 - x}{\sigma^2} + "
            r"\frac{(x_0 - x)^2}{\sigma^4}\right]",
            lambda slope, sigma: _mean(
                lambda x, c: (
                    (slope * x) ** 2
                    + 2 * slope * x * _known(x, c, sigma)
                    + _known(x, c, sigma) ** 2
                ),
                sigma,
            ),
            "(a − b)² has −2ab.",
        ),
    ],
)


# --- The game --------------------------------------------------------------------------------


def _judge(z, z1):
    return sigmoid(np.append(z1, z))


def _js(p, g):
    return _kl(p, (p + g) / 2) / 2 + _kl(g, (p + g) / 2) / 2


def _lowest(above, here, v):
    """The row above is nowhere lower, and as low where D = p/(p + g)."""
    best = np.log(v["p"] / v["g"])
    there = above(**{**v, "z1": best[0], "z": best[1:]})
    return agree(there, here(**v)) and above(**v) >= here(**v) - 1e-12


def _minus_twice(above, here, v):
    return agree(-2 * above(**v), here(**v))


game = Derivation(
    "The game, at the best judge",
    [
        Step(
            r"-\tfrac12 \sum_k p_k \log D_k - \tfrac12 \sum_k g_k \log (1 - D_k)",
            "The mean NLL of a yes or no: half of the outcomes are real, from p, half are fakes, "
            "from g. D is the probability that the judge gives to “real”.",
            lambda p, g, z, z1: (
                -np.sum(p * np.log(_judge(z, z1))) / 2 - np.sum(g * np.log(1 - _judge(z, z1))) / 2
            ),
        ),
        Step(
            r"\ge\ -\tfrac12 \sum_k p_k \log \frac{p_k}{p_k + g_k} - "
            r"\tfrac12 \sum_k g_k \log \frac{g_k}{p_k + g_k}",
            "Lowest where the judge says what is true, D = p/(p + g): Bayes, and notebook 05.",
            lambda p, g: -np.sum(p * np.log(p / (p + g))) / 2 - np.sum(g * np.log(g / (p + g))) / 2,
            related("the lowest value of the row above, over D", _lowest),
        ),
        Step(
            r"= \log 2 - \mathrm{JS}(p, g)",
            "Halves put in: each log is a KL from the mean of both. Jensen and Shannon's "
            "divergence, of notebook 09.",
            lambda p, g: np.log(2) - _js(p, g),
            equal(),
        ),
        Step(
            r"-\log 4 + 2\, \mathrm{JS}(p, g)",
            "Times −2: the game's value as it was published, which the generator makes small.",
            lambda p, g: -np.log(4) + 2 * _js(p, g),
            related("minus two times the row above", _minus_twice),
        ),
    ],
    sliders={
        "z1": Slider(-4.0, 4.0, step=0.05, value=1.0, label="judge’s logit of the first"),
    },
    over="z1",
    given={
        "p": np.array([0.6, 0.3, 0.1]),
        "g": np.array([0.2, 0.3, 0.5]),
        "z": np.array([0.2, -1.0]),
    },
    sample=lambda rng: {
        "p": 0.94 * rng.dirichlet(np.full(3, 3.0)) + 0.02,
        "g": 0.94 * rng.dirichlet(np.full(3, 3.0)) + 0.02,
        "z1": rng.normal(),
        "z": rng.normal(0, 1, 2),
    },
    reference=lambda p, g, z, z1: (
        (
            p @ sigmoid_cross_entropy(1.0, np.append(z1, z))
            + g @ sigmoid_cross_entropy(0.0, np.append(z1, z))
        )
        / 2
    ),
    slips=[
        WrongLine(
            "plus the divergence",
            3,
            r"= \log 2 + \mathrm{JS}(p, g)",
            lambda p, g: np.log(2) + _js(p, g),
            "The further apart, the easier the judge's task, and the lower its loss. log 2 is "
            "what it pays where it knows nothing.",
            after=(
                (
                    r"-\log 4 - 2\, \mathrm{JS}(p, g)",
                    lambda p, g: -np.log(4) - 2 * _js(p, g),
                ),
            ),
        ),
    ],
)


# --- Questions before an explorer ------------------------------------------------------------

predict_touch = Question(
    "At 205 mm the posterior of the first bell is 0.33, and with q = 0.33 the bound touches log p. "
    "You keep this q and go to a penguin of 190 mm, whose log p is higher. What does the bound do?",
    [
        Option(
            "It touches again: q = 0.33 is right for these two bells",
            "It was right for one penguin. Each has a posterior of its own, and needs its own q.",
            misconception="one q serves all data",
        ),
        Option(
            "It falls away from log p",
            "At 190 mm the first bell is nearly certain. The gap, KL(q‖posterior), is 0 at that "
            "penguin's posterior only.",
            right=True,
        ),
        Option(
            "It rises above log p, which q was not made for",
            "It is a bound for any q: the gap is a KL, and never negative.",
            misconception="a bound holds near its best only",
        ),
    ],
)

predict_width = Question(
    "The encoder's mean is right for every penguin, but its variance is twice the posterior's. The "
    "gap between the bound and the exact NLL …",
    [
        Option(
            "is the same for all penguins",
            "½(2 − 1 − log 2) = 0.1534: KL of two normals with one mean. x does not occur in it.",
            right=True,
        ),
        Option(
            "grows for unusual penguins",
            "The posterior's width does not depend on x here, and neither does the wrong one.",
            misconception="far is harder",
        ),
        Option(
            "is 0: only the means matter",
            "A q that is too wide spends probability where the posterior has none.",
            misconception="only means matter",
        ),
    ],
)

predict_floor = Question(
    "Data are −1 or 1, seen with noise of σ = 1. A perfect network guesses the noise. Its mean "
    "squared error, in units of σ², is …",
    [
        Option(
            "0: that is what perfect means",
            "From x alone nobody can tell 1 with noise −0.8 from −1 with noise 1.2.",
            misconception="noise MSE should reach 0",
        ),
        Option(
            "1: noise cannot be guessed",
            "Without looking at x. An x of 3 says that the noise was positive.",
        ),
        Option(
            "between 0 and 1",
            "0.4496: what the datum's two values leave open. The loss of a diffusion model has a "
            "floor that nobody sees.",
            right=True,
        ),
    ],
)

predict_steps = Question(
    "The same way from data to noise is cut into twice as many steps, each perfectly denoised, "
    "with the usual variance β. The gap between the bound and the entropy …",
    [
        Option(
            "stays: a floor is a floor",
            "The entropy stays. The gap comes from the steps: their true width is not β.",
        ),
        Option(
            "is about halved",
            "Shorter steps are more nearly normal with that width. With the exact variance there "
            "is no gap at all, here.",
            right=True,
        ),
        Option(
            "doubles: each step loses something",
            "Each loses a quarter of what a step twice as long loses.",
            misconception="each step loses as much",
        ),
    ],
)

predict_game = Question(
    "The generator's fakes have become perfect. What is the loss of the best judge, between real "
    "and fake?",
    [
        Option(
            "log 2",
            "It knows nothing, says ½, and pays log 2 = 0.6931 each time. That is its highest "
            "best loss.",
            right=True,
        ),
        Option(
            "0: a loss ends there",
            "That is where fakes are told at a glance.",
            misconception="D’s falling loss is progress",
        ),
        Option(
            "∞: it is beaten",
            "A judge that says ½ never pays more than log 2.",
        ),
    ],
)

# --- Questions at the end --------------------------------------------------------------------

recall = (
    Question(
        "A VAE's ELBO rises by 0.3 nats. Has the likelihood risen?",
        [
            Option(
                "Yes, by at least that",
                "A lower bound may rise towards what it bounds.",
                misconception="the ELBO is the likelihood",
            ),
            Option(
                "Perhaps: the gap may have closed instead",
                "The ELBO is log p less KL(q‖posterior). Better encoders raise it without a "
                "better model.",
                right=True,
            ),
            Option(
                "No: only the encoder has changed",
                "That is possible, and so is the other.",
            ),
        ],
    ),
    Question(
        "Colleagues average the squared error over 3,072 pixels and add the KL of the hidden "
        "numbers in full. What have they done?",
        [
            Option(
                "Nothing that matters: means and sums differ by a factor",
                "By a factor on one of two terms.",
                misconception="mean or sum is cosmetic",
            ),
            Option(
                "Chosen a β of 1/3072",
                "The other way round: it is the reconstruction that was made small.",
            ),
            Option(
                "Chosen a β of 3072, or a noise 55 times as wide",
                "Dividing the reconstruction by d is multiplying the KL by d. √3072 = 55.4.",
                right=True,
            ),
        ],
    ),
    Question(
        "A VAE for greys between 0 and 1 uses the binary cross-entropy per pixel. By the sum test "
        "of notebook 14, is it the NLL of a grey?",
        [
            Option(
                "No: exp(−loss) over all greys does not add up to 1",
                "0.5000, 0.3641, 0.2133 for λ = 0.5, 0.9, 0.99: another number for each λ.",
                right=True,
            ),
            Option(
                "Yes: the Bernoulli is defined on [0, 1]",
                "It is defined on the two ends. Between them this is a loss, and no density.",
                misconception="the Bernoulli has greys",
            ),
            Option(
                "Yes, up to a constant",
                "What is missing depends on λ: no constant, and the density has another best λ.",
            ),
        ],
    ),
)


# --- Exercises -------------------------------------------------------------------------------


def _joints(rng):
    return [
        (np.array([0.02, 0.05]), np.array([0.6, 0.4])),
        (rng.dirichlet(np.ones(4)) * 0.3, rng.dirichlet(np.full(4, 2.0))),
    ]


def elbo_of(joint, q):
    return np.sum(q * (np.log(joint) - np.log(q)))


elbo = Exercise(
    "the ELBO",
    "`joint[z]` is p(x, z) for the x that was seen, `q[z]` your distribution over the hidden z. "
    "Write `elbo(joint, q)`: the lower bound of log p(x), in nats.",
    elbo_of,
    _joints,
    slips=[
        Slip(
            "the entropy's sign",
            lambda joint, q: np.sum(q * (np.log(joint) + np.log(q))),
            "The entropy of q is −Σ q log q, and it is added: q takes itself off.",
        ),
        Slip(
            "the mean for the sum",
            lambda joint, q: elbo_of(joint, q) / len(q),
            "The weights q make it a mean already: add, and divide no more.",
        ),
        Slip(
            "the log of the sum",
            lambda joint, q: np.log(np.sum(joint)),
            "That is log p(x) itself. The task is the bound, for this q.",
        ),
        Slip(
            "the posterior for the joint",
            lambda joint, q: np.sum(q * (np.log(joint / np.sum(joint)) - np.log(q))),
            "Then only minus the gap is left. The joint has p(x) in it.",
        ),
        Slip(
            "log₂ for ln",
            lambda joint, q: np.sum(q * (np.log2(joint) - np.log2(q))),
            "That is in bits.",
        ),
        Slip(
            "the entropy lost",
            lambda joint, q: np.sum(q * np.log(joint)),
            "Without the entropy of q the best q would be certain.",
        ),
    ],
    hints=["The mean under q of log joint − log q."],
)


def _codes(rng):
    return [
        (np.array([0.4, -1.2]), np.array([0.3, 0.8])),
        (rng.normal(0, 1, 5), rng.uniform(0.2, 1.7, 5)),
    ]


def kl_to_prior(mu, sigma):
    return np.sum(mu**2 + sigma**2 - 1 - 2 * np.log(sigma)) / 2


kl_exercise = Exercise(
    "KL to the prior",
    "`mu` and `sigma` are an encoder's means and standard deviations, one for each hidden number. "
    "Write `kl_to_prior(mu, sigma)`: KL to a standard normal prior, of all together, in nats.",
    kl_to_prior,
    _codes,
    slips=[
        Slip(
            "−1 lost",
            lambda mu, sigma: np.sum(mu**2 + sigma**2 - 2 * np.log(sigma)) / 2,
            "At μ = 0 and σ = 1 it must be 0.",
        ),
        Slip(
            "σ for σ²",
            lambda mu, sigma: np.sum(mu**2 + sigma - 1 - np.log(sigma)) / 2,
            "The variance enters: σ², and its log is 2 log σ.",
        ),
        Slip(
            "turned round",
            lambda mu, sigma: np.sum((mu**2 + 1) / sigma**2 - 1 + 2 * np.log(sigma)) / 2,
            "That is KL(prior‖q). The encoder draws, so it stands first.",
        ),
        Slip(
            "the mean over the hidden numbers",
            lambda mu, sigma: np.mean(mu**2 + sigma**2 - 1 - 2 * np.log(sigma)) / 2,
            "Independent numbers add up. The mean is a β nobody chose.",
        ),
    ],
    hints=["For one: ½(μ² + σ² − 1 − log σ²). Then add up."],
)


def _noises(rng):
    return [
        (rng.normal(0, 1, 4), rng.normal(0, 1, 4), 0.3, _guess),
        (rng.normal(0, 1, 6), rng.normal(0, 1, 6), 0.8, _guess),
    ]


def _guess(x):
    return 0.6 * x + 0.1 * x**2


def denoising_loss(x0, eps, bar, guess):
    x = np.sqrt(bar) * x0 + np.sqrt(1 - bar) * eps
    return np.mean((eps - guess(x)) ** 2)


denoising_exercise = Exercise(
    "the denoising loss",
    "`x0` are data, `eps` standard normal noise, `bar` is ᾱ, and `guess(x)` what a network says of "
    "the noise in x. Write `denoising(x0, eps, bar, guess)`: make x with the variance ᾱ of data "
    "(theirs is 1) and 1 − ᾱ of noise, and return the mean squared error of the guess.",
    denoising_loss,
    _noises,
    slips=[
        Slip(
            "the roots lost",
            lambda x0, eps, bar, guess: np.mean((eps - guess(bar * x0 + (1 - bar) * eps)) ** 2),
            "ᾱ and 1 − ᾱ are variances: their roots multiply.",
        ),
        Slip(
            "ᾱ and 1 − ᾱ swapped",
            lambda x0, eps, bar, guess: np.mean(
                (eps - guess(np.sqrt(1 - bar) * x0 + np.sqrt(bar) * eps)) ** 2
            ),
            "ᾱ is what is left of the datum; it falls with t.",
        ),
        Slip(
            "the datum for the noise",
            lambda x0, eps, bar, guess: np.mean(
                (x0 - guess(np.sqrt(bar) * x0 + np.sqrt(1 - bar) * eps)) ** 2
            ),
            "This network guesses the noise. (A network may guess the datum; then the weights "
            "differ.)",
        ),
        Slip(
            "the sum for the mean",
            lambda x0, eps, bar, guess: np.sum(
                (eps - guess(np.sqrt(bar) * x0 + np.sqrt(1 - bar) * eps)) ** 2
            ),
            "The task asks for the mean.",
        ),
    ],
    hints=["`x = np.sqrt(bar) * x0 + np.sqrt(1 - bar) * eps`"],
)


def _judged(rng):
    return [
        (rng.normal(0.5, 1, 4), rng.normal(-0.3, 1, 4)),
        (rng.normal(1, 1, 5), rng.normal(0, 1, 5)),
    ]


def judge_loss(real, fake):
    return (np.mean(np.logaddexp(0, -real)) + np.mean(np.logaddexp(0, fake))) / 2


judge_exercise = Exercise(
    "the judge's loss",
    "`real` and `fake` are the judge's logits of “real” on equally many real data and fakes. Write "
    "`judge(real, fake)`: its mean NLL over all of them.",
    judge_loss,
    _judged,
    slips=[
        Slip(
            "labels swapped",
            lambda real, fake: (
                (np.mean(np.logaddexp(0, real)) + np.mean(np.logaddexp(0, -fake))) / 2
            ),
            "A real one has the label 1: −log σ(z).",
        ),
        Slip(
            "all called real",
            lambda real, fake: (
                (np.mean(np.logaddexp(0, -real)) + np.mean(np.logaddexp(0, -fake))) / 2
            ),
            "The fakes' label is 0: −log(1 − σ(z)), which is log(1 + e^z).",
        ),
        Slip(
            "the sum of both means",
            lambda real, fake: np.mean(np.logaddexp(0, -real)) + np.mean(np.logaddexp(0, fake)),
            "That counts 2 log 2 where the judge knows nothing. Over all of them: half of it.",
        ),
        Slip(
            "the generator's loss",
            lambda real, fake: np.mean(np.logaddexp(0, -fake)),
            "That is what the generator makes small, −log D on its fakes.",
        ),
    ],
    hints=["−log σ(z) is `np.logaddexp(0, -z)`, −log(1 − σ(z)) is `np.logaddexp(0, z)`."],
)


# --- Review: three questions on each of 14, 15 and 16 ----------------------------------------

review = (
    Question(
        "A lamp is on or off, hidden. The posterior says on with 0.9, your q says ½. How far is "
        "the bound below log p?",
        [
            Option(
                "0.37 nats",
                "That is KL(posterior‖q). q stands first.",
                misconception="KL is a symmetric distance",
            ),
            Option("0.51 nats", "½ log(½/0.9) + ½ log(½/0.1) = 0.5108.", right=True),
            Option(
                "0.4, the difference",
                "The gap is a KL divergence, not a difference of probabilities.",
            ),
        ],
    ),
    Question(
        "A diffusion model is trained on a single photograph, until it is perfect. Its mean "
        "squared error on the noise, and what it makes?",
        [
            Option(
                "An error between 0 and 1, and new pictures",
                "What nobody can know is which datum it was. With one there is no doubt.",
                misconception="the floor belongs to the noise",
            ),
            Option(
                "An error of 1, and pure noise",
                "The datum is known, so the noise is what was added to it.",
            ),
            Option(
                "An error of 0, and that photograph",
                "The comb has one tooth: whatever is seen came from it.",
                right=True,
            ),
        ],
    ),
    Question(
        "A GAN's judge is kept at its best, and its loss goes from 0.6 to 0.2. The fakes are …",
        [
            Option(
                "told more easily",
                "log 2 − JS: a lower loss is a larger divergence.",
                right=True,
            ),
            Option(
                "better: a loss fell",
                "The judge's loss. It is highest, log 2, where fakes are perfect.",
                misconception="D’s falling loss is progress",
            ),
            Option("likelier under the generator", "It has no likelihood to speak of."),
        ],
    ),
)

walk = {**reviews("14", "15"), "16_what_nobody_saw": review}

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (bound, elbo, recall[0]),
    (predict_touch, predict_width, kl_exercise, recall[1], recall[2], review[0]),
    (predict_floor, score, review[1]),
    (game, predict_game, judge_exercise, review[2]),
    (beta, denoising, predict_steps, denoising_exercise),
)
