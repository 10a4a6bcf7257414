"""Workbooks whose bytes depend on their content only, not on when they are written."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

_WRITTEN = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def same_bytes(workbook: bytes, day: dt.date) -> bytes:
    """The workbook as if written at midnight of a day."""
    stream = io.BytesIO()
    moment = f"{day:%Y-%m-%d}T00:00:00Z".encode()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _WRITTEN.sub(moment, content)
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            new.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()
