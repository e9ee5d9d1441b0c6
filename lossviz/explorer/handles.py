"""Handles: places of a picture that can be taken hold of, each for one slider or two.

In a scene's drawing function `grab` says which sliders a handle moves and where it stands. The
places of a frame's handles travel with the frame. A handle's *tracks*, its places along the grid of
each of its sliders while all else stays, are what the page searches for the step nearest to the
pointer: so a handle may run along any path. Two sliders make a point in the plane.

Places are fractions of the picture's width and height, from its top left corner.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lossviz.explorer.parameters import Slider


@dataclass(frozen=True)
class Handle:
    """What `grab` noted: the axes, the names of the sliders, and where the handle stands."""

    ax: Axes
    names: tuple[str, ...]
    at: Callable
    needs: tuple[str, ...]  # the parameters that `at` takes

    def places(self, *each: Mapping) -> np.ndarray:
        """Where it stands at each of these values, in the axes as drawn; NaN where nowhere."""
        points = [self.at(**{name: values[name] for name in self.needs}) for values in each]
        if bad := [point for point in points if np.shape(point) != (2,)]:
            raise ValueError(f"at must give a place (x, y) of two numbers; got {bad[0]!r}")
        pixels = self.ax.transData.transform(np.array(points, float))
        return np.array([0, 1]) + np.array([1, -1]) * pixels / self.ax.figure.bbox.size

    def state(self, sliders: Mapping) -> dict:
        """What a page knows of it: the numbers of its sliders among these, names, label."""
        label, order = " and ".join(sliders[n].label or n for n in self.names), list(sliders)
        return {"sliders": [*map(order.index, self.names)], "names": self.names, "label": label}

    def seen(self, values: Mapping) -> np.ndarray:
        """Its place, or the edge of the axes where it waits while its place lies outside."""
        left, bottom, right, top = self.ax.get_position().extents
        return np.clip(self.places(values)[0], [left, 1 - top], [right, 1 - bottom])

    def tracks(self, values: Mapping, sliders: Mapping[str, Slider]) -> list[np.ndarray]:
        """Its places along the grid of each of its sliders, all else as in `values`: (steps, 2)."""
        grids = {name: map(sliders[name].at, range(sliders[name].count + 1)) for name in self.names}
        return [self.places(*({**values, n: v} for v in grid)) for n, grid in grids.items()]


def grab(ax: Axes, *names: str, at: Callable[..., tuple[float, float]]) -> None:
    """Put a handle on the picture that moves the sliders of these names, one or two.

    `at` takes parameters of the scene by name and gives the handle's place (x, y) in the data
    coordinates of `ax`: ``grab(ax, "mu", at=lambda mu, sigma: (mu, peak(sigma)))``.
    """
    if len(names) not in (1, 2):
        raise ValueError(f"names must be one slider or two; got {names!r}")
    if not callable(at):
        raise ValueError(f"at must be a function of parameters; got {at!r}")
    handle = Handle(ax, names, at, tuple(inspect.signature(at).parameters))
    ax.figure.lossviz_handles = [*getattr(ax.figure, "lossviz_handles", ()), handle]


def on(figure: Figure, parameters: Mapping) -> list[Handle]:
    """The handles that a scene with these parameters put on its figure."""
    handles = getattr(figure, "lossviz_handles", [])
    for handle in handles:
        for name in handle.names:
            if not isinstance(parameters.get(name), Slider):
                raise ValueError(f"grab takes names of the scene's sliders; got {name!r}")
        if unknown := [name for name in handle.needs if name not in parameters]:
            raise ValueError(f"at takes parameters of the scene; {unknown[0]!r} is none")
    return handles
