"""Notebook 02, likelihood: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures
(`scenes.nb02`), and the formulas that the notebook itself shows in its cells.
"""

import numpy as np

from lossviz.derivations import Derivation, Step, WrongLine, equal, related, scaled
from lossviz.losses import gaussian_nll
from lossviz.stage import Slider

FIVE = np.array([62.2, 67.2, 71.2, 71.2, 73.7])  # heights in inches, of five of Galton's people
MU = Slider(60.0, 76.0, step=0.1, value=66.0, label="μ")
SIGMA = Slider(1.5, 6.0, step=0.1, value=3.0, label="σ")


def _some_heights(rng):
    """Generic values for the tests: a handful of heights, and no σ at which slips coincide."""
    return {
        "y": rng.uniform(60, 76, 5),
        "mu": rng.uniform(62, 74),
        "sigma": rng.uniform(2.3, 4.5),
    }


def _close(a, b, size=1.0):
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b), size)


# --- Derivations -----------------------------------------------------------------------------


def _slope(function, variables, name, step=1e-4):
    """The derivative of a line in one variable, by central differences."""
    up, down = ({**variables, name: variables[name] + h} for h in (step, -step))
    return (function(**up) - function(**down)) / (2 * step)


def _density(y, mu, sigma):
    return np.exp(-((y - mu) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))


density = Derivation(
    "From one bell to every bell",
    [
        Step(
            r"\frac{1}{\sqrt{2\pi}}\, e^{-z^2/2}, \qquad z = \frac{y-\mu}{\sigma}",
            "The standard bell: z says how many σ the height y lies from μ.",
            lambda y, mu, sigma: np.exp(-(((y - mu) / sigma) ** 2) / 2) / np.sqrt(2 * np.pi),
        ),
        Step(
            r"p(y \mid \mu, \sigma) = \frac{1}{\sigma}\,"
            r"\frac{1}{\sqrt{2\pi}}\, e^{-z^2/2}",
            "Stretched σ times in width, a bell must shrink σ times in height to keep the area 1.",
            lambda y, mu, sigma: (
                np.exp(-(((y - mu) / sigma) ** 2) / 2) / np.sqrt(2 * np.pi) / sigma
            ),
            scaled(lambda sigma: sigma, "σ"),
            constant_in=("y", "mu"),
        ),
        Step(
            r"p(y \mid \mu, \sigma) = \frac{1}{\sigma\sqrt{2\pi}}\,"
            r"\exp\left(-\frac{(y-\mu)^2}{2\sigma^2}\right)",
            "z written out: it is squared, so its σ is squared too.",
            _density,
            equal(),
        ),
    ],
    sliders={"y": Slider(56.0, 80.0, step=0.1, value=72.0, label="y"), "mu": MU, "sigma": SIGMA},
    over="y",
    sample=lambda rng: {**_some_heights(rng), "y": rng.uniform(60, 76)},
    reference=lambda y, mu, sigma: np.exp(-gaussian_nll((y - mu) / sigma, 0.0, 1.0)),
    slips=[
        WrongLine(
            "sigma not squared",
            3,
            r"p(y \mid \mu, \sigma) = \frac{1}{\sigma\sqrt{2\pi}}\,"
            r"\exp\left(-\frac{(y-\mu)^2}{2\sigma}\right)",
            lambda y, mu, sigma: (
                np.exp(-((y - mu) ** 2) / (2 * sigma)) / (sigma * np.sqrt(2 * np.pi))
            ),
            "z² = (y − μ)²/σ², so the exponent is divided by 2σ², not 2σ. With 2σ the area under "
            "the curve is 1/√σ: no density unless σ = 1. And inches² over inches is no pure "
            "number, which an exponent has to be.",
        )
    ],
)

product_to_sum = Derivation(
    "From a product to a sum of logs",
    [
        Step(
            r"L = \prod_{i=1}^{I} p(y_i \mid \mu, \sigma)",
            "Independent people: the densities multiply.",
            lambda y, mu, sigma: np.prod(_density(y, mu, sigma)),
        ),
        Step(
            r"\ell = \log \prod_{i=1}^{I} p(y_i \mid \mu, \sigma)",
            "Take the log. It only ever rises, so it is highest where L is highest.",
            lambda y, mu, sigma: np.log(np.prod(_density(y, mu, sigma))),
            related(
                "the log of the line above; the peak stays",
                lambda above, here, v: _close(np.exp(here(**v)), above(**v), 0.0),
            ),
        ),
        Step(
            r"\ell = \sum_{i=1}^{I} \log p(y_i \mid \mu, \sigma)",
            "The log of a product is the sum of the logs.",
            lambda y, mu, sigma: np.sum(np.log(_density(y, mu, sigma))),
            equal(),
        ),
        Step(
            r"\mathrm{NLL} = -\sum_{i=1}^{I} \log p(y_i \mid \mu, \sigma)",
            "Turn it upside down: by habit a loss is made small, so the peak becomes a floor.",
            lambda y, mu, sigma: gaussian_nll(y, mu, sigma).sum(),
            related(
                "minus the line above; the peak is now the floor",
                lambda above, here, v: _close(here(**v), -above(**v)),
            ),
        ),
    ],
    sliders={"mu": MU, "sigma": SIGMA},
    over="mu",
    given={"y": FIVE},
    sample=_some_heights,
    reference=lambda y, mu, sigma: np.exp(-gaussian_nll(y, mu, sigma).sum()),
    slips=[
        WrongLine(
            "log outside",
            3,
            r"\ell = \log \sum_{i=1}^{I} p(y_i \mid \mu, \sigma)",
            lambda y, mu, sigma: np.log(np.sum(_density(y, mu, sigma))),
            "The log of a product is the sum of the logs, not the log of the sum. This line "
            "adds densities first: one person who fits well would hide all who do not.",
            after=(
                (
                    r"\mathrm{NLL} = -\log \sum_{i=1}^{I} p(y_i \mid \mu, \sigma)",
                    lambda y, mu, sigma: -np.log(np.sum(_density(y, mu, sigma))),
                ),
            ),
        )
    ],
)


def _normal_log_likelihood(y, mu, sigma):
    I = len(y)
    squares = np.sum((y - mu) ** 2)
    return -I / 2 * np.log(2 * np.pi) - I * np.log(sigma) - squares / (2 * sigma**2)


best_mu = Derivation(
    "The best μ",
    [
        Step(
            r"\ell(\mu, \sigma) = \sum_i \log\left[\frac{1}{\sigma\sqrt{2\pi}}"
            r"\exp\left(-\frac{(y_i-\mu)^2}{2\sigma^2}\right)\right]",
            "The sum of logs, with the normal's density put in.",
            lambda y, mu, sigma: np.sum(np.log(_density(y, mu, sigma))),
        ),
        Step(
            r"= -\frac{I}{2}\log 2\pi - I\log\sigma - \frac{1}{2\sigma^2}\sum_i (y_i-\mu)^2",
            "The log undoes the exp, and turns each factor into a term of its own.",
            _normal_log_likelihood,
            equal(),
        ),
        Step(
            r"\frac{\partial \ell}{\partial \mu} = \frac{1}{\sigma^2}\sum_i (y_i-\mu)",
            "Differentiate in μ. Only the last term holds μ; its 2 cancels the ½.",
            lambda y, mu, sigma: np.sum(y - mu) / sigma**2,
            related(
                "the slope in μ of the line above",
                lambda above, here, v: _close(here(**v), _slope(above, v, "mu")),
            ),
        ),
        Step(
            r"\hat\mu = \frac{1}{I}\sum_i y_i",
            "At a peak the slope is 0: the sum of yᵢ equals I·μ. σ is not in it.",
            lambda y: y.mean(),
            related(
                "the μ at which the line above is 0",
                lambda above, here, v: abs(above(**{**v, "mu": here(**v)})) < 1e-9,
            ),
        ),
    ],
    sliders={"mu": MU, "sigma": SIGMA},
    over="mu",
    given={"y": FIVE},
    sample=_some_heights,
    reference=lambda y, mu, sigma: -gaussian_nll(y, mu, sigma).sum(),
)


def _at_best_mu(y, sigma):
    return _normal_log_likelihood(y, y.mean(), sigma)


best_sigma = Derivation(
    "The best σ",
    [
        Step(
            r"\ell(\hat\mu, \sigma) = -\frac{I}{2}\log 2\pi - I\log\sigma"
            r" - \frac{1}{2\sigma^2}\sum_i (y_i-\hat\mu)^2",
            "The log-likelihood at the best μ. What is left to choose is σ.",
            _at_best_mu,
        ),
        Step(
            r"\frac{\partial \ell}{\partial \sigma} = -\frac{I}{\sigma}"
            r" + \frac{1}{\sigma^3}\sum_i (y_i-\hat\mu)^2",
            "Differentiate in σ: one term wants σ small, the other wants it large.",
            lambda y, sigma: -len(y) / sigma + np.sum((y - y.mean()) ** 2) / sigma**3,
            related(
                "the slope in σ of the line above",
                lambda above, here, v: _close(here(**v), _slope(above, v, "sigma")),
            ),
        ),
        Step(
            r"\frac{\sigma^3}{I}\,\frac{\partial \ell}{\partial \sigma} ="
            r" \frac{1}{I}\sum_i (y_i-\hat\mu)^2 - \sigma^2",
            "Multiply by σ³/I, which is above 0 and so moves no zero.",
            lambda y, sigma: np.mean((y - y.mean()) ** 2) - sigma**2,
            related(
                "σ³/I times the line above; its zero stays",
                lambda above, here, v: _close(here(**v), above(**v) * v["sigma"] ** 3 / len(v["y"])),
            ),
        ),
        Step(
            r"\hat\sigma^2 = \frac{1}{I}\sum_i (y_i-\hat\mu)^2",
            "Set it to 0: the best σ² is the mean squared distance from the mean.",
            lambda y: np.mean((y - y.mean()) ** 2),
            related(
                "the σ² at which the line above is 0",
                lambda above, here, v: abs(above(**{**v, "sigma": np.sqrt(here(**v))})) < 1e-9,
            ),
        ),
    ],
    sliders={"sigma": SIGMA},
    over="sigma",
    given={"y": FIVE},
    sample=lambda rng: {k: v for k, v in _some_heights(rng).items() if k != "mu"},
    reference=lambda y, sigma: -gaussian_nll(y, y.mean(), sigma).sum(),
)

how_low = Derivation(
    "How low can the NLL go?",
    [
        Step(
            r"-\log p(y \mid \mu, \sigma)",
            "The NLL of one height in metres.",
            lambda y, mu, sigma: -np.log(_density(y, mu, sigma)),
        ),
        Step(
            r"= \frac{1}{2}\log 2\pi + \log\sigma + \frac{(y-\mu)^2}{2\sigma^2}",
            "The normal's density, written out.",
            lambda y, mu, sigma: (
                0.5 * np.log(2 * np.pi) + np.log(sigma) + (y - mu) ** 2 / (2 * sigma**2)
            ),
            equal(),
        ),
        Step(
            r"\ge \frac{1}{2}\log 2\pi + \log\sigma",
            "A floor: the least it can be, whatever y is.",
            lambda sigma: 0.5 * np.log(2 * np.pi) + np.log(sigma),
            related(
                "the line above touches this one at y = μ and is never below it",
                lambda above, here, v: (
                    above(**v) >= here(**v) - 1e-12
                    and _close(above(**{**v, "y": v["mu"]}), here(**v))
                ),
            ),
        ),
    ],
    sliders={
        "y": Slider(1.5, 2.0, step=0.01, value=1.75, label="y"),
        "sigma": Slider(0.03, 0.2, step=0.01, value=0.06, label="σ"),
    },
    over="y",
    given={"mu": 1.73},
    sample=lambda rng: {
        "mu": rng.uniform(1.6, 1.8),
        "y": rng.uniform(1.6, 1.8),
        "sigma": rng.uniform(0.05, 0.15),
    },
    reference=lambda y, mu, sigma: gaussian_nll(y, mu, sigma),
    slips=[
        WrongLine(
            "a density is at most 1",
            3,
            r"\ge 0",
            lambda: 0.0,
            "0 ≤ p ≤ 1 holds for probabilities. A density is a probability per metre and may be "
            "any number above 0: at σ = 0.06 m it peaks near 6.6, so its NLL goes below 0.",
        )
    ],
)
