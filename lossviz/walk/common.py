"""What several notebooks' scenes share: numbers in words, a density, a crowd of dots."""

import numpy as np

from lossviz import style
from lossviz.losses import gaussian_nll
from lossviz.page.words import minus

__all__ = ["crowd", "density", "minus", "plain", "spell"]


def density(y, mu, sigma):
    """The density of a normal at y."""
    return np.exp(-gaussian_nll(y, mu, sigma))


def spell(number):
    """A number as people write it: 1.23 × 10⁻⁴⁵, and 0 where the machine has nothing left."""
    if number == 0:
        return "0"
    mantissa, exponent = f"{number:.2e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa} × 10{raised}"


def plain(number):
    """A number as people write it: four decimals, or 1.23 × 10⁻⁴⁵ where those would not do."""
    if np.isinf(number):
        return "∞"
    if number == 0 or 1e-3 <= abs(number) < 1e5:
        return f"{number:.4f}" if number else "0"
    return spell(number)


def crowd(ax, x, y):
    """The points, larger where several lie on one spot."""
    spots, counts = np.unique(np.column_stack([x, y]), axis=0, return_counts=True)
    room = 0.5 if style.presenting() else 1.0  # the picture grows less than its marks
    ax.scatter(*spots.T, s=room * (3 + 2.5 * counts), color=style.MUTED, alpha=0.5, linewidths=0)
