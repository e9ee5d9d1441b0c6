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

from lossviz import losses

# scipy.optimize is imported where it is used: it would double the cost of importing this module.


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


def normal(y) -> Fit:
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


# --- Lines -----------------------------------------------------------------------------------


def line(x, y) -> Fit:
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


# --- Ends ------------------------------------------------------------------------------------

_NO_PATH = np.empty((0, 0))


def _finish(name, params, nll, converged, message, path=_NO_PATH, level=3) -> Fit:
    if not converged:
        warnings.warn(f"{name}: {message}", ConvergenceWarning, stacklevel=level)
    return Fit(params, float(nll), bool(converged), message, path)


def _closed(name, params, spread, nll) -> Fit:
    """End a closed-form fit; ``spread`` 0 means that the likelihood has no maximum."""
    if spread == 0:
        message = "every residual is zero: the likelihood grows without bound as the spread → 0"
        return _finish(name, params, -np.inf, False, message, level=4)
    return _finish(name, params, nll().sum(), True, "closed form", level=4)


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
    frame = _Frame(X.mean(axis=0), X.std(axis=0))
    for column, (centre, scale) in enumerate(zip(*frame, strict=True)):
        if scale <= 1e-13 * abs(centre) or scale == 0:
            raise ValueError(
                f"{name} = {centre:g} in every row of column {column}: "
                "at least two different values are needed"
            )
    Z = (X - frame.centre) / frame.scale
    if np.linalg.matrix_rank(Z) < Z.shape[1]:
        raise ValueError(
            f"{name}: of its {Z.shape[1]} columns only {np.linalg.matrix_rank(Z)} are linearly "
            "independent; leave out those that are sums of others"
        )
    return Z, frame


def _with_ones(X) -> np.ndarray:
    return np.column_stack([np.ones(len(X)), X])


def _slope(slope, single) -> float | np.ndarray:
    return float(slope[0]) if single else slope


# --- Input -----------------------------------------------------------------------------------


def _numbers(name, values, ndims=(1,)) -> np.ndarray:
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} = {values!r}: numbers are needed") from None
    if array.ndim not in ndims:
        allowed = " or ".join({1: "(I,)", 2: "(I, D)"}[n] for n in ndims)
        raise ValueError(f"{name} has shape {array.shape}; it must be {allowed}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name}[{', '.join(map(str, where))}] = {array[where]}: must be finite")
    return array


def _sample(name, values, least=1) -> np.ndarray:
    array = _numbers(name, values)
    if len(array) < least:
        raise ValueError(f"{name} has {len(array)} values; at least {least} are needed")
    return array


def _features(name, x) -> tuple[np.ndarray, bool]:
    X = _numbers(name, x, ndims=(1, 2))
    return (X[:, None], True) if X.ndim == 1 else (X, False)


def _same_length(name, array, other_name, other):
    if len(array) != len(other):
        raise ValueError(
            f"{name} has {len(array)} rows, {other_name} has {len(other)}: must be equal"
        )


def _regression(x, y, extra=1) -> tuple[np.ndarray, np.ndarray, bool]:
    X, single = _features("x", x)
    y = _numbers("y", y)
    _same_length("x", X, "y", y)
    least = X.shape[1] + extra
    if len(y) < least:
        raise ValueError(f"x and y have {len(y)} rows; at least {least} are needed")
    return X, y, single


def _positive(name, value) -> float:
    if not (np.ndim(value) == 0 and 0 < value < np.inf):
        raise ValueError(f"{name} = {value!r}: must be a positive finite number")
    return float(value)
