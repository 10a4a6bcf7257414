"""The few named errors an analyst can meet.

Each says four things: what was expected, what was found (and where), where to change it, and what
happens otherwise. They are shown as text by the ``est`` command; no traceback for a foreseeable
fault. What was found may be a person, and errors are stored (a failed notebook is): so every error
hides it here, where nobody can forget to.
"""

from __future__ import annotations

from typing import ClassVar

MOST_ALSO = 30  # other faults that a message lists


class EstError(Exception):
    """A fault that the analyst can mend.

    What was found is hidden, line by line, where it holds personal data.

    Parameters
    ----------
    what
        One line: what could not be done.
    expected, found
        What the program looked for, and what stood there (value, file, row).
    change
        Where to change it, and how.
    otherwise
        What happens as long as it is not changed.

    Attributes
    ----------
    also
        Other faults that were found at the same time.

    Examples
    --------
    >>> print(EstError("cannot read a.csv", expected="a header row", found="an empty file",
    ...                change="export the file again", otherwise="no report is made"))
    cannot read a.csv
      expected   a header row
      found      an empty file
      change it  export the file again
      otherwise  no report is made
    """

    _names: ClassVar[bool] = False  # hide persons' names too; folders often have their users'

    def __init__(
        self, what: str, *, expected: str, found: str, change: str, otherwise: str
    ) -> None:
        from est_analysis.privacy import masked  # needs numpy: not before there is an error

        super().__init__(what)
        self.what = what
        self.expected = expected
        self.found = "\n".join(masked(found.split("\n"), names=self._names))
        self.change = change
        self.otherwise = otherwise
        self.also: tuple[EstError, ...] = ()

    def __str__(self) -> str:
        rows = (
            ("expected", self.expected),
            ("found", self.found),
            ("change it", self.change),
            ("otherwise", self.otherwise),
            *(("also", f"{other.found}; {other.change}") for other in self.also[:MOST_ALSO]),
            *([("also", f"{len(self.also) - MOST_ALSO} more")] if self.also[MOST_ALSO:] else []),
        )
        return "\n".join([self.what, *(f"  {name:<10} {text}" for name, text in rows)])


class SettingsError(EstError):
    """Something under ``params/`` cannot be used as it stands."""


class SourceError(EstError):
    """An export cannot be read as its declaration says."""

    _names = True


class PeriodError(EstError):
    """A period that does not exist or cannot be understood."""


class ReportError(EstError):
    """A report could not be made; an earlier good one is left untouched."""
