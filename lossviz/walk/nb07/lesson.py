"""Notebook 07, many outputs: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures
(`scenes`), and the fits, which are `lossviz.fit`'s.
"""

import numpy as np

from lossviz.explorer.parameters import Slider
from lossviz.losses import gaussian_nll
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Property, Slip
from lossviz.teach.relations import equal, related, scaled, shifted

# Eight penguins: flipper length (mm); mass (kg) and bill depth (mm)
FLIPPER = np.array([181.0, 186.0, 190.0, 195.0, 198.0, 210.0, 217.0, 224.0])
MASS_AND_DEPTH = np.array(
    [
        [3.3, 18.6],
        [3.8, 17.4],
        [3.6, 19.3],
        [3.4, 18.1],
        [4.1, 19.5],
        [4.4, 13.9],
        [5.2, 15.1],
        [5.6, 14.6],
    ]
)


def _close(a, b, size=1.0):
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b), size)


# --- Derivations -----------------------------------------------------------------------------


def _density(y, mu, sigma):
    return np.exp(-((y - mu) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))


def _both(mu1, mu2, sigma1, sigma2):
    return np.array([mu1, mu2]), np.array([sigma1, sigma2])


def _log_of_products(Y, **four):
    return -np.sum(np.log(np.prod(_density(Y, *_both(**four)), axis=1)))


def _weighted(Y, mu1, mu2, sigma1, sigma2):
    mu, sigma = _both(mu1, mu2, sigma1, sigma2)
    return np.sum((Y - mu) ** 2 / (2 * sigma**2))


def _constant(Y, sigma1, sigma2):
    return len(Y) / 2 * (np.log(2 * np.pi * sigma1**2) + np.log(2 * np.pi * sigma2**2))


one_loss = Derivation(
    "From two outputs to one loss",
    [
        Step(
            r"-\sum_{i=1}^{I} \log \prod_{d=1}^{D} \mathcal{N}\left(y_{id};\ \mu_d,\ "
            r"\sigma_d^2\right)",
            "Given x, the outputs of one example are independent: their densities multiply.",
            lambda Y, mu1, mu2, sigma1, sigma2: _log_of_products(
                Y, mu1=mu1, mu2=mu2, sigma1=sigma1, sigma2=sigma2
            ),
        ),
        Step(
            r"= -\sum_{i=1}^{I} \sum_{d=1}^{D} \log \mathcal{N}\left(y_{id};\ \mu_d,\ "
            r"\sigma_d^2\right)",
            "The log of a product is a sum: one term for each example and each output.",
            lambda Y, mu1, mu2, sigma1, sigma2: (
                -np.sum(np.log(_density(Y, *_both(mu1, mu2, sigma1, sigma2))))
            ),
            equal(),
        ),
        Step(
            r"= \sum_{d=1}^{D} \left[\frac{I}{2}\log 2\pi\sigma_d^2 + "
            r"\frac{1}{2\sigma_d^2}\sum_{i=1}^{I} (y_{id}-\mu_d)^2\right]",
            "The normal's NLL put in, sorted by output.",
            lambda Y, mu1, mu2, sigma1, sigma2: (
                _constant(Y, sigma1, sigma2) + _weighted(Y, mu1, mu2, sigma1, sigma2)
            ),
            equal(),
        ),
        Step(
            r"\to \sum_{d=1}^{D} \frac{1}{2\sigma_d^2}\sum_{i=1}^{I} (y_{id}-\mu_d)^2",
            "Drop what no prediction can change.",
            _weighted,
            shifted(_constant, "Σ ½ I log 2πσ²"),
            constant_in=("mu1", "mu2"),
        ),
    ],
    sliders={
        "mu1": Slider(2.0, 7.0, step=0.1, value=3.5, label="μ of mass"),
        "mu2": Slider(12.0, 22.0, step=0.1, value=18.5, label="μ of depth"),
        "sigma1": Slider(0.3, 3.0, step=0.1, value=0.7, label="σ of mass"),
        "sigma2": Slider(0.5, 6.0, step=0.1, value=2.6, label="σ of depth"),
    },
    over="mu1",
    given={"Y": MASS_AND_DEPTH},
    sample=lambda rng: {
        "Y": np.column_stack([rng.uniform(3, 6, 5), rng.uniform(13, 20, 5)]),
        "mu1": rng.uniform(3, 6),
        "mu2": rng.uniform(14, 19),
        "sigma1": rng.uniform(0.6, 0.9),
        "sigma2": rng.uniform(2.3, 3.5),
    },
    reference=lambda Y, mu1, mu2, sigma1, sigma2: gaussian_nll(
        Y, np.array([mu1, mu2]), np.array([sigma1, sigma2])
    ).sum(),
    slips=[
        WrongLine(
            "the σ dropped",
            4,
            r"\to \sum_{d=1}^{D} \sum_{i=1}^{I} (y_{id}-\mu_d)^2",
            lambda Y, mu1, mu2: np.sum((Y - np.array([mu1, mu2])) ** 2),
            "With one output 1/2σ² is a factor of the whole loss and may be dropped. Here each "
            "output has its own, inside the sum: dropped, they change how much each output counts.",
        ),
        WrongLine(
            "log of a sum",
            2,
            r"= -\sum_{i=1}^{I} \log \sum_{d=1}^{D} \mathcal{N}\left(y_{id};\ \mu_d,\ "
            r"\sigma_d^2\right)",
            lambda Y, mu1, mu2, sigma1, sigma2: (
                -np.sum(np.log(np.sum(_density(Y, *_both(mu1, mu2, sigma1, sigma2)), axis=1)))
            ),
            "The log of a product is the sum of the logs. A sum of densities would be happy with "
            "one output that fits, and would add a density per kg to one per mm.",
        ),
    ],
)


def _sse(x, Y, k):
    """Sum of squares per output of the best lines bent at k."""
    bent = np.maximum(0.0, x - k)
    bent = bent - bent.mean()
    Y = Y - Y.mean(axis=0)
    slopes = bent @ Y / (bent @ bent)
    return np.sum((Y - np.outer(bent, slopes)) ** 2, axis=0)


def _by_output(x, Y, k, sigma1, sigma2):
    variance = np.array([sigma1, sigma2]) ** 2
    return np.sum(len(x) / 2 * np.log(2 * np.pi * variance) + _sse(x, Y, k) / (2 * variance))


def _reference_by_output(x, Y, k, sigma1, sigma2):
    features = np.column_stack([np.ones(len(x)), np.maximum(0.0, x - k)])
    y_hat = features @ np.linalg.lstsq(features, Y)[0]
    return gaussian_nll(Y, y_hat, np.array([sigma1, sigma2])).sum()


def _is_least_over_sigma(above, here, v):
    """This line is the one above with each σ at its best, and below it at every other σ."""
    best = np.sqrt(_sse(v["x"], v["Y"], v["k"]) / len(v["x"]))
    at_best = above(**{**v, "sigma1": best[0], "sigma2": best[1]})
    return _close(at_best, here(**v)) and above(**v) >= here(**v) - 1e-9


_SSE = r"\mathrm{SSE}_d(k)"

learned_sigma = Derivation(
    "A learned σ for each output",
    [
        Step(
            rf"\sum_{{d}} \left[\frac{{I}}{{2}}\log 2\pi\sigma_d^2 + "
            rf"\frac{{{_SSE}}}{{2\sigma_d^2}}\right]",
            "The NLL of all outputs. SSE is an output's sum of squared errors; it depends on the "
            "knot k that the outputs share.",
            _by_output,
        ),
        Step(
            rf"\min_{{\sigma}}:\quad \sum_{{d}} \frac{{I}}{{2}}\left[\log\left(2\pi\,"
            rf"\frac{{{_SSE}}}{{I}}\right) + 1\right]",
            "The best σ² is the mean squared error, as in notebook 02. Put it in, for each output.",
            lambda x, Y, k: np.sum(len(x) / 2 * (np.log(2 * np.pi * _sse(x, Y, k) / len(x)) + 1)),
            related("the least that the row above can be, over both σ", _is_least_over_sigma),
        ),
        Step(
            rf"\to \frac{{I}}{{2}} \sum_{{d}} \log {_SSE}",
            "Drop what no knot can change.",
            lambda x, Y, k: len(x) / 2 * np.sum(np.log(_sse(x, Y, k))),
            shifted(lambda x: len(x) * (np.log(2 * np.pi / len(x)) + 1), "I (log 2π/I + 1)"),
            constant_in=("k", "Y"),
        ),
        Step(
            rf"\to \sum_{{d}} \log {_SSE}",
            "Drop the positive factor I/2.",
            lambda x, Y, k: np.sum(np.log(_sse(x, Y, k))),
            scaled(lambda x: len(x) / 2, "I/2"),
            constant_in=("k", "Y"),
        ),
        Step(
            rf"\to \sum_{{d}} \log {_SSE}\ \text{{ with the mass multiplied by }} c",
            "Another unit multiplies the SSE of the mass by c². Its log grows by 2 log c, "
            "whatever k is: nothing moves.",
            lambda x, Y, k, c: np.sum(np.log(_sse(x, Y * np.array([c, 1.0]), k))),
            shifted(lambda c: -2 * np.log(c), "−2 log c"),
            constant_in=("k", "Y"),
        ),
    ],
    sliders={
        "k": Slider(182.0, 214.0, step=0.5, value=190.0, label="k"),
        "sigma1": Slider(0.2, 3.0, step=0.1, value=0.7, label="σ of mass"),
        "sigma2": Slider(0.5, 6.0, step=0.1, value=2.6, label="σ of depth"),
        "c": Slider(1.0, 1000.0, log=True, step=0.1, value=1000.0, label="c"),
    },
    over="k",
    given={"x": FLIPPER, "Y": MASS_AND_DEPTH},
    sample=lambda rng: {
        "x": FLIPPER + rng.uniform(-2, 2, 8),
        "Y": MASS_AND_DEPTH + rng.normal(0, 1, (8, 2)) * [0.3, 1.2],
        "k": rng.uniform(185, 212),
        "sigma1": rng.uniform(0.6, 0.9),
        "sigma2": rng.uniform(2.3, 3.5),
        "c": rng.uniform(2.5, 40),
    },
    reference=_reference_by_output,
    slips=[
        WrongLine(
            "the log of the sum",
            3,
            rf"\to \frac{{I}}{{2}} \log \sum_{{d}} {_SSE}",
            lambda x, Y, k: len(x) / 2 * np.log(np.sum(_sse(x, Y, k))),
            "A sum of logs is the log of a product, not of a sum. The log of the sum has its "
            "minimum where the plain sum of squares has it, and so depends on the units again.",
            after=(
                (
                    rf"\to \log \sum_{{d}} {_SSE}",
                    lambda x, Y, k: np.log(np.sum(_sse(x, Y, k))),
                ),
            ),
        )
    ],
)


# --- Predictions -----------------------------------------------------------------------------

predict_split = Question(
    "Two outputs, twelve penguins, 24 terms in the loss. You make the σ of the mass smaller. "
    "Which terms change?",
    [
        Option(
            "All of them: it is one loss",
            "It is one sum. But a term of the bill depth holds no σ of the mass.",
            misconception="outputs of one loss influence each other's terms",
        ),
        Option(
            "The twelve of the mass, and all of them fall",
            "Those that fit well fall. Those that fit badly rise: a small σ makes a large error "
            "very unlikely.",
            misconception="a smaller σ is always better",
        ),
        Option(
            "The twelve of the mass: some fall, some rise",
            "Log σ falls for all of them, and the squared error over 2σ² grows, most where the "
            "error is large.",
            right=True,
        ),
    ],
)

predict_units = Question(
    "Flipper length predicts mass and bill depth, each by a straight line of its own. You fit "
    "both with one plain sum of squares. Then you measure the mass in grams instead of kilograms. "
    "What happens to the two lines?",
    [
        Option(
            "The line of the mass gets better, at the expense of the other",
            "The mass now makes up nearly the whole sum. But its line has two numbers that the "
            "other line does not use: nothing has to be given up.",
            misconception="a larger loss always wins",
        ),
        Option(
            "Nothing: each is the line it was, in the new unit",
            "They share no parameter. Each part of the sum is made small on its own.",
            right=True,
        ),
        Option(
            "The line of the bill depth gets better, at the expense of the other",
            "The bill depth is now the smaller part of the sum. Even so it loses nothing and gains "
            "nothing: the two lines share no parameter.",
        ),
    ],
)

predict_shared = Question(
    "Now both outputs bend at one shared knot. The plain sum of squares chooses it, first with the "
    "mass in kilograms, then in grams. Where does the knot go?",
    [
        Option(
            "It stays: a unit is only a way of writing",
            "For each output alone, yes. But the sum adds kg² to mm², and in grams the first is a "
            "million times as large.",
            misconception="the sum of squares does not depend on units",
        ),
        Option(
            "To the place that suits the bill depth",
            "The other way round: in grams the squared errors of the mass drown those of the "
            "bill depth.",
        ),
        Option(
            "To the place that suits the mass",
            "In grams the mass is all that counts.",
            right=True,
        ),
    ],
)

predict_sigma = Question(
    "Give each output a σ of its own, and learn both together with the knot. In kilograms or in "
    "grams: which knot?",
    [
        Option(
            "The same in both units, a compromise between the two outputs",
            "The learned σ takes the unit along: a thousand times larger, and the ratio error/σ "
            "stays.",
            right=True,
        ),
        Option(
            "Still another one in each unit",
            "What is added up is (error/σ)². Errors and σ are in the same unit, so it cancels.",
            misconception="an NLL has the units of its targets",
        ),
        Option(
            "The model makes both σ huge, so that no error counts",
            "A huge σ costs too: log σ grows. The best σ is the root mean squared error.",
            misconception="a learned σ can hide any error",
        ),
    ],
)

predict_features = Question(
    "The last layer is a linear unit: μ = Vᵀh + b. Before training h is four random features of "
    "the time. Can μ become a curve that rises and falls with time?",
    [
        Option(
            "Yes: it is a line in h, and h bends with time",
            "Each unit of h rises or falls once, from one level to another. Their weighted sum "
            "bends as the data ask, because the places of the steps are learned too.",
            right=True,
        ),
        Option(
            "No: a linear unit makes a line",
            "A line in h. Over time it is a line if h is the time itself.",
            misconception="a linear output unit makes the model a line",
        ),
        Option(
            "Only if a sigmoid or an exp comes after the linear unit",
            "Then μ could not be any number any more. The bends are made before the last layer.",
            misconception="a linear output unit makes the model a line",
        ),
    ],
)

does_sigma_matter = Question(
    "In notebook 03 σ dropped out of the search for the best line. Here it decided where the knot "
    "goes. Why the difference?",
    [
        Option(
            "Notebook 03 was wrong to drop it",
            "There it was one positive factor of the whole loss. That moves no minimum.",
        ),
        Option(
            "With several σ each is the weight of one part of the sum, no factor of the whole",
            "Only their ratio matters: multiply both by 2 and the knot stays.",
            right=True,
        ),
        Option(
            "Because penguins are not normal",
            "The algebra is the same whatever the data are.",
        ),
        Option(
            "σ never matters for predictions; the optimiser just took another path",
            "The knots differ at the exact minimum of each loss. It is the loss that changed.",
            misconception="σ does not matter",
        ),
    ],
)

# --- Questions at the end --------------------------------------------------------------------

recall = (
    Question(
        "From notebook 04. A model is trained with the absolute error on two outputs at once. "
        "They share no parameter, and any curve is allowed for each. What does each predict?",
        [
            Option(
                "Its conditional mean",
                "That is what the squared error picks.",
                misconception="the mean is the best prediction whatever the loss",
            ),
            Option(
                "Its conditional median",
                "The sum splits into one absolute error per output, and each picks its median.",
                right=True,
            ),
            Option(
                "The median of both outputs together",
                "Each output has its own errors and its own numbers to learn. Nothing is pooled.",
            ),
        ],
    ),
    Question(
        "A network predicts a price in euros and an age in years from shared hidden layers, by the "
        "plain mean squared error. It is good at prices and useless at ages. The likeliest cause?",
        [
            Option(
                "As numbers, the squared errors of prices are far larger: the shared layers serve "
                "them",
                "In thousands of euros the same network would learn something else. Divide each "
                "output by its spread, or give each a σ.",
                right=True,
            ),
            Option(
                "Ages cannot be predicted with a normal distribution",
                "Perhaps another one fits better, but that is no reason to be useless.",
            ),
            Option(
                "Two outputs are too many for one loss",
                "A sum of as many NLLs as you like is a fine loss, if each is in proportion.",
                misconception="one loss can serve one output only",
            ),
        ],
    ),
    Question(
        "Team A measures the mass in kilograms, team B in grams. Both learn a σ for each output. "
        "B's total NLL is larger by some 2362 nats. Whose model is better?",
        [
            Option(
                "A's: the lower NLL wins, as with any two fits of the same data",
                "Lower wins only in the same unit. Each of the 342 penguins adds log 1000.",
                misconception="an NLL has no unit",
            ),
            Option(
                "B's: grams are more precise",
                "The unit says nothing about the model.",
            ),
            Option(
                "Neither: it is the same model, and the difference is the unit",
                "342 · log 1000 is the whole difference.",
                right=True,
            ),
        ],
    ),
)


# --- Exercises -------------------------------------------------------------------------------


def _fits(rng):
    """Targets and predictions of two or three outputs of very different size."""
    cases = []
    for I, sizes in ((5, (0.4, 2.6)), (7, (330.0, 1.4, 0.07))):
        Y_hat = rng.normal(0, 3, (I, len(sizes))) * sizes
        cases.append((Y_hat + rng.normal(0, 1, (I, len(sizes))) * sizes, Y_hat))
    return cases


def sigma_of_each(Y, Y_hat):
    errors = Y - Y_hat
    return np.sqrt(np.mean(errors**2, axis=0))


sigma_exercise = Exercise(
    "a σ for each output",
    "Complete `best_sigma(Y, Y_hat)`: for targets and predictions of shape (I, D), the σ of each "
    "output that makes the NLL least, an array of shape (D,). One line is missing.",
    sigma_of_each,
    _fits,
    slips=[
        Slip(
            "one σ for all outputs",
            lambda Y, Y_hat: np.full(Y.shape[1], np.sqrt(np.mean((Y - Y_hat) ** 2))),
            "Average over the examples only (`axis=0`). Averaged over all, grams and millimetres "
            "are mixed.",
        ),
        Slip(
            "a single number",
            lambda Y, Y_hat: np.sqrt(np.mean((Y - Y_hat) ** 2)),
            "One σ for each output: average over the examples, `axis=0`.",
        ),
        Slip(
            "a σ for each example",
            lambda Y, Y_hat: np.sqrt(np.mean((Y - Y_hat) ** 2, axis=1)),
            "`axis=1` runs over the outputs. The examples are `axis=0`.",
        ),
        Slip(
            "σ² for σ",
            lambda Y, Y_hat: np.mean((Y - Y_hat) ** 2, axis=0),
            "The mean squared error is σ². Take the root.",
        ),
        Slip(
            "the sum for the mean",
            lambda Y, Y_hat: np.sqrt(np.sum((Y - Y_hat) ** 2, axis=0)),
            "σ² is the mean of the squares: divide their sum by I.",
        ),
        Slip(
            "the spread of the targets",
            lambda Y, Y_hat: Y.std(axis=0),
            "σ is the spread around the prediction, not around the mean of y.",
        ),
        Slip(
            "the spread of the errors",
            lambda Y, Y_hat: (Y - Y_hat).std(axis=0),
            "`std` subtracts the mean error first. A prediction that is off on average has a "
            "larger σ than that.",
        ),
        Slip(
            "absolute for squared",
            lambda Y, Y_hat: np.mean(np.abs(Y - Y_hat), axis=0),
            "That is the best b of a Laplace distribution. The normal's σ comes from squares.",
        ),
    ],
    hints=[
        "As in notebook 02: σ² is the mean squared error. Here once for each column.",
        "`np.mean(…, axis=0)` averages over the examples and keeps the outputs apart.",
    ],
)


def nll_of_outputs(Y, Y_hat, sigma):
    return np.sum(0.5 * np.log(2 * np.pi * sigma**2) + (Y - Y_hat) ** 2 / (2 * sigma**2))


def _with_sigma(rng):
    return [(*case, rng.uniform(0.6, 0.9, case[0].shape[1]) * 3.3) for case in _fits(rng)]


def _splits(function, rng):
    """The loss of both outputs is the sum of the losses of each."""
    (Y, Y_hat, sigma), *_ = _with_sigma(rng)
    together = function(Y, Y_hat, sigma)
    apart = sum(function(Y[:, [d]], Y_hat[:, [d]], sigma[[d]]) for d in range(2))
    if _close(together, apart):
        return None
    return f"both outputs together cost {together:.4f}, one by one {apart:.4f}."


nll_exercise = Exercise(
    "the NLL of many outputs",
    "Write `nll(Y, Y_hat, sigma)`: the total negative log-likelihood in nats, one number, for "
    "targets and predictions of shape (I, D) and one σ per output, shape (D,).",
    nll_of_outputs,
    _with_sigma,
    slips=[
        Slip(
            "σ for σ²",
            lambda Y, Y_hat, s: np.sum(0.5 * np.log(2 * np.pi * s**2) + (Y - Y_hat) ** 2 / (2 * s)),
            "The squared error is divided by 2σ², not by 2σ.",
        ),
        Slip(
            "the lost 2",
            lambda Y, Y_hat, s: np.sum(0.5 * np.log(2 * np.pi * s**2) + (Y - Y_hat) ** 2 / s**2),
            "The squared error is divided by 2σ²; here the 2 is missing.",
        ),
        Slip(
            "the bracket below lost",
            lambda Y, Y_hat, s: np.sum(
                0.5 * np.log(2 * np.pi * s**2) + (Y - Y_hat) ** 2 / 2 * s**2
            ),
            "`a / 2 * b` is half of a, times b. Put what is below in brackets: `(2 * sigma**2)`.",
        ),
        Slip(
            "the lost minus",
            lambda Y, Y_hat, s: -nll_of_outputs(Y, Y_hat, s),
            "This is the log-likelihood, which should be large. A loss is minus that.",
        ),
        Slip(
            "the mean over everything",
            lambda Y, Y_hat, s: nll_of_outputs(Y, Y_hat, s) / Y.size,
            "A sum over examples and outputs, please: the log of one big product.",
        ),
        Slip(
            "the mean over examples",
            lambda Y, Y_hat, s: nll_of_outputs(Y, Y_hat, s) / len(Y),
            "A fine loss, but here the total is asked for.",
        ),
        Slip(
            "log σ counted once",
            lambda Y, Y_hat, s: (
                np.sum(0.5 * np.log(2 * np.pi * s**2)) + np.sum((Y - Y_hat) ** 2 / (2 * s**2))
            ),
            "Each example pays log σ, so it is there I times: `np.sum` of an array of shape (D,) "
            "adds it only once.",
        ),
        Slip(
            "no log σ",
            lambda Y, Y_hat, s: np.sum(0.5 * np.log(2 * np.pi) + (Y - Y_hat) ** 2 / (2 * s**2)),
            "Without log σ a huge σ would make every error vanish.",
        ),
        Slip(
            "no ½ log 2π",
            lambda Y, Y_hat, s: np.sum(np.log(s) + (Y - Y_hat) ** 2 / (2 * s**2)),
            "A constant does not move the best fit, but without it this is not the NLL.",
        ),
        Slip(
            "one σ for all",
            lambda Y, Y_hat, s: nll_of_outputs(Y, Y_hat, np.full_like(s, s.mean())),
            "Each output has its own σ. NumPy lines up (I, D) with (D,) by itself.",
        ),
        Slip(
            "an array for each output",
            lambda Y, Y_hat, s: np.sum(
                0.5 * np.log(2 * np.pi * s**2) + (Y - Y_hat) ** 2 / (2 * s**2), axis=0
            ),
            "That is the loss of each output. Add them up, too.",
        ),
    ],
    properties=[Property("the loss splits by output", _splits)],
    hints=[
        "One term for each example and output: `0.5 * np.log(2 * np.pi * sigma**2)` and the "
        "squared error over $2\\sigma^2$.",
        "`(Y - Y_hat) ** 2 / (2 * sigma**2)` has the shape (I, D): NumPy lines sigma up with the "
        "columns.",
        "`np.sum` of it all adds over both.",
    ],
)


def sum_of_logs(Y, Y_hat):
    return np.sum(np.log(np.sum((Y - Y_hat) ** 2, axis=0)))


def _ignores_units(function, rng):
    """Between two sets of predictions the difference of losses is the same in any unit."""
    (Y, A), *_ = _fits(rng)
    B, unit = A + rng.normal(0, 1, A.shape), np.array([37.0, 1.0])
    plain = function(Y, A) - function(Y, B)
    other = function(Y * unit, A * unit) - function(Y * unit, B * unit)
    if _close(plain, other):
        return None
    return f"one prediction beats another by {plain:.4f}, and by {other:.4f} in other units."


learned_exercise = Exercise(
    "the loss with every σ learned",
    "Write `loss(Y, Y_hat)`: what is left of the NLL when each output's σ is at its best and all "
    "constants and factors are dropped, as in the fourth line of “A learned σ for each output”.",
    sum_of_logs,
    _fits,
    slips=[
        Slip(
            "the log of the sum",
            lambda Y, Y_hat: np.log(np.sum((Y - Y_hat) ** 2)),
            "Take the log of each output's sum of squares, then add. The log of the whole sum "
            "depends on the units.",
        ),
        Slip(
            "the plain sum of squares",
            lambda Y, Y_hat: np.sum((Y - Y_hat) ** 2),
            "That is the loss with one σ for all outputs. A log is missing.",
        ),
        Slip(
            "a log for each error",
            lambda Y, Y_hat: np.sum(np.log((Y - Y_hat) ** 2)),
            "First add the squares of one output (`axis=0`), then take the log.",
        ),
        Slip(
            "the sums by example",
            lambda Y, Y_hat: np.sum(np.log(np.sum((Y - Y_hat) ** 2, axis=1))),
            "`axis=1` adds kilograms to millimetres. Add over the examples: `axis=0`.",
        ),
        Slip(
            "an array for each output",
            lambda Y, Y_hat: np.log(np.sum((Y - Y_hat) ** 2, axis=0)),
            "One number, please: add over the outputs.",
        ),
        Slip(
            "log₁₀ for ln",
            lambda Y, Y_hat: np.sum(np.log10(np.sum((Y - Y_hat) ** 2, axis=0))),
            "`np.log` is the natural log. (The minimum is the same, the value is not.)",
        ),
        Slip(
            "means for sums",
            lambda Y, Y_hat: np.sum(np.log(np.mean((Y - Y_hat) ** 2, axis=0))),
            "A constant away, D · log I: the minimum is the same. The line has sums.",
        ),
    ],
    properties=[Property("units do not matter", _ignores_units)],
    hints=[
        "The sum of squares of each output: `np.sum((Y - Y_hat) ** 2, axis=0)`, shape (D,).",
        "Its log, and then the sum over the outputs.",
    ],
)


# --- Asked again in the review of the walk ---------------------------------------------------

review = (
    Question(
        "The NLL of two independent outputs is the sum of their NLLs. Why a sum?",
        [
            Option(
                "Independent densities multiply, and the log makes a sum",
                "The same step that turned examples into a sum in notebook 02.",
                right=True,
            ),
            Option(
                "By convention: a mean would do as well",
                "The mean differs by a factor, but the sum is what the product gives.",
                misconception="a loss is only a score",
            ),
            Option(
                "Because errors in different directions are at right angles",
                "A nice picture for equal spreads. With unequal ones each term has its own σ.",
            ),
        ],
    ),
    Question(
        "Body mass and bill depth, each with its own weights, under the plain sum of squares."
        " You switch mass from kg to g. What happens to the bill’s line?",
        [
            Option(
                "It gets worse: the grams drown it",
                "They would if both shared a weight. Here no weight feels both.",
                misconception="a larger loss always wins",
            ),
            Option(
                "It improves, since the loss is larger now",
                "A larger number is no better fit.",
            ),
            Option(
                "Nothing",
                "Each output’s weights see only its own squares.",
                right=True,
            ),
        ],
    ),
    Question(
        "Now both outputs share one knot. The plain sum of squares puts it at 195.70 mm with "
        "mass in kg, and at 188.34 mm in g. The cure?",
        [
            Option(
                "Kilograms: they keep the numbers small",
                "Small numbers are a choice of weights in disguise. Why should tonnes not be "
                "better still?",
            ),
            Option(
                "A σ for each output, learned",
                "192.43 mm in both. Divided by its own σ an error has no unit left, and log σ "
                "pays for it.",
                right=True,
            ),
            Option(
                "None is needed: σ drops out",
                "One common σ does. Two different ones are the weights of the two outputs.",
                misconception="σ does not matter",
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (one_loss, predict_split, nll_exercise, review[0]),
    (predict_units, predict_shared, recall[0], recall[1], review[1], review[2]),
    (predict_sigma, does_sigma_matter, learned_sigma, sigma_exercise, learned_exercise, recall[2]),
    (predict_features,),
)
