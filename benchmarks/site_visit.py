"""The walk in a page: what a visit costs, and a slider there beside JavaScript alone.

    python benchmarks/site_visit.py [--site FOLDER] [--rounds 3] [--quick] [--dpr 1]

Builds the site as its browser test does (tests/support/site.py), or takes the one in FOLDER.

*Visits*: notebook 03 opened by its own address in a new profile of Chromium, then once more with
the server stopped: bytes sent, seconds until its kernel is idle, and until its first explorer's
picture is there (the cells up to it are run as soon as the kernel is idle). *Slider*: the pictures
of ``slider_latency.py`` in a notebook of that site, Python and picture in one page.
"""

import argparse
import contextlib
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from slider_latency import CHROMIUM_ARGS, Run, find_chromium, measure, table
from support import site
from support.explorers import ExplorerOnPage

sys.path.insert(0, str(site.ROOT))
from tools import site as tool

WAYS = "explore", "script"
ASKED = {"MB": 45, "first: kernel": 20, "first: picture": 25, "second: kernel": 12}


class RunInPage(Run):
    """One way in one notebook of the site; ``lab`` is a `Served`."""

    def address(self, name):
        """Where the site opens it."""
        return f"{self.lab.url}/lab/index.html?path={name}"


class Served:
    """A built site on a port of 127.0.0.1 with the benchmark's notebooks put into it."""

    def __init__(self, folder: Path, url: str):
        self.root, self.url = folder / "files", url
        listing = folder / "api" / "contents" / "all.json"
        known = json.loads(listing.read_text("utf-8"))
        like = next(file for file in known["content"] if file["type"] == "notebook")
        for way in WAYS:
            name = f"bench_{way}.ipynb"
            known["content"].append(like | {"name": name, "path": name})
        listing.write_text(json.dumps(known), "utf-8")

    def end_sessions(self) -> None:
        """A page's kernel ends with it."""


def visits(playwright, folder: Path) -> dict[str, float]:
    """Megabytes and seconds of a first and a second visit."""
    (file,) = (file for _, file, _ in tool.walk() if file.startswith("03"))
    found = {}
    with tempfile.TemporaryDirectory() as profile:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=find_chromium(), args=CHROMIUM_ARGS
        )
        with tool.Visit(browser, folder) as visit:
            sent = visit.sent
            for which in ("first", "second"):
                start = time.monotonic()
                found[f"{which}: kernel"] = visit.open(file)
                site.run_cell(visit.page, "import numpy")
                cell = site.run_cell(visit.page, "explore(")
                ExplorerOnPage(visit.page, cell.locator(".lossviz-explorer")).look()
                found[f"{which}: picture"] = time.monotonic() - start
                if which == "first":
                    found["MB"] = (visit.sent - sent) / 1e6
                    visit.stop()
        browser.close()
    return found


def main() -> int:
    """Measure and print; 1 if a visit costs more than asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--site", type=Path, help="a built site (else it is built)")
    parser.add_argument("--rounds", type=int, default=3, help="first and second visits")
    parser.add_argument("--quick", action="store_true", help="fewer steps, one drag each")
    parser.add_argument("--dpr", type=float, nargs="*", default=[1], help="none: visits alone")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "site"
        if options.site:
            shutil.copytree(options.site, folder)
        else:
            site.prepare()
            site.build(folder)
        playwright = stack.enter_context(sync_playwright())
        rounds = [visits(playwright, folder) for _ in range(options.rounds)]
        middle = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
        for name, value in middle.items():
            every = ", ".join(f"{each[name]:.1f}" for each in rounds)
            print(f"{name}: {value:.1f} of {ASKED.get(name, '–')} (each: {every})", flush=True)
        served = stack.enter_context(tool.Server(folder))
        lab = Served(folder, served.url)
        for ratio in options.dpr:
            browser = playwright.chromium.launch(
                executable_path=find_chromium(), args=CHROMIUM_ARGS
            )
            found = {w: measure(lab, browser, w, ratio, options.quick, RunInPage) for w in WAYS}
            table(found, ratio)
            browser.close()
    return int(any(middle[name] > most for name, most in ASKED.items()))


if __name__ == "__main__":
    raise SystemExit(main())
