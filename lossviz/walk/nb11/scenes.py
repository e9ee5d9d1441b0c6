"""The pictures of notebook 11: the recipe for counts, positive numbers, angles, several answers.

Here: drawing, and which rows a comparison on unseen data may use. The fits are `lossviz.fit`'s;
questions, derivations and exercises are in `lesson`.
"""

import numpy as np
from scipy.special import gammaincc, gammaincinv, gammaln, ndtr, ndtri

from lossviz import fit, losses, style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Slider, Toggle, scene
from lossviz.losses import gaussian_nll, mixture_nll, softmax
from lossviz.walk.common import key, minus, recipe_figure

POISSON, GEOMETRIC, BINOMIAL = "Poisson", "geometric", "binomial, 4 tries"


def geometric_nll(y, mean):
    """−log P(y) where each further one comes with the same chance: P(y) = (1 − c)c^y."""
    return np.log1p(mean) - y * np.log(mean / (1 + mean))


def binomial_nll(y, mean, tries=4):
    """−log P(y) for the number of hits in some tries."""
    chance = mean / tries
    ways = gammaln(tries + 1) - gammaln(y + 1) - gammaln(tries - y + 1)
    return -ways - y * np.log(chance) - (tries - y) * np.log1p(-chance)


COUNT_NLL = {
    GEOMETRIC: geometric_nll,
    POISSON: lambda y, mean: losses.poisson_nll(y, np.log(mean)),
    BINOMIAL: binomial_nll,
}


@scene(
    eta=Slider(-2.5, 1.5, step=0.1, value=-2.0, label="output η"),
    figsize=(9, 3.0),
    shows={"eta": 0.7},
)
def recipe(fig):
    """The recipe filled in for a count: any output η, a rate, a bar for each count."""
    counts = np.arange(6)
    fill = recipe_figure(fig, "one η\nfor all", [str(k) for k in counts], "deaths y")

    def update(eta):
        p = np.exp(-losses.poisson_nll(counts, eta))
        return fill("none", f"η = {eta:.1f}\nλ = {np.exp(eta):.2f}", p, 2, p[2])

    return update


@scene(
    kind=Choice(tuple(COUNT_NLL), label="distribution"),
    mean=Slider(0.1, 2.5, step=0.01, value=1.5, label="its mean"),
    shows={"kind": POISSON, "mean": 0.61},
)
def counts(fig, deaths, corps_years):
    """How often each count was seen and how often the model expects it; the NLL over the mean."""
    left, right = fig.subplots(1, 2)
    total = corps_years.sum()
    left.bar(deaths, corps_years, color=style.FAINT, width=0.8, label="seen")
    (model,) = left.plot(deaths, deaths * 0, "o", color=style.BLUE, markersize=10, label="model")
    left.set(ylim=(-4, 200), xlabel="deaths in a year", title="corps-years")
    left.set_xticks(deaths)
    left.set_yticks([0, 50, 100, 150, 200])
    left.legend(loc="upper right")
    means = np.linspace(0.1, 2.5, 241)
    curves = {
        kind: (corps_years[:, None] * nll(deaths[:, None], means[None, :])).sum(axis=0)
        for kind, nll in COUNT_NLL.items()
    }
    (curve,) = right.plot(means, means * 0, "-", color=style.BLUE)
    (here,) = right.plot([], [], "o", color=style.VERMILION, markersize=10, clip_on=False)
    right.set(xlim=(0, 2.6), ylim=(195, 450), xlabel="mean of the model", title="NLL")
    right.set_yticks([200, 250, 300, 350, 400, 450])
    grab(right, "mean", at=lambda kind, mean: (mean, corps_years @ COUNT_NLL[kind](deaths, mean)))

    def update(kind, mean):
        nll = COUNT_NLL[kind](deaths, mean)
        model.set_ydata(total * np.exp(-nll))
        curve.set_ydata(curves[kind])
        value = corps_years @ nll
        here.set_data([mean], [min(value, 450)])
        expected = total * np.exp(-nll[0])
        return (
            f"{kind} with mean {mean:.2f}: NLL {value:.2f} nats. It expects {expected:.1f} "
            f"corps-years without a death; seen were {corps_years[0]:.0f}."
        )

    return update


NORMAL, GAMMA, LOGNORMAL = "normal", "gamma", "log-normal"


def positive_fits(y):
    """For each of three distributions: (NLL, density, tail, quantile), fitted to y."""
    bell, gam, log = fit.normal(y), fit.gamma(y), fit.lognormal(y)
    mu, sigma = bell.params.values()
    shape, scale = gam.params.values()
    log_mu, log_sigma = log.params.values()
    return {
        NORMAL: (
            bell.nll,
            lambda t: np.exp(-gaussian_nll(t, mu, sigma)),
            lambda t: ndtr((mu - t) / sigma),
            lambda p: mu + sigma * ndtri(p),
        ),
        GAMMA: (
            gam.nll,
            lambda t: np.exp(-losses.gamma_nll(t, shape, scale)),
            lambda t: gammaincc(shape, t / scale),
            lambda p: scale * gammaincinv(shape, p),
        ),
        LOGNORMAL: (
            log.nll,
            lambda t: np.exp(-losses.lognormal_nll(t, log_mu, log_sigma)),
            lambda t: ndtr((log_mu - np.log(t)) / log_sigma),
            lambda p: np.exp(log_mu + log_sigma * ndtri(p)),
        ),
    }


FRANCS, HUNDREDS = "franc", "100 francs"


@scene(
    kind=Choice((NORMAL, GAMMA, LOGNORMAL), label="distribution"),
    unit=Choice((FRANCS, HUNDREDS), label="density per"),
    above=Slider(200, 3000, step=50, value=1000, label="income above"),
    shows={"kind": LOGNORMAL},
)
def positive(fig, income):
    """Incomes with a fitted density, and each income against the one that the model expects."""
    left, right = fig.subplots(1, 2, width_ratios=(3, 2))
    fits = positive_fits(income)
    I = len(income)
    bins = np.arange(0, 5001, 200)
    left.hist(income, bins, density=True, color=style.FAINT)
    grid = np.linspace(1, 3200, 400)
    (curve,) = left.plot(grid, grid * 0, "-", color=style.BLUE)
    (tail,) = left.fill([0, 1, 1], [0, 0, 1], color=style.BLUE, alpha=0.3, linewidth=0)
    left.set(xlim=(0, 3200), ylim=(0, 0.0014), xlabel="income (francs)", title="density")
    left.set_xticks([0, 1000, 2000, 3000])
    left.set_yticks([])
    right.plot([-700, 5200], [-700, 5200], "-", color=style.MUTED, linewidth=1)
    (pairs,) = right.plot([], [], "o", color=style.BLUE, markersize=4)
    right.set(xlim=(-700, 5200), ylim=(-700, 5200), xlabel="expected", title="income seen")
    right.set_xticks([0, 2500, 5000])
    right.set_yticks([0, 2500, 5000])
    expected = {kind: quantile((np.arange(I) + 0.5) / I) for kind, (*_, quantile) in fits.items()}
    ordered = np.sort(income)

    def update(kind, unit, above):
        nll, density, upper, _ = fits[kind]
        heights = density(grid)
        curve.set_ydata(heights)
        end = grid >= above
        tail.set_xy([(above, 0), *zip(grid[end], heights[end], strict=True), (grid[-1], 0)])
        pairs.set_data(expected[kind], ordered)
        shown = nll if unit == FRANCS else nll - I * np.log(100)
        return (
            f"{kind}: NLL {shown:.2f} nats, densities per {unit}. Households above {above} francs: "
            f"{upper(above):.1%} expected, {np.mean(income > above):.1%} seen."
        )

    return update


VON_MISES = "von Mises"


def from_cut(angles, cut):
    """The angles as numbers from `cut` to one turn further."""
    return cut + np.mod(angles - cut, 2 * np.pi)


@scene(
    kind=Choice((NORMAL, VON_MISES), label="distribution"),
    cut=Slider(0.0, 0.99, step=0.01, value=0.0, label="cut at"),
    shows={"cut": 0.5},
)
def circle(fig, fractions):
    """Fractional parts on a circle with the centre of the model, and the NLL at every cut."""
    left, right = fig.subplots(1, 2, width_ratios=(1, 1.3))
    angles = 2 * np.pi * fractions
    ring = np.linspace(0, 2 * np.pi, 200)
    left.plot(np.sin(ring), np.cos(ring), "-", color=style.FAINT)
    left.plot(np.sin(angles), np.cos(angles), "o", color=style.MUTED, markersize=7)
    (seam,) = left.plot([], [], ":", color=style.INK)
    (needle,) = left.plot([], [], "-", color=style.VERMILION, linewidth=4)
    for part, name in ((0, ".0"), (0.25, ".25"), (0.5, ".5"), (0.75, ".75")):
        spot = 1.27 * np.sin(2 * np.pi * part), 1.27 * np.cos(2 * np.pi * part)
        left.text(*spot, name, ha="center", va="center")
    left.set(xlim=(-1.5, 1.5), ylim=(-1.45, 1.45), aspect="equal")
    key(left, {"centre": needle, "cut": seam})
    left.set_axis_off()
    cuts = np.arange(100) / 100
    round_ = fit.von_mises(angles)
    normals = [fit.normal(from_cut(angles, 2 * np.pi * cut)) for cut in cuts]
    curves = {NORMAL: np.array([n.nll for n in normals]), VON_MISES: np.full(100, round_.nll)}
    (curve,) = right.plot([], [], "-", color=style.BLUE)
    (here,) = right.plot([], [], "o", color=style.VERMILION, markersize=10, clip_on=False)
    right.set(xlim=(0, 1), ylim=(35, 80), xlabel="cut at", title="NLL (nats), radians")
    right.set_xticks([0, 0.25, 0.5, 0.75, 1])
    right.set_yticks([40, 50, 60, 70, 80])

    def update(kind, cut):
        k = round(100 * cut)
        mu = normals[k].params["mu"] if kind == NORMAL else round_.params["mu"]
        needle.set_data([0, 0.85 * np.sin(mu)], [0, 0.85 * np.cos(mu)])
        across = np.array([0.9, 1.15])
        seam.set_data(across * np.sin(2 * np.pi * cut), across * np.cos(2 * np.pi * cut))
        curve.set_data(cuts[: k + 1], curves[kind][: k + 1])
        here.set_data([cut], [curves[kind][k]])
        return (
            f"{kind}, fractions read from {cut:.2f} to {cut + 1:.2f}: its centre is at "
            f"{mu / (2 * np.pi):.3f}, NLL {curves[kind][k]:.2f} nats."
        )

    return update


def halves(size, seed=0):
    """Two random halves of the rows: to fit on, and to judge on."""
    order = np.random.default_rng(seed).permutation(size)
    return order < size // 2, order >= size // 2


def straight(x):
    """The features of a straight line in x, around 17: shape (I, 2)."""
    x = np.asarray(x, dtype=float)
    return np.column_stack([np.ones(x.shape), x - 17.0])


def outputs(found, features):
    """Shares (I, K), means (I, K) and σ (K,) of a fitted mixture at some rows of features."""
    gate = features @ found.params["gate_weights"]
    return softmax(gate), features @ found.params["mu_weights"], found.params["sigma"]


def mixture_on(found, features, y):
    """The total NLL of y under a fitted mixture."""
    gate, mu = (features @ found.params[name] for name in ("gate_weights", "mu_weights"))
    return mixture_nll(y, gate, mu, found.params["sigma"]).sum()


@scene(
    K=Slider(1, 3, value=1, label="K, bells"),
    depth=Slider(13.5, 21.0, step=0.1, value=14.0, label="bill depth (mm)"),
    shows={"depth": 16.5},
)
def several(fig, bill_depth, mass, floor):
    """Penguins with the mean of each bell, and the density of the mass at one bill depth."""
    left, right = fig.subplots(1, 2, width_ratios=(3, 2), sharey=True)
    left.plot(bill_depth, mass, "o", color=style.MUTED, markersize=3.5, alpha=0.7)
    features = straight(bill_depth)
    fits = {K: fit.mixture_density(features, mass, K, floor) for K in (1, 2, 3)}
    across, up = np.linspace(13, 21.6, 173), np.linspace(2, 7, 301)
    lines = [
        left.plot([], [], dash, color=colour, linewidth=3)[0]
        for dash, colour in zip(style.DASHES[:3], style.COLOURS[:3], strict=True)
    ]
    cut = left.axvline(0, color=style.INK, linestyle=":")
    (middle,) = left.plot([], [], "D", color=style.INK, markersize=9)
    (slice_,) = right.plot([], [], "-", color=style.BLUE)
    (mean,) = right.plot([], [], "D", color=style.INK, markersize=9, clip_on=False)
    left.set(xlim=(13, 21.6), ylim=(2, 7), xlabel="bill depth (mm)", ylabel="mass (kg)")
    left.set_title("mean of each bell")
    right.set(xlim=(0, 1.3), xlabel="density")
    key(right, {"p(mass | depth)": slice_, "mean": mean})
    right.set_xticks([0, 0.5, 1])
    grab(left, "depth", at=lambda depth: (depth, 2.3))

    def update(K, depth):
        shares, mu, _ = outputs(fits[K], straight(across))
        for k, line in enumerate(lines):
            line.set_visible(k < K)
            if k < K:  # a bell is drawn where it has a share worth the name
                line.set_data(across, np.where(shares[:, k] > 0.05, mu[:, k], np.nan))
        share, mu, sigma = outputs(fits[K], straight([depth]))
        bells = share * np.exp(-gaussian_nll(up[:, None], mu, sigma[None, :]))
        slice_.set_data(bells.sum(axis=1), up)
        centre = (share @ mu.T).item()
        here = np.exp(-mixture_nll(centre, np.log(share[0]), mu[0], sigma))
        cut.set_xdata([depth, depth])
        middle.set_data([depth], [centre])
        mean.set_data([here], [centre])
        top = up[bells.sum(axis=1).argmax()]
        return (
            f"K = {K}: NLL {fits[K].nll:.1f} nats. At {depth:.1f} mm the mean is {centre:.2f} kg, "
            f"density there {here:.2f} per kg; the highest peak is at {top:.1f} kg."
        )

    return update


@scene(
    sigma=Slider(1e-9, 1.0, step=0.1, value=0.5, label="σ of bell 2", log=True),
    share=Slider(0.01, 0.5, step=0.01, value=0.05, label="its share"),
    floor=Toggle(value=False, label="floor 0.05"),
    shows={"sigma": 1e-9},
)
def collapse(fig, mass):
    """Two bells, the second centred on one penguin; the NLL of all of them while σ shrinks."""
    left, right = fig.subplots(1, 2)
    fitted = fit.normal(mass).params
    wide = gaussian_nll(mass, fitted["mu"], fitted["sigma"])
    target = np.sort(mass)[len(mass) // 4]
    grid = np.sort(np.concatenate([np.linspace(2, 7, 401), target + np.linspace(-0.2, 0.2, 401)]))
    (curve,) = left.plot(grid, grid * 0, "-", color=style.BLUE)
    left.plot(mass, np.full(len(mass), -0.05), "|", color=style.MUTED, markersize=12)
    (centre,) = left.plot(
        [target], [-0.05], "^", color=style.VERMILION, markersize=10, clip_on=False
    )
    left.set(xlim=(2, 7), ylim=(-0.12, 2), xlabel="mass (kg)")
    key(left, {"density": curve, "centre of bell 2": centre})
    left.set_yticks([0, 0.5, 1, 1.5, 2])
    sigmas = np.logspace(-9, 0, 181)
    (trail,) = right.plot([], [], "-", color=style.BLUE)
    (here,) = right.plot([], [], "o", color=style.VERMILION, markersize=10, clip_on=False)
    right.set(xscale="log", xlim=(1e-9, 1), xlabel="σ of bell 2 (kg)", title="NLL of all")
    right.set(ylim=(250, 470), yticks=[250, 300, 350, 400, 450], xticks=[1e-9, 1e-6, 1e-3, 1])
    right.minorticks_off()

    def log_density(y, wide_nll, sigma, share):
        spike = gaussian_nll(y, target, sigma)
        return np.logaddexp(np.log1p(-share) - wide_nll, np.log(share) - spike)

    def update(sigma, share, floor):
        used = max(sigma, 0.05) if floor else sigma
        across = gaussian_nll(grid, fitted["mu"], fitted["sigma"])
        curve.set_ydata(np.minimum(np.exp(log_density(grid, across, used, share)), 2.5))
        past = np.append(sigma, sigmas[sigmas > sigma])  # where the slider has been
        held = np.maximum(past, 0.05) if floor else past
        values = -log_density(mass[:, None], wide[:, None], held[None, :], share).sum(axis=0)
        trail.set_data(past, values)
        here.set_data([sigma], [values[0]])
        return (
            f"σ of bell 2 is {minus(f'{used:.2g}')} kg, its share {share:.0%}: "
            f"NLL {values[0]:.2f} nats. The wide bell alone: {wide.sum():.2f}."
        )

    return update


NORMAL_PRIOR, LAPLACE_PRIOR = "normal (L2)", "Laplace (L1)"
WIDTHS = np.logspace(-2, 1, 61)


def few_penguins(measures, seed=2, rows=20, noise=7):
    """Standardised measures and columns of pure noise, and which rows are fitted."""
    rng = np.random.default_rng(seed)
    fitted = np.zeros(len(measures), dtype=bool)
    fitted[rng.permutation(len(measures))[:rows]] = True
    standard = (measures - measures.mean(axis=0)) / measures.std(axis=0)
    dice = np.random.default_rng(11).normal(size=(len(measures), noise))
    return np.column_stack([standard, dice]), fitted


def prior_path(X, mass, fitted, sigma, solver):
    """Slopes at every width, and the mean NLL of the penguins that were not fitted."""
    fits = [solver(X[fitted], mass[fitted], width, sigma).params for width in WIDTHS]
    slopes = np.array([p["slope"] for p in fits])
    mu = np.array([p["intercept"] for p in fits]) + X[~fitted] @ slopes.T
    return slopes, gaussian_nll(mass[~fitted][:, None], mu, sigma).mean(axis=0)


@scene(
    prior=Choice((NORMAL_PRIOR, LAPLACE_PRIOR), label="prior"),
    width=Slider(0.01, 10.0, step=0.05, value=10.0, label="its width", log=True),
    shows={"width": 0.1},
)
def prior_strength(fig, X, mass, fitted, sigma):
    """Ten weights under a prior of some width, and the NLL of the penguins not fitted."""
    left, right = fig.subplots(1, 2, width_ratios=(3, 2))
    solvers = {NORMAL_PRIOR: fit.ridge, LAPLACE_PRIOR: fit.lasso}
    paths = {name: prior_path(X, mass, fitted, sigma, solver) for name, solver in solvers.items()}
    D = X.shape[1]
    left.axhline(0, color=style.INK, linewidth=0.8)
    left.axvspan(2.5, D - 0.5, color=style.FAINT, alpha=0.4, linewidth=0)
    left.text((D + 2) / 2, 1.12, "columns of noise", ha="center")
    stems = left.vlines(np.arange(D), 0, 1, color=style.BLUE, linewidth=6)
    (heads,) = left.plot([], [], "o", color=style.BLUE, markersize=8)
    (zeros,) = left.plot([], [], "X", color=style.VERMILION, markersize=11, linestyle="")
    left.set(xlim=(-0.6, D - 0.4), ylim=(-0.5, 1.3))
    key(left, {"weights (kg)": heads, "exactly 0": zeros})
    left.set_xticks([0, 1, 2], ["L", "D", "F"])
    left.set_xlabel("L, D: bill; F: flipper")
    left.set_yticks([-0.5, 0, 0.5, 1])
    (trail,) = right.plot([], [], "-", color=style.BLUE)
    (here,) = right.plot([], [], "o", color=style.VERMILION, markersize=10, clip_on=False)
    right.set(xscale="log", xlim=(0.01, 10), ylim=(0.4, 2.2), xlabel="width of the prior")
    right.set(xticks=[0.01, 0.1, 1, 10], xticklabels=["0.01", "0.1", "1", "10"])
    right.set(yticks=[0.5, 1, 1.5, 2], title="NLL per unseen")
    right.minorticks_off()

    def update(prior, width):
        slopes, unseen = paths[prior]
        k = int(np.abs(np.log(WIDTHS / width)).argmin())
        off = slopes[k] == 0
        stems.set_segments([[(d, 0), (d, w)] for d, w in enumerate(slopes[k])])
        heads.set_data(np.flatnonzero(~off), slopes[k][~off])
        zeros.set_data(np.flatnonzero(off), slopes[k][off])
        trail.set_data(WIDTHS[k:], unseen[k:])
        here.set_data([WIDTHS[k]], [unseen[k]])
        alpha = sigma**2 / width**2 if prior == NORMAL_PRIOR else 2 * sigma**2 / width
        noise = np.sqrt(np.sum(slopes[k, 3:] ** 2))
        return (
            f"{prior}, width {width:.3g}: penalty's factor α = {alpha:.5g}; F {slopes[k, 2]:.2f} "
            f"kg, length of the noise {noise:.2f} kg, {off.sum()} exactly 0; NLL per unseen "
            f"penguin {unseen[k]:.2f}."
        )

    return update


HATCHES = ("//", "..", "\\\\")


@scene(
    K=Slider(1, 4, value=1, label="K, bells"),
    reveal=Toggle(value=False, label="show the species"),
    shows={"K": 2, "reveal": True},
)
def no_targets(fig, flipper, species, floor):
    """The density of flipper lengths as a mixture fitted without any target."""
    ax = fig.subplots()
    bins = np.arange(170, 234, 2)
    kinds = sorted(set(species))
    heights = [np.histogram(flipper[species == s], bins)[0] for s in kinds]
    ax.bar(bins[:-1] + 1, np.sum(heights, axis=0), width=2, color=style.FAINT)
    tops = np.vstack([np.zeros(len(bins) - 1), np.cumsum(heights, axis=0)])
    patches = []
    for low, high, colour, hatch in zip(tops, heights, style.COLOURS, HATCHES, strict=False):
        part = ax.bar(bins[:-1] + 1, high, bottom=low, width=2, color="white", edgecolor=colour)
        for bar in part:
            bar.set_hatch(hatch)
        patches.extend(part)
    for s, hatch, x, y in zip(kinds, HATCHES, (180, 196, 218), (42, 50, 42), strict=True):
        patches.append(ax.text(x, y, f"{hatch} {s}", ha="center"))
    train, test = halves(len(flipper))
    ones = np.ones((len(flipper), 1))
    fits = {K: fit.mixture_density(ones, flipper, K, floor) for K in range(1, 5)}
    unseen = {}
    for K in fits:
        half = fit.mixture_density(ones[train], flipper[train], K, floor)
        unseen[K] = mixture_on(half, ones[test], flipper[test]) / test.sum()
    grid = np.linspace(168, 236, 341)
    (curve,) = ax.plot(grid, grid * 0, "-", color=style.INK, linewidth=3)
    bells = [ax.plot([], [], "--", color=style.VERMILION)[0] for _ in range(4)]
    ax.set(xlim=(168, 236), ylim=(0, 56), xlabel="flipper length (mm)", title="penguins per 2 mm")
    ax.set_yticks([0, 20, 40])

    def update(K, reveal):
        share, mu, sigma = outputs(fits[K], ones[:1])
        parts = 2 * len(flipper) * share * np.exp(-gaussian_nll(grid[:, None], mu, sigma[None, :]))
        curve.set_ydata(parts.sum(axis=1))
        for k, bell in enumerate(bells):
            bell.set_visible(k < K and K > 1)
            if k < K:
                bell.set_data(grid, parts[:, k])
        for patch in patches:
            patch.set_visible(reveal)
        return (
            f"K = {K}: NLL {fits[K].nll:.1f} nats on the {len(flipper)} it was fitted to. Fitted "
            f"to one half: {unseen[K]:.3f} nats per penguin of the other half."
        )

    return update
