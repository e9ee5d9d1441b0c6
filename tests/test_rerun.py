"""Running a cell again leaves nothing of the old run behind, whatever it shows."""

import sys
import time

import pytest
from jupyter_client.manager import start_new_kernel

START = """
import ctypes, gc, os, tempfile, threading
os.environ["LOSSVIZ_POLLS"] = tempfile.mkdtemp()
import numpy as np
from ipywidgets.widgets.widget import _instances
from lossviz import Slider, ask, check, explore, export, present, reflect, review, scene, spot, step
from lossviz.explorer.ahead import Ahead
from lossviz.poll import network, poll
network.why_no_phones = lambda: None
from lossviz.walk.nb02 import lesson as nb02
from lossviz.walk.nb13 import lesson as nb13

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

def nll(y, mu, sigma):
    ...

def left_over():
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what was freed is not counted
    with open("/proc/self/statm") as file:
        megabytes = int(file.read().split()[1]) * 4096 / 1e6
    ours = [t for t in threading.enumerate() if t.name.startswith(("lossviz", "poll"))]
    print(megabytes, len(_instances), len(ours), flush=True)
"""
LIVE = "e = explore(bell)\ne._wire._heard(None, {'hello': 2}, [])\ne.sigma = 2.0\ne"
KINDS = {
    "explore": LIVE,
    "explore with a question": "explore(bell, question=nb02.recall[0])",
    "step": "step(nb02.best_mu)",
    "spot": "spot(nb02.density)",
    "ask": "ask(nb02.recall[0])",
    "check": "check(nll, nb02.normal_nll)",
    "review": "r = review({'02': nb02.recall})\nr",
    "reflect": "reflect(nb13.open_questions[0])",
    "export": "export(review({'02': nb02.recall}))",
    "present": "present(False)",
    "poll": "p = poll('entropy')\nif not p._server:\n    p.start()\np",
}
RUNS = 30
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")


@pytest.fixture(scope="module")
def run():
    """Run code in one kernel, as this cell of the notebook with this session; what it prints."""
    manager, client = start_new_kernel(kernel_name="python3")

    def execute(code, cell="", session=client.session.session):
        said = []

        def hear(message):
            if message["msg_type"] == "error":
                raise AssertionError("\n".join(message["content"]["traceback"]))
            if message["msg_type"] == "stream":
                said.append(message["content"]["text"])

        own, send = client.session.session, client.session.send
        client.session.session = session

        def send_from_cell(stream, message, *args, **kwargs):
            if cell and isinstance(message, dict):
                message["metadata"] = {"cellId": cell}
            return send(stream, message, *args, **kwargs)

        client.session.send = send_from_cell
        try:
            client.execute_interactive(code, timeout=120, output_hook=hear)
        finally:
            client.session.session, client.session.send = own, send
        return "".join(said)

    execute(START)
    yield execute
    execute("if 'p' in globals():\n    p.stop()")
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def left_over(run):
    return map(float, run("left_over()").split())


@linux
@pytest.mark.parametrize("kind", KINDS)
def test_thirty_runs_leave_no_widget_no_thread_and_less_than_1_mb_each(run, kind):
    for _ in range(8):  # caches fill
        run(KINDS[kind], cell=kind)
    before, widgets, threads = left_over(run)
    for _ in range(RUNS):
        run(KINDS[kind], cell=kind)
    after, widgets_after, threads_after = left_over(run)
    for _ in range(100):  # on a busy machine one that has been told to end may not have yet
        if threads_after <= max(threads, 1):
            break
        time.sleep(0.1)
        _, _, threads_after = left_over(run)
    grown = (after - before) / RUNS
    print(f"{kind}: {grown:.2f} MB a run")
    assert widgets_after == widgets, f"{widgets_after - widgets} widgets more"
    # one explorer may draw ahead, one watch a vote
    assert threads_after <= max(threads, 1), f"{threads_after} threads, {threads} before"
    assert grown < 1, f"{grown:.2f} MB a run"


@linux
def test_the_measure_sees_explorers_that_are_kept(run):
    before, widgets, _ = left_over(run)
    for k in range(10):  # ten cells: none closes another's explorer
        run(LIVE.replace("e = ", f"kept_{k} = e = "), cell=f"kept {k}")
    after, widgets_after, _ = left_over(run)
    assert widgets_after - widgets >= 80 and (after - before) / 10 > 2


# Whose cell it is ----------------------------------------------------------------------------

ALIVE = "print(sum(type(w).__name__ == 'Asked' for w in _instances.values()))"
SHOWS = "from lossviz.page import cells; cells.shows({!r}, {!r})"


def asked(run, session):
    run("ask(nb02.recall[0])", cell="shared", session=session)
    return int(run(ALIVE))


def test_a_copied_notebook_on_the_same_kernel_closes_nothing_of_the_first(run):
    before = int(run(ALIVE))
    assert asked(run, "first") - before == 1
    assert asked(run, "copy") - before == 2  # no page says where it is
    run(SHOWS.format("first", "a.ipynb"))
    run(SHOWS.format("copy", "copies/a.ipynb"))
    assert asked(run, "copy") - before == 2  # its own of before is closed
    assert asked(run, "first") - before == 2


def test_a_reloaded_page_closes_what_its_cells_made_before(run):
    run(SHOWS.format("first", "a.ipynb"))
    before = asked(run, "first")
    run(SHOWS.format("reloaded", "a.ipynb"))
    assert asked(run, "reloaded") == before
    assert asked(run, "first") == before  # a second window of the same notebook
