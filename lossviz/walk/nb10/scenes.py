"""The pictures of notebook 10: narrow bells for Dirac deltas, one for each datum.

Here: drawing, and what a comb of narrow bells adds up to. Questions, derivations and exercises are
in `lesson`.

A comb is p̂(y) = (1/I) Σ N(y; yᵢ, w²). Equal data share a tooth: `teeth(y)` gives the places and
the share of each.
"""

from math import erf, exp, pi, sqrt

import numpy as np

from lossviz import style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Slider, Toggle, scene
from lossviz.losses import gaussian_nll
from lossviz.walk.common import density, key, plain

WIDTH = Slider(0.001, 3.0, step=0.05, value=0.5, label="w (in)", log=True)


# --- Combs -----------------------------------------------------------------------------------


def teeth(y):
    """The different values among the data, and the share of each."""
    places, counts = np.unique(y, return_counts=True)
    return places, counts / len(y)


def comb(grid, y, w):
    """p̂(y) on the grid: one bell of width w for each datum."""
    places, shares = teeth(y)
    return density(grid[:, None], places[None, :], w) @ shares


def log_comb(grid, places, shares, w):
    """log p̂ on a grid of two axes; the largest tooth is taken out first, so nothing underflows."""
    logs = np.log(shares) - gaussian_nll(grid[..., None], places[None, None, :], w)
    top = logs.max(axis=-1)
    return top + np.log(np.exp(logs - top[..., None]).sum(axis=-1))


# Nodes z and weights with Σ weight · f(z) = the mean of f over a standard normal. 61 of them are
# exact for polynomials up to degree 121.
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def p_log_p(y, w):
    """∫ p̂ log p̂, tooth by tooth: the mean of log p̂ over each bell, weighted by its share."""
    places, shares = teeth(y)
    logs = log_comb(places[:, None] + w * NODES, places, shares, w)
    return float(shares @ logs @ WEIGHTS)


def cross_entropy(y, w, mu, sigma):
    """−∫ p̂ log p_θ in nats, for a normal p_θ: each datum's NLL, and w²/2σ² for its bell's width."""
    return gaussian_nll(y, mu, sigma).mean() + w**2 / (2 * sigma**2)


# --- Sifting: ∫ f(x) N(x; x₀, w²) dx in closed form ------------------------------------------


def _bell(z):
    return exp(-(z**2) / 2) / sqrt(2 * pi)


def _below(z):
    return 0.5 * (1 + erf(z / sqrt(2)))


FUNCTIONS = {
    "x²": (np.square, lambda x0, w: x0**2 + w**2),
    "cos 3x": (lambda x: np.cos(3 * x), lambda x0, w: np.cos(3 * x0) * exp(-4.5 * w**2)),
    "|x|": (np.abs, lambda x0, w: 2 * w * _bell(x0 / w) + x0 * (2 * _below(x0 / w) - 1)),
    "step at 0": (lambda x: np.where(x > 0, 1.0, 0.0), lambda x0, w: _below(x0 / w)),
}


@scene(
    w=Slider(0.05, 2.0, step=0.02, value=1.0, label="w, width", log=True),
    x0=Slider(-1.5, 1.5, step=0.05, value=0.5, label="x₀"),
    f=Choice(tuple(FUNCTIONS), label="f"),
    shows={"w": 0.05},
)
def delta(fig):
    """A bell of area 1 that grows narrow; f; and how far ∫ f·bell is from f(x₀)."""
    left, right = fig.subplots(1, 2)
    # finest where the narrowest bell needs it: x₀ + w·z
    z = np.concatenate(
        [np.linspace(-120, -5, 60), np.linspace(-5, 5, 121), np.linspace(5, 120, 60)]
    )
    grid = np.linspace(-3, 3, 601)
    (bell,) = left.plot([], [], "-", color=style.BLUE, label="bell")
    (area,) = left.fill([0, 1, 1], [0, 0, 1], color=style.BLUE, alpha=0.2, linewidth=0)
    (curve,) = left.plot(grid, grid * 0, "--", color=style.VERMILION, label="f")
    (spot,) = left.plot([], [], "o", color=style.VERMILION, markersize=9)
    left.set(xlim=(-3, 3), ylim=(-1.2, 10.8), xlabel="x", yticks=[0, 2, 4, 6, 8])
    left.legend(loc="upper left", ncols=2)
    ws = np.geomspace(0.05, 2, 161)
    (line,) = right.plot(ws, ws, "-", color=style.BLUE)
    (here,) = right.plot([], [], "o", color=style.INK, markersize=10, zorder=5, clip_on=False)
    right.set(xscale="log", yscale="log", xlim=(0.05, 2), ylim=(1e-6, 10))
    right.set(xlabel="w, the bell's width", title="from ∫ f·bell to f(x₀)")
    right.set_xticks([0.05, 0.1, 0.5, 1, 2], ["0.05", "0.1", "0.5", "1", "2"])
    right.set_yticks([1e-4, 1e-2, 1], ["0.0001", "0.01", "1"])
    right.minorticks_off()

    def update(w, x0, f):
        function, smoothed = FUNCTIONS[f]
        x = x0 + w * z
        height = density(x, x0, w)
        bell.set_data(x, height)
        area.set_xy([(x[0], 0), *zip(x, height, strict=True), (x[-1], 0)])
        curve.set_ydata(function(grid))
        target, value = float(function(np.array(x0))), float(smoothed(x0, w))
        spot.set_data([x0], [target])
        tried = ws[ws >= w * 0.999]  # the way so far, from the widest on
        gaps = [max(abs(smoothed(x0, width) - target), 1e-6) for width in tried]
        line.set_data(tried, gaps)
        here.set_data([w], [max(abs(value - target), 1e-6)])
        # the area over the whole line, by the trapezoid rule
        total = np.trapezoid(height, x)
        return (
            f"w = {w:.3g}: peak {density(x0, x0, w):.3f}, area {total:.3f}. "
            f"∫ f·bell = {value:.4f}, f(x₀) = {target:.4f}, apart {abs(value - target):.6f}."
        ).replace("-", "−")

    return update


@scene(
    w=WIDTH,
    mu=Slider(65.0, 71.0, step=0.1, value=69.5, label="μ (in)"),
    sigma=Slider(2.0, 6.0, step=0.1, value=3.0, label="σ (in)"),
    settle=Toggle(label="show where it settles"),
    shows={"w": 0.001, "settle": True},
)
def comb_of_data(fig, y):
    """The data as a comb of bells, a model; and the cross-entropy of the two over the width."""
    left, right = fig.subplots(1, 2)
    places, _ = teeth(y)
    base = np.linspace(55, 81, 521)
    near = np.linspace(-4, 4, 41)
    (combed,) = left.plot([], [], "-", color=style.BLUE, linewidth=1.5, label=r"comb $\hat p$")
    (model,) = left.plot(base, base * 0, "--", color=style.VERMILION, label=r"model $p_\theta$")
    left.set(xlim=(55, 81), ylim=(0, 1.35), xlabel="height (in)", yticks=[])
    left.set_title("each with its top at 1")
    left.legend(loc="upper left", ncols=2)
    ws = np.geomspace(0.001, 3, 141)
    (curve,) = right.plot(ws, ws * 0, "-", color=style.BLUE)
    (goal,) = right.plot(ws[[0, -1]], [0, 0], "--", color=style.VERMILION)
    (here,) = right.plot([], [], "o", color=style.INK, markersize=10, zorder=5, clip_on=False)
    right.set(xscale="log", xlim=(0.001, 3.6), ylim=(2.2, 5), xlabel="w, the width (in)")
    right.set_title("cross-entropy (nats)")
    right.set_xticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
    right.minorticks_off()
    grab(left, "mu", at=lambda mu: (mu, 1))
    grab(left, "sigma", at=lambda mu, sigma: (mu + sigma, np.exp(-0.5)))
    grab(right, "w", at=lambda w, mu, sigma: (w, cross_entropy(y, w, mu, sigma)))

    def update(w, mu, sigma, settle):
        grid = np.sort(np.concatenate([base, (places[:, None] + w * near).ravel()]))
        height = comb(grid, y, w)
        combed.set_data(grid, height / height.max())
        model.set_ydata(np.exp(-((base - mu) ** 2) / (2 * sigma**2)))
        value = cross_entropy(y, w, mu, sigma)
        nll = gaussian_nll(y, mu, sigma).mean()
        curve.set_ydata(cross_entropy(y, ws, mu, sigma))
        goal.set_ydata([nll, nll])
        for artist in (curve, goal):
            artist.set_visible(settle)
        here.set_data([w], [value])
        said = f"w = {w:.3g} in: cross-entropy −∫ p̂ log p_θ = {value:.7f} nats."
        if settle:
            said += (
                f" Mean NLL of the data {nll:.7f}; the difference is "
                f"w²/2σ² = {plain(w**2 / (2 * sigma**2))}."
            )
        return said

    return update


@scene(
    w=Slider(0.001, 3.0, step=0.05, value=1.0, label="w (in)", log=True),
    dropped=Toggle(label="drop ∫ p̂ log p̂"),
    shows={"w": 0.001},
)
def dropped_term(fig, y):
    """KL over μ and over σ, or what is left of it without ∫ p̂ log p̂; each with its lowest point."""
    axes = fig.subplots(1, 2)
    mean, variance = y.mean(), y.var()
    mus, sigmas = np.linspace(64, 72, 161), np.linspace(1.5, 6, 181)
    lines, lows, bests = [], [], []
    for ax, grid, name in zip(axes, (mus, sigmas), ("μ (in)", "σ (in)"), strict=True):
        lines.append(ax.plot(grid, grid * 0, "-", color=style.BLUE)[0])
        lows.append(ax.plot([], [], "*", color=style.VERMILION, markersize=17, zorder=5)[0])
        bests.append(ax.axvline(0, color=style.VERMILION, linestyle="--", linewidth=1.2))
        ax.set(xlim=(grid[0], grid[-1]), ylim=(-0.3, 8), xlabel=name, yticks=[0, 2, 4, 6, 8])
        key(ax, {f"over {name[0]}": lines[-1], "lowest": lows[-1]})
    axes[0].set_ylabel("nats")
    axes[1].axvline(sqrt(variance), color=style.MUTED, linestyle=":")
    axes[1].text(sqrt(variance) - 0.08, 7.9, "MLE", ha="right", va="top", color=style.MUTED)

    def update(w, dropped):
        term = p_log_p(y, w)
        best = sqrt(variance + w**2)
        keep = 0.0 if dropped else term
        over_mu = [cross_entropy(y, w, mu, best) + keep for mu in mus]
        over_sigma = np.log(2 * np.pi * sigmas**2) / 2 + (variance + w**2) / (2 * sigmas**2) + keep
        lowest = cross_entropy(y, w, mean, best) + keep
        for line, low, mark, values, place in zip(
            lines, lows, bests, (over_mu, over_sigma), (mean, best), strict=True
        ):
            line.set_ydata(values)
            low.set_data([place], [lowest])
            mark.set_xdata([place, place])
        what = "Cross-entropy" if dropped else "KL"
        return (
            (
                f"w = {w:.3g} in: ∫ p̂ log p̂ = {term:.4f} nats. {what} lowest, {lowest:.4f}, at "
                f"μ = {mean:.4f} and σ = {best:.5f}; the MLE has σ = {sqrt(variance):.5f}."
            )
            .replace("-∞", "−∞")
            .replace("= -", "= −")
            .replace(", -", ", −")
        )

    return update


@scene(
    slope=Slider(-0.2, 1.5, step=0.01, value=0.2, label="slope φ₁"),
    w=Slider(0.001, 3.0, step=0.05, value=1.0, label="w (in)", log=True),
    best=Toggle(label="mark the lowest points"),
    shows={"slope": 0.65, "w": 3.0, "best": True},
)
def full_circle(fig, x, y, sigma):
    """A narrow bell at each pair, a line for a model; and the cross-entropy over the slope."""
    left, right = fig.subplots(1, 2)
    centred = x - x.mean()
    pairs, counts = np.unique(np.column_stack([x, y]), axis=0, return_counts=True)
    segments = left.vlines(pairs[:, 0], pairs[:, 1], pairs[:, 1], color=style.BLUE, alpha=0.35)
    left.scatter(*pairs.T, s=3 + 2.5 * counts, color=style.MUTED, linewidths=0, zorder=3)
    ends = np.array([63.5, 73.5])
    (model,) = left.plot(ends, ends, "--", color=style.VERMILION, zorder=4)
    left.set(xlim=(63.5, 73.5), ylim=(56, 80), xlabel="parents (in)", ylabel="child (in)")
    key(left, {"datum ± w": segments, "model": model})
    slopes = np.linspace(-0.2, 1.5, 171)
    off = y - y.mean()
    squares = off @ off - 2 * slopes * (off @ centred) + slopes**2 * (centred @ centred)
    squares = squares / len(y)
    constant = np.log(2 * np.pi * sigma**2) / 2
    (curve,) = right.plot(slopes, squares, "-", color=style.BLUE)
    (scaled,) = right.plot(slopes, squares / (2 * sigma**2), "-.", color=style.GREEN)
    (here,) = right.plot([], [], "o", color=style.INK, markersize=10, zorder=5, clip_on=False)
    lowest = slopes[squares.argmin()]
    (low,) = right.plot([], [], "*", color=style.VERMILION, markersize=17, zorder=4)
    right.set(xlim=(-0.2, 1.5), ylim=(0, 3.5), xlabel="slope φ₁", title="nats")
    right.set(xticks=[0, 0.5, 1, 1.5], yticks=[0, 1, 2, 3])
    right.text(1.48, 1.7, "cross-entropy", ha="right", color=style.BLUE)
    name = right.text(1.48, 1.05, "MSE ÷ 2σ²", ha="right", color=style.GREEN)

    def update(slope, w, best):
        model.set_ydata(y.mean() + slope * (ends - x.mean()))
        segments.set_segments([[(a, b - w), (a, b + w)] for a, b in pairs])
        extra = constant + w**2 / (2 * sigma**2)
        curve.set_ydata(extra + squares / (2 * sigma**2))
        error = np.mean((off - slope * centred) ** 2)
        here.set_data([slope], [extra + error / (2 * sigma**2)])
        at_best = squares.min() / (2 * sigma**2)
        low.set_data([lowest] * 2, [extra + at_best, at_best])
        for artist in (low, scaled, name):
            artist.set_visible(best)
        tip = f" ★ All three are lowest at φ₁ = {lowest:.2f}." if best else ""
        return (
            f"φ₁ = {slope:.2f}, w = {w:.3g} in: cross-entropy {extra + error / (2 * sigma**2):.6f} "
            f"nats, mean NLL {constant + error / (2 * sigma**2):.6f}, mean squared error "
            f"{error:.4f} in².{tip}"
        ).replace("= -", "= −")

    return update
