import datetime as dt
import re
import xml.etree.ElementTree as ET
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from est_analysis.disclosure import DisclosureRule, release
from est_analysis.figures import (
    Span,
    area_dots,
    comparison_dots,
    coverage_figure,
    decomposition_figure,
    small_multiples,
    trend_figure,
    weekday_hour_figure,
)
from est_analysis.figures.grids import _ink, _shade
from est_analysis.figures.lanes import lanes_of
from est_analysis.figures.style import BLUE, INK, MUTED, RED, apart, shortened
from est_analysis.language import language

SV, EN = language("sv"), language("en")
INTERNAL, PUBLIC = DisclosureRule("internal"), DisclosureRule("public")
SVG = "{http://www.w3.org/2000/svg}"


def weekly(n=120, gap=slice(30, 34), level=9):
    t = np.arange(n)
    trend, seasonal = level + t / 40, 3 * np.sin(t / 8)
    observed = np.round(trend + seasonal + 2 * np.cos(t))
    observed[gap] = np.nan
    start = pd.date_range("2023-01-02", periods=n, freq="7D")
    return pd.DataFrame(
        {"start": start, "observed": pd.array(observed, "Int64"), "trend": trend,
         "seasonal": seasonal, "remainder": observed - trend - seasonal}
    )  # fmt: skip


def by_actor():
    return pd.concat([weekly().assign(actor="Polisen"), weekly(level=4).assign(actor="Brand")])


def ratios():
    return pd.DataFrame(
        {"label": ["Klotter", "Rån", "Brand", "Våld"], "count": [40, 3, 0, 9],
         "reference_count": [20, 20, 30, 0], "ratio": [2.0, 0.15, 0.0, np.nan],
         "lower": [1.2, 0.03, 0.0, 2.4], "upper": [3.5, 0.5, 0.1, np.inf],
         "verdict": ["increase", "decrease", "decrease", "increase"]}
    )  # fmt: skip


def hours():
    table = pd.DataFrame({"hour": range(24)})
    for day in range(7):
        table[f"count_weekday_{day}"] = (table["hour"] * 1.3) % 11
    return table


def areas():
    count = pd.array([40, 2, 90, None], "Int64")
    rate = pd.array([8.0, 0.5, 12.3, None], "Float64")
    return pd.DataFrame(
        {"area": ["Centrum", "Norr", "Öster", "Söder"], "count": count, "per_1000": rate,
         "lower_per_1000": rate * 0.8, "upper_per_1000": rate * 1.2}
    )  # fmt: skip


def coverage():
    starts = pd.date_range("2025-09-01", periods=6, freq="7D")
    words = ["reported", "reported", "silent", "partly", "reported", "not_responsible"]
    return pd.DataFrame({"actor": "Polisen", "start": starts, "status": words})


DRAWN = {
    "trend": (trend_figure, weekly),
    "decomposition": (decomposition_figure, weekly),
    "multiples": (small_multiples, by_actor),
    "comparison": (comparison_dots, ratios),
    "hours": (weekday_hour_figure, hours),
    "coverage": (coverage_figure, coverage),
    "areas": (area_dots, areas),
}


def words_of(picture):
    root = ET.fromstring(picture.svg)
    return [" ".join("".join(node.itertext()).split()) for node in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("rule", [INTERNAL, PUBLIC], ids=["internal", "public"])
def test_a_figure_is_a_lone_svg_the_same_each_time(name, rule):
    draw, make = DRAWN[name]
    safe = release(make(), rule)
    first, second = draw(safe, SV).svg, draw(safe, SV).svg
    assert first == second
    root = ET.fromstring(first)
    assert root.tag == f"{SVG}svg"
    outside = [value for node in root.iter() for key, value in node.attrib.items()
               if key.endswith("href") and not value.startswith("#")]  # fmt: skip
    assert outside == []
    assert not re.search(r"<script|<!DOCTYPE|<\?xml|dc:date|Matplotlib v|url\(http", first)


LONG = "Kommunens fältassistenter och trygghetsrapportörer"


def with_long_names(table):
    names = {"Polisen": LONG, "Brand": "Södertörns brandförsvarsförbund och räddningstjänst"}
    return table.assign(actor=table["actor"].replace(names)) if "actor" in table else table


def with_large_numbers(table):
    numbers = table.select_dtypes("number").columns.difference(["hour", "ratio", "lower", "upper"])
    return table.assign(**{name: table[name] * 12_345 for name in numbers})


@pytest.mark.parametrize("change", [None, with_long_names, with_large_numbers])
@pytest.mark.parametrize("name", DRAWN)
def test_text_is_text_large_enough_and_within_the_drawing(name, change):
    draw, make = DRAWN[name]
    table = make() if change is None or name == "hours" else change(make())
    picture = draw(release(table, INTERNAL), SV)
    root = ET.fromstring(picture.svg)
    width = float(root.get("viewBox").split()[2])
    assert width == 432
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", picture.svg)]
    assert min(sizes) >= 9
    assert "'DejaVu Sans',sans-serif" in picture.svg
    for node in root.iter(f"{SVG}text"):
        style = node.get("style", "")
        text = "".join(node.itertext()).strip()
        place = re.search(r"translate\(([\d.-]+) [\d.-]+\)", node.get("transform", ""))
        x = float(node.get("x") or place.group(1))
        long = (
            0.53 * 10 * len(text)
        )  # a letter's mean width in Segoe UI, Helvetica or Arial, with a margin
        anchor = re.search(r"text-anchor: (\w+)", style)
        share = {"middle": 0.5, "end": 1}.get(anchor.group(1) if anchor else "", 0)
        assert x - share * long > -6, text
        assert x + (1 - share) * long < width + 6, text


def test_the_languages_differ_in_words_only():
    swedish = words_of(trend_figure(release(weekly(), INTERNAL), SV))
    english = words_of(trend_figure(release(weekly(), INTERNAL), EN))
    assert {"antal per vecka", "observerat", "trend", "ej rapporterat"} <= set(swedish)
    assert {"count per week", "observed", "trend", "not reported"} <= set(english)


def test_not_reported_weeks_are_hatched_and_not_drawn_as_zero():
    told = trend_figure(release(weekly(gap=slice(0, 0)), INTERNAL), SV)
    silent = trend_figure(release(weekly(), INTERNAL), SV)
    assert "ej rapporterat" not in words_of(told)
    assert "<pattern" not in told.svg
    assert "<pattern" in silent.svg
    twice = weekly(gap=slice(30, 34))
    twice.loc[60:62, "observed"] = pd.NA
    # one hatched field a gap, and one in the explanation
    fields = [
        s.svg.count("fill: url(#") for s in (silent, trend_figure(release(twice, INTERNAL), SV))
    ]
    assert fields == [2, 3]


def test_hidden_weeks_are_named_and_their_numbers_are_nowhere():
    frame = weekly(n=20, gap=slice(0, 0))
    frame["observed"] = pd.array([7] * 10 + [3] + [7] * 9, "Int64")
    public = trend_figure(release(frame, PUBLIC), SV)
    assert "skyddat" in words_of(public)
    assert "ej rapporterat" not in words_of(public)
    other = frame.assign(observed=frame["observed"].replace(3, 4))
    assert trend_figure(release(other, PUBLIC), SV).svg == public.svg
    assert trend_figure(release(other, INTERNAL), SV).svg != public.svg


def test_period_interventions_and_events_are_named():
    picture = trend_figure(
        release(weekly(), INTERNAL),
        SV,
        period=Span("tertial 1 2025", dt.date(2025, 1, 1), dt.date(2025, 4, 30)),
        interventions=[Span("Belysning", dt.date(2024, 3, 1))],
        events=[Span("Marknad", dt.date(2024, 6, 1), dt.date(2024, 6, 2))],
    )
    assert {"tertial 1 2025", "Belysning", "Marknad"} <= set(words_of(picture))


def test_names_in_the_same_place_get_lanes_of_their_own():
    start, end = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-12-31")
    spans = [Span("Belysning", dt.date(2024, m, 1), dt.date(2024, m, 20)) for m in (2, 3, 11)]
    assert lanes_of(spans, start, end, 300) == [0, 1, 0]


def test_monthly_series_say_so():
    frame = weekly(n=24, gap=slice(0, 0))
    frame["start"] = pd.date_range("2023-01-01", periods=24, freq="MS")
    assert "antal per månad" in words_of(trend_figure(release(frame, INTERNAL), SV))


def test_ratios_say_why_there_is_none_and_where_the_interval_ends():
    internal = words_of(comparison_dots(release(ratios(), INTERNAL), SV))
    assert "2,00 (1,20–3,50)" in internal
    assert "inga uppgifter" in internal
    public = words_of(comparison_dots(release(ratios(), PUBLIC), SV))
    assert public.count("skyddat") == 1
    assert "0,15 (0,03–0,50)" not in public


def test_areas_stand_in_order_of_their_rate_with_the_unknown_last():
    words = words_of(area_dots(release(areas(), PUBLIC), SV))
    names = [word for word in words if word in ("Centrum", "Norr", "Öster", "Söder")]
    assert names == ["Öster", "Centrum", "Norr", "Söder"]
    assert {"12,3", "8,0", "skyddat", "inga uppgifter"} <= set(words)


def test_every_hour_has_its_number_unless_hidden():
    words = words_of(weekday_hour_figure(release(hours(), INTERNAL), SV))
    numbers = Counter(SV.number(v) for v in hours().drop(columns="hour").to_numpy().ravel())
    labels = Counter(f"{hour:02d}" for hour in range(24))
    assert Counter(word for word in words if word.isdigit()) == numbers + labels
    public = words_of(weekday_hour_figure(release(hours(), PUBLIC), SV))
    assert "skyddat" in public
    assert not {"1", "2", "3"} & set(public)


def luminance(colour):
    if isinstance(colour, str):
        colour = {"white": "#ffffff", "black": "#000000"}.get(colour, colour)
        colour = tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_has_the_contrast_that_wcag_asks_for():
    assert min(contrast(colour, "white") for colour in (INK, MUTED, BLUE, RED)) >= 4.5
    shades = [_shade(share) for share in np.linspace(0, 1, 101)]
    assert min(contrast(_ink(shade), shade) for shade in shades) >= 4.5
    assert contrast(MUTED, _shade(0.5 / 5)) >= 4.5  # the muted zeros


def test_moving_apart_keeps_order_and_gap():
    moved = apart([5.0, 5.1, 0.0], 2)
    assert moved[1] - moved[0] == pytest.approx(2)
    assert moved[2] == 0


def test_one_row_and_no_row_can_be_drawn():
    for draw, frame in ((comparison_dots, ratios()), (area_dots, areas())):
        for rows in (frame.head(1), frame.head(0)):
            ET.fromstring(draw(release(rows, INTERNAL), SV).svg)
    ET.fromstring(coverage_figure(release(coverage().head(1), INTERNAL), SV).svg)
    one = weekly(n=1, gap=slice(0, 0))
    ET.fromstring(trend_figure(release(one, INTERNAL), SV).svg)
    nothing = weekly(gap=slice(0, 120)).assign(trend=np.nan)
    ET.fromstring(decomposition_figure(release(nothing, INTERNAL), SV).svg)


def test_a_name_of_any_signs_is_measured_without_a_warning():
    """Also as a tick label and in bold; matplotlib's font for measuring lacks emoji."""
    frame = coverage().assign(actor="🚓 $polis$ 警察")
    assert "🚓 $polis$ 警察" in words_of(coverage_figure(release(frame, INTERNAL), SV))
    frame = ratios().assign(label="\U0001f692 brand")
    assert any("brand" in w for w in words_of(comparison_dots(release(frame, INTERNAL), SV)))


def test_long_names_are_whole_in_two_lines():
    for draw, make in (DRAWN["coverage"], DRAWN["multiples"]):
        words = words_of(draw(release(with_long_names(make()), INTERNAL), SV))
        assert LONG not in words
        assert LONG in " ".join(words)


@pytest.mark.parametrize("start", ["2023-02-01", "2024-03-01", "2025-03-01"])
def test_the_name_of_an_insats_is_within_its_lane(start):
    name = "Bättre belysning och röjd sikt längs gångvägen i Söder"
    safe = release(weekly(), INTERNAL)
    insats = Span(name, dt.date.fromisoformat(start), dt.date(2025, 4, 1))
    picture = trend_figure(safe, SV, interventions=[insats])
    (shown,) = [word for word in words_of(picture) if word.startswith("Bättre")]
    assert shown.endswith(" …")
    assert name.startswith(shown.removesuffix(" …") + " "), "cut at a word"
    spans = [insats, Span("Ordningsvakter", dt.date(2023, 2, 1), dt.date(2023, 3, 1))]
    ends = [pd.Timestamp("2023-01-02"), pd.Timestamp("2025-04-21")]
    assert lanes_of(spans, *ends, 312)[1] == 1, "no name is written over another"


def test_a_name_without_blanks_is_cut_too():
    assert shortened("Trygghetsrapportörsorganisationen", 90) == "Trygghetsrappo…"
