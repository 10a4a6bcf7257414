"""No code from data or settings, no file outside its folder, no parameter that nobody knows."""

from __future__ import annotations

import ast
import io
import pickle
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_town import SmallTown

from est_analysis import sharing
from est_analysis.cli import main
from est_analysis.config.paths import is_inside, is_safe_id
from est_analysis.errors import ReportError, SettingsError, SourceError
from est_analysis.report import run_report
from est_analysis.sources import read_export
from est_analysis.workspace import notebook_file

INJECTED = [
    '"; import os; os.system("touch x"); "', "norr\nimport os", "'''", '"""', "\\", "norr\u2028x = 1",
    "../../norr", "norr\x00", "{area}", "{{ area }}", "$(touch x)", "`touch x`", "Norr", "nörr",
]  # fmt: skip


@pytest.mark.parametrize("value", INJECTED)
@pytest.mark.parametrize("name", ["area", "intervention", "audience", "as_of"])
def test_a_parameter_is_a_known_word_before_anything_runs(
    town: SmallTown, tmp_path: Path, name: str, value: str
) -> None:
    kind = "intervention" if name == "intervention" else "tertial"
    folder, out = str(town.write()), tmp_path / "out" / "report"
    with pytest.raises((ReportError, SettingsError)) as error:
        run_report(kind, folder, "2024-T3", output=out, **{name: value})
    assert "change it" in str(error.value)
    assert not out.parent.exists()


@pytest.mark.parametrize("period", ['2024-T3"; import os', "2024-T3\nx=1", "../2024", "T3", ""])
def test_a_period_is_read_and_written_anew(town: SmallTown, tmp_path: Path, period: str) -> None:
    code = main(
        [
            "report",
            "tertial",
            "-m",
            str(town.write()),
            "-p",
            period,
            "--output",
            str(tmp_path / "o"),
        ]
    )
    assert code == 1
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("kind", ["../tertial", "/etc/passwd", "tertial\n", "Tertial", "con", ""])
def test_only_a_notebook_of_the_house_is_run(kind: str) -> None:
    with pytest.raises(ReportError, match="no report"):
        notebook_file(kind)


@given(text=st.text(max_size=40))
def test_papermill_writes_any_text_as_a_text(text: str) -> None:
    """A second lock: what is not refused is still a literal."""
    from papermill.translators import PythonTranslator

    line = PythonTranslator.codify({"area": text})
    tree = ast.parse(line)
    assert len(tree.body) == 1
    assert isinstance(tree.body[0], ast.Assign)
    assert ast.literal_eval(tree.body[0].value) == text


@given(text=st.text(alphabet=st.characters(), max_size=20))
def test_an_id_is_one_file_on_every_system(text: str) -> None:
    if is_safe_id(text):
        assert text == text.lower() == unicodedata.normalize("NFC", text)
        assert text.isascii()
        assert Path(text).name == text
        assert text.split(".")[0] not in {"con", "prn", "aux", "nul", "com1", "lpt9"}


@given(parts=st.lists(st.sampled_from(["..", ".", "a", "*", "b.csv", "~", "/", "\\", "C:"]), min_size=1, max_size=5),
       sign=st.sampled_from(["/", "\\", ""]))  # fmt: skip
def test_a_pattern_never_leads_out(parts: list[str], sign: str) -> None:
    pattern = sign.join(parts)
    if is_inside(pattern):
        folder = Path("/exports")
        assert not Path(pattern).is_absolute()
        assert (folder / pattern).resolve().is_relative_to(folder)


def test_a_link_out_of_the_exports_is_refused(town: SmallTown, tmp_path: Path) -> None:
    outside = tmp_path / "secret.csv"
    outside.write_text("Datum;Område;Typ\n2024-10-07;Norr;hemligt\n", encoding="utf-8")
    settings = town.load()
    (town.folder / "exports" / "vakten2.csv").symlink_to(outside)
    with pytest.raises(SourceError, match="a link to a file outside it"):
        read_export(settings.sources["vakten"], settings.municipality.exports)


def test_a_workbook_is_checked_for_what_it_is_whatever_it_is_called(town: SmallTown) -> None:
    """Its reader goes by the content: macros, errors and far cells are looked for by that too."""
    book, stream = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for row in (["Datum", "Område", "Typ"], ["2024-10-07", "Norr", "Klotter"]):
        book.active.append(row)
    book.save(stream)
    town.change("sources/vakten.yaml", "reader: csv", "reader: xls")
    town.change("sources/vakten.yaml", "*.csv", "*.xls")
    town.files["exports/vakten.xls"] = stream.getvalue()
    settings = town.load()
    source, folder = settings.sources["vakten"], settings.municipality.exports
    assert len(read_export(source, folder)) == 1
    with zipfile.ZipFile(folder / "vakten.xls", "a") as package:
        package.writestr("xl/vbaProject.bin", b"x")
    with pytest.raises(SourceError, match="macros"):
        read_export(source, folder)


def test_a_link_within_the_exports_is_a_file(town: SmallTown) -> None:
    settings = town.load()
    (town.folder / "exports" / "vakten2.csv").symlink_to(town.folder / "exports" / "vakten.csv")
    export = read_export(settings.sources["vakten"], settings.municipality.exports)
    assert [delivery.repeats for delivery in export.deliveries] == ["vakten2.csv", None]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("stored", ["NFC", "NFD"])
def test_accented_names_match_however_they_are_stored(
    town: SmallTown, form: str, stored: str
) -> None:
    pattern = unicodedata.normalize(form, "händelser*.csv")
    town.change("sources/vakten.yaml", "vakten*.csv", pattern)
    name = unicodedata.normalize(stored, "exports/händelser_å.csv")
    town.files[name] = town.files.pop("exports/vakten.csv")
    settings = town.load()
    export = read_export(settings.sources["vakten"], settings.municipality.exports)
    assert len(export.deliveries) == 1


def test_no_code_reads_settings_or_data_as_code() -> None:
    """No eval, exec, pickle, unsafe YAML or shell anywhere in the package."""
    forbidden = {
        "eval",
        "exec",
        "compile",
        "__import__",
        "system",
        "popen",
        "unsafe_load",
        "full_load",
    }
    for path in (Path(__file__).resolve().parents[1] / "est_analysis").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name.split(".")[0] for alias in node.names}
                if path.name != "sharing.py":  # only what the batch itself signed: tested below
                    assert not names & {"pickle", "marshal", "shelve", "ctypes"}, path
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                assert name not in forbidden, f"{name} in {path}"
                if isinstance(node.func, ast.Attribute):
                    assert node.func.attr not in forbidden - {"compile", "eval"}, path
                    assert not any(word.arg == "shell" for word in node.keywords), path


class Planted:
    """Unpickling it would be seen."""

    loaded: ClassVar[list[str]] = []

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Planted.loaded.append, ("loaded",)


@dataclass
class Shares:
    shared: tuple[Path, str] | None


def test_a_result_that_another_stored_is_never_unpickled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    @sharing.shared
    def double(data: Shares, number: int) -> int:
        calls.append(number)
        return 2 * number

    data = Shares((tmp_path, "name"))
    assert double(data, 4) == 8
    assert list(tmp_path.iterdir()) == []  # no key, no sharing
    monkeypatch.setenv(sharing.KEY, "the batch's own")
    assert [double(data, 4), double(data, 4)] == [8, 8]
    assert calls == [4, 4]
    (stored,) = tmp_path.iterdir()
    signature = stored.read_bytes()[:32]
    for forged in (pickle.dumps(Planted()), signature + pickle.dumps(Planted()), b""):
        stored.write_bytes(forged)
        assert double(data, 4) == 8
    assert calls == [4] * 5
    other = tmp_path / f"{'0' * 64}.pickle"
    stored.replace(other)  # right content, but of something else
    double(data, 5)
    five = next(path for path in tmp_path.iterdir() if path != other)
    other.replace(five)
    assert double(data, 5) == 10
    assert Planted.loaded == []
