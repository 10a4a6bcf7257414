"""Numbers of typed cells as texts: in a workbook, JSON or Parquet 1.125 is no 1 125."""

from __future__ import annotations

EXACT = 10**15  # of larger numbers not every whole one can be told from its neighbours


class Fraction(str):
    """A number of a typed cell that is not whole, with a decimal point."""

    __slots__ = ()

    def written(self, decimal: str) -> str:
        """With that decimal sign, so that no sign in it can be taken for one that groups."""
        return self.replace(".", decimal)


def whole_digits(word: str) -> str:
    """Digits without the decimals that a program has given to a code.

    Examples
    --------
    >>> whole_digits("101.0"), whole_digits("101,5")
    ('101', '101,5')
    """
    whole, _, rest = word.replace(",", ".").partition(".")
    return whole if whole.isdecimal() and rest and not rest.strip("0") else word


def number_text(text: str) -> str:
    """A whole number without decimals; any other as a `Fraction`.

    Examples
    --------
    >>> number_text("2.0"), number_text("1e2"), number_text("1.125")
    ('2', '100', '1.125')
    """
    value = float(text)
    if value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    return Fraction(text)
