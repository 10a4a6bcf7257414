"""The report as a notebook sees it: data, period and rule, and the way out to the page."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from est_analysis import findings, tables
from est_analysis.account import told_of_report
from est_analysis.alt_texts import alt_text
from est_analysis.alt_texts import computed as computed_for_alt
from est_analysis.calendar import Period
from est_analysis.checks import Check
from est_analysis.config import Intervention, Settings
from est_analysis.counts.causes import unread_values
from est_analysis.counts.dataset import Dataset
from est_analysis.disclosure import (
    DisclosureRule,
    SafeTable,
    edition_facts,
    follow,
    plan_of,
    shown_dataset,
    tertials_of,
)
from est_analysis.errors import SettingsError
from est_analysis.exhibits import (
    MANIFEST_MIME,
    NOT_PUBLIC,
    Exhibit,
    findings_html,
    lab_style,
    marked,
    sealed,
    table_record,
    table_rows,
)
from est_analysis.figures import Span
from est_analysis.findings.rows import listed
from est_analysis.language import Language
from est_analysis.names import in_sentences, named
from est_analysis.report.checked import outcomes
from est_analysis.report.edition import Edition
from est_analysis.report.facts import appendix_lines, facts_of, head_html, head_line, inputs_of
from est_analysis.report.looks import (
    IN_ORDER_ON_REQUEST,
    OF_WEEKS,
    columns_seen,
    drawing,
    marks_on,
)
from est_analysis.report.registered import EDITION_MIME, registering
from est_analysis.surveillance import window


@dataclass
class Report:
    """A report being made.

    Attributes
    ----------
    data
        The `Dataset`, limited to the report's area where one is chosen. In a public edition it is
        made of what may be shown alone: the rows that were read are not there to be used.
    period
        The report's period.
    next_period
        The neighbouring period after it.
    history
        The period and the three years before it, for series.
    reading
        The run log's entry of what was read.
    insats
        What the report is about, where it is about one insats.
    editions
        What public editions have shown, the newest first; a public one takes account of them.
    superseding
        Why it does not take account of those of its own period, where it does not.
    """

    kind: str
    data: Dataset
    period: Period
    rule: DisclosureRule
    language: Language
    reading: int = 0
    insats: Intervention | None = None
    editions: Sequence[dict[str, Any]] = ()
    superseding: str = ""

    def __post_init__(self) -> None:
        self._read, self._plan = self.data, None
        if self.rule.audience == "public":
            whole = self.data if self.data.area is None else self.data.whole()
            self._plan = plan_of(whole, self.rule)
            follow(self._plan, self.editions, self._own(), superseding=bool(self.superseding))
            self.data = shown_dataset(self.data, self._plan)

    def _own(self) -> list[int]:
        """The tertials that the report is of; none of a week."""
        return tertials_of(self.period) or []

    @property
    def settings(self) -> Settings:
        """The municipality's settings."""
        return self.data.settings

    @property
    def next_period(self) -> Period:
        """The period that follows."""
        return self.period.after()

    @property
    def history(self) -> Period:
        """From three years before the period's start to its end."""
        return Period("", "days", self.period.years_before(3).start, self.period.end)

    @property
    def whole(self) -> Dataset:
        """The data of the whole municipality, also in a report on one area."""
        return self.data if self.data.area is None else self.data.whole()

    @cached_property
    def edition(self) -> Edition:
        """What the report's audience sees of its tables."""
        return Edition(
            self.data, self._read, self.period, self.rule, self.language, self._plan, self.insats
        )

    def intervention(self, identity: str) -> Intervention:
        """An insats of the register.

        Raises
        ------
        SettingsError
            When there is none of that id; it lists those there are.
        """
        known = self.settings.interventions
        if identity not in known:
            raise SettingsError(
                f'no insats "{identity}"',
                expected=f"one of {', '.join(known) or 'none: interventions/ is empty'}",
                found=f'intervention = "{identity}"',
                change="--intervention, or the notebook's intervention",
                otherwise="no report is made",
            )
        return known[identity]

    def concerning(self, insatser: pd.DataFrame) -> pd.DataFrame:
        """The rows of insatser that concern the report's area: in it, or in a neighbour of it.

        Parameters
        ----------
        insatser
            With ``intervention``, the id. All of its rows in a report of the whole municipality.
        """
        area = self.data.area
        if area is None:
            return insatser
        near = {*self.settings.areas_within(area), *self.settings.areas[area].neighbours}
        reached = {
            insats.id: {one for own in insats.areas for one in self.settings.areas_within(own)}
            for insats in self.settings.interventions.values()
        }
        kept = [bool(near & reached[name]) for name in insatser["intervention"]]
        return insatser[np.array(kept, dtype=bool)].reset_index(drop=True)

    @property
    def recent_weeks(self) -> Period:
        """The eight weeks that end with the period."""
        return window(self.period, 8)

    @property
    def coming_weeks(self) -> Period:
        """The four weeks after the period."""
        first = self.period.end + dt.timedelta(days=1)
        return Period("", "days", first, first + dt.timedelta(days=27))

    # ---- exhibits ----

    def table(
        self,
        name: str,
        table: pd.DataFrame,
        *,
        margins: Iterable[Iterable[str]] = (),
        among: pd.DataFrame | None = None,
    ) -> Exhibit:
        """Release a table and show it, with its finding.

        Parameters
        ----------
        name
            The exhibit's name: its caption stands in the texts.
        table
            As the statistics give it.
        margins
            Groups within which counts add up to a total that the page also shows.
        among
            The table that the rows were looked for in: when it has none either, nothing is known.
        """
        if self.edition.left_out(name):  # first: that there is nothing would tell of it too
            return self._not_public(name)
        table = self.edition.rows(name, table)
        if table.empty:
            return self._nothing(name, known=among is None or not among.empty)
        safe = self.edition.release(name, table, margins)
        shown = named(safe, self.settings, self.language)
        seen = shown.select(columns=columns_seen(name, shown))
        absent = tables.absent_words(shown.data)
        body = self._html(name, seen, self._caption(name), absent)
        return self._exhibit(name, safe, body)

    def internal_table(self, name: str, table: pd.DataFrame) -> Exhibit:
        """Show a table to internal readers; a public page says that it is left out.

        For what the rule for counts cannot make safe: places, raw values, names of files.
        """
        if self.rule.audience == "internal":
            return self.table(name, table)
        return self._not_public(name)

    def figure(
        self,
        name: str,
        table: pd.DataFrame,
        *,
        by: str = "",
        margins: Iterable[Iterable[str]] = (),
        needs: str = "",
        listed: pd.DataFrame | None = None,
        recent: bool = False,
        ahead: bool = False,
        provisional: pd.DataFrame | None = None,
    ) -> Exhibit:
        """Release a table and draw it; its numbers stand in a table below the figure.

        Parameters
        ----------
        name
            The exhibit's name; `looks.DRAWN` says how it is drawn.
        by
            A key column: one figure for each of its values.
        margins
            As for `table`.
        needs
            A column without which a row is not drawn; on a map it is, with a pattern. The whole
            table is released all the same: a part of it could give hidden counts away.
        listed
            Another table to show below, where the drawn one is too long to read.
        recent
            Whether the table below has the report's period only; all stands in ``results.json``.
        ahead
            Whether the table below has only what lies after the report's period.
        provisional
            Weeks (``start``) whose reports are not all in: marked from the first of them on.
        """
        if self.edition.left_out(name):
            return self._not_public(name)
        table = self.edition.rows(name, table)
        if table.empty:
            return self._nothing(name)
        table, notes = self.edition.in_steps(name, table)
        if table.empty:
            return self._sentence(name, " ".join(notes))
        safe = self.edition.release(name, table, margins)
        shown = named(safe, self.settings, self.language)
        draw, described = drawing(name, shown, self.data)
        if needs:
            drawn = shown.select(shown.data[needs].notna() | shown.hidden[needs])
            if drawn.data.empty:
                return self._nothing(name)
            shown = drawn if described == name else shown
        shown = shown.select(columns=[str(c) for c in shown.data if c not in shown.withheld])
        below = (
            shown if listed is None else self._named(name, self.edition.rows(name, listed), margins)
        )
        body = ""
        stated: list[dict[str, Any]] = []
        pictures: list[str] = []
        for value, part in list(_split(shown, by)) if by else [("", shown)]:
            subject = self.language.value(by, value)
            caption = self._caption(name) + (f": {subject}" if value else "")
            rows = below.select(below.data[by] == value) if by else below
            if recent:
                rows = rows.select(rows.data["start"] >= pd.Timestamp(self.period.start))
            if ahead:
                rows = rows.select(rows.data["when"] == "coming")
            rows = rows.select(columns=columns_seen(name, rows))
            listing = self._html(name, rows, caption)
            alt = alt_text(described, part, self.language, subject)
            stated += computed_for_alt(described, part, self.language)
            marks = self._marks(name, value, provisional)
            picture = draw(part, self.language, **marks)
            pictures.append(picture.svg)
            body += tables.figure_html(picture, caption, alt, listing, self.language)
        if len(pictures) > 1:  # on paper they stand two beside each other
            body = f'<div class="figures">{body}</div>'
        return self._exhibit(name, safe, body, stated, notes, pictures)

    def checks(self, name: str, checks: Iterable[Check]) -> Exhibit:
        """Show checks; a public page has their outcome without the numbers behind it.

        Where they are many, those that are in order stand in a list that is opened on request.
        """
        if self.rule.audience == "internal":
            table = outcomes(checks, self.language)
        else:
            public = self.edition.public_checks(checks, self.history)
            table = outcomes(public, self.language).drop(columns=["found", "at_most"])
        if name not in IN_ORDER_ON_REQUEST or table.empty:
            return self.table(name, table)
        safe = self.edition.release(name, table, ())
        shown = named(safe, self.settings, self.language)
        telling = shown.select(shown.data["status"] != "ok")
        body = ""
        if len(telling.data):
            body = self._html(name, telling, self._caption(name))
        listing = self._html(name, shown, self._caption(f"{name}_all"))
        body += tables.on_request(listing, self.language.text("table.show_checks"))
        return self._exhibit(name, safe, body)

    def summary(self, **tables_by_name: pd.DataFrame) -> Exhibit:
        """What several tables say: what cannot be judged first, then the clearest.

        Before all stands whose counts will still rise, where ``to_come`` tells.
        """
        shown = self._in_sentences(tables_by_name)
        to_come = shown.pop("to_come", None)
        sentences = [] if to_come is None else findings.still_coming(to_come, self.language)
        sentences += [*self._unjudged(shown), *findings.summary(shown, self.language)]
        computed = [row for table in self._behind(shown) for row in table_rows(table)]
        return self._told(
            "summary", {"kind": "findings", "computed": computed, "findings": sentences}
        )

    def _behind(self, shown: dict[str, SafeTable]) -> Iterable[SafeTable]:
        """Tables that sentences rest on and that stand nowhere on the page."""
        if "weeks" in shown:
            yield shown["weeks"]
        if self._unread is not None:
            told = {cause for safe in shown.values() if "doubt" in safe.data
                    for words in safe.data["doubt"] for cause in str(words).split()}  # fmt: skip
            yield self._unread.select(self._unread.data["cause"].isin(told))

    def insats_in_short(self, **tables_by_name: pd.DataFrame) -> Exhibit:
        """What each actor's data say of an insats, its goal, and what happened next door."""
        shown = self._in_sentences(tables_by_name)
        sentences = [*self._unjudged(shown), *findings.insats_in_short(shown, self.language)]
        return self._told("insats_in_short", {"kind": "findings", "findings": sentences})

    def in_short(self, **tables_by_name: pd.DataFrame) -> Exhibit:
        """The week in short: who is silent, every signal, and what is overdue, by name."""
        shown = self._in_sentences(tables_by_name)
        sentences = [*self._unjudged(shown), *findings.week_in_short(shown, self.language)]
        overdue = findings.overdue_counts(shown["insatser"], shown["decisions"])
        computed = [overdue, *(row for safe in self._behind(shown) for row in table_rows(safe))]
        return self._told(
            "in_short", {"kind": "findings", "computed": computed, "findings": sentences}
        )

    @cached_property
    def _unread(self) -> SafeTable | None:
        """What is unread, as it may be told of; None for readers who see no raw values."""
        if self.rule.audience != "internal":
            return None
        safe = self.edition.release("unread_values", unread_values(self.data), shown=False)
        return named(safe, self.settings, self.language)

    def _unjudged(self, shown: dict[str, SafeTable]) -> list[str]:
        """What cannot be judged in some tables, because of what, and the cure."""
        return findings.unjudged(shown, self._unread, self.language)

    def _in_sentences(self, tables_by_name: dict[str, pd.DataFrame]) -> dict[str, SafeTable]:
        return {
            name: in_sentences(
                self.edition.release(name, table, shown=False), self.settings, self.language
            )
            for name, table in tables_by_name.items()
        }

    def _told(self, name: str, record: dict[str, Any]) -> Exhibit:
        return self._sealed(name, findings_html(record["findings"], name), {"id": name, **record})

    def appendix(self) -> Exhibit:
        """Files with checksums (how many, for the public), versions, how many cells were hidden."""
        if self.rule.audience == "public":  # a checksum confirms a guess at a small file's rows
            numbers = pd.Series([d.actor for d in self.data.cleaning.deliveries]).value_counts()
            inputs = numbers.sort_index().rename_axis("actor").rename("files").reset_index()
        else:
            columns = ["actor", "file", "rows", "sha256"]
            inputs = pd.DataFrame(inputs_of(self.data, self.rule), columns=columns)
        safe = self.edition.release("appendix", inputs, ())
        shown = named(safe, self.settings, self.language)
        body = self._html("appendix", shown, self._caption("appendix"))
        verdict = self.edition.verdict()
        lines = appendix_lines(self.rule, verdict, self.language)
        body += "".join(f"<p>{html.escape(line)}</p>" for line in lines)
        record = {
            **table_record("appendix", safe),
            "hidden": sum(verdict.values()),
            "hidden_by_reason": verdict,
            "rule": asdict(self.rule),
        }
        return self._sealed("appendix", body, record)

    def _sealed(
        self, name: str, body: str, record: dict[str, Any], pictures: tuple[str, ...] = ()
    ) -> Exhibit:
        """What has passed the gate, with its mark."""
        return sealed(Exhibit(name, body, record, pictures), self.rule.audience)

    def _nothing(self, name: str, *, known: bool = True) -> Exhibit:
        """What stands where there is nothing to show, with the reason where it is known."""
        keys = [f"empty.{name}", "empty.any"]
        if self.data.area is not None:
            keys.insert(0, f"empty_in_area.{name}")
        if not known:
            keys.insert(0, f"empty.{name}_unknown")
        key = next(key for key in keys if self.language.has(key))
        sentence = self.language.text(key)
        notes = self._by_month(name) if sentence else []
        return self._sentence(name, " ".join([sentence, *notes]))

    def _by_month(self, name: str) -> list[str]:
        """Who has no part in an exhibit of single weeks."""
        monthly = self.data.coverage.by_step.get("month", [])
        actors = [actor for actor in self.data.actors if actor in monthly]
        if name not in OF_WEEKS or not actors:
            return []
        names = [self.settings.sources[actor].named(self.language.code) for actor in actors]
        return [self.language.text("finding.by_month", actors=listed(names, self.language))]

    def _sentence(self, name: str, sentence: str) -> Exhibit:
        record = {"id": name, "kind": "left_out", "findings": [sentence] if sentence else []}
        return self._sealed(name, f"<p>{html.escape(sentence)}</p>" if sentence else "", record)

    def _not_public(self, name: str) -> Exhibit:
        """What is left out of the public page, which says so once, at its end."""
        return self._sealed(name, "", {"id": name, "kind": NOT_PUBLIC, "findings": []})

    def _exhibit(
        self,
        name: str,
        safe: SafeTable,
        body: str,
        stated: Iterable[dict[str, Any]] = (),
        notes: Iterable[str] = (),
        pictures: Iterable[str] = (),
    ) -> Exhibit:
        told = in_sentences(safe, self.settings, self.language)
        sentences = [
            *self._unjudged({name: told}),
            *findings.of(name, told, self.language),
            *notes,
            *self._by_month(name),
        ]
        record = {
            **table_record(name, safe),
            "computed": [*findings.computed(name, told), *stated],
            "findings": sentences,
        }
        body += findings_html(sentences, name)
        return self._sealed(name, body, record, tuple(pictures))

    def _marks(self, name: str, actor: str, provisional: pd.DataFrame | None) -> dict[str, Any]:
        if name == "before_after" and self.insats is not None:
            return {"insats": Span(self.insats.name, self.insats.start, self.insats.end)}
        return marks_on(
            name, actor, provisional, self.period, self.settings, self.language,
            public=self.rule.audience == "public",
        )  # fmt: skip

    def _html(
        self, name: str, shown: SafeTable, caption: str, absent: Sequence[str] | None = None
    ) -> str:
        return tables.html_table(
            shown, caption=caption, language=self.language, exhibit=name, absent=absent
        )

    def _caption(self, name: str) -> str:
        return self.language.text(
            f"captions.{name}",
            period=self.language.period(self.period),
            place=self._place(),
            before=self.language.value("comparison", "last_year"),
        )

    def _place(self) -> str:
        area = self.data.area
        return self.settings.areas[area].name if area else self.settings.municipality.name

    def _named(self, name: str, table: pd.DataFrame, margins: Iterable[Iterable[str]]) -> SafeTable:
        safe = self.edition.release(name, self.edition.rows(name, table), margins)
        return named(safe, self.settings, self.language)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The head of the page, and what the manifest needs."""
        place = self._place()
        subject = self.insats.name if self.insats else ""
        line = head_line(place, self.period, self.data, self.language, subject)
        body = head_html(line, self.rule, self.settings, self.language) + lab_style()
        if self.superseding:
            said = self.language.text("head.supersedes", reason=self.superseding)
            body += f'<p class="head">{html.escape(said)}</p>'
        untold = self.edition.untold(self.period)
        facts = facts_of(self.kind, self.period, self.data, self.rule, self.language, untold)
        facts["reading"] = self.reading
        facts["told"] = told_of_report(self.whole)
        bundle = {"text/html": body, "text/plain": line, MANIFEST_MIME: facts}
        passed = marked(bundle, self.rule.audience)
        return {**passed, **self._registered()} if registering() else passed

    def _registered(self) -> dict[str, Any]:
        """What the register of public editions is to have, hidden counts too."""
        own = self._own()
        if self._plan is None or not own:
            return {}
        monthly = self._read.coverage.by_step.get("month", [])
        return {EDITION_MIME: edition_facts(self._plan, own, monthly)}


def _split(safe: SafeTable, by: str) -> Iterable[tuple[str, SafeTable]]:
    for value in safe.data[by].drop_duplicates():
        yield str(value), safe.select(safe.data[by] == value)
