import itertools
import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from test_figures import SVG, words_of

from est_analysis.disclosure import DisclosureRule, release
from est_analysis.disclosure.roles import DERIVED
from est_analysis.figures import (
    against_expected,
    band_figure,
    band_multiples,
    forecast_figure,
    priority_matrix,
    ratings_strip,
    style,
    year_strip,
)
from est_analysis.figures import ahead as ahead_module
from est_analysis.figures import expected as expected_module
from est_analysis.language import language

SV, EN = language("sv"), language("en")
INTERNAL, PUBLIC = DisclosureRule("internal"), DisclosureRule("public")
ROUNDED = DisclosureRule("public", method="round")
USE = f"{SVG}use"
POINT = 0.02  # points: SVG coordinates have six decimals, the drawing's places about two


def band(n=52, **changed):
    """A quiet series of 8 to 10 on a band from 4 to 14, from W1 2025; `changed` is {week: count}."""
    observed = pd.Series(8.0 + np.arange(n) % 3)
    for week, count in changed.items():
        observed[int(week[1:]) - 1] = count
    return pd.DataFrame(
        {"start": pd.date_range("2024-12-30", periods=n, freq="7D"),
         "observed": pd.array(observed, "Int64"), "expected": 9.0, "lower": 4.0, "upper": 14.0}
    )  # fmt: skip


def four_actors():
    names = ["Polisen", "Brandkåren", "Bostäder", "Kommunen"]
    return pd.concat([band(w7=20 + i).assign(actor=a) for i, a in enumerate(names)])


def series():
    return pd.DataFrame(
        {"actor": ["P", "P", "B", "P", "B", "B"],
         "area": ["Centrum", "Norr", "Centrum", "Söder", "Öster", "Norr"],
         "count": pd.array([17, 9, 0, None, 6, 30], "Int64"),
         "expected": [2.0, 4.0, 7.0, 3.0, np.nan, 28.0],
         "usual_from": [0.0, 1.0, 2.0, 0.0, np.nan, 18.0],
         "usual_to": [6.0, 8.0, 14.0, 8.0, np.nan, 40.0],
         "signal": ["signal", "above", "below", "not_reported", "too_little", "usual"]}
    )  # fmt: skip


def fan(past=30, coming=10):
    starts = pd.date_range("2025-06-02", periods=past + coming, freq="7D")
    table = pd.DataFrame({"when": ["past"] * past + ["coming"] * coming, "start": starts})
    table["observed"] = pd.array([20 + i % 5 for i in range(past)] + [None] * coming, "Int64")
    ahead = (table["when"] == "coming").to_numpy()
    table["expected"] = np.where(ahead, 22.0, np.nan)
    for level, far in ((50, 3), (80, 6), (95, 10)):
        table[f"lower_{level}"] = np.where(ahead, 22.0 - far, np.nan)
        table[f"upper_{level}"] = np.where(ahead, 22.0 + far, np.nan)
    return table


def weeks_to_come():
    index = np.array([0.8, 1.0, 1.3, 0.9, 1.05])
    return pd.DataFrame(
        {"start": pd.date_range("2026-04-20", periods=5, freq="7D"),
         "events": ["", "Valborgsnatten", "Marknad, " * 12 + "Konsert", "", "Skolavslutning"],
         "count": 400, "index": index, "index_lower": index / 1.1, "index_upper": index * 1.1,
         "risk": ["low", "ordinary", "high", "ordinary", "ordinary"]}
    )  # fmt: skip


def rated(weeks=6):
    starts = pd.date_range("2025-09-01", periods=weeks, freq="7D")
    centre = pd.DataFrame({"area": "Centrum", "start": starts, "rating": "green"})
    north = pd.DataFrame({"area": "Norr", "start": starts, "rating": "yellow"})
    north.loc[weeks - 1, "rating"] = "red"
    return pd.concat([centre, north.drop(index=0)], ignore_index=True)


def judged():
    return pd.DataFrame(
        {"label": ["Klotter", "Buller"], "share": ["met", "not_met"], "verdict": [None, "partly"]}
    )


def matrix(safe, words):
    return priority_matrix(safe, words, ["share", "verdict"])


DRAWN = {
    "band": (band_figure, lambda: band(w10=19)),
    "multiples": (band_multiples, four_actors),
    "against": (against_expected, series),
    "forecast": (forecast_figure, fan),
    "year": (year_strip, weeks_to_come),
    "ratings": (ratings_strip, rated),
    "matrix": (matrix, judged),
}


def markers(picture, **look):
    """Places of the markers with a look ("fill", "stroke"), in the order drawn."""
    found = []
    for node in ET.fromstring(picture.svg).iter(USE):
        styles = dict(part.split(": ") for part in node.get("style", "").split("; ") if part)
        if all(styles.get(key) == value for key, value in look.items()):
            found.append((float(node.get("x")), float(node.get("y"))))
    return np.array(found).reshape(-1, 2)


def rings_of(picture):
    return markers(picture, stroke=style.RED, **{"fill-opacity": "0"})


def fields(picture, colour):
    """Least and greatest (x, y) of each area filled with a colour."""
    boxes = []
    for node in ET.fromstring(picture.svg).iter(f"{SVG}path"):
        if f"fill: {colour}" in node.get("style", "") and "fill-opacity" not in node.get("style"):
            numbers = re.findall(r"-?[\d.]+", node.get("d"))
            points = np.array(numbers, float).reshape(-1, 2)
            boxes.append((points.min(axis=0), points.max(axis=0)))
    return boxes


def places_of(picture, word):
    found = []
    for node in ET.fromstring(picture.svg).iter(f"{SVG}text"):
        if " ".join("".join(node.itertext()).split()) == word:
            moved = re.search(r"translate\(([\d.-]+) ([\d.-]+)\)", node.get("transform", ""))
            at = moved.groups() if moved else (node.get("x"), node.get("y"))
            found.append((float(at[0]), float(at[1])))
    return found


def height(picture):
    return float(ET.fromstring(picture.svg).get("viewBox").split()[3])


def line(x, y):
    """The straight line through points, which must lie on it."""
    slope, base = np.polyfit(x, y, 1)
    np.testing.assert_allclose(np.asarray(x) * slope + base, y, atol=POINT)
    return slope, base


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("rule", [INTERNAL, PUBLIC, ROUNDED], ids=["internal", "public", "round"])
def test_a_figure_is_a_lone_svg_the_same_each_time(name, rule):
    draw, make = DRAWN[name]
    safe = release(make(), rule)
    first, second = draw(safe, SV).svg, draw(safe, SV).svg
    assert first == second
    assert not re.search(r"<script|<!DOCTYPE|<\?xml|dc:date|Matplotlib v|url\(http", first)
    assert draw(safe, EN).svg != first


@pytest.mark.parametrize("words", [SV, EN], ids=["sv", "en"])
@pytest.mark.parametrize("name", DRAWN)
def test_text_is_text_large_enough_and_within_the_drawing(name, words):
    draw, make = DRAWN[name]
    picture = draw(release(make(), INTERNAL), words)
    root = ET.fromstring(picture.svg)
    wide, high = map(float, root.get("viewBox").split()[2:])
    assert wide == 432
    assert min(float(size) for size in re.findall(r"font-size: ([\d.]+)px", picture.svg)) >= 9
    for node in root.iter(f"{SVG}text"):
        text = "".join(node.itertext()).strip()
        place = re.search(r"translate\(([\d.-]+) ([\d.-]+)\)", node.get("transform", ""))
        x, y = map(float, place.groups() if place else (node.get("x"), node.get("y")))
        long = 5.3 * len(text)  # a letter's mean width in Arial at 10 points, with a margin
        anchor = re.search(r"text-anchor: (\w+)", node.get("style", ""))
        share = {"middle": 0.5, "end": 1}.get(anchor.group(1) if anchor else "", 0)
        assert x - share * long > -6, text
        assert x + (1 - share) * long < wide + 6, text
        assert 8 < y < high, text


@pytest.mark.parametrize("name", DRAWN)
def test_no_row_says_so_and_one_row_can_be_drawn(name):
    draw, make = DRAWN[name]
    assert words_of(draw(release(make().head(0), INTERNAL), SV)) == ["inga uppgifter"]
    assert len(words_of(draw(release(make().head(1), INTERNAL), SV))) > 3
    assert len(words_of(draw(release(make().tail(1), INTERNAL), SV))) > 3


def test_every_week_has_its_point_and_the_band_its_place():
    frame = band()
    picture = band_figure(release(frame, INTERNAL), SV)
    points = markers(picture, fill=style.INK)
    assert len(points) == 52
    slope, base = line(frame["observed"].astype(float), points[:, 1])
    (least, most), *_ = fields(picture, style.LIGHT_BLUE)  # then the key's
    assert (least[1] - base) / slope == pytest.approx(14, abs=POINT)
    assert (most[1] - base) / slope == pytest.approx(4, abs=POINT)
    week = (points[-1, 0] - points[0, 0]) / 51
    assert most[0] - least[0] == pytest.approx(52 * week, abs=POINT)
    assert {"observerat", "förväntat", "antal per vecka"} <= set(words_of(picture))
    assert "över bandet" not in words_of(picture)


def test_points_above_the_band_have_rings_and_the_strongest_their_week():
    frame = band(w5=15, w14=20, w15=21, w16=22, w30=14)
    picture = band_figure(release(frame, INTERNAL), SV)
    rings = rings_of(picture)
    assert len(rings) == 4 + 1  # and that of the key; a count at the band's edge is inside
    points = markers(picture, fill=style.INK)
    np.testing.assert_allclose(rings[:4], points[[4, 13, 14, 15]], atol=POINT)
    words = words_of(picture)
    assert [w for w in words if w.startswith("v.")] == ["v. 14", "v. 15", "v. 16"]
    names = sorted(places_of(picture, w)[0] for w in ("v. 14", "v. 15", "v. 16"))
    pairs = itertools.combinations(names, 2)
    assert all(abs(b[0] - a[0]) > 24 or abs(b[1] - a[1]) >= 10 for a, b in pairs)


def test_weeks_not_reported_have_neither_point_nor_band_and_zero_has_both():
    frame = band(w20=0)
    frame.loc[30:32, "observed"] = pd.NA
    picture = band_figure(release(frame, INTERNAL), SV)
    points = markers(picture, fill=style.INK)
    assert len(points) == 49
    assert points[19, 1] == pytest.approx(24 + 150, abs=0.1)  # on the axis
    first, second, _ = fields(picture, style.LIGHT_BLUE)
    week = points[1, 0] - points[0, 0]
    assert second[0][0] - first[1][0] == pytest.approx(3 * week, abs=POINT)
    assert "ej rapporterat" in words_of(picture)
    assert picture.svg.count("fill: url(#") == 2  # the gap and its key


def test_hidden_weeks_are_named_and_their_numbers_are_nowhere():
    draw = lambda count, rule: band_figure(release(band(w9=count), rule), SV)  # noqa: E731
    assert "skyddat" in words_of(draw(3, PUBLIC))
    assert "ej rapporterat" not in words_of(draw(3, PUBLIC))
    assert draw(3, PUBLIC).svg == draw(4, PUBLIC).svg
    assert draw(3, INTERNAL).svg != draw(4, INTERNAL).svg


def test_rounding_leaves_a_band_that_is_named_by_its_level():
    frame = band().rename(columns={"lower": "lower_95", "upper": "upper_95"})
    safe = release(frame, ROUNDED)
    assert safe.data["upper_95"].tolist() == [14.0] * 52
    (least, most), *_ = fields(band_figure(safe, SV), style.LIGHT_BLUE)
    exact = fields(band_figure(release(frame, INTERNAL), SV), style.LIGHT_BLUE)[0]
    assert (most - least)[0] == pytest.approx((exact[1] - exact[0])[0], abs=POINT)
    assert "över bandet" not in words_of(band_figure(safe, SV))


def test_provisional_weeks_are_hollow_and_said_to_be_so():
    safe = release(band(), INTERNAL)
    picture = band_figure(safe, SV, provisional_from=pd.Timestamp("2025-12-16"))
    assert "preliminärt" in words_of(picture)
    assert len(markers(picture, fill=style.INK)) == 50
    assert len(markers(picture, fill="#ffffff", stroke=style.INK)) == 2
    assert "preliminärt" not in words_of(band_figure(safe, SV))
    later = band_figure(safe, SV, provisional_from=pd.Timestamp("2026-03-01"))
    assert later.svg == band_figure(safe, SV).svg


def test_four_actors_are_within_three_hundred_points_each_on_its_own_scale():
    picture = band_multiples(release(four_actors(), INTERNAL), SV, provisional_from=None)
    assert height(picture) <= 300
    assert len(markers(picture, fill=style.INK)) == 4 * 52 + 1
    assert len(rings_of(picture)) == 4 + 1
    words = words_of(picture)
    assert {"Polisen", "Brandkåren", "Bostäder", "Kommunen"} <= set(words)
    assert words.count("v. 7") == 4
    safe = release(four_actors().assign(observed=pd.NA), INTERNAL)
    late = {actor: pd.Timestamp("2025-12-01") for actor in safe.data["actor"].unique()}
    full = band_multiples(safe, EN, provisional_from=late)
    assert height(full) <= 300
    assert {"not reported", "provisional"} <= set(words_of(full))
    assert len(markers(full, fill=style.INK)) == 1  # that of the key


def test_series_stand_under_their_actor_with_count_and_verdict():
    picture = against_expected(release(series(), INTERNAL), SV)
    words = words_of(picture)
    order = ["P", "Centrum", "Norr", "Söder", "B", "Centrum", "Öster", "Norr"]
    assert [word for word in words if word in order] == order
    verdicts = ["klart fler", "fler", "ej rapporterat", "färre", "kort historik"]
    rows = [places_of(picture, word)[0][1] for word in verdicts]
    first, last = places_of(picture, "P")[0][1], places_of(picture, "Öster")[0][1]
    assert rows == pytest.approx([first + 16 * n for n in (1, 2, 3, 5, 6)], abs=POINT)
    assert rows[-1] == pytest.approx(last, abs=POINT)
    single = series().query("actor == 'P'")
    assert "P · Centrum" in words_of(against_expected(release(single, INTERNAL), SV))


def dots(picture, rows):
    """Where the counts of so many rows stand: round markers right of the names, above the key."""
    marks = np.concatenate([markers(picture, fill=c) for c in (style.INK, style.RED, style.BLUE)])
    inside = (marks[:, 0] < 432 - 114 + 1) & (marks[:, 1] < 22 + rows * 16)
    return marks[inside]


def test_counts_and_ranges_stand_on_one_scale():
    frame = series().drop(columns="actor")
    picture = against_expected(release(frame, INTERNAL), SV)
    points = dots(picture, 6)
    by_row = points[points[:, 1].argsort()]
    known = frame.dropna(subset=["count"])
    slope, base = line(known["count"].astype(float), by_row[:, 0])
    ranges = fields(picture, "#b5d1e5")
    assert len(ranges) == 4 + 1  # one not reported, one unknown; and the key's
    usual = known.dropna(subset=["usual_to"])
    for (least, most), row in zip(ranges, usual.itertuples(), strict=False):
        assert (least[0] - base) / slope == pytest.approx(row.usual_from, abs=0.05)
        assert (most[0] - base) / slope == pytest.approx(row.usual_to, abs=0.05)


def test_a_wide_range_of_counts_gets_a_square_root_axis():
    frame = series().drop(columns="actor").assign(signal="usual")
    frame["count"] = pd.array([400, 9, 0, 4, 6, 5], "Int64")
    frame["usual_to"] = 14.0
    picture = against_expected(release(frame, INTERNAL), SV)
    assert "kvadratrotsskala" in words_of(picture)
    points = dots(picture, 6)
    line(np.sqrt(frame["count"].astype(float)), points[points[:, 1].argsort()][:, 0])
    assert "kvadratrotsskala" not in words_of(against_expected(release(series(), INTERNAL), SV))


def test_hidden_counts_are_words_and_show_no_range():
    frame = series().assign(count=pd.array([17, 9, 8, 3, 6, 30], "Int64"), signal="usual")
    public = against_expected(release(frame, PUBLIC), SV)
    assert words_of(public).count("skyddat") == 1
    assert len(fields(public, "#b5d1e5")) == 4 + 1
    other = frame.assign(count=frame["count"].replace(3, 2))
    assert against_expected(release(other, PUBLIC), SV).svg == public.svg


def test_at_most_twenty_series_are_drawn_and_the_rest_counted():
    frame = pd.concat([series().drop(columns="actor")] * 5, ignore_index=True)
    words = words_of(against_expected(release(frame, INTERNAL), SV))
    assert "ytterligare 10 serier finns i tabellen" in words
    assert sum(word in ("Centrum", "Norr", "Söder", "Öster") for word in words) == 20


def test_the_fan_has_its_levels_at_their_counts():
    frame = fan()
    picture = forecast_figure(release(frame, INTERNAL), SV)
    points = markers(picture, fill=style.INK)[:30]
    slope, base = line(frame["observed"].dropna().astype(float), points[:, 1])
    week = points[1, 0] - points[0, 0]
    for level, far in ((50, 3), (80, 6), (95, 10)):
        ((least, most),) = fields(picture, ahead_module._FAN[level])
        assert (least[1] - base) / slope == pytest.approx(22 + far, abs=0.01)
        assert (most[1] - base) / slope == pytest.approx(22 - far, abs=0.01)
        assert most[0] - least[0] == pytest.approx(10 * week, abs=11 * POINT)  # ten weeks of it
        assert least[0] == pytest.approx(points[-1, 0] + week / 2, abs=2 * POINT)
        assert SV.percent(level).replace("\xa0", " ") in words_of(picture)
    border = points[-1, 0] + week / 2
    assert places_of(picture, "nu")[0][0] == pytest.approx(
        border, abs=0.5
    )  # text is on half points
    assert "ej rapporterat" not in words_of(picture)  # what is to come is not missing


def test_a_forecast_tells_not_reported_and_hidden_weeks_apart():
    frame = fan()
    frame.loc[4:6, "observed"] = pd.NA
    frame.loc[9, "observed"] = 2
    internal, public = (forecast_figure(release(frame, rule), SV) for rule in (INTERNAL, PUBLIC))
    assert "ej rapporterat" in words_of(internal)
    assert "skyddat" not in words_of(internal)
    assert {"ej rapporterat", "skyddat"} <= set(words_of(public))
    assert len(markers(public, fill=style.INK)) == 30 - 4 + 1


def test_the_coming_weeks_stand_in_order_on_a_logarithmic_axis():
    frame = weeks_to_come()
    picture = year_strip(release(frame, INTERNAL), SV)
    words = words_of(picture)
    assert [w for w in words if w.startswith("v.")] == [f"v. {n}" for n in (17, 18, 19, 20, 21)]
    assert {"20 april", "en vanlig vecka", "Valborgsnatten", "Skolavslutning"} <= set(words)
    marks = np.concatenate([markers(picture, fill=c) for c in ("#ffffff", style.RED, style.BLUE)])
    axis = marks[(marks[:, 0] > 84) & (marks[:, 0] < 214) & (marks[:, 1] < height(picture) - 20)]
    line(np.log(frame["index"]), axis[axis[:, 1].argsort()][:, 0])
    assert {"klart fler än en vanlig vecka", "klart färre än en vanlig vecka"} <= set(words)
    assert len(markers(picture, fill=style.RED)) == 3  # dot, symbol and its key
    assert len(markers(picture, fill=style.BLUE)) == 3


def test_long_lists_of_events_are_shortened_without_touching_the_next_week():
    picture = year_strip(release(weeks_to_come(), INTERNAL), SV)
    lines = [word for word in words_of(picture) if "Marknad" in word]
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    rows = [places_of(picture, f"v. {n}")[0][1] for n in (17, 18, 19, 20, 21)]
    assert np.diff(rows).tolist() == pytest.approx([16, 16, 28, 16], abs=POINT)


def test_coming_weeks_without_index_say_why():
    frame = weeks_to_come()
    frame["count"] = 3
    assert words_of(year_strip(release(frame, PUBLIC), SV)).count("skyddat") == 5
    frame[["index", "index_lower", "index_upper"]] = np.nan
    assert words_of(year_strip(release(frame, INTERNAL), SV)).count("inga uppgifter") == 5


def test_ratings_have_symbols_and_a_week_without_is_unknown():
    picture = ratings_strip(release(rated(), INTERNAL), SV)
    assert len(markers(picture, fill="#1d6b3c")) == 6 + 1
    assert len(markers(picture, fill=style.INK)) == 4 + 1  # yellow
    assert len(markers(picture, fill="#ffffff")) == 1 + 1  # red
    assert picture.svg.count("fill: url(#") == 1 + 1  # the first week in the north
    assert {"grönt", "gult", "rött", "okänt", "Centrum", "Norr"} <= set(words_of(picture))


def test_the_latest_weeks_are_drawn_the_last_at_the_right():
    picture = ratings_strip(release(rated(30), INTERNAL), SV)
    assert len(markers(picture, fill="#1d6b3c")) == 20 + 1
    (latest,), (earlier,) = places_of(picture, "13"), places_of(picture, "11")
    assert latest[0] > earlier[0]
    assert "36" not in words_of(picture)


def test_what_is_not_judged_is_not_taken_for_not_met():
    picture = matrix(release(judged(), INTERNAL), SV)
    assert len(markers(picture, fill="#ffffff", stroke=style.LINE)) == 1 + 1
    worse = judged().fillna("not_met")
    assert (
        len(markers(matrix(release(worse, INTERNAL), SV), fill="#ffffff", stroke=style.LINE)) == 3
    )
    assert {"ej bedömt", "Klotter", "Buller"} <= set(words_of(picture))


def test_model_values_are_not_shown_without_the_count_they_are_of():
    names = ["usual_from", "usual_to", "expected", "lower_50", "upper_95", "index_lower"]
    frame = pd.DataFrame({"area": list("AB"), "count": [3, 11]} | dict.fromkeys(names, 7.5))
    for rule in (PUBLIC, ROUNDED):
        safe = release(frame, rule)
        assert safe.hidden[names].to_numpy().tolist() == [[True] * 6, [False] * 6]
        # with the decimals of the page: bounds of counts are whole, an index has two
        assert safe.data[names].iloc[1].tolist() == [8.0, 8.0, 7.5, 8.0, 8.0, 7.5]
    assert all(math.isclose(v, 7.5) for v in release(frame, INTERNAL).data[names].to_numpy().flat)
    for name in ("score", "nowcast", "nowcast_upper", *names):
        assert DERIVED[name][1] == (("count",), ("observed",))


def test_labels_at_the_end_do_not_leave_the_axes_below():
    with style.drawing(100) as figure:
        on = style.axes(figure, 10, 10, 200, 80)
        on.set_ylim(0, 10)
        expected_module.labels_at_end(on, [(0.0, "a", "k"), (0.1, "b", "k")], 80)
        low, high = sorted(text.xy[1] for text in on.texts)
    assert low * 8 == pytest.approx(3)
    assert (high - low) * 8 == pytest.approx(12.5)


def test_long_series_names_take_two_lines_and_the_rows_make_room():
    long = "Annat otrygghetsskapande eller ordningsstörande"
    plain = against_expected(release(series(), INTERNAL), SV)
    frame = series().assign(area=series()["area"].replace("Norr", long))
    picture = against_expected(release(frame, INTERNAL), SV)
    assert long in " ".join(words_of(picture))
    assert height(picture) == pytest.approx(height(plain) + 2 * 8, abs=POINT)


def test_titles_of_small_bands_take_two_lines():
    name = "Polisen, lokalpolisområde Botkyrka och Salem"
    frame = four_actors()
    frame["actor"] = frame["actor"].replace(frame["actor"].iloc[0], name)
    words = words_of(band_multiples(release(frame, INTERNAL), SV))
    assert name not in words
    assert name in " ".join(words)
