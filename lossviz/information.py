"""Surprisal, entropy, cross-entropy and Kullback–Leibler divergence.

A discrete distribution is an array of probabilities that sum to 1 along `axis`, which is summed
over; other axes broadcast as NumPy does. Results are in bits (`base=2`) or nats (`base=np.e`);
`kl_normal` is in nats. 0 · log 0 = 0; a probability of 0 for what does happen costs ∞. Scalars in,
a scalar out. NaN, masked entries, text and dates, negative probabilities, a base that is ≤ 0 or 1,
and shapes that do not broadcast, or broadcast (I,) against (I, 1), are a ValueError.

So are probabilities that do not sum to 1: within 1e-9, or within 1e-4 for an array that comes in as
float32 and 5e-3 for float16, which is what rounding leaves of a softmax over 50,000 outcomes. They
are used as they came: nothing is rescaled.

Not here: losses that take logits (`losses`).
"""

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from lossviz._checks import (
    Numbers,
    demand,
    demand_axis,
    demand_finite,
    demand_positive,
    demand_probabilities,
    numeric,
    operands,
    weigh,
)


@numeric
def surprisal(p: ArrayLike, base: float = 2) -> Numbers:
    """How surprising an outcome of probability p is: −log p, in units of `base`; any shape.

    ValueError unless 0 ≤ p ≤ 1. Shannon, A mathematical theory of communication (1948).
    """
    (p,) = operands(p=p)
    demand((p >= 0) & (p <= 1), "lie in [0, 1]", p=p)
    return -_log(p, base)


@numeric
def entropy(p: ArrayLike, base: float = 2, axis: int = -1) -> Numbers:
    """The mean surprisal of a distribution, H(p) = −Σ p log p along `axis`, in units of `base`.

    0 for a certain outcome, log K for K equal ones. Shannon (1948), sec. 6.
    """
    (p,) = _distributions(axis, p=p)
    return weigh(p, -_log(p, base)).sum(axis)


@numeric
def cross_entropy(p: ArrayLike, q: ArrayLike, base: float = 2, axis: int = -1) -> Numbers:
    """The mean surprisal under q of what p sends, H(p, q) = −Σ p log q = H(p) + KL(p‖q).

    Along `axis`, in units of `base`. ∞ where q = 0 and p > 0.
    Cover and Thomas, Elements of Information Theory (2006), sec. 5.4.
    """
    p, q = _distributions(axis, p=p, q=q)
    return weigh(p, -_log(q, base)).sum(axis)


@numeric
def kl_divergence(p: ArrayLike, q: ArrayLike, base: float = 2, axis: int = -1) -> Numbers:
    """What it costs to take p for q, KL(p‖q) = Σ p log(p/q) along `axis`, in units of `base`.

    Never negative, exactly 0 at p = q, not symmetric; ∞ where q = 0 and p > 0.
    Kullback and Leibler, On information and sufficiency (1951).
    """
    p, q = _distributions(axis, p=p, q=q)
    # Σ (p log(p/q) − p + q) is the same, as p and q sum to 1, and none of its terms is negative,
    # also where they do so up to rounding only
    x = np.where(p > 0, (q - p) / p, np.inf)
    near = p * _x_minus_log1p(x)
    far = scipy.special.rel_entr(p, q) - p + q
    return np.where(np.abs(x) < 0.5, near, far).sum(axis) / _nats_per_unit(base)


@numeric
def kl_normal(mu0: ArrayLike, sigma0: ArrayLike, mu1: ArrayLike, sigma1: ArrayLike) -> Numbers:
    """KL of one normal from another, log(σ₁/σ₀) + (σ₀² + (μ₀ − μ₁)²)/(2σ₁²) − ½, in nats.

    KL(N(μ₀, σ₀²) ‖ N(μ₁, σ₁²)); shapes broadcast; never negative, exactly 0 where the two are
    equal. ValueError unless both σ are > 0 and finite. Kullback, Information Theory and Statistics
    (1959), ch. 9.
    """
    mu0, sigma0, mu1, sigma1 = operands(mu0=mu0, sigma0=sigma0, mu1=mu1, sigma1=sigma1)
    demand_finite(sigma0=sigma0, sigma1=sigma1)
    demand_positive(sigma0=sigma0, sigma1=sigma1)
    ratio = sigma0 / sigma1
    x = (sigma0 - sigma1) / sigma1 * (ratio + 1)  # σ₀²/σ₁² − 1, without its cancellation
    spread = np.where(np.abs(x) < 0.5, _x_minus_log1p(x), x - 2 * np.log(ratio))
    return 0.5 * (spread + ((mu0 - mu1) / sigma1) ** 2)


def _x_minus_log1p(x: NDArray) -> NDArray:
    """x − log(1 + x) = x²/2 · ₂F₁(1, 2; 3; −x), for |x| < ½, where the difference cancels."""
    x = np.where(np.abs(x) < 0.5, x, 0.0)
    return 0.5 * x**2 * scipy.special.hyp2f1(1, 2, 3, -x)


def _log(x: NDArray, base: float) -> NDArray:
    if base == 2:
        return np.log2(x)  # exact for powers of 2: no 2.0000000000000004 bits
    return np.log(x) / _nats_per_unit(base)


def _nats_per_unit(base: float) -> np.float64:
    (base,) = operands(base=base)
    if base.ndim:
        raise ValueError(f"base must be one number, got the shape {base.shape}")
    demand((base > 0) & (base < np.inf) & (base != 1), "be > 0, finite and not 1", base=base)
    return np.log(base)


def _distributions(axis: int, **named) -> list[NDArray]:
    """The named arguments, broadcast, each seen to be probabilities along `axis`."""
    arrays = np.broadcast_arrays(*operands(**named))
    for name, p in zip(named, arrays, strict=True):
        demand_axis(axis, name, p)
        demand_probabilities(axis, named[name], **{name: p})
    return arrays
