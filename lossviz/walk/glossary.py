"""The words of the walk: what each means, in a sentence, and the cell in which it first stands.

``tools/glossary.py`` makes the page ``notebooks/GLOSSARY.md`` of this table. The tests hold that
the page is up to date, that each word's cell links to it, and that no notebook before the word's
own uses it, except those that say they run ahead.
"""

import re
from dataclasses import dataclass

PAGE = "GLOSSARY.md"


@dataclass(frozen=True)
class Term:
    """A word, the notebook (number) and the cell (id) where it first stands, and its meaning.

    `marked` is how the cell writes it, `pattern` what counts as using it (default: the word, also
    in the plural, in any case). `ahead` are the numbers of earlier notebooks that may name it.
    """

    name: str
    notebook: str
    cell: str
    meaning: str
    marked: str = ""
    pattern: str = ""
    ahead: tuple[str, ...] = ()

    @property
    def link(self) -> str:
        """The word as its cell writes it, leading to the page."""
        return f"[{self.marked or f'**{self.name}**'}]({PAGE})"

    def used_in(self, text: str) -> bool:
        """Whether a text uses the word."""
        word = self.pattern or rf"\b{re.escape(self.name)}(s|es)?\b"
        return re.search(word, text, 0 if self.pattern else re.IGNORECASE) is not None


TERMS = (
    Term(
        "distribution",
        "00",
        "slice-after",
        "how a total probability of 1 is shared out over the values that something can take",
    ),
    Term(
        "expectation",
        "00",
        "expectation-after",
        "the average that many draws settle at: each value times its probability, added up",
    ),
    Term(
        "feature",
        "01",
        "model-text",
        "what a model is told of an example, written x",
        ahead=("00",),
    ),
    Term("target", "01", "model-text", "what a model is to predict, written y", ahead=("00",)),
    Term(
        "parameter",
        "01",
        "model-text",
        "a number that training sets (φ), or that fixes a distribution (θ)",
        "**parameters**",
        ahead=("00",),
    ),
    Term(
        "least squares",
        "01",
        "mean-text",
        "making the mean, or the sum, of the squared errors as low as it gets",
    ),
    Term(
        "argmin",
        "01",
        "argmin-text",
        "the place at which a function is lowest; its height there is the min",
        "*argmin*",
    ),
    Term(
        "gradient descent",
        "01",
        "descent-text",
        "walking down a loss in small steps against its slope",
    ),
    Term(
        "step size",
        "01",
        "descent-text",
        "how far gradient descent goes for a slope of 1, written η; also called learning rate",
        "step size",
    ),
    Term(
        "∂",
        "00",
        "expectation-after",
        "the sign of a slope in one variable while all others stay: ∂L/∂σ is the slope of L in σ",
        "∂L/∂σ",
        pattern=r"∂|\\partial",
    ),
    Term("centred", "01", "descent-after", "of a feature: with its mean subtracted"),
    Term(
        "density",
        "00",
        "probability-text",
        "how much of the probability, whose total area is 1, lies at y per unit of y",
        ahead=("00",),
    ),
    Term(
        "empirical distribution",
        "01",
        "three-text",
        "the examples that you have, each with the weight 1/I; written p̂",
        "**empirical**",
    ),
    Term(
        "data-generating distribution",
        "01",
        "three-text",
        "where the data come from, which nobody knows; written p*",
        "**data-generating**",
        pattern=r"[Dd]ata-generating",
    ),
    Term("regression", "01", "tasks-text", "predicting a number", pattern=r"\bregression\b"),
    Term("classification", "01", "tasks-text", "predicting one of a few outcomes"),
    Term(
        "condition number",
        "01",
        "condition-text",
        "the largest curvature of a loss over its smallest: how long its valley is",
    ),
    Term(
        "curvature",
        "01",
        "condition-text",
        "how fast the slope changes along a direction: the second derivative",
        "curvature of the surface",
    ),
    Term(
        "eigenvalue",
        "01",
        "condition-text",
        "the factor by which a matrix stretches a direction that it does not turn",
        "*eigenvalues*",
    ),
    Term(
        "standard deviation",
        "01",
        "worked",
        "the spread: the root of the mean squared distance from the mean",
    ),
    Term(
        "Simpson’s paradox",
        "01",
        "penguins-after",
        "a trend that turns round when groups are told apart",
        "**Simpson's paradox**",
        pattern=r"Simpson",
    ),
    Term(
        "i.i.d.",
        "02",
        "data-text",
        "independent, and all from one distribution",
        pattern=r"i\.i\.d\.",
    ),
    Term(
        "normal distribution",
        "00",
        "bell-after",
        "the bell, with centre μ and width σ; 𝒩(y; μ, σ²) is its density",
        ahead=("00",),
    ),
    Term(
        "likelihood",
        "02",
        "likelihood-text",
        "the product of the probabilities (or densities) of the data, as a function of the "
        "parameters; written ℒ",
        pattern=r"\b[Ll]ikelihood\b",
        ahead=("00", "01"),
    ),
    Term(
        "underflow",
        "02",
        "naive-text",
        "a number too small for the floats, kept as 0",
        pattern=r"\bunderflows?\b",
    ),
    Term(
        "NLL",
        "02",
        "product-to-sum-after",
        "the negative log-likelihood, −log ℒ: a sum over the examples, low where the "
        "likelihood is high",
        pattern=r"\bNLLs?\b",
    ),
    Term(
        "maximum-likelihood estimate",
        "02",
        "best-sigma-after",
        "the parameters at which the likelihood of the data is highest; short MLE",
        "**maximum-likelihood estimates**",
        pattern=r"[Mm]aximum[- ]likelihood|\bMLE\b",
    ),
    Term(
        "concave",
        "02",
        "concave-text",
        "bending downwards everywhere",
        "*concave*",
        pattern=r"\bconcave\b",
    ),
    Term(
        "RMSE",
        "03",
        "learn_after",
        "the root of the mean squared error: a typical error, in the unit of y",
        pattern=r"\bRMSE\b",
    ),
    Term(
        "noise model",
        "03",
        "noise_model",
        "a model written as prediction plus noise: y = f(x; φ) + ε",
    ),
    Term(
        "positivity link",
        "03",
        "hetero",
        "a function that makes a positive number of any output of a model, such as exp",
    ),
    Term(
        "held-out",
        "03",
        "spreads_after",
        "of data: kept away from the fit, to judge it",
        pattern=r"[Hh]eld[- ]out",
    ),
    Term(
        "standard error",
        "03",
        "compare_after",
        "how much a mean of so many readings usually moves by chance: their spread over the "
        "root of their number",
        "*standard error*",
    ),
    Term(
        "heteroscedastic",
        "03",
        "compare_after",
        "with a spread that depends on x; homoscedastic: with one for all",
        "“heteroscedastic”",
        pattern=r"heteroscedastic\b(?!\()",
    ),
    Term(
        "linear unit",
        "03",
        "linear",
        "an output Wᵀh + b with nothing after it: weighted sums of the numbers h that the "
        "layers below computed, plus a constant",
        "**linear units**",
    ),
    Term(
        "covariance",
        "03",
        "linear",
        "of several numbers: a matrix with their variances on the diagonal and, beside it, "
        "how they vary together",
        "*covariance*",
    ),
    Term("conditional mean", "03", "identity_after", "the mean of the y that belong to one x"),
    Term(
        "Laplace distribution",
        "04",
        "laplace-text",
        "a distribution with a sharp tip and heavy tails, of density exp(−|y − ŷ|/b)/2b",
        ahead=("03",),
    ),
    Term(
        "Huber’s loss",
        "04",
        "huber-text",
        "the squared error near 0 and the absolute error far out",
        "**Huber's loss**",
        pattern=r"\bHuber\b",
    ),
    Term(
        "pinball loss",
        "04",
        "pinball-after",
        "the loss whose best answer is the τ-quantile: τ per unit if y lies above it, 1 − τ "
        "if below",
        pattern=r"\b[Pp]inball\b",
    ),
    Term(
        "quantile",
        "04",
        "quantile-after",
        "the number with a share τ of the y below it",
        "**τ-quantile**",
        pattern=r"\bquantiles?\b",
    ),
    Term(
        "calculus of variations",
        "04",
        "variation-text",
        "finding the best function by bending it and asking for a slope of 0",
    ),
    Term(
        "convex",
        "04",
        "to-the-median-after",
        "with a slope that never falls, so that every place of slope 0 is a lowest one",
        pattern=r"\bconvex\b",
        ahead=("02",),
    ),
    Term(
        "Bernoulli",
        "05",
        "data-text",
        "the distribution of a yes or no: 1 with probability λ, else 0",
        pattern=r"\bBernoulli\b",
    ),
    Term(
        "sigmoid",
        "05",
        "sigmoid-after",
        "σ(z) = 1/(1 + e^(−z)): makes a probability of any number",
        pattern=r"\b[Ss]igmoid\b",
    ),
    Term(
        "logit",
        "05",
        "sigmoid-after",
        "the number that a sigmoid or a softmax makes a probability of",
    ),
    Term(
        "odds",
        "05",
        "sigmoid-after",
        "a probability over that of the opposite, P(1)/P(0)",
        "log of the odds",
        pattern=r"\b[Oo]dds\b",
    ),
    Term(
        "binary cross-entropy",
        "05",
        "bce-after",
        "the mean NLL of yes-or-no outcomes; short BCE",
        pattern=r"[Bb]inary [Cc]ross-[Ee]ntropy",
        ahead=("01",),
    ),
    Term(
        "logistic regression",
        "05",
        "challenger-text",
        "a line for the logit, a sigmoid behind it, fitted by its NLL",
    ),
    Term(
        "proper",
        "05",
        "saturation-text",
        "of a loss: lowest, on average, at the true probability",
        pattern=r"\bproper\b",
    ),
    Term(
        "saturation",
        "05",
        "saturation-after",
        "a loss that has gone flat where the model is wrong, so that there is no slope to follow",
        pattern=r"\b[Ss]aturation\b",
    ),
    Term(
        "bootstrap",
        "05",
        "bootstrap-text",
        "drawing as many data again from the data, with repetition, to see how far a fit moves",
        pattern=r"\b[Bb]ootstrap\b",
    ),
    Term(
        "categorical",
        "06",
        "recipe",
        "the distribution of one of K outcomes: K probabilities that add up to 1",
        pattern=r"\bcategorical\b",
    ),
    Term(
        "softmax",
        "06",
        "softmax-after",
        "makes K probabilities of any K numbers: e to each, divided by their sum",
        pattern=r"\b[Ss]oftmax\b",
        ahead=("01",),
    ),
    Term(
        "log-sum-exp",
        "06",
        "softmax-after",
        "the log of the sum of e to each logit, nearly their largest",
        "log-sum-exp of all logits",
    ),
    Term(
        "onehot",
        "06",
        "push-start",
        "what happened, written as probabilities: 1 for it, 0 for all else",
        "*onehot*",
        pattern=r"onehot",
    ),
    Term(
        "temperature",
        "06",
        "logits-text",
        "a number T that all logits are divided by: large T, softer probabilities",
        "temperature",
        pattern=r"temperature T\b",
    ),
    Term(
        "standardised",
        "06",
        "penguins-text",
        "of a feature: minus its mean, over its spread",
        "standardised",
    ),
    Term(
        "consistent",
        "06",
        "consistent-after",
        "of an estimate: it comes to the truth as the data grow",
        pattern=r"\bconsistent\b",
    ),
    Term(
        "capacity",
        "06",
        "consistent-after",
        "how many functions a model can represent",
        pattern=r"\bcapacity\b",
    ),
    Term(
        "calibration",
        "06",
        "honest-after",
        "making “90 % sure” mean right nine times in ten",
        "*calibration*",
        pattern=r"\bcalibrat(ion|ed)\b",
    ),
    Term(
        "hidden unit",
        "07",
        "units-after",
        "a number that a network computes for itself between x and its outputs",
        "hidden unit",
        pattern=r"\bhidden units?\b",
    ),
    Term(
        "correlation",
        "07",
        "table-after",
        "1 or −1 where two columns of numbers lie on one straight line, about 0 where they "
        "know nothing of each other",
        "*correlation*",
        pattern=r"\bcorrelations?\b",
    ),
    Term(
        "surprisal",
        "08",
        "834957a6",
        "−log₂ p: how surprising an outcome of probability p is, in bits",
        pattern=r"\b[Ss]urprisals?\b",
    ),
    Term(
        "entropy",
        "08",
        "f7295aff",
        "the mean surprisal of a distribution: how uncertain it is",
        pattern=r"(?<!-)\b[Ee]ntropy\b",
    ),
    Term(
        "KL divergence",
        "08",
        "votes-text",
        "how many bits or nats more it costs, on average, to believe q where p is true: KL(p‖q)",
        pattern=r"\bKL\b",
    ),
    Term(
        "cross-entropy",
        "09",
        "bits-text",
        "the mean surprisal of somebody who believes q while p is true: entropy plus KL",
        pattern=r"(?<!inary )(?<!max )[Cc]ross-entropy",
        ahead=("05", "06", "08"),
    ),
    Term(
        "Monte-Carlo estimate",
        "09",
        "samples-text",
        "a mean over samples in the place of an expectation",
        pattern=r"Monte[- ]Carlo",
    ),
    Term(
        "variational inference",
        "09",
        "forward-text",
        "looking for the simple distribution q that is nearest, in KL(q‖p), to one that "
        "cannot be computed",
        "*variational inference*",
    ),
    Term(
        "Dirac delta",
        "10",
        "5c09e9ef",
        "all of the probability on one point: the limit of a bell as its width goes to 0",
        pattern=r"\bDirac\b",
    ),
    Term(
        "sifting",
        "10",
        "13c855cb",
        "∫ f δ = f(x₀): a delta at x₀ picks out the value there",
        pattern=r"\bsifting\b",
    ),
    Term(
        "Poisson",
        "11",
        "counts_choice",
        "the distribution of counts of rare independent events, with one parameter, its mean",
        pattern=r"\bPoisson\b",
    ),
    Term(
        "Jacobian",
        "11",
        "positive_after",
        "the factor by which a change of variable stretches; a density is divided by it",
        pattern=r"\bJacobian\b",
    ),
    Term("von Mises", "11", "circle", "a bell on the circle, for angles", pattern=r"\bvon Mises\b"),
    Term(
        "mixture",
        "11",
        "mdn",
        "a distribution that is a weighted sum of others, such as bells",
        "**mixture density network**",
        pattern=r"\bmixture density",
    ),
    Term(
        "prior",
        "11",
        "priors",
        "a distribution over the parameters, chosen before the data are seen",
        pattern=r"\bprior on\b|\bpriors\b",
    ),
    Term(
        "evidence",
        "11",
        "priors",
        "p(y): the probability of the data, whatever the parameters",
        "*evidence*",
        pattern=r"\bevidence p\(y\)",
    ),
    Term(
        "L2 penalty",
        "11",
        "ridge_after",
        "a sum of squared weights added to a loss: what a normal prior adds",
        "**L2**",
        pattern=r"\bL2 penalt",
    ),
    Term(
        "L1 penalty",
        "11",
        "lasso_after",
        "a sum of absolute weights added to a loss: what a Laplace prior adds",
        "**L1**",
        pattern=r"\bL1 penalt",
    ),
    Term(
        "MAP",
        "11",
        "ridge_after",
        "the parameters at which likelihood times prior is highest",
        "*maximum a posteriori*",
        pattern=r"\bMAP\b|a posteriori",
    ),
    Term(
        "weight decay",
        "11",
        "decay_text",
        "shrinking each weight by the same share at every step",
        "*weight decay*",
    ),
    Term(
        "linear programme",
        "11",
        "closed_after",
        "a best point under linear constraints",
        "*linear programme*",
    ),
    Term(
        "Gram matrix",
        "12",
        "markdown-08",
        "the mean products of all pairs of feature maps of a picture",
        pattern=r"\bGram\b",
    ),
    Term(
        "perplexity",
        "14",
        "units-text",
        "e to the mean NLL per token: among how many equal choices the model hesitates",
        pattern=r"\b[Pp]erplexity\b",
    ),
    Term(
        "label smoothing",
        "14",
        "smoothing-after",
        "training towards a mixture of the label and an even distribution",
    ),
    Term(
        "ELBO",
        "16",
        "bound-after",
        "a lower bound of the log-likelihood where something is hidden",
        pattern=r"\bELBO\b",
    ),
    Term(
        "EM",
        "16",
        "who-after",
        "in turns, say what was hidden, and fit as if it were known",
        pattern=r"\bEM\b",
    ),
    Term(
        "variational autoencoder",
        "16",
        "encoder",
        "a model with a hidden z, trained by the ELBO, with one network that guesses z and "
        "one that makes x of it",
    ),
)
