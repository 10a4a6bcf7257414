"""Which reports a batch is to make: from ``batch.yaml``, or from a command's options."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from est_analysis.calendar import Period, parse_period
from est_analysis.config import Settings
from est_analysis.config.section import OTHERWISE, Section, nearest
from est_analysis.config.yaml_file import read_settings_file
from est_analysis.errors import SettingsError
from est_analysis.language import LANGUAGES
from est_analysis.report.run import report_name
from est_analysis.workspace import notebook_file

FILE = "batch.yaml"
AUDIENCES = ("internal", "public")
WHOLE, EACH = "whole", "each"
LATEST = "latest-"
_FIRST = {  # the label of the period that a day is in
    "week": lambda day: "{}-W{:02}".format(*day.isocalendar()[:2]),
    "month": lambda day: f"{day.year}-{day.month:02}",
    "quarter": lambda day: f"{day.year}-Q{(day.month + 2) // 3}",
    "tertial": lambda day: f"{day.year}-T{(day.month + 3) // 4}",
    "half-year": lambda day: f"{day.year}-H{(day.month + 5) // 6}",
    "year": lambda day: f"{day.year}",
}


@dataclass(frozen=True)
class Wanted:
    """Kinds, periods, areas, audiences and insatser, of which every combination is a report.

    Attributes
    ----------
    periods
        As `est_analysis.calendar.parse_period` reads them, or ``latest-tertial`` and the like.
    areas
        Ids, ``whole`` for the municipality, ``each`` for every area. Not for insatser's reports.
    interventions
        Ids, or ``each``; for the report ``intervention``.
    """

    kind: str
    periods: tuple[str, ...]
    areas: tuple[str, ...] = (WHOLE,)
    audiences: tuple[str, ...] = ("internal",)
    interventions: tuple[str, ...] = (EACH,)
    languages: tuple[str, ...] = ("sv",)
    where: str = field(default="the command", compare=False)


@dataclass(frozen=True, order=True)
class Job:
    """One report to be made."""

    kind: str
    period: str
    area: str = ""
    intervention: str = ""
    audience: str = "internal"
    language: str = "sv"

    @property
    def name(self) -> str:
        """The name of its folder."""
        return report_name(**self.parameters())

    def parameters(self) -> dict[str, str]:
        """What `est_analysis.report.run_report` is told, beside the municipality."""
        told = {
            "kind": self.kind,
            "period": self.period,
            "area": self.area,
            "intervention": self.intervention,
            "audience": self.audience,
        }
        return told if self.language == "sv" else {**told, "language": self.language}


def read_batch_file(path: Path) -> tuple[list[Wanted], str]:
    """What ``batch.yaml`` asks for, and the language of the batch's index.

    Raises
    ------
    SettingsError
        When the file is not there, or holds what is not known.
    """
    section = read_settings_file(path)
    language = section.choice("language", LANGUAGES, "sv")
    wanted = [_wanted(item, language) for item in section.sections("reports")]
    if not wanted:
        section.refuse(
            "reports",
            expected="at least one entry under reports:",
            found="none",
            change="write - kind: tertial and its periods",
        )
    section.done()
    return wanted, language


def _wanted(item: Section, language: str) -> Wanted:
    wanted = Wanted(
        kind=item.text("kind"),
        periods=item.texts("periods"),
        areas=item.texts("areas", (WHOLE,)),
        audiences=item.texts("audiences", ("internal",)),
        interventions=item.texts("interventions", (EACH,)),
        languages=item.texts("languages", (language,)),
        where=f"{item.path.name}, line {item.line}",
    )
    item.done()
    return wanted


def plan(wanted: Iterable[Wanted], settings: Settings, as_of: dt.date) -> list[Job]:
    """Every report that is asked for, each once, by kind, period, area and audience.

    Parameters
    ----------
    wanted
        Combinations; what two of them ask for is made once.
    as_of
        The day of the extract: ``latest-tertial`` is the last that has ended by then.

    Raises
    ------
    SettingsError
        When a kind, an area, an insats, an audience or a language is not known.
    PeriodError
        When a period cannot be understood.
    """
    jobs: dict[Job, None] = {}
    for one in wanted:
        notebook_file(one.kind)
        _known(one.audiences, AUDIENCES, "audience", one.where)
        _known(one.languages, LANGUAGES, "language", one.where)
        periods = [period_of(text, as_of).label for text in one.periods]
        for period in periods:
            for place in _places(one, settings):
                for audience in one.audiences:
                    for language in one.languages:
                        made = Job(one.kind, period, audience=audience, language=language)
                        jobs[replace(made, **place)] = None
    return list(jobs)


def period_of(text: str, as_of: dt.date) -> Period:
    """A period as written; ``latest-tertial`` and the like are over by the end of `as_of`.

    Examples
    --------
    >>> period_of("latest-tertial", dt.date(2026, 1, 12)).label
    '2025-T3'
    >>> period_of("latest-week", dt.date(2026, 1, 12)).label
    '2026-W02'
    >>> period_of("latest-tertial", dt.date(2025, 12, 31)).label
    '2025-T3'
    """
    kind = text.removeprefix(LATEST)
    if kind == text:
        return parse_period(text)
    if kind not in _FIRST:
        raise SettingsError(
            f'cannot understand the period "{text}"',
            expected=", ".join(LATEST + word for word in _FIRST),
            found=f'"{text}"',
            change=nearest(text, [LATEST + word for word in _FIRST]),
            otherwise=OTHERWISE,
        )
    return parse_period(_FIRST[kind](as_of + dt.timedelta(days=1))).before()


def _places(one: Wanted, settings: Settings) -> list[dict[str, str]]:
    """Which insatser or areas: the words that tell one report from the next."""
    if one.kind == "intervention":
        known = list(settings.interventions)
        _known([i for i in one.interventions if i != EACH], known, "insats", one.where)
        chosen = [n for word in one.interventions for n in (known if word == EACH else [word])]
        return [{"intervention": name} for name in chosen]
    areas = list(settings.areas)
    _known([a for a in one.areas if a not in (WHOLE, EACH)], areas, "area", one.where)
    return [
        {"area": name}
        for word in one.areas
        for name in {WHOLE: [""], EACH: areas}.get(word, [word])
    ]


def _known(words: Iterable[str], known: Iterable[str], what: str, where: str) -> None:
    for word in words:
        if word not in known:
            raise SettingsError(
                f'no {what} "{word}"',
                expected=f"one of {', '.join(known) or 'none yet'}",
                found=f'"{word}" in {where}',
                change=nearest(word, known),
                otherwise=OTHERWISE,
            )
