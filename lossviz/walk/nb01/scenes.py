"""The pictures of notebook 01: what a loss measures, its lowest point, and where errors come from.

Here: drawing, gradient descent, whose path is the picture, and simulations whose truth is known.
The fits are `lossviz.fit`'s; questions, derivations and exercises are in `lesson`.
"""

from itertools import pairwise

import numpy as np
from scipy.special import ndtr

from lossviz import fit, style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Press, Slider, Toggle, scene
from lossviz.losses import gaussian_nll, softmax
from lossviz.walk.common import crowd, density, key, minus, plain, recipe_figure, spell

# Five of Galton's children, from short parents to tall ones: (parents, child) in inches.
FIVE = np.array([(64.5, 66.2), (66.5, 64.2), (68.5, 71.2), (70.5, 69.2), (72.5, 72.2)])

HEIGHTS, SLOPES = (62.0, 74.0), (-0.5, 1.8)  # what φ₀ and φ₁ range over, in all pictures
RINGS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)  # above the lowest mean loss, in square inches


def bowl(x, y):
    """Best φ₀, best φ₁, s² and lowest mean loss of ŷ = φ₀ + φ₁(x − x̄): all that the loss holds."""
    z = x - x.mean()
    spread = np.mean(z**2)
    slope = np.mean(z * y) / spread
    lowest = np.mean((y - y.mean() - slope * z) ** 2)
    return y.mean(), slope, spread, lowest


def above_lowest(x, y, phi0, phi1):
    """How far the mean squared error lies above its lowest value."""
    best0, best1, spread, _ = bowl(x, y)
    return (phi0 - best0) ** 2 + spread * (phi1 - best1) ** 2


def curvatures(feature):
    """Smallest and largest curvature of a line's mean squared error over φ₀ and φ₁.

    They are the eigenvalues of its matrix of second derivatives, 2 AᵀA / I.
    """
    A = np.column_stack([np.ones_like(feature), feature])
    return np.linalg.eigvalsh(2 * A.T @ A / len(feature))


def rings(x, y, off=0.0):
    """Rings of equal mean loss, each (φ₀, φ₁), where φ₀ is the height of the line at x̄ − `off`."""
    best0, best1, spread, _ = bowl(x, y)
    turn = np.linspace(0, 2 * np.pi, 181)
    for level in RINGS:
        slopes = best1 + np.sqrt(level / spread) * np.sin(turn)
        yield best0 + np.sqrt(level) * np.cos(turn) - off * slopes, slopes


def draw_surface(ax, x, y, off=0.0):
    """The loss surface from above: rings of equal mean loss over φ₀ and φ₁. Returns them."""
    look = {"color": style.MUTED, "linewidth": 1.2}
    drawn = [ax.plot(*ring, "-", **look)[0] for ring in rings(x, y, off)]
    ax.set(xlim=HEIGHTS, ylim=SLOPES, xlabel="φ₀ (in)", ylabel="φ₁")
    ax.set_xticks([62, 65, 68, 71, 74])
    ax.set_yticks([-0.5, 0, 0.5, 1, 1.5])
    return drawn


def square_on(x, low, high, middle):
    """The corners of the square whose one side is the error at x; it grows towards the middle."""
    side = abs(high - low) * (1 if x < middle else -1)
    return [(x, low), (x, high), (x + side, high), (x + side, low)]


@scene(
    phi0=Slider(*HEIGHTS, step=0.1, value=66.0, label="φ₀ (in)"),
    phi1=Slider(*SLOPES, step=0.01, value=0.0, label="φ₁"),
    everybody=Toggle(label="all 928 children"),
    reveal=Toggle(label="reveal the surface"),
    shows={"phi0": 68.1, "phi1": 0.65, "everybody": True, "reveal": True},
)
def line_fit(fig, x, y):
    """A line through five children or through all of them, and the loss surface of the same."""
    left, right = fig.subplots(1, 2)
    middle, ends = x.mean(), np.array([61.0, 80.0])
    sets = []  # for the five, then for all: best φ₀ and φ₁, lowest loss, and all that is drawn
    for a, b in (FIVE.T, (x, y)):
        off = a.mean() - middle
        height, slope, _, lowest = bowl(a, b)
        sets.append((a, b, off, (height - off * slope, slope, lowest)))
    cloud = crowd(left, x, y)
    (best,) = left.plot(ends, ends, "--", color=style.GREEN)
    squares = [
        left.fill([0, 1, 1], [0, 0, 1], facecolor=style.VERMILION, alpha=0.2, lw=0, ls="-")[0]
        for _ in FIVE
    ]
    sides = left.vlines([], 0, 1, color=style.VERMILION, linewidth=2)
    dots = left.plot(*FIVE.T, "o", color=style.VERMILION)
    (line,) = left.plot(ends, ends, "-", color=style.BLUE)
    left.set(xlim=(61, 80), ylim=(60, 76), aspect="equal", xlabel="parents (in)")
    left.set(ylabel="child (in)")
    left.set_xticks([62, 66, 70, 74, 78])
    left.set_yticks([60, 64, 68, 72, 76])
    surfaces = [draw_surface(right, a, b, off) for a, b, off, _ in sets]
    right.set_ylim(SLOPES[0], SLOPES[1] + 0.15)  # ● at the top stays below the legend
    (star,) = right.plot([], [], "*", color=style.GREEN, markersize=16, zorder=3)
    (here,) = right.plot([], [], "o", color=style.BLUE, markersize=11, clip_on=False)
    key(right, {"here": here, "lowest": star}, "mean loss of the same children")
    grab(left, "phi0", at=lambda phi0: (middle, phi0))
    grab(left, "phi1", at=lambda phi0, phi1: (74.0, phi0 + phi1 * (74 - middle)))
    grab(right, "phi0", "phi1", at=lambda phi0, phi1: (phi0, phi1))

    def update(phi0, phi1, everybody, reveal):
        line.set_ydata(phi0 + phi1 * (ends - middle))
        guesses = phi0 + phi1 * (FIVE[:, 0] - middle)
        for square, (parent, child), guess in zip(squares, FIVE, guesses, strict=True):
            square.set_xy(square_on(parent, guess, child, middle))
        sides.set_segments(
            [[(a, g), (a, b)] for (a, b), g in zip(FIVE, guesses, strict=True)],
        )
        for artist in (*squares, sides, *dots):
            artist.set_visible(not everybody)
        cloud.set_visible(everybody)
        for k, rings_of in enumerate(surfaces):
            for ring in rings_of:
                ring.set_visible(reveal and k == everybody)
        a, b, off, (best0, best1, lowest) = sets[everybody]
        here.set_data([phi0], [phi1])
        best.set(ydata=best0 + best1 * (ends - middle), visible=reveal)
        star.set(data=([best0], [best1]), visible=reveal)
        mean = lowest + above_lowest(a, b, phi0 + off * phi1, phi1)
        who = f"all {len(y)}" if everybody else "the five"
        told = f"φ₀ = {phi0:.1f}, φ₁ = {phi1:.2f}: mean squared error of {who} {mean:.4f} in²."
        if reveal:
            told += f" Lowest ★: {lowest:.4f}, at φ₀ = {best0:.2f} and φ₁ = {best1:.3f}."
        return minus(told)

    return update


STEPS = 30
CENTRED, RAW = "centred", "raw"


def descend(x, y, rate, phi=(64.0, 0.0), steps=STEPS):
    """Gradient descent on the mean squared error of φ₀ + φ₁x; the path, shape (steps + 1, 2)."""
    A = np.column_stack([np.ones_like(x), x])
    curvature, pull = 2 * A.T @ A / len(x), 2 * A.T @ y / len(x)
    path = [np.array(phi)]
    for _ in range(steps):
        path.append(path[-1] - rate * (curvature @ path[-1] - pull))
    return np.array(path)


def _plain(number):
    """Two decimals, or a power of ten where the number has run away."""
    return f"{number:.2f}" if abs(number) < 1e5 else spell(number)


@scene(
    step=Slider(0, STEPS, value=0, label="steps"),
    rate=Slider(1e-5, 1.0, step=0.1, value=0.01, label="step size η", log=True),
    parents=Choice((CENTRED, RAW), label="parents"),
    shows={"step": 6, "rate": 0.4},
)
def descent(fig, x, y):
    """The path of gradient descent over the loss surface, and how far the loss is from lowest."""
    left, right = fig.subplots(1, 2)
    draw_surface(left, x, y)
    best0, best1, _, _ = bowl(x, y)
    (lowest,) = left.plot([best0], [best1], "*", color=style.GREEN, markersize=16, zorder=3)
    (path,) = left.plot([], [], ".-", color=style.VERMILION, linewidth=1.5)
    (here,) = left.plot([], [], "o", color=style.BLUE, markersize=11)
    key(left, {"here": here, "lowest": lowest})
    (curve,) = right.plot([], [], ".-", color=style.VERMILION, linewidth=1.5)
    (mark,) = right.plot([], [], "o", color=style.BLUE, markersize=11, clip_on=False)
    right.set(yscale="log", xlim=(-0.5, STEPS), ylim=(1e-4, 1e4), xlabel="steps")
    right.set_yticks([1e-4, 1e-2, 1, 100, 1e4])
    right.minorticks_off()
    right.set_title("mean loss above lowest")

    def update(step, rate, parents):
        middle = x.mean() if parents == CENTRED else 0.0
        phi = descend(x - middle, y, rate, steps=step)
        slopes = phi[:, 1]
        heights = phi[:, 0] + slopes * (x.mean() - middle)
        gaps = above_lowest(x, y, heights, slopes)
        inside = np.isfinite(gaps) & (gaps < 1e12)  # beyond, the drawing itself would overflow
        path.set_data(heights[inside], slopes[inside])
        here.set_data([heights[-1]] if inside[-1] else [], [slopes[-1]] if inside[-1] else [])
        curve.set_data(np.arange(step + 1)[inside], gaps[inside])
        mark.set_data([step], [min(max(gaps[-1], 1e-4), 1e4)])
        mark.set_marker("^" if gaps[-1] > 1e4 else "v" if gaps[-1] < 1e-4 else "o")
        seen = np.clip(heights[-1], *HEIGHTS), np.clip(slopes[-1], *SLOPES)
        away = "" if seen == (heights[-1], slopes[-1]) else " ● is outside the left picture."
        # Raw, φ₀ is the guess for parents of 0 inches: what is drawn is not φ₀.
        height = "φ₀" if parents == CENTRED else "guess for average parents"
        small = f"{rate:.3g}" if rate >= 1e-4 else spell(rate)
        return minus(
            f"{parents.capitalize()}, η = {small}, step {step}: {height} = "
            f"{_plain(heights[-1])} in, φ₁ = {_plain(slopes[-1])}; mean squared error "
            f"{_plain(gaps[-1])} above the lowest.{away}"
        )

    return update


@scene(
    x0=Slider(64.5, 72.5, step=1.0, value=66.5, label="x₀, parents (in)"),
    child=Slider(60.0, 76.0, step=0.5, value=72.0, label="y, child (in)"),
    shows={"x0": 71.5},
)
def vertical_slice(fig, x, y):
    """The model's density of the child's height at one height of the parents, with one child."""
    left, right = fig.subplots(1, 2)
    line = fit.line(x, y).params
    sigma = line["sigma"]
    ends, grid = np.array([63.0, 76.0]), np.linspace(60, 77, 341)
    crowd(left, x, y)
    left.plot(ends, line["intercept"] + line["slope"] * ends, "-", color=style.BLUE)
    cut = left.axvline(68, color=style.INK, linestyle=":", linewidth=1.5)
    (bell,) = left.plot([], [], "--", color=style.VERMILION)
    (person,) = left.plot([], [], "D", color=style.INK, markersize=8, clip_on=False)
    left.set(xlim=(63, 76), ylim=(60, 77), xlabel="parents x (in)", ylabel="child y (in)")
    left.set_xticks([64, 67, 70, 73, 76])
    left.set_yticks([60, 64, 68, 72, 76])
    key(left, {"the slice at x₀": cut})

    edges = np.arange(59.8, 77.8)  # Galton's classes lie in the middle of these
    bars = right.bar(edges[:-1] + 0.5, edges[:-1] * 0, width=0.9, color=style.FAINT)
    (curve,) = right.plot(grid, grid * 0, "--", color=style.VERMILION)
    stem = right.vlines([], 0, 1, color=style.INK, linewidth=1.5)
    (top,) = right.plot([], [], "D", color=style.INK, markersize=8, clip_on=False)
    right.set(xlim=(60, 77), ylim=(0, 0.45), xlabel="child y (in)", title="p(y | x₀), per inch")
    right.set_xticks([60, 64, 68, 72, 76])
    right.set_yticks([0, 0.1, 0.2, 0.3, 0.4])

    def p_at(x0, child):
        return density(child, line["intercept"] + line["slope"] * x0, sigma)

    grab(left, "x0", "child", at=lambda x0, child: (x0, child))
    grab(right, "child", at=lambda x0, child: (child, p_at(x0, child)))

    def update(x0, child):
        guess = line["intercept"] + line["slope"] * x0
        cut.set_xdata([x0, x0])
        along = density(grid, guess, sigma)
        bell.set_data(x0 + 14 * along, grid)
        person.set_data([x0], [child])
        curve.set_ydata(along)
        near = y[np.abs(x - x0) <= 0.5]
        for bar, share in zip(bars, np.histogram(near, edges)[0] / len(near), strict=True):
            bar.set_height(share)
        p = p_at(x0, child)
        stem.set_segments([[(child, 0), (child, p)]])
        top.set_data([child], [p])
        return minus(
            f"Parents {x0:.1f}: ŷ = {guess:.2f}. Child ◆ {child:.1f}: squared error "
            f"{(child - guess) ** 2:.2f} in²; density {plain(p)} per inch, and −log of it "
            f"{-np.log(p):.2f}. Bars: {len(near)} children of such parents."
        )

    return update


@scene(
    x0=Slider(64.0, 73.0, step=0.5, value=66.5, label="parents (in)"),
    figsize=(9, 3.0),
    shows={"x0": 72.0},
)
def recipe(fig, x, y):
    """The recipe filled in for one child: the bell around the line, and minus the log of it."""
    line = fit.line(x, y).params
    grid, sigma = np.linspace(58, 78, 201), line["sigma"]
    fill = recipe_figure(fig, "a line\nφ₀ + φ₁x", grid, "child y (in)", top=0.22)

    def update(x0):
        guess = line["intercept"] + line["slope"] * x0
        words = f"parents\n{x0:.1f} in", f"ŷ = {guess:.2f}\nσ = {sigma:.2f}"
        return fill(*words, density(grid, guess, sigma), 72.2, density(72.2, guess, sigma))

    return update


@scene(
    c=Slider(-6.0, 4.0, step=0.5, value=3.0, label="centre of x"),
    sigma=Slider(0.5, 6.0, step=0.1, value=1.0, label="σ"),
    shows={"c": -1.0},
)
def worked_case(fig):
    """Truth y = 2x and model ŷ = 1 + 3x at five x, and the model's bell with the five errors."""
    left, right = fig.subplots(1, 2)
    ends, grid = np.array([-8.5, 6.5]), np.linspace(-8, 8, 401)
    left.plot(ends, 2 * ends, "-", color=style.BLUE, label="y = 2x")
    left.plot(ends, 1 + 3 * ends, "--", color=style.VERMILION, label="ŷ = 1 + 3x")
    errors = left.vlines([], 0, 1, color=style.INK, linewidth=1.5)
    (points,) = left.plot([], [], "o", color=style.BLUE)
    left.set(xlim=(-8.5, 6.5), ylim=(-25, 21), xlabel="x", title="five errors, y − ŷ")
    left.legend(loc="upper left")
    left.set_xticks([-8, -4, 0, 4])
    left.set_yticks([-20, -10, 0, 10, 20])
    (curve,) = right.plot(grid, grid * 0, "-", color=style.PURPLE)
    middle = right.axvline(0, color=style.VERMILION, linestyle="--", linewidth=1.5)
    stems = right.vlines([], 0, 1, color=style.INK, linewidth=1.5)
    (tops,) = right.plot([], [], "o", color=style.INK, clip_on=False)
    right.set(xlim=(-8, 8), ylim=(0, 0.85), xlabel="error")
    key(right, {"density": curve, "mean error": middle})
    right.set_xticks([-8, -4, 0, 4, 8])
    right.set_yticks([0, 0.2, 0.4, 0.6, 0.8])
    grab(left, "c", at=lambda c: (c, 2 * c))
    grab(right, "sigma", at=lambda sigma: (sigma, density(sigma, 0, sigma)))

    def update(c, sigma):
        x = c + np.arange(-2, 3)
        y, y_hat = 2 * x, 1 + 3 * x
        r = y - y_hat
        errors.set_segments([[(a, b), (a, g)] for a, b, g in zip(x, y, y_hat, strict=True)])
        points.set_data(x, y)
        curve.set_ydata(density(grid, 0, sigma))
        middle.set_xdata([r.mean(), r.mean()])
        heights = density(r, 0, sigma)
        stems.set_segments([[(a, 0), (a, p)] for a, p in zip(r, heights, strict=True)])
        tops.set_data(r, heights)
        ours, truth = gaussian_nll(y, y_hat, sigma).mean(), gaussian_nll(y, y, sigma).mean()
        return minus(
            f"x from {x[0]:g} to {x[-1]:g}: mean error {r.mean():.2f}, spread {r.std():.2f}, "
            f"mean squared error {np.mean(r**2):.2f}. Mean of −log density at σ = {sigma:.1f}: "
            f"{ours:.2f} for 1 + 3x, {truth:.2f} for the truth."
        )

    return update


def made_up(u_weight, noise, count=400):
    """x, u and y = 2x + u_weight·u + noise·e of `count` made-up people, the same ones each time."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-2.5, 2.5, count)
    u, e = rng.normal(size=(2, count))
    return x, u, 2 * x + u_weight * u + noise * e


OVER_X, OVER_U = "over x", "over u"


@scene(
    w=Slider(0.0, 3.0, step=0.1, value=2.0, label="weight of u"),
    noise=Slider(0.0, 3.0, step=0.1, value=0.0, label="measuring error"),
    record=Toggle(label="record u"),
    draw=Choice((OVER_X, OVER_U), label="errors"),
    shows={"noise": 1.0},
)
def two_sources(fig):
    """Targets and predictions over x, and the errors over the recorded or the other feature."""
    left, right = fig.subplots(1, 2)
    (targets,) = left.plot([], [], "o", color=style.MUTED, markersize=4, alpha=0.5)
    (guesses,) = left.plot([], [], "x", color=style.VERMILION, markersize=5)
    left.set(xlim=(-3.5, 3.5), ylim=(-17, 17), xlabel="x")
    key(left, {"target y": targets, "guess ŷ": guesses})
    left.set_xticks([-3, -2, -1, 0, 1, 2, 3])
    left.set_yticks([-15, -10, -5, 0, 5, 10, 15])
    right.axhline(0, color=style.INK, linewidth=0.8)
    (errors,) = right.plot([], [], "o", color=style.MUTED, markersize=4, alpha=0.5)
    edges = [right.axhline(0, color=style.PURPLE, linestyle="--") for _ in range(2)]
    right.set(xlim=(-3.5, 3.5), ylim=(-17, 17), xlabel="x")
    key(right, {"errors": errors, "their spread": edges[0]})
    right.set_xticks([-3, -2, -1, 0, 1, 2, 3])
    right.set_yticks([-15, -10, -5, 0, 5, 10, 15])

    def update(w, noise, record, draw):
        x, u, y = made_up(w, noise)
        A = np.column_stack([np.ones_like(x), x, u] if record else [np.ones_like(x), x])
        y_hat = A @ np.linalg.lstsq(A, y, rcond=None)[0]
        r = y - y_hat
        targets.set_data(x, y)
        guesses.set_data(x, y_hat)
        errors.set_data(x if draw == OVER_X else u, r)
        for edge, sign in zip(edges, (1, -1), strict=True):
            edge.set_ydata([sign * r.std()] * 2)
        if right.xaxis.label.get_text() != draw[-1]:
            right.set_xlabel(draw[-1])
        expected = noise if record else np.hypot(w, noise)
        kept = "recorded" if record else "not recorded"
        return (
            f"u is {kept}: the spread of the errors is {r.std():.2f}. Weight {w:.1f} and measuring "
            f"error {noise:.1f} let expect about {expected:.2f}."
        )

    return update


SPECIES = ("Adelie", "Chinstrap", "Gentoo")
HATCHES = dict(zip(SPECIES, ("", "//", ".."), strict=True))
NOTHING, DEPTH, BOTH = "nothing", "bill depth", "bill depth, species"


def penguin_guesses(penguins, known):
    """Body mass in kg, and its least-squares prediction from what is known of each penguin."""
    mass, depth = penguins.body_mass_g / 1000, penguins.bill_depth_mm
    A = [np.ones_like(depth)]
    if known == BOTH:  # one intercept for each species
        A = [(penguins.species == kind).astype(float) for kind in SPECIES]
    if known != NOTHING:
        A.append(depth)
    A = np.column_stack(A)
    return mass, A @ np.linalg.lstsq(A, mass, rcond=None)[0]


@scene(
    known=Choice((NOTHING, DEPTH, BOTH), value=DEPTH, label="model knows"),
    colour=Toggle(label="show the species"),
    shows={"known": BOTH, "colour": True},
)
def missing_feature(fig, penguins):
    """Penguins' mass over bill depth with the prediction, and a histogram of the errors."""
    left, right = fig.subplots(1, 2)
    depth, mass = penguins.bill_depth_mm, penguins.body_mass_g / 1000
    small = {"markersize": 4.5, "alpha": 0.6}
    is_kind = [penguins.species == kind for kind in SPECIES]
    colours = (style.BLUE, style.PURPLE, style.GREEN)
    dots, stacks = [], []
    edges = np.linspace(-2.2, 2.2, 23)
    for kind, mine, colour, marker in zip(SPECIES, is_kind, colours, style.MARKERS, strict=False):
        dots.append(
            left.plot(depth[mine], mass[mine], marker, color=colour, label=kind, **small)[0]
        )
        bars = right.bar(edges[:-1] + 0.1, edges[:-1] * 0, width=0.18, color=colour, label=kind)
        stacks.append(bars)
        for bar in bars:
            bar.set(hatch=HATCHES[kind], edgecolor="white", linewidth=0)
    (plain,) = left.plot(depth, mass, "o", color=style.MUTED, **small)
    lines = [left.plot([], [], "-", color=style.INK, linewidth=2.5)[0] for _ in SPECIES]
    sides = [right.axvline(0, color=style.VERMILION, linestyle="--") for _ in range(2)]
    kinds = [
        left.legend(loc="upper right", handletextpad=0.1, borderpad=0.2),
        right.legend(loc="upper right", handlelength=1, handletextpad=0.3, borderpad=0.2),
    ]
    key(left, {"prediction": lines[0]})
    key(right, {"spread of the errors": sides[0]})
    for ax, legend in zip((left, right), kinds, strict=True):
        ax.add_artist(legend)
    left.set(xlim=(12.5, 22.5), ylim=(2.5, 7), xlabel="bill depth (mm)", ylabel="mass (kg)")
    left.set_xticks([13, 15, 17, 19, 21])
    left.set_yticks([3, 4, 5, 6, 7])
    right.set(xlim=(-2.2, 2.2), ylim=(0, 100), xlabel="error (kg)", ylabel="penguins")
    right.set_xticks([-2, -1, 0, 1, 2])
    right.set_yticks([0, 20, 40, 60, 80])
    errors = {}
    for known in (NOTHING, DEPTH, BOTH):
        _, guess = penguin_guesses(penguins, known)
        errors[known] = mass - guess, guess

    def update(known, colour):
        r, guess = errors[known]
        base = np.zeros(len(edges) - 1)
        for k, mine in enumerate(is_kind):
            dots[k].set_visible(colour)
            counts = np.histogram(r[mine], edges)[0]
            shade = colours[k] if colour else style.MUTED
            for bar, count, y in zip(stacks[k], counts, base, strict=True):
                bar.set(height=count, y=y, facecolor=shade)
                bar.set_hatch(HATCHES[SPECIES[k]] if colour else "")
            base += counts
            among = mine if known == BOTH else np.full(len(depth), k == 0)
            order = np.argsort(depth[among])[[0, -1]] if among.any() else []
            lines[k].set_data(depth[among][order], guess[among][order])
        plain.set_visible(not colour)
        for legend in kinds:
            legend.set_visible(colour)
        for side, sign in zip(sides, (1, -1), strict=True):
            side.set_xdata([sign * r.std()] * 2)
        means = [round(r[mine].mean(), 2) + 0.0 for mine in is_kind]  # + 0.0: no minus zero
        means = ", ".join(f"{kind} {m:.2f}" for kind, m in zip(SPECIES, means, strict=True))
        told = f"The model knows {known}: the errors spread by {r.std():.3f} kg."
        return minus(f"{told} Mean error: {means} kg." if colour else told)

    return update


TOWN = ((63.5, 2.0), (70.0, 2.0))  # women and men of a made-up town: μ and σ in inches


def town_people(count, seed):
    """Heights of `count` people of the town, women and men in equal chance."""
    rng = np.random.default_rng(seed)
    mu, sigma = np.array(TOWN)[rng.integers(2, size=count)].T
    return rng.normal(mu, sigma)


def town_density(y):
    """The data-generating density: half the women's bell, half the men's."""
    return sum(density(y, mu, sigma) for mu, sigma in TOWN) / 2


def town_below(y):
    """The share of the town that is at most y inches tall."""
    return sum(ndtr((y - mu) / sigma) for mu, sigma in TOWN) / 2


def widest_gaps(y):
    """Largest vertical gaps to the truth's cumulative curve: of the sample's, of the model's."""
    y = np.sort(y)
    share = np.arange(len(y) + 1) / len(y)
    truth = town_below(y)
    sample = max(np.max(share[1:] - truth), np.max(truth - share[:-1]))
    grid = np.linspace(50, 84, 1701)
    model = np.max(np.abs(ndtr((grid - y.mean()) / y.std()) - town_below(grid)))
    return sample, model


@scene(
    I=Choice(("5", "20", "100", "1000", "10000"), value="1000", label="I, people"),
    again=Press("New sample"),
    shows={"I": "20"},
)
def three_distributions(fig):
    """Data-generating, empirical and model distribution: as densities, and as shares below y."""
    left, right = fig.subplots(1, 2)
    grid = np.linspace(55, 79, 481)
    left.plot(grid, town_density(grid), "--", color=style.GREEN, label="truth")
    (model,) = left.plot(grid, grid * 0, "-", color=style.BLUE, label="model")
    (people,) = left.plot([], [], "|", color=style.VERMILION, markersize=14, alpha=0.6)
    left.set(xlim=(55, 79), ylim=(-0.02, 0.24), xlabel="height y (in)")
    left.set_ylabel("density")
    key(left, {"people": people})
    left.set_yticks([0, 0.05, 0.1, 0.15, 0.2])
    right.plot(grid, town_below(grid), "--", color=style.GREEN, label="truth")
    (below,) = right.plot(grid, grid * 0, "-", color=style.BLUE, label="model")
    (steps,) = right.step([], [], ":", where="post", color=style.VERMILION, label="sample")
    right.set(xlim=(55, 79), ylim=(-0.02, 1.02), xlabel="height y (in)", title="share below y")
    right.set_yticks([0, 0.25, 0.5, 0.75, 1])
    for ax in (left, right):
        ax.set_xticks([56, 62, 68, 74])
    right.legend(loc="upper left", borderpad=0.2, handlelength=1.4)

    def update(I, again):
        y = np.sort(town_people(int(I), again))
        mu, sigma = y.mean(), y.std()
        model.set_ydata(density(grid, mu, sigma))
        below.set_ydata(ndtr((grid - mu) / sigma))
        thin = np.linspace(0, len(y) - 1, min(len(y), 500)).astype(int)  # a screen shows no more
        people.set_data(y[thin], np.full(len(thin), -0.01))
        steps.set_data(
            np.concatenate([[50], y[thin], [84]]),
            np.concatenate([[0], (thin + 1) / len(y), [1]]),
        )
        sample, bell = widest_gaps(y)
        return (
            f"I = {I}. Widest gap to the truth, as a share of people: empirical {sample:.3f}, "
            f"model {bell:.3f}. The model is a bell with μ = {mu:.2f} and σ = {sigma:.2f}."
        )

    return update


JACK = (  # a verse of "The House that Jack Built"
    "this is the cow with the crumpled horn that tossed the dog that worried the cat "
    "that killed the rat that ate the malt that lay in the house that jack built"
)
CONTEXTS = ("the", "that", "in")  # the words after which the next one is to be guessed
WORDS = 4  # how many of the next words the picture shows
SCENE = (36, 48)  # pixels of the made-up photograph, down and across


def next_words(context):
    """What follows the word in the verse: the words, and their share of its occurrences."""
    after = [b for a, b in pairwise(JACK.split()) if a == context]
    words, counts = np.unique(after, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return words[order], counts[order] / len(after)


def photograph(distance):
    """Brightness and depth in metres, each of shape SCENE, of a ball on a plain at `distance`."""
    down, across = np.mgrid[1 : SCENE[0] + 1, 1 : SCENE[1] + 1]
    horizon, far = SCENE[0] / 3, 12.0
    below = np.maximum(down - horizon, 0.5)
    depth = np.where(down > horizon, np.minimum(2 * far / below, far), far)
    bright = np.where(down > horizon, 0.5 + 0.012 * below, 0.95)
    radius = 18.0 / distance
    foot = horizon + 2 * far / distance  # where the plain is as far away as the ball
    off = np.hypot(down - (foot - radius), across - SCENE[1] / 2) / radius
    ball = off < 1
    round_ = np.sqrt(np.maximum(1 - off**2, 0))
    depth[ball] = distance - 0.5 * round_[ball]
    bright[ball] = 0.1 + 0.6 * round_[ball]
    return bright, depth


def _bars(ax, names, title):
    """Empty bars over the named outcomes."""
    ax.set(xlim=(-0.6, len(names) - 0.4), ylim=(0, 1.05), title=title)
    ax.set_xticks(range(len(names)), names)
    ax.set_yticks([0, 1])
    return ax.bar(range(len(names)), np.zeros(len(names)), 0.6, color=style.VERMILION)


EXAMPLES = ("1", "2", "3")


@scene(figsize=(9.0, 4.6), example=Choice(EXAMPLES, label="example"), shows={"example": "2"})
def tasks(fig, galton, challenger, penguins):
    """Five tasks side by side: above what the model sees, below the distribution it answers with.

    A height, a depth for every pixel, yes or no, one of three species, the next word.
    """
    (number, scenery, flight, bird, verse), below = fig.subplots(2, 5)
    for ax in (*fig.axes,):
        ax.set(xticks=[], yticks=[])
    line = fit.line(galton.parent_in, galton.child_in).params
    crowd(number, galton.parent_in, galton.child_in)
    number.set(title="a number", xlabel="parents (in)", xticks=[64, 72])
    height = number.axvline(64, color=style.BLUE, linewidth=2)
    inches = np.linspace(58, 78, 201)
    (bell,) = below[0].plot(inches, 0 * inches, "-", color=style.VERMILION)
    below[0].set(ylim=(0, 0.2), xlabel="child (in)", xticks=[60, 68, 76])

    views = [photograph(distance) for distance in (2.0, 3.0, 5.0)]
    photo = scenery.imshow(views[0][0], cmap="gray", vmin=0, vmax=1)
    depths = below[1].imshow(views[0][1], cmap="viridis_r", vmin=1, vmax=12)
    scenery.set(title="depths", xlabel="photo")
    below[1].set_xlabel("dark: far")

    damage = fit.logistic(challenger.temperature_f, challenger.damage).params
    flight.plot(challenger.temperature_f, challenger.damage, "o", color=style.MUTED, alpha=0.6)
    flight.set(title="yes or no", xlabel="launch (°F)", xticks=[55, 75], ylim=(-0.3, 1.3))
    flight.set_yticks([0, 1], ["no", "yes"])
    launch = flight.axvline(60, color=style.BLUE, linewidth=2)
    yes_no = _bars(below[2], ["no", "yes"], "")
    below[2].set_xlabel("damaged?")

    seen = np.column_stack([penguins.bill_length_mm, penguins.bill_depth_mm])
    found = fit.softmax(seen, penguins.species, l2=1.0).params
    for kind, marker in zip(SPECIES, style.MARKERS, strict=False):
        mine = penguins.species == kind
        bird.plot(*seen[mine].T, marker, color=style.MUTED, markersize=3, alpha=0.4)
    (at,) = bird.plot([], [], "*", color=style.BLUE, markersize=15)
    bird.set(title="one of K", xlabel="bill length", ylabel="bill depth")
    kinds = _bars(below[3], [kind[0] for kind in SPECIES], "")
    below[3].set_xlabel("species")

    verse.axis("off")
    verse.set_title("a word")
    spoken = verse.text(0.0, 0.45, "", transform=verse.transAxes, color=style.BLUE)
    words = below[4].barh(range(WORDS), np.zeros(WORDS), 0.7, color=style.FAINT)
    below[4].set(xlim=(0, 1.05), ylim=(WORDS - 0.4, -0.6), xlabel="next word")
    labels = [below[4].text(0.03, k, "", va="center") for k in range(WORDS)]

    def update(example):
        k = EXAMPLES.index(example)
        parents, fahrenheit = (64.0, 68.0, 73.0)[k], (53, 66, 79)[k]
        mu = line["intercept"] + line["slope"] * parents
        height.set_xdata([parents, parents])
        bell.set_ydata(density(inches, mu, line["sigma"]))
        photo.set_data(views[k][0])
        depths.set_data(views[k][1])
        launch.set_xdata([fahrenheit, fahrenheit])
        p = 1 / (1 + np.exp(-damage["intercept"] - damage["slope"] * fahrenheit))
        for bar, share in zip(yes_no, (1 - p, p), strict=True):
            bar.set_height(share)
        bill = np.array([(39.0, 18.7), (44.5, 17.3), (46.0, 14.5)][k])
        at.set_data([bill[0]], [bill[1]])
        of_kind = softmax(found["bias"] + bill @ found["weights"])
        for bar, share in zip(kinds, of_kind, strict=True):
            bar.set_height(share)
        after, shares = next_words(CONTEXTS[k])
        spoken.set_text(f"… {CONTEXTS[k]} __")
        for j, (bar, label) in enumerate(zip(words, labels, strict=True)):
            bar.set_width(shares[j] if j < len(shares) else 0)
            label.set_text(after[j] if j < len(after) else "")
        return (
            f"Example {example}. A number: parents {parents:.0f} in, a bell around {mu:.1f} in. "
            f"Depths: {SCENE[0] * SCENE[1]} numbers, one for each pixel. Yes or no: damage at "
            f"{fahrenheit} °F has probability {p:.2f}. One of K: {SPECIES[of_kind.argmax()]} with "
            f"{of_kind.max():.2f}. The next word: after “{CONTEXTS[k]}” comes “{after[0]}” with "
            f"{shares[0]:.2f}."
        )

    return update
