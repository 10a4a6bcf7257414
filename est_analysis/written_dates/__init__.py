"""Dates and times of day as Swedish exports write them."""

from est_analysis.written_dates.dates import moved, read_dates
from est_analysis.written_dates.faults import ambiguous_forms, dst_faults, form_faults
from est_analysis.written_dates.times import read_times

__all__ = ["ambiguous_forms", "dst_faults", "form_faults", "moved", "read_dates", "read_times"]
