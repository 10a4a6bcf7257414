"""Is it a person's name? A common given name beside a surname, and not a street named after one."""

from __future__ import annotations

import functools
import itertools
import re
from pathlib import Path

_WORD = re.compile(r"[^\W\d_]+")
_SURNAME_ENDS = re.compile(  # Larsen, and no noun with its article: bussen, krisen, husen
    r"\w{2,}(?:sson|(?<=[bdklmnrt])sen|qvist|kvist|quist|ström|gren|blad|stedt|sköld|ović|ovic|oğlu|ski|"
    r"hjelm|crantz|felt|feldt|ander|elius|enius)",
    re.IGNORECASE,
)
_PLACE_ENDS = re.compile(
    r"\w*(?:gata|gatan|gränd|gränden|väg|vägen|stig|stigen|torg|torget|plats|platsen|park|parken|"
    r"plan|planen|skola|skolan|kyrka|kyrkan|bro|bron|backe|backen|hus|huset|hall|hallen|"
    r"centrum|allé|allén|gård|gården|kulle|kullen|väst|öst|bad|badet|krog|krogen)",
    re.IGNORECASE,
)


@functools.cache
def _known() -> tuple[frozenset[str], frozenset[str]]:
    text = (Path(__file__).parent / "names.txt").read_text(encoding="utf-8")
    given, surnames = text.split("[given]\n")[1].split("[surnames]\n")
    return frozenset(given.casefold().split("\n")), frozenset(surnames.casefold().split("\n"))


def begins_name(word: str, following: str) -> bool:
    """Whether a word and what follows it are a given name and surname, or a surname, given name.

    A surname is one of the common ones, or ends like one, at most three words after the given
    name. Names that streets and places bear (Anna Lindhs gata) are no persons.

    Examples
    --------
    >>> begins_name("Anna", " Maria Svensson"), begins_name("Svensson", ", Anna")
    (True, True)
    >>> begins_name("Anna", " Lindhs plats 3"), begins_name("Norra", " Torget")
    (False, False)
    """
    given, surnames = _known()

    def is_surname(name: str) -> bool:
        return name.casefold() in surnames or ends_as_surname(name)

    tokens = [*_WORD.findall(following), ""]
    if word.casefold() in given:
        for name, after in itertools.pairwise(tokens[:4]):
            named_after = name.endswith("s") and _PLACE_ENDS.fullmatch(after)
            if is_surname(name) and not named_after:
                return True
    return following.startswith(",") and is_surname(word) and tokens[0].casefold() in given


def names_person(text: str) -> bool:
    """Whether a short text is a person's name: with a surname, alone, or with an initial.

    For texts that say who answers for something: a function is nobody's given name.

    Examples
    --------
    >>> [names_person(text) for text in ("Anna Svensson", "Anna", "Anna S.", "Gatuenheten")]
    [True, True, True, False]
    """
    given, _ = _known()
    words = _WORD.findall(text)
    alone = bool(words) and words[0].casefold() in given and all(len(w) == 1 for w in words[1:])
    rest = [(match[0], text[match.end() :]) for match in _WORD.finditer(text)]
    return alone or any(begins_name(word, following) for word, following in rest)


def ends_as_surname(word: str) -> bool:
    """Whether a word ends as surnames do, and places do not: Svensson, not Lund.

    Examples
    --------
    >>> ends_as_surname("Svensson"), ends_as_surname("Lund")
    (True, False)
    """
    return _SURNAME_ENDS.fullmatch(word) is not None
