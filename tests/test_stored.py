"""Stored files may come from anybody: each field is what the program writes, or nothing is done."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_home import made
from small_town import SmallTown

from est_analysis.archive import append, read_log
from est_analysis.batch.due import basis_of, reason_to_make
from est_analysis.batch.plan import Job
from est_analysis.cli import main
from est_analysis.errors import ReportError
from est_analysis.leftovers import own_folder
from est_analysis.report import Written
from est_analysis.stored_json import SCHEMAS, read_stored, up_to_date

pytestmark = pytest.mark.usefixtures("warm_kernels")

ABSENT = object()
HOSTILE = [
    ("parameters", ABSENT, "parameters: "),
    ("parameters", None, "parameters: "),
    ("parameters.municipality", "{evil}", "parameters.municipality: "),
    ("municipality", "{evil}", "municipality: "),
    ("municipality", "../../evil", "municipality: "),
    ("municipality", "..", "municipality: "),
    ("municipality", ["smastad"], "municipality: "),
    ("parameters.intervention", "../x", "parameters.intervention: "),
    ("inputs", None, "inputs: "),
    ("inputs", "vakten", "inputs: "),
    ("inputs", [1], "inputs[0]: "),
    ("inputs", [{"actor": "vakten"}], "inputs[0].sha256: "),
    ("settings", [1], "settings: "),
    ("settings", {"a.yaml": 1}, "settings.a.yaml: "),
    ("versions", None, "versions: "),
    ("versions", {"pandas": "3"}, "versions.est_analysis: "),
    ("versions.est_analysis", "<script>", "versions.est_analysis: "),
    ("schema", [1], "a manifest with schema 2"),
    ("schema", True, "a manifest with schema 2"),
    ("schema", 2.0, "a manifest with schema 2"),
    ("schema", 99, "a manifest with schema 2"),
    ("reading", "x", "reading: "),
    ("reading", -1, "reading: "),
    ("language", "../../evil", "language: "),
    ("kind", "../evil", "kind: "),
    ("period", "2024-T9", "period: "),
    ("as_of", "today", "as_of: "),
    ("created", "long ago", "created: "),
    ("notebook", "short.ipynb", "notebook: "),
    ("notebook.file", "<b>x</b>.ipynb", "notebook.file: "),
    ("rows", [{"actor": "vakten"}], "rows[0].read: "),
    ("results", "x", "results: "),
    ("disclosure", [], "disclosure: "),
    ("disclosure.rule", {"audience": "public"}, "disclosure.rule.minimum: "),
    ("name", "\ud800", "name: "),
]


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    """A municipality somewhere else, whose settings have files written elsewhere still."""
    town = SmallTown(tmp_path / "somewhere" / "evil")
    town.files["municipality.yaml"] = (
        f"name: Evil\ncode: '0001'\nfictional: true\nexports: {tmp_path}/WRITTEN\n"
    )
    return town.write()


@pytest.fixture
def report(home: Path) -> Written:
    return made(home)


def spoil(path: Path, field: str, value: Any) -> None:
    facts = json.loads(path.read_text("utf-8"))
    *above, last = field.split(".")
    inner = facts
    for key in above:
        inner = inner[key]
    if value is ABSENT:
        del inner[last]
    else:
        inner[last] = value
    path.write_text(json.dumps(facts), encoding="utf-8")


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """A manifest as the program writes it."""
    sha = "0" * 64
    told = {"period": "2024-T3", "audience": "internal", "language": "sv"}
    return {
        "schema": 2, "created": "2026-01-01T10:00:00+00:00", "program": sha, "kind": "short",
        "notebook": {"file": "short.ipynb", "sha256": sha}, "name": "Småstad",
        "parameters": {"municipality": "smastad", "area": "", **told}, "municipality": "smastad",
        "fictional": False, "area": "", "as_of": "2025-01-31", "settings": {"areas.yaml": sha},
        **told, "inputs": [{"actor": "vakten", "file": "vakten.csv", "sha256": sha}],
        "rows": [], "versions": {"est_analysis": "1.0", "numpy": "2.1"}, "results": sha,
        "reading": 1, "disclosure": {"rule": {"audience": "internal"}, "hidden": 0},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "named"), HOSTILE, ids=[f"{f} {v!r:.20}" for f, v, _ in HOSTILE]
)
def test_a_manifest_is_checked_before_any_of_it_is_used(
    home: Path, evil: Path, manifest: dict[str, Any], field: str, value: Any, named: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path = home / "report" / "manifest.json"
    path.parent.mkdir()
    path.write_text(json.dumps(manifest), encoding="utf-8")
    read_stored(path, "manifest")
    (path.parent / "results.json").write_text(json.dumps({"schema": 1, "exhibits": []}))
    spoil(path, field, value.format(evil=evil) if isinstance(value, str) else value)
    for command in (["reproduce", str(path)], ["statement", str(path.parent)]):
        assert main(command) == 1
        err = capsys.readouterr().err
        assert "cannot use" in err
        assert named in err
    assert sorted(p.name for p in path.parent.iterdir()) == ["manifest.json", "results.json"]
    assert not (evil.parents[1] / "WRITTEN").exists()
    assert not (home / "archive").exists()


@pytest.mark.parametrize("content", ["[" * 200_000, '{"a":' * 100_000, "", "\xff", "null"])
def test_what_is_no_json_is_told(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(content, encoding="latin-1")
    assert main(["reproduce", str(path)]) == 1
    assert "cannot use" in capsys.readouterr().err


def test_a_municipality_is_looked_for_in_the_workspace_unless_the_user_says_where(
    report: Written, home: Path, town: SmallTown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.folder.rename(tmp_path / "smastad")
    (home / "params" / "other").mkdir()
    assert main(["reproduce", str(report.manifest)]) == 1
    assert 'no municipality "smastad"' in capsys.readouterr().err
    assert main(["reproduce", str(report.manifest), "-m", str(tmp_path / "smastad")]) == 0


@pytest.mark.parametrize(
    "exhibits",
    [None, [1], [{}], [{"id": []}], [{"id": "a", "rows": [1], "columns": ["b"]}]],
    ids=str,
)
def test_results_are_checked_too(
    report: Written, exhibits: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(report.results, "exhibits", exhibits)
    assert main(["statement", str(report.folder)]) == 1
    assert main(["reproduce", str(report.manifest)]) == 1
    assert "exhibits" in capsys.readouterr().err


def test_rows_of_other_lengths_are_a_difference(
    report: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    results = json.loads(report.results.read_text("utf-8"))
    table = next(one for one in results["exhibits"] if one.get("rows"))
    table["rows"][0] = table["rows"][0][:-1]
    report.results.write_text(json.dumps(results), encoding="utf-8")
    assert main(["reproduce", str(report.manifest)]) == 7
    assert "results.json has been changed" in capsys.readouterr().err


def test_a_report_that_fails_when_made_again_names_no_file_that_is_gone(
    report: Written, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = home / "notebooks" / "short.ipynb"
    notebook.write_text(notebook.read_text("utf-8").replace("report.appendix()", "1 / 0"), "utf-8")
    assert main(["reproduce", str(report.manifest)]) == 1
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err
    assert "est-again" not in err
    assert "make it with est report" in err


def test_a_statement_is_written_in_place_of_a_link_and_not_through_it(
    report: Written, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    (report.folder / "method.md").symlink_to(mine)
    assert main(["statement", str(report.folder)]) == 0
    assert mine.read_text() == "mine"
    assert not (report.folder / "method.md").is_symlink()


def test_a_batch_makes_a_report_again_whose_manifest_is_spoilt(
    report: Written, town: SmallTown
) -> None:
    settings = town.load()
    basis, job = basis_of(settings, settings.municipality.as_of), Job("short", "2024-T3")
    assert reason_to_make(job, report.folder, basis) == ""
    spoil(report.manifest, "inputs", "x")
    assert reason_to_make(job, report.folder, basis) == "its manifest cannot be read"


@pytest.mark.parametrize(
    ("event", "facts"),
    [("report", {"kind": "short"}), ("purge", {"removed": []}), ("reading", {"actors": {}})],
)
def test_an_entry_of_the_log_that_est_does_not_write_is_told(
    town: SmallTown, home: Path, event: str, facts: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    made(home)
    append(home / "archive" / "smastad", event, facts)
    assert main(["log", "-m", "smastad"]) == 1
    assert "the run log is not whole: line 3: " in capsys.readouterr().err


@pytest.mark.parametrize("line", ["[" * 100_000, '{"hash": "\\ud800", "a": "\\ud800"}', "[1]"])
def test_a_line_of_the_log_that_is_no_entry_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / "log.jsonl").write_text(f"{line}\n")
    assert any("something else than an entry" in fault for fault in read_log(tmp_path).faults)


@pytest.mark.parametrize("content", ["", "{", '{"schema": 1}', "[" * 100_000])
def test_a_damaged_head_of_the_log_is_told(tmp_path: Path, content: str) -> None:
    append(tmp_path, "trial", {})
    (tmp_path / "log.head.json").write_text(content)
    assert any("log.head.json" in fault for fault in read_log(tmp_path).faults)
    with pytest.raises(ReportError, match="cannot use"):
        append(tmp_path, "trial", {})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(what=st.sampled_from(sorted(SCHEMAS)), fields=st.dictionaries(st.text(), json_values))
def test_any_record_is_read_or_refused(what: str, fields: dict[str, Any]) -> None:
    with suppress(ReportError):
        up_to_date({**fields, "schema": SCHEMAS[what]}, what, Path("x.json"))


@given(data=st.data(), value=json_values)
def test_any_value_in_a_manifest_is_read_or_refused(
    manifest: dict[str, Any], data: st.DataObject, value: Any
) -> None:
    key = data.draw(st.sampled_from(sorted(manifest)))
    inner = manifest[key]
    if isinstance(inner, dict) and data.draw(st.booleans()):
        value = {**inner, data.draw(st.sampled_from(sorted(inner))): value}
    with suppress(ReportError):
        up_to_date({**manifest, key: value}, "manifest", Path("manifest.json"))


def test_a_folder_of_a_killed_process_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = tmp_path / "est-trial-999999999-x"
    dead.mkdir()
    (dead / "rows.parquet").write_text("x")
    foreign = tmp_path / "est-trial-99999999999999999999-x"  # no process has such a number
    foreign.mkdir()
    with own_folder("est-trial-") as own, own_folder("est-trial-"):
        assert own.is_dir()
        assert not dead.exists()
    assert list(tmp_path.iterdir()) == [foreign]
