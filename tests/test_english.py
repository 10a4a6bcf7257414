"""The English edition: the same code as the Swedish one, and no Swedish but proper names."""

from __future__ import annotations

import base64
import copy
import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from english_notebooks import KINDS, NOTEBOOKS, differences, read, synchronised
from in_process import REPORTS, Made, made

from est_analysis.cli import main
from est_analysis.errors import SettingsError
from est_analysis.language import language
from est_analysis.report import run_report

SWEDISH = re.compile(
    r"\b(och|eller|inte|för|av|med|som|från|till|efter|över|mot|vid|händelse\w*|antal\w*|"
    r"veck\w*|område\w*|aktör\w*|insats\w*|ej|är|det|ett|rapporter\w+|samma|året|kvot\w*|"
    r"intervall\w*|förvänt\w*|vanligt|fler|färre|lägesbild\w*|skyddat|utgåva\w*|tabell\w*|"
    r"januari|februari|mars|maj|juni|juli|augusti|oktober|måndag|tisdag|onsdag|torsdag|"
    r"fredag|lördag|söndag|mån|tis|ons|tors|lör|sön|okt)\b|[åäöÅÄÖ]"
)


@pytest.mark.parametrize("kind", KINDS)
def test_both_editions_have_the_same_code(kind: str) -> None:
    swedish, english = read(NOTEBOOKS / f"{kind}.ipynb"), read(NOTEBOOKS / "en" / f"{kind}.ipynb")
    assert differences(swedish, english) == []


def test_a_difference_names_its_cell_and_is_mended_by_synchronising() -> None:
    swedish, english = read(NOTEBOOKS / "weekly.ipynb"), read(NOTEBOOKS / "en" / "weekly.ipynb")
    changed = copy.deepcopy(swedish)
    changed["cells"][6]["source"][-1] += "  # ny"
    changed["cells"][1]["source"][2] = 'period = "2025-W43"\n'
    new: dict[str, Any] = {"cell_type": "code", "id": "new", "metadata": {}, "source": ["1"]}
    changed["cells"].append(new)
    name = changed["cells"][6]["id"]
    found = differences(changed, english)
    assert len(found) == 3
    assert any(line.startswith(f"cell {name}: other code") for line in found)
    made_again = synchronised(changed, english)
    parameters = changed["cells"][1]["id"]  # whose comments are the translator's
    assert [line.split(":")[0] for line in differences(changed, made_again)] == [
        f"cell {parameters}"
    ]
    assert made_again["cells"][3] == english["cells"][3]


def test_every_kind_of_report_has_an_english_notebook() -> None:
    assert sorted(path.stem for path in (NOTEBOOKS / "en").glob("*.ipynb")) == KINDS
    assert set(REPORTS) == set(KINDS)


def own_words(report: Made) -> list[str]:
    """What the municipality and its exports wrote themselves, longest first."""
    settings = report.report.settings
    words = {settings.municipality.name, "Brå"}
    words |= {area.name for area in settings.areas.values()}
    words |= {source.named("en") for source in settings.sources.values()}
    words |= {source.name for source in settings.sources.values()}
    for insats in settings.interventions.values():
        words |= {insats.name, insats.what, insats.goal, insats.owner}
        words |= {f"{entry.unit}" for entry in insats.log}
    for decision in settings.decisions:
        words |= {decision.what, decision.owner}
    words |= {judgement.who for judgement in settings.judgements}
    for source in settings.sources.values():
        words |= {rule.reason for rule in source.drop}
    for exhibit in report.exhibits:
        names = exhibit.record.get("columns", [])
        raw = [i for i, name in enumerate(names) if name in ("place", "value", "column", "file")]
        words |= {str(row[i]) for row in exhibit.record.get("rows", []) for i in raw}
        if exhibit.id == "to_do":
            words |= {str(row[names.index("what")]) for row in exhibit.record["rows"]}
    return sorted((word for word in words if word), key=len, reverse=True)


def reading(page: str) -> str:
    """All that is read: text, alternative texts and labels, also inside the figures."""
    pictures = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    drawn = [base64.b64decode(picture).decode() for picture in pictures]
    page = re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)
    drawn = [re.sub(r"<(style|metadata|defs).*?</\1>", "", svg, flags=re.DOTALL) for svg in drawn]
    spoken = re.findall(r'(?:alt|aria-label|title)="([^"]*)"', page)
    texts = [re.sub(r"<[^>]+>", " ", text) for text in [page, *drawn]]
    return html.unescape(" ".join([*texts, *spoken]))


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("tertial", marks=pytest.mark.slow),
        *(kind for kind in KINDS if kind != "tertial"),
    ],
)
def test_the_english_page_is_wholly_english(kind: str) -> None:
    report = made(kind, "en")
    assert '<html lang="en">' in report.page[:60]
    text = reading(report.page)
    assert len(text) > 3_000
    assert not re.search(r"\bnan\b|\bNaT\b|<NA>", text)
    for word in own_words(report):
        text = text.replace(word, " ")
    found = {text[max(0, m.start() - 30) : m.end() + 30] for m in SWEDISH.finditer(text)}
    assert found == set()


def test_what_the_municipality_wrote_is_marked_as_swedish() -> None:
    """Text in another language than the page's is read aloud as such (WCAG 3.1.2)."""
    page = made("weekly", "en").page
    assert '<th scope="row" lang="sv">Ordningsvakter i Centrum</th>' in page
    assert re.search(r'lang="sv">Byta lås i cykelrum', page)
    assert 'lang="sv">Hagalund' not in page
    assert 'lang="sv">' not in made("weekly", "sv").page.partition("<body")[2]


def test_the_search_for_swedish_finds_it() -> None:
    text = reading(made("weekly", "sv").page)
    assert len(SWEDISH.findall(text)) > 100


def test_english_texts_have_no_swedish() -> None:
    texts = language("en").texts
    assert {key: text for key, text in texts.items() if SWEDISH.search(text)} == {}


@pytest.mark.parametrize("code", ["sv", "en"])
def test_no_dash_of_another_kind_and_no_double_blank(code: str) -> None:
    for key, text in language(code).texts.items():
        assert "—" not in text, key
        assert "  " not in text, key
    folder = NOTEBOOKS if code == "sv" else NOTEBOOKS / "en"
    for kind in KINDS:
        assert "—" not in (folder / f"{kind}.ipynb").read_text(encoding="utf-8")


def test_the_command_makes_an_english_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["report", "intervention", "-p", "2025-T3", "-i", "kamera-norrbacka"]
    assert main([*arguments, "--language", "en", "--output", str(tmp_path / "report")]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path.name == "exempelkommun_intervention_2025-T3_kamera-norrbacka_en.html"
    assert '<html lang="en">' in path.read_text(encoding="utf-8")[:60]
    results = json.loads((path.parent / "results.json").read_text(encoding="utf-8"))
    manifest = json.loads((path.parent / "manifest.json").read_text(encoding="utf-8"))
    assert results["language"] == manifest["language"] == manifest["parameters"]["language"] == "en"


def test_an_unknown_language_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="sv or en"):
        run_report("tertial", "exempelkommun", "2025-T3", language="fi", output=tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
