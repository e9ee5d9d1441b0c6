"""The picture of notebook 00: a first slider.

Here: drawing only. The numbers come from `lossviz.losses`; the words around it are the notebook's.
"""

import numpy as np

from lossviz import style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Slider, scene
from lossviz.losses import gaussian_nll


@scene(
    sigma=Slider(1.0, 8.0, step=0.1, value=6.0, label="σ (inches)"),
    figsize=(9, 3.6),
    shows={"sigma": 2.5},
)
def first_slider(fig, heights):
    """How often each height occurs, and a bell around the mean whose width the slider sets."""
    ax = fig.subplots()
    values, counts = np.unique(heights, return_counts=True)
    ax.bar(values, counts / counts.sum(), width=0.45, color=style.FAINT, label="the people")
    mean = heights.mean()
    grid = np.linspace(58, 78, 401)
    (bell,) = ax.plot(grid, np.zeros_like(grid), color=style.BLUE, label="your bell")
    ax.set(xlim=(58, 78), ylim=(0, 0.42), xlabel="height (inches)", ylabel="density")
    ax.set_xticks([60, 65, 70, 75])
    ax.legend(loc="upper right")

    def density(y, sigma):
        return np.exp(-gaussian_nll(y, mean, sigma))

    grab(ax, "sigma", at=lambda sigma: (mean + sigma, density(mean + sigma, sigma)))

    def update(sigma):
        bell.set_ydata(density(grid, sigma))
        loss = gaussian_nll(heights, mean, sigma).mean()
        return f"σ = {sigma:.1f} in: the loss is {loss:.4f}. Lower is better."

    return update
