"""The pictures of notebook 14: memories, units, mixed targets, honest losses and reliable models.

Here: drawing, and the two tests of a loss of yes or no. What counts letters is in `letters`;
questions, derivations and exercises are in `lesson`.
"""

import textwrap

import numpy as np
from scipy.optimize import brentq
from scipy.special import logit

from lossviz import style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Press, Slider, Toggle, scene
from lossviz.information import entropy, kl_divergence
from lossviz.losses import absolute_error, focal_loss, sigmoid_cross_entropy, softmax
from lossviz.walk.common import key
from lossviz.walk.nb14 import letters

LONGEST = 6  # letters of memory
WRITTEN = 60  # letters that a model writes
BEGUN = "alice was "  # what it goes on from
SHOWN = [letter if letter != " " else "␣" for letter in letters.ALPHABET]


# --- A memory of n letters -------------------------------------------------------------------


def _write(fitted, seen, n, alpha, seed):
    """60 letters, each drawn from a memory of n letters with add-α, after `BEGUN`.

    `seen` are the contexts of n letters in the fitted text.
    """
    rng = np.random.default_rng(seed)
    context, wrap, written = 0, letters.K**n, []
    for letter in BEGUN:
        context = (letters.K * context + letters.ALPHABET.index(letter)) % wrap
    for _ in range(WRITTEN):
        counts = np.bincount(fitted[seen == context], minlength=letters.K)
        written.append(int(rng.choice(letters.K, p=letters.smoothed(counts, alpha))))
        context = (letters.K * context + written[-1]) % wrap
    return letters.decode(written).replace(" ", "␣")


@scene(
    shows={"n": 5},
    n=Slider(0, LONGEST, value=3, label="n, letters of memory"),
    alpha=Slider(0.001, 10.0, step=0.25, value=0.1, label="α", log=True),
    write=Press("Write 60 letters"),
)
def memory(fig, fitted, unseen):
    """Bits per letter over the memory, for the fitted and the unseen text; and what it writes."""
    left, right = fig.subplots(1, 2, width_ratios=(3, 2))
    sizes = np.arange(LONGEST + 1)
    seen = [letters.contexts(fitted, n) for n in sizes]
    looks = (
        ("fitted", fitted, style.BLUE, "-", "o"),
        ("unseen", unseen, style.VERMILION, "--", "s"),
    )
    tables, lines, dots = [], [], []
    for name, text, colour, dash, marker in looks:
        counts = [letters.followers(fitted, text, n) for n in sizes]
        tables.append([(letters.of_truth(c, text), c.sum(axis=1)) for c in counts])
        lines += left.plot(sizes, sizes * 0.0, dash, color=colour, marker=marker, label=name)
        dots += left.plot([], [], marker, color=colour, markersize=13, zorder=5, clip_on=False)
    left.set(xlim=(-0.2, LONGEST + 0.2), ylim=(0, 5.2), xticks=sizes)
    left.set(xlabel="n, letters of memory", ylabel="bits per letter")
    left.legend(loc="lower left")
    right.axis("off")
    right.set_title(f"what follows “{BEGUN}” (␣: space)")

    def bits_at(n, alpha, text):
        c, N = tables[text][n]
        return -np.log2((c + alpha) / (N + letters.K * alpha)).mean()

    grab(left, "n", at=lambda n, alpha: (n, bits_at(n, alpha, 1)))
    box = right.text(0, 0.92, "", va="top", family="DejaVu Sans Mono", transform=right.transAxes)

    def update(n, alpha, write):
        said = []
        for text, (line, dot) in enumerate(zip(lines, dots, strict=True)):
            values = [bits_at(size, alpha, text) for size in sizes]
            line.set_ydata(values)
            dot.set_data([n], [values[n]])
            said.append(values[n])
        box.set_text("\n".join(textwrap.wrap(_write(fitted, seen[n], n, alpha, write), 20)))
        return (
            f"Memory of {n}, α = {alpha:g}: {said[0]:.4f} bits per letter on the fitted chapters, "
            f"{said[1]:.4f} on the unseen ones."
        )

    return update


# --- Other units -----------------------------------------------------------------------------

STEP = 20


def _of_cut(count):
    """Perplexity per token, bits per letter and letters per token of the unseen text, with counts
    of units after `count` merges and add-½."""
    fitted, unseen = letters.cuts(STEP)[count]
    p = letters.shares(fitted, letters.K + count)
    many = len(letters.read()[1])
    bits = -np.log2(p[unseen]).sum()
    return 2 ** (bits / len(unseen)), bits / many, many / len(unseen)


@scene(
    shows={"merges": 1000},
    merges=Slider(0, 1000, step=STEP, value=0, label="merges"),
    same=Toggle(label="same letter model, regrouped"),
)
def cut(fig):
    """Perplexity per token and bits per letter over the number of merges, for two models."""
    left, right = fig.subplots(1, 2)
    counts = np.arange(0, 1001, STEP)
    new = np.array([_of_cut(count) for count in counts]).T
    old = np.array([2 ** (new[1, 0] * new[2]), np.full(len(counts), new[1, 0]), new[2]])
    lines, dots = [], []
    for ax in (left, right):
        lines += ax.plot(counts, counts * 1.0, "-", color=style.BLUE)
        dots += ax.plot([], [], "o", color=style.BLUE, markersize=11, clip_on=False, zorder=5)
        ax.set(xlim=(0, 1000), xlabel="merges", xticks=[0, 250, 500, 750, 1000])
    grab(
        right, "merges", at=lambda merges, same: (merges, (old if same else new)[1][merges // STEP])
    )
    left.set(yscale="log", ylim=(10, 40_000), title="perplexity per token (log scale)")
    right.set(ylim=(0, 4.6), title="bits per letter")
    start = letters.decode(letters.read()[1][:36])
    sample = fig.suptitle("", family="DejaVu Sans Mono", x=0.01, ha="left")

    def update(merges, same):
        perplexity, bits, each = table = old if same else new
        k = merges // STEP
        for line, dot, values in zip(lines, dots, table[:2], strict=True):
            line.set_ydata(values)
            line.set_linestyle("--" if same else "-")
            dot.set_data([merges], [values[k]])
        sample.set_text(_pieces(start, merges))
        model = "the letters’ model, regrouped" if same else "counts of these tokens"
        return (
            f"{merges} merges, {each[k]:.2f} letters per token, {model}: perplexity "
            f"{perplexity[k]:.2f} per token, {bits[k]:.4f} bits per letter."
        )

    return update


def _pieces(text, count):
    """The text cut into units after `count` merges, with | between them."""
    x = letters.encode(text)
    for new, pair in enumerate(letters.merges()[:count], letters.K):
        x = letters.merged(x, *pair, new)
    names = letters.spelled(count)
    return "|".join(names[k] for k in x).replace(" ", "␣")


# --- Mixed targets ---------------------------------------------------------------------------

PARTNERS = ("equal shares", "a shorter memory", "a teacher")
BEFORE, CAME = "said the ", "c"  # the caterpillar


def partners(fitted):
    """What each partner expects after `BEFORE`: K probabilities each."""
    asked = letters.encode(BEFORE + CAME)
    short = letters.smoothed(letters.followers(fitted, asked, 0), 0.1)[-1]
    teacher = letters.blended(fitted, asked, LONGEST)[-1]
    return dict(zip(PARTNERS, (np.full(letters.K, 1 / letters.K), short, teacher), strict=True))


def mixed(epsilon, partner):
    """(1 − ε) · one-hot + ε · partner."""
    target = epsilon * partner
    target[letters.ALPHABET.index(CAME)] += 1 - epsilon
    return target


@scene(
    shows={"epsilon": 0.1, "said": 0.905},
    epsilon=Slider(0.0, 0.5, step=0.02, value=0.1, label="ε"),
    said=Slider(0.01, 0.995, step=0.005, value=0.5, label="model’s P(c)"),
    partner=Choice(PARTNERS, label="partner"),
)
def mix(fig, fitted):
    """The target and a model over the next letter; and the loss over what the model says of c."""
    left, right = fig.subplots(1, 2, width_ratios=(3, 2))
    known, truth = partners(fitted), letters.ALPHABET.index(CAME)
    places = np.arange(letters.K)
    bars = left.bar(places - 0.2, 0.0 * places, 0.4, color=style.BLUE, label="target")
    others = left.bar(
        places + 0.2,
        0.0 * places,
        0.4,
        color=style.FAINT,
        edgecolor=style.INK,
        hatch="///",
        linewidth=0.5,
        label="model",
    )
    left.set(xlim=(-0.7, letters.K - 0.3), ylim=(0, 1.02), title=f"next letter after “{BEFORE}”")
    left.set_xticks(places, SHOWN)
    left.legend(loc="upper right")
    grid = np.linspace(0.01, 0.995, 198)
    (curve,) = right.plot(grid, grid * 0, "-", color=style.BLUE, label="loss")
    (floor,) = right.plot([0, 1], [0, 0], "--", color=style.GREEN, label="H(target)")
    (dot,) = right.plot([], [], "o", color=style.INK, markersize=11, clip_on=False, zorder=5)
    right.set(xlim=(0, 1), ylim=(0, 5), xlabel="model’s P(c)", title="loss (nats)")
    right.legend(loc="upper center")

    def rest_of(partner):  # what the model says of the rest: as the partner does
        rest = known[partner].copy()
        rest[truth] = 0
        return rest / rest.sum()

    def loss_at(said, epsilon, partner):
        target, rest = mixed(epsilon, known[partner]), rest_of(partner)
        among = -(target[rest > 0] * np.log(rest[rest > 0])).sum()
        share = target[truth]
        return -share * np.log(said) - (1 - share) * np.log1p(-said) + among

    grab(left, "epsilon", at=lambda epsilon, partner: (2.8, mixed(epsilon, known[partner])[truth]))
    grab(right, "said", at=lambda said, epsilon, partner: (said, loss_at(said, epsilon, partner)))

    def update(epsilon, said, partner):
        target, model = mixed(epsilon, known[partner]), (1 - said) * rest_of(partner)
        model[truth] = said
        for group, values in ((bars, target), (others, model)):
            for bar, height in zip(group, values, strict=True):
                bar.set_height(height)
        H, share = entropy(target, base=np.e), target[truth]
        curve.set_ydata(loss_at(grid, epsilon, partner))
        floor.set_ydata([H, H])
        extra = kl_divergence(target, model, base=np.e)
        dot.set_data([said], [H + extra])
        return (
            f"ε = {epsilon:.2f} with {partner}: the target gives c {share:.4f}, the model "
            f"{said:.3f}. Loss {H + extra:.4f} nats = floor {H:.4f} + KL {extra:.4f}."
        )

    return update


# --- Two tests of a loss of yes or no --------------------------------------------------------


LOSSES = {
    "focal, γ": lambda y, p, s: focal_loss(y, logit(p), s),
    "weighted, w on yes": lambda y, p, s: sigmoid_cross_entropy(y, logit(p), pos_weight=s),
    "log": lambda y, p, s: sigmoid_cross_entropy(y, logit(p)),
    "smoothed, ε = 0.1": lambda y, p, s: sigmoid_cross_entropy(y, logit(p), smoothing=0.1),
    "Brier": lambda y, p, s: (y - p) ** 2,
    "absolute": lambda y, p, s: absolute_error(y, p),
}
REPORTS = np.clip(np.arange(1001) / 1000, 1e-12, 1 - 1e-12)


def risk(name, belief, p, strength=2.0):
    """The expected loss of a report p, for a belief in yes."""
    yes, no = (LOSSES[name](y, p, strength) for y in (1.0, 0.0))
    return belief * yes + (1 - belief) * no


def sum_test(name, p, strength, a=1.0):
    """Σ over both answers of e^(−loss/a), for a model that says p."""
    return sum(np.exp(-LOSSES[name](y, p, strength) / a) for y in (0.0, 1.0))


def scale(name, strength):
    """The a with which the reports 0.5 and 0.9 have the same sum; None where there is none."""

    def gap(a):
        return sum_test(name, 0.5, strength, a) - sum_test(name, 0.9, strength, a)

    return brentq(gap, 0.05, 50) if gap(0.05) * gap(50) < 0 else None


@scene(
    shows={"loss": "focal, γ"},
    loss=Choice(tuple(LOSSES), value="weighted, w on yes", label="loss"),
    strength=Slider(0.5, 8.0, step=0.5, value=2.0, label="γ or w"),
    belief=Slider(0.02, 0.98, step=0.02, value=0.8, label="belief"),
)
def honest_report(fig):
    """Expected loss over what is reported, its lowest place beside the belief; and the sum test."""
    left, right = fig.subplots(1, 2, width_ratios=(3, 2))
    (curve,) = left.plot(REPORTS, REPORTS * 0, "-", color=style.BLUE)
    (truth,) = left.plot([], [], "--", color=style.GREEN)
    (star,) = left.plot([], [], "*", color=style.VERMILION, markersize=17, zorder=5, clip_on=False)
    left.set(xlim=(0, 1), ylim=(0, 2.2), xlabel="report")
    key(left, {"expected loss": curve, "belief": truth, "cheapest report": star})
    grab(left, "belief", at=lambda belief: (belief, 1.9))
    (sums,) = right.plot(REPORTS, REPORTS * 0, "-", color=style.BLUE)
    right.axhline(1, color=style.MUTED, linestyle=":")
    right.set(xlim=(0, 1), ylim=(0, 2.05), xlabel="report", title="Σ exp(−loss) over yes and no")

    def update(loss, strength, belief):
        expected = risk(loss, belief, REPORTS, strength)
        curve.set_ydata(expected)
        best, least = REPORTS[expected.argmin()], expected.min()
        truth.set_data([belief, belief], [0, 2.2])
        star.set_data([best], [least])
        total = sum_test(loss, REPORTS, strength)
        sums.set_ydata(total)
        flat = np.ptp(total) < 1e-9
        half, most = total[[500, 900]]
        verdict = "always 1: an NLL" if flat else f"{half:.4f} at ½, {most:.4f} at 0.9"
        name = loss.replace("γ", f"γ = {strength:g}").replace("w on", f"w = {strength:g} on")
        return (
            f"{name}, belief {belief:.2f}: cheapest is to report {best:.3f}. "
            f"Σ exp(−loss) is {verdict}."
        )

    return update


# --- Reliability -----------------------------------------------------------------------------

TEMPERATURES = np.geomspace(0.5, 2.5, 15)


def heated(p, T):
    """The softmax of log p / T, along the last axis."""
    return softmax(np.log(p) / T)


@scene(
    shows={"T": 1.4, "model": "blend of 0 to 6"},
    model=Choice(("memory of 5", "blend of 0 to 6"), label="model"),
    T=Slider(0.5, 2.5, step=0.02, value=1.0, label="T"),
    bins=Slider(5, 40, value=10, label="bins"),
)
def reliability(fig, models, text):
    """How often the likeliest letter came, over how sure the model was; and bits over T."""
    left, right = fig.subplots(1, 2)
    left.plot([0, 1], [0, 1], "-", color=style.MUTED, linewidth=1.2)
    (points,) = left.plot([], [], "o", color=style.BLUE, clip_on=False, zorder=4)
    (gaps,) = left.plot([], [], "-", color=style.VERMILION, linewidth=1.5)
    left.set(
        xlim=(0, 1), ylim=(0, 1), xlabel="said of the likeliest letter", title="share that came"
    )
    curves = {
        name: [letters.bits(heated(p, T), text) for T in TEMPERATURES] for name, p in models.items()
    }
    (curve,) = right.plot(TEMPERATURES, TEMPERATURES * 0, "-", color=style.BLUE)
    (dot,) = right.plot([], [], "o", color=style.INK, markersize=11, zorder=5, clip_on=False)
    top = max(map(max, curves.values()))
    right.set(xlim=(0.5, 2.5), ylim=(1.7, top + 0.1), xlabel="T", title="bits per letter")
    grab(right, "T", at=lambda T, model: (T, np.interp(T, TEMPERATURES, curves[model])))
    logs = {name: np.log(p) for name, p in models.items()}

    def update(model, T, bins):
        p = softmax(logs[model] / T)
        right_ones = p.argmax(axis=1) == text
        share, said, came = letters.in_bins(p.max(axis=1), right_ones, bins)
        points.set_data(said, came)
        none = np.full(len(said), np.nan)
        gaps.set_data(np.ravel([said, said, none], "F"), np.ravel([said, came, none], "F"))
        cost, error = letters.bits(p, text), np.sum(share * np.abs(said - came))
        curve.set_ydata(curves[model])
        dot.set_data([T], [cost])
        return (
            f"{model}, T = {T:.2f}: {cost:.4f} bits per letter, ECE {error:.4f} in {bins} bins; "
            f"the likeliest letter came {right_ones.mean():.4f} of the time."
        )

    return update
