"""Moves the explorers of an open notebook as hands do, and looks at what they show."""


class ExplorerOnPage:
    """One explorer in JupyterLab's page."""

    def __init__(self, page, locator):
        self.page = page
        self.box = locator
        self.canvas = locator.locator("canvas.lossviz-canvas")
        self.readout = locator.locator("p.lossviz-readout")
        self.sliders = locator.locator(".lossviz-controls .noUi-handle")

    def pixels(self) -> str:
        """The picture, as a data URL."""
        return self.canvas.evaluate("canvas => canvas.toDataURL()")

    def sentence(self) -> str:
        """The sentence under the picture; its text alternative must be the same one."""
        said, label = self.canvas.evaluate(
            """canvas => [
                canvas.closest('.lossviz-picture').querySelector('.lossviz-readout').textContent,
                canvas.getAttribute('aria-label'),
            ]"""
        )
        assert said == label
        return said

    def wait_for_change(self, pixels: str, sentence: str) -> None:
        """Wait until both the picture and the sentence are other ones."""
        self.page.wait_for_function(
            """([canvas, pixels, sentence]) => canvas.toDataURL() !== pixels
                && canvas.getAttribute('aria-label') !== sentence""",
            arg=[self.canvas.element_handle(), pixels, sentence],
            timeout=30_000,
        )

    def press(self, slider: int, key: str) -> None:
        """Focus a slider and press a key."""
        self.sliders.nth(slider).focus()
        self.page.keyboard.press(key)

    def drag(self, slider: int, fraction: float, steps: int = 12) -> None:
        """Drag a slider's handle with the mouse to a fraction of its track."""
        handle = self.sliders.nth(slider)
        handle.scroll_into_view_if_needed()
        start = handle.bounding_box()
        base = handle.locator("xpath=ancestor::*[contains(@class, 'noUi-base')]").bounding_box()
        middle = start["y"] + start["height"] / 2
        self.page.mouse.move(start["x"] + start["width"] / 2, middle)
        self.page.mouse.down()
        self.page.mouse.move(base["x"] + fraction * base["width"], middle, steps=steps)
        self.page.mouse.up()


def explorers(page) -> list[ExplorerOnPage]:
    """Every explorer of the page, from top to bottom."""
    return [ExplorerOnPage(page, box) for box in page.locator(".lossviz-explorer").all()]
