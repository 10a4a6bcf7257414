"""A column as distinct words and codes: what is read once per word is not read once per row."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Codes = npt.NDArray[np.int32]


def tidy(word: str) -> str:
    r"""One written form for a word: composed letters, single ordinary blanks, no outer blanks.

    Examples
    --------
    >>> tidy(" Hallunda\u00a0 centrum ")
    'Hallunda centrum'
    """
    if word.isascii() and "  " not in word and "\t" not in word and "\n" not in word:
        return word.strip()
    return " ".join(unicodedata.normalize("NFC", word).split())


def folded(word: str) -> str:
    """A word as it is compared: tidy, upper and lower case alike."""
    return tidy(word).casefold()


def matches(words: Sequence[str], test: str, values: Sequence[str]) -> list[bool]:
    """Which words equal, begin with or contain one of some values; case does not matter.

    Examples
    --------
    >>> matches(["MAKULERAD ", "Klar"], "equals", ["Makulerad"])
    [True, False]
    """
    own, asked = [folded(word) for word in words], tuple(folded(value) for value in values)
    if test == "equals":
        return [word in asked for word in own]
    if test == "starts_with":
        return [word.startswith(asked) for word in own]
    return [any(value in word for value in asked) for word in own]


@dataclass(frozen=True)
class Coded:
    """A column of texts: ``words[codes[i]]`` is row ``i``; a blank cell is the word ``""``.

    Each word stands once, so that equal codes are equal words.
    """

    codes: Codes
    words: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[str]) -> Coded:
        """From plain texts."""
        codes, words = pd.factorize(np.asarray(values, dtype=object), use_na_sentinel=False)
        return cls(codes.astype(np.int32), tuple(words))

    @classmethod
    def constant(cls, word: str, rows: int) -> Coded:
        """The same word in every row."""
        return cls(np.zeros(rows, np.int32), (word,))

    def __len__(self) -> int:
        return len(self.codes)

    def tidied(self, missing: frozenset[str]) -> Coded:
        """The same column with tidy words; words that mean nothing become blank."""
        words = tuple("" if (w := tidy(word)) in missing else w for word in self.words)
        return Coded(self.codes, words).distinct()

    def distinct(self) -> Coded:
        """The same rows with each word once."""
        number: dict[str, int] = {}
        place = [number.setdefault(word, len(number)) for word in self.words]
        if len(number) == len(self.words):
            return self
        return Coded(np.array(place, dtype=np.int32)[self.codes], tuple(number))

    def spread(self, per_word: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A value per word → a value per row."""
        return per_word[self.codes]

    def flags(self, per_word: Sequence[bool]) -> npt.NDArray[np.bool_]:
        """A truth per word → a truth per row."""
        return np.asarray(per_word, dtype=bool)[self.codes]

    def used(self) -> npt.NDArray[np.bool_]:
        """Which words occur in some row."""
        used = np.zeros(len(self.words), dtype=bool)
        used[self.codes] = True
        return used

    def where(self, rows: npt.NDArray[np.bool_]) -> Coded:
        """The rows that are true."""
        return Coded(self.codes[rows], self.words)

    def met(self) -> Coded:
        """The same rows without words that stand in none."""
        used = self.used()
        if used.all():
            return self
        number = np.cumsum(used, dtype=np.int32) - np.int32(1)
        words = tuple(self.words[place] for place in np.flatnonzero(used))
        return Coded(number[self.codes], words)


def joined(columns: Sequence[Coded]) -> Coded:
    """The same column of several files, below one another."""
    if len(columns) == 1:
        return columns[0]
    words: list[str] = []
    codes = []
    for column in columns:
        codes.append(column.codes + np.int32(len(words)))
        words.extend(column.words)
    return Coded(np.concatenate(codes).astype(np.int32), tuple(words)).distinct()


def combined(columns: Sequence[Coded]) -> tuple[Codes, npt.NDArray[np.int64]]:
    """Distinct combinations of several columns.

    Returns the combination's number per row, and for each combination one row that has it.
    """
    keys = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        keys = keys * len(column.words) + column.codes
        keys = pd.factorize(keys)[0].astype(np.int64)
    first = np.zeros(int(keys.max(initial=-1)) + 1, dtype=np.int64)
    first[keys[::-1]] = np.arange(len(keys))[::-1]
    return keys.astype(np.int32), first
