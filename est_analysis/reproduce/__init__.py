"""Make a report again from its manifest, and say whether it is the same."""

from est_analysis.reproduce.again import Reproduced, reproduce

__all__ = ["Reproduced", "reproduce"]
