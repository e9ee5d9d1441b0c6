"""The pictures of notebook 16: who it was, an encoder, noise, steps, a game.

Here: drawing. The models are `hidden`'s; questions, derivations and exercises are in `lesson`.
"""

import numpy as np

from lossviz import style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Slider, scene
from lossviz.walk.common import key, minus
from lossviz.walk.nb16 import hidden

# --- Who was it ------------------------------------------------------------------------------


@scene(
    shows={"flipper": 190, "q": 0.33},
    flipper=Slider(190, 220, value=205, label="flipper (mm)"),
    q=Slider(0.01, 0.99, step=0.01, value=0.5, label="q of the first"),
)
def who(fig, bells, flippers):
    """Two bells over the flippers, one penguin; and the bound over q, under its log p."""
    left, right = fig.subplots(1, 2)
    values, counts = np.unique(flippers, return_counts=True)
    left.bar(values, counts / counts.sum(), color=style.FAINT, width=1.0)
    grid = np.linspace(165, 235, 281)
    for k, curve in enumerate(bells.joint(grid)):
        left.plot(grid, curve, style.DASHES[k], color=style.COLOURS[k], label=f"bell {k + 1}")
    here = left.axvline(205, color=style.INK, linestyle=":")
    left.set(xlim=(165, 235), ylim=(0, 0.08), xlabel="flipper (mm)", title="share, and density")
    left.legend(loc="upper left")
    qs = np.linspace(0.01, 0.99, 197)
    (curve,) = right.plot(qs, qs, "-", color=style.BLUE, label="bound")
    (top,) = right.plot([0, 1], [0, 0], "--", color=style.GREEN, label="log p(x)")
    (dot,) = right.plot([], [], "o", color=style.INK, markersize=11, clip_on=False, zorder=5)
    right.set(xlim=(0, 1), ylim=(-14, -1), xlabel="q(first)", title="nats")
    right.legend(loc="lower left")

    def bound(q, joint):
        both = np.array([q, 1 - q])
        return np.sum(both * (np.log(joint) - np.log(both)), axis=0)

    grab(left, "flipper", at=lambda flipper: (flipper, 0.072))
    grab(right, "q", at=lambda q, flipper: (q, bound(q, bells.joint(float(flipper)))))

    def update(flipper, q):
        joint = bells.joint(float(flipper))
        log_p, posterior = np.log(joint.sum()), joint[0] / joint.sum()
        here.set_xdata([flipper, flipper])
        curve.set_ydata(bound(qs, joint[:, None]))
        top.set_ydata([log_p, log_p])
        value = bound(q, joint)
        dot.set_data([q], [value])
        return minus(
            f"{flipper} mm, q = {q:.2f}: the bound is {value:.4f}, log p is {log_p:.4f}, the gap "
            f"{log_p - value:.4f}. The posterior of the first bell is {posterior:.4f}."
        )

    return update


# --- An encoder ------------------------------------------------------------------------------


@scene(
    shows={"width": 2.0},
    slope=Slider(0.0, 2.0, step=0.05, value=1.0, label="slope, × best"),
    width=Slider(0.1, 4.0, step=0.05, value=1.0, label="variance, × best"),
    beta=Slider(0.2, 5.0, step=0.1, value=1.0, label="β"),
)
def encoder(fig, model, x):
    """What an encoder says of each penguin beside the posterior; and reconstruction plus β KL."""
    left, right = fig.subplots(1, 2)
    best = x @ model.slope
    order = np.argsort(best)
    ends = best[order][[0, -1]]
    bands = [
        left.plot(ends, ends, dash, color=colour, label=name)[0]
        for dash, colour, name in (
            ("--", style.GREEN, "posterior"),
            ("-", style.BLUE, "encoder"),
        )
    ]
    edges = [left.plot(ends, ends, ":", color=style.BLUE, linewidth=1.2)[0] for _ in range(2)]
    root = np.sqrt(model.variance)
    for sign in (-1, 1):
        left.plot(ends, ends + sign * root, "--", color=style.GREEN, linewidth=0.8)
    left.set(xlim=ends, ylim=(-5.2, 5.2), xlabel="best guess of z", title="z, mean ± one width")
    left.legend(loc="upper left")
    bars = right.barh([2, 1, 0], [1, 1, 1], color=[style.GREEN, style.BLUE, style.VERMILION])
    for bar, hatch in zip(bars, ("", "//", "."), strict=True):
        bar.set(hatch=hatch, edgecolor="white")
    exact = model.nll(x).mean()
    bars[0].set_width(exact)
    right.set(xlim=(0, 22), xlabel="nats per penguin")
    right.set_yticks([2, 1, 0], ["exact NLL", "reconstruction", "β KL"])

    def parts_at(slope, width):
        return [part.mean() for part in model.elbo(x, slope * best, width * model.variance)]

    grab(left, "slope", at=lambda slope: (1.2, 1.2 * slope))
    grab(left, "width", at=lambda slope, width: (-1.2, root * np.sqrt(width) - 1.2 * slope))
    grab(
        right,
        "beta",
        at=lambda slope, width, beta: (np.dot(parts_at(slope, width), (1, beta)), 0),
    )

    def update(slope, width, beta):
        variance, parts = width * model.variance, parts_at(slope, width)
        bands[1].set_ydata(slope * ends)
        for edge, sign in zip(edges, (-1, 1), strict=True):
            edge.set_ydata(slope * ends + sign * np.sqrt(variance))
        bars[1].set_width(parts[0])
        bars[2].set_width(beta * parts[1])
        bars[2].set_x(parts[0])
        gap = max(sum(parts) - exact, 0.0)  # never below, but for rounding
        return (
            f"Slope × {slope:.2f}, variance × {width:.2f}: reconstruction {parts[0]:.4f} + KL "
            f"{parts[1]:.4f}, which is {gap:.4f} above the exact NLL {exact:.4f}. "
            f"With β = {beta:.1f}: {parts[0] + beta * parts[1]:.4f}."
        )

    return update


# --- Noise -----------------------------------------------------------------------------------

COMBS = ("±1", "penguins’ flippers, standardised")


@scene(
    shows={"sigma": 0.5},
    sigma=Slider(0.05, 3.0, step=0.05, value=1.0, label="σ", log=True),
    seen=Slider(-3.0, 3.0, step=0.1, value=0.5, label="what is seen"),
    comb=Choice(COMBS, label="data"),
)
def noise(fig, flippers):
    """The density of data with noise on them; and score and best guess over what is seen."""
    left, right = fig.subplots(1, 2)
    grid = np.linspace(-3.5, 3.5, 281)
    (curve,) = left.plot(grid, grid, "-", color=style.BLUE)
    (teeth,) = left.plot([], [], "|", color=style.INK, markersize=14)
    left.set(xlim=(-3.5, 3.5), ylim=(-0.05, 1.3), xlabel="seen")
    key(left, {"density": curve, "the data": teeth})
    (best,) = right.plot(grid, grid, "-", color=style.BLUE)
    (slope,) = right.plot(grid, grid, "--", color=style.VERMILION)
    (dot,) = right.plot([], [], "o", color=style.INK, markersize=10, zorder=5, clip_on=False)
    right.set(xlim=(-3.5, 3.5), ylim=(-4, 4), xlabel="seen")
    key(right, {"best guess of the datum": best, "score": slope})
    points = dict(zip(COMBS, (np.array([-1.0, 1.0]), flippers), strict=True))

    def guess_at(seen, sigma, comb):
        return float(hidden.Noisy(points[comb], sigma).guess(seen))

    grab(right, "seen", at=lambda seen, sigma, comb: (seen, guess_at(seen, sigma, comb)))

    def update(sigma, seen, comb):
        model = hidden.Noisy(points[comb], sigma)
        curve.set_ydata(np.minimum(model.density(grid), 1.3))
        teeth.set_data(points[comb], np.full(len(points[comb]), -0.02))
        best.set_ydata(model.guess(grid))
        slope.set_ydata(np.clip(model.score(grid), -9, 9))
        guess = guess_at(seen, sigma, comb)
        dot.set_data([seen], [guess])
        return minus(
            f"σ = {sigma:.3g}, seen {seen:.1f}: best guess {guess:.4f}, score "
            f"{float(model.score(seen)):.4f}. A perfect guess of the noise has the mean squared "
            f"error {model.floor(401):.4f} σ²."
        )

    return update


# --- Steps -----------------------------------------------------------------------------------

KINDS = ("variance β", "exact variance")
SIZES = (10, 20, 50, 100, 200, 500, 1000)


@scene(
    shows={"T": 200},
    T=Slider(10, 1000, value=100, label="T, steps"),
    kind=Choice(KINDS, label="steps back"),
)
def steps(fig):
    """How far the bound lies above the entropy over the number of steps; and each step's part."""
    left, right = fig.subplots(1, 2)
    floor = 0.5 * np.log(2 * np.pi * np.e * 0.25)
    looks = ((style.BLUE, "-", "o"), (style.GREEN, "--", "s"))
    for (colour, dash, marker), kind in zip(looks, KINDS, strict=True):
        gaps = [hidden.steps(T, 0.25, kind == KINDS[1]).sum() - floor for T in SIZES]
        left.plot(SIZES, np.maximum(gaps, 1e-5), dash, color=colour, marker=marker, label=kind)
    (dot,) = left.plot([], [], "o", color=style.INK, markersize=12, zorder=5, clip_on=False)
    left.set(xscale="log", yscale="log", xlim=(10, 1000), ylim=(1e-5, 2), xlabel="T, steps")
    left.set_title("bound less entropy (0 drawn at 10⁻⁵)")
    left.legend(loc="upper right")
    parts = right.stairs([0.0], [0, 1], fill=True, color=style.BLUE, alpha=0.6)
    right.set(xlim=(0, 1), ylim=(0, 14), xlabel="t / T", title="T · KL of each step (nats)")

    def gap_at(T, kind):
        return hidden.steps(T, 0.25, kind == KINDS[1]).sum() - floor

    grab(left, "T", at=lambda T, kind: (T, max(gap_at(T, kind), 1e-5)))

    def update(T, kind):
        terms, gap = hidden.steps(T, 0.25, kind == KINDS[1]), gap_at(T, kind)
        dot.set_data([T], [max(gap, 1e-5)])
        parts.set_data(np.minimum(T * terms[1:-1][::-1], 14), np.arange(1, T + 1) / T)
        return (
            f"T = {T}, {kind}: bound {terms.sum():.5f}, entropy {floor:.5f}, gap "
            f"{abs(gap):.5f} nats."
        )

    return update


# --- A game ----------------------------------------------------------------------------------


@scene(shows={"distance": 0.0}, distance=Slider(0.0, 6.0, step=0.1, value=2.0, label="distance δ"))
def game(fig):
    """Real and fake numbers and the best D between them; and D's lowest loss over the distance."""
    left, right = fig.subplots(1, 2)
    grid = np.linspace(-4, 10, 281)
    left.plot(grid, hidden.density(grid, 0, 1), "-", color=style.BLUE, label="real")
    (fake,) = left.plot(grid, grid, "--", color=style.VERMILION, label="fake")
    (judge,) = left.plot(grid, grid, ":", color=style.INK, label="D, “real”")
    left.set(xlim=(-4, 10), ylim=(0, 1.05), xlabel="y", title="densities, and D")
    left.legend(loc="upper right")
    places = np.linspace(0, 6, 31)
    losses = np.array([hidden.best_loss(d)[0] for d in places])
    right.plot(places, losses, "-", color=style.BLUE, label="D’s lowest loss")
    right.axhline(np.log(2), color=style.GREEN, linestyle="--", label="log 2")
    (dot,) = right.plot([], [], "o", color=style.INK, markersize=11, zorder=5, clip_on=False)
    right.set(xlim=(0, 6), ylim=(0, 0.8), xlabel="distance δ", title="nats")
    right.legend(loc="lower left")

    grab(left, "distance", at=lambda distance: (distance, hidden.density(0, 0, 1)))
    grab(right, "distance", at=lambda distance: (distance, np.interp(distance, places, losses)))

    def update(distance):
        real, other = hidden.density(grid, 0, 1), hidden.density(grid, distance, 1)
        fake.set_ydata(other)
        judge.set_ydata(real / (real + other))
        loss, js = hidden.best_loss(distance)
        dot.set_data([distance], [loss])
        flat, steep = hidden.generator_slopes(distance)
        return (
            f"δ = {distance:.1f}: D’s lowest loss {loss:.4f} = log 2 − JS {abs(js):.4f}. Slopes "
            f"for the fakes: {flat:.4f} with log(1 − D), {steep:.4f} with −log D."
        )

    return update
