"""The pictures of notebook 03: the squared error as the NLL of a normal, and what σ is for.

Here: drawing, and gradient descent, whose path is the picture. The fits are `lossviz.fit`'s;
questions, derivations and exercises are in `lesson`.
"""

from math import erf, sqrt

import numpy as np

from lossviz import fit, style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Slider, Toggle, scene
from lossviz.losses import gaussian_nll
from lossviz.walk.common import crowd, density, key, minus, recipe_figure, spell

LOG_10 = np.log(10)


def slopes(y, z, intercept, grid):
    """The sum of squares of the lines intercept + slope·z, for every slope of the grid."""
    off = y - intercept
    return off @ off - 2 * grid * (off @ z) + grid**2 * (z @ z)


@scene(
    phi1=Slider(-0.2, 1.5, step=0.05, value=0.0, label="slope φ₁"),
    figsize=(9, 3.0),
    shows={"phi1": 0.65},
)
def recipe(fig, x, y):
    """The recipe filled in for one child: the slope moves the bell, and with it the loss."""
    sigma = fit.line(x, y).params["sigma"]
    grid = np.linspace(58, 80, 201)
    fill = recipe_figure(fig, "a line\nφ₀ + φ₁x", grid, "child y (in)", top=0.22)

    def update(phi1):
        mu = y.mean() + phi1 * (72.5 - x.mean())
        words = "parents\n72.5 in", f"μ = {mu:.2f}\nσ = {sigma:.2f}"
        return fill(*words, density(grid, mu, sigma), 72.2, density(72.2, mu, sigma))

    return update


@scene(
    sigma=Slider(1.0, 6.0, step=0.1, value=3.0, label="σ (in)"),
    phi1=Slider(-0.2, 1.5, step=0.01, value=0.4, label="slope φ₁"),
    shows={"sigma": 1.5, "phi1": 0.65},
)
def three_losses(fig, x, y):
    """Likelihood, NLL and sum of squares over the slope, at one σ, each with its best slope."""
    z = x - x.mean()
    grid = np.linspace(-0.2, 1.5, 681)
    squares = slopes(y, z, y.mean(), grid)
    names = ("likelihood ÷ best", "NLL (nats)", "sum of squares")
    limits = ((-0.05, 1.15), (1800, 4400), (4400, 7000))
    ticks = ((0, 0.5, 1), (2000, 3000, 4000), (5000, 6000, 7000))
    lines, dots, bests = [], [], []
    axes = fig.subplots(1, 3)
    for k, ax in enumerate(axes):
        colour, dash = style.COLOURS[k], style.DASHES[0]
        lines.append(ax.plot(grid, grid * 0, dash, color=colour)[0])
        bests.append(ax.axvline(0, color=style.MUTED, linestyle=":", linewidth=1.5))
        dots.append(
            ax.plot([], [], style.MARKERS[k], color=colour, markersize=10, clip_on=False)[0]
        )
        ax.set(xlim=(-0.2, 1.5), ylim=limits[k], xlabel="slope φ₁", title=names[k])
        ax.set_xticks([0, 0.5, 1, 1.5])
        ax.set_yticks(ticks[k])
    grab(axes[2], "phi1", at=lambda phi1: (phi1, slopes(y, z, y.mean(), phi1)))

    def update(sigma, phi1):
        shift = len(y) / 2 * np.log(2 * np.pi * sigma**2)
        here = slopes(y, z, y.mean(), phi1)
        nll, best = shift + squares / (2 * sigma**2), shift + squares.min() / (2 * sigma**2)
        nll_here = shift + here / (2 * sigma**2)
        curves = np.exp(best - nll), nll, squares
        heights = np.exp(best - nll_here), nll_here, here
        for k, curve in enumerate(curves):
            lines[k].set_ydata(curve)
            dots[k].set_data([phi1], [heights[k]])
            peak = grid[curve.argmax() if k == 0 else curve.argmin()]
            bests[k].set_xdata([peak, peak])
        tops = grid[curves[0].argmax()], grid[nll.argmin()], grid[squares.argmin()]
        return minus(
            f"At φ₁ = {phi1:.2f}, σ = {sigma:.1f}: likelihood 10 to the power "
            f"{-nll_here / LOG_10:.2f}, NLL {nll_here:.2f}, sum of squares {here:.2f}. "
            f"Best φ₁: {tops[0]:.2f}, {tops[1]:.2f}, {tops[2]:.2f}."
        )

    return update


def nll_by_covariance(errors, covariance):
    """The NLL of each row of errors (I, D) under one normal of D dimensions around 0."""
    log_det = np.linalg.slogdet(2 * np.pi * covariance)[1]
    return 0.5 * (log_det + np.sum(errors @ np.linalg.inv(covariance) * errors, axis=1))


def band(ax, name="line"):
    """A line and its two companions, 2σ above and below: three artists to be moved."""
    (centre,) = ax.plot([], [], "-", color=style.BLUE)
    edges = [ax.plot([], [], "--", color=style.VERMILION)[0] for _ in range(2)]
    key(ax, {name: centre, "±2σ": edges[0]})

    def move(x, mu, sigma):
        centre.set_data(x, mu)
        for edge, sign in zip(edges, (-2, 2), strict=True):
            edge.set_data(x, mu + sign * sigma)

    return move


def children(ax, x, y):
    """Galton's families on axes that fit every slope and σ of the sliders."""
    crowd(ax, x, y)
    ax.set(xlim=(63.5, 73.5), ylim=(56, 80), xlabel="parents (in)", ylabel="child (in)")
    ax.set_xticks([64, 67, 70, 73])
    ax.set_yticks([60, 70, 80])


@scene(
    sigma=Slider(1.0, 6.0, step=0.1, value=4.0, label="σ (in)"),
    phi1=Slider(-0.2, 1.5, step=0.01, value=0.65, label="slope φ₁"),
    shows={"phi1": 0.0, "sigma": 2.5},
)
def learn_sigma(fig, x, y):
    """A line with its band of ±2σ, and the NLL over σ with its lowest point at the RMSE."""
    left, right = fig.subplots(1, 2)
    children(left, x, y)
    move = band(left)
    ends = np.array([63.5, 73.5])
    sigmas = np.linspace(1, 6, 301)
    (curve,) = right.plot(sigmas, sigmas * 0, "-", color=style.BLUE)
    (low,) = right.plot([], [], "*", color=style.GREEN, markersize=16)
    (here,) = right.plot([], [], "o", color=style.VERMILION, markersize=10, clip_on=False)
    right.set(xlim=(1, 6), ylim=(1900, 4400), xlabel="σ (in)")
    key(right, {"here": here, "lowest": low}, "NLL")
    right.set_yticks([2000, 3000, 4000])

    def nll(squares, sigma):
        return len(y) * (0.5 * np.log(2 * np.pi) + np.log(sigma)) + squares / (2 * sigma**2)

    def squares_at(phi1):
        return slopes(y, x - x.mean(), y.mean(), phi1)

    grab(left, "phi1", at=lambda phi1: (72.0, y.mean() + phi1 * (72 - x.mean())))
    grab(right, "sigma", at=lambda sigma, phi1: (sigma, nll(squares_at(phi1), sigma)))

    def update(sigma, phi1):
        squares = squares_at(phi1)
        rmse = np.sqrt(squares / len(y))
        move(ends, y.mean() + phi1 * (ends - x.mean()), sigma)
        curve.set_ydata(nll(squares, sigmas))
        low.set_data([rmse], [nll(squares, rmse)])
        here.set_data([sigma], [nll(squares, sigma)])
        inside = np.mean(np.abs(y - y.mean() - phi1 * (x - x.mean())) <= 2 * sigma)
        return (
            f"σ = {sigma:.1f}: NLL {nll(squares, sigma):.2f}, and {inside:.1%} of the children "
            f"inside ±2σ. Lowest at σ = {rmse:.3f}: {nll(squares, rmse):.2f}."
        )

    return update


STEPS = 300


def descend(x, y, rate, start=(66.0, 0.0, 9.0), steps=STEPS):
    """Gradient descent on the mean NLL over (φ₀, φ₁, σ²); the path, shape (steps + 1, 3)."""
    path = [np.array(start)]
    for _ in range(steps):
        phi0, phi1, variance = path[-1]
        r = y - phi0 - phi1 * x
        by_variance = 0.5 / variance - np.mean(r**2) / (2 * variance**2)
        gradient = np.array([-r.mean() / variance, -np.mean(r * x) / variance, by_variance])
        path.append(path[-1] - rate * gradient)
    return np.array(path)


@scene(
    step=Slider(0, STEPS, value=0, label="steps"),
    centred=Toggle(value=True, label="centre the parents"),
    shows={"step": STEPS, "centred": False},
)
def descent(fig, x, y):
    """The line and its σ after some steps of gradient descent, and how far the NLL is to go."""
    left, right = fig.subplots(1, 2)
    children(left, x, y)
    move = band(left)
    ends = np.array([63.5, 73.5])
    best = fit.line(x, y).nll / len(y)
    # the largest that settle are 3.1 and 0.0021: twice σ² over the mean of x²
    runs = {True: (x.mean(), 2.0), False: (0.0, 0.002)}
    paths, gaps = {}, {}
    for centred, (middle, rate) in runs.items():
        path = paths[centred] = descend(x - middle, y, rate)
        mu = path[:, :1] + path[:, 1:2] * (x - middle)
        gaps[centred] = gaussian_nll(y[None, :], mu, np.sqrt(path[:, 2:])).mean(axis=1) - best
        dash, colour = ("-", style.BLUE) if centred else ("--", style.VERMILION)
        right.plot(np.maximum(gaps[centred], 1e-7), dash, color=colour)
    right.text(5, 2e-6, "centred", color=style.BLUE)
    right.text(STEPS, 0.4, "as they are", color=style.VERMILION, ha="right")
    (here,) = right.plot([], [], "o", color=style.INK, markersize=10, clip_on=False, zorder=5)
    right.set(yscale="log", xlim=(0, STEPS), ylim=(1e-7, 30), xlabel="steps")
    right.set_title("mean NLL above the lowest")
    right.set_yticks([1e-6, 1e-4, 1e-2, 1], ["10⁻⁶", "10⁻⁴", "10⁻²", "1"])
    right.minorticks_off()

    def update(step, centred):
        middle, rate = runs[centred]
        phi0, phi1, variance = paths[centred][step]
        move(ends, phi0 + phi1 * (ends - middle), np.sqrt(variance))
        gap = gaps[centred][step]
        here.set_data([step], [max(gap, 1e-7)])
        return (
            f"Step {step}, rate {rate:g}: child = {phi0 - phi1 * middle:.3f} + {phi1:.3f}·parent, "
            f"σ = {np.sqrt(variance):.3f}; mean NLL {max(gap, 0):.4f} nats above the lowest."
        )

    return update


PEAK, WHOLE = "the peak", "the whole bell"


@scene(
    give=Choice((PEAK, WHOLE), label="predict"),
    parent=Slider(64.0, 73.0, step=0.5, value=73.0, label="parents (in)"),
    above=Slider(62.0, 78.0, step=0.5, value=73.0, label="taller than (in)"),
    shows={"give": WHOLE},
)
def inference(fig, x, y):
    """The prediction for one couple: the peak of the bell, or the bell with the area of its end."""
    left, right = fig.subplots(1, 2)
    children(left, x, y)
    params = fit.line(x, y).params
    sigma = params["sigma"]
    ends = np.array([63.5, 73.5])
    (line,) = left.plot(ends, params["intercept"] + params["slope"] * ends, color=style.BLUE)
    cut = left.axvline(0, color=style.MUTED, linestyle=":")
    (spot,) = left.plot([], [], "D", color=style.VERMILION, markersize=10)
    key(left, {"line": line, "one couple": spot})
    grid = np.linspace(58, 80, 441)
    (bell,) = right.plot(grid, grid * 0, "-", color=style.BLUE)
    # a polygon that update moves: the tail above the chosen height
    (tail,) = right.fill([0, 1, 1], [0, 0, 1], color=style.BLUE, alpha=0.3, linewidth=0)
    asked = right.axvline(0, color=style.MUTED, linestyle=":")
    (number,) = right.plot([], [], "D", color=style.VERMILION, markersize=10, clip_on=False)
    right.set(xlim=(58, 80), ylim=(0, 0.2), xlabel="child (in)", title="p(child | parents)")
    right.set_xticks([60, 65, 70, 75, 80])
    right.set_yticks([0, 0.1, 0.2])

    def mean_at(parent):
        return params["intercept"] + params["slope"] * parent

    grab(left, "parent", at=lambda parent: (parent, mean_at(parent)))
    grab(right, "above", at=lambda above: (above, 0.02))

    def update(give, parent, above):
        mu = mean_at(parent)
        whole = give == WHOLE
        cut.set_xdata([parent, parent])
        asked.set_xdata([above, above])
        spot.set_data([parent], [mu])
        number.set_data([mu], [np.exp(-gaussian_nll(mu, mu, sigma)) if whole else 0.0])
        density = np.exp(-gaussian_nll(grid, mu, sigma))
        bell.set(ydata=density, visible=whole)
        end = grid >= above
        tail.set_visible(whole)
        tail.set_xy([(above, 0), *zip(grid[end], density[end], strict=True), (80, 0)])
        if not whole:
            return (
                f"Parents of {parent:.1f} in: ◆ the peak is at {mu:.2f} in. The dotted line on the "
                f"right is at {above:.1f} in."
            )
        share = 0.5 * (1 - erf((above - mu) / (sigma * sqrt(2))))
        return (
            f"Parents of {parent:.1f} in: ◆ {mu:.2f} in, ±2σ from {mu - 2 * sigma:.2f} to "
            f"{mu + 2 * sigma:.2f}; taller than {above:.1f} in with probability {share:.3f}."
        )

    return update


ONE, TWO = "one σ for all", "σ(time)"
REGIONS = ("flat start", "crash", "rebound")


def region(time):
    """0 for the flat start (before 14 ms), 1 for the crash (to 30 ms), 2 for the rebound."""
    return np.digitize(time, [14.0, 30.0])


@scene(
    spread=Choice((ONE, TWO), label="spread"),
    time=Slider(3.0, 57.0, step=0.5, value=8.0, label="time (ms)"),
    shows={"spread": TWO},
)
def two_spreads(fig, ms, g, mean_basis, spread_basis, floor):
    """The fitted curve with its band of ±2σ, and σ over time: one for all, or one for each time."""
    left, right = fig.subplots(1, 2, width_ratios=(3, 2))
    left.plot(ms, g, "o", color=style.MUTED, markersize=4)
    for ax in (left, right):
        for border in (14, 30):
            ax.axvline(border, color=style.FAINT, linewidth=1.5)
    move = band(left, "mean")
    cut = left.axvline(0, color=style.INK, linestyle=":")
    left.set(xlim=(2, 58), ylim=(-215, 140), xlabel="time (ms)", ylabel="acceleration (g)")
    left.set_yticks([-150, -100, -50, 0, 50, 100])
    grid = np.linspace(2, 58, 225)
    bases = {ONE: lambda t: np.ones((len(t), 1)), TWO: spread_basis}
    mus, sigmas, words = {}, {}, {}
    for (name, basis), colour, dash in zip(
        bases.items(), (style.GREEN, style.VERMILION), ("-.", "--"), strict=True
    ):
        found = fit.heteroscedastic(mean_basis(ms), basis(ms), g, floor)
        curve = _outputs(found, mean_basis, basis, floor)
        mus[name], sigmas[name] = curve(grid)
        mu, sigma = curve(ms)
        inside = np.abs(g - mu) <= 2 * sigma
        words[name] = ", ".join(
            f"{r} {inside[region(ms) == k].mean():.0%}" for k, r in enumerate(REGIONS)
        )
        right.plot(grid, sigmas[name], dash, color=colour, linewidth=1.5)
    (chosen,) = right.plot([], [], "-", color=style.BLUE, linewidth=4, alpha=0.5)
    (dot,) = right.plot([], [], "o", color=style.INK, markersize=9)
    right.set(xlim=(2, 58), ylim=(0, 50), xlabel="time (ms)", title="σ (g)")

    def update(spread, time):
        mu, sigma = mus[spread], sigmas[spread]
        move(grid, mu, sigma)
        chosen.set_data(grid, sigma)
        cut.set_xdata([time, time])
        at = np.interp(time, grid, mu), np.interp(time, grid, sigma)
        dot.set_data([time], [at[1]])
        return minus(
            f"At {time:.1f} ms: mean {at[0]:.1f} g, σ {at[1]:.1f} g. Inside ±2σ: {words[spread]}."
        )

    return update


def _outputs(found, mean_basis, spread_basis, floor):
    """The fit's two outputs, as a function of time."""

    def curve(t):
        raw = spread_basis(t) @ found.params["sigma_weights"]
        return mean_basis(t) @ found.params["mu_weights"], fit.sigma_from(raw, floor)

    return curve


@scene(
    sigma=Slider(0.001, 100.0, step=0.1, value=10.0, label="σ there (g)", log=True),
    miss=Slider(0.0, 10.0, step=0.5, value=0.0, label="curve misses by (g)"),
    shows={"sigma": 0.001},
)
def one_point(fig, others):
    """The NLL of one point whose curve runs through it, over its σ; and that of other readings."""
    left, right = fig.subplots(1, 2)
    sigmas = np.logspace(-3, 2, 401)
    theirs = gaussian_nll(others[:, None], 0.0, sigmas[None, :]).mean(axis=0)
    (curve,) = left.plot(sigmas, sigmas * 0, "-", color=style.BLUE)
    (low,) = left.plot([], [], "*", color=style.GREEN, markersize=16)
    right.plot(sigmas, theirs, "--", color=style.VERMILION)
    dots = []
    for ax, title in ((left, "NLL of the point"), (right, "mean NLL of the others")):
        dots.append(ax.plot([], [], "o", color=style.INK, markersize=9, clip_on=False)[0])
        ax.axvline(1.0, color=style.MUTED, linestyle=":")
        ax.set(xscale="log", xlim=(1e-3, 1e2), xlabel="σ at this point (g)", title=title)
        ax.set_xticks([1e-3, 1e-2, 1e-1, 1, 10, 100], ["0.001", "", "0.1", "1", "", "100"])
    left.set_ylim(-7, 13)
    right.set(yscale="log", ylim=(1, 1e10))
    right.set_yticks([1, 1e3, 1e6, 1e9], ["1", "1000", "10⁶", "10⁹"])
    for ax in (left, right):
        ax.minorticks_off()

    def update(sigma, miss):
        here = gaussian_nll(miss, 0.0, sigma)
        there = gaussian_nll(others, 0.0, sigma).mean()
        curve.set_ydata(gaussian_nll(miss, 0.0, sigmas))
        dots[0].set_data([sigma], [min(here, 13)])
        dots[1].set_data([sigma], [there])
        if miss:
            low.set_data([miss], [gaussian_nll(miss, 0.0, miss)])
            end = f"lowest at σ = {miss:.1f}, where it is {gaussian_nll(miss, 0.0, miss):.2f}"
        else:
            low.set_data([], [])
            end = "it has no lowest value"
        theirs = spell(there) if there >= 1e5 else f"{there:.4g}"
        return minus(
            f"σ = {sigma:.3g} g, curve off by {miss:.1f} g: NLL of the point {here:.5g}; {end}. "
            f"Mean NLL of the other three readings: {theirs}."
        )

    return update
