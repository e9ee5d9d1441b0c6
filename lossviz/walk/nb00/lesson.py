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
                "The target y",
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
