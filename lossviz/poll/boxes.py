"""Draws the boxes of balls that the entropy polls show. Nothing here runs while a poll does.

``python -m lossviz.poll.boxes`` writes the pictures beside the polls; they are committed. Every
ball bears its colour's letter, so that nobody has to tell colours apart.
"""

import random
from pathlib import Path

from .questions import HERE

# Letter → fill and ink: the house's four line colours, each with a letter legible on it.
COLOURS = {
    "B": ("#0072B2", "#ffffff"),
    "V": ("#D55E00", "#000000"),
    "G": ("#009E73", "#000000"),
    "P": ("#CC79A7", "#000000"),
}

# Poll → its boxes, each the number of balls of each colour.
BOXES: dict[str, dict[str, dict[str, int]]] = {
    "entropy_easy": {
        "A": {"B": 2, "V": 2, "G": 2, "P": 2},
        "B": {"B": 5, "V": 1, "G": 1, "P": 1},
    },
    "entropy": {
        "A": {"B": 10, "V": 10},
        "B": {"B": 17, "V": 1, "G": 1, "P": 1},
    },
    "entropy_hard": {
        "A": {"B": 8, "V": 2, "G": 2},
        "B": {"B": 16, "V": 4, "G": 4},
        "C": {"B": 9, "V": 1, "G": 1, "P": 1},
    },
}

_COLUMNS, _PITCH, _RADIUS, _MARGIN, _TITLE = 8, 42, 18, 12, 34


def svg(boxes: dict[str, dict[str, int]], seed: int) -> str:
    """The boxes below one another, each with its balls in a random order fixed by the seed."""
    shuffle = random.Random(seed).shuffle
    width, top, parts = _COLUMNS * _PITCH + 2 * _MARGIN, 0, []
    for name, counts in boxes.items():
        balls = [letter for letter, count in counts.items() for _ in range(count)]
        shuffle(balls)
        height = -(-len(balls) // _COLUMNS) * _PITCH + 8
        parts.append(f'<text x="{_MARGIN}" y="{top + 25}" class="t">Box {name}</text>')
        parts.append(
            f'<rect x="{_MARGIN - 4}" y="{top + _TITLE}" width="{_COLUMNS * _PITCH + 8}" '
            f'height="{height}" rx="8" fill="#fff" stroke="#333" stroke-width="2.5"/>'
        )
        for index, letter in enumerate(balls):
            row, column = divmod(index, _COLUMNS)
            x = _MARGIN + (column + 0.5) * _PITCH
            y = top + _TITLE + 4 + (row + 0.5) * _PITCH
            fill, ink = COLOURS[letter]
            parts.append(
                f'<circle cx="{x:g}" cy="{y:g}" r="{_RADIUS}" fill="{fill}"/>'
                f'<text x="{x:g}" y="{y + 6:g}" fill="{ink}" text-anchor="middle">{letter}</text>'
            )
        top += _TITLE + height + 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" '
        f'width="{width}" height="{top}" font-family="sans-serif" font-size="17" '
        f'font-weight="bold">\n<rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def pictures() -> dict[Path, str]:
    """Every picture's file and content."""
    return {
        HERE / f"{name}.svg": svg(boxes, seed) for seed, (name, boxes) in enumerate(BOXES.items())
    }


if __name__ == "__main__":
    for path, content in pictures().items():
        path.write_text(content, "utf-8", newline="\n")
