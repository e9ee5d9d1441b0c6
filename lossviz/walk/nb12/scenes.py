"""The pictures of notebook 12: what a filter answers, what Gram matrices forget, and the runs.

Here: drawing, and the few rearrangements of a picture that one of them shows. The losses and the
optimisation are `lossviz.walk.nb12.style_transfer`'s; questions, derivations and exercises are in
`lesson`.
"""

from functools import lru_cache

import numpy as np
from scipy import fft

from lossviz import style
from lossviz.explorer.stage import Choice, Slider, Toggle, scene
from lossviz.walk.nb12.style_transfer import (
    ORIENTATIONS,
    FilterBank,
    StylePictures,
    StyleTransferLoss,
    gram_matrix,
)

TURN = 180 // ORIENTATIONS  # degrees between one direction of the bank and the next
LIGHT_MAPS = 2 * ORIENTATIONS + 1  # on lightness: a pair (even, odd) in every direction, a blur


def _show(ax, image, title="", **options):
    """An image in axes without ticks; what to call set_data on."""
    ax.set_axis_off()
    ax.set_title(title, loc="center")
    return ax.imshow(image, extent=(0, 1, 0, 1), interpolation="nearest", **options)


def _odd(level_maps: np.ndarray, direction: int) -> np.ndarray:
    """The map of the odd filter in one direction, on lightness: it answers dark-to-light edges."""
    return level_maps[2 * direction + 1]


def _middle(kernel, reach=6):
    """The filter's middle, turned round as a filter meets the picture; the rest is nearly 0."""
    near = slice(len(kernel) // 2 - reach, len(kernel) // 2 + reach + 1)
    return fft.fftshift(kernel)[near, near][::-1, ::-1]


LIGHTHOUSE, STROKES, PHOTO = "lighthouse", "brush strokes", "photograph"
FINEST = {"sizes 2 to 4": 2, "sizes 3 and 4": 3}  # what the content term looks at


@scene(
    shown=Choice((LIGHTHOUSE, STROKES), label="picture"),
    turn=Slider(0, 150, step=TURN, value=0, label="turn (°)"),
    level=Slider(1, 4, value=2, label="size"),
    rectify=Toggle(value=False, label="rectify: keep what is above 0"),
    figsize=(9, 3.5),
    shows={"turn": 90},
)
def filters(fig, content, strokes):
    """A picture, one filter (enlarged), and the filter's answer at every place."""
    axes = fig.subplots(1, 3)
    pictures = {LIGHTHOUSE: content, STROKES: strokes}
    bank = FilterBank(len(content), np.float32)
    signed = 3 * LIGHT_MAPS
    answers = {}
    for name, picture in pictures.items():
        levels = bank.features(picture)
        answers[name] = [
            [_odd(maps, d) - _odd(maps[signed:], d) for d in range(ORIENTATIONS)] for maps in levels
        ]
    kernels = [
        [_middle(fft.irfft2(_odd(spectra, d), s=(m, m))) for d in range(ORIENTATIONS)]
        for m, spectra in zip(bank.sizes, bank.filters, strict=True)
    ]
    loudest = {name: [np.abs(a).max() for a in answers[name]] for name in pictures}
    seen = _show(axes[0], content, "the picture")
    grey = {"cmap": "gray", "vmin": -1, "vmax": 1}
    filter_image = _show(axes[1], kernels[0][0], "the filter, enlarged", **grey)
    answer_image = _show(axes[2], answers[LIGHTHOUSE][0][0], "its answer", **grey)

    def update(shown, turn, level, rectify):
        direction = turn // TURN
        kernel, answer = kernels[level - 1][direction], answers[shown][level - 1][direction]
        answer = np.maximum(answer, 0) if rectify else answer
        seen.set_data(pictures[shown])
        filter_image.set_data(kernel / np.abs(kernel).max())
        answer_image.set_data(answer / (0.6 * loudest[shown][level - 1]))
        loudness = np.sqrt(np.mean(answer**2))
        kept = "what is above 0" if rectify else "both signs: dark to light and light to dark"
        return (
            f"The {shown}, filter turned by {turn}°, size {level} of 4: root mean square of the "
            f"answer {loudness:.3f} ({kept}; grey is 0)."
        )

    return update


AS_IT_IS, MIRRORED, TURNED, SHUFFLED = "as it is", "mirrored", "a quarter turn", "tiles shuffled"


def shuffle_tiles(picture, tile=16, seed=0):
    """The picture cut into square tiles of `tile` pixels, put together in a random order."""
    n = len(picture) // tile
    tiles = picture.reshape(n, tile, n, tile, 3).swapaxes(1, 2).reshape(n * n, tile, tile, 3)
    tiles = np.random.default_rng(seed).permutation(tiles)
    return tiles.reshape(n, n, tile, tile, 3).swapaxes(1, 2).reshape(picture.shape)


REARRANGED = {
    AS_IT_IS: lambda picture: picture,
    MIRRORED: lambda picture: picture[:, ::-1],
    TURNED: np.rot90,
    SHUFFLED: shuffle_tiles,
}


@scene(
    change=Choice(tuple(REARRANGED), label="the picture"),
    move=Slider(0, 56, step=8, value=0, label="moved by (px)"),
    figsize=(9, 3.8),
    shows={"move": 24},
)
def places(fig, picture):
    """A picture moved or rearranged, part of its Gram matrix, and both losses to the original."""
    left, right = fig.subplots(1, 2)
    loss = StyleTransferLoss(picture, picture)
    shown = _show(left, picture, "the picture")
    names = [f"{TURN * d}°" for d in range(ORIENTATIONS)]
    gram_image = right.imshow(np.zeros((ORIENTATIONS, ORIENTATIONS)), cmap="Blues", vmin=0, vmax=1)
    right.set_xticks(range(ORIENTATIONS), names)
    right.set_yticks(range(ORIENTATIONS), names)
    right.set_title("Gram matrix of six maps")

    @lru_cache
    def numbers(change, move):
        moved = np.roll(REARRANGED[change](picture), move, axis=1)
        maps = loss.bank.features(moved)[1][1 : 2 * ORIENTATIONS : 2]
        return moved, gram_matrix(maps), loss.terms(moved)

    largest = numbers(AS_IT_IS, 0)[1].max()

    def update(change, move):
        moved, gram, (content_loss, style_loss) = numbers(change, move)
        shown.set_data(moved)
        gram_image.set_data(gram / largest)
        return (
            f"{change}, moved by {move} px: content loss {content_loss:.3f}, "
            f"style loss {style_loss:.3f}, both against the picture as it was."
        )

    return update


def _loss_axes(ax, iterations):
    """Two empty curves over the iterations on a log scale: (content, style, a dot on each)."""
    lines = []
    for name, colour, dash, marker in (
        ("content", style.BLUE, "-", "o"),
        ("style", style.VERMILION, "--", "s"),
    ):
        (curve,) = ax.plot([], [], dash, color=colour, label=name)
        (dot,) = ax.plot([], [], marker, color=colour, markersize=8, clip_on=False)
        lines.append((curve, dot))
    ax.set(yscale="log", xlim=(0, iterations), ylim=(0.002, 40), xlabel="iteration")
    ax.set_yticks([0.01, 0.1, 1, 10], ["0.01", "0.1", "1", "10"])
    ax.minorticks_off()
    ax.set_title("both losses, log scale")
    ax.legend(loc="upper right", ncols=2)
    return lines


@scene(
    iteration=Slider(0, 60, value=0, label="iteration"), figsize=(9, 3.8), shows={"iteration": 3}
)
def run(fig, pictures, content, style_losses):
    """The picture after each iteration of a run, and both losses up to there."""
    left, right = fig.subplots(1, 2)
    shown = _show(left, pictures[0], "the picture so far")
    curves = _loss_axes(right, len(pictures) - 1)

    def update(iteration):
        k = min(iteration, len(pictures) - 1)  # a run may have ended early
        shown.set_data(pictures[k])
        for (curve, dot), values in zip(curves, (content, style_losses), strict=True):
            curve.set_data(np.arange(k + 1), values[: k + 1])
            dot.set_data([k], [values[k]])
        return (
            f"After {k} iterations: content {_percent(content, k)} of its start, "
            f"style {_percent(style_losses, k)}."
        )

    return update


def _percent(values, k):
    """How much of the first value is left: whole per cents, as platforms agree on no more."""
    left = 100 * values[k] / values[0]
    return f"{left:.0f} %" if left >= 1 else "below 1 %"


LOG_WEIGHT = Slider(-2.0, 1.0, step=0.5, value=-0.5, label="log₁₀ weight")


def nearest_run(pictures: StylePictures, log_weight: float) -> float:
    """The weight of the committed run that lies nearest on the log scale."""
    return min(pictures.runs, key=lambda weight: abs(np.log10(weight) - log_weight))


@scene(log_weight=LOG_WEIGHT, figsize=(9, 3.6), shows={"log_weight": 1.0})
def weights(fig, pictures):
    """The content, redrawn at one of seven weights, and the paint: side by side."""
    left, middle, right = fig.subplots(1, 3)
    _show(left, pictures.content, "content")
    shown = _show(middle, pictures.content, "redrawn")
    _show(right, pictures.style, "style")

    def update(log_weight):
        weight = nearest_run(pictures, log_weight)
        result = pictures.runs[weight]
        shown.set_data(result.picture)
        return (
            f"Weight {weight:g}: content {result.content[-1]:.3f}, style {result.style[-1]:.4f} "
            f"at the end; L = {weight:g} · content + style = "
            f"{weight * result.content[-1] + result.style[-1]:.4f}."
        )

    return update


@scene(
    of=Choice((LIGHTHOUSE, PHOTO), label="picture"),
    sizes=Choice(tuple(FINEST), label="content looks at"),
    figsize=(9, 3.6),
    shows={"sizes": "sizes 3 and 4"},
)
def repainted(fig, pictures, shares_of_power):
    """A content, redrawn at the default weight, and the paint; the content term at fewer sizes."""
    axes = fig.subplots(1, 3)
    files = {LIGHTHOUSE: ("content.png", pictures.content), PHOTO: ("photo.png", pictures.photo)}
    left = _show(axes[0], pictures.content, "content")
    middle = _show(axes[1], pictures.content, "redrawn")
    _show(axes[2], pictures.style, "style")
    paint = "strokes {:.1%}, finer {:.1%}".format(*shares_of_power(pictures.style))

    def update(of, sizes):
        file, content = files[of]
        redrawn = pictures.repainted[file, FINEST[sizes]].picture
        left.set_data(content)
        middle.set_data(redrawn)
        strokes, finer = shares_of_power(redrawn)
        return (
            f"The {of}, its content at {sizes}: strokes {strokes:.1%}, finer {finer:.1%} of the "
            f"power (the paint: {paint})."
        )

    return update


@scene(log_weight=LOG_WEIGHT, pick=Slider(1, 7, value=1, label="run ●"), shows={"log_weight": -2.0})
def frontier(fig, pictures):
    """Seven runs as points (content, style), and the line of all points with the same total."""
    ax = fig.subplots()
    ends = np.array([(r.content[-1], r.style[-1]) for r in pictures.runs.values()])
    ax.plot(*ends.T, "-", color=style.FAINT)
    ax.plot(*ends.T, "s", color=style.MUTED, markersize=8, clip_on=False)
    for weight, (x, y) in zip(pictures.runs, ends, strict=True):
        ax.annotate(f"{weight:g}", (x, y), (8, 8), textcoords="offset points")
    (line,) = ax.plot([], [], "--", color=style.VERMILION, label="equal L")
    (here,) = ax.plot([], [], "o", color=style.BLUE, markersize=12, label="the run picked")
    ax.set(xlim=(0, 0.66), ylim=(0, 0.26), xlabel="content loss", ylabel="style loss")
    ax.set_title("a square for each run, with its weight")
    ax.legend(loc="upper right")

    def update(log_weight, pick):
        x, y = ends[pick - 1]
        weight = nearest_run(pictures, log_weight)
        total = weight * x + y
        line.set_data([0, total / weight], [total, 0])
        here.set_data([x], [y])
        below = int(np.sum(weight * ends[:, 0] + ends[:, 1] < total))
        return (
            f"At weight {weight:g} the run made for weight {list(pictures.runs)[pick - 1]:g} has "
            f"L = {weight:g} · {x:.4f} + {y:.4f} = {total:.4f}. Runs with less: {below} of 7."
        )

    return update
