"""Notebook 11, beyond the recipe: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures
(`scenes`), and the fits, which are `lossviz.fit`'s.
"""

import math

import numpy as np

from lossviz.explorer.parameters import Slider
from lossviz.losses import gaussian_nll, laplace_nll, mixture_nll, poisson_nll
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Slip
from lossviz.teach.relations import equal, related, scaled, shifted, slope_in

# --- Derivations -----------------------------------------------------------------------------


def _log_factorials(y):
    return np.array([math.lgamma(n + 1) for n in y])


def _count_terms(y, f):
    return np.sum(np.exp(f) - y * f)


def _count_nll(y, f):
    return _count_terms(y, f) + _log_factorials(y).sum()


def _count_probabilities(y, f):
    rate = np.exp(f)
    return rate**y * np.exp(-rate) / np.exp(_log_factorials(y))


def _is_derivative(above, here, variables):
    return slope_in("f", "f").check(above, here, variables) is None


counts = Derivation(
    "The loss for counts",
    [
        Step(
            r"-\sum_{i=1}^{I} \log \mathrm{Poisson}(y_i;\ \lambda), \qquad \lambda = e^{f}",
            "The NLL of all counts. The model gives f, any number; exp makes a rate above 0 of it.",
            _count_nll,
        ),
        Step(
            r"= -\sum_i \log\left[\frac{\lambda^{y_i} e^{-\lambda}}{y_i!}\right]",
            "The Poisson's probability of the count yᵢ, written out.",
            lambda y, f: -np.sum(np.log(_count_probabilities(y, f))),
            equal(),
        ),
        Step(
            r"= \sum_i \left[e^{f} - y_i\,f + \log y_i!\right]",
            "The log of a product is a sum of logs; log λ is f.",
            _count_nll,
            equal(),
        ),
        Step(
            r"\to\ \sum_i \left[e^{f} - y_i\,f\right]",
            "log yᵢ! holds no f. Drop it: the curve shifts.",
            _count_terms,
            shifted(lambda y: _log_factorials(y).sum(), "Σ log y!"),
            constant_in=("f",),
        ),
        Step(
            r"\frac{\partial}{\partial f} = \sum_i \left[e^{f} - y_i\right]",
            "Differentiate: rate minus count. It is 0 where the rate is the mean of the counts.",
            lambda y, f: np.sum(np.exp(f) - y),
            related("the derivative in f of the row above", _is_derivative),
        ),
    ],
    sliders={"f": Slider(-2.0, 2.0, step=0.05, value=0.8, label="f")},
    over="f",
    given={"y": np.array([0.0, 1.0, 0.0, 2.0, 1.0, 3.0])},
    sample=lambda rng: {
        "y": np.append(rng.poisson(1.5, 6), [2, 5]).astype(float),
        "f": rng.uniform(0.2, 1.3),
    },
    reference=lambda y, f: poisson_nll(y, f).sum(),
    slips=[
        WrongLine(
            "= for a shift",
            3,
            r"= \sum_i \left[e^{f} - y_i\,f\right]",
            _count_terms,
            "log y! is gone, and the sign still says that the two rows are equal. Same best f, "
            "another number: whoever compares this with another distribution's NLL is misled.",
        ),
        WrongLine(
            "a sign lost",
            3,
            r"= \sum_i \left[e^{f} + y_i\,f + \log y_i!\right]",
            lambda y, f: np.sum(np.exp(f) + y * f) + _log_factorials(y).sum(),
            "The minus in front of the log goes for every factor: λ to the power y gives −yf. "
            "With a plus, the loss falls for ever as the rate goes to 0, as soon as anything was "
            "counted.",
            after=[
                (
                    r"\to\ \sum_i \left[e^{f} + y_i\,f\right]",
                    lambda y, f: np.sum(np.exp(f) + y * f),
                ),
                (
                    r"\frac{\partial}{\partial f} = \sum_i \left[e^{f} + y_i\right]",
                    lambda y, f: np.sum(np.exp(f) + y),
                ),
            ],
        ),
    ],
)


def _of_logs(y, mu, sigma):
    return gaussian_nll(np.log(y), mu, sigma).sum()


def _lognormal_density(y, mu, sigma):
    z = (np.log(y) - mu) / sigma
    return np.exp(-(z**2) / 2) / (y * sigma * np.sqrt(2 * np.pi))


_NORMAL_OF_LOG = r"\mathcal{N}(\log y_i;\ \mu, \sigma^2)"

jacobian = Derivation(
    "The normal of the logs, as a density of the incomes",
    [
        Step(
            r"-\sum_{i=1}^{I} \log p(y_i), \qquad z_i = \log y_i \sim \mathcal{N}(\mu, \sigma^2)",
            "The NLL of the incomes themselves, when their logs are normal.",
            lambda y, mu, sigma: np.sum(
                np.log(y)
                + np.log(sigma * np.sqrt(2 * np.pi))
                + (np.log(y) - mu) ** 2 / 2 / sigma**2
            ),
        ),
        Step(
            r"= -\sum_i \log\left[" + _NORMAL_OF_LOG + r"\ \frac{\mathrm{d}z_i}{\mathrm{d}y_i}"
            r"\right], \qquad \frac{\mathrm{d}z}{\mathrm{d}y} = \frac{1}{y}",
            "A strip of width dy holds the same probability as its image, of width dz.",
            lambda y, mu, sigma: -np.sum(np.log(np.exp(-gaussian_nll(np.log(y), mu, sigma)) / y)),
            equal(),
        ),
        Step(
            r"= -\sum_i \log " + _NORMAL_OF_LOG + r" + \sum_i \log y_i",
            "The log of a product; −log(1/y) is log y. This is the Jacobian's term.",
            lambda y, mu, sigma: _of_logs(y, mu, sigma) + np.log(y).sum(),
            equal(),
        ),
        Step(
            r"\to\ -\sum_i \log " + _NORMAL_OF_LOG,
            "It holds no parameter: to find μ and σ, drop it. To compare NLLs, keep it.",
            _of_logs,
            shifted(lambda y: np.log(y).sum(), "Σ log y"),
            constant_in=("mu", "sigma"),
        ),
    ],
    sliders={
        "mu": Slider(5.5, 8.0, step=0.05, value=6.4, label="μ"),
        "sigma": Slider(0.2, 1.5, step=0.05, value=0.6, label="σ"),
    },
    over="mu",
    given={"y": np.array([420.0, 541.0, 901.0, 1200.0, 2822.0])},
    sample=lambda rng: {
        "y": rng.lognormal(6.5, 0.5, 7),
        "mu": rng.uniform(6, 7),
        "sigma": rng.uniform(0.3, 0.8),
    },
    reference=lambda y, mu, sigma: -np.sum(np.log(_lognormal_density(y, mu, sigma))),
    slips=[
        WrongLine(
            "the Jacobian lost",
            2,
            r"= -\sum_i \log\left[" + _NORMAL_OF_LOG + r"\right]",
            _of_logs,
            "This is a density per unit of log y. Read as one of y, its area is not 1. Its NLL is "
            "smaller by Σ log y, and seems to beat every honest competitor.",
            after=[(r"= -\sum_i \log " + _NORMAL_OF_LOG, _of_logs)],
        ),
        WrongLine(
            "the Jacobian upside down",
            3,
            r"= -\sum_i \log " + _NORMAL_OF_LOG + r" - \sum_i \log y_i",
            lambda y, mu, sigma: _of_logs(y, mu, sigma) - np.log(y).sum(),
            "dz/dy is 1/y, and minus its log is plus log y. The wide strips belong to the large "
            "incomes, so the density must be divided by y there.",
        ),
    ],
)


def _parts(y, mu1, mu2, sigma, share):
    """log(share of a bell) + log(its density), one row for each point: shape (I, 2)."""
    logs = np.log([share, 1 - share])
    return logs - gaussian_nll(y[:, None], np.array([[mu1, mu2]]), sigma)


def _plain_mixture(y, mu1, mu2, sigma, share):
    return -np.sum(np.log(np.exp(_parts(y, mu1, mu2, sigma, share)).sum(axis=1)))


def _shifted_sum(y, mu1, mu2, sigma, share):
    a = _parts(y, mu1, mu2, sigma, share)
    return np.log(np.exp(a - a.max(axis=1, keepdims=True)).sum(axis=1)).sum()


log_sum_exp = Derivation(
    "A mixture's loss, the way a machine can compute it",
    [
        Step(
            r"-\sum_{i} \log \sum_{k} \pi_k\, \mathcal{N}(y_i;\ \mu_k, \sigma^2)",
            "The density of a mixture is a sum of bells, so the log stands outside a sum.",
            _plain_mixture,
        ),
        Step(
            r"= -\sum_i \log \sum_k e^{a_{ik}}, \qquad"
            r" a_{ik} = \log\pi_k + \log\mathcal{N}(y_i;\ \mu_k, \sigma^2)",
            "Each term as the exp of its log. The log of a sum does not split.",
            lambda y, mu1, mu2, sigma, share: (
                -np.sum(np.logaddexp(*_parts(y, mu1, mu2, sigma, share).T))
            ),
            equal(),
        ),
        Step(
            r"= -\sum_i \left[m_i + \log \sum_k e^{a_{ik} - m_i}\right], \qquad"
            r" m_i = \max_k a_{ik}",
            "Take the largest term out: one exp is then 1, so the sum cannot underflow to 0.",
            lambda y, mu1, mu2, sigma, share: (
                -np.sum(_parts(y, mu1, mu2, sigma, share).max(axis=1))
                - _shifted_sum(y, mu1, mu2, sigma, share)
            ),
            equal(),
        ),
    ],
    sliders={
        "mu1": Slider(2.0, 7.0, step=0.1, value=3.6, label="μ₁"),
        "mu2": Slider(2.0, 7.0, step=0.1, value=5.4, label="μ₂"),
    },
    over="mu1",
    given={
        "y": np.array([3.2, 3.5, 5.55, 5.7]),
        "sigma": 0.4,
        "share": 0.6,
    },
    sample=lambda rng: {
        "y": rng.normal(4.5, 1.0, 6),
        "mu1": rng.uniform(3, 4),
        "mu2": rng.uniform(5, 6),
        "sigma": rng.uniform(0.4, 0.8),
        "share": rng.uniform(0.2, 0.45),
    },
    reference=lambda y, mu1, mu2, sigma, share: mixture_nll(
        y, np.log([share, 1 - share]), np.array([mu1, mu2]), sigma
    ).sum(),
    slips=[
        WrongLine(
            "the log pulled inside",
            2,
            r"= -\sum_i \sum_k \pi_k \log \mathcal{N}(y_i;\ \mu_k, \sigma^2), \qquad "
            r"a_{ik} = \log\pi_k + \log\mathcal{N}(y_i;\ \mu_k, \sigma^2)",
            lambda y, mu1, mu2, sigma, share: np.sum(
                gaussian_nll(y[:, None], np.array([[mu1, mu2]]), sigma) * [share, 1 - share]
            ),
            "The log of a sum is not the sum of the logs. With the log inside, every bell has to "
            "please every point, and both means run to the plain mean, where "
            "no penguin is.",
        ),
        WrongLine(
            "the maximum not put back",
            3,
            r"= -\sum_i \log \sum_k e^{a_{ik} - m_i}, \qquad m_i = \max_k a_{ik}",
            lambda y, mu1, mu2, sigma, share: -_shifted_sum(y, mu1, mu2, sigma, share),
            "Taking m out of the sum is fine, but it must be added back: log-sum-exp moves with "
            "its inputs. Without it, a far-off point costs next to nothing.",
        ),
    ],
)


FIVE_X = np.array([-1.2, -0.5, 0.1, 0.6, 1.4])
FIVE_Y = np.array([-1.1, -0.1, 0.4, 0.3, 1.5])


def _misfit(x, y, phi):
    return np.sum((y - phi * x) ** 2)


def _log_evidence(x, y, s, sigma):
    """log p(y): y is normal with covariance σ²·1 + s²·xxᵀ once the slope is averaged out."""
    covariance = sigma**2 * np.eye(len(y)) + s**2 * np.outer(x, x)
    quadratic = y @ np.linalg.solve(covariance, y)
    return -0.5 * (quadratic + np.linalg.slogdet(2 * np.pi * covariance)[1])


def _log_posterior(x, y, phi, s, sigma):
    precision = x @ x / sigma**2 + 1 / s**2
    middle = (x @ y / sigma**2) / precision
    return -gaussian_nll(phi, middle, precision**-0.5)


def _posterior_by_sums(x, y, phi, s, sigma):
    """−log p(φ | y) with the evidence as a sum over a fine grid of slopes."""
    grid = np.linspace(-15, 15, 6001)

    def log_joint(slopes):
        fits = gaussian_nll(y[:, None], x[:, None] * slopes[None, :], sigma).sum(axis=0)
        return -fits - gaussian_nll(slopes, 0.0, s)

    logs = log_joint(grid)
    evidence = logs.max() + np.log(np.exp(logs - logs.max()).sum() * (grid[1] - grid[0]))
    return evidence - log_joint(np.array([phi])).item()


def _bayes(x, y, phi, s, sigma):
    return gaussian_nll(y, phi * x, sigma).sum() + gaussian_nll(phi, 0.0, s)


def _two_constants(y, s, sigma):
    return len(y) / 2 * np.log(2 * np.pi * sigma**2) + 0.5 * np.log(2 * np.pi * s**2)


def _l2(x, y, phi, s, sigma):
    return _misfit(x, y, phi) / (2 * sigma**2) + phi**2 / (2 * s**2)


_FIT = r"\sum_i \frac{(y_i - \phi x_i)^2}{2\sigma^2}"
_PRIOR_SLIDERS = {
    "phi": Slider(-1.0, 3.0, step=0.05, value=1.5, label="weight φ"),
    "s": Slider(0.1, 5.0, step=0.05, value=0.3, label="prior's s", log=True),
}


def _slope_sample(rng):
    x = rng.normal(0, 1.3, 7)
    return {
        "x": x,
        "y": 0.8 * x + rng.normal(0, 0.6, 7),
        "phi": rng.uniform(0.4, 1.7),
        "sigma": rng.uniform(0.5, 0.8),
    }


ridge = Derivation(
    "From a normal prior to the L2 penalty",
    [
        Step(
            r"-\log p(\phi \mid y)",
            "How implausible a weight φ is, once the data are seen. (All given x.)",
            lambda x, y, phi, s, sigma: -_log_posterior(x, y, phi, s, sigma),
        ),
        Step(
            r"= -\sum_i \log p(y_i \mid \phi) - \log p(\phi) + \log p(y)",
            "Bayes' rule, and its log: likelihood times prior, over the evidence.",
            lambda x, y, phi, s, sigma: _bayes(x, y, phi, s, sigma) + _log_evidence(x, y, s, sigma),
            equal(),
        ),
        Step(
            r"\to\ -\sum_i \log p(y_i \mid \phi) - \log p(\phi)",
            "The evidence p(y) holds no φ: a shift. What is left is the NLL plus one term.",
            _bayes,
            shifted(_log_evidence, "log p(y)"),
            constant_in=("phi",),
        ),
        Step(
            r"= " + _FIT + r" + \frac{\phi^2}{2 s^2} + \frac{I}{2}\log 2\pi\sigma^2"
            r" + \frac{1}{2}\log 2\pi s^2",
            "Two normals, written out: errors of width σ, and a weight around 0 of width s.",
            lambda x, y, phi, s, sigma: _l2(x, y, phi, s, sigma) + _two_constants(y, s, sigma),
            equal(),
        ),
        Step(
            r"\to\ " + _FIT + r" + \frac{\phi^2}{2 s^2}",
            "Both logs hold no φ: a shift.",
            _l2,
            shifted(_two_constants, "both logs"),
            constant_in=("phi",),
        ),
        Step(
            r"\to\ \sum_i (y_i - \phi x_i)^2 + \alpha\,\phi^2, \qquad"
            r" \alpha = \frac{\sigma^2}{s^2}",
            "Times 2σ²: the squared error, plus a penalty. The narrower the prior, the larger α.",
            lambda x, y, phi, s, sigma: _misfit(x, y, phi) + sigma**2 / s**2 * phi**2,
            scaled(lambda sigma: 1 / (2 * sigma**2), "1/2σ²"),
            constant_in=("phi",),
        ),
    ],
    sliders=_PRIOR_SLIDERS,
    over="phi",
    given={"x": FIVE_X, "y": FIVE_Y, "sigma": 0.4},
    sample=lambda rng: {**_slope_sample(rng), "s": rng.uniform(0.25, 0.9)},
    reference=_posterior_by_sums,
    slips=[
        WrongLine(
            "the prior's minus lost",
            4,
            r"= " + _FIT + r" - \frac{\phi^2}{2 s^2} + \frac{I}{2}\log 2\pi\sigma^2"
            r" + \frac{1}{2}\log 2\pi s^2",
            lambda x, y, phi, s, sigma: (
                _l2(x, y, phi, s, sigma) - phi**2 / s**2 + _two_constants(y, s, sigma)
            ),
            "Minus the log of a normal is plus the square. With a minus, large weights are "
            "rewarded: shrink s and the best φ runs away.",
            after=[
                (
                    r"\to\ " + _FIT + r" - \frac{\phi^2}{2 s^2}",
                    lambda x, y, phi, s, sigma: _l2(x, y, phi, s, sigma) - phi**2 / s**2,
                ),
                (
                    r"\to\ \sum_i (y_i - \phi x_i)^2 - \alpha\,\phi^2, \qquad"
                    r" \alpha = \frac{\sigma^2}{s^2}",
                    lambda x, y, phi, s, sigma: _misfit(x, y, phi) - sigma**2 / s**2 * phi**2,
                ),
            ],
        ),
        WrongLine(
            "α upside down",
            6,
            r"\to\ \sum_i (y_i - \phi x_i)^2 + \alpha\,\phi^2, \qquad"
            r" \alpha = \frac{s^2}{\sigma^2}",
            lambda x, y, phi, s, sigma: _misfit(x, y, phi) + s**2 / sigma**2 * phi**2,
            "A wide prior says little, so its penalty must be small: s stands below. Noisy data "
            "say little, so the prior counts for more: σ stands above.",
        ),
    ],
)


def _l1(x, y, phi, b, sigma):
    return _misfit(x, y, phi) / (2 * sigma**2) + abs(phi) / b


lasso = Derivation(
    "From a Laplace prior to the L1 penalty",
    [
        Step(
            r"-\log \left[\, p(\phi) \prod_i p(y_i \mid \phi) \right]",
            "Likelihood times prior; the evidence is dropped already.",
            lambda x, y, phi, b, sigma: (
                -np.log(
                    np.prod(np.exp(-gaussian_nll(y, phi * x, sigma)))
                    * np.exp(-abs(phi) / b)
                    / 2
                    / b
                )
            ),
        ),
        Step(
            r"= -\sum_i \log p(y_i \mid \phi) - \log p(\phi)",
            "The log of a product is a sum of logs.",
            lambda x, y, phi, b, sigma: (
                gaussian_nll(y, phi * x, sigma).sum() + laplace_nll(phi, 0.0, b)
            ),
            equal(),
        ),
        Step(
            r"= " + _FIT + r" + \frac{|\phi|}{b} + \frac{I}{2}\log 2\pi\sigma^2 + \log 2b",
            "Normal errors, and a Laplace prior with density exp(−|φ|/b)/2b.",
            lambda x, y, phi, b, sigma: (
                _l1(x, y, phi, b, sigma) + len(y) / 2 * np.log(2 * np.pi * sigma**2) + np.log(2 * b)
            ),
            equal(),
        ),
        Step(
            r"\to\ " + _FIT + r" + \frac{|\phi|}{b}",
            "Both logs hold no φ: a shift.",
            _l1,
            shifted(
                lambda y, b, sigma: len(y) / 2 * np.log(2 * np.pi * sigma**2) + np.log(2 * b),
                "both logs",
            ),
            constant_in=("phi",),
        ),
        Step(
            r"\to\ \sum_i (y_i - \phi x_i)^2 + \alpha\,|\phi|, \qquad"
            r" \alpha = \frac{2\sigma^2}{b}",
            "Times 2σ². The penalty has a kink at 0, and the best φ can sit exactly there.",
            lambda x, y, phi, b, sigma: _misfit(x, y, phi) + 2 * sigma**2 / b * abs(phi),
            scaled(lambda sigma: 1 / (2 * sigma**2), "1/2σ²"),
            constant_in=("phi",),
        ),
    ],
    sliders={
        "phi": _PRIOR_SLIDERS["phi"],
        "b": Slider(0.02, 5.0, step=0.05, value=0.2, label="prior's b", log=True),
    },
    over="phi",
    given={"x": FIVE_X, "y": FIVE_Y, "sigma": 0.4},
    sample=lambda rng: {**_slope_sample(rng), "b": rng.uniform(0.15, 0.7)},
    reference=lambda x, y, phi, b, sigma: (
        np.sum((y - phi * x) ** 2 / (2 * sigma**2) + np.log(sigma * np.sqrt(2 * np.pi)))
        + abs(phi) / b
        + np.log(2 * b)
    ),
    slips=[
        WrongLine(
            "the lost 2",
            5,
            r"\to\ \sum_i (y_i - \phi x_i)^2 + \alpha\,|\phi|, \qquad"
            r" \alpha = \frac{\sigma^2}{b}",
            lambda x, y, phi, b, sigma: _misfit(x, y, phi) + sigma**2 / b * abs(phi),
            "Everything was multiplied by 2σ², the prior's term too, and it had no 2 to cancel. "
            "(In the normal prior's term the 2 does cancel.)",
        )
    ],
)


# --- Questions -------------------------------------------------------------------------------

predict_counts = Question(
    "The model has one number, its mean. You find the best mean for a geometric distribution; then "
    "you switch to a Poisson and search again. What do you expect?",
    [
        Option(
            "the same NLL at another mean",
            "Look again: the lowest points lie at different heights, one above the other.",
        ),
        Option(
            "the same mean, another NLL",
            "For both (and for the binomial) the best mean is the mean of the counts. The shape "
            "around it differs, and the NLL judges the shape.",
            right=True,
        ),
        Option(
            "another mean and another NLL",
            "The NLL differs, yes. But set each derivative to zero: the mean of the counts, "
            "each time.",
        ),
        Option(
            "no difference at all: the data are the same",
            "The NLL is a property of data and distribution together.",
            misconception="the loss belongs to the data, not to the chosen distribution",
        ),
    ],
)

discrete_or_not = Question(
    "For the same counts a normal's density gives an NLL of −226.50, if the deaths are written in "
    "tens. The Poisson's is 206.11. Is the normal the better model?",
    [
        Option(
            "Yes: the lower NLL wins",
            "Only between numbers of the same kind. In single deaths the normal's is 234.01.",
            misconception="any two NLLs may be compared",
        ),
        Option(
            "Yes, but only because it has two parameters and the Poisson has one",
            "One more parameter gains little here (the free table with four gained 0.44 nats). "
            "The two numbers measure different things.",
            misconception="any two NLLs may be compared",
        ),
        Option(
            "Not from these two: one is a density per unit, the other a probability",
            "A density changes with the unit, a probability does not. First make probabilities of "
            "the normal, its areas around the counts: the next cells do.",
            right=True,
        ),
    ],
)

predict_income = Question(
    "A colleague takes the log of all incomes, fits a normal, and gets an NLL of 140.03. The "
    "normal of the incomes themselves has 1802.25. What does the drop of 1662 nats show?",
    [
        Option(
            "that logs of incomes are far closer to normal",
            "They are closer, but this number does not show it. Most of it is the change of "
            "variable.",
            misconception="NLLs before and after a transformation may be compared",
        ),
        Option(
            "mostly the change of variable: densities per unit of log y, not per franc",
            "Σ log y, 1594.75 nats, is the Jacobian: the same density, written per franc. What is "
            "left, 67.48 nats, is the honest gain.",
            right=True,
        ),
        Option(
            "an error: taking logs changes nothing",
            "Taking logs of the likelihood keeps the best parameters. Taking logs of the data is "
            "another model.",
            misconception="the log of the data is like the log of the likelihood",
        ),
    ],
)

predict_circle = Question(
    "The model is a normal, and its centre is the plain mean of the thirty fractions, each read "
    "between 0 and 1. Now read them between 0.5 and 1.5 instead: 0.008 becomes 1.008. Same "
    "weights, same circle. The centre …",
    [
        Option(
            "jumps across the circle, and the NLL with it",
            "On a circle, 0.999 and 0.003 are neighbours; on a line cut between them, they are "
            "not. The cut decides what the normal sees.",
            right=True,
        ),
        Option(
            "stays: a mean is a mean",
            "Only where adding 1 to some of the values makes no difference. It does for a line.",
            misconception="the plain mean of angles",
        ),
        Option(
            "moves by exactly half a turn, to the other side",
            "If all values had moved by a half, yes. But only those below 0.5 move, by 1.",
            misconception="the plain mean of angles",
        ),
    ],
)

predict_several = Question(
    "One bell for each bill depth, its mean on a line: the mean squared error. For a bill of 16.5 "
    "mm, which mass does it predict?",
    [
        Option(
            "about 3.3 kg, where most of the penguins with such a bill weigh in",
            "The peak of the lower group. The squared error does not look for peaks.",
            misconception="the squared error predicts the most likely value",
        ),
        Option(
            "about 5.6 kg, since the heavy ones count more in a square",
            "Squared distances pull towards far-off values, but they balance at the mean.",
            misconception="the squared error predicts the most likely value",
        ),
        Option(
            "about 4.3 kg, between the groups, which no such penguin weighs",
            "The mean of two groups lies between them. It is the best single number for the "
            "squared error, and an impossible answer.",
            right=True,
        ),
        Option(
            "both 3.3 and 5.6 kg",
            "One bell has one mean. For two answers you need two bells.",
        ),
    ],
)

predict_collapse = Question(
    "A wide bell holds all penguins; a second one sits exactly on one penguin's mass, with a share "
    "of 5 %. Its σ is very small already, and you divide it by ten once more. The NLL of all "
    "penguins …",
    [
        Option(
            "falls by log 10 ≈ 2.3 nats per penguin there",
            "Each point on its centre gains a factor of ten in density, and the others have the "
            "wide bell. It falls without end.",
            right=True,
        ),
        Option(
            "falls by a twentieth of log 10, the bell's share",
            "The share is a constant beside log σ: it shifts the curve and tilts nothing.",
        ),
        Option(
            "hardly changes any more: it settles at some level",
            "The density at the one point is share/(σ√2π): it has no bound, and neither has "
            "its log.",
            misconception="a likelihood always has a maximum",
        ),
    ],
)

predict_prior = Question(
    "Ten weights, twenty penguins; F is the most useful of the ten columns, seven are pure noise. "
    "You narrow a normal prior from 10 to 0.1. What does it spare?",
    [
        Option(
            "the weight of F: the data speak for it",
            "The prior is the same for all columns. In this draw F falls from 1.10 to 0.30 kg, and "
            "the length of the noise weights from 0.22 to 0.18.",
            misconception="an L2 penalty removes what is useless first",
        ),
        Option(
            "the noise: it is small already",
            "In this draw it does lose the smaller share. On average over thirty draws, further "
            "down, both fall to about the same share.",
        ),
        Option(
            "both: a prior is about weights, not about data",
            "The weights are what it is about, and they are what is fitted.",
            misconception="a prior does not touch the fit",
        ),
        Option(
            "neither of the two: all columns have the same prior",
            "It does not know which is which. How much each loses depends on the draw. Now try the "
            "Laplace prior.",
            right=True,
        ),
    ],
)

predict_no_targets = Question(
    "342 flipper lengths, and nothing else: no target, no label. Which part of the recipe is lost?",
    [
        Option(
            "the negative log-likelihood: there is nothing to be right about",
            "There is: the data themselves. How likely did the model think them?",
            misconception="without targets there is no likelihood",
        ),
        Option(
            "only the input: nothing is there to predict the parameters from",
            "A distribution over x, its parameters, its NLL, its peaks: all still there. The "
            "parameters are now numbers to be learned, not outputs of a function.",
            right=True,
        ),
        Option(
            "the distribution: one can only measure distances",
            "Some distances are distributions in disguise, as notebook 03 showed for the square.",
            misconception="without targets there is no likelihood",
        ),
    ],
)

recall = (
    Question(
        "From notebook 04. Which distribution of the errors turns the NLL into the absolute error?",
        [
            Option("the normal", "The normal gives the square."),
            Option(
                "the Laplace",
                "Minus the log of exp(−|r|/b). As a prior on a weight the same shape gives the L1 "
                "penalty.",
                right=True,
            ),
            Option("the Poisson", "The Poisson is for counts."),
            Option(
                "none: the absolute error has no distribution",
                "exp(−|r|) has the area 2, whatever the prediction: half of it is the Laplace. "
                "(Not every loss passes this test: (σ(z) − y)² does not, whatever term of y alone "
                "is put back.)",
                misconception="a loss is only a distance",
            ),
        ],
    ),
    Question(
        "Two models of the same waiting times: one gives its NLL in nats with times in seconds, "
        "the other with times in minutes. May you compare?",
        [
            Option(
                "Yes: an NLL has no unit",
                "A density is per unit of y. In other units the NLL shifts.",
                misconception="an NLL does not depend on the unit of y",
            ),
            Option(
                "No: different units can never be compared",
                "They can, once both are written per the same unit.",
            ),
            Option(
                "After adding I·log 60 to one of them",
                "The Jacobian again: per minute, a density is 60 times that per second. So the NLL "
                "of the density per minute is I·log 60 lower.",
                right=True,
            ),
        ],
    ),
    Question(
        "What does a floor on σ do in a mixture?",
        [
            Option(
                "It keeps the means apart",
                "It says nothing of the means.",
            ),
            Option(
                "It makes the log-sum-exp accurate",
                "That is done by taking the largest term out.",
            ),
            Option(
                "It keeps a bell from collapsing on a point, where the NLL has no lower bound",
                "Choose it from what you know of the measurement, the rounding for instance.",
                right=True,
            ),
            Option(
                "It speeds the search up and changes nothing else",
                "Without it there is no best fit to be found.",
                misconception="a likelihood always has a maximum",
            ),
        ],
    ),
)


# --- Exercises -------------------------------------------------------------------------------


def poisson_loss(y, f):
    constant = np.array([math.lgamma(n + 1) for n in y])
    return np.sum(np.exp(f) - y * f + constant)


def _poisson_slip(terms):
    return lambda y, f: np.sum(terms(y, f) + _log_factorials(y))


poisson = Exercise(
    "the NLL of counts",
    "`poisson_loss(y, f)` gets counts `y` and, for each, the model's output `f`, the log of "
    "the rate. It returns the NLL of all counts together. Fill in what stands before `constant`, "
    "which is log y!.",
    poisson_loss,
    lambda rng: [
        (rng.poisson(3.0, size).astype(float), rng.uniform(0.3, 1.6, size)) for size in (2, 5, 40)
    ],
    slips=[
        Slip(
            "the sign of yf",
            _poisson_slip(lambda y, f: np.exp(f) + y * f),
            "Minus the log of λ to the power y is −yf.",
        ),
        Slip(
            "the link forgotten",
            _poisson_slip(lambda y, f: f - y * np.log(f)),
            "`f` is the log of the rate: the rate is `np.exp(f)`.",
        ),
        Slip(
            "the log of the log",
            _poisson_slip(lambda y, f: np.exp(f) - y * np.log(f)),
            "log λ is f already.",
        ),
        Slip(
            "the rate not in the exponent",
            _poisson_slip(lambda y, f: f - y * f),
            "e to the power −λ gives +λ, and λ is `np.exp(f)`.",
        ),
        Slip(
            "the lost minus",
            lambda y, f: -poisson_loss(y, f),
            "This is the log-likelihood. A loss is minus that.",
        ),
        Slip(
            "the mean for the sum",
            lambda y, f: poisson_loss(y, f) / len(y),
            "A fine loss, but the NLL of all counts is the sum.",
        ),
        Slip(
            "both signs turned",
            _poisson_slip(lambda y, f: y * f - np.exp(f)),
            "These are the terms of the log-likelihood: turn both.",
        ),
        Slip(
            "the squared error",
            _poisson_slip(lambda y, f: (y - np.exp(f)) ** 2),
            "That would be a normal with one σ. A Poisson's spread grows with its rate.",
        ),
        Slip(
            "the rate left out",
            _poisson_slip(lambda y, f: -y * f),
            "Without the rate nothing keeps f from growing.",
        ),
    ],
    hints=[
        "Row 3 of “The loss for counts”.",
        "The rate is `np.exp(f)`.",
    ],
)


def lognormal_loss(y, mu, sigma):
    z = (np.log(y) - mu) / sigma
    return np.sum(0.5 * np.log(2 * np.pi) + np.log(sigma) + z**2 / 2 + np.log(y))


_HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)

lognormal = Exercise(
    "the NLL of a log-normal",
    "Write `lognormal_loss(y, mu, sigma)`: the NLL of all positive numbers `y` together, with "
    "the density per unit of y, when their logs are normal with mean `mu` and standard deviation "
    "`sigma`.",
    lognormal_loss,
    lambda rng: [
        (rng.lognormal(1.5, 0.6, size), rng.uniform(0.8, 2), sigma)
        for size, sigma in ((1, 0.7), (6, 0.45), (80, 1.6))
    ],
    slips=[
        Slip(
            "the Jacobian lost",
            lambda y, mu, sigma: gaussian_nll(np.log(y), mu, sigma).sum(),
            "This is the NLL of the logs. Per unit of y, each density is divided by y.",
        ),
        Slip(
            "the Jacobian upside down",
            lambda y, mu, sigma: (gaussian_nll(np.log(y), mu, sigma) - np.log(y)).sum(),
            "The density is divided by y, so the NLL gains + log y.",
        ),
        Slip(
            "the log of the data forgotten",
            lambda y, mu, sigma: gaussian_nll(y, mu, sigma).sum(),
            "This is the normal of y itself.",
        ),
        Slip(
            "y instead of its log",
            lambda y, mu, sigma: (gaussian_nll(np.log(y), mu, sigma) + y).sum(),
            "The Jacobian is 1/y. Minus its log is log y.",
        ),
        Slip(
            "σ for σ²",
            lambda y, mu, sigma: np.sum(
                _HALF_LOG_2PI + np.log(sigma) + (np.log(y) - mu) ** 2 / 2 / sigma + np.log(y)
            ),
            "The squared distance is divided by 2σ².",
        ),
        Slip(
            "the lost 2",
            lambda y, mu, sigma: np.sum(
                _HALF_LOG_2PI + np.log(sigma) + (np.log(y) - mu) ** 2 / sigma**2 + np.log(y)
            ),
            "The squared distance is divided by 2σ²; here the 2 is missing.",
        ),
        Slip(
            "the bracket below lost",
            lambda y, mu, sigma: np.sum(
                _HALF_LOG_2PI + np.log(sigma) + (np.log(y) - mu) ** 2 / 2 * sigma**2 + np.log(y)
            ),
            "`a / 2 * b` is half of a, times b. Put what is below in brackets: `(2 * sigma**2)`.",
        ),
        Slip(
            "1/σ lost",
            lambda y, mu, sigma: lognormal_loss(y, mu, sigma) - len(y) * np.log(sigma),
            "The density has 1/σ in front: + log σ for every number.",
        ),
        Slip(
            "no ½ log 2π",
            lambda y, mu, sigma: lognormal_loss(y, mu, sigma) - len(y) * _HALF_LOG_2PI,
            "A constant does not move the best fit, but without it this is not the NLL.",
        ),
        Slip(
            "the mean for the sum",
            lambda y, mu, sigma: lognormal_loss(y, mu, sigma) / len(y),
            "A fine loss, but the NLL of all numbers is the sum.",
        ),
        Slip(
            "the log of μ",
            lambda y, mu, sigma: np.sum(gaussian_nll(np.log(y), np.log(mu), sigma) + np.log(y)),
            "`mu` is the mean of the logs already.",
        ),
        Slip(
            "the lost minus",
            lambda y, mu, sigma: -lognormal_loss(y, mu, sigma),
            "This is the log-likelihood. A loss is minus that.",
        ),
        Slip(
            "no constants",
            lambda y, mu, sigma: np.sum((np.log(y) - mu) ** 2 / (2 * sigma**2) + np.log(y)),
            "½ log 2π and log σ belong to the NLL.",
        ),
    ],
    hints=[
        "Row 3 of “The normal of the logs”: the NLL of a normal at `np.log(y)`, and one term more.",
        "The normal's three terms: `0.5 * np.log(2 * np.pi)`, `np.log(sigma)`, and the squared "
        "distance of the log over $2\\sigma^2$.",
        "The term more is `np.log(y)`.",
    ],
)


def mixture_loss(y, shares, mu, sigma):
    z = (y[:, None] - mu) / sigma
    a = np.log(shares) - 0.5 * np.log(2 * np.pi) - np.log(sigma) - z**2 / 2
    return -np.sum(np.logaddexp.reduce(a, axis=1))


def _mixture_cases(rng):
    far = np.array([3.1, 5.6, 48.0])  # where every bell underflows
    shares = lambda K: rng.dirichlet(np.full(K, 5.0))  # noqa: E731
    return [
        (rng.normal(4.5, 1, 4), shares(2), np.array([3.4, 5.5]), np.array([0.4, 0.6])),
        (rng.normal(4.5, 1, 30), shares(3), np.array([3, 4.2, 5.5]), np.array([0.5, 0.3, 0.7])),
        (far, shares(2), np.array([3.6, 5.4]), np.array([0.45, 0.35])),
    ]


def _bells(y, mu, sigma):
    z = (y[:, None] - mu) / sigma
    return -_HALF_LOG_2PI - np.log(sigma) - z**2 / 2


def _mixture_slip(bell):
    """A slip of `mixture_loss`, from what it makes of a bell's log without ½ log 2π."""
    return lambda y, shares, mu, sigma: (
        -np.sum(
            np.logaddexp.reduce(
                np.log(shares) - _HALF_LOG_2PI + bell(y[:, None] - mu, sigma), axis=1
            )
        )
    )


mixture = Exercise(
    "the NLL of a mixture",
    "Write `mixture_loss(y, shares, mu, sigma)`: the NLL of all `y` (shape (I,)) under K bells "
    "with the given `shares`, `mu` and `sigma` (each of shape (K,)). It must survive a point that "
    "is far from every bell.",
    mixture_loss,
    _mixture_cases,
    slips=[
        Slip(
            "the log pulled inside",
            lambda y, shares, mu, sigma: -np.sum(shares * _bells(y, mu, sigma)),
            "The log of a sum is not the sum of the logs: add the bells first.",
        ),
        Slip(
            "the log after the density",
            lambda y, shares, mu, sigma: (
                -np.sum(np.log(np.sum(shares * np.exp(_bells(y, mu, sigma)), axis=1)))
            ),
            "Right on paper. Far from every bell the sum is 0 in float64, and its log −∞. "
            "`np.logaddexp.reduce(a, axis=1)` adds without leaving the logs.",
        ),
        Slip(
            "the shares forgotten",
            lambda y, shares, mu, sigma: -np.sum(np.logaddexp.reduce(_bells(y, mu, sigma), axis=1)),
            "Without shares the areas add up to K.",
        ),
        Slip(
            "the shares not logged",
            lambda y, shares, mu, sigma: (
                -np.sum(np.logaddexp.reduce(shares + _bells(y, mu, sigma), axis=1))
            ),
            "In the exponent a share stands as its log.",
        ),
        Slip(
            "the nearest bell only",
            lambda y, shares, mu, sigma: (
                -np.sum(np.max(np.log(shares) + _bells(y, mu, sigma), axis=1))
            ),
            "The largest term alone is a good approximation where bells are far apart (k-means "
            "does that), but it is not the mixture.",
        ),
        Slip(
            "the lost minus",
            lambda y, shares, mu, sigma: -mixture_loss(y, shares, mu, sigma),
            "This is the log-likelihood. A loss is minus that.",
        ),
        Slip(
            "one sum over everything",
            lambda y, shares, mu, sigma: (
                -np.logaddexp.reduce((np.log(shares) + _bells(y, mu, sigma)).ravel())
            ),
            "The log-sum-exp goes over the bells of one point. Then the points are added.",
        ),
        Slip(
            "σ for σ²",
            _mixture_slip(lambda r, s: -np.log(s) - r**2 / (2 * s)),
            "The squared distance is divided by 2σ², not by 2σ.",
        ),
        Slip(
            "the lost 2",
            _mixture_slip(lambda r, s: -np.log(s) - r**2 / s**2),
            "The squared distance is divided by 2σ²; here the 2 is missing.",
        ),
        Slip(
            "the bracket below lost",
            _mixture_slip(lambda r, s: -np.log(s) - r**2 / 2 * s**2),
            "`a / 2 * b` is half of a, times b. Put what is below in brackets: `(2 * sigma**2)`.",
        ),
        Slip(
            "1/σ lost",
            _mixture_slip(lambda r, s: -(r**2) / (2 * s**2)),
            "Each bell has 1/σ in front: − log σ in its log. Without it a wide bell's area is not "
            "1.",
        ),
        Slip(
            "no ½ log 2π",
            _mixture_slip(lambda r, s: _HALF_LOG_2PI - np.log(s) - r**2 / (2 * s**2)),
            "A constant does not move the best fit, but without it this is not the NLL.",
        ),
        Slip(
            "the mean for the sum",
            lambda y, shares, mu, sigma: mixture_loss(y, shares, mu, sigma) / len(y),
            "A fine loss, but the NLL of all points is the sum.",
        ),
    ],
    hints=[
        "An array of shape (I, K) first: `y[:, None] - mu`.",
        "From it `a`, the log of share times density, row 2 of “A mixture's loss”.",
        "`np.logaddexp.reduce(a, axis=1)` is the log of the sum of exps over the bells.",
    ],
)


def map_loss(phi, X, y, sigma, s):
    residuals = y - X @ phi
    return np.sum(residuals**2) / (2 * sigma**2) + np.sum(phi**2) / (2 * s**2)


def _map_slip(combine):
    """A slip of `map_loss`, from the sum of squares, the weights and the two widths."""
    return lambda phi, X, y, sigma, s: combine(np.sum((y - X @ phi) ** 2), phi, sigma, s)


regularised = Exercise(
    "a loss with a prior",
    "Write `map_loss(phi, X, y, sigma, s)`: normal errors of width `sigma` around `X @ phi`, and a "
    "normal prior of width `s` on every weight. Drop what does not hold φ, but scale nothing.",
    map_loss,
    lambda rng: [
        (rng.normal(0, 1, D), rng.normal(0, 1, (I, D)), rng.normal(0, 1, I), sigma, s)
        for I, D, sigma, s in ((3, 2, 0.6, 1.7), (12, 4, 1.4, 0.3), (6, 9, 0.5, 0.7))
    ],
    slips=[
        Slip(
            "the prior forgotten",
            _map_slip(lambda squares, phi, sigma, s: squares / (2 * sigma**2)),
            "This is the NLL alone. The prior adds Σφ²/2s².",
        ),
        Slip(
            "the prior's minus lost",
            _map_slip(
                lambda squares, phi, sigma, s: (
                    squares / (2 * sigma**2) - np.sum(phi**2) / (2 * s**2)
                )
            ),
            "Minus the log of a normal is plus the square: large weights must cost.",
        ),
        Slip(
            "a Laplace prior",
            _map_slip(
                lambda squares, phi, sigma, s: squares / (2 * sigma**2) + np.sum(np.abs(phi)) / s
            ),
            "|φ|/s is what a Laplace prior adds. A normal one adds the square.",
        ),
        Slip(
            "scaled by 2σ²",
            _map_slip(lambda squares, phi, sigma, s: squares + sigma**2 / s**2 * np.sum(phi**2)),
            "The same best φ, and the usual way to write it. The task asks for the unscaled loss.",
        ),
        Slip(
            "s for s²",
            _map_slip(
                lambda squares, phi, sigma, s: squares / (2 * sigma**2) + np.sum(phi**2) / (2 * s)
            ),
            "`s` is a standard deviation: the square stands below.",
        ),
        Slip(
            "the lost 2",
            _map_slip(lambda squares, phi, sigma, s: squares / sigma**2 + np.sum(phi**2) / s**2),
            "Both terms come with ½. (The best φ would be the same.)",
        ),
        Slip(
            "the 2 lost in the prior",
            _map_slip(
                lambda squares, phi, sigma, s: squares / (2 * sigma**2) + np.sum(phi**2) / s**2
            ),
            "The prior's term is φ²/2s².",
        ),
        Slip(
            "the brackets below lost",
            _map_slip(
                lambda squares, phi, sigma, s: squares / 2 * sigma**2 + np.sum(phi**2) / 2 * s**2
            ),
            "`a / 2 * b` is half of a, times b. Put what is below in brackets: `(2 * sigma**2)`.",
        ),
        Slip(
            "σ and s swapped",
            _map_slip(
                lambda squares, phi, sigma, s: (
                    squares / (2 * s**2) + np.sum(phi**2) / (2 * sigma**2)
                )
            ),
            "σ is the width of the errors, s that of the prior.",
        ),
        Slip(
            "the mean for the sum",
            lambda phi, X, y, sigma, s: (
                np.mean((y - X @ phi) ** 2) / (2 * sigma**2) + np.sum(phi**2) / (2 * s**2)
            ),
            "With a mean in front, the prior counts I times too much.",
        ),
    ],
    hints=[
        "Row 5 of “From a normal prior to the L2 penalty”, with one φ² for each weight.",
        "`np.sum(phi**2) / (2 * s**2)` is the prior's part.",
    ],
)


# --- Asked again in the review of the walk ---------------------------------------------------

review = (
    Question(
        "A loss has the penalty α Σ|φ|, and you double α. In the language of priors?",
        [
            Option(
                "None: a penalty only keeps the numbers small",
                "Smaller than what the data ask for is an assumption.",
                misconception="a penalty is only a trick",
            ),
            Option(
                "A normal prior of half the width",
                "Minus the log of a normal is a square, not an absolute value.",
            ),
            Option(
                "A Laplace prior of half the width",
                "α = 2σ²/b: twice the α is half the b.",
                right=True,
            ),
        ],
    ),
    Question(
        "A model says 23:50, it happens at 0:10. In minutes of the day the squared error is "
        "2016400. What went wrong?",
        [
            Option(
                "The units: in hours the number would be harmless",
                "In hours the gap is still nearly a whole day.",
            ),
            Option(
                "The domain: a day is a circle",
                "For a von Mises the two are 20 minutes apart.",
                right=True,
            ),
            Option(
                "Nothing: the model is off by 1420 minutes",
                "It is off by 20. A line has ends, a circle has none.",
                misconception="MSE is right for everything",
            ),
        ],
    ),
    Question(
        "A bus comes at minute 5 or at minute 55 of the hour, equally often. What does the "
        "squared error teach the model to say?",
        [
            Option(
                "Minute 30",
                "The mean of two peaks may lie where nothing is. A mixture keeps both.",
                right=True,
            ),
            Option(
                "Minute 5 or 55, whichever it saw first",
                "Neither: the mean squared error at 30 is 625, at 5 or 55 it is 1250.",
                misconception="the squared error follows the majority",
            ),
            Option(
                "Both minutes",
                "One number cannot say two things. A distribution can.",
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (counts, predict_counts, predict_circle, poisson, recall[0], review[1]),
    (discrete_or_not, predict_income, jacobian, lognormal, recall[1]),
    (predict_several, log_sum_exp, predict_collapse, mixture, recall[2], review[2]),
    (ridge, lasso, predict_prior, regularised, review[0]),
    (predict_no_targets,),
)
