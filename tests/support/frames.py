"""Frames as the browser puts them together, in Python."""

import numpy as np


def decode(data: bytes, whole: bool, base: np.ndarray) -> np.ndarray:
    """The pixels again, as the browser's `paint` puts them together."""
    frame = np.frombuffer(data, "<u4")
    if whole:
        return frame
    starts, lengths, colours = frame.reshape(3, -1)
    pixels = base.copy()
    for start, length, colour in zip(starts, lengths, colours, strict=True):
        pixels[start : start + length] = colour
    return pixels
