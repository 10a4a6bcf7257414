"""What a report's periods are compared with, in words and with its days."""

from __future__ import annotations

from dataclasses import replace

from est_analysis.calendar import Period
from est_analysis.language import Language

LONGER = "longer."  # before the key of a text: what it is where the period is longer than a year


def language_for(language: Language, period: Period) -> Language:
    """The texts of a report on a period: every comparison has the days of what it is against.

    Of a period that is longer than a year no sentence says *last year*.

    Examples
    --------
    >>> from est_analysis.calendar import parse_period
    >>> from est_analysis.language import language
    >>> words = language_for(language("sv"), parse_period("2025-T3"))
    >>> words.value("comparison", "last_year")
    'samma period förra året (1 september–31 december 2024)'
    """
    texts = dict(language.texts)
    if period.years > 1:
        texts |= {
            key.removeprefix(LONGER): text
            for key, text in language.texts.items()
            if key.startswith(LONGER)
        }
    year = period.last_12_months()
    dates = {
        "last_year": _days(period.earlier(), language),
        "mean_3_years": _several([period.earlier(n) for n in (3, 2, 1)], language),
        "last_12_months": language.text(
            "number.against", one=_days(year, language), other=_days(year.earlier(), language)
        ),
    }
    for kind, days in dates.items():
        texts[f"value.comparison.{kind}"] = f"{texts[f'value.comparison.{kind}']} ({days})"
    return replace(language, texts=texts)


def _days(period: Period, language: Language) -> str:
    return language.date_range(period.start, period.end)


def _several(periods: list[Period], language: Language) -> str:
    """The days of some periods; of the same ones in several years once, with the years."""
    years = [period.end.year for period in periods]
    named = [_days(period, language) for period in periods]
    endings = [f" {year}" for year in years]
    stems = {name.removesuffix(end) for name, end in zip(named, endings, strict=True)}
    inside = all(period.start.year == period.end.year for period in periods)
    if inside and len(stems) == 1:
        return language.text("word.in_years", days=stems.pop(), years=_listed(years, language))
    return "; ".join(named)


def _listed(years: list[int], language: Language) -> str:
    *first, last = map(str, years)
    return f"{', '.join(first)} {language.text('word.and')} {last}"
