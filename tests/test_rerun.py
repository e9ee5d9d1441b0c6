"""Running an explorer's cell again leaves nothing of the old one behind."""

import sys

import pytest
from jupyter_client.manager import start_new_kernel

SCENE = """
import gc
import numpy as np
from lossviz import Slider, explore, scene

@scene(sigma=Slider(0.5, 3.0, 0.1, 1.0, "σ"))
def bell(fig):
    "A normal density, twice."
    left, right = fig.subplots(1, 2)
    grid = np.linspace(-6, 6, 400)
    curves = [ax.plot(grid, np.exp(-(grid**2) / 2))[0] for ax in (left, right)]
    def update(sigma):
        for curve in curves:
            curve.set_ydata(np.exp(-(grid**2) / 2 / sigma**2) / sigma)
        return f"σ = {sigma:.1f}: the peak is {1 / sigma:.3f} high."
    return update

def megabytes():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6
"""
CELL = """
e = explore(bell)
e._wire._heard(None, {"hello": 2}, [])
e.sigma = 2.0
e
"""
COUNT = """
import threading
from ipywidgets.widgets.widget import _instances
print(megabytes(), len(_instances), sum(t.name == "lossviz-ahead" for t in threading.enumerate()))
"""


@pytest.fixture
def run():
    manager, client = start_new_kernel(kernel_name="python3")

    def execute(code):
        said = []

        def hear(message):
            if message["msg_type"] == "error":
                raise AssertionError("\n".join(message["content"]["traceback"]))
            if message["msg_type"] == "stream":
                said.append(message["content"]["text"])

        client.execute_interactive(code, timeout=120, output_hook=hear)
        return "".join(said)

    yield execute
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_thirty_runs_of_a_cell_grow_the_kernel_by_less_than_2_mb_each(run):
    run(SCENE)
    for _ in range(5):  # caches fill
        run(CELL)
    before, widgets, _ = map(float, run(COUNT).split())
    for _ in range(30):
        run(CELL)
    after, widgets_after, threads = map(float, run(COUNT).split())
    print(f"grew {(after - before) / 30:.2f} MB a run")
    assert (after - before) / 30 < 2
    assert widgets_after == widgets
    assert threads <= 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_the_measure_sees_explorers_that_are_kept(run):
    run(SCENE)
    run(CELL)
    before = float(run(COUNT).split()[0])
    for k in range(10):  # cells of ten texts: none closes another's explorer
        run(CELL.replace("e = ", f"kept_{k} = e = "))
    after = float(run(COUNT).split()[0])
    assert (after - before) / 10 > 2
