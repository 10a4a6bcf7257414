"""How a table lies in its file, where it is not one row of names above rows of data."""

from __future__ import annotations

from dataclasses import dataclass

from est_analysis.config.section import Section

NOT_REPORTED = "not_reported"
EVERY_SHEET = "all"
PARTS = ("week", "month", "day")  # fields that make a date together with the year
CODES = frozenset(map(str, (4326, *range(3006, 3025))))
PROJECTIONS = {
    "wgs 84": "4326", "wgs84": "4326", "sweref 99 tm": "3006", "sweref99 tm": "3006",
    "rt 90": "3021", "rt90": "3021", "rt 90 2.5 gon v": "3021",
}  # fmt: skip
_TOLD_BY_HEADERS = ("occurred_from", "category", "area")


@dataclass(frozen=True)
class Unpivot:
    """Columns whose headers say what the numbers below them count.

    Attributes
    ----------
    columns
        Patterns of their headers.
    into
        The field that a header tells.
    blank
        What an empty cell means: ``0`` or ``not_reported``.
    total
        Headers of columns that hold the sum of a row.
    """

    columns: tuple[str, ...]
    into: str
    blank: str
    total: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableForm:
    """What is done to a table before its columns are read.

    Attributes
    ----------
    sheets
        Patterns of the names of the sheets that are read, each as a table of its own.
    fill_down
        Headers of columns in which a blank cell means what stands above it.
    total
        Beginnings or patterns of the first cell of rows that hold sums of those above them.
    year_from
        ``file`` or ``sheet``: whose name says the year.
    unpivot
        Columns that are counts.
    crs
        The projection of the fields ``north`` and ``east``.
    records
        Where in a JSON file the list of records stands, keys joined by dots; empty: it is the file.
    """

    sheets: tuple[str, ...] = ()
    fill_down: tuple[str, ...] = ()
    total: tuple[str, ...] = ()
    year_from: str = ""
    unpivot: Unpivot | None = None
    crs: str = ""
    records: str = ""

    @property
    def changes_rows(self) -> bool:
        """Whether its rows are not used as they stand."""
        return bool(self.fill_down or self.total or self.unpivot)


def read_table_form(section: Section, common: TableForm) -> TableForm:
    """The keys of a table's form; `common` where one is not there."""
    return TableForm(
        sheets=section.texts("sheets", common.sheets),
        fill_down=section.texts("fill_down", common.fill_down),
        total=section.texts("total", common.total),
        year_from=section.choice("year_from", ("file", "sheet", ""), common.year_from),
        unpivot=_unpivot(section, common.unpivot),
        crs=_crs(section, common.crs),
        records=section.text("records", common.records),
    )


def _crs(section: Section, common: str) -> str:
    """A projection in which Swedish positions are given, by its code or name."""
    if not section.has("crs"):
        return common
    written = section.text("crs")
    name = " ".join(written.casefold().replace(":", " ").replace("-", " ").split())
    code = PROJECTIONS.get(name) or name.removeprefix("epsg ")
    if code not in CODES:
        section.refuse(
            "crs",
            expected="EPSG:4326 (WGS 84), EPSG:3006 (SWEREF 99 TM), EPSG:3007–3018 (its zones) or "
            "EPSG:3019–3024 (RT 90)",
            found=f'"{written[:60]}"',
            change="write the code of the projection",
        )
    return f"EPSG:{code}"


def _unpivot(section: Section, common: Unpivot | None) -> Unpivot | None:
    part = section.section("unpivot")
    if part is None:
        return common
    found = Unpivot(
        columns=part.texts("columns"),
        into=part.choice("into", _TOLD_BY_HEADERS),
        blank=part.choice("blank", ("0", NOT_REPORTED)),
        total=part.texts("total", ()),
    )
    part.done()
    return found
