"""Finding names by a few letters: node types, actions, files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: how good a match is, by kind; an alias counts less than a name, but never as another kind
EXACT, PREFIX, WORDS, INITIALS, PART, SCATTERED, TYPO = 700, 600, 500, 400, 300, 200, 100
_ALIAS = 40
#: shorter queries match nearly everything when a letter may be wrong
_LEAST_TYPO = 4

#: in a longer text nearly all letters are found in some order
_MOST_SCATTERED = 26

#: a name, and other names that people know it by
Entry = tuple[str, Sequence[str]]


class Match(NamedTuple):
    """An entry that was found. place: in the list given. name: its name or alias that matched."""

    place: int
    score: float
    name: str


def rank(query: str, entries: Sequence[Entry]) -> list[Match]:
    """The entries that fit a query, best first; all of them, in their order, for an empty one.

    Best are names that begin with the query, then those with words that do, then those whose
    initials it gives (``ht`` finds Histogram transformation), that hold it, that have its letters
    in this order, and last those where one letter is wrong. Small and capital letters and accents
    are the same. Equally good ones keep their order.
    """
    wanted = split(query)
    if not query.strip():
        return [Match(place, 0.0, text) for place, (text, _) in enumerate(entries)]
    found = []
    for place, (text, aliases) in enumerate(entries):
        scores = [(score(wanted, text), text)]
        scores += [(score(wanted, alias) - _ALIAS, alias) for alias in aliases]
        best, name = max(scores, key=lambda pair: pair[0])
        if best > 0:
            found.append(Match(place, best, name))
    return sorted(found, key=lambda match: -match.score)


def fold(text: str) -> str:
    """A text in small letters without accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def split(text: str) -> list[str]:
    """The words of a name, folded: of ``Linear fit``, ``linear_fit`` and ``LinearFit`` alike."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    return re.findall(r"[^\W_]+", fold(spaced))


def score(wanted: Sequence[str], text: str) -> float:
    """How well the words of a query fit a name: 0 for not at all, at most ``EXACT``."""
    words = split(text)
    query, name = "".join(wanted), "".join(words)
    length = min(len(text), 90) / 100  # of equally good ones the shorter
    if not query or not name:
        return 0.0
    if query == name:
        return EXACT - length
    if name.startswith(query):
        return PREFIX - length
    if _begin_words(wanted, words):
        return WORDS - length
    initials = "".join(word[0] for word in words)
    if initials.startswith(query) and len(query) > 1:
        return INITIALS - length
    if query in name or all(any(part in word for word in words) for part in wanted):
        return PART - length
    gaps = _gaps(query, name) if len(name) <= _MOST_SCATTERED else None
    if gaps is not None and gaps <= 2 * len(query):
        return SCATTERED - min(gaps, 50) - length
    if all(any(_one_wrong(part, word) for word in words) for part in wanted):
        return TYPO - length
    return 0.0


def _begin_words(wanted: Sequence[str], words: Sequence[str]) -> bool:
    """Whether each word of the query begins a word of its own."""
    free = list(words)
    for part in sorted(wanted, key=len, reverse=True):
        begun = next((word for word in free if word.startswith(part)), None)
        if begun is None:
            return False
        free.remove(begun)
    return True


def _gaps(query: str, name: str) -> int | None:
    """The letters between those of the query where they stand closest, or None."""
    best: int | None = None
    for start in _places(name, query[0]):
        at = start
        for letter in query[1:]:
            at = name.find(letter, at + 1)
            if at < 0:
                return best
        gaps = at - start + 1 - len(query)
        best = gaps if best is None else min(best, gaps)
    return best


def _places(text: str, letter: str) -> Iterator[int]:
    return (place for place, c in enumerate(text) if c == letter)


def _one_wrong(part: str, word: str) -> bool:
    """Whether a word begins with the part, but for a letter too much, too few, wrong or swapped."""
    if len(part) < _LEAST_TYPO:
        return word.startswith(part)
    same = 0
    while same < min(len(part), len(word)) and part[same] == word[same]:
        same += 1
    if same == len(part):
        return True
    rest, other = part[same:], word[same:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    if other.startswith((rest[1:], swapped)):  # one too much, or two swapped
        return True
    after = other[1:]
    return after.startswith(rest) or (bool(other) and after.startswith(rest[1:]))  # few, wrong
