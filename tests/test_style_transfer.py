"""Style transfer: the gradient, what style forgets and content keeps, and the committed results."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from lossviz.walk.nb12 import style_transfer
from lossviz.walk.nb12.style_transfer import (
    FilterBank,
    StyleTransferLoss,
    gram_matrix,
    noise,
    transfer,
)


@pytest.fixture(scope="module")
def small():
    return style_transfer.small_pictures()


@pytest.fixture(scope="module")
def tiny(small):
    return tuple(picture[16:48, 16:48] for picture in small)


@pytest.fixture(scope="module")
def committed():
    return style_transfer.style_pictures()


@pytest.mark.parametrize("weight", [0.0, 0.3, 20.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_gradient_agrees_with_finite_differences(tiny, weight, seed):
    loss = StyleTransferLoss(*tiny, weight)
    result = style_transfer.gradient_check(loss, noise(32, seed), seed=seed)
    assert result.relative_error < 1e-6
    assert np.all(result.numeric != 0)


def test_products_by_scipys_blas_are_numpys():
    """What a page multiplies matrices by, in both precisions."""
    rng = np.random.default_rng(2)
    for dtype, close in ((np.float32, 1e-5), (float, 1e-13)):
        a, b = (rng.standard_normal(shape).astype(dtype) for shape in ((7, 40), (9, 40)))
        got = style_transfer.by_scipys_blas(a, b.T)
        assert got.dtype == dtype
        np.testing.assert_allclose(got, a @ b.T, rtol=close, atol=close)


def test_gradient_of_the_notebooks_own_run_agrees(small):
    result = style_transfer.gradient_check(StyleTransferLoss(*small), noise(64))
    assert result.relative_error < 1e-6


def test_content_gradient_alone_agrees_with_finite_differences(tiny):
    """At a weight this large the style's share is beyond the sixth digit."""
    loss = StyleTransferLoss(*tiny, 1e9)
    assert style_transfer.gradient_check(loss, noise(32, 3)).relative_error < 1e-6


def test_gradient_check_sees_a_gradient_that_is_off(tiny, monkeypatch):
    loss = StyleTransferLoss(*tiny)
    right = loss.bank.pull_back
    monkeypatch.setattr(loss.bank, "pull_back", lambda *args: 1.00001 * right(*args))
    assert style_transfer.gradient_check(loss, noise(32)).relative_error > 5e-6


def test_pull_back_is_the_adjoint_of_features(tiny):
    """⟨J d, g⟩ = ⟨d, Jᵀ g⟩ for random d, g; J d by a step too short to cross a rectifier's kink."""
    bank, rng = FilterBank(32), np.random.default_rng(5)
    picture, step = tiny[0], 1e-7 * rng.standard_normal(tiny[0].shape)
    below, here, above = (bank.features(picture + sign * step) for sign in (-1, 0, 1))
    weights = [rng.standard_normal(maps.shape) for maps in here]
    forward = sum(
        ((up - down) * w).sum() / 2 for up, down, w in zip(above, below, weights, strict=True)
    )
    assert (bank.pull_back(weights, here) * step).sum() == pytest.approx(forward, rel=1e-5)


def test_filters_ignore_a_constant_and_answer_their_own_direction():
    bank = FilterBank(32)
    signed = 3 * (2 * style_transfer.ORIENTATIONS + 1)
    oriented = np.arange(signed) % (signed // 3) != signed // 3 - 1
    grey = bank.features(np.full((32, 32, 3), 0.7))
    assert max(np.abs(maps[:signed][oriented]).max() for maps in grey) < 1e-12
    stripes = (
        np.zeros((32, 32, 3)) + 0.5 + 0.4 * np.sin(2 * np.pi * 9 * np.arange(32) / 32)[:, None]
    )
    energy = [(bank.features(p)[0][: signed // 3] ** 2).sum((1, 2))[:-1].reshape(-1, 2).sum(1)
              for p in (stripes, stripes.transpose(1, 0, 2))]  # fmt: skip
    assert energy[0].argmax() == 0  # varies from left to right: direction 0
    assert energy[1].argmax() == style_transfer.ORIENTATIONS // 2  # a quarter turn on


def test_style_forgets_where_and_content_does_not(tiny):
    loss = StyleTransferLoss(*tiny)
    content, style = loss.terms(tiny[0])
    moved_content, moved_style = loss.terms(np.roll(tiny[0], (16, 8), axis=(0, 1)))
    assert content == 0
    assert moved_content > 0.5
    assert moved_style == pytest.approx(style, rel=1e-9)
    assert style > 0.01


def test_gram_matrix_is_the_mean_product_and_symmetric_unless_shifted():
    maps = np.random.default_rng(2).standard_normal((3, 8, 8))
    plain, shifted = gram_matrix(maps), gram_matrix(maps, (0, 2))
    assert plain[0, 1] == pytest.approx(np.mean(maps[0] * maps[1]))
    assert shifted[0, 1] == pytest.approx(
        np.mean([maps[0, i, j] * maps[1, i, j - 2] for i in range(8) for j in range(8)])
    )
    assert np.allclose(plain, plain.T)
    assert not np.allclose(shifted, shifted.T)


def test_style_of_the_style_picture_is_zero(tiny):
    content, style = StyleTransferLoss(*tiny).terms(tiny[1])
    assert style == pytest.approx(0, abs=1e-20)
    assert content > 0.5


def test_both_losses_fall_by_80_percent_from_noise(small):
    """The run that the notebook makes, with its progress reported after each iteration."""
    seen = []
    result = transfer(*small, iterations=60, callback=lambda *args: seen.append(args))
    assert result.content[-1] < 0.2 * result.content[0]
    assert result.style[-1] < 0.2 * result.style[0]
    assert [iteration for iteration, *_ in seen] == list(range(1, len(seen) + 1))
    assert len(seen) == len(result.content) - 1
    np.testing.assert_array_equal([c for _, c, _, _ in seen], result.content[1:])
    np.testing.assert_array_equal(seen[-1][3], result.picture)
    assert len({picture.tobytes() for *_, picture in seen}) == len(seen)  # each kept as it was
    assert 0 <= result.picture.min() <= result.picture.max() <= 1
    # The losses reported are those of the pictures reported, not of a trial step on the way.
    exact = StyleTransferLoss(*small).terms(result.picture)
    assert (result.content[-1], result.style[-1]) == pytest.approx(exact, rel=1e-3)


def test_runs_repeat_and_may_be_stopped(tiny):
    def stop_at_3(iteration, *_):
        if iteration == 3:
            raise StopIteration

    whole = transfer(*tiny, iterations=5)
    again = transfer(*tiny, iterations=5)
    stopped = transfer(*tiny, iterations=5, callback=stop_at_3)
    np.testing.assert_array_equal(whole.picture, again.picture)
    np.testing.assert_array_equal(stopped.style, whole.style[:4])
    assert not np.array_equal(whole.picture, transfer(*tiny, iterations=5, seed=1).picture)


def test_more_weight_gives_more_content_and_less_style(tiny):
    runs = [transfer(*tiny, weight=w, iterations=60) for w in (0.03, 0.3, 3.0)]
    assert np.all(np.diff([run.content[-1] for run in runs]) < 0)
    assert np.all(np.diff([run.style[-1] for run in runs]) > 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"content": np.zeros((32, 32))}, r"content has shape \(32, 32\)"),
        ({"content": np.zeros((32, 48, 3))}, r"content has shape \(32, 48, 3\)"),
        ({"style": np.full((32, 32, 3), 1.5)}, r"style has values from 1.5 to 1.5"),
        ({"style": np.full((32, 32, 3), np.nan)}, r"style has values from nan to nan"),
        ({"style": np.zeros((48, 48, 3))}, r"style has shape \(48, 48, 3\).*\(32, 32, 3\)"),
        ({"weight": -1}, r"weight = -1; allowed"),
        ({"weight": np.nan}, r"weight = nan; allowed"),
        ({"iterations": 0}, r"iterations = 0; allowed"),
    ],
)
def test_bad_input_is_named(tiny, arguments, message):
    good = {"content": tiny[0], "style": tiny[1], "weight": 0.3, "iterations": 1}
    with pytest.raises(ValueError, match=message):
        transfer(**(good | arguments))


@pytest.mark.parametrize("size", [16, 40, 100])
def test_bad_sizes_are_named(size):
    with pytest.raises(ValueError, match=f"size = {size}; allowed: a multiple of 16"):
        FilterBank(size)


def test_shrink_averages_blocks_and_refuses_a_factor_that_does_not_divide():
    picture = np.arange(48.0).reshape(4, 4, 3)
    assert style_transfer.shrink(picture, 2)[0, 1, 0] == np.mean([6, 9, 18, 21])
    with pytest.raises(ValueError, match="factor = 3; allowed: a divisor"):
        style_transfer.shrink(picture, 3)


def test_gradient_check_refuses_single_precision(tiny):
    loss = StyleTransferLoss(*tiny, dtype=np.float32)
    with pytest.raises(ValueError, match="float32; allowed: float64"):
        style_transfer.gradient_check(loss, noise(32))


def test_committed_pictures_are_whole(committed):
    assert len(committed.runs) >= 5
    assert list(committed.runs) == sorted(committed.runs)
    assert committed.settings["default_weight"] in committed.runs
    again = [run for key, run in committed.repainted.items() if key != ("content.png", 2)]
    pictures = [committed.content, committed.style, committed.photo]
    pictures += [run.picture for run in [*committed.runs.values(), *again]]
    for picture in pictures:
        assert picture.shape == (192, 192, 3)
        assert 0 <= picture.min() <= picture.max() <= 1
        assert picture.std() > 0.1
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)


def test_committed_losses_fall_and_answer_to_the_weight(committed):
    default = committed.runs[committed.settings["default_weight"]]
    assert default.content[-1] < 0.2 * default.content[0]
    assert default.style[-1] < 0.2 * default.style[0]
    assert default.style[-1] < 0.2 * committed.settings["style_of_content"]
    assert np.all(np.diff([run.content[-1] for run in committed.runs.values()]) < 0)
    assert np.all(np.diff([run.style[-1] for run in committed.runs.values()]) > 0)
    for weight, run in committed.runs.items():
        total = weight * run.content + run.style
        assert np.all(np.diff(total) < 1e-5 * total[:-1])


def test_committed_losses_are_those_of_the_committed_pictures(committed):
    loss = StyleTransferLoss(committed.content, committed.style, dtype=np.float32)
    weights = list(committed.runs)
    for weight in (weights[0], committed.settings["default_weight"], weights[-1]):
        run = committed.runs[weight]
        # Saved with 8 bits a channel, so not to the last digit.
        content, style = loss.terms(run.picture)
        assert content == pytest.approx(run.content[-1], rel=0.02)
        assert style == pytest.approx(run.style[-1], rel=0.02)
    settings = committed.settings
    assert loss.terms(committed.content)[1] == pytest.approx(settings["style_of_content"], rel=1e-4)
    assert loss.terms(committed.style)[0] == pytest.approx(settings["content_of_style"], rel=1e-4)


def test_repainted_pictures_have_the_losses_of_the_sizes_that_they_name(committed):
    contents = {"content.png": committed.content, "photo.png": committed.photo}
    levels = {2: style_transfer.CONTENT_LEVELS, 3: style_transfer.COARSE_LEVELS}
    assert set(committed.repainted) == {(name, finest) for name in contents for finest in levels}
    for (name, finest), run in committed.repainted.items():
        loss = StyleTransferLoss(
            contents[name], committed.style, dtype=np.float32, levels=levels[finest]
        )
        assert loss.terms(run.picture) == pytest.approx((run.content[-1], run.style[-1]), rel=0.02)


def test_content_picture_is_what_the_script_draws(committed):
    path = Path(__file__).parents[1] / "tools" / "make_pictures.py"
    spec = importlib.util.spec_from_file_location("make_pictures", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    # Another Matplotlib may draw an edge's pixels a little differently.
    assert np.abs(script.draw_content() - committed.content).mean() < 0.01
