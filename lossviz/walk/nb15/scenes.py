"""The pictures of notebook 15: tastes, a leash, the third reply, which one is real, weights.

Here: drawing. What counts and fits is in `tastes`; questions, derivations and exercises are in
`lesson`.
"""

from functools import lru_cache

import numpy as np

from lossviz import style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Slider, scene
from lossviz.information import kl_divergence
from lossviz.losses import sigmoid, sigmoid_cross_entropy, softmax
from lossviz.walk.common import key, minus
from lossviz.walk.nb15 import tastes

SHORT = [name.replace("string beans", "beans") for name in tastes.NAMES]


# --- Strengths -------------------------------------------------------------------------------


@scene(
    shows={"c": 1.0},
    vegetable=Choice(tastes.NAMES, value="corn", label="vegetable"),
    strength=Slider(-1.0, 5.0, step=0.05, value=1.5, label="its strength"),
    c=Slider(-2.0, 2.0, step=0.1, value=0.0, label="+ c for all"),
)
def taste(fig, strengths):
    """The strengths of nine vegetables, one of them moved; and the NLL over that one's strength."""
    left, right = fig.subplots(1, 2)
    places = np.arange(len(strengths))
    (best,) = left.plot(strengths, places, "|", color=style.MUTED, markersize=16)
    (dots,) = left.plot(strengths, places, "o", color=style.BLUE)
    (moved,) = left.plot([], [], "s", color=style.VERMILION, markersize=11)
    left.set(xlim=(-3.5, 7.5), xlabel="strength (log-odds)")
    key(left, {"best": best, "yours": dots, "the moved one": moved})
    left.set_yticks(places, tastes.NAMES)
    grid = np.linspace(-1, 5, 121)
    (curve,) = right.plot(grid, grid * 0, "-", color=style.BLUE)
    (dot,) = right.plot([], [], "s", color=style.VERMILION, markersize=11, clip_on=False, zorder=5)
    right.axhline(tastes.floor(), color=style.GREEN, linestyle="--", label="floor: 36 entropies")
    right.set(xlim=(-1, 5), ylim=(2800, 5700), xlabel="its strength", title="NLL of 5,328 choices")
    right.legend(loc="upper center")

    row = tastes.NAMES.index

    def still(vegetable):  # the row of one that is not moved by itself
        return 0 if row(vegetable) else 1

    def nll_at(vegetable, strength):
        s = strengths.copy()
        s[row(vegetable)] = strength
        return tastes.nll(s)

    grab(left, "strength", at=lambda vegetable, strength, c: (strength + c, row(vegetable)))
    grab(left, "c", at=lambda vegetable, c: (strengths[k := still(vegetable)] + c, k))
    grab(right, "strength", at=lambda vegetable, strength: (strength, nll_at(vegetable, strength)))

    def update(vegetable, strength, c):
        k = row(vegetable)
        s = strengths.copy()
        s[k] = strength
        dots.set_xdata(s + c)
        moved.set_data([strength + c], [k])
        curve.set_ydata([nll_at(vegetable, value) for value in grid])
        here = tastes.nll(s + c)
        dot.set_data([strength], [here])
        return minus(
            f"{vegetable} at {strength + c:.2f}, all moved by {c:.1f}: NLL {here:.2f} nats, "
            f"{here - tastes.floor():.2f} above the floor."
        )

    return update


# --- A reward on a leash ---------------------------------------------------------------------

REFERENCES = ("9 … 1, turnips to corn", "equal shares")


def reference(name):
    """A policy to start from, by name: nine probabilities."""
    shares = np.arange(9.0, 0, -1) if name == REFERENCES[0] else np.ones(9)
    return shares / shares.sum()


@scene(
    shows={"beta": 0.1},
    beta=Slider(0.03, 10.0, step=0.05, value=1.0, label="β", log=True),
    start=Choice(REFERENCES, label="reference"),
)
def leash(fig, reward):
    """The best policy on a leash beside its reference; and reward against KL over β."""
    left, right = fig.subplots(1, 2, width_ratios=(3, 2))
    places = np.arange(9)
    before = left.bar(places - 0.2, reward * 0, 0.4, color=style.FAINT, edgecolor=style.INK)
    after = left.bar(places + 0.2, reward * 0, 0.4, color=style.BLUE, hatch="//", edgecolor="white")
    left.legend([before, after], ["reference", "best policy"], loc="upper center")
    left.set(ylim=(0, 1.02), title="share of each")
    left.set_xticks(places, SHORT, rotation=35, ha="right")
    betas = np.geomspace(0.03, 10, 120)
    (curve,) = right.plot(betas, betas, "-", color=style.BLUE)
    (dot,) = right.plot([], [], "o", color=style.INK, markersize=11, clip_on=False, zorder=5)
    right.set(xlim=(-0.1, 4), ylim=(1, 3), xlabel="KL(policy‖reference), nats")
    right.set_title("mean reward")

    def measured(beta, ref):
        policy, top = tastes.leash(reward, ref, beta)
        return policy, policy @ reward, kl_divergence(policy, ref, base=np.e), top

    known = {name: reference(name) for name in REFERENCES}
    curves = {
        name: np.array([measured(b, ref)[2:0:-1] for b in betas]).T for name, ref in known.items()
    }

    grab(right, "beta", at=lambda beta, start: measured(beta, known[start])[2:0:-1])

    def update(beta, start):
        ref = known[start]
        policy, mean, gap, top = measured(beta, ref)
        for bars, heights in ((before, ref), (after, policy)):
            for bar, height in zip(bars, heights, strict=True):
                bar.set_height(height)
        curve.set_data(*curves[start])
        dot.set_data([gap], [mean])
        return (
            f"β = {beta:.3g}: corn has {policy[-1]:.4f}, was {ref[-1]:.4f}. Reward {mean:.3f}, KL "
            f"{gap:.3f} nats; reward − β KL = β log Z = {top:.4f}."
        )

    return update


# --- What a preference loss cannot see -------------------------------------------------------

STEPS = 60
FEATURE = np.array([1.0, 0.0, 3.0])  # of the chosen, the rejected and the third reply


def descent(label):
    """θ after 0 to STEPS steps at rate ½ on the pair's loss, its label smoothed by `label`."""
    theta = np.zeros(STEPS + 1)
    for k in range(STEPS):
        theta[k + 1] = theta[k] - 0.5 * (sigmoid(theta[k]) - (1 - label))
    return theta


@scene(
    shows={"steps": 20},
    steps=Slider(0, STEPS, value=0, label="steps"),
    label=Slider(0.0, 0.4, step=0.05, value=0.0, label="label ε"),
)
def third_reply(fig):
    """Three replies while one pair of them is trained on: probabilities, and the pair's loss."""
    left, right = fig.subplots(1, 2, width_ratios=(2, 3))
    bars = left.bar(range(3), [0] * 3, color=[style.BLUE, style.VERMILION, style.FAINT])
    for bar, hatch in zip(bars, ("", "//", "."), strict=True):
        bar.set(hatch=hatch, edgecolor=style.INK)
    left.set_xticks(range(3), ["chosen", "rejected", "third"])
    left.set(ylim=(0, 1.02), title="probability")
    ks = np.arange(STEPS + 1)
    lines = [
        right.plot(ks, ks * 0.0, dash, color=colour, label=name)[0]
        for dash, colour, name in (
            ("-", style.BLUE, "P(chosen)"),
            ("--", style.VERMILION, "loss of the pair"),
        )
    ]
    (here,) = right.plot([], [], "o", color=style.INK, markersize=10, clip_on=False, zorder=5)
    right.set(xlim=(0, STEPS), ylim=(0, 1.02), xlabel="steps")
    right.legend(loc="upper right")

    def loss_at(steps, label):
        return sigmoid_cross_entropy(1 - label, descent(label)[steps])

    grab(right, "steps", at=lambda steps, label: (steps, loss_at(steps, label)))

    def update(steps, label):
        theta = descent(label)
        policy = softmax(theta[:, None] * FEATURE)
        loss = sigmoid_cross_entropy(1 - label, theta)
        for bar, height in zip(bars, policy[steps], strict=True):
            bar.set_height(height)
        lines[0].set_ydata(policy[:, 0])
        lines[1].set_ydata(loss)
        here.set_data([steps, steps], [policy[steps, 0], loss[steps]])
        chosen, rejected, third = policy[steps]
        return (
            f"After {steps} steps θ = {theta[steps]:.3f}: chosen {chosen:.4f}, rejected "
            f"{rejected:.4f}, third {third:.4f}; loss {loss[steps]:.4f}."
        )

    return update


# --- Which one is real -----------------------------------------------------------------------

PAIRS = ("normals with ρ", "Galton: parents and child")


@scene(
    shows={"N": 2},
    N=Slider(2, 928, value=928, label="N, candidates"),
    rho=Slider(0.0, 0.999, step=0.001, value=0.999, label="ρ"),
    pairs=Choice(PAIRS, label="pairs"),
)
def which_one(fig, parents, children):
    """log N minus the loss of finding the real one of N, over N, beside the information."""
    ax = fig.subplots()
    rng = np.random.default_rng(1886)
    x, noise = rng.normal(size=(2, len(parents)))
    counts = np.arange(1, len(parents) + 1)
    (found,) = ax.plot(counts, np.zeros(len(counts)), "-", color=style.BLUE, label="log N − loss")
    (known,) = ax.plot([1, 1000], [0, 0], "--", color=style.GREEN, label="information")
    ax.plot(counts, np.log(counts), ":", color=style.MUTED, label="log N")
    (dot,) = ax.plot([], [], "o", color=style.INK, markersize=11, zorder=5, clip_on=False)
    ax.set(xscale="log", xlim=(2, 928), ylim=(-0.1, 5), xlabel="N, candidates (log scale)")
    ax.set_xticks([2, 10, 100, 928], ["2", "10", "100", "928"])
    ax.minorticks_off()
    ax.set_ylabel("nats")
    ax.legend(loc="upper left")
    r = np.corrcoef(parents, children)[0, 1]
    standard = [(v - v.mean()) / v.std() for v in (parents, children)]
    galton = tastes.nce(tastes.log_ratio(standard[0][:, None], standard[1][None, :], r))

    @lru_cache(maxsize=8)
    def of_normals(rho):
        y = rho * x + np.sqrt(1 - rho**2) * noise
        return tastes.nce(tastes.log_ratio(x[:, None], y[None, :], rho))

    def chosen(rho, pairs):
        return (of_normals(rho), rho) if pairs == PAIRS[0] else (galton, r)

    def information_at(rho):
        return 0.5 * np.log(1 / (1 - rho**2))  # not −0 at ρ = 0

    grab(ax, "N", at=lambda N, rho, pairs: (N, np.log(N) - chosen(rho, pairs)[0][N - 1]))
    grab(
        ax, "rho", at=lambda rho, pairs: (30 if pairs == PAIRS[0] else np.nan, information_at(rho))
    )

    def update(N, rho, pairs):
        loss, used = chosen(rho, pairs)
        bound = np.round(np.log(counts) - loss, 12) + 0.0  # + 0.0: no minus zero
        information = information_at(used)
        found.set_ydata(bound)
        known.set_ydata([information] * 2)
        dot.set_data([N], [bound[N - 1]])
        return minus(
            f"{N} candidates, correlation {used:.3f}: loss {loss[N - 1]:.4f} nats, log N − loss "
            f"{bound[N - 1]:.4f}; the information is {information:.4f}, log N is {np.log(N):.4f}."
        )

    return update


# --- A reward as a weight --------------------------------------------------------------------


def slope_estimates(chance, baseline, samples, runs=1000):
    """Estimates of the slope of the mean reward in corn's logit, at equal shares: in each run so
    many vegetables are drawn and each gets a reward of 1 with its chance, else 0."""
    rng = np.random.default_rng(1992)
    drawn = rng.integers(0, 9, (runs, samples))
    reward = rng.random((runs, samples)) < chance[drawn]
    return ((reward - baseline) * ((drawn == 8) - 1 / 9)).mean(axis=1)


@scene(
    shows={"baseline": 0.46},
    baseline=Slider(0.0, 1.0, step=0.02, value=0.0, label="baseline"),
    samples=Slider(10, 200, value=20, label="samples"),
)
def weights(fig, chance):
    """Where estimates of corn's slope fall in 1,000 runs, with a baseline taken off the reward."""
    ax = fig.subplots()
    edges = np.linspace(-0.2, 0.45, 66)
    shape = ax.stairs(np.zeros(65), edges, fill=True, color=style.BLUE, alpha=0.6)
    true = np.mean(chance * ((np.arange(9) == 8) - 1 / 9))
    ax.axvline(true, color=style.GREEN, linestyle="--", label="true slope")
    (mean,) = ax.plot([], [], "v", color=style.VERMILION, markersize=12, clip_on=False, zorder=5)
    mean.set_label("mean of the runs")
    ax.set(xlim=(-0.2, 0.45), ylim=(0, 0.5), xlabel="estimated slope in corn’s logit")
    ax.set_title("share of 1,000 runs")
    ax.legend(loc="upper right")

    def update(baseline, samples):
        got = slope_estimates(chance, baseline, samples)
        shape.set_data(np.histogram(got, edges)[0] / len(got))
        mean.set_data([got.mean()], [0])
        return minus(
            f"Baseline {baseline:.2f}, {samples} samples a run: the runs’ mean is {got.mean():.4f} "
            f"(true {true:.4f}), their standard deviation {got.std():.4f}."
        )

    return update
