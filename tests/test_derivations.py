"""Derivations: every line evaluated, every mutant caught at its line, every button pressed."""

import base64
import dataclasses
import io
import re

import ipywidgets as widgets
import numpy as np
import pytest
from PIL import Image
from support.lessons import found_in_lessons
from support.mutants import mutants
from support.open_widgets import open_widgets
from support.verify import drawn, found_at, verify

from lossviz import spot, step
from lossviz.explorer.stage import Slider, Stage
from lossviz.teach.curves import Curves, picture
from lossviz.teach.derivations import Derivation, Step, WrongLine
from lossviz.teach.relations import (
    agree,
    equal,
    limit,
    line_function,
    related,
    scaled,
    shifted,
    slope_in,
    zero_in,
)

HEIGHTS = np.array([66.2, 67.1, 68.4, 69.0, 71.3])


def density(y, mu, sigma):
    return np.exp(-((y - mu) ** 2) / (2 * sigma**2)) / np.sqrt(2 * np.pi * sigma**2)


NORMAL = Derivation(
    "From the normal to the mean squared error",
    [
        Step(
            r"\prod_i \mathcal{N}(y_i; \mu, \sigma)",
            "The likelihood of all points.",
            lambda y, mu, sigma: np.prod(density(y, mu, sigma)),
        ),
        Step(
            r"-\sum_i \log \mathcal{N}(y_i; \mu, \sigma)",
            "Minus the log: the highest becomes the lowest.",
            lambda y, mu, sigma: -np.sum(np.log(density(y, mu, sigma))),
            related(
                "minus the log of the row above",
                lambda above, here, v: agree(-np.log(above(**v)), here(**v)),
            ),
        ),
        Step(
            r"\sum_i \left[\tfrac12\log 2\pi\sigma^2 + \frac{(y_i-\mu)^2}{2\sigma^2}\right]",
            "The log undoes the exp.",
            lambda y, mu, sigma: np.sum(
                np.log(2 * np.pi * sigma**2) / 2 + (y - mu) ** 2 / (2 * sigma**2)
            ),
            equal(),
        ),
        Step(
            r"\sum_i \frac{(y_i-\mu)^2}{2\sigma^2}",
            "The first term does not contain $\\mu$.",
            lambda y, mu, sigma: np.sum((y - mu) ** 2 / (2 * sigma**2)),
            shifted(lambda y, sigma: len(y) * np.log(2 * np.pi * sigma**2) / 2),
            ("mu",),
        ),
        Step(
            r"\frac1I \sum_i (\mu - y_i)^2",
            "A positive factor does not move the argmin.",
            lambda y, mu: np.mean((-(y - mu)) ** 2),
            scaled(lambda y, sigma: len(y) / (2 * sigma**2), "I/2σ²"),
            ("mu",),
        ),
    ],
    sliders={
        "mu": Slider(62.0, 74.0, step=0.1, value=67.0, label="μ"),
        "sigma": Slider(0.5, 6.0, step=0.1, value=2.5, label="σ"),
    },
    over="mu",
    given={"y": HEIGHTS},
    sample=lambda rng: {
        "y": rng.normal(68, 2.3, 5),
        "mu": rng.normal(68, 2),
        "sigma": rng.uniform(2.3, 4.7),
    },
    reference=lambda y, mu, sigma: float(
        (2 * np.pi) ** (-len(y) / 2) * sigma ** -len(y) * np.exp(-sum(((y - mu) / sigma) ** 2) / 2)
    ),
    slips=[
        WrongLine(
            "the lost square",
            4,
            r"\sum_i \frac{(y_i-\mu)^2}{2\sigma}",
            lambda y, mu, sigma: np.sum((y - mu) ** 2 / (2 * sigma)),
            "The exponent is over $2\\sigma^2$.",
        ),
        WrongLine(
            "the lost minus",
            2,
            r"\sum_i \log \mathcal{N}(y_i; \mu, \sigma)",
            lambda y, mu, sigma: np.sum(np.log(density(y, mu, sigma))),
            "This is to be made large.",
            after=[
                (
                    r"\sum_i [-\tfrac12\log 2\pi\sigma^2 - (y_i-\mu)^2/2\sigma^2]",
                    lambda y, mu, sigma: -NORMAL.steps[2].value(y, mu, sigma),
                )
            ],
        ),
        WrongLine(
            "a density without its root",
            1,
            r"\prod_i e^{-(y_i-\mu)^2/2\sigma^2} / 2\pi\sigma^2",
            lambda y, mu, sigma: np.prod(density(y, mu, sigma) / np.sqrt(2 * np.pi * sigma**2)),
            "It no longer integrates to 1.",
        ),
    ],
    harmless={(5, "-(y - mu) → y - mu"): "a sign inside a square"},
)

TEMPERATURE = Derivation(
    "The soft maximum",
    [
        Step(
            r"T \log \sum_k e^{z_k/T}",
            "Log-sum-exp at temperature T.",
            lambda z, T, x: T * np.log(np.sum(np.exp(np.append(z, x) / T))),
        ),
        Step(
            r"m + T \log \sum_k e^{(z_k-m)/T}",
            "Take out the largest, m.",
            lambda z, T, x: soft_excess(np.append(z, x), T),
            equal(),
        ),
        Step(
            r"\max_k z_k",
            "What is not the largest vanishes.",
            lambda z, x: max(*z, x),
            limit("T", 0.0),
        ),
    ],
    sliders={"x": Slider(-3.0, 3.0, value=0.5, label="z₃"), "T": Slider(0.1, 2.0, value=0.5)},
    over="x",
    given={"z": np.array([-0.4, 1.2])},
    sample=lambda rng: {
        "z": rng.normal(0, 1, 2),
        "x": rng.normal(),
        "T": rng.uniform(0.3, 0.9),
    },
    reference=lambda z, T, x: T * np.logaddexp(np.logaddexp(z[0] / T, z[1] / T), x / T),
)


def soft_excess(z, T):
    largest = np.max(z)
    return largest + T * np.log(np.sum(np.exp((z - largest) / T)))


ALL = {"normal": NORMAL, "temperature": TEMPERATURE, **found_in_lessons(Derivation)}
every = pytest.mark.parametrize("derivation", ALL.values(), ids=ALL)


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def changed(derivation, line=None, **parts):
    """The derivation with parts of one step (or of its own) replaced, without slips."""
    own = {
        name: getattr(derivation, name)
        for name in ("title", "steps", "sliders", "over", "given", "sample", "reference")
    }
    if line is None:
        return Derivation(**{**own, **parts})
    steps = list(derivation.steps)
    steps[line - 1] = dataclasses.replace(steps[line - 1], **parts)
    return Derivation(**{**own, "steps": steps})


# ---- every line is checked
@every
def test_every_line_keeps_its_relation_and_amount_and_every_slip_fails_first(derivation, rng):
    assert [str(f) for f in verify(derivation, rng)] == []


@every
def test_every_mutant_is_caught_at_its_line_or_listed_as_harmless(derivation, record_property):
    samples = drawn(derivation, np.random.default_rng(7), 4)
    survived, elsewhere, count = [], [], 0
    for line, what, mutant in mutants(derivation):
        count += 1
        with np.errstate(all="ignore"):
            found = found_at(mutant, line, samples)
        if not found:
            survived.append((line, what))
        elif found.line != line:
            elsewhere.append(f"line {line}, {what}: {found}")
    record_property("mutants", count)
    assert not elsewhere
    unlisted = [key for key in survived if key not in derivation.harmless]
    assert not unlisted, f"change nothing: fix the line, or list with a reason: {unlisted}"
    stale = [key for key in derivation.harmless if key not in survived]
    assert not stale, f"listed as harmless, but caught or no longer made: {stale}"
    assert all(reason.strip() for reason in derivation.harmless.values())
    assert count >= 3 * len(derivation.steps)


def test_mutants_change_signs_factors_terms_squares_logs_and_amounts():
    texts = {(line, what) for line, what, _ in mutants(NORMAL)}
    for expected in [
        (3, "2 * sigma ** 2 → 2"),
        (3, "2 * sigma ** 2 → sigma ** 2"),
        (3, "sigma ** 2 → sigma"),
        (3, "y - mu → y + mu"),
        (4, "the whole negated"),
        (2, "np.log(density(y, mu, sigma)) → density(y, mu, sigma)"),
        (4, "by: len(y) * np.log(2 * np.pi * sigma ** 2) → len(y)"),
        (5, "by: len(y) / (2 * sigma ** 2) → len(y) * (2 * sigma ** 2)"),
    ]:
        assert expected in texts


@pytest.mark.parametrize(
    ("line", "parts", "words"),
    [
        (4, {"constant_in": ("mu", "sigma")}, "varies with sigma"),
        (4, {"constant_in": ()}, "constant_in must name"),
        (4, {"relation": equal()}, "the row above is"),
        (5, {"relation": scaled(lambda sigma: -5 / (2 * sigma**2))}, "factor must be above 0"),
        (3, {"relation": shifted(0.0), "constant_in": ("mu",)}, "write equal()"),
        (3, {"relation": scaled(1.0), "constant_in": ("mu",)}, "write equal()"),
        (2, {"relation": related("nonsense", lambda above, here, v: False)}, "“nonsense”"),
        (1, {"value": lambda y: 0.0}, "should be"),
        (3, {"value": lambda y: np.nan}, "nan"),
        (3, {"value": lambda nowhere: 1.0}, "raised TypeError"),
    ],
)
def test_a_wrong_claim_is_found_at_its_line(line, parts, words, rng):
    first = verify(changed(NORMAL, line, **parts), rng)[0]
    assert first.line == line
    assert words in first.message


def test_a_line_that_underflows_on_every_input_is_found(rng):
    many = changed(
        NORMAL,
        sample=lambda rng: {"y": rng.normal(68, 2, 2000), "mu": 67.7, "sigma": 2.3},
    )
    assert "0 on every input (underflow?)" in verify(many, rng)[0].message


@pytest.mark.parametrize(
    ("value", "target", "words"),
    [
        (lambda z, x: max(*z, x) + 0.01, 0.0, "tends to"),
        (lambda z, x, T: max(*z, x) + T**4, 0.0, "still depends on T"),
        (lambda z, x: max(*z, x), 0.5, "tends to"),
        (lambda z, x: np.inf, 0.0, "inf"),
    ],
)
def test_a_wrong_limit_is_found(value, target, words, rng):
    wrong = changed(TEMPERATURE, 3, value=value, relation=limit("T", target))
    first = verify(wrong, rng)[0]
    assert first.line == 3
    assert words in first.message


def test_a_limit_at_infinity_holds_and_one_whose_error_grows_is_found():
    here = lambda **v: 2.0  # noqa: E731
    assert limit("n", np.inf).check(lambda n: 2 + 1 / n, here, {"n": 3.3}) is None
    grows = limit("n", np.inf).check(lambda n: 2 + (1.1 + np.cos(n)) / n, here, {"n": 3.3})
    assert "does not shrink" in grows


@pytest.mark.parametrize("off", [2e-5, 1.85e-5, 2e-7, 4.5e-9])
def test_a_wrong_limit_that_the_line_crosses_on_its_way_is_found(off):
    relation, start = limit("n", np.inf), {"n": 3.3}
    errors = [1 / v["n"] - off for v in relation.near(start)]
    assert min(errors) < 0 < max(errors)
    assert relation.check(lambda n: 2 + 1 / n, line_function(2.0), start) is None
    assert relation.check(lambda n: 2 + 1 / n, line_function(2.0 + off), start) is not None
    assert relation.check(lambda n: 2 - 1 / n, line_function(2.0 - off), start) is not None


def test_a_right_limit_that_the_line_crosses_on_its_way_holds():
    right = limit("n", np.inf).check(lambda n: 2 + 1 / n - 50 / n**2, line_function(2.0), {"n": 3})
    assert right is None


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("sigma", [0.02, 0.7, 2.3, 4e5])
def test_a_slope_and_a_zero_hold_at_any_scale_and_a_small_error_in_them_is_found(scale, sigma):
    rms = 1.3 * sigma  # of what this NLL in sigma is made
    variables = {"sigma": sigma, "mu": 3.0}

    def above(sigma, mu):
        return scale * (np.log(sigma) + 0.5 * (rms / sigma) ** 2)

    def slope(sigma, mu):
        return scale * (1 / sigma - rms**2 / sigma**3)

    relation = slope_in("sigma", "σ")
    assert relation.check(above, slope, variables) is None
    assert relation.words(above, slope, variables, "") == "the slope in σ of the row above"
    noise = 2e-7 * max(abs(above(**variables) / sigma), abs(slope(**variables)))
    for wrong in (slope(**variables) + noise, slope(**variables) - noise):
        said = relation.check(above, line_function(wrong), variables)
        assert "the slope of the row above is" in said
    assert slope_in("mu", "μ").check(above, slope, variables) is not None

    relation = zero_in("sigma", "σ²", np.sqrt)
    here = line_function(rms**2)
    assert relation.check(slope, here, variables) is None
    assert relation.words(slope, here, variables, "") == "the σ² at which the row above is 0"
    for wrong in (1 + 1e-7, 1 - 1e-7, -1):
        with np.errstate(invalid="ignore"):  # as `verify` does: a σ² below 0 has no root
            said = relation.check(slope, line_function(wrong * rms**2), variables)
        assert "there the row above is" in said
    assert zero_in("sigma", "σ").check(slope, line_function(rms), variables) is None


def test_a_line_that_is_0_everywhere_has_no_zero_and_one_that_is_not_finite_no_slope():
    nothing, two, endless = map(line_function, (0.0, 2.0, np.inf))
    wall = lambda x: np.inf if x > 2 else 1.0  # noqa: E731
    assert zero_in("x", "x").check(wall, two, {"x": 2.0}) is not None
    assert slope_in("x", "x").check(wall, nothing, {"x": 2.0}) is not None
    assert zero_in("x", "x").check(nothing, two, {"x": 2.0}) is not None
    assert slope_in("x", "x").check(endless, nothing, {"x": 2.0}) is not None
    assert slope_in("x", "x").check(two, nothing, {"x": 0.0}) is None


def test_names_that_sample_and_sliders_do_not_share_are_found(rng):
    more = changed(NORMAL, sample=lambda rng: {**NORMAL.sample(rng), "extra": 1.0})
    assert "extra" in str(verify(more, rng)[0])


# ---- slips
def with_slip(**parts):
    derivation = changed(NORMAL)
    derivation.slips = (dataclasses.replace(NORMAL.slips[0], **parts),)
    return derivation


def test_a_slip_that_breaks_nothing_is_found(rng):
    (finding,) = verify(with_slip(value=NORMAL.steps[3].value), rng)
    assert "no relation fails" in finding.message


def test_a_slip_that_fails_only_further_down_is_found(rng):
    after = [(r"0", lambda y: 0.3)]
    (finding,) = verify(with_slip(value=NORMAL.steps[3].value, after=after), rng)
    assert "the first to fail is line 5" in finding.message


def test_a_slip_that_does_not_show_at_the_start_is_found(rng):
    derivation = with_slip()
    derivation.sliders = {**NORMAL.sliders, "sigma": Slider(0.5, 6.0, step=0.1, value=1.0)}
    (finding,) = verify(derivation, rng)
    assert "does not show at" in finding.message


# ---- bad input
@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"steps": NORMAL.steps[:1]}, "at least two rows; got 1"),
        ({"steps": NORMAL.steps[1:]}, "row one has no relation"),
        ({"steps": [NORMAL.steps[0], NORMAL.steps[0]]}, "row 2 has None"),
        ({"over": "nu"}, "over must name a Slider among .*got 'nu'"),
        ({"given": {"y": HEIGHTS, "mu": 1}}, r"names of their own; got \['mu'\]"),
        ({"given": {"line": 1}}, r"names of their own; got \['line'\]"),
        ({"sample": None}, "sample must be a function; got None"),
        ({"reference": 3}, "reference must be a function; got 3"),
        ({"slips": [dataclasses.replace(NORMAL.slips[0], step=6)]}, "step of slip .*got 6"),
    ],
)
def test_bad_input_names_the_argument_its_value_and_what_is_allowed(parts, words):
    with pytest.raises(ValueError, match=words):
        changed(NORMAL, **parts)


def test_a_relation_must_be_made_by_its_functions_and_constant_in_must_be_names():
    with pytest.raises(ValueError, match="relation of row 2 must be equal"):
        changed(NORMAL, 2, relation="equal")
    with pytest.raises(ValueError, match="constant_in must be a tuple of names; got 'mu'"):
        Step("x", "why", lambda: 1.0, shifted(1.0), "mu")
    with pytest.raises(ValueError, match=r"slip must be a number from 1 to 3; got 'none'"):
        spot(NORMAL, "none")


# ---- text
TEXT = r"""The soft maximum (at z₃ = 0.5, T = 0.5)
(1) T \log \sum_k e^{z_k/T}
    Log-sum-exp at temperature T.
    = 1.3263
(2) m + T \log \sum_k e^{(z_k-m)/T}
    Take out the largest, m.
    = 1.3263; equal to the row above
(3) \max_k z_k
    What is not the largest vanishes.
    = 1.2; the limit T → 0; the two rows are 0.126296 apart"""


def test_the_text_holds_every_line_its_reason_value_and_relation():
    assert str(TEMPERATURE) == TEXT


@pytest.fixture(scope="module", params=ALL.values(), ids=ALL)
def stepper(request):
    """The stepper of a derivation; a test leaves it where it likes."""
    made = step(request.param)
    yield made
    made.close()


@pytest.fixture
def undrawn(monkeypatch):
    """Pictures are updated and laid out, but not drawn, which takes ten times as long."""
    for name in ("_draw_background", "_draw_front"):
        monkeypatch.setattr(Stage, name, lambda self: None)


def test_the_saved_output_is_the_whole_text_and_a_picture_wherever_the_sliders_stand(stepper):
    (text, _), (picture, _) = stepper.without_kernel()
    assert text["text/plain"] == str(stepper._derivation)
    assert colours(picture["image/png"]) > 50
    stepper.line = len(stepper._steps)
    assert saved_text(stepper) == str(stepper._derivation)


def saved_text(widget) -> str:
    """What is saved of a stepper, without its picture."""
    return next(widget.without_kernel())[0]["text/plain"]


def colours(png: str) -> int:
    return len(Image.open(io.BytesIO(base64.b64decode(png))).getcolors(10**6))


# ---- the picture
def stage_of(derivation):
    return Stage(picture(derivation, derivation.steps, told=True))


def left_edge(text) -> float:
    """Where a text begins, in pixels from the left of its figure."""
    return text.get_window_extent().x0


def test_every_line_answers_at_every_slider_end_and_its_axes_stay_along_the_curve(
    stepper, undrawn, capfd, recwarn
):
    stepper.reset()
    over, lines = stepper._derivation.over, len(stepper._steps)
    sliders = {n: p for n, p in stepper._derivation.sliders.items() if isinstance(p, Slider)}
    values_ax = stepper._wire._stage.figure.axes[0]
    for line in range(lines, 0, -1):
        stepper.line = line
        assert len(stepper._lines.children) == line
        limits = {values_ax.get_ylim()}
        for name in (over, *(sliders.keys() - {over})):
            for value in (sliders[name].low, sliders[name].high):
                setattr(stepper, name, value)
                assert stepper.readout.startswith(f"Row {line} of {lines} at "), stepper.readout
                assert len(stepper.readout) >= 20
                if name == over:
                    limits.add(values_ax.get_ylim())
                cut = [t.get_text() for t in values_ax.get_yticklabels() if left_edge(t) < 0]
                assert cut == [], f"the picture's edge cuts {cut} at {name} = {value}"
        assert len(limits) == 1, f"the axes jump in row {line}"
    assert [str(w.message) for w in recwarn] == []
    assert capfd.readouterr() == ("", "")


def test_the_frame_depends_on_the_values_alone(stepper):
    stage, derivation = stepper._wire._stage, stepper._derivation
    here = {name: p.value for name, p in stage.scene.parameters.items()}
    there = {**here, "line": len(derivation.steps), derivation.over: here[derivation.over]}
    sentence = stage.draw(here)
    pixels = stage.pixels.copy()
    stage.draw(there)
    assert (stage.pixels != pixels).any()
    assert stage.draw(here) == sentence
    assert (stage.pixels == pixels).all()


@pytest.mark.parametrize("sigma", [0.5, 1.3, 2.5, 6.0])
def test_the_picture_holds_both_curves_at_any_slider(sigma):
    stage = stage_of(NORMAL)
    for line in range(1, 6):
        stage.draw({"line": line, "mu": 67.0, "sigma": sigma})
        ax = stage.figure.axes[0]
        low, high = ax.get_ylim()
        curves = [c.get_ydata() for c in ax.lines if c.get_visible() and len(c.get_xdata()) > 2]
        assert len(curves) == (1 if line == 1 else 2)
        assert low <= np.min(curves) and np.max(curves) <= high
        assert max(-low, high) <= 3.4 * np.max(np.abs(curves))


def test_a_dropped_constant_and_a_dropped_factor_leave_the_shape():
    stage = stage_of(NORMAL)
    for line in (4, 5):
        stage.draw({"line": line, "mu": 67.0, "sigma": 2.5})
        above, here = (c.get_ydata() for c in stage.figure.axes[1].lines if len(c.get_xdata()) > 2)
        np.testing.assert_allclose(above, here, atol=1e-9)
        values = [c.get_ydata() for c in stage.figure.axes[0].lines if len(c.get_xdata()) > 2]
        if line == 4:
            np.testing.assert_allclose(values[0] - values[1], 5 * np.log(2 * np.pi * 6.25) / 2)
        else:
            np.testing.assert_allclose(values[0] / values[1], 5 / 12.5)


def test_the_sentence_says_amounts_and_where_each_line_is_best():
    stage = stage_of(NORMAL)
    said = [stage.draw({"line": k, "mu": 67.0, "sigma": 2.5}) for k in (1, 2, 4, 5)]
    mean = f"{HEIGHTS.mean():.4g}"
    assert f"Row 1 is highest at μ = {mean}." in said[0]
    assert f"Row 2 is lowest at μ = {mean}, row 1 is highest at μ = {mean}." in said[1]
    assert "the curve moved down by 9.17615; the argmin stays" in said[2]
    assert "divided by I/2σ² = 0.4: the curve is scaled; the argmin stays" in said[3]
    assert f"Both rows are lowest at μ = {mean}." in said[3]


def test_a_slope_is_marked_at_its_zero_and_a_monotone_line_at_its_lowest_end():
    slope = Step(
        "g",
        "The slope.",
        lambda y, mu, sigma: np.sum(mu - y) * np.exp(-((mu - 68) ** 2)),
        related("falls and rises with the row above", lambda above, here, v: True),
    )
    rising = Step("r", "Another.", lambda mu: mu, related("anything", lambda above, here, v: True))
    stage = stage_of(changed(NORMAL, steps=[NORMAL.steps[0], slope, rising]))
    said = stage.draw({"line": 2, "mu": 67.0, "sigma": 2.5})
    assert f"Row 2 is 0 at μ = {HEIGHTS.mean():.4g}, row 1 is highest" in said
    assert "Row 3 is lowest at μ = 62" in stage.draw({"line": 3, "mu": 67.0, "sigma": 2.5})


def test_on_a_logarithmic_slider_the_place_is_said_in_its_own_unit():
    sliders = {**NORMAL.sliders, "sigma": Slider(0.5, 8.0, value=2.5, log=True, label="σ")}
    stage = stage_of(changed(NORMAL, sliders=sliders, over="sigma"))
    best = np.sqrt(np.mean((HEIGHTS - 67.0) ** 2))
    said = stage.draw({"line": 3, "mu": 67.0, "sigma": 2.5})
    assert said.endswith(f"= {best:.4g}.")


def closing_in(function, low, high):
    """Where a function is lowest between two places: the best of 21, ever closer around it."""
    while high - low > 1e-8 * (abs(low) + abs(high)) and high - low > 1e-10:
        grid = np.linspace(low, high, 21)
        k = int(np.argmin([function(x) for x in grid]))
        low, high = grid[max(k - 1, 0)], grid[min(k + 1, 20)]
    return (low + high) / 2


@pytest.mark.parametrize("name", ALL)
def test_every_mark_lies_where_another_search_finds_it(name):
    """To four digits, as many as are said, wherever the other sliders stand."""
    derivation = ALL[name]
    curves = Curves(derivation, derivation.steps)
    start = {n: s.value for n, s in derivation.sliders.items()}
    others = {n: s for n, s in derivation.sliders.items() if n != derivation.over}
    ends = [{n: end} for n, s in others.items() for end in (s.low, s.high)]
    for values in ({}, *ends):
        variables = {**derivation.given, **start, **values}
        for line, row in enumerate(curves.functions, 1):
            curve = curves.pair(line, {**start, **values})[-1]
            near = np.searchsorted(curves.grid, curve.at)
            if curve.flat or not 0 < near < len(curves.grid) - 1:
                continue
            kinds = {"lowest": lambda f: f, "highest": lambda f: -f, "0": abs}
            found = closing_in(
                lambda x, f=row, v=variables, kind=kinds[curve.kind]: kind(
                    f(**{**v, derivation.over: float(x)})
                ),
                curves.grid[max(near - 2, 0)],
                curves.grid[near + 1],
            )
            dust = 1e-6 * (curves.grid[near] - curves.grid[near - 1])
            assert curve.at == pytest.approx(found, rel=5e-6, abs=10 * dust), (line, values)
            assert curve.at == 0 or abs(curve.at) > dust, (line, values)


# ---- the stepper
def buttons(widget):
    """The buttons by name, however deep."""
    found = {}
    for child in getattr(widget, "children", ()):
        found |= buttons(child)
        if isinstance(child, widgets.Button) and child.description:
            found[child.description] = child
    return found


def test_buttons_show_one_line_more_one_less_and_all_in_any_order(capfd):
    stepper = step(NORMAL)
    press = buttons(stepper)
    assert set(press) == {"Back", "Next row", "Show all"}
    shown = []
    order = ("Back", "Next row", "Next row", "Back", "Show all", "Next row", "Back", "Show all")
    for name in (*order, "Back"):
        press[name].click()
        shown.append(len(stepper._lines.children))
    assert shown == [1, 2, 3, 2, 5, 5, 4, 5, 4]
    assert stepper.line == 4
    stepper.reset()
    assert len(stepper._lines.children) == 1
    assert capfd.readouterr() == ("", "")
    stepper.close()


def test_each_line_shown_has_its_tex_reason_live_value_and_amount():
    stepper = step(NORMAL)
    stepper.line = 5
    still, live = stepper._lines.children[3].children
    assert r"$\displaystyle \sum_i \frac{(y_i-\mu)^2}{2\sigma^2}$" in still.value
    assert "does not contain $\\mu$." in still.value
    assert "2.008" in live.value and "9.17615" in live.value
    typeset = still.value
    stepper.sigma = 3.0
    assert still.value == typeset  # typeset once
    assert f"{HEIGHTS.size * 5.02 / 18:.6g}" in live.value and "10.0878" in live.value
    stepper.close()


def test_closing_leaves_no_widget():
    before = open_widgets()
    for made in (step(NORMAL), spot(NORMAL, "the lost square")):
        made.close()
    assert open_widgets() <= before


# ---- spot the slip
SLIPS = {f"{n}: {s.name}": (d, s) for n, d in ALL.items() for s in d.slips}


@pytest.mark.parametrize(("derivation", "slip"), SLIPS.values(), ids=SLIPS)
def test_every_pick_has_feedback_and_only_the_wrong_line_is_it(derivation, slip, undrawn, capfd):
    asked = spot(derivation, 1 + derivation.slips.index(slip))
    text = saved_text(asked)
    assert slip.tex in text and slip.why not in text
    shown = {part.value for part in (*asked._live, asked._feedback)}
    assert shown == {""} and asked.asleep and asked.line == 1, "something is told before a pick"
    assert not re.search(r"^ +=", text, re.M), "the values are in its text"
    lines = range(1, len(derivation.steps) + 1)
    answers = []
    for line in [*lines, *reversed(lines)]:
        asked._pick.index = None
        asked._pick.index = line - 1
        answers.append(asked.feedback(line))
        assert (f"Yes, row {line} is wrong" in answers[-1]) == (line == slip.step)
        assert (slip.name in answers[-1]) == (line == slip.step)
    assert len(set(answers)) == len(lines)
    assert all(part.value for part in asked._live) and not asked.asleep
    assert saved_text(asked) == text
    assert capfd.readouterr() == ("", "")
    asked.close()


def test_the_numbers_prove_the_slip():
    asked = spot(NORMAL, "the lost square")
    right = (
        "at μ = 67, σ = 2.5 the row above is 11.1841; less the constant 9.17615 that is 2.008, "
        "but this row is 5.02"
    )
    assert right in asked.feedback(4)
    assert "follow from row 4 as it stands" in asked.feedback(5)
    assert "Row 3 holds" in asked.feedback(3)
    assert "computed another way" in asked.feedback(1)
    asked._pick.index = 3
    asked.sigma = 1.0
    assert "by luck: move a slider" in asked._feedback.value
    asked.close()


def test_a_slip_carried_on_breaks_one_line_and_the_one_that_takes_it_back():
    asked = spot(NORMAL, "the lost minus")
    assert "Row 3 holds" in asked.feedback(3)
    assert "follow from row 3 as it stands" in asked.feedback(4)
    asked.close()
