"""The pictures of notebook 00: a first slider, the recipe, and the probability that it needs.

Here: drawing only. The numbers come from `lossviz.losses`; the words around it are the notebook's.
"""

import numpy as np

from lossviz import style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Slider, Toggle, scene
from lossviz.losses import gaussian_nll
from lossviz.walk import common


@scene(
    sigma=Slider(1.0, 8.0, step=0.1, value=6.0, label="σ (inches)"),
    figsize=(9, 3.6),
    shows={"sigma": 2.5},
)
def first_slider(fig, heights):
    """How often each height occurs, and a bell around the mean whose width the slider sets."""
    ax = fig.subplots()
    values, counts = np.unique(heights, return_counts=True)
    ax.bar(values, counts / counts.sum(), width=0.45, color=style.FAINT, label="the children")
    mean = heights.mean()
    grid = np.linspace(58, 78, 401)
    (bell,) = ax.plot(grid, np.zeros_like(grid), color=style.BLUE, label="your bell")
    ax.set(xlim=(58, 78), ylim=(0, 0.42), xlabel="height (inches)", ylabel="share per inch")
    ax.set_xticks([60, 65, 70, 75])
    ax.legend(loc="upper right")

    grab(ax, "sigma", at=lambda sigma: (mean + sigma, common.density(mean + sigma, mean, sigma)))

    def update(sigma):
        bell.set_ydata(common.density(grid, mean, sigma))
        loss = gaussian_nll(heights, mean, sigma).mean()
        return f"σ = {sigma:.1f} in: the loss is {loss:.4f}. Lower is better."

    return update


@scene(
    sigma=Slider(1.5, 8.0, step=0.1, value=2.5, label="σ (in)"),
    figsize=(9, 3.0),
    shows={"sigma": 4.1},
)
def recipe(fig, heights):
    """The recipe filled in for heights, with a bell that is the same for everybody."""
    grid = np.linspace(58, 78, 201)
    mean = heights.mean()
    fill = common.recipe_figure(fig, "the same\nfor all", grid, "y (inches)", top=0.42)

    def update(sigma):
        p, at = common.density(grid, mean, sigma), common.density(72.2, mean, sigma)
        return fill("none yet", f"μ = {mean:.1f}\nσ = {sigma:.1f}", p, 72.2, at)

    return update


@scene(
    y=Slider(60.0, 76.0, step=0.1, value=70.0, label="y (in)"),
    width=Slider(0.1, 8.0, step=0.1, value=4.0, label="width (in)"),
    shows={"width": 0.1},
)
def strip(fig, heights):
    """A density over heights, and a strip under it, whose area is a probability."""
    ax = fig.subplots()
    mean, sigma = heights.mean(), heights.std()
    grid = np.linspace(58, 78, 401)
    ax.plot(grid, common.density(grid, mean, sigma), "-", color=style.BLUE)
    (area,) = ax.fill([0, 1, 1], [0, 0, 1], color=style.BLUE, alpha=0.3, linewidth=0)
    (top,) = ax.plot([], [], "D", color=style.INK, markersize=9, clip_on=False)
    ax.set(xlim=(58, 78), ylim=(0, 0.19), xlabel="height (inches)", ylabel="density (per inch)")
    ax.set_xticks([60, 65, 70, 75])
    note = ax.text(0.02, 0.97, "", transform=ax.transAxes, va="top", linespacing=1.5)

    def edge(y, width):
        return y + width / 2, common.density(y + width / 2, mean, sigma) / 2

    grab(ax, "y", at=lambda y: (y, common.density(y, mean, sigma)))
    grab(ax, "width", at=edge)

    def update(y, width):
        inside = np.linspace(y - width / 2, y + width / 2, 81)
        p, here = common.density(inside, mean, sigma), common.density(y, mean, sigma)
        area.set_xy([(inside[0], 0), *zip(inside, p, strict=True), (inside[-1], 0)])
        top.set_data([y], [here])
        chance = np.trapezoid(p, inside)
        note.set_text(f"probability\n= area\n= {chance:.4f}")
        said = (
            f"From {y - width / 2:.2f} to {y + width / 2:.2f} in: the area, a probability, is "
            f"{chance:.4f}. In its middle ◆ the curve is {here:.4f} per inch high"
        )
        # Not at the start, where it would answer the question that stands above it.
        return said + (f", and height × width is {here * width:.4f}." if width < 4 else ".")

    return update


@scene(
    p=Slider(0.1, 0.9, step=0.05, value=0.5, label="first: heads"),
    q=Slider(0.1, 0.9, step=0.05, value=0.5, label="second, after heads"),
    q_tails=Slider(0.1, 0.9, step=0.05, value=0.5, label="second, after tails"),
    figsize=(9, 4.4),
    shows={"p": 0.6, "q": 0.7, "q_tails": 0.7},
)
def two_coins(fig):
    """A square of side 1, cut across by the first coin and upwards by the second; 400 tosses."""
    tosses = np.random.default_rng(1).random((2, 400)).T  # each pair a point of the square
    left, right = fig.subplots(1, 2)
    left.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="first: heads · tails")
    left.set(xticks=[0, 0.5, 1], yticks=[0, 0.5, 1], ylabel="second: heads · tails")
    left.plot(*tosses.T, ".", color=style.MUTED, markersize=4, alpha=0.6)
    (both,) = left.fill([0, 1, 1, 0], [0, 0, 1, 1], color=style.BLUE, alpha=0.3, linewidth=0)
    cuts = [left.plot([], [], "-", color=style.INK)[0] for _ in range(3)]
    boxed = {"ha": "center", "va": "center", "bbox": {"fc": "white", "ec": "none", "pad": 1.5}}
    names = [left.text(0, 0, name, **boxed) for name in ("HH", "HT", "TH", "TT")]
    bars = right.bar(range(4), np.ones(4), width=0.5, color=style.FAINT, label="share of 400")
    (areas,) = right.plot([], [], "_", color=style.BLUE, markersize=34, mew=3, label="area")
    right.set_xticks(range(4), ["HH", "HT", "TH", "TT"])
    right.set(ylim=(0, 1), yticks=[0, 0.5, 1], xlim=(-0.6, 3.6))
    right.legend(loc="upper right")
    grab(left, "p", at=lambda p: (p, 0.97))
    grab(left, "q", at=lambda p, q: (p / 2, q))
    grab(left, "q_tails", at=lambda p, q_tails: ((1 + p) / 2, q_tails))

    def update(p, q, q_tails):
        both.set_xy([(0, 0), (p, 0), (p, q), (0, q)])
        lines = ([p, p], [0, 1]), ([0, p], [q, q]), ([p, 1], [q_tails, q_tails])
        for cut, ends in zip(cuts, lines, strict=True):
            cut.set_data(*ends)
        heads, tails = (0, p), (p, 1)  # of the first coin
        regions = [(heads, (0, q)), (heads, (q, 1))]
        regions += [(tails, (0, q_tails)), (tails, (q_tails, 1))]
        shares, sizes = [], []
        for name, bar, region in zip(names, bars, regions, strict=True):
            low, high = np.transpose(region)
            name.set_position((low + high) / 2)
            inside = (tosses > low) & (tosses < high)
            shares.append(inside.all(axis=1).sum())
            bar.set_height(shares[-1] / 400)
            sizes.append(np.prod(high - low))
        areas.set_data(range(4), sizes)
        straight = "straight: independent" if q == q_tails else "broken: dependent"
        return (
            f"The area of HH is {p * q:.4f}. Of 400 pairs of tosses {shares[0]} fell into it, a "
            f"share of {shares[0] / 400:.4f}. The cut is {straight}."
        )

    return update


@scene(
    x=Slider(64.5, 72.5, step=1.0, value=68.5, label="parents x (in)"),
    y=Slider(62.2, 73.2, step=1.0, value=69.2, label="child y (in)"),
    figsize=(9, 4.2),
    shows={"x": 72.5, "y": 73.2},
)
def slice_of_a_cloud(fig, parents, children):
    """A cloud of parents and children, a slice through it, and its children as shares."""
    left, right = fig.subplots(1, 2)
    common.crowd(left, parents, children)
    (band,) = left.fill([0, 1, 1, 0], [61, 61, 75, 75], color=style.BLUE, alpha=0.18, linewidth=0)
    look = {"color": style.VERMILION, "markersize": 11, "mfc": "none", "mew": 2.5}
    (mark,) = left.plot([], [], "D", clip_on=False, **look)
    left.set(xlim=(63, 74), ylim=(61, 75), xlabel="parents x (in)", ylabel="child y (in)")
    places = np.unique(children)
    bars = right.bar(places, places * 0 + 0.1, width=0.45, color=style.BLUE, alpha=0.45)
    (top,) = right.plot([], [], "D", clip_on=False, **look)
    right.set(xlim=(61, 75), ylim=(0, 0.45), xlabel="child y (in)", title="shares within the slice")
    right.tick_params("x", pad=8)  # ◇ at 0 does not cover them
    right.set(xticks=[62, 66, 70, 74], yticks=[0, 0.2, 0.4])
    grab(left, "x", "y", at=lambda x, y: (x, y))

    def update(x, y):
        inside = np.isclose(parents, x)
        counts = [np.sum(inside & np.isclose(children, place)) for place in places]
        for bar, count in zip(bars, counts, strict=True):
            bar.set_height(count / inside.sum())
        band.set_xy([(x - 0.3, 61), (x + 0.3, 61), (x + 0.3, 75), (x - 0.3, 75)])
        mark.set_data([x], [y])
        both, all_in, all_of = np.sum(inside & np.isclose(children, y)), inside.sum(), len(parents)
        top.set_data([y], [both / all_in])
        return (
            f"{all_in} of {all_of} children have parents of {x:.1f}: p(x) = {all_in / all_of:.4f}. "
            f"Of these {all_in}, {both} are {y:.1f} tall: p(y | x) = {both / all_in:.4f}. "
            f"Both: {both} of {all_of}, p(x, y) = {both / all_of:.4f}."
        )

    return update


@scene(
    p=Slider(0.05, 0.95, step=0.05, value=0.5, label="probability of 10"),
    rounds=Slider(1, 1000, value=10, label="rounds"),
    shows={"p": 0.2, "rounds": 1000},
)
def expectation(fig):
    """A prize of 1 or 10, the point where both bars balance, and the average over many rounds."""
    left, right = fig.subplots(1, 2)
    bars = left.bar([1, 10], [0.5, 0.5], width=0.9, color=style.BLUE, alpha=0.45)
    (balance,) = left.plot([], [], "^", color=style.VERMILION, markersize=15, clip_on=False)
    left.set(xlim=(0, 11), ylim=(-0.1, 1), xticks=[1, 5, 10], yticks=[0, 0.5, 1], xlabel="prize y")
    left.set_ylabel("probability")
    left.axhline(0, color=style.INK, linewidth=0.8)
    left.spines["bottom"].set_visible(False)
    chances = np.random.default_rng(3).random(1000)
    until = np.arange(1, 1001)
    (line,) = right.plot([], [], "-", color=style.BLUE)
    expected = right.axhline(5.5, color=style.VERMILION, linestyle="--")
    (end,) = right.plot([], [], "o", color=style.BLUE, markersize=9, clip_on=False)
    right.set(xscale="log", xlim=(1, 1000), ylim=(0, 11), yticks=[1, 5, 10])
    right.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    right.minorticks_off()
    right.set(xlabel="rounds (log scale)", title="average prize so far")
    grab(left, "p", at=lambda p: (10, p))

    def update(p, rounds):
        mean = (1 - p) * 1 + p * 10
        for bar, height in zip(bars, (1 - p, p), strict=True):
            bar.set_height(height)
        balance.set_data([mean], [-0.06])
        averages = np.cumsum(np.where(chances < p, 10, 1)) / until
        line.set_data(until[:rounds], averages[:rounds])
        end.set_data([rounds], [averages[rounds - 1]])
        expected.set_ydata([mean, mean])
        many = "round" if rounds == 1 else f"{rounds} rounds"
        return (
            f"▲ stands at {mean:.2f}. The average of the first {many}: {averages[rounds - 1]:.2f}."
        )

    return update


FACTORS = {  # a factor of z, the area under it
    "e^(−z²/2)": (lambda z: np.exp(-(z**2) / 2), np.sqrt(2 * np.pi)),
    "e^(−|z|)": (lambda z: np.exp(-np.abs(z)), 2.0),
    "1/(1 + z²)": (lambda z: 1 / (1 + z**2), np.pi),
}


@scene(
    factor=Choice(tuple(FACTORS), label="factor"),
    mu=Slider(-4.0, 4.0, step=0.1, value=0.0, label="μ"),
    sigma=Slider(0.5, 3.0, step=0.1, value=1.0, label="σ"),
    divided=Toggle(label="divide by the area"),
    shows={"sigma": 3.0},
)
def build_a_bell(fig):
    """A symmetric factor, shifted by μ and stretched by σ, and the area under it."""
    ax = fig.subplots()
    grid = np.linspace(-10, 10, 801)
    (curve,) = ax.plot(grid, grid * 0, "-", color=style.BLUE)
    (area,) = ax.fill([0, 1, 1], [0, 0, 1], color=style.BLUE, alpha=0.25, linewidth=0)
    ax.set(xlim=(-10, 10), ylim=(0, 1.1), xlabel="y", xticks=[-10, -5, 0, 5, 10])
    ax.set_yticks([0, 0.5, 1])
    note = ax.text(0.02, 0.97, "", transform=ax.transAxes, va="top")

    def height(y, factor, mu, sigma, divided):
        shape, whole = FACTORS[factor]
        return shape((y - mu) / sigma) / (whole * sigma if divided else 1)

    def peak(factor, mu, sigma, divided):
        return mu, height(mu, factor, mu, sigma, divided)

    def side(factor, mu, sigma, divided):
        return mu + sigma, height(mu + sigma, factor, mu, sigma, divided)

    grab(ax, "mu", at=peak)
    grab(ax, "sigma", at=side)

    def update(factor, mu, sigma, divided):
        along = height(grid, factor, mu, sigma, divided)
        curve.set_ydata(along)
        area.set_xy([(-10, 0), *zip(grid, along, strict=True), (10, 0)])
        whole = FACTORS[factor][1] * sigma
        note.set_text(f"area {1 if divided else whole:.4f}")
        top = height(mu, factor, mu, sigma, divided)
        said = f"{factor} with z = (y − {mu:.1f})/{sigma:.1f}".replace("− -", "+ ")
        if divided:
            return f"{said}, divided by {whole:.4f}: the area is 1, the peak {top:.4f} high."
        return f"{said}: the area under it is {whole:.4f}, the peak {top:.4f} high."

    return update
