"""Lines of a declaration that meet no row: a value is written in another way than expected."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from est_analysis.intake.reading import Reading
from est_analysis.intake.stated_sums import is_named
from est_analysis.intake.suspicion import Suspicion, it_is_so, suspicion
from est_analysis.intake.words import listed, quoted
from est_analysis.sources.coded import folded, matches

LIKE = 0.7  # how alike a word must be to be named
TESTS = ("equals", "starts_with", "contains")


@suspicion("unmet_rule", expected="rules that meet at least one row")
def unmet_rule(reading: Reading) -> Iterator[Suspicion]:
    """Texts of ``only``, ``drop``, ``footer``, ``total`` and ``no_identity`` without a row."""
    if not reading.export.deliveries:
        return
    for rule, value, words in _lines(reading):
        test = rule.rsplit(" ", 1)[-1]
        if not any(matches(words, test if test in TESTS else "equals", (value,))):
            yield _unmet(reading, rule, value, words)


def _lines(reading: Reading) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each text of a rule: the rule, the text, and the words among which it should be."""
    source, columns = reading.source, reading.export.columns
    for key in ("only", "drop"):
        for rule in getattr(source, key):
            words = columns[f"column {rule.column}"].words
            yield from ((f"{key}: {rule.column} {rule.test}", one, words) for one in rule.values)
    lost = reading.rejected
    ends = tuple(lost.loc[lost["reason"] == "footer", "value"].unique())
    sums = tuple(lost.loc[lost["reason"] == "total", "value"].unique())
    ways = source.layouts or (source,)
    footers = dict.fromkeys(text for one in ways for text in one.footer)
    yield from (("footer:", text, ends) for text in footers)
    for pattern in dict.fromkeys(text for one in ways for text in one.table.total):
        met = any(is_named(word, (pattern,)) for word in sums)
        yield "total:", pattern, (pattern,) if met else sums
    for field, key in (("area", "areas"), ("category", "categories")):
        if field in columns:
            words = columns[field].words
            yield from ((f"{key}: total:", one, words) for one in getattr(source, key).totals)
    for text in source.no_identity:
        yield "no_identity:", text, columns[f"column {source.identity[0]}"].words


def _unmet(reading: Reading, rule: str, value: str, words: tuple[str, ...]) -> Suspicion:
    near = difflib.get_close_matches(folded(value), [folded(w) for w in words], n=1, cutoff=LIKE)
    close = [word for word in words if folded(word) in near]
    found = f"; the export has {listed(close)}" if close else ""
    return Suspicion(
        f"{rule} {quoted(value)} meets no row{found}",
        f"{reading.settled_in}: write it as the export does, or take it away; "
        f"{it_is_so('unmet_rule', value)}",
        grave=False,
        rows=0,
        value=value,
    )
