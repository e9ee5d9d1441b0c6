"""Notebook 01, what a loss measures: its derivations, questions and exercises.

Here: what the reader works through, as data that the tests check. Not here: pictures
(`scenes`), and the formulas that the notebook itself shows in its cells.
"""

import numpy as np

from lossviz.explorer.parameters import Slider
from lossviz.losses import squared_error
from lossviz.page.questions import Option, Question
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.exercises import Exercise, Slip
from lossviz.teach.properties import gradient_of
from lossviz.teach.relations import agree, equal, related, shifted, slope_in
from lossviz.walk.nb01.scenes import FIVE

PARENTS, CHILDREN = FIVE[:, 0] - FIVE[:, 0].mean(), FIVE[:, 1]  # the parents centred, in inches
PHI0 = Slider(62.0, 74.0, step=0.1, value=66.0, label="φ₀")
PHI1 = Slider(-0.5, 1.8, step=0.01, value=0.2, label="φ₁")


def _some_children(rng):
    """Generic values for the tests: centred features, targets, a line and a step size."""
    z = rng.normal(0, 1.7, 6)
    return {
        "z": z - z.mean(),
        "y": rng.uniform(62, 74, 6),
        "phi0": rng.uniform(63, 66),
        "phi1": rng.uniform(-0.4, 1.7),
    }


# --- Derivations -----------------------------------------------------------------------------


def _mean_loss(phi0, phi1, z, y):
    return np.mean((y - phi0 - phi1 * z) ** 2)


def _best_slope(z, y):
    return np.sum(z * y) / np.sum(z**2)


def _lowest(z, y):
    return np.mean((y - y.mean()) ** 2) - np.mean(z * y) ** 2 / np.mean(z**2)


bowl = Derivation(
    "The loss of a line is a bowl",
    [
        Step(
            r"L(\phi_0, \phi_1) = \frac{1}{I}\sum_i (y_i - \phi_0 - \phi_1 z_i)^2",
            "The mean squared error. The parents are centred: the mean of the zᵢ is 0.",
            _mean_loss,
        ),
        Step(
            r"= \frac{1}{I}\sum_i \left[(y_i - \bar y) - (\phi_0 - \bar y) - \phi_1 z_i\right]^2",
            "Take the mean height $\\bar y$ of the children away, and give it back.",
            lambda phi0, phi1, z, y: np.mean(((y - y.mean()) - (phi0 - y.mean()) - phi1 * z) ** 2),
            equal(),
        ),
        Step(
            r"= \frac{1}{I}\sum_i (y_i - \bar y)^2 + (\phi_0 - \bar y)^2"
            r" + \phi_1^2 s^2 - 2 \phi_1 c",
            "Multiply out. Both $y_i - \\bar y$ and zᵢ average to 0, so only one cross term stays. "
            "s² is the mean of the zᵢ², c the mean of the zᵢyᵢ.",
            lambda phi0, phi1, z, y: (
                np.mean((y - y.mean()) ** 2)
                + (phi0 - y.mean()) ** 2
                + phi1**2 * np.mean(z**2)
                - 2 * phi1 * np.mean(z * y)
            ),
            equal(),
        ),
        Step(
            r"= L_{\min} + (\phi_0 - \bar y)^2 + s^2\left(\phi_1 - \frac{c}{s^2}\right)^2",
            "Complete the square in φ₁. What is left over holds no φ: it is the lowest loss.",
            lambda phi0, phi1, z, y: (
                _lowest(z, y)
                + (phi0 - y.mean()) ** 2
                + np.mean(z**2) * (phi1 - np.mean(z * y) / np.mean(z**2)) ** 2
            ),
            equal(),
        ),
        Step(
            r"(\phi_0 - \bar y)^2 + s^2\left(\phi_1 - \frac{c}{s^2}\right)^2",
            "Drop the part that no line can change. The rest is a bowl: it is 0 at one place and "
            "above 0 everywhere else.",
            lambda phi0, phi1, z, y: (
                (phi0 - y.mean()) ** 2
                + np.mean(z**2) * (phi1 - np.mean(z * y) / np.mean(z**2)) ** 2
            ),
            shifted(_lowest, "L_min"),
            constant_in=("phi0", "phi1"),
        ),
    ],
    sliders={"phi0": PHI0, "phi1": PHI1},
    over="phi1",
    given={"z": PARENTS, "y": CHILDREN},
    sample=_some_children,
    reference=lambda phi0, phi1, z, y: squared_error(y, phi0 + phi1 * z).mean(),
    harmless={
        (2, "y - y.mean() - (phi0 - y.mean()) → y - y.mean() + (phi0 - y.mean())"): (
            "the cross terms of φ₀ − ȳ are 0, so its sign does not show"
        ),
    },
)


one_step = Derivation(
    "One step downhill",
    [
        Step(
            r"L(\phi_0, \phi_1) = \frac{1}{I}\sum_i (y_i - \phi_0 - \phi_1 z_i)^2",
            "The mean squared error.",
            _mean_loss,
        ),
        Step(
            r"\frac{\partial L}{\partial \phi_1} = \frac{1}{I}\sum_i"
            r" 2\,(y_i - \phi_0 - \phi_1 z_i)\,(-z_i)",
            "Differentiate in φ₁: the outer derivative times the inner one.",
            lambda phi0, phi1, z, y: np.mean(2 * (y - phi0 - phi1 * z) * -z),
            slope_in("phi1", "φ₁"),
        ),
        Step(
            r"= -\frac{2}{I}\sum_i r_i z_i, \qquad r_i = y_i - \hat y_i",
            "Minus two times the mean of error times feature.",
            lambda phi0, phi1, z, y: -2 * np.mean((y - (phi0 + phi1 * z)) * z),
            equal(),
        ),
        Step(
            r"= 2 s^2\,(\phi_1 - \hat\phi_1)",
            "Multiply out: the mean of r·z is c − φ₁s² (φ₀ meets the mean of z, which is 0). The "
            "best slope is $\\hat\\phi_1 = c / s^2$.",
            lambda phi1, z, y: 2 * np.mean(z**2) * (phi1 - _best_slope(z, y)),
            equal(),
        ),
        Step(
            r"\phi_1^{\mathrm{new}} - \hat\phi_1 = (1 - 2\eta s^2)\,(\phi_1 - \hat\phi_1)",
            "Go against the slope, η times as far. The distance is multiplied by 1 − 2ηs².",
            lambda phi1, eta, z, y: (1 - 2 * eta * np.mean(z**2)) * (phi1 - _best_slope(z, y)),
            related(
                "the distance from the best slope, less η times the row above",
                lambda above, here, v: agree(
                    here(**v),
                    v["phi1"] - _best_slope(v["z"], v["y"]) - v["eta"] * above(**v),
                    scale=abs(v["phi1"]) + abs(v["eta"] * above(**v)),
                ),
            ),
        ),
        Step(
            r"\eta_{\max} = \frac{1}{s^2}",
            "There the factor is −1: every step lands as far away on the other side. Beyond it, "
            "every step lands further away. (φ₀ has a limit of its own, η = 1; it is the smaller "
            "one only if s² < 1.)",
            lambda z: 1 / np.mean(z**2),
            related(
                "the η at which the row above is minus the old distance",
                lambda above, here, v: agree(
                    above(**{**v, "eta": here(**v)}),
                    _best_slope(v["z"], v["y"]) - v["phi1"],
                    scale=abs(v["phi1"]),
                ),
            ),
        ),
    ],
    sliders={
        "phi0": PHI0,
        "phi1": PHI1,
        "eta": Slider(0.005, 0.2, step=0.005, value=0.05, label="η"),
    },
    over="phi1",
    given={"z": PARENTS, "y": CHILDREN},
    sample=lambda rng: {**_some_children(rng), "eta": rng.uniform(0.05, 0.15)},
    reference=lambda phi0, phi1, z, y: squared_error(y, phi0 + phi1 * z).mean(),
    harmless={
        (2, "y - phi0 → y + phi0"): "φ₀ meets the mean of z, which is 0",
        (2, "y - phi0 → y"): "φ₀ meets the mean of z, which is 0",
        (3, "phi0 + phi1 * z → phi1 * z"): "φ₀ meets the mean of z, which is 0",
    },
)


def _errors(phi0, phi1, x, y):
    return y - phi0 - phi1 * x


def _mean_taken_and_given_back(phi0, phi1, x, y):
    r = _errors(phi0, phi1, x, y)
    return np.mean(((r - np.mean(r)) + np.mean(r)) ** 2)


def _sum_of_two_parts(phi0, phi1, x, y):
    r = _errors(phi0, phi1, x, y)
    return np.sum((r - np.mean(r)) ** 2) + len(r) * np.mean(r) ** 2


two_parts = Derivation(
    "Two parts of the mean squared error",
    [
        Step(
            r"\mathrm{MSE} = \frac{1}{I}\sum_i r_i^2, \qquad r_i = y_i - \phi_0 - \phi_1 x_i",
            "The mean of the squared errors.",
            lambda phi0, phi1, x, y: np.mean(_errors(phi0, phi1, x, y) ** 2),
        ),
        Step(
            r"\mathrm{MSE} = \frac{1}{I}\sum_i \left[(r_i - \bar r) + \bar r\right]^2",
            "Take the mean error $\\bar r$ away, and give it back.",
            _mean_taken_and_given_back,
            equal(),
        ),
        Step(
            r"\mathrm{MSE} = \frac{1}{I}\sum_i (r_i - \bar r)^2 + \bar r^2",
            "Multiply out. The cross term holds the sum of the $r_i - \\bar r$, which is 0. What "
            "stays is the squared spread, and the square of the mean error.",
            lambda phi0, phi1, x, y: (
                np.std(_errors(phi0, phi1, x, y)) ** 2 + np.mean(_errors(phi0, phi1, x, y)) ** 2
            ),
            equal(),
        ),
    ],
    sliders={
        "phi0": Slider(-8.0, 8.0, step=0.1, value=1.0, label="φ₀"),
        "phi1": Slider(0.0, 5.0, step=0.1, value=3.0, label="φ₁"),
    },
    over="phi0",
    given={"x": np.arange(1.0, 6.0), "y": 2 * np.arange(1.0, 6.0)},
    sample=lambda rng: {
        "x": rng.uniform(-3, 3, 5),
        "y": rng.uniform(-5, 5, 5),
        "phi0": rng.uniform(0.3, 3),
        "phi1": rng.uniform(0.3, 3),
    },
    reference=lambda phi0, phi1, x, y: squared_error(y, phi0 + phi1 * x).mean(),
    harmless={
        (2, "r - np.mean(r) + np.mean(r) → r - np.mean(r) - np.mean(r)"): (
            "the cross term is 0, so the sign of the mean error does not show in its square"
        ),
    },
    slips=[
        WrongLine(
            "a sum called a mean",
            2,
            r"\mathrm{MSE} = \sum_i \left[(r_i - \bar r) + \bar r\right]^2",
            lambda phi0, phi1, x, y: np.sum(_errors(phi0, phi1, x, y) ** 2),
            "The 1/I is gone. The best line is the same, so nobody notices at once. But the value "
            "is I times the mean squared error, it grows with every new example, and so do the "
            "slopes: a step size that worked no longer does.",
            after=(
                (
                    r"\mathrm{MSE} = \sum_i (r_i - \bar r)^2 + I\,\bar r^2",
                    _sum_of_two_parts,
                ),
            ),
        )
    ],
)


# --- Questions before an explorer ------------------------------------------------------------

predict_tasks = Question(
    "Five tasks: a height, the depth of every pixel of a photograph, yes or no, one of three "
    "species, the next word. What is alike in what the five models answer with?",
    [
        Option(
            "Each answers with one number",
            "Look again: the depth map is many numbers, and a word is none.",
            misconception="every target is one number",
        ),
        Option(
            "Each answers with a class, one of a list",
            "That fits three of them. A height and a depth are numbers on a scale.",
            misconception="every target is a class",
        ),
        Option(
            "Each answers with a distribution over what y can be",
            "Over heights, over depths, over two outcomes, over three, over words. Minus its log "
            "at the truth is the loss, five times over.",
            right=True,
        ),
    ],
)

which_loss = Question(
    "Will it rain tomorrow? Your model answers with a number, the sky with yes or no. How should "
    "a loss compare the two?",
    [
        Option(
            "Count a miss as 1 and a hit as 0, nothing in between",
            "That is the error rate. It cannot tell a model that said 51 % from one that said "
            "99 %, and it gives no slope to follow.",
            misconception="the error rate is what one minimises",
        ),
        Option(
            "Say how unlikely the model held what then happened",
            "The number is a probability; the truth is one of two outcomes. Notebook 05 makes "
            "this the loss of every yes-or-no target.",
            right=True,
        ),
        Option(
            "Subtract them: yes is 1, no is 0",
            "It can be done, and notebook 05 shows how the slope then dies when the model is "
            "confidently wrong.",
            misconception="the squared error suits every target",
        ),
    ],
)

predict_slope = Question(
    "The line starts flat: everybody's child is guessed alike. You turn it until the mean loss of "
    "all 928 children is lowest. By how many inches does it then rise for each inch of the "
    "parents?",
    [
        Option(
            "More than 1: tall parents have children who are taller still",
            "Look at parents of 71.5 inches, 3.2 above average: their children are on average 2.0 "
            "above it.",
            misconception="extremes breed extremes",
        ),
        Option(
            "1: children take after their parents in full",
            "They do in part. But parents who are 3 inches above average have, on average, "
            "children who are less than 3 inches above it.",
            misconception="the best guess passes a difference on in full",
        ),
        Option(
            "Less than 1, but above 0",
            "Galton called it regression towards mediocrity, and so gave regression its name.",
            right=True,
        ),
        Option(
            "0: the flat line is as good as any",
            "Tick all 928 children: the cloud leans. A line that leans with it is closer to more "
            "points.",
        ),
    ],
)

predict_rate = Question(
    "Each step of gradient descent goes against the slope at the place where you stand, and the "
    "step size η says how far. You make η larger and larger. What happens?",
    [
        Option(
            "At first it arrives sooner; beyond some η it runs away",
            "A long step overshoots the lowest point. If it lands further away than it started, "
            "every step makes it worse.",
            right=True,
        ),
        Option(
            "It arrives sooner and sooner: every step goes downhill, so a longer one goes further",
            "The slope is downhill where you stand. It says nothing about the far side of the "
            "valley, and that is where a long step ends.",
            misconception="a step against the gradient always lowers the loss",
        ),
        Option(
            "It arrives at the same point after the same number of steps",
            "With a tiny η a step hardly moves. Try it.",
        ),
    ],
)

predict_slice = Question(
    "The model puts a bell around the line. You move the slice from short parents to tall ones. "
    "What does the bell do?",
    [
        Option(
            "It moves and gets narrower where there are few children",
            "That is what the data may do. This model has one σ and no way to change it along x.",
            misconception="the model's spread follows the data",
        ),
        Option(
            "It moves along the line and keeps its shape",
            "Only the bell's centre depends on x. Notebook 03 lets σ depend on it too.",
            right=True,
        ),
        Option(
            "It stays where it is and changes its height",
            "Its area is 1 and its σ is fixed, so its height is too. It is the centre that moves.",
        ),
    ],
)

predict_mean_error = Question(
    "The truth is y = 2x, the model says ŷ = 1 + 3x. You move the five x about. Can the mean error "
    "be 0?",
    [
        Option(
            "No: the model is wrong, so its errors cannot average to 0",
            "Errors of either sign cancel. Look at x around −1.",
            misconception="a mean error of 0 means a right model",
        ),
        Option(
            "Yes, and there the model is right",
            "The mean error is 0 there. Look at the five errors themselves: they are not.",
            misconception="errors that cancel are no errors",
        ),
        Option(
            "Yes, at one centre of x, although the model is wrong there too",
            "The error is −1 − x: it averages to 0 when x averages to −1, and its spread stays.",
            right=True,
        ),
    ],
)

predict_sources = Question(
    "Here y = 2x + 2u + a measuring error. u and the error have a spread of 1 each, and are "
    "independent of x and of one another. Nobody recorded u. How large is the spread of the errors "
    "of the best line in x?",
    [
        Option(
            "1: the measuring error, and nothing else is random",
            "For you u is as random as the measuring error: you cannot see it coming.",
            misconception="only bad measurements make errors",
        ),
        Option("2.24: the squares add up, 4 + 1", "And the root of 5 is 2.24.", right=True),
        Option(
            "3: the spreads add up, 2 + 1",
            "They would if both always pushed the same way. They are independent, so they cancel "
            "in part, and the squares add instead.",
            misconception="spreads of independent errors add",
        ),
    ],
)

predict_species = Question(
    "A model guesses a penguin's mass from the depth of its bill. You tell it the species too. "
    "What becomes of the errors?",
    [
        Option(
            "They shrink, but do not vanish",
            "The species was a feature that nobody had recorded. Sex, age and the last meal are "
            "others, and they are still missing.",
            right=True,
        ),
        Option(
            "They stay: noise is noise",
            "What looked like noise was partly a feature left out. Look at the colours.",
            misconception="the spread of the errors is a property of the target alone",
        ),
        Option(
            "They vanish: now the model knows all there is in the data set",
            "All in the data set is not all there is. Two penguins of one species with equal "
            "bills still differ in mass.",
            misconception="the best possible loss is 0",
        ),
    ],
)

predict_three = Question(
    "The town's heights have two peaks, and the model is one bell, fitted to the sample. From 1000 "
    "people on the sample is nearer to the truth than the bell. Which of the two is nearer for "
    "most samples of 20 people?",
    [
        Option(
            "The sample: it is made of real people, and the bell has the wrong form",
            "Twenty people leave gaps and heaps by chance, and those are larger than what the bell "
            "gets wrong.",
            misconception="a wrong model is never the nearer one",
        ),
        Option(
            "The bell, although it has the wrong form",
            "In about 19 samples of 20. It smooths the chance out; with more people that is worth "
            "less and less, and its form stays wrong.",
            right=True,
        ),
        Option(
            "Neither: the bell is fitted to the sample, so both are equally far",
            "It takes two numbers from the sample, the mean and the spread, and leaves the rest.",
        ),
    ],
)

# --- Questions at the end --------------------------------------------------------------------

recall = (
    Question(
        "From notebook 00. You made the bell narrower and narrower, and its loss fell, then rose. "
        "Why did it rise?",
        [
            Option(
                "A narrow bell gives people far from its centre next to no density",
                "And minus the log of next to nothing is a large loss.",
                right=True,
            ),
            Option(
                "The area under the bell fell below 1",
                "The area is 1 at every σ: a narrow bell is tall.",
            ),
            Option(
                "A narrow bell has fewer people in the sample to be measured on",
                "The loss is the mean over all the people, whatever the bell.",
            ),
        ],
    ),
    Question(
        "You fit a line and reach a mean squared error of 5.0 square inches, the lowest there is. "
        "A colleague wants you to train until it is 0. What do you say?",
        [
            Option(
                "A smaller step size will get there",
                "The step size decides how you reach the lowest point, not how low it is.",
                misconception="the best possible loss is 0",
            ),
            Option(
                "More children in the data will get it to 0",
                "More data find the lowest point of the truth more exactly. They do not lower it.",
                misconception="more data remove the spread",
            ),
            Option(
                "No line gets lower; another feature might",
                "What the parents' height does not tell is error to this model, and some of it "
                "could be told by something nobody recorded.",
                right=True,
            ),
        ],
    ),
    Question(
        "Your program adds up the squared errors and prints the result as “MSE”. The data are "
        "doubled by copying each example. What happens?",
        [
            Option(
                "The best line stays, the printed value doubles",
                "A sum grows with every example. The mean would not have moved.",
                right=True,
            ),
            Option(
                "Nothing: the argmin is the same, so the value is",
                "The argmin is the same. The value is not, and neither is the step size that "
                "works.",
                misconception="same argmin, same loss",
            ),
            Option(
                "The best line gets steeper, the printed value stays",
                "Every candidate line's loss is doubled alike, so none of them overtakes another.",
            ),
        ],
    ),
)


# --- Exercises -------------------------------------------------------------------------------


def _lines(rng):
    """Lines, and parents and children of different number; the parents are not centred."""
    return [
        (rng.uniform(60, 70), rng.uniform(0.2, 1.4), rng.normal(0.4, 1.9, I), rng.normal(68, 3, I))
        for I in (4, 9, 30)
    ]


def mean_squared_error(phi0, phi1, z, y):
    y_hat = phi0 + phi1 * z
    return np.mean((y - y_hat) ** 2)


mse = Exercise(
    "mean squared error",
    "Complete `mse(phi0, phi1, z, y)`: the mean squared error of the line φ₀ + φ₁z on the targets "
    "`y`, as one number.",
    mean_squared_error,
    _lines,
    slips=[
        Slip(
            "the sum for the mean",
            lambda phi0, phi1, z, y: np.sum((y - phi0 - phi1 * z) ** 2),
            "This is the sum of squares. The M in MSE is for mean: divide by I.",
        ),
        Slip(
            "the errors not squared",
            lambda phi0, phi1, z, y: np.mean(y - phi0 - phi1 * z),
            "This is the mean error. Errors of either sign cancel in it; square them first.",
        ),
        Slip(
            "the square after the mean",
            lambda phi0, phi1, z, y: np.mean(y - phi0 - phi1 * z) ** 2,
            "Square each error, then average. In this order they cancel before they are squared.",
        ),
        Slip(
            "absolute for squared",
            lambda phi0, phi1, z, y: np.mean(np.abs(y - phi0 - phi1 * z)),
            "This is the mean absolute error, another loss: notebook 04 is about it.",
        ),
        Slip(
            "a root too many",
            lambda phi0, phi1, z, y: np.sqrt(np.mean((y - phi0 - phi1 * z) ** 2)),
            "This is the RMSE, the root of the mean squared error.",
        ),
        Slip(
            "the spread alone",
            lambda phi0, phi1, z, y: np.var(y - phi0 - phi1 * z),
            "`np.var` takes the mean error away first. What it leaves is one of the two parts.",
        ),
        Slip(
            "halved",
            lambda phi0, phi1, z, y: np.mean((y - phi0 - phi1 * z) ** 2) / 2,
            "Some books put a ½ in front to save a 2 in the gradient. Here there is none.",
        ),
    ],
    hints=[
        "The error of each example is `y - y_hat`.",
        "Square the errors with `** 2`, and only then average.",
        "`np.mean` averages over all the examples.",
    ],
)


def _as_arrays(rng):
    """The same lines with both parameters in one array, as `gradient` takes them."""
    return [(np.array([phi0, phi1]), z, y) for phi0, phi1, z, y in _lines(rng)]


def gradient_of_mse(phi, z, y):
    r = y - phi[0] - phi[1] * z
    return np.array([-2 * np.mean(r), -2 * np.mean(r * z)])


gradient = Exercise(
    "gradient of the mean squared error",
    "Write `gradient(phi, z, y)`: the two slopes of the mean squared error of the line "
    "`phi[0] + phi[1] * z`, in φ₀ and in φ₁, as an array of two numbers.",
    gradient_of_mse,
    _as_arrays,
    slips=[
        Slip(
            "the lost minus",
            lambda phi, z, y: -gradient_of_mse(phi, z, y),
            "The inner derivative of y − φ₀ − φ₁z is −1, or −z. With this sign, descent climbs.",
        ),
        Slip(
            "the sum for the mean",
            lambda phi, z, y: len(y) * gradient_of_mse(phi, z, y),
            "This is the gradient of the sum of squares. The mean squared error has a 1/I.",
        ),
        Slip(
            "the lost 2",
            lambda phi, z, y: gradient_of_mse(phi, z, y) / 2,
            "The derivative of r² is 2r.",
        ),
        Slip(
            "the feature forgotten",
            lambda phi, z, y: np.full(2, -2 * np.mean(y - phi[0] - phi[1] * z)),
            "In φ₁ each error is multiplied by its own zᵢ before you average.",
        ),
        Slip(
            "means multiplied",
            lambda phi, z, y: -2 * np.mean(y - phi[0] - phi[1] * z) * np.array([1.0, np.mean(z)]),
            "The mean of r·z is not the mean of r times the mean of z.",
        ),
        Slip(
            "the other way round",
            lambda phi, z, y: gradient_of_mse(phi, z, y)[::-1],
            "The slope in φ₀ comes first.",
        ),
    ],
    properties=[gradient_of(lambda phi, z, y: np.mean((y - phi[0] - phi[1] * z) ** 2), _as_arrays)],
    hints=[
        "Row 3 of “One step downhill” is the slope in φ₁.",
        "In φ₀ the inner derivative is −1 in place of −z.",
        "`r = y - phi[0] - phi[1] * z`; then `np.array([..., ...])`.",
    ],
)


def line_in_raw_parents(phi0, phi1, mean_x):
    return phi0 - phi1 * mean_x, phi1


back = Exercise(
    "back to raw parents",
    "A fit gave φ₀ + φ₁(x − `mean_x`). Write `back(phi0, phi1, mean_x)`: the intercept and the "
    "slope of the same line over x itself.",
    line_in_raw_parents,
    lambda rng: [(rng.uniform(60, 72), rng.uniform(0.2, 1.6), m) for m in (67.3, 4.9, -12.4)],
    slips=[
        Slip(
            "the wrong way",
            lambda phi0, phi1, mean_x: (phi0 + phi1 * mean_x, phi1),
            "Multiply out φ₁(x − mean): the mean comes with a minus.",
        ),
        Slip(
            "φ₀ kept",
            lambda phi0, phi1, mean_x: (phi0, phi1),
            "φ₀ is the height of the line at the mean of x. The intercept is its height at x = 0.",
        ),
        Slip(
            "the slope forgotten",
            lambda phi0, phi1, mean_x: (phi0 - mean_x, phi1),
            "From the mean to x = 0 the line falls by φ₁ times that distance.",
        ),
    ],
    hints=[
        "Multiply out: φ₀ + φ₁x − φ₁·mean.",
        "What stands in front of x is the slope; the rest is the intercept.",
    ],
)


# --- Asked again in the review of the walk ---------------------------------------------------

review = (
    Question(
        "The truth is y = 2 + 3x, the model says 4x, and the xs are 0, 1 and 2. What is the mean "
        "error y − ŷ?",
        [
            Option(
                "1",
                "The errors 2 − x are 2, 1 and 0. Their mean is 1: the model is off on average.",
                right=True,
            ),
            Option(
                "0: errors above and below cancel",
                "They cancel when the model fits an intercept to these data. This model was not "
                "fitted.",
                misconception="errors have mean 0",
            ),
            Option(
                "2",
                "That is the error at x = 0 alone.",
            ),
        ],
    ),
    Question(
        "Your model is the true one, and you have as many examples as you like. What is the "
        "smallest mean squared error?",
        [
            Option(
                "0, with enough examples",
                "More examples find the best model. They do not bring back what no feature tells.",
                misconception="the best possible loss is 0",
            ),
            Option(
                "It depends on how long you train",
                "Training longer only comes closer to the floor.",
            ),
            Option(
                "The variance that the features leave open",
                "Measurement error, and features that nobody recorded: no model of these "
                "features can tell.",
                right=True,
            ),
        ],
    ),
    Question(
        "One program reports the sum of squared errors, another the mean. Both search the "
        "best line. What differs?",
        [
            Option(
                "The best line: sums weigh large errors more",
                "Both weigh every example alike. The factor I is the same for all lines.",
            ),
            Option(
                "The value, by the factor I; not the line",
                "A positive constant moves no minimum. But never call a sum a mean: the "
                "values differ.",
                right=True,
            ),
            Option(
                "Nothing at all",
                "The line is the same, the number is I times as large.",
                misconception="same argmin, same loss",
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (predict_slope, mse, recall[1], recall[2], review[2]),
    (bowl, one_step, predict_rate, gradient, back),
    (predict_mean_error, two_parts, predict_sources, predict_species, review[0], review[1]),
    (predict_slice, predict_three, which_loss, predict_tasks, recall[0]),
)
