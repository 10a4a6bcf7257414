"""What a figure function returns, and the marks that figures can carry."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Picture:
    """A figure as SVG text, the same byte for byte each time.

    Attributes
    ----------
    svg
        A whole SVG document without scripts or outside references.
    alt
        What it shows, for those who do not see it; empty when the caller is to say it.
    """

    svg: str
    alt: str = ""


@dataclass(frozen=True)
class Span:
    """A named stretch of days to mark in a figure, both ends inclusive; `end` None is open."""

    name: str
    start: dt.date | pd.Timestamp
    end: dt.date | pd.Timestamp | None = None
