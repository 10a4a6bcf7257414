import base64
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from est_analysis.disclosure import DisclosureRule, release
from est_analysis.figures import Picture
from est_analysis.language import language
from est_analysis.tables import figure_html, html_table

SV, EN = language("sv"), language("en")
INTERNAL, PUBLIC = DisclosureRule("internal"), DisclosureRule("public")
NBSP = "\u00a0"


class Rows(HTMLParser):
    """The texts of a table's cells, row by row, and the tags that were opened and closed."""

    def __init__(self):
        super().__init__()
        self.rows, self.open, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "tr" in self.open:
            self.rows[-1][-1] += data


def parsed(markup):
    reader = Rows()
    reader.feed(markup)
    assert reader.open == []
    return reader


def shown(frame, rule=INTERNAL, words=SV, **given):
    return html_table(release(frame, rule, **given), caption="Händelser", language=words)


COMPARED = pd.DataFrame(
    {
        "actor": ["Polisen", "Polisen", "Brand & räddning"],
        "comparison": ["last_year", "last_12_months", "last_year"],
        "count": pd.array([1234, 3, None], dtype="Int64"),
        "reference_count": [1100.0, 40.5, 7.0],
        "weeks": [17.43, 17.0, 0.0],
        "percent": [12.2, -92.5, np.nan],
        "ratio": [1.122, 0.075, np.nan],
        "lower": [1.01, 0.01, np.nan],
        "upper": [np.inf, 0.2, np.nan],
        "verdict": ["increase", "decrease", "too_little_data"],
    }
)


def test_every_cell_is_written_as_its_column_says():
    rows = parsed(shown(COMPARED)).rows
    assert rows[0][:4] == ["Aktör", "Jämfört med", "Antal", "Antal, jämförelse"]
    assert rows[0][-2:] == [f"95{NBSP}%-intervall", "Bedömning"]
    assert rows[1] == [
        "Polisen", "samma period förra året", f"1{NBSP}234", f"1{NBSP}100", "17,4", "+12", "1,12",
        "över 1,01", "▲ ökning",
    ]  # fmt: skip
    assert rows[2][3:] == ["40,5", "17", "−93", "0,08", "0,01–0,20", "▼ minskning"]
    assert rows[3] == [
        "Brand & räddning", "samma period förra året", "ej rapporterat", "7", "0", ".", ".", ".",
        "– för lite data",
    ]  # fmt: skip


def test_english_differs_in_words_and_signs_only():
    rows = parsed(shown(COMPARED, words=EN)).rows
    assert rows[1][2:] == ["1,234", "1,100", "17.4", "+12", "1.12", "above 1.01", "▲ increase"]


def test_hidden_is_a_word_and_the_legend_names_only_signs_in_use():
    public = shown(COMPARED.iloc[:2], PUBLIC, source="Polisen")
    row = parsed(public).rows[2]
    assert row.count("skyddat") == 5  # count, percent, ratio, interval, verdict
    assert "0,0" not in "".join(row)
    legend = public[public.index('<p class="legend">') :]
    assert "skyddat = antal 1–4" in legend
    assert "antal celler: 5" in legend
    assert "ej rapporterat" not in legend
    assert "Källa: Polisen" in legend
    assert "skyddat" not in shown(COMPARED)


def test_a_table_without_signs_has_no_legend():
    assert "legend" not in shown(pd.DataFrame({"area": ["A"], "count": [7]}))
    safe = release(COMPARED, PUBLIC)
    assert "legend" not in html_table(safe, caption="x", language=SV, legend=False)


def test_rounding_is_said():
    frame = pd.DataFrame({"area": ["A"], "count": [3], "per_1000": [2.0]})
    markup = shown(frame, DisclosureRule("public", method="round"))
    assert "avrundade till närmaste 5-tal" in markup
    assert "beräknat på ett antal under 5" in markup


def test_the_structure_is_one_that_a_screen_reader_understands():
    reader = parsed(shown(COMPARED, unit="antal", period="tertial 3 2025"))
    scopes = [a.get("scope") for tag, a in reader.attributes if tag == "th"]
    assert scopes == ["col"] * 9 + ["row"] * 2 * 3
    tag, region = reader.attributes[0]
    assert tag == "div"
    assert region["role"] == "region"
    assert region["tabindex"] == "0"
    assert region["aria-label"] == "Tabell: Händelser"
    tags = [tag for tag, _ in reader.attributes]
    assert tags.index("caption") == tags.index("table") + 1


def test_a_repeated_key_is_read_but_not_shown_and_groups_are_set_apart():
    markup = shown(COMPARED)
    assert markup.count('<span class="again">Polisen</span>') == 1
    assert markup.count('<tr class="group">') == 1
    assert parsed(markup).rows[2][0] == "Polisen"


def test_a_rank_comes_before_the_row_headings():
    frame = pd.DataFrame({"rank": [1, 2], "actor": ["P", "P"], "area": ["A", "B"], "count": [9, 8]})
    markup = shown(frame)
    assert '<th scope="row">B</th>' in markup
    assert "again" not in markup


def test_dates_weeks_and_codes_are_written_out():
    frame = pd.DataFrame(
        {
            "start": [pd.Timestamp("2025-12-24 18:00")],
            "week": [pd.Timestamp("2025-12-29")],
            "last_day": [pd.NaT],
            "coverage": ["silent"],
            "weekday": [6],
            "year": [2025],
            "month": [5],
        }
    )
    row = parsed(shown(frame)).rows[1]
    expected = [
        "2025-12-24 18:00",
        f"v.{NBSP}1 2026",
        "–",
        "ej rapporterat",
        "söndag",
        "2025",
        "maj",
    ]
    assert row == expected


def test_markup_in_data_is_text_on_the_page():
    frame = pd.DataFrame({"area": ['<script>alert("x")</script>'], "count": [9]})
    safe = release(frame, INTERNAL, source="<b>")
    markup = html_table(safe, caption='"><img src=x>', language=SV)
    assert "<script" not in markup
    assert "<img" not in markup
    assert "<b>" not in markup
    assert parsed(markup).rows[1][0] == '<script>alert("x")</script>'


def test_an_empty_table_says_so():
    markup = shown(pd.DataFrame({"area": [], "count": []}))
    assert '<td colspan="2">Inga rader.</td>' in markup


def test_a_column_without_a_heading_is_refused():
    from est_analysis.errors import ReportError

    with pytest.raises(ReportError, match=r"label\.surprise"):
        shown(pd.DataFrame({"surprise": [True]}))


def test_a_figure_carries_its_text_and_its_table():
    markup = figure_html(Picture("<svg></svg>", "reserv"), "Trend & år", 'Stiger "lite"', "<p>", SV)
    source = re.search(r'base64,([^"]+)"', markup).group(1)
    assert base64.b64decode(source) == b"<svg></svg>"
    assert 'alt="Stiger &quot;lite&quot;"' in markup
    assert "<figcaption>Trend &amp; år</figcaption>" in markup
    assert "<summary>Visa tabell</summary><p></details>" in markup
    bare = figure_html(Picture("<svg></svg>", "reserv"), "x", "", "", SV)
    assert 'alt="reserv"' in bare
    assert "<details" not in bare
