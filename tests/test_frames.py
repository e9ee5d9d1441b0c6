"""Sparse frames: what is decoded is what was drawn."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from support.frames import decode

from lossviz.explorer.frames import encode, runs

pixels = st.lists(st.integers(0, 3), min_size=1, max_size=60)


@settings(derandomize=True, deadline=None)
@given(st.data())
def test_any_frame_comes_back_exactly(data):
    frame = np.array(data.draw(pixels), "<u4")
    base = np.array(
        data.draw(st.lists(st.integers(0, 3), min_size=len(frame), max_size=len(frame))), "<u4"
    )
    packed, whole = encode(frame, base)
    assert np.array_equal(decode(packed, whole, base), frame)
    assert len(packed) <= frame.nbytes


def test_an_unchanged_frame_is_empty():
    base = np.arange(100, dtype="<u4")
    assert encode(base.copy(), base) == (b"", False)


def test_runs_cover_exactly_the_pixels_that_differ():
    base = np.zeros(10, "<u4")
    frame = base.copy()
    frame[2:5] = 7
    frame[5] = 8
    frame[9] = 7
    assert runs(frame, base).reshape(3, -1).tolist() == [[2, 5, 9], [3, 1, 1], [7, 8, 7]]


def test_noise_is_sent_whole():
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 2**32, 1000, dtype=np.uint32)
    packed, whole = encode(frame, np.zeros(1000, np.uint32))
    assert whole and len(packed) == frame.nbytes
    assert np.array_equal(decode(packed, whole, None), frame)


def test_frames_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="of one length"):
        runs(np.zeros(3, "<u4"), np.zeros(4, "<u4"))
