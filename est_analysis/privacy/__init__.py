"""What must never come in: persons. Found in any text that is read, never shown or stored."""

from est_analysis.privacy.file_names import masked_names, personal_data_in_name
from est_analysis.privacy.forms import KINDS, UNSURE
from est_analysis.privacy.guard import (
    HIDDEN,
    LONGEST_LIST,
    LONGEST_TOLD,
    find_personal_data,
    masked,
    personal_data_in,
    shown,
)
from est_analysis.privacy.names import names_person

__all__ = [
    "HIDDEN",
    "KINDS",
    "LONGEST_LIST",
    "LONGEST_TOLD",
    "UNSURE",
    "find_personal_data",
    "masked",
    "masked_names",
    "names_person",
    "personal_data_in",
    "personal_data_in_name",
    "shown",
]
