"""Folders that are addresses: fetched before, published after, and nothing half done counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small_town import SmallTown
from test_batch import forks, good, home, states, visible

from est_analysis.batch import plan_batch, run_batch
from est_analysis.cli import main
from est_analysis.config import load_settings
from est_analysis.errors import ReportError, SourceError
from est_analysis.exports import ensure_exports
from est_analysis.remote import fetch, is_address, look, publish

__all__ = ["home"]
fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def bucket() -> Any:
    store = fsspec.filesystem("memory")
    store.store.clear()
    store.pseudo_dirs[:] = [""]
    return store


def test_an_address_is_no_path() -> None:
    assert is_address("s3://bucket/exports")
    assert not is_address("C:/exports")
    assert not is_address(Path("s3://bucket"))
    assert not is_address(None)


def test_only_what_has_changed_is_fetched(bucket: Any, tmp_path: Path) -> None:
    bucket.pipe({"/e/a.csv": b"one", "/e/b.csv": b"two", "/e/.c": b"hidden", "/e/deep/d.csv": b"x"})
    fetch("memory://e", tmp_path / "in")

    def files() -> dict[str, bytes]:
        found = (tmp_path / "in").iterdir()
        return {path.name: path.read_bytes() for path in found if path.name[0] != "."}

    assert files() == {"a.csv": b"one", "b.csv": b"two"}
    (tmp_path / "in" / "b.csv").write_bytes(b"mine")  # unchanged there: not fetched again
    bucket.pipe({"/e/a.csv": b"three"})
    fetch("memory://e", tmp_path / "in")
    assert files() == {"a.csv": b"three", "b.csv": b"mine"}
    bucket.rm_file("/e/b.csv")
    fetch("memory://e", tmp_path / "in")
    assert files() == {"a.csv": b"three"}


@pytest.mark.parametrize("address", ["memory://nothing", "nosuch://x", "file:///nowhere/at/all"])
def test_an_address_without_exports_is_told(bucket: Any, tmp_path: Path, address: str) -> None:
    with pytest.raises(SourceError, match="cannot fetch"):
        fetch(address, tmp_path / "in")


def test_the_manifest_comes_last_and_goes_first(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("page.html", "results.json", "manifest.json", "csv/01.csv", "previous/old.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    publish(tmp_path, "memory://r/one")
    assert sorted(bucket.find("/r")) == [
        "/r/one/csv/01.csv", "/r/one/manifest.json", "/r/one/page.html", "/r/one/results.json"
    ]  # fmt: skip
    assert bucket.cat("/r/one/page.html") == b"page.html"

    def broken(path: str, *words: Any, **more: Any) -> Any:
        raise OSError("the network is gone")

    monkeypatch.setattr(type(bucket), "_open", broken)
    with pytest.raises(ReportError, match="the network is gone"):
        publish(tmp_path, "memory://r/one")
    assert not bucket.exists("/r/one/manifest.json")


def test_what_is_published_is_known_elsewhere(bucket: Any, tmp_path: Path) -> None:
    bucket.pipe({"/r/one/manifest.json": b"{}", "/r/one/a.html": b"long", "/r/two/b.html": b"x"})
    (tmp_path / "gone").mkdir()
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "old.html").touch()
    look("memory://r", tmp_path)
    assert {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")} == {
        "one/manifest.json", "one/a.html", "two/b.html"
    }  # fmt: skip
    assert (tmp_path / "one" / "manifest.json").read_text() == "{}"
    look("memory://empty", tmp_path)
    assert not tmp_path.exists()


def test_exports_at_an_address_are_read(
    town: SmallTown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "bucket"
    other.mkdir()
    (other / "vakten.csv").write_text(str(town.files.pop("exports/vakten.csv")), encoding="utf-8")
    town.files["municipality.yaml"] = (
        f"{town.files['municipality.yaml']}exports: {other.as_uri()}\n"
    )
    folder = town.write()
    assert main(["check", "-m", str(folder)]) == 0
    assert "3 rows read" in capsys.readouterr().out
    settings = load_settings(folder)
    assert settings.municipality.exports == folder / ".fetched"
    (other / "vakten.csv").unlink()
    with pytest.raises(SourceError, match="no files"):
        ensure_exports(settings)


@pytest.mark.slow
@forks
def test_a_batch_between_two_addresses(
    home: Path, town: SmallTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exports fetched, reports published; another machine knows them and makes nothing again."""
    exports, reports = tmp_path / "in", tmp_path / "published"
    exports.mkdir()
    text = str(town.files.pop("exports/vakten.csv"))
    (exports / "vakten.csv").write_text(text, encoding="utf-8")
    town.files["municipality.yaml"] = (
        f"{town.files['municipality.yaml']}exports: {exports.as_uri()}\n"
    )
    town.write()
    address = reports.as_uri()
    made = run_batch("smastad", good("whole", "norr"), output=address)
    assert not made.failed, made.failed[0].fault
    assert states(made.outcomes) == ["made", "made"]
    listed = json.loads((reports / "index.json").read_text("utf-8"))["reports"]
    assert all((reports / entry["page"]).is_file() for entry in listed)
    assert len(visible(reports)) == 4
    assert visible(reports) == visible(made.index.parent)
    for path in sorted((home / "outputs").rglob("*"), reverse=True):  # as on another machine
        path.unlink() if path.is_file() else path.rmdir()
    assert set(plan_batch("smastad", good("whole", "norr"), output=address).reasons.values()) == {
        ""
    }
    (exports / "vakten.csv").write_text(f"{text}2024-11-01;Norr;Bråk\n", encoding="utf-8")
    reasons = plan_batch("smastad", good("whole"), output=address).reasons
    assert set(reasons.values()) == {"changed exports: vakten.csv"}
