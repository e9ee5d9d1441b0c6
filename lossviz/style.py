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

DPI = 100  # CSS pixels an inch
FIGSIZE = (9.0, 4.0)  # inches: 900 × 400 CSS pixels
ZOOM = 2  # presenting: an inch, a point of text or of a line is so many times as large
PRESENTING = (1160, 440)  # CSS pixels: as wide as a projector shows, and at most as high

_presenting = False


def set_presenting(on: bool) -> None:
    """Draw scenes made from now on for a projector (`on`), or for a laptop again."""
    global _presenting
    _presenting = bool(on)


def presenting() -> bool:
    """Whether scenes are drawn for a projector."""
    return _presenting


def dpi() -> int:
    """CSS pixels an inch of a scene's figure; twice as many when presenting.

    All that is measured in points (text, lines, marks, ticks, hatches, gaps) grows with it, also
    where a scene sets a size of its own: no scene has to know whether it is being presented.
    """
    return DPI * ZOOM if _presenting else DPI


def figsize(wanted: tuple[float, float] | None = None) -> tuple[float, float]:
    """Size of a figure in inches of `dpi()` pixels: the one wanted or the default.

    When presenting it has the projector's width in pixels and is at most as high.
    """
    width, height = wanted or FIGSIZE
    if not _presenting:
        return width, height
    across, down = (pixels / dpi() for pixels in PRESENTING)
    return across, min(down, height * across / width)


def rc() -> dict:
    """Matplotlib's settings for a scene: text of 12 pt, which `dpi` makes 24 when presenting."""
    text = 12.0
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
        "lines.linewidth": 2.0,
        "lines.markersize": 6.0,
        "axes.unicode_minus": True,
    }
