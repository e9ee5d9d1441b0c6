"""Builds the walk as a web site with Python in the page: ``python tools/site.py --out site``.

JupyterLite and Pyodide: static files, no server, no account, the notebooks as they are. Run it
with a Python that has tools/site-requirements.txt.

    python tools/site.py --out site                    Pyodide's files from its CDN
    python tools/site.py --out site --pyodide FOLDER   from a folder (no internet, tests)
    python tools/site.py --out site --check [03 …]     build nothing; run the site's notebooks in
                                                       Chromium, every other address blocked

Wherever Pyodide's files come from, they become part of the site, and each must have the sha256 of
the official release: what is tested is what is published.
"""

import argparse
import base64
import difflib
import functools
import hashlib
import html
import http.server
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from email import message_from_bytes
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / "tools"
PYODIDE = "0.27.7"  # the other versions are in site-requirements.txt
CDN = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
# The official release: its lock has the sha256 of every package, here are those of its core.
CORE = {
    "pyodide-lock.json": "9c45b916001a750f4102fc287494f3eab215909c7535c626a20db80fd6333e2c",
    "pyodide.js": "b4cb23a53aba19c221659b9fb40a2f18281d685691dc06647fb0afd0681baf98",
    "pyodide.mjs": "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
}
# What the kernel loads as it starts, and what Pyodide does not have.
KERNEL = ["micropip", "packaging", "ssl", "sqlite3", "ipython", "jedi"]
PURE = [
    "ipywidgets",
    "jupyterlab_widgets",
    "anywidget",
    "psygnal",
    "comm",
    "segno",
    "typing_extensions",
]
# Required by a wheel, but of no use in a page: the classic notebook's part, the poll's server.
UNUSED = {"widgetsnbextension", "tornado", "psutil"}


class SiteError(Exception):
    """A file that is not the official one, or an environment that cannot build."""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def official(name: str, digest: str, place: str) -> bytes:
    """The file of that name from the CDN ("cdn") or a folder; SiteError if it is another file."""
    if place == "cdn":
        with urllib.request.urlopen(CDN + name, timeout=120) as answer:
            data = answer.read()
    elif (file := Path(place) / name).is_file():
        data = file.read_bytes()
    else:
        raise SiteError(f"{file} is missing; Pyodide {PYODIDE}'s release has it")
    if sha256(data) != digest:
        raise SiteError(f"{name} from {place} has sha256 {sha256(data)}, not the official {digest}")
    return data


def wanted(need: Requirement) -> bool:
    """Whether a wheel's requirement counts in a page."""
    page = {"sys_platform": "emscripten", "python_version": "3.12", "extra": ""}
    return need.marker is None or need.marker.evaluate(page)


def entry(wheel: Path) -> dict:
    """A wheel of ours as the lock file has it, with what it imports as and depends on."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(n for n in names if n.endswith(".dist-info/METADATA")))
    code = [n for n in names if n.endswith(".py") and ".data/" not in n]
    needs = map(Requirement, message_from_bytes(metadata).get_all("Requires-Dist", ()))
    name, version = wheel.name.split("-")[:2]
    return {
        "name": canonical(name),
        "version": version,
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": sha256(wheel.read_bytes()),
        "package_type": "package",
        "imports": sorted({n.split("/")[0].removesuffix(".py") for n in code}),
        "depends": sorted({canonical(n.name) for n in needs if wanted(n)} - UNUSED),
        "unvendored_tests": False,
    }


def cut(lock: dict, ours: dict[str, dict]) -> dict:
    """The official lock with our wheels, and without whatever neither they nor the kernel need."""
    packages, ahead = {}, [*KERNEL, *ours]
    while ahead:
        name = canonical(ahead.pop())
        if name not in packages:
            found = ours.get(name) or lock["packages"].get(name)
            if found is None:
                raise SiteError(f"Pyodide {PYODIDE} has no {name}: add it to PURE or UNUSED")
            packages[name] = found
            ahead += found["depends"]
    return {**lock, "packages": packages}


def pip(*arguments) -> None:
    subprocess.run([sys.executable, "-m", "pip", "-q", *map(str, arguments)], check=True)


def put_pyodide(folder: Path, place: str) -> None:
    """Pyodide, the packages that the notebooks need and a lock file that knows lossviz too."""
    folder.mkdir(parents=True)
    for name, digest in CORE.items():
        (folder / name).write_bytes(official(name, digest, place))
    pip("wheel", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
    only = ["--no-deps", "--only-binary=:all:", "--platform=any", "--python-version=3.12"]
    pip("download", *only, "-c", TOOLS / "site-requirements.txt", "-d", folder, *PURE)
    ours = {e["name"]: e for e in map(entry, sorted(folder.glob("*.whl")))}
    lock = cut(json.loads((folder / "pyodide-lock.json").read_text()), ours)
    for name, package in lock["packages"].items():
        if name not in ours:
            file = package["file_name"]
            (folder / file).write_bytes(official(file, package["sha256"], place))
    (folder / "pyodide-lock.json").write_text(json.dumps(lock))


def settings() -> dict:
    kernel = {
        "pyodideUrl": "./static/pyodide/pyodide.js",
        "disablePyPIFallback": True,  # what is not in the site is not fetched from elsewhere
    }
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "lossviz",
            "exposeAppInBrowser": True,
            "enableServiceWorkerCache": "true",
            "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
        },
    }


def put_worker(site: Path) -> None:
    """The service worker keeps what this build consists of, and then needs no network.

    JupyterLite's own forgets after a rest that it shall use its cache, knows a page only under
    the very notebook it was opened with, leaves the list of notebooks out, and fetches all again
    at every visit. A build has a cache of its own, so nothing in it ever grows old.
    """
    file = site / "service-worker.js"
    text = file.read_text()
    build = sha256(b"".join(p.read_bytes() for p in sorted(site.rglob("*")) if p.is_file()))[:12]
    on = '"true"===new URL(location.href).searchParams.get("enableCache")'
    forget = "caches.keys().then(k=>Promise.all(k.map(n=>n!==CACHE&&caches.delete(n))))"
    for old, new in {
        'CACHE="precache"': f'CACHE="lossviz-{build}"',
        "enableCache=!1": f"enableCache={on}",
        "t.match(e)": 't.match(e,{ignoreSearch:"navigate"===e.mode})',
        't.pathname.includes("/api/")': "/[/]api[/](?!contents[/])/.test(t.pathname)",
        "a?e.waitUntil(refetch(t)):(": "a||(",
        "addAll([])": 'addAll(["./","lab/index.html","notebooks/index.html"])',
        "e.waitUntil(self.clients.claim())": f"e.waitUntil({forget}),"
        "e.waitUntil(self.clients.claim())",
    }.items():
        if text.count(old) != 1:
            raise SiteError(f"this JupyterLite's service worker has {text.count(old)} × {old}")
        text = text.replace(old, new)
    file.write_text(text)


def walk() -> list[tuple[str, str, str]]:
    """(title, file, question) of each notebook, from the README's table."""
    rows = r"^\| \[(.+?)\]\(notebooks/(\S+?\.ipynb)\) \| (.+?) \|$"
    return re.findall(rows, (ROOT / "README.md").read_text(encoding="utf-8"), re.M)


def picture(file: str) -> tuple[str, str] | None:
    """A notebook's picture that answers its first question (else its first), and its sentence."""
    cells = json.loads((ROOT / "notebooks" / file).read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        found = [o for o in cell.get("outputs", ()) if "image/png" in o.get("data", {})]
        if found:
            shown = found[-1]
            alt = shown.get("metadata", {}).get("image/png", {}).get("alt")
            return "".join(shown["data"]["image/png"]), alt or file
    return None


def put_front(site: Path) -> None:
    """The front page: a card for each notebook."""
    cards, pictures = [], site / "pictures"
    pictures.mkdir()
    for title, file, question in walk():
        shown = ""
        if found := picture(file):
            name = f"{file[:2]}.png"
            (pictures / name).write_bytes(base64.b64decode(found[0]))
            alt = html.escape(found[1])
            shown = f'<img src="pictures/{name}" alt="{alt}" loading="lazy">'
        cards.append(
            f"<li><h3>{html.escape(title)}</h3><p>{html.escape(question)}</p>{shown}"
            f'<p class="go"><a href="lab/index.html?path={file}">Open {file[:2]}</a> '
            f'<a class="small" href="notebooks/index.html?path={file}">simple view of {file[:2]}'
            "</a></p></li>"
        )
    text = (TOOLS / "site.html").read_text(encoding="utf-8")
    (site / "index.html").write_text(text.replace("<!-- cards -->", "\n".join(cards)), "utf-8")


def build(out: Path, place: str) -> None:
    """The site in the folder `out`, which is replaced."""
    text = (TOOLS / "site-requirements.txt").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([\w-]+)==(\S+)$", text, re.M))
    for name, version in pins.items():
        try:
            have = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            have = "missing"
        if have != version:
            raise SiteError(
                f"{name} is {have}, not {version}: use a Python with tools/site-requirements.txt"
            )
    with tempfile.TemporaryDirectory() as scratch:
        lite = Path(scratch)
        put_pyodide(lite / "static" / "pyodide", place)
        (lite / "jupyter-lite.json").write_text(json.dumps(settings()))
        contents = lite / "contents"
        contents.mkdir()
        for _, file, _ in walk():
            shutil.copy(ROOT / "notebooks" / file, contents)
        shutil.copy(ROOT / "notebooks" / "GLOSSARY.md", contents)
        apps = [part for app in ("lab", "notebooks", "tree") for part in ("--apps", app)]
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--no-sourcemaps", *apps]
        command += ["--lite-dir", scratch, "--contents", contents, "--output-dir", lite / "site"]
        done = subprocess.run(list(map(str, command)), cwd=lite, capture_output=True, text=True)
        if done.returncode:
            raise SiteError(
                f"JupyterLite did not build:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        put_front(lite / "site")
        put_worker(lite / "site")
        shutil.rmtree(out, ignore_errors=True)
        shutil.move(lite / "site", out)
    files = [f for f in out.rglob("*") if f.is_file()]
    size = sum(f.stat().st_size for f in files)
    print(f"{out}: {len(files)} files, {size / 1e6:.0f} MB")


class Server:
    """The folder on a free port of 127.0.0.1; a context manager."""

    def __init__(self, folder: Path):
        handler = functools.partial(_Quiet, directory=str(folder))
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self):
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sent = 0  # bytes of files, by all of them

    def copyfile(self, source, outputfile):
        _Quiet.sent += source.seek(0, 2)
        source.seek(0)
        super().copyfile(source, outputfile)

    def log_message(self, *_):
        pass


def said(outputs: list[dict]) -> str:
    """What a cell's outputs say in text; pictures and stderr are left out."""
    parts = []
    for out in outputs:
        if out["output_type"] == "stream" and out["name"] == "stdout":
            parts.append("".join(out["text"]))
        elif out["output_type"] == "error":
            parts.append(f"{out['ename']}: {out['evalue']}\n")
        for mime in ("text/plain", "text/html"):
            parts.append("".join(out.get("data", {}).get(mime, "")) + "\n")
    text = re.sub(r'src="data:image/png;base64,[^"]*"', 'src="a picture"', "".join(parts))
    return re.sub(r"\n+", "\n", text).strip()


CURRENT = "window.jupyterapp?.shell?.currentWidget"
IDLE = f"() => {CURRENT}?.sessionContext?.session?.kernel?.status === 'idle'"
RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"
OUTPUTS = f"""() => {CURRENT}.content.widgets.filter(w => w.model.type === 'code')
    .map(w => [w.model.sharedModel.id, w.model.outputs.toJSON()])"""


def differences(page, file: str) -> list[str]:
    """Run All in the page; a line for each cell whose text is not the committed one's."""
    cells = json.loads((ROOT / "notebooks" / file).read_text(encoding="utf-8"))["cells"]
    page.evaluate(RUN_ALL)
    got = {cell: said(outputs) for cell, outputs in page.evaluate(OUTPUTS)}
    wrong = []
    for cell in cells:
        if cell["cell_type"] == "code" and (want := said(cell["outputs"])) != got[cell["id"]]:
            diff = difflib.unified_diff(want.split("\n"), got[cell["id"]].split("\n"), "", "", n=0)
            lines = [line[:200] for line in diff][2:8]
            wrong.append("\n    ".join([f"{file}, cell {cell['id']}:", *lines]))
    return wrong


def check(site: Path, wanted: list[str]) -> int:
    """Run the site's notebooks whose names begin so (all, without), first visit and second.

    The second has its server stopped. How many cells differ, said one by one.
    """
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next(filter(None, map(shutil.which, names)), None)
    files = [f for _, f, _ in walk() if f.startswith(tuple(wanted) or "")]
    wrong, blocked = [], []

    def open_notebook(page, url: str, file: str) -> str:
        start = time.monotonic()
        page.goto(f"{url}/lab/index.html?path={file}")
        page.wait_for_function(IDLE, timeout=180_000)
        return f"{file}: kernel ready after {time.monotonic() - start:.0f} s"

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        with Server(site) as server:
            inside = (server.url, "data:", "blob:")
            browser.route(
                lambda url: not url.startswith(inside),
                lambda route: (blocked.append(route.request.url), route.abort()),
            )
            page = browser.new_page()
            page.set_default_timeout(300_000)
            page.goto(server.url)
            page.evaluate("navigator.serviceWorker.ready.then(() => null)")
            for file in files:
                ready, start = open_notebook(page, server.url, file), time.monotonic()
                found = differences(page, file)
                print(f"{ready}, all run in {time.monotonic() - start:.0f} s, {len(found)} differ,")
                print(f"    {_Quiet.sent / 1e6:.0f} MB sent so far")
                print(*found, sep="\n", end="\n" if found else "")
                wrong += found
            url = server.url
        page.close()
        page = browser.new_page()
        print("server stopped:", open_notebook(page, url, files[0]))
        wrong += [f"{address} was asked for" for address in blocked]
        browser.close()
    print(f"{len(wrong)} differences in {len(files)} notebooks", *blocked, sep="\n")
    return len(wrong)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", type=Path, default=ROOT / "site", help="the site's folder")
    parser.add_argument("--pyodide", default="cdn", help="cdn, or a folder with its release")
    parser.add_argument("--check", nargs="*", metavar="NN", help="run the site that is there")
    options = parser.parse_args()
    try:
        if options.check is not None:
            return bool(check(options.out.resolve(), options.check))
        build(options.out.resolve(), options.pyodide)
    except (SiteError, OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
