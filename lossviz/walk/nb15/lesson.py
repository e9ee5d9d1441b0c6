"""Notebook 15, which one is better: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures (`scenes`),
and the choices and their strengths (`tastes`).
"""

from math import exp, log

import numpy as np
from scipy.special import logsumexp

from lossviz.explorer.parameters import Slider
from lossviz.losses import sigmoid, softmax, softplus
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Property, Slip
from lossviz.teach.properties import invariant_to
from lossviz.teach.relations import agree, equal, related, shifted


def _minus_log(above, here, v):
    return agree(-np.log(above(**v)), here(**v))


# --- Derivations: two noisy tastes -----------------------------------------------------------

_TASTES = np.linspace(-6.0, 45.0, 2551)


def _first_wins(a, b):
    """P(a + g > b + g′), both Gumbel: over all values of g, the chance that g′ is small enough."""
    density = np.exp(-_TASTES - np.exp(-_TASTES))
    below = np.exp(-np.exp(-(_TASTES + a - b)))
    return np.sum(density * below) * (_TASTES[1] - _TASTES[0])


two_tastes = Derivation(
    "From two noisy tastes to a loss",
    [
        Step(
            r"P(a + g > b + g'), \qquad g, g' \sim \mathrm{Gumbel}",
            "Two strengths, a and b. At each choice some noise is added to both, and the larger "
            "one wins. The noise: $P(g < t) = e^{-e^{-t}}$.",
            _first_wins,
        ),
        Step(
            r"= \frac{e^a}{e^a + e^b}",
            "The integral over all g: $\\int e^{-g-e^{-g}} e^{-e^{-(g + a - b)}} dg = "
            "1/(1 + e^{b-a})$. Bradley and Terry (1952) began here.",
            lambda a, b: np.exp(a) / (np.exp(a) + np.exp(b)),
            equal(),
        ),
        Step(
            r"= \sigma(a - b)",
            "Divide above and below by $e^a$.",
            lambda a, b: 1 / (1 + np.exp(-(a - b))),
            equal(),
        ),
        Step(
            r"-\log \sigma(a - b)",
            "Minus the log: the NLL of one choice, of a over b.",
            lambda a, b: -np.log(sigmoid(a - b)),
            related("minus the log of the row above", _minus_log),
        ),
        Step(
            r"= \log\left(1 + e^{b - a}\right)",
            "The softplus of loser minus winner: notebook 05's loss of a yes, at the logit a − b.",
            lambda a, b: np.log1p(np.exp(b - a)),
            equal(),
        ),
    ],
    sliders={
        "a": Slider(-3.0, 3.0, step=0.05, value=1.2, label="a"),
        "b": Slider(-3.0, 3.0, step=0.05, value=0.3, label="b"),
    },
    over="a",
    sample=lambda rng: {"a": rng.normal(0.7, 0.8), "b": rng.normal(-0.7, 0.8)},
    reference=lambda a, b: exp(a - b) / (1 + exp(a - b)),
    slips=[
        WrongLine(
            "strengths as they are",
            2,
            r"= \frac{a}{a + b}",
            lambda a, b: np.divide(a, a + b),  # a = −b gives ∞, not an error
            "A share needs positive numbers. Strengths on this scale may be negative: they are the "
            "logs of what Bradley and Terry divided.",
        ),
        WrongLine(
            "loser minus winner",
            3,
            r"= \sigma(b - a)",
            lambda a, b: sigmoid(b - a),
            "That is the probability that b wins. The winner stands first.",
            after=(
                (r"-\log \sigma(b - a)", lambda a, b: -np.log(sigmoid(b - a))),
                (r"= \log\left(1 + e^{a - b}\right)", lambda a, b: np.log1p(np.exp(a - b))),
            ),
        ),
    ],
)


# --- Four replies: a leash, and what becomes of it -------------------------------------------


def _policy(z, z1):
    """A policy over four replies, the logit of the first apart."""
    return softmax(np.append(z1, z))


def _kl(p, q):
    return np.sum(p * np.log(p / q))


def _log_z(r, ref, beta):
    return logsumexp(np.log(ref) + r / beta)


def _best(r, ref, beta):
    """The best policy on the leash: softmax(log ref + r/β)."""
    return softmax(np.log(ref) + r / beta)


_REPLIES = {
    "r": np.array([1.4, 0.2, -0.6, 0.7]),
    "ref": np.array([0.1, 0.4, 0.2, 0.3]),
    "z": np.array([0.3, -0.5, 0.2]),
}
_LEASH = {
    "z1": Slider(-3.0, 5.0, step=0.05, value=0.5, label="z₁"),
    "beta": Slider(0.2, 3.0, step=0.05, value=0.6, label="β"),
}


def _replies(rng):
    return {
        "r": rng.normal(0, 1, 4),
        "ref": 0.9 * rng.dirichlet(np.full(4, 2.0)) + 0.025,
        "beta": rng.uniform(0.3, 0.85),
        "z": rng.normal(0, 1, 3),
        "z1": rng.normal(),
    }


def _minus_over_beta(above, here, v):
    return agree(-above(**v) / v["beta"], here(**v))


leash = Derivation(
    "A reward on a leash is a KL divergence",
    [
        Step(
            r"\mathbb{E}_{\pi}[r] - \beta\, \mathrm{KL}(\pi \,\|\, \pi_0)",
            "To be made large: the mean reward of a policy π, less β times its distance from the "
            "reference $\\pi_0$.",
            lambda r, ref, beta, z, z1: (
                np.sum(_policy(z, z1) * r) - beta * _kl(_policy(z, z1), ref)
            ),
        ),
        Step(
            r"= -\beta \sum_k \pi_k \log \frac{\pi_k}{\pi_{0,k}\, e^{r_k/\beta}}",
            "The reward goes into the log: $r = \\beta \\log e^{r/\\beta}$.",
            lambda r, ref, beta, z, z1: -beta * _kl(_policy(z, z1), ref * np.exp(r / beta)),
            equal(),
        ),
        Step(
            r"= \beta \log Z - \beta\, \mathrm{KL}(\pi \,\|\, \pi^*), \qquad "
            r"\pi^*_k = \frac{\pi_{0,k}\, e^{r_k/\beta}}{Z}",
            "Below the line stands no distribution yet. Divided by its sum Z it is one: reference "
            "times $e^{r/\\beta}$, prior times likelihood as in notebook 11.",
            lambda r, ref, beta, z, z1: (
                beta * _log_z(r, ref, beta) - beta * _kl(_policy(z, z1), _best(r, ref, beta))
            ),
            equal(),
        ),
        Step(
            r"\to\ -\beta\, \mathrm{KL}(\pi \,\|\, \pi^*)",
            "β log Z holds nothing of the policy.",
            lambda r, ref, beta, z, z1: -beta * _kl(_policy(z, z1), _best(r, ref, beta)),
            shifted(lambda r, ref, beta: beta * _log_z(r, ref, beta), "β log Z"),
            constant_in=("z1",),
        ),
        Step(
            r"\to\ \mathrm{KL}(\pi \,\|\, \pi^*)",
            "Times −1/β: what was to be made large is now to be made small. The reverse KL of "
            "notebook 09, lowest at $\\pi^*$.",
            lambda r, ref, beta, z, z1: _kl(_policy(z, z1), _best(r, ref, beta)),
            related("minus the row above, divided by β", _minus_over_beta),
        ),
    ],
    sliders=_LEASH,
    over="z1",
    given=_REPLIES,
    sample=_replies,
    reference=lambda r, ref, beta, z, z1: sum(
        p * (reward - beta * log(p / q))
        for p, q, reward in zip(_policy(z, z1), ref, r, strict=True)
    ),
    slips=[
        WrongLine(
            "β upside down",
            2,
            r"= -\beta \sum_k \pi_k \log \frac{\pi_k}{\pi_{0,k}\, e^{\beta r_k}}",
            lambda r, ref, beta, z, z1: -beta * _kl(_policy(z, z1), ref * np.exp(beta * r)),
            "β stands before the log, so r must be divided by it inside. A small β is a long "
            "leash: rewards count for more.",
        ),
        WrongLine(
            "the divergence turned round",
            3,
            r"= \beta \log Z - \beta\, \mathrm{KL}(\pi^* \,\|\, \pi)",
            lambda r, ref, beta, z, z1: (
                beta * _log_z(r, ref, beta) - beta * _kl(_best(r, ref, beta), _policy(z, z1))
            ),
            "The policy draws the replies, so it stands first: the mean is over π.",
            after=(
                (
                    r"\to\ -\beta\, \mathrm{KL}(\pi^* \,\|\, \pi)",
                    lambda r, ref, beta, z, z1: -beta * _kl(_best(r, ref, beta), _policy(z, z1)),
                ),
                (
                    r"\to\ \mathrm{KL}(\pi^* \,\|\, \pi)",
                    lambda r, ref, beta, z, z1: _kl(_best(r, ref, beta), _policy(z, z1)),
                ),
            ),
        ),
        WrongLine(
            "log Z without its β",
            3,
            r"= \log Z - \beta\, \mathrm{KL}(\pi \,\|\, \pi^*)",
            lambda r, ref, beta, z, z1: (
                _log_z(r, ref, beta) - beta * _kl(_policy(z, z1), _best(r, ref, beta))
            ),
            "Z comes out of the same log as the rest, and β stands before that log.",
        ),
    ],
)


def _all(r1, r):
    return np.append(r1, r)


def _implied(r1, r, ref, beta, k):
    """β log(π*/π₀) of reply k, at the best policy for these rewards."""
    return beta * np.log(_best(_all(r1, r), ref, beta)[k] / ref[k])


def _gain(policy, ref, k):
    return np.log(policy[k] / ref[k])


def _equal_at_the_best(above, here, v):
    """Equal at the policy that is best for the rewards, whatever they are."""
    logits = np.log(v["ref"]) + _all(v["r1"], v["r"]) / v["beta"]
    return agree(above(**v), here(**{**v, "z1": logits[0], "z": logits[1:]}))


dpo = Derivation(
    "The reward read off the policy",
    [
        Step(
            r"-\log \sigma(r_w - r_l) = \log\left(1 + e^{r_l - r_w}\right)",
            "The NLL of one choice: the chosen reply w over the rejected one l, with rewards as "
            "strengths.",
            lambda r1, r: np.log1p(np.exp(r[0] - r1)),
        ),
        Step(
            r"= \zeta\!\left(\left[\beta \log \frac{\pi^*_l}{\pi_{0,l}} + \beta \log Z\right] - "
            r"\left[\beta \log \frac{\pi^*_w}{\pi_{0,w}} + \beta \log Z\right]\right)",
            "On the leash $\\pi^* = \\pi_0\\, e^{r/\\beta}/Z$. Solved for the reward. (ζ is the "
            "softplus, log(1 + exp).)",
            lambda r1, r, ref, beta: softplus(
                (_implied(r1, r, ref, beta, 1) + beta * _log_z(_all(r1, r), ref, beta))
                - (_implied(r1, r, ref, beta, 0) + beta * _log_z(_all(r1, r), ref, beta))
            ),
            equal(),
        ),
        Step(
            r"= \zeta\!\left(\beta \log \frac{\pi^*_l}{\pi_{0,l}} - "
            r"\beta \log \frac{\pi^*_w}{\pi_{0,w}}\right)",
            "The same Z on both sides: it cancels. Nobody has to compute it.",
            lambda r1, r, ref, beta: softplus(
                _implied(r1, r, ref, beta, 1) - _implied(r1, r, ref, beta, 0)
            ),
            equal(),
        ),
        Step(
            r"= \zeta\!\left(-\beta\,(\Delta_w - \Delta_l)\right), \qquad "
            r"\Delta = \log \pi^* - \log \pi_0",
            "Δ is how much likelier the policy makes a reply than the reference does.",
            lambda r1, r, ref, beta: softplus(
                -beta
                * (
                    _gain(_best(_all(r1, r), ref, beta), ref, 0)
                    - _gain(_best(_all(r1, r), ref, beta), ref, 1)
                )
            ),
            equal(),
        ),
        Step(
            r"\zeta\!\left(-\beta\,(\Delta_w - \Delta_l)\right), \qquad "
            r"\Delta = \log \pi - \log \pi_0",
            "The step of DPO: take it as a loss for any policy π. Where π is the best one for "
            "some rewards, it is their NLL.",
            lambda ref, beta, z1, z: softplus(
                -beta * (_gain(_policy(z, z1), ref, 0) - _gain(_policy(z, z1), ref, 1))
            ),
            related(
                "the same function of any policy, equal to it at the best one", _equal_at_the_best
            ),
        ),
    ],
    sliders={
        "r1": Slider(-3.0, 3.0, step=0.05, value=1.1, label="r of w"),
        "z1": Slider(-3.0, 5.0, step=0.05, value=1.0, label="z₁ of π"),
        "beta": Slider(0.2, 3.0, step=0.05, value=0.6, label="β"),
    },
    over="r1",
    given={
        "r": np.array([0.2, -0.6, 0.7]),
        "ref": np.array([0.1, 0.4, 0.2, 0.3]),
        "z": np.array([0.3, -0.5, 0.2]),
    },
    sample=lambda rng: {
        "r1": rng.normal(0.5, 0.7),
        "r": rng.normal(0, 0.7, 3),
        "ref": 0.9 * rng.dirichlet(np.full(4, 2.0)) + 0.025,
        "beta": rng.uniform(0.3, 0.85),
        "z": rng.normal(0, 1, 3),
        "z1": rng.normal(),
    },
    reference=lambda r1, r: -log(exp(r1) / (exp(r1) + exp(r[0]))),
    slips=[
        WrongLine(
            "Z on one side",
            3,
            r"= \zeta\!\left(\beta \log \frac{\pi^*_l}{\pi_{0,l}} - "
            r"\beta \log \frac{\pi^*_w}{\pi_{0,w}} - \beta \log Z\right)",
            lambda r1, r, ref, beta: softplus(
                _implied(r1, r, ref, beta, 1)
                - _implied(r1, r, ref, beta, 0)
                - beta * _log_z(_all(r1, r), ref, beta)
            ),
            "Both replies answer the same prompt, so both have the same Z: it goes on both sides.",
        ),
        WrongLine(
            "the reference added",
            4,
            r"= \zeta\!\left(-\beta\,(\Delta_w - \Delta_l)\right), \qquad "
            r"\Delta = \log \pi^* + \log \pi_0",
            lambda r1, r, ref, beta: softplus(
                -beta
                * (
                    np.log(_best(_all(r1, r), ref, beta)[0] * ref[0])
                    - np.log(_best(_all(r1, r), ref, beta)[1] * ref[1])
                )
            ),
            "The reward is what the policy changed: a quotient, so a difference of logs.",
        ),
        WrongLine(
            "the reference left out",
            5,
            r"\zeta\!\left(-\beta\,(\log \pi_w - \log \pi_l)\right)",
            lambda ref, beta, z1, z: softplus(
                -beta * (np.log(_policy(z, z1)[0]) - np.log(_policy(z, z1)[1]))
            ),
            "Then a reply that the reference likes counts as rewarded before anything was learned.",
        ),
    ],
)


# --- Which one is real -----------------------------------------------------------------------


def _normal(y, mu, sigma):
    return np.exp(-(((y - mu) / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))


def _given(y, x, rho):
    return _normal(y, rho * x, np.sqrt(1 - rho**2))


def _ratio(y, x, rho):
    return np.log(_given(y, x, rho) / _normal(y, 0, 1))


def _candidates(rng):
    while True:
        v = {
            "y1": rng.normal(),
            "y2": rng.normal(),
            "x": rng.normal(),
            "rho": rng.uniform(0.3, 0.8),
        }
        if abs(_ratio(v["y1"], v["x"], v["rho"]) - _ratio(v["y2"], v["x"], v["rho"])) < 3:
            return v


which_one = Derivation(
    "Which one of two is real?",
    [
        Step(
            r"P(1 \mid y_1, y_2, x) = \frac{p(y_1 \mid x)\, p(y_2)}"
            r"{p(y_1 \mid x)\, p(y_2) + p(y_2 \mid x)\, p(y_1)}",
            "One candidate belongs to x, the other was drawn without looking at x; before one "
            "looks, both places are equally likely. Bayes.",
            lambda y1, y2, x, rho: (
                _given(y1, x, rho)
                * _normal(y2, 0, 1)
                / (_given(y1, x, rho) * _normal(y2, 0, 1) + _given(y2, x, rho) * _normal(y1, 0, 1))
            ),
        ),
        Step(
            r"= \frac{e^{s_1}}{e^{s_1} + e^{s_2}}, \qquad s_j = \log \frac{p(y_j \mid x)}{p(y_j)}",
            "Divide above and below by $p(y_1)\\,p(y_2)$: only ratios are left.",
            lambda y1, y2, x, rho: (
                np.exp(_ratio(y1, x, rho))
                / (np.exp(_ratio(y1, x, rho)) + np.exp(_ratio(y2, x, rho)))
            ),
            equal(),
        ),
        Step(
            r"= \mathrm{softmax}(s_1, s_2)_1",
            "That is a softmax of scores. A constant in them, also one that depends on x, changes "
            "nothing.",
            lambda y1, y2, x, rho: softmax([_ratio(y1, x, rho), _ratio(y2, x, rho)])[0],
            equal(),
        ),
        Step(
            r"-s_1 + \log\left(e^{s_1} + e^{s_2}\right)",
            "Minus the log: the NLL of the right place. With N candidates, N terms in the sum: "
            "InfoNCE.",
            lambda y1, y2, x, rho: (
                -_ratio(y1, x, rho)
                + np.log(np.exp(_ratio(y1, x, rho)) + np.exp(_ratio(y2, x, rho)))
            ),
            related("minus the log of the row above", _minus_log),
        ),
        Step(
            r"= \log\left(1 + e^{s_2 - s_1}\right)",
            "With two candidates it is Bradley and Terry's loss, of the real one over the other.",
            lambda y1, y2, x, rho: np.log1p(np.exp(_ratio(y2, x, rho) - _ratio(y1, x, rho))),
            equal(),
        ),
    ],
    sliders={
        "y1": Slider(-3.0, 3.0, step=0.05, value=1.0, label="y₁"),
        "y2": Slider(-3.0, 3.0, step=0.05, value=-0.4, label="y₂"),
        "rho": Slider(0.1, 0.9, step=0.05, value=0.6, label="ρ"),
    },
    over="y1",
    given={"x": 0.9},
    sample=_candidates,
    reference=lambda y1, y2, x, rho: (
        1
        / (
            1
            + exp(
                ((y1 - rho * x) ** 2 - (y2 - rho * x) ** 2) / (2 * (1 - rho**2))
                - (y1**2 - y2**2) / 2
            )
        )
    ),
    slips=[
        WrongLine(
            "scores without the bottom of the ratio",
            3,
            r"= \mathrm{softmax}(s_1, s_2)_1, \qquad s_j = \log p(y_j \mid x)",
            lambda y1, y2, x, rho: softmax(
                [np.log(_given(y1, x, rho)), np.log(_given(y2, x, rho))]
            )[0],
            "A candidate that is frequent anyhow is no sign of x. The best score is "
            "log p(y|x)/p(y): how much likelier x makes it.",
        ),
        WrongLine(
            "the truth left out of the sum",
            4,
            r"-s_1 + \log e^{s_2}",
            lambda y1, y2, x, rho: _ratio(y2, x, rho) - _ratio(y1, x, rho),
            "The sum is over all candidates, and the real one is one of them. Without it, this is "
            "no NLL, and has no floor.",
        ),
    ],
)


# --- A reward as a weight --------------------------------------------------------------------


def _slopes(z, z1):
    """d log π_k / d z₁."""
    return np.array([1.0, 0, 0, 0]) - _policy(z, z1)[0]


def _weighted_nll(R, b, z, z1, at):
    """The mean of −(R − b) log π at logit `at`, over replies drawn at z₁."""
    return -np.sum(_policy(z, z1) * (R - b) * np.log(_policy(z, at)))


def _slope_of_the_nll(R, b, z, z1):
    step = 1e-3
    wide, narrow = (
        (_weighted_nll(R, b, z, z1, z1 + h) - _weighted_nll(R, b, z, z1, z1 - h)) / (2 * h)
        for h in (step, step / 2)
    )
    return (4 * narrow - wide) / 3


def _minus_it(above, here, v):
    a, b = above(**v), here(**v)
    return abs(a + b) <= 1e-7 * max(1e-2, abs(a))


weight = Derivation(
    "A reward is a weight",
    [
        Step(
            r"\sum_k R_k\, \frac{\partial \pi_k}{\partial z_1}",
            "The slope of the mean reward Σ π R in the first logit.",
            lambda R, z, z1: np.sum(R * _policy(z, z1) * _slopes(z, z1)),
        ),
        Step(
            r"= \sum_k \pi_k R_k\, \frac{\partial \log \pi_k}{\partial z_1}",
            "Multiplied and divided by π: now it is a mean over what the policy draws, and a "
            "sample will do.",
            lambda R, z, z1: _policy(z, z1) @ (R * _slopes(z, z1)),
            equal(),
        ),
        Step(
            r"= \pi_1 \left(R_1 - \sum_k \pi_k R_k\right)",
            "For a softmax the slope of log π is [k = 1] − π₁: what this reply earns above the "
            "mean, times its share.",
            lambda R, z, z1: _policy(z, z1)[0] * (R[0] - np.sum(_policy(z, z1) * R)),
            equal(),
        ),
        Step(
            r"= \sum_k \pi_k (R_k - b)\, \frac{\partial \log \pi_k}{\partial z_1}",
            "Any baseline b may be taken off: the slopes of probabilities add up to 0.",
            lambda R, b, z, z1: np.sum(_policy(z, z1) * (R - b) * _slopes(z, z1)),
            equal(),
        ),
        Step(
            r"\frac{\partial}{\partial z_1}\left[-\sum_k \bar\pi_k (R_k - b) \log \pi_k\right]_"
            r"{\bar\pi = \pi}",
            "Minus it: the slope of a weighted NLL, whose samples stay where they were drawn. "
            "Only the slope, and only here: once the policy moves, it is another function.",
            lambda R, b, z, z1: _slope_of_the_nll(R, b, z, z1),
            related("minus the row above", _minus_it),
        ),
    ],
    sliders={
        "z1": Slider(-4.0, 4.0, step=0.1, value=0.5, label="z₁"),
        "b": Slider(-1.0, 2.0, step=0.1, value=0.6, label="b"),
    },
    over="z1",
    given={"R": np.array([1.4, 0.2, -0.6, 0.7]), "z": np.array([0.3, -0.5, 0.2])},
    sample=lambda rng: {
        "R": rng.normal(1, 1, 4),
        "b": rng.normal(0.7, 0.3),
        "z": rng.normal(0, 1, 3),
        "z1": rng.normal(),
    },
    reference=lambda R, z, z1: float(
        sum(
            R[k] * p * ((k == 0) - _policy(z, z1)[0]) for k, p in enumerate(_policy(z, z1).tolist())
        )
    ),
    slips=[
        WrongLine(
            "drawn, and weighted again",
            2,
            r"= \sum_k \pi_k R_k\, \frac{\partial \pi_k}{\partial z_1}",
            lambda R, z, z1: np.sum(_policy(z, z1) ** 2 * R * _slopes(z, z1)),
            "A mean over draws has π as its weight already; what is left must be the slope of the "
            "log.",
        ),
    ],
    harmless={
        (4, "R - b → R + b"): "any baseline will do, so will minus it",
        (4, "R - b → R"): "and so will none",
    },
)


# --- Questions before an explorer ------------------------------------------------------------

predict_constant = Question(
    "All nine strengths are raised by 1. What happens to the NLL of the 5,328 choices?",
    [
        Option(
            "It falls: higher strengths, surer choices",
            "A choice compares two strengths, and both went up.",
            misconception="strengths are absolute",
        ),
        Option(
            "Nothing",
            "Only differences enter. Strengths have no zero; turnips are put at 0 by agreement.",
            right=True,
        ),
        Option(
            "It rises, unless all nine were too low",
            "There is no too low: the NLL does not see where the nine stand together.",
            misconception="strengths are absolute",
        ),
    ],
)

predict_leash = Question(
    "The best policy for E r − β KL(π‖reference). What does it become as β → 0?",
    [
        Option(
            "The reference: a small β is a small change",
            "β is the price of a change. A small price allows a large one.",
            misconception="β is the size of the change",
        ),
        Option(
            "Equal shares: β is a temperature",
            "It is one, and a low temperature sharpens. Equal shares are at no end of it, unless "
            "the reference is equal.",
            misconception="a low temperature flattens",
        ),
        Option(
            "All corn, which has the highest reward",
            "With the leash off, only the reward counts, and the best policy has one reply.",
            right=True,
        ),
    ],
)

predict_third = Question(
    "A policy over three replies with one parameter θ. DPO trains on one pair, chosen over "
    "rejected, and the loss falls. What happens to P(chosen)?",
    [
        Option(
            "It falls",
            "The loss sees the difference of two logs. Here the same θ lifts the third reply, "
            "which is in no pair, three times as much, and it takes nearly all.",
            right=True,
        ),
        Option(
            "It rises: that is what the loss is for",
            "It asks that chosen gains on rejected. Both may fall.",
            misconception="the chosen reply gets likelier",
        ),
        Option(
            "It stays: only the rejected one is pushed down",
            "Nothing holds it: the three share what there is.",
        ),
    ],
)

predict_information = Question(
    "Two numbers share 3.1 nats of information (normals with ρ = 0.999). A perfect model tells the "
    "real one from one other candidate. How large is log 2 − loss?",
    [
        Option(
            "3.1 nats: it measures the information",
            "A loss is never below 0, so log N − loss is never above log N.",
            misconception="InfoNCE is the information",
        ),
        Option(
            "0: one other candidate teaches nothing",
            "It teaches up to 0.69 nats, and here nearly all of it.",
        ),
        Option(
            "Below 0.69, which is log 2",
            "About 0.65. It is a lower bound of the information, and it cannot exceed log N.",
            right=True,
        ),
    ],
)

predict_baseline = Question(
    "From every reward the same number is taken off before it weights a sample. What does that "
    "change in the estimated slopes?",
    [
        Option(
            "Their mean: smaller rewards, smaller slopes",
            "The slopes of log π have the mean 0 under π. A constant times 0 is 0.",
            misconception="a baseline biases",
        ),
        Option(
            "How far they spread",
            "The mean stays. With 20 samples the exact spread is 0.0594 without a baseline, 0.0358 "
            "with the mean reward; that of the 1,000 runs lies near it.",
            right=True,
        ),
        Option(
            "Which policy is the best",
            "All rewards moved alike: the order of policies stays.",
        ),
    ],
)

# --- Questions at the end --------------------------------------------------------------------

recall = (
    Question(
        "Two DPO runs on the same choices (each pair chosen both ways), one free logit per reply, "
        "but β = 0.1 and β = 1, reach the lowest loss. Compare those losses.",
        [
            Option(
                "Equal",
                "Any margin can be reached with either β: it only translates margins of log π into "
                "rewards. The lowest NLL is the Bradley–Terry fit's.",
                right=True,
            ),
            Option(
                "β = 0.1 is lower: it is less tied to the reference",
                "Where every margin can be reached, nothing is tied. How far the policy goes for "
                "the same margin differs, ten times.",
                misconception="β holds DPO near the reference",
            ),
            Option(
                "β = 1 is lower: it trusts the choices more",
                "The trust is in the data: shares of 90 % ask for the same margin in reward.",
            ),
        ],
    ),
    Question(
        "Your InfoNCE loss with 64 candidates is 1.15 nats on many new examples. What do you know "
        "of the information?",
        [
            Option(
                "It is 3 nats: log 64 minus the loss",
                "That is a lower bound, with these scores and these candidates.",
                misconception="InfoNCE is the information",
            ),
            Option(
                "It is at least 3 nats",
                "log 64 = 4.16, less 1.15. (On the training examples it might only be learned by "
                "heart.) Better scores or more candidates may show more.",
                right=True,
            ),
            Option(
                "It is at most 4.16 nats, which is log 64",
                "The bound ends there. The information does not.",
            ),
        ],
    ),
    Question(
        "The hinge loss max(0, 1 − t) of a margin t, or max(0, 1 + t) if the second is better: by "
        "the sum test of notebook 14, is it an NLL of “first is better”?",
        [
            Option(
                "Yes: it is a convex loss of a margin",
                "Convexity makes it easy to minimise, and says nothing about probabilities.",
            ),
            Option(
                "Yes, with a scale: a margin is a log-odds",
                "The logistic margin is. The hinge's best score is 1 at P = 0.6 and at P = 0.9.",
                misconception="a margin is a log-odds",
            ),
            Option(
                "No: the sum test fails",
                "Σ exp(−loss) over both answers is 0.7358, 1.1353, 1.0498 at t = 0, 1, 2. With a "
                "factor a it is (1 − e^(−1/a))² larger at 1 than at 0.",
                right=True,
            ),
        ],
    ),
)


# --- Exercises -------------------------------------------------------------------------------


def _wins(rng):
    """Strengths, and how often row was preferred to column."""
    found = []
    for K in (3, 4):
        table = rng.integers(1, 30, (K, K)).astype(float)
        np.fill_diagonal(table, 0)
        found.append((rng.normal(0.5, 1.0, K), table))
    return found


def _margins(s):
    return s[:, None] - s[None, :]


def bradley_terry(s, wins):
    margin = s[:, None] - s[None, :]
    return np.sum(wins * np.logaddexp(0, -margin))


def _far(function, rng):
    """Strengths 800 apart: exp overflows, and the NLL does not."""
    s, wins = np.array([800.0, 0.0]), np.array([[0.0, 2.0], [3.0, 0.0]])
    got = float(function(s, wins))
    if not abs(got - 2400.0) < 1e-6:
        return f"for strengths 800 and 0, and 2 and 3 wins, it is {got:.6g}, not 2400."
    return None


bradley_terry_exercise = Exercise(
    "the Bradley–Terry NLL",
    "`s[k]` is the strength of k, `wins[i, j]` how often i was preferred to j. Write "
    "`nll(s, wins)`: the NLL of all choices in nats. Strengths may be hundreds apart.",
    bradley_terry,
    _wins,
    slips=[
        Slip(
            "loser minus winner",
            lambda s, wins: np.sum(wins * np.logaddexp(0, _margins(s))),
            "That is the NLL of a world where the weaker one wins. The sign inside is minus.",
        ),
        Slip(
            "a squared error",
            lambda s, wins: np.sum(wins * (1 - sigmoid(_margins(s))) ** 2),
            "The square of 1 − P is a score, and no NLL. Take −log P.",
        ),
        Slip(
            "strengths as they are",
            lambda s, wins: np.sum(-wins * np.log(np.abs(s[:, None] / (s[:, None] + s[None, :])))),
            "Strengths are logs here: e to the s makes the shares.",
        ),
        Slip(
            "the mean over the table",
            lambda s, wins: bradley_terry(s, wins) / wins.size,
            "The NLL of all choices is the sum over the table.",
        ),
        Slip(
            "the mean for the sum",
            lambda s, wins: np.sum(wins * np.logaddexp(0, -_margins(s))) / np.sum(wins),
            "That is the NLL per choice. The task asks for all of them.",
        ),
    ],
    properties=[
        invariant_to(
            "unchanged when a constant is added to all strengths",
            lambda s, wins: (s + 0.7, wins),
            _wins,
        ),
        Property("right where exp overflows", _far),
    ],
    hints=[
        "`s[:, None] - s[None, :]` holds all differences, winner minus loser.",
        "−log σ(t) is log(1 + e^−t): `np.logaddexp(0, -t)`.",
    ],
)


def _leashes(rng):
    return [
        (np.array([1.3, -0.4, 0.2]), np.array([0.2, 0.5, 0.3]), 0.4),
        (rng.normal(0, 1, 5), rng.dirichlet(np.ones(5)), rng.uniform(1.3, 2.7)),
    ]


def leash_optimum(reward, reference, beta):
    weight = reference * np.exp(reward / beta)
    return weight / np.sum(weight)


leash_exercise = Exercise(
    "the best policy on a leash",
    "Write `policy(reward, reference, beta)`: the policy of the highest mean reward less β times "
    "KL(policy‖reference).",
    leash_optimum,
    _leashes,
    slips=[
        Slip(
            "β upside down",
            lambda r, ref, b: ref * np.exp(b * r) / np.sum(ref * np.exp(b * r)),
            "A large β is a short leash: the reward is divided by it.",
        ),
        Slip(
            "no reference",
            lambda r, ref, b: softmax(r / b),
            "That is the answer for a reference with equal shares.",
        ),
        Slip(
            "not normalised",
            lambda r, ref, b: ref * np.exp(r / b),
            "A policy sums to 1: divide by Z.",
        ),
        Slip(
            "divided by the mean",
            lambda r, ref, b: len(r) * leash_optimum(r, ref, b),
            "Then the shares sum to the number of replies. Divide by their sum.",
        ),
        Slip(
            "the reference in the exponent",
            lambda r, ref, b: softmax(ref + r / b),
            "In the exponent belongs its log; or multiply by it outside.",
        ),
    ],
    hints=["Reference times e to the reward over β.", "Then divide by the sum."],
)


def _token_logs(rng):
    """Token log-probabilities of two replies of unlike length, under policy and reference."""
    found = []
    for long, short in ((5, 2), (3, 6)):
        logs = [-rng.exponential(1.2, n) for n in (long, short, long, short)]
        found.append((*logs, rng.uniform(0.2, 0.6)))
    return found


def dpo_from_tokens(chosen, rejected, ref_chosen, ref_rejected, beta):
    gain = np.sum(chosen) - np.sum(ref_chosen)
    other = np.sum(rejected) - np.sum(ref_rejected)
    return np.logaddexp(0, -beta * (gain - other))


def _plain(margin):
    return np.logaddexp(0, -margin)


dpo_exercise = Exercise(
    "DPO from token log-probabilities",
    "The first four arguments are arrays, the log-probability of each token: of the chosen and the "
    "rejected reply under the policy, and of both under the reference. Write "
    "`dpo_of_tokens(chosen, rejected, ref_chosen, ref_rejected, beta)`: the loss of this pair.",
    dpo_from_tokens,
    _token_logs,
    slips=[
        Slip(
            "means for sums",
            lambda c, r, rc, rr, b: _plain(
                b * (np.mean(c) - np.mean(rc) - np.mean(r) + np.mean(rr))
            ),
            "The log-probability of a reply is the sum over its tokens. A mean forgets how long "
            "it is: another loss, length-normalised DPO.",
        ),
        Slip(
            "the reference added",
            lambda c, r, rc, rr, b: _plain(b * (np.sum(c) + np.sum(rc) - np.sum(r) - np.sum(rr))),
            "What counts is what the policy changed: policy minus reference.",
        ),
        Slip(
            "the reference forgotten",
            lambda c, r, rc, rr, b: _plain(b * (np.sum(c) - np.sum(r))),
            "Then long replies lose from the start. Take each reply's reference off.",
        ),
        Slip(
            "β outside",
            lambda c, r, rc, rr, b: b * _plain(np.sum(c) - np.sum(rc) - np.sum(r) + np.sum(rr)),
            "β turns log-ratios into rewards, inside the softplus.",
        ),
        Slip(
            "chosen and rejected swapped",
            lambda c, r, rc, rr, b: _plain(-b * (np.sum(c) - np.sum(rc) - np.sum(r) + np.sum(rr))),
            "This is low where the rejected reply gains.",
        ),
    ],
    hints=[
        "Sum the tokens of each reply; policy minus reference is its gain.",
        "`np.logaddexp(0, -beta * (gain of chosen − gain of rejected))`.",
    ],
)


def _scores(rng):
    return [(rng.normal(0, 1.5, (3, 3)),), (rng.normal(1, 2.0, (5, 5)),)]


def info_nce_of(scores):
    return np.mean(logsumexp(scores, axis=1) - np.diag(scores))


def _without_truth(scores):
    others = np.where(np.eye(len(scores), dtype=bool), -np.inf, scores)
    return np.mean(logsumexp(others, axis=1) - np.diag(scores))


info_nce_exercise = Exercise(
    "InfoNCE from scores",
    "`scores[i, j]` is the score of candidate j for example i; the real partner of i is i. Write "
    "`nce(scores)`: the mean NLL of finding each row's partner among all candidates.",
    info_nce_of,
    _scores,
    slips=[
        Slip(
            "down the columns",
            lambda scores: np.mean(logsumexp(scores, axis=0) - np.diag(scores)),
            "That asks which example belongs to each candidate. Both are losses; this task is the "
            "rows'.",
        ),
        Slip(
            "the truth left out of the sum",
            _without_truth,
            "The partner is one of the candidates: it belongs in the sum.",
        ),
        Slip(
            "the sum for the mean",
            lambda scores: np.sum(logsumexp(scores, axis=1) - np.diag(scores)),
            "Per example: take the mean.",
        ),
        Slip(
            "yes or no for each pair",
            lambda scores: np.mean(softplus(scores) - np.eye(len(scores)) * scores),
            "That is a sigmoid per pair, another loss: it asks of each pair alone whether it is "
            "real.",
        ),
    ],
    properties=[
        invariant_to(
            "unchanged when a constant is added to a row",
            lambda scores: (scores + np.arange(len(scores))[:, None],),
            _scores,
        )
    ],
    hints=["A softmax cross-entropy, row by row, with label i in row i.", "`np.diag(scores)`"],
)


# --- Asked again in the review of 14 to 16 ---------------------------------------------------

review = (
    Question(
        "In chess 400 points more are odds of ten to one. Anna leads Ben by 400 and wins. Then all "
        "ratings are raised by 100. What is the NLL of her win, before and after?",
        [
            Option(
                "0.10 nats, then less",
                "Only the difference enters, and it is 400 still.",
                misconception="strengths are absolute",
            ),
            Option(
                "0.91 both times",
                "That is her probability, 10/11. Take −log of it.",
            ),
            Option("0.10 nats both times", "−log(10/11) = 0.0953, whatever the zero.", right=True),
        ],
    ),
    Question(
        "Three replies, with the reference ½, ¼, ¼ and the rewards 0, 0, log 2; β = 1. Which share "
        "does the best policy on the leash give the third?",
        [
            Option("0.4", "Reference times e to the reward: ½, ¼, ½. Divided by 1.25.", right=True),
            Option(
                "½",
                "That is a softmax of the rewards alone. The reference multiplies.",
                misconception="the reference does not count",
            ),
            Option(
                "1: it has the highest reward",
                "With β → 0. Here the leash holds.",
            ),
        ],
    ),
    Question(
        "Eight candidates, and the InfoNCE loss of a new model is 2.08 nats. What has it learned?",
        [
            Option(
                "2.08 nats of information",
                "The bound is log N minus the loss.",
                misconception="InfoNCE is the information",
            ),
            Option("Nothing yet", "log 8 = 2.08: it takes all candidates for alike.", right=True),
            Option(
                "To be right once in 2.08 times",
                "A loss is no count. It gives the truth e to the −2.08, ⅛.",
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (two_tastes, predict_constant, bradley_terry_exercise, review[0]),
    (leash, predict_leash, leash_exercise, review[1]),
    (dpo, predict_third, dpo_exercise, recall[0]),
    (which_one, predict_information, info_nce_exercise, recall[1], review[2]),
    (weight, predict_baseline, recall[2]),
)
