"""The questions of notebook 13: a review of the whole walk.

Here: `walk`, three questions for each notebook before this one; the twelve misconceptions by name;
the four open questions with model answers; and the prediction before the map. Figures in them are
computed again in `tests/test_reviews.py`.
"""

from lossviz.page.questions import Option, Question
from lossviz.teach.reviews import OpenQuestion
from lossviz.walk import reviews

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

walk = reviews("00", "12")

open_questions = (
    OpenQuestion(
        "Why does minimising the cross-entropy minimise the KL divergence? Which term is dropped,"
        " and why may it be?",
        "Let p* be the world and p_θ the model. KL(p*‖p_θ) = Σ p* log p* − Σ p* log p_θ. The "
        "second part, with its minus, is the cross-entropy H(p*, p_θ); the first is −H(p*). So "
        "H(p*, p_θ) = H(p*) + KL(p*‖p_θ). Training changes p_θ only. H(p*) does not contain it, "
        "so it shifts the curve without moving its lowest point: both have the same argmin. Their "
        "values differ, though: the floor of the KL is 0, that of the cross-entropy is H(p*).",
        (
            "Cross-entropy = entropy + KL",
            "The entropy of p* is dropped",
            "It does not depend on the model, so the argmin stays",
            "The values still differ by H(p*)",
        ),
        "09_kl_coin",
    ),
    OpenQuestion(
        "Which function turns any K scores into probabilities? Say what it does to them, one thing "
        "that it keeps, and one that it does not see.",
        "The softmax. A network’s outputs are any real numbers; a categorical distribution needs K "
        "numbers, none negative, that add up to 1. The softmax is the link between them: exp, a "
        "choice, makes them positive, dividing makes them add up to 1. It keeps the order: the "
        "largest logit gets the largest probability. It does not see a constant added to all "
        "logits, so a logit means nothing by itself, only differences do. The log in the NLL "
        "undoes the exp, so a confident mistake still has a slope.",
        (
            "The softmax: exp, then divide by the sum",
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
        "cross-entropy between the empirical distribution p̂ and the model’s. So the parameters that"
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

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (predict_map,),
    (walk,),
    (*open_questions,),
)
