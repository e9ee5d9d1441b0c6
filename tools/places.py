"""The frames of one picture, drawn beforehand: at which places of its controls, and how packed.

A picture with one or two controls is drawn at every pair of places; one with more is drawn along
one control at a time, from the start values (a derivation at each of its rows). `thinned` leaves
out places until the frames fit their share of a page, `coded` draws and codes them.

A frame is the project's own coding, runs of pixels over a base (`lossviz.explorer.frames`), in two
layers: frames along one control share what the other one changes, so each such *group* is runs over
the page's base, and each frame is runs over its group's. Runs are written as planes of bytes (the
gap before a run, its length, its colour's number) and compressed by group. What reads them is
`pages.js`; what paints them is the live picture's own `explorer.js`.
"""

from __future__ import annotations

import base64
import itertools
import json
import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lossviz.explorer.frames import runs
from lossviz.explorer.parameters import Choice, Press, Slider, Toggle, in_words
from lossviz.explorer.stage import Stage
from lossviz.explorer.wire import flat
from lossviz.page.words import number

PRESSES = 8  # of a button: then it begins again
MOST = 400  # frames of one picture, however little room they take
ALL = 10**6  # more places than any slider has
DENSE = (301, 171, 121, 101, 81, 61, 51, 41, 31, 26, 21, 17, 14, 12, 10, 8, 7, 6, 5, 4, 3, 2)
Key = tuple[int, ...]  # for each parameter the number of its place


@dataclass
class Picture:
    """A stage with its parameters, where it starts, and the values at which it shows its point.

    `rows` names the parameter that is drawn at each of its values whatever the others do (the row
    of a derivation); `texts(values)` are further texts that follow the places, by name.
    """

    stage: Stage
    parameters: Mapping
    start: Mapping
    shows: Mapping = field(default_factory=dict)
    rows: str = ""
    texts: Callable[[dict], dict] | None = None
    _drawn: dict[tuple, tuple] = field(default_factory=dict)  # as runs over the first
    _first: np.ndarray | None = None
    dense: int = ALL  # places along a slider, at most
    model: tuple[float, float, int] | None = None
    plans: list = field(default_factory=list)

    @property
    def together(self) -> bool:
        """Whether all its controls can be moved at once."""
        return len(self.parameters) <= 2

    @property
    def point(self) -> dict:
        return {**self.start, **self.shows}

    def draw(self, values: dict) -> tuple[np.ndarray, str, list]:
        """The frame of these values: pixels, sentence, places of its handles. Drawn once."""
        key = tuple(values.values())
        if key not in self._drawn:
            sentence = self.stage.draw(values)
            if self._first is None:
                self._first = self.stage.pixels.copy()
            kept = runs(self.stage.pixels, self._first)
            self._drawn[key] = kept, sentence, flat(self.stage.places)
        kept, sentence, places = self._drawn[key]
        return _painted(self._first, kept), sentence, places


def _painted(base: np.ndarray, found: np.ndarray) -> np.ndarray:
    """What `frames.runs` coded: runs painted over their base."""
    starts, lengths, colours = found.reshape(3, -1).astype(np.int64)
    ends = np.cumsum(lengths)
    pixels = base.copy()
    at = np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1] if len(ends) else 0)
    pixels[at] = np.repeat(colours, lengths)
    return pixels


@dataclass(frozen=True)
class Plan:
    """Which places are kept: for each parameter its values, in order; and how many there were."""

    values: dict[str, list]
    all: dict[str, int]
    outer: int = 0  # of two parameters the one whose places make the groups

    @property
    def left_out(self) -> dict[str, tuple[int, int]]:
        """For each thinned parameter how many places are kept, and of how many."""
        return {
            name: (len(kept), self.all[name])
            for name, kept in self.values.items()
            if len(kept) < self.all[name]
        }


def places(parameter, dense: int, always: Sequence) -> list:
    """At most about `dense` values of a parameter, in order: its ends and these among them."""
    if isinstance(parameter, Toggle):
        return [False, True]
    if isinstance(parameter, Choice):
        return list(parameter.options)
    if isinstance(parameter, Press):
        return list(range(PRESSES))
    stride = max(1, math.ceil(parameter.count / (dense - 1)))
    start = round(parameter.index(parameter.nearest(always[0])))
    kept = {*range(start % stride, parameter.count + 1, stride), 0, parameter.count}
    return sorted({*map(parameter.at, kept), *always})


def plan(picture: Picture, dense: int, outer: int = 0) -> Plan:
    """The places of a picture, with at most about `dense` along each slider."""
    values, every = {}, {}
    for name, parameter in picture.parameters.items():
        always = picture.start[name], picture.point[name]
        # a row of a derivation, and all that is no slider, is never thinned
        own = ALL if name == picture.rows else dense
        values[name] = places(parameter, own, always)
        every[name] = len(places(parameter, ALL, always))
    return Plan(values, every, outer)


def groups(picture: Picture, made: Plan) -> Iterator[list[Key]]:
    """The keys of all frames, those beside each other that differ in one parameter only."""
    counts = [range(len(kept)) for kept in made.values.values()]
    names = list(made.values)
    start = [made.values[name].index(picture.start[name]) for name in names]
    if len(names) == 1:
        yield [(k,) for k in counts[0]]
    elif picture.together:
        for k in counts[made.outer]:
            inner = counts[1 - made.outer]
            yield [(k, m) if made.outer == 0 else (m, k) for m in inner]
    else:
        loose = [n for n, name in enumerate(names) if name != picture.rows]
        rows = counts[names.index(picture.rows)] if picture.rows else [None]
        for row, n in itertools.product(rows, loose):
            key = [*start]
            if row is not None:
                key[names.index(picture.rows)] = row
            yield [(*key[:n], k, *key[n + 1 :]) for k in counts[n]]
        if picture.shows:
            yield [tuple(made.values[name].index(picture.point[name]) for name in names)]


def count(picture: Picture, made: Plan) -> tuple[int, int]:
    """How many groups and how many frames a plan has."""
    kept = {name: len(values) for name, values in made.values.items()}
    if picture.together:
        return (list(kept.values())[made.outer] if len(kept) == 2 else 1), math.prod(kept.values())
    rows = kept.pop(picture.rows, 1)
    point = bool(picture.shows)
    return rows * len(kept) + point, rows * sum(kept.values()) + point


def _model(picture: Picture) -> tuple[float, float, int]:
    """Bytes of a group's base and of a frame, from a few of them; and the better outer control."""
    if picture.model is None:
        whole, trials = plan(picture, 41), []
        both = picture.together and len(picture.parameters) == 2
        for outer in range(1 + both):
            few = plan(picture, 4, outer)
            lists = list(groups(picture, few))
            some = lists[:: max(1, math.ceil(len(lists) / 3))]
            parts = coded(picture, few, some)
            frames = sum(parts.frames) / sum(map(len, some))
            base = sum(parts.bases) / len(some)
            n, every = count(picture, Plan(whole.values, whole.all, outer))
            trials.append((n * base + every * frames, base, frames, outer))
        picture.model = min(trials)[1:]
    return picture.model


def _reckoned(picture: Picture, made: Plan) -> float:
    """About how many bytes a plan takes."""
    base, frame, _ = _model(picture)
    lists, frames = count(picture, made)
    return base * lists + frame * frames


def thinned(picture: Picture, share: float) -> Plan:
    """The densest plan of a picture that takes about `share` bytes, or the coarsest there is."""
    if not picture.plans:
        dense = [min(n, picture.dense) for n in DENSE]
        picture.plans = [plan(picture, n, _model(picture)[2]) for n in dense]
    for made in picture.plans:
        if count(picture, made)[1] <= MOST and _reckoned(picture, made) <= share:
            return made
    return picture.plans[-1]


def shared(pictures: Sequence[Picture], room: float) -> list[Plan]:
    """Plans that together take about `room` bytes: what one does not need is for the others."""
    low, high = 0.0, room
    for _ in range(20):
        share = (low + high) / 2
        made = [thinned(picture, share) for picture in pictures]
        total = sum(_reckoned(picture, one) for picture, one in zip(pictures, made, strict=True))
        low, high = (share, high) if total <= room else (low, share)
    return [thinned(picture, low) for picture in pictures]


# ---- coding
def _usual(frames: Sequence[np.ndarray]) -> np.ndarray:
    """For each pixel the colour that two of three frames have, where two have one."""
    if len(frames) < 3:
        return frames[0]
    a, b, c = frames
    return np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))


def _spread(items: Sequence) -> list:
    """The first, the middle one and the last; all, if there are fewer."""
    return [*items] if len(items) < 3 else [items[0], items[len(items) // 2], items[-1]]


def _planes(numbers: np.ndarray) -> bytes:
    """Numbers below 2²⁴ as three planes of bytes, the lowest first."""
    return numbers.astype("<u4").view("u1").reshape(-1, 4)[:, :3].T.tobytes()


def _packed_runs(found: np.ndarray, palette: dict[int, int]) -> tuple[int, bytes]:
    """Runs as `frames` codes them, as planes: how many, and their bytes."""
    starts, lengths, colours = found.reshape(3, -1).astype(np.int64)
    ends = np.concatenate([[0], (starts + lengths)[:-1]]) if len(starts) else starts
    unique, inverse = np.unique(colours, return_inverse=True)
    known = [palette.setdefault(int(c), len(palette)) for c in unique]
    index = np.array(known, np.int64)[inverse] if len(unique) else colours
    return len(starts), _planes(starts - ends) + _planes(lengths) + _planes(index)


@dataclass
class Coded:
    """All frames of a picture: what the page reads first, then the base and a part per group."""

    head: dict
    parts: list[bytes]
    bases: list[float]  # bytes of each group's base, about
    frames: list[float]  # and of each group's frames

    @property
    def text(self) -> str:
        """As it stands in the page."""
        head = zlib.compress(json.dumps(self.head, ensure_ascii=False).encode(), 9)
        return json.dumps([base64.b64encode(part).decode() for part in (head, *self.parts)])


def coded(picture: Picture, made: Plan, lists: Sequence[list[Key]] | None = None) -> Coded:
    """Draw all frames of a plan, or those of some of its groups, and code them."""
    lists = lists or list(groups(picture, made))
    names, palette = list(made.values), {}
    value = {name: dict(enumerate(kept)) for name, kept in made.values.items()}

    def valued(key: Key) -> dict:
        return {name: value[name][k] for name, k in zip(names, key, strict=True)}

    def usual_of(keys: Sequence[Key]) -> np.ndarray:
        return _usual([picture.draw(valued(key))[0] for key in _spread(keys)])

    base = _usual([usual_of(keys) for keys in _spread(lists)])
    white = np.full_like(base, 0xFFFFFFFF)
    said, counts, parts, bases, frames = [], [], [], [], []
    size = _packed_runs(runs(base, white), palette)
    for keys in lists:
        usual = usual_of(keys)
        rows = [_packed_runs(runs(usual, base), palette)]
        said.append([])
        for key in keys:
            pixels, *rest = picture.draw(valued(key))
            rows.append(_packed_runs(runs(pixels, usual), palette))
            said[-1].append([key, *rest])
        counts.append([count for count, _ in rows])
        parts.append(zlib.compress(b"".join(part for _, part in rows), 9))
        bases.append(len(zlib.compress(rows[0][1], 6)))
        frames.append(max(0, len(parts[-1]) - bases[-1]))
    width, height = picture.stage.canvas.get_width_height(physical=True)
    head = {
        "width": width,
        "height": height,
        "size": list(picture.stage.css_size),
        "zoom": picture.stage.zoom,
        "parameters": [_described(n, p, made.values[n]) for n, p in picture.parameters.items()],
        "start": [made.values[name].index(picture.start[name]) for name in names],
        "point": [made.values[name].index(picture.point[name]) for name in names],
        "together": picture.together,
        "rows": names.index(picture.rows) if picture.rows else -1,
        "handles": [h.state(picture.parameters) for h in picture.stage.handles],
        "base": size[0],
        "counts": counts,
        "frames": said,
        "texts": _texts(picture, [key for keys in lists for key in keys], valued, names),
    }
    colours = np.array(list(palette), "<u4").tobytes()
    first = zlib.compress(colours, 9), zlib.compress(size[1], 9)
    return Coded(head, [*first, *parts], bases, frames)


def _texts(picture: Picture, keys: Sequence[Key], valued: Callable, names: list[str]) -> dict:
    """The further texts at each place, whatever the row: by the key with its row as 0."""
    if picture.texts is None:
        return {}
    row, made = names.index(picture.rows), {}
    for key in keys:
        if (place := (*key[:row], 0, *key[row + 1 :])) not in made:
            made[place] = picture.texts(valued(place))
    return {",".join(map(str, place)): texts for place, texts in made.items()}


def _described(name: str, parameter, values: list) -> dict:
    """What the page says of a control: its kind, its label, and each place in words."""
    shown = values
    if isinstance(parameter, Slider):
        shown = [number(value) for value in values]
    return {
        "name": name,
        "kind": type(parameter).__name__.lower(),
        "label": parameter.label or name,
        "said": parameter.label or "",
        "shown": [str(value) for value in shown],
        "words": [in_words(parameter, value, name) for value in values],
    }
