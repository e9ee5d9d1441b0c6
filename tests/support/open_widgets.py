"""The widgets that are open."""

from ipywidgets.widgets.widget import _instances

from lossviz.page import stock


def open_widgets() -> set[str]:
    """The ids of all but the looks that widgets share, which stay for as long as the kernel."""
    return {name for name, widget in _instances.items() if not stock.is_shared(widget)}
