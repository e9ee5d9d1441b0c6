"""Stock widgets that share what they look like.

ipywidgets gives every widget a layout and a style of its own: two models more on the page, which
are most of a notebook's. Those made here that are to look alike share theirs, as long as the kernel
lives: nobody may change one. A widget whose layout changes later brings a `Layout` of its own.
"""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

_looks: dict[tuple, widgets.Widget] = {}  # kind and settings → the layout or style that has them


def stock(kind: type[widgets.Widget], *args: Any, **options: Any) -> Any:
    """``kind(*args, **options)``, sharing its layout and its style unless it brings its own.

    `layout` and `style` may be dicts of settings, as for any widget: equal ones are shared too.
    """
    for name in ("layout", "style"):
        trait, said = getattr(kind, name, None), options.get(name, {})
        if trait is not None and isinstance(said, dict):
            options[name] = look(trait.klass, **said)
    return kind(*args, **options)


def look(kind: type[widgets.Widget], **settings: str) -> Any:
    """The layout or style with these settings that all share."""
    key = kind, *sorted(settings.items())
    if key not in _looks or _looks[key].comm is None:  # somebody closed all widgets
        _looks[key] = kind(**settings)
    return _looks[key]


def is_shared(widget: widgets.Widget) -> bool:
    """Whether this is a look that others have too."""
    return any(widget is look for look in _looks.values())
