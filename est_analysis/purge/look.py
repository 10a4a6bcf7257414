"""What is too old: in the archive, and in the folder where reports lie.

Only files that the program makes are found, by their names; no link is ever followed. What lies
beside them, and whose age cannot be told, is named.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from est_analysis.archive.folder import WRITING
from est_analysis.archive.snapshots import OBJECTS, RECORDS, object_path, read_snapshot
from est_analysis.config import Settings
from est_analysis.errors import EstError, ReportError
from est_analysis.report.annexes import earlier_annexes
from est_analysis.report.place import FAILED, MAKING, MANIFEST, PREVIOUS
from est_analysis.report.run import page_stem
from est_analysis.store import FILES, STORING
from est_analysis.stored_json import read_stored

# What is removed → the word of the archive plan that lets it be.
KINDS = {
    "snapshots": "snapshots",
    "cleaned": "snapshots",  # est clean's: the same rows as a snapshot has
    "previous": "previous",
    "failed": "previous",  # a notebook that stopped
    "unfinished": "previous",  # what a killed process left
    "reports": "reports",
}
NOTEBOOK, RESULTS, CSV = "notebook.ipynb", "results.json", "csv"
LINK = "a link, which is not followed"
FOREIGN = "not made by est"
UNKNOWN = "its age cannot be told"


@dataclass(frozen=True)
class Old:
    """Something from before the day.

    Attributes
    ----------
    kind
        One of `KINDS`.
    place
        A file, or the folder that goes with its last file.
    files
        What the program made of it. The last one says what the others are, and is removed last: a
        purge that was killed is done by the next one.
    """

    kind: str
    place: Path
    day: dt.date
    files: tuple[Path, ...]
    seen: int = field(compare=False)  # when the last file had been written: is it still that one?


@dataclass(frozen=True)
class Left:
    """Something that is not removed, and why."""

    path: Path
    why: str

    def __str__(self) -> str:
        return f"{self.path} ({self.why})"


class Look:
    """One look at an archive and a folder of reports.

    Attributes
    ----------
    old
        What is from before the day, and may be removed.
    objects
        Content in the archive that nothing but these has.
    left
        Links, and what is not the program's.
    unsure
        What may be too old: its age cannot be told.
    """

    def __init__(self, settings: Settings, before: dt.date, archive: Path, reports: Path) -> None:
        self.old: list[Old] = []
        self.objects: list[Path] = []
        self.left: list[Left] = []
        self.unsure: list[Left] = []
        self._municipality = settings.municipality.id
        self._plan = settings.archive.purge
        self._before = before
        if KINDS["snapshots"] in self._plan:
            self._in_archive(archive)
        for folder in self._entries(reports):
            if folder.is_dir() and folder.name.startswith((MAKING, STORING)):
                self._add([_of("unfinished", folder, [folder])])
            elif folder.is_dir() and not folder.name.startswith("."):
                self._in_folder(folder, "reports")

    def _in_archive(self, archive: Path) -> None:
        used: set[Path] = set()
        inside = self._entries(archive)
        writing = [path for path in inside if path.name.startswith(WRITING)]
        self.objects += [p for p in writing if _of("", p, [p]).day < self._before]
        records = archive / RECORDS
        for path in self._entries(records) if records in inside else []:
            if path.name.startswith(WRITING):  # nobody else writes there while purge does
                self.objects.append(path)
            elif path.suffix == ".json":
                try:
                    snapshot = read_snapshot(path)
                except ReportError as fault:
                    self._cannot_tell(path, fault)
                    continue
                if not self._add([_of("snapshots", path, [path], snapshot.kept)]):
                    used |= {object_path(archive, digest) for digest in snapshot.objects.values()}
        # what a link leads to is not read, and may be snapshots whose content lies here
        links = [one.path for one in self.left if records in (one.path, one.path.parent)]
        self.unsure += [Left(path, f"{UNKNOWN}: {LINK}") for path in links]
        self.left = [one for one in self.left if one.path not in links]
        if self.unsure:  # nobody knows what an unreadable snapshot has: all content stays
            return
        for folder in self._entries(archive / OBJECTS) if archive / OBJECTS in inside else []:
            self.objects += [path for path in self._entries(folder) if path not in used]

    def _in_folder(self, folder: Path, kind: str) -> None:
        """Look at a report's folder, or at what ``est clean`` has stored."""
        inside = self._entries(folder)
        inside += self._entries(folder / CSV) if folder / CSV in inside else []
        certain = len(self.unsure)
        found = [
            *self._report(folder, inside, kind),
            *_of_names("cleaned", folder, FILES, inside),
            *_of_names("failed", folder, [FAILED], inside),
        ]
        old = self._add(found)
        if folder / PREVIOUS in inside:  # it goes with its report, or alone
            goes = any(one.kind == kind for one in old)
            self._in_folder(folder / PREVIOUS, kind if goes else PREVIOUS)
        if old and len(old) == len(found) and len(self.unsure) == certain:
            known = {path for one in found for path in one.files}
            known |= {folder / CSV, folder / PREVIOUS}
            self.left += [Left(path, FOREIGN) for path in inside if path not in known]

    def _report(self, folder: Path, inside: list[Path], kind: str) -> Iterator[Old]:
        """The report in a folder, whole or not; nothing when it cannot be told whose it is."""
        if (folder / MANIFEST).is_symlink():  # it is named, and whose report this is, is not known
            return
        if folder / MANIFEST not in inside:
            stem = f"{self._municipality}_{folder.name}"
            files = _report_files(folder, inside, stem, RESULTS)
            if folder / RESULTS in files:
                yield _of("unfinished", folder, files)
        elif KINDS[kind] in self._plan:
            try:
                made = read_stored(folder / MANIFEST, "manifest")
            except ReportError as fault:
                self._cannot_tell(folder / MANIFEST, fault)
                return
            if made["municipality"] != self._municipality:
                self.left.append(Left(folder, "another municipality's report"))
                return
            files = _report_files(folder, inside, page_stem(made), MANIFEST)
            yield _of(kind, folder, files, made["created"])

    def _add(self, found: Iterable[Old]) -> list[Old]:
        """Add what is too old and may go, and tell which that is."""
        tomorrow = dt.date.today() + dt.timedelta(days=1)  # UTC may be a day ahead
        planned = [one for one in found if KINDS[one.kind] in self._plan]
        for one in planned:
            if one.day > tomorrow:  # a clock that was wrong would keep it for ever
                self.unsure.append(Left(one.place, f"{UNKNOWN}: it is of {one.day}"))
        old = [one for one in planned if one.day < self._before]
        self.old += old
        return old

    def _entries(self, folder: Path) -> list[Path]:
        """What lies in a folder without its links: they are named, and never gone through."""
        if not folder.is_dir():
            return []
        try:
            found = sorted(folder.iterdir())
        except OSError as fault:
            self._cannot_tell(folder, fault)
            return []
        self.left += [Left(path, LINK) for path in found if path.is_symlink()]
        return [path for path in found if not path.is_symlink()]

    def _cannot_tell(self, path: Path, fault: ReportError | OSError) -> None:
        why = f"{fault.expected}, found {fault.found}" if isinstance(fault, EstError) else fault
        self.unsure.append(Left(path, f"{UNKNOWN}: {why}"))


def _report_files(folder: Path, inside: list[Path], stem: str, last: str) -> list[Path]:
    """The files that a report is made of, those of them that are there; `last` at the end."""
    page = folder / f"{stem}.html"
    others = [folder / name for name in (NOTEBOOK, RESULTS, MANIFEST) if name != last]
    files = [page, *earlier_annexes(page), *others, folder / last]
    return [path for path in files if path in inside]


def _of_names(kind: str, folder: Path, names: Iterable[str], inside: list[Path]) -> list[Old]:
    files = [folder / name for name in names if folder / name in inside]
    return [_of(kind, files[-1] if len(files) == 1 else folder, files)] if files else []


def _of(kind: str, place: Path, files: list[Path], made: str = "") -> Old:
    """What was made at a time that is stated; else when the newest of its files was written."""
    written = max(map(written_ns, files)) // 10**9
    day = dt.datetime.fromisoformat(made) if made else dt.datetime.fromtimestamp(written)
    return Old(kind, place, day.date(), tuple(files), written_ns(files[-1]))


def written_ns(path: Path) -> int:
    """When a file was written; now, when it has just been taken away by who works there."""
    try:
        return path.lstat().st_mtime_ns
    except FileNotFoundError:
        return time.time_ns()
