"""Notebook 12, style transfer: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures to explore
(`scenes`), a run while it goes on (`watch`), the losses and the optimisation (`style_transfer`).
"""

import numpy as np

from lossviz.explorer.parameters import Slider
from lossviz.losses import gaussian_nll
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Slip
from lossviz.teach.properties import gradient_of, invariant_to
from lossviz.teach.relations import equal, scaled, shifted, slope_in

# --- Derivations -----------------------------------------------------------------------------
# A picture that fits in one line: three pixels in a row, the first one (x) free, one map, which is
# the row itself. Its Gram matrix has a single entry, the mean of the squares.


def _row(x, rest):
    return np.append(x, rest)


def _gram(x, rest):
    return np.mean(_row(x, rest) ** 2)


def _content(x, rest, content):
    return np.sum((_row(x, rest) - content) ** 2)


def _style(x, rest, target):
    return (_gram(x, rest) - target) ** 2


def _weighted(x, rest, content, target, sigma_c, sigma_s):
    weight = sigma_s**2 / sigma_c**2
    return weight * _content(x, rest, content) + _style(x, rest, target)


def _two_squares(x, rest, content, target, sigma_c, sigma_s):
    return _content(x, rest, content) / (2 * sigma_c**2) + _style(x, rest, target) / (
        2 * sigma_s**2
    )


def _constants(content, sigma_c, sigma_s):
    I = len(content)
    return (I + 1) / 2 * np.log(2 * np.pi) + I * np.log(sigma_c) + np.log(sigma_s)


def _some_row(rng):
    return {
        "x": rng.uniform(0.1, 0.9),
        "rest": rng.uniform(0.1, 0.9, 2),
        "content": rng.uniform(0.1, 0.9, 3),
        "target": rng.uniform(0.2, 0.6),
        "sigma_c": rng.uniform(0.3, 0.5),
        "sigma_s": rng.uniform(0.1, 0.2),
    }


_ROW = {
    "rest": np.array([0.6, 0.2]),
    "content": np.array([0.9, 0.5, 0.3]),
    "target": 0.2,
}

likelihood = Derivation(
    "Content and style as one negative log-likelihood",
    [
        Step(
            r"-\log\left[\prod_{p} \mathcal{N}(c_p;\ F_p(x), \sigma_c^2) \cdot"
            r" \mathcal{N}(T;\ G(x), \sigma_s^2)\right]",
            "The data are the features c of one picture and the Gram entry T of the other. The "
            "picture x is the parameter, its features and its Gram entry are the predictions.",
            lambda x, rest, content, target, sigma_c, sigma_s: (
                -np.log(
                    np.prod(np.exp(-gaussian_nll(content, _row(x, rest), sigma_c)))
                    * np.exp(-gaussian_nll(target, _gram(x, rest), sigma_s))
                )
            ),
        ),
        Step(
            r"= -\sum_p \log \mathcal{N}(c_p;\ F_p, \sigma_c^2)"
            r" - \log \mathcal{N}(T;\ G, \sigma_s^2)",
            "The log of a product is a sum of logs.",
            lambda x, rest, content, target, sigma_c, sigma_s: (
                gaussian_nll(content, _row(x, rest), sigma_c).sum()
                + gaussian_nll(target, _gram(x, rest), sigma_s)
            ),
            equal(),
        ),
        Step(
            r"= \sum_p \frac{(c_p - F_p)^2}{2\sigma_c^2} + \frac{(T - G)^2}{2\sigma_s^2} + C",
            "The normal's NLL, twice: a squared error over 2σ², and constants, collected in C.",
            lambda x, rest, content, target, sigma_c, sigma_s: (
                _two_squares(x, rest, content, target, sigma_c, sigma_s)
                + _constants(content, sigma_c, sigma_s)
            ),
            equal(),
        ),
        Step(
            r"\to\ \sum_p \frac{(c_p - F_p)^2}{2\sigma_c^2} + \frac{(T - G)^2}{2\sigma_s^2}",
            "C holds the two σ, which are fixed, and no pixel. Drop it: the curve shifts.",
            _two_squares,
            shifted(_constants, "C"),
            constant_in=("x",),
        ),
        Step(
            r"\to\ \frac{\sigma_s^2}{\sigma_c^2} \sum_p (c_p - F_p)^2 + (T - G)^2",
            "Multiply by 2σₛ². The factor in front of the content is the weight w.",
            _weighted,
            scaled(lambda sigma_s: 1 / (2 * sigma_s**2), "1/2σₛ²"),
            constant_in=("x",),
        ),
    ],
    sliders={
        "x": Slider(0.0, 1.0, step=0.01, value=0.3, label="pixel x"),
        "sigma_c": Slider(0.1, 0.9, step=0.05, value=0.4, label="σ content"),
        "sigma_s": Slider(0.05, 0.4, step=0.05, value=0.15, label="σ style"),
    },
    over="x",
    given=_ROW,
    sample=_some_row,
    reference=lambda x, rest, content, target, sigma_c, sigma_s: (
        _two_squares(x, rest, content, target, sigma_c, sigma_s)
        + _constants(content, sigma_c, sigma_s)
    ),
    slips=[
        WrongLine(
            "the weight upside down",
            5,
            r"\to\ \frac{\sigma_c^2}{\sigma_s^2} \sum_p (c_p - F_p)^2 + (T - G)^2",
            lambda x, rest, content, target, sigma_c, sigma_s: (
                sigma_c**2 / sigma_s**2 * _content(x, rest, content) + _style(x, rest, target)
            ),
            "A wide σ is a lenient one. Much room for the content (σ content large) must make the "
            "content count less. Multiply 1/2σ_c² by 2σₛ²: σ_c² stands below.",
        ),
    ],
)


def _two_maps(x, rest):
    """F₁ is the row, F₂ a row of ones: G₁₁ mean of squares, G₁₂ mean; G₂₂ is always 1."""
    row = _row(x, rest)
    return np.array([row, np.ones_like(row)])


def _targets(t11, t12):
    return np.array([[t11, t12], [t12, 1.0]])


def _gaps(x, rest, t11, t12):
    row = _row(x, rest)
    return np.mean(row**2) - t11, np.mean(row) - t12


def _frobenius(x, rest, t11, t12):
    maps = _two_maps(x, rest)
    return np.sum((maps @ maps.T / maps.shape[1] - _targets(t11, t12)) ** 2)


def _gradient(x, rest, t11, t12):
    first, second = _gaps(x, rest, t11, t12)
    return 4 / (1 + len(rest)) * (first * x + second)


def _square_of_gaps(x, rest, t11, t12):
    first, second = _gaps(x, rest, t11, t12)
    return first**2 + 2 * second**2


gram_gradient = Derivation(
    "The slope of the style loss at one pixel",
    [
        Step(
            r"S(x) = \sum_{i,j} (G_{ij} - T_{ij})^2, \qquad"
            r" G_{ij} = \frac{1}{P}\sum_{p} F_i(p)\,F_j(p)",
            "The style loss of a row of P pixels with two maps: F₁ is the row, F₂ a row of ones.",
            _frobenius,
        ),
        Step(
            r"= (G_{11} - T_{11})^2 + 2\,(G_{12} - T_{12})^2",
            "G₁₂ = G₂₁, so that square comes twice; G₂₂ = T₂₂ = 1 adds nothing.",
            lambda x, rest, t11, t12: (
                (_two_maps(x, rest)[0].dot(_two_maps(x, rest)[0]) / (1 + len(rest)) - t11) ** 2
                + 2 * (_two_maps(x, rest).prod(axis=0).mean() - t12) ** 2
            ),
            equal(),
        ),
        Step(
            r"= \left(\frac{1}{P}\sum_p x_p^2 - T_{11}\right)^2"
            r" + 2\left(\frac{1}{P}\sum_p x_p - T_{12}\right)^2",
            "The maps put in: G₁₁ is the mean of the squares, G₁₂ the mean.",
            _square_of_gaps,
            equal(),
        ),
        Step(
            r"\frac{\partial S}{\partial x_1} = 2\,(G_{11} - T_{11})\,\frac{2x_1}{P}"
            r" + 4\,(G_{12} - T_{12})\,\frac{1}{P}",
            "The chain rule: the outer square, then how far pixel 1 moves each G.",
            lambda x, rest, t11, t12: (
                2 * _gaps(x, rest, t11, t12)[0] * 2 * x / (1 + len(rest))
                + 4 * _gaps(x, rest, t11, t12)[1] / (1 + len(rest))
            ),
            slope_in("x", "x₁"),
        ),
        Step(
            r"= \frac{4}{P} \sum_j (G_{1j} - T_{1j})\, F_j(1)",
            "One form for both terms, and for any number of maps. The other pixels enter through "
            "G alone: where they lie does not matter.",
            _gradient,
            equal(),
        ),
    ],
    sliders={
        "x": Slider(0.0, 1.0, step=0.01, value=0.35, label="pixel x₁"),
        "t11": Slider(0.0, 1.0, step=0.05, value=0.4, label="T₁₁"),
        "t12": Slider(0.0, 1.0, step=0.05, value=0.7, label="T₁₂"),
    },
    over="x",
    given={"rest": np.array([0.6, 0.2, 0.9, 0.5])},
    sample=lambda rng: {
        "x": rng.uniform(0.1, 0.9),
        "rest": rng.uniform(0.1, 0.9, 4),
        "t11": rng.uniform(0.5, 0.7),
        "t12": rng.uniform(0.75, 0.9),
    },
    reference=lambda x, rest, t11, t12: (
        ((np.mean(np.append(rest, x) ** 2)) - t11) ** 2 + 2 * (np.append(rest, x).mean() - t12) ** 2
    ),
    slips=[
        WrongLine(
            "the mirrored entry forgotten",
            2,
            r"= (G_{11} - T_{11})^2 + (G_{12} - T_{12})^2",
            lambda x, rest, t11, t12: (
                _gaps(x, rest, t11, t12)[0] ** 2 + _gaps(x, rest, t11, t12)[1] ** 2
            ),
            "The sum runs over all i and j. (1, 2) and (2, 1) are two terms of it, with the same "
            "value: a factor 2 belongs in front.",
            after=[
                (
                    r"= \left(\frac{1}{P}\sum_p x_p^2 - T_{11}\right)^2"
                    r" + \left(\frac{1}{P}\sum_p x_p - T_{12}\right)^2",
                    lambda x, rest, t11, t12: (
                        _gaps(x, rest, t11, t12)[0] ** 2 + _gaps(x, rest, t11, t12)[1] ** 2
                    ),
                ),
                (
                    r"\frac{\partial S}{\partial x_1} = 2\,(G_{11} - T_{11})\,\frac{2x_1}{P}"
                    r" + 2\,(G_{12} - T_{12})\,\frac{1}{P}",
                    lambda x, rest, t11, t12: (
                        4 * _gaps(x, rest, t11, t12)[0] * x / (1 + len(rest))
                        + 2 * _gaps(x, rest, t11, t12)[1] / (1 + len(rest))
                    ),
                ),
                (
                    r"= \frac{2}{P} \left[2\,(G_{11} - T_{11})\,x_1 + (G_{12} - T_{12})\right]",
                    lambda x, rest, t11, t12: (
                        2
                        / (1 + len(rest))
                        * (2 * _gaps(x, rest, t11, t12)[0] * x + _gaps(x, rest, t11, t12)[1])
                    ),
                ),
            ],
        ),
    ],
)

# --- Questions -------------------------------------------------------------------------------

predict_filter = Question(
    "At 0° the filter looks for upright edges: the sides of the tower, the sails. You turn it to "
    "90°. What will stand out then?",
    [
        Option(
            "The same edges, drawn lying down",
            "The filter turns, the picture does not: an edge is answered where it is, or not.",
            misconception="turning the filter turns the picture",
        ),
        Option(
            "The bright areas: sun, clouds, sails",
            "An edge filter gives 0 on an area of one colour, however bright. It answers change.",
            misconception="a filter's answer is brightness",
        ),
        Option(
            "The horizon, and the borders of the tower's red bands",
            "Yes: edges that lie flat. The tower's sides fade into the grey, which is 0: they do "
            "not change from top to bottom.",
            right=True,
        ),
        Option(
            "The sides of the tower, twice as strong",
            "Along the tower's sides nothing changes from top to bottom, so this filter is silent.",
        ),
    ],
)

predict_places = Question(
    "Move the whole picture to the right; what leaves on the right comes in on the left. Both "
    "losses compare it with the picture as it was. What do they say?",
    [
        Option(
            "Content goes up, style stays 0",
            "Yes. The maps move along, so at each place another feature stands than before. Their "
            "mean products are sums over all places, and a sum does not mind the order.",
            right=True,
        ),
        Option(
            "Both go up",
            "Style would, if it compared maps place by place. It compares means over all places.",
            misconception="a Gram matrix remembers where things are",
        ),
        Option(
            "Both stay 0: it is the same picture",
            "To the eye it is nearly the same. The content loss compares place by place, and "
            "nothing is in its place any more.",
            misconception="the content loss sees objects, wherever they are",
        ),
        Option(
            "Style goes up, content stays 0",
            "The other way round: content knows places, style does not.",
        ),
    ],
)

predict_run = Question(
    "The run starts from noise, at weight 0.3. In the first three iterations, which loss falls?",
    [
        Option(
            "Both by about the same share: L is their sum",
            "L-BFGS follows the slope of the sum, and at the start the two slopes differ in size "
            "by far.",
        ),
        Option(
            "Content first, and the style is laid over it later",
            "A painter may work so. The slope has no such plan: it goes where L falls fastest.",
            misconception="the content is drawn first and the style painted over",
        ),
        Option(
            "Style, by far; content hardly moves",
            "Yes. Noise is very loud in every fine filter, so the style loss starts high and is "
            "steep. First the noise is calmed down, then the shapes appear.",
            right=True,
        ),
    ],
)

predict_weight = Question(
    "At weight 0.3 the lighthouse is drawn anew, in the paint's colours. What does weight 10 do?",
    [
        Option(
            "More content: its own colours, nearer to the drawing",
            "Yes: the weight stands in front of the content. The style loss is allowed to be "
            "larger, and it is.",
            right=True,
        ),
        Option(
            "More style: the strokes swallow the lighthouse",
            "The weight multiplies the content. A larger one makes deviations from the content "
            "dearer.",
            misconception="the weight counts for the style",
        ),
        Option(
            "The same picture: weights only scale the loss",
            "A factor in front of the whole loss would change nothing. This one stands in front "
            "of one term only.",
            misconception="a weight on one term scales the whole loss",
        ),
        Option(
            "The same picture in stronger colours",
            "Colour is in both terms. More weight on the content pulls it towards the drawing's, "
            "whatever its strength.",
        ),
    ],
)

predict_repaint = Question(
    "The content term leaves size 2 to the style as well, and looks at sizes 3 and 4 only. Nothing "
    "else changes. What becomes of the hatching?",
    [
        Option(
            "It stays: it is made at the finest size, where nothing changed",
            "Nothing changed there, but the style needs it less: what it made up for in hatching "
            "it may now have in strokes.",
            misconception="a term acts only where it looks",
        ),
        Option(
            "Strokes take its place",
            "The size at which they are made is free now. Their share of the power is more than "
            "four times what it was.",
            right=True,
        ),
        Option(
            "It gets denser: the style has more room to fill",
            "Room, yes; but the style has a measure of its own, the paint's. More hatching than "
            "the paint has would cost.",
        ),
    ],
)

predict_frontier = Question(
    "At its end the run of weight 0.01 has L = 0.0092, the run of weight 10 has L = 0.3255. Is the "
    "first picture the better one?",
    [
        Option(
            "Yes: its loss is smaller",
            "Smaller, but by another measure: the weight is part of L. Two different losses are "
            "not compared by their values.",
            misconception="losses with different weights can be compared",
        ),
        Option(
            "No: the second one has the smaller content loss",
            "It has, and the larger style loss. Why should the content decide?",
        ),
        Option(
            "Yes: L fell to a smaller share of its start",
            "The start is noise, and how bad noise is depends on the weight as well.",
            misconception="a fall in per cent is a grade",
        ),
        Option(
            "The numbers do not say: each L has a weight of its own",
            "Yes. Judge both at one weight, and there is an answer, for that weight. Which weight "
            "you want is your wish, not a fact about the pictures.",
            right=True,
        ),
    ],
)

what_is_fitted = Question(
    "In this notebook, what is changed to make the loss small?",
    [
        Option(
            "The filters, so that they recognise the style",
            "The filters are fixed. Learning filters is what a network's training does.",
            misconception="style transfer trains a network",
        ),
        Option(
            "The pixels of one picture",
            "Yes. Every pixel is a parameter: here the picture is what weights were elsewhere.",
            right=True,
        ),
        Option(
            "The weight w",
            "It is chosen beforehand. If it were free, L would be least at w = 0: no content.",
        ),
        Option(
            "The Gram matrix of the style picture",
            "That is the target. It is computed once and stays.",
        ),
    ],
)

recall = [
    Question(
        "Two pictures have the same Gram matrices at every size. What follows?",
        [
            Option(
                "Which filters answer together, and how strongly on average, is the same in both",
                "Yes: mean products of maps, over all places. What lies where may differ wholly.",
                right=True,
            ),
            Option(
                "They are the same picture",
                "A picture moved to the side has the same Gram matrices.",
                misconception="a Gram matrix determines the picture",
            ),
            Option(
                "Only their mean colours are the same",
                "More than that: edges of each direction and size, and what goes with what.",
                misconception="style is the average colour",
            ),
            Option(
                "They show the same objects",
                "Objects are arrangements in space, and places are what a Gram matrix forgets.",
            ),
        ],
    ),
    Question(
        "Read L = w · content + style as a negative log-likelihood. What is w?",
        [
            Option(
                "The probability of the content",
                "w may be 10. It compares two widths.",
                misconception="a weight is a probability",
            ),
            Option(
                "The learning rate",
                "How far a step goes is L-BFGS's affair. w changes which picture is best.",
            ),
            Option(
                "σ_content² over σ_style²",
                "Upside down: a wide σ is lenient, and would make its term count less.",
                misconception="a large σ makes a term important",
            ),
            Option(
                "σ_style² over σ_content²",
                "Yes: how lenient you are with the style, compared with the content.",
                right=True,
            ),
        ],
    ),
    Question(
        "From notebook 02: the NLL of people's heights is smaller in metres than in inches. What "
        "does it share with comparing L at two weights?",
        [
            Option(
                "Nothing: a loss without data has no unit",
                "It needs no unit to go wrong: the two numbers measure by different rulers.",
            ),
            Option(
                "In both cases the smaller number marks the better model",
                "The bell fits the same people equally well in any unit.",
                misconception="a smaller loss is a better model",
            ),
            Option(
                "Two rulers: compare under one, or not at all",
                "Yes. One unit for all NLLs, one weight for all pictures.",
                right=True,
            ),
            Option(
                "In both cases the argmin moves",
                "The unit moves no argmin. The weight does.",
            ),
        ],
    ),
]

# --- Exercises -------------------------------------------------------------------------------


def gram(maps):
    return np.array([[np.mean(first * second) for second in maps] for first in maps])


def _flat(maps):
    return maps.reshape(len(maps), -1)


def _some_maps(rng):
    return [(rng.exponential(0.7, shape),) for shape in ((3, 4, 5), (2, 6, 3), (5, 2, 2))]


def _cosines(maps):
    flat = _flat(maps) / np.linalg.norm(_flat(maps), axis=1, keepdims=True)
    return flat @ flat.T


def _backwards(maps):
    return (maps[:, ::-1, ::-1],)


gram_matrix = Exercise(
    "the Gram matrix",
    "Complete `gram(maps)`: from K maps of height m and width n (shape (K, m, n)) the K × K matrix "
    "of their mean products over all places.",
    gram,
    _some_maps,
    slips=[
        Slip(
            "not divided by the number of places",
            lambda maps: _flat(maps) @ _flat(maps).T,
            "This is the sum over all places. A picture twice as wide would have a Gram matrix "
            "twice as large: divide by the number of places.",
        ),
        Slip(
            "divided by the number of maps too",
            lambda maps: _flat(maps) @ _flat(maps).T / maps.size,
            "The mean is over the m · n places. `maps.size` counts the maps as well.",
        ),
        Slip(
            "divided by the number of maps",
            lambda maps: _flat(maps) @ _flat(maps).T / len(maps),
            "K is how many maps there are. The mean is over places.",
        ),
        Slip(
            "transposed: places by places",
            lambda maps: _flat(maps).T @ _flat(maps) / _flat(maps).shape[1],
            "`flat.T @ flat` sums over the maps and keeps the places. Style forgets the places: "
            "`flat @ flat.T`.",
        ),
        Slip(
            "the axes mixed up",
            lambda maps: (
                maps.reshape(-1, len(maps)).T
                @ maps.reshape(-1, len(maps))
                / (maps.size // len(maps))
            ),
            "`reshape(-1, K)` deals the numbers out anew: its columns are no maps. A map is a "
            "row of `maps.reshape(K, -1)`.",
        ),
        Slip(
            "the means taken off",
            lambda maps: np.cov(_flat(maps), bias=True),
            "This is the covariance. Style keeps the means: how loud a filter is matters.",
        ),
        Slip(
            "each map scaled to length 1",
            _cosines,
            "These are cosines: how loud each map is got lost.",
        ),
    ],
    properties=[
        invariant_to("unchanged when all places are taken in another order", _backwards, _some_maps)
    ],
    hints=[
        "`first` and `second` are two maps, each of shape (m, n). What is one entry of G?",
        "`first * second` multiplies them place by place.",
        "The mean of that over all places: `np.mean(...)`.",
    ],
)


def style_loss(maps, target):
    flat = maps.reshape(len(maps), -1)
    G = flat @ flat.T / flat.shape[1]
    return np.sum((G - target) ** 2) / np.sum(target**2)


def _some_pairs(rng):
    return [
        (rng.exponential(0.7, (K, m, n)), gram(rng.exponential(0.8, (K, m, n))))
        for K, m, n in ((3, 4, 5), (2, 6, 3), (4, 2, 2))
    ]


style = Exercise(
    "the style loss",
    "Write `style_loss(maps, target)`: the squared distance between the Gram matrix of `maps` "
    "(shape (K, m, n)) and `target` (shape (K, K)), divided by the sum of squares of `target`. "
    "0 is a perfect match.",
    style_loss,
    _some_pairs,
    slips=[
        Slip(
            "not divided by the target",
            lambda maps, target: np.sum((gram(maps) - target) ** 2),
            "The division makes it a pure number: 1 is as wrong as answering with zeros.",
        ),
        Slip(
            "the Gram matrix not divided by the places",
            lambda maps, target: (
                np.sum((_flat(maps) @ _flat(maps).T - target) ** 2) / np.sum(target**2)
            ),
            "`target` is a mean over places. G has to be one too.",
        ),
        Slip(
            "each pair counted once",
            lambda maps, target: np.sum(np.triu(gram(maps) - target) ** 2) / np.sum(target**2),
            "The sum goes over all i and j: the entries beside the diagonal come twice.",
        ),
        Slip(
            "the square lost",
            lambda maps, target: np.sum(np.abs(gram(maps) - target)) / np.sum(np.abs(target)),
            "Absolute differences are a Laplace's NLL. The task asks for squares.",
        ),
        Slip(
            "a root taken",
            lambda maps, target: np.sqrt(style_loss(maps, target)),
            "This is the distance, not its square.",
        ),
        Slip(
            "divided by G",
            lambda maps, target: np.sum((gram(maps) - target) ** 2) / np.sum(gram(maps) ** 2),
            "The divisor must not depend on the pixels: a picture could lower this loss by being "
            "loud. Divide by the target's squares.",
        ),
        Slip(
            "the mean above, the sum below",
            lambda maps, target: np.mean((gram(maps) - target) ** 2) / np.sum(target**2),
            "A sum above and a sum below, or two means: not one of each.",
        ),
    ],
    properties=[
        invariant_to(
            "unchanged when all places are taken in another order",
            lambda maps, target: (*_backwards(maps), target),
            _some_pairs,
        )
    ],
    hints=[
        "First the Gram matrix, as before, or as `flat @ flat.T / flat.shape[1]`, with one row of "
        "`flat` for each map.",
        "`np.sum((G - target) ** 2)` sums over all pairs.",
        "Divide by `np.sum(target**2)`.",
    ],
)


def style_gradient(maps, target):
    flat = maps.reshape(len(maps), -1)
    gap = flat @ flat.T / flat.shape[1] - target
    return (4 / flat.shape[1] * gap @ flat).reshape(maps.shape)


def _scaled_gradient(factor):
    return lambda maps, target: factor(_flat(maps).shape[1]) * style_gradient(maps, target)


gradient = Exercise(
    "the gradient of the style loss",
    "Write `style_gradient(maps, target)`: the derivative of Σ(G − T)² in every entry of `maps` "
    "(shape (K, m, n)); `target` is T, which is symmetric. The result has the shape of `maps`.",
    style_gradient,
    _some_pairs,
    slips=[
        Slip(
            "a factor 2 lost",
            _scaled_gradient(lambda P: 0.5),
            "2 comes from the square, and another 2 because each map stands on both sides of "
            "G = FFᵀ/P.",
        ),
        Slip(
            "the 1/P lost",
            _scaled_gradient(lambda P: P),
            "G is a mean: a pixel moves it by a P-th of what it would move a sum.",
        ),
        Slip(
            "both factors 2 lost",
            _scaled_gradient(lambda P: 0.25),
            "The square gives a 2, the two sides of FFᵀ another.",
        ),
        Slip(
            "the lost minus",
            _scaled_gradient(lambda P: -1),
            "This is where the loss falls. The gradient points to where it rises.",
        ),
        Slip(
            "transposed axes",
            lambda maps, target: (
                4 / _flat(maps).shape[1] * _flat(maps).T @ (gram(maps) - target)
            ).reshape(maps.shape),
            "`flat.T @ gap` has the shape (P, K); pressed into the shape of `maps` its numbers "
            "land in the wrong places. `gap @ flat` is (K, P), as `flat` is.",
        ),
        Slip(
            "the target forgotten",
            lambda maps, target: (4 / _flat(maps).shape[1] * gram(maps) @ _flat(maps)).reshape(
                maps.shape
            ),
            "This is the slope of ΣG². The gap G − T belongs in it.",
        ),
    ],
    properties=[
        gradient_of(
            lambda maps, target: np.sum((gram(maps) - target) ** 2), _some_pairs, tolerance=1e-4
        )
    ],
    hints=[
        "The last row of “The slope of the style loss at one pixel” is one entry of it.",
        "As a product of matrices: `4 / P * gap @ flat`, with `gap` the matrix G − T.",
        "`.reshape(maps.shape)` brings it back into shape.",
    ],
)


# --- Asked again in the review of the walk ---------------------------------------------------

review = (
    Question(
        "You want the timbre of a bell in the rhythm of a march, as a sound that nobody recorded. "
        "In the manner of notebook 12, what moves while the loss goes down?",
        [
            Option(
                "The filters that listen to the sound",
                "They stay fixed. There is nothing to train.",
                misconception="a loss is always minimised over weights",
            ),
            Option(
                "The samples of the sound wave",
                "The sound itself is the parameter, as the picture was.",
                right=True,
            ),
            Option(
                "The weight between timbre and rhythm",
                "You choose that before. It says which loss you want.",
            ),
        ],
    ),
    Question(
        "The style loss compares Gram matrices: which features occur together, averaged over "
        "the picture. What do they forget?",
        [
            Option(
                "Which colours there are",
                "Colour is among the features, so its statistics stay.",
            ),
            Option(
                "How coarse the strokes are",
                "Filters of several sizes tell coarse from fine.",
            ),
            Option(
                "Where in the picture anything is",
                "The average runs over all places. That is why a style has no subject.",
                right=True,
            ),
        ],
    ),
    Question(
        "The content-plus-style loss came from no distribution over a target. What does that "
        "say about the recipe?",
        [
            Option(
                "The recipe is wrong: a loss need not be likely",
                "Where there is a target, a likelihood says exactly what you assume.",
            ),
            Option(
                "It makes losses for targets; where you only have wishes, you may write a "
                "loss directly",
                "Then it is for you to judge whether the loss says what you want.",
                right=True,
            ),
            Option(
                "The loss is arbitrary, as the squared error is",
                "The squared error is not: up to a factor and a constant it is the NLL of a "
                "normal, and asks for the mean of any distribution that has one.",
                misconception="MSE is arbitrary",
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (predict_run, predict_weight, predict_repaint, what_is_fitted, style, review[0]),
    (predict_filter, predict_places, gram_matrix, recall[0], review[1]),
    (likelihood, recall[1], review[2]),
    (predict_frontier, recall[2]),
    (gram_gradient, gradient),
)
