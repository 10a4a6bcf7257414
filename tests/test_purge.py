"""What the archive plan no longer keeps goes, and nothing else; what happened stands in the log."""

from __future__ import annotations

import json
import os
import shutil
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from small_home import aged, made
from small_town import MUNICIPALITY, SmallTown

from est_analysis.archive import Snapshot, all_snapshots, read_log, restore
from est_analysis.cli import main
from est_analysis.errors import ReportError
from est_analysis.purge import remove
from est_analysis.report import run_report

pytestmark = pytest.mark.usefixtures("warm_kernels")

SNAPSHOTS = "archive:\n  snapshots: raw\n"
REPORTS = "archive:\n  purge: [reports]\n"
PURGE = ["purge", "-m", "smastad", "--before", "2024-01-01"]
PRIVATE = 0o077
LONG_AGO = time.mktime((2020, 1, 1, 12, 0, 0, 0, 0, 0))


def old_file(path: Path) -> None:
    os.utime(path, (LONG_AGO, LONG_AGO))


def old_folder(path: Path) -> None:
    for one in (*path.rglob("*"), path):
        old_file(one)


def last_entry(home: Path) -> dict[str, Any]:
    return read_log(home / "archive" / "smastad").entries[-1]


@pytest.fixture
def reports_go(town: SmallTown, home: Path) -> Path:
    """A workspace whose plan lets old reports be purged; its folder of reports."""
    town.files["municipality.yaml"] = MUNICIPALITY + REPORTS
    town.write()
    return home / "outputs" / "smastad"


def old_report(home: Path, **options: Any) -> Path:
    """A report from long ago; its folder."""
    written = made(home, **options)
    aged(written.manifest, "created", "2020-01-01")
    return written.folder


def test_purge_removes_what_the_plan_says_and_nothing_else(
    town: SmallTown, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.files["municipality.yaml"] = MUNICIPALITY + SNAPSHOTS
    exports = town.write() / "exports" / "vakten.csv"
    written = made(home)
    archive = home / "archive" / "smastad"
    (old,) = all_snapshots(archive)
    aged(old.path, "kept", "2023-12-31")
    aged(written.manifest, "created", "2023-12-31")
    extra = exports.with_name("vakten2.csv")
    extra.write_text("Datum;Område;Typ\n2024-12-01;Norr;Klotter\n", encoding="utf-8")
    made(home, keep_previous=True)
    previous = written.folder / "previous"
    assert previous.is_dir()
    shared = old.objects["vakten.csv"]
    command = ["purge", "-m", "smastad", "--before", "2024-01-01"]
    assert main([*command, "--dry-run"]) == 0
    assert "would remove previous: " in capsys.readouterr().out
    assert previous.is_dir()
    assert old.path.is_file()
    assert main(command) == 0
    out = capsys.readouterr().out
    assert f"removed snapshots: {old.path} (2023-12-31)" in out
    assert "looked again: nothing of it is left" in out
    assert not previous.exists()
    assert written.manifest.is_file()
    (left,) = all_snapshots(archive)
    assert left.path != old.path
    assert [path.stem for path in archive.rglob("*.gz") if path.stem == shared] == [shared]
    begun, entry = read_log(archive).entries[-2:]
    assert (begun["event"], entry["event"]) == ("purging", "purge")
    assert begun["found"] == entry["removed"]
    assert {k: n for k, n in entry["removed"].items() if n} == {"snapshots": 1, "previous": 1}
    aged(left.path, "kept", "2023-12-31")
    assert main(command) == 0
    assert not list(archive.rglob("*.gz"))


def test_reports_are_purged_only_where_the_plan_says_so(town: SmallTown, home: Path) -> None:
    town.files["municipality.yaml"] = MUNICIPALITY + "archive:\n  purge: [reports]\n"
    town.write()
    written, other = made(home), made(home, area="norr")
    aged(written.manifest, "created", "2023-12-31")
    assert main(["purge", "-m", "smastad", "--before", "2024-01-01"]) == 0
    assert not written.folder.exists()
    assert other.manifest.is_file()


def test_what_the_plan_keeps_is_not_purged(
    town: SmallTown, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.files["municipality.yaml"] = MUNICIPALITY + "archive:\n  keep_months: 24\n"
    town.write()
    for day, code in (("2999-01-01", 1), ("1999-01-01", 0), ("1 jan", 1)):
        assert main(["purge", "-m", "smastad", "--before", day]) == code
    assert "the archive plan keeps" in capsys.readouterr().err


def test_purge_that_leaves_something_says_so_and_goes_on(
    home: Path,
    reports_go: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folders = [old_report(home), old_report(home, area="norr")]
    held = folders[0] / "results.json"
    unlink = Path.unlink

    def refused(path: Path, **options: Any) -> None:
        if path == held:
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", refused)
    assert main(PURGE) == 1
    out, err = capsys.readouterr()
    assert "not everything is gone" in err
    assert f"{held} (Permission denied)" in err
    assert "looked again" not in out
    assert sorted(path.name for path in folders[0].iterdir()) == ["manifest.json", "results.json"]
    assert not folders[1].exists()
    assert last_entry(home)["removed"]["reports"] == 1
    assert last_entry(home)["left"] == 2
    monkeypatch.undo()
    monkeypatch.setenv("EST_HOME", str(home))
    monkeypatch.delenv("EST_ARCHIVE")
    assert main(PURGE) == 0  # the manifest had stayed, so the rest is found
    assert not folders[0].exists()


# ---- links ----


@pytest.mark.parametrize("name", ["link_b", "other/previous", "other/manifest.json", "other/csv"])
def test_purge_follows_no_link(
    town: SmallTown, home: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = "archive:\n  purge: [snapshots, previous, reports]\n"
    town.files["municipality.yaml"] = MUNICIPALITY + plan
    town.write()
    foreign = tmp_path / "elsewhere" / "report"
    shutil.copytree(old_report(home), foreign)
    shutil.copytree(foreign, foreign / "previous")
    (foreign / "01_data.csv").write_text("x")
    before = sorted(foreign.rglob("*"))
    link = home / "outputs" / "smastad" / name
    if name != "link_b":
        shutil.copytree(foreign, link.parent, ignore=shutil.ignore_patterns("previous"))
        link.unlink(missing_ok=True)
    target = foreign / link.name if link.name in ("manifest.json", "previous") else foreign
    link.symlink_to(target)
    assert main(PURGE) == 0
    assert f"left: {link} (a link, which is not followed)" in capsys.readouterr().out
    assert link.is_symlink()
    assert sorted(foreign.rglob("*")) == before


def test_purge_goes_through_no_link_in_the_archive(
    town: SmallTown, home: Path, tmp_path: Path
) -> None:
    made(home)
    archive = home / "archive" / "smastad"
    foreign = tmp_path / "elsewhere"
    foreign.mkdir()
    (foreign / "mine.gz").write_text("x")
    (archive / "objects").mkdir()
    (archive / "objects" / "ab").symlink_to(foreign)
    (archive / "snapshots").symlink_to(foreign)
    assert main(PURGE) == 1
    assert (foreign / "mine.gz").is_file()


def with_two_snapshots(town: SmallTown, home: Path) -> tuple[Path, Snapshot]:
    """An archive of two deliveries of other content; the first one's snapshot."""
    town.files["municipality.yaml"] = MUNICIPALITY + SNAPSHOTS
    exports = town.write() / "exports" / "vakten.csv"
    made(home)
    archive = home / "archive" / "smastad"
    (first,) = all_snapshots(archive)
    exports.write_text("Datum;Område;Typ\n2024-12-01;Norr;Klotter\n", encoding="utf-8")
    made(home)
    return archive, first


@pytest.mark.parametrize("linked", ["snapshots", "record"])
def test_content_stays_where_a_record_of_what_is_kept_is_a_link(
    town: SmallTown,
    home: Path,
    tmp_path: Path,
    linked: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    archive, first = with_two_snapshots(town, home)  # of one readable record the other's would go
    link = first.path if linked == "record" else first.path.parent
    link.rename(tmp_path / "elsewhere")
    link.symlink_to(tmp_path / "elsewhere")
    content = sorted(archive.rglob("*.gz"))
    assert len(content) > 1
    assert main(PURGE) == 1
    told = f"{link} (its age cannot be told: a link, which is not followed)"
    assert told in capsys.readouterr().err
    assert sorted(archive.rglob("*.gz")) == content
    for snapshot in all_snapshots(archive):
        restore(archive, snapshot, tmp_path / snapshot.path.stem)


def test_a_report_whose_manifest_is_a_link_is_not_taken_for_an_unfinished_one(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = made(home)
    written.manifest.rename(tmp_path / "elsewhere.json")
    written.manifest.symlink_to(tmp_path / "elsewhere.json")
    for path in written.folder.iterdir():
        if path != written.manifest:
            old_file(path)
    before = sorted(written.folder.iterdir())
    assert main(PURGE) == 0
    assert f"left: {written.manifest} (a link, which is not followed)" in capsys.readouterr().out
    assert sorted(written.folder.iterdir()) == before


# ---- what is not the program's, and what cannot be told ----


def test_an_analysts_own_files_stay_and_are_named(
    home: Path, reports_go: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = old_report(home, csv=True, annex=True)
    assert main(["statement", str(folder)]) == 0
    notes = [folder / "analyst_notes.docx", folder / "csv" / "mine.csv", folder / "own"]
    for path in notes[:2]:
        path.write_text("x")
    notes[2].mkdir()
    capsys.readouterr()
    assert main([*PURGE, "--dry-run"]) == 0
    dry = capsys.readouterr().out
    assert main(PURGE) == 0
    out = capsys.readouterr().out
    for path in notes:
        assert f"left: {path} (not made by est)" in dry
        assert f"left: {path} (not made by est)" in out
    assert sorted(folder.rglob("*")) == sorted([*notes, folder / "csv"])


def test_the_previous_edition_has_the_reports_files_only(home: Path) -> None:
    folder = made(home).folder
    (folder / "analyst_notes.docx").write_text("x")
    made(home, keep_previous=True)
    kept = {path.name for path in (folder / "previous").iterdir()}
    assert kept == {path.name for path in folder.iterdir()} - {"analyst_notes.docx", "previous"}
    assert (folder / "analyst_notes.docx").is_file()


@pytest.mark.parametrize("created", [None, "long ago", 7], ids=str)
def test_a_report_of_unknown_age_is_told_and_the_rest_goes(
    home: Path, reports_go: Path, created: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = old_report(home), old_report(home, area="norr")
    facts = json.loads((bad / "manifest.json").read_text("utf-8"))
    del facts["created"]
    (bad / "manifest.json").write_text(
        json.dumps(facts | ({"created": created} if created else {}))
    )
    assert main(PURGE) == 1
    err = capsys.readouterr().err
    assert f"{bad / 'manifest.json'} (its age cannot be told: created: " in err
    assert not good.exists()
    assert (bad / "results.json").is_file()
    assert last_entry(home)["removed"]["reports"] == 1


def test_a_day_to_come_is_told(
    home: Path, reports_go: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = made(home)
    aged(written.manifest, "created", "2999-01-01")
    assert main(PURGE) == 1
    named = f"{written.folder} (its age cannot be told: it is of 2999-01-01)"
    assert named in capsys.readouterr().err
    assert written.manifest.is_file()


def test_a_damaged_snapshot_keeps_all_content_and_is_told(
    town: SmallTown, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, first = with_two_snapshots(town, home)
    aged(first.path, "kept", "2020-01-01")
    other = next(one.path for one in all_snapshots(archive) if one.path != first.path)
    content = sorted(archive.rglob("*.gz"))
    other.write_text("{}")
    assert main(PURGE) == 1
    assert str(other) in capsys.readouterr().err
    assert not first.path.exists()
    assert sorted(archive.rglob("*.gz")) == content
    other.unlink()
    assert main(PURGE) == 0
    assert not list(archive.rglob("*.gz"))


def test_another_municipalitys_report_stays(
    home: Path, reports_go: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = old_report(home)
    facts = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**facts, "municipality": "grannstad"}))
    assert main(PURGE) == 0
    assert f"left: {folder} (another municipality's report)" in capsys.readouterr().out
    assert (folder / "manifest.json").is_file()


# ---- rows outside reports ----


def test_cleaned_rows_are_private_and_purged(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clean", "-m", "smastad"]) == 0
    folder = home / "outputs" / "smastad" / "clean"
    files = list(folder.iterdir())
    assert {path.suffix for path in files} == {".parquet", ".json"}
    for path in (folder, *files):
        assert not stat.S_IMODE(path.stat().st_mode) & PRIVATE, path
    assert main(PURGE) == 0
    assert len(list(folder.iterdir())) == len(files)
    old_folder(folder)
    capsys.readouterr()
    assert main(PURGE) == 0
    assert f"removed cleaned: {folder} (2020-01-01)" in capsys.readouterr().out
    assert not folder.exists()
    assert last_entry(home)["removed"]["cleaned"] == 1


def test_failed_notebooks_are_private_and_purged(home: Path) -> None:
    path = home / "notebooks" / "short.ipynb"
    path.write_text(path.read_text("utf-8").replace("report.appendix()", "1 / 0"), "utf-8")
    with pytest.raises(ReportError, match="stopped in cell") as caught:
        run_report("short", "smastad", "2024-T3")
    failed = home / "outputs" / "smastad" / "short_2024-T3" / "failed.ipynb"
    assert f"open {failed} to see the cell" in caught.value.change
    assert not stat.S_IMODE(failed.stat().st_mode) & PRIVATE
    assert main(PURGE) == 0
    assert failed.is_file()
    old_file(failed)
    assert main(PURGE) == 0
    assert not failed.parent.exists()


def test_what_killed_processes_left_is_purged(home: Path) -> None:
    folder = made(home).folder
    (folder / "manifest.json").unlink()  # killed while its files were put in place
    reports = folder.parent
    left = [reports / ".storing-x", reports / ".making-host-1-x", folder]
    for path in left[:2]:
        path.mkdir()
        (path / "incidents.parquet").write_text("x")
    writing = home / "archive" / "smastad" / "objects" / "ab" / ".writing-x"
    writing.parent.mkdir(parents=True)
    writing.write_text("x")
    assert main(PURGE) == 0
    assert all(path.exists() for path in left)
    assert not writing.exists()
    for path in left:
        old_folder(path)
    assert main(PURGE) == 0
    assert not any(path.exists() for path in left)


def test_a_report_made_while_purge_looks_is_not_removed(
    home: Path,
    reports_go: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = old_report(home)
    note = remove.append

    def meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr(remove, "append", note)
        made(home)
        return note(*arguments)

    monkeypatch.setattr(remove, "append", meanwhile)
    assert main(PURGE) == 1
    assert "somebody else has changed it meanwhile" in capsys.readouterr().err
    assert (folder / "results.json").is_file()
    assert last_entry(home)["removed"]["reports"] == 0


def test_a_killed_purge_stands_in_the_log_and_is_done_by_the_next(
    home: Path, reports_go: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = old_report(home)
    unlink = Path.unlink
    gone: list[Path] = []

    def killed(path: Path, **options: Any) -> None:
        if gone and path.is_relative_to(folder):
            raise KeyboardInterrupt
        unlink(path, **options)
        if path.is_relative_to(folder):
            gone.append(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        assert main(PURGE) == 1
    assert last_entry(home)["event"] == "purging"
    assert gone[0].name != "manifest.json"
    assert main(PURGE) == 0
    assert not folder.exists()
    assert main(["log", "-m", "smastad"]) == 0
