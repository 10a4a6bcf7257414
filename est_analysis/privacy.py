"""What must never come in: personal identity numbers, telephone numbers, e-mail addresses.

EST data are events at places. A cell that holds a person is a fault of the export; its row is
refused, and what stood there is never shown, stored or logged.
"""

from __future__ import annotations

import datetime as dt
import re

HIDDEN = "[personal data]"

_IDENTITY = re.compile(r"(?<!\d)(?:19|20)?(\d{2})(\d{2})(\d{2})[-+ ]?(\d{3})(\d)(?!\d)")
_PHONE = re.compile(
    r"(?<![\d-])(?:(?:\+46|0046)[\s-]?(?:\(0\))?[\s-]?\d{1,3}|07\d|0\d{1,3}(?=[-/ ]))"
    r"[-/ ]?\d{2,3}(?:[ -]?\d{2}){2,3}(?![\d-])"
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")


def personal_data_in(text: str) -> str | None:
    """The kind of personal data in a text, or None.

    Returns
    -------
    str or None
        ``identity_number`` (personal identity and coordination numbers whose date and check digit
        hold, in any written form), ``phone`` or ``email``.

    Examples
    --------
    >>> personal_data_in("ringde 811228-9874 om klotter")
    'identity_number'
    >>> personal_data_in("klotter på vägg 2024-10-07") is None
    True
    """
    if len(text) < 6:
        return None
    if "@" in text and _EMAIL.search(text):
        return "email"
    if any(_is_identity_number(match) for match in _IDENTITY.finditer(text)):
        return "identity_number"
    return "phone" if _PHONE.search(text) else None


def _is_identity_number(match: re.Match[str]) -> bool:
    year, month, day, serial, check = match.groups()
    number = int(day) - 60 if int(day) > 60 else int(day)  # coordination numbers add 60
    try:
        dt.date(2000 + int(year) % 100, int(month), number)
    except ValueError:
        return False
    digits = [int(digit) for digit in year + month + day + serial]
    doubled = [digit * (2 - i % 2) for i, digit in enumerate(digits)]
    return (10 - sum(d // 10 + d % 10 for d in doubled) % 10) % 10 == int(check)
