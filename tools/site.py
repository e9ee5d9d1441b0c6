"""Builds the walk as a web site with Python in the page: ``python tools/site.py --out site``.

JupyterLite and Pyodide: static files, no server, no account, the notebooks as they are. Run it
with a Python that has tools/site-requirements.txt.

    python tools/site.py --out site                    Pyodide's files from its CDN
    python tools/site.py --out site --pyodide FOLDER   from a folder (no internet, tests)
    python tools/site.py --out site --check [03 …]     build nothing; run the site's notebooks in
                                                       Chromium, every other address blocked

Wherever Pyodide's files come from, each must have the sha256 of the official release. What the site
hands out is made of them by fixed rules (tools/site_wheels.py), so that what is tested is what is
published.
"""

import argparse
import base64
import contextlib
import difflib
import functools
import gzip
import hashlib
import html
import http.server
import importlib.metadata
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from email import message_from_bytes
from io import BytesIO
from pathlib import Path

import nbformat
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tools.site_wheels import SiteError, compiler, kept_parts, packed, replaced  # noqa: E402

TOOLS = ROOT / "tools"
CACHE = ROOT / ".site" / "cache"  # what was made of files that do not change
PYODIDE = "0.27.7"  # the other versions are in site-requirements.txt
CDN = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
# The official release: its lock has the sha256 of every package, here are those of its core.
# tools/site-lock.json is that lock, cut to what is needed here: it is nowhere but in the release.
LOCK = "9c45b916001a750f4102fc287494f3eab215909c7535c626a20db80fd6333e2c"
CORE = {
    "pyodide.js": "b4cb23a53aba19c221659b9fb40a2f18281d685691dc06647fb0afd0681baf98",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
}
# What the kernel loads as it starts, and what Pyodide does not have. Its own list has Jedi and SSL
# too, of no use in a page that has live names and no sockets.
KERNEL = ["micropip", "packaging", "ipython"]
KERNELS_OWN = ["piplite", "ipykernel", "pyodide_kernel"]  # wheels of the kernel's extension
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
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", *quiet, *map(str, arguments)], check=True)


def pure_wheels() -> list[Path]:
    """The wheels that Pyodide does not have, from the package index; kept in `.site`."""
    pins = TOOLS / "site-requirements.txt"
    folder = CACHE / f"pure-{sha256(pins.read_bytes())[:12]}"
    if not (folder / "done").is_file():
        only = ["--no-deps", "--only-binary=:all:", "--platform=any", "--python-version=3.12"]
        pip("download", *only, "-c", pins, "-d", folder, *PURE)
        (folder / "done").touch()
    return sorted(folder.glob("*.whl"))


def kernel_wheels() -> list[Path]:
    """Those of the kernel's extension that are Python."""
    places = Path(sys.prefix, "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension")
    return [next(places.glob(f"static/pypi/{name}-*.whl")) for name in KERNELS_OWN]


def late_wheel(late: dict[str, tuple[str, str]], folder: Path) -> Path:
    """The page's own part: which modules are fetched when they are imported, and how."""
    wheel = folder / "site_late-1-py3-none-any.whl"
    info = "site_late-1.dist-info"
    files = {
        "site_late.py": (TOOLS / "site_late.py").read_bytes(),
        "site_late.json": json.dumps(late, sort_keys=True).encode(),
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: site_late\nVersion: 1\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    wheel.write_bytes(packed(files))
    return wheel


def served(lock: dict, made: dict[str, dict[str, bytes]], folder: Path) -> dict:
    """The lock's packages as they are served: cut, compiled, late parts as files of their own."""
    packages, late = {}, {}
    for name, package in lock["packages"].items():
        for module, data in made[name].items():
            if module:
                file = f"late-{module}.bin"
                late[module] = (file, sha256(data))
            elif holds_code(data):
                file = package["file_name"]
                packages[name] = {**package, "sha256": sha256(data)}
            else:
                continue
            (folder / file).write_bytes(data)
    with tempfile.TemporaryDirectory() as scratch:
        wheel = late_wheel(late, Path(scratch))
        packages["site-late"] = entry(wheel)
        shutil.copy(wheel, folder)
    packages["pyodide-kernel"]["depends"] = sorted({"ipython", "site-late"})
    for package in packages.values():
        package["depends"] = [name for name in package["depends"] if canonical(name) in packages]
    return {**lock, "packages": packages}


def holds_code(archive: bytes) -> bool:
    with zipfile.ZipFile(BytesIO(archive)) as box:
        return any(".dist-info/" not in name for name in box.namelist())


def put_core(folder: Path, release: dict[str, bytes], library: bytes) -> None:
    """Pyodide itself. Its engine is packed, for servers that do not pack what they send."""
    engine = "pyodide.asm.wasm"
    for name, data in release.items():
        if name == "python_stdlib.zip":
            data = library
        elif name == engine:
            name, data = f"{engine}-packed", gzip.compress(data, 9, mtime=0)
        elif name == "pyodide.js":
            text = replaced(
                data.decode("utf-8"),
                {
                    f'"{engine}"': f'"{engine}-packed"',
                    "instantiateStreaming(i,r)": "instantiateStreaming(new Response((await i).body"
                    '.pipeThrough(new DecompressionStream("gzip")),'
                    '{headers:{"Content-Type":"application/wasm"}}),r)',
                },
                name,
            )
            data = text.encode("utf-8")
        (folder / name).write_bytes(data)


def put_pyodide(folder: Path, place: str) -> None:
    """Pyodide, the packages that the notebooks need and a lock file that knows lossviz too."""
    folder.mkdir(parents=True)
    release = {name: official(name, digest, place) for name, digest in CORE.items()}
    with tempfile.TemporaryDirectory() as scratch:
        box = Path(scratch)
        for name, data in release.items():
            (box / name).write_bytes(data)
        known = official_lock(place)
        (box / "pyodide-lock.json").write_text(json.dumps(known))
        compiled = compiler(box)
        if not compiled:
            print("neither Python 3.12 nor node: the page compiles Python itself, 10 s each start")
        pip("wheel", "--no-deps", "--no-build-isolation", "-w", box / "own", ROOT)
        wheels = [*(box / "own").glob("*.whl"), *pure_wheels(), *kernel_wheels()]
        entries = list(map(entry, wheels))
        ours = {e["name"]: e for e in entries}
        raw = {e["name"]: w.read_bytes() for e, w in zip(entries, wheels, strict=True)}
        lock = cut(known, ours)
        for name, package in lock["packages"].items():
            if name not in ours:
                raw[name] = official(package["file_name"], package["sha256"], place)
        library = "python_stdlib.zip"
        raw[library] = release[library]
        made = kept_parts(raw, compiled, CACHE / "parts")
    put_core(folder, release, made[library][""])
    (folder / "pyodide-lock.json").write_text(json.dumps(served(lock, made, folder)))


def official_lock(place: str) -> dict:
    """The official lock as it is kept here; from the CDN it is compared with the official one."""
    kept = json.loads((TOOLS / "site-lock.json").read_text())
    if place == "cdn":
        whole = json.loads(official("pyodide-lock.json", LOCK, place))
        for name, package in kept["packages"].items():
            if whole["packages"][name] != package:
                raise SiteError(f"tools/site-lock.json has another {name} than the official lock")
    return kept


def keep_lock(release: str) -> None:
    """Write tools/site-lock.json from the official lock."""
    whole = json.loads(official("pyodide-lock.json", LOCK, release))
    wheels = [*pure_wheels(), *kernel_wheels()]
    ours = {e["name"]: e for e in map(entry, wheels)}
    own = ["anywidget", "ipywidgets", "matplotlib", "numpy", "scipy", "segno", "threadpoolctl"]
    lock = cut(whole, {**ours, "lossviz": {"depends": own}})
    lock["packages"] = {n: whole["packages"][n] for n in sorted(lock["packages"]) if n not in ours
                        and n in whole["packages"]}  # fmt: skip
    (TOOLS / "site-lock.json").write_text(json.dumps(lock, indent=1) + "\n")


def put_kernel(site: Path) -> None:
    """The kernel loads what is in our lock, all of it at once while Python starts."""
    places = site / "extensions/@jupyterlite/pyodide-kernel-extension/static"
    own = '["ssl","sqlite3","ipykernel","comm","pyodide_kernel","jedi","ipython"]'
    found = 0
    for file in places.glob("*.js"):
        if own in (text := file.read_text(encoding="utf-8")):
            file.write_text(text.replace(own, "[]"), "utf-8")
            found += 1
    if not found:
        raise SiteError("this kernel's list of packages is another one")


def settings() -> dict:
    kernel = {
        "pyodideUrl": "./static/pyodide/pyodide.js",
        "disablePyPIFallback": True,  # what is not in the site is not fetched from elsewhere
        "loadPyodideOptions": {"packages": ["micropip", "comm", *KERNELS_OWN]},
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


KEEPING = """const worker = navigator.serviceWorker;
        if (worker && !worker.controller) {
          // What loads from here on is kept, so that it is there without a network.
          const taken = new Promise((done) => {
            worker.addEventListener("controllerchange", done, { once: true });
            setTimeout(done, 3000);
          });
          await worker.register("../service-worker.js?enableCache=true").then(() => taken)
            .then(() => fetch(document.getElementById("jupyter-lite-main").href)) // was too early
            .catch(() => {});
        }
        """


def put_app_scripts(site: Path) -> None:
    """JupyterLab's own pages get two scripts of ours.

    With the one, a notebook opened by its own address keeps what it loads, as from the front page;
    the other says what Python does.
    """
    shutil.copy(TOOLS / "site_status.js", site)
    status = '<script type="module" src="../site_status.js"></script>\n</body>'
    edits = {"await import(": f"{KEEPING}await import(", "</body>": status}
    for app in ("lab", "notebooks"):
        file = site / app / "index.html"
        file.write_text(replaced(file.read_text("utf-8"), edits, app), "utf-8")


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
    edits = {
        'CACHE="precache"': f'CACHE="lossviz-{build}"',
        "enableCache=!1": f"enableCache={on}",
        "t.match(e)": 't.match(e,{ignoreSearch:"navigate"===e.mode})',
        't.pathname.includes("/api/")': "/[/]api[/](?!contents[/])/.test(t.pathname)",
        "a?e.waitUntil(refetch(t)):(": "a||(",
        "addAll([])": 'addAll(["./","lab/index.html","notebooks/index.html"])',
        "e.waitUntil(self.clients.claim())": f"e.waitUntil({forget}),"
        "e.waitUntil(self.clients.claim())",
    }
    file.write_text(replaced(text, edits, "this JupyterLite's service worker"))


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
            # JupyterLite hands out a file's lists of lines as they are, and JupyterLab puts commas
            # between them: nbformat joins them, as a server does.
            book = nbformat.read(ROOT / "notebooks" / file, as_version=4)
            (contents / file).write_text(json.dumps(book), "utf-8")
        shutil.copy(ROOT / "notebooks" / "GLOSSARY.md", contents)
        apps = [part for app in ("lab", "notebooks", "tree") for part in ("--apps", app)]
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--no-sourcemaps", *apps]
        command += ["--lite-dir", scratch, "--contents", contents, "--output-dir", lite / "site"]
        done = subprocess.run(list(map(str, command)), cwd=lite, capture_output=True, text=True)
        if done.returncode:
            raise SiteError(
                f"JupyterLite did not build:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        put_kernel(lite / "site")
        put_front(lite / "site")
        put_app_scripts(lite / "site")
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
        self._http = _Http(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self):
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()
        for connection in self._http.connections:  # kept alive, they would be answered on
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Http(http.server.ThreadingHTTPServer):
    def __init__(self, *arguments):
        self.connections = []
        super().__init__(*arguments)

    def get_request(self):
        connection, address = super().get_request()
        self.connections.append(connection)
        return connection, address


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sent = 0  # bytes of files, by all of them

    def end_headers(self):  # what the browser has without asking is then the service worker's
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

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


class Visit:
    """The site in a browser (Playwright's context), served on 127.0.0.1; a context manager.

    ``page`` is the page that is looked at, ``foreign`` the addresses elsewhere that were asked for
    and blocked.
    """

    def __init__(self, browser, site: Path):
        self._browser, self._server, self.foreign = browser, Server(site), []
        self.url = self._server.url

    def __enter__(self):
        self._server.__enter__()
        inside = (self.url, "data:", "blob:")
        self._browser.route(
            lambda url: not url.startswith(inside),
            lambda route: (self.foreign.append(route.request.url), route.abort()),
        )
        self._turn()
        return self

    def __exit__(self, *_):
        if self._server:
            self.stop()

    def _turn(self) -> None:
        self.page = self._browser.new_page()
        self.page.set_default_timeout(300_000)

    @property
    def sent(self) -> int:
        """Bytes of files that servers of sites have sent so far."""
        return _Quiet.sent

    def open(self, file: str) -> float:
        """Open a notebook in a new page instead of the one before; seconds until it has Python."""
        start = time.monotonic()
        self.go(f"lab/index.html?path={file}")
        self.page.wait_for_function(IDLE, timeout=180_000)
        return time.monotonic() - start

    def go(self, address: str) -> None:
        """Open this address of the site in a new page instead of the one before."""
        self.page.close()
        self._turn()
        self.page.goto(f"{self.url}/{address}")

    def stop(self) -> None:
        """Stop the server; the browser keeps what it has."""
        self._server.__exit__()
        self._server = None


def check(site: Path, wanted: list[str]) -> int:
    """Run the site's notebooks whose names begin so (all, without), first visit and second.

    The second has its server stopped. How many cells differ, said one by one.
    """
    from playwright.sync_api import sync_playwright

    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    chromium = next(filter(None, map(shutil.which, names)), None)
    files = [f for _, f, _ in walk() if f.startswith(tuple(wanted) or "")]
    wrong = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        with Visit(browser, site) as visit:
            for file in files:
                ready, start = visit.open(file), time.monotonic()
                found = differences(visit.page, file)
                print(f"{file}: kernel ready after {ready:.0f} s, all run in", end=" ")
                print(f"{time.monotonic() - start:.0f} s, {len(found)} differ,", end=" ")
                print(f"{visit.sent / 1e6:.0f} MB sent so far", flush=True)
                print(*found, sep="\n", end="\n" if found else "")
                wrong += found
            visit.stop()
            print(f"server stopped: {files[0]}: kernel ready after {visit.open(files[0]):.0f} s")
            wrong += [f"{address} was asked for" for address in visit.foreign]
        browser.close()
    print(f"{len(wrong)} differences in {len(files)} notebooks", *visit.foreign, sep="\n")
    return len(wrong)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", type=Path, default=ROOT / "site", help="the site's folder")
    parser.add_argument("--pyodide", default="cdn", help="cdn, or a folder with its release")
    parser.add_argument(
        "--lock", metavar="FOLDER", help="write tools/site-lock.json from a release"
    )
    parser.add_argument("--check", nargs="*", metavar="NN", help="run the site that is there")
    options = parser.parse_args()
    try:
        if options.lock:
            keep_lock(options.lock)
            return 0
        if options.check is not None:
            return bool(check(options.out.resolve(), options.check))
        build(options.out.resolve(), options.pyodide)
    except (SiteError, OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
