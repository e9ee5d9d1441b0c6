"""Scenes that the browser tests run in a notebook and draw again beside it, to compare."""

import numpy as np

from lossviz import grab
from lossviz.explorer.stage import Choice, Press, Slider, Toggle, scene

GRID = np.linspace(-6, 6, 200)


@scene(
    mu=Slider(-3, 3, 0.1, 0.0, "μ"),
    sigma=Slider(0.5, 3.0, 0.1, 1.0, "σ"),
    kind=Choice(("line", "dots")),
    seed=Press("new sample"),
)
def bell(fig):
    """A normal density with a legend and a sample."""
    ax = fig.subplots()
    ax.set_ylim(0, 1)
    (curve,) = ax.plot(GRID, 0 * GRID, label="density")
    (sample,) = ax.plot(np.zeros(9), np.zeros(9), "o")
    ax.legend(loc="upper left")

    def update(mu, sigma, kind, seed):
        curve.set_ydata(np.exp(-((GRID - mu) ** 2) / 2 / sigma**2) / sigma / 2.5066)
        curve.set_linestyle("-" if kind == "line" else ":")
        sample.set_xdata(np.random.default_rng(seed).normal(mu, sigma, 9))
        return f"μ = {mu:.3f}, σ = {sigma:.3f}, {kind}, sample {seed}."

    return update


@scene(zoom=Slider(1, 20, 1, 1, "zoom"))
def rescaled(fig):
    """Limits, ticks and a title that change with the slider."""
    ax = fig.subplots()
    (line,) = ax.plot([0, 1], [0, 1])

    def update(zoom):
        line.set_ydata([0, zoom])
        ax.set_ylim(0, zoom)
        ax.set_title(f"up to {zoom}")
        return f"The axis ends at {zoom}."

    return update


@scene(phase=Slider(0.0, 6.0, 0.1, 0.0, "phase"))
def coloured(fig):
    """An image with a colour map: nearly every pixel changes."""
    ax = fig.subplots()
    across, down = np.meshgrid(np.linspace(0, 6, 180), np.linspace(0, 3, 80))
    picture = ax.imshow(np.sin(across), vmin=-1, vmax=1, cmap="viridis", interpolation="bilinear")

    def update(phase):
        picture.set_data(np.sin(across * 3 + phase) * np.cos(down * 2 - phase))
        return f"Waves at phase {phase:.2f}."

    return update


@scene(x=Slider(0.0, 1.0, 0.1, 0.0, "x"), quiet=Toggle(label="no error"))
def fails_at_the_end(fig):
    """Draws everywhere but at its right end."""
    ax = fig.subplots()
    ax.set_xlim(0, 1)
    (point,) = ax.plot([0], [0], "o")

    def update(x, quiet):
        if x == 1 and not quiet:
            raise ZeroDivisionError("no such place")
        point.set_xdata([x])
        return f"The point is at {x:.2f}."

    return update


@scene(
    mu=Slider(-3, 3, 0.1, 0.0, "μ"),
    sigma=Slider(0.5, 3.0, 0.1, 1.0, "σ"),
    rate=Slider(0.01, 100, 0.05, 1.0, "λ", log=True),
    a=Slider(0, 4, 0.5, 1.0, "a"),
    b=Slider(0, 9, 1, 1, "b"),
)
def grabbed(fig):
    """Handles along a line, on a curve, on a logarithmic axis, and a point in the plane."""
    bell, plane = fig.subplots(1, 2)
    bell.set(xlim=(-2.5, 2.5), ylim=(0, 1))  # the ends of μ lie outside
    plane.set(xlim=(0, 4), ylim=(0.005, 200), yscale="log")
    right = plane.twinx()
    right.set_ylim(0, 9)
    (curve,) = bell.plot(GRID, 0 * GRID)
    (level,) = plane.plot([0, 4], [1, 1])
    (point,) = right.plot([1], [1], "s")

    def peak(sigma):
        return 0.3989 / sigma

    grab(bell, "mu", at=lambda mu, sigma: (mu, peak(sigma)))
    grab(bell, "sigma", at=lambda mu, sigma: (mu + sigma, peak(sigma) * np.exp(-0.5)))
    grab(plane, "rate", at=lambda rate: (2, rate))
    grab(right, "a", "b", at=lambda a, b: (a, b))

    def update(mu, sigma, rate, a, b):
        curve.set_ydata(peak(sigma) * np.exp(-((GRID - mu) ** 2) / 2 / sigma**2))
        level.set_ydata([rate, rate])
        point.set_data([a], [b])
        return f"μ = {mu:.1f}, σ = {sigma:.1f}, λ = {rate:.4g}, ({a:.1f}, {b})."

    return update
