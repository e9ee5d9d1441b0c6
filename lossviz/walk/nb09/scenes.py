"""The pictures of notebook 09: what the Kullback–Leibler divergence measures, on coins and bells.

Here: drawing, the seeded runs behind it, and the descent that fits one bell to two peaks.
Divergences and entropies are `lossviz.information`'s; questions, derivations and exercises are in
`lesson`.
"""

import numpy as np

from lossviz import style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Press, Slider, Toggle, scene
from lossviz.information import cross_entropy, entropy, kl_divergence, kl_normal
from lossviz.losses import gaussian_nll
from lossviz.walk.common import key


def coin(heads):
    """The distribution of a coin: (heads, tails)."""
    return np.array([heads, 1 - heads])


def nats(value):
    """A number of nats to four decimals, with a real minus sign, and ∞ where there is no end."""
    if not np.isfinite(value):
        return "∞"
    return f"{value:.4f}".replace("-", "−").replace("−0.0000", "0.0000")


# --- Ten flips, and many ---------------------------------------------------------------------

RUNS = 2000
PATHS = 20
REACH = (-0.8, 1.0)  # nats per flip that the picture shows; what lies beyond sits at its edge


def log_ratio(heads, flips, p, q):
    """log [p(flips) / q(flips)] per flip, for runs in which `heads` of the `flips` were heads."""
    share = heads / flips
    return share * np.log(p / q) + (1 - share) * np.log((1 - p) / (1 - q))


@scene(
    p=Slider(3, 9, value=6, label="p(heads) · 12"),
    q=Slider(3, 9, value=4, label="q(heads) · 12"),
    N=Slider(1.0, 1e4, step=0.25, value=1.0, label="N, flips", log=True),
    again=Press("New runs"),
    shows={"N": 10.0},
)
def coin_runs(fig):
    """Runs of flips from p: the log-likelihood ratio per flip as a run goes on, and after N."""
    left, right = fig.subplots(1, 2, sharey=True, width_ratios=(1.5, 1))
    lengths = np.unique(np.geomspace(1, 1e4, 90).astype(int))
    paths = [left.plot([], [], "-", color=style.BLUE, lw=0.9, alpha=0.6)[0] for _ in range(PATHS)]
    band = [left.plot([], [], "--", color=style.VERMILION, lw=1.8)[0] for _ in range(2)]
    (ends_of_paths,) = left.plot([], [], "o", color=style.BLUE, ms=6, clip_on=False)
    edges = np.linspace(*REACH, 73)
    bars = right.barh(edges[:-1], np.zeros(72), np.diff(edges), align="edge", color=style.BLUE)
    levels = [ax.axhline(0, color=style.VERMILION, lw=2.2) for ax in (left, right)]
    for ax in (left, right):
        ax.axhline(0, color=style.INK, lw=0.8)
    left.set(xscale="log", xlim=(1, 1e4), ylim=REACH, xlabel="flips so far (log scale)")
    left.set(ylabel="log ratio per flip (nats)")
    runs = {f"{PATHS} runs": paths[0], "KL": levels[0], "KL ± 1 spread": band[0]}
    key(left, runs)
    right.set(xlim=(0, 1), xlabel="share of runs", title=f"{RUNS:,} runs of N flips")
    right.set_xticks([0, 0.5, 1], ["0", "½", "1"])

    def update(p, q, N, again):
        flips, p, q = round(N), p / 12, q / 12
        rng = np.random.default_rng(again)
        heads = (rng.random((PATHS, lengths[-1]), dtype=np.float32) < p).cumsum(axis=1)
        upto = lengths[lengths <= flips]
        if upto[-1] < flips:
            upto = np.append(upto, flips)
        ratios = log_ratio(heads[:, upto - 1], upto, p, q)
        for path, row in zip(paths, ratios, strict=True):
            path.set_data(upto, row)
        ends_of_paths.set_data(np.full(PATHS, flips), np.clip(ratios[:, -1], *REACH))
        divergence = float(kl_divergence(coin(p), coin(q), base=np.e))
        one = np.sqrt(p * (1 - p)) * abs(np.log(p / q) - np.log((1 - p) / (1 - q)))
        for line, sign in zip(band, (-1, 1), strict=True):
            line.set_data(upto, divergence + sign * one / np.sqrt(upto))
        for level in levels:
            level.set_ydata([divergence, divergence])
        ends = log_ratio(rng.binomial(flips, p, RUNS), flips, p, q)
        counts = np.histogram(np.clip(ends, *REACH), edges)[0] / RUNS
        for bar, share in zip(bars, counts, strict=True):
            bar.set_width(share)
        wrong = np.mean(ends < -1e-9)
        return (
            f"p(heads) = {p:.4f}, q(heads) = {q:.4f}: KL(p‖q) = {nats(divergence)} nats. "
            f"After {flips:,} flip{'s' * (flips > 1)} the log ratio per flip is "
            f"{nats(ends.mean())} on average, spread {nats(ends.std())} (expected "
            f"{nats(one / np.sqrt(flips))}); below 0, in favour of q, in {wrong:.0%} of runs."
        )

    return update


# --- Two directions --------------------------------------------------------------------------

TOP = 2.6


@scene(
    p=Slider(0.0, 1.0, step=0.01, value=0.5, label="p(heads)"),
    q=Slider(0.0, 1.0, step=0.01, value=0.4, label="q(heads)"),
    shows={"q": 0.0},
)
def two_ways(fig):
    """Two coins as bars, and both divergences along q's way from p to where it stands."""
    left, right = fig.subplots(1, 2, width_ratios=(1, 1.5))
    places = np.array([0.0, 1.0])
    ps = left.bar(places - 0.2, [0, 0], 0.38, color=style.BLUE, label="p")
    qs = left.bar(places + 0.2, [0, 0], 0.38, color=style.VERMILION, hatch="//", label="q")
    for bar in qs:
        bar.set_edgecolor("white")
    left.set(ylim=(0, 1.3), xlim=(-0.6, 1.6), ylabel="probability")
    left.set_xticks(places, ["heads", "tails"])
    left.set_yticks([0, 0.5, 1])
    left.legend(loc="upper center", ncols=2)
    trails, dots = [], []
    for colour, dash, marker, name in (
        (style.BLUE, "-", "o", "KL(p‖q)"),
        (style.VERMILION, "--", "s", "KL(q‖p)"),
    ):
        trails.append(right.plot([], [], dash, color=colour)[0])
        dots.append(right.plot([], [], marker, color=colour, ms=9, label=name, clip_on=False)[0])
    start = right.axvline(0.5, ymax=0.8, color=style.MUTED, lw=1.2, linestyle=":")
    right.set(xlim=(0, 1), ylim=(0, TOP * 1.3), xlabel="q(heads)", ylabel="nats")
    right.set_yticks([0, 1, 2, TOP], ["0", "1", "2", "↑"])
    right.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])
    right.legend(loc="upper center", ncols=2)
    grab(left, "p", at=lambda p: (-0.2, p))
    grab(left, "q", at=lambda q: (0.2, q))

    def update(p, q):
        for bars, heads in ((ps, p), (qs, q)):
            for bar, height in zip(bars, coin(heads), strict=True):
                bar.set_height(height)
        way = np.linspace(p, q, 121)
        there = kl_divergence(coin(p), coin(way).T, base=np.e)
        back = kl_divergence(coin(way).T, coin(p), base=np.e)
        for trail, dot, values in zip(trails, dots, (there, back), strict=True):
            trail.set_data(way, np.where(values > TOP, np.nan, values))
            dot.set_data([q], [min(values[-1], TOP)])
        start.set_xdata([p, p])
        return (
            f"p(heads) = {p:.2f}, q(heads) = {q:.2f}: KL(p‖q) = {nats(there[-1])} nats, "
            f"KL(q‖p) = {nats(back[-1])} nats."
        )

    return update


# --- Cross-entropy = entropy + KL ------------------------------------------------------------


@scene(
    p=Slider(0.0, 1.0, step=0.01, value=1.0, label="p(heads)"),
    q=Slider(0.05, 0.95, step=0.01, value=0.3, label="q(heads)"),
    all_q=Toggle(label="show every q"),
    shows={"p": 0.7, "q": 0.7, "all_q": True},
)
def entropy_and_kl(fig):
    """The cross-entropy as a bar of two parts, entropy and KL, and over every q if wanted."""
    left, right = fig.subplots(1, 2, sharey=True, width_ratios=(1, 1.9))
    (low,) = left.bar([0], [0], 0.8, color=style.BLUE, label="H(p)")
    (high,) = left.bar([0], [0], 0.8, color=style.VERMILION, hatch="//", label="KL(p‖q)")
    high.set_edgecolor("white")
    left.set(xlim=(-1, 1), ylim=(0, 4.0), ylabel="nats")
    left.set_xticks([0], ["H(p, q)"])
    left.legend(loc="upper center")
    grid = np.linspace(0.05, 0.95, 181)
    (curve,) = right.plot(grid, grid, "-", color=style.INK, label="H(p, q)")
    (floor,) = right.plot([0, 1], [0, 0], "--", color=style.BLUE, label="H(p)")
    (gap,) = right.plot([], [], "-", color=style.VERMILION, lw=5)
    (dot,) = right.plot([], [], "o", color=style.INK, ms=9)
    right.set(xlim=(0, 1), xlabel="q(heads)")
    right.legend(loc="upper center", ncols=2)
    grab(right, "q", at=lambda p, q: (q, cross_entropy(coin(p), coin(q), base=np.e)))

    def update(p, q, all_q):
        least = float(entropy(coin(p), base=np.e))
        extra = float(kl_divergence(coin(p), coin(q), base=np.e))
        low.set_height(least)
        high.set(y=least, height=extra)
        curve.set_ydata(-p * np.log(grid) - (1 - p) * np.log(1 - grid))
        floor.set_ydata([least, least])
        gap.set_data([q, q], [least, least + extra])
        dot.set_data([q], [least + extra])
        for artist in (curve, floor):
            artist.set_visible(all_q)
        total = float(cross_entropy(coin(p), coin(q), base=np.e))
        return (
            f"p(heads) = {p:.2f}, q(heads) = {q:.2f}: entropy {nats(least)} + KL {nats(extra)} "
            f"= cross-entropy {nats(total)} nats."
        )

    return update


# --- A cross-entropy from samples ------------------------------------------------------------

SIZES = np.unique(np.round(10 ** np.arange(0, 4.01, 0.25)).astype(int))
REPEATS = 400


def surprises(rng, size):
    """−log q of `size` numbers drawn from p, for p = N(0, 1) and q = N(1, 2²)."""
    return gaussian_nll(rng.standard_normal(size), 1.0, 2.0)


def errors_of_means(seed):
    """The root mean square error of the mean of N surprises, over many samples, for every N.

    Each mean is built from sums of its own draws: a sample grows, and is read at every size.
    """
    truth = gaussian_nll(0.0, 1.0, 2.0) + 1 / 8
    rng = np.random.default_rng(seed)
    sums, so_far, errors = np.zeros(REPEATS), 0, []
    for size in SIZES:
        for _ in range(so_far, size, 500):
            step = min(500, size - so_far)
            sums += surprises(rng, (REPEATS, step)).sum(axis=1)
            so_far += step
        errors.append(np.sqrt(np.mean((sums / size - truth) ** 2)))
    return np.array(errors)


@scene(
    N=Slider(1.0, 1e4, step=0.25, value=1.0, label="N, samples", log=True),
    again=Press("New sample"),
    shows={"N": 100.0},
)
def from_samples(fig):
    """A cross-entropy estimated from N samples: one estimate as N grows, and its usual error."""
    left, right = fig.subplots(1, 2)
    truth = float(gaussian_nll(0.0, 1.0, 2.0) + 1 / 8)
    errors = errors_of_means(9)
    (path,) = left.plot([], [], "-", color=style.BLUE, lw=1.6)
    (here,) = left.plot([], [], "o", color=style.BLUE, ms=8, clip_on=False)
    true = left.axhline(truth, color=style.VERMILION, linestyle="--")
    left.set(xscale="log", xlim=(1, 1e4), ylim=(1.55, 2.75), xlabel="N (log scale)")
    left.set(ylabel="estimate (nats)")
    key(left, {"one sample": path, "truth": true})
    (dots,) = right.plot([], [], "o", color=style.GREEN, ms=7, clip_on=False)
    (last,) = right.plot([], [], "D", color=style.INK, ms=9, clip_on=False)
    right.set(xscale="log", yscale="log", xlim=(1, 1e4), ylim=(0.002, 0.6))
    right.set(xlabel="N (log scale)", title="usual error (nats)")
    powers = (1, 10, 100, 1000, 10_000)
    for ax in (left, right):
        ax.set_xticks(powers, ["1", "10", "100", "1000", "10⁴"])
        ax.minorticks_off()
    right.set_yticks([0.003, 0.01, 0.03, 0.1, 0.3], ["0.003", "0.01", "0.03", "0.1", "0.3"])

    def update(N, again):
        count = round(N)
        sample = surprises(np.random.default_rng(again), 10_000)[:count]
        means = np.cumsum(sample) / np.arange(1, count + 1)
        shown = np.unique(np.round(np.geomspace(1, count, 200)).astype(int))
        path.set_data(shown, means[shown - 1])
        here.set_data([count], [min(means[-1], 2.75)])
        upto = count >= SIZES
        dots.set_data(SIZES[upto], errors[upto])
        last.set_data(SIZES[upto][-1:], errors[upto][-1:])
        return (
            f"N = {count:,}: this sample says {nats(means[-1])} nats; the truth is {nats(truth)}. "
            f"Over {REPEATS} samples of this size the error is {nats(errors[upto][-1])} nats "
            f"(root mean square)."
        )

    return update


# --- Two normals -----------------------------------------------------------------------------

P_TO_Q, Q_TO_P = "KL(p‖q)", "KL(q‖p)"
MEANS = {"low": -3.0, "high": 3.0, "step": 0.1}
WIDTHS = {"low": 0.5, "high": 3.0, "step": 0.1}


@scene(
    mu_p=Slider(**MEANS, value=0.0, label="μ of p"),
    sigma_p=Slider(**WIDTHS, value=1.0, label="σ of p"),
    mu_q=Slider(**MEANS, value=1.0, label="μ of q"),
    sigma_q=Slider(**WIDTHS, value=2.0, label="σ of q"),
    way=Choice((P_TO_Q, Q_TO_P), label="direction"),
    figsize=(9, 4.6),
    shows={"way": Q_TO_P},
)
def two_normals(fig):
    """Two bells, and below them the integrand (cut off at the top) whose area is the divergence."""
    above, below = fig.subplots(2, 1, sharex=True)
    grid = np.linspace(-9, 9, 721)
    (bell_p,) = above.plot(grid, grid * 0, "-", color=style.BLUE, label="p")
    (bell_q,) = above.plot(grid, grid * 0, "--", color=style.VERMILION, label="q")
    above.set(xlim=(-9, 9), ylim=(0, 1.15), ylabel="density")
    (curve,) = below.plot(grid, grid * 0, "-", color=style.INK, lw=1.5)
    parts = (
        {"facecolor": style.GREEN, "label": "above 0"},
        {"facecolor": style.PURPLE, "label": "below 0"},
    )
    gain, loss = (
        below.fill(
            [0, 1], [0, 0], alpha=0.55, lw=0, ls="-", hatch=hatch, edgecolor="white", **part
        )[0]
        for part, hatch in zip(parts, ("", "//"), strict=True)
    )
    below.axhline(0, color=style.INK, lw=0.8)
    below.set(ylim=(-0.45, 1.1), xlabel="y", ylabel="integrand")
    above.legend(handles=[bell_p, bell_q, gain, loss], loc="upper center", ncols=4)

    def bell_at(off, sigma):
        return np.exp(-gaussian_nll(off, 0, sigma))

    grab(above, "mu_p", at=lambda mu_p, sigma_p: (mu_p, bell_at(0, sigma_p)))
    grab(above, "sigma_p", at=lambda mu_p, sigma_p: (mu_p + sigma_p, bell_at(sigma_p, sigma_p)))
    grab(above, "mu_q", at=lambda mu_q, sigma_q: (mu_q, bell_at(0, sigma_q)))
    grab(above, "sigma_q", at=lambda mu_q, sigma_q: (mu_q + sigma_q, bell_at(sigma_q, sigma_q)))

    def update(mu_p, sigma_p, mu_q, sigma_q, way):
        p, q = (mu_p, sigma_p), (mu_q, sigma_q)
        first, second = (p, q) if way == P_TO_Q else (q, p)
        for bell, (mu, sigma) in ((bell_p, p), (bell_q, q)):
            bell.set_ydata(np.exp(-gaussian_nll(grid, mu, sigma)))
        ratio = gaussian_nll(grid, *second) - gaussian_nll(grid, *first)
        integrand = np.exp(-gaussian_nll(grid, *first)) * ratio
        curve.set_ydata(integrand)
        for area, part in ((gain, np.maximum(integrand, 0)), (loss, np.minimum(integrand, 0))):
            area.set_xy([(grid[0], 0), *zip(grid, part, strict=True), (grid[-1], 0)])
        value = float(kl_normal(*first, *second))
        wide = np.linspace(first[0] - 12 * first[1], first[0] + 12 * first[1], 4001)
        ratio = gaussian_nll(wide, *second) - gaussian_nll(wide, *first)
        pieces = np.exp(-gaussian_nll(wide, *first)) * ratio
        plus, minus = (np.trapezoid(f(pieces, 0), wide) for f in (np.maximum, np.minimum))
        return (
            f"p = N({mu_p:.1f}, {sigma_p:.1f}²), q = N({mu_q:.1f}, {sigma_q:.1f}²): "
            f"{way} = {nats(value)} nats: {nats(plus)} above 0 less {nats(-minus)} below."
        )

    return update


# --- Which way round -------------------------------------------------------------------------

BOTH_NODES = np.linspace(-8, 8, 321)
BOTH_WEIGHTS = np.exp(-(BOTH_NODES**2) / 2) / np.exp(-(BOTH_NODES**2) / 2).sum()
LONGEST = 0.2  # of a step in log σ: a first step from far away would overshoot
RATE = 0.2
STEPS = 100


def two_peaks(y, a):
    """The density of p: half a normal around −a, half around a, both with σ = 1."""
    return (np.exp(-((y - a) ** 2) / 2) + np.exp(-((y + a) ** 2) / 2)) / np.sqrt(8 * np.pi)


def slopes_forward(mu, sigma, a):
    """Slopes of KL(p‖q) in μ and log σ of q; p has the mean 0 and the variance 1 + a²."""
    return mu / sigma**2, 1 - (1 + a**2 + mu**2) / sigma**2


def slopes_reverse(mu, sigma, a):
    """Slopes of KL(q‖p) in μ and log σ of q: means over q of the slope of −log p."""
    y = mu + sigma * BOTH_NODES
    pull = BOTH_WEIGHTS * (y - a * np.tanh(a * y))
    return pull.sum(), -1 + (pull * sigma * BOTH_NODES).sum()


def descend(slopes, a, mu, sigma, steps):
    """`steps` of gradient descent on μ and log σ; each slope is divided by its curvature.

    In σ units, that is: μ moves by RATE σ² times its slope, log σ by RATE/2 times its own.
    """
    for _ in range(steps):
        in_mu, in_log = slopes(mu, sigma, a)
        mu -= RATE * sigma**2 * in_mu
        sigma *= np.exp(-np.clip(RATE / 2 * in_log, -LONGEST, LONGEST))
    return mu, sigma


def divergences(mu, sigma, a):
    """KL(p‖q) and KL(q‖p) in nats, for p with two peaks and q = N(μ, σ²)."""
    y = np.linspace(-a - 10, a + 10, 2001)
    p = two_peaks(y, a)
    forward = np.trapezoid(p * (np.log(p) + gaussian_nll(y, mu, sigma)), y)
    y = mu + sigma * BOTH_NODES
    log_p = np.logaddexp(-((y - a) ** 2) / 2, -((y + a) ** 2) / 2) - np.log(8 * np.pi) / 2
    reverse = BOTH_WEIGHTS @ (-gaussian_nll(y, mu, sigma) - log_p)
    return float(forward), float(reverse)


@scene(
    steps=Slider(0, STEPS, value=0, label="steps"),
    a=Slider(0.5, 5.0, step=0.1, value=4.0, label="peaks at ±a"),
    mu=Slider(-5.0, 5.0, step=0.1, value=1.0, label="start: μ"),
    sigma=Slider(0.6, 4.0, step=0.1, value=1.0, label="start: σ"),
    shows={"steps": STEPS},
)
def which_way_round(fig):
    """One bell fitted to two peaks, by each direction of KL, from the same start."""
    axes = fig.subplots(1, 2, sharey=True)
    grid = np.linspace(-9, 9, 361)
    shown = []
    for ax, name, colour in zip(
        axes, ("KL(p‖q), forward", "KL(q‖p), reverse"), (style.GREEN, style.VERMILION), strict=True
    ):
        (peaks,) = ax.plot(grid, grid * 0, "-", color=style.BLUE, label="p")
        (bell,) = ax.plot(grid, grid * 0, "--", color=colour, label="q")
        ax.set(xlim=(-9, 9), ylim=(0, 0.82), title=name, xlabel="y")
        ax.set_xticks([-8, -4, 0, 4, 8])
        ax.set_yticks([0, 0.2, 0.4, 0.6])
        ax.legend(loc="upper right", ncols=2)
        shown.append((peaks, bell))
    axes[0].set_ylabel("density")

    def update(steps, a, mu, sigma):
        said = []
        for (peaks, bell), slopes, k in zip(
            shown, (slopes_forward, slopes_reverse), (0, 1), strict=True
        ):
            m, s = descend(slopes, a, mu, sigma, steps)
            peaks.set_ydata(two_peaks(grid, a))
            bell.set_ydata(np.exp(-gaussian_nll(grid, m, s)))
            where = f"μ = {m:.2f}".replace("-0.00", "0.00").replace("-", "−")
            said.append(f"{where}, σ = {s:.2f}, KL {divergences(m, s, a)[k]:.3f}")
        return f"Peaks at ±{a:.1f}, after {steps} steps: forward {said[0]}; reverse {said[1]} nats."

    return update
