"""What stock widgets leave out for keyboards and screen readers, and how questions look."""

from pathlib import Path

import anywidget

HERE = Path(__file__).parent


class Manners(anywidget.AnyWidget):
    """Draws nothing. Brings the style sheet, names the group, and makes feedback be read out."""

    _esm = HERE / "manners.js"
    _css = HERE / "manners.css"
