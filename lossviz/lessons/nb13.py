"""The questions of notebook 13: a review of the whole walk.

Here: `walk`, three questions for each notebook before this one; the twelve misconceptions by name;
the four open questions with model answers; and the prediction before the map. Figures in them are
computed again in `tests/test_reviews.py`.
"""

from lossviz.questions import Option, Question
from lossviz.reviews import OpenQuestion

# The twelve that the walk hits on purpose, by number as the notebook lists them. Two have two
# faces. Each is named by a wrong option below.
MISCONCEPTIONS = {
    1: ("the likelihood is the probability of the parameter",),
    2: ("a density cannot exceed 1, so an NLL cannot be negative",),
    3: ("the log is cosmetic",),
    4: ("MSE is arbitrary", "MSE is right for everything"),
    5: ("σ does not matter",),
    6: ("the squared error is fine after a sigmoid",),
    7: ("softmax twice does no harm",),
    8: ("logits have absolute meaning",),
    9: ("confident means correct",),
    10: ("entropy counts colours", "entropy depends on the values"),
    11: ("the best cross-entropy is 0",),
    12: ("KL is a symmetric distance",),
}

predict_map = Question(
    "Choose any target in the map below. Its loss, with all its constants, is drawn on the right. "
    "Add exp(−loss) over all outcomes y. What comes out?",
    [
        Option(
            "It depends on the loss",
            "A score could be anything. But every loss of this map is minus the log of a "
            "distribution, and exp undoes that.",
            misconception="a loss is only a score",
        ),
        Option(
            "1",
            "exp(−loss) is the distribution itself, and a distribution adds up to 1. The cell "
            "after the map checks it.",
            right=True,
        ),
        Option(
            "0 when the model is right",
            "Right or wrong, what the model says is a distribution over all outcomes.",
        ),
    ],
)

walk = {
    "00_start_here": (
        Question(
            "“We simply took the squared error and looked how it went.” Which decision did this "
            "team take without noticing?",
            [
                Option(
                    "None: a loss is only a way to keep the score",
                    "The squared error is the NLL of one distribution among many, up to constants.",
                    misconception="MSE is arbitrary",
                ),
                Option(
                    "A normal distribution for y, with one spread for all x",
                    "Minus its log is the squared error, scaled and shifted by constants.",
                    right=True,
                ),
                Option(
                    "That the model is a straight line",
                    "The model is a separate choice: any f(x) can carry any of these losses.",
                ),
            ],
        ),
        Question(
            "A model returns, for tomorrow’s temperature, a mean and a spread. What does step 4 "
            "of the recipe let you return?",
            [
                Option(
                    "The whole normal, or its peak if one number is wanted",
                    "The distribution is the prediction. One number is a summary of it.",
                    right=True,
                ),
                Option(
                    "The mean only: the spread is an artefact of training",
                    "The spread says how sure the model is. It is half of the prediction.",
                    misconception="σ does not matter",
                ),
                Option(
                    "The loss at that day",
                    "The loss needs tomorrow’s true temperature. Nobody has it yet.",
                ),
            ],
        ),
        Question(
            "Two teams have the same data and the same network. One minimises squared errors, the"
            " other absolute errors. In the language of the walk, they differ in …",
            [
                Option(
                    "the parameters they start from",
                    "Both may start anywhere. What they look for differs.",
                ),
                Option(
                    "how well they will do: squares are stricter",
                    "Stricter about what? Each loss asks for another number: the mean or the "
                    "median.",
                    misconception="MSE is right for everything",
                ),
                Option(
                    "the distribution that they chose for y",
                    "A normal against a Laplace: that is the whole difference.",
                    right=True,
                ),
            ],
        ),
    ),
    "01_what_a_loss_measures": (
        Question(
            "The truth is y = 2x, the model says 1 + 3x, and the xs are −1, 0 and 1. What is the "
            "mean error y − ŷ?",
            [
                Option(
                    "−1",
                    "The errors −1 − x are 0, −1 and −2. Their mean is −1: the model is off on "
                    "average.",
                    right=True,
                ),
                Option(
                    "0: errors above and below cancel",
                    "They cancel when the model fits an intercept to these data. This model was "
                    "not fitted.",
                    misconception="errors have mean 0",
                ),
                Option(
                    "−2",
                    "That is the error at x = 1 alone.",
                ),
            ],
        ),
        Question(
            "Your model is the true one, and you have as many examples as you like. What is the "
            "smallest mean squared error?",
            [
                Option(
                    "0, with enough examples",
                    "More examples find the best model. They do not bring back what no feature "
                    "tells.",
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
    ),
    "02_likelihood": (
        Question(
            "Ten tosses, ten heads. The likelihood of λ = 1 is 1. What follows?",
            [
                Option(
                    "λ is 1 with certainty",
                    "That would be a probability of λ. A likelihood is a probability of the "
                    "tosses.",
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
            "Lengths in metres, best normal with σ = 0.02 m: the mean NLL is −2.49 nats. Your "
            "verdict?",
            [
                Option(
                    "Fine: the density is far above 1 there. In millimetres it reads 4.41",
                    "A density is per metre, and may be large over a short strip. Changing to "
                    "millimetres adds log 1000.",
                    right=True,
                ),
                Option(
                    "A bug: an NLL cannot be negative",
                    "It cannot for probabilities. Densities may exceed 1.",
                    misconception="a density cannot exceed 1, so an NLL cannot be negative",
                ),
                Option(
                    "The model is better than any with a positive NLL",
                    "Not across units: the same model has −2.49 in metres and 4.41 in millimetres.",
                    misconception="an NLL has no unit",
                ),
            ],
        ),
        Question(
            "2000 examples, each with a density of 0.1. In float64 their product is exactly 0. "
            "What does the log change?",
            [
                Option(
                    "Nothing that matters: it is the same number, written neatly",
                    "The sum is there, with a slope; the product is 0 for every parameter, with "
                    "none.",
                    misconception="the log is cosmetic",
                ),
                Option(
                    "It makes fitting possible: the sum of logs is −4605.17",
                    "The log keeps the peak, and keeps numbers and slopes alive.",
                    right=True,
                ),
                Option(
                    "It moves the peak to where floats can reach it",
                    "The log only ever rises, so the peak stays where it was.",
                ),
            ],
        ),
    ),
    "03_mse_from_the_normal": (
        Question(
            "Deliveries take 20 minutes, and now and then three hours. Someone fits the squared "
            "error. The most careful judgement?",
            [
                Option(
                    "Right: times are numbers, and numbers call for squares",
                    "A number may be skewed or bounded. The normal is then a poor description.",
                    misconception="MSE is right for everything",
                ),
                Option(
                    "A matter of taste: any loss would have done",
                    "Another loss asks for another number, and the median is far from the mean "
                    "here.",
                    misconception="MSE is arbitrary",
                ),
                Option(
                    "It gives the mean, if that is wanted; the normal behind it fits badly",
                    "Its interval would promise times below 0 and miss the long ones.",
                    right=True,
                ),
            ],
        ),
        Question(
            "The best line under squared errors is the same for every constant σ. When must you "
            "still know σ?",
            [
                Option(
                    "Never: it drops out of the loss",
                    "It drops out of the search for the line, and only when it is constant.",
                    misconception="σ does not matter",
                ),
                Option(
                    "For an interval, and whenever the spread changes with x",
                    "With a σ that depends on x the noisy points weigh less, and the line moves "
                    "too.",
                    right=True,
                ),
                Option(
                    "Only when σ is above 1",
                    "No unit is special: 1 inch is 25.4 mm.",
                ),
            ],
        ),
        Question(
            "Galton’s best line has a root mean squared error of 2.24 inches. You now let σ vary,"
            " with the line fixed. Where is the NLL lowest?",
            [
                Option(
                    "At σ = 2.24",
                    "The slope of log σ + RMSE²/2σ² is 0 at σ = RMSE.",
                    right=True,
                ),
                Option(
                    "At 5.00, the mean squared error",
                    "That is σ², in square inches.",
                    misconception="σ² for σ",
                ),
                Option(
                    "As small as σ can be",
                    "log σ falls, but RMSE²/2σ² grows faster once σ is below the RMSE.",
                    misconception="a narrower bell fits better",
                ),
            ],
        ),
    ),
    "04_mean_median_quantiles": (
        Question(
            "Five values: 1, 2, 3, 4, 100. You retype the last one as 1000. What do the best "
            "constants do?",
            [
                Option(
                    "Squared error: 3 to 3. Absolute error: 22 to 202",
                    "The other way round: squares ask for the mean.",
                ),
                Option(
                    "Both follow, the absolute error more slowly",
                    "The median only counts how many lie on each side. It does not move at all.",
                    misconception="every average feels every value",
                ),
                Option(
                    "Squared error: 22 to 202. Absolute error: 3 to 3",
                    "The mean feels every value; the median asks which is in the middle.",
                    right=True,
                ),
            ],
        ),
        Question(
            "A baker: running out of a loaf costs nine times as much as having one left over. "
            "Which loss gives the right number of loaves?",
            [
                Option(
                    "The pinball loss with τ = 0.9",
                    "Too few costs 0.9 a loaf, too many 0.1: nine to one. The best constant is "
                    "the 0.9 quantile.",
                    right=True,
                ),
                Option(
                    "The squared error: it is hard on large misses",
                    "It is equally hard on both sides. The baker is not.",
                    misconception="MSE is right for everything",
                ),
                Option(
                    "The pinball loss with τ = 0.1",
                    "That makes leftovers the expensive side.",
                    misconception="the two sides of the pinball loss confused",
                ),
            ],
        ),
        Question(
            "Values 1, 2, 4 and 9. Which constant has the smallest mean absolute error?",
            [
                Option(
                    "4, their mean",
                    "The mean minimises the squared error.",
                ),
                Option(
                    "3 and no other",
                    "3 is one of them. Between the two middle values the loss is flat.",
                    misconception="a loss has one best answer",
                ),
                Option(
                    "Any number from 2 to 4",
                    "Move within: two values come closer by as much as two others recede.",
                    right=True,
                ),
            ],
        ),
    ),
    "05_binary_cross_entropy": (
        Question(
            "The truth is yes, the logit is −10. Which loss gets the model out of there?",
            [
                Option(
                    "Squared error on the sigmoid: large errors count most",
                    "Its slope is twice the error times σ′(z), and σ′ is nearly 0 here: −9.1e−5 in "
                    "all.",
                    misconception="the squared error is fine after a sigmoid",
                ),
                Option(
                    "The NLL: its slope is −0.99995, the other’s −9.1e−5",
                    "The log undoes the exponential in the sigmoid, so a wrong sign is always "
                    "felt.",
                    right=True,
                ),
                Option(
                    "Either: both have their minimum at the same place",
                    "Both want z large. But one hardly pulls.",
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
            "The launch data go from 53 °F up. The fitted P(damage) at 31 °F is 0.9996. What do "
            "you say?",
            [
                Option(
                    "The fit says so; but it extrapolates 22 °F below every launch",
                    "The curve’s shape down there was assumed, not seen. The warning still "
                    "deserved to be heard.",
                    right=True,
                ),
                Option(
                    "It is certain: 0.9996 leaves no doubt",
                    "The number is certain given the model. The model is not.",
                    misconception="confident means correct",
                ),
                Option(
                    "A probability cannot be read off a loss",
                    "The sigmoid’s output is the probability: that was step 2.",
                ),
            ],
        ),
    ),
    "06_softmax_cross_entropy": (
        Question(
            "K = 3. The network ends in a softmax, and the library’s loss takes logits. What will"
            " you see?",
            [
                Option(
                    "An error: the loss refuses probabilities",
                    "Probabilities are numbers too. Nothing looks wrong, which is the trouble.",
                ),
                Option(
                    "Nothing: the softmax of a distribution is that distribution",
                    "The softmax of (1, 0, 0) is (0.58, 0.21, 0.21).",
                    misconception="softmax twice does no harm",
                ),
                Option(
                    "It trains, but the loss never gets below 0.5514",
                    "The best input is (1, 0, 0), and its loss is log(e + 2) − 1.",
                    right=True,
                ),
            ],
        ),
        Question(
            "Model A has logits (2, 1, 0), model B (102, 101, 100). Which one is more confident?",
            [
                Option(
                    "B: its logits are far larger",
                    "Only differences count: the 100 cancels.",
                    misconception="logits have absolute meaning",
                ),
                Option(
                    "Neither: both give 0.67, 0.24, 0.09",
                    "Adding the same number to all logits changes no probability.",
                    right=True,
                ),
                Option(
                    "A: B is spread over larger numbers",
                    "The differences, 1 and 2, are the same in both.",
                ),
            ],
        ),
        Question(
            "Yes or no. Models A and B always agree on the answer, and it is right 90 % of the "
            "time. A gives it a probability of 0.99 each time, B 0.9. Whose mean NLL is lower?",
            [
                Option(
                    "A’s: it is surer of what is usually right",
                    "When it is wrong it pays log 100. That happens once in ten.",
                    misconception="confident means correct",
                ),
                Option(
                    "B’s: 0.33 against 0.47 nats",
                    "Saying 0.9 and being right 90 % of the time is as good as it gets.",
                    right=True,
                ),
                Option(
                    "Equal: both are right equally often",
                    "Accuracy sees the choice only. The NLL sees the number.",
                    misconception="the NLL sees only hits and misses",
                ),
            ],
        ),
    ),
    "07_many_outputs": (
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
                    "A σ for each output, learned: 192.43 mm in both",
                    "Divided by its own σ an error has no unit left, and log σ pays for it.",
                    right=True,
                ),
                Option(
                    "None is needed: σ drops out",
                    "One common σ does. Two different ones are the weights of the two outputs.",
                    misconception="σ does not matter",
                ),
            ],
        ),
    ),
    "08_entropy_and_the_poll": (
        Question(
            "Box A: half red, half blue. Box B: 97 % red, 1 % each of blue, green, white. Whose "
            "colour is more uncertain?",
            [
                Option(
                    "B’s: four colours against two",
                    "Most draws from B are no surprise at all: 0.24 bits.",
                    misconception="entropy counts colours",
                ),
                Option(
                    "A’s: 1 bit against 0.24",
                    "Rare colours surprise, but rarely.",
                    right=True,
                ),
                Option(
                    "They cannot be compared: the colours differ",
                    "Entropy sees the probabilities only.",
                ),
            ],
        ),
        Question(
            "A die shows 1 to 6. A second one shows 1000 to 6000, in thousands. Their entropies?",
            [
                Option(
                    "The second’s is larger: its values spread more",
                    "That is the variance. Entropy never looks at the values.",
                    misconception="entropy depends on the values",
                ),
                Option(
                    "The second’s is smaller: its values have round names",
                    "Names do not enter.",
                ),
                Option(
                    "Equal: 2.58 bits",
                    "Six outcomes, each 1/6: log₂ 6.",
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
    ),
    "09_kl_coin": (
        Question(
            "The true shares are (0.9, 0.1). What is the lowest mean cross-entropy that any model"
            " can reach?",
            [
                Option(
                    "0, if it is trained long enough",
                    "0 needs labels that the features settle. Here one case in ten surprises "
                    "everybody.",
                    misconception="the best cross-entropy is 0",
                ),
                Option(
                    "0.3251 nats, the entropy of the shares",
                    "H(p, q) = H(p) + KL(p‖q), and only the KL can be brought to 0.",
                    right=True,
                ),
                Option(
                    "0.1054 nats, which is −log 0.9",
                    "That is the loss of the frequent case only.",
                ),
            ],
        ),
        Question(
            "A fair coin p and q = (⅓, ⅔): KL(p‖q) = 0.0589 nats and KL(q‖p) = 0.0566 nats. Why "
            "two numbers?",
            [
                Option(
                    "Rounding: it is one distance",
                    "They differ in the third decimal, far above rounding. One draws from p, the "
                    "other from q.",
                    misconception="KL is a symmetric distance",
                ),
                Option(
                    "One is in bits",
                    "Both are in nats.",
                ),
                Option(
                    "The average runs over different coins",
                    "The first name says whose samples are averaged over.",
                    right=True,
                ),
            ],
        ),
        Question(
            "An outcome has probability 0.001 under p, and 0 under q. What is KL(p‖q)?",
            [
                Option(
                    "∞",
                    "Once in a thousand draws q is proved wrong. No other outcome makes up for "
                    "that.",
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
    ),
    "10_dirac_delta_and_the_empirical_distribution": (
        Question(
            "From KL(q‖p_θ), with q the data, to the NLL one term is dropped. Which, and why may "
            "it go?",
            [
                Option(
                    "∫ q log p_θ: it is constant on the data",
                    "This one holds θ: it is minus the loss.",
                ),
                Option(
                    "∫ q log q: it becomes 0 with enough data",
                    "It does not: for narrow spikes it runs off to infinity. It may go all the "
                    "same.",
                    misconception="a dropped term is a small term",
                ),
                Option(
                    "∫ q log q: θ does not occur in it",
                    "However large it is, moving θ does not move it. So the argmin stays.",
                    right=True,
                ),
            ],
        ),
        Question(
            "What is ∫ y² δ(y − 3) dy?",
            [
                Option(
                    "9",
                    "The delta picks the value at its place: f(3) = 3².",
                    right=True,
                ),
                Option(
                    "0: the delta is 0 nearly everywhere",
                    "Its area is 1, all of it at y = 3.",
                    misconception="zero nearly everywhere means no area",
                ),
                Option(
                    "∞: the delta is infinite at 3",
                    "The height grows as the width shrinks; the area stays 1.",
                    misconception="an infinite height means an infinite area",
                ),
            ],
        ),
        Question(
            "Data with a standard deviation of 2. Each point becomes a little normal of width w ="
            " 1. Which σ now minimises the cross-entropy?",
            [
                Option(
                    "2: the width must not matter",
                    "It does for σ, as long as w is above 0. For μ it does not.",
                ),
                Option(
                    "√5, about 2.24",
                    "Variances add: 2² + 1². As w goes to 0 this tends to 2, the "
                    "maximum-likelihood σ.",
                    right=True,
                ),
                Option(
                    "3: the widths add",
                    "Variances add, widths do not.",
                    misconception="standard deviations add",
                ),
            ],
        ),
    ),
    "11_beyond_the_recipe": (
        Question(
            "You add λ times the sum of squared weights to an NLL. Which assumption is that?",
            [
                Option(
                    "None: it only keeps the numbers small",
                    "Smaller than what the data ask for is an assumption.",
                    misconception="a penalty is only a trick",
                ),
                Option(
                    "That the errors are normal",
                    "That belongs to y. The penalty speaks of the weights.",
                ),
                Option(
                    "A normal prior on the weights, centred at 0",
                    "Minus its log is the sum of squares, scaled. A Laplace prior gives absolute "
                    "values.",
                    right=True,
                ),
            ],
        ),
        Question(
            "The wind comes from 1°, the model says 359°. The squared error is 128164. What went "
            "wrong?",
            [
                Option(
                    "The units: take radians",
                    "In radians the gap is still nearly a whole turn.",
                ),
                Option(
                    "The domain: an angle needs a distribution that goes round",
                    "For a von Mises the two are 2° apart.",
                    right=True,
                ),
                Option(
                    "Nothing: the model is far off",
                    "It is off by 2°. A line has ends, a circle has none.",
                    misconception="MSE is right for everything",
                ),
            ],
        ),
        Question(
            "For one x, y is −1 half of the time and 1 the other half. What does the squared "
            "error teach the model to say?",
            [
                Option(
                    "0, a value that never occurs",
                    "The mean of two peaks may lie where nothing is. A mixture keeps both.",
                    right=True,
                ),
                Option(
                    "−1 or 1, whichever it saw first",
                    "Neither: the mean squared error at 0 is 1, and at ±1 it is 2.",
                    misconception="the squared error follows the majority",
                ),
                Option(
                    "Both",
                    "One number cannot say two things. A distribution can.",
                ),
            ],
        ),
    ),
    "12_style_transfer": (
        Question(
            "In style transfer, what moves while the loss goes down?",
            [
                Option(
                    "The filters",
                    "They stay fixed. There is nothing to train.",
                    misconception="a loss is always minimised over weights",
                ),
                Option(
                    "The pixels",
                    "The picture itself is the parameter.",
                    right=True,
                ),
                Option(
                    "The weight between content and style",
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
                    "The squared error is not: it is the NLL of a normal.",
                    misconception="MSE is arbitrary",
                ),
            ],
        ),
    ),
}

open_questions = (
    OpenQuestion(
        "Why does minimising the cross-entropy minimise the KL divergence? Which term is dropped,"
        " and why may it be?",
        "KL(p‖q) = Σ p log p − Σ p log q. The second part, with its minus, is the cross-entropy "
        "H(p, q); the first is −H(p). So H(p, q) = H(p) + KL(p‖q). The model changes q only. H(p)"
        " does not contain q, so it shifts the curve without moving its lowest point: both have "
        "the same argmin. Their values differ, though: the floor of the KL is 0, that of the "
        "cross-entropy is H(p).",
        (
            "Cross-entropy = entropy + KL",
            "The entropy of p is dropped",
            "It does not depend on the model, so the argmin stays",
            "The values still differ by H(p)",
        ),
        "09_kl_coin",
    ),
    OpenQuestion(
        "What is the softmax for? Say one thing that it keeps, and one that it does not see.",
        "A network’s outputs are any real numbers; a categorical distribution needs K numbers, "
        "none negative, that add up to 1. The softmax is the link between them: exp makes them "
        "positive, dividing makes them add up to 1. It keeps the order: the largest logit gets "
        "the largest probability. It does not see a constant added to all logits, so a logit "
        "means nothing by itself, only differences do. The log in the NLL undoes the exp, so a "
        "confident mistake still has a slope.",
        (
            "It turns any K numbers into probabilities",
            "None negative, and they add up to 1",
            "It keeps the order",
            "Adding a constant to all logits changes nothing",
        ),
        "06_softmax_cross_entropy",
    ),
    OpenQuestion(
        "How are the cross-entropy and maximum likelihood the same? What does that justify when "
        "you build a classifier?",
        "The likelihood of independent examples is a product. Its log is a sum, its minus a loss:"
        " −Σ log p(yᵢ | xᵢ). Divided by I it is an average over the data, that is the "
        "cross-entropy between the empirical distribution and the model’s. So the parameters that"
        " minimise the cross-entropy are the ones under which the data are most probable. For a "
        "classifier: choosing the categorical distribution already chose the loss. Nothing is "
        "left to invent.",
        (
            "Independent examples: a product, and the log makes it a sum",
            "Minus, and divided by I: an average of −log p",
            "That is the cross-entropy with the empirical distribution",
            "So the loss follows from the distribution",
        ),
        "10_dirac_delta_and_the_empirical_distribution",
    ),
    OpenQuestion(
        "What does KL(p‖q) mean, in words of surprise? Why is it not symmetric?",
        "Draw from p, and be surprised as q would have you be: on average −log q(y). Somebody who"
        " knows p would be surprised −log p(y). KL(p‖q) is the extra surprise, on average, for "
        "believing q when p is true. The draws come from p, so p decides which outcomes count. "
        "Swap them and other outcomes count: where p > 0 and q = 0, KL(p‖q) is ∞, while KL(q‖p) "
        "never looks there. It is never negative, and 0 only for p = q, but it is no distance.",
        (
            "The extra surprise for believing q …",
            "… on average over draws from p",
            "Swapping changes which outcomes count",
            "q = 0 where p > 0 makes it infinite, one way round only",
        ),
        "09_kl_coin",
    ),
)
