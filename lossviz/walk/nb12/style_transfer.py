"""Style transfer: a loss that says what you want, minimised over the pixels themselves.

    L(x) = weight · content(x) + style(x),    x a picture, every pixel free in [0, 1]

Here: the filter bank, the two losses with their gradient, the run by L-BFGS, the gradient's check
against finite differences, and the loader of the pictures in ``data/style``. Not here: how those
pictures are made (``tools/make_pictures.py``), and any widget.

How it differs from the published method (Gatys, Ecker & Bethge, 2016, CVPR, 2414–2423). They take
their features from VGG-19, a network trained to name what photographs show: many layers, each fed
by the one before, so deep ones respond to whole objects. Here nothing was trained and there is one
layer: oriented filters of fixed shape at four sizes, on lightness and two colour differences,
each followed by a rectifier. So "content" means edges, light and colour in their places; it knows
no sail from a cloud. What is the same: style is Gram matrices of the features, content is the
features themselves, and the pixels descend the sum of both from noise. That untrained filters
suffice for textures was shown by Ustyuzhaninov, Brendel, Gatys & Bethge (2017, ICLR); Gram
matrices between a map and its shifted self are from Berger & Memisevic (2017, ICLR).

Pictures wrap around: right of the last column comes the first, below the last row the first. So a
filter is a product of Fourier transforms, exactly, and its adjoint the product with the conjugate.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import NamedTuple

import numpy as np
from scipy import fft
from scipy.linalg import get_blas_funcs
from scipy.optimize import minimize

from lossviz import data

LEVELS = 4  # the picture at full size, half, quarter, eighth
ORIENTATIONS = 6
BANDS = (0.28, 0.2, 0.2, 0.2)  # cycles per pixel of the level; the finest reaches Nyquist's
OCTAVES = 0.7  # a band's standard deviation on the log2 scale of frequency
BLUR = 0.5  # pixels: the Gaussian under the plain colour maps
THRESHOLDS = (0.1, 0.25, 0.45)  # further rectifiers on colour: they tell a palette's levels apart
SHIFTS = ((0, 0), (0, 4), (4, 0))  # pixels of the level, rows and columns: strokes have a length
CONTENT_LEVELS = (0.0, 1 / 3, 1 / 3, 1 / 3)  # not full size: fine texture is left to the style
COARSE_LEVELS = (0.0, 0.0, 1 / 2, 1 / 2)  # strokes are left to the style as well
CHROMA = 0.3  # how much colour counts in the content, beside lightness

# Rows: lightness, yellow–blue, red–green; orthonormal, so that no direction of colour is lost.
OPPONENT = np.array([[1, 1, 1], [1, 1, -2], [1, -1, 0]]) / np.sqrt([[3], [6], [2]])

DEFAULT_WEIGHT = 0.3


def _frequencies(m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cycles per pixel down and across, on rfft2's half plane, and which lie below Nyquist's."""
    down, across = np.meshgrid(fft.fftfreq(m), fft.rfftfreq(m), indexing="ij")
    return down, across, (np.abs(down) < 0.5) & (across < 0.5)


def _oriented(m: int, centre: float) -> np.ndarray:
    """Log-Gabor pairs (even, odd) in every orientation, in the frequency domain (2·O, m, m/2+1).

    exp(−log₂(f/f₀)² / 2s²) · |cos(angle − turn)|⁵; times i·sign(cos) in the odd one. No response
    to a constant picture. Source: Field (1987), JOSA A 4, 2379–2394.
    """
    down, across, inside = _frequencies(m)
    radius = np.hypot(across, down)
    radius[0, 0] = 1.0  # any positive number: that entry is cleared below
    ring = np.exp(-(np.log2(radius / centre) ** 2) / (2 * OCTAVES**2)) * inside
    ring[0, 0] = 0.0
    filters = []
    for turn in np.pi * np.arange(ORIENTATIONS) / ORIENTATIONS:
        cosine = np.cos(np.arctan2(down, across) - turn)
        wedge = ring * np.abs(cosine) ** (ORIENTATIONS - 1)
        wedge *= m / np.sqrt((wedge**2).sum())
        filters += [wedge, 1j * np.sign(cosine) * wedge]
    return np.array(filters)


def _blur(m: int) -> np.ndarray:
    """A Gaussian of standard deviation BLUR in the frequency domain, (1, m, m/2+1)."""
    down, across, inside = _frequencies(m)
    return (np.exp(-2 * (np.pi * BLUR) ** 2 * (down**2 + across**2)) * inside)[None]


class FilterBank:
    """A fixed bank of filters at four sizes, each response rectified.

    A level of m × m pixels has K maps: on each of the three colour axes the oriented pairs and a
    blur, as max(r, 0) and max(−r, 0); the blur again beyond each threshold; and a map of ones,
    which puts every map's mean into the Gram matrix. ``filters`` holds each level's oriented
    filters and its blur in the frequency domain, (filters, m, m/2+1).
    """

    def __init__(self, size: int, dtype=np.float64):
        """`size`: pixels along each side, a multiple of 16, at least 32."""
        if size < 32 or size % 16:
            raise ValueError(f"size = {size}; allowed: a multiple of 16, at least 32")
        self.size, self.dtype = size, np.dtype(dtype)
        self.sizes = [size >> level for level in range(LEVELS)]
        self.filters = []
        for m, centre in zip(self.sizes, BANDS, strict=True):
            filters = np.concatenate([_oriented(m, centre), _blur(m)])
            self.filters.append(filters.astype(np.result_type(dtype, np.complex64)))

    def features(self, picture: np.ndarray) -> list[np.ndarray]:
        """The rectified maps of a picture (n, n, 3): for each level an array (K, m, m)."""
        axes = np.einsum("ac,ijc->aij", OPPONENT, picture - 0.5).astype(self.dtype)
        spectrum = fft.rfft2(axes)
        levels = []
        for m, filters in zip(self.sizes, self.filters, strict=True):
            h = m // 2  # keep the low frequencies alone: that is the smaller picture
            low = np.concatenate([spectrum[:, :h, : h + 1], spectrum[:, -h:, : h + 1]], axis=1)
            low *= (m / self.size) ** 2
            levels.append(_rectify(fft.irfft2(low[:, None] * filters, s=(m, m))))
        return levels

    def pull_back(self, gradients: list[np.ndarray], maps: list[np.ndarray]) -> np.ndarray:
        """∂L/∂picture (n, n, 3) from ∂L/∂maps: the adjoint of every step of `features`."""
        n = self.size
        spectrum = np.zeros((3, n, n // 2 + 1), np.result_type(self.dtype, np.complex64))
        levels = zip(self.sizes, self.filters, gradients, maps, strict=True)
        for m, filters, gradient, rectified in levels:
            responses = _rectify_back(gradient, rectified, len(filters))
            low = (fft.rfft2(responses) * filters.conj()).sum(axis=1)
            h = m // 2
            spectrum[:, :h, : h + 1] += low[:, :h]
            spectrum[:, -h:, : h + 1] += low[:, h:]
        return np.einsum("ac,aij->ijc", OPPONENT, fft.irfft2(spectrum, s=(n, n)))


def _rectify(responses: np.ndarray) -> np.ndarray:
    """(3, filters, m, m) → (K, m, m): both signs of all, the blurs beyond thresholds, and ones."""
    m = responses.shape[-1]
    flat, colour = responses.reshape(-1, m, m), responses[:, -1]
    parts = [flat, -flat]
    for threshold in THRESHOLDS:
        parts += [colour - threshold, -colour - threshold]
    return np.maximum(np.concatenate([*parts, np.ones_like(flat[:1])]), 0)


def _rectify_back(gradient: np.ndarray, rectified: np.ndarray, filters: int) -> np.ndarray:
    """∂L/∂responses from ∂L/∂maps: a rectifier passes the gradient where its map is above 0."""
    m, k = gradient.shape[-1], 3 * filters
    passed = gradient * (rectified > 0)
    responses = (passed[:k] - passed[k : 2 * k]).reshape(3, filters, m, m)
    for plus in range(2 * k, 2 * k + 6 * len(THRESHOLDS), 6):
        responses[:, -1] += passed[plus : plus + 3] - passed[plus + 3 : plus + 6]
    return responses


def gram_matrix(maps: np.ndarray, shift: tuple[int, int] = (0, 0)) -> np.ndarray:
    """Gᵢⱼ = mean over places p of Fᵢ(p) · Fⱼ(p − shift), shape (K, K), for maps F (K, m, m).

    It keeps which maps respond together and forgets where.
    """
    moved = np.roll(maps, shift, axis=(1, 2))
    count = maps.shape[1] * maps.shape[2]
    return product(maps.reshape(len(maps), -1), moved.reshape(len(maps), -1).T) / count


def by_scipys_blas(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a @ b for two matrices of one type."""
    return get_blas_funcs("gemm", (a, b))(1, b.T, a.T).T


# Pyodide's NumPy is built without BLAS, its SciPy with: there a run of 64 pixels is made almost
# wholly of matrix products, which this takes a quarter of the time for.
product = by_scipys_blas if sys.platform == "emscripten" else np.matmul


class StyleTransferLoss:
    """L(x) = weight · content(x) + style(x) for pictures x of shape (n, n, 3), and its gradient.

    content = Σ over levels of cₗ · Σₖ wₖ ‖Fₖ(x) − Fₖ(content picture)‖² / Σₖ wₖ ‖Fₖ(content)‖²
    style   = mean over levels and shifts of ‖G(x) − G(style picture)‖² / ‖G(style picture)‖²

    Both are pure numbers: 0 is a perfect match, 1 is as wrong as answering with zeros. Each map
    enters G divided by its root mean square in the style picture, so loud maps do not drown faint
    ones. `levels` are the shares cₗ of the four sizes in the content.
    """

    def __init__(
        self,
        content,
        style,
        weight: float = DEFAULT_WEIGHT,
        dtype=np.float64,
        levels: tuple[float, ...] = CONTENT_LEVELS,
    ):
        content, style = _picture("content", content), _picture("style", style)
        if content.shape != style.shape:
            raise ValueError(f"style has shape {style.shape}; allowed: content's, {content.shape}")
        if not (np.isfinite(weight) and weight >= 0):
            raise ValueError(f"weight = {weight}; allowed: a finite number ≥ 0")
        self.weight = float(weight)
        self.bank = FilterBank(len(content), dtype)
        self._content = self.bank.features(content)
        self._content_weights = [
            share * _content_weights(maps)
            for share, maps in zip(levels, self._content, strict=True)
        ]
        styled = self.bank.features(style)
        self._scales = [_scales(maps) for maps in styled]
        self._grams = [
            [gram_matrix(maps * scale, shift) for shift in SHIFTS]
            for maps, scale in zip(styled, self._scales, strict=True)
        ]

    def terms(self, picture: np.ndarray) -> tuple[float, float]:
        """(content, style) of a picture (n, n, 3), without the weight."""
        with _one_thread():
            content, style, _ = self.evaluate(picture)
        return content, style

    def evaluate(self, picture: np.ndarray) -> tuple[float, float, np.ndarray]:
        """(content, style, ∂L/∂picture): the gradient is that of weight · content + style."""
        maps = self.bank.features(picture)
        content = style = 0.0
        gradients = []
        for level, here in enumerate(maps):
            content_part, content_gradient = self._content_term(level, here)
            style_part, style_gradient = self._style_term(level, here)
            content, style = content + content_part, style + style_part
            gradients.append(self.weight * content_gradient + style_gradient)
        return content, style, self.bank.pull_back(gradients, maps)

    def _content_term(self, level: int, maps: np.ndarray) -> tuple[float, np.ndarray]:
        weights, gap = self._content_weights[level], maps - self._content[level]
        return float((weights * gap**2).sum()), 2 * weights * gap

    def _style_term(self, level: int, maps: np.ndarray) -> tuple[float, np.ndarray]:
        scale = self._scales[level]
        scaled = maps * scale
        flat = scaled.reshape(len(maps), -1)
        value, gradient = 0.0, np.zeros_like(flat)
        for shift, target in zip(SHIFTS, self._grams[level], strict=True):
            gap = gram_matrix(scaled, shift) - target
            share = 1 / ((target**2).sum() * len(SHIFTS) * LEVELS)
            value += float(share * (gap**2).sum())
            # G = F Mᵀ / count with M the moved F: a change in F reaches G on both sides.
            moved = np.roll(scaled, shift, axis=(1, 2)).reshape(flat.shape)
            other = np.roll(
                product(gap.T, flat).reshape(maps.shape), (-shift[0], -shift[1]), (1, 2)
            )
            gradient += (2 * share / flat.shape[1]) * (
                product(gap, moved) + other.reshape(flat.shape)
            )
        return value, gradient.reshape(maps.shape) * scale


def _content_weights(maps: np.ndarray) -> np.ndarray:
    """wₖ / Σₖ wₖ‖Fₖ‖², (K, 1, 1): 1 for lightness, CHROMA for colour, 0 beyond thresholds."""
    signed = (len(maps) - 1 - 6 * len(THRESHOLDS)) // 2
    axis = np.repeat([1.0, CHROMA, CHROMA], signed // 3)
    weights = np.zeros((len(maps), 1, 1), maps.dtype)
    weights[: 2 * signed, 0, 0] = np.concatenate([axis, axis])
    energy = (weights * maps**2).sum()
    return weights / energy if energy > 0 else weights


def _scales(maps: np.ndarray) -> np.ndarray:
    """1 / root mean square of each map, (K, 1, 1), held below 5 / the mean of them all.

    Without that hold a map that the style hardly excites would outweigh all others.
    """
    loudness = np.sqrt((maps**2).mean(axis=(1, 2), keepdims=True))
    return 1 / np.maximum(loudness, loudness.mean() / 5)


def _picture(name: str, picture) -> np.ndarray:
    """The picture as an array, or a ValueError that says what is wrong with it."""
    picture = np.asarray(picture, dtype=float)
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.shape[0] != picture.shape[1]:
        raise ValueError(f"{name} has shape {picture.shape}; allowed: (n, n, 3)")
    if not (picture.min() >= 0 and picture.max() <= 1):
        raise ValueError(
            f"{name} has values from {picture.min()} to {picture.max()}; allowed: 0 to 1"
        )
    return picture


def _one_thread():
    """While it lasts, matrix products keep to one core, where threadpoolctl is there to say so.

    The matrices are small: on a busy machine a second thread is waited for more than it helps
    (64 pixels, 100 iterations on two shared cores: 4 s with one thread, 14 to 180 s with two).
    """
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    return threadpool_limits(1, user_api="blas")


class Transfer(NamedTuple):
    """What a run leaves: the picture (n, n, 3) and both losses, from the start to the last step."""

    picture: np.ndarray
    content: np.ndarray
    style: np.ndarray
    message: str


def noise(size: int, seed: int = 0) -> np.ndarray:
    """Where every run starts: each pixel uniform in [0, 1], shape (size, size, 3)."""
    return np.random.default_rng(seed).uniform(size=(size, size, 3))


def transfer(
    content: np.ndarray,
    style: np.ndarray,
    weight: float = DEFAULT_WEIGHT,
    iterations: int = 120,
    seed: int = 0,
    callback: Callable[[int, float, float, np.ndarray], object] | None = None,
    levels: tuple[float, ...] = CONTENT_LEVELS,
) -> Transfer:
    """Redraw `content` in the style of `style`: minimise L over the pixels, from noise.

    L-BFGS-B, which keeps every pixel in [0, 1]; features in single precision, which halves the
    time. After each iteration `callback(iteration, content, style, picture)` is called, with the
    two losses and the picture so far; raising StopIteration in it ends the run early.
    Source: Byrd, Lu, Nocedal & Zhu (1995), SIAM J. Sci. Comput. 16, 1190–1208.
    """
    if iterations < 1:
        raise ValueError(f"iterations = {iterations}; allowed: at least 1")
    loss = StyleTransferLoss(content, style, weight, np.float32, levels)
    start = noise(loss.bank.size, seed)
    path = [loss.terms(start)]
    newest = path[0]

    def value_and_gradient(pixels):
        nonlocal newest
        *newest, gradient = loss.evaluate(pixels.reshape(start.shape))
        return weight * newest[0] + newest[1], gradient.ravel().astype(float)

    def after_each(intermediate_result):  # the line search ends on the picture it accepts
        path.append(tuple(newest))
        if callback is not None:
            callback(len(path) - 1, *newest, intermediate_result.x.copy().reshape(start.shape))

    with _one_thread():
        result = minimize(
            value_and_gradient,
            start.ravel(),
            jac=True,
            method="L-BFGS-B",
            bounds=[(0, 1)] * start.size,
            callback=after_each,
            options={
                "maxiter": iterations,
                "maxfun": 4 * iterations,
                "maxcor": 20,
                "ftol": 0,
                "gtol": 0,
            },
        )
    losses = np.array(path)
    return Transfer(result.x.reshape(start.shape), losses[:, 0], losses[:, 1], str(result.message))


class GradientCheck(NamedTuple):
    """Slopes of L along random directions, by hand and by differences (D,), and their distance."""

    analytic: np.ndarray
    numeric: np.ndarray
    relative_error: float


def gradient_check(
    loss: StyleTransferLoss,
    picture: np.ndarray,
    directions: int = 5,
    step: float = 1e-7,
    seed: int = 0,
) -> GradientCheck:
    """Hold the gradient against (L(x + h·d) − L(x − h·d)) / 2h along random normal directions d.

    The relative error is ‖analytic − numeric‖ / ‖numeric‖. `loss` must be in double precision. A
    rectifier has a kink at 0, and of the many maps' pixels some lie within h of it: there the
    difference is off, not the gradient. Hence the small step h; at 1e-8 rounding takes over.
    """
    if loss.bank.dtype != np.float64:
        raise ValueError(f"loss has dtype {loss.bank.dtype}; allowed: float64")
    *_, gradient = loss.evaluate(picture)
    rng = np.random.default_rng(seed)
    analytic, numeric = np.empty(directions), np.empty(directions)
    for k in range(directions):
        direction = rng.standard_normal(picture.shape)
        analytic[k] = (gradient * direction).sum()
        up, down = (
            np.dot((loss.weight, 1), loss.terms(picture + sign * step * direction))
            for sign in (1, -1)
        )
        numeric[k] = (up - down) / (2 * step)
    error = np.linalg.norm(analytic - numeric) / np.linalg.norm(numeric)
    return GradientCheck(analytic, numeric, float(error))


def shrink(picture: np.ndarray, factor: int) -> np.ndarray:
    """The picture (n, n, 3) smaller by a whole factor: each block of pixels becomes its mean."""
    n = len(picture)
    if factor < 1 or n % factor:
        raise ValueError(f"factor = {factor}; allowed: a divisor of the picture's {n} pixels")
    m = n // factor
    return picture.reshape(m, factor, m, factor, 3).mean(axis=(1, 3))


class Run(NamedTuple):
    """One committed result: its picture (n, n, 3) and both losses after each iteration, 0 first."""

    picture: np.ndarray
    content: np.ndarray
    style: np.ndarray


class StylePictures(NamedTuple):
    """The committed pictures, (n, n, 3) in [0, 1], and the runs by weight, lightest first.

    `settings` holds size, iterations, seed, default_weight, and two losses to compare with:
    style_of_content (of the content picture as it is) and content_of_style. `photo` is a second
    content; `repainted` holds runs at the default weight by the file of their content and the
    finest size that the content term looks at, 2 or 3.
    """

    content: np.ndarray
    style: np.ndarray
    runs: dict[float, Run]
    settings: dict[str, float]
    photo: np.ndarray
    repainted: dict[tuple[str, int], Run]


def style_pictures() -> StylePictures:
    """Read what ``tools/make_pictures.py`` left, from the installed package or the checkout.

    Errors: FileNotFoundError where a file is missing (naming the places looked in).
    """
    saved = json.loads(data.find("style/results.json").read_text(encoding="utf-8"))
    runs = {run["weight"]: _read_run(run) for run in saved["runs"]}
    settings = saved["settings"]
    repainted = {(run["of"], run["finest"]): _read_run(run) for run in saved["repainted"]}
    repainted["content.png", 2] = runs[settings["default_weight"]]
    pictures = [_read(name) for name in ("content.png", "style.png", "photo.png")]
    return StylePictures(*pictures[:2], runs, settings, pictures[2], repainted)


def _read_run(saved: dict) -> Run:
    return Run(_read(saved["file"]), np.array(saved["content"]), np.array(saved["style"]))


def _read(name: str) -> np.ndarray:
    from matplotlib.image import imread  # here alone: the losses above need no Matplotlib

    return imread(data.find(f"style/{name}"))[..., :3].astype(float)


def small_pictures() -> tuple[np.ndarray, np.ndarray]:
    """(content, style), each (64, 64, 3): for a run that takes seconds.

    The whole content at a third of its size; of the style a corner at half size, so that its
    strokes stay a few pixels wide.
    """
    return shrink(_read("content.png"), 3), shrink(_read("style.png"), 2)[32:, 32:]
