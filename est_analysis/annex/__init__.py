"""The report's numbers as a workbook, and as CSV: made of what the page was released, only."""

from est_analysis.annex.delimited import csv_files
from est_analysis.annex.excel import workbook
from est_analysis.annex.sheets import Cell, Sheet, annex_sheets

__all__ = ["Cell", "Sheet", "annex_sheets", "csv_files", "workbook"]
