"""Every picture of every notebook: frames from the cache equal those drawn live, pixel by pixel."""

import contextlib
import io
from pathlib import Path

import nbformat
import numpy as np
import pytest
from IPython.utils.capture import capture_output
from support.values import random_values

import lossviz.live
from lossviz.frames import decode, encode
from lossviz.stage import Stage

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
FRAMES = 4  # random frames of each picture


def stages_of(path, monkeypatch) -> list[tuple]:
    """Runs a notebook's cells here and returns (scene, data, options) of every explorer in it."""
    made = []
    real = lossviz.live.Explorer.__init__

    def recorded(self, scene, *data, question=None, **options):
        kept = {k: v for k, v in options.items() if k not in scene.parameters}
        made.append((scene, data, kept))
        real(self, scene, *data, question=question, **options)

    monkeypatch.setattr(lossviz.live.Explorer, "__init__", recorded)
    monkeypatch.chdir(path.parent)
    names = {"display": lambda *a, **k: None}
    with capture_output(), contextlib.redirect_stdout(io.StringIO()):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, path.name, "exec"), names)
    return made


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_frames_from_the_cache_are_the_frames_drawn_live(path, monkeypatch):
    rng = np.random.default_rng(int(path.stem[:2]))
    made = stages_of(path, monkeypatch)
    assert made, "a notebook without a picture"
    for scene, data, options in made:
        start = {name: p.value for name, p in scene.parameters.items()}
        used, fresh = Stage(scene, *data, **options), Stage(scene, *data, **options)
        used.draw(start)
        base = used.background
        fresh.draw(start)
        for _ in range(FRAMES):
            values = random_values(scene.parameters, rng)
            said = used.draw(values)
            packed, whole = encode(used.pixels, base)
            fresh._background = None  # draws everything again
            assert fresh.draw(values) == said
            cached = decode(packed, whole, base)
            assert np.count_nonzero(cached != fresh.pixels) == 0, (scene, values)
            assert len(said) >= 20, (scene, said)
