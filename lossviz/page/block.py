"""`Block`, the one base of every widget of ours that a cell may show.

It knows four things: its text, which is the cell's ``text/plain``; its picture for places where no
kernel runs, if it has one; how to close with everything in it; and the cell that made it, which
closes it when it runs again. What a block shows is its subclass's business.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

import ipywidgets as widgets

from lossviz.page import cells


class Block(widgets.VBox):
    """A box on the page. Subclasses say their text in ``__str__``."""

    def __init__(self, children=(), **options):
        self._beside: list[widgets.Widget] = []
        super().__init__(children, **options)
        cells.made(self)

    def keep(self, *parts: widgets.Widget) -> None:
        """Close these parts with the block, also while they are not among its children."""
        self._beside += parts

    def __str__(self) -> str:
        raise NotImplementedError(f"{type(self).__name__} must say its text")

    def picture_png(self) -> bytes | None:
        """The picture for places without a kernel, as a PNG file; None where there is none."""
        return None

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        """The widget's view; without a kernel the text, and the picture if there is one."""
        made = super()._repr_mimebundle_(**kwargs) or {}
        data, metadata = made if isinstance(made, tuple) else (made, {})
        data = {**data, "text/plain": str(self)}
        if (png := self.picture_png()) is not None:
            data["image/png"] = b64encode(png).decode()
        return data, metadata

    def close(self) -> None:
        """Close the block with everything in it. Closing twice does nothing."""
        parts, self._beside = [*self._beside, *_held(self)], []
        self.unobserve_all()
        super().close()
        for part in parts:
            _close(part)


def _close(widget: widgets.Widget) -> None:
    """Close a widget with all that it holds; ipywidgets leaves styles, layouts and children."""
    if widget.comm is None:  # closed already
        return
    parts = list(_held(widget))
    widget.close()
    for part in parts:
        _close(part)


def _held(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    """The widgets in another widget's synced traits: its children, layout, style."""
    for name in widget.keys:
        value = getattr(widget, name)
        for part in value if isinstance(value, list | tuple) else (value,):
            if isinstance(part, widgets.Widget):
                yield part


def prose(value: str = "", *classes: str) -> widgets.HTMLMath:
    """A text on the page: HTML, with TeX between dollar signs."""
    made = widgets.HTMLMath(value)
    for name in classes:
        made.add_class(name)
    return made
