"""Actors that share one file: it is read once, and nothing of the others is kept."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_town import SOURCE, SmallTown

from est_analysis.cli import main
from est_analysis.incidents import Cleaning, clean
from est_analysis.sources import shared

CSV, HEAD = "exports/vakten.csv", "Datum;Område;Typ;Vem"
DAY = dt.date(2025, 1, 31)
WHO = ("Ett", "Två", "Tre")
AREAS, TYPES = ("Norr", "Söder", "", "Okänd"), ("Bråk", "Klotter", "Annat")


def sharing(town: SmallTown, rows: list[str], *, more: str = "") -> SmallTown:
    """The town's actors, each with its own rows of one file."""
    del town.files["sources/vakten.yaml"]
    for number, who in enumerate(WHO):
        source = SOURCE.replace("actor: vakten", f"actor: a{number}").replace("Vakten", who)
        town.files[f"sources/a{number}.yaml"] = (
            f"{source}only: [{{column: Vem, equals: {who}}}]\n{more}"
        )
    town.files[CSV] = "\n".join([HEAD, *rows]) + "\n"
    return town


def told(cleaning: Cleaning, actor: str) -> dict[str, Any]:
    """What is known of an actor, but for where its rows stood."""
    parts = {}
    for name in ("incidents", "rejected", "duplicates", "unmapped", "unused", "personal"):
        table = getattr(cleaning, name)
        own = table[table["actor"] == actor].drop(
            columns=["source_row", "source_file", "row", "file"], errors="ignore"
        )
        parts[name] = own.astype(str).to_numpy().tolist()
    return parts | {"tally": cleaning.tally.set_index("actor").loc[actor].to_dict()}


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["2024-10-07 22:30", "2024-10-08", "2024-02-30", ""]),
        st.sampled_from(AREAS),
        st.sampled_from(TYPES),
        st.sampled_from([*WHO, "ett", "Ingen", ""]),
    ),
    min_size=1,
    max_size=20,
)


@given(ROWS)
def test_each_is_read_as_if_it_had_a_file_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    lines = [";".join(row) for row in rows]
    together = SmallTown(tmp_path_factory.mktemp("town"))
    shared_by_all = clean(sharing(together, lines).load(), DAY, believe=True)
    for number, who in enumerate(WHO):
        own = [line for line in lines if line.rsplit(";", 1)[1].casefold() == who.casefold()]
        alone = SmallTown(tmp_path_factory.mktemp("town"))
        apart = clean(sharing(alone, own).load(), DAY, believe=True)
        assert told(shared_by_all, f"a{number}") == told(apart, f"a{number}")
        (delivery,) = (d for d in shared_by_all.deliveries if d.actor == f"a{number}")
        assert (delivery.rows, delivery.others) == (len(own), len(lines) - len(own))
    read = shared_by_all.tally
    assert (read["read"] == read["kept"] + read["rejected"] + read["duplicates"]).all()


LINES = [f"2024-10-{day:02d};Norr;Bråk;{WHO[day % 3]}" for day in range(1, 31)]


def test_the_file_is_read_once(town: SmallTown, monkeypatch: pytest.MonkeyPatch) -> None:
    read = shared.read_raw
    seen: list[Path] = []
    monkeypatch.setattr(
        shared, "read_raw", lambda path, *more: seen.append(path) or read(path, *more)
    )
    found = clean(sharing(town, LINES).load(), DAY)
    assert len(seen) == 1
    assert found.incidents["actor"].value_counts().to_dict() == {"a0": 10, "a1": 10, "a2": 10}
    assert found.rejected.empty


def test_who_reads_it_in_another_way_reads_it_again(
    town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = shared.read_raw
    seen: list[str] = []
    monkeypatch.setattr(
        shared, "read_raw", lambda path, source, wanted: seen.append(source.actor)
        or read(path, source, wanted),
    )  # fmt: skip
    sharing(town, LINES).change("sources/a1.yaml", "columns:\n", "columns:\n  place: Vem\n")
    found = clean(town.load(), DAY)
    assert seen == ["a0", "a1"]  # and the third as the first
    places = found.incidents.groupby("actor", observed=True)["place"].nunique()
    assert places.to_dict() == {"a0": 0, "a1": 1, "a2": 0}


def test_an_actor_without_a_row_is_told(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    sharing(town, LINES).change("sources/a1.yaml", "equals: Två", "equals: Tvaa")
    town.write()
    main(["check", "-m", str(town.folder)])
    out = capsys.readouterr().out
    assert "Två: 0 rows read = 0 kept" in out
    assert "30 rows of other actors in the same files" in out
    assert "Tvaa" in out  # a rule that meets no row


def test_the_account_on_the_page_is_of_own_rows(town: SmallTown) -> None:
    from est_analysis.counts.dataset import load_dataset
    from est_analysis.quality import delivered_files, rejected_share

    data = load_dataset(sharing(town, [*LINES, "2024-02-30;Norr;Bråk;Ett"]).load(), DAY)
    files = delivered_files(data).set_index("actor")["rows"]
    assert files.to_dict() == {"a0": 11, "a1": 10, "a2": 10}
    assert rejected_share(data, "a0") == pytest.approx(1 / 11)


@pytest.mark.slow
def test_forty_one_forces_in_one_file_of_four_million_rows(shared_data: Path) -> None:
    file = shared_data / "police_uk_2025_incidents.parquet"
    root = Path(__file__).parents[1]
    command = [sys.executable, str(root / "benchmarks" / "shared_file.py"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    facts = json.loads(done.stdout.splitlines()[0])
    table = pd.read_parquet(file, columns=["force"])
    assert facts["rows"] == len(table) > 4_000_000
    assert facts["actors"] == table["force"].nunique() == 41
    assert facts["seconds"] < 60
    assert facts["peak_mb"] < 2500
