"""From a hand on a slider to the painted picture: our explorer beside the usual ways.

    python benchmarks/slider_latency.py [--quick] [--dpr 1 2] [--only explore interact …]

In real JupyterLab and headless Chromium, all ways in one run, one 900 × 400 picture with two axes:

=============  =====================================================================
``interact``   ipywidgets.interact, a new figure and plt.show() for every value
``ipympl``     the interactive Matplotlib canvas, artists updated, draw_idle()
``round trip`` slider to Label: the kernel answers, nothing is drawn
``explore``    this project's explorer; *warm* once its frames are drawn ahead
``script``     the same curves drawn by JavaScript alone, no kernel at all
=============  =====================================================================

*Step*: arrow key (event time stamp) to the end of the first animation frame in which the picture's
pixels were other ones. *Drag*: mouse moves at 60 Hz over a triangle path for three seconds; frames
are the animation frames in which the picture had changed. *Cold*: the hand is on the slider as soon
as the picture is there, and moves at once, or 300 ms after the pointer came (*warned*): the first
twelve steps of several starts, all together; beside them the script's first steps, taken in the
same way, since a page that has just opened is slower for both. *Handle*: the point on the curve is
dragged in place of the slider. *Right*: the frame left after a drag is the one that its value shows
when it is reached again by keys. Ratios matter, absolute times depend on the machine. ipympl is
measured if it is installed. The kernel's websocket has TCP_NODELAY as the project sets it (--nagle:
not).
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from support.jlab import CHROMIUM_ARGS, Lab, find_chromium  # noqa: E402

IMPORTS = """
import anywidget, ipywidgets, matplotlib.pyplot, numpy
import lossviz.explorer.live
"""
CURVES = """
import numpy as np
GRID = np.linspace(-6, 6, 400)
Y = np.random.default_rng(1).normal(0, 2, 50)
def density(sigma, mu=0.0):
    return np.exp(-((GRID - mu) ** 2) / 2 / sigma**2) / sigma / np.sqrt(2 * np.pi)
SIGMAS = np.linspace(0.5, 5.62, 400)
def nll(sigma, mu=0.0):
    return np.mean((Y - mu) ** 2) / 2 / sigma**2 + np.log(sigma)
"""
SCENE = (
    CURVES
    + """
from lossviz import Slider, explore, grab, scene
@scene(sigma=Slider(0.5, 5.62, 0.01, 2.0, "σ"), mu=Slider(-3.0, 3.0, 0.05, 0.0, "μ"))
def bench(fig):
    "A density and its mean NLL."
    left, right = fig.subplots(1, 2)
    left.set_ylim(0, 0.8)
    (curve,) = left.plot(GRID, density(2.0))
    right.set_ylim(0, 6)
    (line,) = right.plot(SIGMAS, nll(SIGMAS))
    (point,) = right.plot([2.0], [nll(2.0)], "o")
    grab(right, "sigma", at=lambda sigma, mu: (sigma, nll(sigma, mu)))
    def update(sigma, mu):
        curve.set_ydata(density(sigma, mu))
        line.set_ydata(nll(SIGMAS, mu))
        point.set_data([sigma], [nll(sigma, mu)])
        return f"σ = {sigma:.2f}, μ = {mu:.2f}: mean NLL {nll(sigma, mu):.4f} nats."
    return update
explore(bench)
"""
)
INTERACT = (
    CURVES
    + """
import matplotlib.pyplot as plt
from ipywidgets import FloatSlider, interact
def show(sigma):
    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), dpi=100)
    left.set_ylim(0, 0.8); left.plot(GRID, density(sigma))
    right.set_ylim(0, 6); right.plot(SIGMAS, nll(SIGMAS)); right.plot([sigma], [nll(sigma)], "o")
    plt.show()
interact(show, sigma=FloatSlider(value=2.0, min=0.5, max=5.62, step=0.01))
None
"""
)
IPYMPL = (
    """%matplotlib widget
"""
    + CURVES
    + """
import matplotlib.pyplot as plt
from ipywidgets import FloatSlider
from IPython.display import display
plt.ioff()
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), dpi=100)
left.set_ylim(0, 0.8); (curve,) = left.plot(GRID, density(2.0))
right.set_ylim(0, 6); right.plot(SIGMAS, nll(SIGMAS)); (point,) = right.plot([2.0], [nll(2.0)], "o")
slider = FloatSlider(value=2.0, min=0.5, max=5.62, step=0.01)
def moved(change):
    curve.set_ydata(density(change["new"])); point.set_data([change["new"]], [nll(change["new"])])
    fig.canvas.draw_idle()
slider.observe(moved, "value")
display(fig.canvas, slider)
"""
)
ROUND_TRIP = """
from ipywidgets import FloatSlider, Label, VBox
slider, label = FloatSlider(value=2.0, min=0.5, max=5.62, step=0.01), Label("2.00")
label.add_class("bench-label")
slider.observe(lambda change: setattr(label, "value", f"{change['new']:.2f}"), "value")
VBox([label, slider])
"""
SCRIPT = """
import anywidget, traitlets
from ipywidgets import FloatSlider, VBox, widget_serialization
class Drawn(anywidget.AnyWidget):
    slider = traitlets.Any().tag(sync=True, **widget_serialization)
    _esm = '''export default { async render({ model, el }) {
      const ref = model.get("slider").replace("IPY_MODEL_", "");
      const slider = await model.widget_manager.get_model(ref);
      const ratio = window.devicePixelRatio, c = el.appendChild(document.createElement("canvas"));
      c.className = "bench-script"; c.width = 900 * ratio; c.height = 400 * ratio;
      c.style.width = "900px"; const g = c.getContext("2d"); g.scale(ratio, ratio);
      const draw = () => { const s = slider.get("value"); g.fillStyle = "#fff";
        g.fillRect(0, 0, 900, 400); g.strokeStyle = "#0072B2"; g.lineWidth = 2;
        g.strokeRect(40, 10, 400, 350); g.strokeRect(490, 10, 400, 350);
        const bell = x => Math.exp(-((x * 12 - 6) ** 2) / 2 / s / s) / s / 2.5066;
        const nll = x => 2 / (x * 5 + .5) ** 2 + Math.log(x * 5 + .5) + s / 50;
        for (const [x0, f, top] of [[40, bell, .8], [490, nll, 6]]) {
          g.beginPath(); for (let i = 0; i < 400; i++)
            g.lineTo(x0 + i, 360 - 350 * Math.min(f(i / 400) / top, 1)); g.stroke(); }
        g.fillStyle = "#222"; g.font = "16px sans-serif";
        g.fillText("σ = " + s.toFixed(2), 60, 40); };
      slider.on("change:value", draw); draw(); } };'''
slider = FloatSlider(value=2.0, min=0.5, max=5.62, step=0.01)
VBox([Drawn(slider=slider), slider])
"""
WAYS = {
    "interact": (INTERACT, ".jp-OutputArea-output img"),
    "ipympl": (IPYMPL, ".jupyter-matplotlib-canvas-div canvas:first-of-type"),
    "round trip": (ROUND_TRIP, ".bench-label"),
    "explore": (SCENE, "canvas.lossviz-canvas"),
    "script": (SCRIPT, ".bench-script"),
}

PROBE = """
(() => {
  const B = (window.bench = { on: false, frames: [], keys: [], moves: 0 });
  const pad = document.createElement("canvas");
  const pen = pad.getContext("2d", { willReadFrequently: true });
  B.look = () => {  // a number that stands for what the picture shows
    const all = document.querySelectorAll(B.selector), node = all[all.length - 1];
    if (!node) return null;
    if (!/^(IMG|CANVAS)$/.test(node.tagName)) return node.textContent;
    if (node.tagName === "IMG" && !(node.complete && node.naturalWidth)) return null;
    const w = node.naturalWidth || node.width, h = node.naturalHeight || node.height;
    if (!w) return null;
    pad.width = w >> 1; pad.height = 64;  // a band across the picture, through the left curve
    pen.drawImage(node, 0, h * 0.55, w, h * 0.3, 0, 0, pad.width, 64);
    const px = new Uint32Array(pen.getImageData(0, 0, pad.width, 64).data.buffer);
    if (px.every((p) => p === px[0])) return null;  // nothing drawn yet
    let sum = w; for (let i = 0; i < px.length; i++) sum = (Math.imul(sum, 31) + px[i]) | 0;
    return sum;
  };
  const loop = () => {
    requestAnimationFrame(loop);
    if (!B.on) return;
    const seen = B.look();
    if (seen === null || seen === B.last) return;
    B.last = seen;
    const frame = { t: performance.now(), seen };
    B.frames.push(frame);
    const after = new MessageChannel();  // runs once this frame's painting is committed
    after.port1.onmessage = () => { frame.t = performance.now(); };
    after.port2.postMessage(0);
  };
  requestAnimationFrame(loop);
  addEventListener("keydown", (e) => { if (B.on) B.keys.push(e.timeStamp); }, true);
  addEventListener("pointermove", () => { if (B.on) B.moves++; }, true);
  B.start = (selector) => { B.selector = selector; B.reset(); B.on = true; };
  B.reset = () => { B.frames = []; B.keys = []; B.moves = 0; B.last = B.look(); };
})();
"""


class Run:
    """One way in one notebook at one pixel ratio."""

    def __init__(self, lab, browser, way, ratio):
        self.lab, self.browser, self.way, self.ratio = lab, browser, way, ratio
        self.code, self.selector = WAYS[way]

    def __enter__(self):
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        kernel["language_info"] = {"name": "python"}  # what the site's JupyterLab goes by
        cells = [new_markdown_cell("# Bench"), new_code_cell(IMPORTS), new_code_cell(self.code)]
        name = f"bench_{self.way.replace(' ', '_')}.ipynb"
        nbformat.write(new_notebook(cells=cells, metadata=kernel), self.lab.root / name)
        view = {"width": 1400, "height": 900}
        self.context = self.browser.new_context(viewport=view, device_scale_factor=self.ratio)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.page.add_init_script(PROBE)
        self.page.goto(self.address(name))
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        self.page.wait_for_function(
            "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
            " === 'idle'"
        )
        self.run_cell(1, wait=True)
        self.page.wait_for_timeout(1500)
        self.page.evaluate("selector => bench.start(selector)", self.selector)
        start = self.page.evaluate("() => performance.now()")
        self.run_cell(2)
        self.page.wait_for_function("() => bench.frames.length > 0", polling=16)
        self.first = self.page.evaluate("() => bench.frames[0].t") - start
        self.cdp = self.context.new_cdp_session(self.page)
        return self

    def __exit__(self, *_):
        self.context.close()
        self.lab.end_sessions()

    def address(self, name):
        """Where the notebook of this name is opened."""
        return f"{self.lab.url}/lab/workspaces/b{time.time_ns()}/tree/{name}?reset"

    def run_cell(self, index, wait=False):
        """Start a cell; with `wait` until it is done."""
        self.page.evaluate(
            """([index, wait]) => {
                window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
                const ran = window.jupyterapp.commands.execute('notebook:run-cell');
                return wait ? ran.then(() => null) : null;
            }""",
            [index, wait],
        )

    def steps(self, count, gap=0.25, slider=0, key="ArrowRight", warning=0.0):
        """Latencies of `count` key steps in ms; a step with no frame before the next is missed."""
        handle = self.page.locator(".noUi-handle").nth(slider)
        handle.focus()
        # JupyterLab 4.4, the site's, takes arrow keys from sliders that no block of ours holds
        handle.evaluate("node => node.setAttribute('data-lm-suppress-shortcuts', '')")
        time.sleep(warning)
        self.page.evaluate("() => bench.reset()")
        due = time.perf_counter()
        for index in range(count):
            self.page.keyboard.press(key)
            # A quarter of a second is 15 frames: every step would meet the screen at one phase.
            due += gap + 0.618 * index % 1 / 60
            time.sleep(max(0, due - time.perf_counter()))
        self.page.wait_for_timeout(500)
        got = self.page.evaluate("() => ({ keys: bench.keys, frames: bench.frames })")
        ends = [*got["keys"][1:], float("inf")]
        latencies = []
        for pressed, end in zip(got["keys"], ends, strict=True):
            after = [f["t"] for f in got["frames"] if pressed < f["t"] < end]
            if after:
                latencies.append(after[0] - pressed)
        return {"latencies": latencies, "missed": count - len(latencies)}

    def drag(self, seconds, slider=0, warning=0.0, grip=False):
        """Frames a second while the handle is dragged, and whether the last frame is right.

        With `grip` it is the handle in the picture, whose curve takes up the right half.
        """
        handle = self.page.locator(".lossviz-handle" if grip else ".noUi-handle").nth(slider)
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        track = self.page.locator(self.selector if grip else ".noUi-base").nth(slider)
        track = track.bounding_box()
        first = 0.6 if grip else 0.1
        left, right = track["x"] + first * track["width"], track["x"] + 0.9 * track["width"]
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        time.sleep(warning)
        self.page.mouse.down()
        self.page.evaluate("() => bench.reset()")
        start = due = time.perf_counter()
        step = 5
        while time.perf_counter() < start + seconds:
            x += step
            if not left < x < right:
                step = -step
            event = {"type": "mouseMoved", "x": x, "y": y, "button": "left", "buttons": 1}
            self.cdp.send("Input.dispatchMouseEvent", event)
            due += 1 / 60
            time.sleep(max(0, due - time.perf_counter()))
        lasted = time.perf_counter() - start
        got = self.page.evaluate("() => ({ n: bench.frames.length, moves: bench.moves })")
        self.page.wait_for_timeout(1500)
        self.page.mouse.up()
        self.page.wait_for_timeout(1000)
        left_over = self.page.evaluate("() => bench.look()")
        handle.focus()
        for key in ("ArrowLeft", "ArrowRight"):
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(1000)
        right_frame = left_over == self.page.evaluate("() => bench.look()")
        return {"fps": got["n"] / lasted, "moves": got["moves"] / lasted, "right": right_frame}


COLD = {
    "drag (cold)": {},
    "drag (warned)": {"warning": 0.3},
    "handle (cold)": {"grip": True},
    "handle (warned)": {"grip": True, "warning": 0.3},
}


def measure(lab, browser, way, ratio, quick, Run=Run):
    """Everything for one way; `Run` is the class that opens its notebook."""
    count, seconds, rounds = (15, 1.5, 1) if quick else (40, 3.0, 3)
    result = {}
    with Run(lab, browser, way, ratio) as run:
        result["first"] = run.first
        if way == "explore":
            run.steps(12, gap=0.12)
            run.page.wait_for_timeout(6000)
        result["step"] = run.steps(count)
        if way == "explore":
            result["other slider"] = run.steps(12, slider=1)
            run.page.wait_for_timeout(6000)
            result["two sliders"] = run.steps(count // 2, slider=1, key="ArrowLeft")
            run.page.wait_for_timeout(2000)
            run.steps(3)  # the plan follows the slider in use
            run.page.wait_for_timeout(6000)
        drags = [run.drag(seconds) for _ in range(rounds)]
        if way == "explore":
            result["drag (warm)"] = drags
            result["handle (warm)"] = [run.drag(seconds, grip=True) for _ in range(rounds)]
        else:
            result["drag"] = drags
    if way == "explore":
        for name, how in COLD.items():
            result[name] = []
            for _ in range(rounds):
                with Run(lab, browser, way, ratio) as run:
                    result[name].append(run.drag(seconds, **how))
    if way in ("explore", "script"):
        waits = {"cold step": 0.0, "warned step": 0.3} if way == "explore" else {"cold step": 0.0}
        for name, warning in waits.items():
            result[name] = {"latencies": [], "missed": 0}
            for _ in range(2 * rounds):  # twelve steps on, nothing is cold any more
                with Run(lab, browser, way, ratio) as run:
                    for key, got in run.steps(12, gap=0.12, warning=warning).items():
                        result[name][key] += got
    return result


def summary(result):
    """The figures of one way, in short."""

    def step(name):
        found = result.get(name)
        if not found or not found["latencies"]:
            return None
        times = sorted(found["latencies"])
        p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
        return statistics.median(times), p95, found["missed"]

    def drag(name):
        found = result.get(name)
        if not found:
            return None
        return statistics.median(d["fps"] for d in found), all(d["right"] for d in found)

    names = ("cold step", "warned step", "step", "other slider", "two sliders")
    out = {name: step(name) for name in names}
    drags = ("drag", "drag (warm)", "handle (warm)", *COLD)
    return out | {name: drag(name) for name in drags}


def table(results, ratio):
    """The table as Markdown."""
    rows = [
        "| way | step: median / p95 ms | × script | drag: frames/s | × script | last frame |",
        "|---|---|---|---|---|---|",
    ]
    sums = {way: summary(r) for way, r in results.items()}
    script = sums.get("script")

    def row(name, step, drag, like="step"):
        cells = [name]
        cells += [f"{step[0]:.1f} / {step[1]:.1f}" if step else "–"]
        cells += [f"{step[0] / script[like][0]:.2f}" if step and script else "–"]
        cells += [f"{drag[0]:.0f}" if drag else "–"]
        cells += [f"{drag[0] / script['drag'][0]:.2f}" if drag and script else "–"]
        cells += [("right" if drag[1] else "WRONG") if drag else "–"]
        rows.append("| " + " | ".join(cells) + " |")

    for way, got in sums.items():
        if way == "explore":
            row("explore, cold", got["cold step"], got["drag (cold)"], "cold step")
            warned = got["warned step"], got["drag (warned)"]
            row("explore, cold, warned 300 ms before", *warned, "cold step")
            row("explore, handle cold", None, got["handle (cold)"])
            row("explore, handle warned", None, got["handle (warned)"])
            row("explore, handle warm", None, got["handle (warm)"])
            row("**explore, warm**", got["step"], got["drag (warm)"])
            row("explore, just after changing sliders", got["other slider"], None)
            row("explore, second slider warm", got["two sliders"], None)
        else:
            row(way, got["step"], got["drag"])
        if way == "script":
            row("script, just opened", got["cold step"], None)
    print(f"\nDevice pixel ratio {ratio}\n\n" + "\n".join(rows), flush=True)
    missed = {w: s["step"][2] for w, s in sums.items() if s["step"]}
    first = {w: round(r["first"]) for w, r in results.items()}
    print(f"\nSteps without a frame: {missed}. First picture, ms: {first}.", flush=True)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps, one drag each")
    parser.add_argument("--dpr", type=float, nargs="+", default=[1, 2])
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--nagle", action="store_true", help="without TCP_NODELAY")
    parser.add_argument("--json", type=Path, help="write all figures here")
    options = parser.parse_args()
    ways = [w for w in WAYS if w in options.only]
    if "ipympl" in ways:
        try:
            import ipympl  # noqa: F401
        except ImportError:
            ways.remove("ipympl")
            print("ipympl is not installed: not measured")
    from playwright.sync_api import sync_playwright

    server = {"ServerApp": {"jpserver_extensions": {"lossviz.server": not options.nagle}}}
    everything = {}
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "notebooks"
        root.mkdir()
        config = Path(scratch) / "config"
        config.mkdir()
        (config / "jupyter_server_config.json").write_text(json.dumps(server))
        with Lab(root, Path(scratch), config_path=config) as lab, sync_playwright() as playwright:
            for ratio in options.dpr:
                browser = playwright.chromium.launch(
                    executable_path=find_chromium(), args=CHROMIUM_ARGS
                )
                results = {w: measure(lab, browser, w, ratio, options.quick) for w in ways}
                browser.close()
                table(results, ratio)
                everything[ratio] = results
    if options.json:
        options.json.write_text(json.dumps(everything))


if __name__ == "__main__":
    main()
