"""Notebook 04, mean, median and quantiles: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures
(`scenes`), and the fits, which are `lossviz.fit`'s.

Wherever a derivation needs a distribution of y, it is an exponential waiting time with mean s at
each x: its mean s and its median s·log 2 differ, and every expectation has a closed form.
"""

import numpy as np

from lossviz.explorer.parameters import Slider
from lossviz.losses import absolute_error, laplace_nll, pinball, squared_error
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Property, Slip
from lossviz.teach.relations import equal, limit, related, scaled, shifted, slope_in, zero_in

FIVE = np.array([3.0, 4.0, 6.0, 8.0, 9.0])  # waits for a bus, in minutes
LAGUERRE = np.polynomial.laguerre.laggauss(24)
LEGENDRE = np.polynomial.legendre.leggauss(24)


def _expected(loss, s, g):
    """E loss(y, g) for an exponential wait with mean s, by quadrature on either side of g."""
    (u, w), (v, omega) = LEGENDRE, LAGUERRE
    inside, beyond = g * (u + 1) / 2, g + s * v
    near = np.sum(w * loss(inside, g) * np.exp(-inside / s)) * g / (2 * s)
    return near + np.exp(-g / s) * np.sum(omega * loss(beyond, g))


# --- Derivations: the calculus of variations ---------------------------------------------------

EPS = Slider(-2.0, 2.0, step=0.1, value=0.7, label="ε")
THREE_HOURS = {  # three hours x of the day, how often each occurs, and f with a bump v there
    "p": np.array([0.5, 0.3, 0.2]),
    "s": np.array([5.0, 6.0, 9.0]),  # the mean wait E[y | x] at each
    "f": np.array([4.0, 7.0, 8.0]),
    "bump": np.array([1.0, 0.5, 0.2]),
}


def _some_hours(rng):
    """Generic values for the tests: f stays above 0 along the bump, as a wait does."""
    p = rng.uniform(0.2, 1, 3)
    return {
        "p": p / p.sum(),
        "s": rng.uniform(3, 9, 3),
        "f": rng.uniform(4, 9, 3),
        "bump": rng.uniform(-1, 1, 3),
        "eps": rng.uniform(-1.5, 1.5),
    }


def _zero_at_first_hour(above, here, v):
    """With f at the first hour set to this line, a bump at that hour alone gives slope 0."""
    f, only_first = v["f"].copy(), np.array([1.0, 0.0, 0.0])
    f[0] = here(**v)
    return abs(above(**{**v, "f": f, "bump": only_first})) < 1e-9


_ZERO = "the f(x) at which the row above is 0 for a bump v at that x alone"

to_the_mean = Derivation(
    "The squared error picks the mean",
    [
        Step(
            r"J(\varepsilon) = \sum_x p(x)\, "
            r"\mathrm{E}\left[(y - f(x) - \varepsilon\,v(x))^2 \mid x\right]",
            "The expected squared error of a curve f, bent by ε times a bump v.",
            lambda p, s, f, bump, eps: np.sum(p * (s**2 + (s - f - eps * bump) ** 2)),
        ),
        Step(
            r"\frac{dJ}{d\varepsilon} = -2 \sum_x p(x)\,v(x)\,"
            r"\left(\mathrm{E}[y \mid x] - f(x) - \varepsilon\,v(x)\right)",
            "The slope in ε: the chain rule brings down a 2 and −v(x), and the average of "
            "y − f − εv is E[y | x] − f − εv.",
            lambda p, s, f, bump, eps: -2 * np.sum(p * bump * (s - f - eps * bump)),
            slope_in("eps", "ε"),
        ),
        Step(
            r"\left.\frac{dJ}{d\varepsilon}\right|_{\varepsilon=0} = "
            r"-2 \sum_x p(x)\,v(x)\,\left(\mathrm{E}[y \mid x] - f(x)\right)",
            "The slope where the bending begins: at f itself.",
            lambda p, s, f, bump: -2 * np.sum(p * bump * (s - f)),
            limit("eps", 0.0),
        ),
        Step(
            r"f^*(x) = \mathrm{E}[y \mid x]",
            "At the best f it is 0 for every bump v, also for one at a single x. So the bracket "
            "is 0 at every x. (The number is that of the first of three hours.)",
            lambda s: s[0],
            related(_ZERO, _zero_at_first_hour),
        ),
    ],
    sliders={"eps": EPS},
    over="eps",
    given=THREE_HOURS,
    sample=_some_hours,
    reference=lambda p, s, f, bump, eps: sum(
        w * _expected(squared_error, m, g) for w, m, g in zip(p, s, f + eps * bump, strict=True)
    ),
    slips=[
        WrongLine(
            "one bump for all",
            4,
            r"f^*(x) = \mathrm{E}[y]",
            lambda p, s: np.sum(p * s),
            "The slope must be 0 for every v, not only for the flat one that lifts the whole "
            "curve. Bumps at one x each force f(x) to be the mean at that x, E[y | x]. The mean "
            "of all y would ignore x altogether.",
        )
    ],
)


def _absolute(p, s, f, bump, eps):
    g = f + eps * bump
    return np.sum(p * (g - s + 2 * s * np.exp(-g / s)))


to_the_median = Derivation(
    "The absolute error picks the median",
    [
        Step(
            r"J(\varepsilon) = \sum_x p(x)\, "
            r"\mathrm{E}\left[\,|y - f(x) - \varepsilon\,v(x)|\, \mid x\right]",
            "The expected absolute error of the same bent curve.",
            _absolute,
        ),
        Step(
            r"\frac{dJ}{d\varepsilon} = \sum_x p(x)\,v(x)\,"
            r"\left(P(y < f + \varepsilon v \mid x) - P(y > f + \varepsilon v \mid x)\right)",
            "The slope in ε. Raise the curve a little: every y below it gets farther, every y "
            "above it nearer, each at rate 1.",
            lambda p, s, f, bump, eps: np.sum(p * bump * (1 - 2 * np.exp(-(f + eps * bump) / s))),
            slope_in("eps", "ε"),
        ),
        Step(
            r"\left.\frac{dJ}{d\varepsilon}\right|_{\varepsilon=0} = \sum_x p(x)\,v(x)\,"
            r"\left(P(y < f(x) \mid x) - P(y > f(x) \mid x)\right)",
            "The slope at f itself.",
            lambda p, s, f, bump: np.sum(p * bump * (1 - 2 * np.exp(-f / s))),
            limit("eps", 0.0),
        ),
        Step(
            r"P(y < f^*(x) \mid x) = P(y > f^*(x) \mid x) = \frac{1}{2}",
            "It is 0 for every bump: at every x, as much probability below f as above it. That "
            "is the median. (The number is the median wait at the first hour.)",
            lambda s: s[0] * np.log(2),
            related(_ZERO, _zero_at_first_hour),
        ),
    ],
    sliders={"eps": EPS},
    over="eps",
    given=THREE_HOURS,
    sample=_some_hours,
    reference=lambda p, s, f, bump, eps: sum(
        w * _expected(absolute_error, m, g) for w, m, g in zip(p, s, f + eps * bump, strict=True)
    ),
    slips=[
        WrongLine(
            "above and below added",
            2,
            r"\frac{dJ}{d\varepsilon} = \sum_x p(x)\,v(x)\,"
            r"\left(P(y < f + \varepsilon v \mid x) + P(y > f + \varepsilon v \mid x)\right)",
            lambda p, bump: np.sum(p * bump),
            "The slope of |y − g| in g is +1 where y lies below g and −1 where it lies above. "
            "With a plus the bracket is always 1, and the loss would rise for ever.",
            after=(
                (
                    r"\left.\frac{dJ}{d\varepsilon}\right|_{\varepsilon=0} = "
                    r"\sum_x p(x)\,v(x)\,"
                    r"\left(P(y < f(x) \mid x) + P(y > f(x) \mid x)\right)",
                    lambda p, bump: np.sum(p * bump),
                ),
            ),
        )
    ],
)

to_the_quantile = Derivation(
    "The pinball loss picks a quantile",
    [
        Step(
            r"J(q) = \mathrm{E}\left[\max(\tau r,\ (\tau-1)\, r)\right], \qquad r = y - q",
            "The expected pinball loss of one prediction q, at one x.",
            lambda q, tau, s: (1 - tau) * (q - s) + s * np.exp(-q / s),
        ),
        Step(
            r"= \tau \int_q^\infty (y-q)\,p(y)\,dy + (1-\tau) \int_{-\infty}^q (q-y)\,p(y)\,dy",
            "A y above q costs τ for each unit, a y below q costs 1 − τ.",
            lambda q, tau, s: tau * s * np.exp(-q / s) + (1 - tau) * (q - s + s * np.exp(-q / s)),
            equal(),
        ),
        Step(
            r"\frac{dJ}{dq} = -\tau\, P(y > q) + (1-\tau)\, P(y < q)",
            "Raise q a little: those above get nearer, those below farther.",
            lambda q, tau, s: -tau * np.exp(-q / s) + (1 - tau) * (1 - np.exp(-q / s)),
            slope_in("q", "q"),
        ),
        Step(
            r"= P(y < q) - \tau",
            "P(y > q) is 1 − P(y < q); the products with τ cancel.",
            lambda q, tau, s: 1 - np.exp(-q / s) - tau,
            equal(),
        ),
        Step(
            r"P(y < q^*) = \tau",
            "Set it to 0: a share τ lies below q. (The number is that q.)",
            lambda tau, s: -s * np.log(1 - tau),
            zero_in("q", "q"),
        ),
    ],
    sliders={
        "q": Slider(0.5, 20.0, step=0.1, value=4.0, label="q"),
        "tau": Slider(0.05, 0.95, step=0.05, value=0.8, label="τ"),
    },
    over="q",
    given={"s": 5.0},
    sample=lambda rng: {
        "q": rng.uniform(2, 12),
        "tau": rng.uniform(0.55, 0.9),
        "s": rng.uniform(3, 8),
    },
    reference=lambda q, tau, s: _expected(lambda y, g: pinball(y, g, tau), s, q),
    slips=[
        WrongLine(
            "weights swapped",
            3,
            r"\frac{dJ}{dq} = -(1-\tau)\, P(y > q) + \tau\, P(y < q)",
            lambda q, tau, s: -(1 - tau) * np.exp(-q / s) + tau * (1 - np.exp(-q / s)),
            "The y above q carry the weight τ. Swapped, the result is the quantile 1 − τ: you "
            "ask for the highest tenth and get the lowest.",
            after=(
                (
                    r"= P(y < q) - (1 - \tau)",
                    lambda q, tau, s: 1 - np.exp(-q / s) - (1 - tau),
                ),
                (r"P(y < q^*) = 1 - \tau", lambda tau, s: -s * np.log(tau)),
            ),
        )
    ],
)


# --- Derivation: the Laplace distribution ------------------------------------------------------


def _laplace_terms(y, y_hat, b):
    return len(y) * np.log(2 * b) + np.sum(np.abs(y - y_hat)) / b


laplace = Derivation(
    "From the Laplace distribution to the absolute error",
    [
        Step(
            r"-\sum_{i=1}^{I} \log\left[\frac{1}{2b}\exp\left(-\frac{|y_i-\hat y_i|}{b}\right)"
            r"\right]",
            "The NLL when errors follow a Laplace distribution with scale b.",
            lambda y, y_hat, b: -np.sum(np.log(np.exp(-np.abs(y - y_hat) / b) / (2 * b))),
        ),
        Step(
            r"= \sum_{i=1}^{I} \left[\log 2b + \frac{|y_i-\hat y_i|}{b}\right]",
            "The log of a product is a sum, and the log undoes the exp.",
            _laplace_terms,
            equal(),
        ),
        Step(
            r"\to \frac{1}{b}\sum_{i=1}^{I} |y_i-\hat y_i|",
            "Drop what no prediction can change: I · log 2b.",
            lambda y, y_hat, b: np.sum(np.abs(y - y_hat)) / b,
            shifted(lambda y, b: len(y) * np.log(2 * b), "I · log 2b"),
            constant_in=("y_hat",),
        ),
        Step(
            r"\to \sum_{i=1}^{I} |y_i-\hat y_i|",
            "Drop the positive factor 1/b.",
            lambda y, y_hat: np.sum(np.abs(y - y_hat)),
            scaled(lambda b: 1 / b, "1/b"),
            constant_in=("y_hat", "y"),
        ),
    ],
    sliders={
        "y_hat": Slider(0.0, 12.0, step=0.1, value=4.5, label="ŷ"),
        "b": Slider(0.5, 6.0, step=0.1, value=3.0, label="b"),
    },
    over="y_hat",
    given={"y": FIVE},
    sample=lambda rng: {
        "y": rng.uniform(0, 12, 5),
        "y_hat": rng.uniform(2, 10),
        "b": rng.uniform(2.3, 4.5),
    },
    reference=lambda y, y_hat, b: laplace_nll(y, y_hat, b).sum(),
    slips=[
        WrongLine(
            "a 2 from the normal",
            2,
            r"= \sum_{i=1}^{I} \left[\log 2b + \frac{|y_i-\hat y_i|}{2b}\right]",
            lambda y, y_hat, b: len(y) * np.log(2 * b) + np.sum(np.abs(y - y_hat)) / (2 * b),
            "The normal's exponent is over 2σ², the Laplace's over b alone. With 2b in the "
            "exponent the area under the curve is 2: no density.",
            after=(
                (
                    r"\to \frac{1}{2b}\sum_{i=1}^{I} |y_i-\hat y_i|",
                    lambda y, y_hat, b: np.sum(np.abs(y - y_hat)) / (2 * b),
                ),
            ),
        )
    ],
)


# --- Derivation: the asymmetric Laplace ----------------------------------------------------------

_PINBALL = r"\rho_\tau(y_i-\hat y_i)"


def _asymmetric_terms(y, y_hat, tau):
    return np.sum(pinball(y, y_hat, tau)) - len(y) * np.log(tau * (1 - tau))


asymmetric_laplace = Derivation(
    "From the asymmetric Laplace distribution to the pinball loss",
    [
        Step(
            r"-\sum_{i=1}^{I} \log\left[\tau(1-\tau)\exp\left(-" + _PINBALL + r"\right)\right]",
            "ρ is the pinball loss: τr above ŷ, (1 − τ)∣r∣ below. Dividing by the area makes a "
            "density of exp(−ρ).",
            lambda y, y_hat, tau: (
                -np.sum(np.log(tau * (1 - tau) * np.exp(-pinball(y, y_hat, tau))))
            ),
        ),
        Step(
            r"= \sum_{i=1}^{I} \left[" + _PINBALL + r" - \log \tau(1-\tau)\right]",
            "The log of a product is a sum, and the log undoes the exp.",
            _asymmetric_terms,
            equal(),
        ),
        Step(
            r"\to \sum_{i=1}^{I} " + _PINBALL,
            "Drop what no prediction can change.",
            lambda y, y_hat, tau: np.sum(pinball(y, y_hat, tau)),
            shifted(lambda y, tau: -len(y) * np.log(tau * (1 - tau)), "−I · log τ(1 − τ)"),
            constant_in=("y_hat",),
        ),
    ],
    sliders={
        "y_hat": Slider(0.0, 12.0, step=0.1, value=4.5, label="ŷ"),
        "tau": Slider(0.05, 0.95, step=0.05, value=0.7, label="τ"),
    },
    over="y_hat",
    given={"y": FIVE},
    sample=lambda rng: {
        "y": rng.uniform(0, 12, 5),
        "y_hat": rng.uniform(2, 10),
        "tau": rng.uniform(0.55, 0.9),
    },
    reference=lambda y, y_hat, tau: np.sum(
        np.where(y > y_hat, tau * (y - y_hat), (1 - tau) * (y_hat - y))
        - np.log(tau)
        - np.log1p(-tau)
    ),
    slips=[
        WrongLine(
            "the area with the wrong sign",
            2,
            r"= \sum_{i=1}^{I} \left[" + _PINBALL + r" + \log \tau(1-\tau)\right]",
            lambda y, y_hat, tau: np.sum(pinball(y, y_hat, tau)) + len(y) * np.log(tau * (1 - tau)),
            "The minus in front of the log goes for every factor of the density. τ(1 − τ) is below "
            "1, so minus its log is above 0: no density here exceeds τ(1 − τ).",
        )
    ],
)


# --- Predictions -----------------------------------------------------------------------------

predict_outlier = Question(
    "Five waits for a bus: 3, 4, 6, 8 and 9 minutes. Mean and median are both 6. Tomorrow's bus "
    "breaks down, and the 9 becomes 30. What happens?",
    [
        Option(
            "Both move up, the mean more",
            "The median asks only who is in the middle when all stand in a row. That is still "
            "the 6.",
            misconception="every average feels every value",
        ),
        Option(
            "The mean moves up, the median stays",
            "The mean takes a fifth of the extra minutes. The third in the row is still the 6.",
            right=True,
        ),
        Option(
            "Neither moves much: it is one value of five",
            "One value of five carries a fifth of the weight in the mean, and there is no limit to "
            "how far it can pull.",
            misconception="one value cannot do much",
        ),
    ],
)

predict_variation = Question(
    "f is the mean wait at every hour of the day. You judge curves by their expected absolute "
    "error. Can a bump, up or down, at one hour, make it better?",
    [
        Option(
            "Yes: waits are skewed, so their median lies elsewhere",
            "Most waits are shorter than the mean. A bump downwards brings the curve nearer to "
            "more of them.",
            right=True,
        ),
        Option(
            "No: the mean is the best prediction",
            "Best by the squared error. Which number is best depends on the loss.",
            misconception="the mean is the best prediction whatever the loss",
        ),
        Option(
            "No: a bump at one hour cannot matter to an average over the day",
            "It changes the loss around that hour, hardly elsewhere. The average follows.",
        ),
    ],
)

predict_calls = Question(
    "The phone calls grow slowly, but in six years the figures are several times too large. You "
    "fit a line by the squared error. Where does it go?",
    [
        Option(
            "Along the 18 ordinary years: they are the majority",
            "The squared error does not count heads. One error of 12 costs as much as 144 errors "
            "of 1.",
            misconception="the squared error follows the majority",
        ),
        Option(
            "Along the six high years",
            "They pull, but 18 others pull back. Nobody wins.",
        ),
        Option(
            "Between the two: it describes neither",
            "It takes about a third off the worst error, at the price of missing almost every "
            "point.",
            right=True,
        ),
    ],
)

predict_floor = Question(
    "With all 24 years many slopes share the least sum of absolute errors. You leave out a single "
    "year, then another instead of it. What becomes of the flat floor?",
    [
        Option(
            "It stays as it is: one year of 24 is hardly felt",
            "The floor was level because the pulls of those above and below cancelled exactly. "
            "Take one away, and they do not.",
            misconception="a robust loss hardly moves",
        ),
        Option(
            "It stays, only a little shorter",
            "Level is level: a small rest of pull tilts the whole stretch.",
        ),
        Option(
            "As a rule it is gone, and one slope is best",
            "An exact balance is an accident. Of the six years that can be left out, one leaves "
            "a new stretch; the others leave a corner, and not all the same one.",
            right=True,
        ),
    ],
)

predict_tau = Question(
    "Set τ to 0.9. The pinball loss then charges 0.9 for each franc by which the line is too low, "
    "and 0.1 for each by which it is too high. Where does the line go?",
    [
        Option(
            "Low: large weights pull the line away",
            "A household above the line costs nine times as much per franc. So the line rises "
            "until few are left above it.",
            misconception="a large weight pushes away",
        ),
        Option(
            "High: about nine of ten households end up below it",
            "Only when one in ten is left above do 0.9 and 0.1 balance.",
            right=True,
        ),
        Option(
            "It stays the median line, only steeper",
            "It does get steeper here, because richer households differ more. But it also passes "
            "above most of them.",
        ),
    ],
)

is_mse_right = Question(
    "What do the Belgian calls say about the mean squared error?",
    [
        Option(
            "It is arbitrary: any other loss would do as well",
            "It is the NLL of a normal, and it picks the mean. Those are reasons. They just do "
            "not fit these errors.",
            misconception="MSE is arbitrary",
        ),
        Option(
            "It belongs to normal errors and to the mean; choose it when you want these",
            "Its density gives an error of three σ almost no chance, so the line bends to avoid "
            "one. Read as an NLL, a loss is a choice of distribution.",
            right=True,
        ),
        Option(
            "It is the right loss for numbers; the data should be cleaned",
            "Asking what happened in those years is wise. But the squared error is the NLL of one "
            "distribution of errors, and asks for one number, the mean. Both may be wrong for you.",
            misconception="MSE is right for everything",
        ),
    ],
)

# --- Questions at the end --------------------------------------------------------------------

recall = (
    Question(
        "From notebook 03. You fit a line with normal errors, and σ is the same for all points. "
        "Why may σ be left out of the loss when you look for the best line?",
        [
            Option(
                "It adds a constant and divides the squares by a constant: no argmin moves",
                "As 1/b does in the Laplace's NLL. You still need σ to say how sure you are.",
                right=True,
            ),
            Option(
                "Because σ is always 1",
                "It is whatever the data say. It need not be 1 to drop out.",
                misconception="σ does not matter",
            ),
            Option(
                "Because it does not affect the likelihood",
                "It does, strongly. It only does not affect which line is best.",
                misconception="σ does not matter",
            ),
        ],
    ),
    Question(
        "A delivery service wants to promise a time that it keeps in 95 of 100 cases. Which loss "
        "should its model minimise?",
        [
            Option(
                "The squared error",
                "That predicts the mean time. With skewed times, how often it is kept is anybody's "
                "guess.",
                misconception="the mean is the best prediction whatever the question",
            ),
            Option(
                "The absolute error",
                "That predicts the median: half of the deliveries would be late.",
            ),
            Option(
                "The pinball loss with τ = 0.95",
                "Its best prediction has a share of 0.95 of the times below it.",
                right=True,
            ),
            Option(
                "The pinball loss with τ = 0.05",
                "The wrong way round: 95 of 100 deliveries would be late.",
                misconception="the two sides of the pinball loss confused",
            ),
        ],
    ),
    Question(
        "Two colleagues fit a line by least absolute errors to the same data, with two solvers. "
        "Both report the same loss, and different slopes. What happened?",
        [
            Option(
                "The loss may have a flat floor: both are right",
                "Then a whole set of lines is best, and each solver returns one of them. A small "
                "change of the data can move the answer to the other end.",
                right=True,
            ),
            Option(
                "One solver has stopped too early",
                "Then its loss would be higher.",
            ),
            Option(
                "It cannot happen: a convex loss has one minimum",
                "One least value, yes. A convex loss may take it on a whole set.",
                misconception="a convex loss has a single best point",
            ),
        ],
    ),
)


# --- Exercises -------------------------------------------------------------------------------


def pinball_loss(y, y_hat, tau):
    r = y - y_hat
    return np.maximum(tau * r, (tau - 1) * r)


def _pinball_cases(rng):
    return [(rng.normal(5, 4, 8), rng.normal(5, 1, 8), tau) for tau in (0.1, 0.37, 0.85)]


def _picks_the_quantile(function, rng):
    """Over many predictions, the least total is at the sample's τ-quantile."""
    y, tau = np.sort(rng.normal(6, 3, 11)), 0.8
    totals = [np.sum(function(y, q, tau)) for q in y]
    best = y[int(np.argmin(totals))]
    wanted = y[int(np.ceil(tau * 11)) - 1]
    if abs(best - wanted) < 1e-9:
        return None
    return f"of 11 numbers the one with the least loss is {best:.4f}; the quantile is {wanted:.4f}."


pinball_exercise = Exercise(
    "the pinball loss",
    "Complete `pinball_loss(y, y_hat, tau)`: per example, τ·r where r = y − ŷ is positive, and "
    "(τ − 1)·r where it is negative. One line is missing.",
    pinball_loss,
    _pinball_cases,
    slips=[
        Slip(
            "τ and 1 − τ swapped",
            lambda y, y_hat, tau: np.maximum((1 - tau) * (y - y_hat), -tau * (y - y_hat)),
            "A y above the prediction (r > 0) costs τ for each unit, one below costs 1 − τ. "
            "Swapped, or with r = ŷ − y, you get the quantile 1 − τ.",
        ),
        Slip(
            "the smaller for the larger",
            lambda y, y_hat, tau: np.minimum(tau * (y - y_hat), (tau - 1) * (y - y_hat)),
            "Of the two lines the upper one counts: `np.maximum`. Yours is never above 0.",
        ),
        Slip(
            "no weights",
            lambda y, y_hat, tau: np.abs(y - y_hat),
            "That is the absolute error: it picks the median, whatever τ is.",
        ),
        Slip(
            "one side only",
            lambda y, y_hat, tau: np.maximum(tau * (y - y_hat), 0),
            "A prediction that is too high costs nothing here, so ever higher ones are best.",
        ),
        Slip(
            "the sum",
            lambda y, y_hat, tau: np.sum(pinball_loss(y, y_hat, tau)),
            "Per example, please: one loss for each y.",
        ),
        Slip(
            "a lost minus",
            lambda y, y_hat, tau: np.where(y > y_hat, tau, 1 - tau) * (y - y_hat),
            "Below the prediction r is negative, so (1 − τ)·r is negative: a reward for being "
            "too high. The factor is τ − 1.",
        ),
        Slip(
            "squared",
            lambda y, y_hat, tau: np.where(y > y_hat, tau, 1 - tau) * (y - y_hat) ** 2,
            "The pinball loss has straight arms. Squared ones pick an expectile, not a quantile.",
        ),
    ],
    properties=[Property("it picks the quantile", _picks_the_quantile)],
    hints=[
        "Look at the right picture of the last explorer: which arm is missing?",
        "For a y below the prediction r is negative, and the loss must be positive.",
        "The arm has the slope τ − 1, which is negative too.",
    ],
)


def nll_of_laplace(y, y_hat, b):
    return np.sum(np.log(2 * b) + np.abs(y - y_hat) / b)


def _laplace_density(y, y_hat, b):
    return np.exp(-np.abs(y - y_hat) / b) / (2 * b)


def _laplace_cases(rng):
    ordinary = [(rng.normal(6, 3, n), rng.normal(6, 1, n), b) for n, b in ((1, 3.3), (7, 2.6))]
    return [*ordinary, (np.array([3.1, 4620.0]), np.array([6.2, 5.9]), 2.3)]


laplace_exercise = Exercise(
    "the Laplace's NLL",
    "Write `nll(y, y_hat, b)`: the negative log-likelihood of all of `y` under Laplace "
    "distributions centred on `y_hat` with scale `b`, in nats, as one number. It must survive a "
    "wait of three days.",
    nll_of_laplace,
    _laplace_cases,
    slips=[
        Slip(
            "2b in the exponent",
            lambda y, y_hat, b: np.sum(np.log(2 * b) + np.abs(y - y_hat) / (2 * b)),
            "The exponent is −|y − ŷ| / b. The 2 stands in front only, in 1/2b.",
        ),
        Slip(
            "no 2 in front",
            lambda y, y_hat, b: np.sum(np.log(b) + np.abs(y - y_hat) / b),
            "The density is 1/(2b) · exp(…): two arms, so the area of one is ½.",
        ),
        Slip(
            "no log 2b",
            lambda y, y_hat, b: np.sum(np.abs(y - y_hat) / b),
            "The constant does not move the best line, but without it this is not the NLL.",
        ),
        Slip(
            "squared for absolute",
            lambda y, y_hat, b: np.sum(np.log(2 * b) + (y - y_hat) ** 2 / b),
            "The Laplace has |y − ŷ| in its exponent. The square is the normal's.",
        ),
        Slip(
            "the lost minus",
            lambda y, y_hat, b: -nll_of_laplace(y, y_hat, b),
            "This is the log-likelihood, which should be large. A loss is minus that.",
        ),
        Slip(
            "the mean for the sum",
            lambda y, y_hat, b: nll_of_laplace(y, y_hat, b) / len(y),
            "A fine loss, but the log of a product is the sum over examples.",
        ),
        Slip(
            "log 2b only once",
            lambda y, y_hat, b: np.log(2 * b) + np.sum(np.abs(y - y_hat) / b),
            "Every example brings its own log 2b: the sum goes over both terms.",
        ),
        Slip(
            "log₁₀ for ln",
            lambda y, y_hat, b: np.sum(np.log10(2 * b) + np.abs(y - y_hat) / b),
            "`np.log` is the natural log. Only that one undoes the exp.",
        ),
        Slip(
            "the log after the density",
            lambda y, y_hat, b: -np.sum(np.log(_laplace_density(y, y_hat, b))),
            "Right on paper. Three days out the density is 0 in float64, and the log of 0 is −∞. "
            "Take the log of the formula first.",
        ),
        Slip(
            "signs cancel",
            lambda y, y_hat, b: np.sum(np.log(2 * b) + (y - y_hat) / b),
            "Without the bars, errors above and below cancel.",
        ),
    ],
    hints=[
        "Start from the second line of “From the Laplace distribution to the absolute error”.",
        "Two terms for each example: `np.log(2 * b)` and the absolute error over `b`.",
        "`np.sum` over the examples.",
    ],
)


def huber_loss(r, delta):
    size = np.abs(r)
    return np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))


huber_exercise = Exercise(
    "Huber's loss",
    "Write `huber_loss(r, delta)` for an array of errors `r`: ½r² where |r| is at most δ, and "
    "beyond that a straight line that continues it, without a jump and without a corner.",
    huber_loss,
    lambda rng: [(np.linspace(-4, 4, 9) + rng.uniform(0, 0.3), d) for d in (0.7, 1.6, 3.3)],
    slips=[
        Slip(
            "a jump",
            lambda r, delta: np.where(np.abs(r) <= delta, r**2 / 2, delta * np.abs(r)),
            "At |r| = δ the first piece is ½δ² and yours is δ². Take ½δ² off.",
        ),
        Slip(
            "a corner",
            lambda r, delta: np.where(
                np.abs(r) <= delta, r**2 / 2, delta**2 / 2 + np.abs(r) - delta
            ),
            "At |r| = δ the square has slope δ. The straight arm must have it too.",
        ),
        Slip(
            "no ½",
            lambda r, delta: np.where(np.abs(r) <= delta, r**2, delta * (2 * np.abs(r) - delta)),
            "This is twice the loss: the middle is ½r².",
        ),
        Slip(
            "one arm only",
            lambda r, delta: np.where(r <= delta, r**2 / 2, delta * (r - delta / 2)),
            "A large negative error is still squared here. Compare |r| with δ, not r.",
        ),
        Slip(
            "a ceiling",
            lambda r, delta: np.where(np.abs(r) <= delta, r**2 / 2, delta**2 / 2),
            "Flat beyond δ: a far point would pull no longer at all. Huber's goes on, straight.",
        ),
        Slip(
            "inside and outside swapped",
            lambda r, delta: np.where(np.abs(r) > delta, r**2 / 2, delta * (np.abs(r) - delta / 2)),
            "The square belongs inside, the straight line outside.",
        ),
    ],
    hints=[
        "`np.where(condition, a, b)` takes `a` where the condition holds and `b` elsewhere.",
        "The arm has slope δ: `delta * np.abs(r)` plus a constant.",
        "At |r| = δ both must be ½δ², so the constant is −½δ².",
    ],
)


# --- Asked again in the review of the walk ---------------------------------------------------

review = (
    Question(
        "Five rents: 5, 6, 7, 8 and 9. The last one was mistyped and is 34. What do the best "
        "constants do?",
        [
            Option(
                "Squared error: 7 to 7. Absolute error: 7 to 12",
                "The other way round: squares ask for the mean.",
            ),
            Option(
                "Both follow, the absolute error more slowly",
                "The median only counts how many lie on each side. It does not move at all.",
                misconception="every average feels every value",
            ),
            Option(
                "Squared error: 7 to 12. Absolute error: 7 to 7",
                "The mean feels every value; the median asks which is in the middle.",
                right=True,
            ),
        ],
    ),
    Question(
        "A pharmacy: a missing dose costs nineteen times as much as one left over. Which loss "
        "gives the right stock?",
        [
            Option(
                "The pinball loss with τ = 0.95",
                "Too few costs 0.95 a dose, too many 0.05: nineteen to one. The best constant is "
                "the 0.95 quantile.",
                right=True,
            ),
            Option(
                "The squared error: it is hard on large misses",
                "It is equally hard on both sides. The pharmacy is not.",
                misconception="MSE is right for everything",
            ),
            Option(
                "The pinball loss with τ = 0.05",
                "That makes leftovers the expensive side.",
                misconception="the two sides of the pinball loss confused",
            ),
        ],
    ),
    Question(
        "Values 1, 2, 4 and 13. Which constant has the smallest mean absolute error?",
        [
            Option(
                "5, their mean",
                "The mean minimises the squared error.",
            ),
            Option(
                "3 and no other",
                "3 is one of them. Between the two middle values the loss is flat.",
                misconception="a loss has one best answer",
            ),
            Option(
                "Any number from 2 to 4",
                "Move within: two values come closer by as much as two others recede.",
                right=True,
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (
        to_the_mean,
        to_the_median,
        to_the_quantile,
        predict_outlier,
        predict_variation,
        predict_tau,
        pinball_exercise,
        review[2],
    ),
    (laplace, asymmetric_laplace, laplace_exercise, recall[0]),
    (predict_floor, recall[2]),
    (predict_calls, is_mse_right, huber_exercise, recall[1], review[0], review[1]),
)
