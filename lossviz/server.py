"""A Jupyter Server extension with one purpose: small kernel messages leave without waiting.

The server leaves Nagle's algorithm on for the kernel's websocket, so a slider's picture waits for
the browser to acknowledge the packet before: no more than 18 frames a second. With TCP_NODELAY a
slider reaches two to three times as many. Installing lossviz enables the extension
(``etc/jupyter/jupyter_server_config.d/lossviz.json``); ``jupyter server extension disable
lossviz.server`` turns it off. An extension that fails to import or to load is a line in the
server's log, never a server that does not start.

Nothing here knows of notebooks or pictures, and nothing in them needs it.
"""

_SETTING = "kernel_websocket_connection_class"


def no_delay(base: type) -> type:
    """The connection class `base`, with TCP_NODELAY set on its websocket as it connects."""

    class NoDelay(base):
        def connect(self):
            try:
                self.websocket_handler.set_nodelay(True)
            except Exception as error:  # slower, but connected
                self.log.debug("lossviz: TCP_NODELAY not set: %r", error)
            return super().connect()

    NoDelay.__name__ = NoDelay.__qualname__ = f"NoDelay{base.__name__}"
    return NoDelay


def _jupyter_server_extension_points() -> list[dict]:
    return [{"module": "lossviz.server"}]


def _load_jupyter_server_extension(app) -> None:
    """Wrap the connection class in force, be it the default, a gateway's or the user's own.

    Extensions load after the handlers' settings are made, which is where the handler looks; the
    trait of the same name, the documented place, is kept equal to it.
    """
    base = app.web_app.settings.get(_SETTING)
    if not (isinstance(base, type) and hasattr(base, "connect")):
        app.log.info("lossviz: this server has no %s; TCP_NODELAY stays off", _SETTING)
        return
    wrapped = no_delay(base)
    setattr(app, _SETTING, wrapped)
    app.web_app.settings[_SETTING] = wrapped
