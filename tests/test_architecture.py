"""The house: imports only go down, no actor is known to the code, one door out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from small_town import SmallTown

from est_analysis.cli import main
from est_analysis.config import load_settings

PACKAGE = Path(__file__).resolve().parents[1] / "est_analysis"
FLOORS = [
    ["privacy"],
    [
        "errors",
        "checks",
        "workbook",
        "batch_options",
        "sharing",
        "locking",
        "environment",
        "leftovers",
        "listing",
    ],
    ["remote"],
    ["calendar", "config"],
    ["stored_json"],
    ["calendar_events", "geography", "written_dates", "workspace", "sources"],
    ["intake"],
    ["incidents", "simulate", "municipality", "yearly"],
    ["store", "expected", "intervention"],
    ["cleaned", "extract_day"],
    ["counts", "exports", "farrington"],
    ["hours", "places", "follow_up", "archive"],
    ["quality", "overdispersion", "occasions", "nowcast"],
    ["rates", "seasonal", "account", "usual", "meeting"],
    ["comparisons", "series", "outlook", "surveillance"],
    ["priorities", "ratings", "effort", "outbreaks"],
    ["evaluations"],
    ["withdrawn"],
    ["disclosure"],
    ["language"],
    ["figures", "names"],
    ["tables", "exhibits", "findings", "alt_texts"],
    ["page"],
    ["annex", "pdf"],
    ["kernels"],
    ["report"],
    ["statement"],
    ["batch", "reproduce", "purge", "publish"],
    ["archive_commands", "draft"],
    ["cli"],
]
FLOOR = {module: floor for floor, modules in enumerate(FLOORS) for module in modules}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "est_analysis":
                found |= {alias.name for alias in node.names}
            elif node.module.startswith("est_analysis."):
                found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {
                a.name.split(".")[1] for a in node.names if a.name.startswith("est_analysis.")
            }
    return found


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if "_shipped" not in p.parts)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_from_lower_floors_only(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        assert not imports(path)
        return
    for other in imports(path) - {own, "__version__"}:
        assert FLOOR[other] < FLOOR[own], f"{own} imports {other}"


def test_every_module_has_a_floor() -> None:
    names = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()}
    assert names - {"__init__"} == set(FLOOR)


def test_no_actor_is_known_to_the_code() -> None:
    words = set()
    for folder in (PACKAGE.parent / "params").iterdir():
        if folder.is_dir():
            for source in load_settings(folder).sources.values():
                words |= {source.actor.casefold(), source.name.casefold()}
    assert len(words) > 10
    for path in [*modules(), *(PACKAGE / "texts").iterdir()]:
        text = path.read_text(encoding="utf-8").casefold()
        for word in words:
            assert not re.search(rf"\b{re.escape(word)}\b", text), f"{word} in {path.name}"


def test_only_paper_is_above_the_gate() -> None:
    """No page-making module reads incidents; what it shows has passed `release`."""
    for name in (
        "tables",
        "figures",
        "findings",
        "alt_texts",
        "page",
        "exhibits",
        "names",
        "language",
    ):
        for path in modules():
            if path.relative_to(PACKAGE).parts[0].removesuffix(".py") == name:
                assert not imports(path) & {"incidents", "sources"}, path
                text = path.read_text(encoding="utf-8")
                read = set(re.findall(r"est_analysis\.counts\.(\w+)", text))
                assert read <= {"coverage"}, f"{path} may know the words for coverage alone"


FIFTH = """\
actor: vaktbolaget
name: Vaktbolaget Exempel
files: ["ronder*.csv"]
reader: csv
encoding: cp1252
delimiter: "\\t"
columns:
  occurred_from: Dag
  time_from: Tid
  area: Ort
  category: Kod
dates:
  forms: [dotted]
areas:
  map: {N: norr, S: soder}
categories:
  map: {"01": brak, "02": klotter}
"""


def test_a_fifth_actor_is_one_file_and_no_code(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    town.files["sources/vaktbolaget.yaml"] = FIFTH
    export = "Dag\tTid\tOrt\tKod\n7.10.2024\tkl 22.30\tN\t01\n8.10.2024\t22-07\tS\t02\n"
    town.files["exports/ronder_v41.csv"] = export.encode("cp1252")
    assert main(["check", "-m", str(town.write())]) == 0
    out = capsys.readouterr().out
    assert "Vaktbolaget Exempel: 2 rows read = 2 kept + 0 left out + 0 duplicates" in out
    assert "untranslated" not in out
