"""TCP_NODELAY is really set, a user's connection class stays in force, a failure stops nothing."""

import json
from types import SimpleNamespace

import pytest
from support.jlab import ROOT, Lab
from tornado import ioloop, websocket

from lossviz.server import _load_jupyter_server_extension, no_delay

CONFIG = ROOT / "jupyter-config"

# A connection class as a user may configure one; it writes down what its socket is set to.
PROBE = """
import socket
from pathlib import Path
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

class Probe(ZMQChannelsWebsocketConnection):
    def connect(self):
        sock = self.websocket_handler.ws_connection.stream.socket
        on = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        Path(__file__).with_name("seen").write_text(f"{type(self).__name__} {bool(on)}")
        return super().connect()
"""


def ask_the_kernel(lab):
    """Open a kernel's websocket as a front end does, and return the kernel's answer."""
    kernel = json.loads(lab.request("POST", "api/kernels"))["id"]

    async def talk():
        url = f"{lab.url.replace('http', 'ws')}/api/kernels/{kernel}/channels?session_id=s"
        socket = await websocket.websocket_connect(url)
        header = {"msg_id": "m", "session": "s", "username": "", "version": "5.3", "date": ""}
        header["msg_type"] = "kernel_info_request"
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": {}}
        await socket.write_message(json.dumps(message | {"channel": "shell"}))
        while True:
            answer = json.loads(await socket.read_message())
            if answer["msg_type"] == "kernel_info_reply":
                socket.close()
                return answer["content"]["status"]

    return ioloop.IOLoop(make_current=False).run_sync(talk, timeout=60)


def serve(tmp_path, shims, *options):
    """A JupyterLab that sees the extension's config file, and these files before all others."""
    shim = tmp_path / "shim"
    for name, text in shims.items():
        path = shim / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Lab(tmp_path, tmp_path, options, pythonpath=[shim], config_path=CONFIG)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_extension_sets_nodelay_on_the_class_the_user_configured(tmp_path, enabled):
    options = ["--ServerApp.kernel_websocket_connection_class=probe.Probe"]
    if not enabled:
        options.append("--ServerApp.jpserver_extensions={'lossviz.server': False}")
    with serve(tmp_path, {"probe.py": PROBE}, *options) as lab:
        assert ask_the_kernel(lab) == "ok"
    name = "NoDelayProbe" if enabled else "Probe"
    assert (tmp_path / "shim" / "seen").read_text() == f"{name} {enabled}"


def test_an_extension_that_fails_to_import_stops_nothing(tmp_path):
    broken = "raise ImportError('planted')"
    with serve(tmp_path, {"lossviz/__init__.py": "", "lossviz/server.py": broken}) as lab:
        assert ask_the_kernel(lab) == "ok"
        assert "planted" in lab.log.read_text()


def test_an_extension_that_fails_to_load_stops_nothing(tmp_path):
    broken = """
def _jupyter_server_extension_points():
    return [{"module": "lossviz.server"}]
def _load_jupyter_server_extension(app):
    raise RuntimeError("planted")
"""
    with serve(tmp_path, {"lossviz/__init__.py": "", "lossviz/server.py": broken}) as lab:
        assert ask_the_kernel(lab) == "ok"
        assert "planted" in lab.log.read_text()


class Handler:
    def __init__(self):
        self.said = []

    def set_nodelay(self, value):
        self.said.append(value)


class Connection:
    log = SimpleNamespace(debug=lambda *a: None)

    def __init__(self, handler):
        self.websocket_handler = handler

    def connect(self):
        return "connected"


def test_it_connects_even_where_nodelay_cannot_be_set():
    handler = Handler()
    assert no_delay(Connection)(handler).connect() == "connected"
    assert handler.said == [True]
    assert no_delay(Connection)(object()).connect() == "connected"


@pytest.mark.parametrize("settings", [{}, {"kernel_websocket_connection_class": None}])
def test_a_server_with_another_api_is_left_alone(settings):
    before = dict(settings)
    log = SimpleNamespace(info=lambda *a: None)
    _load_jupyter_server_extension(
        SimpleNamespace(web_app=SimpleNamespace(settings=settings), log=log)
    )
    assert settings == before


def test_the_extension_is_enabled_by_its_config_file():
    path = CONFIG / "jupyter_server_config.d" / "lossviz.json"
    extensions = json.loads(path.read_text())["ServerApp"]["jpserver_extensions"]
    assert extensions == {"lossviz.server": True}
