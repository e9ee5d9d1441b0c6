"""Maximum-likelihood fits: choose a distribution, minimise its negative log-likelihood.

Here: one function per model of the walk, each returning a ``Fit``. Not here: the losses
themselves (``lossviz.losses``), predictions (a line of NumPy from ``Fit.params``), any picture.

Every ``x`` is one feature of shape (I,) or several of shape (I, D); ``slope`` is then a float or an
array of shape (D,). ``Fit.nll`` is the *total* NLL of the data in nats, with all its constants and
without any penalty. A fit that finds no minimum warns once (``ConvergenceWarning``) and says why in
``Fit.message``; that includes a likelihood that has no maximum.
"""

import warnings
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from lossviz import losses
from lossviz._checks import (
    demand,
    demand_finite,
    demand_not_negative,
    demand_positive,
    demand_unmasked,
    operands,
)

# SciPy loads scipy.optimize and scipy.special where they are first used: 0.6 s, 40 MB.


class ConvergenceWarning(UserWarning):
    """A fit did not converge; its parameters are where it stopped, not a minimum."""


class Fit(NamedTuple):
    """What every fit returns.

    params     the parameters by name, as floats and arrays
    nll        total NLL of the data at these parameters, in nats, constants included
    converged  whether these parameters are a minimum
    message    how it ended, in words
    path       the iterates, shape (steps, parameters), in the order the fit's docstring gives;
               (0, 0) for a fit in closed form
    """

    params: dict
    nll: float
    converged: bool
    message: str
    path: np.ndarray


# --- One sample ------------------------------------------------------------------------------


def normal(y: ArrayLike) -> Fit:
    """The normal of one sample: μ = mean(y), σ² = mean((y − μ)²), closed form.

    ``y`` has shape (I,). Params: ``mu``, ``sigma``, in the units of y.
    A sample without spread has no maximum: the likelihood grows without bound as σ → 0.
    """
    y = _sample("y", y)
    mu = float(y.mean())
    sigma = _spread(np.sqrt(np.mean((y - mu) ** 2)), y)
    return _closed(
        "normal", {"mu": mu, "sigma": sigma}, sigma, lambda: losses.gaussian_nll(y, mu, sigma)
    )


def lognormal(y: ArrayLike) -> Fit:
    """The log-normal of one positive sample: the normal of log y, closed form.

    Params: ``mu`` and ``sigma``, the mean and spread of log y. ``nll`` is that of y, with the
    Jacobian Σ log y: compare it with that of ``gamma`` or ``normal``. ValueError unless y > 0.
    """
    y = _sample("y", y)
    demand_positive(y=y)
    mu = float(np.log(y).mean())
    sigma = _spread(np.log(y).std(), np.log(y))
    params = {"mu": mu, "sigma": sigma}
    return _closed("lognormal", params, sigma, lambda: losses.lognormal_nll(y, mu, sigma))


def gamma(y: ArrayLike) -> Fit:
    """The gamma of one positive sample: shape k, scale θ, mean kθ.

    kθ = mean(y), and k solves log k − ψ(k) = log mean(y) − mean(log y); ψ is the digamma function.
    Params: ``shape``, ``scale`` (in the unit of y). ValueError unless y > 0.
    """
    y = _sample("y", y)
    demand_positive(y=y)
    gap = np.log(y.mean()) - np.log(y).mean()
    if _spread(y.std(), y) == 0:
        return _closed("gamma", {"shape": np.inf, "scale": 0.0}, 0.0, None)
    # 1/2k < log k − ψ(k) < 1/k brackets the root
    shape = _root(lambda k: np.log(k) - scipy.special.digamma(k) - gap, 0.5 / gap, 1 / gap)
    scale = float(y.mean() / shape)
    params = {"shape": float(shape), "scale": scale}
    return _closed("gamma", params, scale, lambda: losses.gamma_nll(y, shape, scale), "root found")


def poisson(y: ArrayLike) -> Fit:
    """The Poisson of one sample of counts: rate = mean(y), closed form.

    Params: ``rate`` and its log, ``log_rate``. ValueError unless y are whole numbers ≥ 0.
    All counts 0: the log-rate runs off to −∞, and the fit says so.
    """
    y = _sample("y", y)
    demand((y >= 0) & (y == np.floor(y)), "be whole numbers ≥ 0", y=y)
    if not y.any():
        message = "every count is zero: the log-rate runs off to −∞"
        return _finish("poisson", {"rate": 0.0, "log_rate": -np.inf}, 0.0, False, message)
    log_rate = float(np.log(y.mean()))
    params = {"rate": float(y.mean()), "log_rate": log_rate}
    return _closed("poisson", params, 1.0, lambda: losses.poisson_nll(y, log_rate))


def von_mises(y: ArrayLike) -> Fit:
    """The von Mises of one sample of angles, in radians: direction μ and concentration κ.

    μ is the direction of the mean of (cos y, sin y) and κ solves I₁(κ)/I₀(κ) = that mean's length.
    Params: ``mu`` in (−π, π], ``kappa`` ≥ 0.
    """
    y = _sample("y", y)
    mean = np.exp(1j * y).mean()
    mu, length = float(np.angle(mean)), float(np.abs(mean))
    if length >= 1 - 1e-15:
        return _closed("von_mises", {"mu": mu, "kappa": np.inf}, 0.0, None)
    # I₁/I₀ > κ/(1 + √(1 + κ²)), so the root lies below the κ where that reaches the length
    highest = 2 * length / (1 - length**2)
    ratio = lambda k: scipy.special.i1e(k) / scipy.special.i0e(k)  # noqa: E731
    kappa = _root(lambda k: ratio(k) - length, 0.0, highest)
    params = {"mu": mu, "kappa": float(kappa)}
    return _closed(
        "von_mises", params, 1.0, lambda: losses.von_mises_nll(y, mu, kappa), "root found"
    )


# --- Lines -----------------------------------------------------------------------------------


def line(x: ArrayLike, y: ArrayLike) -> Fit:
    """The straight line with normal errors: least squares, and σ = its root mean squared error.

    Minimises Σ −log N(yᵢ; intercept + slope·xᵢ, σ) over all three, closed form.
    Params: ``intercept``, ``slope``, ``sigma`` (divided by I, not I − 2: maximum likelihood).
    Errors: ValueError for too few rows, or features of which one is a line of the others.
    """
    X, y, single = _regression(x, y)
    Z, frame = _standardise("x", X)
    theta = np.linalg.lstsq(_with_ones(Z), y)[0]
    intercept, slope = frame.raw(theta)
    residuals = y - _with_ones(Z) @ theta
    sigma = _spread(np.sqrt(np.mean(residuals**2)), y)
    params = {"intercept": float(intercept), "slope": _slope(slope, single), "sigma": sigma}
    return _closed("line", params, sigma, lambda: losses.gaussian_nll(residuals, 0.0, sigma))


def ridge(x: ArrayLike, y: ArrayLike, prior_sigma: float, sigma: float) -> Fit:
    """The line under a normal prior on its slopes: the most probable one given the data (MAP).

    Minimises Σ (yᵢ − ŷᵢ)²/2σ² + Σ_d slope_d²/2s², with noise σ = ``sigma`` and s = ``prior_sigma``
    given (s = inf is least squares); the intercept is free. Times 2σ² it is the usual
    Σ (y − ŷ)² + α‖slope‖² with α = σ²/s². Columns of x may depend on each other.
    Params: ``intercept``, ``slope``. Hoerl and Kennard, Technometrics 12 (1970).
    """
    X, y, single = _regression(x, y, more=0)
    sigma, s = _above_zero(sigma=sigma), _above_zero(prior_sigma=prior_sigma, finite=False)
    centred, D = X - X.mean(axis=0), X.shape[1]
    # The prior acts as D more observations: each says that one slope is 0, with noise s.
    rows = np.vstack([centred / sigma, np.eye(D) / s])
    targets = np.concatenate([(y - y.mean()) / sigma, np.zeros(D)])
    slope = np.linalg.lstsq(rows, targets)[0]
    return _penalised("ridge", X, y, slope, single, sigma)


def lasso(x: ArrayLike, y: ArrayLike, prior_scale: float, sigma: float) -> Fit:
    """The line under a Laplace prior on its slopes: some of them come out exactly 0.

    Minimises Σ (yᵢ − ŷᵢ)²/2σ² + Σ_d |slope_d|/b, with noise σ = ``sigma`` and b = ``prior_scale``
    given; the intercept is free. Over I/σ² it is the usual (1/2I) Σ (y − ŷ)² + α Σ|slope| with
    α = σ²/(I·b). One slope at a time has a closed form, the soft threshold: coordinate descent.
    Params: ``intercept``, ``slope``; path: (intercept, slopes) after each sweep.
    Tibshirani, JRSS B 58 (1996).
    """
    X, y, single = _regression(x, y, more=0)
    sigma, b = _above_zero(sigma=sigma), _above_zero(prior_scale=prior_scale)
    _demand_variation("x", X)
    centred, residuals = X - X.mean(axis=0), y - y.mean()
    squares, threshold = (centred**2).sum(axis=0), sigma**2 / b
    slope, path, gap = np.zeros(X.shape[1]), [np.zeros(X.shape[1])], np.inf
    tolerance = 1e-11 * np.sqrt(squares.max() * (residuals @ residuals))
    while gap > tolerance and len(path) <= 20_000:
        for d, column in enumerate(centred.T):
            pull = column @ residuals + squares[d] * slope[d]
            new = np.sign(pull) * max(abs(pull) - threshold, 0.0) / squares[d]
            residuals = residuals - column * (new - slope[d])
            slope[d] = new
        path.append(slope.copy())
        # The zero of the (sub)gradient: exact pull where a slope is on, at most that where off.
        pulls = centred.T @ residuals
        gap = np.where(
            slope != 0, abs(pulls - threshold * np.sign(slope)), abs(pulls) - threshold
        ).max()
    steps = np.array(path)
    lines = np.column_stack([y.mean() - steps @ X.mean(axis=0), steps])
    message = f"{len(path) - 1} sweeps over the slopes"
    if gap > tolerance:
        message += ", and still moving; the columns of x are too much alike"
    return _penalised("lasso", X, y, slope, single, sigma, gap <= tolerance, message, lines)


def _penalised(name, X, y, slope, single, sigma, converged=True, message="closed form", path=None):
    slope = slope + 0.0  # −0 + 0 is 0
    intercept = float(y.mean() - X.mean(axis=0) @ slope)
    nll = losses.gaussian_nll(y, intercept + X @ slope, sigma).sum()
    params = {"intercept": intercept, "slope": _slope(slope, single)}
    path = _NO_PATH if path is None else path
    return _finish(name, params, nll, converged, message, path, level=4)


# --- Lines by other losses ---------------------------------------------------------------------


def quantile(x: ArrayLike, y: ArrayLike, tau: float) -> Fit:
    """The line below which a share τ of the y lie: least pinball loss, by linear programme.

    Minimises Σ max(τr, (τ−1)r), r = y − ŷ: the NLL of an asymmetric Laplace distribution with
    density τ(1−τ)/s · exp(−pinball/s); the most likely ``scale`` s is the mean pinball loss.
    Params: ``intercept``, ``slope``, ``scale``. If the minimum is flat, any one of the best lines.
    Errors: ValueError unless 0 < τ < 1. Koenker and Bassett, Econometrica 46 (1978).
    """
    X, y, single = _regression(x, y)
    tau = _scalar(tau=tau)
    demand(0 < tau < 1, "lie between 0 and 1, both excluded", tau=np.array(tau))
    intercept, slope, message = _quantile_line(X, y, tau)
    scale = _spread(losses.pinball(y, intercept + X @ slope, tau).mean(), y)
    params = {"intercept": intercept, "slope": _slope(slope, single), "scale": scale}
    pinball_nll = lambda: np.full(len(y), 1 + np.log(scale / (tau * (1 - tau))))  # noqa: E731
    return _closed("quantile", params, scale, pinball_nll, message)


def least_absolute_deviations(x: ArrayLike, y: ArrayLike) -> Fit:
    """The line with the least Σ|y − ŷ|: the conditional median, by linear programme.

    The maximum-likelihood line under Laplace errors; their ``scale`` is the mean |y − ŷ|.
    Params: ``intercept``, ``slope``, ``scale``. If the minimum is flat (see ``flat_floor``), any
    one of the best lines. Laplace (1774); Wagner, JASA 54 (1959).
    """
    X, y, single = _regression(x, y)
    intercept, slope, message = _quantile_line(X, y, 0.5)
    y_hat = intercept + X @ slope
    scale = _spread(losses.absolute_error(y, y_hat).mean(), y)
    params = {"intercept": intercept, "slope": _slope(slope, single), "scale": scale}
    laplace_nll = lambda: losses.laplace_nll(y, y_hat, scale)  # noqa: E731
    return _closed("least_absolute_deviations", params, scale, laplace_nll, message)


def _quantile_line(X, y, tau) -> tuple[float, np.ndarray, str]:
    """By the simplex method of Barrodale and Roberts (1973), with rows where r = 0 as its basis.

    Along an edge only one row leaves the line; the edge ends where the loss would rise again.
    """
    Z, frame = _standardise("x", X)
    F, centred = _with_ones(Z), y - np.median(y)
    # Ties, at which it might turn in circles, are broken far below any digit that counts.
    noise = np.random.default_rng(0).uniform(size=len(y)) * 1e-9
    target, basis, rest = centred + noise * np.abs(centred).max(), [], F
    for _ in F.T:  # rows as independent as can be
        basis.append(int(np.linalg.norm(rest, axis=1).argmax()))
        axis = rest[basis[-1]] / np.linalg.norm(rest[basis[-1]])
        rest = rest - np.outer(rest @ axis, axis)
    for _ in range(100 * len(y)):
        corner = np.linalg.inv(F[basis])
        edges, r = F @ corner, target - F @ corner @ target[basis]
        r[basis] = 0
        falls = np.where(r > 0, tau, tau - 1) * (r != 0) @ edges
        falls = np.array([falls - (1 - tau), -falls - tau])  # onwards and back on each edge
        back, k = divmod(int((falls / np.abs(edges).sum(axis=0)).argmax()), len(basis))
        if falls[back, k] <= 1e-11 * np.abs(edges[:, k]).sum():
            intercept, slope = frame.raw(corner @ centred[basis])
            return float(intercept + np.median(y)), slope, "linear programme solved"
        edge = edges[:, k] * (1 - 2 * back)
        ahead = np.flatnonzero(edge * r > 0)
        ahead = ahead[np.argsort(r[ahead] / edge[ahead])]
        risen = np.cumsum(np.abs(edge[ahead]))
        basis[k] = int(ahead[np.searchsorted(risen, falls[back, k])])
    raise RuntimeError("the linear programme was not solved")  # it is feasible and bounded


class Floor(NamedTuple):
    """All lines with the least sum of absolute deviations: a convex set, often a single line.

    loss     the least Σ|y − ŷ|
    slopes   (lowest, highest) slope among the best lines
    corners  shape (C, 2): the (intercept, slope) of the set's corners, in order around it
    """

    loss: float
    slopes: tuple[float, float]
    corners: np.ndarray


def flat_floor(x: ArrayLike, y: ArrayLike) -> Floor:
    """Where the absolute loss of a line is least: one line, or a whole flat floor of them.

    Σ|y − a − bx| is convex and made of flat pieces, and each corner of its floor is a line through
    two of the points: so try all of those (up to some hundred points; one feature only).
    """
    X, y, single = _regression(x, y)
    if not single:
        raise ValueError(f"x must have one feature, shape (I,), got shape {X.shape}")
    Z, frame = _standardise("x", X)
    z, unit = Z[:, 0], np.abs(y - np.median(y)).sum() or 1.0
    lines = np.vstack([_lines_through(i, z, y) for i in range(len(y) - 1)])
    sums = np.array([np.abs(y - a - b * z).sum() for a, b in lines])
    corners = lines[sums <= sums.min() + 1e-11 * unit]
    # The same line may pass through several pairs; round only to tell them apart.
    _, first = np.unique(np.round(corners / unit, 10), axis=0, return_index=True)
    corners = corners[first]
    around = corners - corners.mean(axis=0)
    corners = corners[np.argsort(np.arctan2(around[:, 1], around[:, 0]))]
    intercepts, slopes = frame.raw(corners)
    corners = np.column_stack([intercepts, slopes])
    return Floor(float(sums.min()), (float(slopes.min()), float(slopes.max())), corners)


def _lines_through(i, z, y) -> np.ndarray:
    """(intercept, slope) of the lines through point i and each later point at another z."""
    later = i + 1 + np.flatnonzero(z[i + 1 :] != z[i])
    slopes = (y[later] - y[i]) / (z[later] - z[i])
    return np.column_stack([y[i] - slopes * z[i], slopes])


def huber(x: ArrayLike, y: ArrayLike, delta: float) -> Fit:
    """The line by Huber's loss: squared for residuals up to δ, absolute beyond.

    Minimises Σ H_δ(y − ŷ), H_δ(r) = ½r² if |r| ≤ δ, else δ(|r| − ½δ); δ in the unit of y.
    The errors' distribution has density exp(−H_δ(r)/σ²)/Z(σ): normal inside δ, Laplace tails; its
    ``sigma`` is fitted last (it does not move the line), and is the normal's σ as δ → ∞.
    Params: ``intercept``, ``slope``, ``sigma``; path: (intercept, slopes).
    Huber, Annals of Mathematical Statistics 35 (1964).
    """
    X, y, single = _regression(x, y)
    delta = _above_zero(delta=delta)
    Z, frame = _standardise("x", X)
    F, I = _with_ones(Z), len(y)
    unit = y.std() or 1.0
    target, d = y / unit, delta / unit

    def objective(theta):
        residuals = target - F @ theta
        gradient = -F.T @ np.clip(residuals, -d, d) / I
        return losses.huber(target, F @ theta, d).mean() / min(d, 1), gradient / min(d, 1)

    def hessian(theta):
        inside = np.abs(target - F @ theta) <= d
        return (F * inside[:, None]).T @ F / I / min(d, 1)

    start = np.linalg.lstsq(F, target)[0]
    theta, converged, message, steps = _minimise(objective, start, hessian)
    intercept, slope = frame.raw(theta * unit)
    path = np.column_stack(frame.raw(steps * unit))
    total = losses.huber(y, F @ theta * unit, delta).sum()
    sigma, log_z = _huber_sigma(total / I, delta, y)
    params = {"intercept": float(intercept), "slope": _slope(slope, single), "sigma": sigma}
    if sigma == 0:
        return _closed("huber", params, sigma, None)
    return _finish("huber", params, total / sigma**2 + I * log_z, converged, message, path)


def _huber_sigma(mean_loss, delta, y) -> tuple[float, float]:
    """The σ with the least mean_loss/σ² + log Z(σ), and that log Z.

    Z = A + B, the middle A = √2π σ erf(δ/√2σ) and the tails B = (2σ²/δ) exp(−δ²/2σ²); the
    derivative is zero at 2·mean_loss/σ² = (A + 2B)/(A + B): between 1 (a normal) and 2 (a Laplace).
    """

    def parts(sigma):
        middle = np.sqrt(2 * np.pi) * sigma * scipy.special.erf(delta / (np.sqrt(2) * sigma))
        return middle, 2 * sigma**2 / delta * np.exp(-0.5 * (delta / sigma) ** 2)

    def slope(sigma):
        middle, tails = parts(sigma)
        return (middle + 2 * tails) / (middle + tails) - 2 * mean_loss / sigma**2

    if _spread(np.sqrt(mean_loss), y) == 0:
        return 0.0, 0.0
    ends = np.sqrt(mean_loss) * 0.999, np.sqrt(2 * mean_loss) * 1.001
    sigma = _root(slope, *ends)
    return float(sigma), float(np.log(sum(parts(sigma))))


# --- A spread that depends on x ------------------------------------------------------------------


def bumps(x: ArrayLike, centres: ArrayLike, width: float) -> np.ndarray:
    """A fixed basis of smooth curves: a column of ones, and a bump exp(−(x−c)²/2w²) per centre.

    ``x`` (I,), ``centres`` (B,), ``width`` w > 0 in the unit of x; the result is (I, 1 + B).
    """
    x, centres = _numbers("x", x), _numbers("centres", centres)
    width = _above_zero(width=width)
    return _with_ones(np.exp(-0.5 * ((x[:, None] - centres) / width) ** 2))


LINKS = ("exp", "square")


def sigma_from(raw: ArrayLike, floor: float, link: str = "exp") -> np.ndarray:
    """A positive σ from an output of any sign: σ = floor + e^raw, or floor + raw² (``link``)."""
    if link not in LINKS:
        raise ValueError(f"link must be one of {', '.join(LINKS)}, got {link!r}")
    raw, floor = operands(raw=raw, floor=floor)
    return _sigma_from(raw, floor, link)


def _sigma_from(raw, floor, link="exp") -> np.ndarray:
    with np.errstate(over="ignore"):
        return floor + (np.exp(raw) if link == "exp" else np.square(raw))


def heteroscedastic(
    mu_features: ArrayLike, sigma_features: ArrayLike, y: ArrayLike, floor: float
) -> Fit:
    """Two outputs: the mean and the spread of y, each linear in a fixed basis.

    Minimises Σ −log N(yᵢ; μᵢ, σᵢ) with μ = mu_features @ mu_weights and
    σ = sigma_from(sigma_features @ sigma_weights, floor); features (I, M) and (I, S), for
    instance ``bumps(x, centres, width)``. One column of ones as sigma_features is a constant σ.
    ``floor`` ≥ 0 is in the unit of y. At 0 the likelihood may have no maximum (the curve runs
    through a point and σ → 0 there): then the fit says so.
    Params: ``mu_weights`` (M,), ``sigma_weights`` (S,); path: both, side by side.
    Nix and Weigend, IEEE ICNN (1994).
    """
    y = _sample("y", y)
    M, mu_back = _orthonormal("mu_features", mu_features, y, scale=y.std() or 1.0)
    S, sigma_back = _orthonormal("sigma_features", sigma_features, y)
    floor = _scalar(floor=floor)
    demand(floor >= 0, "be ≥ 0", floor=np.array(floor))
    split = M.shape[1]
    start = np.linalg.lstsq(M, y)[0]
    rmse = np.sqrt(np.mean((y - M @ start) ** 2))
    size = max(rmse, floor)
    first = max(rmse - floor, 0.1 * size)
    demand(first > 0, "be > 0, because the mean alone fits y exactly", floor=np.array(floor))
    constant = np.linalg.lstsq(S, np.full(len(y), np.log(first)))[0]
    objective, hessian = _two_outputs(M, S, y, floor, size)
    theta, converged, message, steps = _minimise(
        objective, np.concatenate([start, constant]), hessian
    )
    mu, sigma = M @ theta[:split], _sigma_from(S @ theta[split:], floor)
    if sigma.min() < 1e-4 * rmse:
        row, converged = int(sigma.argmin()), False
        message = (
            f"sigma fell to {sigma[row]:.1e} at row {row}: the likelihood grows without bound "
            "where the curve runs through a point; give a higher floor"
        )
    path = np.hstack([steps[:, :split] @ mu_back.T, steps[:, split:] @ sigma_back.T])
    params = {
        "mu_weights": mu_back @ theta[:split],
        "sigma_weights": sigma_back @ theta[split:],
    }
    nll = losses.gaussian_nll(y, mu, sigma).sum()
    return _finish("heteroscedastic", params, nll, converged, message, path)


def _two_outputs(M, S, y, floor, size):
    """The mean NLL with its gradient, and its Hessian, by the weights of μ over those of log σ.

    ``size`` is the σ to be expected: far from it the search turns back.
    """

    def at(theta):
        raw = S @ theta[M.shape[1] :]
        sigma = _sigma_from(raw, floor)
        sound = ((sigma > 1e-12 * size) & (sigma < 1e12 * size)).all()
        return y - M @ theta[: M.shape[1]], raw, sigma, sound

    def objective(theta):
        r, raw, sigma, sound = at(theta)
        if not sound:
            return np.inf, np.zeros_like(theta)
        by_raw = (1 / sigma - r**2 / sigma**3) * np.exp(raw)
        gradient = np.concatenate([M.T @ (-r / sigma**2), S.T @ by_raw])
        return losses.gaussian_nll(r, 0.0, sigma).mean(), gradient / len(y)

    def hessian(theta):
        r, raw, sigma, sound = at(theta)
        if not sound:
            return np.eye(len(theta))
        slope = np.exp(raw)  # of σ by the raw output, and so is the bend
        mixed = 2 * r / sigma**3 * slope
        twice = (3 * r**2 / sigma**4 - 1 / sigma**2) * slope**2
        twice += (1 / sigma - r**2 / sigma**3) * slope
        top = np.hstack([_gram(M, 1 / sigma**2, M), _gram(M, mixed, S)])
        bottom = np.hstack([_gram(S, mixed, M), _gram(S, twice, S)])
        return np.vstack([top, bottom]) / len(y)

    return objective, hessian


def _gram(A, weights, B) -> np.ndarray:
    return (A * weights[:, None]).T @ B


# --- Classes -------------------------------------------------------------------------------------


def logistic(x: ArrayLike, y: ArrayLike, l2: float = 0.0) -> Fit:
    """The Bernoulli with logit = intercept + slope·x: least binary cross-entropy.

    Minimises Σ ζ((1−2y)·logit) + ½·l2·‖slope‖², y in {0, 1}; ``l2`` ≥ 0 is 1/s² of a normal prior
    with spread s on the slopes. ``nll`` is without the penalty.
    If a line separates the 0s from the 1s there is no finite minimum at l2 = 0: the weights run off
    while the NLL → its infimum; the search stops far out, and says so.
    Params: ``intercept``, ``slope``; path: (intercept, slopes).
    """
    X, y, single = _regression(x, y)
    demand((y == 0) | (y == 1), "be 0 or 1", y=y)
    Z, frame = _standardise("x", X)
    F, I = _with_ones(Z), len(y)
    penalty = _slope_penalty(l2, frame) / I

    def objective(theta):
        logits = F @ theta
        value = losses.sigmoid_cross_entropy(y, logits).mean() + 0.5 * penalty @ theta**2
        return value, F.T @ (losses.sigmoid(logits) - y) / I + penalty * theta

    def hessian(theta):
        logits = F @ theta
        return _gram(F, losses.sigmoid(logits) * losses.sigmoid(-logits), F) / I + np.diag(penalty)

    theta, converged, message, steps = _minimise(objective, np.zeros(F.shape[1]), hessian)
    logits = np.column_stack([np.zeros(I), F @ theta])
    free = F if l2 == 0 else F[:, :1]  # the directions without a penalty
    if _separated(free, y.astype(int), logits, converged):
        converged, message = False, _SEPARATED
    intercept, slope = frame.raw(theta)
    params = {"intercept": float(intercept), "slope": _slope(slope, single)}
    nll = losses.sigmoid_cross_entropy(y, F @ theta).sum()
    return _finish("logistic", params, nll, converged, message, np.column_stack(frame.raw(steps)))


def softmax(x: ArrayLike, labels: ArrayLike, l2: float = 0.0) -> Fit:
    """The categorical with logits = bias + X @ weights: least softmax cross-entropy.

    Minimises Σ −log softmax(logitsᵢ)[labelᵢ] + ½·l2·‖weights‖². ``labels`` (I,) are numbers or
    words; ``params["classes"]`` (K,) lists those that occur, in the order of the logits.
    A constant added to all logits changes nothing, so the weights are those that sum to 0 over the
    classes. Classes that planes separate have no finite minimum at l2 = 0: said as in ``logistic``.
    Params: ``bias`` (K,), ``weights`` (D, K), ``classes``; path: bias over weights, flattened.
    """
    X, _ = _features("x", x)
    classes, codes = _classes(labels)
    _same_length("x", X, "labels", codes)
    Z, frame = _standardise("x", X)
    F, I, K = _with_ones(Z), len(codes), len(classes)
    onehot = np.eye(K)[codes]
    penalty = np.repeat(_slope_penalty(l2, frame) / I, K)
    # Adding a constant to all logits is free: this term pins it down without moving the minimum.
    gauge = np.kron(F.T @ F / I, np.ones((K, K)))

    def objective(theta):
        logits = F @ theta.reshape(-1, K)
        gradient = F.T @ (losses.softmax(logits) - onehot) / I
        value = losses.softmax_cross_entropy(codes, logits).mean() + 0.5 * penalty @ theta**2
        return value, gradient.ravel() + penalty * theta

    def hessian(theta):
        p = losses.softmax(F @ theta.reshape(-1, K))
        each = p[:, :, None] * (np.eye(K) - p[:, None, :])
        # Row p·K + k: feature p of class k, as theta is laid out.
        blocks = np.einsum("ip,ikl,iq->pkql", F, each, F) / I
        return blocks.reshape(gauge.shape) + gauge + np.diag(penalty)

    theta, converged, message, steps = _minimise(objective, np.zeros(F.shape[1] * K), hessian)
    logits = F @ theta.reshape(-1, K)
    if l2 == 0 and _separated(F, codes, logits, converged):
        converged, message = False, _SEPARATED
    lines = np.moveaxis(steps.reshape(len(steps), -1, K), 1, 2)  # (steps, K, 1 + D)
    bias, weights = frame.raw(lines)
    path = np.concatenate([bias[:, None, :], np.moveaxis(weights, 2, 1)], axis=1)
    params = {"bias": path[-1, 0], "weights": path[-1, 1:], "classes": classes}
    nll = losses.softmax_cross_entropy(codes, logits).sum()
    return _finish("softmax", params, nll, converged, message, path.reshape(len(path), -1))


_SEPARATED = (
    "the classes are separated perfectly, at least on one side: the weights run off to infinity "
    "and there is no finite minimum; these are where the search stopped (l2 > 0 gives a finite fit)"
)


def _separated(F, codes, logits, converged) -> bool:
    """Whether some weights put no row on the wrong side, and some row strictly on its right side.

    Then growing them lowers the NLL for ever (Albert and Anderson, Biometrika 71, 1984). A linear
    programme decides it. It is spared where the search ended at moderate logits: had the weights
    been running off, a gradient of 1e-9 would be reached only with some odds beyond e^10.
    """
    I, K = logits.shape
    own = logits[np.arange(I), codes][:, None]
    if converged and (own - logits).max() < 10:
        return False
    signs = np.eye(K)[codes][:, None, :] - np.eye(K)[None, :, :]  # (I, K, K): own minus other
    margins = np.einsum("ip,ikl->ikpl", F, signs)
    margins = margins[np.arange(K) != codes[:, None]].reshape(I * (K - 1), -1)
    best = scipy.optimize.linprog(
        -margins.sum(axis=0),
        A_ub=-margins,
        b_ub=np.zeros(len(margins)),
        bounds=(-1, 1),
        method="highs",
    )
    return bool(best.success and -best.fun > 1e-6)


def _slope_penalty(l2, frame) -> np.ndarray:
    """The penalty l2 per raw slope, for (intercept, standardised slopes); the intercept is free."""
    l2 = _scalar(l2=l2)
    demand_not_negative(l2=np.array(l2))
    return np.concatenate([[0.0], l2 / frame.scale**2])


def _classes(labels) -> tuple[np.ndarray, np.ndarray]:
    demand_unmasked("labels", labels)
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "biufU":
        advice = "; words in an object array: .astype(str)" if labels.dtype == object else ""
        raise ValueError(f"labels must be numbers or words of shape (I,), got {labels!r}{advice}")
    if labels.dtype.kind == "f":
        _numbers("labels", labels)
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"labels must hold two classes or more, got only {classes.tolist()}")
    return classes, codes


# --- Several outputs -----------------------------------------------------------------------------


def knot_sse(x: ArrayLike, Y: ArrayLike, knots: ArrayLike) -> np.ndarray:
    """Sum of squares per output, Σᵢ (y_d − a_d − b_d·max(0, x − k))², a and b at their best.

    ``x`` (I,), ``Y`` (I, D), ``knots`` a number or (G,): the result is (D,) or (G, D).
    """
    x, Y = _knot_data(x, Y)
    hinge = np.maximum(0.0, x - _numbers("knots", knots, ndims=(0, 1))[..., None])  # (…, I)
    hinge = hinge - hinge.mean(axis=-1, keepdims=True)
    Y = Y - Y.mean(axis=0)
    squares = (hinge**2).sum(axis=-1)[..., None]
    slopes = np.divide(
        hinge @ Y, squares, out=np.zeros((*hinge.shape[:-1], Y.shape[1])), where=squares > 0
    )
    return ((Y - hinge[..., None] * slopes[..., None, :]) ** 2).sum(axis=-2)


def shared_knot(x: ArrayLike, Y: ArrayLike, sigma_per_output: bool = True) -> Fit:
    """Several outputs bent at one shared knot k: ŷ_d = a_d + b_d·max(0, x − k).

    With one σ for all outputs it minimises Σ_d SSE_d, the plain sum of squares, and k depends on
    the outputs' units; with ``sigma_per_output`` it minimises Σ_d log SSE_d, and k does not.
    ``x`` (I,), ``Y`` (I, D). k is searched over a fine grid between all values of x, then refined.
    Params: ``knot``, ``intercept`` (D,), ``slope`` (D,), ``sigma`` (D,) (equal ones if shared).
    """
    x, Y = _knot_data(x, Y)
    values = np.unique(x)
    if len(values) < 3:
        raise ValueError(f"x must have three different values or more, got {values.tolist()}")
    combine = np.log if sigma_per_output else np.asarray

    def objective(knots):
        with np.errstate(divide="ignore"):
            return combine(knot_sse(x, Y, knots) / len(x)).sum(axis=-1)

    # Smooth between neighbouring x, with several minima; beyond the last but one it is constant.
    starts = values[:-2, None] + np.linspace(0, 1, 9)[:-1] * np.diff(values[:-1])[:, None]
    grid = np.append(starts.ravel(), values[-2])
    best = int(np.argmin(objective(grid)))
    bounds = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    refined = scipy.optimize.minimize_scalar(
        objective, bounds=bounds, method="bounded", options={"xatol": 1e-9}
    )
    knot = refined.x if refined.fun < objective(grid[best]) else grid[best]
    theta = np.linalg.lstsq(_with_ones(np.maximum(0.0, x - knot)), Y)[0]
    variance = knot_sse(x, Y, knot) / len(x)
    if not sigma_per_output:
        variance = np.full_like(variance, variance.mean())
    sigma = np.sqrt(variance)
    params = {"knot": float(knot), "intercept": theta[0], "slope": theta[1], "sigma": sigma}
    y_hat = theta[0] + theta[1] * np.maximum(0.0, x - knot)[:, None]
    spread = min(_spread(s, y) for s, y in zip(sigma, Y.T, strict=True))
    nll = lambda: losses.gaussian_nll(Y, y_hat, sigma)  # noqa: E731
    return _closed("shared_knot", params, spread, nll, "best of a fine grid, refined")


def _knot_data(x, Y) -> tuple[np.ndarray, np.ndarray]:
    x, Y = _numbers("x", x), _numbers("Y", Y, ndims=(2,))
    _same_length("x", x, "Y", Y)
    return x, Y


# --- Several answers -----------------------------------------------------------------------------


def mixture_density(features: ArrayLike, y: ArrayLike, components: int, floor: float) -> Fit:
    """Several likely answers: a mixture of K normals whose shares and means depend on x.

    Minimises Σ −log Σ_k softmax(features @ gate_weights)_k N(yᵢ; (features @ mu_weights)_k, σ_k);
    the log-sum-exp is inside ``losses.mixture_nll``. ``features`` (I, P), for instance
    ``bumps(x, centres, width)``; ``floor`` > 0 bounds every σ_k from below, in the unit of y:
    without one, a component on a single point has no bound. There are many local minima; this one
    is the better of two searches: from the least-squares curve shifted up and down to the K
    quantiles of its residuals, and from flat curves at the K quantiles of y (where the answers run
    against the curve through them all).
    Params: ``gate_weights`` (P, K), ``mu_weights`` (P, K), ``sigma`` (K,); path: all, flattened.
    Bishop, Mixture density networks (1994).
    """
    y = _sample("y", y)
    floor = _above_zero(floor=floor)
    K = components
    if not (isinstance(K, int | np.integer) and 1 <= K <= len(y)):
        raise ValueError(f"components must be a whole number from 1 to {len(y)} rows, got {K!r}")
    unit = y.std() or 1.0
    F, back = _orthonormal("features", features, y)

    def weights(theta):
        """Of the gate and of the means, each (P, K), and σ; the search sees y / unit."""
        gate, mu = theta[:-K].reshape(2, -1, K)
        return gate, mu * unit, _sigma_from(theta[-K:], floor / unit) * unit

    def objective(theta):
        gate, mu, sigma = weights(theta)
        if not (sigma < np.inf).all():
            return np.inf, np.zeros_like(theta)
        logits, mu = F @ gate, F @ mu
        z = (y[:, None] - mu) / sigma
        shares = losses.softmax(logits)
        blame = losses.softmax(losses.log_softmax(logits) - np.log(sigma) - 0.5 * z**2)
        by_gate, by_mu = F.T @ (shares - blame), F.T @ (-blame * z / sigma) * unit
        by_raw = (blame * (1 - z**2)).sum(axis=0) / sigma * np.exp(theta[-K:]) * unit
        gradient = np.concatenate([by_gate.ravel(), by_mu.ravel(), by_raw]) / len(y)
        return losses.mixture_nll(y, logits, mu, sigma).mean(), gradient

    ends = [_minimise(objective, start) for start in _mixture_starts(F, y, K, floor, unit)]
    # Rounded, so that of two searches that meet the first counts, on every machine.
    theta, converged, message, steps = min(
        ends, key=lambda end: (not end[1], np.round(objective(end[0])[0], 6))
    )
    gate, mu, sigma = weights(theta)
    params = {"gate_weights": back @ gate, "mu_weights": back @ mu, "sigma": sigma}
    at_floor = np.flatnonzero(sigma < 1.001 * floor)
    if len(at_floor):
        message += f"; the sigma of component {at_floor.tolist()} lies on the floor"
    path = [[back @ gate, back @ mu, sigma[None]] for gate, mu, sigma in map(weights, steps)]
    path = np.array([np.concatenate(step).ravel() for step in path])
    nll = losses.mixture_nll(y, F @ gate, F @ mu, sigma).sum()
    return _finish("mixture_density", params, nll, converged, message, path)


def _mixture_starts(F, y, K, floor, unit) -> list[np.ndarray]:
    """One start around the least-squares curve, and one around flat curves, if that is another."""
    levels, starts = (np.arange(K) + 0.5) / K, []
    ones = np.linalg.lstsq(F, np.ones(len(y)))[0]
    for curve in (np.linalg.lstsq(F, y)[0], 0 * ones):
        residuals = y - F @ curve
        mu = (curve[:, None] + ones[:, None] * np.quantile(residuals, levels)) / unit
        sigma = max(residuals.std() / K - floor, 0.1 * floor) / unit
        starts.append(np.concatenate([np.zeros(mu.size), mu.ravel(), np.full(K, np.log(sigma))]))
    return starts[:1] if K == 1 or np.allclose(*starts) else starts


# --- The search ----------------------------------------------------------------------------------


def _root(function, low, high) -> float:
    return scipy.optimize.brentq(function, low, high, xtol=1e-300, rtol=1e-14)


def _minimise(objective, start, hessian=None) -> tuple[np.ndarray, bool, str, np.ndarray]:
    """Search downhill from ``start``: (where it ended, converged, message, all iterates).

    ``objective`` gives a mean NLL in nats and its gradient in standardised parameters, so that one
    tolerance fits all. Newton steps in a trust region with a Hessian, BFGS without.
    """
    if hessian:
        path = _newton(objective, start, hessian)
    else:
        path, options = [start], {"gtol": 1e-8, "maxiter": _MOST_STEPS}
        note = lambda theta: path.append(theta.copy())  # noqa: E731
        scipy.optimize.minimize(objective, start, jac=True, callback=note, options=options)
    # What counts is the gradient, also where the search ends in rounding noise.
    slope = np.abs(objective(path[-1])[1]).max()
    converged = bool(slope <= _FLAT)
    message = f"{len(path) - 1} steps; the largest component of the gradient is {slope:.0e}"
    if not converged:
        message = f"no minimum after {message}"
    return path[-1], converged, message, np.array(path)


def _newton(objective, theta, hessian) -> list[np.ndarray]:
    """Each step to the least of the local quadratic within a radius: Moré and Sorensen (1983)."""
    path, radius, (value, gradient) = [theta], 1.0, objective(theta)
    while np.linalg.norm(gradient) >= 1e-9 and len(path) <= _MOST_STEPS:
        bends, axes = np.linalg.eigh(hessian(theta))
        slopes = axes.T @ gradient
        low = max(0.0, 1e-14 * np.abs(bends).max() - bends[0])
        high = low + np.linalg.norm(slopes) / radius  # so much bend added, and the step is short
        inside = low == 0 < bends[0] and np.linalg.norm(slopes / bends) <= radius
        for _ in range(0 if inside else 50):
            bend = (low + high) / 2
            short = np.linalg.norm(slopes / (bends + bend)) <= radius
            low, high = (low, bend) if short else (bend, high)
        step = -slopes / (bends + (0 if inside else high))
        fall = -(slopes + bends * step / 2) @ step
        if not value - fall < value:  # less than rounding shows
            break
        new_value, new_gradient = objective(theta + axes @ step)
        got = (value - new_value) / fall
        radius *= 0.25 if got < 0.25 else 2 if got > 0.75 and not inside else 1
        if got > 0.15:
            theta, value, gradient = theta + axes @ step, new_value, new_gradient
        path.append(theta)
    return path


_MOST_STEPS = 2000
_FLAT = 1e-6


# --- Ends ------------------------------------------------------------------------------------

_NO_PATH = np.empty((0, 0))


def _finish(name, params, nll, converged, message, path=_NO_PATH, level=3) -> Fit:
    if not converged:
        warnings.warn(f"{name}: {message}", ConvergenceWarning, stacklevel=level)
    return Fit(params, float(nll), bool(converged), message, path)


def _closed(name, params, spread, nll, message="closed form") -> Fit:
    """End a fit without iterates; ``spread`` 0 means that the likelihood has no maximum."""
    if spread == 0:
        message = "every residual is zero: the likelihood grows without bound as the spread → 0"
        return _finish(name, params, -np.inf, False, message, level=4)
    return _finish(name, params, nll().sum(), True, message, level=4)


def _spread(spread, y) -> float:
    """The spread, or exactly 0 where it is no more than the rounding of y."""
    return 0.0 if spread <= 1e-13 * np.abs(y).max() else float(spread)


# --- Frames: features are standardised for the search and converted back for the reader --------


class _Frame(NamedTuple):
    centre: np.ndarray
    scale: np.ndarray

    def raw(self, theta):
        """(intercept, slopes) per raw feature from (…, 1 + D) per standardised feature."""
        slopes = theta[..., 1:] / self.scale
        return theta[..., 0] - slopes @ self.centre, slopes


def _standardise(name, X) -> tuple[np.ndarray, _Frame]:
    """Features with mean 0 and spread 1 (raw, Galton's surface has condition number 6.8e6)."""
    _demand_variation(name, X)
    frame = _Frame(X.mean(axis=0), X.std(axis=0))
    Z = (X - frame.centre) / frame.scale
    _demand_full_rank(name, Z)
    return Z, frame


def _orthonormal(name, features, y, scale=1.0) -> tuple[np.ndarray, np.ndarray]:
    """(Q, back): columns of size ``scale``, uncorrelated; raw weights = back @ weights of Q."""
    F = _numbers(name, features, ndims=(2,))
    _same_length(name, F, "y", y)
    _demand_full_rank(name, F)
    Q, R = np.linalg.qr(F)
    size = scale * np.sqrt(len(F))
    return Q * size, np.linalg.inv(R) * size


def _demand_variation(name, X):
    centre, scale = X.mean(axis=0), X.std(axis=0)
    for column in np.flatnonzero(scale <= 1e-13 * np.abs(centre)):
        raise ValueError(
            f"{name} must have two different values at least, "
            f"got {centre[column]:g} in every row of column {column}"
        )


def _demand_full_rank(name, X):
    rank = np.linalg.matrix_rank(X)
    if rank < X.shape[1]:
        raise ValueError(
            f"{name} must have linearly independent columns, got {X.shape[1]} of which only {rank} "
            f"are, in {len(X)} rows"
        )


def _with_ones(X) -> np.ndarray:
    return np.column_stack([np.ones(len(X)), X])


def _slope(slope, single) -> float | np.ndarray:
    return float(slope[0]) if single else slope


# --- Input -----------------------------------------------------------------------------------

_SHAPES = {0: "()", 1: "(I,)", 2: "(I, D)"}


def _numbers(name, values, ndims=(1,)) -> np.ndarray:
    (array,) = operands(**{name: values})
    if array.ndim not in ndims:
        allowed = " or ".join(_SHAPES[n] for n in ndims)
        raise ValueError(f"{name} must have shape {allowed}, got shape {array.shape}")
    demand_finite(**{name: array})
    return array


def _scalar(**argument) -> float:
    ((name, _),) = argument.items()
    (array,) = operands(**argument)
    if array.ndim:
        raise ValueError(f"{name} must be one number, got shape {array.shape}")
    return float(array)


def _above_zero(finite=True, **argument) -> float:
    ((name, _),) = argument.items()
    value = _scalar(**argument)
    allowed = "be > 0 and finite" if finite else "be > 0"
    demand(value > 0 and (value < np.inf or not finite), allowed, **{name: np.array(value)})
    return value


def _sample(name, values) -> np.ndarray:
    array = _numbers(name, values)
    if not len(array):
        raise ValueError(f"{name} must have one value at least, got none")
    return array


def _features(name, x) -> tuple[np.ndarray, bool]:
    X = _numbers(name, x, ndims=(1, 2))
    return (X[:, None], True) if X.ndim == 1 else (X, False)


def _same_length(name, array, other_name, other):
    if len(array) != len(other):
        raise ValueError(
            f"{name} and {other_name} must have equal lengths, got {len(array)} and {len(other)}"
        )


def _regression(x, y, more=1) -> tuple[np.ndarray, np.ndarray, bool]:
    """X (I, D), y (I,), and whether x came as one feature; at least D + ``more`` rows."""
    X, single = _features("x", x)
    y = _numbers("y", y)
    _same_length("x", X, "y", y)
    least = X.shape[1] + more if more else 2
    if len(y) < least:
        raise ValueError(f"x and y must have {least} rows at least, got {len(y)}")
    return X, y, single
