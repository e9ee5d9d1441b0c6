"""Moves the explorers of an open notebook as hands do, and looks at what they show.

``operate_everything`` is the browser layer's test of one notebook: each slider by keyboard and by
mouse, each button, box and option. What a control means is not known here; that picture and
sentence follow the sliders, and that nothing goes wrong in page or kernel, is.
"""

OUTPUT = ".jp-OutputArea-output"


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

    def values(self, slider: int) -> str:
        """Where a slider stands, as it tells a screen reader."""
        return self.sliders.nth(slider).get_attribute("aria-valuenow")

    def wake(self) -> None:
        """Skip the question that the sliders wait for, if there is one."""
        skip = self.box.get_by_role("button", name="Skip")
        if skip.count() and skip.first.is_visible():
            skip.first.click()
            self.box.locator(".noUi-target:not([disabled])").first.wait_for()

    def operate(self) -> int:
        """Move every slider by keyboard and by mouse; return how often picture or sentence moved.

        Two gestures go to the ends by keyboard, one to the middle by mouse: a slider that changes
        neither picture nor sentence in any of them is dead.
        """
        self.box.scroll_into_view_if_needed()
        self.wake()
        moves = 0
        for slider in range(self.sliders.count()):
            followed = 0
            gestures = [("End", None), ("Home", None), (None, 0.4)]
            for key, fraction in gestures:
                where, pixels, sentence = self.values(slider), self.pixels(), self.sentence()
                if key:
                    self.press(slider, key)
                else:
                    self.drag(slider, fraction)
                if self.values(slider) != where:
                    followed += self.settled(pixels, sentence)
            assert followed, f"slider {slider} changes neither picture nor sentence"
            moves += followed
        return moves

    def settled(self, pixels: str, sentence: str, patience: int = 5000) -> bool:
        """Whether the picture or its sentence changes within the patience (ms)."""
        try:
            self.page.wait_for_function(
                """([canvas, pixels, sentence]) => canvas.toDataURL() !== pixels
                    || canvas.getAttribute('aria-label') !== sentence""",
                arg=[self.canvas.element_handle(), pixels, sentence],
                timeout=patience,
            )
        except self.timeout_error:
            return False
        return True

    @property
    def timeout_error(self):
        from playwright.sync_api import TimeoutError

        return TimeoutError

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


def operate_everything(notebook) -> dict:
    """Operate every explorer of a notebook that has run, then all other controls; count both."""
    page = notebook.page
    found = explorers(page)
    moves = sum(explorer.operate() for explorer in found)
    presses = press_everything(page)
    wait_until_idle(page)
    wrong = page.locator(f"{OUTPUT} .lossviz-error:visible").all_inner_texts()
    assert wrong == []
    return {"explorers": len(found), "moves": moves, "presses": presses}


def press_everything(page) -> int:
    """Choose each option, tick each box, press each button that is awake, new ones too."""
    presses = 0
    for dropdown in page.locator(f"{OUTPUT} select:enabled").all():
        for index in range(dropdown.locator("option").count()):
            dropdown.select_option(index=index)
            presses += 1
    for box in page.locator(f"{OUTPUT} input:is([type=checkbox], [type=radio]):enabled").all():
        if box.is_visible():
            box.click()
            presses += 1
    pressed = set()
    for _ in range(6):  # a press may bring up more: hints, further steps
        fresh = [b for b in _buttons(page) if b not in pressed]
        if not fresh:
            break
        for handle in fresh:
            pressed.add(handle)
            if _press(page, handle):
                presses += 1
    return presses


def _buttons(page) -> list[str]:
    """A lasting name for each button in the outputs, put on it as an attribute."""
    return page.evaluate(
        f"""() => [...document.querySelectorAll('{OUTPUT} button')].map(button => {{
            window.lossvizPressed ??= 0;
            button.dataset.press ??= `${{window.lossvizPressed++}}`;
            return button.dataset.press;
        }})"""
    )


def _press(page, name: str) -> bool:
    button = page.locator(f'{OUTPUT} button[data-press="{name}"]')
    if not (button.count() and button.is_visible() and button.is_enabled()):
        return False
    button.click()
    return True


def wait_until_idle(page) -> None:
    """Wait until the kernel has dealt with everything sent so far."""
    page.evaluate(
        """async () => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            await kernel.requestExecute({ code: '', silent: true, store_history: false }).done;
        }"""
    )
    page.wait_for_timeout(300)
