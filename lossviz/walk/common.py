"""What several notebooks' scenes share: numbers in words, densities, dots, legends, the recipe."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from lossviz import style
from lossviz.losses import gaussian_nll
from lossviz.page.words import minus

__all__ = ["crowd", "density", "key", "minus", "plain", "recipe_figure", "spell"]


def density(y, mu, sigma):
    """The density of a normal at y."""
    return np.exp(-gaussian_nll(y, mu, sigma))


def spell(number):
    """A number as people write it: 1.23 × 10⁻⁴⁵, and 0 where the machine has nothing left."""
    return minus(f"{number:.2e}") if number else "0"


def plain(number):
    """A number as people write it: four decimals, or 1.23 × 10⁻⁴⁵ where those would not do."""
    if np.isinf(number):
        return "∞"
    if number == 0 or 1e-3 <= abs(number) < 1e5:
        return f"{number:.4f}" if number else "0"
    return spell(number)


def key(ax, marks, title=""):
    """A legend in a row above the axes, under a title: what each mark is. `marks`: name → artist.

    There it hides nothing. Of a mark that is large in the picture it shows a smaller one.
    """
    look = {"handlelength": 1.5, "handletextpad": 0.4, "columnspacing": 1.2, "frameon": False}
    place = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2, "borderpad": 0}
    row = {
        "ncols": min(len(marks), 2 if style.presenting() else 4),
        "title": title,
        "alignment": "left",
    }
    legend = ax.legend(list(marks.values()), list(marks), **look, **place, **row)
    for shown in legend.legend_handles:
        if isinstance(shown, Line2D):
            shown.set_markersize(min(shown.get_markersize(), 9))
    return legend


def crowd(ax, x, y):
    """The points, larger where several lie on one spot; returns them."""
    spots, counts = np.unique(np.column_stack([x, y]), axis=0, return_counts=True)
    room = 0.5 if style.presenting() else 1.0  # the picture grows less than its marks
    return ax.scatter(
        *spots.T, s=room * (3 + 2.5 * counts), color=style.MUTED, alpha=0.5, linewidths=0
    )


# The recipe's parts from left to right, and the steps in which each is chosen or used.
PARTS = ("features\n", "model\nstep 2", "parameters\n", "distribution\nsteps 1, 4", "loss\nstep 3")


def recipe_figure(fig, model, grid, xlabel, top=1.15, outputs=1):
    """The recipe as a figure, the same in every notebook; returns `fill`, which sets its numbers.

    features → model → parameters → distribution → −log of what it says of the truth ◆. `model` is
    the model's formula, in lines of at most nine characters, as all words in the figure. `grid` is
    what y can be: numbers for a density's curve, or words for a bar each. `top` is the height of
    the distribution's axes. Of several `outputs`, each has its curve, and their −logs are added.
    """
    axes = fig.subplots(1, 5, width_ratios=(1, 1.1, 1.15, 1.5, 1.4))
    texts = []
    for ax, part in zip(axes, PARTS, strict=True):
        ax.set_title(part, loc="center")
        ax.set(xticks=[], yticks=[])
        ax.spines[["top", "right"]].set_visible(True)
        middle = {"ha": "center", "va": "center", "linespacing": 1.6}
        texts.append(ax.text(0.5, 0.5, "", transform=ax.transAxes, **middle))
        if ax is not axes[0]:
            ax.text(-0.03, 0.5, "▸", transform=ax.transAxes, ha="right", va="center", size=16)
    texts[1].set_text(model)
    ax, words = axes[3], isinstance(grid[0], str)
    places = np.arange(len(grid)) if words else np.asarray(grid)
    ax.set(ylim=(0, top), xlabel=xlabel)
    if words:
        bars = ax.bar(places, places * 0.0, width=0.6, color=style.FAINT)
        ax.set_xticks(places, grid)
    else:
        dashes = zip(style.COLOURS, style.DASHES, strict=True)
        curves = [ax.plot(places, places * 0, d, color=c)[0] for c, d in [*dashes][:outputs]]
        ax.set(xlim=(places[0], places[-1]))
        ax.xaxis.set_major_locator(MaxNLocator(3, integer=True))
    (marks,) = ax.plot([], [], "D", color=style.INK, markersize=9, clip_on=False)

    def fill(features, parameters, p, truth, at):
        """Lines of words, p over the grid, where the truth stands in it, and p there; the last
        three once for each output. Returns the sentence."""
        at, truth = np.atleast_1d(at), np.atleast_1d(truth)
        if words:
            for bar, height in zip(bars, p, strict=True):
                bar.set_height(height)
        else:
            for curve, heights in zip(curves, np.atleast_2d(p), strict=True):
                curve.set_ydata(heights)
        marks.set_data(truth, at)
        losses = [f"{loss:.2f}" for loss in -np.log(at)]
        total = f"{-np.log(at).sum():.2f}"
        logs = [f"−log {value:.4f}" if value >= 1e-3 else f"−log {value:.0e}" for value in at]
        texts[0].set_text(minus(features))
        texts[2].set_text(minus(parameters))
        texts[4].set_text(minus("\n".join([*logs, f"= {total}"])))
        kind = "probability" if words else "density"
        kept = "; its loss is " + " + ".join(losses) + (f" = {total}" if len(at) > 1 else "")
        return minus(
            f"Features: {features}. Parameters: {parameters}. The truth ◆ has {kind} "
            f"{' and '.join(plain(value) for value in at)}{kept}."
        ).replace("\n", ", ")

    return fill
