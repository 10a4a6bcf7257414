"""Begin a report in a notebook: settings, exports, period and rule."""

from __future__ import annotations

from est_analysis.archive import archive_folder, public_editions, record_reading
from est_analysis.calendar import Period, parse_period, tertial_of
from est_analysis.config import load_settings
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.disclosure import DisclosureRule, tertials_of
from est_analysis.errors import PeriodError, ReportError, SettingsError
from est_analysis.exports import ensure_exports
from est_analysis.extract_day import day_of_extract
from est_analysis.language import language as language_of
from est_analysis.quality import check_data, usual_cause
from est_analysis.report import provenance
from est_analysis.report.compared_words import language_for
from est_analysis.report.place import cannot_write
from est_analysis.report.registered import superseding
from est_analysis.report.session import Report
from est_analysis.workspace import settings_folder

INTERNAL_ONLY = ("data_quality",)
WEEKLY = ("weekly",)


def start(
    kind: str,
    municipality: str = "exempelkommun",
    period: str = "2025-T3",
    area: str = "",
    audience: str = "internal",
    as_of: str = "",
    language: str = "sv",
    intervention: str = "",
) -> Report:
    """Begin a report: settings checked, exports read and cleaned, period and rule set.

    Parameters
    ----------
    kind
        The notebook's name.
    municipality
        A folder in ``params/``, or a path to one.
    period
        ``2025-T3``, ``2025-Q2``, ``2025-03``, ``2025-W14``, ``2025-01-01..2025-02-15`` …
    area
        One area's id; empty for the whole municipality.
    audience
        ``internal`` or ``public``.
    as_of
        Day of the extract; empty for the settings' own, else the last of the files.
    language
        ``sv`` or ``en``: of tables, figures and findings. The notebook's own text is in the
        language of its folder.
    intervention
        The id of the insats that the report is about: its name stands in the page's head.

    Returns
    -------
    Report
        Show it as a cell's last line: it is the page's head.

    Raises
    ------
    EstError
        When settings, exports or parameters cannot be used; it says what to change.
    """
    if kind in INTERNAL_ONLY and audience != "internal":
        raise ReportError(
            f"no public edition of {kind}",
            expected="audience internal: the report shows raw values and file rows",
            found=f"audience {audience}",
            change="leave out --audience, or choose another report",
            otherwise="no report is made",
        )
    language_of(language)  # an unknown one is refused before anything is read
    settings = load_settings(settings_folder(municipality))
    when = parse_period(period)
    words = language_for(language_of(language), when)
    if kind in WEEKLY and when.kind != "week":
        raise PeriodError(
            f"the report {kind} is of one week",
            expected="a week, such as 2025-W14 or 2025-v14",
            found=period,
            change="--period, or the notebook's period",
            otherwise="no report is made",
        )
    if audience == "public" and kind not in WEEKLY and tertials_of(when) is None:
        raise PeriodError(
            "a public edition is of whole tertials",
            expected="a tertial or some together, such as 2025-T3 or 2025",
            found=period,
            change="--period, or --audience internal",
            otherwise="no report is made: the difference of two periods could be a small count",
        )
    if area and area not in settings.areas:
        raise SettingsError(
            f'no area "{area}"',
            expected=f"one of {', '.join(settings.areas)}, or nothing for all",
            found=f'area = "{area}"',
            change="the report's parameter area",
            otherwise="no report is made",
        )
    ensure_exports(settings)
    data = load_dataset(settings, day_of_extract(as_of, settings))
    _refuse_before_data(data, when)
    _refuse_failed(data, when)
    try:
        reading = record_reading(data, provenance.checksums(settings), provenance.program())
    except OSError as fault:
        raise cannot_write(archive_folder(settings), fault) from fault
    rule = DisclosureRule(
        audience,
        settings.disclosure.minimum,
        settings.disclosure.hide_zeros,
        settings.disclosure.method,
        settings.disclosure.round_to,
    )
    editions = public_editions(settings) if audience == "public" else []
    own = data.in_area(area) if area else data
    report = Report(
        kind, own, when, rule, words, reading, editions=editions, superseding=superseding()
    )
    report.insats = report.intervention(intervention) if intervention else None
    return report


def _refuse_before_data(data: Dataset, period: Period) -> None:
    """Refuse a period of which nobody can have reported anything."""
    days = [data.coverage.first_day(actor) for actor in data.settings.sources]
    known = [day for day in days if day is not None]
    if known and period.end < min(known):
        first = min(known)
        raise PeriodError(
            f"no data so early: they begin {first}",
            expected=f"a period that ends {first} or later",
            found=f"{period.label}, which ends {period.end}",
            change=f"ask for a later period, such as {tertial_of(first).label}",
            otherwise="no report is made: nothing could be said in it",
        )


def _refuse_failed(data: Dataset, period: Period) -> None:
    for check in check_data(data, period):
        if check.status == "failed":
            source = data.settings.sources[check.subject]
            cause = usual_cause(data, check.subject)
            raise ReportError(
                f"too many rows of {source.name} cannot be used",
                expected=f"{cause.expected}; at most {check.limit:.0%} of the rows left out",
                found=f"{check.value:.0%}; {cause.found}",
                change=f"{cause.key}; est check lists the reasons",
                otherwise="no report is made: its totals would be wrong",
            )
