"""What each stored file has to hold, as far as the program reads it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from est_analysis.calendar import parse_period
from est_analysis.config.paths import is_inside, is_safe_id
from est_analysis.errors import PeriodError
from est_analysis.stored_json.shape import (
    ANYTHING,
    FLAG,
    NUMBER,
    TEXT,
    Check,
    both,
    letters,
    list_of,
    mapping,
    one_of,
    or_null,
    record,
    word,
)


def is_name(text: str) -> bool:
    r"""Whether a text names something in a folder, and leads nowhere else.

    Examples
    --------
    >>> [is_name(text) for text in ("åmål", "..", ".", "", "/etc", "a/b", "a\\b", "C:x")]
    [True, False, False, False, False, False, False, False]
    """
    return is_inside(text) and not {"/", "\\"} & set(text) and Path(text).name == text


def _reads(read: Callable[[str], Any]) -> Callable[[str], bool]:
    """Whether a text can be read as what it is to be."""

    def fits(text: str) -> bool:
        try:
            read(text)
        except (ValueError, OverflowError, PeriodError):
            return False
        return True

    return fits


MUNICIPALITY = word("the name of a folder in params/, no path", is_name)
ID = word("an id of small letters a–z, digits, - _ or .", is_safe_id)
ID_OR_NONE = word("an id, or nothing", lambda text: not text or is_safe_id(text))
SHA256 = letters("[0-9a-f]{64}", "a SHA-256 (64 letters)")
VERSION = letters(r"[\w.+!-]{1,60}", "a version")
DAY = word("a day such as 2025-01-31", _reads(dt.date.fromisoformat))
DAY_OR_NONE = word("a day, or nothing", _reads(lambda text: text and dt.date.fromisoformat(text)))
MOMENT = word("a day and time (ISO 8601)", _reads(dt.datetime.fromisoformat))
PERIOD = word("a period such as 2025-T3", _reads(parse_period))
AUDIENCE = one_of("internal", "public")
LANGUAGE = letters("[a-z]{2}", "a language of two letters")
NOTEBOOK = letters(r"[a-z0-9][a-z0-9_.-]{0,59}\.ipynb", "a notebook's file name")
CHECKSUMS = mapping(TEXT, SHA256)
VERSIONS = both(mapping(VERSION, VERSION), lambda _: record({"est_analysis": VERSION}))

PARAMETERS = {"period": PERIOD, "audience": AUDIENCE, "language": LANGUAGE}
PLACES = {"area": ID_OR_NONE, "intervention": ID_OR_NONE}
RULE = record(
    {"audience": AUDIENCE},
    {
        "minimum": NUMBER,
        "round_to": NUMBER,
        "hide_zeros": FLAG,
        "method": one_of("suppress", "round"),
    },
)
PUBLIC_RULE = record({"minimum": NUMBER, "round_to": NUMBER, "hide_zeros": FLAG, "method": TEXT})
ROWS = dict.fromkeys(("read", "kept", "rejected", "duplicates"), NUMBER)
DELIVERY = record({"actor": TEXT, "file": TEXT, "sha256": SHA256})

MANIFEST = record(
    {
        "created": MOMENT,
        "notebook": record({"file": NOTEBOOK, "sha256": SHA256}),
        "program": SHA256,
        "parameters": record({"municipality": MUNICIPALITY, **PARAMETERS}, PLACES),
        "kind": ID,
        "municipality": MUNICIPALITY,
        "name": TEXT,
        "fictional": FLAG,
        "period": PERIOD,
        "area": ID_OR_NONE,
        "audience": AUDIENCE,
        "language": LANGUAGE,
        "as_of": DAY,
        "inputs": list_of(record({"actor": TEXT, "sha256": SHA256}, {"file": TEXT})),
        "rows": list_of(record({"actor": TEXT, **ROWS})),
        "settings": CHECKSUMS,
        "versions": VERSIONS,
        "results": or_null(SHA256),
        "reading": NUMBER,
        "disclosure": record(
            {},
            {
                "rule": both(
                    RULE,
                    lambda rule: PUBLIC_RULE if rule["audience"] == "public" else ANYTHING,
                ),
                "hidden": NUMBER,
            },
        ),
    },
    {
        "files": CHECKSUMS,
        "reported": list_of(
            record({"actor": TEXT, "days": NUMBER, "days_reported": or_null(NUMBER)})
        ),
    },
)
CLEANING = record(
    {
        "schema": NUMBER,
        "candidate_pairs": NUMBER,
        "deliveries": list_of(
            record(
                {
                    "actor": TEXT,
                    "file": TEXT,
                    "sha256": SHA256,
                    "size": NUMBER,
                    "rows": NUMBER,
                    "repeats": or_null(TEXT),
                    "others": NUMBER,
                }
            )
        ),
    }
)
INVENTED = record({"files": CHECKSUMS})
RESULTS = record(
    {
        "exhibits": list_of(
            record({"id": TEXT}, {"columns": list_of(TEXT), "rows": list_of(list_of(ANYTHING))})
        )
    }
)
SNAPSHOT = record(
    {
        "kept": MOMENT,
        "form": one_of("cleaned", "raw"),
        "as_of": DAY,
        "deliveries": list_of(DELIVERY),
        "settings": CHECKSUMS,
        "program": SHA256,
        "objects": mapping(word("a file name that stays in its folder", is_inside), SHA256),
    }
)
LOG_HEAD = record({"entries": NUMBER, "hash": SHA256})
EVENTS: Mapping[str, Check] = {
    "reading": record(
        {
            "as_of": DAY,
            "deliveries": list_of(DELIVERY),
            "actors": mapping(
                TEXT,
                record(
                    {
                        "months": mapping(TEXT, NUMBER),
                        "begins": DAY_OR_NONE,
                        "reaches": DAY_OR_NONE,
                        "declared": SHA256,
                    }
                ),
            ),
        }
    ),
    "report": record(
        {
            "kind": ID,
            "parameters": record(PARAMETERS, PLACES),
            "versions": VERSIONS,
            "program": SHA256,
            "reading": NUMBER,
        }
    ),
    "edition": record({"file": TEXT, "tertials": list_of(NUMBER), "supersedes": TEXT}),
    "purge": record({"before": DAY, "removed": mapping(TEXT, NUMBER), "left": NUMBER}),
}
LOG = both(
    record({"entry": NUMBER, "at": MOMENT, "event": TEXT, "previous": SHA256}),
    lambda entry: EVENTS.get(entry["event"], ANYTHING),
)
