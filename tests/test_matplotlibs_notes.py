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


def test_without_us_matplotlib_says_them(folder):
    said = stderr(SLOW + DRAW, MPLCONFIGDIR=folder)
    assert "temporary cache directory" in said and "building the font cache" in said
