"""A planted attack: all that public reports show, as one linear system, and its bounds.

Counts, series, shares, ranks, reported weeks and ratios per reported week, with as many decimals as
are given: each is an equation or a bound.

What a shown number counts is read here from the words on the page (its columns, its exhibit), not
from the code that decided to show it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack
from small_town import AREAS, EXPORT, SOURCE, TAXONOMY, SmallTown

from est_analysis.calendar import Period, parse_period
from est_analysis.comparisons import compare_periods, rates_by_area
from est_analysis.counts.dataset import Dataset, dataset_of, load_dataset
from est_analysis.counts.panel import complete_series, count_panel, regroup
from est_analysis.disclosure import DisclosureRule, Plan, SafeTable
from est_analysis.effort import effort_trend
from est_analysis.hours import weekday_hours
from est_analysis.language import language
from est_analysis.places import concentration
from est_analysis.priorities import priorities
from est_analysis.quality import coverage_summary, data_basis, silent_weeks
from est_analysis.report.edition import Edition
from est_analysis.report.session import Report
from est_analysis.seasonal import decompose
from est_analysis.series import decompose_actors

AS_OF = dt.date(2026, 5, 20)
REPORTS = ("2025-T3", "2026-T1")  # consecutive
FIRST_YEAR = 2022
NAMELESS = ("unknown", "unmapped")
AREA_IDS = ("norr", "soder", "ost", "gamla", *NAMELESS)
TYPES = ("skada", "brak", "stold", *NAMELESS)
SHOWN_COUNTS = ("count", "compared_count", "reference_count", "no_area", "no_category", "observed")


BY_ROWS = "coverage:\n  rule: any_row\n  quiet_months: real\n"


def base_town(town: SmallTown, coverage: str = "") -> Dataset:
    """Two actors, four areas and three types; its incidents are to be replaced."""
    town.files["areas.yaml"] = AREAS.replace(
        "  - {id: gamla", "  - {id: ost, name: Öst, population: {2024: 700}}\n  - {id: gamla"
    )
    town.files["taxonomy.yaml"] = TAXONOMY + "  - id: stold\n    name: Stöld\n"
    other = SOURCE.replace("vakten", "jouren").replace("Vakten", "Jouren")
    town.files["sources/jouren.yaml"] = other + coverage
    town.files["sources/vakten.yaml"] = SOURCE + coverage
    town.files["exports/jouren.csv"] = EXPORT
    return load_dataset(town.load(), AS_OF)


def random_town(
    base: Dataset, rng: np.random.Generator, most: float = np.inf, least: float = 0
) -> Dataset:
    """The same municipality with other incidents: many small cells, some large, some empty.

    Parameters
    ----------
    most, least
        Incidents that each actor has in a usual tertial, at most and at least.
    """
    template = base.cleaning.incidents
    parts = []
    for actor in base.settings.sources:
        level = rng.gamma(0.7, rng.choice([2.0, 8.0, 25.0]), size=(len(AREA_IDS), len(TYPES)))
        level[rng.random(level.shape) < 0.25] = 0
        level[-2:] *= 0.1
        level[:, -2:] *= 0.1
        level *= min(1.0, most / level.sum()) * max(1.0, least / level.sum())
        number = rng.poisson(level * 11)  # 11 tertials
        area, kind = (np.repeat(axis.ravel(), number.ravel()) for axis in np.indices(number.shape))
        days = np.datetime64(f"{FIRST_YEAR}-09-01") + rng.integers(0, 1338, len(area))
        ceased = (area == AREA_IDS.index("gamla")) & (days > np.datetime64("2023-12-31"))
        area[ceased] = AREA_IDS.index("unmapped")  # as cleaning does
        own = pd.concat([template.iloc[[0]]] * len(area), ignore_index=True)
        moment = days.astype("datetime64[s]") + rng.integers(0, 86400, len(area))
        own = own.assign(
            actor=pd.Categorical([actor] * len(area), template["actor"].cat.categories),
            area=pd.Categorical([AREA_IDS[i] for i in area], AREA_IDS),
            category=pd.Categorical([TYPES[i] for i in kind], TYPES),
            occurred_from=moment,
            occurred_to=moment,
        )
        parts.append(own.astype({n: template[n].dtype for n in ("occurred_from", "occurred_to")}))
    incidents = pd.concat(parts, ignore_index=True)
    return dataset_of(replace(base.cleaning, incidents=incidents), base.settings, AS_OF)


@dataclass
class Released:
    """One table that passed the gate, with the exhibit's name and its report's period and area."""

    name: str
    period: Period
    area: str | None
    safe: SafeTable


def published(
    data: Dataset, rule: DisclosureRule, *, plan: bool = True, areas: Iterable[str] = ()
) -> list[Released]:
    """All tables of the public reports of two tertials, of the whole and of some areas."""
    found = []
    for label in REPORTS:
        for area in (None, *areas):
            own = data if area is None else data.in_area(area)
            report = Report("tertial", own, parse_period(label), rule, language("sv"))
            if not plan:  # as was done before there was one
                report.data = own
                report.__dict__["edition"] = Edition(own, own, report.period, rule, report.language)
            found += list(_exhibits(report, area))
    return found


def _exhibits(report: Report, area: str | None) -> Iterator[Released]:
    """The exhibits of the tertial report that show counts, as its notebook makes them."""
    data, period = report.data, report.period
    totals = compare_periods(data, period, by=["actor"])
    categories = compare_periods(data, period, by=["actor", "category"], family=True)
    areas = compare_periods(data, period, by=["actor", "area"], family=True)
    report.summary(totals=totals, categories=categories, areas=areas)
    names = ["totals", "categories", "areas"]

    def show(name: str, table: pd.DataFrame, figure: bool = False, **how: Any) -> None:
        before = len(report.edition.shown)
        (report.figure if figure else report.table)(name, table, **how)
        names.extend([name] * (len(report.edition.shown) - before))

    show("data_basis", data_basis(data, period))
    weeks = silent_weeks(data, report.history)
    show("coverage", weeks, figure=True, listed=coverage_summary(weeks))
    show("effort", effort_trend(data, period))
    show("totals", totals)
    last_year = categories["comparison"] == "last_year"
    show("categories", categories[last_year], margins=[["actor"]])
    show("area_rates", rates_by_area(data, period), margins=[["actor"]])
    show("areas", areas[areas["comparison"] == "last_year"], margins=[["actor"]])
    hours, placed = weekday_hours(data, period)
    show("weekday_hours", hours, figure=True, by="actor", margins=[["actor"]])
    show("placed", placed, margins=[["actor"]])
    show("concentration", concentration(data, period))
    show("priorities", priorities(data, period), margins=[["actor", "category"]])
    series, _ = decompose_actors(data, report.history)
    show("trend", series, figure=True, by="actor")
    for name, safe in zip(names, [*report.edition.told, *report.edition.shown], strict=True):
        yield Released(name, period, area, safe)


# ---- what was shown, as linear equations ----


def number_of(day: Any) -> int:
    """Tertials since September 2022."""
    moment = pd.Timestamp(day)
    return (moment.year - FIRST_YEAR) * 3 + (moment.month - 1) // 4 - 2


MOST = 1e5
TERTIALS = number_of("2026-01-01") + 1
FIRST_TERTIAL = 3 * FIRST_YEAR + 2  # as the plan numbers them
LAST_DAY = np.datetime64("2026-05-01")


@dataclass
class System:
    """One actor's unknowns: counts by tertial × area × type, and by days between step edges."""

    actor: str
    truth: np.ndarray
    edges: np.ndarray
    days: np.ndarray
    begins: list[np.datetime64] = field(default_factory=list)  # of tertials, and the day after
    by_rows: bool = False
    rows: list[dict[int, float]] = field(default_factory=list)
    sides: list[tuple[float, float]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.truth.size + len(self.days)

    def cells(self, tertials: Iterable[int], area: Any = None, kind: Any = None) -> list[int]:
        index = np.arange(self.truth.size).reshape(self.truth.shape)
        areas = list(range(len(AREA_IDS))) if area is None else [AREA_IDS.index(a) for a in area]
        kinds = list(range(len(TYPES))) if kind is None else [TYPES.index(k) for k in kind]
        return [int(i) for t in tertials if t >= 0 for i in index[t][np.ix_(areas, kinds)].ravel()]

    def between(self, first: Any, after: Any) -> list[int]:
        inside = (self.edges[:-1] >= first) & (self.edges[:-1] < after)
        return [self.truth.size + int(i) for i in np.flatnonzero(inside)]

    def add(self, unknowns: list[int], low: float, high: float, factor: float = 1.0) -> None:
        row: dict[int, float] = {}
        for i in unknowns:
            row[i] = row.get(i, 0) + factor
        self.rows.append(row)
        self.sides.append((low, high))

    def matrix(self) -> tuple[csr_array, np.ndarray, np.ndarray]:
        places = [(r, c, v) for r, row in enumerate(self.rows) for c, v in row.items()]
        r, c, v = (np.array(x) for x in zip(*places, strict=True))
        low, high = (np.array(x) for x in zip(*self.sides, strict=True))
        return csr_array((v, (r, c)), shape=(len(self.rows), self.size)), low, high

    def exact(self) -> np.ndarray:
        return np.concatenate([self.truth.ravel(), self.days]).astype(float)


def system_of(data: Dataset, actor: str) -> System:
    """The unknowns of an actor: each tertial's days add up to its cells."""
    own = data.incidents[data.incidents["actor"] == actor]
    day = own["day"].to_numpy("datetime64[D]")
    truth = np.zeros((TERTIALS, len(AREA_IDS), len(TYPES)))
    place = [
        own["day"].map(number_of).to_numpy(),
        own["area"].map(AREA_IDS.index).to_numpy(),
        own["category"].map(TYPES.index).to_numpy(),
    ]
    np.add.at(truth, tuple(np.asarray(p, dtype=int) for p in place), 1)
    begins = [np.datetime64(f"{FIRST_YEAR + (t + 2) // 3}-{(t + 2) % 3 * 4 + 1:02d}-01") for t in
              range(TERTIALS)]  # fmt: skip
    mondays = np.arange(np.datetime64("2022-08-29"), LAST_DAY + 7, 7)
    edges = np.unique(np.concatenate([begins, mondays, [LAST_DAY]]))
    edges = edges[(edges >= begins[0]) & (edges <= LAST_DAY)]
    days = np.histogram(day.astype(int), edges.astype(int))[0].astype(float)
    by_rows = data.settings.sources[actor].coverage != "continuous"
    system = System(actor, truth, edges, days, [*begins, LAST_DAY], by_rows)
    for t, begin in enumerate([*begins, LAST_DAY][:-1]):
        after = [*begins, LAST_DAY][t + 1]
        row = dict.fromkeys(system.cells([t]), 1.0) | dict.fromkeys(
            system.between(begin, after), -1.0
        )
        system.rows.append(row)
        system.sides.append((0.0, 0.0))
    return system


def _spans(period: Period, column: str, comparison: str) -> list[list[int]]:
    now = number_of(period.start)
    if comparison == "last_12_months":
        return [[now - 3 * (column == "reference_count") - n for n in range(3)]]
    if column != "reference_count":
        return [[now]]
    return [[now - 3 * n] for n in ((1, 2, 3) if comparison == "mean_3_years" else (1,))]


def read(system: System, tables: Iterable[Released], rule: DisclosureRule, names: Any) -> None:
    """Add every shown number of an actor to its system."""
    for one in tables:
        data = one.safe.data
        if "actor" not in data or one.name in ("weekday_hours", "placed"):
            continue
        rows = data[data["actor"].astype(str) == system.actor]
        if one.name == "trend":
            _read_series(system, rows, one.safe, rule)
            continue
        if one.name == "coverage":
            _read_coverage(system, rows)
            continue
        if "rank" in rows:
            _read_ranks(system, one, rows, rule)
        for row in rows.to_dict("records"):
            for column in SHOWN_COUNTS:
                if column in row and not pd.isna(row[column]):
                    _read_count(system, one, row, column, rule, names)


def _read_count(
    system: System, one: Released, row: Any, column: str, rule: DisclosureRule, names: Any
) -> None:
    comparison = str(row.get("comparison", "last_year"))
    spans = _spans(one.period, column, comparison)
    area = [row["area"]] if "area" in row else [one.area] if one.area else None
    kind = [row["category"]] if "category" in row else None
    if one.name == "priorities" and column == "reference_count":
        spans, area = (
            [[number_of(one.period.start)]],
            [
                a
                for a in names
                if a not in ("gamla", row["area"])  # gamla ended in 2023
            ],
        )
    if one.name == "concentration":
        area = [next(i for i, n in names.items() if n == w) for w in row["areas"].split(", ")]
    if column == "no_area":
        area = [] if one.area else list(NAMELESS)
    if column == "no_category":
        kind = list(NAMELESS)
    value = float(row[column])
    years = 1 if pd.isna(row.get("years", 1)) else int(row.get("years", 1) or 1)
    if column == "count" and len(spans) == len(spans[0]) == 1 and kind is area is None:
        _read_weeks(system, spans[0][0], row, value, rule)
    if "share" in row and not pd.isna(row["share"]) and row["share"] > 0 and column == "count":
        own = one.area and one.name != "priorities"  # whose shares are of all areas
        _read_share(system, spans[0], [one.area] if own else list(names), kind, row, rule)
    mean = comparison == "mean_3_years" and column == "reference_count"
    if mean and years < len(spans):
        return  # of which years, the page does not say
    unknowns = [i for span in spans for i in system.cells(span, area, kind)]
    compared = one.name != "priorities" and column in ("reference_count", "compared_count")
    part = compared and row.get("compared") == "same_days"  # then the whole is at least as many
    if rule.method == "round":
        if not part and len({t for span in spans for t in span}) == 1 and column.count("no_") == 0:
            system.add(unknowns, *_interval(value, rule.round_to))
        return  # what adds up several rounded parts tells nothing that they do not
    total = value * years if mean else value
    low, high = (total, total) if float(total).is_integer() else _told(value, years)
    system.add(unknowns, low, MOST if part else high)


def _told(value: float, years: int) -> tuple[float, float]:
    """The whole sums whose mean is shown as a value with decimals."""
    half = _half(value)
    return float(np.ceil((value - half) * years - 1e-6)), float(
        np.floor((value + half) * years + 1e-6)
    )


def _half(value: float) -> float:
    """Half the last place of a number, as it is given: the more decimals, the more it tells."""
    decimals = next(d for d in range(8) if d == 7 or abs(value - round(value, d)) < 1e-9)
    return 0.5 * 10.0**-decimals


def _read_share(
    system: System, span: list[int], base: Any, kind: Any, row: Any, rule: DisclosureRule
) -> None:
    """What a count is a share of."""
    share, half = float(row["share"]), _half(float(row["share"]))
    count = float(row["count"])
    low, high = (count, count) if rule.method != "round" else _interval(count, rule.round_to)
    most = min(100 * high / (share - half), MOST) if share > half else MOST
    system.add(system.cells(span, base, kind), 100 * low / (share + half), most)


def _read_coverage(system: System, rows: pd.DataFrame) -> None:
    """A week that rows alone make reported has one at least, any other has none."""
    if not system.by_rows or "start" not in rows:
        return
    for row in rows.to_dict("records"):
        first = np.datetime64(row["start"], "D")
        if first < system.edges[0] or first + 7 > system.edges[-1] or pd.isna(row["status"]):
            continue
        sides = (0.0, 0.0) if row["status"] == "silent" else (1.0, MOST)
        system.add(system.between(first, first + 7), *sides)


def _read_weeks(system: System, tertial: int, row: Any, count: float, rule: DisclosureRule) -> None:
    """With as many events as reported weeks, there is one in each; else not many more in any."""
    weeks = row.get("weeks_reported", row.get("weeks"))
    if (weeks is None or pd.isna(weeks)) and not pd.isna(row.get("reference_weeks", np.nan)):
        compared = row.get("compared_count", count)  # the ratio is of the days that are compared
        before = float(row["reference_weeks"]) * float("nan" if pd.isna(compared) else compared)
        weeks = before / float(row["reference_count"]) / float(row["ratio"])
    if not system.by_rows or tertial < 0 or weeks is None or pd.isna(weeks):
        return
    begin, after = system.begins[tertial], system.begins[tertial + 1]
    mondays = [e for e in system.edges if (e.astype(int) + 3) % 7 == 0 and begin <= e <= after - 7]
    outside = (after - begin).astype(int) - 7 * len(mondays)
    least = int(np.floor(float(weeks) - outside / 7 - _half(float(weeks)) + 1e-6))
    high = count if rule.method != "round" else _interval(count, rule.round_to)[1]
    for monday in mondays:
        system.add(system.between(monday, monday + 7), 0.0, max(high - max(least - 1, 0), 0.0))


def _read_ranks(system: System, one: Released, rows: pd.DataFrame, rule: DisclosureRule) -> None:
    """A gap among the shown ranks is a hidden rate above; no gap is none."""
    known = rows[rows["rank"].notna() & rows["per_1000"].notna()]
    hidden = one.safe.hidden.loc[rows.index, "per_1000"].to_numpy(bool)
    lost = rows[hidden & rows["population"].notna().to_numpy()]
    for row in known.to_dict("records"):
        rate, half = float(row["per_1000"]), _half(float(row["per_1000"]))
        above = int(row["rank"]) - 1 - int((known["rank"] < row["rank"]).sum())
        for other in lost.to_dict("records"):
            cells = system.cells([number_of(one.period.start)], [other["area"]])
            if rule.method != "round" and above == len(lost):
                system.add(cells, (rate - half) * float(other["population"]) / 1000, MOST)
            if rule.method != "round" and above == 0:
                system.add(cells, 0.0, (rate + half) * float(other["population"]) / 1000)


def _interval(value: float, base: int) -> tuple[float, float]:
    return max(np.ceil(value - base / 2), 0.0), np.ceil(value + base / 2) - 1


def _read_series(system: System, rows: pd.DataFrame, safe: SafeTable, rule: DisclosureRule) -> None:
    gaps = rows["start"].diff().dropna()
    if rows.empty:
        return
    length = gaps.min() if len(gaps) else pd.Timedelta(days=7)
    for row in rows.to_dict("records"):
        if pd.isna(row["observed"]):
            continue
        first = np.datetime64(row["start"], "D")
        value = float(row["observed"])
        sides = (value, value) if rule.method != "round" else _interval(value, rule.round_to)
        after = first + length.days
        if first < system.edges[0] or after > system.edges[-1]:
            continue  # a week that lies partly outside what the tertials tell
        system.add(system.between(first, after), *sides)


# ---- what follows from them ----

Limit = tuple[list[int], float, float]


class Attacker:
    """Bounds of sums, from what is shown and from what is known without it."""

    def __init__(self, system: System, limits: list[Limit], *, published: bool) -> None:
        known = System(system.actor, system.truth, system.edges, system.days)
        last = len(system.rows) if published else TERTIALS
        known.rows, known.sides = list(system.rows[:last]), list(system.sides[:last])
        for cells, low, high in limits:
            known.add(cells, low, high)
        matrix, low, high = known.matrix()
        exact = matrix @ system.exact()
        assert ((exact >= low - 1e-6) & (exact <= high + 1e-6)).all()  # the truth is an answer
        equal = low == high
        self.size = system.size
        self.parts = dict(
            A_eq=matrix[equal],
            b_eq=low[equal],
            A_ub=vstack([matrix[~equal], -matrix[~equal]]),
            b_ub=np.concatenate([np.minimum(high[~equal], MOST), -low[~equal]]),
            bounds=(0, MOST),
            method="highs",
        )

    def bounds(self, unknowns: list[int]) -> tuple[float, float]:
        """The least and the most that the sum of some unknowns can be."""
        aim = np.zeros(self.size)
        np.add.at(aim, unknowns, 1)
        found = []
        for sign in (1, -1):
            answer = linprog(sign * aim, **self.parts)
            assert answer.status == 0, answer.message
            found.append(sign * answer.fun)
        return found[0], found[1]


@dataclass
class Broken:
    """A hidden count that the pages narrow down."""

    actor: str
    tertial: int
    area: str
    kind: str
    count: int
    low: float
    high: float

    @property
    def exactly(self) -> bool:
        return self.high - self.low < 0.5


def attack(
    data: Dataset, rule: DisclosureRule, tables: list[Released], plan: Plan
) -> tuple[int, list[Broken]]:
    """How many hidden cells were attacked, and those that were narrowed more than the rule says.

    The attacker also knows of every count whether it is 0, small or neither, unless the plan says
    nothing of the actor's tertial at all. A small count must stay as wide as that alone leaves it;
    another hidden one as wide as the rule's interval. Rounded, no small count may be known exactly.
    """
    names = {area.id: area.name for area in data.settings.areas.values()}
    assert tuple(plan.areas) == AREA_IDS
    assert tuple(plan.categories) == TYPES
    tried, broken = 0, []
    for actor in data.settings.sources:
        system = system_of(data, actor)
        read(system, tables, rule, names)
        limits = list(_statuses(system, rule, plan))
        informed = Attacker(system, limits, published=True)
        ignorant = Attacker(system, limits, published=False)
        for tertial, area, kind, cells in _targets(system):
            count = int(system.truth.ravel()[cells].sum())
            little = 0 < count < rule.minimum
            rounds = rule.method == "round"
            place = (AREA_IDS.index(area) if area else -1, TYPES.index(kind) if kind else -1)
            chosen = plan.hidden(actor, FIRST_TERTIAL + tertial)[place]
            if not little and (rounds or not chosen or not count):
                continue
            tried += 1
            low, high = informed.bounds(cells)
            least, most = ignorant.bounds(cells)
            wide = high - low >= min(rule.minimum - 2, most - least) - 1e-6
            if rounds:
                wide = high - low >= 1 - 1e-6
            elif little:
                wide = low <= least + 1e-6 and high >= min(most, rule.minimum - 1) - 1e-6
            if not wide:
                broken.append(Broken(actor, tertial, area, kind, count, low, high))
        for week in _small_weeks(system, rule):
            tried += 1
            low, high = informed.bounds([system.truth.size + week])
            if high - low < (1 if rounds else rule.minimum - 2) - 1e-6:
                count = int(system.days[week])
                broken.append(Broken(actor, -1, "", str(system.edges[week]), count, low, high))
    return tried, broken


def _small_weeks(system: System, rule: DisclosureRule) -> list[int]:
    """Small weeks, and parts of weeks at a tertial's edge, of the two reports' tertials."""
    recent = system.edges[:-1] >= np.datetime64("2025-09-01")
    return [int(i) for i in np.flatnonzero(
        recent & (system.days > 0) & (system.days < rule.minimum))]  # fmt: skip


def hours_narrowed(data: Dataset, rule: DisclosureRule, tables: list[Released]) -> list[str]:
    """Small hidden hours that the actor's total leaves less than what is said of them.

    All moments are known to the minute here, so that the hours add up to the total.
    """
    found = []
    for one in tables:
        if one.name != "weekday_hours":
            continue
        hours, _ = weekday_hours(data, one.period)
        for actor, rows in hours.groupby("actor"):
            mine = (one.safe.data["actor"] == actor).to_numpy()
            columns = [c for c in hours if c.startswith("count_")]
            hidden = one.safe.hidden.loc[mine, columns].to_numpy()
            said = np.broadcast_to(~hidden.all(axis=0), hidden.shape)[hidden]  # else: nothing
            values = rows[columns].to_numpy()[hidden]
            little = (values < rule.minimum) & said
            floor = np.where(little, np.minimum(values, 1), rule.minimum)
            least = np.where(said, floor, 0)
            most = np.where(little, np.where(values > 0, rule.minimum - 1, 0), np.inf)
            for place in np.flatnonzero(little & (values > 0)):
                rest = np.delete(np.arange(len(values)), place)
                low = values.sum() - most[rest].sum()
                high = values.sum() - least[rest].sum()
                if low > 1 or high < rule.minimum - 1:
                    found.append(f"{actor} {one.period.label}: {values[place]} in {low}..{high}")
    return found


def _targets(system: System) -> Iterator[tuple[int, str, str, list[int]]]:
    """Each cell and margin of the tertials that the two reports are of and compare with."""
    for tertial in range(TERTIALS):
        if TERTIALS - 1 - tertial not in (0, 1, 3, 4):
            continue
        for area in (*AREA_IDS, ""):
            for kind in (*TYPES, ""):
                cells = system.cells([tertial], [area] if area else None, [kind] if kind else None)
                yield tertial, area, kind, cells


def _statuses(system: System, rule: DisclosureRule, plan: Plan) -> Iterator[Limit]:
    for tertial, _area, _kind, cells in _targets(system):
        count = int(system.truth.ravel()[cells].sum())
        if count == 0:
            yield cells, 0.0, 0.0
        elif (
            rule.method == "suppress"
            and not plan.hidden(system.actor, FIRST_TERTIAL + tertial).all()
        ):
            if count < rule.minimum:
                yield cells, 0.0 if rule.hide_zeros else 1.0, rule.minimum - 1.0
            else:
                yield cells, float(rule.minimum), MOST


# ---- what a trend and a season tell of the weeks beside them ----


@dataclass
class Weeks:
    """Hidden weeks of one actor: how many there are, and how many follow exactly, small ones too."""

    hidden: int = 0
    exactly: int = 0
    small: int = 0
    small_exactly: int = 0

    def __add__(self, other: Weeks) -> Weeks:
        return Weeks(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def weeks_from_trend(data: Dataset, rule: DisclosureRule, period: str) -> Weeks:
    """Hidden weeks that solve the equations of a public trend and season, read as the page has them.

    The decomposition is linear in the weeks: what is shown of trend and season, less what the shown
    weeks give to it, is a sum over the hidden ones. The attacker takes an answer to be right where
    it explains every shown number to its last decimal.
    """
    report = Report("tertial", data, parse_period(period), rule, language("sv"))
    series, _ = decompose_actors(report.data, report.history)
    report.figure("trend", series, by="actor")
    if not report.edition.shown:
        return Weeks()  # no series of the town is public
    table = report.edition.shown[-1].data
    real = _real_weeks(data, report.history)
    found = Weeks()
    for actor, own in table.groupby("actor"):
        own = own.set_index("start").sort_index()
        if own["trend"].notna().sum() < 104 or own.index.to_series().diff().min().days != 7:
            continue
        truth = real[str(actor)].reindex(pd.date_range(own.index[0], own.index[-1], freq="7D"))
        shown = own["observed"].reindex(truth.index).astype(float)
        unknown = np.flatnonzero(shown.isna() & truth.notna())
        told = own[["trend", "seasonal"]].reindex(truth.index).astype(float).to_numpy()
        answer = _solved(shown.where(truth.notna()), unknown, told)
        values = truth.to_numpy()[unknown]
        right = np.zeros(len(unknown), bool) if answer is None else np.abs(answer - values) < 0.5
        little = (values > 0) & (values < rule.minimum)
        found += Weeks(
            len(unknown), int(right.sum()), int(little.sum()), int((right & little).sum())
        )
    return found


def _solved(shown: pd.Series, unknown: np.ndarray, told: np.ndarray) -> np.ndarray | None:
    """The unknown weeks by least squares; None where no answer explains what is shown."""

    def parts(values: np.ndarray) -> np.ndarray:
        table = decompose(pd.Series(values, shown.index)).table
        return table[["trend", "seasonal"]].to_numpy(float)[known].ravel()

    known = ~np.isnan(told).any(axis=1)
    base = shown.to_numpy(float).copy()
    base[unknown] = 0
    constant = parts(base)
    columns = []
    for place in unknown:
        one = base.copy()
        one[place] += 1
        columns.append(parts(one) - constant)
    matrix = np.array(columns).T
    rest = told[known].ravel() - constant
    answer, *_ = np.linalg.lstsq(matrix, rest, rcond=None)
    left = np.abs(matrix @ np.round(answer) - rest)
    return answer if left.max() < 0.06 else None  # one decimal is shown, of two numbers


def _real_weeks(data: Dataset, span: Period) -> dict[str, pd.Series]:
    panel = regroup(count_panel(data, span), ["actor"])
    return {
        str(actor): complete_series(own) for actor, own in panel.groupby("actor", observed=True)
    }
