"""In the page: modules that are fetched when they are imported, and the rest loaded while idle.

Pyodide's kernel imports this first. ``site_late.json`` beside it has the archive and its sha256 for
each module that is not there from the start. A worker may wait for a request, so that an import of
one of them looks like any other, only once slower.
"""

import asyncio
import hashlib
import importlib
import json
import sys
import zipfile
from importlib.machinery import PathFinder
from io import BytesIO
from pathlib import Path

SITE_PACKAGES = Path(__file__).parent
PARTS = json.loads((SITE_PACKAGES / "site_late.json").read_text())


def fetch(file: str) -> bytes:
    """A file from beside Pyodide's own; OSError without it."""
    import js
    import pyodide_js

    request = js.XMLHttpRequest.new()
    request.open("GET", str(pyodide_js._api.config.indexURL) + file, False)
    request.responseType = "arraybuffer"
    try:
        request.send()
    except Exception as error:
        raise OSError(f"{file} could not be fetched: is the site reachable?") from error
    if request.status != 200:
        raise OSError(f"{file} could not be fetched: {request.status}")
    return request.response.to_bytes()


class Late:
    """A finder that fetches what it knows, and leaves it to the usual one to find it then."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in PARTS:
            return None
        file, digest = PARTS[name]
        try:
            data = fetch(file)
        except OSError as error:
            raise ImportError(f"{name} is not in this browser yet, and {error}") from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise ImportError(f"{file} is not the site's own")
        with zipfile.ZipFile(BytesIO(data)) as archive:
            archive.extractall(SITE_PACKAGES)
        del PARTS[name]
        importlib.invalidate_caches()
        return PathFinder.find_spec(name, path, target)


async def ahead():
    """What every notebook needs, loaded while nobody waits; a cell that needs it waits for it."""
    import pyodide_js

    await asyncio.sleep(0.3)
    await pyodide_js.loadPackage("lossviz")
    for name in ("numpy", "matplotlib.figure", "matplotlib.backends.backend_agg", "ipywidgets",
                 "anywidget", "lossviz.explorer.live"):  # fmt: skip
        await asyncio.sleep(0.05)
        importlib.import_module(name)


TASKS = set()


def start():
    sys.meta_path.insert(0, Late)
    TASKS.add(asyncio.ensure_future(ahead()))
