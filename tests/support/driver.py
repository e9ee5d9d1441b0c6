"""Drives every widget of a notebook in a real kernel, with the messages a browser would send.

``drive_notebook`` runs all cells, then moves each slider to both ends and the middle, picks each
option, types into each field and presses each button, and raises ``DriveError`` on any exception,
any stderr, or a message that is not answered in time. No browser: what the views do is the browser
layer's business.
"""

import re
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty

import nbformat
from jupyter_client.manager import KernelManager

HANG = 120  # seconds without an answer; tells a hang from a slow machine, not a speed test
CELL_HANG = 600
MANY = 2000  # more widgets than this: a button makes new ones without end

_ANSI = re.compile(r"\x1b\[[0-9;]*m")

# Shown, not operated.
PASSIVE = {
    *("HTMLModel", "HTMLMathModel", "LabelModel", "ImageModel", "OutputModel"),
    *("BoxModel", "HBoxModel", "VBoxModel", "GridBoxModel", "LinkModel", "DirectionalLinkModel"),
    *("FloatProgressModel", "IntProgressModel", "ValidModel", "LayoutModel"),
}


class DriveError(Exception):
    """What a reader would have seen go wrong: an exception, stderr, or a dead control."""


class Browser:
    """The kernel side of a page: runs cells, mirrors the widgets' states, sends what hands do."""

    def __init__(self, client):
        self.client = client
        self.models = {}  # comm id -> state, in order of creation
        self.subshell = self._create_subshell()

    def _create_subshell(self) -> str | None:
        """JupyterLab sends comm messages on a subshell, that is another thread: so do we."""
        message = self.client.session.msg("kernel_info_request", {})
        self.client.shell_channel.send(message)
        info = self._reply(self.client.get_shell_msg, message)
        if "kernel subshells" not in info.get("supported_features", []):
            return None
        message = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(message)
        return self._reply(self.client.get_control_msg, message)["subshell_id"]

    def _reply(self, get, message) -> dict:
        while True:
            reply = get(timeout=CELL_HANG)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply["content"]

    def run(self, code: str, where: str) -> None:
        """Run a cell and wait until it is idle."""
        message = self.client.session.msg(
            "execute_request",
            {
                "code": code,
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": True,
            },
        )
        self.client.shell_channel.send(message)
        self._until_idle(message, where, CELL_HANG)

    def send(self, comm: str, data: dict, where: str) -> None:
        """Send one widget message and wait until the kernel is idle again."""
        message = self.client.session.msg("comm_msg", {"comm_id": comm, "data": data})
        if self.subshell:
            message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)
        self._until_idle(message, where, HANG)

    def reload(self) -> None:
        """What a reloaded page does first: ask for the state of every widget."""
        content = {"comm_id": "reload", "target_name": "jupyter.widget.control", "data": {}}
        message = self.client.session.msg("comm_open", content)
        message["metadata"] = {"version": "1.0.0"}
        self.client.shell_channel.send(message)
        self._until_idle(message, "page reload", HANG)
        self.send("reload", {"method": "request_states"}, "page reload")

    def settle(self, seconds: float = 0.3) -> None:
        """Listen on, for threads that fail after the last answer."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self._take(self.client.get_iopub_msg(timeout=left), "after the last message")
            except Empty:
                return

    def _until_idle(self, message, where: str, limit: float) -> None:
        end = time.monotonic() + limit
        while True:
            try:
                got = self.client.get_iopub_msg(timeout=max(0, end - time.monotonic()))
            except Empty:
                raise DriveError(f"{where}: no answer within {limit} s") from None
            self._take(got, where)
            mine = got["parent_header"].get("msg_id") == message["header"]["msg_id"]
            if mine and got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
                return

    def _take(self, message, where: str) -> None:
        """Mirror a widget's life; raise on an error or on stderr, whoever caused it."""
        content = message["content"]
        match message["msg_type"]:
            case "error":
                traceback = _ANSI.sub("", "\n".join(content["traceback"]))
                raise DriveError(f"{where}: {content['ename']}: {content['evalue']}\n{traceback}")
            case "stream" if content["name"] == "stderr":
                raise DriveError(f"{where}: stderr: {content['text']}{self._rest_of_stderr()}")
            case "comm_open" if content["target_name"] == "jupyter.widget":
                self.models[content["comm_id"]] = dict(content["data"]["state"])
            case "comm_msg" if content["data"].get("method") == "update_states":
                for comm, widget in content["data"]["states"].items():
                    self.models.setdefault(comm, {}).update(widget["state"])
            case "comm_msg" if content["comm_id"] in self.models:
                if content["data"].get("method") == "update":
                    self.models[content["comm_id"]].update(content["data"]["state"])
            case "comm_close":
                self.models.pop(content["comm_id"], None)

    def _rest_of_stderr(self) -> str:
        """A traceback comes in pieces: what else arrives within half a second."""
        text = ""
        with suppress(Empty):
            while True:
                message = self.client.get_iopub_msg(timeout=0.5)
                if message["msg_type"] == "stream":
                    text += message["content"]["text"]
        return text

    def operate(self) -> int:
        """Come as a page does after the cells have run, operate every widget; count messages."""
        self.reload()
        sent = self.drive_all()
        self.settle()
        return sent

    def drive_all(self) -> int:
        """Operate every widget, those included that a press brings up; return the messages sent."""
        sent = 0
        done = set()
        while todo := [comm for comm in self.models if comm not in done]:
            if len(done) > MANY:
                raise DriveError(
                    f"more than {MANY} widgets: does a button make more at each press?"
                )
            for comm in sorted(todo, key=lambda comm: not is_picture(self.models[comm])):
                done.add(comm)
                sent += self._drive(comm, gestures)
        for comm in reversed([*self.models]):  # once more, buttons only, in the other order
            sent += self._drive(comm, presses)
        return sent

    def _drive(self, comm: str, how) -> int:
        if comm not in self.models:  # closed meanwhile
            return 0
        sent = 0
        state = self.models[comm]
        name = f"{state['_model_name']} {state.get('description') or comm[:8]}"
        for data in how(state):
            if comm not in self.models:
                break
            self.send(comm, data, f"{name}, {data.get('state') or 'pressed'}")
            sent += 1
        return sent


def is_picture(state: dict) -> bool:
    """Whether this is an explorer's canvas: a page greets it first, and then gets frames."""
    return "first_sentence" in state


def gestures(state: dict) -> list[dict]:
    """The messages that move this widget to all its ends."""
    kind = state["_model_name"]
    if kind in PASSIVE or kind.endswith(("LayoutModel", "StyleModel")):
        return []
    if kind == "AnyModel":  # its controls are stock widgets, driven by themselves
        return [{"method": "custom", "content": {"hello": 1}}] if is_picture(state) else []
    if kind == "ButtonModel":
        return presses(state) * 2
    return [{"method": "update", "state": s, "buffer_paths": []} for s in _states(kind, state)]


def presses(state: dict) -> list[dict]:
    """A click, if the widget is a button."""
    if state["_model_name"] != "ButtonModel":
        return []
    return [{"method": "custom", "content": {"event": "click"}}]


def _states(kind: str, state: dict) -> list[dict]:
    match kind.removesuffix("Model"):
        case "FloatSlider" | "BoundedFloatText":
            low, high = state["min"], state["max"]
            return [{"value": v} for v in (low, high, low + (high - low) / 2)]
        case "IntSlider" | "BoundedIntText" | "Play":
            low, high = state["min"], state["max"]
            return [{"value": v} for v in (low, high, (low + high) // 2)]
        case "FloatLogSlider":
            low, high = state["min"], state["max"]
            return [{"value": state["base"] ** v} for v in (low, high, (low + high) / 2)]
        case "FloatRangeSlider" | "IntRangeSlider":
            low, high = state["min"], state["max"]
            return [{"value": v} for v in ([low, low], [high, high], [low, high])]
        case "FloatText":
            return [{"value": v} for v in (0.0, -1e6, 1e6, state["value"])]
        case "IntText":
            return [{"value": v} for v in (0, -(10**6), 10**6, state["value"])]
        case "Text" | "Textarea" | "Combobox":
            return [{"value": v} for v in ("", "0.5", "some words, ½ σ")]
        case "Checkbox" | "ToggleButton":
            return [{"value": not state["value"]}, {"value": state["value"]}]
        case "Dropdown" | "RadioButtons" | "Select" | "ToggleButtons" | "SelectionSlider":
            return [{"index": i} for i in range(len(state["_options_labels"]))]
        case "SelectMultiple":
            options = range(len(state["_options_labels"]))
            return [{"index": []}, *({"index": [i]} for i in options), {"index": [*options]}]
        case "SelectionRangeSlider":
            last = len(state["_options_labels"]) - 1
            return [{"index": [0, 0]}, {"index": [last, last]}, {"index": [0, last]}]
        case "Accordion" | "Tab" | "Stack":
            pages = [{"selected_index": i} for i in range(len(state["children"]))]
            return [*pages, {"selected_index": None}] if kind != "TabModel" else pages
    raise DriveError(f"{kind}: the driving layer does not know how to operate it")


@contextmanager
def kernel(cwd: Path):
    """A fresh kernel with its page; it ends with the block."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(cwd), extra_arguments=["--HistoryManager.hist_file=:memory:"])
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        yield Browser(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def drive_notebook(nb: nbformat.NotebookNode, cwd: Path) -> int:
    """Run all cells of the notebook and operate all its widgets; return how many messages."""
    with kernel(cwd) as page:
        for index, cell in enumerate(nb.cells):
            if cell.cell_type == "code":
                page.run(cell.source, f"cell {index}")
        return page.operate()
