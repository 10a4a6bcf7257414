"""How an internal byte could get into a folder that is published: each way fails closed."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from pathlib import Path

import nbformat
import pytest
from small_home import made
from small_town import SmallTown

from est_analysis.batch import run_batch
from est_analysis.batch.plan import Wanted
from est_analysis.cli import main
from est_analysis.errors import EstError, ReportError
from est_analysis.exhibits import GATE_MIME, Exhibit, has_passed
from est_analysis.publish import LIST, publish_edition
from est_analysis.report import one_edition, run_report
from est_analysis.report import run as running
from est_analysis.report.unchecked import refuse_unchecked

PRIVATE = ("manifest.json", "notebook.ipynb", "previous", "failed.ipynb")

pytestmark = pytest.mark.usefixtures("warm_kernels")


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def add_cell(home: Path, source: str, before: int = 4) -> None:
    path = home / "notebooks" / "short.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(before, nbformat.v4.new_code_cell(source))
    nbformat.write(notebook, path)


def test_published_is_what_may_be_and_its_checksums(home: Path, tmp_path: Path) -> None:
    written = made(home, audience="public", annex=True, csv=True)
    target = tmp_path / "web" / "2024-T3"
    listed = publish_edition(written.folder, target)
    found = names(target)
    assert {path.relative_to(target).as_posix() for path in listed} == found
    assert {"results.json", written.html.name, LIST} < found
    assert any(name.startswith("csv/") for name in found)
    assert not any(name.startswith(PRIVATE) for name in found)
    sums = dict(reversed(line.split("  ")) for line in (target / LIST).read_text().splitlines())
    assert set(sums) == found - {LIST}
    for name, checksum in sums.items():
        assert hashlib.sha256((target / name).read_bytes()).hexdigest() == checksum
    inputs = json.loads(written.manifest.read_text("utf-8"))["inputs"]
    whole = b"".join((target / name).read_bytes() for name in found)
    assert not any(one["sha256"].encode() in whole for one in inputs)
    assert not [path for path in target.parent.iterdir() if path.name != target.name]


@pytest.mark.skipif(os.name != "posix", reason="modes are those of a POSIX system")
def test_internal_files_are_the_owners_and_copies_everybodys(home: Path, tmp_path: Path) -> None:
    written = made(home, audience="public", csv=True)
    mode = stat.S_IMODE
    assert mode(written.folder.stat().st_mode) == 0o700
    for path in written.folder.rglob("*"):
        assert mode(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    target = tmp_path / "web"
    publish_edition(written.folder, target)
    assert mode(target.stat().st_mode) == 0o755
    for path in target.rglob("*"):
        assert mode(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path


def test_an_internal_report_is_not_published(home: Path, tmp_path: Path) -> None:
    written = made(home)
    with pytest.raises(ReportError, match="audience: internal"):
        publish_edition(written.folder, tmp_path / "web")
    manifest = json.loads(written.manifest.read_text("utf-8"))
    written.manifest.write_text(json.dumps(manifest | {"audience": "public"}), encoding="utf-8")
    with pytest.raises(ReportError, match="cannot publish"):
        publish_edition(written.folder, tmp_path / "web")
    assert not (tmp_path / "web").exists()


# ---- 1. the same --output ----


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"annex": True}, {"audience": "public"}),
        ({"audience": "public"}, {}),
        ({"audience": "public"}, {"audience": "public", "area": "norr"}),
        ({"audience": "public"}, {"audience": "public", "period": "2024-T2"}),
    ],
)
def test_a_folder_with_another_edition_is_refused(
    home: Path, tmp_path: Path, first: dict[str, str], second: dict[str, str]
) -> None:
    folder = tmp_path / "out"
    made(home, output=folder, **first)
    before = {name: (folder / name).read_bytes() for name in names(folder)}
    period = second.pop("period", "2024-T3")
    with pytest.raises(ReportError, match="something of another edition"):
        run_report("short", "smastad", period, output=folder, **second)
    assert before == {name: (folder / name).read_bytes() for name in names(folder)}


def test_the_same_edition_again_is_not_refused(home: Path, tmp_path: Path) -> None:
    for _ in range(2):
        made(home, output=tmp_path / "out", audience="public", annex=True)


@pytest.mark.parametrize("stray", ["egen.xlsx", "anteckning.txt", "smastad_short_2024-T3.html"])
def test_nothing_else_lies_where_a_public_edition_is_made(
    home: Path, tmp_path: Path, stray: str
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / stray).write_text("intern", encoding="utf-8")
    with pytest.raises(ReportError, match=stray):
        made(home, output=folder, audience="public")


# ---- 2. two runs at once ----


def test_of_two_runs_at_once_in_a_folder_one_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both begin when it is empty; the one that is done last finds the other's."""
    folder = tmp_path / "out"
    passed: list[bool] = []
    original = running.alone_in

    def meanwhile(place: Path) -> object:
        if not passed:
            passed.append(True)
            made(home, output=place)
        return original(place)

    monkeypatch.setattr(running, "alone_in", meanwhile)
    with pytest.raises(ReportError, match="something of another edition"):
        made(home, output=folder, audience="public")
    assert not any("_public" in name for name in names(folder))


def test_others_wait_while_a_folder_is_looked_at(tmp_path: Path) -> None:
    order = []

    def second() -> None:
        with one_edition.alone_in(tmp_path):
            order.append("second")

    with one_edition.alone_in(tmp_path):
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.3)
        order.append("first")
    waiting.join(5)
    assert order == ["first", "second"]


# ---- 3. one language, then another ----


def test_swedish_then_english_needs_two_folders(town: SmallTown, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    wanted = {"municipality": "smastad", "kind": "short", "period": "2024-T3", "area": "",
              "audience": "public", "language": "sv", "intervention": ""}  # fmt: skip
    (folder / "smastad_short_2024-T3_public.html").write_text("", encoding="utf-8")
    one_edition.refuse_other_edition(folder, "smastad_short_2024-T3_public", wanted)
    with pytest.raises(ReportError, match="another edition"):
        one_edition.refuse_other_edition(
            folder, "smastad_short_2024-T3_public_en", wanted | {"language": "en"}
        )


# ---- 4. notebooks of one's own ----

OWN = {
    "a table": "report.data.incidents.head()",
    "a print": "print(report.data.incidents.head())",
    "a picture": "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
    "html": 'from IPython.display import HTML\nHTML("<b>4</b>")',
    "an exhibit by hand": 'from est_analysis.exhibits import Exhibit\nExhibit("x", "<b>4</b>", {"id": "x", "kind": "table"})',
    "an exhibit for others": 'other = start("short", municipality, period, area, "internal", as_of)\n'
    'other.table("data_basis", data_basis(other.data, other.period))',
    "an exhibit that was changed": 'one = report.table("data_basis", data_basis(report.data, report.period))\n'
    "shown = one._repr_mimebundle_()\nshown['text/html'] += '<b>4</b>'\n"
    "from IPython.display import display\ndisplay(shown, raw=True)",
}


@pytest.mark.parametrize("what", OWN)
def test_an_output_that_has_not_passed_the_gate_stops_a_public_page(home: Path, what: str) -> None:
    add_cell(home, OWN[what])
    with pytest.raises(ReportError, match=r"cell 6 of short\.ipynb shows what has not passed"):
        made(home, audience="public")
    assert not (home / "outputs" / "smastad" / "short_2024-T3_public").exists()


def test_on_an_internal_page_it_is_said_not_to_be_checked(home: Path) -> None:
    add_cell(home, OWN["a table"])
    page = made(home).html.read_text("utf-8")
    assert page.count("Egen tabell, inte kontrollerad.") == 1
    assert page.index("Egen tabell") < page.index("occurred_from")


def test_a_notebook_that_ignores_for_whom_it_is_is_refused(home: Path) -> None:
    path = home / "notebooks" / "short.ipynb"
    text = path.read_text("utf-8").replace("area, audience, as_of)", 'area, \\"internal\\", as_of)')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReportError, match="for other readers"):
        made(home, audience="public")


def test_a_file_attached_to_a_text_stops_it_too(tmp_path: Path) -> None:
    cell = nbformat.v4.new_markdown_cell("![](attachment:a.png)")
    cell["attachments"] = {"a.png": {"image/png": "aaaa"}}
    with pytest.raises(ReportError, match="an attached file"):
        refuse_unchecked(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "own.ipynb")


def test_only_a_report_marks_an_exhibit() -> None:
    bundle = Exhibit("x", "<b>4</b>", {"id": "x"})._repr_mimebundle_()
    assert GATE_MIME not in bundle
    assert not has_passed(bundle, "public")
    with pytest.raises(TypeError):
        Exhibit("x", "", {}, (), "public")  # type: ignore[call-arg]


# ---- 5. killed runs ----


@pytest.mark.parametrize("moment", ["before the manifest", "while writing", "an old notebook"])
def test_what_a_killed_run_left_is_not_published_nor_written_beside(
    home: Path, tmp_path: Path, moment: str
) -> None:
    folder = tmp_path / "out"
    written = made(home, output=folder, annex=True)
    written.manifest.unlink()  # as put_in_place begins
    if moment == "while writing":
        written.results.unlink()
    if moment == "an old notebook":
        for name in names(folder) - {"notebook.ipynb"}:
            (folder / name).unlink()
    with pytest.raises(EstError, match="cannot use"):
        publish_edition(folder, tmp_path / "web")
    with pytest.raises(ReportError, match="another edition"):
        made(home, output=folder, audience="public")


@pytest.mark.parametrize("how", ["changed", "gone", "a link"])
def test_a_file_that_is_not_as_the_report_wrote_it_is_not_published(
    home: Path, tmp_path: Path, how: str
) -> None:
    written = made(home, audience="public")
    page = written.html.read_text("utf-8")
    written.html.unlink()
    if how == "changed":
        written.html.write_text(page + "<p>4</p>", encoding="utf-8")
    if how == "a link":
        (tmp_path / "internal.html").write_text(page, encoding="utf-8")
        written.html.symlink_to(tmp_path / "internal.html")
    with pytest.raises(ReportError, match="as the report wrote it"):
        publish_edition(written.folder, tmp_path / "web")
    assert not (tmp_path / "web").exists()


# ---- 6. a batch of both ----


def test_a_batch_of_both_editions_is_published_edition_by_edition(
    home: Path, tmp_path: Path
) -> None:
    wanted = [Wanted("short", ("2024-T3",), audiences=("internal", "public"))]
    batch = run_batch("smastad", wanted, number=1)
    assert not batch.failed
    root = home / "outputs" / "smastad"
    with pytest.raises(EstError, match="cannot use"):
        publish_edition(root, tmp_path / "web")
    with pytest.raises(ReportError, match="audience: internal"):
        publish_edition(root / "short_2024-T3", tmp_path / "web")
    publish_edition(root / "short_2024-T3_public", tmp_path / "web")
    assert {"index.html", "index.json"} <= names(root)
    assert not {"index.html", "index.json"} & names(tmp_path / "web")


# ---- 7. earlier editions, and where to publish ----


def test_earlier_editions_are_not_published(home: Path, tmp_path: Path) -> None:
    made(home, audience="public")
    written = made(home, audience="public", keep_previous=True)
    assert (written.folder / "previous").is_dir()
    publish_edition(written.folder, tmp_path / "web")
    assert not any("previous" in name for name in names(tmp_path / "web"))


@pytest.mark.parametrize("place", ["outputs/web", "params/web", ".", "archive/smastad/web"])
def test_what_is_published_lies_apart(home: Path, place: str) -> None:
    written = made(home, audience="public")
    with pytest.raises(EstError):
        publish_edition(written.folder, home / place)


def test_a_folder_with_something_in_it_is_not_published_to(home: Path, tmp_path: Path) -> None:
    written = made(home, audience="public")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "old.html").write_text("", encoding="utf-8")
    assert main(["publish", str(written.folder), str(tmp_path / "web")]) == 1
    assert names(tmp_path / "web") == {"old.html"}
    (tmp_path / "web" / "old.html").unlink()
    assert main(["publish", str(written.folder), str(tmp_path / "web")]) == 0
