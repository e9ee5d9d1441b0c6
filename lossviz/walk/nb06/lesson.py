"""Notebook 06, softmax cross-entropy: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures
(`scenes`), and the formulas that the notebook itself shows in its cells.
"""

import numpy as np

from lossviz.explorer.parameters import Slider
from lossviz.losses import log_softmax, sigmoid, softmax, softmax_cross_entropy
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Slip
from lossviz.teach.properties import gradient_of, invariant_to
from lossviz.teach.relations import agree, equal, limit, related, slope_in

LABEL = Slider(1, 3, value=1, label="y")
Z1 = Slider(-4.0, 4.0, step=0.1, value=0.5, label="z₁")
Z2 = Slider(-4.0, 4.0, step=0.1, value=1.5, label="z₂")
Z3 = Slider(-4.0, 4.0, step=0.1, value=-1.0, label="z₃")
LOGITS = {"z1": Z1, "z2": Z2, "z3": Z3}


def _some_logits(rng):
    return {name: rng.normal(0, 1.5) for name in LOGITS}


def _labelled(rng):
    # class 1 often: it is the one whose slope is taken
    return {"y": int(rng.choice([1, 1, 1, 2, 3])), **_some_logits(rng)}


def _own(y, z1, z2, z3):
    return (z1, z2, z3)[round(y) - 1]


def _total(z1, z2, z3):
    return np.exp(z1) + np.exp(z2) + np.exp(z3)


# --- Derivations -----------------------------------------------------------------------------


def _normalised(above, here, v):
    total = sum(above(**{**v, "y": y}) for y in (1, 2, 3))
    return agree(here(**v) * total, above(**v))


softmax_nll = Derivation(
    "From logits to the softmax and its NLL",
    [
        Step(
            r"\log \tilde P(y) = z_y",
            "One logit for each class: a log-probability that need not add up yet.",
            _own,
        ),
        Step(
            r"\tilde P(y) = e^{z_y}",
            "Undo the log: above 0, whatever the logit.",
            lambda y, z1, z2, z3: np.exp(_own(y, z1, z2, z3)),
            related("exp of the row above", lambda a, h, v: agree(np.log(h(**v)), a(**v))),
        ),
        Step(
            r"P(y) = \frac{e^{z_y}}{\sum_{j} e^{z_j}}",
            "Divide by the sum over all classes. This is the softmax.",
            lambda y, z1, z2, z3: np.exp(_own(y, z1, z2, z3)) / _total(z1, z2, z3),
            related("the row above, divided by its sum over y", _normalised),
        ),
        Step(
            r"-\log P(y) = -\log\left[\frac{e^{z_y}}{\sum_j e^{z_j}}\right]",
            "Minus the log of what happened: a loss.",
            lambda y, z1, z2, z3: -np.log(np.exp(_own(y, z1, z2, z3)) / _total(z1, z2, z3)),
            related("minus the log of it", lambda a, h, v: agree(np.exp(-h(**v)), a(**v))),
        ),
        Step(
            r"= -\left[z_y - \log\sum_j e^{z_j}\right]",
            "The log of a quotient is a difference, and the log undoes the exp above.",
            lambda y, z1, z2, z3: -(_own(y, z1, z2, z3) - np.log(_total(z1, z2, z3))),
            equal(),
        ),
        Step(
            r"= \log\sum_j e^{z_j} - z_y",
            "The minus goes to both terms. The first is called the log-sum-exp.",
            lambda y, z1, z2, z3: np.log(_total(z1, z2, z3)) - _own(y, z1, z2, z3),
            equal(),
        ),
    ],
    sliders={"y": LABEL, **LOGITS},
    over="z1",
    sample=_labelled,
    reference=lambda y, z1, z2, z3: (
        log_softmax(np.array([z1, z2, z3]))[round(y) - 1] + np.logaddexp(np.logaddexp(z1, z2), z3)
    ),
    slips=[
        WrongLine(
            "the lost bracket",
            6,
            r"= -z_y - \log\sum_j e^{z_j}",
            lambda y, z1, z2, z3: -_own(y, z1, z2, z3) - np.log(_total(z1, z2, z3)),
            "The minus in front of the bracket turns − log Σ into + log Σ. Without the bracket "
            "the loss can be made as small as you like: let all logits grow.",
        )
    ],
)

two_classes = Derivation(
    "With two classes, the sigmoid again",
    [
        Step(
            r"P(1) = \frac{e^{z_1}}{e^{z_0} + e^{z_1}}",
            "The softmax of two logits, one for a no and one for a yes.",
            lambda z0, z1: np.exp(z1) / (np.exp(z0) + np.exp(z1)),
        ),
        Step(
            r"= \frac{1}{e^{z_0 - z_1} + 1}",
            "Divide above and below by e to the z₁.",
            lambda z0, z1: 1 / (np.exp(z0 - z1) + 1),
            equal(),
        ),
        Step(
            r"= \sigma(z_1 - z_0)",
            "The sigmoid of the difference. One of the two logits was superfluous.",
            lambda z0, z1: sigmoid(z1 - z0),
            equal(),
        ),
    ],
    sliders={"z0": Slider(-4.0, 4.0, step=0.1, value=0.7, label="z₀"), "z1": Z1},
    over="z1",
    sample=lambda rng: {"z0": rng.normal(0, 1.5), "z1": rng.normal(0, 1.5)},
    reference=lambda z0, z1: softmax(np.array([z0, z1]))[1],
)

C = Slider(-4.0, 4.0, step=0.1, value=2.5, label="c")


def _some_shifted(rng):
    return {"c": rng.uniform(0.5, 2.5), **_some_logits(rng)}


shifted_logsumexp = Derivation(
    "Adding c to all logits: the log-sum-exp",
    [
        Step(
            r"\log\sum_j e^{z_j + c}",
            "The log-sum-exp, with c added to every logit.",
            lambda c, z1, z2, z3: np.log(_total(z1 + c, z2 + c, z3 + c)),
        ),
        Step(
            r"= \log\left[e^{c}\sum_j e^{z_j}\right]",
            "The factor e to the c is in every term: take it out.",
            lambda c, z1, z2, z3: np.log(np.exp(c) * _total(z1, z2, z3)),
            equal(),
        ),
        Step(
            r"= c + \log\sum_j e^{z_j}",
            "The log of a product is a sum. The log-sum-exp moves along with the logits.",
            lambda c, z1, z2, z3: c + np.log(_total(z1, z2, z3)),
            equal(),
        ),
    ],
    sliders={"c": C, **LOGITS},
    over="z1",
    sample=_some_shifted,
    reference=lambda c, z1, z2, z3: np.logaddexp(np.logaddexp(z1 + c, z2 + c), z3 + c),
    slips=[
        WrongLine(
            "called shift-invariant",
            3,
            r"= \log\sum_j e^{z_j}",
            lambda z1, z2, z3: np.log(_total(z1, z2, z3)),
            "The softmax is unchanged by c; the log-sum-exp is not, it moves by exactly c. As a "
            "smooth maximum it has to: add 2.5 to all numbers, and their largest is 2.5 larger.",
        )
    ],
)

shifted_log_softmax = Derivation(
    "Adding c to all logits: the log of the softmax",
    [
        Step(
            r"(z_1 + c) - \log\sum_j e^{z_j + c}",
            "The log of the softmax of class 1, with c added to every logit.",
            lambda c, z1, z2, z3: z1 + c - np.log(_total(z1 + c, z2 + c, z3 + c)),
        ),
        Step(
            r"= (z_1 + c) - \left[c + \log\sum_j e^{z_j}\right]",
            "The log-sum-exp moves by c: the factor e to the c comes out of the sum.",
            lambda c, z1, z2, z3: (z1 + c) - (c + np.log(_total(z1, z2, z3))),
            equal(),
        ),
        Step(
            r"= z_1 - \log\sum_j e^{z_j}",
            "Both move by c, so c cancels. With c = −max z no exp can overflow.",
            lambda z1, z2, z3: z1 - np.log(_total(z1, z2, z3)),
            equal(),
        ),
    ],
    sliders={"c": C, **LOGITS},
    over="z1",
    sample=_some_shifted,
    reference=lambda z1, z2, z3: log_softmax(np.array([z1, z2, z3]))[0],
)

gradient = Derivation(
    "How hard the loss pushes z₁",
    [
        Step(
            r"L = \log\sum_j e^{z_j} - z_y",
            "The NLL of one example whose class is y.",
            lambda y, z1, z2, z3: np.log(_total(z1, z2, z3)) - _own(y, z1, z2, z3),
        ),
        Step(
            r"\frac{\partial L}{\partial z_1} = \frac{e^{z_1}}{\sum_j e^{z_j}} - [y = 1]",
            "The log-sum-exp has the softmax as its slope. The bracket is 1 if the class is 1, "
            "else 0.",
            lambda y, z1, z2, z3: np.exp(z1) / _total(z1, z2, z3) - (y == 1),
            slope_in("z1", "z₁"),
        ),
        Step(
            r"= p_1 - [y = 1]",
            "Predicted minus happened, as with the sigmoid. The other logits alike.",
            lambda y, z1, z2, z3: softmax(np.array([z1, z2, z3]))[0] - (y == 1),
            equal(),
        ),
    ],
    sliders={"y": LABEL, **LOGITS},
    over="z1",
    sample=_labelled,
    reference=lambda y, z1, z2, z3: softmax_cross_entropy(round(y) - 1, np.array([z1, z2, z3])),
)


def _p(z1, z2, z3):
    return np.exp(np.array([z1, z2, z3])) / _total(z1, z2, z3)


def _gap(y, z1, z2, z3):
    return _p(z1, z2, z3) - np.eye(3)[round(y) - 1]


squared_gradient = Derivation(
    "How hard the squared error pulls z₁",
    [
        Step(
            r"L = \sum_k (p_k - [y = k])^2",
            "The squared error of the predicted probabilities.",
            lambda y, z1, z2, z3: np.sum(_gap(y, z1, z2, z3) ** 2),
        ),
        Step(
            r"\frac{\partial L}{\partial z_1} = 2 \sum_k (p_k - [y = k])\,"
            r"\frac{\partial p_k}{\partial z_1}, \qquad "
            r"\frac{\partial p_k}{\partial z_1} = p_k\,([k = 1] - p_1)",
            "The chain rule. All probabilities depend on z₁, since they share a sum.",
            lambda y, z1, z2, z3: (
                2
                * np.sum(
                    _gap(y, z1, z2, z3)
                    * _p(z1, z2, z3)
                    * (np.array([1.0, 0.0, 0.0]) - _p(z1, z2, z3)[0])
                )
            ),
            slope_in("z1", "z₁"),
        ),
        Step(
            r"= 2\,p_1\left(g_1 - \sum_k g_k\,p_k\right), \qquad g_k = p_k - [y = k]",
            "The bracket [k = 1] keeps one term, and p₁ stands in all of them: it comes out in "
            "front.",
            lambda y, z1, z2, z3: (
                2
                * _p(z1, z2, z3)[0]
                * (_gap(y, z1, z2, z3)[0] - _gap(y, z1, z2, z3) @ _p(z1, z2, z3))
            ),
            equal(),
        ),
    ],
    sliders={"y": LABEL, **LOGITS},
    over="z1",
    sample=_labelled,
    reference=lambda y, z1, z2, z3: np.sum(
        (softmax(np.array([z1, z2, z3])) - np.eye(3)[round(y) - 1]) ** 2
    ),
    slips=[
        WrongLine(
            "one probability alone",
            2,
            r"\frac{\partial L}{\partial z_1} = 2\,(p_1 - [y = 1])\,p_1\,(1 - p_1)",
            lambda y, z1, z2, z3: (
                2 * _gap(y, z1, z2, z3)[0] * _p(z1, z2, z3)[0] * (1 - _p(z1, z2, z3)[0])
            ),
            "That is the slope of the first term only. Raising z₁ lowers p₂ and p₃ too, and their "
            "gaps count as much.",
        )
    ],
)


def _log_p(z1, z2, z3):
    return np.array([z1, z2, z3]) - np.log(_total(z1, z2, z3))


def _zero_at_shares(above, here, v):
    best = dict(zip(LOGITS, np.log(v["n"]), strict=True))
    return abs(above(**{**v, **best})) < 1e-9 and agree(
        here(**v), softmax(np.array([*best.values()]))[0]
    )


class_shares = Derivation(
    "The best probabilities without features",
    [
        Step(
            r"\mathrm{NLL} = -\sum_k n_k \log p_k",
            "Class k was seen nₖ times, and each time costs −log of its probability.",
            lambda n, z1, z2, z3: -np.sum(n * _log_p(z1, z2, z3)),
        ),
        Step(
            r"= I\,\log\sum_j e^{z_j} - \sum_k n_k z_k",
            "The softmax put in. The nₖ add up to I.",
            lambda n, z1, z2, z3: (
                np.sum(n) * np.log(_total(z1, z2, z3)) - n[0] * z1 - n[1] * z2 - n[2] * z3
            ),
            equal(),
        ),
        Step(
            r"\frac{\partial\,\mathrm{NLL}}{\partial z_1} = I\,p_1 - n_1",
            "Predicted minus happened, added up over all examples.",
            lambda n, z1, z2, z3: np.sum(n) * np.exp(z1) / _total(z1, z2, z3) - n[0],
            slope_in("z1", "z₁"),
        ),
        Step(
            r"\hat p_1 = \frac{n_1}{I}",
            "At the lowest point all slopes are 0: the probabilities are the observed shares.",
            lambda n: n[0] / np.sum(n),
            related("the p₁ at which the row above is 0", _zero_at_shares),
        ),
    ],
    sliders=LOGITS,
    over="z1",
    given={"n": np.array([12.0, 5.0, 3.0])},
    sample=lambda rng: {"n": rng.integers(2, 15, 3).astype(float), **_some_logits(rng)},
    reference=lambda n, z1, z2, z3: (
        n @ softmax_cross_entropy(np.arange(3), np.tile([z1, z2, z3], (3, 1)))
    ),
)

floor_of_two = Derivation(
    "The floor of softmax twice",
    [
        Step(
            r"-\log\,\mathrm{softmax}(\mathrm{softmax}(z))_1, \qquad z = (s, 0, \ldots, 0)",
            "The NLL of class 1, which leads by s, when softmax is applied twice.",
            lambda s, K: softmax_cross_entropy(0, softmax(np.r_[s, np.zeros(round(K) - 1)])),
        ),
        Step(
            r"= \log\left(1 + (K-1)\,e^{q - p}\right), \qquad "
            r"p = \frac{e^{s}}{e^{s} + K - 1}, \quad q = \frac{1}{e^{s} + K - 1}",
            "The inner softmax makes p of the leader and q of each other class: they are all that "
            "the outer one sees.",
            # e^s is taken out above and below: it would overflow on the way to the limit
            lambda s, K: np.log(
                1 + (K - 1) * np.exp((np.exp(-s) - 1) / (1 + (K - 1) * np.exp(-s)))
            ),
            equal(),
        ),
        Step(
            r"\to \log\left(1 + \frac{K-1}{e}\right)",
            "However far it leads, p is at most 1 and q at least 0: q − p never gets below −1.",
            lambda K: np.log(1 + (K - 1) * np.exp(-1)),
            limit("s", np.inf),
        ),
    ],
    sliders={
        "s": Slider(0.0, 10.0, step=0.1, value=3.0, label="s"),
        "K": Slider(2, 10, value=3, label="K"),
    },
    over="s",
    sample=lambda rng: {"s": rng.uniform(0.5, 4), "K": int(rng.integers(3, 11))},
    reference=lambda s, K: -log_softmax(softmax(np.array([s] + [0.0] * (round(K) - 1))))[0],
    slips=[
        WrongLine(
            "the floor is 0",
            3,
            r"\to 0",
            lambda: 0.0,
            "It would be, if the outer softmax saw logits. It sees probabilities, and those cannot "
            "differ by more than 1.",
        )
    ],
)

# --- Questions before an explorer ------------------------------------------------------------

predict_logits = Question(
    "Three classes have the logits 2, 1 and −1. You add 5 to all of them. What happens to the "
    "probabilities?",
    [
        Option(
            "all three grow: higher logits, higher probabilities",
            "They cannot all grow: they add up to 1. A logit means nothing by itself; only "
            "differences count.",
            misconception="logits have absolute meaning",
        ),
        Option(
            "the largest grows, the others shrink",
            "That is what a factor would do. A common term cancels in the quotient.",
            misconception="logits have absolute meaning",
        ),
        Option(
            "nothing",
            "e to the 5 comes out of every term, above and below, and cancels.",
            right=True,
        ),
    ],
)

predict_soft_maximum = Question(
    "Two logits are equal, both 0. Their maximum is 0. What is log(e⁰ + e⁰)?",
    [
        Option("0: it is the maximum", "It is near the maximum when one logit is far ahead."),
        Option(
            "log 2, about 0.69",
            "The log-sum-exp lies above the maximum, by log K at most: here just that.",
            right=True,
        ),
        Option("1", "That would be the log of e."),
    ],
)

predict_push = Question(
    "The logits are −1, 2 and 0.5, so P is (0.039, 0.786, 0.175), and the truth is A. How does the "
    "loss push the three logits?",
    [
        Option(
            "A up; B and C are left alone, since they did not happen",
            "They took the probability that A should have had. Their slopes are their own "
            "probabilities.",
            misconception="only the true class learns",
        ),
        Option(
            "A up by 0.961, B down by 0.786, C down by 0.175",
            "Predicted minus happened, turned round. The three pushes add up to 0.",
            right=True,
        ),
        Option(
            "A up by 0.961, B and C down by 0.48 each",
            "The blame is not shared evenly: each pays for the probability that it took.",
        ),
    ],
)

predict_shares = Question(
    "No features, only counts: A was seen 12 times, B 8 times, and C never. What happens to C's "
    "logit if you train for ever?",
    [
        Option(
            "it goes to 0, as its probability does",
            "A logit of 0 is no probability of 0. It depends on the other logits, and e⁰ = 1.",
            misconception="logits have absolute meaning",
        ),
        Option(
            "it stays where it started: no example of C pushes it",
            "Every example of A or B pushes C down, by P(C).",
            misconception="only the true class learns",
        ),
        Option(
            "it falls without end",
            "P(C) = 0 needs a logit of −∞. The loss always gains a little by going lower.",
            right=True,
        ),
    ],
)

predict_lines = Question(
    "Chinstrap's logit is a line that falls all the way, from short flippers to long ones. What "
    "does P(Chinstrap) do?",
    [
        Option(
            "it may rise and fall: that depends on the other lines",
            "Chinstrap gains on a logit that falls faster, and loses to one that rises.",
            right=True,
        ),
        Option(
            "it falls all the way, as its logit does",
            "It would, if the other logits stood still. A logit means nothing by itself.",
            misconception="logits have absolute meaning",
        ),
        Option(
            "it falls along a straight line, from 1 to 0",
            "The logits are straight. The softmax bends them, so that they fit between 0 and 1.",
            misconception="probabilities are as straight as logits",
        ),
    ],
)

predict_argmax = Question(
    "P is (0.40, 0.35, 0.25). One class has to be named, and all mistakes cost the same. Which do "
    "you name?",
    [
        Option(
            "none: no class has more than one half",
            "With two classes the likelier one has at least one half. With K it need not.",
            misconception="the class named needs a probability above one half",
        ),
        Option(
            "the first, always",
            "That is right in 40 % of such cases, and no other way of naming is right more often.",
            right=True,
        ),
        Option(
            "each in its share: the first in 40 % of the cases, and so on",
            "That is right in 0.40² + 0.35² + 0.25² = 34.5 % of the cases, less than 40 %.",
            misconception="naming in proportion is best",
        ),
    ],
)

predict_saturation = Question(
    "Wrong by 3, the NLL needs 4 steps to bring P(truth) above ½, and the squared error "
    "Σ(pₖ − onehotₖ)² needs 48. Now wrong by 4: the NLL needs 5. And the squared error?",
    [
        Option(
            "about 60, a quarter more, as the NLL",
            "The NLL pulls with nearly 1, however wrong. The squared error pulls less, the more "
            "wrong it is.",
            misconception="the squared error is fine after a softmax",
        ),
        Option(
            "about 200, four times as many",
            "P of the truth is a factor in its slope, and that is seven times smaller now. From 5 "
            "it needs 840.",
            right=True,
        ),
        Option(
            "fewer than 48: it punishes large errors most",
            "Its value does. But it is close to its maximum, 2, and therefore flat.",
            misconception="the squared error is fine after a softmax",
        ),
    ],
)

predict_twice = Question(
    "A network ends in a softmax. The loss takes logits, so it applies softmax again. Nobody "
    "notices, since nothing crashes. The truth leads by far. How low does the loss get, for K = 3?",
    [
        Option(
            "to 0: softmax of a softmax is the same softmax",
            "It is not: the second one takes probabilities for logits, and those differ by 1 at "
            "most.",
            misconception="apply softmax, then a loss that applies it again",
        ),
        Option(
            "to about 0.55, and no lower",
            "The second softmax sees (1, 0, 0) at the very best, in the limit.",
            right=True,
        ),
        Option(
            "to log 3, as if it were untrained",
            "It learns: the first softmax still moves, and nearly (1, 0, 0) goes in at the end.",
        ),
    ],
)

predict_penguins = Question(
    "The weights are the best for these penguins. You make one of them much larger in size. Can "
    "the mean NLL get worse while the number of right answers stays?",
    [
        Option(
            "yes",
            "The model gets surer, of its errors as well, and those get dear.",
            right=True,
        ),
        Option(
            "no: a worse loss means more errors",
            "The count sees only which class is largest. The NLL sees by how much.",
            misconception="confident means correct",
        ),
    ],
)

predict_temperature = Question(
    "A softmax is fitted to one half of the penguins. On the other half you divide all its logits "
    "by one T > 0. Which T gives the best NLL there?",
    [
        Option(
            "T above 1, most often",
            "A fit without a brake is too sure. Dividing its logits takes some of that back.",
            right=True,
        ),
        Option(
            "T = 1: the fit is a maximum of the likelihood",
            "On the half that it was fitted to, yes. On the other half it is too sure, most often.",
            misconception="confident means correct",
        ),
        Option(
            "none: T changes nothing, since the order of the logits stays",
            "The order, and so every answer, stays. The probabilities do not.",
            misconception="confident means correct",
        ),
    ],
)

# --- Questions at the end --------------------------------------------------------------------

recall = (
    Question(
        "Two models look at the same picture. One has the logit 9 for “cat”, the other 2. What "
        "follows?",
        [
            Option(
                "the first is surer that it is a cat",
                "Its other logits may be 9 as well. Only differences within one model count.",
                misconception="logits have absolute meaning",
            ),
            Option(
                "the first will have the lower loss, if it is a cat",
                "The loss is log-sum-exp minus that logit: the other logits are in it.",
                misconception="logits have absolute meaning",
            ),
            Option(
                "nothing, before you see their other logits",
                "Add a constant to all logits of a model, and it says the same.",
                right=True,
            ),
        ],
    ),
    Question(
        "A classifier with ten classes trains well at first; then its loss sticks at 1.46 nats, "
        "though it gets nearly every example right. What do you look for?",
        [
            Option(
                "a softmax before a loss that applies one itself",
                "log(1 + 9/e) is 1.4612.",
                right=True,
            ),
            Option(
                "a larger learning rate",
                "No step gets below a floor.",
            ),
            Option(
                "wrong labels",
                "They cost as well, but nearly every example is called right here.",
            ),
            Option(
                "nothing: the loss of ten classes cannot be lower",
                "Nearly every example is right, so the features settle the labels. Then the floor "
                "is 0, for any K.",
                misconception="apply softmax, then a loss that applies it again",
            ),
        ],
    ),
    Question(
        "From notebook 05. The slope of BCE in its logit was σ(z) − y. What is the slope of the "
        "softmax NLL in the logit of the true class?",
        [
            Option("p − 1", "Predicted minus happened, and 1 happened.", right=True),
            Option(
                "p",
                "That is the slope of every other class: predicted, and 0 happened.",
                misconception="only wrong classes are pushed",
            ),
            Option(
                "−log p",
                "That is the loss itself.",
                misconception="the loss for its slope",
            ),
        ],
    ),
)

# --- Exercises -------------------------------------------------------------------------------


def row_softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    return e / e.sum(axis=1, keepdims=True)


def _grids(rng):
    """Everyday rows; a square grid, where axes hide; rows far apart and far out."""
    far = np.array([[1000.0, 998.6, 999.1], [-1000.0, -1001.2, -999.7]])
    return [(rng.normal(0, 2, (4, 3)),), (rng.normal(0, 2, (3, 3)),), (far,)]


def _softmax_of(shift):
    """The faded exercise's other lines around one way to shift."""

    def function(logits):
        e = np.exp(shift(logits))
        return e / e.sum(axis=1, keepdims=True)

    return function


def _over_columns(logits):
    e = np.exp(logits - logits.max(axis=0))
    return e / e.sum(axis=0)


probabilities = Exercise(
    "the softmax of each row",
    "Complete `probabilities(logits)`: `logits` has one row for each example and one column for "
    "each class; softmax each row. It must work at 1000. One line is missing.",
    row_softmax,
    _grids,
    slips=[
        Slip(
            "no shift",
            _softmax_of(lambda z: z),
            "Right on paper. exp(1000) is ∞ in float64, and ∞/∞ is no number. Subtract each row's "
            "maximum first: the softmax stays.",
        ),
        Slip(
            "one maximum for all rows",
            _softmax_of(lambda z: z - z.max()),
            "The row at −1000 is then 2000 below the maximum: all its exps are 0, and 0/0 is no "
            "number. Each row needs its own: `axis=1, keepdims=True`.",
        ),
        Slip(
            "the maximum of each column",
            _softmax_of(lambda z: z - z.max(axis=0, keepdims=True)),
            "Only what is the same for all classes of one example cancels. Take the maximum along "
            "the classes, `axis=1`.",
        ),
        Slip(
            "softmax over the wrong axis",
            _over_columns,
            "Here the examples compete with each other. Each row has to add up to 1.",
        ),
        Slip(
            "softmax of everything",
            lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(),
            "The whole table adds up to 1 here. Each row has to.",
        ),
        Slip(
            "the wrong sign",
            _softmax_of(lambda z: z.max(axis=1, keepdims=True) - z),
            "That turns the order round: the largest logit would get the smallest probability.",
        ),
        Slip(
            "divided by the maximum",
            _softmax_of(lambda z: z / z.max(axis=1, keepdims=True)),
            "That is a factor, another in each row. Subtract the maximum.",
        ),
    ],
    properties=[
        invariant_to(
            "unchanged when a constant is added to all logits",
            lambda logits: (logits + 7.3,),
            lambda rng: [(rng.normal(0, 2, (4, 3)),)],
        )
    ],
    hints=[
        "Adding a constant to a whole row changes nothing. Which constant keeps exp from "
        "overflowing?",
        "Subtract each row's largest logit.",
        "`logits.max(axis=1, keepdims=True)` has one entry for each row, as a column.",
    ],
)


def nll_of_labels(labels, logits):
    top = logits.max(axis=1)
    logsumexp = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return logsumexp - logits[np.arange(len(labels)), labels]


def _labelled_grids(rng):
    far = np.array([[1000.0, 998.6, -1000.0], [-1000.0, -1001.2, -999.7]])
    return [
        (np.array([2, 0, 1, 1]), rng.normal(0, 2, (4, 3))),
        (np.array([1, 2, 0]), rng.normal(0, 2, (3, 3))),
        (np.array([2, 1]), far),
    ]


def _mild_grids(rng):
    return [(np.array([2, 0, 1, 1]), rng.normal(0, 1.5, (4, 3))) for _ in range(2)]


def _own_logits(labels, logits):
    return logits[np.arange(len(labels)), labels]


def _logsumexp(z, axis):
    return np.logaddexp.reduce(z, axis=axis)


nll = Exercise(
    "softmax cross-entropy",
    "Write `nll(labels, logits)`: the NLL in nats of each example. `logits` has one row for each "
    "example; `labels` holds the number of its class. It must work at ±1000.",
    nll_of_labels,
    _labelled_grids,
    slips=[
        Slip(
            "exp as it stands",
            lambda labels, z: np.log(np.exp(z).sum(axis=1)) - _own_logits(labels, z),
            "Right on paper. exp(1000) is ∞ in float64, and at −1000 the log of 0 is −∞. Take "
            "each row's maximum out of the log-sum-exp.",
        ),
        Slip(
            "softmax without the shift",
            lambda labels, z: (
                -np.log(_own_logits(labels, np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)))
            ),
            "exp(1000) is ∞ in float64, and ∞/∞ is no number. Shift, and stay in logs.",
        ),
        Slip(
            "the log after the softmax",
            lambda labels, z: -np.log(_own_logits(labels, row_softmax(z))),
            "The shift is right, but a probability of e^−2000 is 0 in float64, and its log −∞. "
            "Never form the probability: log-sum-exp minus the logit.",
        ),
        Slip(
            "softmax applied twice",
            lambda labels, z: nll_of_labels(labels, row_softmax(z)),
            "The log-sum-exp is the softmax's already. Give it the logits, not probabilities.",
        ),
        Slip(
            "the lost bracket",
            lambda labels, z: -_own_logits(labels, z) - _logsumexp(z, 1),
            "−[z − log Σ] is −z + log Σ: the minus belongs to both.",
        ),
        Slip(
            "the lost minus",
            lambda labels, z: -nll_of_labels(labels, z),
            "This is the log-likelihood. A loss is minus that.",
        ),
        Slip(
            "the logit alone",
            lambda labels, z: -_own_logits(labels, z),
            "Without the log-sum-exp the logits need not compete: all could grow without end.",
        ),
        Slip(
            "the mean over the classes",
            lambda labels, z: nll_of_labels(labels, z) / z.shape[1],
            "Averaging over the classes divides by K. Only one class happened: its −log P is the "
            "loss.",
        ),
        Slip(
            "log₂ for ln",
            lambda labels, z: nll_of_labels(labels, z) / np.log(2),
            "That is in bits. For nats use `np.log`.",
        ),
        Slip(
            "the log-sum-exp over the wrong axis",
            lambda labels, z: _logsumexp(z, 0)[labels] - _own_logits(labels, z),
            "Here the examples compete with each other. Sum over the classes, `axis=1`.",
        ),
    ],
    hints=[
        "The last row of “From logits to the softmax and its NLL”: log-sum-exp minus the logit of "
        "the true class.",
        "`logits[np.arange(len(labels)), labels]` picks the logit of the true class of each row.",
        "Log-sum-exp = m + log Σ exp(z − m), with m the row's maximum: `logits.max(axis=1)`.",
    ],
)


def slope_of_logits(labels, logits):
    p = row_softmax(logits)
    p[np.arange(len(labels)), labels] -= 1
    return p


def _onehot(labels, logits):
    return np.eye(logits.shape[1])[labels]


slope = Exercise(
    "the slope",
    "Write `slope(labels, logits)`: the derivative of each example's NLL in each of its logits; a "
    "table of the shape of `logits`.",
    slope_of_logits,
    _mild_grids,
    slips=[
        Slip(
            "the wrong way",
            lambda labels, z: -slope_of_logits(labels, z),
            "That is the push, downhill. The slope is predicted minus happened.",
        ),
        Slip(
            "nothing happened",
            lambda labels, z: row_softmax(z),
            "Subtract 1 in the column of the true class.",
        ),
        Slip(
            "only the true class",
            lambda labels, z: slope_of_logits(labels, z) * _onehot(labels, z),
            "The other logits are pushed too: each has its probability as slope.",
        ),
        Slip(
            "the logit for the probability",
            lambda labels, z: z - _onehot(labels, z),
            "Compare with the probabilities, not with the logits.",
        ),
        Slip(
            "the softmax over the wrong axis",
            lambda labels, z: _over_columns(z) - _onehot(labels, z),
            "Each row of probabilities adds up to 1, so each row of slopes to 0.",
        ),
        Slip(
            "divided by the number of examples",
            lambda labels, z: slope_of_logits(labels, z) / len(labels),
            "That is the slope of the mean. Here each example has its own.",
        ),
    ],
    properties=[
        gradient_of(lambda labels, z: np.sum(nll_of_labels(labels, z)), _mild_grids, argument=1)
    ],
    hints=[
        "Predicted minus happened.",
        "`np.eye(K)[labels]` is a table with a 1 in the column of each true class.",
    ],
)


def class_named(logits):
    return logits.argmax(axis=1)


def _rows_to_name(rng):
    """Everyday rows; a square grid, where axes hide; no class above one half; ties; far out."""
    even = np.array([[0.1, 0.3, 0.2], [0.0, -0.2, 0.1], [0.2, 0.1, 0.0], [0.1, 0.2, 0.25]])
    ties = np.array([[0.5, 1.5, 1.5], [0.7, 0.7, 0.7], [2.0, -1.0, 2.0], [1.0, 1.0, 3.0]])
    far = np.array([[1000.0, 998.6, 1001.1], [-1000.0, -1001.2, -999.7]])
    everyday = rng.normal(0, 3, (8, 4)), rng.normal(0, 3, (4, 4))
    return [(rows,) for rows in (*everyday, even, ties, far)]


def _unshifted(logits):
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


predict = Exercise(
    "naming a class",
    "Write `predict(logits)`: the number of the most probable class of each example. `logits` has "
    "one row for each; of classes that are equally probable take the first.",
    class_named,
    _rows_to_name,
    slips=[
        Slip(
            "the largest of each column",
            lambda z: z.argmax(axis=0),
            "That names, for each class, an example. Look along the classes: `axis=1`.",
        ),
        Slip(
            "the largest of the whole table",
            lambda z: z.argmax(),
            "Without an axis argmax counts through the whole table. Each row has its own.",
        ),
        Slip(
            "the logit for its number",
            lambda z: z.max(axis=1),
            "That is the largest logit itself. Asked is where it is: argmax, not max.",
        ),
        Slip(
            "numbered from 1",
            lambda z: z.argmax(axis=1) + 1,
            "In code the classes are numbered from 0.",
        ),
        Slip(
            "the least probable",
            lambda z: z.argmin(axis=1),
            "That is the smallest logit. The most probable class has the largest.",
        ),
        Slip(
            "the last of equals",
            lambda z: z.shape[1] - 1 - z[:, ::-1].argmax(axis=1),
            "Right wherever one class is ahead. Where several are equal, the first was asked for.",
        ),
        Slip(
            "softmax without the shift",
            lambda z: _unshifted(z).argmax(axis=1),
            "exp(1000) is ∞ in float64, and ∞/∞ is no number. No softmax is needed here: it keeps "
            "the order.",
        ),
        Slip(
            "the class above one half",
            lambda z: (row_softmax(z) > 0.5).argmax(axis=1),
            "With K classes the most probable one may have less than one half. Then this names the "
            "first.",
        ),
    ],
    properties=[
        invariant_to(
            "unchanged when a constant is added to all logits",
            lambda logits: (logits + 7.3,),
            lambda rng: [(rng.normal(0, 2, (6, 3)),)],
        ),
        invariant_to(
            "unchanged when all logits are divided by one T > 0",
            lambda logits: (logits / 2.7,),
            lambda rng: [(rng.normal(0, 2, (6, 3)),)],
        ),
    ],
    hints=[
        "The softmax keeps the order: the most probable class has the largest logit.",
        "`np.argmax` gives the place of the largest, and of several the first.",
        "Along the classes: `axis=1`.",
    ],
)


# --- Asked again in the review of the walk ---------------------------------------------------

review = (
    Question(
        "Four weather types. The network ends in a softmax, and the library’s loss takes logits. "
        "What will you see?",
        [
            Option(
                "An error: the loss refuses probabilities",
                "Probabilities are numbers too. Nothing looks wrong, which is the trouble.",
            ),
            Option(
                "It starts at 1.39 and goes to 0, only more slowly",
                "The softmax of (1, 0, 0, 0) gives the first type 0.48 and no more.",
                misconception="softmax twice does no harm",
            ),
            Option(
                "It trains, but ends above 0.74",
                "The best input is (1, 0, 0, 0), and its loss is log(e + 3) − 1 = 0.7437.",
                right=True,
            ),
        ],
    ),
    Question(
        "Model A has logits (1, 0), model B (−49, −50). Which one is more confident?",
        [
            Option(
                "A: its logits are above 0",
                "Only differences count: the −50 cancels.",
                misconception="logits have absolute meaning",
            ),
            Option(
                "Neither: the gap is the same",
                "Both give 0.73 and 0.27. Adding a number to all logits changes nothing.",
                right=True,
            ),
            Option(
                "B: its logits are larger in size",
                "The difference, 1, is the same in both.",
                misconception="logits have absolute meaning",
            ),
        ],
    ),
    Question(
        "Two tests for a plant disease always say the same, and are right 80 % of the time. A "
        "gives its answer 0.98 each time, B 0.8. Whose mean NLL is lower?",
        [
            Option(
                "A’s, since it is surer of what is usually right",
                "When A is wrong it pays log 50: 0.80 nats on average, and B 0.50.",
                misconception="confident means correct",
            ),
            Option(
                "B’s, since it says how often it is right",
                "0.50 nats against 0.80. Saying 0.8 and being right 80 % of the time is as good "
                "as it gets.",
                right=True,
            ),
            Option(
                "Equal, since both are right equally often",
                "Accuracy sees the choice only. The NLL sees the number.",
                misconception="the NLL sees only hits and misses",
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (softmax_nll, two_classes, class_shares, predict_shares, nll),
    (
        predict_logits,
        shifted_logsumexp,
        shifted_log_softmax,
        predict_soft_maximum,
        recall[0],
        review[1],
    ),
    (
        predict_push,
        gradient,
        predict_saturation,
        squared_gradient,
        predict_penguins,
        slope,
        recall[2],
    ),
    (predict_lines, predict_argmax, probabilities, predict),
    (predict_twice, floor_of_two, recall[1], review[0]),
    (predict_temperature, review[2]),
)
