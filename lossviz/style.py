"""How the pictures look: colours, sizes and fonts, in one place.

Four line colours that stand out at 3:1 on white and stay apart for colour-blind readers. They are
never the only difference: give each series a dash, a marker or a label of its own as well.
Nothing here knows a figure; `stage` applies `rc()` while a scene draws itself.
"""

from cycler import cycler

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
INK = "#222222"  # text and marks that carry no series
MUTED = "#666666"  # text 5.7:1 on white, for what is secondary
FAINT = "#D0D0D0"  # grids, and areas behind a line
COLOURS = (BLUE, VERMILION, GREEN, PURPLE)
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D")

FIGSIZE = (9.0, 4.0)  # inches at 100 px an inch: 900 × 400 CSS pixels
PRESENTING_FIGSIZE = (11.6, 4.4)
DPI = 100

_presenting = False


def set_presenting(on: bool) -> None:
    """Draw scenes made from now on for a projector (`on`), or for a laptop again."""
    global _presenting
    _presenting = bool(on)


def presenting() -> bool:
    """Whether scenes are drawn for a projector."""
    return _presenting


def figsize(wanted: tuple[float, float] | None = None) -> tuple[float, float]:
    """Size of a figure in inches: the one wanted or the default; wider when presenting."""
    width, height = wanted or FIGSIZE
    if not _presenting:
        return width, height
    across, down = PRESENTING_FIGSIZE
    return across, min(down, height * across / width)


def rc() -> dict:
    """Matplotlib's settings for a scene: 12 pt or more, 24 pt when presenting."""
    text = 24.0 if _presenting else 12.0
    return {
        "font.family": "DejaVu Sans",
        "font.size": text,
        "axes.titlesize": text,
        "axes.labelsize": text,
        "xtick.labelsize": text,
        "ytick.labelsize": text,
        "legend.fontsize": text,
        "figure.titlesize": text,
        "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=DASHES),
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "figure.facecolor": "white",
        "axes.facecolor": "white",
        "savefig.facecolor": "white",
        "legend.frameon": True,
        "legend.framealpha": 0.9,
        "legend.edgecolor": "none",
        "lines.linewidth": 4.0 if _presenting else 2.0,
        "lines.markersize": 10.0 if _presenting else 6.0,
        "axes.unicode_minus": True,
    }
