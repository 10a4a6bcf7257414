"""What is lost has not been reported: of that there is no zero, in any table or series."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import pandas as pd

from est_analysis.config import UNKNOWN, UNMAPPED, Settings
from est_analysis.config.model import Responsibility


def silenced(settings: Settings, runs: pd.DataFrame) -> Settings:
    """The settings in which actors have not reported what is lost: of that there is no zero.

    Stretches of a whole actor are its coverage's, not its responsibility's.
    """
    sources = dict(settings.sources)
    for run in runs.to_dict("records"):
        if run["elsewhere"] or (run["area"] is None and run["category"] is None):
            continue
        source = sources[run["actor"]]
        rules = [part for rule in source.responsibilities for part in _split(rule, run, settings)]
        sources[run["actor"]] = replace(source, responsibilities=tuple(rules))
    return replace(settings, sources=sources)


def _split(
    rule: Responsibility, run: dict[Hashable, Any], settings: Settings
) -> list[Responsibility]:
    """A responsibility as one for what is silent for some days, and those for the rest."""
    areas = rule.areas or (*settings.areas, UNKNOWN, UNMAPPED)
    kinds = rule.categories or (*settings.main_categories(), UNKNOWN, UNMAPPED)
    own_areas = tuple(a for a in areas if run["area"] in (None, a))
    own_kinds = tuple(
        c for c in kinds if run["category"] is None or settings.main_category(c) == run["category"]
    )
    if not own_areas or not own_kinds:
        return [rule]
    days = (run["first"].date(), run["last"].date())
    parts = [replace(rule, areas=own_areas, categories=own_kinds, silent=(*rule.silent, days))]
    other_areas = tuple(a for a in areas if a not in own_areas)
    other_kinds = tuple(c for c in kinds if c not in own_kinds)
    if other_areas:
        parts.append(replace(rule, areas=other_areas, categories=kinds))
    if other_kinds:
        parts.append(replace(rule, areas=own_areas, categories=other_kinds))
    return parts
