"""Start a report in a notebook; run it, render it, and write what belongs beside it."""

from est_analysis.report.begin import start
from est_analysis.report.run import Written, run_report
from est_analysis.report.session import Report

__all__ = ["Report", "Written", "run_report", "start"]
