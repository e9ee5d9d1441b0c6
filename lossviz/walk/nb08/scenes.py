"""The pictures of notebook 08: surprise, entropy, codes, and what temperature does to both.

Here: drawing, and Huffman's code, which is the picture. Entropy itself is `lossviz.information`'s,
the boxes of balls are `boxes`'s; questions, derivations and exercises are in
`lesson`.
"""

from heapq import heapify, heappop, heappush

import numpy as np

from lossviz import style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Press, Slider, Toggle, scene
from lossviz.information import entropy, surprisal
from lossviz.losses import softmax
from lossviz.walk.common import key
from lossviz.walk.nb08.boxes import COLOURS, balls_of

LETTERS = tuple(COLOURS)
FILLS = tuple(fill for fill, _ in COLOURS.values())
INKS = tuple(ink for _, ink in COLOURS.values())
NAMES = {"B": "blue", "V": "vermilion", "G": "green", "P": "purple"}


# --- Huffman's code --------------------------------------------------------------------------


def huffman(weights):
    """The code words of a best code for these weights, as strings of 0 and 1; "" for a weight 0.

    Again and again the two lightest groups become one; a 0 goes before every word of the lighter,
    a 1 before every word of the other. Weights need not sum to 1. Huffman (1952).
    """
    words = [""] * len(weights)
    heap = [(weight, k, [k]) for k, weight in enumerate(weights) if weight > 0]
    heapify(heap)
    while len(heap) > 1:
        (light, k, zeros), (heavy, _, ones) = heappop(heap), heappop(heap)
        for bit, group in (("0", zeros), ("1", ones)):
            for member in group:
                words[member] = bit + words[member]
        heappush(heap, (light + heavy, k, zeros + ones))
    return words


def mean_length(weights):
    """The mean length of a best code's words, in bits, for weights that sum to 1.

    Each merging puts one bit before all that it merges: the sum of all merged weights.
    """
    heap = [weight for weight in weights if weight > 0]
    heapify(heap)
    total = 0.0
    while len(heap) > 1:
        merged = heappop(heap) + heappop(heap)
        total += merged
        heappush(heap, merged)
    return total


def blocks_of(p, n):
    """The probabilities of all blocks of n independent draws, shape (K**n,)."""
    together = np.ones(1)
    for _ in range(n):
        together = np.multiply.outer(together, p).ravel()
    return together


def places_of(names, classes):
    """Where each of some names stands among the classes, which are in order of the alphabet."""
    return np.searchsorted(classes, names)


# --- Pictures --------------------------------------------------------------------------------


@scene(
    p=Slider(0.01, 1.0, step=0.01, value=0.25, label="p"),
    r=Slider(0.01, 1.0, step=0.01, value=0.5, label="r"),
    both=Toggle(label="both happen"),
    shows={"both": True},
)
def surprise(fig):
    """Surprisal over probability, with two outcomes and both together; and their bits stacked."""
    left, right = fig.subplots(1, 2, width_ratios=(3, 2))
    grid = np.geomspace(1e-4, 1, 500)
    left.plot(grid, surprisal(grid), "-", color=style.MUTED)
    looks = tuple(zip(("p", "r", "p·r"), style.COLOURS, style.MARKERS, strict=False))
    dots = [
        left.plot([], [], marker, color=colour, markersize=11, label=name, clip_on=False)[0]
        for name, colour, marker in looks
    ]
    left.set(xscale="log", xlim=(1e-4, 1.15), ylim=(0, 14), xlabel="probability (log scale)")
    left.set_xticks([1e-4, 1e-3, 1e-2, 0.1, 1], ["0.0001", "0.001", "0.01", "0.1", "1"])
    left.minorticks_off()
    left.set(ylabel="surprisal (bits)", yticks=[0, 4, 8, 12])
    left.legend(loc="upper right")
    bars = right.barh([1, 1, 0], [1, 1, 1], color=FILLS[:3], height=0.5)
    for bar, hatch in zip(bars, ("", "//", "."), strict=True):
        bar.set(hatch=hatch, edgecolor="white")
    right.set(xlim=(0, 14), ylim=(-0.5, 1.5), xlabel="bits", xticks=[0, 4, 8, 12])
    right.set_yticks([])
    grab(left, "p", at=lambda p: (p, surprisal(p)))
    grab(left, "r", at=lambda r: (r, surprisal(r)))

    def update(p, r, both):
        bits = surprisal(p), surprisal(r), surprisal(p * r)
        for dot, at, height in zip(dots, (p, r, p * r), bits, strict=True):
            dot.set_data([at], [height])
        for bar, width in zip(bars, bits, strict=True):
            bar.set_width(width)
        bars[1].set_x(bits[0] if both else 0)
        bars[1].set_y(0.75 if both else -0.25)
        bars[2].set_visible(both)
        dots[2].set_visible(both)
        together = f" Both happen, {p * r:.4f}: {bits[2]:.3f} bits." if both else ""
        return f"p = {p:.2f}: {bits[0]:.3f} bits. r = {r:.2f}: {bits[1]:.3f} bits.{together}"

    return update


def _lay(ax, size, columns, rows):
    """An empty box with `size` places for balls; a function that puts letters into them."""
    places = np.array([(k % columns, -(k // columns)) for k in range(size)])
    balls = ax.scatter(*places.T, s=430, zorder=2)
    texts = [
        ax.text(x, y, "", ha="center", va="center", fontweight="bold", zorder=3) for x, y in places
    ]
    ax.set(xlim=(-0.6, columns - 0.4), ylim=(-rows + 0.4, 0.6), xticks=[], yticks=[])
    for side in ("top", "right"):
        ax.spines[side].set_visible(True)

    def fill(letters):
        letters = letters[:size]
        balls.set_offsets(places[: len(letters)] if len(letters) else np.empty((0, 2)))
        balls.set_facecolor([COLOURS[letter][0] for letter in letters])
        for k, text in enumerate(texts):
            letter = letters[k] if k < len(letters) else ""
            if text.get_text() != letter:
                text.set(text=letter, color=COLOURS[letter][1] if letter else style.INK)

    return fill


@scene(
    blue=Slider(0, 10, value=4, label="B, blue"),
    vermilion=Slider(0, 10, value=2, label="V, vermilion"),
    green=Slider(0, 10, value=1, label="G, green"),
    purple=Slider(1, 10, value=1, label="P, purple"),
    deal=Press("Swap the colours"),
    shows={"deal": 1},
)
def box(fig):
    """A box of balls; and each colour as a block, its share wide and its surprisal high."""
    left, right = fig.subplots(1, 2, width_ratios=(2, 3))
    fill = _lay(left, 40, 8, 5)
    left.set_title("the box")
    # each block is a polygon that update moves
    blocks = [
        right.fill([0, 0, 1, 1], [0, 1, 1, 0], color=colour, lw=0, ls="-")[0] for colour in FILLS
    ]
    names = [right.text(0, 0, letter, ha="center", fontweight="bold") for letter in LETTERS]
    (level,) = right.plot([0, 1], [0, 0], "--", color=style.INK)
    right.set(xlim=(0, 1), ylim=(0, 6), xlabel="share p", ylabel="surprisal (bits)")
    key(right, {"mean surprisal: the entropy": level})

    def update(blue, vermilion, green, purple, deal):
        counts = [blue, vermilion, green, purple]
        counts = counts[deal % 4 :] + counts[: deal % 4]  # who has how many moves back by one
        fill([letter for letter, n in zip(LETTERS, counts, strict=True) for _ in range(n)])
        p = np.array(counts) / sum(counts)
        ends = np.concatenate([[0], np.cumsum(p)])
        for k, (block, name) in enumerate(zip(blocks, names, strict=True)):
            a, b = ends[k], ends[k + 1]
            height = surprisal(p[k]) if p[k] else 0.0
            block.set_xy([(a, 0), (a, height), (b, height), (b, 0)])
            name.set(position=((a + b) / 2, height + 0.12), visible=p[k] > 0)
        bits = entropy(p)
        level.set_ydata([bits, bits])
        said = ", ".join(
            f"{n} {letter} ({share:.3f}: {surprisal(share):.3f} bits)"
            for letter, n, share in zip(LETTERS, counts, p, strict=True)
            if n
        )
        return f"{said}. Mean surprisal: H = {bits:.4f} bits."

    return update


AS_DRAWN, SORTED = "as in the poll", "sorted, with bits"


@scene(
    show=Choice((AS_DRAWN, SORTED), label="show"),
    figsize=(9, 2.5),
    shows={"show": SORTED},
)
def poll_boxes(fig, poll):
    """The boxes of a class poll, ball by ball; or sorted, with the entropy of each."""
    boxes = balls_of(poll)
    axes = fig.subplots(1, len(boxes))
    fills = [_lay(ax, len(balls), 8, 3) for ax, balls in zip(axes, boxes.values(), strict=True)]
    titles = [ax.set_title(f"Box {name}") for ax, name in zip(axes, boxes, strict=True)]

    def update(show):
        said = []
        for fill, title, (name, balls) in zip(fills, titles, boxes.items(), strict=True):
            fill(balls if show == AS_DRAWN else sorted(balls, key=LETTERS.index))
            counts = {letter: balls.count(letter) for letter in LETTERS if letter in balls}
            if show == AS_DRAWN:
                title.set_text(f"Box {name}")
                said.append(f"Box {name}: " + ", ".join(f"{n} {x}" for x, n in counts.items()))
            else:
                p = np.array(list(counts.values())) / len(balls)
                title.set_text(f"Box {name}: {entropy(p):.3f} bits")
                shares = ", ".join(f"{share:.3f}" for share in p)
                said.append(f"Box {name}: shares {shares}; H = {entropy(p):.4f} bits")
        return ". ".join(said) + "."

    return update


@scene(
    p=Slider(0.0, 1.0, step=0.01, value=0.9, label="p"),
    curve=Toggle(label="draw the curves"),
    shows={"p": 0.99, "curve": True},
)
def binary_entropy(fig):
    """The entropy of a yes-or-no event over the probability of yes, and the two parts of it."""
    ax = fig.subplots()
    grid = np.linspace(0, 1, 401)

    def parts(p):
        return _weighed(p), _weighed(1 - p)

    yes, no = parts(grid)
    lines, dots = [], []
    for k, (name, values) in enumerate(
        {
            "p · surprisal of yes": yes,
            "(1 − p) · surprisal of no": no,
            "entropy, their sum": yes + no,
        }.items()
    ):
        look = {"color": style.COLOURS[(k + 1) % 3], "linestyle": style.DASHES[(k + 1) % 3]}
        lines.append(ax.plot(grid, values, **look)[0])
        marker = {"marker": style.MARKERS[k], "markersize": 10, "clip_on": False}
        dots.append(ax.plot([], [], label=name, zorder=5, **look, **marker)[0])
    ax.set(
        xlim=(0, 1),
        ylim=(0, 2.15 if style.presenting() else 1.35),
        xlabel="p, the probability of yes",
        ylabel="bits",
    )
    ax.set_yticks([0, 0.5, 1])
    ax.legend(loc="upper center", ncols=1 if style.presenting() else 3)
    grab(ax, "p", at=lambda p: (p, sum(parts(p))))

    def update(p, curve):
        yes, no = parts(p)
        for line, dot, value in zip(lines, dots, (yes, no, yes + no), strict=True):
            line.set_visible(curve)
            dot.set_data([p], [value])
        return f"p = {p:.2f}: {yes:.4f} + {no:.4f} = {yes + no:.4f} bits."

    return update


def _weighed(p):
    """p · −log₂ p, which is 0 at p = 0."""
    p = np.asarray(p, float)
    return -p * np.log2(np.where(p > 0, p, 1.0)) + 0.0


@scene(
    blue=Slider(0, 32, value=8, label="B"),
    vermilion=Slider(0, 16, value=4, label="V"),
    green=Slider(0, 16, value=2, label="G"),
    purple=Slider(1, 16, value=2, label="P"),
    shows={"blue": 32},
)
def best_code(fig):
    """Share and code word of each colour; and the code's mean length between H and H + 1."""
    left, right = fig.subplots(1, 2, width_ratios=(3, 2))
    bars = left.bar(range(4), [0] * 4, color=FILLS, width=0.6)
    words = [left.text(k, 0, "", ha="center", va="bottom", fontsize="large") for k in range(4)]
    left.set(ylim=(0, 1.15), ylabel="share", title="code word over each bar")
    left.set_xticks(range(4), LETTERS)
    left.set_yticks([0, 0.5, 1])
    lengths = right.barh(
        [2, 1, 0], [0] * 3, height=0.5, color=[style.MUTED, style.INK, style.FAINT]
    )
    for bar, hatch in zip(lengths, ("", "//", ""), strict=True):
        bar.set(hatch=hatch, edgecolor="white")
    right.set(xlim=(0, 3.1), ylim=(-0.5, 2.5), xticks=[0, 1, 2, 3], xlabel="bits per ball")
    right.set_yticks([2, 1, 0], ["H", "code", "H + 1"])

    def update(blue, vermilion, green, purple):
        counts = (blue, vermilion, green, purple)
        p = np.array(counts) / sum(counts)
        code = huffman(counts)
        for bar, text, share, word in zip(bars, words, p, code, strict=True):
            bar.set_height(share)
            text.set(y=share + 0.02, text=word or ("(nothing)" if share == 1 else ""))
        mean, bits = p @ [len(word) for word in code], entropy(p)
        for bar, width in zip(lengths, (bits, mean, bits + 1), strict=True):
            bar.set_width(width)
        said = ", ".join(
            f"{letter} {word or '(nothing)'}"
            for letter, word, n in zip(LETTERS, code, counts, strict=True)
            if n
        )
        return (
            f"Code: {said}. Mean length {mean:.4f} bits per ball; entropy {bits:.4f}; "
            f"the code is longer by {mean - bits + 0.0:.4f}."
        )

    return update


LONGEST = 10


@scene(
    n=Slider(1, LONGEST, value=1, label="n, block"),
    blue=Slider(0.5, 1.0, step=0.01, value=0.9, label="share of B"),
    shows={"n": 10},
)
def blocks(fig):
    """The best code's bits per ball when n balls get one code word, between H and H + 1/n."""
    ax = fig.subplots()
    sizes = np.arange(1, LONGEST + 1)  # shown up to n
    (above,) = ax.plot(sizes, sizes * 0.0, "--", color=style.VERMILION, label="H + 1/n")
    (found,) = ax.plot(sizes, sizes * 0.0, ":o", color=style.BLUE, label="best code")
    (floor,) = ax.plot(sizes, sizes * 0.0, "-", color=style.GREEN, label="H")
    (here,) = ax.plot([], [], "o", color=style.INK, markersize=11, zorder=5, clip_on=False)
    ax.set(xlim=(0.8, LONGEST + 0.2), ylim=(0, 2.05), xticks=sizes, yticks=[0, 0.5, 1, 1.5, 2])
    ax.set(xlabel="n, balls in a block", ylabel="bits per ball")
    ax.legend(loc="upper right", ncols=3)

    def update(n, blue):
        p = np.array([blue, 1 - blue])
        bits = entropy(p)
        per_ball = [mean_length(blocks_of(p, size).tolist()) / size for size in sizes[:n]]
        above.set_data(sizes[:n], bits + 1 / sizes[:n])
        found.set_data(sizes[:n], per_ball)
        floor.set_ydata(np.full(len(sizes), bits))
        here.set_data([n], [per_ball[n - 1]])
        return (
            f"Share {blue:.2f}, blocks of {n}: {per_ball[n - 1]:.4f} bits per ball. "
            f"H = {bits:.4f}, H + 1/n = {bits + 1 / n:.4f}."
        )

    return update


@scene(
    T=Slider(0.1, 10.0, step=0.05, value=1.0, label="T", log=True),
    curve=Toggle(label="draw the curve"),
    again=Press("Write 12 words"),
    shows={"T": 10.0, "curve": True},
)
def temperature(fig, words, scores):
    """The probability of each next word at a temperature, and the entropy over temperature."""
    left, right = fig.subplots(1, 2, width_ratios=(3, 2))
    scores = np.asarray(scores, float)
    bars = left.bar(range(len(words)), [0] * len(words), color=style.BLUE, width=0.6)
    left.set(ylim=(0, 1.05), ylabel="probability", yticks=[0, 0.5, 1])
    left.set_xticks(range(len(words)), words)
    Ts = np.geomspace(0.1, 10, 201)
    (line,) = right.plot(Ts, entropy(softmax(scores / Ts[:, None])), "-", color=style.BLUE)
    most = right.axhline(np.log2(len(words)), color=style.VERMILION, linestyle="--")
    (dot,) = right.plot([], [], "o", color=style.INK, markersize=10, clip_on=False)
    right.set(xscale="log", xlim=(0.1, 10), ylim=(0, 2.6), xlabel="temperature T")
    key(right, {"bits": line, "the most": most})
    right.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    right.minorticks_off()
    grab(right, "T", at=lambda T: (T, entropy(softmax(scores / T))))

    def update(T, curve, again):
        p = softmax(scores / T)
        for bar, height in zip(bars, p, strict=True):
            bar.set_height(height)
        bits = entropy(p)
        dot.set_data([T], [bits])
        line.set_visible(curve)
        best = int(p.argmax())
        said = f"T = {T:.3g}: “{words[best]}” has {p[best]:.4f}; entropy {bits:.4f} bits."
        if again:
            # comparing with one uniform number each: the same words on every platform
            draws = np.random.default_rng(again).random(12)
            written = [words[min(int(np.sum(u > np.cumsum(p))), len(words) - 1)] for u in draws]
            said += f" Written: {', '.join(written)}."
        return said

    return update


@scene(
    confidence=Slider(0.5, 0.999, step=0.001, value=0.999, label="it says"),
    right=Slider(0.7, 0.99, step=0.01, value=0.9, label="it is right"),
    truth=Toggle(label="show what it meets"),
    shows={"truth": True},
)
def confident(fig):
    """The surprise that a model expects by its own word, and the one that it meets."""
    ax = fig.subplots()
    grid = np.concatenate([np.linspace(0.5, 0.99, 99), np.linspace(0.991, 0.999, 33)])
    ax.plot(grid, _weighed(grid) + _weighed(1 - grid), "--", color=style.GREEN, label="expects")
    (meets,) = ax.plot(grid, grid, "-", color=style.BLUE, label="meets")
    (low,) = ax.plot([], [], "*", color=style.VERMILION, markersize=17, zorder=4)
    (dot,) = ax.plot([], [], "o", color=style.INK, markersize=10, zorder=5, clip_on=False)
    (own,) = ax.plot([], [], "s", color=style.GREEN, markersize=9, zorder=5, clip_on=False)
    ax.set(xlim=(0.5, 1.0), ylim=(0, 3.3), xlabel="the probability it gives to its answer")
    ax.set(ylabel="bits per answer", yticks=[0, 1, 2, 3])
    ax.legend(loc="upper left")

    def update(confidence, right, truth):
        def nll(c):
            return right * surprisal(c) + (1 - right) * surprisal(1 - c)

        meets.set_ydata(nll(grid))
        low.set_data([right], [nll(right)])
        dot.set_data([confidence], [nll(confidence)])
        for artist in (meets, low, dot):
            artist.set_visible(truth)
        expected = entropy(np.array([confidence, 1 - confidence]))
        own.set_data([confidence], [expected])
        said = f"It says {confidence:.3f}: it expects {expected:.4f} bits per answer."
        if truth:
            said += (
                f" It is right {right:.2f} of the time: it meets {nll(confidence):.4f}. "
                f"★ Least, {nll(right):.4f}, if it says {right:.2f}."
            )
        else:
            said += f" What it meets, right {right:.2f} of the time, is still hidden."
        return said

    return update
