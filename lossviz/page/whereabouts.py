"""Which notebook a page shows: the page says it, since no message of its own does.

One widget for the kernel, never on the page itself. Every page that opens it, also a reloaded one,
says the session id that its messages bear and the path of its notebook. It also brings the style
sheet that hides what stands for a view where no kernel runs.
"""

from __future__ import annotations

from pathlib import Path

import anywidget

from lossviz.page import cells

HERE = Path(__file__).parent


class Whereabouts(anywidget.AnyWidget):
    """Draws nothing; hears from each page which notebook it shows."""

    _esm = HERE / "whereabouts.js"
    _css = HERE / "whereabouts.css"

    def __init__(self):
        super().__init__()
        self.on_msg(lambda _, said, buffers: cells.shows(said["session"], said["notebook"]))


_asks: Whereabouts | None = None


def ask() -> None:
    """Make every page say which notebook it shows, now and when another one opens."""
    global _asks
    if cells.shell() is not None and (_asks is None or _asks.comm is None):
        _asks = Whereabouts()
