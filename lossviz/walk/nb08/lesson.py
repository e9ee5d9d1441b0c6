"""Notebook 08, entropy and the poll: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures and
Huffman's code (`scenes`), entropy (`information`), and the live poll (`poll`).
"""

from math import log2

import numpy as np

from lossviz.explorer.parameters import Slider
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Slip
from lossviz.teach.properties import invariant_to
from lossviz.teach.relations import equal, related, scaled, slope_in, zero_in

# --- Derivations -----------------------------------------------------------------------------


def _two(counts, p):
    """The surprisal of all draws together: each colour's count times its surprisal."""
    return -(counts[0] * np.log2(p) + counts[1] * np.log2(1 - p))


def _sequence_bits(counts, p):
    """The same, draw by draw, by the standard library: −log₂ of each draw's probability, added."""
    blue, other = (int(n) for n in counts)
    return sum(-log2(p) for _ in range(blue)) + sum(-log2(1 - p) for _ in range(other))


def _weighted_twice(counts, p):
    return -(counts[0] * p * np.log2(p) + counts[1] * (1 - p) * np.log2(1 - p))


def _floor(above, here, v):
    """The row above touches this one where p is the share of blue, and is nowhere below it."""
    share = v["counts"][0] / v["counts"].sum()
    touches = abs(above(**{**v, "p": share}) - here(**v)) < 1e-9
    return touches and above(**v) >= here(**v) - 1e-12


per_ball = Derivation(
    "How surprising are N draws, per ball?",
    [
        Step(
            r"-\log_2 \prod_{n=1}^{N} p(x_n)",
            "The surprisal of a whole series of independent draws (each ball goes back).",
            lambda counts, p: -np.log2(p ** counts[0] * (1 - p) ** counts[1]),
        ),
        Step(
            r"= -\sum_{n=1}^{N} \log_2 p(x_n)",
            "The log of a product is a sum of logs: the draws' bits add up.",
            lambda counts, p: -np.sum(np.log2(np.repeat([p, 1 - p], counts))),
            equal(),
        ),
        Step(
            r"= -\sum_k n_k \log_2 p_k",
            "Put equal balls together: colour k was drawn $n_k$ times.",
            _two,
            equal(),
        ),
        Step(
            r"\to\ -\sum_k \frac{n_k}{N} \log_2 p_k",
            "Per ball: divide by N, which holds no p. What is left are shares.",
            lambda counts, p: (
                -(counts[0] * np.log2(p) + counts[1] * np.log2(1 - p)) / (counts[0] + counts[1])
            ),
            scaled(lambda counts: counts[0] + counts[1], "N"),
            constant_in=("p",),
        ),
        Step(
            r"\ge\ -\sum_k \frac{n_k}{N} \log_2 \frac{n_k}{N} = H",
            "Least surprising is the p that equals the shares (notebook 06). What is left then is "
            "the entropy.",
            lambda counts: -np.sum(counts / np.sum(counts) * np.log2(counts / np.sum(counts))),
            related("the row above touches this one at p = n/N and is never below it", _floor),
        ),
    ],
    sliders={"p": Slider(0.02, 0.98, step=0.01, value=0.4, label="p of blue")},
    over="p",
    given={"counts": np.array([7, 3])},
    sample=lambda rng: {"counts": rng.integers(3, 12, 2), "p": rng.uniform(0.15, 0.85)},
    reference=_sequence_bits,
    slips=[
        WrongLine(
            "the weight counted twice",
            3,
            r"= -\sum_k n_k\, p_k \log_2 p_k",
            _weighted_twice,
            "The draws come as often as they come: the count $n_k$ is the weight already. With "
            "$p_k$ beside it each colour is weighted twice, and a model that is certain of one "
            "colour, no matter which, would have the least surprise: at both ends the line falls "
            "towards 0.",
            after=(
                (
                    r"\to\ -\sum_k \frac{n_k}{N}\, p_k \log_2 p_k",
                    lambda counts, p: _weighted_twice(counts, p) / np.sum(counts),
                ),
            ),
        )
    ],
)


peak = Derivation(
    "Where the entropy of yes or no is highest",
    [
        Step(
            r"H(p) = -p \log_2 p - (1-p) \log_2 (1-p)",
            "Two outcomes: each surprisal, weighted by its probability.",
            lambda p: -p * np.log2(p) - (1 - p) * np.log2(1 - p),
        ),
        Step(
            r"= \frac{1}{\ln 2}\left[-p \ln p - (1-p) \ln (1-p)\right]",
            "In natural logs, which are the ones to differentiate.",
            lambda p: (-p * np.log(p) - (1 - p) * np.log(1 - p)) / np.log(2),
            equal(),
        ),
        Step(
            r"\frac{dH}{dp} = \frac{1}{\ln 2}\left[\ln (1-p) - \ln p\right]",
            "Product rule, twice. It leaves −1 from the first term and +1 from the second.",
            lambda p: (np.log(1 - p) - np.log(p)) / np.log(2),
            slope_in("p", "p"),
        ),
        Step(
            r"\hat p = \frac{1}{2}",
            "The slope is 0 where both logs are equal. Left of it H rises, right of it H falls.",
            lambda: 1 / 2,
            zero_in("p", "p"),
        ),
    ],
    sliders={"p": Slider(0.02, 0.98, step=0.01, value=0.3, label="p")},
    over="p",
    sample=lambda rng: {"p": rng.uniform(0.1, 0.4)},
    reference=lambda p: sum(-q * log2(q) for q in (p, 1 - p)),
)


# --- Questions before an explorer ------------------------------------------------------------

predict_surprise = Question(
    "Two things that have nothing to do with each other happen: one had the probability ¼, which "
    "is 2 bits of surprise, the other ½, which is 1 bit. How surprising are both together?",
    [
        Option(
            "2 bits, the larger of the two",
            "The second one happened as well: that cannot come for free.",
        ),
        Option(
            "2 bits: 2 times 1",
            "Probabilities multiply. Their logs, and so the bits, do something else.",
            misconception="bits multiply",
        ),
        Option(
            "3 bits",
            "¼ times ½ is ⅛, and −log₂ ⅛ is 3. Probabilities multiply, bits add.",
            right=True,
        ),
    ],
)

predict_box = Question(
    "The box holds 4 blue balls, 2 vermilion, 1 green and 1 purple, and its entropy is 1.75 bits. "
    "Now the colours swap: 4 purple, 2 blue, 1 vermilion, 1 green. The entropy …",
    [
        Option(
            "stays at 1.75 bits",
            "The same four shares, so the same four surprisals with the same weights.",
            right=True,
        ),
        Option(
            "changes, because purple is now the frequent one",
            "Nothing in the formula knows a colour. It reads the shares only.",
            misconception="entropy depends on the values",
        ),
        Option(
            "stays, and it would for any box with four colours",
            "It stays here. But a box with four equal colours has 2 bits, so the number of "
            "colours does not settle it.",
            misconception="entropy counts colours",
        ),
    ],
)

poll_alone = Question(
    "You draw one ball without looking. Which box's colour has the higher entropy?",
    [
        Option(
            "Box A",
            "Two colours, 10 and 10: no colour is the better guess, and each draw is worth 1 bit. "
            "In box B the guess “blue” is right 17 times in 20.",
            right=True,
        ),
        Option(
            "Box B",
            "It has four colours, but one of them takes 17 of 20. The three rare ones are very "
            "surprising, and very seldom.",
            misconception="entropy counts colours",
        ),
        Option(
            "Both the same",
            "Both hold 20 balls, but a number of balls is nothing that a draw depends on.",
            misconception="entropy counts balls",
        ),
    ],
)

poll_hard = Question(
    "Three boxes now. Which box's colour has the highest entropy?",
    [
        Option(
            "Box A",
            "It is among the highest, but not alone: look at the shares in box B.",
        ),
        Option(
            "Box B",
            "It holds twice as many balls as box A, in the same shares. A draw sees shares.",
            misconception="entropy counts balls",
        ),
        Option(
            "Box C",
            "It has the most colours. But one of them takes 9 of 12.",
            misconception="entropy counts colours",
        ),
        Option(
            "A and B, equally",
            "8, 2, 2 and 16, 4, 4 are the same shares, so the same 1.252 bits. C has 1.208.",
            right=True,
        ),
    ],
)

predict_binary = Question(
    "An event has the probability 0.9 of yes. You change it to 0.99. Its entropy …",
    [
        Option(
            "rises a little: “no” becomes more surprising",
            "It does, from 3.3 bits to 6.6. But it also becomes ten times as rare, and that wins.",
            misconception="a rare surprise raises the mean",
        ),
        Option(
            "falls, to less than a fifth",
            "From 0.469 bits to 0.081: “no” is a greater surprise now, but ten times rarer.",
            right=True,
        ),
        Option(
            "stays: there are still two outcomes",
            "The number of outcomes sets the most it can be, 1 bit for two. It does not set what "
            "it is.",
            misconception="entropy counts outcomes",
        ),
    ],
)

predict_code = Question(
    "Shares ½, ¼, ⅛, ⅛ gave code words of 1, 2, 3 and 3 bits, exactly the surprisals. Now add "
    "blue balls, up to 32, so that blue has ⅘. Its surprisal is 0.32 bits. How long is its word?",
    [
        Option("0.32 bits", "That would be fair. But a word has a whole number of signs."),
        Option(
            "1 bit",
            "The shortest word there is, as long as other colours must be told apart from it.",
            right=True,
        ),
        Option(
            "0 bits: it is nearly certain",
            "A word without a sign would be read everywhere. It works only if there is no other "
            "colour at all.",
            misconception="nearly certain is certain",
        ),
    ],
)

predict_blocks = Question(
    "One colour has the share 0.9: H = 0.469 bits, but a code word needs at least 1 bit. Two balls "
    "get one word together, then three, then four, … What happens to the bits per ball?",
    [
        Option(
            "They stay at 1: each ball still has to be told",
            "One word tells several balls. “Three blue” is so common that it gets a single bit.",
            misconception="a bit per ball is the least",
        ),
        Option(
            "They come down to H and no further, though not at every step",
            "They stay below H + 1/n, which tends to H. On the way they may go up a little.",
            right=True,
        ),
        Option(
            "They come down to 0: long blocks are very regular",
            "No code can use fewer bits than H on average. That is the limit.",
            misconception="anything can be compressed without end",
        ),
    ],
)

predict_temperature = Question(
    "All scores are divided by a temperature T before the softmax. You raise T from 1 to 10. What "
    "happens to the likeliest word, and to the entropy?",
    [
        Option(
            "The likeliest stays the likeliest; the entropy rises",
            "Dividing by T > 0 keeps the order. The gaps shrink, so the shares become more alike.",
            right=True,
        ),
        Option(
            "Another word becomes the likeliest; the entropy rises",
            "Dividing by a positive number never changes an order.",
            misconception="temperature changes the order",
        ),
        Option(
            "The likeliest stays the likeliest; the entropy falls",
            "A large T makes the gaps between the scores small, not large.",
            misconception="a high temperature sharpens",
        ),
    ],
)

predict_confident = Question(
    "Two yes-or-no models are each right 9 times in 10. Model 1 always says 99.9 %, model 2 always "
    "says 90 %. Which one has the lower (better) mean NLL?",
    [
        Option(
            "Model 1: it has the lower entropy",
            "Low entropy means that it is sure, not that it is right. One time in ten it pays "
            "about 10 bits for that.",
            misconception="confident means correct",
        ),
        Option(
            "Neither: they are right equally often",
            "The NLL does not count hits. It asks which probability the truth was given.",
            misconception="the NLL sees only hits and misses",
        ),
        Option(
            "Model 2",
            "It says how often it is right. No other number does better at this hit rate.",
            right=True,
        ),
    ],
)

# --- Questions at the end --------------------------------------------------------------------

recall = (
    Question(
        "Die 1 has the faces 1 to 6, die 2 the faces 10, 20, … 60. Both are fair. Which roll has "
        "the higher entropy?",
        [
            Option(
                "Die 2: its faces are further apart",
                "That is the variance. Entropy never looks at what is written on a face.",
                misconception="entropy depends on the values",
            ),
            Option(
                "Both the same",
                "Six equal probabilities: log₂ 6 = 2.585 bits, whatever the faces say.",
                right=True,
            ),
            Option(
                "Die 1: its faces are the usual ones",
                "Entropy reads the six probabilities and nothing else, and they are the same.",
            ),
        ],
    ),
    Question(
        "A model gives its answers a mean entropy of 0.05 bits. What do you know?",
        [
            Option(
                "It is nearly always right",
                "It is nearly always sure. Whether it is right, only the data can say.",
                misconception="confident means correct",
            ),
            Option(
                "It is overfitted",
                "It may be, or the task may be easy. Compare with its NLL on held-out data.",
            ),
            Option(
                "It is very sure of its answers, and no more",
                "Entropy is read off the prediction alone. The truth does not occur in it.",
                right=True,
            ),
        ],
    ),
    Question(
        "From notebook 06. You add 5 to all the logits of a softmax. What happens to the entropy "
        "of the probabilities?",
        [
            Option(
                "Nothing",
                "The softmax does not change when a constant is added to all logits, so neither "
                "does anything computed from it.",
                right=True,
            ),
            Option(
                "It falls: larger logits are more confident",
                "Only differences between logits count. To sharpen, multiply them.",
                misconception="logits have absolute meaning",
            ),
            Option(
                "It rises by log₂ 5",
                "Adding 5 multiplies every exp by the same factor, and the sum divides it out.",
            ),
        ],
    ),
)


# --- Exercises -------------------------------------------------------------------------------


def _counts(rng):
    """Boxes with and without a colour that is missing."""
    return [
        (np.array([5.0, 2.0, 1.0]),),
        (np.array([7.0, 0.0, 3.0, 4.0]),),
        (rng.integers(1, 30, 5).astype(float),),
    ]


def entropy_of_counts(counts):
    p = counts / counts.sum()
    p = p[p > 0]
    return -np.sum(p * np.log2(p))


box_entropy = Exercise(
    "the entropy of a box",
    "Complete `box_entropy(counts)`: the entropy, in bits, of one draw from a box with `counts` "
    "balls of each colour. One line is missing; a count may be 0.",
    entropy_of_counts,
    _counts,
    slips=[
        Slip(
            "0 · log 0",
            lambda counts: -np.sum(counts / counts.sum() * np.log2(counts / counts.sum())),
            "A colour that is not there gives 0 times −∞, which NumPy calls NaN. It can never be "
            "drawn, so it must count 0: keep `p > 0` only.",
        ),
        Slip(
            "the mean for the sum",
            lambda counts: entropy_of_counts(counts) / np.sum(counts > 0),
            "The weights p make it a mean already: add, and divide no more.",
        ),
        Slip(
            "unnormalised",
            lambda counts: -np.sum(counts[counts > 0] * np.log2(counts[counts > 0])),
            "These are counts. Divide them by their sum to get probabilities.",
        ),
        Slip(
            "missing colours counted as sure",
            lambda counts: (
                -np.sum(
                    np.where(counts > 0, counts / counts.sum(), 1.0)
                    * np.log2((counts + (counts == 0)) / counts.sum())
                )
            ),
            "A missing colour must add 0. Leave it out of both factors.",
        ),
        Slip(
            "counting colours",
            lambda counts: np.log2(np.count_nonzero(counts)),
            "That is the entropy of as many equal colours. These are not equal.",
        ),
    ],
    hints=[
        "What is 0 · log 0 for NumPy? Try `np.float64(0) * np.log2(np.float64(0))`.",
        "A colour with p = 0 is never drawn. Leave it out: `p[...]` with a condition.",
        "`p = p[p > 0]`",
    ],
)


def _probabilities(rng):
    """Distributions of three to six outcomes, one with two outcomes that never happen."""
    return [
        (np.array([0.6, 0.3, 0.1]),),
        (np.array([0.2, 0.0, 0.5, 0.3, 0.0]),),
        (rng.dirichlet(np.ones(6)),),
    ]


def entropy_of(p):
    p = p[p > 0]
    return -np.sum(p * np.log2(p))


def _kept(p):
    return p[p > 0]


entropy_bits = Exercise(
    "entropy",
    "Write `entropy(p)`: the entropy in bits of the probabilities `p`, as one number. Some of them "
    "may be 0.",
    entropy_of,
    _probabilities,
    slips=[
        Slip(
            "the lost minus",
            lambda p: np.sum(_kept(p) * np.log2(_kept(p))),
            "The log of a probability is never above 0, so an entropy without its minus is "
            "negative. Surprisal is minus the log.",
        ),
        Slip(
            "ln for log₂",
            lambda p: -np.sum(_kept(p) * np.log(_kept(p))),
            "That is the entropy in nats. For bits use `np.log2`.",
        ),
        Slip(
            "log₁₀ for log₂",
            lambda p: -np.sum(_kept(p) * np.log10(_kept(p))),
            "For bits use `np.log2`.",
        ),
        Slip(
            "0 · log 0",
            lambda p: -np.sum(p * np.log2(p)),
            "What never happens must count 0, but NumPy makes 0 times −∞ NaN. Keep `p > 0` only.",
        ),
        Slip(
            "no weights",
            lambda p: -np.sum(np.log2(_kept(p))),
            "That adds the surprisals up. Their mean weights each one by its probability.",
        ),
        Slip(
            "the plain mean",
            lambda p: -np.mean(np.log2(_kept(p))),
            "That takes all outcomes as equally frequent. Weight each surprisal by its p.",
        ),
        Slip(
            "mean for sum",
            lambda p: -np.mean(_kept(p) * np.log2(_kept(p))),
            "The weights p already make it a mean: add up, do not divide again.",
        ),
        Slip(
            "the log of the mean",
            lambda p: -np.log2(np.sum(p**2)),
            "That is minus the log of the mean probability. Take the log first, then the mean.",
        ),
    ],
    properties=[
        invariant_to("swapping the outcomes changes nothing", lambda p: (p[::-1],), _probabilities),
        invariant_to(
            "an outcome that never happens changes nothing",
            lambda p: (np.append(p, 0.0),),
            _probabilities,
        ),
    ],
    hints=[
        "Entropy is the mean surprisal: each −log₂ p, weighted by its p.",
        "Keep only `p[p > 0]`.",
        "`-np.sum(p * np.log2(p))`, after that.",
    ],
)


def _series(rng):
    """Series of draws (indices), and a model that gives every colour some probability."""
    return [
        (np.array([0, 0, 1, 2, 0]), np.array([0.6, 0.3, 0.1])),
        (rng.integers(0, 4, 30), np.array([0.15, 0.25, 0.35, 0.25])),
        (np.array([1, 1, 1]), np.array([0.9, 0.1])),
    ]


def mean_surprise(draws, p):
    return np.mean(-np.log2(p[draws]))


surprise_of_draws = Exercise(
    "the surprise of what was drawn",
    "A model gives colour k the probability `p[k]`. `draws` holds the colours that were drawn, "
    "as indices. Write `mean_surprise(draws, p)`: the mean surprisal of the draws, in bits.",
    mean_surprise,
    _series,
    slips=[
        Slip(
            "the sum for the mean",
            lambda draws, p: np.sum(-np.log2(p[draws])),
            "That is the surprisal of the whole series. Per draw, take the mean.",
        ),
        Slip(
            "the lost minus",
            lambda draws, p: np.mean(np.log2(p[draws])),
            "This is what should be large. A surprise is minus the log.",
        ),
        Slip(
            "ln for log₂",
            lambda draws, p: np.mean(-np.log(p[draws])),
            "That is in nats: the mean NLL as in notebook 02. For bits use `np.log2`.",
        ),
        Slip(
            "the weight counted twice",
            lambda draws, p: np.mean(-p[draws] * np.log2(p[draws])),
            "The draws come as often as they come: that is the weight already.",
        ),
        Slip(
            "the model's own entropy",
            lambda draws, p: -np.sum(p * np.log2(p)),
            "That is what the model expects. What it meets depends on the draws.",
        ),
        Slip(
            "the log of the mean",
            lambda draws, p: -np.log2(np.mean(p[draws])),
            "Take the log of each probability first, then the mean.",
        ),
    ],
    hints=[
        "`p[draws]` is the probability that the model gave to each ball that came.",
        "Minus the log₂ of each, then the mean.",
    ],
)


# --- Asked again in the review of the walk ---------------------------------------------------

review = (
    Question(
        "A sensor says ok, warm, hot or off, with shares 94 %, 2 %, 2 %, 2 %. A switch says left "
        "or right, 40 % and 60 %. Which message carries more bits on average?",
        [
            Option(
                "The sensor’s: it has four messages, not two",
                "Most of its messages are hardly a surprise: 0.42 bits on average.",
                misconception="entropy counts colours",
            ),
            Option(
                "The switch’s",
                "0.97 bits against 0.42. Rare messages surprise, but rarely.",
                right=True,
            ),
            Option(
                "They cannot be compared: the messages differ",
                "Entropy sees the probabilities only.",
            ),
        ],
    ),
    Question(
        "Eight postcodes, 10000 to 80000, equally frequent; eight flavours of ice, equally "
        "frequent. Their entropies?",
        [
            Option(
                "The postcodes’ is larger: their numbers spread",
                "That is the variance. Entropy never looks at the values.",
                misconception="entropy depends on the values",
            ),
            Option(
                "The flavours’ is larger: they have no order",
                "Order does not enter either.",
            ),
            Option(
                "They are equal, 3 bits each",
                "Eight outcomes, each 1/8: log₂ 8.",
                right=True,
            ),
        ],
    ),
    Question(
        "A model predicts (0.99, 0.01, 0, 0), with an entropy of 0.08 bits; another one (¼, "
        "¼, ¼, ¼), 2 bits. The truth is class 3. Whose loss is lower?",
        [
            Option(
                "The uniform one’s: 2 bits against ∞",
                "Low entropy is confidence. The loss asks for the truth.",
                right=True,
            ),
            Option(
                "The first one’s: its entropy is lower",
                "It gave the truth no chance at all. Its surprise is infinite.",
                misconception="confident means correct",
            ),
            Option(
                "Equal: neither named class 3",
                "The uniform one gave it a quarter.",
                misconception="the NLL sees only hits and misses",
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (predict_surprise, surprise_of_draws),
    (
        predict_box,
        per_ball,
        peak,
        predict_binary,
        poll_alone,
        poll_hard,
        box_entropy,
        entropy_bits,
        recall[0],
        review[1],
    ),
    (predict_temperature, predict_confident, recall[1], recall[2], review[2]),
    (predict_code, predict_blocks, review[0]),
)
