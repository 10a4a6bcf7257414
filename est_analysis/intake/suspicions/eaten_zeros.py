"""Leading zeros that a spreadsheet has eaten: 101 where the settings know 0101."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from est_analysis.config import UNMAPPED
from est_analysis.intake.reading import Reading
from est_analysis.intake.suspicion import Suspicion, it_is_so, suspicion
from est_analysis.intake.words import listed
from est_analysis.sources.numbers import whole_digits

KEYS = {"area": "areas", "category": "categories"}


@suspicion("eaten_zeros", expected="codes with all their digits")
def eaten_zeros(reading: Reading) -> Iterator[Suspicion]:
    """Untranslated digits that are a known code once they have their zeros again."""
    for field, key in KEYS.items():
        column = reading.column(field)
        if column is None:
            continue
        ids = getattr(reading, field)
        translation = getattr(reading.source, key)
        known = set(translation.mapping)
        for one in getattr(reading.settings, key).values():
            known |= {getattr(one, name) for name in translation.match}
        lengths = {len(word) for word in known if word.startswith("0") and word.isdecimal()}
        wide = Counter(
            {
                width: sum(
                    target == UNMAPPED and whole_digits(word).zfill(width) in known
                    for word, target in zip(column.words, ids.per_word, strict=True)
                )
                for width in lengths
            }
        )
        width, number = wide.most_common(1)[0] if wide else (0, 0)
        if not number:
            continue
        short = [
            target == UNMAPPED and whole_digits(word).zfill(width) in known
            for word, target in zip(column.words, ids.per_word, strict=True)
        ]
        rows = column.flags(short) & reading.kept
        words = [word for word, eaten in zip(column.words, short, strict=True) if eaten]
        if rows.any():
            header = reading.header(field)
            yield Suspicion(
                f"{listed(words)} ({header}) in {reading.told(rows)}: codes of {width} digits "
                "without their first zeros",
                f'{reading.settled_in}: columns: {field}: {{header: "{header}", '
                f"pad: {width}}}; {it_is_so('eaten_zeros')}",
                grave=True,
                rows=int(np.count_nonzero(rows)),
            )
