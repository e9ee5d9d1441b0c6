"""Moves the explorers of an open notebook as hands do, and looks at what they show.

``operate_everything`` is the browser layer's test of one notebook: each slider by keyboard and by
mouse, each button, box and option. What a control means is not known here; that picture and
sentence follow the sliders, and that nothing goes wrong in page or kernel, is.
"""

import time
from functools import cached_property

from support.handles import STATS, drag_every_handle

OUTPUT = ".jp-OutputArea-output"
PATIENCE = 120_000  # ms until a gesture without an answer counts as unanswered; no speed test

# What is shown and wanted before a gesture.
REMEMBER = (
    """box => {
    const canvas = box.querySelector('canvas.lossviz-canvas');
    box.before = [canvas.toDataURL(), canvas.getAttribute('aria-label')];
    box.wanted = STATS.want;
}"""
).replace("STATS", STATS)

# Brings a slider into view, with the focus on it; where its handle and its track are.
TAKE_SLIDER = (
    """(box, slider) => {
    const handle = box.querySelectorAll('.lossviz-controls .noUi-handle')[slider];
    const { top, bottom } = handle.getBoundingClientRect();
    if (top < 150 || bottom > innerHeight - 100) handle.scrollIntoView({ block: 'center' });
    handle.focus({ preventScroll: true });
    box.wanted = STATS.want;
    return [handle, handle.closest('.noUi-base')].map(node => node.getBoundingClientRect());
}"""
).replace("STATS", STATS)

# Whether the gesture has made the page want another frame; at an end already, it will not.
HEARD = (
    """async box => {
    for (const end = performance.now() + 2000; STATS.want === box.wanted; ) {
        if (performance.now() > end) return false;
        await new Promise(done => setTimeout(done, 10));
    }
    return true;
}"""
).replace("STATS", STATS)

# Waits until the frame of the sliders' values is shown; whether picture or sentence are other ones.
FOLLOWED = (
    r"""async (box, limit) => {
    const canvas = box.querySelector('canvas.lossviz-canvas');
    // a value off its grid stands there in full; an option's text may hold a = too
    const place = key => key?.replace(/(?<=[|,])=[-+.e\d]+(?=,|$)/g,
        v => '=' + (+v.slice(1)).toFixed(9));
    const said = () => canvas.getAttribute('aria-label');
    const start = performance.now();
    for (let seen; ; await new Promise(done => setTimeout(done, 20))) {
        seen = STATS;
        const rests = place(seen.shown) === place(seen.want);
        // a slider that stays where it is may not have heard of the gesture yet
        if (rests && (seen.want !== box.wanted || performance.now() > start + 2000)) break;
        if (!rests && performance.now() > start + limit)
            throw new Error(`the picture stays behind its slider: ${said()} is shown `
                + `for ${seen.shown}, but the slider is at ${seen.want}`);
    }
    return said() !== box.before[1] || canvas.toDataURL() !== box.before[0];
}"""
).replace("STATS", STATS)


class ExplorerOnPage:
    """One explorer in JupyterLab's page."""

    def __init__(self, page, locator):
        self.page = page
        self.box = locator
        self.canvas = locator.locator("canvas.lossviz-canvas")
        self.readout = locator.locator("p.lossviz-readout")
        self.sliders = locator.locator(".lossviz-controls .noUi-handle")

    @cached_property
    def element(self):
        """The explorer's own node; `leave` lets go of it, or no notebook of a page ever would."""
        return self.box.element_handle()

    def leave(self) -> None:
        """Let the page forget the explorer once its notebook is closed."""
        self.element.dispose()
        del self.element

    def pixels(self) -> str:
        """The picture, as a data URL."""
        return self.canvas.evaluate("canvas => canvas.toDataURL()")

    def count_pictures(self) -> int:
        """How many pictures it has shown, of those that were there at such a call."""
        return self.element.evaluate(
            """box => {
                const canvas = box.querySelector('canvas.lossviz-canvas');
                return (box.seen ??= new Set()).add(canvas.toDataURL()).size;
            }"""
        )

    def sentence(self) -> str:
        """The sentence under the picture; its text alternative must be the same one."""
        said, label = self.canvas.evaluate(
            """canvas => [
                canvas.closest('.lossviz-picture').querySelector('.lossviz-readout').textContent,
                canvas.getAttribute('aria-label'),
            ]"""
        )
        assert said == label, "the picture's text alternative is not the sentence under it"
        return said

    def wait_for_change(self, pixels: str, sentence: str) -> None:
        """Wait until both the picture and the sentence are other ones."""
        self.page.wait_for_function(
            """([canvas, pixels, sentence]) => canvas.toDataURL() !== pixels
                && canvas.getAttribute('aria-label') !== sentence""",
            arg=[self.canvas.element_handle(), pixels, sentence],
            timeout=PATIENCE,
        )

    def press(self, slider: int, key: str) -> None:
        """Focus a slider and press a key."""
        self.sliders.nth(slider).focus()
        self.page.keyboard.press(key)

    def look(self) -> None:
        """Scroll to the picture, which is drawn once it is near the screen."""
        self.element.evaluate(
            """async box => {
                const canvas = box.querySelector('canvas.lossviz-canvas');
                const stats = () => canvas.closest('.lossviz-picture').lossvizStats();
                const near = () => { // cells above that are drawn late push the picture away again
                    const { top, bottom } = canvas.getBoundingClientRect();
                    if (top < 150 || bottom > innerHeight - 100)
                        canvas.scrollIntoView({ block: 'center' });
                };
                near();
                for (const end = performance.now() + 120000; !stats().since; near()) {
                    if (performance.now() > end) throw new Error('no picture comes');
                    await new Promise(done => setTimeout(done, 20));
                }
            }"""
        )

    def wake(self) -> None:
        """Skip the question that the sliders wait for, if there is one; or pick a row for it."""
        self.element.evaluate(
            """async box => {
                const visible = node => node.offsetParent !== null;
                const asleep = () => ['.noUi-target[disabled]', ':disabled'] // buttons too
                    .some(what => box.querySelector(`.lossviz-controls ${what}`));
                const skip = [...box.querySelectorAll('button')]
                    .find(node => node.textContent.trim() === 'Skip');
                if (skip && visible(skip)) skip.click();
                if (!skip && asleep())
                    box.querySelector('.lossviz-question input[type=radio]')?.click();
                for (const end = performance.now() + 120000; asleep(); ) {
                    if (performance.now() > end) throw new Error('the controls do not wake');
                    await new Promise(done => setTimeout(done, 20));
                }
            }"""
        )

    def operate(self) -> int:
        """Move every slider by keyboard, the first by mouse too, then every handle; count.

        One function draws the pictures of all derivations, whose sliders all move in the kernel
        (`driver`): of those the first is moved here, by keyboard.

        Each slider goes to one end, and the page must want another frame at once; whether that one
        differs is asked of a scene where it costs less, in the kernel. Then the picture and the
        sentence must be the sliders', and other ones than before, as after the mouse. What a
        gesture needs of the page is asked in one go, since a page this large answers slowly.
        """
        self.wake()
        self.look()
        self.count_pictures()
        box, count = self.element, self.sliders.count()
        box.evaluate(REMEMBER)
        derivation = box.evaluate("box => Boolean(box.querySelector('.lossviz-formula'))")
        pressed = min(count, 1) if derivation else count
        for slider in range(pressed):
            for key in ("End", "Home"):
                box.evaluate(TAKE_SLIDER, slider)
                self.page.keyboard.press(key)
                if heard := box.evaluate(HEARD):
                    break
            assert heard, f"slider {slider} moves nothing in the page: {self}"
        moved = count and box.evaluate(FOLLOWED, PATIENCE)
        dragged = bool(count) and not derivation
        if dragged:
            box.evaluate(REMEMBER)
            self._drag(*box.evaluate(TAKE_SLIDER, 0), 0.4, steps=1)
            moved = box.evaluate(FOLLOWED, PATIENCE) or moved
        assert moved or not count, f"sliders change neither picture nor sentence: {self}"
        handles = drag_every_handle(self)
        self.count_pictures()
        return pressed + dragged + 2 * handles

    def picture_has_changed(self) -> None:
        """Fail if the picture is the one that it was at first, whatever was moved since.

        Seen again after a while, it shows the frame it had until the kernel has sent its own.
        """
        end = time.monotonic() + PATIENCE / 1000
        while self.count_pictures() == 1 and time.monotonic() < end:
            self.page.wait_for_timeout(100)
        assert self.count_pictures() > 1, f"the picture never changed: {self}"

    def __str__(self):
        return f"the explorer that says {self.sentence()!r}"

    def drag(self, slider: int, fraction: float, steps: int = 12) -> None:
        """Drag a slider's handle with the mouse to a fraction of its track."""
        handle = self.sliders.nth(slider)
        handle.scroll_into_view_if_needed()
        base = handle.locator("xpath=ancestor::*[contains(@class, 'noUi-base')]")
        self._drag(handle.bounding_box(), base.bounding_box(), fraction, steps)

    def _drag(self, handle: dict, base: dict, fraction: float, steps: int) -> None:
        middle = handle["y"] + handle["height"] / 2
        self.page.mouse.move(handle["x"] + handle["width"] / 2, middle)
        self.page.mouse.down()
        self.page.mouse.move(base["x"] + fraction * base["width"], middle, steps=steps)
        self.page.mouse.up()


def explorers(page) -> list[ExplorerOnPage]:
    """Every explorer of the page, from top to bottom."""
    return [ExplorerOnPage(page, box) for box in page.locator(".lossviz-explorer").all()]


def sentences(page) -> list[str]:
    """The sentence under every picture of the page; each picture's text alternative is the same."""
    both = page.evaluate(
        """() => [...document.querySelectorAll('.lossviz-explorer canvas.lossviz-canvas')].map(
            canvas => [
                canvas.closest('.lossviz-picture').querySelector('.lossviz-readout').textContent,
                canvas.getAttribute('aria-label'),
            ])"""
    )
    for said, label in both:
        assert said == label, "the picture's text alternative is not the sentence under it"
    return [said for said, _ in both]


def operate_everything(notebook) -> dict:
    """Operate every explorer of a notebook that has run, then all other controls; count both."""
    page = notebook.page
    found = explorers(page)
    moves = sum(explorer.operate() for explorer in found)
    presses = press_everything(page)
    sentences_are_those_of_the_kernel(notebook)
    for explorer in found:  # a slider may move the sentence alone until an option is chosen
        if explorer.count_pictures() == 1:
            explorer.look()
        explorer.picture_has_changed()
        explorer.leave()
    wrong = page.locator(f"{OUTPUT} .lossviz-error:visible").all_inner_texts()
    assert wrong == [], f"errors under the pictures: {wrong}"
    return {"explorers": len(found), "moves": moves, "presses": presses}


READOUTS = """
import gc as _gc, json as _json
from lossviz.explorer.live import Explorer as _Explorer
_open = [e for e in _gc.get_objects() if isinstance(e, _Explorer) and e.comm is not None]
_readouts = _json.dumps([e.readout for e in _open])
"""


def sentences_are_those_of_the_kernel(notebook) -> None:
    """Once all is at rest every sentence on the page is one that an explorer in the kernel says."""
    for _ in range(20):  # what the last press changed may still be on its way
        said = notebook.ask(READOUTS, "_readouts")
        spoken = sentences(notebook.page)
        wrong = [sentence for sentence in spoken if sentence not in said]
        if not wrong:
            return
        notebook.page.wait_for_timeout(500)
    pages = notebook.page.evaluate(PAGES_SIDE, wrong)
    raise AssertionError(f"sentences that no explorer says: {wrong}; said: {said}; page: {pages}")


# What the page knows of the pictures that say these sentences.
PAGES_SIDE = """wrong => [...document.querySelectorAll('.lossviz-picture')]
    .filter(each => wrong.includes(each.querySelector('.lossviz-readout').textContent))
    .map(each => (({ want, shown, since, steps, keys }) =>
        ({ want, shown, since, steps, keys: keys.slice(0, 20) }))(each.lossvizStats()))"""


def press_everything(page) -> int:
    """Choose each option, tick each box, press each button that is awake, new ones too.

    By the page's own click: hundreds of mouse movements would take minutes. The sliders' resets are
    pressed once for each explorer; every one of them is in the kernel (`driver`).
    """
    return page.evaluate(
        """async outputs => {
            const all = what => [...document.querySelectorAll(what.replaceAll('OUT', outputs))];
            const awake = node => node.isConnected && !node.disabled && node.offsetParent;
            const rest = () => new Promise(done => setTimeout(done, 30));
            const another = node => node.matches('.lossviz-reset')
                && node !== node.closest('.lossviz-explorer').querySelector('.lossviz-reset');
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
                const fresh = all(what).filter(
                    node => awake(node) && !pressed.has(node) && !another(node));
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
