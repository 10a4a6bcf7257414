"""Which problems first? The criteria that data can give, beside those that people must judge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis import rates
from est_analysis.calendar import Period
from est_analysis.comparisons import (
    LEVEL,
    claims_that_stand,
    compare_periods,
    population,
    series_dispersions,
)
from est_analysis.config import UNKNOWN, UNMAPPED, Judgement
from est_analysis.counts.coverage import LEAST_REPORTED
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.doubt import Doubt, unread_of
from est_analysis.counts.panel import period_totals
from est_analysis.counts.same_days import NOT_COMPARED
from est_analysis.sharing import shared

Problem = tuple[str, str, str, float]  # actor, area, category, count
KEYS = ["actor", "area", "category"]
GRADES = ("not_judged", "little", "some", "much")
JUDGED = ("seriousness", "affected", "influence")


@shared
def priorities(
    data: Dataset, period: Period, most: int = 3, among: Sequence[Problem] | None = None
) -> pd.DataFrame:
    """The priority matrix: each actor's largest problems against Brå's criteria.

    Frequency, change and difference from other areas are computed. How serious a problem is, how
    many it affects and whether the actors can influence it are read from ``judgements.yaml`` and
    shown as judgement; what nobody has judged is said to be so.

    Parameters
    ----------
    most
        Problems (area × category) of each actor, the largest first: actors count different things,
        so their problems are not ranked against each other by count.
    among
        The problems to choose among, each with a count, where readers may not know of others: which
        are the largest is then decided by these counts, and the order is the settings'.

    Returns
    -------
    DataFrame
        ``actor``, ``area``, ``category``, ``count``, ``share`` (of the actor's incidents of this
        category in the whole municipality, per cent), ``verdict`` (against the same period last
        year) and ``compared`` (what of it, as in `compare_periods`), ``reference_count``
        (the municipality's other areas together, those of which at least half the period was
        reported; NA where none was), ``ratio`` with ``lower`` and ``upper`` (incidents per
        inhabitant and reported day against the other areas; per area where some population is not
        given), ``local`` (``higher``, ``lower``, ``no_clear_difference``, ``too_little_data``), and
        ``seriousness``, ``affected`` and ``influence`` (``much``, ``some``, ``little``,
        ``not_judged``), ``judged`` (by whom and when), ``doubt`` (numbers of `Unread.causes` that
        take ``verdict`` or ``local`` back: ``cannot_be_judged``). Intervals hold together
        (Bonferroni). Ordered by how many criteria speak for a problem (an increase, higher than
        elsewhere, each judged some or much), then as the settings are. In a municipality of one
        area nothing that is against other areas.

    Notes
    -----
    A list that is chosen by counts tells of them, also where they are hidden in it, and an order by
    criteria tells the criteria.
    """
    everywhere = data if data.area is None else data.whole()
    cells = period_totals(everywhere, period, KEYS)
    cells = cells[~cells[KEYS].isin([UNKNOWN, UNMAPPED]).any(axis=1)]
    whole = cells.groupby(["actor", "category"], observed=True)["count"].transform("sum")
    table = cells.assign(whole=whole, size=cells["count"])
    if data.area is not None:
        table = table[table["area"].isin(data.settings.areas_within(data.area))]
    if among is not None:
        sizes = {problem[:3]: problem[3] for problem in among}
        keys = [tuple(row) for row in table[KEYS].astype(str).to_numpy()]
        table["size"] = [sizes.get(key, 0.0) for key in keys]
    table = table.sort_values("size", ascending=False, kind="stable")
    table = table[table["size"].fillna(0) > 0].groupby("actor", observed=True).head(most)
    table = table.sort_values(KEYS, kind="stable").reset_index(drop=True)
    if table.empty:
        return pd.DataFrame()
    table["share"] = 100 * table["count"].astype("Float64") / table["whole"].astype("Float64")
    table = _changed(table, data, period)
    table = _against_others(table, everywhere, period)
    table = _judged(table, data)
    met = (
        (table["verdict"] == "increase").astype(int)
        + (table["local"] == "higher")
        + table[list(JUDGED)].isin(["some", "much"]).sum(axis=1)
    )
    if among is None:
        table = table.assign(met=met).sort_values("met", ascending=False, kind="stable")
    against = ["reference_count", "ratio", "lower", "upper", "local"]
    names = [*KEYS, "count", "share", "verdict", "compared", *against, *JUDGED, "judged", "doubt"]
    if cells["area"].nunique() < 2:
        names = [name for name in names if name not in ("share", *against)]
    return table[names].reset_index(drop=True)


def _changed(table: pd.DataFrame, data: Dataset, period: Period) -> pd.DataFrame:
    """Against the same period last year, of the area's own problem."""
    change = compare_periods(data, period, KEYS, family=True)
    change = change[change["comparison"] == "last_year"][[*KEYS, "verdict", "compared", "doubt"]]
    joined = _plain(table).merge(_plain(change), on=KEYS, how="left")
    return joined.fillna({"verdict": "too_little_data", "compared": NOT_COMPARED, "doubt": ""})


def _against_others(table: pd.DataFrame, data: Dataset, period: Period) -> pd.DataFrame:
    """The rate in the area against that of the actor's other areas together."""
    phi = _plain(series_dispersions(data, period, KEYS))
    table = table.merge(phi, on=KEYS, how="left")
    cells = _comparable(period_totals(data, period, KEYS), data)
    own, rest, others = [], [], []
    for row in table.to_dict("records"):
        same = cells[(cells["actor"] == row["actor"]) & (cells["category"] == row["category"])]
        size = _sizes(same["area"].tolist(), data, period) * same["days_reported"].to_numpy(float)
        mine = (same["area"] == row["area"]).to_numpy()
        own.append(float(size[mine].sum()))
        rest.append(float(size[~mine].sum()))
        others.append(float(same["count"][~mine].sum()) if rest[-1] > 0 else np.nan)
    ratios = claims_that_stand(
        _doubt_of_both(table, data, period),
        lambda more, before: rates.without_vague(
            rates.rate_ratios(
                table["count"].to_numpy(float) + more,
                own,
                np.array(others) + before,
                rest,
                dispersion=table["dispersion"].to_numpy(float),
                level=1 - (1 - LEVEL) / len(table),
            )
        ),
        np.ones(len(table), dtype=bool),
    )
    words = {"increase": "higher", "decrease": "lower", "no_clear_change": "no_clear_difference"}
    return table.assign(
        reference_count=pd.array(others, dtype="Int64"),
        ratio=np.where(np.array(others) > 0, ratios["ratio"], np.nan),
        lower=ratios["lower"].to_numpy(),
        upper=ratios["upper"].to_numpy(),
        local=[words.get(word, word) for word in ratios["verdict"]],
        doubt=[
            " ".join(dict.fromkeys(f"{a} {b}".split()))
            for a, b in zip(table["doubt"], ratios["doubt"], strict=True)
        ],
    )


def _doubt_of_both(table: pd.DataFrame, data: Dataset, period: Period) -> Doubt:
    """How far each problem's count may be off, and those of the areas that it is held against.

    What has lost its area may be any one area's; what is lost with its area adds up over them.
    """
    unread, of_type = unread_of(data), ["actor", "category"]
    now, before = [period], [period.earlier()]
    own = unread.doubt(table[KEYS], now, before, lost="all")
    if not unread.by_actor:
        return own
    cells = _plain(period_totals(data, period, KEYS))
    parts = unread.doubt(cells[KEYS], now, before, lost="all")
    single = cells[of_type].assign(most=parts.more).groupby(of_type)["most"].max()
    types = pd.MultiIndex.from_frame(_plain(table)[of_type])
    together = unread.doubt(table[of_type], now, before, lost="all")
    others = single.reindex(types).fillna(0.0).to_numpy(float) + together.more
    causes = cells[of_type].assign(cause=parts.causes, most=parts.more).sort_values("most")
    weightiest = causes.groupby(of_type)["cause"].last().reindex(types).fillna("").tolist()
    words = [next(filter(None, three), "") for three in
             zip(own.causes, together.causes, weightiest, strict=True)]  # fmt: skip
    return Doubt(own.more, own.less + others, own.before + others, words)


def _comparable(cells: pd.DataFrame, data: Dataset) -> pd.DataFrame:
    """Counts of named areas of which enough was reported."""
    enough = cells["count"].notna() & (cells["days_reported"] >= LEAST_REPORTED * cells["days"])
    named = cells["area"].isin(list(data.settings.areas))
    return _plain(cells[enough & named & (cells["days_reported"] > 0)])


def _sizes(areas: list[str], data: Dataset, period: Period) -> npt.NDArray[np.float64]:
    """Inhabitants of each area; one each where some area's are not given."""
    people = [population(data, area, period.end) for area in areas]
    known = all(number for number in people)
    return np.array([float(number or 0) if known else 1.0 for number in people])


def _judged(table: pd.DataFrame, data: Dataset) -> pd.DataFrame:
    found = {(item.category, item.area): item for item in data.settings.judgements}
    rows = [
        found.get((row["category"], row["area"])) or found.get((row["category"], None))
        for row in table.to_dict("records")
    ]
    for name in JUDGED:
        table[name] = [_grade(item, name) for item in rows]
    table["judged"] = ["" if item is None else _by_whom(item) for item in rows]
    return table


def _by_whom(item: Judgement) -> str:
    return f"{item.who} {item.date}" + (f": {item.note}" if item.note else "")


def _grade(item: Judgement | None, name: str) -> str:
    grade = None if item is None else getattr(item, name)
    return GRADES[grade or 0]


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Keys as texts, so that tables of different categories can be joined."""
    return table.astype(dict.fromkeys(KEYS, "str"))
