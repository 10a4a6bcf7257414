"""Numbers of the neighbours, accounts and vehicles: found with their check digits, and no others."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from est_analysis.privacy import find_personal_data

KNOWN = {  # published as examples by those who give them out
    "identity_number": ["131052-308T", "010594Y9021", "211062-5629", "15108695088", "151086 95088"],
    "bank_account": [
        "GB82 WEST 1234 5698 7654 32",
        "SE4550000000058398257466",
        "DE89370400440532013000",
    ],
    "vehicle_number": ["1M8GDM9AXKP042788"],
}
NOBODY = ["131052-308U", "211062-5620", "15108695089", "SE4550000000058398257467", "1M8GDM9A1KP042788",
          "241007-1230", "2410071230", "123456 789 01", "rev 5.6.6.2", "Se 12 ord om 3 hus och 4 bilar",
          "11111111111111111", "ABCDEFGHJKLMNPRST"]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text"), [(k, text) for k, texts in KNOWN.items() for text in texts]
)
def test_examples_of_those_who_give_them_out_are_found(kind: str, text: str) -> None:
    for written in (text, f"hos {text}, klotter", f"({text})"):
        assert kind in find_personal_data([written]), written


@pytest.mark.parametrize("text", NOBODY)
def test_what_has_no_right_check_digit_is_nobodys(text: str) -> None:
    kinds = {"identity_number", "bank_account", "vehicle_number", "ip_address"}
    assert not kinds & set(find_personal_data([text]))


def moments(draw: random.Random) -> str:
    day = f"{draw.randint(1, 28):02}{draw.randint(1, 12):02}{draw.randint(20, 26):02}"
    return f"{day}-{draw.randint(0, 23):02}{draw.randint(0, 59):02}"


def cases(draw: random.Random) -> str:
    return f"5000-K{draw.randint(10**5, 10**6)}-{draw.randint(20, 26)}"


def eleven(draw: random.Random) -> str:
    return f"{draw.randint(10**10, 10**11 - 1)}"


@pytest.mark.parametrize(("make", "most"), [(cases, 0), (eleven, 0.005)])
def test_few_codes_are_taken_for_numbers_of_the_neighbours(
    make: Callable[[random.Random], str], most: float
) -> None:
    draw = random.Random(1)
    texts = [make(draw) for _ in range(2000)]
    found = find_personal_data(texts)
    assert sum(found.get("identity_number", [])) / len(texts) <= most


def test_a_moment_is_no_danish_number() -> None:
    from est_analysis.privacy.abroad import DANISH, is_danish

    draw = random.Random(2)
    assert not any(is_danish(m) for _ in range(500) if (m := DANISH.search(moments(draw))))
