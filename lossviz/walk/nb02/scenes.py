"""The pictures of notebook 02: likelihood, its logarithm, and what neither of them is.

Here: drawing, and the few numbers that a picture needs (a sample, an area, a contour's outline).
The losses come from `lossviz.losses`; questions, derivations and exercises are in `lesson`.
"""

import numpy as np

from lossviz import style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Press, Slider, Toggle, scene
from lossviz.losses import gaussian_nll
from lossviz.walk.common import density, key, minus, plain, spell


def draw_people(heights, count, seed):
    """`count` different people, in an order that the seed fixes."""
    order = np.random.default_rng(seed).random(len(heights)).argsort()
    return heights[order[:count]]


def resample(heights, count=2000):
    """`count` people drawn at random with replacement, the same ones every time."""
    return heights[(np.random.default_rng(2).random(count) * len(heights)).astype(int)]


def log_likelihood(size, mean, spread, mu, sigma):
    """ℓ(μ, σ) of `size` points, from their mean and their standard deviation (over I) alone."""
    return -size * (
        0.5 * np.log(2 * np.pi) + np.log(sigma) + (spread**2 + (mean - mu) ** 2) / (2 * sigma**2)
    )


def outline(level, size, mean, spread, sigmas):
    """The closed curve of all (μ, σ) with ℓ(μ, σ) = level: ℓ solved for μ at each σ."""
    square = 2 * sigmas**2 * (-level / size - 0.5 * np.log(2 * np.pi) - np.log(sigmas)) - spread**2
    inside = square >= 0
    half = np.sqrt(square[inside])
    there, back = sigmas[inside], sigmas[inside][::-1]
    around = np.concatenate([mean - half, (mean + half)[::-1]])
    return np.append(around, around[:1]), np.concatenate([there, back, there[:1]])


BELOW_TOP = (1, 3, 10, 30, 100)


@scene(
    mu=Slider(60.0, 76.0, step=0.1, value=64.0, label="μ (in)"),
    sigma=Slider(1.0, 6.0, step=0.1, value=4.0, label="σ (in)"),
    I=Slider(1, 40, value=5, label="I, people"),
    again=Press("New sample"),
    shows={"sigma": 1.0},
)
def normal_likelihood(fig, heights):
    """The density at each person's height (stems), and the log-likelihood over μ and σ."""
    left, right = fig.subplots(1, 2)
    grid = np.linspace(58, 78, 401)
    (curve,) = left.plot(grid, grid * 0, color=style.BLUE)
    stems = left.vlines([], 0, 1, color=style.VERMILION, linewidth=1.5)
    (people,) = left.plot([], [], "o", color=style.VERMILION, clip_on=False)
    left.axhline(0, color=style.INK, linewidth=0.8)
    left.set(xlim=(58, 78), ylim=(-0.13, 0.42), xlabel="height y (in)", ylabel="density p(y)")
    left.set_yticks([0, 0.1, 0.2, 0.3, 0.4])
    left.set_title("one stem for each person")

    widths = (2.4, 2.0, 1.6, 1.2, 0.8)
    rings = [right.plot([], [], "-", color=style.MUTED, linewidth=w)[0] for w in widths]
    (top,) = right.plot([], [], "*", color=style.GREEN, markersize=15)
    (here,) = right.plot([], [], "o", color=style.BLUE, markersize=10, clip_on=False)
    right.set(xlim=(59.5, 76.5), ylim=(0, 6.2), xlabel="μ (in)", ylabel="σ (in)")
    right.set_xticks([60, 65, 70, 75])
    key(right, {"here": here, "top": top}, "log-likelihood")
    sigmas = np.linspace(0.1, 6.4, 1500)
    grab(left, "mu", at=lambda mu, sigma: (mu, density(mu, mu, sigma)))
    grab(left, "sigma", at=lambda mu, sigma: (mu + sigma, density(sigma, 0, sigma)))
    grab(right, "mu", "sigma", at=lambda mu, sigma: (mu, sigma))

    def update(mu, sigma, I, again):
        y = draw_people(heights, I, again)
        mean, spread = y.mean(), y.std()
        p = density(y, mu, sigma)
        curve.set_ydata(density(grid, mu, sigma))
        stems.set_segments([[(x, 0), (x, height)] for x, height in zip(y, p, strict=True)])
        people.set_data(y, -0.012 - 0.013 * _rank_among_equals(y))
        here.set_data([mu], [sigma])
        best = log_likelihood(I, mean, spread, mean, max(spread, sigmas[0]))
        for ring, below in zip(rings, BELOW_TOP, strict=True):
            ring.set_data(*outline(best - below, I, mean, spread, sigmas))
        if spread:
            top.set_data([mean], [spread])
            tip = f"The top, ★, is {best:.2f}, at μ = {mean:.2f} and σ = {spread:.2f}."
        else:
            top.set_data([], [])
            tip = "There is no top: all heights are equal, so ℓ grows without end as σ → 0."
        log_l = -gaussian_nll(y, mu, sigma).sum()
        return minus(
            f"Product of the stems: {spell(np.prod(p))}. Sum of their logs ℓ = {log_l:.2f}. {tip}"
        )

    return update


def _rank_among_equals(y):
    """0 for the first point at its value, 1 for the second, …: how far down to stack its dot."""
    return np.array([np.sum(y[:i] == y[i]) for i in range(len(y))])


@scene(I=Slider(1, 2000, value=10, label="I, people"), shows={"I": 330})
def underflow(fig, heights):
    """The size of the product of I densities: exact, and as far as two kinds of floats get."""
    ax = fig.subplots()
    mu, sigma = heights.mean(), heights.std()
    y = resample(heights)
    logs = np.cumsum(-gaussian_nll(y, mu, sigma))
    p = density(y, mu, sigma)
    with np.errstate(under="ignore"):
        double = np.cumprod(p)
        single = np.cumprod(p.astype(np.float32), dtype=np.float32)
    people = np.arange(1, 2001)
    size = -logs / np.log(10)  # the likelihood is 10 to the minus this
    shown = [
        ax.plot([], [], "-", color=colour, linewidth=width, label=label)[0]
        for colour, width, label in (
            (style.GREEN, 13, "product, float32"),
            (style.VERMILION, 7, "product, float64"),
            (style.BLUE, 2, "sum of logs"),
        )
    ]
    alive = (people[single > 0], people[double > 0], people)
    ends = []
    for reach, kind in zip(alive[:2], ("float32", "float64"), strict=True):
        end = ax.annotate(f"✗ {kind}: 0", (len(reach), size[len(reach) - 1]), zorder=4)
        end.set(va="bottom", ha="left", annotation_clip=False)
        ends.append(end)
    (here,) = ax.plot([], [], "o", color=style.INK, markersize=9, zorder=5)
    ax.set(xscale="log", yscale="log", xlim=(0.9, 2600), ylim=(4000, 0.7))
    ax.set(xlabel="I, the number of people (log scale)", ylabel="likelihood (log of its log)")
    exponents = (1, 10, 100, 1000)
    ax.set_xticks(exponents, [str(e) for e in exponents])
    ax.set_yticks(exponents, [f"$10^{{-{e}}}$" for e in exponents])
    ax.minorticks_off()
    ax.legend(loc="lower left")

    def update(I):
        for line, reach in zip(shown, alive, strict=True):
            line.set_data(reach[:I], size[: len(reach[:I])])
        for end, reach in zip(ends, alive[:2], strict=True):
            end.set_visible(len(reach) < I)
        here.set_data([I], [size[I - 1]])
        return minus(
            f"I = {I}: product {spell(single[I - 1])} in float32, {spell(double[I - 1])} in "
            f"float64; sum of logs {logs[I - 1]:.2f}, so the likelihood is 10 to the power "
            f"{-size[I - 1]:.2f}."
        )

    return update


@scene(
    mu=Slider(60.0, 76.0, step=0.1, value=63.0, label="μ (in)"),
    I=Slider(1, 40, value=5, label="I, people"),
    log=Toggle(label="take the log"),
    shows={"log": True},
)
def log_keeps_the_peak(fig, heights):
    """The likelihood over μ and its logarithm, side by side, with one μ marked on both."""
    axes = fig.subplots(1, 2)
    sigma = heights.std()
    grid = np.linspace(60, 76, 401)
    names = ("likelihood, peak = 1", "its log, peak = 0")
    lines, dots, peaks = [], [], []
    for ax, title, limits, colour in zip(
        axes, names, ((-0.05, 1.12), (-42, 3)), (style.BLUE, style.VERMILION), strict=True
    ):
        lines.append(ax.plot(grid, grid * 0, "-", color=colour)[0])
        peaks.append(ax.axvline(68, color=style.MUTED, linestyle="--", linewidth=1.2))
        dots.append(ax.plot([], [], "o", color=colour, markersize=11, clip_on=False)[0])
        ax.set(xlim=(59.5, 76.5), ylim=limits, xlabel="μ (in)", title=title)
        ax.set_xticks([60, 65, 70, 75])

    def update(mu, I, log):
        mean = draw_people(heights, I, 0).mean()
        log_l = -I * (grid - mean) ** 2 / (2 * sigma**2)  # minus its own peak
        here = -I * (mu - mean) ** 2 / (2 * sigma**2)
        for line, dot, peak, curve, point in zip(
            lines, dots, peaks, (np.exp(log_l), log_l), (np.exp(here), here), strict=True
        ):
            line.set_ydata(curve)
            dot.set_data([mu], [max(point, -42)])
            peak.set_xdata([mean, mean])
        for artist in (lines[1], dots[1], peaks[1]):
            artist.set_visible(log)
        slope = I * (mean - mu) / sigma**2
        said = (
            f"The likelihood peaks at μ = {mean:.2f}, the mean of {I}. At μ = {mu:.1f} it is "
            f"{spell(np.exp(here))} of its peak, and its slope is {spell(np.exp(here) * slope)}."
        )
        if log:
            said += f" The log peaks at μ = {mean:.2f} too; its slope is {slope:.2f}."
        return minus(said)

    return update


PROBABILITY, LIKELIHOOD = "probability: λ fixed", "likelihood: y fixed"


@scene(
    view=Choice((PROBABILITY, LIKELIHOOD)),
    lam=Slider(0.0, 1.0, step=0.01, value=0.3, label="λ"),
    y=Choice(("y = 1", "y = 0")),
    figsize=(9, 3.8),
    shows={"view": LIKELIHOOD},
)
def probability_or_likelihood(fig):
    """One formula for a coin, along y (two bars) or along λ (a line with the area under it)."""
    ax = fig.subplots()
    lams = np.linspace(0, 1, 101)
    bars = ax.bar([0, 1], [0, 0], width=0.16, color=style.BLUE)
    (line,) = ax.plot(lams, lams, "-", color=style.VERMILION)
    # a polygon that update moves: the line's points and back along the axis
    (area,) = ax.fill([0, 1, 1], [0, 0, 1], color=style.VERMILION, alpha=0.25, linewidth=0)
    (dot,) = ax.plot([], [], "D", color=style.INK, markersize=9, clip_on=False)
    ax.set(xlim=(-0.12, 1.12), ylim=(0, 1.1), ylabel="p(y | λ)")
    ax.tick_params("x", pad=7)  # ◆ at 0 does not cover them
    ax.set_xticks([0, 1])
    ax.set_xlabel("the outcome y")

    def place(view, lam, y):
        outcome = int(y[-1])
        return outcome if view == PROBABILITY else lam, lam if outcome else 1 - lam

    grab(ax, "lam", at=place)

    def update(view, lam, y):
        outcome = int(y[-1])
        value = lam if outcome else 1 - lam
        along_y = view == PROBABILITY
        for bar, height in zip(bars, (1 - lam, lam), strict=True):
            bar.set(height=height, visible=along_y)
        likelihood = lams if outcome else 1 - lams
        line.set(ydata=likelihood, visible=not along_y)
        area.set(visible=not along_y, xy=[(0, 0), *zip(lams, likelihood, strict=True), (1, 0)])
        dot.set_data(*([v] for v in place(view, lam, y)))
        along = "the outcome y" if along_y else "the parameter λ"
        if ax.get_xlabel() != along:  # new ticks cost a whole drawing
            ax.set_xticks([0, 1] if along_y else [0, 0.25, 0.5, 0.75, 1])
            ax.set_xlabel(along)
        if along_y:
            total = f"over both outcomes: {1 - lam:.2f} + {lam:.2f} = {1.0:.2f}"
        else:
            total = f"over all λ: the area is {np.trapezoid(likelihood, lams):.2f}, not 1"
        return f"◆ p(y = {outcome} | λ = {lam:.2f}) = {value:.2f}. Added up {total}."

    return update


@scene(
    free=Choice(("y", "μ", "σ"), label="runs free"),
    y=Slider(60.0, 76.0, step=0.1, value=71.0, label="y (in)"),
    mu=Slider(60.0, 76.0, step=0.1, value=68.0, label="μ (in)"),
    sigma=Slider(1.0, 6.0, step=0.1, value=2.5, label="σ (in)"),
    shows={"free": "σ"},
)
def one_formula_three_ways(fig):
    """The normal's formula with one of its three letters running free, and the area under it."""
    ax = fig.subplots()
    ranges = {"y": (30, 106), "μ": (30, 106), "σ": (0.02, 80)}
    grids = {letter: np.linspace(*ends, 1001) for letter, ends in ranges.items()}
    (curve,) = ax.plot([], [], "-", color=style.BLUE)
    (area,) = ax.fill([0, 1, 1], [0, 0, 1], color=style.BLUE, alpha=0.2, linewidth=0)
    (dot,) = ax.plot([], [], "D", color=style.INK, markersize=9, clip_on=False)
    ax.set(ylim=(0, 0.42), xlabel="y (in)", ylabel="p(y | μ, σ)")

    def update(free, y, mu, sigma):
        values = {"y": y, "μ": mu, "σ": sigma}
        height = density(y, mu, sigma)
        grid = grids[free]
        along = density(*({**values, free: grid}[letter] for letter in values))
        curve.set_data(grid, along)
        area.set_xy([(grid[0], 0), *zip(grid, along, strict=True), (grid[-1], 0)])
        dot.set_data([values[free]], [height])
        limits = grid[0], grid[-1] + 3  # room for the last tick's label
        if ax.xaxis.label.get_text() != f"{free} (in)" or ax.get_xlim() != limits:
            ax.set(xlim=limits, xlabel=f"{free} (in)")
        total = np.trapezoid(along, grid)
        kind = "density over y" if free == "y" else f"likelihood over {free}"
        ends = "up to σ = 80, and still growing" if free == "σ" else "in all"
        return (
            f"◆ p(y = {y:.1f} | μ = {mu:.1f}, σ = {sigma:.1f}) = {plain(height)}. "
            f"The area under the {kind}: {total:.4f} {ends}."
        )

    return update


UNITS = {"mm": 25.4, "cm": 2.54, "in": 1.0, "ft": 1 / 12, "m": 0.0254}  # of them in an inch


SPELT = {"mm": "millimetres", "cm": "centimetres", "in": "inches", "ft": "feet", "m": "metres"}
TICKS = {  # heights and densities that are round in the unit
    "mm": ((1500, 1700, 1900), (0.01, 0.02, 0.03)),
    "cm": ((150, 160, 170, 180, 190), (0.1, 0.2, 0.3)),
    "in": ((60, 65, 70, 75), (0.2, 0.4, 0.6, 0.8)),
    "ft": ((5, 5.5, 6, 6.5), (2, 4, 6, 8, 10)),
    "m": ((1.5, 1.6, 1.7, 1.8, 1.9), (5, 10, 15, 20, 25, 30)),
}


@scene(
    unit=Choice(tuple(UNITS), value="in", label="unit"),
    sigma=Slider(0.5, 6.0, step=0.1, value=2.5, label="σ (in)"),
    shows={"unit": "m"},
)
def units(fig, heights):
    """The same bell with its axes in another unit, and the mean NLL in that unit."""
    left, right = fig.subplots(1, 2)
    mean = heights.mean()
    grid = np.linspace(58, 78, 401)
    (curve,) = left.plot(grid, grid * 0, "-", color=style.BLUE)
    left.set(xlim=(58, 78), ylim=(0, 0.84), title="the bell", xlabel="height", ylabel="density")
    left.yaxis.set_label_coords(-0.14, 0.5)  # beside the longest tick labels, those of mm

    def ticks(unit):
        tall, dense = (np.array(at) for at in TICKS[unit])
        left.set_xticks(tall / UNITS[unit], [f"{t:g}" for t in tall])
        left.set_yticks(dense * UNITS[unit], [f"{t:g}" for t in dense])

    ticks("in")
    place = np.arange(len(UNITS))
    right.axhline(0, color=style.INK, linewidth=0.8)
    bars = right.bar(place, np.ones(len(UNITS)), width=0.55, color=style.FAINT)
    (mark,) = right.plot([], [], "v", color=style.VERMILION, markersize=12)
    right.set_xticks(place, list(UNITS))
    right.set(ylim=(-3, 18), yticks=[0, 5, 10, 15], title="mean NLL (nats)")
    shown = {"unit": "in"}  # what the ticks are for now: set again only when it changes

    def update(unit, sigma):
        factor = UNITS[unit]
        if shown["unit"] != unit:
            shown["unit"] = unit
            ticks(unit)
        curve.set_ydata(density(grid, mean, sigma))
        in_inches = gaussian_nll(heights, mean, sigma).mean()
        for bar, (name, scale) in zip(bars, UNITS.items(), strict=True):
            bar.set(height=in_inches + np.log(scale), visible=name == unit)
        chosen = gaussian_nll(heights * factor, mean * factor, sigma * factor).mean()
        mark.set_data([list(UNITS).index(unit)], [max(chosen, 0) + 0.8])
        peak = density(mean, mean, sigma) / factor
        return minus(
            f"Heights in {SPELT[unit]}, σ = {sigma:.1f} inches: the density "
            f"peaks at {peak:.4f} per {unit}; mean NLL {chosen:.4f} nats."
        )

    return update


RUNS = 20_000


@scene(
    I=Slider(2, 30, value=30, label="I, people"),
    corrected=Toggle(label="divide by I − 1"),
    figsize=(9, 3.8),
    shows={"I": 3},
)
def biased_variance(fig):
    """Many samples of I people, the variance of each, and the average of all those variances."""
    ax = fig.subplots()
    samples = np.random.default_rng(5).standard_normal((RUNS, 30))  # true variance 1
    edges = np.linspace(0, 3.5, 36)
    shares, averages = {}, {}
    for I in range(2, 31):
        for corrected in (False, True):
            estimates = samples[:, :I].var(axis=1, ddof=int(corrected))
            shares[I, corrected] = np.histogram(estimates, edges)[0] / RUNS
            averages[I, corrected] = estimates.mean()
    shape = ax.stairs(shares[30, False], edges, fill=True, color=style.BLUE, alpha=0.35)
    ax.axvline(1, color=style.INK, linestyle="--", label="true σ²")
    average = ax.axvline(1, color=style.VERMILION, linestyle="-", linewidth=3, label="average")
    ax.set(xlim=(0, 3.5), ylim=(0, 0.37), xlabel="estimated σ² ÷ true σ²")
    ax.set_ylabel("share of samples")
    ax.legend(loc="upper right")

    def update(I, corrected):
        shape.set_data(shares[I, corrected])
        mean = averages[I, corrected]
        average.set_xdata([mean, mean])
        divisor = "I − 1" if corrected else "I"
        theory = 1.0 if corrected else (I - 1) / I
        return (
            f"{RUNS:,} samples of {I}, dividing by {divisor}: the estimates average {mean:.3f} of "
            f"the true σ²; theory says {theory:.3f}."
        )

    return update
