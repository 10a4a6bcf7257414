"""Names in tables and in sentences: plural, place, the other language; and what has no name."""

from __future__ import annotations

import pandas as pd
from small_town import SmallTown

from est_analysis.disclosure import DisclosureRule, release
from est_analysis.findings import of, summary
from est_analysis.language import language
from est_analysis.names import in_sentences, named

SV, EN = language("sv"), language("en")


def grown(town: SmallTown) -> SmallTown:
    town.change(
        "areas.yaml", "{id: soder, name: Söder,", "{id: soder, name: Söder, where: på Söder,"
    )
    return town.change(
        "taxonomy.yaml",
        "    name: Bråk\n",
        "    name: Bråk\n    plural: slagsmål\n    name_en: Fight\n    plural_en: fights\n",
    )


def signals(*areas: str) -> pd.DataFrame:
    rows = [("vakten", "brak", area, 9, 2.0, 0, 5, "signal", 0.001) for area in areas]
    names = ["actor", "category", "area", "count", "expected", "usual_from", "usual_to", "signal",
             "probability"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def test_tables_have_names_and_sentences_have_forms(town: SmallTown) -> None:
    settings = grown(town).load()
    safe = release(signals("soder", "norr", "unknown"), DisclosureRule("internal"))
    shown = named(safe, settings, SV).data
    assert shown["category"].tolist() == ["Bråk"] * 3
    assert shown["area"].tolist() == ["Söder", "Norr", "okänt område"]
    told = of("cell_signals", in_sentences(safe, settings, SV), SV)
    assert [sentence.split(":")[0] for sentence in told] == [
        "Slagsmål på Söder (Vakten)",
        "Slagsmål i Norr (Vakten)",
        "Slagsmål i okänt område (Vakten)",
    ]
    told = of("cell_signals", in_sentences(safe, settings, EN), EN)
    assert told[0].startswith("Fights in Söder (Vakten): clearly more than usual.")
    assert named(safe, settings, EN).data["category"].tolist() == ["Fight"] * 3


def test_without_forms_the_name_is_used(town: SmallTown) -> None:
    settings = town.load()
    safe = release(signals("soder"), DisclosureRule("internal"))
    for words, start in ((SV, "Bråk i Söder (Vakten)"), (EN, "Bråk in Söder (Vakten)")):
        assert of("cell_signals", in_sentences(safe, settings, words), words)[0].startswith(start)


def totals(verdicts: dict[str, str]) -> pd.DataFrame:
    rows = []
    for actor, verdict in verdicts.items():
        silent = verdict == "silent"
        lower, upper = {"increase": (1.2, 1.8)}.get(verdict, (0.8, 1.3))
        count = pd.NA if silent else 30
        told = "too_little_data" if silent else verdict
        rows.append((actor, "last_year", count, 20, 10, 17.4, 17.4, 1.5, lower, upper, told))
    names = [
        "actor",
        "comparison",
        "count",
        "reference_count",
        "difference",
        "weeks",
        "reference_weeks",
        "ratio",
        "lower",
        "upper",
        "verdict",
    ]
    return pd.DataFrame(rows, columns=names).astype({"count": "Int64"})


def test_the_summary_never_leaves_out_what_cannot_be_judged() -> None:
    verdicts = {f"A{number}": "increase" for number in range(8)} | {"Tyst": "silent"}
    safe = release(totals(verdicts), DisclosureRule("internal"))
    found = summary({"totals": safe}, SV)
    assert len(found) == 4 + 1 + 1
    assert found[-1].startswith("Kan inte bedömas, ej rapporterat under perioden: Tyst.")
    assert all("säkerställd ökning" in sentence for sentence in found[:4])
    assert all(f"{actor} (ökning)" in found[4] for actor in ("A4", "A5", "A6", "A7"))
