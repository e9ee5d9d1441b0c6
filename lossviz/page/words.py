"""Words and numbers as a page shows them: minus signs, wrapping, TeX and code as HTML.

No widget and nothing of Matplotlib: scenes, derivations and questions all write with these.
"""

from __future__ import annotations

import html
import re
import textwrap

WIDTH = 92  # characters of a line in text/plain, so that a page without wrapping shows all
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def minus(sentence: str) -> str:
    """A sentence with real minus signs, and 1.2e-08 as people write it: 1.2 × 10⁻⁸."""
    powers = re.sub(
        r"(?<=\d)e([-+]\d+)", lambda e: f" × 10{str(int(e[1])).translate(RAISED)}", sentence
    )
    return powers.replace("-", "−")


def number(value: float, scale: float = 0.0) -> str:
    """`value` to 6 significant digits; what is rounding dust beside `scale` is 0."""
    if abs(value) <= 1e-12 * scale:
        value = 0.0
    return minus(f"{value:.6g}")


def clip(text: str, limit: int = 60) -> str:
    """A text of at most `limit` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def to_html(text: str) -> str:
    """Text as HTML: `code` in backticks; TeX between dollar signs is left for the page."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def wrap(text: str, first: str = "", rest: str = "") -> str:
    """Text in lines of at most `WIDTH` characters, paragraph by paragraph."""
    lines = []
    for paragraph in text.strip().splitlines():
        lines += textwrap.wrap(
            paragraph,
            WIDTH,
            initial_indent=rest if lines else first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(lines)
