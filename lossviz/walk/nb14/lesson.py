"""Notebook 14, the next token: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures (`scenes`),
and what counts letters (`letters`).
"""

from itertools import pairwise
from math import log

import numpy as np
from scipy.special import hyp1f1, xlogy

from lossviz.explorer.parameters import Slider
from lossviz.losses import log_softmax, softmax, softmax_cross_entropy
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Property, Slip
from lossviz.teach.relations import agree, equal, limit, related, scaled, shifted

# --- Derivations: from a text to a perplexity ------------------------------------------------


def _table(text, p, v, g, other):
    """P of a text of three letters, 0 or 1, read off the whole table of eight."""
    second, third = (v, 1 - v), (v, 1 - v)
    markov = np.zeros((2, 2, 2))
    for x, y, z in np.ndindex(2, 2, 2):
        one = second if x == 0 else (0.5, 0.5)
        two = third if y == 0 else (0.5, 0.5)
        markov[x, y, z] = (p, 1 - p)[x] * one[y] * two[z]
    return ((1 - g) * markov + g * other)[text]


def _first(p, g, other):
    return (1 - g) * p + g * other[0].sum()


def _two(p, v, g, other):
    return (1 - g) * p * v + g * other[0, 0].sum()


def _three(p, v, g, other):
    return (1 - g) * p * v * (1 - v) + g * other[0, 0, 1]


def _nats(p, v):
    return -(np.log(p) + np.log(v) + np.log(1 - v)) / 3


def _minus_log(above, here, v):
    return agree(-np.log(above(**v)), here(**v))


def _two_to_it(above, here, v):
    return agree(2 ** above(**v), here(**v))


perplexity = Derivation(
    "From the probability of a text to a perplexity",
    [
        Step(
            r"p(\mathrm{aab}) = (1-\gamma)\, m(\mathrm{aab}) + \gamma\, r(\mathrm{aab})",
            "One probability for the whole text: a table m with a memory of one letter, and with "
            "the share γ any other table r over texts of three letters.",
            _three,
        ),
        Step(
            r"= p(\mathrm{a}_1)\, p(\mathrm{a}_2 \mid \mathrm{a}_1)\, "
            r"p(\mathrm{b}_3 \mid \mathrm{a}_1 \mathrm{a}_2)",
            "The chain rule: each factor is a quotient of what the table says of longer and of "
            "shorter beginnings. Nothing was assumed: no letter was taken for independent.",
            lambda p, v, g, other: (
                _first(p, g, other)
                * (_two(p, v, g, other) / _first(p, g, other))
                * (_three(p, v, g, other) / _two(p, v, g, other))
            ),
            equal(),
        ),
        Step(
            r"\to\ p(\mathrm{a}_1)\, p(\mathrm{a} \mid \mathrm{a})\, p(\mathrm{b} \mid \mathrm{a})",
            "Here is the assumption: γ → 0, a memory of one letter. What came before it no longer "
            "counts.",
            lambda p, v: p * v * (1 - v),
            limit("g", 0.0),
        ),
        Step(
            r"-\log\left[p(\mathrm{a}_1)\, p(\mathrm{a} \mid \mathrm{a})\, "
            r"p(\mathrm{b} \mid \mathrm{a})\right]",
            "Minus the log: the likeliest becomes the lowest. This is the NLL of one outcome, the "
            "text.",
            lambda p, v: -np.log(p * v * (1 - v)),
            related("minus the log of the row above", _minus_log),
        ),
        Step(
            r"= -\log p(\mathrm{a}_1) - \log p(\mathrm{a} \mid \mathrm{a}) - "
            r"\log p(\mathrm{b} \mid \mathrm{a})",
            "The log of a product is a sum of logs: one cross-entropy for each next letter.",
            lambda p, v: -np.log(p) - np.log(v) - np.log(1 - v),
            equal(),
        ),
        Step(
            r"\to\ \frac13 \sum_{i=1}^{3} -\log p(x_i \mid x_{i-1})",
            "Per letter: divided by the number of letters.",
            lambda p, v: np.mean(-np.log([p, v, 1 - v])),
            scaled(3, "the letters"),
            constant_in=("v",),
        ),
        Step(
            r"\to\ \frac13 \sum_{i=1}^{3} -\log_2 p(x_i \mid x_{i-1})",
            "In bits: divided by ln 2.",
            lambda p, v: np.mean(-np.log2([p, v, 1 - v])),
            scaled(np.log(2), "ln 2"),
            constant_in=("v",),
        ),
        Step(
            r"2^{\,\frac13 \sum_i -\log_2 p(x_i \mid x_{i-1})} = "
            r"\left[\prod_i \frac{1}{p(x_i \mid x_{i-1})}\right]^{1/3}",
            "Two to the bits: the perplexity, the geometric mean of 1/p. As many equally likely "
            "letters would be as hard to guess.",
            lambda p, v: (p * v * (1 - v)) ** (-1 / 3),
            related("two to the row above", _two_to_it),
        ),
    ],
    sliders={
        "v": Slider(0.05, 0.95, step=0.01, value=0.6, label="p(a | a)"),
        "p": Slider(0.05, 0.95, step=0.01, value=0.3, label="p(a₁)"),
        "g": Slider(0.01, 1.0, step=0.01, value=0.4, label="γ"),
    },
    over="v",
    given={"other": np.array([[[0.05, 0.2], [0.1, 0.15]], [[0.25, 0.05], [0.13, 0.07]]])},
    sample=lambda rng: {
        "v": rng.uniform(0.55, 0.9),
        "p": rng.uniform(0.2, 0.5),
        "g": rng.uniform(0.3, 0.9),
        "other": rng.dirichlet(np.ones(8)).reshape(2, 2, 2),
    },
    reference=lambda p, v, g, other: _table((0, 0, 1), p, v, g, other),
    slips=[
        WrongLine(
            "letters as if independent",
            3,
            r"\to\ p(\mathrm{a})\, p(\mathrm{a})\, p(\mathrm{b})",
            lambda p: p * p * (1 - p),
            "Each letter's own share, whatever stands before it: that would be a memory of none. "
            "The chain rule keeps the condition, and a memory of one letter shortens it, no more.",
            after=(
                (
                    r"-\log\left[p(\mathrm{a})\, p(\mathrm{a})\, p(\mathrm{b})\right]",
                    lambda p: -np.log(p * p * (1 - p)),
                ),
                (
                    r"= -2\log p(\mathrm{a}) - \log p(\mathrm{b})",
                    lambda p: -2 * np.log(p) - np.log(1 - p),
                ),
                (
                    r"\to\ \frac13 \sum_{i=1}^{3} -\log p(x_i)",
                    lambda p: np.mean(-np.log([p, p, 1 - p])),
                ),
                (
                    r"\to\ \frac13 \sum_{i=1}^{3} -\log_2 p(x_i)",
                    lambda p: np.mean(-np.log2([p, p, 1 - p])),
                ),
                (
                    r"2^{\,\frac13 \sum_i -\log_2 p(x_i)}",
                    lambda p: (p * p * (1 - p)) ** (-1 / 3),
                ),
            ),
        ),
        WrongLine(
            "two to the nats",
            8,
            r"2^{\,\frac13 \sum_i -\log p(x_i \mid x_{i-1})}",
            lambda p, v: 2 ** _nats(p, v),
            "Base and unit belong together: two to the bits, or e to the nats. Two to the nats is "
            "too small, and looks like a better model.",
        ),
        WrongLine(
            "bits called perplexity",
            8,
            r"\frac13 \sum_{i=1}^{3} -\log_2 p(x_i \mid x_{i-1})",
            lambda p, v: _nats(p, v) / np.log(2),
            "These are still bits, one number per letter. The perplexity is two to that: a number "
            "of equally likely letters. (A library's page has called the bits perplexity.)",
        ),
    ],
)


# --- Smoothing is a mixed target -------------------------------------------------------------


def _log_q(z1, z2):
    return log_softmax(np.array([z1, z2, 0.0]))


def _ce(p, log_q):
    return -np.sum(p * log_q)


def _h(p):
    return -np.sum(xlogy(p, p))


def _kl(p, log_q):
    return np.sum(xlogy(p, p) - p * log_q)


def _eps(n, alpha):
    return 3 * alpha / (np.sum(n) + 3 * alpha)


def _lost_eps(n, alpha):
    return alpha / (np.sum(n) + 3 * alpha)


def _mixed(eps, n):
    return (1 - eps) * n / np.sum(n) + eps / 3


def _target(n, alpha):
    return (n + alpha) / (np.sum(n) + 3 * alpha)


_LOGITS = {
    "z1": Slider(-3.0, 3.0, step=0.05, value=0.5, label="z₁"),
    "z2": Slider(-3.0, 3.0, step=0.05, value=-0.4, label="z₂"),
}

smoothing = Derivation(
    "Adding α to the counts is mixing the target",
    [
        Step(
            r"-\sum_k n_k \log p_k - \alpha \sum_k \log p_k",
            "The NLL of counts $n_k$, and a prior on p as in notebook 11, of density ∝ "
            "$\\prod_k p_k^\\alpha$: a Dirichlet with α + 1. "
            "$p = \\mathrm{softmax}(z_1, z_2, 0)$.",
            lambda n, alpha, z1, z2: -np.sum(n * _log_q(z1, z2)) - alpha * np.sum(_log_q(z1, z2)),
        ),
        Step(
            r"= -\sum_k (n_k + \alpha) \log p_k",
            "One sum: the prior is α more of every outcome, seen by nobody.",
            lambda n, alpha, z1, z2: -np.sum((n + alpha) * _log_q(z1, z2)),
            equal(),
        ),
        Step(
            r"\to\ -\sum_k t_k \log p_k, \qquad t_k = \frac{n_k + \alpha}{N + K\alpha}",
            "Divided by the number of all outcomes, seen and added: a cross-entropy.",
            lambda n, alpha, z1, z2: _ce(_target(n, alpha), _log_q(z1, z2)),
            scaled(lambda n, alpha: np.sum(n) + 3 * alpha, "N + Kα"),
            constant_in=("z1", "z2"),
        ),
        Step(
            r"= -\sum_k \left[(1-\varepsilon)\frac{n_k}{N} + \frac{\varepsilon}{K}\right] \log p_k,"
            r"\qquad \varepsilon = \frac{K\alpha}{N + K\alpha}",
            "The target is a mixture: the shares that were seen, and equal shares.",
            lambda n, alpha, z1, z2: _ce(_mixed(_eps(n, alpha), n), _log_q(z1, z2)),
            equal(),
        ),
        Step(
            r"= (1-\varepsilon)\, H\!\left(\tfrac{n}{N}, p\right) + "
            r"\varepsilon\, H\!\left(\tfrac{1}{K}, p\right)",
            "A cross-entropy is linear in its target: two of them, mixed. With one example instead "
            "of counts, this is label smoothing.",
            lambda n, alpha, z1, z2: (
                (1 - _eps(n, alpha)) * _ce(n / np.sum(n), _log_q(z1, z2))
                + _eps(n, alpha) * _ce(np.ones(3) / 3, _log_q(z1, z2))
            ),
            equal(),
        ),
        Step(
            r"= H(t) + \mathrm{KL}(t \,\|\, p)",
            "The floor and the rest, as in notebook 09.",
            lambda n, alpha, z1, z2: _h(_target(n, alpha)) + _kl(_target(n, alpha), _log_q(z1, z2)),
            equal(),
        ),
        Step(
            r"\to\ \mathrm{KL}(t \,\|\, p)",
            "H(t) holds no logit. What is trained is a distance from the mixed target: its best "
            "place is t, and not the shares.",
            lambda n, alpha, z1, z2: _kl(_target(n, alpha), _log_q(z1, z2)),
            shifted(lambda n, alpha: _h(_target(n, alpha)), "H(t)"),
            constant_in=("z1", "z2"),
        ),
    ],
    sliders={**_LOGITS, "alpha": Slider(0.05, 5.0, step=0.05, value=1.0, label="α")},
    over="z1",
    given={"n": np.array([8.0, 2.0, 1.0])},
    sample=lambda rng: {
        "n": rng.choice(np.arange(1.0, 12.0), 3, replace=False),
        "alpha": rng.uniform(0.4, 3.0),
        "z1": rng.normal(0.4, 0.8),
        "z2": rng.normal(-0.4, 0.8),
    },
    reference=lambda n, alpha, z1, z2: (
        (n + alpha) @ softmax_cross_entropy(np.arange(3), np.tile([z1, z2, 0.0], (3, 1)))
    ),
    slips=[
        WrongLine(
            "ε without K",
            4,
            r"= -\sum_k \left[(1-\varepsilon)\frac{n_k}{N} + \frac{\varepsilon}{K}\right] \log p_k,"
            r"\qquad \varepsilon = \frac{\alpha}{N + K\alpha}",
            lambda n, alpha, z1, z2: _ce(_mixed(_lost_eps(n, alpha), n), _log_q(z1, z2)),
            "α is added to every one of the K outcomes, so Kα of all outcomes are added ones.",
            after=(
                (
                    r"= (1-\varepsilon)\, H\!\left(\tfrac{n}{N}, p\right) + "
                    r"\varepsilon\, H\!\left(\tfrac{1}{K}, p\right)",
                    lambda n, alpha, z1, z2: _ce(_mixed(_lost_eps(n, alpha), n), _log_q(z1, z2)),
                ),
                (
                    r"= H(t) + \mathrm{KL}(t \,\|\, p)",
                    lambda n, alpha, z1, z2: _ce(_mixed(_lost_eps(n, alpha), n), _log_q(z1, z2)),
                ),
                (
                    r"\to\ \mathrm{KL}(t \,\|\, p)",
                    lambda n, alpha, z1, z2: _kl(_mixed(_lost_eps(n, alpha), n), _log_q(z1, z2)),
                ),
            ),
        ),
        WrongLine(
            "the entropy of the shares dropped",
            7,
            r"\to\ H(t) + \mathrm{KL}(t \,\|\, p) - H\!\left(\tfrac{n}{N}\right)",
            lambda n, alpha, z1, z2: _ce(_target(n, alpha), _log_q(z1, z2)) - _h(n / np.sum(n)),
            "The floor is the entropy of the target that is trained on, and that one is mixed. "
            "What is left here never comes down to 0.",
        ),
    ],
)


# --- Hot distillation ------------------------------------------------------------------------


def _logits(z1, z2):
    return np.array([z1, z2, -1.0])


def _centred(x):
    return x - np.mean(x)


def _excess(x):
    """The mean of e^x − 1 − x, to all digits also where x is tiny."""
    return np.mean(x**2 / 2 * hyp1f1(1, 3, x))


def _log_mean_exp(x):
    """log of the mean of e^x, where the x sum to 0."""
    return np.log1p(_excess(x))


def _mean_gap(a, b):
    """Σ softmax(a) · (b − a), where a and b each sum to 0."""
    return np.mean(np.expm1(a) * (b - a)) / (1 + _excess(a))


distillation = Derivation(
    "A hot teacher asks for its logits",
    [
        Step(
            r"T^2\, H\!\left(p_T, q_T\right), \qquad p_T = \mathrm{softmax}(v/T),\ "
            r"q_T = \mathrm{softmax}(z/T)",
            "Hinton's distillation: the cross-entropy from teacher v to student z, both at "
            "temperature T, times T².",
            lambda T, v, z1, z2: T**2 * _ce(softmax(v / T), log_softmax(_logits(z1, z2) / T)),
        ),
        Step(
            r"\to\ T^2\, \mathrm{KL}\!\left(p_T \,\|\, q_T\right)",
            "The teacher's entropy holds no logit of the student's.",
            lambda T, v, z1, z2: T**2 * _kl(softmax(v / T), log_softmax(_logits(z1, z2) / T)),
            shifted(lambda T, v: T**2 * _h(softmax(v / T)), "T² H"),
            constant_in=("z1", "z2"),
        ),
        Step(
            r"= T^2\left[\log \tfrac1K\sum_k e^{\bar z_k/T} - \log \tfrac1K\sum_k e^{\bar v_k/T} - "
            r"\sum_k p_{T,k} \frac{\bar z_k - \bar v_k}{T}\right]",
            "Written out. A softmax ignores a constant, so each set of logits may be centred: "
            "$\\bar z_k = z_k$ minus their mean.",
            lambda T, v, z1, z2: (
                T**2
                * (
                    _log_mean_exp(_centred(_logits(z1, z2)) / T)
                    - _log_mean_exp(_centred(v) / T)
                    - _mean_gap(_centred(v) / T, _centred(_logits(z1, z2)) / T)
                )
            ),
            equal(),
        ),
        Step(
            r"\to\ \tfrac12\, \mathrm{Var}_k(z_k - v_k)",
            "T → ∞: of each exp only the first terms stay, up to the square.",
            lambda v, z1, z2: np.var(_logits(z1, z2) - v) / 2,
            limit("T", np.inf),
        ),
        Step(
            r"\to\ \sum_k \left(\bar z_k - \bar v_k\right)^2",
            "A variance is a mean square of centred differences: the squared error on logits.",
            lambda v, z1, z2: np.sum((_centred(_logits(z1, z2)) - _centred(v)) ** 2),
            scaled(1 / 6, "1/2K"),
            constant_in=("z1", "z2"),
        ),
    ],
    sliders={
        "z1": Slider(-4.0, 4.0, step=0.1, value=2.0, label="z₁"),
        "z2": Slider(-4.0, 4.0, step=0.1, value=1.0, label="z₂"),
        "T": Slider(1.0, 100.0, step=0.1, value=10.0, label="T", log=True),
    },
    over="z1",
    given={"v": np.array([1.0, 1.5, -2.0])},
    sample=lambda rng: {
        "T": rng.uniform(1.2, 3.0),
        "v": rng.normal(0, 1.2, 3),
        "z1": rng.normal(2, 0.5),
        "z2": rng.normal(1, 0.5),
    },
    reference=lambda T, v, z1, z2: (
        T**2
        * softmax(v / T)
        @ softmax_cross_entropy(np.arange(3), np.tile([z1 / T, z2 / T, -1 / T], (3, 1)))
    ),
    slips=[
        WrongLine(
            "logits not centred",
            4,
            r"\to\ \tfrac{1}{2K} \sum_k (z_k - v_k)^2",
            lambda v, z1, z2: np.mean((_logits(z1, z2) - v) ** 2) / 2,
            "A softmax does not see a constant in the logits, so a loss on it cannot ask for one. "
            "The variance takes it out; the plain square would pull the student to the teacher's.",
            after=(
                (
                    r"\to\ \sum_k (z_k - v_k)^2",
                    lambda v, z1, z2: np.sum((_logits(z1, z2) - v) ** 2),
                ),
            ),
        ),
    ],
)


# --- Class weights ---------------------------------------------------------------------------


def _asked(world, w):
    """The shares that weights ask about: w p*, made to sum to 1."""
    return w * world / np.sum(w * world)


weights = Derivation(
    "Class weights ask about other data",
    [
        Step(
            r"\mathbb{E}\left[-w_y \log p_y\right] = -\sum_k p^*_k w_k \log p_k",
            "Class k comes with the probability $p^*_k$, and its loss is counted $w_k$ times. "
            "$p = \\mathrm{softmax}(z_1, z_2, 0)$.",
            lambda world, w, z1, z2: -np.sum(world * w * _log_q(z1, z2)),
        ),
        Step(
            r"= W\, H(q, p), \qquad q_k = \frac{w_k p^*_k}{W},\ W = \sum_k w_k p^*_k",
            "Take out what makes the weights sum to 1: a cross-entropy with other shares.",
            lambda world, w, z1, z2: np.sum(w * world) * _ce(_asked(world, w), _log_q(z1, z2)),
            equal(),
        ),
        Step(
            r"\to\ H(q, p)",
            "W is positive and holds no logit. (PyTorch's weighted mean divides by the weights of "
            "its batch, which comes to this.)",
            lambda world, w, z1, z2: _ce(_asked(world, w), _log_q(z1, z2)),
            scaled(lambda world, w: np.sum(w * world), "W"),
            constant_in=("z1", "z2"),
        ),
        Step(
            r"\to\ \mathrm{KL}(q \,\|\, p)",
            "And the floor holds none. Lowest at p = q: the shares in data where class k is "
            "$w_k$ times as frequent.",
            lambda world, w, z1, z2: _kl(_asked(world, w), _log_q(z1, z2)),
            shifted(lambda world, w: _h(_asked(world, w)), "H(q)"),
            constant_in=("z1", "z2"),
        ),
    ],
    sliders=_LOGITS,
    over="z1",
    given={"world": np.array([0.1, 0.3, 0.6]), "w": np.array([5.0, 1.0, 0.5])},
    sample=lambda rng: {
        "world": 0.94 * rng.dirichlet(np.ones(3)) + 0.02,
        "w": rng.uniform(0.3, 4.0, 3),
        "z1": rng.normal(),
        "z2": rng.normal(),
    },
    reference=lambda world, w, z1, z2: sum(
        e * u * float(softmax_cross_entropy(k, [z1, z2, 0.0]))
        for k, (e, u) in enumerate(zip(world, w, strict=True))
    ),
    slips=[
        WrongLine(
            "the plain mean of the weights",
            2,
            r"= \bar w\, H(q, p), \qquad \bar w = \tfrac1K \sum_k w_k",
            lambda world, w, z1, z2: np.mean(w) * _ce(_asked(world, w), _log_q(z1, z2)),
            "A weight counts as often as its class comes: W is the mean weight over the data, "
            "Σ w p*. The plain mean takes all classes as equally frequent.",
        ),
    ],
)


# --- Calibration -----------------------------------------------------------------------------


def _yes_or_no(q, said):
    """The cross-entropy of a share of yes and what was said."""
    return -xlogy(q, said) - xlogy(1 - q, 1 - said)


def _share(y, group):
    return np.sum(y * group) / np.sum(group)


def _excess_cost(q, said):
    return _yes_or_no(q, said) - _yes_or_no(q, q)


def _refinement(y, g):
    yes, no = _share(y, g), _share(y, 1 - g)
    return np.mean(g) * _yes_or_no(yes, yes) + np.mean(1 - g) * _yes_or_no(no, no)


def _calibration(y, g, s0, s1):
    return np.mean(g) * _excess_cost(_share(y, g), s1) + np.mean(1 - g) * _excess_cost(
        _share(y, 1 - g), s0
    )


def _turned(y, g, s0, s1):
    return np.mean(g) * _excess_cost(s1, _share(y, g)) + np.mean(1 - g) * _excess_cost(
        s0, _share(y, 1 - g)
    )


def _forecasts(rng):
    """30 answers in two groups of unlike size, both answers in each."""
    g = np.repeat([0.0, 1.0], [8, 22])
    y = (rng.random(30) < np.where(g == 1, 0.7, 0.35)).astype(float)
    y[[0, 8]], y[[7, 29]] = 1.0, 0.0
    return {"y": y, "g": g}


calibration = Derivation(
    "The loss is what cannot be known from the forecast, and calibration",
    [
        Step(
            r"\frac1I \sum_{i=1}^{I} -\log p_i(y_i)",
            "The mean NLL of 30 yes-or-no forecasts. In the first group the model said $s_0$ every "
            "time, in the second $s_1$.",
            lambda y, g, s0, s1: np.mean(
                _yes_or_no(y, np.where(g == 1, s1, s0)),
            ),
        ),
        Step(
            r"= \sum_{g} w_g\, H(q_g, s_g)",
            "Put those together for which the same was said: a share $w_g$ of the forecasts, of "
            "which a share $q_g$ came true.",
            lambda y, g, s0, s1: (
                np.mean(g) * _yes_or_no(_share(y, g), s1)
                + np.mean(1 - g) * _yes_or_no(_share(y, 1 - g), s0)
            ),
            equal(),
        ),
        Step(
            r"= \sum_{g} w_g\, H(q_g) + \sum_{g} w_g\, \mathrm{KL}(q_g \,\|\, s_g)",
            "Each cross-entropy is a floor and a rest. The floor is what the groups leave open.",
            lambda y, g, s0, s1: _refinement(y, g) + _calibration(y, g, s0, s1),
            equal(),
        ),
        Step(
            r"\to\ \sum_{g} w_g\, \mathrm{KL}(q_g \,\|\, s_g)",
            "With the groups as they are, the first sum holds nothing that was said. The rest is "
            "calibration: 0 exactly where in each group what was said is the share that came.",
            _calibration,
            shifted(_refinement, "Σ w H(q)"),
            constant_in=("s0", "s1"),
        ),
    ],
    sliders={
        "s1": Slider(0.05, 0.95, step=0.01, value=0.85, label="s₁"),
        "s0": Slider(0.05, 0.95, step=0.01, value=0.2, label="s₀"),
    },
    over="s1",
    given=_forecasts(np.random.default_rng(14)),
    sample=lambda rng: {
        **_forecasts(rng),
        "s0": rng.uniform(0.15, 0.45),
        "s1": rng.uniform(0.55, 0.9),
    },
    reference=lambda y, g, s0, s1: (
        sum(
            -log((s1 if group else s0) if yes else 1 - (s1 if group else s0))
            for yes, group in zip(y, g, strict=True)
        )
        / len(y)
    ),
    slips=[
        WrongLine(
            "the divergence turned round",
            3,
            r"= \sum_{g} w_g\, H(q_g) + \sum_{g} w_g\, \mathrm{KL}(s_g \,\|\, q_g)",
            lambda y, g, s0, s1: _refinement(y, g) + _turned(y, g, s0, s1),
            "The data send the outcomes, so what came stands first: it weights, and what was said "
            "pays. The other way round is another number.",
            after=((r"\to\ \sum_{g} w_g\, \mathrm{KL}(s_g \,\|\, q_g)", _turned),),
        ),
    ],
)


# --- Questions before an explorer ------------------------------------------------------------

predict_memory = Question(
    "A model counts which letter followed each group of n letters, with α = 0.1 added to every "
    "count. You raise n from 3 to 5. The bits per letter …",
    [
        Option(
            "fall on both texts: more context cannot hurt",
            "On the fitted text hardly, and with α = 0 never. But most of the different groups of "
            "five letters in a new text were seen a few times or never, and there the counts know "
            "next to nothing.",
            misconception="context cannot hurt",
        ),
        Option(
            "fall on the fitted text and rise on the unseen one",
            "The table has 27 to the n rows for the same 114,269 letters: it learns the text by "
            "heart, and not the language.",
            right=True,
        ),
        Option(
            "rise on both texts: rare groups spoil everything",
            "Not on the fitted text: a group that is rare there is all the easier to know by "
            "heart.",
        ),
    ],
)

predict_cut = Question(
    "The same text in other units: after 1000 merges a token is a piece of about three letters. "
    "The perplexity per token goes from 17 to 606. Is the model of tokens worse?",
    [
        Option(
            "Yes, about 37 times",
            "That divides a number per token by a number per letter. A token is several letters, "
            "and there are more tokens to choose from.",
            misconception="perplexity has no unit",
        ),
        Option(
            "It is as good: how a text is cut changes nothing",
            "A model that is only regrouped stays as good. This one counts its tokens, and so it "
            "knows which letters go together.",
            misconception="tokens change nothing",
        ),
        Option(
            "No, per letter it is better",
            "2.69 bits per letter instead of 4.05. A perplexity is per token; compare per letter "
            "(or byte), the unit that both share.",
            right=True,
        ),
    ],
)

predict_mix = Question(
    "The letter that came is c. The target is 0.9 of it, mixed with 0.1 of equal shares over all "
    "27 letters. At which P(c) of the model is the loss lowest?",
    [
        Option(
            "At 1: c is what came",
            "The target asks for the other 26 as well, and minus the log of what they are given "
            "goes to ∞ there.",
            misconception="a mixed target has the same best answer",
        ),
        Option(
            "At 0.9037, the target's own share",
            "Loss = H(target) + KL(target‖model), and KL is 0 there only. The floor, 0.6306 nats, "
            "is the target's entropy.",
            right=True,
        ),
        Option(
            "Between 0.9 and 1: the data pull up, the mixing holds",
            "Nothing pulls but the target: c came, and that is in it already.",
        ),
    ],
)

predict_report = Question(
    "You believe in a yes with probability 0.8, and will be charged the focal loss with γ = 2. "
    "Which report is the cheapest on average?",
    [
        Option(
            "One nearer to ½",
            "0.6266. What is right and confident is cheap already, what is wrong still costs: "
            "caution pays.",
            right=True,
        ),
        Option(
            "One nearer to 1: it looks at the hard cases, so be bold",
            "Turned round: whoever is wrong pays nearly the full loss, whoever is right hardly "
            "gains by being bolder.",
            misconception="focal loss makes bold",
        ),
        Option(
            "0.8: it is a cross-entropy, and those are honest",
            "The factor (1 − p) to the γ depends on the report too, and moves its best place.",
            misconception="every cross-entropy is honest",
        ),
    ],
)

predict_temperature = Question(
    "All log-probabilities are divided by one temperature T, chosen so that the NLL falls. What "
    "happens to the calibration error of the likeliest letter, the ECE?",
    [
        Option(
            "It may rise or fall",
            "The NLL speaks of all 27 probabilities, the ECE of the largest one in bins. For one "
            "model below both fall; for the other the ECE doubles.",
            right=True,
        ),
        Option(
            "It falls: it is the part of the loss that T repairs",
            "The calibration part of the NLL is about everything that was said. The ECE looks at "
            "the largest number only, with another distance.",
            misconception="ECE is the calibration part of the NLL",
        ),
        Option(
            "It stays: the likeliest letter stays the same",
            "The letter does. How sure the model says that it is does not.",
        ),
    ],
)

# --- Questions at the end --------------------------------------------------------------------

recall = (
    Question(
        "The next-token loss adds up one cross-entropy per token. What does that take for granted?",
        [
            Option(
                "That the tokens are independent of each other",
                "Every term has all earlier tokens behind its bar. Letters as if independent cost "
                "0.8332 bits each against a memory of one letter, and more against longer ones.",
                misconception="next-token loss treats tokens as independent",
            ),
            Option(
                "That no token has probability 0",
                "One that has and comes makes the sum infinite, and that is a fact about the "
                "model. The sum is right all the same.",
            ),
            Option(
                "Nothing: it is the chain rule",
                "The probability of any text is such a product. What a model assumes is in how it "
                "computes each factor.",
                right=True,
            ),
        ],
    ),
    Question(
        "A friend trains with label smoothing, ε = 0.1, on yes-or-no data. Of the cases that look "
        "alike 80 % are yes. What will the model say of them?",
        [
            Option(
                "0.77",
                "It is asked for the mixed target, 0.9 · 0.8 + 0.1 · 0.5. Every label is mixed, so "
                "more data do not bring 0.8 back, as they would with a prior.",
                right=True,
            ),
            Option(
                "0.8: smoothing only makes training easier",
                "The loss is lowest at its target, and its target has been mixed.",
                misconception="smoothing keeps probabilities",
            ),
            Option(
                "0.9: that is the smoothed label",
                "0.95 is what one label yes becomes. The model answers a mean over labels.",
            ),
        ],
    ),
    Question(
        "With 5 as the weight of every yes, the logistic regression of notebook 05 says 0.9 for "
        "some cases. Which share of them is yes?",
        [
            Option(
                "0.9: a weight changes the loss, not the probabilities",
                "It changes what is asked for: the share in data with every yes five times.",
                misconception="weights keep probabilities",
            ),
            Option(
                "0.18, which is 0.9 divided by 5",
                "It is the odds that are five times too high, not the probability.",
            ),
            Option(
                "about 0.64",
                "Odds of 9 to 1 with five copies of each yes are 1.8 to 1 without them: 9/14.",
                right=True,
            ),
        ],
    ),
)


# --- Exercises -------------------------------------------------------------------------------


def _batches(rng):
    """Token NLLs in nats, in batches of unlike length."""
    return [
        ([np.array([0.3, 1.7, 2.2, 0.9]), np.array([3.1, 0.4])],),
        ([rng.exponential(2.0, 5), rng.exponential(1.0, 2), rng.exponential(3.0, 3)],),
    ]


def perplexity_of(batches):
    nll = np.concatenate(batches)
    return np.exp(np.mean(nll))


perplexity_from_nats = Exercise(
    "perplexity from nats",
    "`batches` is a list of arrays: the NLL of each token in nats, batch by batch; the last batch "
    "is shorter. Write `perplexity(batches)`: the perplexity per token of the whole text.",
    perplexity_of,
    _batches,
    slips=[
        Slip(
            "two to the nats",
            lambda batches: 2 ** np.mean(np.concatenate(batches)),
            "Two belongs to bits, e to nats. This is too small.",
        ),
        Slip(
            "the mean of 1/p",
            lambda batches: np.mean(np.exp(np.concatenate(batches))),
            "Mean first, then exp. The mean of 1/p is ruled by the few worst tokens, and no sum of "
            "losses gives it.",
        ),
        Slip(
            "exp of the sum",
            lambda batches: np.exp(np.sum(np.concatenate(batches))),
            "That is one over the probability of the whole text. Per token, take the mean.",
        ),
        Slip(
            "the sign",
            lambda batches: np.exp(-np.mean(np.concatenate(batches))),
            "That is the geometric mean of p, below 1. The NLL has its minus already.",
        ),
        Slip(
            "the mean of batch means",
            lambda batches: np.exp(np.mean([np.mean(batch) for batch in batches])),
            "That gives a token in a short batch more weight than one in a long batch. Add up all "
            "tokens, and divide by their number.",
        ),
    ],
    hints=[
        "Put the tokens of all batches together first: `np.concatenate(batches)`.",
        "A perplexity is e to the mean NLL in nats.",
    ],
)


def _token_costs(rng):
    """Token NLLs in nats, and how many letters each token has."""
    return [
        (np.array([2.3, 4.1, 0.7]), np.array([1, 5, 3])),
        (rng.exponential(4.0, 6), rng.integers(1, 8, 6)),
    ]


def bits_per_letter_of(nats, letters):
    return np.sum(nats) / np.log(2) / np.sum(letters)


bits_per_letter = Exercise(
    "bits per letter from token nats",
    "`nats[i]` is the NLL of token i in nats, `letters[i]` how many letters it has. Write "
    "`bits_per_letter(nats, letters)`: the bits that one letter of the text costs.",
    bits_per_letter_of,
    _token_costs,
    slips=[
        Slip(
            "per token",
            lambda nats, letters: np.mean(nats) / np.log(2),
            "That is bits per token, and another tokeniser has others. Divide by the letters.",
        ),
        Slip(
            "nats, not bits",
            lambda nats, letters: np.sum(nats) / np.sum(letters),
            "That is nats per letter. One bit is ln 2 nats, so divide by `np.log(2)`.",
        ),
        Slip(
            "times ln 2",
            lambda nats, letters: np.sum(nats) * np.log(2) / np.sum(letters),
            "A bit is the smaller unit, 0.693 nats: there are more bits than nats. Divide.",
        ),
        Slip(
            "ln 2 twice",
            lambda nats, letters: np.sum(nats) / np.log(2) ** 2 / np.sum(letters),
            "Once is enough.",
        ),
        Slip(
            "times the letters per token",
            lambda nats, letters: np.mean(nats) / np.log(2) * np.mean(letters),
            "A token's bits are shared out over its letters: divide by the letters per token.",
        ),
        Slip(
            "the mean of the tokens' own bits per letter",
            lambda nats, letters: np.mean(nats / letters) / np.log(2),
            "That counts a letter of a short token more than one of a long token. Add up first.",
        ),
    ],
    hints=["All nats together, over all letters together.", "One bit is `np.log(2)` nats."],
)


def _labels(rng):
    return [
        (np.array([2, 0, 1, 2, 2]), 3, 0.1),
        (rng.integers(0, 4, 7), 4, 0.23),
    ]


def smoothed_targets(labels, K, eps):
    targets = np.full((len(labels), K), eps / K)
    targets[np.arange(len(labels)), labels] += 1 - eps
    return targets


def _one_hot(labels, K):
    return np.eye(K)[labels]


def _rows_sum_to_one(function, rng):
    for labels, K, eps in _labels(rng):
        sums = np.asarray(function(labels, K, eps), float).sum(axis=1)
        if np.abs(sums - 1).max() > 1e-9:
            worst = sums[np.abs(sums - 1).argmax()]
            return f"with K = {K} and eps = {eps} a row sums to {worst:.6g}, not to 1."
    return None


smoothed_target = Exercise(
    "the smoothed target",
    "Write `targets(labels, K, eps)`: one row for each label, K numbers in it, (1 − ε) of the "
    "one-hot label mixed with ε of equal shares.",
    smoothed_targets,
    _labels,
    slips=[
        Slip(
            "the truth without its share",
            lambda labels, K, eps: np.where(_one_hot(labels, K) == 1, 1 - eps, eps / K),
            "Equal shares go to all K classes, to the true one too: 1 − ε + ε/K.",
        ),
        Slip(
            "ε for every other class",
            lambda labels, K, eps: np.where(_one_hot(labels, K) == 1, 1 - eps, eps),
            "ε is shared out over the classes: ε/K each.",
        ),
        Slip(
            "shared among the others only",
            lambda labels, K, eps: np.where(_one_hot(labels, K) == 1, 1 - eps, eps / (K - 1)),
            "That is another convention, found in some books: it sums to 1 as well, and is this "
            "one with ε · K/(K − 1). Here, as in PyTorch, all K classes share.",
        ),
        Slip(
            "added, not mixed",
            lambda labels, K, eps: _one_hot(labels, K) + eps / K,
            "Mixed means that the label gives up what the others get: (1 − ε) times it.",
        ),
        Slip(
            "classes down, labels across",
            lambda labels, K, eps: smoothed_targets(labels, K, eps).T,
            "One row for each label.",
        ),
    ],
    properties=[Property("every row sums to 1", _rows_sum_to_one)],
    hints=[
        "`np.eye(K)[labels]` is the one-hot rows.",
        "(1 − ε) times those, plus ε/K everywhere.",
    ],
)


def _answers(rng):
    """What was said, whether it came, and the bins' edges; two bins stay empty."""
    said = np.concatenate([rng.uniform(0.22, 0.48, 9), rng.uniform(0.62, 0.98, 16)])
    return [
        (
            np.array([0.31, 0.35, 0.72, 0.78, 0.79, 0.95]),
            np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0]),
            np.linspace(0, 1, 6),
        ),
        (said, (rng.random(25) < said**2).astype(float), np.linspace(0, 1, 11)),
    ]


def ece_of(said, right, edges):
    total = 0.0
    for low, high in pairwise(edges):
        here = (said > low) & (said <= high)
        if here.any():
            total += here.mean() * abs(said[here].mean() - right[here].mean())
    return total


def _gaps(said, right, edges):
    """(share, gap, middle of the bin minus what came) of every bin that is not empty."""
    rows = []
    for low, high in pairwise(edges):
        here = (said > low) & (said <= high)
        if here.any():
            came = right[here].mean()
            rows.append((here.mean(), said[here].mean() - came, (low + high) / 2 - came))
    return np.array(rows).T


def _of_gaps(what):
    return lambda said, right, edges: what(*_gaps(said, right, edges))


expected_calibration_error = Exercise(
    "the expected calibration error",
    "Complete `ece(said, right, edges)`: for forecasts `said` that came true (`right` is 1) or not "
    "(0), the mean over the bins of |mean said − share right|, weighted by how many forecasts lie "
    "in a bin. One line is missing.",
    ece_of,
    _answers,
    slips=[
        Slip(
            "bins alike",
            _of_gaps(lambda share, gap, centre: np.mean(np.abs(gap))),
            "A bin counts by its share of the forecasts: `here.mean()`.",
        ),
        Slip(
            "every bin in full",
            _of_gaps(lambda share, gap, centre: np.sum(np.abs(gap))),
            "A bin counts by its share of the forecasts: `here.mean()`.",
        ),
        Slip(
            "gaps with their sign",
            _of_gaps(lambda share, gap, centre: np.sum(share * gap)),
            "Too sure in one bin and not sure enough in another cancel. Take the absolute value "
            "within each bin.",
        ),
        Slip(
            "the largest gap",
            _of_gaps(lambda share, gap, centre: np.max(np.abs(gap))),
            "That is the maximum calibration error, and it may come from a bin with one forecast.",
        ),
        Slip(
            "the middle of the bin",
            _of_gaps(lambda share, gap, centre: np.sum(share * np.abs(centre))),
            "The middle of a bin is not what was said in it. Take the mean of `said[here]`.",
        ),
        Slip(
            "squared gaps",
            _of_gaps(lambda share, gap, centre: np.sum(share * gap**2)),
            "That is the calibration part of the Brier score, a good number with another name.",
        ),
    ],
    hints=[
        "`said[here].mean()` is what was said in this bin, `right[here].mean()` what came.",
        "Its weight is the share of all forecasts in this bin, `here.mean()`.",
    ],
)


# --- Asked again in the review of 14 to 16 ---------------------------------------------------

review = (
    Question(
        "Two models of one Finnish novel. A has a perplexity of 12 per token, at 2 letters a "
        "token; B has 150, at 5 letters a token. Which one is better?",
        [
            Option(
                "A: its perplexity is lower",
                "Per token. Per letter it is log₂ 12 / 2 = 1.79 bits, and B has 1.45.",
                misconception="perplexity has no unit",
            ),
            Option("B", "log₂ 150 / 5 = 1.45 bits per letter against 1.79.", right=True),
            Option(
                "They cannot be compared: their tokens differ",
                "The tokens do. The letters are the same.",
            ),
        ],
    ),
    Question(
        "A forecaster is paid p euros if it rains and 1 − p euros if it does not, where p is what "
        "she reports. She believes in rain with 70 %. What pays most?",
        [
            Option(
                "To report 0.7: the more truth, the more pay",
                "The mean pay is 0.7 p + 0.3 (1 − p). It rises with p all the way.",
                misconception="every score is honest",
            ),
            Option("To report ½, and be safe", "It pays ½ for certain. 1 pays 0.7 on average."),
            Option(
                "To report 1",
                "The pay is linear in p, so an end is best: honest it is not.",
                right=True,
            ),
        ],
    ),
    Question(
        "A table of letter pairs never saw “zx”, and nothing was added to its counts. A new text "
        "of 10,000 letters holds it once. The NLL of the text?",
        [
            Option("∞", "One factor of the product is 0.", right=True),
            Option(
                "Hardly higher: it is one letter in 10,000",
                "Each letter adds −log of its probability, and here that is −log 0.",
                misconception="rare is cheap",
            ),
            Option(
                "As without it: unseen pairs are left out",
                "Leaving out what the model calls impossible is leaving out its mistakes.",
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (perplexity, predict_memory, perplexity_from_nats, recall[0], review[2]),
    (predict_cut, bits_per_letter, review[0]),
    (smoothing, predict_mix, smoothed_target, recall[1], recall[2]),
    (predict_report, review[1]),
    (distillation, weights),
    (calibration, predict_temperature, expected_calibration_error),
)
