"""The picture of notebook 13: the map of losses, one row for each domain of the target.

Here: the map as data (`MAP`) and its drawing. The losses come from `lossviz.losses`; the review's
questions are in `lesson`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lossviz import information, losses, style
from lossviz.explorer.stage import Choice, Slider, scene
from lossviz.walk.common import key

FAR = np.geomspace(6, 160, 500)[1:]  # not drawn, but counted when a density is added up
REALS = np.concatenate([-FAR[::-1], np.linspace(-6, 6, 481), FAR])
POSITIVE = np.geomspace(0.01, 200, 800)
ANGLES = np.linspace(-np.pi, np.pi, 361)
CLASSES = np.arange(3)
SHARES = np.array([0.6, 0.3, 0.1])  # a target that is itself a distribution
TAU = 0.9
SIGMAS = (1.0, 0.5)  # the learned spreads of two outputs


@dataclass(frozen=True)
class Row:
    """One domain: the distribution over it, the link from a raw output f, the loss, what it gives.

    `nll(y, f)` gives an array over all outcomes y for each output of the model; `marks(f)` are the
    outcomes that it predicts; `notebook` is the file that derives the loss. The picture shows
    probabilities up to `top`, and losses from `low` to 6 above.
    """

    domain: str
    distribution: str
    link: str
    loss: str
    predicts: str
    notebook: str
    y: np.ndarray
    nll: Callable[[np.ndarray, float], tuple[np.ndarray, ...]]
    marks: Callable[[float], tuple[float, ...]]
    low: float
    top: float

    @property
    def discrete(self) -> bool:
        """Whether the outcomes can be counted, so that bars are drawn and sums are taken."""
        return self.y.dtype.kind == "i"

    def total(self, f: float) -> float:
        """What exp(−loss) adds up to over all outcomes, or over all pairs of two outputs: 1."""
        parts = [np.exp(-loss) for loss in self.nll(self.y, f)]
        totals = [p.sum() if self.discrete else np.trapezoid(p, self.y) for p in parts]
        return float(np.prod(totals))


def _asymmetric_laplace(y, f):
    """The NLL behind the pinball loss: its density is τ(1 − τ) exp(−pinball)."""
    return losses.pinball(y, f, TAU) - np.log(TAU * (1 - TAU))


def _logits(f):
    return np.array([f, 0.0, -1.0])


def _class_nll(y, f):
    return (-losses.log_softmax(_logits(f))[y],)


def _best_class(f):
    return (float(np.argmax(_logits(f))),)


def _two_peaks(f):
    return (f - 1.5, f + 1.5)


def _mixture(y, f):
    return (losses.mixture_nll(y, np.array([0.4, 0.0]), np.array(_two_peaks(f)), 0.5),)


MAP = (
    Row(
        "any number, one spread",
        "normal, σ fixed",
        "μ = f",
        "squared error, (y − μ)²",
        "the mean",
        "03_mse_from_the_normal",
        REALS,
        lambda y, f: (losses.gaussian_nll(y, f, 1.0),),
        lambda f: (f,),
        0.5,
        0.6,
    ),
    Row(
        "any number, its spread too",
        "normal, σ learned",
        "μ = f₁, σ = exp f₂",
        "[(y − μ)²/2σ²] + log σ",
        "the mean and the spread",
        "03_mse_from_the_normal",
        REALS,
        lambda y, f: (losses.gaussian_nll(y, 0.0, np.exp(f)),),
        lambda f: (0.0,),
        -0.8,
        2.0,
    ),
    Row(
        "any number, some far off",
        "Laplace",
        "m = f",
        "absolute error, |y − m|",
        "the median",
        "04_mean_median_quantiles",
        REALS,
        lambda y, f: (losses.laplace_nll(y, f, 1.0),),
        lambda f: (f,),
        0.5,
        0.6,
    ),
    Row(
        "any number, too low costs more",
        "asymmetric Laplace",
        "q = f",
        "pinball loss, τ = 0.9",
        "the 0.9 quantile",
        "04_mean_median_quantiles",
        REALS,
        lambda y, f: (_asymmetric_laplace(y, f),),
        lambda f: (f,),
        2.2,
        0.1,
    ),
    Row(
        "yes or no",
        "Bernoulli",
        "λ = sigmoid(f)",
        "binary cross-entropy",
        "the probability of yes",
        "05_binary_cross_entropy",
        np.arange(2),
        lambda y, f: (losses.sigmoid_cross_entropy(y, f),),
        lambda f: (float(f > 0),),
        0.0,
        1.0,
    ),
    Row(
        "one of K",
        "categorical",
        "λ = softmax(f₁ … f_K)",
        "cross-entropy, −log λ_y",
        "the probability of each class",
        "06_softmax_cross_entropy",
        CLASSES,
        _class_nll,
        _best_class,
        0.0,
        1.0,
    ),
    Row(
        "one of K, in shares",
        "categorical",
        "λ = softmax(f₁ … f_K)",
        "cross-entropy, −Σₖ pₖ log λₖ",
        "the shares; the floor is H(p)",
        "09_kl_coin",
        CLASSES,
        _class_nll,
        _best_class,
        0.0,
        1.0,
    ),
    Row(
        "several numbers",
        "a normal for each",
        "μ_d = f_d, σ_d learned",
        "Σ_d [(y_d − μ_d)²/2σ_d² + log σ_d]",
        "the mean of each",
        "07_many_outputs",
        REALS,
        lambda y, f: tuple(
            losses.gaussian_nll(y, *two) for two in zip((f, -1.0), SIGMAS, strict=True)
        ),
        lambda f: (f, -1.0),
        0.0,
        1.0,
    ),
    Row(
        "a count",
        "Poisson",
        "rate = exp f",
        "exp f − y f",
        "the mean count",
        "11_beyond_the_recipe",
        np.arange(16),
        lambda y, f: (losses.poisson_nll(y, f),),
        lambda f: (float(np.exp(f)),),
        0.0,
        1.0,
    ),
    Row(
        "a positive number",
        "log-normal",
        "median = exp f",
        "[(log y − f)²/2σ²] + log σ",
        "the median; the mean is higher",
        "11_beyond_the_recipe",
        POSITIVE,
        lambda y, f: (losses.lognormal_nll(y, f, 0.5),),
        lambda f: (float(np.exp(f)),),
        -1.6,
        4.2,
    ),
    Row(
        "an angle",
        "von Mises, κ fixed",
        "μ = angle of the point (f₁, f₂), two outputs",
        "−κ cos(y − μ)",
        "the mean direction",
        "11_beyond_the_recipe",
        ANGLES,
        # drawn for f₁ = 1, f₂ = f
        lambda y, f: (losses.von_mises_nll(y, np.arctan2(f, 1.0), 3.0),),
        lambda f: (float(np.arctan2(f, 1.0)),),
        0.2,
        0.8,
    ),
    Row(
        "one of two likely numbers",
        "mixture of normals",
        "πₖ softmax, μₖ = fₖ, σₖ above a floor",
        "−log Σₖ πₖ N(y; μₖ, σₖ²)",
        "all of it: the mean may be impossible",
        "11_beyond_the_recipe",
        REALS,
        _mixture,
        _two_peaks,
        0.5,
        0.6,
    ),
    Row(
        "nothing: features only",
        "any density p(x)",
        "none: its parameters are free",
        "−log p(x)",
        "which x are likely",
        "11_beyond_the_recipe",
        REALS,
        lambda x, f: (losses.gaussian_nll(x, f, 1.0),),
        lambda f: (f,),
        0.5,
        0.6,
    ),
)


@scene(
    domain=Choice(tuple(row.domain for row in MAP), label="the target is"),
    f=Slider(-1.5, 1.5, step=0.1, value=0.5, label="f, a raw output"),
    shows={"domain": "one of K"},
)
def map_of_losses(fig):
    """The distribution that a domain asks for, and its negative log: the loss of each outcome."""
    axes = fig.subplots(1, 2)
    rows = {row.domain: row for row in MAP}
    lines = [_two_lines(ax) for ax in axes]
    most = max(len(row.y) for row in MAP if row.discrete)
    bars = [ax.bar(np.arange(most), np.ones(most), width=0.6, color=style.BLUE) for ax in axes]
    marks = [ax.plot([], [], "v", color=style.VERMILION, markersize=11, zorder=5)[0] for ax in axes]
    key(axes[0], {"the distribution": lines[0][0], "prediction": marks[0]})
    axes[1].set_title("the loss: minus its log (nats)")
    _set_axes(axes, MAP[0])
    shown = {"row": MAP[0]}  # what the axes show: set again only when the domain changes

    def update(domain, f):
        row = rows[domain]
        if shown["row"] is not row:
            shown["row"] = row
            _set_axes(axes, row)
        nll = row.nll(row.y, f)
        for k, drawn in enumerate(([np.exp(-loss) for loss in nll], nll)):
            _draw(lines[k], bars[k], row, drawn)
        peaks = np.array(row.marks(f))
        for mark, height in zip(marks, (row.top * 1.06, row.low + 6.4), strict=True):
            mark.set_data(peaks, np.full(len(peaks), height))
        return _sentence(row, f, peaks)

    return update


def _two_lines(ax):
    """A curve for each output; only one domain needs the second."""
    styles = zip(("-", "--"), (style.BLUE, style.GREEN), strict=True)
    return [ax.plot([], [], dash, color=colour)[0] for dash, colour in styles]


def _draw(lines, bars, row, drawn):
    """Show these heights as curves, or as bars where outcomes are counted; hide the rest."""
    for line in lines:
        line.set_data([], [])
    for bar in bars:
        bar.set_visible(False)
    if row.discrete:
        for bar, height in zip(bars, drawn[0], strict=False):
            bar.set(visible=True, height=height)
    else:
        for line, heights in zip(lines, drawn, strict=False):
            line.set_data(row.y, heights)


def _set_axes(axes, row):
    """Limits and ticks of a domain: they change with the domain, never with f."""
    if row.discrete:
        first, last, ticks = row.y[0] - 0.6, row.y[-1] + 0.6, row.y[:: max(1, len(row.y) // 5)]
    elif row.y is ANGLES:
        first, last, ticks = -np.pi, np.pi, (-np.pi, 0, np.pi)
    elif row.y is POSITIVE:
        first, last, ticks = 0, 12, (0, 5, 10)
    else:
        first, last, ticks = -6, 6, (-5, 0, 5)
    names = [f"{tick:.0f}".replace("-", "−") for tick in ticks]
    names = ("no", "yes") if len(row.y) == 2 else ("−π", "0", "π") if row.y is ANGLES else names
    for ax in axes:
        ax.set_xticks(ticks, names)
        ax.set(xlim=(first, last), xlabel="x" if row is MAP[-1] else "y")
    left, right = axes
    left.set(ylim=(0, row.top * 1.12), yticks=(0, row.top / 2, row.top))
    left.set_yticklabels([f"{tick:.2f}" for tick in (0, row.top / 2, row.top)])
    whole = range(int(np.ceil(row.low)), int(row.low + 6) + 1, 2)
    right.set(ylim=(row.low, row.low + 6.8), yticks=whole)


def _sentence(row, f, peaks):
    """The row of the map in words, with its numbers at this f."""
    places, mark = " and ".join(f"{peak:.2f}" for peak in peaks), "▼ at"
    if row.discrete and len(row.y) <= 3:
        mark = "▼ the likeliest outcome:"
        places = ("no", "yes")[int(peaks[0])] if len(row.y) == 2 else f"class {peaks[0]:.0f}"
    said = (
        f"Target: {row.domain}. Distribution: {row.distribution}. Link: {row.link}. "
        f"Loss, up to constants: {row.loss}. Predicts: {row.predicts}; at f = {f:.1f}, "
        f"{mark} {places}. "
        f"Derived in notebook {row.notebook[:2]}."
    )
    if "shares" in row.predicts:
        cross = float(SHARES @ row.nll(row.y, f)[0])
        said += f" For shares {SHARES} the loss is {cross:.4f} nats, its floor H(p) {_floor():.4f}."
    return re.sub(r"-(?=\d)", "−", said)


def _floor():
    return float(information.entropy(SHARES, base=np.e))
