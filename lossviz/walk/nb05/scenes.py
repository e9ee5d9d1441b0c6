"""The pictures of notebook 05: logits, O-rings, saturation, stability and a threshold.

Here: drawing, and the few numbers that a picture needs (two training runs, where a float gives up).
The losses come from `lossviz.losses`; questions, derivations and exercises are in `lesson`.
"""

from functools import lru_cache

import numpy as np

from lossviz import fit, style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Slider, Toggle, scene
from lossviz.losses import sigmoid, sigmoid_cross_entropy, softplus
from lossviz.walk.common import key, minus, plain, recipe_figure

# --- The logit --------------------------------------------------------------------------------


@scene(
    z=Slider(-8.0, 8.0, step=0.1, value=-2.0, label="z"),
    y=Choice(("y = 1", "y = 0")),
    shows={"z": -6.0},
)
def logit(fig):
    """The probability of a yes over the logit z, and the NLL of what happened with its slope."""
    left, right = fig.subplots(1, 2)
    grid = np.linspace(-8, 8, 321)
    left.plot(grid, sigmoid(grid), "-", color=style.BLUE)
    (stem,) = left.plot([], [], "-", color=style.INK, linewidth=5, solid_capstyle="butt")
    (dot,) = left.plot([], [], "o", color=style.BLUE, markersize=11, clip_on=False)
    left.axhline(0.5, color=style.MUTED, linestyle=":", linewidth=1.2)
    left.set(xlim=(-8, 8), ylim=(0, 1.02), xlabel="logit z", title="P(1) = σ(z)")
    left.set_yticks([0, 0.5, 1])
    (curve,) = right.plot(grid, grid * 0, "-", color=style.VERMILION)
    (tangent,) = right.plot([], [], "--", color=style.INK, linewidth=1.5)
    (point,) = right.plot([], [], "D", color=style.VERMILION, markersize=10, clip_on=False)
    right.set(xlim=(-8, 8), ylim=(0, 8.6), xlabel="logit z", title="NLL (nats)")
    grab(left, "z", at=lambda z: (z, sigmoid(z)))

    def update(z, y):
        happened = int(y[-1])
        p, nll = sigmoid(z), sigmoid_cross_entropy(happened, z)
        slope = p - happened
        stem.set_data([z, z], [0, p] if happened else [p, 1])
        dot.set_data([z], [p])
        known = grid >= z - 1e-9 if happened else grid <= z + 1e-9  # no further than the slider
        curve.set_ydata(np.where(known, sigmoid_cross_entropy(happened, grid), np.nan))
        point.set_data([z], [nll])
        reach = np.array([-0.8, 2.5]) if happened else np.array([-2.5, 0.8])
        tangent.set_data(z + reach, nll + slope * reach)
        return minus(
            f"z = {z:.1f}: P(1) = {p:.4f}, P(0) = {sigmoid(-z):.4f}. What happened, {y}, costs "
            f"{nll:.4f} nats; the slope there is {slope:.4f}."
        )

    return update


# --- Challenger -------------------------------------------------------------------------------


def _flights(ax, x, y):
    """The flights as marks at 0 and 1, those at one temperature side by side; a mark of each."""
    taken, marks = {}, {}
    for t, damage in sorted(zip(x, y, strict=True)):
        k = taken[t, damage] = taken.get((t, damage), -1) + 1
        style_of = {"marker": "D", "color": style.VERMILION} if damage else {"marker": "o"}
        height = 1 + 0.055 * k if damage else -0.055 * k
        (mark,) = ax.plot([t], [height], **{"color": style.BLUE, **style_of}, linestyle="", ms=7)
        marks["damage" if damage else "none"] = mark
    ax.set(ylim=(-0.24, 1.17), yticks=[0, 0.5, 1], xlabel="temperature (°F)")
    return marks


@scene(
    x0=Slider(50, 82, value=75, label="temperature (°F)"),
    figsize=(9, 3.0),
    shows={"x0": 53},
)
def recipe(fig, x, y):
    """The recipe filled in for one flight that ended with damage."""
    found = fit.logistic(x, y).params
    model = "z = b +\nw(x − 70)\nλ = σ(z)"
    fill = recipe_figure(fig, model, ["no", "yes"], "damage y")

    def update(x0):
        z = found["intercept"] + found["slope"] * x0
        lam = sigmoid(z)
        return fill(f"{x0} °F", f"z = {z:.2f}\nλ = {lam:.2f}", (1 - lam, lam), 1, lam)

    return update


@scene(
    w=Slider(-0.6, 0.2, step=0.005, value=0.0, label="w (per °F)"),
    b=Slider(-5.0, 5.0, step=0.1, value=0.0, label="b (logit at 70 °F)"),
    best=Toggle(label="reveal the best"),
    shows={"w": -0.23, "b": -1.2, "best": True},
)
def challenger(fig, x, y, mle):
    """P(damage) over temperature with the flights, and each flight's share of the NLL."""
    left, right = fig.subplots(1, 2, gridspec_kw={"width_ratios": (1.25, 1)})
    grid = np.linspace(50, 84, 200)
    marks = _flights(left, x, y)
    (curve,) = left.plot(grid, grid * 0, "-", color=style.INK)
    (reveal,) = left.plot(grid, sigmoid(mle[0] + mle[1] * grid), "--", color=style.GREEN)
    left.set_xlim(50, 84)
    key(left, {"P(damage)": curve, **marks})
    (stems,) = right.plot([], [], "-", color=style.MUTED, linewidth=2)
    (hurt,) = right.plot([], [], "D", color=style.VERMILION, clip_on=False)
    (sound,) = right.plot([], [], "o", color=style.BLUE, clip_on=False)
    right.set(xlim=(50, 84), ylim=(0, 5.3), xlabel="temperature (°F)", title="NLL of each flight")
    damaged = y == 1
    lowest = sigmoid_cross_entropy(y, mle[0] + mle[1] * x).sum()
    grab(left, "b", at=lambda b: (70, sigmoid(b)))
    grab(left, "w", at=lambda w, b: (60, sigmoid(b - 10 * w)))

    def update(w, b, best):
        nll = sigmoid_cross_entropy(y, b + w * (x - 70))
        curve.set_ydata(sigmoid(b + w * (grid - 70)))
        reveal.set_visible(best)
        heights = np.minimum(nll, 5)
        stems.set_data(np.repeat(x, 3), np.ravel([(0, h, np.nan) for h in heights]))
        hurt.set_data(x[damaged], heights[damaged])
        sound.set_data(x[~damaged], heights[~damaged])
        off = np.sum(nll > 5)
        over = f" ({off} of them above 5, drawn at 5)" if off else ""
        tip = f" The least possible is {lowest:.4f}." if best else ""
        return minus(f"NLL of all {len(y)} flights: {nll.sum():.4f} nats{over}.{tip}")

    return update


@scene(x=Slider(45.0, 90.0, step=0.5, value=80.0, label="temperature (°F)"), shows={"x": 65.0})
def line_to_curve(fig, intercept, slope):
    """The logit over temperature, a line; and the probability that the sigmoid makes of it."""
    left, right = fig.subplots(1, 2)
    grid = np.linspace(45, 90, 181)
    marks = []
    for ax, values in (
        (left, intercept + slope * grid),
        (right, sigmoid(intercept + slope * grid)),
    ):
        (drawn,) = ax.plot(grid, values, "-", color=style.BLUE)
        ax.set(xlim=(45, 90), xlabel="temperature (°F)")
        ax.set_xticks([50, 60, 70, 80, 90])
    for ax, even in ((left, 0.0), (right, 0.5)):
        ax.axhline(even, color=style.MUTED, linestyle=":", linewidth=1.2)
        marks += ax.plot([], [], "o", color=style.BLUE, markersize=10, clip_on=False)
    (tangent,) = right.plot([], [], "--", color=style.VERMILION)
    left.set(ylim=(-6.5, 5.5), title="output z(x)")
    right.set_ylim(0, 1.02)
    key(right, {"λ(x) = σ(z(x))": drawn, "its slope": tangent})
    right.set_yticks([0, 0.5, 1])
    reach = np.array([-8.0, 8.0])
    grab(right, "x", at=lambda x: (x, sigmoid(intercept + slope * x)))

    def update(x):
        z = intercept + slope * x
        p = sigmoid(z)
        steep = slope * p * sigmoid(-z)
        for mark, height in zip(marks, (z, p), strict=True):
            mark.set_data([x], [height])
        tangent.set_data(x + reach, p + steep * reach)
        return minus(
            f"{x:.1f} °F: z = {z:.3f}, P(damage) = {p:.4f}. The slope per °F is {slope:.4f} for z "
            f"and {steep:.4f} for P."
        )

    return update


@scene(T=Slider(31, 84, value=70, label="temperature (°F)"), shows={"T": 31})
def extrapolate(fig, x, y, lines):
    """The fits to many resamples of the flights, and what they say at one temperature."""
    left, right = fig.subplots(1, 2, gridspec_kw={"width_ratios": (1.5, 1)})
    lines = np.asarray(lines)
    grid = np.linspace(30, 85, 221)
    fan = sigmoid(lines[:, :1] + lines[:, 1:] * grid)
    left.axvspan(30, x.min(), color=style.FAINT, alpha=0.45, linewidth=0)
    left.plot(grid, fan.T, "-", color=style.BLUE, alpha=0.07, linewidth=1)
    _flights(left, x, y)
    left.text(33.5, 0.08, "no flight here", color=style.INK)
    (here,) = left.plot([], [], "--", color=style.INK)
    left.set(xlim=(30, 85), title=f"{len(lines)} resamples: P(damage)")
    edges = np.linspace(0, 1, 21)
    shape = right.stairs(np.zeros(20), edges, fill=True, color=style.BLUE, alpha=0.6)
    right.set(xlim=(0, 1), ylim=(0, 1), xlabel="P(damage)", title="share of resamples")
    right.set_xticks([0, 0.5, 1], ["0", "½", "1"])

    def update(T):
        p = sigmoid(lines[:, 0] + lines[:, 1] * T)
        here.set_data([T, T], [-0.2, 1.15])
        shape.set_data(np.histogram(np.clip(p, 0, 1), edges)[0] / len(p))
        low, middle, high = np.percentile(p, [2.5, 50, 97.5])
        outside = "" if x.min() <= T else f" No flight was colder than {x.min():.0f} °F."
        return (
            f"At {T} °F: median P(damage) {middle:.3f}; 95 % of the resamples lie from {low:.3f} "
            f"to {high:.3f}.{outside}"
        )

    return update


# --- Saturation -------------------------------------------------------------------------------


@scene(z=Slider(-12.0, 6.0, step=0.1, value=0.0, label="z"), shows={"z": -10.0})
def saturation(fig):
    """Both losses of a yes over the logit z, and how strongly each of them pulls."""
    left, right = fig.subplots(1, 2)
    grid = np.linspace(-12, 6, 361)
    p = sigmoid(grid)
    curves = (softplus(-grid), (p - 1) ** 2), (sigmoid(-grid), 2 * p * (1 - p) ** 2)
    looks = ((style.BLUE, "-", "o", "BCE"), (style.VERMILION, "--", "s", "squared error"))
    dots, lines = [], []  # the curves are drawn down to the z of the slider, and no further
    for ax, pair in zip((left, right), curves, strict=True):
        for values, (colour, dash, marker, name) in zip(pair, looks, strict=True):
            lines += ax.plot(
                grid, values, dash, color=colour, marker=marker, markevery=[], label=name
            )
            dots.append(ax.plot([], [], marker, color=colour, markersize=10, clip_on=False)[0])
        ax.set(xlim=(-12.4, 6.6), xlabel="logit z")
    left.set(ylim=(-0.2, 12.5), title="loss of y = 1")
    left.legend(loc="upper right")
    right.set(ylim=(-0.02, 1.1), title="size of its slope")
    grab(left, "z", at=lambda z: (z, softplus(-z)))

    def update(z):
        right_p, wrong_p = sigmoid(z), sigmoid(-z)
        steep = 2 * right_p * wrong_p**2
        heights = (softplus(-z), wrong_p**2, wrong_p, steep)
        for line, values in zip(lines, [*curves[0], *curves[1]], strict=True):
            line.set_ydata(np.where(grid >= z - 1e-9, values, np.nan))
        for dot, height in zip(dots, heights, strict=True):
            dot.set_data([z], [height])
        return minus(
            f"z = {z:.1f}, P(1) = {plain(right_p)}: BCE {softplus(-z):.4f} with slope "
            f"{-wrong_p:.4f}; squared error {plain(wrong_p**2)} with slope {plain(-steep)}."
        )

    return update


STEPS = 300


@lru_cache(maxsize=64)
def _run(s, y, start, squared):
    """(b, w) after 0, 1, … STEPS steps of gradient descent at rate 1 on the mean loss."""
    features, targets = np.array([np.ones(len(s)), s]), np.array(y)
    path = np.empty((STEPS + 1, 2))
    path[0] = start, 0.0
    for k in range(STEPS):
        p = 1 / (1 + np.exp(-path[k] @ features))  # safe here: |z| stays below 50
        pull = p - targets
        if squared:
            pull = pull * 2 * p * (1 - p)
        path[k + 1] = path[k] - features @ pull / len(targets)
    return path


@scene(
    start=Slider(-10, 10, value=-10, label="b at the start"),
    step=Slider(0, STEPS, value=0, step=5, label="steps"),
    shows={"step": STEPS},
)
def two_runs(fig, x, y):
    """Gradient descent on BCE and on squared error from one bad start, after some steps."""
    left, right = fig.subplots(1, 2, gridspec_kw={"width_ratios": (1.25, 1)})
    centre, spread = x.mean(), x.std()
    s, targets = tuple((x - centre) / spread), tuple(y)
    grid = np.linspace(50, 84, 200)
    _flights(left, x, y)
    looks = ((style.BLUE, "-", "o", "BCE"), (style.VERMILION, "--", "s", "squared error"))
    curves, tracks, ends = [], [], []
    for colour, dash, marker, name in looks:
        curves.append(left.plot(grid, grid * 0, dash, color=colour, linewidth=3)[0])
        tracks.append(right.plot([], [], dash, color=colour, label=name)[0])
        ends.append(right.plot([], [], marker, color=colour, markersize=10, clip_on=False)[0])
    left.set(xlim=(50, 84), title="P(damage) by now")
    right.set(xlim=(0, STEPS), ylim=(0, 13), xlabel="steps", title="mean NLL of both")
    right.set_yticks([0, 2, 4, 6])
    right.legend(loc="upper right")

    def update(start, step):
        losses = []
        for k, squared in enumerate((False, True)):
            path = _run(s, targets, float(start), squared)
            nll = sigmoid_cross_entropy(y, path[: step + 1] @ np.array([np.ones(len(s)), s]))
            nll = nll.mean(axis=1)
            b, w = path[step]
            curves[k].set_ydata(sigmoid(b + w * (grid - centre) / spread))
            tracks[k].set_data(np.arange(step + 1), nll)
            ends[k].set_data([step], [nll[-1]])
            losses.append((nll[-1], b))
        (bce, b_bce), (square, b_square) = losses
        return minus(
            f"After {step} steps from b = {start:.0f}: trained on BCE, b = {b_bce:.2f} and mean "
            f"NLL {bce:.4f}; on squared error, b = {b_square:.2f} and mean NLL {square:.4f}."
        )

    return update


# --- Stability --------------------------------------------------------------------------------

# The NLL of y = 0 in three ways. They are one function on paper.
FORMS = {
    "-log(1 - sigmoid(z))": lambda z: -np.log(1 - 1 / (1 + np.exp(-z))),
    "log(1 + exp(z))": lambda z: np.log(1 + np.exp(z)),
    "logaddexp(0, z)": lambda z: np.logaddexp(np.zeros_like(z), z),
}
FLOATS = {"float64": np.float64, "float32": np.float32}


def computed(form, z, kind=np.float64):
    """What one of the FORMS makes of z in floats of one kind, warnings or not."""
    with np.errstate(all="ignore"):
        return FORMS[form](np.asarray(z, kind))


def alive(form, kind=np.float64):
    """The lowest and the highest whole z, out to ±1000, at which a form is neither 0 nor ∞."""
    z = np.arange(-1000, 1001)
    value = computed(form, z, kind)
    there = z[(value > 0) & np.isfinite(value)]
    return int(there.min()), int(there.max())


@scene(
    z=Slider(-1000, 1000, value=20, label="z"),
    form=Choice(tuple(FORMS)),
    floats=Choice(tuple(FLOATS)),
    shows={"z": 17, "floats": "float32"},
)
def stability(fig):
    """The loss of y = 0 over z as a float computes it, against the true one; and its island."""
    left, right = fig.subplots(1, 2)
    z, close = np.arange(-1000, 1001), np.linspace(-60, 60, 481)
    lines, islands, marks = [], [], []
    for ax, grid in ((left, z), (right, close)):
        wide = {"color": style.FAINT, "linewidth": 9, "solid_capstyle": "butt"}
        (true,) = ax.plot(grid, _log10_softplus(grid), "-", **wide)
        lines += ax.plot([], [], "-", color=style.BLUE)
        islands += ax.bar([0], [600], 1, -500, color=style.GREEN, alpha=0.2, linewidth=0)
        marks += ax.plot([], [], "|", color=style.INK, markersize=22, markeredgewidth=3)
        ax.set_xlabel("logit z")
    left.set(xlim=(-1030, 1030), ylim=(-470, 60))
    left.set_yticks([-400, -300, -200, -100, 0], [f"$10^{{{e}}}$" for e in range(-400, 1, 100)])
    right.set(xlim=(-60, 60), ylim=(-27, 4))
    right.set_yticks([-20, -10, 0], ["$10^{-20}$", "$10^{-10}$", "1"])
    left.set_ylabel("loss")
    right.set_xlabel("the same, near 0")
    key(left, {"true": true, "computed": lines[0]})
    key(right, {"neither 0 nor ∞": islands[1]})
    reaches = {(f, k): alive(f, FLOATS[k]) for f in FORMS for k in FLOATS}

    def update(z, form, floats):
        first, last = reaches[form, floats]
        for line, island, grid in zip(lines, islands, (np.arange(-1000, 1001), close), strict=True):
            inside = grid[(grid >= first) & (grid <= last)]
            with np.errstate(divide="ignore"):  # between two whole z it may be 0 already
                line.set_data(inside, np.log10(computed(form, inside, FLOATS[floats])))
            island.set(x=first - 0.5, width=last - first + 1)
        for mark in marks:
            mark.set_data([z], [_log10_softplus(np.array(z))])
        value = float(computed(form, float(z), FLOATS[floats]))
        top = f"∞ from z = {last + 1}" if last < 1000 else "never ∞"
        return minus(
            f"z = {z:.0f} in {floats}: {form.replace('-', '−')} gives {plain(value)}, true is "
            f"{_spell_softplus(z)}. It is 0 from z = {first - 1} down, and {top}."
        )

    return update


def _log10_softplus(z):
    """log₁₀ ζ(z), also where ζ(z) itself is below the smallest float."""
    z = np.asarray(z, float)
    return np.where(z < -30, z, np.log(softplus(np.maximum(z, -30)))) / np.log(10)


def _spell_softplus(z):
    """ζ(z) in words, also where it is below the smallest float."""
    if z >= -30:
        return plain(softplus(float(z)))
    exponent = int(np.floor(_log10_softplus(z)))
    raised = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{10 ** (_log10_softplus(z) - exponent):.2f} × 10{raised}"


# --- A threshold ------------------------------------------------------------------------------


def confusion(y, p, threshold):
    """Counts (hits, misses, false alarms, correct rejections) of the decision p ≥ threshold."""
    said = p >= threshold
    hit = y == 1
    return tuple(int(np.sum(a & b)) for a in (hit, ~hit) for b in (said, ~said))


@scene(
    threshold=Slider(0.0, 1.0, step=0.01, value=0.5, label="threshold"), shows={"threshold": 0.17}
)
def decide(fig, y, p):
    """Each flight at its predicted probability, a threshold, and the four counts it makes."""
    left, right = fig.subplots(1, 2, gridspec_kw={"width_ratios": (1.6, 1)})
    order = np.argsort(p, kind="stable")
    rank, marks = np.arange(len(p)), {}
    for label, marker, colour in ((0, "o", style.BLUE), (1, "D", style.VERMILION)):
        chosen = y[order] == label
        name = "a flight with damage" if label else "without"
        marks |= {name: left.plot(p[order][chosen], rank[chosen], marker, color=colour)[0]}
    (gate,) = left.plot([], [], "--", color=style.INK)
    left.set(xlim=(-0.02, 1.02), ylim=(-1.5, len(p) + 0.5), yticks=[], xlabel="P(damage)")
    key(left, marks)
    right.set(xlim=(-0.8, 2.06), ylim=(-0.06, 2.6), xticks=[], yticks=[])
    right.axis("off")
    for x, word in ((0.5, "say yes"), (1.5, "say no")):
        right.text(x, 2.15, word, ha="center")
    for height, mark, colour in ((1.5, "◆", style.VERMILION), (0.5, "●", style.BLUE)):
        right.text(-0.4, height, mark, ha="center", va="center", color=colour, fontsize=20)
    right.plot([0, 2, 2, 0, 0], [0, 0, 2, 2, 0], "-", color=style.INK, linewidth=1)
    right.plot([0, 2, np.nan, 1, 1], [1, 1, np.nan, 0, 2], "-", color=style.INK, linewidth=1)
    places = ((0.5, 1.5), (1.5, 1.5), (0.5, 0.5), (1.5, 0.5))
    texts = [right.text(*at, "", ha="center", va="center", fontsize=26) for at in places]

    def update(threshold):
        gate.set_data([threshold, threshold], [-1.5, len(p) + 0.5])
        counts = confusion(y, p, threshold)
        for text, count in zip(texts, counts, strict=True):
            text.set_text(str(count))
        hits, misses, alarms, quiet = counts
        return (
            f"Say yes from P(damage) = {threshold:.2f} on: {hits} hits, {misses} misses, {alarms} "
            f"false alarms, {quiet} rightly quiet; {(hits + quiet) / len(y):.4f} are right."
        )

    return update
