"""A real JupyterLab with a directory of its own, and a real Chromium that looks at it.

The server sees none of the user's configuration, only what is installed beside the Python that
runs the tests. It is stopped by its process id.
"""

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "screenshots"
START = 120  # seconds; a cold start on a loaded machine takes 20
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """The path of an installed Chromium or Chrome."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


class Lab:
    """JupyterLab on a free port of 127.0.0.1, serving `root`; a context manager."""

    def __init__(
        self, root: Path, scratch: Path, options=(), pythonpath=(), config_path=None, answers="off"
    ):
        self.root = root
        self.log = scratch / "jupyterlab.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "JPY_"))}
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            env[name] = str(scratch / name.lower())
            Path(env[name]).mkdir(exist_ok=True)
        settings = scratch / "jupyter_config_dir/lab/user-settings/@jupyterlab/apputils-extension"
        settings.mkdir(parents=True, exist_ok=True)
        # Its question whether to fetch news would lie over the page.
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
        if config_path:
            env["JUPYTER_CONFIG_PATH"] = str(config_path)
        env["LOSSVIZ_ANSWERS"] = answers
        env["PYTHONPATH"] = os.pathsep.join(map(str, [*pythonpath, ROOT]))
        command = [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", f"--port={self.port}", "--ServerApp.port_retries=0"),
            *("--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"),
            *(f"--ServerApp.root_dir={root}", "--LabApp.news_url="),
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.expose_app_in_browser=True",
            *options,
        ]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd=scratch
            )

    def __enter__(self):
        end = time.monotonic() + START
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.get("api/status")
                return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        self.stop()
        raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text()[-4000:]}")

    def __exit__(self, *_):
        self.stop()

    def get(self, path: str):
        """The JSON that the server answers."""
        with urllib.request.urlopen(f"{self.url}/{path}", timeout=10) as answer:
            return json.load(answer)

    def request(self, method: str, path: str) -> bytes:
        """Send a request without a body (start or end a kernel)."""
        request = urllib.request.Request(f"{self.url}/{path}", method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def end_sessions(self) -> None:
        """End every kernel, so that a test leaves none behind."""
        while sessions := self.get("api/sessions"):  # two on one kernel end together
            self.request("DELETE", f"api/sessions/{sessions[0]['id']}")

    def stop(self) -> None:
        """End the server; it ends its kernels."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)


class NotebookPage:
    """One notebook open in its own workspace; keeps what went wrong in the page."""

    def __init__(self, browser, lab: Lab, name: str, **context):
        self.lab = lab
        self.name = name
        self.errors = []
        self.foreign = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, **context)
        self.context.on("request", self._see_request)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.page.on("console", self._see_console)
        self.page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))
        self.page.on("websocket", lambda ws: self._see_url(ws.url))

    def _see_request(self, request):
        self._see_url(request.url)

    def _see_url(self, url: str):
        own = (self.lab.url, self.lab.url.replace("http", "ws"), "data:", "blob:", "about:")
        if not url.startswith(own):
            self.foreign.append(url)

    def _see_console(self, message):
        if message.type == "error":
            self.errors.append(f"console: {message.text} ({message.location.get('url', '')})")

    def open(self) -> "NotebookPage":
        """Load JupyterLab with the notebook and wait for its kernel."""
        workspace = f"test{time.time_ns()}"
        self.page.goto(f"{self.lab.url}/lab/workspaces/{workspace}/tree/{self.name}?reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_function(
            """() => {
                const panel = window.jupyterapp?.shell.currentWidget;
                return panel?.sessionContext?.session?.kernel?.status === 'idle';
            }"""
        )
        return self

    def turn_to(self, name: str) -> "NotebookPage":
        """Open another notebook in this page, in place of the one that was left."""
        self.name = name
        self.page.evaluate(
            """async name => {
                const panel = await window.jupyterapp.commands.execute('docmanager:open',
                    { path: name, factory: 'Notebook', kernel: { name: 'python3' } });
                await panel.context.ready;
                await panel.sessionContext.ready;
                const { shell } = window.jupyterapp;
                const late = () => panel.sessionContext.session?.kernel?.status !== 'idle';
                while (late() || shell.currentWidget !== panel) { // a busy page activates it late
                    if (!late()) shell.activateById(panel.id);
                    await new Promise(done => setTimeout(done, 50));
                }
            }""",
            name,
        )
        return self

    def leave(self) -> None:
        """Close the notebook unsaved and end its kernel; the page stays for the next one."""
        self.page.mouse.move(0, 0)
        self.page.evaluate(
            """() => {
                for (const panel of [...window.jupyterapp.shell.widgets('main')]) panel.dispose();
            }"""
        )
        self.lab.end_sessions()
        self.errors.clear()
        self.foreign.clear()

    def run_all(self) -> None:
        """Run All, as the menu does it, until the kernel is idle and every cell is done.

        What folds away is opened first: hands reach only what is on the page.
        """
        self.page.set_default_timeout(300_000)
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:expand-all-headings')")
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_function(
            """() => {
                const panel = window.jupyterapp.shell.currentWidget;
                const cells = [...panel.content.model.cells].filter(c => c.type === 'code');
                const done = cells.every(c => c.executionCount || !c.sharedModel.source.trim());
                const failed = cells.some( // an error ends the run; `error_outputs` says which
                    c => c.outputs.toJSON().some(out => out.output_type === 'error'));
                const idle = panel.sessionContext.session.kernel.status === 'idle';
                // a widget's view is made in the page after its cell is done in the kernel
                const views = cells.flatMap(c => c.outputs.toJSON()).filter(
                    out => out.data?.['application/vnd.jupyter.widget-view+json']);
                const shown = panel.node.querySelectorAll(
                    '.jp-OutputArea-output > .jupyter-widgets');
                return idle && (failed || (done && shown.length >= views.length));
            }"""
        )
        self.page.set_default_timeout(60_000)

    def hidden(self) -> list[str]:
        """The ids of the cells that a folded heading hides."""
        return self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets
                .filter(cell => cell.isHidden).map(cell => cell.model.id)"""
        )

    def execute(self, code: str = "", answer: str = "None") -> str:
        """Run code in the kernel, beside the cells, after everything sent so far.

        Returns the text of the expression `answer`, as the kernel would print it.
        """
        return self.page.evaluate(
            """async ([code, answer]) => {
                const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const { content } = await kernel.requestExecute({
                    code, silent: true, store_history: false, user_expressions: { answer },
                }).done;
                if (content.status !== 'ok') throw new Error(content.evalue);
                return content.user_expressions.answer.data['text/plain'];
            }""",
            [code, answer],
        )

    def ask(self, code: str, answer: str):
        """The value of an expression after running this code; it must be JSON."""
        return json.loads(ast.literal_eval(self.execute(code, answer)))

    def error_outputs(self) -> list[str]:
        """The text of every error and stderr output in the notebook's model."""
        return self.page.evaluate(
            """() => {
                const found = [];
                for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells) {
                    if (cell.type !== 'code') continue;
                    for (const out of cell.outputs.toJSON()) {
                        if (out.output_type === 'error') found.push(out.ename + ': ' + out.evalue);
                        if (out.name === 'stderr') found.push(String(out.text));
                    }
                }
                return found;
            }"""
        )

    def close(self) -> None:
        """Close the page and end its kernel."""
        self.context.close()
        self.lab.end_sessions()
