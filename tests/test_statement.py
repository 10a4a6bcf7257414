"""The texts to publish beside a report: from its facts, and honest about what they do not know."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from in_process import made

from est_analysis.cli import main
from est_analysis.config import load_settings
from est_analysis.report.records import manifest_of
from est_analysis.statement import write_statements
from est_analysis.stored_json import RESULTS_SCHEMA
from est_analysis.workspace import example_folder, notebook_file


def folder_of(tmp_path: Path, code: str, audience: str = "internal", **other: Any) -> Path:
    """A report's folder with the two files that the texts are made from."""
    report = made("tertial", code, audience)
    records = [exhibit.record for exhibit in report.exhibits]
    facts = report.facts
    told = {key: facts[key] for key in ("period", "audience", "language")}
    source = notebook_file("tertial", code)
    manifest = {
        **manifest_of(facts, {"exhibits": records}, source, told, facts["municipality"]),
        "results": None,
        **other,
    }
    for name, content in (
        ("manifest", manifest),
        ("results", {"schema": RESULTS_SCHEMA, "exhibits": records}),
    ):
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("code", ["sv", pytest.param("en", marks=pytest.mark.slow)])
def test_both_texts_are_whole_pages_with_the_reports_facts(tmp_path: Path, code: str) -> None:
    written = write_statements(folder_of(tmp_path, code))
    assert [path.name for path in written] == [
        "accessibility.html", "accessibility.md", "method.html", "method.md"
    ]  # fmt: skip
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert "Exempelkommun" in text
        assert "2025" in text
        assert not re.search(r"[{}]", text.partition("</style>")[2] or text)
        if path.suffix == ".html":
            assert f'<html lang="{code}">' in text
            assert text.count("<h1") == 1
    method = written[3].read_text(encoding="utf-8")
    settings = load_settings(example_folder())
    for source in settings.sources.values():
        assert source.named(code) in method
    tally = made("tertial", code).report.data.cleaning.tally
    digits = re.sub(r"(?<=\d)\W(?=\d{3})", "", method)
    for row in tally.to_dict("records"):
        assert all(str(row[key]) in digits for key in ("read", "kept", "rejected", "duplicates"))


def test_what_the_program_cannot_know_is_to_be_filled_in(tmp_path: Path) -> None:
    text = write_statements(folder_of(tmp_path, "sv"))[1].read_text(encoding="utf-8")
    assert text.count("[Fyll i:") == 4


def test_a_public_text_says_how_much_is_hidden_and_nothing_of_rows(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "sv", "public")
    text = write_statements(folder)[3].read_text(encoding="utf-8")
    hidden = json.loads((folder / "manifest.json").read_text())["disclosure"]["hidden"]
    assert hidden > 0
    assert f"Skyddade celler i rapporten: {hidden}." in re.sub(r"(?<=\d)\W(?=\d{3})", "", text)
    assert "lästa" not in text
    assert "Antal 1–4 visas inte" in text


def test_a_name_is_text_and_never_a_mark(tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)> *Å* [a](b)"
    text = write_statements(folder_of(tmp_path, "sv", name=name))[0].read_text(encoding="utf-8")
    assert "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt; *Å* [a](b)" in text


def test_without_a_report_there_is_nothing_to_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["statement", str(tmp_path)]) == 1
    assert "no manifest.json" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
