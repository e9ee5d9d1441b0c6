"""Frames as the browser puts them together, in Python, and what may be wrong with a picture's."""

import matplotlib
import numpy as np

from lossviz.explorer.frames import encode
from lossviz.explorer.stage import Slider
from support.colours import told_by_colour_alone
from support.hostile import hostile
from support.rules import POWER
from support.values import random_values

FRAMES = 4  # random frames of each picture
FRESH = 2  # the last of them are drawn afresh too, which costs five times as much


def decode(data: bytes, whole: bool, base: np.ndarray) -> np.ndarray:
    """The pixels again, as the browser's `paint` puts them together."""
    frame = np.frombuffer(data, "<u4")
    if whole:
        return frame
    return painted(base, frame.reshape(3, -1))


def painted(base: np.ndarray, runs) -> np.ndarray:
    """The base with these runs over it: their starts, lengths and colours."""
    pixels = base.copy()
    for start, length, colour in zip(*runs, strict=True):
        pixels[start : start + length] = colour
    return pixels


def wrong_frames(scene, stage, start, fresh, rng) -> list[str]:
    """What is wrong with random frames of a picture: kept ones, drawn after others, its colours.

    The last are drawn twice, by a stage after those before them and by a fresh one, with every
    setting of Matplotlib odd, in the other order: a frame depends on its values alone. Without a
    fresh stage the others are all.
    """
    wrong, drawn = [], []
    stage.draw(start)
    base = stage.background
    for k in range(FRAMES if fresh else FRAMES - FRESH):
        if k == FRAMES - FRESH:
            stage.rest()  # as when another explorer draws
        values = random_values(scene.parameters, rng)
        said = stage.draw(values)
        packed, whole = encode(stage.pixels, base)
        drawn.append((values, said, decode(packed, whole, base)))
        if len(said) < 20:
            wrong.append(f"{values}: the sentence is {said!r}")
        if power := POWER.search(said):
            wrong.append(f"{values}: a power of ten as computers write it: {power[0]}")
        if alone := told_by_colour_alone(stage.figure):
            wrong.append(f"{values}: told apart by colour alone: {alone}")
    if fresh is None:
        return wrong
    with matplotlib.rc_context(hostile()):
        fresh.draw(start)  # what is laid out once, is laid out at the same values
        for values, said, kept in reversed(drawn[-FRESH:]):
            fresh._background = None  # draws everything again
            if (again := fresh.draw(values)) != said:
                wrong.append(f"{values}: says {said!r}, but drawn afresh {again!r}")
            if differing := np.count_nonzero(kept != fresh.pixels):
                wrong.append(f"{values}: {differing} pixels differ from the frame drawn afresh")
    return wrong


def dead_sliders(scene, stage, start) -> list[str]:
    """The sliders that change neither picture nor sentence from where they start."""

    def shown(**moved):
        return stage.draw({**start, **moved}), stage.pixels.tobytes()

    first = shown()
    return [
        name
        for name, slider in scene.parameters.items()
        if isinstance(slider, Slider)
        and all(
            shown(**{name: value}) == first
            for value in (slider.high, slider.low, slider.at(slider.count // 3))
        )
    ]
