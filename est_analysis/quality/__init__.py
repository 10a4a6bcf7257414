"""Is the data basis good enough? Tables and checks on deliveries, rows, coverage and delay."""

from est_analysis.quality.basis import (
    breaks,
    coverage_summary,
    data_basis,
    delays,
    reporters,
    silent_weeks,
)
from est_analysis.quality.deliveries import deliveries_follow
from est_analysis.quality.judge import LARGEST_REJECTED, check_data
from est_analysis.quality.moved import moved_areas
from est_analysis.quality.reconcile import control_totals, counted_twice, stated_sums
from est_analysis.quality.remedy import usual_cause
from est_analysis.quality.rows import (
    delivered_files,
    duplicate_candidates,
    rejected_share,
    replaced_rows,
    rows_by_reason,
    spans,
    tally,
    to_do,
    unread,
)
from est_analysis.quality.sudden import sudden_changes

__all__ = [
    "LARGEST_REJECTED",
    "breaks",
    "check_data",
    "control_totals",
    "counted_twice",
    "coverage_summary",
    "data_basis",
    "delays",
    "delivered_files",
    "deliveries_follow",
    "duplicate_candidates",
    "moved_areas",
    "rejected_share",
    "replaced_rows",
    "reporters",
    "rows_by_reason",
    "silent_weeks",
    "spans",
    "stated_sums",
    "sudden_changes",
    "tally",
    "to_do",
    "unread",
    "usual_cause",
]
