"""A run of style transfer while it goes on: a bar and the picture so far."""

import base64
import io

import numpy as np
from PIL import Image

from lossviz.page import stock
from lossviz.page.block import Block


class Watch(Block):
    """A bar and the picture so far, while a run goes on; every picture is kept.

    `start` is the picture that the run begins with, `report` what `transfer` calls back.
    """

    def __init__(self, start: np.ndarray, iterations: int):
        self.pictures = [start]
        self._iterations = iterations
        self._bar = stock.IntProgress(max=iterations, description="iterations")
        self._now = stock.HTML(_as_html(start, "the start: noise"))
        super().__init__([self._bar, self._now])

    def report(self, iteration: int, content: float, style: float, picture: np.ndarray) -> None:
        """Show one step: the callback of `style_transfer.transfer`.

        The losses are not shown: which of them falls first is the question that comes next.
        """
        self.pictures.append(picture)
        self._bar.value = iteration
        self._now.value = _as_html(picture, f"iteration {iteration} of {self._iterations}")

    def __str__(self):
        return f"The picture after each of {self._iterations} iterations, shown as the run goes on."


def _as_html(picture: np.ndarray, said: str) -> str:
    """The picture, four screen pixels for each of its own, over a line of text."""
    file = io.BytesIO()
    Image.fromarray((255 * picture).round().astype(np.uint8)).save(file, "PNG", compress_level=1)
    source = base64.b64encode(file.getvalue()).decode()
    look = f"width: {4 * len(picture)}px; image-rendering: pixelated"
    return (
        f'<img alt="{said}" style="{look}" src="data:image/png;base64,{source}"><div>{said}</div>'
    )
