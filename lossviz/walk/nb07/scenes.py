"""The pictures of notebook 07: several outputs, one loss, and the units that they come in.

Here: drawing, and the few numbers that a picture needs. The fits are `lossviz.fit`'s; questions,
derivations and exercises are in `lesson`.

All scenes but the first take x (I,) and Y (I, 2) with the outputs mass in kg and bill depth in mm.
"""

import numpy as np

from lossviz import fit, style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Slider, Toggle, scene
from lossviz.losses import gaussian_nll
from lossviz.walk.common import density, key, minus, recipe_figure

NAMES = ("mass", "bill depth")
KNOTS = np.linspace(174.0, 222.0, 481)  # flipper lengths in mm


def hinge_fit(x, Y, knot):
    """Intercepts and slopes, each (D,), of the best ŷ_d = a_d + b_d·max(0, x − knot)."""
    bent = np.maximum(0.0, x - knot)
    features = np.column_stack([np.ones(len(x)), bent])
    return np.linalg.lstsq(features, Y)[0]


def two_panels(fig, x, Y, labels=("mass (kg)", "bill depth (mm)"), limits=((2, 7), (12, 23))):
    """The penguins in two panels over the flipper length; returns both axes."""
    axes = fig.subplots(1, 2)
    for ax, y, label, limit in zip(axes, Y.T, labels, limits, strict=True):
        ax.plot(x, y, ".", color=style.MUTED, alpha=0.5)
        ax.set(xlim=(168, 234), ylim=limit, xlabel="flipper (mm)", ylabel=label)
        ax.set_xticks([180, 200, 220])
    return axes


@scene(
    flipper=Slider(195, 230, value=200, label="flipper (mm)"),
    figsize=(9, 3.0),
    shows={"flipper": 215},
)
def recipe(fig, x, Y):
    """The recipe filled in for one penguin: a bell for each output, and the sum of both losses."""
    lines = [fit.line(x, y).params for y in (Y[:, 0], Y[:, 1] / 10)]
    grid, bird = np.linspace(0, 7, 281), np.array([5.0, 1.5])
    sigma = np.array([line["sigma"] for line in lines])
    words = "two lines\na + bx"
    fill = recipe_figure(fig, words, grid, "— kg, - - cm", top=2.6, outputs=2)

    def update(flipper):
        mu = np.array([line["intercept"] + line["slope"] * flipper for line in lines])
        said = "μ {:.1f} {:.2f}\nσ {:.1f} {:.2f}".format(*mu, *sigma)
        p = density(grid[None, :], mu[:, None], sigma[:, None])
        return fill(f"flipper\n{flipper} mm", said, p, bird, density(bird, mu, sigma))

    return update


@scene(
    penguin=Slider(1, 12, value=1, label="penguin i"),
    sigma_mass=Slider(0.2, 1.5, step=0.05, value=0.4, label="σ of mass (kg)"),
    sigma_depth=Slider(0.5, 4.0, step=0.1, value=1.6, label="σ of depth (mm)"),
    shows={"sigma_mass": 0.2},
)
def one_loss(fig, y_hat, Y):
    """The NLL of twelve penguins, split by penguin and by output: a table whose sum is the loss."""
    left, right = fig.subplots(1, 2, width_ratios=(2.2, 1), gridspec_kw={"wspace": 0.08})
    place = np.arange(1, len(Y) + 1)
    groups = []
    for d, (shift, hatch) in enumerate(((-0.2, ""), (0.2, "//"))):
        look = {"color": style.COLOURS[d], "edgecolor": "white", "hatch": hatch, "linewidth": 0}
        groups.append(left.bar(place + shift, np.ones(len(Y)), 0.38, label=NAMES[d], **look))
    left.axhline(0, color=style.INK, linewidth=0.8)
    (mark,) = left.plot([], [], "v", color=style.INK, markersize=11)
    grab(left, "penguin", at=lambda penguin: (penguin, -1.0))
    left.set(xlim=(0.3, 12.7), ylim=(-1.5, 9), xlabel="penguin i", ylabel="NLL (nats)")
    left.set_xticks([1, 4, 8, 12])
    left.legend(loc="upper right", ncols=2)
    look = {"color": (style.BLUE, style.VERMILION, style.MUTED), "hatch": ("", "//", "")}
    sums = right.bar([0, 1, 2], [1, 1, 1], 0.6, edgecolor="white", linewidth=0, **look)
    right.set(ylim=(0, 50), title="their sum")
    right.set_xticks([0, 1, 2], ["mass", "depth", "both"])
    right.set_yticks([0, 20, 40])

    def update(penguin, sigma_mass, sigma_depth):
        nll = gaussian_nll(Y, y_hat, np.array([sigma_mass, sigma_depth]))
        for bars, column in zip(groups, nll.T, strict=True):
            for bar, height in zip(bars, column, strict=True):
                bar.set_height(height)
        for bar, total in zip(sums, (*nll.sum(axis=0), nll.sum()), strict=True):
            bar.set_height(total)
        row = nll[penguin - 1]
        mark.set_data([penguin], [min(max(*row, 0) + 0.6, 8.2)])
        return minus(
            f"Penguin {penguin}: {row[0]:.3f} + {row[1]:.3f} = {row.sum():.3f} nats. "
            f"All twelve: mass {nll[:, 0].sum():.2f}, depth {nll[:, 1].sum():.2f}, together "
            f"{nll.sum():.2f}."
        )

    return update


SEPARATE, SHARED = "separate lines", "one shared knot"
UNITS = {"kg": 1.0, "g": 1000.0}


@scene(
    model=Choice((SEPARATE, SHARED), label="model"),
    unit=Slider(1.0, 1000.0, log=True, step=0.1, value=1.0, label="units in a kg"),
    shows={"unit": 1000.0},
)
def units(fig, x, Y):
    """Both outputs with the best fit by the plain sum of squares, mass measured in another unit."""
    axes = two_panels(fig, x, Y)
    grid = np.array([170.0, 232.0])
    lines = [ax.plot(grid, grid, "-", color=style.BLUE)[0] for ax in axes]
    measured = axes[0].set_title("")
    in_kg = [fit.line(x, y).params for y in Y.T]
    knots = [ax.axvline(200, color=style.VERMILION, linestyle="--", linewidth=1.5) for ax in axes]
    words = [ax.text(200, ax.get_ylim()[0], " knot", va="bottom") for ax in axes]
    sse = fit.knot_sse(x, Y, KNOTS)

    def update(model, unit):
        combined = sse @ np.array([unit**2, 1.0])
        knot = KNOTS[combined.argmin()]
        bends = np.array([170.0, knot, 232.0])
        fits = hinge_fit(x, Y, knot)
        measured.set_text(f"{unit:.4g} units in a kg")
        for d, (line, mark) in enumerate(zip(lines, knots, strict=True)):
            if model == SEPARATE:
                p = in_kg[d]
                line.set_data(grid, p["intercept"] + p["slope"] * grid)
            else:
                line.set_data(bends, fits[0, d] + fits[1, d] * np.maximum(0, bends - knot))
            mark.set(xdata=[knot, knot], visible=model == SHARED)
            words[d].set(x=knot, visible=model == SHARED)
        if model == SEPARATE:
            what = f"depth = {in_kg[1]['intercept']:.3f} − {-in_kg[1]['slope']:.4f} · flipper"
            return minus(
                f"With {unit:.4g} units in a kg, two lines, nothing shared: mass in kg = "
                f"{in_kg[0]['intercept']:.3f} + {in_kg[0]['slope']:.4f} · flipper, {what}."
            )
        share = unit**2 * sse[combined.argmin(), 0] / combined.min()
        return (
            f"With {unit:.4g} units in a kg the sum of squares is least at the knot {knot:.1f} mm; "
            f"{100 * share:.1f} % of that sum is mass."
        )

    return update


@scene(
    unit=Choice(tuple(UNITS), label="mass in"),
    ratio=Slider(0.01, 1000.0, log=True, step=0.1, value=1.0, label="σ mass ÷ σ depth"),
    learned=Toggle(label="learn both σ"),
    shows={"learned": True},
)
def sigma_per_output(fig, x, Y):
    """Each output's sum of squares over the knot, and the loss that weighs them by σ."""
    left, right = fig.subplots(1, 2)
    sse = fit.knot_sse(x, Y, KNOTS)
    for d, dash in enumerate(("-", "--")):
        ratio = sse[:, d] / sse[:, d].min()
        left.plot(KNOTS, 100 * (ratio - 1), dash, color=style.COLOURS[d], label=NAMES[d])
    picks = [ax.axvline(200, color=style.INK, linestyle=":", linewidth=2) for ax in (left, right)]
    left.set(xlim=(174, 250), ylim=(0, 40), xlabel="knot (mm)")
    left.set_title("squares above their least, %")
    left.set_xticks([180, 200, 220])
    left.legend(loc="center right", borderaxespad=0, handlelength=1.4)
    (curve,) = right.plot(KNOTS, KNOTS * 0, "-", color=style.INK)
    (dot,) = right.plot([], [], "o", color=style.INK, markersize=10)
    right.set(xlim=(174, 222), ylim=(-5, 60), xlabel="knot (mm)")
    right.set_title("NLL above its least (nats)")
    right.set_xticks([180, 200, 220])
    people = len(x)

    def update(unit, ratio, learned):
        scaled = sse * np.array([UNITS[unit] ** 2, 1.0])
        if learned:
            nll = people / 2 * np.log(scaled / people).sum(axis=1)
        else:  # the ratio of the σ is given; their common size is at its best
            weighted = scaled @ np.array([ratio**-2, 1.0])
            nll = people * np.log(weighted)
        best = nll.argmin()
        knot = KNOTS[best]
        curve.set_ydata(nll - nll[best])
        dot.set_data([knot], [0])
        for pick in picks:
            pick.set_xdata([knot, knot])
        sigma = np.sqrt(scaled[best] / people)
        if learned:
            how = f"σ learned: mass {sigma[0]:.3f} {unit}, depth {sigma[1]:.3f} mm"
        else:
            how = f"σ of mass ({unit}) is {ratio:.4g} times σ of depth (mm)"
        return f"{how}. The loss is least at the knot {knot:.1f} mm."

    return update


STEPS, EVERY = 3000, 50  # of the training, and how many lie between two frames


@scene(step=Slider(0, STEPS, step=EVERY, value=0, label="steps"), shows={"step": STEPS})
def learned_features(fig, time, accel, path, network):
    """The hidden units of a small network over time, and the mean and ±2σ that it makes of them.

    `path` holds the parameters after each step of the training; ``network(phi, t)`` returns hidden
    units (I, H), mean and σ, for time with mean 0 and spread 1, in spreads of `accel`.
    """
    left, right = fig.subplots(1, 2)
    grid, unit = np.linspace(0, 60, 121), accel.std()
    scaled, seen = ((a - time.mean()) / time.std() for a in (grid, time))
    units = [
        left.plot(grid, 0 * grid, dash, color=colour)[0]
        for dash, colour in zip(style.DASHES, style.COLOURS, strict=True)
    ]
    left.set(xlim=(0, 60), ylim=(-1.1, 1.1), xlabel="time (ms)")
    left.set_yticks([-1, 0, 1])
    key(left, dict(zip(("h₁", "h₂", "h₃", "h₄"), units, strict=True)), "hidden units")
    right.plot(time, accel, "o", color=style.MUTED, markersize=4, alpha=0.5)
    (mean,) = right.plot(grid, 0 * grid, "-", color=style.BLUE)
    edges = [right.plot(grid, 0 * grid, "--", color=style.VERMILION)[0] for _ in range(2)]
    right.set(xlim=(0, 60), ylim=(-180, 130), xlabel="time (ms)")
    key(right, {"mean": mean, "±2σ": edges[0]}, "acceleration (g)")
    right.set_yticks([-150, -75, 0, 75])
    for ax in (left, right):
        ax.set_xticks([0, 20, 40, 60])

    def update(step):
        h, mu, sigma = network(path[step], scaled)
        for line, values in zip(units, h.T, strict=True):
            line.set_ydata(values)
        mean.set_ydata(unit * mu)
        for edge, sign in zip(edges, (2, -2), strict=True):
            edge.set_ydata(unit * (mu + sign * sigma))
        _, mu, sigma = network(path[step], seen)
        nll = gaussian_nll(accel, unit * mu, unit * sigma).mean()
        return minus(
            f"After {step} steps: NLL {nll:.2f} nats per reading. The mean runs from "
            f"{unit * mu.min():.0f} to {unit * mu.max():.0f} g, σ from {unit * sigma.min():.0f} to "
            f"{unit * sigma.max():.0f} g."
        )

    return update
