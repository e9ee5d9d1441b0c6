"""The pictures of notebook 04: each loss picks a statistic: mean, median or quantile.

Here: drawing, and the few formulas that a picture needs (expected losses of a waiting time).
The fits are `lossviz.fit`'s; questions, derivations and exercises are in `lesson`.
"""

from functools import cache

import numpy as np

from lossviz import fit, style
from lossviz.explorer.handles import grab
from lossviz.explorer.stage import Choice, Slider, scene
from lossviz.losses import absolute_error, huber, pinball, squared_error
from lossviz.walk.common import key, minus

FOUR_WAITS = np.array([3.0, 4.0, 6.0, 8.0])  # minutes; the fifth is the reader's to drag


@scene(last=Slider(0.0, 30.0, step=0.5, value=9.0, label="fifth wait (min)"), shows={"last": 30.0})
def drag_the_outlier(fig):
    """Five waits on a line with their mean and median, and both losses over the prediction."""
    top, below = fig.subplots(2, 1, height_ratios=(1, 2.6), sharex=True)
    top.plot(FOUR_WAITS, np.zeros(4), "o", color=style.INK, markersize=9, clip_on=False)
    (fifth,) = top.plot([], [], "s", color=style.PURPLE, markersize=11, clip_on=False)
    (mean_mark,) = top.plot([], [], "^", color=style.BLUE, markersize=13)
    (median_mark,) = top.plot([], [], "v", color=style.VERMILION, markersize=13)
    top.axhline(0, color=style.FAINT, linewidth=1, zorder=0)
    top.set(ylim=(-1, 1), yticks=[])
    top.spines["left"].set_visible(False)
    top.spines["bottom"].set_visible(False)
    top.tick_params(labelbottom=False, bottom=False)
    key(top, {"mean": mean_mark, "median": median_mark, "the fifth wait": fifth})

    grid = np.linspace(0, 30, 481)
    (squares,) = below.plot(grid, grid * 0, "-", color=style.BLUE, label="root mean square")
    (absolutes,) = below.plot(grid, grid * 0, "--", color=style.VERMILION, label="mean absolute")
    (mean_floor,) = below.plot([], [], "^", color=style.BLUE, markersize=13)
    (median_floor,) = below.plot([], [], "v", color=style.VERMILION, markersize=13)
    below.set(xlim=(0, 30), ylim=(0, 32), xlabel="prediction ŷ (min)", ylabel="loss (min)")
    below.set_yticks([0, 10, 20, 30])
    below.legend(loc="upper right", ncols=2)
    grab(top, "last", at=lambda last: (last, 0))

    def update(last):
        y = np.append(FOUR_WAITS, last)
        mean, median = y.mean(), np.median(y)
        fifth.set_data([last], [0])
        mean_mark.set_data([mean], [-0.55])
        median_mark.set_data([median], [0.55])
        rms = np.sqrt(squared_error(y[None, :], grid[:, None]).mean(axis=1))
        mae = absolute_error(y[None, :], grid[:, None]).mean(axis=1)
        squares.set_ydata(rms)
        absolutes.set_ydata(mae)
        mean_floor.set_data([mean], [y.std()])
        median_floor.set_data([median], [np.abs(y - median).mean()])
        return (
            f"The fifth wait is {last:.1f} minutes. Mean {mean:.2f}, where the squared error is "
            f"least; median {median:.2f}, where the absolute error is least."
        )

    return update


HOURS = np.linspace(6, 22, 161)


def mean_wait(hour):
    """The mean of a wait at that hour, in minutes: short at midday, longer early and late."""
    return 5 + (hour - 14) ** 2 / 16


def expected_squared_error(s, g):
    """E(y − g)² for an exponential wait y with mean s: its variance s², and (s − g)²."""
    return s**2 + (s - g) ** 2


def expected_absolute_error(s, g):
    """E|y − g| for an exponential wait y with mean s."""
    return np.where(g > 0, g - s + 2 * s * np.exp(-np.maximum(g, 0) / s), s - g)


def bump(hour, centre):
    """A smooth change around one hour, 1 high."""
    return np.exp(-((hour - centre) ** 2) / (2 * 1.5**2))


EXPECTED = {"squared": expected_squared_error, "absolute": expected_absolute_error}
CURVES = {"the mean": 1.0, "the median": np.log(2)}  # as multiples of the mean wait


@scene(
    loss=Choice(tuple(EXPECTED), label="loss"),
    start=Choice(tuple(CURVES), label="f is"),
    centre=Slider(6.0, 22.0, step=0.5, value=10.0, label="bump at (h)"),
    eps=Slider(-4.0, 4.0, step=0.1, value=2.0, label="ε (min)"),
    shows={"loss": "absolute", "eps": -2.0},
)
def variation(fig):
    """A predicted curve f with a bump ε·v added, and the expected loss over ε."""
    left, right = fig.subplots(1, 2, gridspec_kw={"wspace": 0.08})
    s = mean_wait(HOURS)
    left.fill_between(HOURS, s * -np.log(0.75), s * -np.log(0.25), color=style.FAINT, lw=0)
    left.text(14, 11.6, "grey: middle half", ha="center", color=style.MUTED)
    (base,) = left.plot(HOURS, s, "--", color=style.INK)
    (bent,) = left.plot(HOURS, s, "-", color=style.BLUE)
    left.set(xlim=(6, 22), ylim=(0, 14), xlabel="hour of the day", ylabel="wait (min)")
    left.set_xticks([6, 10, 14, 18, 22])
    key(left, {"f": base, "f + ε·v": bent})
    steps = np.linspace(-4, 4, 81)
    (curve,) = right.plot(steps, steps * 0, "-", color=style.VERMILION)
    (dot,) = right.plot([], [], "o", color=style.BLUE, markersize=11, clip_on=False)
    right.axvline(0, color=style.MUTED, linestyle=":", linewidth=1.5)
    right.axhline(0, color=style.MUTED, linestyle=":", linewidth=1.5)
    right.set(xlim=(-4, 4), xlabel="ε (min)", title="loss, minus that of f")
    scales = {"squared": 10.0, "absolute": 1.0}
    shown = {"loss": ""}  # whose scale the axis has: set again only when it changes

    def update(loss, start, centre, eps):
        f, v = s * CURVES[start], bump(HOURS, centre)
        total = EXPECTED[loss](s, f + steps[:, None] * v).mean(axis=1)
        here, still = EXPECTED[loss](s, f + eps * v).mean(), EXPECTED[loss](s, f).mean()
        if shown["loss"] != loss:
            shown["loss"], unit = loss, scales[loss]
            right.set_ylim(-0.15 * unit, 0.7 * unit)
            right.set_yticks([0, 0.2 * unit, 0.4 * unit, 0.6 * unit])
        base.set_ydata(f)
        bent.set_ydata(f + eps * v)
        curve.set_ydata(total - still)
        dot.set_data([eps], [here - still])
        best = steps[total.argmin()]
        where = "at ε = 0: f cannot be bettered" if abs(best) < 0.01 else f"near ε = {best:.1f}"
        unit = "min²" if loss == "squared" else "min"
        return minus(
            f"Expected {loss} error: f gives {still:.4f} {unit}, f with the bump {here:.4f}. "
            f"Along this bump the least is {where}."
        )

    return update


LOSSES = ("squared", "absolute", "Huber")


@cache
def _floor(years, calls):
    return fit.flat_floor(years, calls)


def best_absolute_line(years, calls):
    """The middle of all best lines by the absolute loss: one definite choice among them."""
    return _floor(tuple(years), tuple(calls)).corners.mean(axis=0)


def fit_line(loss, delta, years, calls):
    """(intercept, slope), minus log density over the error, and total NLL, by one loss."""
    if loss == "absolute":
        intercept, slope = best_absolute_line(years, calls)
        scale = np.abs(calls - intercept - slope * years).mean()
        nll = lambda r: np.abs(r) / scale + np.log(2 * scale)  # noqa: E731
    else:
        found = fit.line(years, calls) if loss == "squared" else fit.huber(years, calls, delta)
        intercept, slope, sigma = (found.params[k] for k in ("intercept", "slope", "sigma"))
        if loss == "squared":
            nll = lambda r: r**2 / (2 * sigma**2) + np.log(np.sqrt(2 * np.pi) * sigma)  # noqa: E731
        else:
            residuals = calls - intercept - slope * years
            log_z = (found.nll - huber(residuals, 0, delta).sum() / sigma**2) / len(calls)
            nll = lambda r: huber(r, 0, delta) / sigma**2 + log_z  # noqa: E731
    return intercept, slope, nll, nll(calls - intercept - slope * years).sum()


@scene(
    loss=Choice(LOSSES, label="loss"),
    delta=Slider(0.1, 20.0, log=True, step=0.1, value=1.0, label="δ (Huber only)"),
    shows={"loss": "absolute"},
)
def loss_switch(fig, year, calls):
    """The Belgian calls with the best line by one loss, and the density of errors it implies."""
    left, right = fig.subplots(1, 2)
    odd = (year >= 1964) & (year <= 1969)
    left.plot(year[~odd], calls[~odd], "o", color=style.INK)
    left.plot(year[odd], calls[odd], "s", color=style.PURPLE, markersize=8)
    (line,) = left.plot(year, year * 0, "-", color=style.BLUE)
    left.set(xlim=(1949, 1974), ylim=(-2, 23), xlabel="year", ylabel="calls (10 million)")
    left.set_xticks([1950, 1960, 1970])

    grid = np.linspace(-14, 24, 381)
    (curve,) = right.plot(grid, np.exp(-np.abs(grid)), "-", color=style.BLUE)
    (marks,) = right.plot([], [], "o", color=style.INK)
    (odd_marks,) = right.plot([], [], "s", color=style.PURPLE, markersize=8)
    right.set(yscale="log", xlim=(-14, 24), ylim=(1e-5, 0.5), xlabel="error y − ŷ (10 million)")
    right.set_title("density of the error, log scale")
    right.set_xticks([-10, 0, 10, 20])
    right.set_yticks([1e-4, 1e-2])
    right.minorticks_off()

    def update(loss, delta):
        intercept, slope, nll, total = fit_line(loss, delta, year - 1950, calls)
        y_hat = intercept + slope * (year - 1950)
        line.set_ydata(y_hat)
        curve.set_ydata(np.exp(-nll(grid)))
        for artist, which in ((marks, ~odd), (odd_marks, odd)):
            r = (calls - y_hat)[which]
            artist.set_data(r, np.exp(-nll(r)))
        name = f"Huber, δ = {delta:.2f}" if loss == "Huber" else f"{loss} error".capitalize()
        tail = "; one of many best lines" if loss == "absolute" else ""
        idle = "" if loss == "Huber" else f" δ = {delta:.2f} waits for Huber."
        return minus(
            f"{name}: {slope:.4f} (10 million calls) more each year{tail}. NLL of the 24 years "
            f"{total:.2f} nats.{idle}"
        )

    return update


YEARS_OUT = ("no year", "1951", "1955", "1963", "1966", "1972", "1973")


@scene(
    slope=Slider(0.05, 0.25, step=0.005, value=0.08, label="slope a year"),
    out=Choice(YEARS_OUT, label="leave out"),
    shows={"slope": 0.14, "out": "1966"},
)
def flat_floor(fig, year, calls):
    """A line of any slope at its best height, and the sum of absolute errors over the slope."""
    left, right = fig.subplots(1, 2)
    (points,) = left.plot([], [], "o", color=style.INK)
    ends = [left.plot(year, year * 0, ":", color=style.VERMILION)[0] for _ in range(2)]
    (line,) = left.plot(year, year * 0, "-", color=style.BLUE)
    left.set(xlim=(1949, 1974), ylim=(-1, 5.5), xlabel="year", ylabel="calls (10 million)")
    left.set_xticks([1950, 1960, 1970])
    grid = np.linspace(0.05, 0.25, 401)
    (curve,) = right.plot(grid, grid * 0, "-", color=style.INK)
    (floor_line,) = right.plot([], [], "-", color=style.VERMILION, linewidth=6, alpha=0.6)
    (end_marks,) = right.plot([], [], "D", color=style.VERMILION, markersize=9)
    (dot,) = right.plot([], [], "o", color=style.BLUE, markersize=11, zorder=4, clip_on=False)
    right.set(xlim=(0.05, 0.25), ylim=(-0.5, 9.5), xlabel="slope a year")
    right.set_title("Σ|y − ŷ|, minus the least")
    right.set_xticks([0.05, 0.1, 0.15, 0.2, 0.25])

    def profile(t, y, slopes):
        """The line of each slope at its best height, the median of y − slope·t."""
        rest = y - np.multiply.outer(slopes, t)
        heights = np.median(rest, axis=-1)
        return heights, np.abs(rest - heights[..., None]).sum(axis=-1)

    def update(slope, out):
        keep = np.ones(len(year), bool) if out == "no year" else year != float(out)
        t, y = year[keep] - 1950, calls[keep]
        floor = _floor(tuple(t), tuple(y))
        low, high = floor.slopes
        (height, *outer), (total, *_) = profile(t, y, np.array([slope, low, high]))
        points.set_data(year[keep], y)
        above = "six" if np.sum(y > 5.5) == 6 else "five"
        left.set_title(f"{above} points lie above the picture")
        line.set_ydata(height + slope * (year - 1950))
        for end, a, b in zip(ends, outer, (low, high), strict=True):
            end.set_ydata(a + b * (year - 1950))
        curve.set_ydata(profile(t, y, grid)[1] - floor.loss)
        floor_line.set_data([low, high], [0, 0])
        end_marks.set_data([low, high], [0, 0])
        dot.set_data([slope], [total - floor.loss])
        flat = f"from {low:.5f} to {high:.5f}: flat"
        where = flat if high - low > 1e-9 else f"at the single slope {low:.5f}"
        return (
            f"Slope {slope:.3f}: Σ|y − ŷ| = {total:.3f}. The least, {floor.loss:.3f}, is reached "
            f"{where} ({out} left out)."
        )

    return update


@scene(tau=Slider(0.05, 0.95, step=0.05, value=0.5, label="τ"), shows={"tau": 0.9})
def quantile(fig, income, food):
    """Food spending over income with the line of one quantile, and the pinball loss of that τ."""
    left, right = fig.subplots(1, 2, width_ratios=(1.5, 1))
    ends = np.array([300.0, 5000.0])
    squares = fit.line(income, food).params
    left.plot(income, food, ".", color=style.MUTED)
    (mean,) = left.plot(ends, squares["intercept"] + squares["slope"] * ends, "--")
    mean.set(color=style.INK, label="least squares")
    (line,) = left.plot(ends, ends, "-", color=style.BLUE, label="quantile τ")
    left.set(xlim=(300, 5000), ylim=(0, 3700), xlabel="income (francs)", ylabel="food (francs)")
    left.set_xticks([1000, 3000, 5000])
    left.set_yticks([0, 1000, 2000, 3000])
    left.legend(loc="upper left")
    r = np.linspace(-400, 400, 3)
    (loss,) = right.plot(r, r, "-", color=style.BLUE)
    right.axvline(0, color=style.MUTED, linestyle=":", linewidth=1.5)
    right.set(xlim=(-400, 400), ylim=(0, 400), xlabel="y − ŷ (francs)", title="pinball loss")
    right.set_xticks([-300, 0, 300])
    right.set_yticks([0, 200, 400])

    @cache
    def line_at(tau):
        found = fit.quantile(income, food, tau).params
        return np.array([found["intercept"], found["slope"]])

    grab(left, "tau", at=lambda tau: (4000.0, line_at(tau) @ np.array([1.0, 4000.0])))

    def update(tau):
        intercept, slope = line_at(tau)
        line.set_ydata(intercept + slope * ends)
        loss.set_ydata(pinball(r, 0, tau))
        # three lines run through two or more points: those count as on the line, not below
        residuals = food - intercept - slope * income
        below = np.sum(residuals < -1e-6)
        return (
            f"τ = {tau:.2f}: food = {intercept:.3f} + {slope:.5f} · income; {below} of "
            f"{len(food)} households lie below it, {below / len(food):.3f}."
        )

    return update
