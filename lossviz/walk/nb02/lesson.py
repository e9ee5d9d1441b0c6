"""Notebook 02, likelihood: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures
(`scenes`), and the formulas that the notebook itself shows in its cells.
"""

import numpy as np

from lossviz.explorer.parameters import Slider
from lossviz.losses import gaussian_nll
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Property, Slip
from lossviz.teach.relations import agree, equal, related, scaled, slope_in, zero_in

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


# --- Derivations -----------------------------------------------------------------------------


def _density(y, mu, sigma):
    return np.exp(-((y - mu) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))


def _nll(y, mu, sigma):
    return 0.5 * np.log(2 * np.pi) + np.log(sigma) + (y - mu) ** 2 / (2 * sigma**2)


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
            scaled(lambda sigma: sigma, "σ", mark="the peak"),
            constant_in=("y", "mu"),
        ),
        Step(
            r"p(y \mid \mu, \sigma) = \frac{1}{\sigma\sqrt{2\pi}}\,"
            r"\exp\left(-\frac{(y-\mu)^2}{2\sigma^2}\right)",
            "z written out.",
            _density,
            equal(),
        ),
        Step(
            r"-\log p(y \mid \mu, \sigma) = \frac{1}{2}\log 2\pi + \log\sigma"
            r" + \frac{(y-\mu)^2}{2\sigma^2}",
            "Minus the log of it: factors become terms, and the exp is gone.",
            _nll,
            related(
                "minus the log of the row above; the peak is now the floor",
                lambda above, here, v: agree(np.exp(-here(**v)), above(**v)),
            ),
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
            after=(
                (
                    r"-\log p(y \mid \mu, \sigma) = \frac{1}{2}\log 2\pi + \log\sigma"
                    r" + \frac{(y-\mu)^2}{2\sigma}",
                    lambda y, mu, sigma: (
                        0.5 * np.log(2 * np.pi) + np.log(sigma) + (y - mu) ** 2 / (2 * sigma)
                    ),
                ),
            ),
        )
    ],
)

product_to_sum = Derivation(
    "From a product to a sum of logs",
    [
        Step(
            r"\mathcal{L} = \prod_{i=1}^{I} p(y_i \mid \mu, \sigma)",
            "Independent people: the densities multiply.",
            lambda y, mu, sigma: np.prod(_density(y, mu, sigma)),
        ),
        Step(
            r"\ell = \log \prod_{i=1}^{I} p(y_i \mid \mu, \sigma)",
            "Take the log: ℓ, the log-likelihood. A log only rises, so ℓ is highest where ℒ is.",
            lambda y, mu, sigma: np.log(np.prod(_density(y, mu, sigma))),
            related(
                "the log of the row above; the peak stays",
                lambda above, here, v: agree(np.exp(here(**v)), above(**v)),
            ),
        ),
        Step(
            r"\ell = \sum_{i=1}^{I} \log p(y_i \mid \mu, \sigma)",
            "The log of a product, written another way.",
            lambda y, mu, sigma: np.sum(np.log(_density(y, mu, sigma))),
            equal(),
        ),
        Step(
            r"\mathrm{NLL} = -\sum_{i=1}^{I} \log p(y_i \mid \mu, \sigma)",
            "Turn it upside down: by habit a loss is made small, so the peak becomes a floor.",
            lambda y, mu, sigma: gaussian_nll(y, mu, sigma).sum(),
            related(
                "minus the row above; the peak is now the floor",
                lambda above, here, v: agree(here(**v), -above(**v)),
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
            slope_in("mu", "μ"),
        ),
        Step(
            r"\hat\mu = \frac{1}{I}\sum_i y_i",
            "At a peak the slope is 0: the sum of yᵢ equals I·μ. σ is not in it.",
            lambda y: y.mean(),
            zero_in("mu", "μ"),
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
            slope_in("sigma", "σ"),
        ),
        Step(
            r"\frac{\sigma^3}{I}\,\frac{\partial \ell}{\partial \sigma} ="
            r" \frac{1}{I}\sum_i (y_i-\hat\mu)^2 - \sigma^2",
            "Multiply by σ³/I, which is above 0 and so moves no zero.",
            lambda y, sigma: np.mean((y - y.mean()) ** 2) - sigma**2,
            related(
                "σ³/I times the row above; its zero stays",
                lambda above, here, v: agree(
                    here(**v), above(**v) * v["sigma"] ** 3 / len(v["y"]), v["sigma"] ** 2
                ),
            ),
        ),
        Step(
            r"\hat\sigma^2 = \frac{1}{I}\sum_i (y_i-\hat\mu)^2",
            "Set it to 0: the best σ² is the mean squared distance from the mean.",
            lambda y: np.mean((y - y.mean()) ** 2),
            zero_in("sigma", "σ²", np.sqrt),
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
            "The NLL of one height in metres, with μ = 1.73.",
            lambda y, mu, sigma: gaussian_nll(y, mu, sigma),
        ),
        Step(
            r"= -\log\left[\frac{1}{\sigma\sqrt{2\pi}}"
            r"\exp\left(-\frac{(y-\mu)^2}{2\sigma^2}\right)\right]",
            "The normal's density, written out.",
            lambda y, mu, sigma: -np.log(_density(y, mu, sigma)),
            equal(),
        ),
        Step(
            r"= \frac{1}{2}\log 2\pi + \log\sigma + \frac{(y-\mu)^2}{2\sigma^2}",
            "The log of a product is the sum of the logs, and the log undoes the exp.",
            _nll,
            equal(),
        ),
        Step(
            r"\ge \frac{1}{2}\log 2\pi + \log\sigma",
            "A floor: the least it can be, whatever y is.",
            lambda sigma: 0.5 * np.log(2 * np.pi) + np.log(sigma),
            related(
                "the row above touches this one at y = μ and is never below it",
                lambda above, here, v: (
                    above(**v) >= here(**v) - 1e-12
                    and agree(above(**{**v, "y": v["mu"]}), here(**v))
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
    reference=_nll,
    slips=[
        WrongLine(
            "a density is at most 1",
            4,
            r"\ge 0",
            lambda: 0.0,
            "0 ≤ p ≤ 1 holds for probabilities. A density is a probability per metre and may be "
            "any number above 0: at σ = 0.06 m it peaks near 6.6, so its NLL goes below 0.",
        )
    ],
)


# --- Questions before an explorer ------------------------------------------------------------

predict_narrow = Question(
    "The bell sits at μ = 64 with σ = 4. You make it narrow, σ = 1, and leave μ alone. What "
    "happens to the product of the five stems?",
    [
        Option(
            "It grows: a narrow bell is taller",
            "It is taller in the middle only. The area stays 1, so it is lower everywhere else, "
            "and a product of five is only as good as its worst factor.",
            misconception="a narrower bell fits better",
        ),
        Option(
            "It falls: those far from μ are left with a density of next to nothing",
            "One person in the tail is enough to ruin a product. Here even the nearest of the "
            "five, 1.8 inches from μ, loses a little. Confident and wrong is dear.",
            right=True,
        ),
        Option(
            "It stays: the area under the bell is always 1",
            "The area stays 1, but the stems are heights at five places, not the area.",
            misconception="a density's area is its height",
        ),
    ],
)

predict_underflow = Question(
    "The smallest number above 0 that float64 can hold is about 5 × 10⁻³²⁴. Each person's "
    "density is near one tenth. At how many people is the product exactly 0?",
    [
        Option(
            "Never: it only gets very small",
            "On paper, yes. A float64 has 64 bits, so it has a smallest number, and below it "
            "comes 0. Taking the log is what keeps the number alive.",
            misconception="the log is cosmetic",
        ),
        Option("Near 30", "That is 10 to the power −30: still plenty of room, even in float32."),
        Option(
            "Near 300",
            "One tenth to the power 300 is 10 to the power −300, and the floor is close below.",
            right=True,
        ),
        Option("Near 900", "You would need densities near 0.44. One tenth goes down much faster."),
    ],
)

predict_log = Question(
    "You swap the likelihood for its log. What happens to the μ at which the curve is highest?",
    [
        Option(
            "It stays where it is",
            "The log only ever rises, so it keeps the order of any two likelihoods.",
            right=True,
        ),
        Option(
            "It moves towards the middle: the log flattens",
            "The log changes how high the curve is, and by a lot. It changes no order: what was "
            "higher stays higher, so the highest stays the highest.",
            misconception="the log moves the peak",
        ),
        Option(
            "It stays only if the likelihood is above 1",
            "The log is negative below 1, but it still rises there. Rising is all that counts.",
            misconception="the log needs numbers above 1",
        ),
    ],
)

predict_bias = Question(
    "Take 30 people, find their own mean, and average their squared distances from it: over very "
    "many such samples that is 0.967 of the true σ². And with three people at a time?",
    [
        Option(
            "two thirds of the true σ²",
            "No point is closer to the three than their own mean, so the distances come out short: "
            "two thirds of σ² on average.",
            right=True,
        ),
        Option(
            "0.967 of it, as with 30: the rule is the same",
            "The rule is. But three people pull their own mean closer to themselves than 30 do.",
            misconception="a maximum-likelihood estimate is right on average",
        ),
        Option(
            "more than the true σ²: small samples jump about",
            "They do jump about more. But each one measures from its own mean, and that "
            "makes distances shorter, never longer.",
        ),
    ],
)

predict_coin = Question(
    "A coin shows heads with probability λ. It was tossed once: heads. So the likelihood of λ is "
    "λ itself. What is the area under it, for λ from 0 to 1?",
    [
        Option(
            "1, as it must be",
            "An area of 1 over λ is what a probability density of λ would need. A likelihood "
            "makes no such promise.",
            misconception="the likelihood is the probability of the parameter",
        ),
        Option("½", "A triangle, 1 wide and 1 high. Nothing says that it must be 1.", right=True),
        Option("It depends on λ", "The area runs over all λ at once: no λ is left to depend on."),
    ],
)

predict_three_ways = Question(
    "Now the normal, one height. Let μ run free and the area is 1 again. Is the likelihood of "
    "one height a probability density of μ after all?",
    [
        Option(
            "No: y and μ happen to be interchangeable in this one formula",
            "Swap them and nothing changes. With σ, or with two heights, the area is not 1.",
            right=True,
        ),
        Option(
            "Yes: the area is 1",
            "An accident of this formula: y and μ enter only as (y − μ)², so they can swap places. "
            "Let σ run free instead and look at the area.",
            misconception="the likelihood is the probability of the parameter",
        ),
    ],
)

predict_units = Question(
    "In inches the mean NLL at the best fit is 2.34 nats. The same heights in metres, fitted "
    "again: the mean NLL is …",
    [
        Option(
            "2.34: the same people, the same fit",
            "The fit is the same, but the density is now per metre, and there are about 39 inches "
            "in a metre.",
            misconception="a density has no unit",
        ),
        Option(
            "smaller, but above 0: −log of something below 1 is positive",
            "A probability is at most 1. A density need not be: in metres the bell is so narrow "
            "that it is over 6 high.",
            misconception="a density cannot exceed 1, so an NLL cannot be negative",
        ),
        Option(
            "below 0",
            "Heights in metres crowd into a narrow strip, so their density is above 1 and its log "
            "is positive.",
            right=True,
        ),
    ],
)

# --- Questions at the end --------------------------------------------------------------------

recall = (
    Question(
        "From notebook 00. The recipe has four steps. Which of them did this notebook carry out "
        "with calculus, for a normal without features?",
        [
            Option("1: choose a distribution", "Choosing the normal took no calculus."),
            Option(
                "2: let the model predict its parameters",
                "Not yet: there were no features, so every person got the same μ and σ.",
            ),
            Option(
                "3: minimise the negative log-likelihood",
                "Setting both slopes to 0 gave the mean and the mean squared distance.",
                right=True,
            ),
            Option("4: predict", "To predict you would return the bell, or its peak μ."),
        ],
    ),
    Question(
        "Someone says: “The likelihood of μ = 68 is 10 to the power −300. So it is practically "
        "impossible that μ is 68.” What is wrong?",
        [
            Option(
                "Nothing: that is what so small a number means",
                "The likelihood says how well μ = 68 explains these data. With many data it is "
                "tiny for every μ, the best one included. Only ratios between μs mean something.",
                misconception="the likelihood is the probability of the parameter",
            ),
            Option(
                "A likelihood is no probability of μ; only its ratio to that of another μ tells",
                "With many data every μ has a tiny likelihood. Compare two, and their unit and "
                "size cancel.",
                right=True,
            ),
            Option(
                "The number must be an underflow",
                "float64 holds 10 to the power −300. The number is fine; the sentence is not.",
            ),
        ],
    ),
    Question(
        "Team A reports a mean NLL of 3.27 nats on heights in centimetres, team B 2.34 nats on "
        "the same heights in inches. Who has the better model?",
        [
            Option(
                "B: the lower NLL wins",
                "Lower wins only in the same unit. From inches to centimetres every NLL grows by "
                "log 2.54.",
                misconception="an NLL has no unit",
            ),
            Option(
                "You cannot say before you bring both to one unit",
                "3.27 − log 2.54 is 2.34 in inches: to two decimals they tie.",
                right=True,
            ),
            Option(
                "A: it is more precise, since a centimetre is smaller",
                "The unit says nothing about the model. It only shifts the number.",
            ),
        ],
    ),
)


# --- Exercises -------------------------------------------------------------------------------


def _samples(rng):
    """Heights of a few people, of very different number and spread."""
    return [(rng.normal(68, 2.7, size),) for size in (4, 7, 30)]


def fit_normal(y):
    mu = y.mean()
    sigma = np.sqrt(np.mean((y - mu) ** 2))
    return mu, sigma


def _with_mean(spread):
    """A slip of `fit_normal`: the right μ with this in place of σ."""
    return lambda y: (y.mean(), spread(y))


normal_fit = Exercise(
    "the best normal",
    "Complete `fit_heights(y)`: it returns the maximum-likelihood μ and σ of the heights `y`. One "
    "line is missing.",
    fit_normal,
    _samples,
    slips=[
        Slip(
            "σ² for σ",
            _with_mean(lambda y: np.mean((y - y.mean()) ** 2)),
            "The mean squared distance is σ². Take its square root.",
        ),
        Slip(
            "I − 1 for I",
            _with_mean(lambda y: y.std(ddof=1)),
            "Dividing by I − 1 takes away the bias of σ². The maximum of the likelihood has I.",
        ),
        Slip(
            "absolute for squared",
            _with_mean(lambda y: np.mean(np.abs(y - y.mean()))),
            "The normal's exponent holds (y − μ)², so its σ comes from squares.",
        ),
        Slip(
            "distance from 0",
            _with_mean(lambda y: np.sqrt(np.mean(y**2))),
            "Subtract μ first: σ measures the distance from the mean.",
        ),
        Slip(
            "root of the sum",
            _with_mean(lambda y: np.sqrt(np.sum((y - y.mean()) ** 2))),
            "Take the mean of the squares, not their sum: divide by I.",
        ),
    ],
    hints=[
        "Look at the last row of “The best σ”.",
        "σ² is the mean of `(y - mu) ** 2`.",
        "`np.sqrt` of that mean is σ.",
    ],
)


def _nll_cases(rng):
    """Ordinary samples; one so large that a product underflows; one with a point far away."""
    ordinary = [
        (rng.normal(68, 3, size), rng.uniform(66, 70), s) for size, s in ((1, 3.3), (6, 2.6))
    ]
    far = np.array([68.3, 166.1])
    return [*ordinary, (rng.normal(68, 3, 900), 67.6, 2.9), (far, 67.1, 2.3)]


def nll_of_normal(y, mu, sigma):
    constant = 0.5 * np.log(2 * np.pi) + np.log(sigma)
    return np.sum(constant + (y - mu) ** 2 / (2 * sigma**2))


def _quadratic(y, mu, sigma):
    return (y - mu) ** 2 / (2 * sigma**2)


def _integrates(function, rng):
    """exp(−NLL) of one height integrates to 1 over that height."""
    grid = np.linspace(20, 120, 4001)
    mu, sigma = rng.uniform(66, 70), rng.uniform(2.3, 3.3)
    heights = np.exp([-function(np.array([y]), mu, sigma) for y in grid])
    area = np.trapezoid(heights, grid)
    if abs(area - 1) < 1e-6:
        return None
    return f"exp(−NLL) of one height has the area {area:.4f} over all heights, not 1."


normal_nll = Exercise(
    "the normal's NLL",
    "Write `nll(y, mu, sigma)`: the negative log-likelihood of all heights `y` together, in nats, "
    "as one number. It must work for 900 heights, and for a giant, whose own density is rounded "
    "to 0.",
    nll_of_normal,
    _nll_cases,
    slips=[
        Slip(
            "σ for σ²",
            lambda y, mu, sigma: np.sum(
                0.5 * np.log(2 * np.pi) + np.log(sigma) + (y - mu) ** 2 / (2 * sigma)
            ),
            "The squared distance is divided by 2σ², not by 2σ.",
        ),
        Slip(
            "the lost 2",
            lambda y, mu, sigma: np.sum(
                0.5 * np.log(2 * np.pi) + np.log(sigma) + (y - mu) ** 2 / sigma**2
            ),
            "The squared distance is divided by 2σ²; here the 2 is missing.",
        ),
        Slip(
            "the bracket below lost",
            lambda y, mu, sigma: np.sum(
                0.5 * np.log(2 * np.pi) + np.log(sigma) + (y - mu) ** 2 / 2 * sigma**2
            ),
            "`a / 2 * b` is half of a, times b. Put what is below in brackets: `(2 * sigma**2)`.",
        ),
        Slip(
            "the constants only once",
            lambda y, mu, sigma: (
                0.5 * np.log(2 * np.pi) + np.log(sigma) + np.sum(_quadratic(y, mu, sigma))
            ),
            "Every person brings a ½ log 2π + log σ: the sum goes over all three terms.",
        ),
        Slip(
            "½ log 2π only once",
            lambda y, mu, sigma: (
                0.5 * np.log(2 * np.pi) + np.sum(np.log(sigma) + _quadratic(y, mu, sigma))
            ),
            "Every person brings a ½ log 2π: the sum goes over all three terms.",
        ),
        Slip(
            "the lost minus",
            lambda y, mu, sigma: -nll_of_normal(y, mu, sigma),
            "This is the log-likelihood, which should be large. A loss is minus that.",
        ),
        Slip(
            "the minus kept on the squares",
            lambda y, mu, sigma: np.sum(
                0.5 * np.log(2 * np.pi) + np.log(sigma) - _quadratic(y, mu, sigma)
            ),
            "Minus the log turns the exponent's minus into a plus: far off must cost more.",
        ),
        Slip(
            "log₁₀ for ln",
            lambda y, mu, sigma: np.sum(
                0.5 * np.log10(2 * np.pi) + np.log10(sigma) + _quadratic(y, mu, sigma)
            ),
            "`np.log` is the natural log. Only that one undoes the exp.",
        ),
        Slip(
            "log₂ for ln",
            lambda y, mu, sigma: np.sum(
                0.5 * np.log2(2 * np.pi) + np.log2(sigma) + _quadratic(y, mu, sigma)
            ),
            "`np.log` is the natural log. Only that one undoes the exp.",
        ),
        Slip(
            "log₁₀ of the densities",
            lambda y, mu, sigma: -np.sum(np.log10(_density(y, mu, sigma))),
            "That is the NLL in other units, log 10 times too small. For nats take `np.log`, and "
            "take it of the formula, before a far-off density underflows.",
        ),
        Slip(
            "log₂ of the densities",
            lambda y, mu, sigma: -np.sum(np.log2(_density(y, mu, sigma))),
            "That is the NLL in bits. For nats take `np.log`, and take it of the formula, before "
            "a far-off density underflows.",
        ),
        Slip(
            "the mean for the sum",
            lambda y, mu, sigma: nll_of_normal(y, mu, sigma) / len(y),
            "A fine loss, but the log of a product is the sum over people, not the mean.",
        ),
        Slip(
            "the log after the density",
            lambda y, mu, sigma: -np.sum(np.log(_density(y, mu, sigma))),
            "Right on paper. For the giant the density is 0 in float64, and the log of 0 is −∞. "
            "Take the log of the formula first, so that no exp is left.",
        ),
        Slip(
            "the log after the product",
            lambda y, mu, sigma: -np.log(np.prod(_density(y, mu, sigma))),
            "Right on paper. The product of 900 densities is 0 in float64. Add logs instead.",
        ),
        Slip(
            "no log σ",
            lambda y, mu, sigma: np.sum(0.5 * np.log(2 * np.pi) + _quadratic(y, mu, sigma)),
            "The factor 1/σ in front of the exp becomes + log σ.",
        ),
        Slip(
            "no ½ log 2π",
            lambda y, mu, sigma: np.sum(np.log(sigma) + _quadratic(y, mu, sigma)),
            "A constant does not move the best fit, but without it this is not the NLL.",
        ),
        Slip(
            "σ read as the variance",
            lambda y, mu, sigma: np.sum(
                0.5 * np.log(2 * np.pi * sigma) + (y - mu) ** 2 / sigma / 2
            ),
            "`sigma` is the standard deviation; what is called the variance is its square.",
        ),
    ],
    properties=[Property("one height's density has the area 1", _integrates)],
    hints=[
        "Start from the last row of “From one bell to every bell”: the NLL of one height.",
        "It has three terms: `0.5 * np.log(2 * np.pi)`, `np.log(sigma)`, and the squared distance "
        "over $2\\sigma^2$.",
        "Independent people: `np.sum` over all of them.",
    ],
)


def nll_in_other_unit(nll, I, factor):
    return nll + I * np.log(factor)


new_unit = Exercise(
    "another unit",
    "A fit of `I` heights has the total NLL `nll`. Write `convert(nll, I, factor)`: the total NLL "
    "after every height is multiplied by `factor` (2.54 from inches to centimetres).",
    nll_in_other_unit,
    lambda rng: [
        (rng.uniform(5, 50), 7, 2.54),
        (rng.uniform(900, 2300), 928, 0.0254),
        (rng.uniform(-30, 30), 13, 1 / 12),
    ],
    slips=[
        Slip(
            "one person only",
            lambda nll, I, factor: nll + np.log(factor),
            "Each of the I people adds log(factor).",
        ),
        Slip(
            "the wrong way",
            lambda nll, I, factor: nll - I * np.log(factor),
            "A smaller unit spreads the same area over more of them: the density falls by the "
            "factor, so the NLL rises by its log.",
        ),
        Slip(
            "scaled like a length",
            lambda nll, I, factor: nll * factor,
            "The density is divided by the factor, and the log of a quotient is a difference.",
        ),
        Slip(
            "the log after the power",
            lambda nll, I, factor: nll + np.log(factor**I),
            "Right on paper. 0.0254 to the power 928 is 0 in float64, and the log of 0 is −∞. "
            "Multiply the log by `I`.",
        ),
        Slip(
            "log₁₀ for ln",
            lambda nll, I, factor: nll + I * np.log10(factor),
            "The NLL is in nats: use `np.log`.",
        ),
    ],
    hints=[
        "The density per centimetre is the density per inch, divided by 2.54.",
        "Minus the log of a quotient: what is added for each person?",
    ],
)


# --- Asked again in the review of the walk ---------------------------------------------------

review = (
    Question(
        "Ten tosses, ten heads. The likelihood of λ = 1 is 1. What follows?",
        [
            Option(
                "λ is 1 with certainty",
                "That would be a probability of λ. A likelihood is a probability of the tosses.",
                misconception="the likelihood is the probability of the parameter",
            ),
            Option(
                "Nothing: ten tosses are too few for a likelihood",
                "One toss has a likelihood too. Few data make it flat, not undefined.",
            ),
            Option(
                "No other λ makes these ten heads more probable",
                "λ = 1 is the maximum-likelihood estimate. λ = 0.9 is by no means ruled out.",
                right=True,
            ),
        ],
    ),
    Question(
        "Weights in kilograms, best normal with σ = 0.05 kg: the mean NLL is −1.58 nats. Your "
        "verdict?",
        [
            Option(
                "No bug: in grams it reads 5.33",
                "A density per kilogram may be large over a short strip. In grams log 1000 is "
                "added.",
                right=True,
            ),
            Option(
                "A bug: an NLL cannot be negative",
                "It cannot for probabilities. Densities may exceed 1.",
                misconception="a density cannot exceed 1, so an NLL cannot be negative",
            ),
            Option(
                "Better than a model with 0.05 nats in grams",
                "Not across units: in grams this one has 5.33.",
                misconception="an NLL has no unit",
            ),
        ],
    ),
    Question(
        "A text of 1200 words, each given the probability 0.05 by a model. In float64 their "
        "product is exactly 0. What does the log change?",
        [
            Option(
                "Nothing that matters: it is the same number, written neatly",
                "The sum is there, with a slope; the product is 0 for every parameter, with none.",
                misconception="the log is cosmetic",
            ),
            Option(
                "It makes fitting possible: the sum of logs is alive",
                "It is −3594.88. The log keeps the peak, and keeps numbers and slopes alive.",
                right=True,
            ),
            Option(
                "It moves the peak to a place where floats can reach it",
                "The log only ever rises, so the peak stays where it was.",
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (density, predict_narrow, normal_nll, recall[0], review[2]),
    (predict_underflow, product_to_sum, predict_log, recall[1]),
    (best_mu, best_sigma, predict_bias, normal_fit),
    (
        predict_coin,
        predict_three_ways,
        predict_units,
        how_low,
        new_unit,
        recall[2],
        review[0],
        review[1],
    ),
)
