"""A first declaration from the exports themselves: here is guessed, and nowhere else.

Every guess has a comment, and what nothing in the files can tell is written as a question.
"""

from est_analysis.draft.guessed import Known
from est_analysis.draft.missing import missing_lines
from est_analysis.draft.write import draft

__all__ = ["Known", "draft", "missing_lines"]
