"""The report, end to end: notebook → page, results and manifest; or nothing at all."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from small_town import SmallTown

from est_analysis.calendar import parse_period
from est_analysis.cli import main
from est_analysis.errors import ReportError
from est_analysis.kernels.client import ADDRESS
from est_analysis.language import language
from est_analysis.report import Written, run_report, start
from est_analysis.stored_json import RESULTS_SCHEMA
from est_analysis.workspace import example_folder, notebook_file

pytestmark = pytest.mark.usefixtures("warm_kernels")

ROOT = Path(__file__).resolve().parents[1]
Make = Callable[..., Written]


@pytest.fixture
def written(editions: dict[str, Written]) -> Written:
    return editions["internal"]


@pytest.fixture(scope="module")
def page(editions: dict[str, Written]) -> str:
    return editions["internal"].html.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def results(editions: dict[str, Written]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(editions["internal"].results.read_text(encoding="utf-8"))
    return found


class Reader(HTMLParser):
    """Text as read, images with their alternatives, headings, and what is fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.fetched: list[str] = []
        self.headings: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        if tag == "img":
            self.images.append(values)
        for name in ("src", "href", "data", "action", "poster"):
            link = values.get(name)
            if link and not link.startswith(("#", "data:")):
                self.fetched.append(link)

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] not in ("style", "script"):
            self.text.append(data)
        if self.tags and self.tags[-1] in ("h1", "h2") and data.strip():
            self.headings.append(data.strip())


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


# Deviations and days of the calendar are counts that no public table shows.
NOT_PUBLIC = ("Fler eller färre än förväntat?", "Kalenderhändelser i perioden")
SECTIONS = ["Sammanfattning", "Dataunderlag", "Totalt", "Trend och årstid",
            "Fler eller färre än förväntat?",
            "Händelsetyper och aktörer", "Områden", "När på dygnet och i veckan", "Var",
            "Kalenderhändelser i perioden", "Insatser", "Prioriteringar", "Framåt", "Metod",
            "Bilaga"]  # fmt: skip


def test_the_page_is_swedish_whole_and_fetches_nothing(page: str, read: Reader) -> None:
    assert '<html lang="sv">' in page[:60]
    assert read.headings == ["Tertialanalys", *SECTIONS]
    assert read.fetched == []
    assert "script" not in read.tags
    assert "default-src 'none'" in page
    assert len(page) < 1_500_000


def test_no_code_no_warnings_no_nan(read: Reader) -> None:
    text = " ".join(read.text)
    for word in ("import ", "report.", "Traceback", "Warning", "NaN", "<NA>", "NaT", "None"):
        assert word not in text, word
    assert not re.search(r"\bnan\b|\bTrue\b|\bFalse\b", text)
    assert "Påhittade uppgifter" in text
    assert "Internt arbetsmaterial" in text


def test_no_code_words_are_left_untranslated(read: Reader) -> None:
    text = re.sub(r"sources/\S+\.yaml", "", " ".join(read.text))  # where an analyst mends it
    words = set(re.findall(r"[a-z_]+", text.lower()))
    codes = {"no_clear_change", "too_little_data", "last_year", "mean_3_years", "last_12_months",
             "reported", "partly", "silent", "overdue", "school_break", "pay_weekend", "unknown",
             "unmapped", "warning", "running", "exempelbostader", "raddningstjansten",
             "kommunens_rapportorer", "increase", "decrease"}  # fmt: skip
    assert not words & codes


def test_every_figure_has_an_alternative_text_and_a_table(page: str, read: Reader) -> None:
    assert len(read.images) >= 20
    for image in read.images:
        assert len(image["alt"] or "") > 30
        assert (image["src"] or "").startswith("data:image/svg+xml;base64,")
    assert page.count('</figure><details class="data">') == len(read.images)


def test_the_reported_totals_are_the_true_ones(results: dict[str, Any]) -> None:
    truth = json.loads((example_folder() / "exports" / "truth.json").read_text(encoding="utf-8"))
    totals = exhibit(results, "totals")
    rows = totals[totals["comparison"] == "last_year"].set_index("actor")
    for actor, counts in truth["totals"].items():
        assert rows.loc[actor, "count"] == counts["2025-T3"]
        if rows.loc[actor, "compared"] == "whole":
            assert rows.loc[actor, "reference_count"] == counts["2024-T3"]
        else:  # a week is not reported: it is left out of both
            assert rows.loc[actor, "compared"] == "same_days"
            assert 0.9 * counts["2024-T3"] < rows.loc[actor, "reference_count"] < counts["2024-T3"]
    assert (rows["compared"] == "whole").sum() == len(rows) - 1


def exhibit(results: dict[str, Any], name: str) -> pd.DataFrame:
    found = next(e for e in results["exhibits"] if e["id"] == name)
    return pd.DataFrame(found["rows"], columns=found["columns"])


def test_results_hold_every_exhibit_with_a_schema(results: dict[str, Any]) -> None:
    assert results["schema"] == RESULTS_SCHEMA
    assert results["withdrawn"] == []
    assert {cause["unread"] for cause in results["unread"]} >= {"area", "blank_area", "row"}
    assert results["fictional"] is True
    names = [e["id"] for e in results["exhibits"]]
    assert len(names) == len(set(names))
    assert {"summary", "data_basis", "totals", "trend", "decomposition", "categories", "areas",
            "area_rates", "weekday_hours", "calendar", "interventions", "priorities",
            "risk_weeks", "forecast_weeks", "forecast",
            "area_forecast", "category_deviations", "area_deviations", "back_test"} <= set(names)  # fmt: skip
    parts = exhibit(results, "decomposition").dropna(subset=["observed", "trend"])
    assert len(parts) > 500
    total = parts["trend"] + parts["seasonal"] + parts["remainder"]
    assert total.to_numpy(float) == pytest.approx(parts["observed"].to_numpy(float), abs=1e-5)


def test_numbers_in_the_findings_stand_in_the_tables(results: dict[str, Any]) -> None:
    totals = exhibit(results, "totals")
    rows = totals[totals["comparison"] == "last_year"]
    sentences = next(e for e in results["exhibits"] if e["id"] == "totals")["findings"]
    assert len(sentences) == len(rows)
    for sentence, row in zip(sentences, rows.to_dict("records"), strict=True):
        plain = sentence.replace("\u00a0", "")
        assert f" {row['count']} händelser mot {row['reference_count']:.0f} " in plain
        if row["lower"] <= 1 <= row["upper"]:
            assert "ökning" not in plain
            assert "minskning" not in plain


def test_a_silent_week_is_missing_in_the_results(results: dict[str, Any]) -> None:
    series = exhibit(results, "trend").set_index(["actor", "start"])["observed"]
    assert pd.isna(series["kommunens_rapportorer", "2025-07-14"])
    assert series["kommunens_rapportorer", "2025-06-30"] > 0


def test_the_manifest_names_inputs_settings_and_versions(written: Written) -> None:
    manifest = json.loads(written.manifest.read_text(encoding="utf-8"))
    assert manifest["schema"] == 2
    assert manifest["results"] == hashlib.sha256(written.results.read_bytes()).hexdigest()
    assert manifest["parameters"]["municipality"] == "exempelkommun"
    assert manifest["as_of"] == "2026-01-12"
    exports = example_folder() / "exports"
    for entry in manifest["inputs"]:
        digest = hashlib.sha256((exports / entry["file"]).read_bytes()).hexdigest()
        assert entry["sha256"] == digest
        assert entry["rows"] > 0
    assert sum(row["read"] for row in manifest["rows"]) == sum(
        e["rows"] for e in manifest["inputs"]
    )
    assert "sources/polisen.yaml" in manifest["settings"]
    assert manifest["versions"]["pandas"] == pd.__version__
    assert str(ROOT) not in written.manifest.read_text(encoding="utf-8")


def test_the_page_does_not_name_the_machine(page: str) -> None:
    assert str(ROOT) not in page


def test_the_same_report_again_is_identical(written: Written, tmp_path: Path) -> None:
    again = run_report("tertial", "exempelkommun", "2025-T3", output=tmp_path / "again")
    assert again.html.read_bytes() == written.html.read_bytes()
    assert again.results.read_bytes() == written.results.read_bytes()


def spoilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, place: int = 3) -> None:
    """A workspace whose data_quality notebook has one more cell."""
    notebook = nbformat.read(notebook_file("data_quality"), as_version=4)
    notebook.cells.insert(place, nbformat.v4.new_code_cell(code))
    (tmp_path / "notebooks").mkdir()
    nbformat.write(notebook, tmp_path / "notebooks" / "data_quality.ipynb")
    (tmp_path / "params").mkdir(exist_ok=True)
    monkeypatch.setenv("EST_HOME", str(tmp_path))


@pytest.mark.parametrize("by_path", [False, True])
def test_the_notebook_reads_the_municipality_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_path: bool
) -> None:
    """With the shipped notebooks, which lie beside a municipality of the same name."""
    monkeypatch.delenv("EST_HOME", raising=False)
    folder = SmallTown(tmp_path / "my" / "params" / "exempelkommun").write()
    if not by_path:
        monkeypatch.delenv("EST_ARCHIVE")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere if by_path else tmp_path / "my")
    output = tmp_path / "report"
    asked = str(folder) if by_path else "exempelkommun"
    found = run_report("data_quality", asked, "2024-T3", output=output)
    assert json.loads(found.results.read_text(encoding="utf-8"))["name"] == "Småstad"
    for path in output.rglob("*"):  # and where its settings lie is written nowhere
        assert str(tmp_path) not in path.read_text(encoding="utf-8")
    assert by_path or (tmp_path / "my" / "archive" / "exempelkommun").is_dir()


def test_settings_that_change_while_the_notebook_runs_stop_the_report(
    town: SmallTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = town.write() / "municipality.yaml"
    spoilt(
        tmp_path,
        monkeypatch,
        f"from pathlib import Path; path = Path({str(changed)!r})\n"
        "text = path.read_text('utf-8')\n"
        "_ = path.write_text(text + '\\n# changed', 'utf-8')",
        place=2,  # before the notebook reads the settings
    )
    with pytest.raises(ReportError) as caught:
        run_report("data_quality", str(town.folder), "2024-T3", output=tmp_path / "report")
    assert "other settings" in caught.value.what
    assert "municipality.yaml" in str(caught.value)
    assert not (tmp_path / "report").exists() or not list((tmp_path / "report").iterdir())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import warnings; warnings.warn('se upp')", "se upp"),
        ("from est_analysis.calendar import parse_period; parse_period('2025-T9')", "2025-T9"),
    ],
)
def test_a_failed_cell_or_a_warning_leaves_the_earlier_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    spoilt(tmp_path, monkeypatch, code)
    folder = tmp_path / "report"
    folder.mkdir()
    page = folder / "exempelkommun_data_quality_2025-T3.html"
    page.write_text("tidigare", encoding="utf-8")
    with pytest.raises(ReportError) as caught:
        run_report("data_quality", str(example_folder()), "2025-T3", output=folder)
    assert said in str(caught.value)
    assert "cell" in caught.value.what
    assert page.read_text(encoding="utf-8") == "tidigare"
    assert sorted(path.name for path in folder.iterdir()) == [page.name, "failed.ipynb"]


def test_the_data_quality_report_tells_of_every_fault(tmp_path: Path) -> None:
    made = run_report("data_quality", "exempelkommun", "2025-T3", output=tmp_path / "report")
    results = json.loads(made.results.read_text(encoding="utf-8"))
    reasons = exhibit(results, "reasons")
    assert {"personal_data", "no_such_date", "same_identity"} <= set(reasons["reason"])
    unmapped = exhibit(results, "unmapped")
    assert "Björkdungen" in set(unmapped["value"])
    tally = exhibit(results, "tally")
    parts = tally[["rows_kept", "rows_rejected", "rows_duplicates"]].sum(axis=1)
    assert (tally["rows_read"] == parts).all()
    assert "811228" not in made.html.read_text(encoding="utf-8")


def test_a_public_report_hides_small_numbers_places_and_raw_values(
    editions: dict[str, Written],
) -> None:
    made = editions["public"]
    results = json.loads(made.results.read_text(encoding="utf-8"))
    for entry in results["exhibits"]:
        for name in ("count", "reference_count", "observed"):
            if name in entry.get("columns", []):
                column = [row[entry["columns"].index(name)] for row in entry["rows"]]
                shown = [v for v in column if isinstance(v, int | float)]
                assert not [v for v in shown if 0 < v < 5], (entry["id"], name)
    places = next(e for e in results["exhibits"] if e["id"] == "places")
    assert "rows" not in places
    page = made.html.read_text(encoding="utf-8")
    assert "Publik utgåva" in page
    assert "Plats 1" not in page


def test_too_many_unusable_rows_stop_the_report(tmp_path: Path, town: Any) -> None:
    town.files["exports/vakten.csv"] = (
        "Datum;Område;Typ\n" + "7/10;Norr;Bråk\n2024-10-07;Norr;Bråk\n" * 5
    )
    with pytest.raises(ReportError, match="too many rows of Vakten") as told:
        start("tertial", str(town.write()), "2024-T3")
    assert "dates written as" in told.value.expected
    assert told.value.change.startswith("dates: forms in ")


def test_any_period_and_one_area_can_be_asked_for(tmp_path: Path) -> None:
    made = run_report(
        "tertial", "exempelkommun", "2025-05-01..2025-06-15", area="centrum", output=tmp_path / "x"
    )
    results = json.loads(made.results.read_text(encoding="utf-8"))
    assert results["area"] == "centrum"
    assert set(exhibit(results, "area_rates")["area"]) == {"centrum"}
    assert parse_period(results["period"]).days == 46


@pytest.mark.slow
def test_papermill_runs_the_notebook_directly(tmp_path: Path) -> None:
    out = tmp_path / "ut.ipynb"
    parameters = example_folder() / "reports" / "tertial.yaml"
    subprocess.run(
        [sys.executable, "-m", "papermill", str(ROOT / "notebooks" / "tertial.ipynb"), str(out),
         "-f", str(parameters), "--no-progress-bar"],
        check=True, cwd=tmp_path, capture_output=True,
    )  # fmt: skip
    notebook = nbformat.read(out, as_version=4)
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")


@pytest.mark.slow
def test_est_demo_prints_the_path(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a kernel that is started as usual."""
    monkeypatch.delenv(ADDRESS, raising=False)
    assert main(["demo"]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path.is_file()
    assert path.suffix == ".html"


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_notebooks_are_thin_and_stored_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None
            assert not re.search(r"^\s*(def|if|for|try|while|with) ", cell.source, re.MULTILINE)
    assert "parameters" in notebook.cells[1].metadata.tags


def _mixed(town: Any) -> None:
    """A second actor whose dates are months."""
    source = town.files["sources/vakten.yaml"].replace("vakten", "manad").replace("Vakten", "Månad")
    source = source.replace('["%Y-%m-%d %H:%M", "%Y-%m-%d"]', "[month]")
    town.files["sources/manad.yaml"] = source
    town.files["exports/manad.csv"] = "Datum;Område;Typ\n2024-10;Norr;Bråk\n2024-11;Norr;Bråk\n"


def _plain(town: Any) -> None:
    """An export with dates only."""
    town.change("sources/vakten.yaml", "  area: Område\n", "")
    town.change("sources/vakten.yaml", "  category: Typ\n", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "period", "audience"),
    [
        (None, "2024-T3", "internal"),
        (None, "2024-T3", "public"),
        (None, "2030-T1", "internal"),
        (None, "2024-W41", "internal"),
        (_mixed, "2024-T3", "internal"),
        (_plain, "2024-T3", "public"),
    ],
)
def test_the_smallest_municipality_gets_a_report(
    town: Any, tmp_path: Path, spoil: Any, period: str, audience: str
) -> None:
    if spoil is not None:
        spoil(town)
    made = run_report(
        "tertial", str(town.write()), period, audience=audience, output=tmp_path / "report"
    )
    reader = Reader()
    reader.feed(made.html.read_text(encoding="utf-8"))
    left_out = NOT_PUBLIC if audience == "public" else ()
    expected = [heading for heading in SECTIONS if heading not in left_out]
    assert reader.headings == ["Tertialanalys", *expected]
    assert not re.search(r"\bnan\b|\bNone\b|<NA>", " ".join(reader.text))


def test_a_hidden_total_is_not_said_to_be_unreported(town: Any, tmp_path: Path) -> None:
    made = run_report(
        "tertial", str(town.write()), "2024-T3", audience="public", output=tmp_path / "report"
    )
    results = json.loads(made.results.read_text(encoding="utf-8"))
    summary = next(e for e in results["exhibits"] if e["id"] == "summary")["findings"]
    assert any("Antalet är skyddat" in sentence for sentence in summary)
    assert not any("Ej rapporterat" in sentence for sentence in summary)
    appendix = next(e for e in results["exhibits"] if e["id"] == "appendix")
    assert "rows" not in appendix["columns"]
    assert str(ROOT) not in made.notebook.read_text(encoding="utf-8")


# ---- the weekly report ----


@pytest.fixture(scope="module")
def weekly(warm_report: Make, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("weekly") / "report"
    written = warm_report("weekly", "exempelkommun", "2025-W42", output=folder)
    found: dict[str, Any] = json.loads(written.results.read_text(encoding="utf-8"))
    found["page"] = written.html.read_text(encoding="utf-8")
    return found


def test_the_week_has_its_agenda_in_order(weekly: dict[str, Any]) -> None:
    reader = Reader()
    reader.feed(weekly["page"])
    assert reader.headings == [
        "Veckolägesbild", "1. Veckan i korthet", "2. Observerat mot förväntat",
        "3. De senaste veckorna", "4. Var, fyra veckor", "5. Aktörerna runt bordet",
        "6. Insatser och uppföljning", "7. Beslut", "8. Kommande fyra veckor", "9. Preliminärt",
    ]  # fmt: skip
    assert reader.fetched == []
    assert '<body class="weekly">' in weekly["page"]
    text = " ".join(reader.text)
    assert "nan" not in text.casefold().split()


def test_the_week_in_short_says_what_stands_out(weekly: dict[str, Any]) -> None:
    found = next(e for e in weekly["exhibits"] if e["id"] == "in_short")["findings"]
    assert found[0] == "Alla aktörer har rapporterat hela veckan."
    assert found[1].startswith("Skadegörelse i Hagalund (Polisen): klart fler än vanligt. 17 ")
    assert found[-2] == "Uppföljningen är försenad: Ordningsvakter i Centrum."
    assert found[-1] == "Försenade beslut: Byta lås i cykelrum i Västeräng (Exempelbostäder)."
    told = [line for line in found if "klart fler än vanligt" in line]
    signals = pd.concat([exhibit(weekly, name) for name in ("week_signals", "cell_signals")])
    assert (signals["signal"] == "signal").sum() == len(told) - 1 + len(told[-1].split(","))
    cells = exhibit(weekly, "cell_signals")
    assert set(cells["signal"]) <= {"signal", "above"}


def test_the_report_of_a_week_knows_nothing_of_later_decisions(weekly: dict[str, Any]) -> None:
    table = exhibit(weekly, "decisions")
    assert (table["date"] <= "2025-10-19").all()
    assert "overdue" in set(table["state"])


def test_a_weekly_report_of_a_tertial_is_refused() -> None:
    with pytest.raises(ReportError, match="of one week"):
        run_report("weekly", "exempelkommun", "2025-T3")


def test_the_public_week_shows_no_decisions_and_no_small_counts(tmp_path: Path) -> None:
    written = run_report(
        "weekly", "exempelkommun", "2025-W42", audience="public", output=tmp_path / "public"
    )
    page = written.html.read_text(encoding="utf-8")
    assert "Byta lås" not in page
    results = json.loads(written.results.read_text(encoding="utf-8"))
    exhibits = {entry["id"]: entry for entry in results["exhibits"]}
    for name in ("week_signals", "cell_signals", "area_signals"):
        assert exhibits[name]["kind"] == "not_public"
    assert page.count(language("sv").text("page.not_public")) == 1, "why is said once"
    said = " ".join(exhibits["in_short"]["findings"])
    assert language("sv").text("finding.week_hidden") in said
    assert "beslut" not in said
    assert "klart fler än vanligt" not in page.partition("Veckan i korthet</h2>")[2]


@pytest.fixture(scope="module")
def insats(warm_report: Make, tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("insats") / "report"
    return warm_report(
        "intervention", "exempelkommun", "2025-T3", intervention="kamera-norrbacka", output=folder
    )


def test_the_report_of_an_insats_holds_every_estimate_and_its_grade(insats: Written) -> None:
    results = json.loads(insats.results.read_text(encoding="utf-8"))
    assert [found["id"] for found in results["exhibits"]] == [
        "insats_in_short", "register_entry", "conclusions", "insats_checks", "before_after", "ladder", "regression",
        "displacement", "variants", "appendix",
    ]  # fmt: skip
    table = exhibit(results, "conclusions")
    assert set(table["grade"]) == {"cannot_be_determined"}
    assert ((table["lower"] < 1) & (table["upper"] > 1) & (table["visible"] > 0)).all()
    assert {"controlled", "interrupted", "slope"} <= set(exhibit(results, "ladder")["design"])
    page = insats.html.read_text(encoding="utf-8")
    assert "kan inte avgöras" in page
    assert "kamera-norrbacka" in insats.html.name
    head = page.partition("<h2")[0]
    assert (
        head.count("Tillfällig kamera i Norrbacka") == 2
    )  # the window's title and the page's head
    pictures = [base64.b64decode(data) for data in re.findall(r"svg\+xml;base64,([^\"]+)", page)]
    assert "insatsen från 2025-05-05" in pictures[0].decode()


def test_an_unknown_insats_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="camera") as fault:
        run_report(
            "intervention", "exempelkommun", "2025-T3", intervention="camera", output=tmp_path
        )
    assert "kamera-norrbacka" in str(fault.value)
    for kind, name in (("intervention", ""), ("tertial", "kamera-norrbacka")):
        with pytest.raises(ReportError, match="--intervention ID"):
            run_report(kind, "exempelkommun", "2025-T3", intervention=name)


def test_the_public_report_of_an_insats_gives_no_small_count_away(tmp_path: Path) -> None:
    made = run_report(
        "intervention", "exempelkommun", "2025-T3", intervention="kamera-norrbacka",
        audience="public", output=tmp_path / "report",
    )  # fmt: skip
    results = json.loads(made.results.read_text(encoding="utf-8"))
    kinds = {entry["id"]: entry["kind"] for entry in results["exhibits"]}
    for name in ("conclusions", "ladder", "displacement", "variants", "regression"):
        assert kinds[name] == "not_public"
    said = exhibit(results, "register_entry")
    assert "Norrbacka" in set(said["said"])
