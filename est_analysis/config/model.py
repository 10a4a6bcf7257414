"""What a municipality's settings are, once read and checked: frozen, plain, without behaviour."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from est_analysis.config.confirmed import Confirmed
from est_analysis.config.finding import Dated, Keywords, Street
from est_analysis.config.table_form import TableForm

UNKNOWN = "unknown"  # the export left the field blank
UNMAPPED = "unmapped"  # the export has a value that nobody has translated
PLAN = "simulation.yaml"  # what a fictional municipality's exports are made from
RESERVED_IDS = (UNKNOWN, UNMAPPED, "all")


def _in_language(name: str, english: str, language: str) -> str:
    return english if language == "en" and english else name


@dataclass(frozen=True)
class Area:
    """A part of the municipality; `valid_from` and `valid_to` are inclusive.

    `where` is how a Swedish sentence says that something is there: "på Söder".
    """

    id: str
    name: str
    parent: str | None = None
    neighbours: tuple[str, ...] = ()
    population: dict[int, int] = field(default_factory=dict)
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    where: str = ""

    @property
    def first_day(self) -> dt.date:
        """The first day that it exists."""
        return self.valid_from or dt.date.min

    @property
    def last_day(self) -> dt.date:
        """The last day that it exists."""
        return self.valid_to or dt.date.max


@dataclass(frozen=True)
class AreaBorders:
    """The GeoJSON with the areas' polygons; `key` is the property with their ids or names."""

    path: Path
    key: str
    crs: str  # empty: as the file says
    attribution: str


@dataclass(frozen=True)
class Category:
    """A kind of incident; `parent` is the main category of a sub-type.

    The plural is what sentences say, where it is not the name.
    """

    id: str
    name: str
    parent: str | None = None
    plural: str = ""
    name_en: str = ""
    plural_en: str = ""

    def named(self, language: str) -> str:
        """The name in a language; the Swedish one where there is no other."""
        return _in_language(self.name, self.name_en, language)

    def several(self, language: str) -> str:
        """The plural in a language; the name where none is given."""
        plural = self.plural_en if language == "en" else self.plural
        return plural or self.named(language)


@dataclass(frozen=True)
class Column:
    """Which header a field has, and which part of the cell holds it.

    `headers` are accepted alternatives. With `split` the cell is cut at that text and `part` (from
    1; -1 is the last) is kept. `pad` restores leading zeros that a spreadsheet has eaten.
    """

    headers: tuple[str, ...]
    split: str | None = None
    part: int = 1
    pad: int = 0


@dataclass(frozen=True)
class RowRule:
    """Rows whose `column` equals, begins with or contains one of `values`."""

    column: str
    test: str  # equals | starts_with | contains
    values: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Translation:
    """Raw value → id. `match` also accepts the ids or names themselves.

    `totals` are values whose rows are the sums of the others: not counted, but held against them.
    A word in `dated` means different things at different times; a text that is no raw value may
    have one of the `keywords`; `streets` tell the areas of addresses. `found` are words that the
    program gives for what it has found so.
    """

    mapping: dict[str, str]
    match: tuple[str, ...] = ()
    where: str = ""
    totals: tuple[str, ...] = ()
    dated: dict[str, tuple[Dated, ...]] = field(default_factory=dict)
    keywords: tuple[Keywords, ...] = ()
    streets: tuple[Street, ...] = ()
    found: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Responsibility:
    """What an actor answers for; empty tuples mean everything, dates are inclusive.

    `silent` are days of it (first and last) of which nothing has come, found in the data.
    """

    categories: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    start: dt.date | None = None
    end: dt.date | None = None
    silent: tuple[tuple[dt.date, dt.date], ...] = ()


@dataclass(frozen=True)
class Gap:
    """Days (inclusive) in which an actor is known not to have reported."""

    start: dt.date
    end: dt.date
    reason: str


@dataclass(frozen=True)
class ControlTotal:
    """How many events an actor itself, or another source, says there were; dates inclusive."""

    start: dt.date
    end: dt.date
    count: int
    said_by: str
    categories: tuple[str, ...] = ()  # none is all
    tolerance: float = 0.0  # per cent of the count


@dataclass(frozen=True)
class SourceFormat:
    """One actor's export, as declared in ``sources/<actor>.yaml``."""

    actor: str
    name: str
    path: Path
    files: tuple[str, ...]
    reader: str
    shape: str
    columns: dict[str, Column]
    date_forms: dict[str, tuple[str, ...]]
    timezone: str  # of the municipality: what all times become
    written_in: str  # the zone of moments without offset
    categories: Translation
    areas: Translation
    responsibilities: tuple[Responsibility, ...]
    coverage: str  # continuous | any_row
    gaps: tuple[Gap, ...] = ()
    through: dt.date | None = None  # the last day that the deliveries cover
    quiet_is_real: bool = False  # a month with almost no rows was so quiet, and was reported
    encoding: str = "utf-8"
    delimiter: str = ";"
    header_row: int = 1
    header_rows: int = 1
    footer: tuple[str, ...] = ()
    sheet: str | None = None
    decimal: str = ","
    missing: tuple[str, ...] = ()
    masked: dict[str, tuple[int, int] | None] = field(default_factory=dict)  # None: not reported
    only: tuple[RowRule, ...] = ()
    drop: tuple[RowRule, ...] = ()
    identity: tuple[str, ...] = ()
    overlap: str = ""  # last | add: what files of the same days are, where nothing identifies rows
    personal_data: str = "reject"
    control_totals: tuple[ControlTotal, ...] = ()
    person_names: tuple[str, ...] = ()  # fields in which names of persons are looked for
    name_en: str = ""
    confirmed: tuple[Confirmed, ...] = ()
    no_identity: tuple[str, ...] = ()  # texts in the place of a case's number
    identity_restarts: str = ""  # each year | month | file; empty: never
    twice: str = ""  # counts: one key on two rows of a file; add | last
    corrections: str = ""  # counts below zero; net
    heaps: dict[str, str] = field(default_factory=dict)  # midnight, mondays, firsts → what they are
    table: TableForm = field(default_factory=TableForm)
    layouts: tuple[SourceFormat, ...] = ()  # the ways in which its files are laid out, if several
    also: tuple[SourceFormat, ...] = ()  # the actor's other declarations, in files of their own

    @property
    def each(self) -> tuple[SourceFormat, ...]:
        """Every declaration of the actor, this one first."""
        return (self, *self.also)

    def named(self, language: str) -> str:
        """The name in a language; the Swedish one where there is no other."""
        return _in_language(self.name, self.name_en, language)

    def forms_under(self, header: str) -> tuple[str, ...]:
        """The declared forms of the date that stands under a header."""
        fields = (f for f in self.date_forms if f in self.columns)
        named = (f for f in fields if header in self.columns[f].headers)
        return self.date_forms[next(named, "occurred_from")]


@dataclass(frozen=True)
class CalendarEntry:
    """A school break or local event; both ends inclusive."""

    id: str
    name: str
    start: dt.date
    end: dt.date
    name_en: str = ""

    def named(self, language: str) -> str:
        """The name in a language; the Swedish one where there is no other."""
        return _in_language(self.name, self.name_en, language)


@dataclass(frozen=True)
class Break:
    """From `date` on an actor's figures mean something else than before.

    Only those of `categories` and `areas` where such are named. `kind` is ``code`` (another
    classification), ``form``, ``source`` or ``other``.
    """

    actor: str
    date: dt.date
    name: str
    kind: str = "other"
    categories: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    name_en: str = ""

    def named(self, language: str) -> str:
        """The name in a language; the Swedish one where there is no other."""
        return _in_language(self.name, self.name_en, language)


@dataclass(frozen=True)
class Performed:
    """One line of an insats' log, which tells whether it was carried out."""

    date: dt.date
    amount: float
    unit: str
    note: str


@dataclass(frozen=True)
class Intervention:
    """An insats as it stands in the register; dates inclusive. `path` is its file."""

    id: str
    name: str
    what: str
    areas: tuple[str, ...]
    categories: tuple[str, ...]
    actors: tuple[str, ...]
    start: dt.date
    end: dt.date | None
    follow_up: dt.date | None
    followed_up: dt.date | None
    owner: str
    intensity: str
    goal: str
    goal_change: float | None  # per cent, a fall: below 0
    hours: tuple[int, int] | None  # of the day, from and to; (22, 2) passes midnight
    comparison_areas: tuple[str, ...]
    neighbour_areas: tuple[str, ...]
    chosen_on_peak: bool
    expected_delay_weeks: int
    log: tuple[Performed, ...]
    path: Path
    public: str = "no"  # full | name | no: what a public page says of it


@dataclass(frozen=True)
class Decision:
    """A line of the meeting's decision log; `owner` is a function, never a person's name."""

    id: str
    date: dt.date
    what: str
    owner: str
    due: dt.date | None
    status: str  # open | done | dropped
    settled: dt.date | None  # the day it was done or dropped
    intervention: str | None
    areas: tuple[str, ...]
    categories: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Judgement:
    """What only people can judge of a problem, in steps from 1 to 3; None is not judged."""

    category: str
    area: str | None  # None: everywhere
    seriousness: int | None
    affected: int | None
    influence: int | None
    who: str
    date: dt.date
    note: str


@dataclass(frozen=True)
class Ratings:
    """Limits on the score (0 as expected, 1 at the upper bound) for yellow and red."""

    yellow: float
    red: float


@dataclass(frozen=True)
class Municipality:
    """Who the reports are for; `contact` is what the accessibility statement gives."""

    id: str
    name: str
    code: str
    timezone: str
    fictional: bool
    exports: Path
    as_of: dt.date | None
    operational_day_start: dt.time
    duplicate_window_minutes: int
    contact: str = ""
    exports_address: str = ""  # where `exports` is fetched from, if it is elsewhere


@dataclass(frozen=True)
class Archive:
    """What is kept of deliveries and reports, and what ``est purge`` may remove of it."""

    folder: Path | None = None  # None: archive/<municipality> beside outputs/
    snapshots: str = "none"  # none | cleaned | raw
    purge: tuple[str, ...] = ("snapshots", "previous")
    keep_months: int = 0


@dataclass(frozen=True)
class Disclosure:
    """The rule for public pages, as the municipality has decided it."""

    minimum: int
    hide_zeros: bool
    method: str
    round_to: int


@dataclass(frozen=True)
class Settings:
    """Everything an analyst edits, for one municipality."""

    folder: Path
    municipality: Municipality
    areas: dict[str, Area]
    categories: dict[str, Category]
    sources: dict[str, SourceFormat]
    interventions: dict[str, Intervention]
    school_breaks: tuple[CalendarEntry, ...]
    local_events: tuple[CalendarEntry, ...]
    breaks: tuple[Break, ...]
    disclosure: Disclosure
    decisions: tuple[Decision, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    ratings: Ratings | None = None
    borders: AreaBorders | None = None
    archive: Archive = field(default_factory=Archive)

    def areas_within(self, area: str) -> list[str]:
        """An area and all below it, in the order of ``areas.yaml``."""
        inside = {area}
        while more := {a.id for a in self.areas.values() if a.parent in inside} - inside:
            inside |= more
        return [one for one in self.areas if one in inside]

    def main_category(self, category: str) -> str:
        """The main category that `category` belongs to; itself when it is one, or reserved."""
        entry = self.categories.get(category)
        return entry.parent if entry is not None and entry.parent else category

    def main_categories(self) -> list[str]:
        """Main categories in the order of ``taxonomy.yaml``."""
        return [c.id for c in self.categories.values() if c.parent is None]
