"""A small town with actors, deliveries, gaps, areas and insatser drawn at random."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
from small_town import SOURCE, SmallTown

from est_analysis.counts.dataset import Dataset, load_dataset

FORMS = {  # how an actor writes its dates
    "minute": ("%Y-%m-%d %H:%M", '["%Y-%m-%d %H:%M"]'),
    "day": ("%Y-%m-%d", '["%Y-%m-%d"]'),
    "week": ("%Gv%V", "[week]"),
    "month": ("%Y-%m", "[month]"),
}
ACTORS = ("vakten", "jouren", "kommunen")
PERIODS = (
    "2024-T3", "2024-T1", "2024-W20", "2024-W40", "2024-02", "2024-02-10..2024-06-20", "2023",
    "2024-W01", "2020-W53", "2024-02-01..2024-02-28", "2025-02-01..2025-02-28", "2024-Q2",
    "2024-12", "2025-W03",
)  # fmt: skip
_DECLARED = '["%Y-%m-%d %H:%M", "%Y-%m-%d"]'


def drawn(folder: Path, rng: np.random.Generator) -> Dataset:
    """A town whose actors report as real ones do: late, in part, by month, with gaps."""
    town = SmallTown(folder / "params" / "smastad")
    as_of = _day(rng, "2024-06-01", "2025-02-10")
    town.change("municipality.yaml", "2025-01-31", as_of)
    if rng.random() < 0.5:
        town.change("areas.yaml", "name: Söder,", f"name: Söder, valid_from: {_day(rng)},")
    actors = ACTORS[: rng.integers(1, 4)]
    for actor in actors:
        _actor(town, actor, as_of, rng)
    for number in range(rng.integers(0, 3)):
        town.files[f"interventions/i{number}.yaml"] = _insats(number, actors, rng)
    if rng.random() < 0.5:
        town.files["ratings.yaml"] = "yellow: 0.5\nred: 1\n"
    return load_dataset(town.load(), dt.date.fromisoformat(as_of))


def _day(rng: np.random.Generator, first: str = "2019-06-01", last: str = "2024-12-31") -> str:
    return str(rng.choice(pd.date_range(first, last).strftime("%Y-%m-%d")))


def _actor(town: SmallTown, actor: str, as_of: str, rng: np.random.Generator) -> None:
    form = str(rng.choice(list(FORMS), p=[0.4, 0.3, 0.15, 0.15]))
    written, declared = FORMS[form]
    more = {"place": ("Plats", 0.5), "reporter": ("Vem", 0.3)}
    if form in ("minute", "day"):
        more["reported_at"] = ("Rapport", 0.5)
    if form == "minute":
        more["occurred_to"] = ("Till", 0.6)
    used = {field: header for field, (header, share) in more.items() if rng.random() < share}
    source = SOURCE.replace("vakten", actor).replace("Vakten", actor.title())
    columns = "".join(f"\n  {field}: {header}" for field, header in used.items())
    source = source.replace(_DECLARED, declared).replace("columns:", f"columns:{columns}")
    town.files[f"sources/{actor}.yaml"] = source + _coverage(rng)
    first, last = sorted((_day(rng, last="2023-12-31"), _day(rng, "2023-01-01")))
    number = int(rng.choice([5, 60, 500, 2500]))
    days = pd.DatetimeIndex(rng.choice(pd.date_range(first, last), number)).sort_values()
    if rng.random() < 0.3:
        days = days[days.month != 3]
    lines = [";".join(["Datum", "Område", "Typ", *used.values()])]
    late = rng.choice([0, 1, 10, 40]) if rng.random() < 0.4 else None
    for moment in days + pd.to_timedelta(rng.integers(0, 1440, len(days)), "min"):
        told = {
            "place": rng.choice(["Torget", "Parken", "Skolan", ""]),
            "reporter": f"r{rng.integers(0, 6)}",
            "occurred_to": _end(moment, rng),
            "reported_at": _report(moment, late, written, as_of, rng),
        }
        area = rng.choice(["Norr", "Söder", "Gamla", "Okänd", ""], p=[0.4, 0.4, 0.1, 0.05, 0.05])
        kind = rng.choice(
            ["Bråk", "Klotter", "Skadegörelse", "Annat", ""], p=[0.4, 0.3, 0.2, 0.05, 0.05]
        )
        cells = [moment.strftime(written), area, kind, *(told[field] for field in used)]
        lines.append(";".join(map(str, cells)))
    town.files[f"exports/{actor}.csv"] = "\n".join(lines) + "\n"


def _end(moment: pd.Timestamp, rng: np.random.Generator) -> str:
    if rng.random() < 0.5:
        return ""
    return (
        f"{moment + pd.Timedelta(minutes=int(rng.choice([0, 30, 200, 1400, 3000]))):%Y-%m-%d %H:%M}"
    )


def _report(
    moment: pd.Timestamp, late: int | None, written: str, as_of: str, rng: np.random.Generator
) -> str:
    days = rng.exponential(5) if late is None else late
    report = moment + pd.Timedelta(days=int(days))
    known = rng.random() >= 0.1 and f"{report:%Y-%m-%d}" <= as_of
    return report.strftime(written) if known else ""


def _coverage(rng: np.random.Generator) -> str:
    rules = ["quiet_months: real"] if rng.random() < 0.5 else []
    if rng.random() < 0.3:
        rules.append("rule: any_row")
    elif rng.random() < 0.4:
        rules.append(f"through: {_day(rng, '2024-03-01')}")
    gaps = []
    for _ in range(rng.integers(0, 4)):
        begin = _day(rng)
        end = pd.Timestamp(begin) + pd.Timedelta(days=int(rng.integers(1, 90)))
        gaps.append(f"{{from: {begin}, to: {end:%Y-%m-%d}, reason: x}}")
    rules += [f"not_reported: [{', '.join(gaps)}]"] if gaps else []
    text = f"coverage: {{{', '.join(rules)}}}\n" if rules else ""
    some = rng.random()
    if some < 0.3:
        text += (
            f"reports:\n  - {{from: {_day(rng, last='2022-06-30')}, areas: [norr, gamla]}}\n"
            f"  - {{from: {_day(rng, last='2023-06-30')}, areas: [soder], categories: [brak]}}\n"
        )
    elif some < 0.5:
        begin, end = _day(rng, last="2022-06-30"), _day(rng, "2023-01-01")
        text += f"reports:\n  - {{from: {begin}, until: {end}}}\n"
    return text


def _insats(number: int, actors: tuple[str, ...], rng: np.random.Generator) -> str:
    start = _day(rng, "2022-06-01", "2024-10-01")
    own = rng.choice(actors, rng.integers(1, len(actors) + 1), replace=False)
    kinds = rng.choice(["brak", "klotter", "skada", "klotter, brak"])
    more = []
    if rng.random() < 0.5:
        end = pd.Timestamp(start) + pd.Timedelta(days=int(rng.integers(20, 400)))
        more.append(f"end: {end:%Y-%m-%d}")
    if rng.random() < 0.4:
        more.append(f"expected_delay_weeks: {rng.integers(1, 9)}")
    if rng.random() < 0.5:
        more.append(f"hours: {rng.choice(['16-24', '22-2', '8-12'])}")
    beside = rng.choice(["comparison_areas", "neighbour_areas"])
    return (
        f"{{id: i{number}, name: Insats, what: x, areas: [norr], categories: [{kinds}], "
        f"actors: [{', '.join(own)}], start: {start}, owner: Kommunen, goal: Mindre, "
        f"{''.join(f'{line}, ' for line in more)}{beside}: [soder]}}\n"
    )
