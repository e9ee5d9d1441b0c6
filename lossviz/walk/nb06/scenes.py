"""The pictures of notebook 06: logits of several classes, their pull, penguins, temperature.

Here: drawing, and the few numbers that a picture needs (training runs, splits of the penguins).
The losses come from `lossviz.losses`; questions, derivations and exercises are in `lesson`.
"""

import warnings
from functools import lru_cache

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch

from lossviz import fit, style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Press, Slider, Toggle, scene
from lossviz.losses import log_softmax, softmax, softmax_cross_entropy
from lossviz.walk.common import key, minus, plain, recipe_figure


def spread_out(numbers, digits=3):
    """Numbers between commas."""
    return ", ".join(f"{n + 0.0:.{digits}f}" for n in numbers)


def _zeros(count):
    return np.zeros(count)


# --- Logits -----------------------------------------------------------------------------------

FIVE = ("A", "B", "C", "D", "E")


@scene(
    K=Slider(3, 5, value=3, label="K, classes"),
    z1=Slider(-5.0, 5.0, step=0.1, value=2.0, label="z of A"),
    z2=Slider(-5.0, 5.0, step=0.1, value=1.0, label="z of B"),
    z3=Slider(-5.0, 5.0, step=0.1, value=-1.0, label="z of C"),
    z4=Slider(-5.0, 5.0, step=0.1, value=0.0, label="z of D"),
    z5=Slider(-5.0, 5.0, step=0.1, value=0.0, label="z of E"),
    c=Slider(-5.0, 5.0, step=0.1, value=0.0, label="c, added to all"),
    T=Slider(0.1, 10.0, step=0.05, value=1.0, label="temperature T", log=True),
    shows={"c": 5.0},
)
def logits(fig):
    """Up to five logits, and the probabilities that softmax makes of them at a temperature."""
    left, right = fig.subplots(1, 2)
    place = np.arange(5)
    raw = left.bar(place, _zeros(5), width=0.6, color=style.BLUE)
    left.axhline(0, color=style.INK, linewidth=0.8)
    left.set(ylim=(-10.5, 10.5))
    looks = {"logits z + c": style.BLUE, "unused": style.FAINT}
    key(left, {name: Patch(color=colour) for name, colour in looks.items()})
    made = right.bar(place, _zeros(5), width=0.6, color=style.VERMILION)
    (top,) = right.plot([], [], "v", color=style.INK, markersize=10)
    right.set(ylim=(0, 1.12), yticks=[0, 0.5, 1])
    key(right, {"softmax": made, "the largest": top})
    for ax in (left, right):
        ax.set_xticks(place, FIVE)
        ax.set_xlim(-0.6, 4.6)
    grab(left, "z1", at=lambda z1, c: (0, z1 + c))
    grab(left, "z2", at=lambda z2, c: (1, z2 + c))
    grab(left, "z3", at=lambda z3, c: (2, z3 + c))
    grab(left, "z4", at=lambda z4, c: (3, z4 + c))
    grab(left, "z5", at=lambda z5, c: (4, z5 + c))

    def update(K, z1, z2, z3, z4, z5, c, T):
        every = np.array([z1, z2, z3, z4, z5]) + c
        z = every[:K]
        p = softmax(z / T)
        for k in range(5):
            raw[k].set(height=every[k], color=style.BLUE if k < K else style.FAINT)
            made[k].set(height=p[k] if k < K else 0)
        best = int(np.argmax(p))
        top.set_data([best], [p[best] + 0.06])
        logsumexp = -log_softmax(z)[0] + z[0]
        return minus(
            f"P = {spread_out(p)} at T = {T:.2f}; largest {FIVE[best]}. The logits' largest is "
            f"{z.max():.2f}, their logsumexp {logsumexp:.3f}."
        )

    return update


@scene(
    z=Slider(-6.0, 6.0, step=0.1, value=4.0, label="z of A"),
    other=Slider(-6.0, 6.0, step=0.1, value=0.0, label="z of B"),
    T=Slider(0.1, 4.0, step=0.05, value=1.0, label="temperature T", log=True),
    shows={"z": 0.0},
)
def soft_maximum(fig):
    """The largest of two logits and two smooth versions of it, above and below; and their gaps."""
    left, right = fig.subplots(1, 2)
    grid = np.linspace(-6, 6, 241)
    (hard,) = left.plot(grid, grid, "-", color=style.FAINT, linewidth=8)
    looks = (("D", "-", style.INK), ("s", "--", style.BLUE), ("o", "-", style.VERMILION))
    curves, gaps, marks, gap_marks = [hard], [], [], []
    for k, (marker, dash, colour) in enumerate(looks):
        look = {"color": colour, "markersize": 9, "clip_on": False}
        marks += left.plot([], [], marker, **look)
        if k:
            curves += left.plot(grid, grid, dash, color=colour)
            gaps += right.plot(grid, grid, dash, color=colour)
            gap_marks += right.plot([], [], marker, **look)
    right.axhline(0, color=style.FAINT, linewidth=8, zorder=0)
    (most,) = right.plot([-6, 6], [0, 0], ":", color=style.MUTED)
    left.set(xlim=(-6, 6), ylim=(-7, 9.5), xlabel="z of A")
    right.set(xlim=(-6, 6), ylim=(-1.4, 3), xlabel="z of A")
    key(left, {"max": hard, "log-sum-exp": curves[1], "softmax · z": curves[2]})
    key(right, {"T · log 2": most}, "gap to the maximum")

    def three(a, b, T):
        pair = np.stack(np.broadcast_arrays(a, b), axis=-1)
        soft = np.sum(softmax(pair / T) * pair, axis=-1)
        return pair.max(axis=-1), T * np.logaddexp(pair[..., 0] / T, pair[..., 1] / T), soft

    grab(left, "z", at=lambda z, other: (z, max(z, other)))

    def update(z, other, T):
        values, here = np.array(three(grid, other, T)), np.array(three(z, other, T))
        for line, along in zip((*curves, *gaps), (*values, *(values - values[0])[1:]), strict=True):
            line.set_ydata(along)
        heights = (*here, *(here - here[0])[1:])
        for mark, height in zip((*marks, *gap_marks), heights, strict=True):
            mark.set_data([z], [height])
        most.set_ydata([T * np.log(2)] * 2)
        top, smooth, soft = here
        return minus(
            f"z = ({z:.1f}, {other:.1f}), T = {T:.2f}: max {top:.3f}, T·logsumexp(z/T) "
            f"{smooth:.3f}, softmax(z/T)·z {soft:.3f}."
        )

    return update


# --- Push and pull ----------------------------------------------------------------------------


def descend(z, label, steps, rate=1.0, squared=False):
    """The logits after gradient steps on one example: NLL, or the squared error of softmax."""
    z, onehot = np.array(z, float), np.eye(len(z))[label]
    path = [z]
    for _ in range(steps):
        p = np.exp(z - z.max())
        p /= p.sum()
        slope = p - onehot
        if squared:
            slope = 2 * p * (slope - slope @ p)
        z = z - rate * slope
        path.append(z)
    return np.array(path)


@scene(
    z1=Slider(-4.0, 4.0, step=0.1, value=-1.0, label="z of A"),
    z2=Slider(-4.0, 4.0, step=0.1, value=2.0, label="z of B"),
    z3=Slider(-4.0, 4.0, step=0.1, value=0.5, label="z of C"),
    label=Choice(("A", "B", "C"), label="truth"),
    steps=Slider(0, 20, value=0, label="steps downhill"),
    reveal=Toggle(label="show the pushes"),
    shows={"reveal": True},
)
def push_and_pull(fig):
    """Three logits, and how hard the loss pushes each: predicted minus happened."""
    left, right = fig.subplots(1, 2)
    place = np.arange(3)
    p_bars = left.bar(place, _zeros(3), width=0.55, color=style.BLUE)
    (truth,) = left.plot([], [], "*", color=style.GREEN, markersize=18)
    left.set(ylim=(0, 1.2), yticks=[0, 0.5, 1])
    key(left, {"softmax": p_bars, "the truth": truth})
    pushes = right.bar(place, _zeros(3), width=0.55, color=style.VERMILION)
    right.axhline(0, color=style.INK, linewidth=0.8)
    right.set(ylim=(-1.08, 1.08), yticks=[-1, 0, 1], title="push on each logit")
    for ax in (left, right):
        ax.set_xticks(place, FIVE[:3])
        ax.set_xlim(-0.6, 2.6)

    def update(z1, z2, z3, label, steps, reveal):
        k = FIVE.index(label)
        z = descend((z1, z2, z3), k, steps)[-1]
        p = softmax(z)
        push = np.eye(3)[k] - p
        for bar, height in zip([*p_bars, *pushes], [*p, *push * reveal], strict=True):
            bar.set_height(height)
        told = f" Pushes {spread_out(push)}, in all 0." if reveal else ""
        truth.set_data([k], [min(p[k] + 0.09, 1.1)])
        return minus(
            f"After {steps} steps z = {spread_out(z, 2)} and P = {spread_out(p)}; NLL of {label} "
            f"{softmax_cross_entropy(k, z):.4f} nats.{told}"
        )

    return update


# --- Class fractions --------------------------------------------------------------------------


def descend_counts(counts, steps, rate=1.0):
    """The logits after gradient steps on the mean NLL of class counts, from all zero."""
    share, z = np.asarray(counts) / np.sum(counts), np.zeros(len(counts))
    for _ in range(steps):
        e = np.exp(z - z.max())
        z = z - rate * (e / e.sum() - share)
    return z


@scene(
    a=Slider(0, 20, value=12, label="count of A"),
    b=Slider(0, 20, value=5, label="count of B"),
    c=Slider(0, 20, value=3, label="count of C"),
    steps=Slider(0, 200, step=5, value=0, label="steps downhill"),
    shows={"b": 8, "c": 0, "steps": 200},
)
def class_fractions(fig):
    """Class counts, and what training makes of three logits that start at 0."""
    left, right = fig.subplots(1, 2)
    place = np.arange(3)
    bars = left.bar(place, _zeros(3), width=0.55, color=style.BLUE)
    (shares,) = left.plot([], [], "_", color=style.INK, markersize=44, markeredgewidth=3)
    left.set(ylim=(0, 1.05), yticks=[0, 0.5, 1])
    key(left, {"softmax": bars, "the shares": shares})
    heights = right.bar(place, _zeros(3), width=0.55, color=style.VERMILION)
    right.axhline(0, color=style.INK, linewidth=0.8)
    right.set(ylim=(-6.5, 6.5), title="logits")
    for ax in (left, right):
        ax.set_xticks(place, FIVE[:3])
        ax.set_xlim(-0.6, 2.6)

    def update(a, b, c, steps):
        counts = np.array([a, b, c])
        if not counts.any():
            shares.set_data([], [])
            for bar in (*bars, *heights):
                bar.set_height(0)
            return "No data, no likelihood: give at least one class a count above 0."
        z = descend_counts(counts, steps)
        p = softmax(z)
        for bar, height in zip([*bars, *heights], [*p, *z], strict=True):
            bar.set_height(height)
        shares.set_data(place, counts / counts.sum())
        never = [FIVE[k] for k in range(3) if counts[k] == 0]
        end = f" Never seen: {', '.join(never)}; no finite logit is low enough." if never else ""
        return minus(
            f"Shares {spread_out(counts / counts.sum())}. After {steps} steps P = {spread_out(p)} "
            f"with logits {spread_out(z, 2)}.{end}"
        )

    return update


# --- Saturation -------------------------------------------------------------------------------

RUN = 200


@lru_cache(maxsize=512)
def _run(start, squared):
    return descend((-start, start, 0.0), 0, RUN, squared=squared)


@scene(
    start=Slider(0.0, 8.0, step=0.1, value=3.0, label="wrong by"),
    step=Slider(0, RUN, step=2, value=0, label="steps"),
    shows={"start": 4.0, "step": 200},
)
def saturation(fig):
    """Logits that are wrong by some amount: the pull of two losses, and two runs from there."""
    left, right = fig.subplots(1, 2)
    amounts = np.linspace(0, 8, 161)
    p = softmax(np.stack([-amounts, amounts, 0 * amounts], axis=-1))
    gaps = p - np.eye(3)[0]
    pulls = gaps[:, 0], 2 * p[:, 0] * (gaps[:, 0] - np.sum(gaps * p, axis=1))
    looks = ((style.BLUE, "-", "o", "NLL"), (style.VERMILION, "--", "s", "squared error"))
    dots, tracks, ends = [], [], []
    for values, (colour, dash, marker, name) in zip(pulls, looks, strict=True):
        left.plot(amounts, -values, dash, color=colour, marker=marker, markevery=[], label=name)
        dots.append(left.plot([], [], marker, color=colour, markersize=10, clip_on=False)[0])
        tracks.append(right.plot([], [], dash, color=colour)[0])
        ends.append(right.plot([], [], marker, color=colour, markersize=10, clip_on=False)[0])
    left.set(xlim=(0, 8), ylim=(0, 1.1), xlabel="wrong by", title="pull on the true logit")
    right.set(xlim=(0, RUN), ylim=(0, 1.1), xlabel="steps", title="P(truth)")
    right.set_yticks([0, 0.5, 1])
    left.legend(loc="center right")

    def update(start, step):
        said = []
        for k, squared in enumerate((False, True)):
            path = _run(float(start), squared)
            z = path[0]
            q = softmax(z)
            gap = q - np.eye(3)[0]
            pull = -2 * q[0] * (gap[0] - gap @ q) if squared else -gap[0]
            truth = softmax(path[: step + 1])[:, 0]
            dots[k].set_data([start], [pull])
            tracks[k].set_data(np.arange(step + 1), truth)
            ends[k].set_data([step], [truth[-1]])
            said.append((pull, truth[-1]))
        (nll_pull, nll_p), (sq_pull, sq_p) = said
        return minus(
            f"Wrong by {start:.1f}: the NLL pulls with {nll_pull:.5f}, the squared error with "
            f"{plain(sq_pull)}. After {step} steps P(truth) is {nll_p:.4f} against {sq_p:.4f}."
        )

    return update


# --- Softmax twice ----------------------------------------------------------------------------


@scene(
    s=Slider(0.0, 10.0, step=0.1, value=2.0, label="lead of the truth"),
    K=Slider(2, 10, value=3, label="K, classes"),
    shows={"s": 10.0},
)
def softmax_twice(fig):
    """The NLL of the truth over its lead in logits, with softmax applied once and twice."""
    ax = fig.subplots()
    lead = np.linspace(0, 10, 401)
    (once,) = ax.plot(lead, lead, "-", color=style.BLUE, label="softmax once")
    (twice,) = ax.plot(lead, lead, "--", color=style.VERMILION, label="softmax twice")
    (floor,) = ax.plot([0, 10], [0, 0], ":", color=style.INK, label="floor")
    (dot,) = ax.plot([], [], "o", color=style.BLUE, markersize=10, clip_on=False)
    (square,) = ax.plot([], [], "s", color=style.VERMILION, markersize=10, clip_on=False)
    ax.set(xlim=(0, 10), ylim=(-0.05, 3.0), xlabel="lead of the true logit", ylabel="NLL (nats)")
    ax.legend(loc="upper right", ncols=3)

    def both(s, K):
        z = np.zeros((np.size(s), K))
        z[:, 0] = s
        return softmax_cross_entropy(0, z), softmax_cross_entropy(0, softmax(z))

    def update(s, K):
        once_line, twice_line = both(lead, K)
        past = lead <= s + 1e-9  # drawn as far as the slider has come
        once.set_ydata(np.where(past, once_line, np.nan))
        twice.set_ydata(np.where(past, twice_line, np.nan))
        (here,), (there,) = both(s, K)
        bottom = np.log(1 + (K - 1) / np.e)
        floor.set(ydata=[bottom, bottom], visible=s >= 5)
        dot.set_data([s], [here])
        square.set_data([s], [there])
        return (
            f"K = {K}, the truth leads by {s:.1f}: NLL {here:.4f} with softmax once, {there:.4f} "
            f"with softmax twice." + (f" The floor below is {bottom:.4f}." if s >= 5 else "")
        )

    return update


# --- Penguins ---------------------------------------------------------------------------------

SPECIES_LOOKS = (("o", style.BLUE), ("^", style.VERMILION), ("s", style.GREEN))
FEATURES = ("bill length", "bill depth")


def _pale(colour):
    """A colour mixed with white, to lie behind the marks."""
    return 0.3 * np.array(to_rgb(colour)) + 0.7


def _weights(species):
    return tuple(f"{name}: {feature}" for name in species for feature in FEATURES)


@scene(x=Slider(172.0, 231.0, step=0.5, value=190.0, label="flipper (mm)"), shows={"x": 203.0})
def lines(fig, params):
    """Three lines over the flipper length, and the three probabilities that softmax makes."""
    left, right = fig.subplots(1, 2)
    names = [str(name) for name in params["classes"]]

    def outputs(x):
        return params["bias"] + np.multiply.outer((x - 200) / 10, params["weights"][0])

    grid = np.linspace(170, 233, 253)
    marks = []
    for ax, values in ((left, outputs(grid)), (right, softmax(outputs(grid)))):
        looks = zip(names, values.T, SPECIES_LOOKS, style.DASHES, strict=False)
        for name, curve, (marker, colour), dash in looks:
            ax.plot(grid, curve, dash, color=colour, marker=marker, markevery=[], label=name)
            marks += ax.plot([], [], marker, color=colour, markersize=9, clip_on=False, zorder=4)
        ax.set(xlim=(170, 233), xlabel="flipper (mm)")
        ax.set_xticks([180, 200, 220])
    here = [
        ax.axvline(190, color=style.MUTED, linestyle=":", linewidth=1.5) for ax in (left, right)
    ]
    left.set(ylim=(-16, 12), ylabel="output z(x)")
    fig.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    right.set(ylim=(0, 1.02), ylabel="P(y | x)")
    right.set_yticks([0, 0.5, 1])

    def update(x):
        z = outputs(x)
        p = softmax(z)
        for mark, height in zip(marks, [*z, *p], strict=True):
            mark.set_data([x], [height])
        for line in here:
            line.set_xdata([x, x])
        return minus(
            f"Flipper {x:.1f} mm: z = {spread_out(z, 2)}, P = {spread_out(p)}; the most probable "
            f"is {names[p.argmax()]}."
        )

    return update


@scene(
    flipper=Slider(180, 220, value=182, label="flipper (mm)"),
    figsize=(9, 3.0),
    shows={"flipper": 204},
)
def recipe(fig, params):
    """The recipe filled in for one Chinstrap: a logit for each species, and softmax."""
    fill = recipe_figure(fig, "z = a + bx\nsoftmax", ["A", "C", "G"], "species")

    def update(flipper):
        p = softmax(params["bias"] + (flipper - 200) / 10 * params["weights"][0])
        shares = "\n".join(f"{letter}: {share:.3f}" for letter, share in zip("ACG", p, strict=True))
        return fill(f"flipper\n{flipper} mm", shares, p, 1, p[1])

    return update


@scene(
    which=Choice(_weights(("Adelie", "Chinstrap", "Gentoo")), label="weight"),
    add=Slider(-10.0, 10.0, step=0.2, value=0.0, label="add to it"),
    shows={"add": -10.0},
)
def penguins(fig, Z, labels, params):
    """Penguins by their bills, the region of each species, and one weight to move."""
    ax = fig.subplots()
    bias, weights, names = params["bias"], params["weights"], list(params["classes"])
    codes = np.searchsorted(names, labels)
    edges = (-2.6, 3.2)
    across, up = np.meshgrid(np.linspace(*edges, 150), np.linspace(*edges, 110))
    points = np.stack([across, up], axis=-1)
    pale = np.array([_pale(colour) for _, colour in SPECIES_LOOKS])
    picture = ax.imshow(
        np.ones((*across.shape, 3)), extent=(*edges, *edges), origin="lower", aspect="auto"
    )
    for k, (marker, colour) in enumerate(SPECIES_LOOKS):
        chosen = codes == k
        ax.plot(*Z[chosen].T, marker, color=colour, linestyle="", markersize=5, label=names[k])
    (wrong,) = ax.plot([], [], "o", color=style.INK, markersize=11, fillstyle="none", label="wrong")
    ax.set(xlim=edges, ylim=edges, xlabel="bill length (standardised)")
    ax.set_ylabel("bill depth (stand.)")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    options = _weights(names)

    def update(which, add):
        k, feature = divmod(options.index(which), 2)
        moved = weights.copy()
        moved[feature, k] += add
        picture.set_data(pale[np.argmax(points @ moved + bias, axis=-1)])
        z = Z @ moved + bias
        missed = z.argmax(axis=1) != codes
        wrong.set_data(*Z[missed].T)
        nll = softmax_cross_entropy(codes, z).mean()
        return minus(
            f"{which}, weight {moved[feature, k]:.2f}. Mean NLL {nll:.5f} nats; "
            f"{100 * np.mean(~missed):.2f} % of {len(codes)} right, {missed.sum()} wrong."
        )

    return update


# --- Temperature on held-out penguins ---------------------------------------------------------


def split(Z, codes, seed):
    """A fit on half of the penguins: logits and classes of that half, and of the other half."""
    order = np.random.default_rng(seed).permutation(len(codes))
    half = len(codes) // 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a species may separate; the picture says so
        found = fit.softmax(Z[order[:half]], codes[order[:half]])
    z = Z @ found.params["weights"] + found.params["bias"]
    return [(z[i], codes[i]) for i in (order[:half], order[half:])], found.converged


@scene(
    T=Slider(0.1, 30.0, step=0.05, value=1.0, label="temperature T", log=True),
    again=Press("New split"),
    shows={"T": 2.0},
)
def temperature(fig, Z, labels):
    """One temperature for all logits: mean NLL of the fitted and of the held-out penguins."""
    ax = fig.subplots()
    codes = np.unique(labels, return_inverse=True)[1]
    grid = 10 ** np.linspace(-1, np.log10(30), 100)
    names = ("fitted half", "held-out half")
    looks = ((style.BLUE, "--", "s"), (style.VERMILION, "-", "o"))
    lines = [
        ax.plot(grid, grid, dash, color=c, label=name)[0]
        for name, (c, dash, _) in zip(names, looks, strict=True)
    ]
    dots = [ax.plot([], [], m, color=c, markersize=10, clip_on=False)[0] for c, _, m in looks]
    (best,) = ax.plot([], [], "v", color=style.INK, markersize=10, label="held-out best")
    ax.set(
        xscale="log",
        xlim=(0.1, 30),
        ylim=(0, 1.8),
        yticks=[0, 0.5, 1, 1.5],
        ylabel="mean NLL (nats)",
    )
    ax.set_xticks([0.1, 0.3, 1, 3, 10, 30], ["0.1", "0.3", "1", "3", "10", "30"])
    ax.minorticks_off()
    ax.set(xlabel="temperature T (log scale)", ylabel="mean NLL (nats)")
    ax.legend(loc="upper center", ncols=3)

    @lru_cache(maxsize=64)
    def curves(again):
        halves, converged = split(Z, codes, again)
        return halves, converged, [_over_temperature(z, k, grid) for z, k in halves]

    def update(T, again):
        halves, converged, along = curves(int(again))
        here = [softmax_cross_entropy(k, z / T).mean() for z, k in halves]
        for line, dot, values, value in zip(lines, dots, along, here, strict=True):
            line.set_ydata(np.where(values > 1.55, np.nan, values))  # room for the legend
            dot.set_data([T], [min(value, 1.55)])
        lowest = int(np.argmin(along[1]))
        best.set_data([grid[lowest]], [along[1][lowest] + 0.06])
        right = [100 * np.mean(z.argmax(axis=1) == k) for z, k in halves]
        end = "" if converged else " One species separates perfectly: T = 1 stands for no fit."
        return (
            f"T = {T:.2f}: held out, {right[1]:.2f} % right and mean NLL {here[1]:.4f} nats "
            f"(fitted half {right[0]:.2f} %, {here[0]:.4f}).{end}"
        )

    return update


def _over_temperature(z, codes, temperatures):
    return np.array([softmax_cross_entropy(codes, z / T).mean() for T in temperatures])
