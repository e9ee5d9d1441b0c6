"""What nobody saw: two bells and who came from which, a hidden number, noise in steps, a game.

Here: the small models in which every bound, floor and gap of notebook 16 is known exactly. Not
here: pictures (`scenes`) and derivations (`lesson`).
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from lossviz import data
from lossviz.information import kl_normal
from lossviz.losses import sigmoid_cross_entropy as bernoulli, softmax
from lossviz.walk.common import density

# --- Two bells -------------------------------------------------------------------------------


class Bells(NamedTuple):
    """Two normals: the share of the first, both means and both standard deviations."""

    share: float
    mu: np.ndarray
    sigma: np.ndarray

    def joint(self, x):
        """p(x, z) for both z, shape (2, …)."""
        x = np.asarray(x, float)
        weights = (self.share, 1 - self.share)
        return np.stack(
            [w * density(x, m, s) for w, m, s in zip(weights, self.mu, self.sigma, strict=True)]
        )

    def posterior(self, x):
        """p(z = first | x)."""
        joint = self.joint(x)
        return joint[0] / joint.sum(axis=0)


def em(x, rounds):
    """The bells, and the NLL of x, after every round of expectation and maximisation."""
    bells = Bells(0.5, np.array([190.0, 215.0]), np.array([7.0, 7.0]))
    found = []
    for _ in range(rounds):
        joint = bells.joint(x)
        found.append((bells, -np.log(joint.sum(axis=0)).sum()))
        q = joint / joint.sum(axis=0)
        mu = (q @ x) / q.sum(axis=1)
        spread = (q * (x - mu[:, None]) ** 2).sum(axis=1) / q.sum(axis=1)
        bells = Bells(q[0].mean(), mu, np.sqrt(spread))
    return found


# --- A hidden number -------------------------------------------------------------------------


@cache
def measures():
    """The penguins' four measures, each standardised, (342, 4). Not to be changed."""
    birds = data.load("penguins")
    names = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
    table = np.column_stack([birds[name] for name in names])
    return (table - table.mean(axis=0)) / table.std(axis=0)


class Linear(NamedTuple):
    """x = w z + noise of variance s2, z standard normal: probabilistic PCA, best at both."""

    w: np.ndarray
    s2: float

    @property
    def slope(self):
        """The posterior's mean is x @ slope."""
        return self.w / (self.w @ self.w + self.s2)

    @property
    def variance(self):
        """The posterior's variance, the same for every x."""
        return self.s2 / (self.w @ self.w + self.s2)

    def nll(self, x):
        """The exact NLL of each row, in nats."""
        cov = np.outer(self.w, self.w) + self.s2 * np.eye(len(self.w))
        quadratic = np.einsum("ij,ij->i", x @ np.linalg.inv(cov), x)
        return 0.5 * (quadratic + np.linalg.slogdet(2 * np.pi * cov)[1])

    def elbo(self, x, mean, variance):
        """Reconstruction and KL to the prior of each row, for an encoder N(mean, variance)."""
        off = ((x - mean[:, None] * self.w) ** 2).sum(axis=1) + variance * (self.w @ self.w)
        reconstruction = 0.5 * len(self.w) * np.log(2 * np.pi * self.s2) + off / (2 * self.s2)
        return reconstruction, kl_normal(mean, np.sqrt(variance), 0.0, 1.0)


def ppca(x):
    """The fit of one hidden number, in closed form (Tipping and Bishop 1999)."""
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    s2 = values[:-1].mean()
    return Linear(vectors[:, -1] * np.sqrt(values[-1] - s2), s2)


# --- Noise -----------------------------------------------------------------------------------


class Noisy(NamedTuple):
    """A comb of data points, and normal noise of standard deviation `sigma` on it."""

    points: np.ndarray
    sigma: float

    def weights(self, x):
        """p(data point | x), (…, points)."""
        return softmax(-0.5 * ((np.asarray(x)[..., None] - self.points) / self.sigma) ** 2)

    def density(self, x):
        gaps = np.asarray(x)[..., None] - self.points
        return density(gaps, 0, self.sigma).mean(axis=-1)

    def guess(self, x):
        """The best guess of the data point: its mean given x."""
        return self.weights(x) @ self.points

    def score(self, x):
        """The slope of the log of the noisy density."""
        return (self.guess(x) - x) / self.sigma**2

    def floor(self, steps=4001):
        """The least mean squared error of a guess of the noise, in units of its variance."""
        reach = 9 * self.sigma + np.abs(self.points).max()
        x = np.linspace(-reach, reach, steps)
        weights = self.weights(x)
        spread = weights @ self.points**2 - (weights @ self.points) ** 2
        return np.sum(self.density(x) * spread) * (x[1] - x[0]) / self.sigma**2


def schedule(T):
    """ᾱ_t = e^(−10t/T) for t from 0 to T; and α_t and β_t = 1 − α_t, for t from 1."""
    bar = np.exp(-10 * np.arange(T + 1) / T)
    alpha = bar[1:] / bar[:-1]
    return bar, alpha, 1 - alpha


def steps(T, variance, exact):
    """The bound's terms for data N(0, variance) and the `schedule`, with the best guess of the
    noise at each step: KL at the end, then those of steps T … 2, then the last NLL, in nats.

    `exact`: each step back has the variance that it truly has, else β_t.
    """
    bar, alpha, beta = schedule(T)
    noisy = bar * variance + 1 - bar  # of x_t
    s2 = noisy[:-1] - alpha * noisy[:-1] ** 2 / noisy[1:] if exact else beta
    mse = 1 - (1 - bar[1:]) / noisy[1:]
    squared = beta**2 / (2 * s2 * alpha * (1 - bar[1:])) * mse
    forward = (1 - bar[1:-1]) / (1 - bar[2:]) * beta[1:]  # variance of x_(t−1) given x_t and x_0
    widths = 0.5 * (np.log(s2[1:] / forward) + forward / s2[1:] - 1)
    end = 0.5 * (noisy[-1] - 1 - np.log(1 - bar[-1]))
    first = 0.5 * np.log(2 * np.pi * s2[0]) + squared[0]
    return np.concatenate([[end], (widths + squared[1:])[::-1], [first]])


def shared_slope(T, variance, simple):
    """The best c of one guess c · x_t of the noise for all steps, under the bound's weights (with
    variances β_t) or under equal ones."""
    bar, alpha, beta = schedule(T)
    weight = np.ones(T) if simple else beta / (2 * alpha * (1 - bar[1:]))
    noisy = bar[1:] * variance + 1 - bar[1:]
    return np.sum(weight * np.sqrt(1 - bar[1:])) / np.sum(weight * noisy)


# --- A game ----------------------------------------------------------------------------------

GRID = np.linspace(-14, 18, 16_001)


def best_loss(distance):
    """The lowest mean loss of telling N(0, 1) from N(distance, 1); and the Jensen–Shannon
    divergence of the two, in nats."""
    real, fake = density(GRID, 0, 1), density(GRID, distance, 1)
    logit = distance * (distance / 2 - GRID)  # log real − log fake
    each = bernoulli(1.0, logit) * real + bernoulli(0.0, logit) * fake
    loss = 0.5 * np.sum(each) * (GRID[1] - GRID[0])
    return loss, np.log(2) - loss


def generator_slopes(distance):
    """The slopes in the fakes' place of E log(1 − D) and of E[−log D], D at its best."""
    real, fake = density(GRID, 0, 1), density(GRID, distance, 1)
    D = real / (real + fake)
    step = GRID[1] - GRID[0]
    return np.sum(fake * D) * step * distance, np.sum(fake * (1 - D)) * step * distance


def one_for_two(bells, measure):
    """Mean and σ of the one normal that is nearest to two bells: with the lowest mean "NLL", or
    as a game with a perfect judge ends, where the generator's loss is log(1 − D) (the lowest "JS")
    or −log D (the lowest "KL(mean‖real)", of the mean of both)."""
    x = np.linspace(130, 280, 3001)
    real = bells.joint(x).sum(axis=0) * (x[1] - x[0])

    def far(v):
        fake = density(x, *v) * (x[1] - x[0])
        if measure == "NLL":
            return -(real @ np.log(fake))
        middle = (real + fake) / 2
        if measure != "JS":
            return middle @ np.log(middle / real)
        return (real @ np.log(real / middle) + fake @ np.log(fake / middle)) / 2

    return minimize(far, (200.0, 14.0), method="Nelder-Mead", tol=1e-9).x
