"""What was read and made stands in a log that cannot be changed unseen, and can be made again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import multiprocessing
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from small_home import made
from small_town import MUNICIPALITY, SmallTown

from est_analysis import stored_json
from est_analysis.archive import (
    Snapshot,
    all_snapshots,
    append,
    archive_folder,
    as_of_entry,
    read_log,
    restore,
    run_log,
)
from est_analysis.archive.folder import open_archive
from est_analysis.cli import main
from est_analysis.config import load_settings
from est_analysis.counts.dataset import load_dataset
from est_analysis.errors import ReportError, SettingsError, SourceError
from est_analysis.purge import purge
from est_analysis.quality import unread
from est_analysis.reproduce import reproduce

pytestmark = pytest.mark.usefixtures("warm_kernels")

ARCHIVE = "archive:\n  snapshots: {}\n"


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_report_made_again_is_the_same_to_the_last_byte(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = made(home)
    log = (home / "archive" / "smastad" / "log.jsonl").read_bytes()
    assert main(["reproduce", str(written.manifest)]) == 0
    assert "identical: results.json made again from the exports" in capsys.readouterr().out
    assert (home / "archive" / "smastad" / "log.jsonl").read_bytes() == log


def test_what_differs_is_named_and_the_exit_code_says_which(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = made(home)
    exports = home / "params" / "smastad" / "exports" / "vakten.csv"
    before = exports.read_bytes()
    exports.write_bytes(before + b"2024-10-10;Norr;Klotter\n")
    assert main(["reproduce", str(written.manifest)]) == 3
    err = capsys.readouterr().err
    assert "cannot be made again" in err
    assert "input vakten.csv (vakten): " in err
    assert "  change it  " in err
    exports.unlink()
    assert main(["reproduce", str(written.manifest)]) == 3
    assert "then, none now" in capsys.readouterr().err
    exports.write_bytes(before)
    changed(home / "params" / "smastad" / "taxonomy.yaml", "Klotter", "Skrik")
    assert main(["reproduce", str(written.manifest)]) == 4
    err = capsys.readouterr().err
    assert "gives other figures now" in err
    assert "settings taxonomy.yaml: " in err
    assert "figures data_basis, row 1, no_category: 0 then, 2 now" in err


def test_files_of_one_name_in_two_folders_are_kept_and_made_again(
    town: SmallTown, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.files["municipality.yaml"] = MUNICIPALITY + ARCHIVE.format("raw")
    town.change("sources/vakten.yaml", "vakten*.csv", "*/vakten.csv")
    text = town.files.pop("exports/vakten.csv")
    (home / "params" / "smastad" / "exports" / "vakten.csv").unlink()
    town.files |= {
        "exports/2023/vakten.csv": text,
        "exports/2024/vakten.csv": f"{text}2024-11-01;;\n",
    }
    exports = town.write() / "exports"
    written = made(home)
    inputs = json.loads(written.manifest.read_text("utf-8"))["inputs"]
    assert [one["file"] for one in inputs] == ["2023/vakten.csv", "2024/vakten.csv"]
    assert main(["reproduce", str(written.manifest)]) == 0
    assert "made again from the exports" in capsys.readouterr().out
    (exports / "2023" / "vakten.csv").unlink()
    assert main(["reproduce", str(written.manifest)]) == 0
    assert "made again from the snapshot of" in capsys.readouterr().out


def test_another_version_without_effect_is_told_and_is_no_fault(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = made(home)
    manifest = json.loads(written.manifest.read_text("utf-8"))
    manifest["versions"]["numpy"] = "1.0"
    manifest["program"] = "0" * 64
    written.manifest.write_text(json.dumps(manifest), encoding="utf-8")
    assert main(["reproduce", str(written.manifest)]) == 0
    err = capsys.readouterr().err
    assert "without effect on the figures: package numpy: 1.0 then, " in err
    assert "without effect on the figures: program code: 000000000000 then, " in err


@pytest.mark.parametrize(("cause", "code"), [("numpy", 5), ("est_analysis", 6), ("", 7)])
def test_other_figures_have_the_code_of_their_cause(home: Path, cause: str, code: int) -> None:
    written = made(home)
    manifest = json.loads(written.manifest.read_text("utf-8"))
    if cause:
        manifest["versions"][cause] = "0.0"
    written.manifest.write_text(json.dumps(manifest), encoding="utf-8")
    changed(written.results, '"files"', '"fils"')
    found = reproduce(written.manifest)
    assert found.exit_code == code
    assert "results.json has been changed" in str(found.figures[0])
    assert found.fault is not None


@pytest.mark.parametrize(
    ("form", "audience"),
    [("raw", "internal"), ("cleaned", "public"),
     *(pytest.param(*one, marks=pytest.mark.slow) for one in (("raw", "public"), ("cleaned", "internal")))],
)  # fmt: skip
def test_a_snapshot_stands_in_for_exports_that_are_gone(
    town: SmallTown, home: Path, form: str, audience: str, capsys: pytest.CaptureFixture[str]
) -> None:
    town.files["municipality.yaml"] = MUNICIPALITY + ARCHIVE.format(form)
    exports = town.write() / "exports" / "vakten.csv"
    written = made(home, audience=audience)
    made(home, audience=audience)
    archive = home / "archive" / "smastad"
    (snapshot,) = all_snapshots(archive)
    assert snapshot.form == form
    assert snapshot.settings == json.loads(written.manifest.read_text("utf-8"))["settings"]
    assert ("vakten.csv" in snapshot.objects) == (form == "raw")
    exports.write_text("Datum;Område;Typ\n2024-12-01;Norr;Klotter\n", encoding="utf-8")
    made(home, output=home / "outputs" / "other")
    assert len(all_snapshots(archive)) == 2
    exports.unlink()
    assert main(["reproduce", str(written.manifest)]) == 0
    assert "made again from the snapshot of" in capsys.readouterr().out
    for path in archive.rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    held = next(p for p in archive.rglob("*.gz") if p.stem in snapshot.objects.values())
    held.write_bytes(held.read_bytes()[:-9])
    assert main(["reproduce", str(written.manifest)]) == 1
    assert "a snapshot cannot be read" in capsys.readouterr().err
    content = held.read_bytes()
    held.write_bytes(content[:12] + b"\xff" * 8 + content[20:])
    assert main(["reproduce", str(written.manifest)]) == 1
    assert "a snapshot cannot be read" in capsys.readouterr().err


def test_cleaned_snapshots_hold_no_person(town: SmallTown, home: Path) -> None:
    import gzip
    import io

    import pandas as pd

    person = "811228-9874"
    town.files["municipality.yaml"] = MUNICIPALITY + ARCHIVE.format("cleaned")
    town.change("sources/vakten.yaml", "  category: Typ\n", "  category: Typ\n  place: Plats\n")
    rows = "".join(f"2024-10-{d:02d};Norr;Klotter;torget\n" for d in range(1, 20))
    export = f"Datum;Område;Typ;Plats\n2024-10-07;Norr;Klotter;hos {person}\n{rows}"
    town.files["exports/vakten.csv"] = export
    town.write()
    made(home)
    texts = []
    for path in (home / "archive").rglob("*"):
        if path.is_file():
            texts.append(path.read_bytes())
        if path.suffix == ".gz":
            content = gzip.decompress(path.read_bytes())
            texts.append(content)
            if content.startswith(b"PAR1"):
                table = pd.read_parquet(io.BytesIO(content))
                texts.append(table.to_csv().encode())
    assert any(b"torget" in text for text in texts)
    assert not any(person.encode() in text for text in texts)


@pytest.mark.parametrize("folder", ["../../outputs/archive", "../..", "exports/a", "."])
def test_an_archive_never_lies_where_reports_or_exports_do(
    town: SmallTown, home: Path, folder: str
) -> None:
    town.files["municipality.yaml"] = MUNICIPALITY + f"archive:\n  folder: {folder}\n"
    with pytest.raises(SettingsError, match="the archive cannot lie there"):
        archive_folder(town.load())


def test_an_archive_is_not_mixed_with_other_files(town: SmallTown, home: Path) -> None:
    town.files["municipality.yaml"] = MUNICIPALITY + "archive:\n  folder: ../../mine\n"
    town.write()
    (home / "mine").mkdir()
    (home / "mine" / "letter.txt").write_text("x")
    with pytest.raises(ReportError, match="not this municipality's archive"):
        made(home)
    town.files["municipality.yaml"] = MUNICIPALITY + "archive:\n  folder: ../../arkiv\n"
    town.write()
    with pytest.raises(SettingsError, match="the archive cannot lie there"):
        made(home, output=home / "arkiv" / "report")


def test_many_may_make_an_archive_at_once(town: SmallTown, tmp_path: Path) -> None:
    settings = town.load()
    at_once = threading.Barrier(8)

    def opened(base: Path) -> Path:
        own = settings.archive.__class__(folder=base / "arkiv")
        at_once.wait()
        return open_archive(dataclasses.replace(settings, archive=own))

    with ThreadPoolExecutor(8) as pool:
        for attempt in range(50):
            base = tmp_path / str(attempt)
            assert set(pool.map(opened, [base] * 8)) == {base / "arkiv"}
            assert [path.name for path in (base / "arkiv").iterdir()] == ["archive.json"]


def test_a_mark_that_is_no_json_is_told(town: SmallTown) -> None:
    settings = town.load()
    mark = open_archive(settings) / "archive.json"
    for content in ("", "{", "[" * 100_000):
        mark.write_text(content)
        with pytest.raises(SettingsError, match="not this municipality's archive"):
            open_archive(settings)


def test_a_killed_writer_does_not_bar_the_archive(town: SmallTown) -> None:
    settings = town.load()
    folder = archive_folder(settings)
    folder.mkdir(parents=True)
    (folder / ".writing-x").touch()
    assert open_archive(settings) == folder


def test_the_settings_of_an_archive_are_checked(town: SmallTown) -> None:
    town.files["municipality.yaml"] = MUNICIPALITY + "archive:\n  purge: [reports, all]\n"
    with pytest.raises(SettingsError, match="purge"):
        town.load()
    town.files["municipality.yaml"] = MUNICIPALITY + "archive:\n  keep_months: 6\n"
    assert town.load().archive.keep_months == 6


def test_more_months_than_a_calendar_has_are_refused(town: SmallTown) -> None:
    town.files["municipality.yaml"] = MUNICIPALITY + "archive:\n  keep_months: 1201\n"
    with pytest.raises(SettingsError) as told:
        town.load()
    assert told.value.expected == "archive.keep_months: at most 1200 months"
    assert told.value.found == "1201 (line 5)"
    town.change("municipality.yaml", "1201", "1200")
    with pytest.raises(ReportError, match="the archive plan keeps"):
        purge(town.load(), dt.date(2024, 1, 1), output=town.folder / "outputs")


def test_a_snapshot_that_leads_out_of_the_archive_is_refused(tmp_path: Path) -> None:
    names = {"../../evil.csv": "0" * 64, "a.csv": "../../../etc/passwd"}
    for name, digest in names.items():
        snapshot = Snapshot(tmp_path / "s.json", "", "raw", "", (), {}, "", {name: digest})
        with pytest.raises(SourceError, match="a snapshot cannot be read") as caught:
            restore(tmp_path, snapshot, tmp_path / "target")
        assert caught.value.found == "names that lead out of it"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_an_archive_that_cannot_be_written_is_told(home: Path) -> None:
    made(home)
    folder = home / "archive" / "smastad"
    folder.chmod(0o500)
    try:
        with pytest.raises(ReportError, match="cannot write"):
            made(home, area="norr")
    finally:
        folder.chmod(0o700)


# ---- the run log ----


def test_the_log_says_what_was_made_from_what_for_whom(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = made(home, audience="public")
    made(home, area="norr")
    log = read_log(home / "archive" / "smastad")
    assert [entry["event"] for entry in log.entries] == [
        "reading", "edition", "report", "report",
    ]  # fmt: skip
    assert log.entries[2]["parameters"]["audience"] == "public"
    assert [entry["reading"] for entry in log.entries[2:]] == [1, 1]
    assert log.entries[2]["results"] == json.loads(written.manifest.read_text())["results"]
    assert main(["log", "-m", "smastad"]) == 0
    out = capsys.readouterr().out
    assert "short 2024-T3 public sv; from entry 1" in out
    assert f"4 entries, the chain is whole; last hash {log.hash}" in out
    assert main(["log", "-m", "smastad", "--holds", log.entries[0]["hash"], "--last", "1"]) == 0
    assert main(["log", "-m", "smastad", "--holds", "ab"]) == 1


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    for number in range(5):
        append(tmp_path, "trial", {"number": number})
    return tmp_path / "log.jsonl"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: [*lines[:2], lines[2].replace('"number":2', '"number":7'), *lines[3:]],
        lambda lines: [*lines[:2], *lines[3:]],
        lambda lines: [*lines[:1], lines[2], lines[1], *lines[3:]],
        lambda lines: lines[1:],
        lambda lines: lines[:-1],
        lambda lines: lines[:-2],
        lambda lines: [],
        lambda lines: [*lines[:2], "{}", *lines[2:]],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [lines[0], "\udcff", *lines[1:]],
    ],
    ids=["changed", "removed", "swapped", "first", "last", "last two", "all", "added", "twice", "bytes"],
)  # fmt: skip
def test_a_log_that_was_tampered_with_is_seen(chain: Path, spoil: Any) -> None:
    assert not read_log(chain.parent).faults
    lines = chain.read_text().splitlines()
    text = "".join(f"{line}\n" for line in spoil(lines))
    chain.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert read_log(chain.parent).faults


def test_lines_cut_off_are_seen_also_when_the_log_goes_on(chain: Path) -> None:
    lines = chain.read_text().splitlines(keepends=True)
    chain.write_text("".join(lines[:3]))
    assert append(chain.parent, "trial", {"number": 9})["entry"] == 5
    assert any("had been taken away" in fault for fault in read_log(chain.parent).faults)


def test_a_line_half_written_by_a_killed_process_is_mended(chain: Path) -> None:
    with chain.open("a") as file:
        file.write('{"entry":6,"eve')
    assert read_log(chain.parent).faults == ("the last line is cut off",)
    append(chain.parent, "trial", {"number": 6})
    log = read_log(chain.parent)
    assert not log.faults
    assert [entry["entry"] for entry in log.entries] == [1, 2, 3, 4, 5, 6]


def test_a_process_killed_between_log_and_head_is_no_fault(chain: Path) -> None:
    head = (chain.parent / "log.head.json").read_bytes()
    append(chain.parent, "trial", {"number": 6})
    (chain.parent / "log.head.json").write_bytes(head)
    assert not read_log(chain.parent).faults
    append(chain.parent, "trial", {"number": 7})
    assert not read_log(chain.parent).faults


def test_processes_killed_one_after_the_other_are_no_fault(
    chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = run_log.write_private
    for number in (6, 7, 8):  # each before it has written how long the log now is

        def killed(path: Path, content: bytes, number: int = number) -> None:
            if json.loads(content)["entries"] == number:
                raise KeyboardInterrupt
            write(path, content)

        monkeypatch.setattr(run_log, "write_private", killed)
        with pytest.raises(KeyboardInterrupt):
            append(chain.parent, "trial", {"number": number})
        assert not read_log(chain.parent).faults
    monkeypatch.undo()
    append(chain.parent, "trial", {"number": 9})
    log = read_log(chain.parent)
    assert not log.faults
    assert [entry["entry"] for entry in log.entries] == list(range(1, 10))


def test_a_full_disk_leaves_the_log_as_it_was(
    chain: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resource = pytest.importorskip("resource")
    before, limit = chain.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, limit[1]))
    try:
        with pytest.raises(OSError, match=r"log\.jsonl"):
            append(chain.parent, "trial", {"number": 6})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert chain.read_bytes() == before
    append(chain.parent, "trial", {"number": 6})
    assert not read_log(chain.parent).faults


def _append_some(folder: Path, who: int) -> None:
    for number in range(25):
        append(folder, "trial", {"who": who, "number": number})


@pytest.mark.slow
def test_processes_write_after_each_other(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append_some, args=(tmp_path, who)) for who in range(4)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        assert not read_log(tmp_path).faults  # who reads needs no lock
    for worker in workers:
        worker.join(60)
    log = read_log(tmp_path)
    assert not log.faults
    assert len(log.entries) == 100
    for who in range(4):
        own = [entry["number"] for entry in log.entries if entry["who"] == who]
        assert own == list(range(25))


# ---- schemas ----


@pytest.mark.parametrize("what", list(stored_json.SCHEMAS))
def test_what_a_newer_version_has_stored_is_refused(tmp_path: Path, what: str) -> None:
    path = tmp_path / "stored.json"
    for content in ({"schema": 99}, {}, [1]):
        path.write_text(json.dumps(content))
        with pytest.raises(ReportError, match="cannot use") as caught:
            stored_json.read_stored(path, what)
        assert f"schema {stored_json.SCHEMAS[what]}" in caught.value.expected
    path.write_text("{")
    with pytest.raises(ReportError, match="cannot use"):
        stored_json.read_stored(path, what)


def test_a_manifest_of_an_earlier_version_can_be_reproduced(home: Path) -> None:
    written = made(home)
    manifest = json.loads(written.manifest.read_text("utf-8"))
    del manifest["results"], manifest["reading"]
    manifest["schema"] = 1
    written.manifest.write_text(json.dumps(manifest), encoding="utf-8")
    assert reproduce(written.manifest).identical
    os.remove(written.results)
    with pytest.raises(ReportError, match="nothing to compare"):
        reproduce(written.manifest)


def test_every_stored_file_has_its_schema(home: Path) -> None:
    written = made(home)
    stored = {
        "manifest": written.manifest,
        "results": written.results,
    }
    for what, path in stored.items():
        assert json.loads(path.read_text("utf-8"))["schema"] == stored_json.SCHEMAS[what]
    for line in (home / "archive" / "smastad" / "log.jsonl").read_text().splitlines():
        assert json.loads(line)["schema"] == stored_json.SCHEMAS["run log"]


def test_files_of_an_earlier_report_that_go_are_named(home: Path) -> None:
    said: list[str] = []
    first = made(home, annex=True, csv=True)
    made(home, csv=True, progress=said.append)
    assert first.annex is not None
    assert not first.annex.exists()
    (line,) = [one for one in said if one.startswith("removing")]
    assert line.startswith(f"removing {first.annex.name} of the report that was there")
    assert (first.folder / "csv").is_dir()
    made(home, progress=said.append)
    assert said[-1].startswith("removing csv/ of")


def test_files_that_nothing_reads_are_noted_and_told_again(home: Path) -> None:
    exports = home / "params" / "smastad" / "exports"
    (exports / "vakt ny.csv").write_text("Datum\n", encoding="utf-8")
    made(home)
    settings = load_settings(exports.parent)
    data = load_dataset(settings, dt.date(2025, 1, 31))
    assert unread(data)["file"].tolist() == ["vakt ny.csv"]
    number = len(read_log(archive_folder(settings)).entries)
    (exports / "vakt ny.csv").unlink()
    assert unread(data).empty
    with as_of_entry(number):
        assert unread(data)["file"].tolist() == ["vakt ny.csv"]
