"""No sentence stands on what is not known: random damages of exports, and what is claimed of them."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import damage_kinds
import nbformat
import numpy as np
import pandas as pd
import pytest
from damage_kinds import KINDS, SMALL, UNSEEABLE, Damage, Given, copied, silence
from damage_runs import (
    EXAMPLE,
    INPUTS,
    Outcome,
    available,
    compare,
    exhibits_of,
    lost,
    outcome,
    table_of,
    told_of,
    undamaged,
    where,
)
from damages import (
    CLAIMS,
    FORECASTS,
    NO_CLAIMS,
    SENTENCES,
    WITHDRAWN,
    Page,
    claims_of,
    leads_alone,
    pattern,
    withdrawn_in,
)
from raw_exports import RawFile, rewrite

from est_analysis.calendar import parse_period
from est_analysis.comparisons import compare_periods, rates_by_area
from est_analysis.config import load_settings
from est_analysis.config.model import Column
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.disclosure import DisclosureRule, release
from est_analysis.exhibits import table_record
from est_analysis.outlook import forecast_totals
from est_analysis.surveillance import deviations, signals
from est_analysis.workspace import notebook_file

PERIOD = parse_period("2025-T3")
MOST_LOST = 5.0  # per cent of true claims that damages of under one row in a hundred may cost
NIGHTLY = [pytest.mark.slow, pytest.mark.nightly]


# ---- in `make test`: fixed damages, straight on the statistics ----


def since(rows: pd.DataFrame, day: str = "2025-09-01") -> pd.DataFrame:
    return rows[rows["day"] >= day]


def renamed_area(rows: pd.DataFrame) -> Damage:
    own = since(rows[rows["area"] == "norrbacka"])
    return damage_kinds.written(own, "area", "Nya Norrbacka", "an area has a new name")


def renamed_type(rows: pd.DataFrame) -> Damage:
    own = since(rows[rows["leaf"] == "klotter"])
    return damage_kinds.written(own, "category", "Klotter, ny kod", "a type has a new name")


def half_blank(rows: pd.DataFrame) -> Damage:
    return damage_kinds.written(since(rows)[::2], "area", "", "every other row lacks its area")


def area_gone(rows: pd.DataFrame) -> Damage:
    return damage_kinds.gone(since(rows[rows["area"] == "norrbacka"]), "an area's rows are gone")


def last_file_gone(rows: pd.DataFrame) -> Damage:
    name = str(rows["source_file"].astype(str).max())
    own = rows[rows["source_file"] == name]
    return Damage("file_gone", "the last file", damage_kinds.touched(own), files_gone=(name,))


FIXED = [
    ("kommunens_rapportorer", renamed_area),
    ("polisen", renamed_type),
    ("kommunens_rapportorer", half_blank),
    ("exempelbostader", area_gone),
    ("raddningstjansten", last_file_gone),
]


def alone(folder: Path, actor: str) -> Dataset:
    """A municipality of one actor: its exports are cleaned in a fraction of the time."""
    for path in (folder / "sources").glob("*.yaml"):
        if path.stem != actor:
            path.unlink()
    shutil.rmtree(folder / "interventions")
    (folder / "decisions.yaml").unlink()
    calendar = folder / "calendar.yaml"
    kept = calendar.read_text("utf-8").partition("\nbreaks:\n")[0]  # another actor's
    calendar.write_text(kept + "\n", encoding="utf-8")
    return load_dataset(load_settings(folder), dt.date(2026, 1, 12))


def statistics(data: Dataset) -> Page:
    """The exhibits of a tertial and of a week that claim most, as the statistics give them."""
    totals = compare_periods(data, PERIOD, by=["actor"])
    parts = {
        name: compare_periods(data, PERIOD, by=["actor", key], family=True)
        for name, key in (("categories", "category"), ("areas", "area"))
    }
    tables = {
        "totals": totals,
        **{name: table[table["comparison"] == "last_year"] for name, table in parts.items()},
        "category_deviations": deviations(data, PERIOD, by=["actor", "category"]),
        "area_deviations": deviations(data, PERIOD, by=["actor", "area"]),
        "area_rates": rates_by_area(data, PERIOD),
        "area_signals": signals(data, parse_period("2025-W50"), by=["actor", "area"]),
        "forecast": forecast_totals(data, PERIOD.after(), by=["actor", "category"]),
        "area_forecast": forecast_totals(data, PERIOD.after(), by=["actor", "area"]),
    }
    records = {
        name: table_record(name, release(table.reset_index(drop=True), DisclosureRule("internal")))
        for name, table in tables.items()
    }
    return Page("tertial", PERIOD, records, data)


@pytest.fixture(scope="module")
def sound(example: Dataset) -> Given:
    return Given(example.settings.folder, example, PERIOD)


@pytest.fixture(scope="module")
def before(sound: Given, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Page]:
    """What the undamaged exports of one actor say."""

    @cache
    def page_of_actor(actor: str) -> Page:
        return statistics(alone(copied(sound, tmp_path_factory.mktemp("sound")), actor))

    return page_of_actor


@pytest.mark.parametrize(("actor", "kind"), FIXED)
def test_a_fixed_damage_makes_nothing_up(
    sound: Given,
    before: Callable[[str], Page],
    tmp_path: Path,
    actor: str,
    kind: Callable[[pd.DataFrame], Damage],
) -> None:
    damage = kind(sound.rows_of(actor))
    made = statistics(alone(copied(sound, tmp_path, damage), actor))
    told = Outcome(0, kind.__name__, EXAMPLE, damage.words, 0)
    compare(told, before(actor), made, damage)
    assert told.claims
    assert withdrawn_in(before(actor)) == []
    assert told.created + told.astray == []


# ---- whole reports ----


def less_the_one_of_fewer_blanks(page: Page, gone: list[str]) -> list[str]:
    """Rows of police.uk without a place became fewer by more than one small area became larger.

    All of them may have been that area's, so that its increase is rightly not told.
    """
    incidents = page.report.data.cleaning.incidents
    blank = incidents[incidents["area"] == "unknown"]["occurred_from"]
    before, now = (blank.between(f"{y}-09-01", f"{y}-12-31").sum() for y in (2024, 2025))
    assert before - now > 59 - 18 > 0
    return [row for row in gone if "city-of-london-001c last_year 59 59 18.0 " not in row]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tertial", "weekly", "intervention"])
@pytest.mark.parametrize("place", INPUTS)
def test_of_undamaged_inputs_nothing_is_withdrawn(place: str, kind: str) -> None:
    if place not in available():
        pytest.skip("the folder of real data is not on this machine")
    asked = getattr(INPUTS[place], kind)
    if not asked:
        pytest.skip(f"{place} has nothing for a report {kind}")
    pages = [
        undamaged(place, kind, insats) for insats in (asked if kind == "intervention" else [""])
    ]
    gone = [row for page in pages for row in withdrawn_in(page)]
    if (place, kind) == ("city_of_london", "tertial"):
        gone = less_the_one_of_fewer_blanks(pages[0], gone)
    assert gone == []
    assert [sentence for page in pages for sentence in leads_alone(page)] == []
    if kind == "tertial":  # a single week may be one in which nothing stands out
        assert all(claims_of(page) for page in pages)


MANY = pytest.param(range(1000, 1200), marks=NIGHTLY, id="200")
AS_MANY = pytest.mark.parametrize("numbers", [MANY])


@cache
def outcomes(numbers: range) -> list[Outcome]:
    """What random damages did; the same for all that is asked of them."""
    return [outcome(number, available()) for number in numbers]


@pytest.mark.parametrize("numbers", [pytest.param(range(8), marks=pytest.mark.slow, id="8"), MANY])
def test_random_damages_break_no_report(numbers: range, capsys: pytest.CaptureFixture[str]) -> None:
    made = outcomes(numbers)
    with capsys.disabled():
        print("", *map(told_of, made), table_of(made), where(made), sep="\n")
    assert [one.broken for one in made if one.broken] == []
    assert any(not one.refused for one in made)


@AS_MANY
def test_random_damages_make_nothing_up(numbers: range) -> None:
    seen = [one for one in outcomes(numbers) if one.kind not in UNSEEABLE]
    assert [item for one in seen for item in (*one.created, *one.alone, *one.astray)] == []


@AS_MANY
def test_small_damages_cost_little(numbers: range) -> None:
    seen = [one for one in outcomes(numbers) if one.kind not in UNSEEABLE]
    small = [one for one in seen if not one.refused and one.share < SMALL]
    assert sum(one.claims for one in small)
    assert lost(small) <= MOST_LOST


# ---- the harness itself ----


def test_every_exhibit_is_declared() -> None:
    claiming = {*CLAIMS, *SENTENCES, *FORECASTS}
    assert not claiming & NO_CLAIMS.keys()
    shown = set()
    for kind in ("tertial", "weekly", "intervention"):
        notebook = nbformat.read(notebook_file(kind, "sv"), as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                shown |= set(exhibits_of(cell.source))
    assert shown == claiming | NO_CLAIMS.keys()
    for texts in SENTENCES.values():
        assert all(set(pattern(key).groupindex) >= set(names) for key, names in texts.items())


def page(*rows: tuple[str, str, str], summary: tuple[str, ...] = ()) -> Page:
    """A page with areas of one actor: area, verdict and deviation."""
    columns = ["actor", "area", "comparison", "verdict"]
    areas = [["polisen", area, "last_year", verdict] for area, verdict, _ in rows]
    other = [["polisen", area, deviation] for area, _, deviation in rows]
    exhibits = {
        "areas": {"columns": columns, "rows": areas},
        "area_deviations": {"columns": ["actor", "area", "deviation"], "rows": other},
        "summary": {"findings": list(summary)},
    }
    return Page("tertial", PERIOD, exhibits)


def damage_of(area: str, day: str) -> Damage:
    row = {"actor": "polisen", "area": area, "category": "brand", "day": pd.Timestamp(day)}
    return Damage("area_blank", "", pd.DataFrame([row]))


def compared(before: Page, made: Page, damage: Damage) -> Outcome:
    told = Outcome(0, "area_blank", EXAMPLE, "", 0)
    compare(told, before, made, damage)
    return told


def test_a_claim_that_a_damage_made_is_created() -> None:
    sound = page(("centrum", "no_clear_change", "as_expected"), ("hagalund", "increase", "more"))
    damaged = page(("centrum", "decrease", "as_expected"), ("hagalund", "increase", "more"))
    told = compared(sound, damaged, damage_of("centrum", "2025-10-01"))
    assert told.created == ["tertial areas: polisen centrum last_year: decrease"]
    assert (told.claims, told.withdrawn, told.faded, told.others) == (2, [], [], [])


def test_a_claim_of_other_rows_or_of_what_is_unread_is_told_apart() -> None:
    sound = page(("centrum", "no_clear_change", "as_expected"))
    damaged = page(("centrum", "decrease", "as_expected"), ("unmapped", "increase", "too_little"))
    told = compared(sound, damaged, damage_of("hagalund", "2025-10-01"))
    assert told.created == []
    assert told.others == ["tertial areas: polisen centrum last_year: decrease"]
    assert told.unread == ["tertial areas: polisen unmapped last_year: increase"]
    long_ago = compared(sound, damaged, damage_of("centrum", "2023-06-01"))
    assert long_ago.created == []


def test_a_model_s_claim_rests_on_all_that_came_before() -> None:
    sound = page(("centrum", "no_clear_change", "as_expected"))
    damaged = page(("centrum", "no_clear_change", "fewer"))
    told = compared(sound, damaged, damage_of("centrum", "2023-06-01"))
    assert told.created == ["tertial area_deviations: polisen centrum: fewer"]


def test_what_is_withdrawn_is_no_claim_and_what_is_judged_otherwise_has_faded() -> None:
    sound = page(("centrum", "decrease", "fewer"), ("hagalund", "increase", "more"))
    damaged = page(("centrum", WITHDRAWN, "as_expected"))
    told = compared(sound, damaged, damage_of("centrum", "2025-10-01"))
    assert told.created == []
    assert told.withdrawn == [
        "tertial area_deviations: polisen hagalund: more",
        "tertial areas: polisen centrum last_year: decrease",
        "tertial areas: polisen hagalund last_year: increase",
    ]
    assert told.faded == ["tertial area_deviations: polisen centrum: fewer"]
    assert (told.marks, lost([told])) == (1, 75.0)


def test_a_value_that_nobody_has_declared_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="nobody has said whether verdict = perhaps"):
        claims_of(page(("centrum", "perhaps", "more")))


def test_a_sentence_first_on_the_page_is_one_of_the_page() -> None:
    said = (
        "Polisen: säkerställd minskning. 115 händelser mot 170 samma period förra året. "
        "Kvoten per rapporterad vecka är 0,68 (osäkerhetsintervall 0,50–0,90)."
    )
    led = page(("centrum", "decrease", "fewer"), summary=(said, "Uppföljningen är försenad: X."))
    assert leads_alone(led) == [said]
    led.exhibits["totals"] = {"findings": [said]}
    assert leads_alone(led) == []


def test_each_kind_can_be_drawn_and_touches_rows(sound: Given) -> None:
    for number, kind in enumerate(KINDS):
        if kind == "counts_masked":
            with pytest.raises(damage_kinds.NotHereError):
                damage_kinds.drawn(kind, sound, np.random.default_rng(number))
            continue
        for small in (False, True):
            rng = np.random.default_rng([number, small])
            damage = next(found for found in draws(kind, sound, rng, small))
            assert damage.rows
            assert (
                not small or damage.rows < SMALL * len(sound.data.incidents) or kind == "file_gone"
            )


def draws(kind: str, sound: Given, rng: np.random.Generator, small: bool) -> Iterator[Damage]:
    while True:
        try:
            yield damage_kinds.drawn(kind, sound, rng, small=small)
        except damage_kinds.NotHereError:
            continue


def test_a_file_that_is_rewritten_says_the_same(sound: Given, tmp_path: Path) -> None:
    folder = copied(sound, tmp_path)
    latest = {one.actor: one.file for one in sound.data.cleaning.deliveries}
    for actor, name in latest.items():
        rewrite(folder / "exports" / name, sound.settings.sources[actor], lambda _: None)
    again = load_dataset(load_settings(folder), sound.data.as_of)
    pd.testing.assert_frame_equal(again.incidents, sound.data.incidents)


def test_a_damage_does_what_it_says_and_no_more(sound: Given, tmp_path: Path) -> None:
    rows = sound.rows_of("exempelbostader")
    damage = renamed_area(rows)
    made = alone(copied(sound, tmp_path, damage), "exempelbostader").incidents
    whole = sound.data.incidents[sound.data.incidents["actor"] == "exempelbostader"]
    counts = (whole["area"].value_counts(), made["area"].value_counts())
    moved = (counts[1].astype(int) - counts[0].astype(int)).fillna(0)
    assert moved["norrbacka"] == -damage.rows
    assert moved["unmapped"] == damage.rows
    assert len(made) == len(whole)


@pytest.mark.parametrize(
    ("cell", "swapped"),
    [
        ("3/9-25", "9/3-25"),
        ("03.09.2025 14:10", "09.03.2025 14:10"),
        ("2025-09-03 14:10", "2025-03-09 14:10"),
        (dt.datetime(2025, 9, 3, 14, 10), dt.datetime(2025, 3, 9, 14, 10)),
        ("13/9-25", None),
        ("4.4.2025", None),
    ],
)
def test_day_and_month_change_places_as_they_are_written(cell: Any, swapped: Any) -> None:
    source: Any = SimpleNamespace(columns={"occurred_from": Column(("Datum",))})
    raw = RawFile(Path("x.csv"), source, {2: [cell]}, ["Datum"])
    assert raw.swap_day_and_month(2) is (swapped is not None)
    assert raw.rows[2] == [cell if swapped is None else swapped]


def test_a_silence_is_as_rare_as_chance_makes_it() -> None:
    days = pd.date_range("2024-01-01", "2025-12-28", freq="D").as_unit("s")
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"day": np.repeat(days, rng.poisson(0.5, len(days)))}).assign(count=1)
    first = pd.Timestamp("2025-11-03")
    found = [silence(rows, first, first + pd.Timedelta(days=7 * n - 1)) for n in (1, 2, 4)]
    assert np.allclose(np.log(found), [-3.5, -7, -14], rtol=0.25)
