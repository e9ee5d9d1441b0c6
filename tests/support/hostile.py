"""Matplotlib settings as no picture of ours expects them: another value for every one there is."""

import contextlib
import functools

import matplotlib
from cycler import cycler
from matplotlib import RcParams

NO_LOOKS = ("backend", "backend_fallback", "interactive", "toolbar", "docstring", "date.epoch")
NO_LOOKS += ("tk.", "webagg.", "keymap.", "animation.", "figure.hooks", "figure.max_open_warning")
OTHERS = {
    "axes.prop_cycle": cycler(color=["lime", "pink"]),
    "axes.formatter.limits": (-1, 1),
    "path.sketch": (1, 100, 2),
    "font.weight": "bold",
    "lines.marker": "o",
    "image.cmap": "hot",
    "mathtext.fontset": "cm",
    "text.usetex": True,
}
CANDIDATES = (0.3, 7.5, 3, True, False, (2.0, 3.0), "red", "bold", "center", "in", "both", "x")
CANDIDATES += ("--", "upper", "round", "round_numbers", "cm", "none", "right", "bottom", "left")


@functools.cache
def hostile() -> dict:
    """A valid value other than Matplotlib's default for every setting that a picture may use."""
    odd = {}
    for key in matplotlib.rcParamsDefault:
        if key.startswith(NO_LOOKS):
            continue
        for value in (OTHERS[key],) if key in OTHERS else CANDIDATES:
            with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
                if RcParams({key: value})[key] != matplotlib.rcParamsDefault[key]:
                    odd[key] = value
                    break
    return odd
