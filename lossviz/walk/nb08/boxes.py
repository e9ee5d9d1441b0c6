"""The boxes of balls that the entropy polls and notebook 08 show.

``python tools/make_pictures.py boxes`` writes them as pictures beside the polls; they are
committed, and nothing here runs while a poll does. Every ball bears its colour's letter, so that
nobody has to tell colours apart.
"""

import random

from lossviz import style

# Letter → fill and ink: the house's four line colours, each with a letter legible on it.
COLOURS = {
    "B": (style.BLUE, "#ffffff"),
    "V": (style.VERMILION, "#000000"),
    "G": (style.GREEN, "#000000"),
    "P": (style.PURPLE, "#000000"),
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


def balls_of(poll: str) -> dict[str, list[str]]:
    """Each box of a poll with its balls, in a mixed order that is the same every time."""
    shuffle = random.Random(list(BOXES).index(poll)).shuffle
    boxes = {}
    for name, counts in BOXES[poll].items():
        boxes[name] = [letter for letter, count in counts.items() for _ in range(count)]
        shuffle(boxes[name])
    return boxes


def svg(poll: str) -> str:
    """The picture of a poll: its boxes below one another."""
    width, top, parts = _COLUMNS * _PITCH + 2 * _MARGIN, 0, []
    for name, balls in balls_of(poll).items():
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
