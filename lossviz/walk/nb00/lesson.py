"""Notebook 00, start here: its questions. It has no derivation and no exercise."""

from lossviz.page.questions import Option, Question

first_move = Question(
    "The bell is too wide for these people. You move σ down, step by step, as far as it goes. "
    "What will the loss do?",
    [
        Option(
            "Fall all the way",
            "It falls at first. Then the bell gets so narrow that it says of most people: you do "
            "not exist. That costs.",
            misconception="a narrower bell fits better",
        ),
        Option(
            "Fall, then rise",
            "There is a best width. Finding it is what training a model means.",
            right=True,
        ),
        Option(
            "Rise all the way",
            "It would, if the bell had the right width already. Look at the picture: it is far "
            "wider than the people.",
        ),
    ],
)

predict_strip = Question(
    "At 70 inches the curve is 0.12 high, and its unit is “per inch”. A strip around 70 gets "
    "narrower, down to a tenth of an inch. How probable is a height that lies in it?",
    [
        Option(
            "0.12, the height of the curve",
            "A strip one inch wide would have about that. A tenth of an inch gets a tenth of it.",
            misconception="a density is a probability",
        ),
        Option(
            "About 0.012",
            "Height times width: 0.12 per inch times 0.1 inch.",
            right=True,
        ),
        Option(
            "0, since no single height has any",
            "A single height has none, that is right. But a strip has an area, however narrow.",
        ),
    ],
)

predict_both = Question(
    "The first coin shows heads 6 times in 10, the second 7 times in 10, and neither knows of the "
    "other. Both are tossed, many times. How often do both show heads?",
    [
        Option(
            "42 times in 100",
            "Of every 10 first tosses 6 are heads, and of those 7 tenths meet heads again: "
            "0.6 × 0.7.",
            right=True,
        ),
        Option(
            "60 times in 100, as often as the rarer",
            "That often only if the second coin always showed heads when the first does.",
            misconception="the rarer of two decides how often both happen",
        ),
        Option(
            "65 times in 100, the average of both",
            "Both at once cannot be more frequent than the first alone, 60 in 100.",
            misconception="chances of both are averaged",
        ),
    ],
)

predict_slice = Question(
    "A slice through the cloud at very tall parents, 72.5 inches, holds 19 of the 928 children. "
    "On the right stand their shares within the slice, height by height. What do the bars add "
    "up to?",
    [
        Option(
            "About 0.02, which is 19 of 928",
            "That is the share of the slice in the whole cloud, p(x). Within the slice one "
            "counts out of 19.",
            misconception="p(y given x) is p(x, y)",
        ),
        Option(
            "More in a slice that holds more children",
            "A crowded slice has more children to count, and is divided by more.",
        ),
        Option(
            "1, in every slice",
            "Once the parents are known, the child has some height: a distribution of its own.",
            right=True,
        ),
    ],
)

predict_average = Question(
    "A wheel pays 10 with probability 0.2, and 1 otherwise. What does it pay on average, over "
    "very many rounds?",
    [
        Option(
            "1.00",
            "That is what it pays in most rounds. The others pull the average up.",
            misconception="what is expected is what happens most often",
        ),
        Option(
            "2.80",
            "Of ten rounds eight pay 1 and two pay 10: 0.8 × 1 + 0.2 × 10.",
            right=True,
        ),
        Option(
            "5.50",
            "Halfway between both, as if they were equally likely.",
            misconception="an average ignores how likely each value is",
        ),
    ],
)

predict_stretch = Question(
    "The area under e^(−z²/2), with z = (y − μ)/σ, is 2.51 at σ = 1. You make σ three times as "
    "large. The area is then …",
    [
        Option(
            "2.51: the peak stays as high as it was",
            "The peak stays. But every strip under the curve gets three times as wide.",
            misconception="a stretched density keeps its area",
        ),
        Option(
            "22.56, since σ is squared",
            "σ² stands in the exponent. What is stretched is the width, and that by σ.",
        ),
        Option(
            "7.52",
            "Three times as wide, equally high: three times 2.51. To have area 1 it must be "
            "divided by 2.51 · σ.",
            right=True,
        ),
    ],
)

where_lowest = Question(
    "Five heights, one guess for all. At which guess is the mean squared error lowest?",
    [
        Option(
            "At the middle one of the five",
            "As many people lie below it as above. But squares make the far ones pull harder.",
            misconception="every loss asks for the middle one",
        ),
        Option(
            "Halfway between the shortest and the tallest",
            "That looks at two people only; the squared error looks at all five.",
        ),
        Option(
            "At their mean",
            "The slope of the squared error is 0 where the distances to both sides balance.",
            right=True,
        ),
    ],
)

recall = (
    Question(
        "What is a loss, in the one sentence that this walk is about?",
        [
            Option(
                "The negative log-likelihood of a distribution that you chose",
                "Choose the distribution, and the loss follows.",
                right=True,
            ),
            Option(
                "The distance between prediction and truth",
                "Some losses are that. Many of them, too, come from a distribution, as you will "
                "see; notebook 11 shows some that do not.",
                misconception="a loss is always a distance",
            ),
            Option(
                "The share of wrong predictions",
                "That is an error rate. It has no slope to follow, so nothing that follows slopes "
                "is trained with it.",
            ),
        ],
    ),
    Question(
        "In step 2 of the recipe, what does the model predict?",
        [
            Option(
                "The target y itself, as near to it as the data allow",
                "Not directly: it predicts a distribution of y. A single y comes out in step 4.",
                misconception="a model predicts y directly",
            ),
            Option(
                "The parameters of the chosen distribution",
                "A bell has μ and σ: the model maps features to one of them, or to both.",
                right=True,
            ),
            Option("The loss", "The loss judges what the model predicts."),
        ],
    ),
    Question(
        "A target counts things: 0, 1, 2, … Which step of the recipe takes care of that?",
        [
            Option(
                "1: choose a distribution over the domain of y",
                "A distribution over counts, not over all numbers. The rest stays as it is.",
                right=True,
            ),
            Option(
                "3: minimise the negative log-likelihood",
                "This step is the same for every kind of target.",
            ),
            Option(
                "4: predict", "By then it is too late: the model would promise 2.7 things, or −1."
            ),
        ],
    ),
)


# --- Asked again in the review of the walk ---------------------------------------------------

review = (
    Question(
        "“We simply took the squared error.” Then the team said: 95 % of all cases lie within ±2σ "
        "of our prediction. Which decision hides in that?",
        [
            Option(
                "None: a loss is only a way to keep the score",
                "As a score it asks for the mean. But a promise of 95 % needs a distribution, and "
                "the squared error is the NLL of one among many, up to constants.",
                misconception="MSE is arbitrary",
            ),
            Option(
                "A normal distribution for y, with one spread for all x",
                "Minus its log is the squared error, scaled and shifted by constants. To predict "
                "the mean they would not have needed it; for the 95 % they do.",
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
                "Stricter about what? Each loss asks for another number: the mean or the median.",
                misconception="MSE is right for everything",
            ),
            Option(
                "the NLL, and so the number it asks for",
                "A normal's or a Laplace's; the mean or the median.",
                right=True,
            ),
        ],
    ),
)

# What exercises each part of the notebook's “Afterwards you can”, in its order.
objectives = (
    (first_move,),
    (recall[0], review[0]),
    (predict_both, predict_strip, predict_slice, predict_average),
    (predict_stretch, where_lowest),
    (recall[1], recall[2], review[1], review[2]),
)
