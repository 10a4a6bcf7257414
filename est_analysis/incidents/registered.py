"""What was registered by the day of the extract: the rest of a file did not exist then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from est_analysis.incidents.refusals import REGISTERED_LATER, Refusals
from est_analysis.incidents.when import Read, read_registered
from est_analysis.sources import Export


def registered_by(export: Export, limit: np.datetime64) -> tuple[Export, Read | None, pd.DataFrame]:
    """An export as it was at a moment, when its rows were registered, and the rows left out.

    They are left out before anything else is looked at: a case that was corrected or annulled
    later stands as it did, and a value that came later is in no list. Rows of which nothing says
    when they were registered stay; their own dates decide.
    """
    reported = read_registered(export)
    if reported is None:
        return export, None, Refusals(export).table().head(0)
    later = reported.start >= limit  # never of what is blank
    if not later.any():
        return export, reported, Refusals(export).table().head(0)
    left_out = Refusals(replace(export, faults=export.faults.head(0)))
    left_out.refuse(later, REGISTERED_LATER, "reported_at")
    return export.where(~later), reported.where(~later), left_out.table()
