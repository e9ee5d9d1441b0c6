"""What Matplotlib says of the machine does not reach the output of a cell; all else does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# A font cache is built at once and said to be slow: the note comes after 5 s on a slow machine.
SLOW = """
import threading
class AtOnce(threading.Timer):
    def __init__(self, seconds, function):
        super().__init__(0, function)
threading.Timer = AtOnce
"""
DRAW = """
import time, matplotlib.font_manager
time.sleep(0.5)
"""
OTHER = """
import logging
logging.getLogger("matplotlib").warning("something else")
logging.getLogger("matplotlib.font_manager").warning("findfont: no such font")
"""


def stderr(code: str, **env) -> str:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **env}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(params=["no folder", "a file in its place"])
def folder(request, tmp_path):
    """A folder for Matplotlib that cannot be written, by root neither."""
    (tmp_path / "file").write_text("")
    return str(tmp_path / "file" / "below" if request.param == "no folder" else tmp_path / "file")


def test_notes_of_the_machine_are_dropped_and_nothing_else(folder):
    said = stderr(f"{SLOW}import lossviz\n{DRAW}{OTHER}", MPLCONFIGDIR=folder)
    assert said.splitlines() == ["something else", "findfont: no such font"]


@pytest.fixture
def settings(tmp_path):
    """Settings as an old or careless matplotlibrc has them."""
    path = tmp_path / "matplotlibrc"
    path.write_text(
        "savefig.frameon: True\nno colon\nfont.size: big\nlines.color: r\nlines.color: b\n"
    )
    return str(path)


def test_what_is_wrong_in_the_readers_settings_is_no_output_of_a_cell(settings):
    said = stderr(f"import lossviz\n{DRAW}{OTHER}", MATPLOTLIBRC=settings)
    assert said.splitlines() == ["something else", "findfont: no such font"]
    said = stderr(DRAW, MATPLOTLIBRC=settings)
    assert all(note in said for note in ("Bad key", "Missing colon", "Bad value", "Duplicate key"))


def test_without_us_matplotlib_says_them(folder):
    said = stderr(SLOW + DRAW, MPLCONFIGDIR=folder)
    assert "temporary cache directory" in said and "building the font cache" in said
