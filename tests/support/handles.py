"""Takes hold of every handle of an explorer in the page, as a hand with a mouse does."""


def drag_every_handle(explorer) -> int:
    """Drag each handle from end to end of its sliders; return how many there are.

    At each end its sliders are at theirs, picture or sentence are other ones, and the handle stands
    within 2 px of the place that the frame gives it.
    """
    page, box = explorer.page, explorer.element
    if not box.evaluate(f"box => {STATS}.handles.length"):
        return 0
    explorer.look()
    numbers = box.evaluate(NUMBERS_OF_THE_VISIBLE)
    for number in numbers:
        page.mouse.move(*box.evaluate(WHERE_IT_IS_TOPMOST, number))
        box.evaluate(TRACKS_COME, number)
        page.mouse.down()
        for end in (0, 1):
            page.mouse.move(*box.evaluate(PLACE_OF_END, [number, end]), steps=2)
            wrong = box.evaluate(WHAT_IS_WRONG, [number, end])
            assert not wrong, f"handle {number} at end {end} of its slider: {wrong}: {explorer}"
        page.mouse.up()
    return len(numbers)


def centre(locator) -> tuple[float, float]:
    rect = locator.bounding_box()
    return rect["x"] + rect["width"] / 2, rect["y"] + rect["height"] / 2


# The handles in view of a hand, by number.
NUMBERS_OF_THE_VISIBLE = """box => [...box.querySelectorAll('.lossviz-handle')]
    .map((node, number) => [node, number]).filter(([node]) => node.offsetParent)
    .map(([, number]) => number)"""

# A point of the handle that no other one covers.
WHERE_IT_IS_TOPMOST = """(box, number) => {
    const node = box.querySelectorAll('.lossviz-handle')[number];
    node.scrollIntoView({ block: 'center' });
    const { left, top, width, height } = node.getBoundingClientRect(), y = top + height / 2;
    for (const part of [0.5, 0.25, 0.75, 0.17, 0.83, 0.12, 0.38, 0.62, 0.88])
        if (document.elementFromPoint(left + part * width, y) === node)
            return [left + part * width, y];
    throw new Error(`another handle hides ${node.dataset.parameters}`);
}"""

STATS = "box.querySelector('.lossviz-picture').lossvizStats()"

# The places that the handle may take are sent once a hand comes near.
TRACKS_COME = (
    """async (box, number) => {
    for (const limit = performance.now() + 60000; !STATS.handles[number].tracks; ) {
        if (performance.now() > limit) throw new Error('the ways of a handle do not come');
        await new Promise(done => setTimeout(done, 20));
    }
}"""
).replace("STATS", STATS)

# Where in the page a hand pulls the handle so that its sliders go to their low (0) or high (1) end.
PLACE_OF_END = (
    """(box, [number, end]) => {
    const { handles, steps } = STATS, { tracks: [first, second], sliders } = handles[number];
    let [x, y] = end ? first.slice(-2) : first;
    const canvas = box.querySelector('canvas').getBoundingClientRect();
    if (second) {
        const here = 2 * steps[sliders[1]], [u, v] = end ? second.slice(-2) : second;
        x += u - second[here];
        y += v - second[here + 1];
    } else { // and on beyond it: on a flat curve many steps share the last pixel
        const [a, b] = end ? first.slice(-4) : first.slice(2);
        const [dx, dy] = [(x - a) * canvas.width, (y - b) * canvas.height];
        const far = 30 / (Math.hypot(dx, dy) || 1);
        x += far * dx / canvas.width;
        y += far * dy / canvas.height;
    }
    return [canvas.left + x * canvas.width, canvas.top + y * canvas.height];
}"""
).replace("STATS", STATS)

# Waits for the frame of the hand; says what is wrong with where things stand, or nothing.
WHAT_IS_WRONG = (
    """async (box, [number, end]) => {
    for (const limit = performance.now() + 60000; ;) {
        const { handles, steps, places, shown, want } = STATS;
        const { sliders, counts } = handles[number];
        const [at, wanted] = [sliders.map(s => steps[s]), end ? counts : counts.map(() => 0)];
        const there = String(at) === String(wanted);
        if (there && shown === want) {
            const [x, y] = places.slice(2 * number, 2 * number + 2);
            const canvas = box.querySelector('canvas').getBoundingClientRect();
            const node = box.querySelectorAll('.lossviz-handle')[number].getBoundingClientRect();
            const off = Math.hypot(node.left + node.width / 2 - canvas.left - x * canvas.width,
                node.top + node.height / 2 - canvas.top - y * canvas.height);
            const drawn = box.querySelector('canvas');
            const seen = drawn.ariaLabel + drawn.toDataURL();
            if (end && seen === box.atLowEnd) return 'neither picture nor sentence has moved';
            box.atLowEnd = seen;
            return off > 2 ? `it stands ${off.toFixed(1)} px off its place` : '';
        }
        if (performance.now() > limit)
            return there ? `${shown} is shown for ${want}` : `steps ${at}, wanted ${wanted}`;
        await new Promise(done => setTimeout(done, 20));
    }
}"""
).replace("STATS", STATS)
