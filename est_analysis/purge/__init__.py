"""What the archive plan no longer keeps is removed, looked for again, and noted in the run log."""

from est_analysis.purge.look import KINDS, Left, Old
from est_analysis.purge.remove import Purged, purge

__all__ = ["KINDS", "Left", "Old", "Purged", "purge"]
