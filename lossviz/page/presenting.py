"""`present`: the notebook on a projector.

Here: one call that makes text, lines and targets large, folds code away and wakes every question,
and its way back. Not here: the sizes inside pictures (`style`). JupyterLab's own Presentation Mode
and Simple Interface (menu View) free more of the screen and go well with it.
"""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

from lossviz import style
from lossviz.page.block import Block
from lossviz.page.questions import start_awake

HERE = Path(__file__).parent
ON = (
    "Presenting: pictures made from now on have 24 pt text, code is folded (select a cell and "
    "press Enter to see it), and no picture waits for an answer. Run the other cells again. "
    "present(False) goes back."
)
OFF = "Not presenting: run the other cells again for pictures of the usual size."


class Sheet(anywidget.AnyWidget):
    """Puts the projector's style sheet on the page (`on`), or takes it off."""

    _esm = HERE / "presenting.js"
    on = traitlets.Bool().tag(sync=True)
    sheet = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)


class Presenting(Block):
    """What `present` shows: a sentence, and the sheet that does it."""

    def __init__(self, on: bool):
        sheet = (HERE / "presenting.css").read_text(encoding="utf-8") if on else ""
        self.sheet = Sheet(on=on, sheet=sheet, text=ON if on else OFF)
        super().__init__([self.sheet])

    def __str__(self):
        return self.sheet.text


def present(on: bool = True) -> Presenting:
    """Make the notebook fit for a projector; ``present(False)`` goes back.

    Affects pictures made afterwards and, at once, all else on the page. Every question is awake.
    """
    style.set_presenting(on)
    start_awake(on)
    return Presenting(bool(on))
