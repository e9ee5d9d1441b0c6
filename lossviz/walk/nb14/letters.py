"""Language models that count: the text as numbers, what follows what, and other cuts into units.

Here: reading the text, counts of the letter after each context, models that blend short memories
with long ones, and byte-pair merges. Not here: pictures (`scenes`) and derivations (`lesson`).
"""

import re
from functools import cache

import numpy as np

from lossviz import data

ALPHABET = " abcdefghijklmnopqrstuvwxyz"
K = len(ALPHABET)


@cache
def read():
    """*Alice* in letters: chapters I to X to fit, XI and XII to judge, as numbers 0 (space) to 26.

    Lower case, and each run of other characters is one space. The arrays are not to be changed.
    """
    text = data.find("alice29.txt").read_text(encoding="ascii")
    start, later, end = (text.index(mark) for mark in ("CHAPTER I\n", "CHAPTER XI\n", "THE END"))
    return encode(text[start:later]), encode(text[later:end])


def encode(text):
    """The letters of a text as numbers, without spaces around it."""
    kept = re.sub("[^a-z]+", " ", text.lower()).strip()
    numbers = np.frombuffer(kept.encode(), np.uint8).astype(int) - ord("a") + 1
    numbers[numbers < 0] = 0
    return numbers


def decode(numbers):
    """The text of these letters."""
    return "".join(ALPHABET[k] for k in numbers)


def contexts(x, n):
    """One number for the n letters before each letter of x; before a text there are spaces."""
    padded = np.concatenate([np.zeros(n, int), x])
    found = np.zeros(len(x), int)
    for j in range(n):
        found = K * found + padded[j : j + len(x)]
    return found


def followers(fitted, x, n, expected=None):
    """How often each letter followed, in `fitted`, the n letters before each one of x: (I, K).

    With `expected`, one row of probabilities for each letter of `fitted`, those are added up in
    the place of the letters that came: what a teacher said instead of what happened.
    """
    seen, asked = contexts(fitted, n), contexts(x, n)
    known, places = np.unique(np.concatenate([seen, asked]), return_inverse=True)
    counts = np.zeros((len(known), K))
    if expected is None:
        np.add.at(counts, (places[: len(seen)], fitted), 1)
    else:
        np.add.at(counts, places[: len(seen)], expected)
    return counts[places[len(seen) :]]


def smoothed(counts, alpha):
    """(count + α)/(N + Kα) of every letter: add-α."""
    return (counts + alpha) / (counts.sum(axis=-1, keepdims=True) + K * alpha)


def blended(fitted, x, n, strength=8.0):
    """P of every letter from memories of 0 to n letters: each leans on the next shorter one.

    Pₙ = (counts + strength · Pₙ₋₁)/(N + strength), and the shortest on equal shares.
    """
    p = np.full((len(x), K), 1 / K)
    for memory in range(n + 1):
        counts = followers(fitted, x, memory)
        p = (counts + strength * p) / (counts.sum(axis=1, keepdims=True) + strength)
    return p


def of_truth(p, x):
    """The probability that was given to each letter that came."""
    return p[np.arange(len(x)), x]


def bits(p, x):
    """The mean bits per letter."""
    return -np.log2(of_truth(p, x)).mean()


# --- Other units -----------------------------------------------------------------------------


def merged(x, left, right, new):
    """x with every `left` before a `right` as one unit, `new`; from the left where they overlap."""
    hits = np.flatnonzero((x[:-1] == left) & (x[1:] == right))
    if left == right:
        kept, last = [], -2
        for hit in hits:
            if hit > last + 1:
                kept.append(hit)
                last = hit
        hits = np.array(kept, int)
    y = x.copy()
    y[hits] = new
    return np.delete(y, hits + 1)


@cache
def merges(most=1000):
    """The byte-pair merges of the fitted text: again and again the most frequent pair is one unit.

    A tuple of (left, right); the first makes unit K, the second K + 1, and so on.
    """
    x, _ = read()
    found = []
    for new in range(K, K + most):
        pairs = np.bincount(x[:-1] * new + x[1:])
        found.append(divmod(int(pairs.argmax()), new))
        x = merged(x, *found[-1], new)
    return tuple(found)


def spelled(count):
    """What each unit stands for after `count` merges, as text."""
    names = list(ALPHABET)
    for left, right in merges()[:count]:
        names.append(names[left] + names[right])
    return names


@cache
def cuts(step=20):
    """The fitted and the unseen text after 0, step, 2 · step, … merges, by number of merges."""
    texts = read()
    found = {0: texts}
    for count, pair in enumerate(merges(), 1):
        texts = tuple(merged(x, *pair, K + count - 1) for x in texts)
        if count % step == 0:
            found[count] = texts
    return found


def shares(x, units, alpha=0.5):
    """The share of each unit in x, with add-α."""
    return (np.bincount(x, minlength=units) + alpha) / (len(x) + units * alpha)


def log_p_all_cuts(x, p, names):
    """log P of the letters x under a memoryless model of units, summed over all ways to cut it."""
    known = {}
    for name, share in zip(names, p, strict=True):
        known[name] = known.get(name, 0.0) + share
    longest, text = max(map(len, known)), decode(x)
    log_p = np.zeros(len(x) + 1)
    for end in range(1, len(x) + 1):
        pieces = ((start, text[start:end]) for start in range(max(0, end - longest), end))
        ways = [log_p[start] + np.log(known[piece]) for start, piece in pieces if piece in known]
        log_p[end] = np.logaddexp.reduce(ways)
    return log_p[-1]


# --- What was said, and what came ------------------------------------------------------------


def in_bins(said, right, bins):
    """Of forecasts in equal bins of what was said: the share of forecasts in each, the mean said
    and the share that came true; bins without a forecast are left out. ECE = Σ share · |gap|."""
    place = np.clip(np.ceil(said * bins).astype(int) - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    used = count > 0
    means = (np.bincount(place, values, bins)[used] / count[used] for values in (said, right))
    return (count[used] / len(said), *means)


def ece(p, x, bins=10):
    """The expected calibration error of the likeliest letter."""
    share, said, came = in_bins(p.max(axis=1), p.argmax(axis=1) == x, bins)
    return np.sum(share * np.abs(said - came))
