"""Notebook 10, Dirac delta and the empirical distribution: derivations, questions, exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures
(`scenes`), and KL divergence itself (`information`).
"""

from functools import lru_cache

import numpy as np

from lossviz.explorer.parameters import Slider
from lossviz.losses import gaussian_nll
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Property, Slip
from lossviz.teach.relations import equal, limit, related, scaled, shifted, slope_in, zero_in

FIVE = np.array([62.2, 67.2, 69.2, 70.2, 73.7])  # heights in inches, of five of Galton's people
PARENTS = np.array([-2.8, -0.8, 0.2, 1.2, 2.2])  # made-up parents, from the average on
MU = Slider(62.0, 74.0, step=0.1, value=66.0, label="μ")
SIGMA = Slider(1.5, 6.0, step=0.1, value=3.0, label="σ")
WIDTH = Slider(0.05, 2.5, step=0.05, value=1.5, label="w")

# The mean of f over a standard normal is Σ weight · f(node): exact for polynomials up to degree 17.
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def _some_heights(rng):
    """Generic values for the tests: five heights, a model, and bells of middling width."""
    return {
        "y": rng.uniform(62, 74, 5),
        "mu": rng.uniform(65, 71),
        "sigma": rng.uniform(2.3, 4.5),
        "w": rng.uniform(0.4, 0.9),
    }


# --- Derivations -----------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _tabulated(y, w):
    """A grid that holds the whole comb, p̂ and log p̂ on it; log p̂ without underflow."""
    grid = np.linspace(min(y) - 9 * w, max(y) + 9 * w, 1601)
    logs = -gaussian_nll(grid[:, None], np.array(y)[None, :], w)
    top = logs.max(axis=1)
    log_p_hat = top + np.log(np.mean(np.exp(logs - top[:, None]), axis=1))
    return grid, np.exp(log_p_hat), log_p_hat


def _negative_entropy(y, w):
    """∫ p̂ log p̂ by the trapezoid rule."""
    grid, p_hat, log_p_hat = _tabulated(tuple(y), w)
    return np.trapezoid(p_hat * log_p_hat, grid)


def _cross_entropy(y, w, mu, sigma):
    """−∫ p̂ log p_θ by the trapezoid rule."""
    grid, p_hat, _ = _tabulated(tuple(y), w)
    return np.trapezoid(p_hat * gaussian_nll(grid, mu, sigma), grid)


def _roles_swapped(y, w, mu, sigma):
    """−∫ p_θ log p̂ by the trapezoid rule: the cross-entropy the other way round."""
    grid, _, log_p_hat = _tabulated(tuple(y), w)
    return -np.trapezoid(np.exp(-gaussian_nll(grid, mu, sigma)) * log_p_hat, grid)


def _kl_in_panels(y, w, mu, sigma):
    """∫ p̂ log(p̂/p_θ) by Gauss–Legendre on panels, from the densities themselves."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    edges = np.linspace(min(y) - 8 * w, max(y) + 8 * w, 80)
    half = (edges[1] - edges[0]) / 2
    at = (edges[:-1, None] + half * (nodes + 1)).ravel()
    p_hat = np.zeros(len(at))
    for place in y:
        p_hat += np.exp(-(((at - place) / w) ** 2) / 2) / (w * np.sqrt(2 * np.pi)) / len(y)
    log_p = -(((at - mu) / sigma) ** 2) / 2 - np.log(sigma * np.sqrt(2 * np.pi))
    return half * np.sum(np.tile(weights, len(edges) - 1) * p_hat * (np.log(p_hat) - log_p))


def _bell_by_bell(y, w, mu, sigma):
    """−(1/I) Σᵢ ∫ N(y; yᵢ, w²) log p: each datum's NLL averaged over its own bell."""
    return np.mean(gaussian_nll(y[:, None] + w * NODES[None, :], mu, sigma) @ WEIGHTS)


def _predicts(above, here, v):
    """Each datum's NLL with the model's own prediction for it in the place of μ, added up."""
    terms = (
        above(**{**v, "y": v["y"][i : i + 1], "mu": v["mu"] + v["phi1"] * x})
        for i, x in enumerate(v["x"])
    )
    return abs(sum(terms) - here(**v)) < 1e-9 * abs(here(**v))


_Q = r"\tfrac{1}{I}\textstyle\sum_i \delta_w(y - y_i)"

kl_to_nll = Derivation(
    "From KL to the negative log-likelihood",
    [
        Step(
            r"\mathrm{KL}(\hat p_w \| p_\theta) = \int \hat p_w \log \hat p_w\,dy"
            r" - \int \hat p_w \log p_\theta\,dy",
            "Data first, model second. $\\hat p_w$ is the comb with bells of width w.",
            lambda y, w, mu, sigma: _negative_entropy(y, w) + _cross_entropy(y, w, mu, sigma),
        ),
        Step(
            r"\to\ -\int \hat p_w \log p_\theta\,dy",
            "Drop what θ cannot change. What is left is the cross-entropy.",
            _cross_entropy,
            shifted(_negative_entropy, "∫ p̂ log p̂"),
            constant_in=("mu", "sigma"),
        ),
        Step(
            r"= -\int \left[" + _Q + r"\right] \log p_\theta(y)\,dy",
            "Substitute the comb: one bell $\\delta_w$ of area 1 for each datum.",
            _bell_by_bell,
            equal(),
        ),
        Step(
            r"\to\ -\frac{1}{I}\sum_i \log p_\theta(y_i)",
            "Let w → 0. Each bell sifts out the value at its own datum.",
            lambda y, mu, sigma: np.mean(gaussian_nll(y, mu, sigma)),
            limit("w", 0.0),
        ),
        Step(
            r"\to\ -\sum_i \log p_\theta(y_i)",
            "Drop the factor 1/I, which is above 0 and holds no θ. This is the NLL.",
            lambda y, mu, sigma: np.sum(gaussian_nll(y, mu, sigma)),
            scaled(lambda y: 1 / len(y), "1/I"),
            constant_in=("mu", "sigma"),
        ),
        Step(
            r"-\sum_i \log p\left(y_i \mid \theta_i = f(x_i; \phi)\right)",
            "Let a model predict θ from x. From here on everything is conditional on x. (The "
            "number is that of φ₀ = μ and φ₁ = 0.65, with made-up parents x, from their average.)",
            lambda x, y, mu, sigma, phi1: np.sum(gaussian_nll(y, mu + phi1 * x, sigma)),
            related("the row above, with μᵢ = f(xᵢ; φ) = φ₀ + φ₁xᵢ for each datum", _predicts),
        ),
    ],
    sliders={"mu": MU, "sigma": SIGMA, "w": WIDTH},
    over="mu",
    given={"x": PARENTS, "y": FIVE, "phi1": 0.65},
    sample=lambda rng: {
        **_some_heights(rng),
        "x": rng.normal(0, 1.8, 5),
        "phi1": rng.uniform(0.3, 0.9),
    },
    reference=_kl_in_panels,
    slips=[
        WrongLine(
            "the minus lost",
            2,
            r"\to\ \int \hat p_w \log p_\theta\,dy"
            r" = \mathbb{E}_{\hat p_w}\left[\log p_\theta\right]",
            lambda y, w, mu, sigma: -_cross_entropy(y, w, mu, sigma),
            "The expected log-likelihood is what should be large. KL has minus that. To "
            "minimise this row is to look for the model that explains the data worst: the curve "
            "has a top where it should have a floor.",
            after=(
                (
                    r"= \int \left[" + _Q + r"\right] \log p_\theta(y)\,dy",
                    lambda y, w, mu, sigma: -_bell_by_bell(y, w, mu, sigma),
                ),
                (
                    r"\to\ \frac{1}{I}\sum_i \log p_\theta(y_i)",
                    lambda y, mu, sigma: -np.mean(gaussian_nll(y, mu, sigma)),
                ),
                (
                    r"\to\ \sum_i \log p_\theta(y_i)",
                    lambda y, mu, sigma: -np.sum(gaussian_nll(y, mu, sigma)),
                ),
                (
                    r"\sum_i \log p\left(y_i \mid \theta_i = f(x_i; \phi)\right)",
                    lambda x, y, mu, sigma, phi1: -np.sum(gaussian_nll(y, mu + phi1 * x, sigma)),
                ),
            ),
        ),
        WrongLine(
            "the wrong way round",
            2,
            r"\to\ -\int p_\theta \log \hat p_w\,dy",
            _roles_swapped,
            "The weight in front of the log is p̂, the data, and the log is of p_θ, the model. "
            "Swapped, this belongs to KL(p_θ‖p̂), a different number with a different lowest point; "
            "and as the bells grow narrow it runs off, since p̂ is 0 between the data.",
        ),
    ],
    harmless={
        (3, "y[:, None] + w * NODES[None, :] → y[:, None] - w * NODES[None, :]"): (
            "a bell is the same on both sides"
        )
    },
)


what_a_width_does = Derivation(
    "What the width of the bells does",
    [
        Step(
            r"-\int \hat p_w \log p_\theta\,dy",
            "The cross-entropy of the comb and a normal model.",
            _cross_entropy,
        ),
        Step(
            r"= \tfrac{1}{2}\log 2\pi\sigma^2 + \frac{1}{2\sigma^2}\int \hat p_w\,(y-\mu)^2\,dy",
            "Minus the log of the normal. The first term holds no y, and p̂ has the area 1.",
            lambda y, w, mu, sigma: (
                np.log(2 * np.pi * sigma**2) / 2
                + np.mean((y[:, None] + w * NODES - mu) ** 2 @ WEIGHTS) / (2 * sigma**2)
            ),
            equal(),
        ),
        Step(
            r"= \tfrac{1}{2}\log 2\pi\sigma^2 + \frac{1}{2\sigma^2}\left[\frac{1}{I}\sum_i"
            r" (y_i-\mu)^2 + w^2\right]",
            "Over one bell, the mean squared distance from μ is (yᵢ − μ)² + w².",
            lambda y, w, mu, sigma: (
                np.log(2 * np.pi * sigma**2) / 2 + (np.mean((y - mu) ** 2) + w**2) / (2 * sigma**2)
            ),
            equal(),
        ),
        Step(
            r"\frac{\partial}{\partial\sigma} = \frac{1}{\sigma} - \frac{1}{\sigma^3}"
            r"\left[\frac{1}{I}\sum_i (y_i-\mu)^2 + w^2\right]",
            "The slope in σ.",
            lambda y, w, mu, sigma: 1 / sigma - (np.mean((y - mu) ** 2) + w**2) / sigma**3,
            slope_in("sigma", "σ"),
        ),
        Step(
            r"\hat\sigma(w)^2 = \frac{1}{I}\sum_i (y_i-\mu)^2 + w^2",
            "Set it to 0. At the best μ, the mean, the first term is s²; as w → 0 the MLE is back.",
            lambda y, w, mu: np.mean((y - mu) ** 2) + w**2,
            zero_in("sigma", "σ²", np.sqrt),
        ),
    ],
    sliders={"sigma": SIGMA, "mu": MU, "w": WIDTH},
    over="sigma",
    given={"y": FIVE},
    sample=_some_heights,
    reference=lambda y, w, mu, sigma: gaussian_nll(y, mu, sigma).mean() + (w / sigma) ** 2 / 2,
    harmless={
        (2, "y[:, None] + w * NODES → y[:, None] - w * NODES"): "a bell is the same on both sides"
    },
)


# A made-up town: the forecast x (dry, unsure, rain) and whether somebody takes an umbrella, y.
FORECAST = np.array([0.0, 1.0, 2.0])
TOWN = np.array([[0.41, 0.05], [0.14, 0.11], [0.05, 0.24]])  # p*(x, y): a row for each x


def _umbrella(x, b, v):
    """The model p_θ(y | x): a row for each x, no and yes, by a sigmoid of b + v·x."""
    yes = 1 / (1 + np.exp(-b - v * x))
    return np.stack([1 - yes, yes], axis=1)


def _of_x(world):
    return world.sum(axis=1, keepdims=True)


def _entropy(p):
    return -np.sum(p * np.log(p))


pairs = Derivation(
    "From the KL of pairs to the conditional cross-entropy",
    [
        Step(
            r"\mathrm{KL}\left(p^*(x, y) \,\|\, p_\theta(y \mid x)\,p^*(x)\right) = "
            r"\sum_{x, y} p^*(x, y) \log\frac{p^*(x, y)}{p_\theta(y \mid x)\,p^*(x)}",
            "The world makes pairs. The model predicts y from x, and leaves x to the world.",
            lambda world, x, b, v: np.sum(
                world * np.log(world / (_umbrella(x, b, v) * _of_x(world)))
            ),
        ),
        Step(
            r"= \sum_{x, y} p^*(x, y) \left[\log p^*(x, y) - \log p^*(x) - "
            r"\log p_\theta(y \mid x)\right]",
            "The log of a quotient, and of the product below it.",
            lambda world, x, b, v: np.sum(
                world * (np.log(world) - np.log(_of_x(world)) - np.log(_umbrella(x, b, v)))
            ),
            equal(),
        ),
        Step(
            r"= -H(x, y) + H(x) - \sum_{x, y} p^*(x, y) \log p_\theta(y \mid x)",
            "Three sums. The first is minus the entropy of the pairs; in the second, adding up "
            "over y leaves p*(x), so it is the entropy of x. Neither holds θ.",
            lambda world, x, b, v: (
                -_entropy(world)
                + _entropy(_of_x(world))
                - np.sum(world * np.log(_umbrella(x, b, v)))
            ),
            equal(),
        ),
        Step(
            r"= -H(y \mid x) + \mathbb{E}_{x, y \sim p^*}\left[-\log p_\theta(y \mid x)\right]",
            "The two constants make one: what is left open about y when x is known.",
            lambda world, x, b, v: np.sum(
                world * (np.log(world / _of_x(world)) - np.log(_umbrella(x, b, v)))
            ),
            equal(),
        ),
        Step(
            r"\to\ \mathbb{E}_{x, y \sim p^*}\left[-\log p_\theta(y \mid x)\right]",
            "Drop what θ cannot change: the conditional cross-entropy. No log of p(x) is left.",
            lambda world, x, b, v: -np.sum(world * np.log(_umbrella(x, b, v))),
            shifted(lambda world: _entropy(_of_x(world)) - _entropy(world), "−H(y | x)"),
            constant_in=("b", "v"),
        ),
    ],
    sliders={
        "b": Slider(-5.0, 2.0, step=0.05, value=-1.0, label="b"),
        "v": Slider(-1.0, 5.0, step=0.05, value=0.5, label="v"),
    },
    over="v",
    given={"world": TOWN, "x": FORECAST},
    sample=lambda rng: {
        "world": rng.dirichlet(np.full(6, 3.0)).reshape(3, 2),
        "x": rng.normal(0, 1.3, 3),
        "b": rng.normal(0, 0.8),
        "v": rng.uniform(0.3, 1.4),
    },
    reference=lambda world, x, b, v: sum(
        row.sum() * np.sum(row / row.sum() * np.log(row / row.sum() / model))
        for row, model in zip(world, _umbrella(x, b, v), strict=True)
    ),
    slips=[
        WrongLine(
            "the p(x) of the model forgotten",
            2,
            r"= \sum_{x, y} p^*(x, y) \left[\log p^*(x, y) - \log p_\theta(y \mid x)\right]",
            lambda world, x, b, v: np.sum(world * (np.log(world) - np.log(_umbrella(x, b, v)))),
            "Added up over all pairs, p(y | x) alone gives 3, one for each x: this compares with "
            "no distribution of pairs. With p*(x) below the line, its log comes in with a minus.",
            after=(
                (
                    r"= -H(x, y) - \sum_{x, y} p^*(x, y) \log p_\theta(y \mid x)",
                    lambda world, x, b, v: (
                        -_entropy(world) - np.sum(world * np.log(_umbrella(x, b, v)))
                    ),
                ),
            ),
        ),
        WrongLine(
            "the weight counted twice",
            5,
            r"\to\ \mathbb{E}_{x, y \sim p^*}\left[-p^*(x, y) \log p_\theta(y \mid x)\right]",
            lambda world, x, b, v: -np.sum(world**2 * np.log(_umbrella(x, b, v))),
            "The E is the weighting by p*. To write p* inside it once more weighs frequent pairs "
            "twice, and another v wins.",
        ),
    ],
)


# --- Questions before an explorer ------------------------------------------------------------

predict_delta = Question(
    "A bell around x₀ = ½ has the area 1. You weight x² by it and integrate. As the bell grows "
    "narrow and high, the integral goes to …",
    [
        Option(
            "infinity, because the peak does",
            "The peak grows, but the width shrinks by the same factor. The area stays 1.",
            misconception="a delta is a large number",
        ),
        Option(
            "0, because hardly any width is left",
            "The width goes to 0, but the height grows by the same factor. The area stays 1.",
            misconception="a narrow bell weighs nothing",
        ),
        Option(
            "¼, which is x₀²",
            "All of the weight, 1 in total, ends up where x is ½.",
            right=True,
        ),
    ],
)

predict_comb = Question(
    "By sifting, the cross-entropy −∫ p̂ log p_θ tends to the mean NLL of the data as the bells get "
    "narrow. The model p_θ, a normal, stays fixed. From which side does it come?",
    [
        Option(
            "from above, whatever the data",
            "A bell in place of a datum is a datum with some error added, and that is harder to "
            "predict: by w²/2σ², exactly.",
            right=True,
        ),
        Option(
            "from below: wide bells overlap and look more like the model",
            "They may look more like it. But the surprise is averaged over where the bells put "
            "their weight, and some of it lies further out than the data.",
            misconception="a smoother p has the lower cross-entropy",
        ),
        Option(
            "from either side: it depends on the data",
            "For a normal model the loss is a parabola in y, and blurring a parabola lifts it by "
            "the same amount everywhere.",
        ),
    ],
)

predict_drop = Question(
    "Now the whole KL: it also holds ∫ p̂ log p̂, and that one has the log of the bells' height in "
    "it. As w → 0, KL and its lowest point …",
    [
        Option(
            "both run off: no best model is left",
            "KL does run off. But it does so for all models by the same amount.",
            misconception="an infinite term spoils the minimum",
        ),
        Option(
            "KL grows without end; its lowest point tends to the MLE",
            "The growing term holds neither μ nor σ: it lifts the whole curve and moves no lowest "
            "point. That one moves a little with w, by itself, until σ is the MLE's.",
            right=True,
        ),
        Option(
            "both stay where they are",
            "The curve goes up, in the end by ln 10 for each factor of 10 in w, and σ moves a "
            "little.",
        ),
    ],
)

predict_circle = Question(
    "Galton's pairs, one upright bell of width w at each, and a line as the model, with its σ held "
    "fixed. You make the bells wider, from 0.001 to 3 inches. The best slope of the line …",
    [
        Option(
            "becomes flatter: the data are blurred",
            "They are blurred up and down by the same amount, so no slope is favoured.",
            misconception="noise in y flattens the line",
        ),
        Option(
            "becomes steeper: the bells reach further up and down",
            "Up as far as down, at both ends of the line alike: no slope is favoured.",
            misconception="noise in y tilts the line",
        ),
        Option(
            "stays, and so does the cross-entropy",
            "A blurred datum is harder to predict, on average. That costs w²/2σ².",
        ),
        Option(
            "stays, but the cross-entropy rises",
            "By w²/2σ², whatever the slope. A shift moves no lowest point.",
            right=True,
        ),
    ],
)

# --- Questions at the end --------------------------------------------------------------------

recall = (
    Question(
        "∫ p̂ log p̂ runs off to infinity as the bells become deltas. Why may it be dropped all the "
        "same?",
        [
            Option(
                "At each width it is a finite number without θ; the limit is taken afterwards",
                "First drop, then let w → 0. In that order nothing infinite is ever subtracted.",
                right=True,
            ),
            Option(
                "Because ∞ minus ∞ is 0",
                "It is not: ∞ minus ∞ is nothing at all. The order of the steps avoids it.",
                misconception="infinities cancel",
            ),
            Option(
                "Because it is small next to the other term",
                "It becomes larger than anything. Its size does not matter; that it holds no θ "
                "does.",
            ),
        ],
    ),
    Question(
        "You minimise KL between the data p̂ and a model p_θ, and want the NLL. Which one?",
        [
            Option(
                "KL(p_θ‖p̂)",
                "That weights by the model and takes the log of the data's distribution, which is "
                "0 between the data.",
                misconception="KL the wrong way round",
            ),
            Option(
                "KL(p̂‖p_θ)",
                "The data weigh, the log is of the model: −∫ p̂ log p_θ, which sifts to the mean "
                "NLL.",
                right=True,
            ),
            Option(
                "Either: both are 0 at the same place",
                "Both are 0 where the two are equal. A die's six free shares can get there; a "
                "normal never equals a comb, and then the lowest points differ.",
                misconception="KL is a symmetric distance",
            ),
        ],
    ),
    Question(
        "From notebook 03. The NLL of a normal, with a line for its mean and σ fixed, has the same "
        "best line as …",
        [
            Option(
                "the sum of absolute errors",
                "That belongs to the Laplace distribution: notebook 04.",
            ),
            Option(
                "no simpler loss: σ decides which line is best",
                "A constant σ scales and shifts the loss. The best line does not move.",
                misconception="σ moves the best line",
            ),
            Option(
                "the mean squared error",
                "Drop a constant, drop a positive factor, and the squares are left.",
                right=True,
            ),
        ],
    ),
)


# --- Exercises -------------------------------------------------------------------------------


def _samples(rng):
    """Heights, a width and a model, at generic values."""
    return [
        (rng.normal(68, 2.7, size), w, rng.uniform(66, 70), sigma)
        for size, w, sigma in ((1, 0.7, 3.3), (6, 0.05, 2.6), (30, 1.6, 4.2))
    ]


def comb_cross_entropy(y, w, mu, sigma):
    nll = 0.5 * np.log(2 * np.pi * sigma**2) + (y - mu) ** 2 / (2 * sigma**2)
    extra = w**2 / (2 * sigma**2)
    return np.mean(nll) + extra


def _with_extra(extra):
    return lambda y, w, mu, sigma: np.mean(gaussian_nll(y, mu, sigma)) + extra(y, w, sigma)


comb_entropy = Exercise(
    "the comb's cross-entropy",
    "Complete `comb_cross_entropy(y, w, mu, sigma)`: −∫ p̂ log p_θ in nats, for a comb of bells of "
    "width `w` at the data `y` and a normal model. One line is missing.",
    comb_cross_entropy,
    _samples,
    slips=[
        Slip(
            "w for w²",
            _with_extra(lambda y, w, sigma: w / (2 * sigma**2)),
            "What a bell adds to the mean squared distance is its variance, w².",
        ),
        Slip(
            "σ for σ²",
            _with_extra(lambda y, w, sigma: w**2 / (2 * sigma)),
            "The squares are divided by 2σ², not by 2σ.",
        ),
        Slip(
            "the lost 2",
            _with_extra(lambda y, w, sigma: w**2 / sigma**2),
            "The squares are divided by 2σ²; here the 2 is missing.",
        ),
        Slip(
            "divided by I",
            _with_extra(lambda y, w, sigma: w**2 / (2 * sigma**2) / (len(y) + 1e-9)),
            "Each bell adds w², and the mean of I equal numbers is that number.",
        ),
        Slip(
            "the wrong sign",
            _with_extra(lambda y, w, sigma: -(w**2) / (2 * sigma**2)),
            "A blurred datum is further from μ on average, not nearer.",
        ),
    ],
    hints=[
        "Look at row 3 of “What the width of the bells does”.",
        "Over one bell, the mean squared distance from μ is (yᵢ − μ)² + w².",
        "`extra = w**2 / (2 * sigma**2)`",
    ],
)


def _models(rng):
    """Data and a normal model, at generic values."""
    return [
        (rng.normal(68, 2.7, size), rng.uniform(66, 70), sigma)
        for size, sigma in ((3, 3.3), (7, 2.6), (40, 4.2))
    ]


def empirical_cross_entropy(y, mu, sigma):
    nll = 0.5 * np.log(2 * np.pi) + np.log(sigma) + (y - mu) ** 2 / (2 * sigma**2)
    return np.mean(nll)


def _twice_the_data(function, rng):
    """A data set taken twice has the same empirical distribution."""
    y, mu, sigma = rng.normal(68, 2.7, 5), 67.3, 2.9
    once, twice = float(function(y, mu, sigma)), float(function(np.tile(y, 2), mu, sigma))
    if abs(once - twice) < 1e-9 * abs(once):
        return None
    return f"five people give {once:.4f}, the same five taken twice {twice:.4f}."


empirical = Exercise(
    "data against a model",
    "Write `loss(y, mu, sigma)`: the cross-entropy −∫ p̂ log p_θ in nats, as one number, where p̂ is "
    "the empirical distribution of `y` (a delta at each datum) and p_θ a normal.",
    empirical_cross_entropy,
    _models,
    slips=[
        Slip(
            "the sum for the mean",
            lambda y, mu, sigma: np.sum(gaussian_nll(y, mu, sigma)),
            "That is the NLL of all the data. The empirical distribution weights each by 1/I.",
        ),
        Slip(
            "the lost minus",
            lambda y, mu, sigma: -np.mean(gaussian_nll(y, mu, sigma)),
            "E[log p] should be large. As a loss to minimise it needs its minus.",
        ),
        Slip(
            "bits for nats",
            lambda y, mu, sigma: np.mean(gaussian_nll(y, mu, sigma)) / np.log(2),
            "That is in bits. For nats use `np.log`.",
        ),
        Slip(
            "σ for σ²",
            lambda y, mu, sigma: np.mean(
                0.5 * np.log(2 * np.pi) + np.log(sigma) + (y - mu) ** 2 / (2 * sigma)
            ),
            "The squared distance is divided by 2σ², not by 2σ.",
        ),
        Slip(
            "the weight counted twice",
            lambda y, mu, sigma: np.mean(
                np.exp(-gaussian_nll(y, mu, sigma)) * gaussian_nll(y, mu, sigma)
            ),
            "The data are the weight already. p_θ comes in through its log only.",
        ),
        Slip(
            "the log of the mean",
            lambda y, mu, sigma: -np.log(np.mean(np.exp(-gaussian_nll(y, mu, sigma)))),
            "Sift first: each delta gives a log. Then take the mean of the logs.",
        ),
        Slip(
            "constants dropped",
            lambda y, mu, sigma: np.mean((y - mu) ** 2) / (2 * sigma**2),
            "The same best μ, but not the same number: the cross-entropy keeps ½ log 2πσ².",
        ),
    ],
    properties=[Property("the same for the data taken twice", _twice_the_data)],
    hints=[
        "A delta at yᵢ turns the integral into the integrand's value at yᵢ.",
        "What is left is the mean of the NLLs of the data.",
    ],
)


def _tables(rng):
    """Counts with and without a value that never came, and a model that allows all of them."""
    return [
        (np.array([6.0, 3.0, 1.0]), np.array([0.5, 0.2, 0.3])),
        (np.array([4.0, 0.0, 9.0, 7.0]), np.array([0.1, 0.3, 0.35, 0.25])),
        (rng.integers(1, 40, 6).astype(float), rng.dirichlet(np.full(6, 5.0))),
    ]


def kl_from_counts(counts, p_theta):
    p_hat = counts / counts.sum()
    seen = p_hat > 0
    return np.sum(p_hat[seen] * np.log(p_hat[seen] / p_theta[seen]))


def _of_shares(formula):
    """A slip as a formula of the shares that were seen, and of the model's p_θ there."""

    def wrong(counts, p_theta):
        seen = counts > 0
        return formula((counts / counts.sum())[seen], p_theta[seen])

    return wrong


kl_counts = Exercise(
    "KL from data",
    "A die was thrown: face k came `counts[k]` times, and a model says `p_theta[k]`. "
    "Write `kl(counts, p_theta)`: KL from the data's shares p̂ to the model, KL(p̂‖p_θ), in nats. "
    "A count may be 0.",
    kl_from_counts,
    _tables,
    slips=[
        Slip(
            "the wrong way round",
            lambda counts, p_theta: np.sum(p_theta * np.log(p_theta / (counts / counts.sum()))),
            "That is KL(p_θ‖p̂): it weights by the model, and is ∞ where a face never came. The "
            "data come first.",
        ),
        Slip(
            "abs() around the terms",
            _of_shares(lambda p_hat, p_theta: np.sum(np.abs(p_hat * np.log(p_hat / p_theta)))),
            "Some terms are negative and must be: where p_θ is above p̂. The sum is never negative.",
        ),
        Slip(
            "unnormalised",
            lambda counts, p_theta: np.sum(
                counts[counts > 0] * np.log(counts[counts > 0] / p_theta[counts > 0])
            ),
            "These are counts. Divide them by their sum to get shares.",
        ),
        Slip(
            "cross-entropy for KL",
            _of_shares(lambda p_hat, p_theta: -np.sum(p_hat * np.log(p_theta))),
            "That is −Σ p̂ log p_θ, the cross-entropy. KL is less by the entropy of p̂.",
        ),
        Slip(
            "0 · log 0",
            lambda counts, p_theta: np.sum(
                counts / counts.sum() * np.log(counts / counts.sum() / p_theta)
            ),
            "A face that never came must add 0, but NumPy makes 0 times −∞ NaN.",
        ),
        Slip(
            "bits for nats",
            _of_shares(lambda p_hat, p_theta: np.sum(p_hat * np.log2(p_hat / p_theta))),
            "That is in bits. For nats use `np.log`.",
        ),
        Slip(
            "the lost minus",
            _of_shares(lambda p_hat, p_theta: np.sum(p_hat * np.log(p_theta / p_hat))),
            "This is −KL: the quotient is upside down.",
        ),
        Slip(
            "mean for sum",
            _of_shares(lambda p_hat, p_theta: np.mean(p_hat * np.log(p_hat / p_theta))),
            "The weights p̂ already make it a mean: add up, do not divide again.",
        ),
    ],
    hints=[
        "`p_hat = counts / counts.sum()`; the data's shares come first.",
        "Keep only the faces with p̂ > 0, in p̂ and in p_θ.",
        "Σ p̂ log(p̂/p_θ).",
    ],
)


# --- Asked again in the review of the walk ---------------------------------------------------

review = (
    Question(
        "From KL(p̂‖p_θ), with p̂ the data, to the NLL one term is dropped. Which, and why may "
        "it go?",
        [
            Option(
                "∫ p̂ log p_θ: it is constant on the data",
                "This one holds θ: it is minus the loss.",
            ),
            Option(
                "∫ p̂ log p̂: it becomes 0 with enough data",
                "It does not: for narrow spikes it runs off to infinity. It may go all the same.",
                misconception="a dropped term is a small term",
            ),
            Option(
                "∫ p̂ log p̂: θ does not occur in it",
                "However large it is, moving θ does not move it. So the argmin stays.",
                right=True,
            ),
        ],
    ),
    Question(
        "What is ∫ cos(πy) δ(y − 1) dy?",
        [
            Option(
                "−1",
                "The delta picks the value at its place: cos π.",
                right=True,
            ),
            Option(
                "0: the delta is 0 nearly everywhere",
                "Its area is 1, all of it at y = 1.",
                misconception="zero nearly everywhere means no area",
            ),
            Option(
                "∞: the delta is infinite at 1",
                "The height grows as the width shrinks; the area stays 1.",
                misconception="an infinite height means an infinite area",
            ),
        ],
    ),
    Question(
        "Delays with a standard deviation of 4 s. Each one becomes a little normal of width w = 3 "
        "s. Which σ of a normal model now minimises the cross-entropy?",
        [
            Option(
                "4 s: the width must not matter",
                "It does for σ, as long as w is above 0. For μ it does not.",
            ),
            Option(
                "5 s",
                "Variances add: 16 + 9 = 25. As w goes to 0 this tends to 4, the "
                "maximum-likelihood σ.",
                right=True,
            ),
            Option(
                "7 s: the widths add",
                "Variances add, widths do not.",
                misconception="standard deviations add",
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (predict_delta, review[1]),
    (predict_comb, comb_entropy, empirical, review[2]),
    (kl_to_nll, pairs, predict_circle, kl_counts, recall[1], recall[2]),
    (predict_drop, what_a_width_does, recall[0], review[0]),
)
