"""Draw the two small pictures of notebook 12, and redraw the one in the style of the other.

    python tools/make_pictures.py            everything: about three minutes on two free cores
    python tools/make_pictures.py drawings   only content.png, style.png and photo.png: seconds

Here: the two drawings, the runs at several weights, and the files they leave in ``data/style``.
Not here: the loss and its minimisation (``lossviz/walk/nb12/style_transfer.py``).
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cbook import get_sample_data
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.image import imread, imsave
from matplotlib.patches import Circle, Polygon
from PIL import Image
from scipy.ndimage import gaussian_filter

from lossviz.walk.nb08 import boxes
from lossviz.walk.nb12 import style_transfer

HERE = Path(__file__).resolve().parents[1] / "data" / "style"
POLLS = HERE.parents[1] / "lossviz" / "poll" / "polls"
SIZE = 192  # pixels along each side
FINE = 4  # drawn this much larger, then averaged down
WEIGHTS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
REPAINTED = (("content.png", 3), ("photo.png", 2), ("photo.png", 3))  # and the finest size
ITERATIONS = 120
SEED = 0


def canvas(size: int):
    """An Agg canvas whose one axes is the unit square, `size` pixels along each side."""
    fig = Figure(figsize=(size / 100, size / 100), dpi=100)
    agg = FigureCanvasAgg(fig)
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.axis("off")
    return agg, ax


def pixels(agg) -> np.ndarray:
    """Draw, and average each block of FINE × FINE pixels: (n, n, 3) in [0, 1]."""
    agg.draw()
    return style_transfer.shrink(np.asarray(agg.buffer_rgba())[..., :3] / 255, FINE)


# The content picture: (bottom, top, colours upwards) of the gradients, centres and radii of the
# round things, corners of the rest, each list from the back to the front.
SKY = (0.36, 1.0, [(0.93, 0.66, 0.36), (0.42, 0.56, 0.70), (0.16, 0.30, 0.60)])
SEA = (0.0, 0.37, [(0.04, 0.14, 0.30), (0.12, 0.34, 0.52), (0.30, 0.52, 0.64)])
CREAM, RUST, INK, SHADE = "#f8f4ea", "#c8321f", "#241c22", (0.1, 0.08, 0.15, 0.35)
ROUND = [
    ((0.135, 0.655), 0.100, "#fff3b8"),
    *(((x, y), r, "#ecebe2") for x, y, r in [
        (0.22, 0.86, 0.050), (0.28, 0.875, 0.060), (0.35, 0.86, 0.045),
        (0.47, 0.70, 0.040), (0.53, 0.71, 0.050), (0.59, 0.70, 0.035),
    ]),
]  # fmt: skip
HILLS = [
    ("#27395f", [(0, 0.36), (0, 0.47), (0.10, 0.52), (0.19, 0.45), (0.30, 0.42), (0.40, 0.50),
                 (0.50, 0.56), (0.60, 0.46), (0.72, 0.42), (1, 0.42), (1, 0.36)]),
]  # fmt: skip
FRONT = [
    *(("#f6e3b0", [(0.08 - d, y), (0.19 + d, y), (0.18, y - 0.018), (0.09, y - 0.018)])
      for d, y in [(0.00, 0.33), (0.01, 0.285), (0.02, 0.24)]),  # the sun on the water
    ("#4a2318", [(0.15, 0.20), (0.43, 0.20), (0.38, 0.13), (0.20, 0.13)]),  # the hull
    (CREAM, [(0.285, 0.20), (0.285, 0.50), (0.42, 0.23), (0.285, 0.225)]),
    ("#d9432f", [(0.268, 0.225), (0.268, 0.46), (0.17, 0.23)]),
    (INK, [(1, 0), (0.52, 0), (0.56, 0.10), (0.60, 0.13), (0.61, 0.24), (0.66, 0.29),
           (0.70, 0.31), (0.84, 0.33), (1, 0.32)]),  # the cliff and its grass
    ("#5f8a3a", [(0.61, 0.24), (0.66, 0.29), (0.70, 0.31), (0.84, 0.33), (1, 0.32), (1, 0.25),
                 (0.85, 0.27), (0.72, 0.255)]),
]  # fmt: skip
LANTERN = [
    (INK, [(0.70, 0.750), (0.84, 0.750), (0.84, 0.772), (0.70, 0.772)]),
    ("#ffd95a", [(0.73, 0.772), (0.81, 0.772), (0.81, 0.842), (0.73, 0.842)]),
    ("#8e2015", [(0.71, 0.842), (0.83, 0.842), (0.77, 0.900)]),
]


def draw_content() -> np.ndarray:
    """A lighthouse on a cliff, a sailing boat, hills, two clouds and a low sun."""
    agg, ax = canvas(SIZE * FINE)
    fade(ax, *SKY, zorder=0)
    for centre, radius, colour in ROUND:
        ax.add_patch(Circle(centre, radius, facecolor=colour, zorder=1))
    fill(ax, HILLS, zorder=2)
    fade(ax, *SEA, zorder=3)
    fill(ax, FRONT + tower() + LANTERN, zorder=4)
    return pixels(agg)


def fade(ax, bottom: float, top: float, colours, zorder: int) -> None:
    """A gradient over the whole width, from the first colour below to the last above."""
    at = np.linspace(0, 1, len(colours))
    ramp = np.stack([np.interp(np.linspace(0, 1, 256), at, c) for c in np.transpose(colours)], -1)
    ax.imshow(ramp[:, None], extent=(0, 1, bottom, top), origin="lower", aspect="auto",
              interpolation="bilinear", zorder=zorder)  # fmt: skip


def fill(ax, shapes, zorder: int) -> None:
    for colour, corners in shapes:
        ax.add_patch(Polygon(corners, facecolor=colour, edgecolor="none", zorder=zorder))


def tower() -> list:
    """Five bands, narrower as it rises, each with its shade on the right."""
    shapes = []
    for k in range(5):
        low, high = 0.31 + 0.088 * k, 0.31 + 0.088 * (k + 1)
        at, above = 0.0044 * k, 0.0044 * (k + 1)  # how far the sides have leaned in
        colour = CREAM if k % 2 == 0 else RUST
        right = [(0.84 - at, low), (0.84 - above, high)]
        shapes.append((colour, [(0.70 + at, low), *right, (0.70 + above, high)]))
        shapes.append((SHADE, [(0.79 - at, low), *right, (0.79 - above, high)]))
    return shapes


# Night blues, a green-blue, cream, gold and rust.
PALETTE = np.array(
    [(14, 26, 74), (25, 58, 133), (41, 101, 176), (58, 148, 168),
     (152, 196, 190), (248, 232, 176), (245, 180, 48), (214, 106, 30)]
) / 255  # fmt: skip


def draw_style(seed: int = 7) -> np.ndarray:
    """Thick swirling strokes on a torus: the left edge meets the right, the top the bottom."""
    rng = np.random.default_rng(seed)
    agg, ax = canvas(SIZE * FINE)
    ax.add_patch(Polygon([(0, 0), (1, 0), (1, 1), (0, 1)], facecolor=PALETTE[1]))
    for width, length, count in ((0.034, 0.20, 500), (0.024, 0.17, 1100), (0.017, 0.13, 700)):
        draw_strokes(ax, rng, width, length, count)
    return impasto(pixels(agg))


def swirl(at: np.ndarray) -> np.ndarray:
    """Unit vectors of a flow on the torus [0, 1)²: a few whirls around which strokes turn."""
    x, y = 2 * np.pi * at.T
    angle = (
        1.9 * np.sin(x + 0.4) * np.cos(y - 0.9)
        + 1.3 * np.sin(2 * y + 0.7 + np.cos(x))
        + 0.8 * np.cos(2 * x - y + 2.0)
    )
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def take_up_paint(rng, at: np.ndarray) -> np.ndarray:
    """A palette colour per stroke; the choice drifts over the picture, so strokes form bands."""
    x, y = 2 * np.pi * at.T
    drift = 0.24 * np.sin(x + 2 * y + 1) + 0.22 * np.cos(2 * x - y) + 0.16 * np.sin(3 * y - x + 0.5)
    level = np.clip(0.5 + drift + 0.13 * rng.standard_normal(len(at)), 0, 1)
    return PALETTE[np.minimum(level**1.25 * len(PALETTE), len(PALETTE) - 1).astype(int)]


def draw_strokes(ax, rng, width: float, length: float, count: int) -> None:
    """`count` strokes along the flow, each a bundle of bristles of nearly one colour."""
    steps, bristles = 24, 7
    at = rng.random((count, 2))
    paint = take_up_paint(rng, at)
    path = np.empty((count, steps, 2))
    for k in range(steps):
        path[:, k] = at
        at = at + swirl(at) * (length / steps)
    along = np.gradient(path, axis=1)
    along /= np.linalg.norm(along, axis=-1, keepdims=True)
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    across *= width * np.sin(np.linspace(0.25, np.pi - 0.15, steps))[:, None] ** 0.5
    for stroke, side, colour in zip(path, across, paint, strict=True):
        lines, colours = [], []
        for b in rng.permutation(bristles):
            bristle = stroke + ((b + 0.5) / bristles - 0.5) * side
            tint = 0.06 * rng.standard_normal() + EDGE_TINT.get(b, 0.0)
            copies = [bristle + np.array([dx, dy]) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
            copies = [c for c in copies if (c.max(0) > -0.05).all() and (c.min(0) < 1.05).all()]
            lines += copies
            colours += [np.clip(colour * (1 + tint) + 0.4 * tint, 0, 1)] * len(copies)
        thick = 0.97 * width / bristles * SIZE * FINE
        ax.add_collection(LineCollection(lines, colors=colours, capstyle="round", linewidths=thick))


EDGE_TINT = {0: -0.10, 5: 0.10, 6: -0.10}  # a ridge of paint is dark at its rims, lit beside one


def impasto(rgb: np.ndarray) -> np.ndarray:
    """Light from the upper left, on paint as thick as it is bright."""
    height = rgb.mean(axis=-1)
    height = height - gaussian_filter(height, 3, mode="wrap")
    slope = height - np.roll(height, (1, 1), (0, 1))
    return np.clip(rgb + 0.45 * slope[..., None], 0, 1)


def save(name: str, rgb: np.ndarray) -> None:
    imsave(HERE / name, np.round(255 * rgb).astype(np.uint8), metadata={"Software": None})


def read(name: str) -> np.ndarray:
    return imread(HERE / name)[..., :3].astype(float)


def draw_photo() -> np.ndarray:
    """Grace Hopper's portrait by the US Navy, as Matplotlib ships it: its upper square, shrunk."""
    with get_sample_data("grace_hopper.jpg") as file:
        picture = Image.open(file).convert("RGB").crop((0, 20, 512, 532))
    return np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS)) / 255


def redraw(weight: float) -> dict:
    """One run from noise: writes its picture, returns its entry of results.json."""
    losses = run_once("content.png", f"result_{weight:g}.png", weight)
    return {"weight": weight, "file": f"result_{weight:g}.png", **losses}


def repaint(job: tuple[str, int]) -> dict:
    """One run at the default weight whose content looks at the sizes from `finest` on."""
    of, finest = job
    levels = {2: style_transfer.CONTENT_LEVELS, 3: style_transfer.COARSE_LEVELS}[finest]
    file = f"repainted_{of.removesuffix('.png')}_{finest}.png"
    losses = run_once(of, file, style_transfer.DEFAULT_WEIGHT, levels)
    return {"of": of, "finest": finest, "file": file, **losses}


def run_once(of, file, weight, levels=style_transfer.CONTENT_LEVELS) -> dict:
    """Redraw one picture in the style of the paint, write it, and return both losses' lists."""
    run = style_transfer.transfer(
        read(of), read("style.png"), weight, ITERATIONS, seed=SEED, levels=levels
    )
    save(file, run.picture)
    return {name: [float(f"{v:.6g}") for v in getattr(run, name)] for name in ("content", "style")}


def main() -> None:
    for name in boxes.BOXES:
        (POLLS / f"{name}.svg").write_text(boxes.svg(name), "utf-8", newline="\n")
    if sys.argv[1:] == ["boxes"]:
        return
    start = time.perf_counter()
    save("content.png", draw_content())
    save("style.png", draw_style())
    save("photo.png", draw_photo())
    if sys.argv[1:] == ["drawings"]:
        return
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # one run per core
    spawn = multiprocessing.get_context("spawn")  # each worker starts NumPy afresh, so it obeys
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        runs, repainted = list(pool.map(redraw, WEIGHTS)), list(pool.map(repaint, REPAINTED))
    loss = style_transfer.StyleTransferLoss(read("content.png"), read("style.png"))
    settings = {
        "size": SIZE,
        "iterations": ITERATIONS,
        "seed": SEED,
        "default_weight": style_transfer.DEFAULT_WEIGHT,
        "style_of_content": float(f"{loss.terms(read('content.png'))[1]:.6g}"),
        "content_of_style": float(f"{loss.terms(read('style.png'))[0]:.6g}"),
    }
    (HERE / "results.json").write_text(
        json.dumps({"settings": settings, "runs": runs, "repainted": repainted}, indent=1) + "\n",
        encoding="utf-8",
    )
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
