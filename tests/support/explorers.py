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

    def wake(self) -> None:
        """Skip the question that the sliders wait for, if there is one."""
        skip = self.box.get_by_role("button", name="Skip")
        if skip.count() and skip.first.is_visible():
            skip.first.click()
        if self.sliders.count():  # some have a menu or a button only
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
            for gesture in ("End", "Home", 0.4):
                self._remember()
                if isinstance(gesture, str):
                    self.press(slider, gesture)
                else:
                    self.drag(slider, gesture, steps=4)
                followed += self._followed(slider)
            assert followed, f"slider {slider} changes neither picture nor sentence"
            moves += followed
        return moves

    def _remember(self) -> None:
        """Keep in the page what picture, sentence and sliders are now (pixels are long to send)."""
        self.box.evaluate(
            """box => {
                const canvas = box.querySelector('canvas.lossviz-canvas');
                box.before = {
                    pixels: canvas.toDataURL(),
                    sentence: canvas.getAttribute('aria-label'),
                    values: [...box.querySelectorAll('.lossviz-controls .noUi-handle')]
                        .map(handle => handle.getAttribute('aria-valuenow')),
                };
            }"""
        )

    def _followed(self, slider: int, patience: int = 20_000) -> bool:
        """Whether picture or sentence changes within the patience (ms), if the slider moved."""
        return self.box.evaluate(
            """async (box, [slider, patience]) => {
                const canvas = box.querySelector('canvas.lossviz-canvas');
                const handle = box.querySelectorAll('.lossviz-controls .noUi-handle')[slider];
                const { pixels, sentence, values } = box.before;
                if (handle.getAttribute('aria-valuenow') === values[slider]) return false;
                for (const end = performance.now() + patience; performance.now() < end; ) {
                    if (canvas.getAttribute('aria-label') !== sentence) return true;
                    if (canvas.toDataURL() !== pixels) return true;
                    await new Promise(done => setTimeout(done, 20));
                }
                return false;
            }""",
            [slider, patience],
        )

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
    """Choose each option, tick each box, press each button that is awake, new ones too.

    By the page's own click: hundreds of mouse movements would take minutes.
    """
    return page.evaluate(
        """async outputs => {
            const all = what => [...document.querySelectorAll(what.replaceAll('OUT', outputs))];
            const awake = node => node.isConnected && !node.disabled && node.offsetParent;
            const rest = () => new Promise(done => setTimeout(done, 30));
            let presses = 0;
            for (const select of all('OUT select').filter(awake))
                for (let i = 0; i < select.options.length; i++, presses++) {
                    select.selectedIndex = i;
                    select.dispatchEvent(new Event('change', { bubbles: true }));
                    await rest();
                }
            const pressed = new Set();
            const what = 'OUT button, OUT input[type=checkbox], OUT input[type=radio]';
            for (let round = 0; round < 6; round++) { // a press may bring up more: hints, steps
                const fresh = all(what).filter(node => awake(node) && !pressed.has(node));
                if (!fresh.length) break;
                for (const node of fresh) {
                    pressed.add(node);
                    if (!awake(node)) continue;
                    node.click();
                    presses++;
                    await rest();
                }
            }
            return presses;
        }""",
        OUTPUT,
    )


def wait_until_idle(page) -> None:
    """Wait until the kernel has dealt with everything sent so far."""
    page.evaluate(
        """async () => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            await kernel.requestExecute({ code: '', silent: true, store_history: false }).done;
        }"""
    )
    page.wait_for_timeout(300)
