"""Notebook 03, the squared error from the normal: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures
(`scenes`), and the fits, which are `lossviz.fit`'s.
"""

import numpy as np

from lossviz import data
from lossviz.explorer.parameters import Slider
from lossviz.losses import gaussian_nll
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Slip
from lossviz.teach.relations import equal, scaled, shifted, slope_in, zero_in

GALTON = data.load("galton_heights")
CENTRED = GALTON.parent_in - GALTON.parent_in.mean()
PHI1 = Slider(-0.2, 1.5, step=0.01, value=0.4, label="φ₁")
SIGMA = Slider(1.5, 6.0, step=0.1, value=3.0, label="σ")


# --- Derivations -----------------------------------------------------------------------------


def _squares(x, y, phi0, phi1):
    return np.sum((y - phi0 - phi1 * x) ** 2)


def _density(y, mu, sigma):
    return np.exp(-((y - mu) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))


def _minus_log_of_densities(x, y, phi0, phi1, sigma):
    return -np.sum(np.log(_density(y, phi0 + phi1 * x, sigma)))


def _line_nll(x, y, phi0, phi1, sigma):
    constant = len(y) * np.log(2 * np.pi * sigma**2) / 2
    return constant + _squares(x, y, phi0, phi1) / (2 * sigma**2)


def _some_families(rng):
    """Generic values for the tests: a dozen families, and no σ at which slips coincide."""
    x = rng.normal(0, 1.8, 12)
    return {
        "x": x,
        "y": 68 + 0.6 * x + rng.normal(0, 2.2, 12),
        "phi0": rng.uniform(66, 70),
        "phi1": rng.uniform(0.1, 1.2),
        "sigma": rng.uniform(2.3, 4.5),
    }


_TERM = r"\frac{(y_i - f(x_i;\phi))^2}{2\sigma^2}"

mse = Derivation(
    "From the normal to the squared error",
    [
        Step(
            r"-\sum_{i=1}^{I} \log \mathcal{N}\left(y_i;\ f(x_i;\phi),\ \sigma^2\right)",
            "The NLL of all children, independent given their parents: one bell each, centred on "
            "the model's prediction.",
            _line_nll,
        ),
        Step(
            r"= -\sum_i \log\left[\frac{1}{\sqrt{2\pi\sigma^2}}"
            r"\exp\left(-\frac{(y_i - f(x_i;\phi))^2}{2\sigma^2}\right)\right]",
            "The normal's density, written out.",
            _minus_log_of_densities,
            equal(),
        ),
        Step(
            r"= \sum_i \left[\frac{1}{2}\log 2\pi\sigma^2 + " + _TERM + r"\right]",
            "The log of a product is a sum of logs, and the log undoes the exp.",
            _line_nll,
            equal(),
        ),
        Step(
            r"\to\ \sum_i " + _TERM,
            "The first term holds no φ. Drop it: the curve shifts, its lowest point stays.",
            lambda x, y, phi0, phi1, sigma: _squares(x, y, phi0, phi1) / (2 * sigma**2),
            shifted(lambda y, sigma: len(y) / 2 * np.log(2 * np.pi * sigma**2), "(I/2) log 2πσ²"),
            constant_in=("phi0", "phi1"),
        ),
        Step(
            r"\to\ \sum_i (y_i - f(x_i;\phi))^2",
            "1/2σ² is one for all, holds no φ and is above 0. Drop it: the curve is scaled.",
            _squares,
            scaled(lambda sigma: 1 / (2 * sigma**2), "1/2σ²"),
            constant_in=("phi0", "phi1"),
        ),
        Step(
            r"\to\ \mathrm{MSE} = \frac{1}{I}\sum_i (y_i - f(x_i;\phi))^2",
            "Per child: the mean squared error. I holds no φ either.",
            lambda x, y, phi0, phi1: np.mean((y - phi0 - phi1 * x) ** 2),
            scaled(lambda y: len(y), "I"),
            constant_in=("phi0", "phi1", "sigma"),
        ),
    ],
    sliders={"phi1": PHI1, "sigma": SIGMA},
    over="phi1",
    given={"x": CENTRED, "y": GALTON.child_in, "phi0": GALTON.child_in.mean()},
    sample=_some_families,
    reference=lambda x, y, phi0, phi1, sigma: gaussian_nll(y, phi0 + phi1 * x, sigma).sum(),
    slips=[
        WrongLine(
            "the minus lost",
            3,
            r"= \sum_i \left[-\frac{1}{2}\log 2\pi\sigma^2 - " + _TERM + r"\right]",
            lambda x, y, phi0, phi1, sigma: -_line_nll(x, y, phi0, phi1, sigma),
            "This is the log-likelihood, which a good fit makes large. As a loss to minimise it "
            "would drive the line away from the data. One line later the minus is back, so the "
            "result looks right: two slips that cancel are still two slips.",
        ),
        WrongLine(
            "a sum called mean",
            6,
            r"\to\ \mathrm{MSE} = \sum_i (y_i - f(x_i;\phi))^2",
            _squares,
            "A sum of squares is not a mean. The lowest point is the same, but the value is I "
            "times too large. It starts to matter when you compare data sets of different size, "
            "set a learning rate, or read off σ² as the MSE.",
        ),
    ],
)


def _parents(x):
    """The density of centred parents' heights: another normal, which holds no φ."""
    return _density(x, 0.0, 1.8)


def _joint_by_covariance(x, y, phi0, phi1, sigma):
    """−Σ log of the two-dimensional normal of (x, y), from its covariance matrix."""
    covariance = np.array([[1.8**2, phi1 * 1.8**2], [phi1 * 1.8**2, (phi1 * 1.8) ** 2 + sigma**2]])
    off = np.stack([x, y - phi0])
    quadratic = np.sum(off * np.linalg.solve(covariance, off))
    determinant = np.linalg.det(2 * np.pi * covariance)
    return 0.5 * (quadratic + len(y) * np.log(determinant))


FIVE_X = np.array([-2.8, -0.8, 0.2, 1.2, 3.2])
FIVE_Y = np.array([66.2, 69.2, 67.2, 68.2, 71.2])

joint = Derivation(
    "Why p(x) drops out",
    [
        Step(
            r"-\sum_i \log p(x_i, y_i;\ \phi)",
            "The NLL of the pairs, parent and child together.",
            lambda x, y, phi0, phi1, sigma: (
                -np.sum(np.log(_density(y, phi0 + phi1 * x, sigma) * _parents(x)))
            ),
        ),
        Step(
            r"= -\sum_i \log\left[\,p(y_i \mid x_i;\ \phi)\; p(x_i)\,\right]",
            "First the parents, then the child given the parents. The model says nothing of p(x).",
            lambda x, y, phi0, phi1, sigma: (
                -np.sum(np.log(_density(y, phi0 + phi1 * x, sigma) * _parents(x)))
            ),
            equal(),
        ),
        Step(
            r"= -\sum_i \log p(y_i \mid x_i;\ \phi) - \sum_i \log p(x_i)",
            "The log of a product is a sum of logs.",
            lambda x, y, phi0, phi1, sigma: (
                _minus_log_of_densities(x, y, phi0, phi1, sigma) - np.sum(np.log(_parents(x)))
            ),
            equal(),
        ),
        Step(
            r"\to\ -\sum_i \log p(y_i \mid x_i;\ \phi)",
            "The second sum holds no φ: a shift. Drop it.",
            _minus_log_of_densities,
            shifted(lambda x: -np.sum(np.log(_parents(x))), "−Σ log p(x)"),
            constant_in=("phi0", "phi1", "sigma", "y"),
        ),
    ],
    sliders={"phi1": PHI1, "sigma": SIGMA},
    over="phi1",
    given={"x": FIVE_X, "y": FIVE_Y, "phi0": 68.1},
    sample=_some_families,
    reference=_joint_by_covariance,
    slips=[
        WrongLine(
            "p(x) outside the log",
            2,
            r"= -\sum_i p(x_i)\,\log p(y_i \mid x_i;\ \phi)",
            lambda x, y, phi0, phi1, sigma: (
                -np.sum(_parents(x) * np.log(_density(y, phi0 + phi1 * x, sigma)))
            ),
            "The log must act on the whole product p(y | x) p(x). Left outside, p(x) becomes a "
            "weight: common parents would count more, once by being many and once more by p(x). "
            "The lowest point moves.",
        )
    ],
)


def _best_line(x, y):
    u = x - x.mean()
    phi1 = (u @ y) / (u @ u)
    return y.mean() - phi1 * x.mean(), phi1


def _best_squares(x, y):
    return _squares(x, y, *_best_line(x, y))


def _ratio(x, y, phi0, phi1, sigma):
    here = _squares(x, y, phi0, phi1) / (2 * sigma**2)
    best = _best_squares(x, y) / (2 * sigma**2)
    shift = len(y) / 2 * np.log(2 * np.pi * sigma**2)
    return (shift + here) / (shift + best)


def _ratio_of_squares(x, y, phi0, phi1):
    return _squares(x, y, phi0, phi1) / _best_squares(x, y)


_BEST = r"S(\hat\phi)"
how_many_times = Derivation(
    "How many times worse than the best line?",
    [
        Step(
            r"\frac{\mathrm{NLL}(\phi)}{\mathrm{NLL}(\hat\phi)}",
            "The NLL of a line over the NLL of the best line, at the same σ.",
            lambda x, y, phi0, phi1, sigma: (
                _line_nll(x, y, phi0, phi1, sigma) / _line_nll(x, y, *_best_line(x, y), sigma)
            ),
        ),
        Step(
            r"= \frac{\frac{I}{2}\log 2\pi\sigma^2 + S(\phi)/2\sigma^2}"
            r"{\frac{I}{2}\log 2\pi\sigma^2 + " + _BEST + r"/2\sigma^2}",
            "Both written out, with S for the sum of squares.",
            _ratio,
            equal(),
        ),
        Step(
            r"= 1 + \frac{S(\phi) - " + _BEST + r"}{I\sigma^2\log 2\pi\sigma^2 + " + _BEST + "}",
            "Take 1 out, and multiply above and below by 2σ². The dropped constant is back.",
            lambda x, y, phi0, phi1, sigma: (
                1
                + (_squares(x, y, phi0, phi1) - _best_squares(x, y))
                / (len(y) * sigma**2 * np.log(2 * np.pi * sigma**2) + _best_squares(x, y))
            ),
            equal(),
        ),
    ],
    sliders={"phi1": PHI1, "sigma": SIGMA},
    over="phi1",
    given={"x": FIVE_X, "y": FIVE_Y, "phi0": 68.1},
    sample=_some_families,
    reference=lambda x, y, phi0, phi1, sigma: (
        gaussian_nll(y, phi0 + phi1 * x, sigma).sum()
        / gaussian_nll(y, np.polyval(np.polyfit(x, y, 1), x), sigma).sum()
    ),
    slips=[
        WrongLine(
            "∝ for a shift",
            2,
            r"= \frac{S(\phi)}{" + _BEST + r"}\qquad\text{since } \mathrm{NLL} \propto S",
            _ratio_of_squares,
            "∝ says: equal up to a factor. Then ratios would stay. But the NLL and S differ by a "
            "dropped constant as well, and a shift changes every ratio. Write “= … + constant”, "
            "or say “has the same argmin as”.",
            after=(
                (
                    r"= 1 + \frac{S(\phi) - " + _BEST + "}{" + _BEST + "}",
                    _ratio_of_squares,
                ),
            ),
        )
    ],
)


# Five readings of the motorcycle's accelerometer (ms, g); the last ones spread more.
FIVE_MS = np.array([8.8, 14.6, 15.4, 16.8, 17.6])
FIVE_G = np.array([-1.3, -16.0, -53.5, -91.1, -37.5])


def _spread(x, beta):
    """σ(x): 3 g at 8 ms, and e^β times more with each ms."""
    return 3.0 * np.exp(beta * (x - 8.0))


def _two_output_terms(x, y, mu, beta):
    sigma = _spread(x, beta)
    return np.log(2 * np.pi * sigma**2) / 2, (y - mu) ** 2 / (2 * sigma**2)


_F2_TERM = r"\frac{(y_i - f_1(x_i))^2}{2 f_2(x_i)^2}"
_F2_FRONT = r"\frac{1}{\sqrt{2\pi f_2(x_i)^2}}"

two_outputs = Derivation(
    "Two outputs: f₁ for the mean, f₂ for the spread",
    [
        Step(
            r"-\sum_i \log \mathcal{N}\left(y_i;\ f_1(x_i),\ f_2(x_i)^2\right)",
            "Each point has a bell of its own width f₂, which a link has made positive.",
            lambda x, y, mu, beta: np.sum(_two_output_terms(x, y, mu, beta)),
        ),
        Step(
            r"= -\sum_i \log\left[" + _F2_FRONT + r"\exp\left(-" + _F2_TERM + r"\right)\right]",
            "The normal's density, written out.",
            lambda x, y, mu, beta: -np.sum(np.log(_density(y, mu, _spread(x, beta)))),
            equal(),
        ),
        Step(
            r"= -\sum_i \left[\log " + _F2_FRONT + " - " + _F2_TERM + r"\right]",
            "The log of a product is a sum of logs, and the log undoes the exp.",
            lambda x, y, mu, beta: np.sum(_two_output_terms(x, y, mu, beta)),
            equal(),
        ),
        Step(
            r"= \sum_i \left[\frac{1}{2}\log 2\pi + \log f_2(x_i) + " + _F2_TERM + r"\right]",
            "The minus in front goes to every term.",
            lambda x, y, mu, beta: np.sum(_two_output_terms(x, y, mu, beta)),
            equal(),
        ),
        Step(
            r"\to\ \sum_i \left[\log f_2(x_i) + " + _F2_TERM + r"\right]",
            "Only ½ log 2π holds no parameter. The spread is an output now: it must stay.",
            lambda x, y, mu, beta: np.sum(
                np.log(_spread(x, beta)) + (y - mu) ** 2 / (2 * _spread(x, beta) ** 2)
            ),
            shifted(lambda y: len(y) / 2 * np.log(2 * np.pi), "(I/2) log 2π"),
            constant_in=("mu", "beta"),
        ),
    ],
    sliders={
        "mu": Slider(-100.0, 40.0, step=1.0, value=-20.0, label="f₁ (g)"),
        "beta": Slider(0.1, 0.4, step=0.01, value=0.25, label="β"),
    },
    over="mu",
    given={"x": FIVE_MS, "y": FIVE_G},
    sample=lambda rng: {
        "x": rng.uniform(8, 18, 5),
        "y": rng.normal(-30, 20, 5),
        "mu": rng.uniform(-50, 10),
        "beta": rng.uniform(0.1, 0.3),
    },
    reference=lambda x, y, mu, beta: gaussian_nll(y, mu, 3.0 * np.exp(beta * (x - 8.0))).sum(),
    slips=[
        WrongLine(
            "without its bracket",
            3,
            r"= -\sum_i \log " + _F2_FRONT + r" - \sum_i " + _F2_TERM,
            lambda x, y, mu, beta: np.sum(np.subtract(*_two_output_terms(x, y, mu, beta))),
            "Without the bracket the minus reaches the first term only. Now the squared distance "
            "lowers the loss: a worse fit is rewarded, and f₁ runs away from the data. The curve "
            "has a top where it should have a floor.",
            after=(
                (
                    r"= \sum_i \left[\frac{1}{2}\log 2\pi + \log f_2(x_i) - "
                    + _F2_TERM
                    + r"\right]",
                    lambda x, y, mu, beta: np.sum(np.subtract(*_two_output_terms(x, y, mu, beta))),
                ),
                (
                    r"\to\ \sum_i \left[\log f_2(x_i) - " + _F2_TERM + r"\right]",
                    lambda x, y, mu, beta: (
                        np.sum(np.subtract(*_two_output_terms(x, y, mu, beta)))
                        - len(y) / 2 * np.log(2 * np.pi)
                    ),
                ),
            ),
        )
    ],
)


def _mean_square(x, y, phi0, phi1):
    return np.mean((y - phi0 - phi1 * x) ** 2)


best_sigma = Derivation(
    "The σ that a line deserves",
    [
        Step(
            r"\frac{\mathrm{NLL}}{I} = \frac{1}{2}\log 2\pi + \log\sigma"
            r" + \frac{\mathrm{MSE}(\phi)}{2\sigma^2}",
            "The NLL per child. Now φ stays, and σ moves.",
            lambda x, y, phi0, phi1, sigma: _line_nll(x, y, phi0, phi1, sigma) / len(y),
        ),
        Step(
            r"\frac{\partial}{\partial\sigma}\,\frac{\mathrm{NLL}}{I} ="
            r" \frac{1}{\sigma} - \frac{\mathrm{MSE}(\phi)}{\sigma^3}",
            "Differentiate: the log wants σ small, the squares want it large.",
            lambda x, y, phi0, phi1, sigma: 1 / sigma - _mean_square(x, y, phi0, phi1) / sigma**3,
            slope_in("sigma", "σ"),
        ),
        Step(
            r"\hat\sigma = \sqrt{\mathrm{MSE}(\phi)}",
            "The slope is 0 where σ² is the MSE: at the root mean squared error, the RMSE.",
            lambda x, y, phi0, phi1: np.sqrt(_mean_square(x, y, phi0, phi1)),
            zero_in("sigma", "σ above 0", lambda sigma: sigma if sigma > 0 else np.nan),
        ),
    ],
    sliders={"sigma": SIGMA, "phi1": PHI1},
    over="sigma",
    given={"x": CENTRED, "y": GALTON.child_in, "phi0": GALTON.child_in.mean()},
    sample=_some_families,
    reference=lambda x, y, phi0, phi1, sigma: gaussian_nll(y, phi0 + phi1 * x, sigma).mean(),
)


# --- Questions before an explorer ------------------------------------------------------------

predict_sigma = Question(
    "Nobody told us σ. You fix it at 3 and look for the best slope φ₁. Your friend fixes it at "
    "1.5. Who gets the steeper line?",
    [
        Option(
            "You: a wide bell forgives, so the line may lean more",
            "A wide bell does forgive. But it forgives every line by the same factor, so their "
            "order stays.",
            misconception="the assumed σ changes the best line",
        ),
        Option(
            "Your friend: a narrow bell pulls the line to the data",
            "It pulls harder, on every line by the same factor. Their order stays.",
            misconception="the assumed σ changes the best line",
        ),
        Option(
            "Neither: the same line",
            "σ only shifts and scales the NLL, as long as it is the same for all children.",
            right=True,
        ),
    ],
)

predict_learn = Question(
    "You tilt the line away from its best slope and leave it there. Then you look for the best σ. "
    "Compared with before, it is …",
    [
        Option(
            "the same: σ belongs to the data, not to the line",
            "σ is how far the children lie from this line. A worse line has larger distances.",
            misconception="σ is a property of the data alone",
        ),
        Option(
            "larger",
            "Larger distances ask for a wider bell. The best σ is the RMSE of this very line.",
            right=True,
        ),
        Option(
            "smaller, to make up for the bad line",
            "A narrow bell in the wrong place is the dearest of all.",
            misconception="a narrower bell fits better",
        ),
        Option(
            "any: σ does not matter",
            "It does not matter for the best line. For the NLL, and for every probability that "
            "you read off, it does.",
            misconception="σ does not matter",
        ),
    ],
)

predict_descent = Question(
    "With the parents' mean subtracted, 3 is about the largest rate at which the descent settles. "
    "Now the parents' heights as they are, near 68: same data, same NLL. What is the largest rate?",
    [
        Option(
            "3 as well: it is the same line and the same NLL",
            "The same line, but another landscape: the curvature along the slope goes with the "
            "mean of x², and that is not what it was.",
            misconception="centring the features changes nothing",
        ),
        Option(
            "about 0.002, some 1,500 times smaller",
            "The curvature along the slope goes with the mean of x²: about 4,700, where it was "
            "about 3. With such steps the slope has hardly moved after 300.",
            right=True,
        ),
        Option(
            "about 0.04, as x is some 68 times as large",
            "The gradient has x in it once. But how fast it changes goes with x².",
        ),
    ],
)

predict_inference = Question(
    "The line has the slope 0.65, and σ is 2.2 inches. A couple's x is 73 inches, about five above "
    "the mean of all. By this model, with its whole bell, how likely is their grown-up child to be "
    "taller than 73 inches (a daughter: scaled up)?",
    [
        Option(
            "about ½: it takes after its parents",
            "Then the bell's middle would be at 73. Of five inches above the mean, about three are "
            "passed on.",
            misconception="the best prediction repeats the feature",
        ),
        Option(
            "the model cannot tell: it answers with one number, 71 inches",
            "That is the peak. The model has a whole bell around it, and a bell has areas.",
            misconception="a model predicts one number",
        ),
        Option(
            "about ⅕",
            "The bell's middle is at 71.1, and 73 lies not quite one σ above it.",
            right=True,
        ),
    ],
)

predict_band = Question(
    "One σ for all times, 21.6 g, holds every reading of the flat start, before 14 ms. Now σ gets "
    "an output of its own. How wide will it be at 8 ms?",
    [
        Option(
            "still about 20 g: it is one crash",
            "It is, and the one σ was an average over calm and chaos. The second output may "
            "follow each.",
            misconception="a σ that is right on average is right everywhere",
        ),
        Option(
            "about 2 g",
            "The calm part had paid for the crash: its band was ten times too wide.",
            right=True,
        ),
        Option(
            "about 10 g, half of it",
            "Even half leaves ±20 g around readings that hardly move.",
        ),
    ],
)

predict_point = Question(
    "A flexible curve runs exactly through one reading. As σ shrinks there, that reading's NLL "
    "falls without end. What becomes of the mean NLL of the other three readings of that time?",
    [
        Option(
            "it rises, out of all proportion to the fall",
            "A miss costs its square over 2σ²; the hit gains log σ only. At 0.001 g the hit has "
            "gained nine nats, and the others have lost eight hundred million.",
            right=True,
        ),
        Option(
            "it rises by about as much as the other falls",
            "The fall goes with log σ, the rise with 1/σ²: not of one size.",
        ),
        Option(
            "it stays: the fit has not seen them",
            "The fit has not. But they are judged by the same bell, and it is narrow now.",
            misconception="what was not fitted is not touched",
        ),
    ],
)

# --- Questions at the end --------------------------------------------------------------------

recall = (
    Question(
        "From notebook 02. Why do we minimise a sum of −log p, and not the product of the p?",
        [
            Option(
                "Same best parameters, but no underflow and a slope to follow",
                "The log keeps the peak, the numbers and the slope.",
                right=True,
            ),
            Option(
                "The log is customary; it makes no difference",
                "On paper the lowest point is the same. On a machine the product is 0 for every "
                "parameter, and its slope as well.",
                misconception="the log is cosmetic",
            ),
            Option(
                "Because it turns the likelihood into the probability of the parameters",
                "It stays a function of the parameters whose area means nothing.",
                misconception="the likelihood is the probability of the parameter",
            ),
        ],
    ),
    Question(
        "Someone says: “Squares are just a convenience. Absolute values or fourth powers would do "
        "as well.” What do you answer?",
        [
            Option(
                "True: any loss that grows with the distance will do",
                "Each asks for another number, and is the NLL of another distribution. Squares "
                "ask for the mean, and are that of the normal with one width for all.",
                misconception="the squared error is arbitrary",
            ),
            Option(
                "False: squares are right, because errors are normal",
                "Some are. Others have no single width, and a yes or no is not normal at all.",
                misconception="the squared error is right for everything",
            ),
            Option(
                "Squares are what a normal with one σ asks for; choose another, get another loss",
                "And they ask for the mean, whatever the distribution. For a range or a chance the "
                "normal behind them has to fit, and that can be judged.",
                right=True,
            ),
        ],
    ),
    Question(
        "In which of these does σ drop out?",
        [
            Option(
                "in the best φ, when one σ holds for all points",
                "There it shifts and scales the NLL, and the lowest point stays.",
                right=True,
            ),
            Option(
                "in the best φ, also when σ depends on x",
                "Then each squared error is divided by its own 2σ²: noisy points count less, and "
                "the curve moves.",
                misconception="σ does not matter",
            ),
            Option(
                "in the value of the NLL",
                "The NLL has log σ and 1/σ² in it. Its lowest value lies at the RMSE.",
                misconception="σ does not matter",
            ),
            Option(
                "in the probability that a child is taller than 72 inches",
                "A wider bell has more area out there.",
                misconception="σ does not matter",
            ),
        ],
    ),
)


# --- Exercises -------------------------------------------------------------------------------


def mse_from_nll(nll, sigma, I):
    without_shift = nll - I / 2 * np.log(2 * np.pi * sigma**2)
    squares = without_shift * 2 * sigma**2
    return squares / I


def _after_shift(finish):
    """A slip of `mse_from_nll` that takes the shift off rightly and then goes wrong."""

    def slip(nll, sigma, I):
        return finish(nll - I / 2 * np.log(2 * np.pi * sigma**2), sigma, I)

    return slip


back_to_mse = Exercise(
    "the MSE from the NLL",
    "Walk the derivation backwards. `mse_from_nll(nll, sigma, I)` gets the NLL of `I` points "
    "at one given `sigma`, and returns their mean squared error. One line is missing.",
    mse_from_nll,
    lambda rng: [
        (rng.uniform(20, 30), 2.7, 7),
        (rng.uniform(900, 1500), 3.4, 400),
        (rng.uniform(-3, 5), 0.3, 11),
    ],
    slips=[
        Slip(
            "the lost 2",
            _after_shift(lambda rest, sigma, I: rest * sigma**2 / I),
            "The factor was 1/2σ², so multiply by 2σ².",
        ),
        Slip(
            "σ for σ²",
            _after_shift(lambda rest, sigma, I: rest * 2 * sigma / I),
            "The factor was 1/2σ², with the square.",
        ),
        Slip(
            "divided instead of multiplied",
            _after_shift(lambda rest, sigma, I: rest / (2 * sigma**2) / I),
            "The NLL holds the squares already divided by 2σ². To undo that, multiply.",
        ),
        Slip(
            "sum called mean",
            _after_shift(lambda rest, sigma, I: rest * 2 * sigma**2),
            "This is the sum of squares. The mean is that, divided by I.",
        ),
        Slip(
            "the factor left in",
            _after_shift(lambda rest, sigma, I: rest / I),
            "The squares are still divided by 2σ².",
        ),
        Slip(
            "the shift left in",
            lambda nll, sigma, I: nll * 2 * sigma**2 / I,
            "Take away (I/2) log 2πσ² before you scale.",
        ),
    ],
    hints=[
        "Look at “From the normal to the squared error”, rows 3 to 6, from below.",
        "`without_shift` is row 4. Row 5 is that without the factor $1/2\\sigma^2$.",
        "Multiply by `2 * sigma**2`.",
    ],
)


def nll_of_line(phi, sigma, x, y):
    residuals = y - (phi[0] + phi[1] * x)
    constant = 0.5 * np.log(2 * np.pi) + np.log(sigma)
    return np.sum(constant + residuals**2 / (2 * sigma**2))


def _line_cases(rng):
    """A few families, many families (a product underflows), and one with a child far away."""

    def families(size):
        x = rng.normal(68, 1.8, size)
        return x, 24 + 0.65 * x + rng.normal(0, 2.2, size)

    def phi():
        return np.array([rng.uniform(20, 30), rng.uniform(0.5, 0.7)])

    far = np.array([67.3, 69.1]), np.array([68.2, 190.4])
    return [
        (phi(), 2.6, *families(3)),
        (phi(), 3.3, *families(8)),
        (phi(), 2.4, *families(900)),
        (phi(), 2.3, *far),
    ]


def _line_slip(nll):
    """A slip of `nll_of_line`, from what it makes of the residuals and σ."""
    return lambda phi, sigma, x, y: nll(y - phi[0] - phi[1] * x, sigma)


_HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)

line_nll = Exercise(
    "the NLL of a line",
    "Write `line_nll(phi, sigma, x, y)`: the NLL of all children `y` together, in nats, when the "
    "model predicts `phi[0] + phi[1] * x` for the mean of a bell of width `sigma`.",
    nll_of_line,
    _line_cases,
    slips=[
        Slip(
            "σ for σ²",
            _line_slip(lambda r, s: np.sum(_HALF_LOG_2PI + np.log(s) + r**2 / (2 * s))),
            "The squared distance is divided by 2σ², not by 2σ.",
        ),
        Slip(
            "the lost 2",
            _line_slip(lambda r, s: np.sum(_HALF_LOG_2PI + np.log(s) + r**2 / s**2)),
            "The squared distance is divided by 2σ²; here the 2 is missing.",
        ),
        Slip(
            "the bracket below lost",
            _line_slip(lambda r, s: np.sum(_HALF_LOG_2PI + np.log(s) + r**2 / 2 * s**2)),
            "`a / 2 * b` is half of a, times b. Put what is below in brackets: `(2 * sigma**2)`.",
        ),
        Slip(
            "½ log 2π only once",
            _line_slip(lambda r, s: _HALF_LOG_2PI + np.sum(np.log(s) + r**2 / (2 * s**2))),
            "Every child brings its own ½ log 2π: the sum goes over all of it.",
        ),
        Slip(
            "the lost minus",
            lambda phi, sigma, x, y: -nll_of_line(phi, sigma, x, y),
            "This is the log-likelihood, which should be large. A loss is minus that.",
        ),
        Slip(
            "the minus kept on the squares",
            _line_slip(lambda r, s: np.sum(_HALF_LOG_2PI + np.log(s) - r**2 / (2 * s**2))),
            "The minus in front of the log flips both terms: far off must cost more.",
        ),
        Slip(
            "the mean for the sum",
            lambda phi, sigma, x, y: nll_of_line(phi, sigma, x, y) / len(y),
            "A fine loss, but the NLL of all children is the sum.",
        ),
        Slip(
            "no log σ",
            _line_slip(lambda r, s: np.sum(_HALF_LOG_2PI + r**2 / (2 * s**2))),
            "You may drop log σ to find φ. Then it is not the NLL any more, and you cannot learn "
            "σ from it.",
        ),
        Slip(
            "no ½ log 2π",
            _line_slip(lambda r, s: np.sum(np.log(s) + r**2 / (2 * s**2))),
            "You may drop ½ log 2π to find φ and σ. Then it is not the NLL any more.",
        ),
        Slip(
            "the constant only once",
            _line_slip(lambda r, s: _HALF_LOG_2PI + np.log(s) + np.sum(r**2) / (2 * s**2)),
            "Every child brings its own ½ log 2π + log σ: the sum goes over all of it.",
        ),
        Slip(
            "the sum of squares",
            _line_slip(lambda r, s: np.sum(r**2)),
            "It has its lowest point at the same φ. The task asks for the NLL itself.",
        ),
        Slip(
            "slope and intercept swapped",
            lambda phi, sigma, x, y: nll_of_line(phi[::-1], sigma, x, y),
            "`phi[0]` is the intercept and `phi[1]` the slope.",
        ),
        Slip(
            "the intercept lost",
            lambda phi, sigma, x, y: nll_of_line((0.0, phi[1]), sigma, x, y),
            "The prediction is `phi[0] + phi[1] * x`.",
        ),
        Slip(
            "the log after the density",
            _line_slip(lambda r, s: -np.sum(np.log(_density(r, 0.0, s)))),
            "Right on paper. For a child far away the density is 0 in float64, and the log of 0 is "
            "−∞. Take the log of the formula first.",
        ),
        Slip(
            "the log after the product",
            _line_slip(lambda r, s: -np.log(np.prod(_density(r, 0.0, s)))),
            "Right on paper. The product of 900 densities is 0 in float64. Add logs instead.",
        ),
        Slip(
            "σ read as the variance",
            _line_slip(lambda r, s: np.sum(_HALF_LOG_2PI + 0.5 * np.log(s) + r**2 / s / 2)),
            "`sigma` is the standard deviation; what is called the variance is its square.",
        ),
        Slip(
            "log₁₀ for ln",
            _line_slip(
                lambda r, s: np.sum(0.5 * np.log10(2 * np.pi) + np.log10(s) + r**2 / (2 * s**2))
            ),
            "`np.log` is the natural log. Only that one undoes the exp.",
        ),
    ],
    hints=[
        "First the distances: `y - (phi[0] + phi[1] * x)`.",
        "Then row 3 of “From the normal to the squared error”: two terms for each child.",
        "$\\frac{1}{2}\\log 2\\pi\\sigma^2$ is `0.5 * np.log(2 * np.pi * sigma**2)`. `np.sum` over "
        "both terms.",
    ],
)


def nll_of_two_outputs(y, mu, raw, floor):
    sigma = floor + np.exp(raw)
    return np.sum(0.5 * np.log(2 * np.pi) + np.log(sigma) + (y - mu) ** 2 / (2 * sigma**2))


def _two_cases(rng):
    """One with no negative `raw`, and two where the floor is the larger part of some σ."""
    cases = []
    for size, floor, low in ((2, 1.3, 1), (9, 0.4, -2), (50, 2.2, -2)):
        mu = rng.normal(-20, 20, size)
        cases.append((mu + rng.normal(0, 4, size), mu, rng.uniform(low, 3.5, size), floor))
    return cases


def _two_slip(nll):
    """A slip of `nll_of_two_outputs`, from what it makes of the residuals and the right σ."""
    return lambda y, mu, raw, floor: nll(y - mu, floor + np.exp(raw))


heteroscedastic_nll = Exercise(
    "the NLL of two outputs",
    "A model has two outputs for each point: `mu`, and `raw`, a number of any sign. Write "
    "`two_nll(y, mu, raw, floor)`: the NLL of all points together, with σ = floor + exp(raw).",
    nll_of_two_outputs,
    _two_cases,
    slips=[
        Slip(
            "without its bracket",
            _two_slip(lambda r, s: np.sum(_HALF_LOG_2PI + np.log(s) - r**2 / (2 * s**2))),
            "The minus in front goes for both terms. Here a worse fit is rewarded.",
        ),
        Slip(
            "the lost minus",
            lambda y, mu, raw, floor: -nll_of_two_outputs(y, mu, raw, floor),
            "This is the log-likelihood. A loss is minus that.",
        ),
        Slip(
            "no log σ",
            _two_slip(lambda r, s: np.sum(_HALF_LOG_2PI + r**2 / (2 * s**2))),
            "σ is an output now: without log σ the model makes every σ huge, and nothing costs.",
        ),
        Slip(
            "σ for σ²",
            _two_slip(lambda r, s: np.sum(_HALF_LOG_2PI + np.log(s) + r**2 / (2 * s))),
            "The squared distance is divided by 2σ², not by 2σ.",
        ),
        Slip(
            "the lost 2",
            _two_slip(lambda r, s: np.sum(_HALF_LOG_2PI + np.log(s) + r**2 / s**2)),
            "The squared distance is divided by 2σ²; here the 2 is missing.",
        ),
        Slip(
            "the bracket below lost",
            _two_slip(lambda r, s: np.sum(_HALF_LOG_2PI + np.log(s) + r**2 / 2 * s**2)),
            "`a / 2 * b` is half of a, times b. Put what is below in brackets: `(2 * sigma**2)`.",
        ),
        Slip(
            "½ log 2π only once",
            _two_slip(lambda r, s: _HALF_LOG_2PI + np.sum(np.log(s) + r**2 / (2 * s**2))),
            "Every point brings its own ½ log 2π: the sum goes over all of it.",
        ),
        Slip(
            "one σ for all",
            _two_slip(
                lambda r, s: np.sum(_HALF_LOG_2PI + np.log(s.mean()) + r**2 / (2 * s.mean() ** 2))
            ),
            "Every point has its own σ: do not average them.",
        ),
        Slip(
            "the floor forgotten",
            lambda y, mu, raw, floor: nll_of_two_outputs(y, mu, raw, 0.0),
            "σ = floor + exp(raw): the floor keeps σ from falling to 0.",
        ),
        Slip(
            "the larger for the sum",
            lambda y, mu, raw, floor: nll_of_two_outputs(
                y, mu, np.log(np.maximum(floor, np.exp(raw))), 0.0
            ),
            "That, too, keeps σ above the floor. The task adds it: σ = floor + exp(raw).",
        ),
        Slip(
            "the link forgotten",
            lambda y, mu, raw, floor: np.sum(
                _HALF_LOG_2PI + np.log(floor + raw) + (y - mu) ** 2 / (2 * (floor + raw) ** 2)
            ),
            "`raw` may be negative. exp makes it positive.",
        ),
        Slip(
            "exp of both",
            lambda y, mu, raw, floor: nll_of_two_outputs(y, mu, raw + floor, 0.0),
            "The floor is added after the exp, so that σ can never fall below it.",
        ),
        Slip(
            "the mean for the sum",
            lambda y, mu, raw, floor: nll_of_two_outputs(y, mu, raw, floor) / len(y),
            "A fine loss, but the NLL of all points is the sum.",
        ),
        Slip(
            "no ½ log 2π",
            _two_slip(lambda r, s: np.sum(np.log(s) + r**2 / (2 * s**2))),
            "You may drop ½ log 2π to fit. Then it is not the NLL any more.",
        ),
    ],
    hints=[
        "First `sigma = floor + np.exp(raw)`: an array, one σ for each point.",
        "Then row 4 of “Two outputs”: three terms for each point.",
        "`np.sum` over `0.5 * np.log(2 * np.pi) + np.log(sigma)` plus the squared distance over "
        "$2\\sigma^2$.",
    ],
)


# --- Asked again in the review of the walk ---------------------------------------------------

review = (
    Question(
        "Deliveries take 20 minutes, and now and then three hours. Someone fits the squared "
        "error. The most careful judgement?",
        [
            Option(
                "Right: times are numbers, and numbers call for squares",
                "A number may be skewed or bounded. The normal is then a poor description.",
                misconception="MSE is right for everything",
            ),
            Option(
                "A matter of taste: any loss would have done",
                "Another loss asks for another number, and the median is far from the mean here.",
                misconception="MSE is arbitrary",
            ),
            Option(
                "It gives the mean, if that is wanted; the normal behind it fits badly",
                "Its interval would promise times below 0 and miss the long ones.",
                right=True,
            ),
        ],
    ),
    Question(
        "The best line under squared errors is the same for every constant σ. When must you "
        "still know σ?",
        [
            Option(
                "Never: it drops out of the loss",
                "It drops out of the search for the line, and only when it is constant.",
                misconception="σ does not matter",
            ),
            Option(
                "For an interval, and whenever the spread changes with x",
                "With a σ that depends on x the noisy points weigh less, and the line moves too.",
                right=True,
            ),
            Option(
                "Only when σ is above 1",
                "No unit is special: 1 inch is 25.4 mm.",
            ),
        ],
    ),
    Question(
        "Four pumps: the squared errors of the best line are 9, 16, 25 and 14 (litres²). You now "
        "let σ vary, with the line fixed. Where is the NLL lowest?",
        [
            Option(
                "At σ = 4 litres",
                "The mean square is 16, and the slope of log σ + 16/2σ² is 0 at σ = √16.",
                right=True,
            ),
            Option(
                "At σ = 16 litres",
                "That is σ², in square litres.",
                misconception="σ² for σ",
            ),
            Option(
                "As small as σ can be",
                "log σ falls, but the other term grows faster once σ is below the RMSE.",
                misconception="a narrower bell fits better",
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (mse, joint, back_to_mse, line_nll, recall[0], recall[1]),
    (predict_sigma, predict_learn, best_sigma, how_many_times, recall[2], review[1], review[2]),
    (predict_inference, review[0]),
    (two_outputs, predict_band, predict_point, predict_descent, heteroscedastic_nll),
)
