"""Since when a register file has been there is what the run log has, and is not claimed."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
from small_town import SmallTown

from est_analysis.archive import first_read, readings
from est_analysis.report import start

INSATS = """\
id: ljus
name: Ljus
what: Lampor
areas: [norr]
categories: [brak]
actors: [vakten]
start: 2024-10-01
owner: Gatukontoret
goal: färre
"""
FILE = "interventions/ljus.yaml"


def read_on(day: str, text: str | None) -> dict[str, Any]:
    """A reading of the run log, with or without the file."""
    sums = {} if text is None else {FILE: hashlib.sha256(text.encode()).hexdigest()}
    return {"at": f"{day}+00:00", "settings": {"areas.yaml": "0" * 64, **sums}}


@pytest.mark.parametrize(
    ("log", "first", "since"),
    [
        ([], None, None),
        ([("2024-09-02T10:00:00", None)], None, None),
        ([("2024-09-02T10:00:00", INSATS)], "2024-09-02", "2024-09-02"),
        ([("2024-09-02T23:30:00", INSATS)], "2024-09-03", "2024-09-03"),  # local time
        (
            [
                ("2024-08-02T10:00:00", None), ("2024-09-02T10:00:00", "x"),
                ("2024-09-09T10:00:00", INSATS), ("2024-10-09T10:00:00", INSATS),
            ],
            "2024-09-02", "2024-09-09",
        ),
        (
            [
                ("2024-09-02T10:00:00", INSATS), ("2024-09-09T10:00:00", "x"),
                ("2024-10-09T10:00:00", INSATS),
            ],
            "2024-09-02", "2024-10-09",
        ),
        ([("2024-09-02T10:00:00", "x")], "2024-09-02", None),
    ],
)  # fmt: skip
def test_the_days_are_those_of_the_run_log(
    town: SmallTown,
    monkeypatch: pytest.MonkeyPatch,
    log: list[tuple[str, str | None]],
    first: str | None,
    since: str | None,
) -> None:
    town.files[FILE] = INSATS
    settings = town.load()
    entries = [read_on(*one) for one in reversed(log)]
    monkeypatch.setattr(readings, "latest", lambda folder, event: iter(entries))
    found = first_read(settings, settings.interventions["ljus"].path)
    assert tuple(f"{day}" if day else None for day in found) == (first, since)


def test_a_file_is_first_read_today_by_its_first_report(town: SmallTown) -> None:
    town.files[FILE] = INSATS
    folder = str(town.write())
    report = start("tertial", folder, "2024-T3")
    path = report.settings.interventions["ljus"].path
    today = dt.date.today()
    assert first_read(report.settings, path) == (today, today)
    path.write_text(INSATS.replace("färre", "mycket färre"), encoding="utf-8")
    assert first_read(report.settings, path) == (today, None)  # not read as it is now
    start("tertial", folder, "2024-T3")
    assert first_read(report.settings, path) == (today, today)
