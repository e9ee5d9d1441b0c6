"""Stock widgets that share what they look like: `stock.Button(...)` for `ipywidgets.Button(...)`.

ipywidgets gives every widget a layout and a style of its own: two models more on the page, which
were most of a notebook's. Those made here share one for each set of settings, as long as the kernel
lives: nobody may change it. A widget whose looks change later brings a `Layout` of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import ipywidgets as widgets

_looks: dict[tuple, widgets.Widget] = {}  # kind and settings → the layout or style that has them


def __getattr__(name: str) -> Callable[..., widgets.Widget]:
    return partial(_made, getattr(widgets, name))


def _made(kind: type[widgets.Widget], *args, **options) -> widgets.Widget:
    for name in ("layout", "style"):
        trait, said = getattr(kind, name, None), options.get(name, {})
        if trait is not None and isinstance(said, dict):
            options[name] = look(trait.klass, **said)
    return kind(*args, **options)


def look(kind: type[widgets.Widget] = widgets.Layout, **settings: str) -> widgets.Widget:
    """The layout or style with these settings that all share."""
    key = kind, *sorted(settings.items())
    if key not in _looks or _looks[key].comm is None:  # somebody closed all widgets
        _looks[key] = kind(**settings)
    return _looks[key]


def is_shared(widget: widgets.Widget) -> bool:
    """Whether this is a look that others have too."""
    return any(widget is look for look in _looks.values())
