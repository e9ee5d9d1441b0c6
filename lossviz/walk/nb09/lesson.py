"""Notebook 09, the KL coin: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures
(`scenes`), and the formulas that the notebook itself shows in its cells.
"""

import numpy as np

from lossviz.explorer.parameters import Slider
from lossviz.information import cross_entropy, kl_divergence, kl_normal
from lossviz.losses import gaussian_nll
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Property, Slip
from lossviz.teach.relations import agree, equal, related, scaled, shifted

TEN = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 1])  # ten flips, 1 for heads


def _on_average(line, variables, name, p, outcomes=(1, 0)):
    """What a line says of each outcome, weighted by the outcomes' probabilities p.

    Each is shown thrice, so that a mean over data and a sum are not the same.
    """
    seen = (line(**{**variables, name: np.array([y, y, y])}) for y in outcomes)
    return sum(weight * value for weight, value in zip(p, seen, strict=True))


# --- Derivations -----------------------------------------------------------------------------


def _chance(x, heads):
    """The probability of each flip for a coin that shows heads with this probability."""
    return np.where(x == 1, heads, 1 - heads)


HEADS_P = Slider(0.05, 0.95, step=0.01, value=0.5, label="p(1)")
HEADS_Q = Slider(0.05, 0.95, step=0.01, value=0.4, label="q(1)")

ratio_to_kl = Derivation(
    "From flips to the divergence",
    [
        Step(
            r"\frac{1}{N}\log\frac{\prod_i p(x_i)}{\prod_i q(x_i)}",
            "The likelihood ratio of the flips; its log, shared out among N flips.",
            lambda x, p, q: np.log(np.prod(_chance(x, p)) / np.prod(_chance(x, q))) / len(x),
        ),
        Step(
            r"= \frac{1}{N}\sum_i \log\frac{p(x_i)}{q(x_i)}",
            "The log of a product is a sum of logs: a mean over flips.",
            lambda x, p, q: np.mean(np.log(_chance(x, p) / _chance(x, q))),
            equal(),
        ),
        Step(
            r"= \frac{n_1}{N}\log\frac{p(1)}{q(1)} + \frac{n_0}{N}\log\frac{p(0)}{q(0)}",
            "Flips that came out alike are alike: n₁ heads, n₀ tails.",
            lambda x, p, q: (
                np.mean(x == 1) * np.log(p / q) + np.mean(x == 0) * np.log((1 - p) / (1 - q))
            ),
            equal(),
        ),
        Step(
            r"\longrightarrow\ p(1)\log\frac{p(1)}{q(1)} + p(0)\log\frac{p(0)}{q(0)}"
            r" = \mathrm{KL}(p \,\|\, q)",
            "With many flips of the coin p, n₁/N draws near p(1), and n₀/N near p(0).",
            lambda p, q: p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)),
            related(
                "what the row above is on average, when p makes the flips",
                lambda above, here, v: agree(
                    here(**v), _on_average(above, v, "x", (v["p"], 1 - v["p"]))
                ),
            ),
        ),
    ],
    sliders={"p": HEADS_P, "q": HEADS_Q},
    over="q",
    given={"x": TEN},
    sample=lambda rng: {
        "x": np.append(rng.integers(0, 2, 9), [1, 0]),
        "p": rng.uniform(0.15, 0.85),
        "q": rng.uniform(0.15, 0.85),
    },
    reference=lambda x, p, q: (
        sum(np.log(p if flip else 1 - p) - np.log(q if flip else 1 - q) for flip in x) / len(x)
    ),
)


def _pair(heads):
    """A coin as an array, (heads, tails)."""
    return np.array([heads, 1 - heads])


TRUTH = Slider(0.05, 0.95, step=0.01, value=0.7, label="p*(1)")
THETA = Slider(0.05, 0.95, step=0.01, value=0.4, label="θ")
FEW = np.array([1, 1, 0, 1, 0, 1, 1, 1, 0, 1])


def _some_coins(rng):
    """Generic values for the tests: what is true, what the model says, and some flips."""
    return {"a": rng.uniform(0.15, 0.85), "theta": rng.uniform(0.15, 0.85)}


gap = Derivation(
    "From the divergence to the loss",
    [
        Step(
            r"\mathrm{KL}(p^* \,\|\, p_\theta) = \sum_y p^*(y)\,\log\frac{p^*(y)}{p_\theta(y)}",
            "How far the model $p_\\theta$ is from what makes the data, $p^*$.",
            lambda a, theta: np.sum(_pair(a) * np.log(_pair(a) / _pair(theta))),
        ),
        Step(
            r"= \mathbb{E}_{y \sim p^*}[\log p^*(y)] - \mathbb{E}_{y \sim p^*}[\log p_\theta(y)]",
            "A gap between two expected log-likelihoods: the truth's, and the model's.",
            lambda a, theta: (
                np.sum(_pair(a) * np.log(_pair(a))) - np.sum(_pair(a) * np.log(_pair(theta)))
            ),
            equal(),
        ),
        Step(
            r"\to\ -\mathbb{E}_{y \sim p^*}[\log p_\theta(y)] = H(p^*, p_\theta)",
            "The first term, $-H(p^*)$, does not contain θ. What is left is the cross-entropy.",
            lambda a, theta: -np.sum(_pair(a) * np.log(_pair(theta))),
            shifted(lambda a: np.sum(_pair(a) * np.log(_pair(a))), "−H(p*)"),
            ("theta",),
        ),
        Step(
            r"\approx\ -\frac{1}{N}\sum_{i=1}^{N} \log p_\theta(y_i), \qquad y_i \sim p^*",
            "Nobody knows p*. But the data are drawn from it: take a mean over them.",
            lambda y, theta: -np.mean(np.log(_chance(y, theta))),
            related(
                "the row above is what this one is on average, when p* makes the data",
                lambda above, here, v: agree(
                    above(**v), _on_average(here, v, "y", (v["a"], 1 - v["a"]))
                ),
            ),
        ),
        Step(
            r"\to\ -\sum_{i=1}^{N} \log p_\theta(y_i) = \mathrm{NLL}",
            "A positive factor, dropped.",
            lambda y, theta: -np.sum(np.log(_chance(y, theta))),
            scaled(lambda y: 1 / len(y), "1/N"),
            ("theta",),
        ),
    ],
    sliders={"a": TRUTH, "theta": THETA},
    over="theta",
    given={"y": FEW},
    sample=lambda rng: {**_some_coins(rng), "y": np.append(rng.integers(0, 2, 8), [1, 0])},
    reference=lambda a, theta: a * np.log(a / theta) + (1 - a) * np.log((1 - a) / (1 - theta)),
    slips=[
        WrongLine(
            "the minus lost",
            3,
            r"\to\ \mathbb{E}_{y \sim p^*}[\log p_\theta(y)]",
            lambda a, theta: np.sum(_pair(a) * np.log(_pair(theta))),
            "The second term comes with a minus, and it has to stay. Without it the line is the "
            "expected log-likelihood, and whoever minimises that looks for the worst model.",
            after=(
                (
                    r"\approx\ \frac{1}{N}\sum_{i=1}^{N} \log p_\theta(y_i), \qquad y_i \sim p^*",
                    lambda y, theta: np.mean(np.log(_chance(y, theta))),
                ),
                (
                    r"\to\ \sum_{i=1}^{N} \log p_\theta(y_i)",
                    lambda y, theta: np.sum(np.log(_chance(y, theta))),
                ),
            ),
        ),
        WrongLine(
            "the weight counted twice",
            4,
            r"\approx\ -\frac{1}{N}\sum_{i=1}^{N} p^*(y_i)\,\log p_\theta(y_i),"
            r" \qquad y_i \sim p^*",
            lambda y, a, theta: -np.mean(_chance(y, a) * np.log(_chance(y, theta))),
            "What is likely is drawn often: the weight p* is already in how often each y turns "
            "up. Multiply by p* only if you go once over all values y, and not over a sample. "
            "Here it is counted twice, and the best θ moves.",
            after=(
                (
                    r"\to\ -\sum_{i=1}^{N} p^*(y_i)\,\log p_\theta(y_i)",
                    lambda y, a, theta: -np.sum(_chance(y, a) * np.log(_chance(y, theta))),
                ),
            ),
        ),
    ],
)

three_terms = Derivation(
    "What minimising the cross-entropy minimises",
    [
        Step(
            r"H(p^*, p_\theta) = -\sum_y p^*(y)\,\log p_\theta(y)",
            "The cross-entropy: what the data cost on average, under the model.",
            lambda a, theta: -np.sum(_pair(a) * np.log(_pair(theta))),
        ),
        Step(
            r"= -\sum_y p^*(y)\,\log p^*(y) + \sum_y p^*(y)\,\log\frac{p^*(y)}{p_\theta(y)}",
            "Subtract log p* and add it again.",
            lambda a, theta: (
                np.sum(_pair(a) * np.log(_pair(a) / _pair(theta)))
                - np.sum(_pair(a) * np.log(_pair(a)))
            ),
            equal(),
        ),
        Step(
            r"= H(p^*) + \mathrm{KL}(p^* \,\|\, p_\theta)",
            "Both sums have names: entropy and divergence.",
            lambda a, theta: (
                -a * np.log(a)
                - (1 - a) * np.log(1 - a)
                + kl_divergence(_pair(a), _pair(theta), base=np.e)
            ),
            equal(),
        ),
        Step(
            r"\to\ \mathrm{KL}(p^* \,\|\, p_\theta)",
            "The entropy of the data does not contain θ.",
            lambda a, theta: kl_divergence(_pair(a), _pair(theta), base=np.e),
            shifted(lambda a: -np.sum(_pair(a) * np.log(_pair(a))), "H(p*)"),
            ("theta",),
        ),
    ],
    sliders={"a": TRUTH, "theta": THETA},
    over="theta",
    sample=_some_coins,
    reference=lambda a, theta: cross_entropy(_pair(a), _pair(theta), base=np.e),
    slips=[
        WrongLine(
            "the wrong way round",
            4,
            r"\to\ \mathrm{KL}(p_\theta \,\|\, p^*)",
            lambda a, theta: kl_divergence(_pair(theta), _pair(a), base=np.e),
            "The data come first: what was derived is KL(p*‖p), not KL(p‖p*). On a coin both are "
            "lowest at θ = p*, which hides the slip. A model that cannot be p* ends up somewhere "
            "else: try the two peaks again.",
        )
    ],
)


def _expected(function, mu, sigma):
    """The mean of a function of y over N(μ, σ²), by a sum over a fine grid."""
    z = np.linspace(-9, 9, 361)
    weight = np.exp(-(z**2) / 2)
    return np.sum(weight * function(mu + sigma * z)) / np.sum(weight)


MEAN = {"low": -3.0, "high": 3.0, "step": 0.1}
WIDTH = {"low": 0.5, "high": 3.0, "step": 0.1}

normals = Derivation(
    "The divergence of two normals",
    [
        Step(
            r"\mathrm{KL}(p \,\|\, q) = \mathbb{E}_{y \sim p}[-\log q(y)]"
            r" - \mathbb{E}_{y \sim p}[-\log p(y)]",
            "The mean surprise under q of what p sends, less that under p itself.",
            lambda m, s, mu, sigma: (
                _expected(lambda y: gaussian_nll(y, mu, sigma), m, s)
                - _expected(lambda y: gaussian_nll(y, m, s), m, s)
            ),
        ),
        Step(
            r"= \mathbb{E}_{y \sim p}\left[\log\sigma_q + \frac{(y-\mu_q)^2}{2\sigma_q^2}\right]"
            r" - \mathbb{E}_{y \sim p}\left[\log\sigma_p + \frac{(y-\mu_p)^2}{2\sigma_p^2}\right]",
            "The normal's NLL, twice. Its ½ log 2π is in both, and cancels.",
            lambda m, s, mu, sigma: (
                _expected(lambda y: np.log(sigma) + (y - mu) ** 2 / (2 * sigma**2), m, s)
                - _expected(lambda y: np.log(s) + (y - m) ** 2 / (2 * s**2), m, s)
            ),
            equal(),
        ),
        Step(
            r"= \log\frac{\sigma_q}{\sigma_p}"
            r" + \frac{\mathbb{E}_{y \sim p}[(y-\mu_q)^2]}{2\sigma_q^2} - \frac12",
            "The mean of $(y-\\mu_p)^2$ over p is $\\sigma_p^2$: that is what $\\sigma_p$ means.",
            lambda m, s, mu, sigma: (
                np.log(sigma / s)
                + _expected(lambda y: (y - mu) ** 2, m, s) / (2 * sigma**2)
                - 1 / 2
            ),
            equal(),
        ),
        Step(
            r"= \log\frac{\sigma_q}{\sigma_p}"
            r" + \frac{\sigma_p^2 + (\mu_p-\mu_q)^2}{2\sigma_q^2} - \frac12",
            "Measured from another point than its mean, p spreads by the shift squared more.",
            lambda m, s, mu, sigma: (
                np.log(sigma / s) + (s**2 + (m - mu) ** 2) / (2 * sigma**2) - 1 / 2
            ),
            equal(),
        ),
    ],
    sliders={
        "m": Slider(**MEAN, value=0.0, label="μ of p"),
        "s": Slider(**WIDTH, value=1.0, label="σ of p"),
        "mu": Slider(**MEAN, value=1.0, label="μ of q"),
        "sigma": Slider(**WIDTH, value=2.0, label="σ of q"),
    },
    over="mu",
    sample=lambda rng: {
        "m": rng.uniform(-2, 2),
        "s": rng.uniform(0.6, 0.9),
        "mu": rng.uniform(-2, 2),
        "sigma": rng.uniform(1.2, 1.8),
    },
    reference=lambda m, s, mu, sigma: kl_normal(m, s, mu, sigma),
)


# --- Questions before an explorer ------------------------------------------------------------

predict_runs = Question(
    "Ten flips of the fair coin p, again and again. In what share of such runs does the wrong "
    "coin, q = (⅓, ⅔), explain the ten flips better than p does?",
    [
        Option(
            "in none: p made the flips, so p explains them best",
            "p explains best what it makes in the long run. Ten flips may come out with three "
            "heads, and three in ten is closer to ⅓ than to ½.",
            misconception="the true distribution always has the highest likelihood",
        ),
        Option("in about 1 of 20", "The two coins are closer than that. Move N to 10 and count."),
        Option(
            "in more than 1 of 3",
            "Four heads or fewer favour q, and a fair coin does that in 38 % of all runs.",
            right=True,
        ),
        Option(
            "in half of them: ten flips tell nothing",
            "They tell a little: on average 0.0589 nats per flip, in favour of p.",
        ),
    ],
)

predict_never = Question(
    "p is the fair coin. q comes to believe that heads never happen: q(heads) → 0. Which of the "
    "two divergences grows without end?",
    [
        Option(
            "both: the distance between p and q is what it is",
            "Neither is a distance, and they need not agree. One of them averages over what p "
            "does, and the other over what q does.",
            misconception="KL is a symmetric distance",
        ),
        Option(
            "KL(q‖p): q is the one that is wrong",
            "In KL(q‖p), q makes the flips. It sends only tails, and p finds tails quite likely: "
            "the cost ends at log 2.",
        ),
        Option(
            "KL(p‖q): p sends heads, and q called them impossible",
            "Half of the flips are heads, and each costs −log q(heads), which has no end.",
            right=True,
        ),
        Option(
            "neither: probabilities are between 0 and 1",
            "So they are. But −log of a probability runs from 0 to ∞.",
            misconception="surprise is bounded",
        ),
    ],
)

predict_floor = Question(
    "The picture starts with a coin that always shows heads. Now take one that shows heads in "
    "7 flips out of 10, and choose q to make the cross-entropy as small as you can. How far down "
    "can you go?",
    [
        Option(
            "down to the entropy of p, at q = p",
            "At q = p the divergence is 0. What is left is the coin's own uncertainty, and no q "
            "can take that away.",
            right=True,
        ),
        Option(
            "to 0: that is where a perfect model gets",
            "A perfect model knows p, not the next flip. The floor is the entropy H(p), and that "
            "is 0 only where p is certain.",
            misconception="the best cross-entropy is 0",
        ),
        Option(
            "below the entropy of p, by betting on heads: q near 1",
            "Betting wins in 7 flips of 10, and pays dearly in the others. Try q = 0.95.",
            misconception="confidence is rewarded on average",
        ),
    ],
)

predict_digit = Question(
    "You have an estimate from N samples, and want one decimal more: an error a tenth as large. "
    "How many samples do you need?",
    [
        Option(
            "2 N, and an honest average",
            "Twice as many make the error 1.4 times smaller, not ten times.",
        ),
        Option(
            "10 N: ten times the work for a tenth of the error",
            "The error of a mean shrinks with the root of N. Ten times as many buy a factor 3.",
            misconception="the error of a mean shrinks as 1/N",
        ),
        Option(
            "100 N",
            "The error goes as 1/√N, as the spread of the coin's runs did.",
            right=True,
        ),
    ],
)

predict_swap = Question(
    "KL(p‖q) = 0.4431 nats for p = N(0, 1²) and q = N(1, 2²). Swap the direction. KL(q‖p) is …",
    [
        Option(
            "the same: the two bells have not moved",
            "The bells have not moved, but now the wide one sends the samples, and some of them "
            "land where the narrow one hardly expects any.",
            misconception="KL is a symmetric distance",
        ),
        Option(
            "larger",
            "About three times. The wide bell sends samples far out, and the narrow one finds "
            "them very unlikely.",
            right=True,
        ),
        Option(
            "smaller, but above 0",
            "The wide bell sends samples to 3 and 5, where the narrow one has almost no density: "
            "each of them costs a lot.",
        ),
        Option(
            "−0.4431: the ratio in the log is turned over",
            "The ratio is turned over, and the weights in front of it change as well. A "
            "divergence is never negative.",
            misconception="KL(q‖p) = −KL(p‖q)",
        ),
    ],
)

predict_peaks = Question(
    "p has two peaks, at ±4. A single bell q starts at μ = 1, and each direction of KL "
    "is made small by moving q. Where do they end?",
    [
        Option(
            "both at the same bell: each divergence is smallest where q is most like p",
            "Each is 0 only at q = p, and a single bell cannot be p. What is the least bad then "
            "depends on what is punished.",
            misconception="KL is a symmetric distance",
        ),
        Option(
            "KL(p‖q): one wide bell over both peaks. KL(q‖p): on the right peak alone",
            "Forward may not miss a place where p sends data. Reverse may not put q where p has "
            "nothing, and the valley is such a place.",
            right=True,
        ),
        Option(
            "KL(p‖q): on the right peak alone. KL(q‖p): one wide bell over both",
            "The other way round. KL(p‖q) averages over p, so it cannot ignore a peak of p.",
        ),
    ],
)

# --- What a word means -----------------------------------------------------------------------

word = Question(
    "Four sentences from lecture notes. One of them is false. Which?",
    [
        Option(
            "“KL(p‖q) is 0 only if p = q.”",
            "True: at every other q something is paid on top of the entropy.",
        ),
        Option(
            "“The word divergence implies asymmetry.”",
            "A divergence may be asymmetric, and need not be. KL is not symmetric; the "
            "Jensen–Shannon divergence is, and so is the squared distance.",
            right=True,
        ),
        Option(
            "“KL(p‖q) can be infinite.”",
            "True: whenever q rules out something that p does.",
        ),
        Option(
            "“KL(p‖q) and KL(q‖p) can be equal.”",
            "True, for some pairs: a coin and the same coin with its sides renamed, or two "
            "normals of the same σ. That is not yet symmetry, which means all pairs.",
            misconception="not symmetric means never equal",
        ),
    ],
)

# --- Questions at the end --------------------------------------------------------------------

recall = (
    Question(
        "From notebook 06. A label is certain: the target is one-hot, and the loss is −log of the "
        "probability that the softmax gave to the right class. What is its KL(target‖model)?",
        [
            Option(
                "0, since a certain label has no entropy",
                "The entropy is 0. The divergence is what is left, and it is 0 only if the model "
                "is certain too.",
            ),
            Option(
                "the loss itself",
                "The entropy of a one-hot target is 0, so cross-entropy and divergence agree. "
                "Only there can the loss get to 0.",
                right=True,
            ),
            Option(
                "∞, since the target has zeros",
                "Zeros of the target cost nothing: 0 · log 0 counts as 0. Zeros of the model, at "
                "the right class, cost ∞.",
                misconception="a zero in p makes KL(p‖q) infinite",
            ),
        ],
    ),
    Question(
        "A next-word model has a cross-entropy of 3.1 nats on new text. Someone says: “It is "
        "still 3.1 away from perfect.” What do you answer?",
        [
            Option(
                "Right: a perfect model has a cross-entropy of 0",
                "Only if the next word were certain. The floor is the entropy of the language.",
                misconception="the best cross-entropy is 0",
            ),
            Option(
                "Right, if it is measured on text it was not trained on",
                "New text is the right place to measure. But the floor there is not 0 either.",
                misconception="the best cross-entropy is 0",
            ),
            Option(
                "3.1 holds the entropy of the language itself; only the rest can be gained",
                "Cross-entropy = entropy + KL. The model can bring down the KL, and nobody knows "
                "exactly how large it is.",
                right=True,
            ),
        ],
    ),
    Question(
        "You fit a model by maximum likelihood. Which direction of KL have you made small, and "
        "what does it punish most?",
        [
            Option(
                "KL(data‖model): giving little probability to what does happen",
                "The samples come from the data, and each costs −log of what the model gave it.",
                right=True,
            ),
            Option(
                "KL(model‖data): giving probability to what does not happen",
                "For that you would draw from the model and ask the data's density. Maximum "
                "likelihood draws from the data.",
            ),
            Option(
                "either: KL measures the distance between the two",
                "It is no distance, and the two peaks showed how far apart the directions end.",
                misconception="KL is a symmetric distance",
            ),
        ],
    ),
)

# --- Exercises -------------------------------------------------------------------------------


def _distributions(rng):
    """Pairs of generic distributions; in the last, p never does what q gives some chance."""
    pairs = [tuple(rng.dirichlet(np.full(k, 3.0), 2)) for k in (2, 3, 5)]
    p = np.append(0.0, rng.dirichlet(np.full(3, 3.0)))
    return [*pairs, (p, rng.dirichlet(np.full(4, 3.0)))]


def kl(p, q):
    seen = p > 0  # 0 · log 0 counts as 0
    terms = p[seen] * np.log(p[seen] / q[seen])
    return terms.sum()


def _seen(formula):
    """A formula of p and q, applied where p > 0."""
    return lambda p, q: formula(p[p > 0], q[p > 0])


def _never_negative(function, rng):
    """At least 0 on many pairs, and 0 at p = q."""
    for p, q in rng.dirichlet(np.full(4, 1.5), (200, 2)):
        if function(p, q) < -1e-12:
            return f"it is {function(p, q):.6g} for one pair."
        if abs(function(p, p)) > 1e-12:
            return f"it is {function(p, p):.6g} for a pair of equal ones."
    return None


divergence = Exercise(
    "the divergence",
    "Complete `kl(p, q)`: the divergence KL(p‖q) of two distributions, arrays of the same length, "
    "in nats. One line is missing. (The row above it leaves out what p never does.)",
    kl,
    _distributions,
    slips=[
        Slip(
            "KL the wrong way round",
            _seen(lambda p, q: np.sum(q * np.log(q / p))),
            "This averages over q. In KL(p‖q), p comes first: it makes the data.",
        ),
        Slip(
            "the ratio turned over",
            _seen(lambda p, q: np.sum(p * np.log(q / p))),
            "This is minus the divergence: p stands on top in the ratio.",
        ),
        Slip(
            "weighted by q",
            _seen(lambda p, q: np.sum(q * np.log(p / q))),
            "The ratio is right; its weight should be p, which makes the data.",
        ),
        Slip(
            "abs() around the terms",
            _seen(lambda p, q: np.sum(np.abs(p * np.log(p / q)))),
            "Single terms may be negative, and must be: only their sum is never below 0.",
        ),
        Slip(
            "cross-entropy for KL",
            _seen(lambda p, q: -np.sum(p * np.log(q))),
            "That is H(p, q) = H(p) + KL(p‖q). Take the entropy of p away.",
        ),
        Slip(
            "no weights",
            _seen(lambda p, q: np.sum(np.log(p / q))),
            "Each log ratio counts as often as p makes it happen: multiply by p.",
        ),
        Slip(
            "log₂ for ln",
            _seen(lambda p, q: np.sum(p * np.log2(p / q))),
            "That is in bits. For nats take `np.log`.",
        ),
        Slip(
            "log₁₀ for ln",
            _seen(lambda p, q: np.sum(p * np.log10(p / q))),
            "For nats take `np.log`.",
        ),
    ],
    properties=[Property("never negative, and 0 at q = p", _never_negative)],
    hints=[
        "Last line of “From flips to the divergence”, with more than two outcomes.",
        "Each term is p times the log of a ratio, with p on top.",
        "`p[seen]` and `q[seen]` are the probabilities that you need.",
    ],
)


def kl_from_counts(p, counts):
    q = counts / counts.sum()
    return np.sum(p * np.log(p / q))


from_counts = Exercise(
    "a divergence from counts",
    "A model was built by counting. Write `kl_from_counts(p, counts)`: KL(p‖q) in nats, where q "
    "is what the `counts` say. All of p and of the counts are above 0.",
    kl_from_counts,
    lambda rng: [
        (rng.dirichlet(np.full(k, 3.0)), rng.integers(1, most, k)) for k, most in ((2, 9), (4, 90))
    ],
    slips=[
        Slip(
            "unnormalised q",
            lambda p, counts: np.sum(p * np.log(p / counts)),
            "Counts do not sum to 1, so this is no divergence, and it can be negative. Divide "
            "the counts by their sum.",
        ),
        Slip(
            "the mean for the sum",
            lambda p, counts: np.mean(p * np.log(p / (counts / counts.sum()))),
            "The weights p make it a mean already: add, and divide no more.",
        ),
        Slip(
            "softmax for shares",
            lambda p, counts: np.sum(
                p
                * (np.log(p) - counts + counts.max() + np.log(np.exp(counts - counts.max()).sum()))
            ),
            "The softmax is for logits. Counts are shares already, once divided by their sum.",
        ),
        Slip(
            "divided by the largest",
            lambda p, counts: np.sum(p * np.log(p / (counts / counts.max()))),
            "Divide by the sum of the counts, so that q sums to 1.",
        ),
        Slip(
            "KL the wrong way round",
            lambda p, counts: np.sum(counts / counts.sum() * np.log(counts / counts.sum() / p)),
            "This averages over q. In KL(p‖q), p comes first.",
        ),
        Slip(
            "cross-entropy for KL",
            lambda p, counts: -np.sum(p * np.log(counts / counts.sum())),
            "That is H(p, q). Take the entropy of p away.",
        ),
        Slip(
            "abs() around the terms",
            lambda p, counts: np.sum(np.abs(p * np.log(p / (counts / counts.sum())))),
            "Single terms may be negative, and must be: only their sum is never below 0.",
        ),
        Slip(
            "log₂ for ln",
            lambda p, counts: np.sum(p * np.log2(p / (counts / counts.sum()))),
            "That is in bits. For nats take `np.log`.",
        ),
    ],
    hints=[
        "q must sum to 1 before it may stand in a divergence.",
        "`counts / counts.sum()` are shares.",
    ],
)


def estimate_cross_entropy(y, q):
    return -np.mean(np.log(q[y]))


def _draws(rng):
    """Samples as outcomes 0 … K − 1, and a model's probabilities for them."""
    cases = []
    for k, size in ((3, 7), (4, 40), (2, 300)):
        draws = rng.choice(k, size, p=rng.dirichlet(np.full(k, 4.0)))
        cases.append((draws, rng.dirichlet(np.full(k, 4.0))))
    return cases


def _shares(y, q):
    return np.bincount(y, minlength=len(q)) / len(y)


from_samples = Exercise(
    "a cross-entropy from samples",
    "You have `y`, an array of samples from an unknown p, each one of the outcomes 0, 1, 2, …, and "
    "`q`, the model's probability for each outcome. Write `estimate(y, q)`: the estimate of "
    "H(p, q) in nats.",
    estimate_cross_entropy,
    _draws,
    slips=[
        Slip(
            "sum for mean",
            lambda y, q: -np.sum(np.log(q[y])),
            "That is the NLL of the whole sample, and grows with it. An expectation is a mean.",
        ),
        Slip(
            "the lost minus",
            lambda y, q: np.mean(np.log(q[y])),
            "This is the mean log-likelihood. The cross-entropy is minus that.",
        ),
        Slip(
            "the weight counted twice",
            lambda y, q: -np.mean(_shares(y, q)[y] * np.log(q[y])),
            "What is likely is in the sample often enough. A mean over samples needs no weight.",
        ),
        Slip(
            "weighted by the model",
            lambda y, q: -np.mean(q[y] * np.log(q[y])),
            "A mean over samples needs no weight: p has done the weighing when it made them.",
        ),
        Slip(
            "the log of the mean",
            lambda y, q: -np.log(np.mean(q[y])),
            "Take the log first, the mean after: surprises are averaged, not probabilities.",
        ),
        Slip(
            "KL for cross-entropy",
            lambda y, q: np.sum(
                _shares(y, q)[_shares(y, q) > 0]
                * np.log(_shares(y, q)[_shares(y, q) > 0] / q[_shares(y, q) > 0])
            ),
            "That is the divergence of the sample's shares from q. Leave the entropy in.",
        ),
        Slip(
            "the model's own entropy",
            lambda y, q: -np.sum(q * np.log(q)),
            "This never looked at the samples. Average −log q over them.",
        ),
        Slip(
            "every outcome alike",
            lambda y, q: -np.mean(np.log(q)),
            "This is the mean over outcomes. Take it over the samples: `q[y]`.",
        ),
        Slip(
            "log₂ for ln",
            lambda y, q: -np.mean(np.log2(q[y])),
            "That is in bits. For nats take `np.log`.",
        ),
    ],
    hints=[
        "`q[y]` is the probability that the model gave to each sample.",
        "Its surprise is minus the log.",
        "An expectation over p becomes a mean over samples from p.",
    ],
)


def kl_normals(mu_p, sigma_p, mu_q, sigma_q):
    spread = sigma_p**2 + (mu_p - mu_q) ** 2
    return np.log(sigma_q / sigma_p) + spread / (2 * sigma_q**2) - 0.5


def _bells(rng):
    return [(*rng.uniform((-2, 0.4), (2, 0.9)), *rng.uniform((-2, 1.2), (2, 3.1))) for _ in "abc"]


def _zero_on_itself(function, rng):
    """0 for two equal bells, and no less than 0 for others."""
    for mu, sigma, m, s in _bells(rng):
        if abs(function(mu, sigma, mu, sigma)) > 1e-12:
            return f"it is {function(mu, sigma, mu, sigma):.6g} for two equal bells."
        if function(m, s, mu, sigma) < 0:
            return f"it is {function(m, s, mu, sigma):.6g} for one pair of bells."
    return None


two_bells = Exercise(
    "the divergence of two normals",
    "Write `kl_normals(mu_p, sigma_p, mu_q, sigma_q)`: KL(p‖q) in nats, for p = N(μₚ, σₚ²) and "
    "q with a mean and a standard deviation of its own.",
    kl_normals,
    _bells,
    slips=[
        Slip(
            "KL the wrong way round",
            lambda mu_p, sigma_p, mu_q, sigma_q: kl_normals(mu_q, sigma_q, mu_p, sigma_p),
            "This averages over q. In KL(p‖q), p makes the data, and q's σ is the one below.",
        ),
        Slip(
            "σ for σ²",
            lambda mu_p, sigma_p, mu_q, sigma_q: (
                np.log(sigma_q / sigma_p) + (sigma_p**2 + (mu_p - mu_q) ** 2) / (2 * sigma_q) - 0.5
            ),
            "The fraction is over 2σ², not over 2σ.",
        ),
        Slip(
            "no − ½",
            lambda mu_p, sigma_p, mu_q, sigma_q: (
                np.log(sigma_q / sigma_p) + (sigma_p**2 + (mu_p - mu_q) ** 2) / (2 * sigma_q**2)
            ),
            "Two equal bells would be ½ apart. The ½ is p's own mean of (y − μₚ)²/2σₚ².",
        ),
        Slip(
            "the log turned over",
            lambda mu_p, sigma_p, mu_q, sigma_q: (
                np.log(sigma_p / sigma_q)
                + (sigma_p**2 + (mu_p - mu_q) ** 2) / (2 * sigma_q**2)
                - 0.5
            ),
            "−log q brings + log σ of q. Turn the ratio in the log over.",
        ),
        Slip(
            "no spread of p",
            lambda mu_p, sigma_p, mu_q, sigma_q: (
                np.log(sigma_q / sigma_p) + (mu_p - mu_q) ** 2 / (2 * sigma_q**2) - 0.5
            ),
            "Even with equal means, p's samples spread around μ: σₚ² belongs in the fraction.",
        ),
        Slip(
            "the shift not squared",
            lambda mu_p, sigma_p, mu_q, sigma_q: (
                np.log(sigma_q / sigma_p)
                + (sigma_p**2 + np.abs(mu_p - mu_q)) / (2 * sigma_q**2)
                - 0.5
            ),
            "It is the shift squared that adds to the spread.",
        ),
        Slip(
            "cross-entropy for KL",
            lambda mu_p, sigma_p, mu_q, sigma_q: (
                0.5 * np.log(2 * np.pi * sigma_q**2)
                + (sigma_p**2 + (mu_p - mu_q) ** 2) / (2 * sigma_q**2)
            ),
            "That is H(p, q). Take the entropy of p away, ½ log 2π + log σₚ + ½.",
        ),
        Slip(
            "log₂ for ln",
            lambda mu_p, sigma_p, mu_q, sigma_q: (
                np.log2(sigma_q / sigma_p)
                + (sigma_p**2 + (mu_p - mu_q) ** 2) / (2 * sigma_q**2)
                - 0.5
            ),
            "For nats take `np.log`.",
        ),
    ],
    properties=[Property("0 for two equal bells, never negative", _zero_on_itself)],
    hints=[
        "Last line of “The divergence of two normals”.",
        "Three terms: the log of a ratio of σs, a fraction over 2σ² of q, and −½.",
        "On top of the fraction: σₚ² plus the shift squared.",
    ],
)


# --- Asked again in the review of the walk ---------------------------------------------------

review = (
    Question(
        "In a stream of mail one message in five is spam, at random, whatever its features. A "
        "filter’s mean loss stops at 0.50 nats. Is it broken?",
        [
            Option(
                "Yes: trained properly it would go on towards 0",
                "0 needs labels that the features settle. Here nobody can know.",
                misconception="the best cross-entropy is 0",
            ),
            Option(
                "No: this is the entropy of the labels",
                "H = 0.5004 nats. Only the KL could be brought to 0, and it was.",
                right=True,
            ),
            Option(
                "Yes: a loss of log 2 would be the least, 0.69 nats",
                "That is the entropy of a fair coin. One in five is less uncertain.",
            ),
        ],
    ),
    Question(
        "For p = (0.9, 0.1) and q = (0.6, 0.4) somebody reports 0.23 and 0.31 nats for the two "
        "directions of KL, and their mean as “the distance”. What is wrong?",
        [
            Option(
                "Nothing: they are two measurements of one distance, so average",
                "They differ by more than a third. No noise is in them: one draws from p, the "
                "other from q.",
                misconception="KL is a symmetric distance",
            ),
            Option(
                "One must be miscomputed, since they should be equal",
                "Both are right: KL(p‖q) = 0.2263 and KL(q‖p) = 0.3112.",
            ),
            Option(
                "They answer two questions, and neither is a distance",
                "The first name says who draws, and so which outcomes come often.",
                right=True,
            ),
        ],
    ),
    Question(
        "An outcome has probability 0.001 under p, and 0 under q. What is KL(p‖q)?",
        [
            Option(
                "∞",
                "Once in a thousand draws q is proved wrong. No other outcome makes up for that.",
                right=True,
            ),
            Option(
                "About 0.001: the outcome is rare",
                "Its term is 0.001 · log(0.001/0), and the log is not finite.",
                misconception="a rare outcome costs little",
            ),
            Option(
                "0 for that outcome: it cannot occur under q",
                "The average runs over p, and under p it does occur.",
                misconception="the two directions of KL confused",
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (predict_runs, ratio_to_kl, divergence, word, review[0], review[1]),
    (predict_never, predict_swap, normals, predict_peaks, two_bells, recall[2], review[2]),
    (predict_floor, recall[0], recall[1]),
    (gap, three_terms, from_counts),
    (predict_digit, from_samples),
)
