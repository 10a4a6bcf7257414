"""How the words of areas and types seem to be translated."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from est_analysis.draft.fields import MOST_WORDS, Column
from est_analysis.draft.guessed import ASK, Guess, Known
from est_analysis.draft.register import street_register
from est_analysis.privacy import find_personal_data

FREE_TEXT = 60  # distinct words from which on a column of types may be free text
MOST_ASKED = 30  # words that are asked about


def words_of(
    fields: dict[str, Column], counted: Sequence[Column], known: Known, meanings: dict[str, str]
) -> dict[str, Guess]:
    """How areas and types are translated: what has a name in the settings, and what is like one.

    `meanings` are names that stand beside codes.
    """
    found: dict[str, Guess] = {}
    if "area" in fields:
        found["areas"] = _translation(fields["area"].words, known.areas)
    if "address" in fields:
        found["areas"] = _streets(fields["address"], known)
    words = [one.name for one in counted] if counted else []
    if "category" in fields:
        words = fields["category"].words
    if words:
        found["categories"] = _translation(words, known.kinds, meanings)
    return found


def _streets(addresses: Column, known: Known) -> Guess:
    found = street_register(addresses.words[:MOST_WORDS], known)
    if found is None:
        asked = f"{ASK}i vilken fil står gatorna och deras områden? areas: streets: {{file: …}}"
        return Guess(None, asked)
    return Guess({"streets": found[0]}, "en tabell över gator i inställningarna")


def _translation(
    words: Sequence[str], known: dict[str, str], meanings: Mapping[str, str] = MappingProxyType({})
) -> Guess:
    names = {name.casefold(): name for name in known}
    missed = [word for word in words if word.casefold() not in names]
    value: dict[str, Any] = {}
    if len(missed) < len(words):
        value["match"] = "name"
    mapped, questions = {}, []
    for word in missed[:FREE_TEXT]:
        near = nearest(meanings.get(word, word), known)
        if near:
            mapped[word] = str(known[near])  # a plain text, without its place in the settings
        else:
            questions.append(word)
    if mapped:
        value["map"] = mapped
    above = (
        [f"{ASK}är {len(missed)} olika texter fritext? categories: keywords:"]
        if len(missed) > FREE_TEXT
        else []
    )
    above += [
        f'{ASK}vad är "{word}"? map: {{"{word}": …}}' for word in _public(questions[:MOST_ASKED])
    ]
    notes = {"map": f"{ASK}stämmer de liknande namnen?"} if mapped else {}
    return Guess(value or {"match": "name"}, "", notes, tuple(above))


def _public(words: Sequence[str]) -> list[str]:
    held = find_personal_data(words)
    return [
        word for place, word in enumerate(words) if not any(flags[place] for flags in held.values())
    ]


def nearest(word: str, known: dict[str, str]) -> str:
    """The name that a word is most like, or that it shortens or begins with."""
    own = re.sub(r"[^\w]+", " ", word.casefold()).strip()
    for name in known:
        plain = re.sub(r"[^\w]+", " ", name.casefold())
        if plain and sorted(own.split()) == sorted(plain.split()):
            return name
    inside = [name for name in known if f" {name.casefold()} " in f" {own} "]
    if inside:  # the last word is the finer one: Skadegörelse, klotter
        return max(inside, key=lambda name: own.rfind(name.casefold()))
    for name in known:
        plain = re.sub(r"[^\w]+", " ", name.casefold())
        if own.split()[:1] == plain.split()[:1] and len(own.split()[0]) > 3:
            return name
        if _shortens(own.split(), plain.split()):
            return name
    close = difflib.get_close_matches(own, [name.casefold() for name in known], 1, 0.75)
    return next((name for name in known if close and name.casefold() == close[0]), "")


def _shortens(parts: Sequence[str], whole: Sequence[str]) -> bool:
    """Whether each part begins the word in its place: Ö Åsby, Järnvägsst."""
    return len(parts) == len(whole) and all(
        long.startswith(short) for short, long in zip(parts, whole, strict=True)
    )
