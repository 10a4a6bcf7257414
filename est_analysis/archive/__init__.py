"""What was read and what was made of it: the run log, and snapshots of deliveries."""

from est_analysis.archive.editions import public_editions, record_edition
from est_analysis.archive.folder import archive_folder, refuse_published
from est_analysis.archive.readings import (
    earlier_readings,
    files_not_read,
    first_read,
    reading_facts,
    record_reading,
)
from est_analysis.archive.run_log import Log, append, read_log
from est_analysis.archive.snapshots import Snapshot, all_snapshots, find_snapshot, restore
from est_analysis.archive.until import as_of_entry, entry_limit

__all__ = [
    "Log",
    "Snapshot",
    "all_snapshots",
    "append",
    "archive_folder",
    "as_of_entry",
    "earlier_readings",
    "entry_limit",
    "files_not_read",
    "find_snapshot",
    "first_read",
    "public_editions",
    "read_log",
    "reading_facts",
    "record_edition",
    "record_reading",
    "refuse_published",
    "restore",
]
