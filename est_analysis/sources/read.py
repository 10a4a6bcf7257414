"""All files of one actor, as declared, read into one table of texts."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, field, replace
from glob import glob
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.config.model import Column, Settings, SourceFormat
from est_analysis.config.paths import leads_out, name_within
from est_analysis.config.table_form import PARTS, TableForm
from est_analysis.privacy import HIDDEN, masked_names, personal_data_in_name
from est_analysis.sources.coded import Coded, joined, matches, tidy
from est_analysis.sources.numbers import whole_digits
from est_analysis.sources.other_sheets import OtherSheet
from est_analysis.sources.raw_tables import RawTable
from est_analysis.sources.refusal import refuse
from est_analysis.sources.shared import SharedTables

TRUTH = "truth.json"  # what is true of invented exports; lies beside them
SHEET, CELL = "sheet", "cell"  # columns that say where a row stood, beside its file and number
CRS = "crs"  # the column with the projection of each row's position
TOTALS = ["actor", "file", "sheet", "row", "cell", "said", "found"]
ReadFile = Callable[[Path, SourceFormat, Sequence[SourceFormat], SharedTables], list[RawTable]]


@dataclass(frozen=True)
class Delivery:
    """One file that an actor has delivered."""

    actor: str
    file: str  # its path in the exports folder: two folders may have files of one name
    sha256: str
    size: int
    rows: int  # of this actor
    repeats: str | None  # the later file with the same content, packed or not, which is used
    others: int = 0  # rows of other actors, which share the file


@dataclass(frozen=True)
class Export:
    """What one actor's files hold, as texts.

    Attributes
    ----------
    columns
        Field or rule column → `Coded`, all of the same length.
    file, row
        Where each row stood: number in `deliveries`, and the row number an editor shows.
    faults
        Rows that could not be taken apart: ``file``, ``row``, ``reason``, ``value``, ``sheet``.
    deliveries
        The files in the order they were read.
    sheets
        Sheets with rows that are not read, each with its file's number in `deliveries`.
    totals
        Sums that the files state themselves (`TOTALS`), beside what their parts add up to.
    """

    source: SourceFormat
    columns: dict[str, Coded]
    file: npt.NDArray[np.int16]
    row: npt.NDArray[np.int32]
    faults: pd.DataFrame
    deliveries: tuple[Delivery, ...]
    sheets: tuple[tuple[int, OtherSheet], ...] = ()
    totals: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=TOTALS))

    def __len__(self) -> int:
        return len(self.row)

    def where(self, rows: npt.NDArray[np.bool_]) -> Export:
        """The rows that are true, with only the words that stand in them."""
        columns = {name: column.where(rows).met() for name, column in self.columns.items()}
        return replace(self, columns=columns, file=self.file[rows], row=self.row[rows])

    @property
    def rows_read(self) -> int:
        """Rows in all files: those in `columns` and those in `faults`."""
        return len(self) + len(self.faults)


def find_files(source: SourceFormat, folder: Path) -> list[Path]:
    """The files in `folder` that match the patterns of the actor's declarations; see `own_files`.

    Raises
    ------
    SourceError
        When two declarations would read the same file.
    """
    found: dict[Path, SourceFormat] = {}
    for one in source.each:
        for path in own_files(one, folder):
            if path in found:
                refuse(
                    path,
                    source,
                    "each file of an actor in one of its declarations",
                    f"it in {found[path].path.name} and {one.path.name}",
                    f"mend files in {one.path}",
                )
            found[path] = one
    return list(found)


def own_files(source: SourceFormat, folder: Path) -> list[Path]:
    """The files in `folder` that match one declaration's patterns.

    They come in the order of the patterns (a file that several match where the last one stands),
    and of names within a pattern, where numbers are compared as numbers. Where two files say the
    same thing differently the later one is used: the order is one that an analyst can write down.

    A pattern matches however its accented letters are stored (å as one letter or two). Hidden files
    match none that does not begin with a dot.

    Raises
    ------
    SourceError
        When a file is a link out of the folder, or is named after a person.
    """
    found: dict[Path, None] = {}
    for pattern in source.files:
        forms = {unicodedata.normalize(form, pattern) for form in ("NFC", "NFD")}
        # not `Path.glob`, which ends in other errors for such as "." and "a**b"
        names = {name for p in forms for name in glob(p, root_dir=folder, recursive=True)}
        for name in sorted(names, key=natural):
            found.pop(folder / name, None)
            found[folder / name] = None
    paths = [p for p in found if p.is_file() and not p.name.startswith("~$")]
    for path in paths:
        if leads_out(path, folder):
            refuse(
                path,
                source,
                f"files in {folder}",
                "a link to a file outside it",
                "copy the file there, or set exports in municipality.yaml to its folder",
            )
        _refuse_named_person(path, folder, source)
    return paths


def unread_files(settings: Settings) -> tuple[str, ...]:
    """Names of files beside those that are read which no source's patterns match.

    Looked for in the exports folder and in those below it that hold a file that is read; a folder
    of old deliveries is not gone through. A name that says something of a person is hidden; each
    hidden one stands last, so that they are as many as the files.
    """
    folder = settings.municipality.exports
    read = {path for one in settings.sources.values() for path in find_files(one, folder)}
    own = (TRUTH,) if settings.municipality.fictional else ()
    left = [
        name_within(path, folder)
        for place in sorted({folder, *(path.parent for path in read)})
        if place.is_dir()
        for path in place.iterdir()
        if path.is_file() and path not in read and not _of_the_system(path.name)
    ]
    names = sorted(set(left) - set(own), key=natural)
    return tuple(sorted(masked_names(names), key=lambda name: name == HIDDEN))


def _of_the_system(name: str) -> bool:
    """Files that systems and programs leave in folders, unseen."""
    return name.startswith((".", "~$")) or name.casefold() in ("thumbs.db", "desktop.ini")


def natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """What names are sorted by: without their ending, and numbers in them as numbers.

    Examples
    --------
    >>> sorted(["vecka 10.csv", "Vecka 9 (2).csv", "vecka 9.csv"], key=natural)
    ['vecka 9.csv', 'Vecka 9 (2).csv', 'vecka 10.csv']
    """
    whole = unicodedata.normalize("NFC", name).casefold().removesuffix(".gz")
    plain = os.path.splitext(whole)[0]
    parts = re.split("([0-9]+)", plain)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], name


def _refuse_named_person(path: Path, folder: Path, source: SourceFormat) -> None:
    """A file's name stands in every account of it, so no person may stand there."""
    for name in path.relative_to(folder).parts:
        kind = personal_data_in_name(name)
        if kind is not None:
            refuse(
                path,
                source,
                "a file name without personal data",
                f"a name that holds some ({kind})",
                f"rename the file in {folder}",
            )


def is_plain(source: SourceFormat) -> bool:
    """Whether its files are tables of names and rows, which are used as they stand."""
    parts = {*PARTS} & {*source.columns}
    return not source.layouts and source.table == TableForm() and not parts


def read_plain(
    path: Path, source: SourceFormat, ways: Sequence[SourceFormat], tables_of: SharedTables
) -> list[RawTable]:
    """A file that is one table of names and rows."""
    return [finished(tables_of.read(path, source, wanted_of(source, source)), source)]


def shared_tables(sources: Iterable[SourceFormat], folder: Path) -> SharedTables:
    """What `read_export` of all these sources reads its files through, each once."""
    return SharedTables(
        (path, source, wanted_of(source, source))
        for source in sources
        if is_plain(source)
        for path in own_files(source, folder)
    )


def read_export(
    source: SourceFormat,
    folder: Path,
    tables_of: SharedTables | None = None,
    read: ReadFile = read_plain,
) -> Export:
    """Read the files of one of an actor's declarations.

    Rows of others that share them (``only``) are dropped at once.

    Parameters
    ----------
    source
        The declaration; only the columns it names are kept.
    folder
        Where the exports lie; `source.files` are patterns in it.
    tables_of
        From `shared_tables`, where several sources are read.
    read
        The tables of one file. It is given the layouts whose patterns the file matches, too.

    Returns
    -------
    Export
        Empty (no deliveries) where no file matches: the actor has not delivered.

    Raises
    ------
    SourceError
        When a file cannot be read as declared; it names file, row, value and remedy.
    """
    ways: dict[Path, list[SourceFormat]] = {}
    for layout in source.layouts or (source,):
        for path in own_files(layout, folder):
            ways.setdefault(path, []).append(layout)
    tables_of = tables_of or SharedTables(())
    tables: list[RawTable] = []
    deliveries: list[Delivery] = []
    contents: list[str] = []
    file: list[int] = []
    for number, path in enumerate(own_files(source, folder)):
        whole = read(path, source, ways[path], tables_of)
        found = [_own_rows(table, source) for table in whole]
        rows = sum(len(table) + len(table.faults) for table in found)
        others = sum(map(len, whole)) - sum(map(len, found))
        digest, content = tables_of.digests(path)
        contents.append(content)
        name, size = name_within(path, folder), path.stat().st_size
        deliveries.append(Delivery(source.actor, name, digest, size, rows, None, others))
        tables += found
        file += [number] * len(found)
    # a file that comes back is the latest word: of equal files the last one is used
    last = dict(zip(contents, (delivery.file for delivery in deliveries), strict=True))
    deliveries = [
        replace(delivery, repeats=None if last[content] == delivery.file else last[content])
        for content, delivery in zip(contents, deliveries, strict=True)
    ]
    names = [deliveries[number].file for number in file]
    return Export(
        source=source,
        columns=_below_each_other(source, tables),
        file=np.repeat(np.array(file, dtype=np.int16), [len(table) for table in tables]),
        row=np.concatenate([t.row_numbers for t in tables] or [np.zeros(0, np.int32)]),
        faults=pd.DataFrame(
            [
                (name, *fault, table.sheet)
                for name, table in zip(names, tables, strict=True)
                for fault in table.faults
            ],
            columns=["file", "row", "reason", "value", "sheet"],
        ),
        deliveries=tuple(deliveries),
        sheets=tuple((n, sheet) for n, table in enumerate(tables) for sheet in table.sheets),
        totals=pd.DataFrame(
            [
                (source.actor, name, table.sheet, *astuple(total))
                for name, table in zip(names, tables, strict=True)
                for total in table.totals
            ],
            columns=TOTALS,
        ),
    )


def _own_rows(table: RawTable, source: SourceFormat) -> RawTable:
    """The rows that ``only`` leaves; the columns that it looks at keep all their words."""
    own = np.ones(len(table), dtype=bool)
    for rule in source.only:
        column = table.columns[f"column {rule.column}"]
        own &= column.flags(matches(column.words, rule.test, rule.values))
    if own.all():
        return table
    looked_at = {f"column {rule.column}" for rule in source.only}
    columns = {
        name: column.where(own) if name in looked_at else column.where(own).met()
        for name, column in table.columns.items()
    }
    return replace(table, columns=columns, row_numbers=table.row_numbers[own])


def _below_each_other(source: SourceFormat, tables: list[RawTable]) -> dict[str, Coded]:
    """The columns of all tables; one that a layout does not have is blank in its tables."""
    layouts = source.layouts or (source,)
    names = dict.fromkeys(
        [
            *(name for layout in layouts for name in _made(layout, source)),
            *(name for table in tables for name in table.columns),
        ]
    )
    columns = {
        name: joined(
            [t.columns[name] if name in t.columns else Coded.constant("", len(t)) for t in tables]
        )
        if tables
        else Coded(np.zeros(0, np.int32), ("",))
        for name in names
    }
    if any(table.sheet for table in tables):
        columns[SHEET] = joined([Coded.constant(table.sheet, len(table)) for table in tables])
    return columns


def wanted_of(layout: SourceFormat, source: SourceFormat) -> dict[str, tuple[str, ...]]:
    """Fields, and the columns that rules and identity look at (under the source's own header)."""
    wanted = {name: column.headers for name, column in layout.columns.items()}
    for rule in (*source.only, *source.drop):
        wanted[f"column {rule.column}"] = (rule.column,)
    for header, own in zip(source.identity, layout.identity, strict=True):
        wanted[f"column {header}"] = (own,)
    return wanted


def _made(layout: SourceFormat, source: SourceFormat) -> list[str]:
    """The columns that tables of a layout have, when they are reshaped."""
    form = layout.table
    made = [*wanted_of(layout, source)]
    if form.unpivot is not None:
        made += [form.unpivot.into, "count", CELL]
    if form.year_from:
        made.append("year")
    if form.crs:
        made.append(CRS)
    return made if "occurred_from" in made else ["occurred_from", *made]


def finished(table: RawTable, layout: SourceFormat) -> RawTable:
    """The table with tidy words, and of each cell the part that is declared."""
    missing = frozenset(tidy(word) for word in layout.missing)
    columns = {name: column.tidied(missing) for name, column in table.columns.items()}
    for name, declared in layout.columns.items():
        if name in columns:
            columns[name] = _cell_part(columns[name], declared)
    return replace(table, columns=columns)


def _cell_part(column: Coded, declared: Column) -> Coded:
    if declared.split is None and not declared.pad:
        return column
    words = []
    for word in column.words:
        if declared.split is not None:
            parts = word.split(declared.split)
            index = declared.part - 1 if declared.part > 0 else declared.part
            word = parts[index].strip() if -len(parts) <= index < len(parts) else ""
        if declared.pad and word:
            word = whole_digits(word).zfill(declared.pad)
        words.append(word)
    return Coded(column.codes, tuple(words)).distinct()
