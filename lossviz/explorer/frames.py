"""A frame as the browser gets it: the runs of pixels that differ from a still base.

A picture of lines and points changes few pixels from one frame to the next. `encode` writes those
as runs (start, length, colour); a frame so different that this would be longer is sent whole.
Every frame is complete by itself: base plus runs, whatever was shown before.
"""

import numpy as np


def runs(pixels: np.ndarray, base: np.ndarray) -> np.ndarray:
    """The runs in which `pixels` differ from `base`, both flat uint32 of one length.

    Returns uint32: all starts, then all lengths, then all colours.
    """
    if pixels.shape != base.shape:
        raise ValueError(f"pixels and base must be of one length; got {pixels.shape}, {base.shape}")
    differs = pixels != base
    edge = np.ones(len(pixels) + 1, bool)  # edge[i]: a run starts or ends before pixel i
    edge[1:-1] = pixels[1:] != pixels[:-1]
    edge[1:-1] |= differs[1:] != differs[:-1]
    bounds = np.flatnonzero(edge)
    starts = bounds[:-1]
    kept = differs[starts]
    parts = starts[kept], np.diff(bounds)[kept], pixels[starts[kept]]
    return np.concatenate(parts).astype("<u4")


def encode(pixels: np.ndarray, base: np.ndarray) -> tuple[bytes, bool]:
    """A frame as bytes, and whether it is whole (all pixels, no runs)."""
    frame = runs(pixels, base)
    if frame.nbytes > pixels.nbytes:
        return pixels.tobytes(), True
    return frame.tobytes(), False
