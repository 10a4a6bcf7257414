"""A report's parameters are known words before they become a line of code or a file's name."""

from __future__ import annotations

from est_analysis.config import Settings
from est_analysis.config.section import nearest
from est_analysis.errors import ReportError
from est_analysis.extract_day import day_asked

UNTOUCHED = "no page is written; an earlier report is left as it was"


def refuse_unknown(
    settings: Settings, area: str, intervention: str, audience: str, as_of: str
) -> None:
    """Refuse an area, insats, audience or day that the settings do not know."""
    told = [key for key, insats in settings.interventions.items()
            if audience != "public" or insats.public == "full"]  # fmt: skip
    for name, value, known in (
        ("area", area, ["", *settings.areas]),
        ("intervention", intervention, ["", *told]),
        ("audience", audience, ["internal", "public"]),
    ):
        if value not in known:
            raise ReportError(
                f"no such {name}",
                expected=f"one of {', '.join(filter(None, known[:30])) or 'none'}",
                found=f"{value!r}",
                change=f"--{name}: {nearest(value, filter(None, known))}",
                otherwise=UNTOUCHED,
            )
    day_asked(as_of)
