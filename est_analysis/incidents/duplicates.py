"""The same event twice: removed within an actor by its identity, only listed across actors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.incidents.overlaps import Signs, overlaps, refuse_overlap
from est_analysis.incidents.translate import Translated
from est_analysis.incidents.when import When
from est_analysis.sources import Coded, Export
from est_analysis.sources.coded import combined, folded
from est_analysis.written_dates.grains import MINUTE

MOST_LISTED = 200_000  # pairs; more are counted, not listed
WHOLE_DAY = np.timedelta64(1, "D")

Rows = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Said:
    """What the figures are made of, per row: when, where, what and how many."""

    when: When
    areas: Translated
    categories: Translated
    count: npt.NDArray[np.int32]

    @property
    def values(self) -> tuple[npt.NDArray[np.int64 | np.int32], ...]:
        """Each of them as numbers: an unknown moment equals itself."""
        return (
            self.when.start.view(np.int64),
            self.when.end.view(np.int64),
            self.areas.codes,
            self.categories.codes,
            self.count,
        )

    def differs(self, rows: npt.NDArray[np.int64], others: npt.NDArray[np.int64]) -> Rows:
        """Where a row says something else than another one."""
        found = np.zeros(len(rows), dtype=bool)
        for values in self.values:
            found |= values[rows] != values[others]
        return found


@dataclass(frozen=True)
class Repeated:
    """Rows that stand again elsewhere.

    Attributes
    ----------
    reasons
        ``same_file``: of a file delivered again. ``replaced``: the file named in the note says
        something else of the same case or count, or has its last row, which is dropped.
        ``same_identity``: the same again, or corrected in the same file.
    earlier, later
        Rows of one case: the later one is used.
    """

    reasons: list[tuple[Rows, str, str]]
    earlier: npt.NDArray[np.int64]
    later: npt.NDArray[np.int64]


def repeated(export: Export, kept: Rows, dropped: Rows, said: Said) -> Repeated:
    """Rows that stand again in a later row or file, which is used in their place.

    Rows without an identity (its first header is blank) are never duplicates of each other. Counts
    without identity are identified by time, area, type and place, between files: of two deliveries
    that overlap the later one counts. So it does for other files of the same days where the source
    declares ``overlap: last``; with ``add`` all files count.

    Parameters
    ----------
    export, kept
        The rows, and which of them are still in use.
    dropped
        Rows of the actor that the source's ``drop`` leaves out. They stand for their case, too:
        where its last row is annulled, no earlier one counts. Other actors' rows (``only``) say
        nothing of it: their cases may have the same numbers.
    said
        What the figures are made of.

    Raises
    ------
    SourceError
        Where files without identity are of the same days and nothing is declared.
    """
    none = np.zeros(0, dtype=np.int64)
    again = np.array([delivery.repeats is not None for delivery in export.deliveries], dtype=bool)
    single = len(again) < 2 and export.source.twice != "last"
    if single and not export.source.identity:
        return Repeated([], none, none)
    same_file = again[export.file] & kept if len(again) else np.zeros(len(export), dtype=bool)
    used = np.full(len(export), -1, dtype=np.int64)  # the file that is used in a row's place
    differs = np.zeros(len(export), dtype=bool)
    earlier = later = none
    if export.source.identity:
        earlier, later = _same_case(export, kept & ~same_file, dropped, said)
        used[earlier] = export.file[later]
        corrected = said.differs(earlier, later) & (export.file[earlier] != export.file[later])
        differs[earlier] = dropped[later] | corrected
    elif export.source.overlap != "add":
        if export.source.shape == "counts":
            used, differs = _counted_again(export, kept & ~same_file, said)
        _use_the_last(export, kept & ~same_file & (said.count > 0), said, used, differs)
    replaced = [
        (differs & (used == number), "replaced", export.deliveries[number].file)
        for number in np.unique(used[differs]).tolist()
    ]
    reasons = [(same_file, "same_file", ""), *replaced, (used >= 0, "same_identity", "")]
    return Repeated(reasons, earlier, later)


def _same_case(
    export: Export, kept: Rows, dropped: Rows, said: Said
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows of cases that come again, and for each the last row, which is the corrected one."""
    columns = [export.columns[f"column {header}"] for header in export.source.identity]
    keys, _ = combined([*columns, *_restarting(export, said)])
    # a part without its case's number is no identity: every case has a part 1
    none = {"", *(folded(text) for text in export.source.no_identity)}
    named = columns[0].flags([folded(word) not in none for word in columns[0].words])
    rows = np.flatnonzero((kept | dropped) & named)
    earlier = rows[pd.Series(keys[rows]).duplicated(keep="last").to_numpy()]
    earlier = earlier[kept[earlier]]
    last = np.zeros(int(keys.max(initial=-1)) + 1, dtype=np.int64)
    last[keys[rows]] = rows  # the last one stays
    return earlier, last[keys[earlier]]


def _restarting(export: Export, said: Said) -> list[Coded]:
    """In what case numbers begin again: the year or month of registration, or the file."""
    restarts = export.source.identity_restarts
    if not restarts:
        return []
    if restarts == "file":
        return [Coded(export.file.astype(np.int32), tuple(map(str, range(len(export.deliveries)))))]
    reported, begun = said.when.reported_at, said.when.start
    moment = np.where(np.isnat(reported), begun, reported)
    unit = "datetime64[Y]" if restarts == "year" else "datetime64[M]"
    codes, words = pd.factorize(moment.astype(unit).astype(np.int64))
    return [Coded(codes.astype(np.int32), tuple(map(str, words)))]


def _counted_again(export: Export, kept: Rows, said: Said) -> tuple[npt.NDArray[np.int64], Rows]:
    """Counts that a later file gives again: the same time, area, type and place.

    In one file the later row is used where the source says so (``twice: last``), for the same words
    of area and type; where it says nothing they are added, and doubted.
    """
    about = {"file": export.file.astype(np.int64), "count": said.count}
    frame = pd.DataFrame(about, copy=False)[kept]
    frame["key"] = count_keys(export, said, kept)
    used = np.full(len(export), -1, dtype=np.int64)
    differs = np.zeros(len(export), dtype=bool)
    if export.source.twice == "last":
        frame["words"] = count_keys(export, said, kept, in_words=True)
        twice = frame.duplicated(["file", "words"], keep="last")
        used[frame.index[twice]] = frame["file"][twice]
        frame = frame[~twice]
    frame["newest"] = frame.groupby("key")["file"].transform("max")
    sums = frame.groupby(["key", "file"])["count"].sum()
    earlier = frame[frame["file"] < frame["newest"]]
    there, here = (
        sums.reindex(pd.MultiIndex.from_frame(earlier[["key", name]])).to_numpy()
        for name in ("newest", "file")
    )
    used[earlier.index] = earlier["newest"]
    differs[earlier.index] = there != here
    return used, differs


def count_keys(export: Export, said: Said, kept: Rows, *, in_words: bool = False) -> pd.Series:
    """A number for each `_identity` of the rows that are `kept`."""
    identity = _identity(export, said, in_words=in_words)
    frame = pd.DataFrame(identity, copy=False)[kept]
    return frame.groupby(list(identity), sort=False).ngroup()


def _identity(export: Export, said: Said, *, in_words: bool = False) -> dict[str, npt.NDArray[Any]]:
    """Time, area, type and place: what was read, not how it was written.

    NORR is Norr, and a day that a spreadsheet has written with its midnight is that day. With
    `in_words` two words of one area are two.
    """
    start, end = said.when.start, said.when.end
    midnight = (start == end) & (start == start.astype("datetime64[D]"))
    return {
        "start": start,
        "end": np.where(midnight, start + WHOLE_DAY, end),
        "area": said.areas.codes,
        "category": said.categories.codes,
        **_words_left(export, said, every=in_words),
    }


def _use_the_last(
    export: Export, kept: Rows, said: Said, used: npt.NDArray[np.int64], differs: Rows
) -> None:
    """Of files of the same days note that the later is used, or refuse them: as is declared."""
    signs = _signs(export, said)
    for found in overlaps(export, kept, used >= 0, signs):
        if export.source.overlap != "last":
            refuse_overlap(export, found, signs)
        used[found.here] = found.later
        differs[found.here] = True


def _signs(export: Export, said: Said) -> Signs:
    start, reported = said.when.start, said.when.reported_at
    every = pd.DataFrame({**_identity(export, said), "count": said.count}, copy=False)
    minute = said.when.precision == MINUTE
    return Signs(
        begun=start,
        registered=np.where(np.isnat(reported), start, reported),
        key=np.asarray(
            every.groupby(list(every), sort=False, dropna=False).ngroup(), dtype=np.int64
        ),
        moment=np.where(minute, start.astype(np.int64), -1),
        parts=(said.areas.codes.astype(np.int64), said.categories.codes.astype(np.int64)),
    )


def _words_left(
    export: Export, said: Said, *, every: bool = False
) -> dict[str, npt.NDArray[np.int32]]:
    """Codes of the words that no id stands for: places, and what has no translation; or of all."""
    found = {}
    for name, ids in (("area", said.areas), ("category", said.categories), ("place", None)):
        if name in export.columns:
            column = export.columns[name]
            folded = Coded(column.codes, tuple(word.casefold() for word in column.words)).distinct()
            codes = folded.codes
            if ids is not None and not every:
                codes = np.where(ids.codes == ids.ids.index(UNMAPPED), codes, np.int32(-1))
            found[f"{name} in words"] = codes
    return found


def candidates(incidents: pd.DataFrame, window_minutes: int) -> tuple[pd.DataFrame, int]:
    """Pairs of incidents of different actors that may be the same event.

    Same area, same main category, both known to the minute, and at most `window_minutes` apart.
    They are shown and counted, never merged.

    Returns
    -------
    DataFrame
        ``row``, ``other_row`` (index in `incidents`), ``actor``, ``other_actor``, ``area``,
        ``category``, ``minutes`` apart; at most 200,000.
    int
        How many pairs there are in all.
    """
    names = ["row", "other_row", "actor", "other_actor", "area", "category", "minutes"]
    exact = incidents[
        (incidents["precision"] == "minute")
        & ~incidents["area"].isin([UNKNOWN, UNMAPPED])
        & ~incidents["category"].isin([UNKNOWN, UNMAPPED])
    ]
    time = exact["occurred_from"].to_numpy("datetime64[s]").astype(np.int64)
    actor = exact["actor"].cat.codes.to_numpy()
    group = exact.groupby(["area", "category"], observed=True).ngroup().to_numpy()
    order = np.lexsort((time, group))
    time, actor, group = time[order], actor[order], group[order]
    rows = exact.index.to_numpy()[order]
    found: list[pd.DataFrame] = []
    total = 0
    for step in range(1, len(rows)):
        near = (group[step:] == group[:-step]) & (time[step:] - time[:-step] <= window_minutes * 60)
        if not near.any():
            break
        first = np.flatnonzero(near & (actor[step:] != actor[:-step]))
        if total < MOST_LISTED:
            found.append(
                pd.DataFrame(
                    {
                        "row": rows[first],
                        "other_row": rows[first + step],
                        "minutes": (time[first + step] - time[first]) / 60,
                    }
                )
            )
        total += len(first)
    if not found:
        return pd.DataFrame(columns=names), 0
    pairs = pd.concat(found, ignore_index=True).head(MOST_LISTED)
    for name, side in (("actor", "row"), ("other_actor", "other_row")):
        pairs[name] = incidents["actor"].loc[pairs[side]].astype(str).to_numpy()
    for name in ("area", "category"):
        pairs[name] = incidents[name].loc[pairs["row"]].astype(str).to_numpy()
    return pairs[names], total
