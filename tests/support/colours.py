"""Finds series of a picture that differ by colour alone.

Two series of one panel are told apart by their form (dash, width, marker, hatch, kind of mark), by
their place (bars side by side on an axis with labels), by a text in their own colour, or by
lightness: colours with a contrast of 3:1 between them, as WCAG's technique G183 has it. Two that
share all of these are told apart by hue only, which some readers and some projectors do not show.
"""

from itertools import combinations

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgb

NOTHING = ("None", "none", "", " ", None)


def luminance(colour) -> float:
    """Relative luminance of a colour by WCAG 2."""
    parts = np.array(to_rgb(colour))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other) -> float:
    """Contrast ratio of two colours by WCAG 2, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def series_of(ax) -> list[tuple]:
    """(form, colour) of everything visible in a panel that may be one series among others."""
    found = []
    for line in ax.lines:
        dash = None if line.get_linestyle() in NOTHING else line.get_linestyle()
        marker = None if line.get_marker() in NOTHING else line.get_marker()
        if not line.get_visible() or not len(line.get_xdata()) or (dash is None and marker is None):
            continue
        width = round(line.get_linewidth(), 1) if dash is not None else None
        size = round(line.get_markersize()) if marker is not None else None
        colour = line.get_color() if dash is not None else line.get_markerfacecolor()
        if colour in NOTHING:
            colour = line.get_markeredgecolor()
        found.append((("line", str(dash), width, str(marker), size), colour))
    for group in ax.collections:
        faces = group.get_facecolor() if len(group.get_facecolor()) else group.get_edgecolor()
        # a colour map says its numbers by a colour bar or a surface, which is no series
        if not group.get_visible() or group.get_array() is not None or not len(faces):
            continue
        if len(group.get_offsets()) and lettered(group, ax):
            continue
        points = isinstance(group, PathCollection)
        shape = len(group.get_paths()[0]) if points and group.get_paths() else None
        form = (type(group).__name__, shape, group.get_hatch())
        found += [(form, colour) for colour in np.unique(faces, axis=0)]
    for patch in ax.patches:
        if patch.get_visible():
            inside = patch.get_patch_transform().transform_path(patch.get_path()).vertices
            place = round(float(inside[:, 0].min()), 6)  # where it begins along the axis
            form = (type(patch).__name__, patch.get_hatch(), patch.get_fill(), place)
            found.append((form, patch.get_facecolor()))
    return found


def lettered(group, ax) -> bool:
    """Whether every mark of a group has a letter on it."""
    letters = {tuple(np.round(t.get_position(), 6)) for t in ax.texts if t.get_text()}
    return {tuple(np.round(place, 6)) for place in group.get_offsets()} <= letters


def told_by_colour_alone(figure) -> list[tuple]:
    """(form, colour, other colour) of every pair of series that only their hue tells apart."""
    found = set()
    for ax in figure.axes:
        texts = [*ax.texts, ax.xaxis.label, ax.yaxis.label]
        named = {to_hex(t.get_color()) for t in texts if t.get_visible() and t.get_text()}
        forms = {}
        for form, colour in series_of(ax):
            forms.setdefault(form, set()).add(to_hex(colour))
        for form, colours in forms.items():
            for pair in combinations(sorted(colours - named), 2):
                if contrast(*pair) < 3:
                    found.add((form, *pair))
    return sorted(found, key=str)
