"""What somebody has looked into and says is so: doubts of a delivery that are settled."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from est_analysis.config.section import Section
from est_analysis.privacy import find_personal_data


@dataclass(frozen=True)
class Confirmed:
    """A doubt that a function has settled: it is so.

    Attributes
    ----------
    suspicion
        The doubt's name, as the message has it.
    value
        The value that it is about (an area, a sheet, a rule's text); empty for all.
    start, end
        The days that it holds for, both inclusive; None is no limit.
    day, by
        When it was settled, and by which function (never a person).
    """

    suspicion: str
    value: str
    start: dt.date | None
    end: dt.date | None
    day: dt.date
    by: str
    where: str = ""

    def settles(self, value: str, first: dt.date | None, last: dt.date | None) -> bool:
        """Whether it is about that value, and about all of those days."""
        if self.value and self.value.casefold() != value.casefold():
            return False
        begins = self.start is None or (first is not None and first >= self.start)
        return begins and (self.end is None or (last is not None and last <= self.end))


def read_confirmed(section: Section) -> tuple[Confirmed, ...]:
    """The list ``confirmed`` of a source."""
    found = []
    for item in section.sections("confirmed"):
        one = Confirmed(
            suspicion=item.text("suspicion"),
            value=item.text("value", ""),
            start=item.optional_date("from"),
            end=item.optional_date("to"),
            day=item.date("day"),
            by=item.text("by"),
            where=item.where("suspicion"),
        )
        if find_personal_data([one.by], names=True):
            item.refuse(
                "by",
                expected="the function that has looked into it",
                found="what looks like a person",
                change="write a function, such as by: säkerhetssamordnaren",
            )
        if one.start is not None and one.end is not None and one.end < one.start:
            item.refuse(
                "to", expected="a day that is not before from", found=f"{one.end}",
                change="write the last day that it holds for",
            )  # fmt: skip
        item.done()
        found.append(one)
    return tuple(found)
