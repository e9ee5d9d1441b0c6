"""Nine vegetables, compared two at a time: the choices, their strengths, and policies over them.

Here: counting and fitting what people chose, the best policy on a leash, and candidates that are
real or not. Not here: pictures (`scenes`) and derivations (`lesson`).
"""

from functools import cache

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr, logsumexp

from lossviz import data
from lossviz.losses import bradley_terry_nll

# From the least to the most liked; nobody's order, but that of the fitted strengths.
NAMES = (
    *("turnips", "cabbage", "beets", "asparagus", "carrots", "spinach", "string beans"),
    *("peas", "corn"),
)


@cache
def wins():
    """How often row was preferred to column, (9, 9); 0 on the diagonal. Not to be changed."""
    table, found = data.load("vegetables"), np.zeros((len(NAMES), len(NAMES)))
    for first, second, a, b in zip(*table.values(), strict=True):
        i, j = NAMES.index(first), NAMES.index(second)
        found[i, j], found[j, i] = a, b
    return found


def logistic(winner, loser):
    """The NLL of a choice with Gumbel noise on both tastes: Bradley and Terry's."""
    return bradley_terry_nll(winner, loser)


def normal(winner, loser):
    """The NLL of a choice with normal noise on both tastes, of variance ½ each: Thurstone's."""
    return -log_ndtr(winner - loser)


def nll(strengths, loss=logistic):
    """The NLL of all choices, in nats."""
    s = np.asarray(strengths)
    return np.sum(wins() * loss(s[:, None], s[None, :]))


def fitted(loss=logistic):
    """The strengths of the lowest NLL, turnips at 0."""
    start = np.zeros(len(NAMES) - 1)
    found = minimize(lambda s: nll([0.0, *s], loss), start, method="BFGS", options={"gtol": 1e-7})
    return np.array([0.0, *found.x])


def floor():
    """The NLL of a model that says of each pair what was seen: 36 entropies, times 148."""
    share = wins() / np.maximum(wins() + wins().T, 1)
    return -np.sum(wins() * np.log(np.where(share > 0, share, 1)))


def beats(rival):
    """The share that preferred each vegetable to this one; ½ for itself."""
    k = NAMES.index(rival)
    share = np.full(len(NAMES), 0.5)
    others = np.arange(len(NAMES)) != k
    share[others] = wins()[others, k] / (wins()[others, k] + wins()[k, others])
    return share


def leash(reward, reference, beta):
    """The policy of the highest E r − β KL(π‖reference), and β log Z."""
    scores = np.log(reference) + reward / beta
    log_z = logsumexp(scores)
    return np.exp(scores - log_z), beta * log_z


def log_ratio(x, y, rho):
    """log p(y | x)/p(y) of two standard normals with correlation ρ."""
    rest = 1 - rho**2
    return -0.5 * np.log(rest) - 0.5 * ((y - rho * x) ** 2 / rest - y**2)


def nce(scores):
    """The mean InfoNCE loss of each number of candidates from 1 to N, shape (N,), from scores
    (N, N) of every x against every y, the true pairs on the diagonal. The others come one by one,
    in the same shuffled order for all."""
    N = len(scores)
    order = np.random.default_rng(15).permutation(N - 1) + 1
    shifted = (np.arange(N)[:, None] + np.concatenate([[0], order])) % N  # the truth, then others
    lined = np.take_along_axis(scores, shifted, axis=1)
    return (np.logaddexp.accumulate(lined, axis=1) - lined[:, :1]).mean(axis=0)
