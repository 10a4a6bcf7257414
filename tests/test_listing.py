"""Names with commas stay whole in lists."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from est_analysis.disclosure import DisclosureRule, release
from est_analysis.findings.rows import listed
from est_analysis.findings.where_when import concentration
from est_analysis.language import language
from est_analysis.listing import apart, listing

NAMES = st.lists(
    st.text(st.sampled_from("aåÖ ,;.-"), min_size=1, max_size=12)
    .map(lambda text: " ".join(text.split()))
    .filter(bool),
    max_size=6,
)


@given(NAMES)
def test_a_listing_is_taken_apart_as_it_was(names: list[str]) -> None:
    assert apart(listing(names)) == names


def test_in_a_sentence_they_are_told_apart() -> None:
    sv = language("sv")
    assert listed(["A", "B", "C"], sv) == "A, B och C"
    assert listed(["Kultur, idrott", "Park", "Torg"], sv) == "Kultur, idrott; Park; och Torg"
    assert listed(["Kultur, idrott"], sv) == "Kultur, idrott"


def test_areas_with_commas_in_the_findings() -> None:
    table = pd.DataFrame(
        {
            "actor": ["Vakten"], "areas": [listing(["Norr, övre", "Söder"])],
            "count": pd.array([9], "Int64"), "share": [60.0],
        }
    )  # fmt: skip
    said = concentration(release(table, DisclosureRule("internal")), language("sv"))
    assert "Norr, övre; och Söder" in said[0]
