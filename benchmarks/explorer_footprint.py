"""What an explorer costs besides: other cells, the idle kernel, the memory of the browser.

    python benchmarks/explorer_footprint.py [--frames 20000] [--explorers 10] [--only notebook]

*Notebook*: after Run All of notebook 03 with its page connected, at pixel ratio 1 and 2, how much
CPU time the kernel takes and how many bytes of frames it sends in the next 40 s, and its memory
(PSS); then, while a slider is dragged once its frames are there, the share of a core that the
server takes.

The rest in real JupyterLab and headless Chromium, with the picture of ``slider_latency.py``:

*Other cells*: the same 0.4 s of work as a cell of its own, run just after a key on a slider (frames
are being drawn ahead) and once all is drawn, in turns. Seconds are those that the cell itself sees.
*Idle kernel*: CPU time of the kernel over ten untouched seconds, once all is drawn.
*Memory*: each explorer in turn is dragged along both its sliders, in two rounds; after each
explorer the page's own memory (all processes of Chromium, shared pages counted once), what the
explorers say they keep, and the kernel's resident memory. Bounded means: the second round adds next
to nothing to the first. Reads /proc: Linux only.
"""

import argparse
import contextlib
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from slider_latency import IMPORTS, ROOT, SCENE

sys.path.insert(0, str(ROOT / "tests"))
from support.jlab import CHROMIUM_ARGS, Lab, NotebookPage, find_chromium

WORK = """
import time
_start = time.perf_counter()
_total = 0
for _ in range(WORK): _total += sum(range(1000))
print("seconds", time.perf_counter() - _start)
"""
CPU = "import time; print('seconds', time.process_time())"
RESIDENT = "print('MB', int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6)"
WARM = 8  # s after which nothing is left to draw


class Bench(NotebookPage):
    """A notebook with a number of explorers, and cells that can be run again."""

    def run(self, code: str) -> float:
        """Run code in the kernel as a cell does; the number that it prints."""
        said = self.page.evaluate(
            """async code => {
                const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
                const future = kernel.requestExecute({ code, store_history: false });
                let said = '';
                future.onIOPub = m => { said += m.content.text ?? ""; };
                await future.done;
                return said;
            }""",
            code,
        )
        return float(said.split()[1])

    def key(self, explorer=0, key="ArrowRight"):
        """Press a key on an explorer's first slider."""
        self.page.locator(".lossviz-explorer").nth(explorer).locator(".noUi-handle").first.focus()
        self.page.keyboard.press(key)

    def frames(self) -> dict:
        """Frames wanted so far, and bytes kept, over all explorers of the page."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll('.lossviz-picture')]
                .map(el => el.lossvizStats())
                .reduce((sum, s) => ({
                    wanted: sum.wanted + s.hits + s.misses,
                    missed: sum.missed + s.misses,
                    bytes: sum.bytes + s.bytes,
                }), { wanted: 0, missed: 0, bytes: 0 })"""
        )

    def drag(self, explorer: int, slider: int, count: int):
        """Drag a handle back and forth until this many frames were wanted."""
        cdp = self.context.new_cdp_session(self.page)
        box = self.page.locator(".lossviz-explorer").nth(explorer)
        box.scroll_into_view_if_needed()
        handle = box.locator(".noUi-handle").nth(slider).bounding_box()
        track = box.locator(".noUi-base").nth(slider).bounding_box()
        left, right = track["x"] + 0.05 * track["width"], track["x"] + 0.95 * track["width"]
        x, y, step = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2, 3
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        goal, due = self.frames()["wanted"] + count, time.perf_counter()
        while True:
            for _ in range(30):
                x += step
                if not left < x < right:
                    step = -step
                event = {"type": "mouseMoved", "x": x, "y": y, "button": "left", "buttons": 1}
                cdp.send("Input.dispatchMouseEvent", event)
                due += 1 / 60
                time.sleep(max(0, due - time.perf_counter()))
            if self.frames()["wanted"] >= goal:
                break
        self.page.mouse.up()
        cdp.detach()


def chromium_memory() -> float:
    """Memory in MB of all processes of the Chromium started here, shared pages counted once."""
    children, chromium = {}, set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if b"chrom" in (entry / "cmdline").read_bytes().split(b"\0")[0]:
                chromium.add(int(entry.name))
        except OSError:  # it ended meanwhile
            continue
        children.setdefault(parent, []).append(int(entry.name))
    total, todo = 0, [os.getpid()]
    while todo:
        pid = todo.pop()
        todo += children.get(pid, ())
        if pid in chromium:
            with contextlib.suppress(OSError):
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1000


COUNT_SENT = """
from lossviz.explorer import wire
SENT, _send = [0], wire.Picture.send
def _counted(self, message, buffers=None):
    SENT[0] += sum(map(len, buffers or ()))
    return _send(self, message, buffers)
wire.Picture.send = _counted
"""
PSS = (
    "print('MB', sum(int(line.split()[1]) for line in open('/proc/self/smaps_rollup')"
    " if line.startswith('Pss:')) / 1000)"
)


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def after_run_all(browser, lab, ratio: int):
    """What the kernel of notebook 03 goes on doing, and the server's share of a warm drag."""
    name = "03_mse_from_the_normal.ipynb"
    bench = Bench(browser, lab, name, device_scale_factor=ratio).open()
    bench.execute(COUNT_SENT)
    bench.run_all()
    before, sent = bench.run(CPU), bench.run("print('bytes', SENT[0])")
    bench.page.wait_for_timeout(40_000)
    after, pss = bench.run(CPU), bench.run(PSS)
    sent = bench.run("print('bytes', SENT[0])") - sent
    print(
        f"03 at ratio {ratio}, in 40 s after Run All: {after - before:.2f} s of CPU, "
        f"{sent / 1e6:.2f} MB of frames; kernel PSS {pss:.0f} MB",
        flush=True,
    )
    box = bench.page.locator(".lossviz-explorer").first
    skip = box.get_by_text("Skip", exact=True)
    if skip.count():
        skip.first.click()
    bench.key()
    bench.page.wait_for_timeout(1000 * WARM)
    start, began = cpu_of(lab.process.pid), time.perf_counter()
    bench.drag(0, 0, 400)
    share = (cpu_of(lab.process.pid) - start) / (time.perf_counter() - began)
    print(f"    a warm drag: the server takes {100 * share:.1f} % of a core", flush=True)
    bench.close()


def other_cells(bench: Bench, rounds: int = 12):
    """Time a cell's work while frames are drawn ahead and while none are."""
    count = 20_000
    took = bench.run(WORK.replace("WORK", str(count)))
    code = WORK.replace("WORK", str(int(count * 0.4 / took)))
    bench.run(code)
    busy, still = [], []
    for turn in range(rounds):
        bench.key(key="ArrowRight" if turn % 2 else "ArrowLeft")
        bench.page.wait_for_timeout(200)
        busy.append(bench.run(code))
        bench.page.wait_for_timeout(1000 * WARM)
        still.append(bench.run(code))
    for name, of in (("median", statistics.median), ("fastest", min)):
        print(
            f"Other cells, {name}: {1000 * of(busy):.1f} ms while frames are drawn ahead, "
            f"{1000 * of(still):.1f} ms while none are: × {of(busy) / of(still):.3f}",
            flush=True,
        )


def idle(bench: Bench, seconds: int = 10):
    """CPU time of the kernel while nobody touches anything."""
    bench.key()
    bench.page.wait_for_timeout(1000 * WARM)
    start = bench.run(CPU)
    bench.page.wait_for_timeout(1000 * seconds)
    share = (bench.run(CPU) - start) / seconds
    print(f"Idle kernel once warm: {100 * share:.2f} % of a core", flush=True)


def memory(bench: Bench, explorers: int, frames: int):
    """Drag every explorer along both sliders, twice."""
    print("\n| round | explorer | frames | missed | Chromium MB | kept MB | kernel MB |")
    print("|---|---|---|---|---|---|---|")

    def row(turn, explorer):
        seen = bench.frames()
        print(
            f"| {turn} | {explorer} | {seen['wanted']} | {seen['missed']} | "
            f"{chromium_memory():.0f} | {seen['bytes'] / 1e6:.0f} | {bench.run(RESIDENT):.0f} |",
            flush=True,
        )

    row(0, "–")
    for turn in (1, 2):
        for explorer in range(explorers):
            for slider in (0, 1):
                bench.drag(explorer, slider, frames // explorers // 4)
            bench.page.wait_for_timeout(2000)
            row(turn, explorer)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--explorers", type=int, default=10)
    parser.add_argument("--only", choices=["notebook"], help="leave the rest out")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "notebooks"
        root.mkdir()
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        again = [new_code_cell("explore(bench)") for _ in range(options.explorers - 1)]
        cells = [new_code_cell(IMPORTS), new_code_cell(SCENE), *again]
        nbformat.write(new_notebook(cells=cells, metadata=kernel), root / "bench.ipynb")
        shutil.copy(ROOT / "notebooks" / "03_mse_from_the_normal.ipynb", root)
        with Lab(root, Path(scratch)) as lab, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find_chromium(), args=CHROMIUM_ARGS
            )
            for ratio in (1, 2):
                after_run_all(browser, lab, ratio)
            if options.only:
                return
            bench = Bench(browser, lab, "bench.ipynb").open()
            bench.run_all()
            bench.page.wait_for_timeout(1000 * WARM)
            other_cells(bench)
            idle(bench)
            memory(bench, options.explorers, options.frames)
            bench.close()


if __name__ == "__main__":
    main()
