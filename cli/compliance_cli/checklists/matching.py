"""Which item a box means: by the words that both use, and by the section that both stand in.

Whoever wrote the checklist had words of their own. A wrong match is worse than none, because it
ticks a box that nobody looked at: a box that is like no item, or as like one as another, stays
unknown, and its document may name the item itself.
"""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import dropwhile, takewhile
from pathlib import Path

import snowballstemmer

from compliance.checklist import Checklist
from compliance.documents import load_yaml
from compliance.model import Item
from compliance_cli.checklists.boxes import Box, Document

__all__ = ["LEAST", "Match", "matches"]

LEAST = 0.55
"""A pair that scores less is no match; 1 is the item's own words under its section's own title."""

_LEAST_EXPLAINED = 0.5
_LEAST_AHEAD = 0.03
_LEAST_NEAR = 0.4
_SECTIONS_SHARE = 0.35
_FARTHER = 0.85
_BY_ITSELF = 0.6
_FOREIGN = 3
_LEAST_TYPO_LENGTH = 5
_TYPO = 0.84
_WORDS = Path(__file__).with_name("words.yaml")
_STRUCK = re.compile(r"(~~?)(?=\S).+?(?<=\S)\1|<(del|s)>.*?</\2>")
_CLAUSE_ENDS = re.compile(r"[.,;:!?()\u2013\u2014]|\b(?:and|or|but)\b")
_NO_DENIAL = re.compile(
    r"\b(?:not only|nothing but|no (?:more|less|fewer|later|longer|older) than)\b"
)

_Tokens = frozenset[str]

_NOTHING = ""
"""What is denied where no word behind the negation says what."""


@dataclass(frozen=True, slots=True)
class Match:
    """A box with the item that it means: None where it is like none, or names none that exists.

    `score` is 1 where the document names the item. `nearest` is the item that a box is most like
    which means none.
    """

    box: int
    item: str | None
    score: float
    nearest: str | None = None


def matches(document: Document, checklist: Checklist) -> Sequence[Match]:
    """A match for each box that is not there to head others, each item for one box at most.

    A box takes the item that it is most like, if it clearly is, and of two boxes that are like one
    item the surer has it. It never makes do with its second best.
    """
    found: dict[int, Match] = {}
    for at, box in enumerate(document.boxes):
        if box.pinned is not None:
            found[at] = Match(at, box.pinned if box.pinned in checklist.items else None, 1.0)
    taken = {match.item for match in found.values()}
    asked = [
        at for at in range(len(document.boxes)) if at not in found and at not in document.groups
    ]
    vocabulary = _Vocabulary(checklist)
    scores = {at: vocabulary.scores(document.boxes[at]) for at in asked}
    pairs = sorted(
        ((score, at, item) for at, of in scores.items() for item, score in of.items()),
        key=lambda pair: (-pair[0], pair[1]),
    )
    for score, at, item in pairs:
        if at in found:
            continue
        rivals = (each for name, each in scores[at].items() if name != item)
        sure = score >= LEAST and score - max(rivals, default=0.0) >= _LEAST_AHEAD
        if sure and item not in taken:
            found[at] = Match(at, item, score)
            taken.add(item)
        else:
            found[at] = Match(at, None, score, item if score >= _LEAST_NEAR else None)
    return [found.get(at) or Match(at, None, 0.0) for at in sorted({*found, *asked})]


@dataclass(frozen=True, slots=True)
class _Terms:
    """What an item may be called: phrases, all of their words, and the words of its section.

    `denied` are those words that its phrases say are not so, and `undone` those which say that
    something is no longer. A title may say that a thing must not be deleted: it gives none of them.
    """

    phrases: tuple[_Tokens, ...]
    words: _Tokens
    section: _Tokens
    denied: _Tokens
    undone: _Tokens


class _Vocabulary:
    """The words of all items, and how much each tells: one that many items use tells little."""

    def __init__(self, checklist: Checklist) -> None:
        written = load_yaml(_WORDS)
        self._negations = _stems(written["negations"])
        self._ignored = _stems(written["ignored"]) | self._negations
        self._undone = _stems(written["undone"])
        self._elsewhere = self._phrases(written["elsewhere"])
        self._sections = {
            name: self._phrases([name, title, *written["sections"].get(name, ())])
            for name, title in checklist.sections.items()
        }
        self._section_of = {item.id: item.section for item in checklist.items.values()}
        self._items = {
            item.id: self._terms(item, written["items"].get(item.id, ()))
            for item in checklist.items.values()
        }
        used = Counter(word for terms in self._items.values() for word in terms.words)
        self._rare = rare = self._weight_of(1)
        self._foreign = _stems(written["foreign"])
        self._unheard = self._foreign.difference(used)
        self._weights: defaultdict[str, float] = defaultdict(lambda: rare)
        self._weights.update({word: self._weight_of(count) for word, count in used.items()})
        named = (word for phrases in self._sections.values() for each in phrases for word in each)
        self._known = sorted({*self._weights, *self._foreign, *named})
        self._meanings: dict[str, str] = {word: word for word in self._known}

    def scores(self, box: Box) -> dict[str, float]:
        """How like the box each item is that is like it at all, up to 1."""
        text, *around = (_STRUCK.sub(" ", each).strip() for each in (box.text, *box.contexts))
        words = self._tokens(text)
        if not all(map(self._stands, around)) or any(each <= words for each in self._elsewhere):
            return {}
        contexts = [self._tokens(context) for context in around]
        denied, undone = self._denied(text), _stems(text) & self._undone
        words |= self._unheard.intersection(contexts[0] if contexts else ())
        scores = {}
        of_section: dict[str, float] = {}
        for item, terms in self._items.items():
            if not (denied <= terms.denied and undone <= terms.undone):
                continue
            if alike := self._alike(words, terms):
                section = self._section_of[item]
                if section not in of_section:
                    of_section[section] = _under(contexts, words, self._sections[section])
                share = _SECTIONS_SHARE * of_section[section]
                scores[item] = (1 - _SECTIONS_SHARE) * alike + share
        return scores

    def _stands(self, context: str) -> bool:
        """Whether a heading or a label says more than that what is below it is not so."""
        told, gone = _stems(context), self._denied(context) | self._undone
        return bool(context) and (told.isdisjoint(gone) or not told <= gone | self._ignored)

    def _alike(self, words: _Tokens, terms: _Terms) -> float:
        """How much of the box the item's words explain, and of its best phrase the box holds.

        The name of the section adds nothing to a box that stands in it, and takes nothing away.
        """
        told = words & terms.words
        if not told:
            return 0.0
        left = words - told - terms.section
        strange = _FOREIGN * self._rare * len(left & self._foreign)
        whole = self._weight(told) + self._weight(left - self._foreign) + strange
        if (explained := self._weight(told) / whole) < _LEAST_EXPLAINED:
            return 0.0
        held = max(self._weight(told & each) / self._weight(each) for each in terms.phrases)
        return _harmonic(explained, held)

    def _terms(self, item: Item, also: Iterable[str]) -> _Terms:
        name = item.id.partition(".")[2]
        called = [name, item.title, *also]
        phrases, section = self._phrases(called), self._sections[item.section]
        denied = frozenset().union(*map(self._denied, called)) - {_NOTHING}
        undone = self._undone & _stems(" ".join([name, *also]))
        return _Terms(
            phrases, frozenset().union(*phrases), frozenset().union(*section), denied, undone
        )

    def _phrases(self, told: Iterable[str]) -> tuple[_Tokens, ...]:
        return tuple(tokens for each in told if (tokens := _stems(each) - self._ignored))

    def _denied(self, text: str) -> _Tokens:
        """What a text says is not so: the words behind each negation, up to one that tells nothing.

        Where there is none, what is denied stands before the negation, and is `_NOTHING`.
        """
        denied: set[str] = set()
        for clause in _CLAUSE_ENDS.split(_NO_DENIAL.sub(" ", _spelled_out(text))):
            words = _words(clause)
            for at, word in enumerate(words):
                if word in self._negations:
                    behind = dropwhile(self._ignored.__contains__, words[at + 1 :])
                    told = list(takewhile(lambda each: each not in self._ignored, behind))
                    denied.update(told or words[at + 1 :] or [_NOTHING])
        return frozenset(denied)

    def _tokens(self, text: str) -> _Tokens:
        """The words that tell something, a misspelt one as the one that is meant."""
        plain = re.sub(r"\([^()]*\)", " ", text)
        tokens = _stems(plain) - self._ignored or _stems(text) - self._ignored
        return frozenset(map(self._meant, tokens))

    def _meant(self, word: str) -> str:
        """The known word that a misspelt one is like; `unencrypted` is none, and the opposite."""
        if word not in self._meanings:
            long = len(word) >= _LEAST_TYPO_LENGTH
            near = difflib.get_close_matches(word, self._known, 1, _TYPO) if long else []
            meant = near[0] if near else word
            self._meanings[word] = word if word.endswith(meant) else meant
        return self._meanings[word]

    def _weight(self, words: _Tokens) -> float:
        return sum(self._weights[word] for word in words)

    def _weight_of(self, count: int) -> float:
        return math.log(1 + len(self._items) / count)


def _under(contexts: Sequence[_Tokens], words: _Tokens, phrases: Sequence[_Tokens]) -> float:
    """How surely a box stands in a section: by what it stands under, or by its own words."""
    likeness = [_BY_ITSELF * (phrase <= words) for phrase in phrases]
    for at, context in enumerate(contexts):
        for phrase in phrases:
            common = len(context & phrase)
            like = _harmonic(common / (len(context) or 1), common / len(phrase))
            likeness.append(_FARTHER**at * like)
    return max(likeness)


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


@cache
def _stems(text: str) -> _Tokens:
    """The words of a text without their endings: `encrypted` and `encryption` are one."""
    return frozenset(_words(_spelled_out(text)))


def _words(text: str) -> list[str]:
    return list(_stemmer().stemWords(re.findall(r"[a-z0-9]+", text)))


def _spelled_out(text: str) -> str:
    """The text in small letters, without the possessive, and with the negation of `isn't` apart."""
    apart = re.sub(r"(?<=[a-z])['\u2019]s\b", "", text.lower())
    return re.sub(r"n['\u2019]t\b", " not", apart)


@cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")
