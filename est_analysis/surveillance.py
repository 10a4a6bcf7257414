"""More than usual? Every series of a week, or of some weeks together, against what was expected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import Settings
from est_analysis.counts.coverage import BY_MONTH
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.doubt import CANNOT_BE_JUDGED, Doubt, unread_of
from est_analysis.counts.panel import period_totals
from est_analysis.expected import LEAST_STEPS, predictive
from est_analysis.sharing import shared
from est_analysis.usual import Usual, joined, named, share_inside, unjudged, usual

Numbers = npt.NDArray[np.float64]

BOUND = 0.99  # of what may come when nothing unusual happens, each way
FALSE_DISCOVERIES = 0.10  # of the signals, on average, are chance
LEAST_IN_SIGNAL = 3  # incidents: one or two are never called more than usual
SIGNALS = ("signal", "above", "usual", "below", "too_little", "not_reported", BY_MONTH)
NOT_JUDGED = ("too_little", "not_reported", BY_MONTH)
WINDOW_WEEKS = 4
_SCORES = ("count", "expected", "usual_from", "usual_to", "score", "probability")


@shared
def signals(data: Dataset, period: Period, by: list[str]) -> pd.DataFrame:
    """Each series' count in a period against what was expected before it began.

    Parameters
    ----------
    period
        A week, or several: its whole weeks (months) are added up, each actor's in its own steps.
    by
        Among ``actor``, ``area``, ``category``; ``actor`` must be one of them.

    Returns
    -------
    DataFrame
        `by`, ``count`` (NA when a step was not reported at all), ``expected`` (at the reporting
        there was), ``usual_from`` and ``usual_to`` (counts up to which 99 % of such weeks reach,
        each way), ``score`` (0 as expected, 1 at the upper bound), ``probability`` (of as many or
        more when nothing unusual happens), ``signal``: ``signal`` (above the bound, and so clearly
        that at most one in ten of the table's signals is expected to be chance), ``above`` (above
        the bound; in a long table some are, by chance), ``usual``, ``below``, ``too_little``
        (under half a year of history), ``not_reported``, ``by_month`` (the actor's dates do not
        tell of the period, so nothing is counted), ``cannot_be_judged`` (it would be above or
        below, unless what is unread belongs here: ``doubt`` has the numbers of `Unread.causes`).
        The strongest first. Nothing is expected of what was not reported.

    Notes
    -----
    False discoveries: Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x, over
    all series of the table. The model: `est_analysis.expected.expected_counts`.
    """
    table = signals_of(*usual(data, period, by), coarse=unjudged(data, period, by))
    doubt = unread_of(data).against_history(table[by], period)
    up, down = table["signal"].isin(["signal", "above"]), table["signal"] == "below"
    table = without_doubtful(table, "signal", doubt, up, down)
    return without_lost(data, table, "signal", period, by)


def without_lost(
    data: Dataset, table: pd.DataFrame, column: str, period: Period, by: list[str]
) -> pd.DataFrame:
    """Say of rows that are lost that they cannot be judged, not that they were not reported."""
    silent = np.array(unread_of(data).silenced(table[by], [period]), dtype=object)
    lost = (table[column] == "not_reported").to_numpy() & (silent != "")
    table = table.assign(doubt=np.where(lost, silent, table["doubt"]))
    return table.assign(**{column: table[column].mask(lost, CANNOT_BE_JUDGED)})


def without_doubtful(
    table: pd.DataFrame, column: str, doubt: Doubt, up: pd.Series, down: pd.Series
) -> pd.DataFrame:
    """Take back what is said of counts that lie outside their bounds by what is unread alone.

    Parameters
    ----------
    table
        With ``count``, ``usual_from`` and ``usual_to``.
    up, down
        Rows of which it is said that they are above, and below, their bounds.

    Returns
    -------
    DataFrame
        The same; in `column` ``cannot_be_judged`` where it is taken back or said of no known area
        or type, and ``doubt``: the numbers of `Unread.causes` behind that.
    """
    count = table["count"].to_numpy(dtype=float, na_value=np.nan)
    lower, upper = _bounds_moved(table, doubt)
    stands = (up & (doubt.moved(count, False) > table["usual_to"]) & (count > upper)) | (
        down & (doubt.moved(count, True) < table["usual_from"]) & (count < lower)
    )
    keys = table[[name for name in ("area", "category") if name in table]]
    back = ((up | down) & (~stands | ~named(keys))).to_numpy(bool)
    table = table.assign(doubt=np.where(back, doubt.causes, ""))
    return table.assign(**{column: table[column].mask(back, CANNOT_BE_JUDGED)})


def _bounds_moved(table: pd.DataFrame, doubt: Doubt) -> tuple[Numbers, Numbers]:
    """The bounds that there would be, if what is unread belonged to what is expected of a row.

    A bound lies as many roots of the expected count from it as before.
    """
    expected = np.maximum(table["expected"].to_numpy(dtype=float, na_value=np.nan), 1e-9)
    ends = []
    for bound, level in (
        ("usual_from", np.maximum(expected - doubt.more, 0)),
        ("usual_to", expected + doubt.less),
    ):
        away = table[bound].to_numpy(dtype=float, na_value=np.nan) - expected
        ends.append(level + away * np.sqrt(level / expected))
    return ends[0], ends[1]


def signals_of(*fitted: Usual, coarse: Sequence[pd.DataFrame] = ()) -> pd.DataFrame:
    """`signals` of models that are fitted already; chance is allowed for over all of them.

    Parameters
    ----------
    coarse
        Keys of series of which the period's counts are not known: `usual.unjudged`.
    """
    parts = [_scores(found).assign(dated=True) for found in fitted]
    parts += [keys.reindex(columns=[*keys, *_SCORES]).assign(dated=False) for keys in coarse]
    table = pd.concat(parts, ignore_index=True).astype({"count": "Int64"})
    count = table["count"].to_numpy(dtype=float, na_value=np.nan)
    probability = table["probability"].to_numpy(float)
    above = (count > table["usual_to"]) & (count >= LEAST_IN_SIGNAL)
    chosen = named(table)
    kept = discoveries(np.where(chosen, probability, np.nan), FALSE_DISCOVERIES)
    table["signal"] = np.select(
        [~table.pop("dated"), np.isnan(count), table["expected"].isna(), above & kept, above,
         count < table["usual_from"]],
        [BY_MONTH, "not_reported", "too_little", "signal", "above", "below"],
        "usual",
    )  # fmt: skip
    return table.sort_values("probability", kind="stable", ignore_index=True)


def _scores(found: Usual) -> pd.DataFrame:
    """Each series' count, what was expected of it, and how far it is from that."""
    now, model = found.now, found.model
    count = np.where(np.isnan(now.counts).any(axis=1), np.nan, now.counts.sum(axis=1))
    mean, variance = model.reported(now.exposure).total()
    mean = np.where(np.isnan(count), np.nan, mean)  # 0 would be taken for a forecast
    upper = predictive.upper_bound(BOUND, mean, variance)
    lower, _ = predictive.interval(2 * BOUND - 1, mean, variance)
    probability = predictive.exceedance(count, mean, variance)
    return now.keys.assign(
        count=pd.Series(count).astype("Int64"),
        expected=mean,
        usual_from=lower,
        usual_to=upper,
        score=(count - mean) / np.maximum(upper - mean, 1e-9),
        probability=probability,
    )


def standing_out(table: pd.DataFrame, most: int = 12) -> pd.DataFrame:
    """The series of `signals` that are above their bound, the strongest first, at most `most`.

    Where none is, the three nearest to it, so that the reader sees what was looked for. Every row
    has ``series_judged`` and ``series_above``: of how many series they are the strongest, and how
    many of those are above the bound and no signals.
    """
    above = table[table["signal"].isin(["signal", "above"])]
    judged = table[table["signal"].isin(["usual", "below"])]
    chosen = above.head(most) if len(above) else judged.head(3)
    return chosen.assign(
        series_judged=len(above) + len(judged), series_above=int((above["signal"] == "above").sum())
    ).reset_index(drop=True)


def in_order(table: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The series of `signals` in the order of the settings, those of no known type left out."""
    order = {
        "actor": list(settings.sources),
        "area": list(settings.areas),
        "category": list(settings.categories),
    }
    keys = [name for name in order if name in table]
    kept = table[named(table[keys])]
    return pd.DataFrame(
        kept.sort_values(
            keys, key=lambda column: column.map(order[str(column.name)].index), ignore_index=True
        )
    )


@shared
def deviations(data: Dataset, period: Period, by: list[str]) -> pd.DataFrame:
    """A period's totals by calendar date against what was expected before it began.

    Answers: is it more than the level, the season and the calendar let expect?

    Parameters
    ----------
    period
        Both ends inclusive; a week (month) that shares days with it counts by its share, or, where
        dates are known to these only, whole or not at all.
    by
        Among ``actor``, ``area``, ``category``; ``actor`` must be one of them.

    Returns
    -------
    DataFrame
        `by`, ``count``, ``expected`` (at the reporting there was), ``usual_from`` and ``usual_to``
        (between which all the table's counts lie together with 95 %: Bonferroni),
        ``deviation``: ``more``, ``fewer``, ``as_expected``, ``too_little`` (under half a year of
        history), ``not_reported``, ``by_month`` (the actor's dates do not tell of the period),
        ``cannot_be_judged`` and ``doubt`` as in `signals`. Nothing is expected of what was not
        reported.
    """
    fitted = usual(data, period, by)
    parts = [
        part
        for found in fitted
        for part in (_expected(data, found, period), _rare(data, found, period))
    ]
    columns = [*by, "expected", "variance"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    totals = period_totals(data, period, by)[[*by, "count", "most", "coverage"]]
    table = totals.astype(dict.fromkeys(by, str)).merge(table, on=by, how="left")
    count = table["count"].to_numpy(dtype=float, na_value=np.nan)
    mean, variance = (table[name].to_numpy(float) for name in ("expected", "variance"))
    family = int((named(table[by]) & ~np.isnan(mean)).sum())
    mean = np.where(np.isnan(count), np.nan, mean)
    lower, upper = predictive.interval(1 - 0.05 / max(family, 1), mean, variance)
    table = table.assign(expected=mean, usual_from=lower, usual_to=upper)
    table["deviation"] = np.select(
        [table["coverage"] == BY_MONTH, np.isnan(count), np.isnan(mean), count > upper,
         count < lower],
        [BY_MONTH, "not_reported", "too_little", "more", "fewer"],
        "as_expected",
    )  # fmt: skip
    names = [*by, "count", "most", "expected", "usual_from", "usual_to", "deviation"]
    kept = pd.DataFrame(table[names][named(table[by])]).reset_index(drop=True)
    doubt = unread_of(data).against_history(kept[by], period)
    more, fewer = kept["deviation"] == "more", kept["deviation"] == "fewer"
    kept = without_doubtful(kept, "deviation", doubt, more, fewer)
    return without_lost(data, kept, "deviation", period, by)


def _expected(data: Dataset, found: Usual, period: Period) -> pd.DataFrame:
    """Mean and variance of each series' count in a period, at the reporting there was."""
    inside = share_inside(data, found.now, period)
    mean, variance = found.model.reported(found.now.exposure * inside).total()
    return found.now.keys.assign(expected=mean, variance=variance)


def _rare(data: Dataset, found: Usual, period: Period) -> pd.DataFrame:
    """The same of series that have never met an incident, in half a year or more of reporting.

    None in so many weeks is knowledge of a rate too: Jeffreys' prior, half an incident in them.
    """
    quiet = found.quiet
    if quiet is None:
        return found.now.keys.iloc[:0].assign(expected=0.0, variance=0.0)
    first = found.now.starts[0]
    before, now = quiet.before(first).exposure, quiet.since(first)
    known = (before > 0).sum(axis=1) >= LEAST_STEPS
    ahead = (now.exposure * share_inside(data, now, period)).sum(axis=1)
    mean = 0.5 * ahead / np.maximum(before.sum(axis=1), 1e-9)
    table = quiet.keys.assign(expected=mean, variance=mean + 2 * mean**2)
    return pd.DataFrame(table[known])


def discoveries(probability: npt.ArrayLike, share: float) -> npt.NDArray[np.bool_]:
    """Which of many small probabilities are real, when a share of those named may be chance.

    Benjamini and Hochberg's step-up rule; NaN is no test.

    Examples
    --------
    >>> discoveries([0.001, 0.03, 0.04, 0.9, float("nan")], 0.1).tolist()
    [True, True, True, False, False]
    """
    p = np.asarray(probability, dtype=float)
    tested = np.sort(p[~np.isnan(p)])
    passed = np.flatnonzero(tested <= share * np.arange(1, len(tested) + 1) / max(len(tested), 1))
    limit = tested[passed[-1]] if len(passed) else -1.0
    return np.asarray(p <= limit)


def window(period: Period, weeks: int = WINDOW_WEEKS) -> Period:
    """The weeks up to a period's end, as a period: where one week is too small to tell."""
    return Period("", "days", period.end - dt.timedelta(days=7 * weeks - 1), period.end)


@shared
def week_by_week(data: Dataset, period: Period, by: list[str], steps: int = 26) -> pd.DataFrame:
    """The steps up to a period's end, each against what those before it let expect.

    Parameters
    ----------
    steps
        How many, the period's own among them: weeks, or months of actors whose dates are known by
        month, who are left out where the period has no whole one.

    Returns
    -------
    DataFrame
        `by`, ``start``, ``observed`` (NaN when not reported), ``expected`` (at the reporting there
        was; NaN when none), ``lower_95`` and ``upper_95`` (between which 95 % of such steps lie),
        ``score`` as in `signals`. The year's shape is estimated from the whole history before the
        period; for what a report of an earlier week would have said, see `signals` of that week.
    """
    parts = [_by_step(found, steps) for found in usual(data, period, by)]
    columns = [*by, "start", "observed", "expected", "lower_95", "upper_95", "score"]
    return joined(data, parts, columns)


def _by_step(found: Usual, steps: int) -> pd.DataFrame:
    history, now, model = found.history, found.now, found.model.reported(found.now.exposure)
    starts = history.starts.append(now.starts)[-steps:]
    kept = [np.concatenate(pair, axis=1)[:, -steps:] for pair in (
        (history.counts, now.counts),
        (model.past, model.mean),
        (model.past_variance, model.variance),
    )]  # fmt: skip
    count, mean, variance = kept
    mean = np.where(np.isnan(count), np.nan, mean)
    lower, upper = predictive.interval(0.95, mean, variance)
    bound = predictive.upper_bound(BOUND, mean, variance)
    score = (count - mean) / np.maximum(bound - mean, 1e-9)
    table = now.keys.loc[now.keys.index.repeat(len(starts))].reset_index(drop=True)
    table = table.assign(start=np.tile(starts, len(now.keys)), observed=count.ravel())
    for name, values in (
        ("expected", mean), ("lower_95", lower), ("upper_95", upper), ("score", score)
    ):  # fmt: skip
        table[name] = values.ravel()
    return pd.DataFrame(table[named(now.keys).repeat(len(starts))]).reset_index(drop=True)
