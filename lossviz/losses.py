"""Losses per example: the negative log-likelihood (NLL) of a distribution, or named as none.

Every function broadcasts as NumPy does and reduces nothing but the class or component axis: write
`.mean()` or `.sum()` yourself. Numbers are float64; scalars in, a scalar out; NLLs are in nats and
keep every constant. That of a continuous y belongs to a density per unit of y: write y in units c
times smaller, and it grows by log c. Model outputs come in raw: logits, not probabilities. Infinite
operands give the limit; NaN, masked entries, text and dates, a value outside the stated domain, a
case without limit, and shapes that do not broadcast, or that broadcast (I,) against (I, 1), are a
ValueError.

Not here: entropies and divergences (`information`), fits (`fit`), gradients.
"""

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from lossviz._checks import (
    Numbers,
    demand,
    demand_axis,
    demand_finite,
    demand_not_negative,
    demand_positive,
    demand_probabilities,
    demand_shapes,
    numeric,
    operands,
    weigh,
)

LOG_2PI = np.log(2 * np.pi)


# --- A number: how far off, and how likely ---------------------------------------------------


@numeric
def squared_error(y: ArrayLike, y_hat: ArrayLike) -> Numbers:
    """The squared distance from the prediction: (y − ŷ)², without ½.

    Any shapes that broadcast; the unit is that of y, squared.
    Up to constants the NLL of a normal around ŷ. Gauss, Theoria motus (1809).
    """
    y, y_hat = operands(y=y, y_hat=y_hat)
    return (y - y_hat) ** 2


@numeric
def absolute_error(y: ArrayLike, y_hat: ArrayLike) -> Numbers:
    """The distance from the prediction: |y − ŷ|, in the unit of y; shapes broadcast.

    Up to constants the NLL of a Laplace distribution around ŷ. Laplace (1774).
    """
    y, y_hat = operands(y=y, y_hat=y_hat)
    return np.abs(y - y_hat)


@numeric
def huber(y: ArrayLike, y_hat: ArrayLike, delta: ArrayLike) -> Numbers:
    """Squared near the prediction, absolute far from it: ½r² if |r| ≤ δ, else δ(|r| − ½δ).

    r = y − ŷ; shapes broadcast; the unit is that of y, squared. ValueError unless δ > 0.
    Huber, Robust estimation of a location parameter (1964).
    """
    y, y_hat, delta = operands(y=y, y_hat=y_hat, delta=delta)
    demand_positive(delta=delta)
    distance = np.abs(y - y_hat)
    return np.where(distance <= delta, 0.5 * distance**2, delta * (distance - 0.5 * delta))


@numeric
def pinball(y: ArrayLike, y_hat: ArrayLike, tau: ArrayLike) -> Numbers:
    """The loss whose best constant is the τ-quantile: max(τr, (τ − 1)r) with r = y − ŷ.

    Shapes broadcast; the unit is that of y. ValueError unless 0 < τ < 1. At τ = ½ it is half the
    absolute error. Koenker and Bassett, Regression quantiles (1978).
    """
    y, y_hat, tau = operands(y=y, y_hat=y_hat, tau=tau)
    demand((tau > 0) & (tau < 1), "lie in (0, 1)", tau=tau)
    residual = y - y_hat
    return np.maximum(tau * residual, (tau - 1) * residual)


@numeric
def gaussian_nll(y: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Numbers:
    """The NLL of a normal: ½ log 2π + log σ + ½((y − μ)/σ)².

    Shapes broadcast; nats; negative where the density exceeds 1. ValueError unless
    σ > 0. Bishop, Pattern Recognition and Machine Learning (2006), eq. 1.46.
    """
    y, mu, sigma = operands(y=y, mu=mu, sigma=sigma)
    demand_positive(sigma=sigma)
    return 0.5 * LOG_2PI + np.log(sigma) + 0.5 * ((y - mu) / sigma) ** 2


@numeric
def laplace_nll(y: ArrayLike, mu: ArrayLike, scale: ArrayLike) -> Numbers:
    """The NLL of a Laplace distribution: log 2b + |y − μ|/b, with b = `scale`.

    Shapes broadcast; nats. ValueError unless scale > 0. The standard deviation is
    √2 · b. Laplace (1774).
    """
    y, mu, scale = operands(y=y, mu=mu, scale=scale)
    demand_positive(scale=scale)
    return np.log(2 * scale) + np.abs(y - mu) / scale


@numeric
def crps_normal(y: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Numbers:
    """The continuous ranked probability score of a normal: ∫ (F(t) − [t ≥ y])² dt, F its CDF.

    σ(ω erf(ω/√2) + √(2/π) e^(−ω²/2) − 1/√π) with ω = (y − μ)/σ. Shapes broadcast; the unit is that
    of y. No NLL, but lowest on average at the true μ and σ. ValueError unless σ > 0.
    Gneiting and Raftery, Strictly proper scoring rules (2007), eq. 21.
    """
    y, mu, sigma = operands(y=y, mu=mu, sigma=sigma)
    demand_positive(sigma=sigma)
    omega = (y - mu) / sigma
    peak = np.sqrt(2) * np.exp(-0.5 * omega**2) - 1
    return sigma * (omega * scipy.special.erf(omega / np.sqrt(2)) + peak / np.sqrt(np.pi))


# --- A count, a positive number, an angle, several answers -----------------------------------


@numeric
def poisson_nll(y: ArrayLike, log_rate: ArrayLike) -> Numbers:
    """The NLL of a Poisson count: e^f − yf + log y!, with f = `log_rate`, the log of the mean.

    Shapes broadcast; nats. ValueError unless y is a whole number ≥ 0.
    McCullagh and Nelder, Generalized Linear Models (1989), ch. 6.
    """
    y, log_rate = operands(y=y, log_rate=log_rate)
    whole = np.isfinite(y) & (y == np.floor(y))
    demand(whole & (y >= 0), "be a count: a whole number ≥ 0", y=y)
    rate = np.exp(log_rate)
    nll = rate - weigh(y, log_rate) + scipy.special.gammaln(y + 1)
    return np.where(rate == np.inf, np.inf, nll)  # e^f outgrows yf


@numeric
def gamma_nll(y: ArrayLike, shape: ArrayLike, scale: ArrayLike) -> Numbers:
    """The NLL of a gamma distribution: log Γ(k) + k log θ − (k − 1) log y + y/θ.

    Parameterised by `shape` k and `scale` θ: mean kθ, variance kθ²; k = 1 is the exponential.
    Shapes broadcast; nats. ValueError unless y, shape and scale are > 0 and finite.
    McCullagh and Nelder, Generalized Linear Models (1989), ch. 8.
    """
    y, shape, scale = operands(y=y, shape=shape, scale=scale)
    demand_finite(y=y, shape=shape, scale=scale)
    demand_positive(y=y, shape=shape, scale=scale)
    return (
        scipy.special.gammaln(shape) + shape * np.log(scale) - (shape - 1) * np.log(y) + y / scale
    )


@numeric
def lognormal_nll(y: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Numbers:
    """The NLL of y whose log is normal: gaussian_nll(log y, μ, σ) + log y.

    μ and σ are the mean and standard deviation of log y: the median of y is e^μ.
    Shapes broadcast; nats. ValueError unless y and σ are > 0 and y is finite.
    Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 1 (1994), ch. 14.
    """
    y, mu, sigma = operands(y=y, mu=mu, sigma=sigma)
    demand_finite(y=y)
    demand_positive(y=y, sigma=sigma)
    return gaussian_nll(np.log(y), mu, sigma) + np.log(y)  # d(log y)/dy = 1/y: the Jacobian


@numeric
def von_mises_nll(y: ArrayLike, mu: ArrayLike, kappa: ArrayLike) -> Numbers:
    """The NLL of an angle: log(2π I₀(κ)) − κ cos(y − μ), with I₀ the modified Bessel function.

    y and μ in radians, any turn; κ ≥ 0 is the concentration: 0 is uniform, and for large κ the
    spread is 1/√κ. Shapes broadcast; nats. ValueError unless all are finite and κ ≥ 0.
    Mardia and Jupp, Directional Statistics (2000), sec. 3.5.4.
    """
    y, mu, kappa = operands(y=y, mu=mu, kappa=kappa)
    demand_finite(y=y, mu=mu, kappa=kappa)
    demand(kappa >= 0, "be ≥ 0", kappa=kappa)
    # I₀(κ) = e^κ i0e(κ) overflows at κ = 714, but κ − κ cos d = 2κ sin²(d/2) takes its e^κ away
    return LOG_2PI + np.log(scipy.special.i0e(kappa)) + 2 * kappa * np.sin((y - mu) / 2) ** 2


@numeric
def mixture_nll(y: ArrayLike, logits: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Numbers:
    """The NLL of a mixture of normals: −log Σₖ softmax(logits)ₖ N(y; μₖ, σₖ²).

    `logits`, `mu` and `sigma` broadcast with each other to (..., K), the component axis last (each
    may be shared: K logits, one σ); y has the shape without that axis, or broadcasts with it. Nats.
    ValueError unless σ > 0. Bishop, Mixture density networks (1994).
    """
    (y,) = operands(y=y)
    logits, mu, sigma = np.broadcast_arrays(*operands(logits=logits, mu=mu, sigma=sigma))
    demand_axis(-1, "logits", logits)
    demand_shapes(y=y.shape, components=mu.shape[:-1])
    shape = (*np.broadcast_shapes(y.shape, mu.shape[:-1]), mu.shape[-1])
    y, mu, sigma = (np.broadcast_to(a, shape) for a in (y[..., None], mu, sigma))
    return -scipy.special.logsumexp(
        _log_softmax(logits, -1, "logits") - gaussian_nll(y, mu, sigma), axis=-1
    )


# --- Yes or no --------------------------------------------------------------------------------


@numeric
def sigmoid(z: ArrayLike) -> Numbers:
    """The probability that belongs to a logit: σ(z) = 1/(1 + e^−z); any shape."""
    (z,) = operands(z=z)
    return scipy.special.expit(z)


@numeric
def softplus(z: ArrayLike) -> Numbers:
    """The NLL of a yes at logit −z: ζ(z) = log(1 + e^z) = −log σ(−z); any shape; nats.

    Dugas et al., Incorporating second-order functional knowledge (2001).
    """
    (z,) = operands(z=z)
    return np.logaddexp(0, z)


@numeric
def sigmoid_cross_entropy(
    y: ArrayLike, logits: ArrayLike, *, smoothing: float = 0.0, pos_weight: ArrayLike = 1.0
) -> Numbers:
    """The NLL of a Bernoulli with P(1) = σ(z): −y log σ(z) − (1 − y) log(1 − σ(z)), z the logit.

    y in [0, 1] (a label, or a probability of 1); shapes broadcast; nats. `smoothing` ε puts
    (1 − ε)y + ε/2 for y, `pos_weight` w multiplies the first term; with either it is no NLL of y.
    ValueError for y or ε outside [0, 1], and unless w is ≥ 0 and finite.
    Goodfellow, Bengio and Courville, Deep Learning (2016), sec. 6.2.2.2, 7.5.1.
    """
    y, logits, pos_weight = operands(y=y, logits=logits, pos_weight=pos_weight)
    demand((y >= 0) & (y <= 1), "lie in [0, 1]", y=y)
    keep, share = _smoothed(smoothing, 2)
    demand_not_negative(pos_weight=pos_weight)
    yes, no = pos_weight * (keep * y + share), keep * (1 - y) + share
    # two terms ≥ 0: ζ(z) − yz is the same, but cancels where the loss is small
    return weigh(yes, softplus(-logits)) + weigh(no, softplus(logits))


@numeric
def focal_loss(y: ArrayLike, logits: ArrayLike, gamma: ArrayLike) -> Numbers:
    """A cross-entropy that looks away from what is easy: −y(1 − p)^γ log p − (1 − y)p^γ log(1 − p).

    p = σ(z), z the logit; y in [0, 1]; γ = 0 is sigmoid_cross_entropy. Shapes broadcast; nats, but
    for γ > 0 no NLL of y, and its cheapest p is not the share of yes. ValueError for y outside
    [0, 1], and unless γ is ≥ 0 and finite. Lin et al., Focal loss (2017), eq. 4.
    """
    y, logits, gamma = operands(y=y, logits=logits, gamma=gamma)
    demand((y >= 0) & (y <= 1), "lie in [0, 1]", y=y)
    demand_not_negative(gamma=gamma)
    miss, hit = softplus(logits), softplus(-logits)  # −log(1 − p), −log p
    yes, no = (weigh(np.exp(-weigh(gamma, a)), b) for a, b in ((miss, hit), (hit, miss)))
    return weigh(y, yes) + weigh(1 - y, no)


# --- Which of two, which of many --------------------------------------------------------------


@numeric
def bradley_terry_nll(chosen: ArrayLike, rejected: ArrayLike) -> Numbers:
    """The NLL of a choice between two strengths: −log σ(s − s′) = log(1 + e^(s′ − s)).

    `chosen` s and `rejected` s′ are log-strengths (rewards): any shapes that broadcast. Nats; only
    the difference counts. Bradley and Terry, Rank analysis of incomplete block designs (1952).
    """
    chosen, rejected = operands(chosen=chosen, rejected=rejected)
    return np.logaddexp(0, rejected - chosen)


@numeric
def dpo_loss(
    chosen: ArrayLike,
    rejected: ArrayLike,
    ref_chosen: ArrayLike,
    ref_rejected: ArrayLike,
    beta: ArrayLike,
) -> Numbers:
    """bradley_terry_nll of the rewards that a policy implies: r = β(log π − log π_ref) of a reply.

    Each of the first four is the log-probability of a whole reply, ≤ 0: the sum over its tokens, in
    nats. Shapes broadcast; nats. ValueError for one above 0, and unless β is > 0 and finite.
    Rafailov et al., Direct preference optimization (2023), eq. 7.
    """
    replies = {"chosen": chosen, "rejected": rejected}
    replies |= {"ref_chosen": ref_chosen, "ref_rejected": ref_rejected}
    *logs, beta = operands(**replies, beta=beta)
    for name, log in zip(replies, logs, strict=True):
        demand(log <= 0, "be a log-probability, ≤ 0", **{name: log})
    demand_finite(beta=beta)
    demand_positive(beta=beta)
    chosen, rejected, ref_chosen, ref_rejected = logs
    return np.logaddexp(0, -beta * ((chosen - ref_chosen) - (rejected - ref_rejected)))


@numeric
def info_nce(scores: ArrayLike) -> Numbers:
    """The NLL of finding each one's partner: −sᵢᵢ + log Σⱼ e^sᵢⱼ, the true partner within the sum.

    `scores` (..., N, N): row i holds the scores of all N candidates for example i, its partner's on
    the diagonal. Nats, (..., N). ValueError unless square, and for rows that `softmax` refuses.
    van den Oord, Li and Vinyals, Contrastive predictive coding (2018), eq. 4.
    """
    (scores,) = operands(scores=scores)
    if scores.ndim < 2 or scores.shape[-1] != scores.shape[-2]:
        raise ValueError(f"scores must have a shape (..., N, N), got {scores.shape}")
    return -np.diagonal(_log_softmax(scores, -1, "scores"), axis1=-2, axis2=-1)


# --- One of K ---------------------------------------------------------------------------------


@numeric
def softmax(z: ArrayLike, axis: int = -1) -> Numbers:
    """The probabilities that belong to K logits: e^zₖ / Σⱼ e^zⱼ along `axis`.

    The shape of z. A −∞ has probability 0, a single +∞ has 1; two +∞, or −∞ only, is a ValueError.
    Bridle (1990).
    """
    shifted, others = _relative_to_top(z, axis, "z")
    return np.exp(shifted) / (1 + others)


@numeric
def log_softmax(z: ArrayLike, axis: int = -1) -> Numbers:
    """The log-probabilities that belong to K logits: zₖ − log Σⱼ e^zⱼ along `axis`; nats.

    The shape of z. A −∞ stays −∞, a single +∞ gives 0; two +∞, or −∞ only, is a ValueError.
    """
    return _log_softmax(z, axis, "z")


@numeric
def softmax_cross_entropy(
    labels: ArrayLike,
    logits: ArrayLike,
    axis: int = -1,
    *,
    smoothing: float = 0.0,
    weights: ArrayLike = 1.0,
) -> Numbers:
    """The NLL of one of K classes: −log softmax(logits)[label], or −Σₖ pₖ log softmax(logits)ₖ.

    `labels` of the logits' shape are probabilities p, whatever their dtype; they sum to 1 (within
    1e-9; 1e-4 in float32, 5e-3 in float16). Otherwise they are class numbers 0…K−1, of the logits'
    shape without `axis`, or one for all. Nats, without `axis`. `smoothing` ε puts (1 − ε)p + ε/K
    for p, `weights` (K of them, or one) multiply the terms of their classes: the weighted mean is
    Σ of the results / Σ of the labels' weights. With either it is no NLL of the labels.
    ValueError for other labels, shapes, weights or ε, and for logits that `softmax` refuses.
    Goodfellow, Bengio and Courville, Deep Learning (2016), sec. 6.2.2.3, 7.5.1.
    """
    (logits,) = operands(logits=logits)
    nll = -_log_softmax(logits, axis, "logits")
    K = logits.shape[axis]
    (weights,) = operands(weights=weights)
    if weights.shape not in ((), (K,)):
        raise ValueError(f"weights must be one number or {K}, one a class, got {weights.shape}")
    demand_not_negative(weights=weights)
    keep, share = _smoothed(smoothing, K)
    if weights.ndim or weights != 1:
        nll = np.moveaxis(weigh(weights, np.moveaxis(nll, axis, -1)), -1, axis)
    labels = _labels(labels, nll.shape, axis, "logits")
    if labels.dtype == np.intp:
        of_labels = np.take_along_axis(nll, labels, axis).squeeze(axis)
    else:
        of_labels = weigh(labels, nll).sum(axis)
    return weigh(keep, of_labels) + weigh(share, nll.sum(axis)) if share else of_labels


@numeric
def brier_score(labels: ArrayLike, p: ArrayLike, axis: int = -1) -> Numbers:
    """The squared distance of a forecast from what happened: Σₖ (pₖ − [k = label])².

    `p` holds probabilities, not logits, along `axis`; `labels` as for `softmax_cross_entropy`
    (probabilities give the mean over them). From 0 to 2, without unit and without `axis`; with two
    classes it is twice (y − p)². No NLL, but lowest on average at the true probabilities.
    ValueError for other labels or shapes, and for p that is no distribution. Brier (1950).
    """
    came_in = p
    (p,) = operands(p=p)
    demand_axis(axis, "p", p)
    demand_probabilities(axis, came_in, p=p)
    share = _labels(labels, p.shape, axis, "p")
    if share.dtype == np.intp:
        numbers, share = share, np.zeros_like(p)
        np.put_along_axis(share, numbers, 1.0, axis)
    return (share * (1 - p) ** 2 + (1 - share) * p**2).sum(axis)  # terms ≥ 0: nothing cancels


def _smoothed(smoothing: float, K: int) -> tuple[NDArray, NDArray]:
    """1 − ε and ε/K: what a label keeps, and what every class gets."""
    (smoothing,) = operands(smoothing=smoothing)
    if smoothing.ndim:
        raise ValueError(f"smoothing must be one number, got the shape {smoothing.shape}")
    demand((smoothing >= 0) & (smoothing <= 1), "lie in [0, 1]", smoothing=smoothing)
    return 1 - smoothing, smoothing / K


def _log_softmax(z: ArrayLike, axis: int, name: str) -> NDArray[np.float64]:
    shifted, others = _relative_to_top(z, axis, name)
    return shifted - np.log1p(others)


def _relative_to_top(z: ArrayLike, axis: int, name: str) -> tuple[NDArray, NDArray]:
    """The logits minus their largest, and Σ e^ of that over all entries but the largest.

    Since e^0 = 1, Σⱼ e^(zⱼ − max) = 1 + others: `log1p(others)` keeps a loss of 1e-18 from being 0.
    """
    (z,) = operands(**{name: z})
    demand_axis(axis, name, z)
    top = z.max(axis, keepdims=True)
    demand(top.squeeze(axis) > -np.inf, "not be -inf only", axis=axis, **{name: z})
    demand((z == np.inf).sum(axis) <= 1, "hold at most one +inf", axis=axis, **{name: z})
    shifted = np.subtract(z, top, where=z != top, out=np.zeros_like(z))
    terms = np.exp(shifted)
    np.put_along_axis(terms, z.argmax(axis, keepdims=True), 0.0, axis)
    return shifted, terms.sum(axis, keepdims=True)


def _labels(labels: ArrayLike, shape: tuple, axis: int, of: str) -> NDArray:
    """The labels for `of`, which has this shape: probabilities of the same shape, as float64, or
    class numbers with `axis` of length 1, as intp."""
    came_in = labels
    (labels,) = operands(labels=labels)
    if labels.shape == shape:
        demand_probabilities(axis, came_in, labels=labels)
        return labels
    K, batch = shape[axis], np.delete(shape, axis)
    if labels.ndim and labels.shape != tuple(batch):
        raise ValueError(
            f"labels must have the shape of {of} {shape} (probabilities), that shape "
            f"without axis {axis} (class numbers) or be one class number, got {labels.shape}"
        )
    allowed = (labels >= 0) & (labels < K) & (labels == np.floor(labels))
    demand(allowed, f"be class numbers, whole and from 0 to {K - 1}", labels=labels)
    return np.expand_dims(np.broadcast_to(labels, batch).astype(np.intp), axis)
