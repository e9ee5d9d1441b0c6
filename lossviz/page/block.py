"""`Block`, the one base of every widget of ours that a cell may show.

It knows four things: its text; what stands on a page where no kernel runs; how to close with
everything in it; and the cell that made it, which closes it when it runs again. What a block shows
is its subclass's business.

A page shows one type of an output, and of the types it takes the widget's view whenever the view's
state was saved, kernel or no kernel. So the view is an output by itself, and what shows without a
kernel (the text, and an explorer's picture) are outputs beneath it, which `whereabouts.css` hides
while the view lives.
"""

from __future__ import annotations

import html
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import anywidget
import ipywidgets as widgets
from IPython import get_ipython
from IPython.display import display

from lossviz.page import cells, stock
from lossviz.page.words import to_html

VIEW = "application/vnd.jupyter.widget-view+json"
Output = tuple[dict, dict]  # its data and its metadata, each by type


class Block(widgets.VBox):
    """A box on the page. Subclasses say their text in ``__str__``."""

    _beside: list[widgets.Widget] = []  # noqa: RUF012  of a block that is half made

    def __init__(self, children=(), **options):
        self._beside: list[widgets.Widget] = []
        super().__init__(children, **options)
        self.add_class("lossviz-block")
        _ask_pages()
        cells.made(self)

    def keep(self, *parts: widgets.Widget) -> None:
        """Close these parts with the block, also while they are not among its children."""
        self._beside += parts

    def __str__(self) -> str:
        raise NotImplementedError(f"{type(self).__name__} must say its text")

    def without_kernel(self) -> Iterator[Output]:
        """What stands on a page where no kernel runs, from top to bottom."""
        yield text_output(str(self))

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        """The widget's view, and its text."""
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": str(self)}, {}

    def _ipython_display_(self) -> None:
        """Show the view, then what stands where no kernel runs."""
        view = {VIEW: self._repr_mimebundle_()[0][VIEW]}
        for data, metadata in ((view, {}), *self.without_kernel()):
            display(data, metadata=metadata, raw=True)

    def close(self) -> None:
        """Close the block with everything in it. Closing twice does nothing."""
        parts, self._beside = [*self._beside, *_held(self)], []
        self.unobserve_all()
        super().close()
        for part in parts:
            _close(part)


class Whereabouts(anywidget.AnyWidget):
    """Draws nothing. Each page that opens it says its notebook, and leaves its arrow keys to us."""

    _esm = Path(__file__).parent / "whereabouts.js"
    _css = Path(__file__).parent / "whereabouts.css"


_pages: list[Whereabouts] = []  # one for the kernel


def _ask_pages() -> None:
    if get_ipython() and not any(page.comm for page in _pages):
        _pages[:] = [Whereabouts()]
        _pages[0].on_msg(lambda _, said, buffers: cells.shows(said["session"], said["notebook"]))


def text_output(text: str, as_html: str = "") -> Output:
    """A text for a page without a kernel. `as_html` is the same one as HTML, if it is special.

    TeX between dollar signs is typeset by the page where it can, and is readable where it cannot.
    """
    lines = (as_html or to_html(text)).split("\n")
    indented = (line.replace("  ", "&emsp;") if line.startswith("  ") else line for line in lines)
    shown = "<br>\n".join(indented)
    return {"text/html": f'<div class="lossviz-still">{shown}</div>', "text/plain": text}, {}


def picture_output(png: bytes, sentence: str, at: str = "") -> Output:
    """A picture over its sentence, which is its alternative text too; `at` stands above a second.

    As HTML as well: neither nbconvert's usual page nor JupyterLab gives an `image/png` its `alt`.
    """
    code, said = b64encode(png).decode(), html.escape(sentence)
    over = f"{html.escape(at)}<br>" if at else ""
    note = "<br><small>(A saved picture. In Jupyter, Run → Run All Cells makes it live.)</small>"
    figure = (
        f'<figure class="lossviz-still" style="margin: 0">{over}'
        f'<img alt="{said}" src="data:image/png;base64,{code}">'
        f"<figcaption>{said}{'' if at else note}</figcaption></figure>"
    )
    data = {"text/html": figure, "image/png": code, "text/plain": f"{at}\n{sentence}".strip()}
    return data, {"image/png": {"alt": sentence}}


def _close(widget: widgets.Widget) -> None:
    """Close a widget with all that it holds; ipywidgets leaves styles, layouts and children."""
    if widget.comm is None:  # closed already
        return
    parts = list(_held(widget))
    widget.close()
    for part in parts:
        _close(part)


def _held(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    """The widgets in another widget's synced traits, but for a look that others have too."""
    for name in widget.keys:
        value = getattr(widget, name)
        for part in value if isinstance(value, list | tuple) else (value,):
            if isinstance(part, widgets.Widget) and not stock.is_shared(part):
                yield part


def prose(value: str = "", *classes: str, **options) -> widgets.HTMLMath:
    """A text on the page: HTML, with TeX between dollar signs."""
    made = stock.HTMLMath(value, **options)
    for name in classes:
        made.add_class(name)
    return made
