"""Notebook 05, binary cross-entropy: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures
(`scenes`), and the formulas that the notebook itself shows in its cells.
"""

import numpy as np

from lossviz.explorer.parameters import Slider
from lossviz.losses import sigmoid, sigmoid_cross_entropy, softplus
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Slip
from lossviz.teach.properties import gradient_of
from lossviz.teach.relations import agree, equal, related, scaled, slope_in

Y = Slider(0, 1, value=0, label="y")
Z = Slider(-6.0, 6.0, step=0.1, value=1.5, label="z")


def _logits(rng):
    """Generic values for the tests: either outcome, and a logit on either side of 0."""
    return {"y": int(rng.integers(2)), "z": rng.choice([-1, 1]) * rng.uniform(0.4, 4)}


# --- Derivations -----------------------------------------------------------------------------

two_ways = Derivation(
    "Two cases in one line",
    [
        Step(
            r"P(y \mid \lambda) = \lambda \text{ if } y = 1, \quad 1 - \lambda \text{ if } y = 0",
            "The Bernoulli distribution: one number λ for both outcomes.",
            lambda y, lam: lam if y == 1 else 1 - lam,
        ),
        Step(
            r"= \lambda^{y}\,(1-\lambda)^{1-y}",
            "The exponents are switches: one factor is what happened, the other is something to "
            "the power 0, which is 1.",
            lambda y, lam: lam**y * (1 - lam) ** (1 - y),
            equal(),
        ),
        Step(
            r"\log P(y \mid \lambda) = y \log\lambda + (1-y)\log(1-\lambda)",
            "The log turns factors into terms, and exponents into factors.",
            lambda y, lam: y * np.log(lam) + (1 - y) * np.log(1 - lam),
            related("the log of the row above", lambda a, h, v: agree(np.exp(h(**v)), a(**v))),
        ),
        Step(
            r"-\log P(y \mid \lambda) = -\left[\,y \log\lambda + (1-y)\log(1-\lambda)\,\right]",
            "Minus all of it: a loss. The bracket matters.",
            lambda y, lam: -(y * np.log(lam) + (1 - y) * np.log(1 - lam)),
            related("minus the row above", lambda a, h, v: agree(h(**v), -a(**v))),
        ),
    ],
    sliders={"y": Y, "lam": Slider(0.02, 0.98, step=0.01, value=0.3, label="λ")},
    over="lam",
    sample=lambda rng: {"y": int(rng.integers(2)), "lam": rng.uniform(0.05, 0.45)},
    reference=lambda y, lam: abs(1 - y - lam),
    slips=[
        WrongLine(
            "a sum for the product",
            2,
            r"= \lambda^{y} + (1-\lambda)^{1-y}",
            lambda y, lam: lam**y + (1 - lam) ** (1 - y),
            "What did not happen must drop out, and a power of 0 is 1, not 0: it drops out of a "
            "product, but stays in a sum. This “probability” is always above 1. Nor is P(positive) "
            "+ P(negative) the answer: that is 1 for every λ, so it could teach nothing.",
            after=(
                (
                    r"\log P(y \mid \lambda) = \log\left[\lambda^{y} + (1-\lambda)^{1-y}\right]",
                    lambda y, lam: np.log(lam**y + (1 - lam) ** (1 - y)),
                ),
                (
                    r"-\log P(y \mid \lambda) = -\log\left[\lambda^{y} + (1-\lambda)^{1-y}\right]",
                    lambda y, lam: -np.log(lam**y + (1 - lam) ** (1 - y)),
                ),
            ),
        )
    ],
)


def _normalised(above, here, v):
    total = sum(above(**{**v, "y": y}) for y in (0, 1))
    return agree(here(**v) * total, above(**v))


sigmoid_from_logit = Derivation(
    "Where the sigmoid comes from",
    [
        Step(
            r"\log \tilde P(y) = y z",
            "The simplest log-probability before adding up to 1, hence the ~ (“unnormalised”): 0 "
            "for a no, z for a yes.",
            lambda y, z: y * z,
        ),
        Step(
            r"\tilde P(y) = e^{y z}",
            "Undo the log. This is above 0, whatever z is. But it need not add up to 1.",
            lambda y, z: np.exp(y * z),
            related("exp of the row above", lambda a, h, v: agree(np.log(h(**v)), a(**v))),
        ),
        Step(
            r"P(y) = \frac{e^{y z}}{\sum_{y'=0}^{1} e^{y' z}}",
            "Divide by the sum over both outcomes. Now it adds up to 1.",
            lambda y, z: np.exp(y * z) / sum(np.exp(k * z) for k in (0, 1)),
            related("the row above, divided by its sum over y", _normalised),
        ),
        Step(
            r"= \frac{e^{y z}}{1 + e^{z}}",
            "e to the power 0 is 1.",
            lambda y, z: np.exp(y * z) / (1 + np.exp(z)),
            equal(),
        ),
        Step(
            r"= \frac{1}{1 + e^{(1-2y)z}} = \sigma((2y-1)z)",
            "Try both. y = 1: divide above and below by e to the z. y = 0: it stands there "
            "already. 2y − 1 is +1 for a yes and −1 for a no.",
            lambda y, z: 1 / (1 + np.exp((1 - 2 * y) * z)),
            equal(),
        ),
        Step(
            r"-\log P(y) = \log\left(1 + e^{(1-2y)z}\right) = \zeta((1-2y)z)",
            "Minus the log of it. The function ζ (zeta) is called softplus.",
            lambda y, z: np.log(1 + np.exp((1 - 2 * y) * z)),
            related("minus the log of it", lambda a, h, v: agree(np.exp(-h(**v)), a(**v))),
        ),
    ],
    sliders={"y": Slider(0, 1, value=1, label="y"), "z": Z},
    over="z",
    sample=_logits,
    reference=lambda y, z: np.log(sigmoid(z) / sigmoid(-z)) if y else 0.0,
    slips=[
        WrongLine(
            "the sign turned round",
            5,
            r"= \frac{1}{1 + e^{(2y-1)z}} = \sigma((1-2y)z)",
            lambda y, z: 1 / (1 + np.exp((2 * y - 1) * z)),
            "For a yes this is σ(−z): the larger the logit, the less likely the yes. The sign is "
            "2y − 1 in the probability and 1 − 2y in the loss, because minus the log turns it "
            "round.",
            after=(
                (
                    r"-\log P(y) = \log\left(1 + e^{(2y-1)z}\right) = \zeta((2y-1)z)",
                    lambda y, z: np.log(1 + np.exp((2 * y - 1) * z)),
                ),
            ),
        )
    ],
)

TEMPERATURES = np.array([53.0, 63.0, 66.0, 75.0, 81.0])
DAMAGE = np.array([1.0, 1.0, 0.0, 1.0, 0.0])


def _lam(x, w, b):
    return 1 / (1 + np.exp(-(b + w * (x - 70))))


def _log_p(x, y, w, b):
    return y * np.log(_lam(x, w, b)) + (1 - y) * np.log(1 - _lam(x, w, b))


def _signed(x, y, w, b):
    return (1 - 2 * y) * (b + w * (x - 70))


bce = Derivation(
    "From the likelihood to the binary cross-entropy",
    [
        Step(
            r"\mathcal{L} = \prod_{i=1}^{I} \lambda_i^{y_i}(1-\lambda_i)^{1-y_i}, \qquad "
            r"\lambda_i = \sigma(z_i), \quad z_i = b + w\,(x_i - 70)",
            "Independent flights: the probabilities multiply. The model gives each its own λ.",
            lambda x, y, w, b: np.prod(_lam(x, w, b) ** y * (1 - _lam(x, w, b)) ** (1 - y)),
        ),
        Step(
            r"\log\mathcal{L} = "
            r"\sum_i \left[\,y_i\log\lambda_i + (1-y_i)\log(1-\lambda_i)\,\right]",
            "The log of a product is the sum of the logs.",
            lambda x, y, w, b: np.sum(_log_p(x, y, w, b)),
            related("the log of the row above", lambda a, h, v: agree(np.exp(h(**v)), a(**v))),
        ),
        Step(
            r"-\log\mathcal{L} = "
            r"\sum_i \left[\,-(1-y_i)\log(1-\lambda_i) - y_i\log\lambda_i\,\right]",
            "Minus the log: the peak becomes a floor. Both terms get the minus.",
            lambda x, y, w, b: np.sum(
                -(1 - y) * np.log(1 - _lam(x, w, b)) - y * np.log(_lam(x, w, b))
            ),
            related("minus the row above", lambda a, h, v: agree(h(**v), -a(**v))),
        ),
        Step(
            r"= \sum_i \zeta((1-2y_i)\,z_i)",
            "The same number straight from the logit: “Where the sigmoid comes from”, last row.",
            lambda x, y, w, b: np.sum(np.log(1 + np.exp(_signed(x, y, w, b)))),
            equal(),
        ),
        Step(
            r"\mathrm{BCE} = \frac{1}{I}\sum_i \zeta((1-2y_i)\,z_i)",
            "Divide by I. No lowest point moves, and data sets of different size can be compared.",
            lambda x, y, w, b: np.sum(np.log(1 + np.exp(_signed(x, y, w, b)))) / len(y),
            scaled(lambda y: len(y), "I"),
            constant_in=("w", "b"),
        ),
    ],
    sliders={
        "w": Slider(-0.6, 0.2, step=0.01, value=-0.1, label="w"),
        "b": Slider(-5.0, 5.0, step=0.1, value=0.5, label="b"),
    },
    over="w",
    given={"x": TEMPERATURES, "y": DAMAGE},
    sample=lambda rng: {
        "x": rng.uniform(55, 80, 5),
        "y": rng.permutation([0.0, 0.0, 1.0, 1.0, float(rng.integers(2))]),
        "w": rng.uniform(-0.2, 0.1),
        "b": rng.uniform(-1, 1),
    },
    reference=lambda x, y, w, b: np.exp(-sigmoid_cross_entropy(y, b + w * (x - 70)).sum()),
    slips=[
        WrongLine(
            "the lost minus",
            3,
            r"-\log\mathcal{L} = "
            r"\sum_i \left[\,(1-y_i)\log(1-\lambda_i) - y_i\log\lambda_i\,\right]",
            lambda x, y, w, b: np.sum(
                (1 - y) * np.log(1 - _lam(x, w, b)) - y * np.log(_lam(x, w, b))
            ),
            "The minus in front of the bracket belongs to both terms. Here a no is rewarded for "
            "a high λ: the lowest loss says damage everywhere. On the way it is below 0, which no "
            "NLL of a probability can be.",
            after=(
                (
                    r"= \sum_i (2y_i-1)\,\zeta((1-2y_i)\,z_i)",
                    lambda x, y, w, b: np.sum(
                        (2 * y - 1) * np.log(1 + np.exp(_signed(x, y, w, b)))
                    ),
                ),
                (
                    r"\mathrm{BCE} = \frac{1}{I}\sum_i (2y_i-1)\,\zeta((1-2y_i)\,z_i)",
                    lambda x, y, w, b: np.mean(
                        (2 * y - 1) * np.log(1 + np.exp(_signed(x, y, w, b)))
                    ),
                ),
            ),
        )
    ],
)

gradient = Derivation(
    "How hard BCE pulls",
    [
        Step(
            r"L = \zeta((1-2y)z) = \log\left(1 + e^{(1-2y)z}\right)",
            "The NLL of one example, from its logit.",
            lambda y, z: np.log(1 + np.exp((1 - 2 * y) * z)),
        ),
        Step(
            r"\frac{dL}{dz} = (1-2y)\,\sigma((1-2y)z)",
            "The slope of log(1 + eˣ) is eˣ/(1 + eˣ): divide above and below by eˣ, and it is "
            "σ(x). The chain rule brings the sign out.",
            lambda y, z: (1 - 2 * y) / (1 + np.exp(-(1 - 2 * y) * z)),
            slope_in("z", "z"),
        ),
        Step(
            r"= \sigma(z) - y",
            "Try both: y = 0 gives σ(z), and y = 1 gives −σ(−z), which is σ(z) − 1: the "
            "probabilities of a yes and of a no, σ(z) and σ(−z), add up to 1.",
            lambda y, z: 1 / (1 + np.exp(-z)) - y,
            equal(),
        ),
    ],
    sliders={"y": Slider(0, 1, value=1, label="y"), "z": Z},
    over="z",
    sample=_logits,
    reference=lambda y, z: softplus((1 - 2 * y) * z),
)

squared_gradient = Derivation(
    "How hard the squared error pulls",
    [
        Step(
            r"L = (\sigma(z) - y)^2",
            "The squared error of the predicted probability.",
            lambda y, z: (1 / (1 + np.exp(-z)) - y) ** 2,
        ),
        Step(
            r"\frac{dL}{dz} = 2\,(\sigma(z)-y)\,\sigma'(z), \qquad "
            r"\sigma'(z) = \frac{e^{-z}}{(1+e^{-z})^2}",
            "The chain rule brings the slope of the sigmoid.",
            lambda y, z: 2 * (1 / (1 + np.exp(-z)) - y) * np.exp(-z) / (1 + np.exp(-z)) ** 2,
            slope_in("z", "z"),
        ),
        Step(
            r"= 2\,(\sigma(z)-y)\,\sigma(z)\,(1-\sigma(z))",
            "The sigmoid's slope is σ(1 − σ): almost 0 wherever σ is near 0 or near 1, right or "
            "wrong.",
            lambda y, z: 2 * (sigmoid(z) - y) * sigmoid(z) * (1 - sigmoid(z)),
            equal(),
        ),
    ],
    sliders={"y": Slider(0, 1, value=1, label="y"), "z": Z},
    over="z",
    sample=_logits,
    reference=lambda y, z: sigmoid((1 - 2 * y) * z) ** 2,
)

# --- Questions before an explorer ------------------------------------------------------------

predict_logit = Question(
    "The model says z = −2, and then a yes happens (y = 1). You push z further down, to −6. Each "
    "step of 1 adds to the NLL …",
    [
        Option(
            "ever more, without limit, as the squared distance does",
            "That is a parabola's way. The NLL of a logit is nearly a straight line when it is "
            "wrong.",
            misconception="every loss grows like a square",
        ),
        Option("close to 1 nat", "Far on the wrong side, ζ(−z) is nearly −z.", right=True),
        Option(
            "ever less: P(1) cannot go below 0, so the loss flattens out",
            "P(1) flattens; minus its log does not. That is what the log is for.",
            misconception="the loss saturates where the sigmoid does",
        ),
    ],
)

predict_challenger = Question(
    "Seven of the 23 flights had damage. Before you touch a slider: can some w and b make the NLL "
    "of these flights 0, or as close to 0 as you like?",
    [
        Option(
            "Yes: with two numbers to choose, the curve can be made steep enough",
            "A steep curve is sure of itself on both sides of one temperature. But at 70 °F two "
            "flights had damage and two had none, and it says one number for all four.",
            misconception="the best NLL is 0",
        ),
        Option(
            "No: at 70 °F there was damage in two flights and none in two",
            "The curve says one number for all four. Near 0 or 1 it costs somebody dear, and the "
            "best, ½, still costs each of them log 2.",
            right=True,
        ),
        Option(
            "No: an NLL is never below 1 nat a flight",
            "It has no such floor: being right and sure costs nearly 0.",
        ),
    ],
)

predict_curve = Question(
    "The model's output z falls by 0.232 with each °F, at every temperature. By how much does "
    "P(damage) fall with each °F?",
    [
        Option(
            "by 0.232, everywhere",
            "Five such steps would already be more than 1. The slope belongs to the logit.",
            misconception="a weight is a change of probability",
        ),
        Option(
            "by some smaller amount, the same everywhere",
            "A straight line would leave the range from 0 to 1 sooner or later.",
            misconception="a weight is a change of probability",
        ),
        Option(
            "most where P is near one half, hardly at all near 0 and 1",
            "The slope of P is that of z times λ(1 − λ), which is largest at one half.",
            right=True,
        ),
    ],
)

predict_extrapolate = Question(
    "Draw 23 flights out of the 23, with repetition, fit again, many times. At 70 °F, amid the "
    "flights, nearly all resamples put P(damage) between 0.00 and 0.44. And at 31 °F, 22 °F below "
    "the coldest flight?",
    [
        Option(
            "From 0 to 1: the further from the data, the less they agree",
            "So it is for an honest doubt. But all the curves are one formula, an S that must go "
            "to 1 or to 0 somewhere, and nearly all of them fall.",
            misconception="refits of one formula show all doubt",
        ),
        Option(
            "In a band about as wide: the flights are the same",
            "The flights are. But far out the formula speaks, and it knows two ends only.",
        ),
        Option(
            "In a narrower band, close to 1",
            "They agree, and that is no evidence: every resample uses the same S-shaped curve, and "
            "no flight tests it below 53 °F.",
            right=True,
        ),
    ],
)

predict_saturation = Question(
    "A model with a sigmoid at its end is sure of a no, z = −10. But the answer is yes. Which loss "
    "gives the larger slope to learn from?",
    [
        Option(
            "the squared error: squares punish large errors most",
            "They do when the output is free. Here the sigmoid stands between, and its own slope "
            "at z = −10 is almost 0, so hardly anything of the error reaches z.",
            misconception="the squared error is fine after a sigmoid",
        ),
        Option(
            "both the same: the error is the same",
            "The error is, its path back to z is not.",
            misconception="the squared error is fine after a sigmoid",
        ),
        Option("BCE", "Its log undoes the exp in the sigmoid: the slope is σ(z) − y.", right=True),
    ],
)

predict_runs = Question(
    "Two runs of gradient descent on the O-rings start from b = −10, sure that no flight is "
    "damaged. In 300 steps the one on BCE takes b to −1.1. How far does the one on the squared "
    "error get with the same steps?",
    [
        Option(
            "to about −9.99",
            "At z = −10 its slope is ten thousand times smaller: it hardly feels the seven damaged "
            "flights.",
            right=True,
        ),
        Option(
            "to about −1.1 as well, a little later",
            "From a mild start that is what you see: try b = 0. From −10 it has no slope.",
            misconception="the squared error is fine after a sigmoid",
        ),
        Option(
            "to about −5, half of the way",
            "That would need a slope half as large as BCE's, not one ten thousandth.",
        ),
    ],
)

predict_stability = Question(
    "In float64, with about 16 digits, −log(1 − σ(z)) is ∞ from z = 37 on: there σ(z) is rounded "
    "to exactly 1. A float32 has about 7 digits. From which whole z on is it ∞ there?",
    [
        Option(
            "37 as well: the formula is the same",
            "The formula is. What is rounded to 1 depends on the digits.",
            misconception="a right formula computes right",
        ),
        Option(
            "17",
            "Just above 1 a float32 moves in steps of 1.2·10⁻⁷: exp(−17) is below half of one.",
            right=True,
        ),
        Option("89", "There exp(z) overflows in float32. The 1 swallows exp(−z) long before."),
    ],
)

predict_threshold = Question(
    "A missed damage costs five times as much as a false alarm, and right calls cost nothing. From "
    "which P(damage) on do you say “damage”?",
    [
        Option(
            "from 0.5 on",
            "If both mistakes cost the same, yes. At one half a no would cost five times as much.",
            misconception="the threshold is one half by nature",
        ),
        Option(
            "from ⅚ on",
            "The other way round: that is for false alarms that cost five times as much.",
        ),
        Option(
            "from ⅙ on",
            "There a no costs 5 · ⅙ on average and a yes ⅚: the same.",
            right=True,
        ),
    ],
)

# --- Questions at the end --------------------------------------------------------------------

recall = (
    Question(
        "A colleague ends a classifier with a sigmoid and trains it with the mean squared error. "
        "“It worked last time.” What do you answer?",
        [
            Option(
                "It may work from a mild start; where it is confidently wrong it can stop learning",
                "2(σ − y)σ(1 − σ): the last two factors kill the slope on the wrong side too.",
                right=True,
            ),
            Option(
                "Fine: it is a proper loss, its best probability is the true one",
                "That part is true. What fails is getting there: where the model is confidently "
                "wrong, the slope is almost 0.",
                misconception="the squared error is fine after a sigmoid",
            ),
            Option(
                "It cannot work: squared errors are for real numbers only",
                "It can be computed, and from a mild start it learns. The trouble is saturation.",
            ),
        ],
    ),
    Question(
        "A loss takes logits. You hand it probabilities 0.03 and 0.97 instead. It raises no "
        "error. What does it believe?",
        [
            Option(
                "0.03 and 0.97: it sees that they lie between 0 and 1",
                "It cannot know. To it they are two logits near 0.",
                misconception="a loss knows what it was given",
            ),
            Option(
                "about 0.51 and 0.73",
                "σ(0.03) and σ(0.97): of any probability it believes something between ½ "
                "and σ(1) = 0.73, so it can never be sure of anything.",
                right=True,
            ),
            Option("0 and 1", "That would be a threshold. A logit of 0.03 is a mild yes."),
        ],
    ),
    Question(
        "From notebook 03. There the NLL of a normal with fixed σ became a squared error. Why does "
        "the NLL of a Bernoulli become something else?",
        [
            Option(
                "Because y is 0 or 1, another distribution was chosen",
                "Squares come from the normal's exponent. A Bernoulli has no exponent with a "
                "square in it: −log P is −log λ, or −log(1 − λ).",
                right=True,
            ),
            Option(
                "Because classification is harder than regression",
                "The recipe is the same. Only step 1 differs.",
            ),
            Option(
                "Because the squared error does not work with probabilities",
                "It is a poor choice after a sigmoid, but that is not where BCE comes from.",
                misconception="a loss is chosen because another one fails",
            ),
        ],
    ),
)

# --- Exercises -------------------------------------------------------------------------------


def mean_bce(y, p):
    return np.mean(-y * np.log(p) - (1 - y) * np.log(1 - p))


def _probabilities(rng):
    """Both outcomes, in samples of different size, with probabilities off ½."""
    cases = []
    for size in (3, 8, 20):
        y = np.array([1.0, 0.0, *rng.integers(0, 2, size - 2)])
        cases.append((y, rng.uniform(0.05, 0.45, size) + 0.5 * rng.integers(0, 2, size)))
    return cases


from_probabilities = Exercise(
    "BCE from probabilities",
    "Complete `bce(y, p)`: the mean NLL in nats of the outcomes `y` (0 or 1), when `p` holds the "
    "predicted probabilities of a 1. One line is missing.",
    mean_bce,
    _probabilities,
    slips=[
        Slip(
            "the lost minus",
            lambda y, p: np.mean((1 - y) * np.log(1 - p) - y * np.log(p)),
            "The minus belongs to both terms; here the term with 1 − y has lost it.",
        ),
        Slip(
            "the other lost minus",
            lambda y, p: np.mean(y * np.log(p) - (1 - y) * np.log(1 - p)),
            "The minus belongs to both terms; here the term with y has lost it.",
        ),
        Slip(
            "no minus at all",
            lambda y, p: -mean_bce(y, p),
            "This is the mean log-likelihood, which should be large. A loss is minus that.",
        ),
        Slip(
            "y and 1 − y swapped",
            lambda y, p: mean_bce(1 - y, p),
            "`p` is the probability of a 1, so its log goes with `y`.",
        ),
        Slip(
            "only the yes counted",
            lambda y, p: np.mean(-y * np.log(p)),
            "Where y is 0 this costs nothing, whatever p is. The no needs its term as well.",
        ),
        Slip(
            "log₂ for ln",
            lambda y, p: mean_bce(y, p) / np.log(2),
            "That is in bits. For nats use `np.log`.",
        ),
        Slip(
            "log₁₀ for ln",
            lambda y, p: mean_bce(y, p) / np.log(10),
            "`np.log` is the natural log.",
        ),
        Slip(
            "the sum for the mean",
            lambda y, p: mean_bce(y, p) * len(y),
            "A fine loss, but the task asks for the mean over the examples.",
        ),
        Slip(
            "the log of the sum",
            lambda y, p: np.mean(-np.log(p**y + (1 - p) ** (1 - y))),
            "The Bernoulli is a product of two powers, not their sum.",
        ),
        Slip(
            "the squared error",
            lambda y, p: np.mean((y - p) ** 2),
            "That is no log-likelihood of a Bernoulli: take logs of p and of 1 − p.",
        ),
    ],
    hints=[
        "Look at the third line of “From the likelihood to the binary cross-entropy”.",
        "A yes costs `-np.log(p)`, a no costs `-np.log(1 - p)`; `y` and `1 - y` are the switches.",
        "`np.mean` over all of them.",
    ],
)


def nll_from_logit(y, z):
    return np.logaddexp(0, (1 - 2 * y) * z)


def _from_logits(rng):
    """Everyday logits of both signs, and far ones on which naive forms break."""
    y = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    return [
        (y, rng.normal(0, 2.5, 5)),
        (np.array([0.0, 1.0, 0.0, 1.0]), np.array([-3.7, -2.2, 1.4, 0.6])),
        (np.array([0.0, 1.0, 0.0, 1.0]), np.array([41.3, -43.7, -40.9, 45.3])),
        (np.array([0.0, 1.0]), np.array([1000.0, -1000.0])),
    ]


def _sigma(z):
    return 1 / (1 + np.exp(-z))


def _each(y, p):
    return -y * np.log(p) - (1 - y) * np.log(1 - p)


from_logits = Exercise(
    "the NLL from the logit",
    "Write `nll(y, z)`: the NLL in nats of each outcome `y` (0 or 1) under the logit `z`; an array "
    "in, an array of the same shape out. It must be right at z = ±1000 too.",
    nll_from_logit,
    _from_logits,
    slips=[
        Slip(
            "the log after the sigmoid",
            lambda y, z: _each(y, _sigma(z)),
            "Right on paper. At z = 41 the sigmoid is exactly 1 in float64, and log(1 − 1) is −∞. "
            "Start from the softplus form.",
        ),
        Slip(
            "log1p(exp) as it stands",
            lambda y, z: np.log1p(np.exp((1 - 2 * y) * z)),
            "Better for small losses. But exp(1000) is still ∞ in float64.",
        ),
        Slip(
            "log(1 + exp) as it stands",
            lambda y, z: np.log(1 + np.exp((1 - 2 * y) * z)),
            "Right on paper. exp(1000) is ∞ in float64, and 1 + exp(−41) is exactly 1. "
            "`np.logaddexp(0, x)` computes log(1 + exp(x)) without either.",
        ),
        Slip(
            "two terms that cancel",
            lambda y, z: np.logaddexp(0, z) - y * z,
            "Equal on paper. Where the loss is tiny (y = 1 and z = 45) two large numbers cancel to "
            "0. Use one softplus of (1 − 2y)z.",
        ),
        Slip(
            "log(1 + t) for log1p(t)",
            lambda y, z: np.maximum((1 - 2 * y) * z, 0) + np.log(1 + np.exp(-np.abs(z))),
            "It cannot overflow. But 1 + exp(−41) is exactly 1 in float64, and a tiny loss becomes "
            "0. `np.log1p(t)` is log(1 + t) for a tiny t, too.",
        ),
        Slip(
            "a probability where a logit belongs",
            lambda y, z: np.logaddexp(0, (1 - 2 * y) * _sigma(z)),
            "`z` is a logit already. Applying the sigmoid first squeezes it into (0, 1), and the "
            "softplus then takes that for a logit.",
        ),
        Slip(
            "a logit where a probability belongs",
            _each,
            "`z` is no probability: it may be −1000. Its log is not a number.",
        ),
        Slip(
            "y and 1 − y swapped",
            lambda y, z: nll_from_logit(1 - y, z),
            "A large z speaks for a yes, so it must cost when y is 0: the sign is 1 − 2y.",
        ),
        Slip(
            "yz for (2y − 1)z",
            lambda y, z: np.logaddexp(0, -y * z),
            "For a no this is log 2, whatever z is. The sign that you need is +1 or −1, not 1 or "
            "0.",
        ),
        Slip(
            "log₂ for ln",
            lambda y, z: nll_from_logit(y, z) / np.log(2),
            "That is in bits. For nats leave out the log 2.",
        ),
        Slip(
            "the lost minus",
            lambda y, z: -nll_from_logit(y, z),
            "This is the log-likelihood. A loss is minus that.",
        ),
        Slip(
            "clipped probabilities",
            lambda y, z: _each(y, np.clip(_sigma(z), 1e-7, 1 - 1e-7)),
            "Clipping hides the ∞ but gives a wrong loss, and no slope at all, exactly where the "
            "model is most wrong.",
        ),
    ],
    hints=[
        "The last row of “Where the sigmoid comes from” is all you need.",
        "It is ζ(x) = log(1 + exp(x)) at x = (1 − 2y)z.",
        "`np.logaddexp(a, b)` is log(exp(a) + exp(b)), computed safely; a = 0 gives ζ(b).",
    ],
)


def slope_in_z(y, z):
    return 1 / (1 + np.exp(-z)) - y


def _mild_logits(rng):
    return [(np.array([0.0, 1.0, 1.0, 0.0]), rng.normal(0, 2, 4)) for _ in range(3)]


slope = Exercise(
    "the slope",
    "Write `slope(y, z)`: the derivative of each example's NLL in its logit `z`.",
    slope_in_z,
    _mild_logits,
    slips=[
        Slip(
            "the wrong way",
            lambda y, z: y - slope_in_z(0, z),
            "The sign: a wrong yes (y = 0, z large) must have a slope above 0, so that a step "
            "downhill lowers z.",
        ),
        Slip(
            "the slope of the squared error",
            lambda y, z: 2 * slope_in_z(y, z) * _sigma(z) * (1 - _sigma(z)),
            "That is the derivative of (σ(z) − y)². For BCE the factor σ(1 − σ) cancels.",
        ),
        Slip(
            "the sigmoid forgotten",
            lambda y, z: z - y,
            "Compare y with the probability σ(z), not with the logit.",
        ),
        Slip(
            "the slope of the sigmoid",
            lambda y, z: _sigma(z) * (1 - _sigma(z)),
            "That is how the probability changes with z. Go on to the loss.",
        ),
        Slip(
            "the mean",
            lambda y, z: np.mean(slope_in_z(y, z)),
            "One slope for each example: leave the mean out.",
        ),
    ],
    properties=[gradient_of(lambda y, z: np.sum(nll_from_logit(y, z)), _mild_logits, argument=1)],
    hints=[
        "The last row of “How hard BCE pulls”.",
        "It is the predicted probability minus what happened.",
    ],
)


# --- Asked again in the review of the walk ---------------------------------------------------

review = (
    Question(
        "A fire alarm: the truth is no, the logit is +8. Which loss gets the model out of there?",
        [
            Option(
                "Squared error on the sigmoid: large errors count most",
                "Its slope is twice the error times σ′(z), and σ′ is nearly 0 here: 6.7e−4 in all.",
                misconception="the squared error is fine after a sigmoid",
            ),
            Option(
                "The NLL: a wrong sign is always felt",
                "Its slope is 0.99966. The log undoes the exponential in the sigmoid.",
                right=True,
            ),
            Option(
                "Either: both have their minimum at the same place",
                "Both want z small. But one hardly pulls.",
            ),
        ],
    ),
    Question(
        "You write −log(sigmoid(z)) for y = 1, and z is −1000. What does float64 return?",
        [
            Option(
                "1000, up to rounding",
                "On paper, yes. In float64 sigmoid(−1000) is 0, and the log of 0 is no number"
                " to train with.",
                misconception="a right formula computes right",
            ),
            Option(
                "0",
                "That is the loss at z = 1000.",
            ),
            Option(
                "Infinity; softplus(−z) returns 1000",
                "So a loss takes logits, and does the sigmoid and the log together.",
                right=True,
            ),
        ],
    ),
    Question(
        "Ice that carried loads of 2 to 9 tonnes; a logistic fit says P(breaks) = 0.999 at 15 "
        "tonnes. What do you say?",
        [
            Option(
                "The fit says so, beyond every load that was seen",
                "The curve’s shape up there was assumed. The warning still deserves to be heard.",
                right=True,
            ),
            Option(
                "It is certain: a chance of 0.999 leaves no room for doubt",
                "The number is certain given the model. The model is not.",
                misconception="confident means correct",
            ),
            Option(
                "A probability cannot be read off a loss, only a score can",
                "The sigmoid’s output is the probability: that was step 2.",
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (two_ways, bce, from_probabilities, predict_challenger),
    (sigmoid_from_logit, predict_logit, predict_curve),
    (predict_stability, from_logits, recall[1], recall[2], review[1]),
    (predict_saturation, squared_gradient, gradient, predict_runs, slope, recall[0], review[0]),
    (predict_threshold, predict_extrapolate, review[2]),
)
