"""What a declaration of one file would say, key by key."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from est_analysis.draft.fields import (
    MOST_WORDS,
    WEEK,
    Column,
    called,
    columns_of,
    date_forms,
    is_numbers,
    is_times,
    is_total,
    periods,
    projection,
)
from est_analysis.draft.guessed import ASK, Guess, Known
from est_analysis.draft.look import Seen, Table
from est_analysis.draft.register import street_register
from est_analysis.draft.span import span_of
from est_analysis.draft.words import words_of
from est_analysis.privacy import find_personal_data
from est_analysis.sources.coded import tidy

_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_EFFORT = re.compile(  # work done, no incidents
    r"rond|timm|besök|pass|personal|åtgärd|avvis|avhys|avlägsn|ingrip|omhänder", re.IGNORECASE
)


def guess(seen: Seen, known: Known) -> dict[str, Guess]:
    """The keys of a declaration of one file, in the order in which they are written."""
    table = seen.tables[0]
    columns = [one for one in columns_of(_joined(seen.tables)) if one.name]
    pattern = _pattern(seen.path.name)
    found: dict[str, Guess] = {"files": Guess([pattern], "siffror i namnet får variera")}
    found |= _form(seen, table)
    total = _totals(seen.tables)
    if total:
        found["total"] = Guess(total, "rader som summerar andra; de kontrolleras och räknas inte")
    wide = periods(columns)
    counted = wide or _several_counts(columns)
    left = [one for one in columns if one not in counted]
    fields = _fields(left, known, bool(counted), wide)
    if counted or "count" in fields:
        found["shape"] = Guess("counts", "antal, inte en rad per händelse")
    if counted:
        found |= _unpivot(columns, counted, wide)
    found |= _filled(table, fields)
    found |= _columns(columns, fields, counted)
    dates = wide or [fields[name] for name in ("occurred_from",) if name in fields]
    forms = _forms(seen.reader, dates, wide)
    asked = "" if forms else f"{ASK}hur skrivs datumen?"
    found["dates"] = Guess({"forms": forms or ["iso"]}, asked)
    found |= _year(seen, forms, dates, fields)
    meanings = _meanings(_joined(seen.tables), fields, columns)
    found |= words_of(fields, [] if wide else counted, known, meanings)
    found |= _told(found, seen, forms, dates, _areas(fields, known))
    return found


def _meanings(table: Table, fields: dict[str, Column], columns: Sequence[Column]) -> dict[str, str]:
    """The names beside codes of types, where each code has one and the same."""
    codes = fields.get("category")
    if codes is None or not all(word.isdecimal() for word in codes.words):
        return {}
    for other in columns:
        pairs = {
            (tidy(cells[codes.place]), tidy(cells[other.place]))
            for _, cells in table.rows
            if len(cells) > max(codes.place, other.place) and cells[codes.place].strip()
        }
        if other != codes and len(pairs) == len(codes.words) == len(other.words):
            return dict(pairs)
    return {}


def _areas(fields: dict[str, Column], known: Known) -> list[str]:
    """The areas that a file has, where they are some of the settings' but not all."""
    if "address" in fields:
        found = street_register(fields["address"].words[:MOST_WORDS], known)
        there = found[1] if found else []
    else:
        words = {word.casefold() for word in fields["area"].words} if "area" in fields else set()
        there = [str(area) for name, area in known.areas.items() if name.casefold() in words]
    return there if 0 < len(there) < len(known.areas) else []


def _forms(reader: str, dates: Sequence[Column], wide: Sequence[Column]) -> list[str]:
    if wide:
        return ["week" if WEEK.fullmatch(wide[0].name) else "month"]
    forms = date_forms(dates[0]) if dates else []
    return ["excel"] if forms == ["iso"] and reader not in ("csv", "jsonl") else forms


def _joined(tables: Sequence[Table]) -> Table:
    rows = [row for table in tables if table.headers == tables[0].headers for row in table.rows]
    return Table(tables[0].headers, rows, tables[0].header_row)


def _pattern(name: str) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{re.sub('[0-9]+', '*', stem)}.{ending}"


def _form(seen: Seen, table: Table) -> dict[str, Guess]:
    found = {"reader": Guess(seen.reader, "efter innehållet")}
    if seen.reader == "csv":
        found["encoding"] = Guess(seen.encoding, "efter å, ä och ö i filen")
        found["delimiter"] = Guess(seen.delimiter.replace("\t", "\\t"), "")
    found["header_row"] = Guess(table.header_row, "; ".join(_names(table.headers)))
    if len(seen.tables) > 1:
        found["sheets"] = Guess(["all"], f"bladen {', '.join(t.sheet for t in seen.tables)}")
    if seen.others and len(seen.tables) > 1:
        names = [table.sheet for table in seen.tables]
        found["sheets"] = Guess(names, f"inte {', '.join(seen.others)}")
    return found


def _names(headers: Iterable[str]) -> list[str]:
    return [name for name in headers if name][:8]


def _totals(tables: Sequence[Table]) -> list[str]:
    """Patterns of the first cells of rows of sums."""
    firsts = Counter(
        next((tidy(cell) for cell in cells if cell.strip()), "")
        for table in tables
        for _, cells in table.rows
        if is_total(cells)
    )
    begin = [word for word in firsts if re.match(r"(del)?summa .", word, re.IGNORECASE)]
    end = [word for word in firsts if re.fullmatch(r".+ (summa|totalt?)", word, re.IGNORECASE)]
    patterns = [f"{begin[0].split()[0]} *"] if begin else []
    patterns += [f"* {end[0].split()[-1]}"] if end else []
    return [*patterns, *(word for word in firsts if word not in {*begin, *end})]


def _several_counts(columns: Sequence[Column]) -> list[Column]:
    """Columns that are numbers, two or more, none of them called a number of something."""
    found = [
        one
        for one in columns
        if is_numbers(one) and not called(one, "count") and not called(one, "identity")
        and not called(one, "occurred_from") and one.name.casefold() not in ("år", "year")
        and not called(one, "area") and len(one.words) < 200 and not called(one, "category")
        and not one.name.casefold().endswith("kod")
    ]  # fmt: skip
    return found if len(found) > 1 else []


def _fields(
    columns: Sequence[Column], known: Known, counted: bool, wide: Sequence[Column]
) -> dict[str, Column]:
    """The field that each column seems to be."""
    left = list(columns)
    fields: dict[str, Column] = {}

    def take(name: str, scores: list[tuple[float, Column]]) -> None:
        sure = [(score, -one.place, one) for score, one in scores if score > 0]
        if sure:
            fields[name] = max(sure, key=lambda s: s[:2])[2]
            left.remove(fields[name])

    dates = (
        []
        if wide
        else [(called(one, "occurred_from") + 0.1, one) for one in left if date_forms(one)]
    )
    take("occurred_from", dates)
    take("time_from", [(called(one, "time_from"), one) for one in left if is_times(one)])
    numbered = [one for one in left if one.distinct > 0.999 and one.filled > 0.999]
    if not wide:
        take("identity", [(called(one, "identity"), one) for one in numbered])
    if not counted:
        take("count", [(called(one, "count"), one) for one in left if is_numbers(one)])
    if any(one.name.casefold() in ("år", "year") for one in left):
        take("year", [(1, one) for one in left if one.name.casefold() in ("år", "year")])
    take("area", [(_likeness(one, "area", known.areas), one) for one in left])
    if not counted or wide:
        take(
            "category",
            [(_likeness(one, "category", known.kinds), one) for one in left if not date_forms(one)],
        )
    if "area" not in fields:
        _placed(left, fields)
    if "area" not in fields and "north" not in fields:
        take("address", [(called(one, "address"), one) for one in left])
    return fields


def _likeness(column: Column, field: str, known: Iterable[str]) -> float:
    """By its name, and far more by how many of its words are names of the settings."""
    names = {name.casefold() for name in known}
    words = column.words[:MOST_WORDS]
    share = sum(word.casefold() in names for word in words) / max(len(words), 1)
    return called(column, field) + (100 * share if share > 0.3 else 0)


def _placed(left: list[Column], fields: dict[str, Column]) -> None:
    for north in left:
        for east in left:
            if called(north, "north") and called(east, "east") and projection(north, east):
                fields["north"], fields["east"] = north, east
                return


def _unpivot(
    columns: Sequence[Column], counted: Sequence[Column], wide: Sequence[Column]
) -> dict[str, Guess]:
    names = [one.name for one in counted]
    notes = {"blank": f"{ASK}betyder en tom cell noll (0) eller ej rapporterat (not_reported)?"}
    value: dict[str, Any] = {"columns": names, "into": "category"}
    if wide:
        begin = re.match(r"\D*", names[0])
        start = begin[0] if begin else ""
        same = start and all(name.startswith(start) for name in names)
        value = {"columns": [f"{start}*"] if same else names, "into": "occurred_from"}
    else:
        value["columns"] = [name for name in names if not _EFFORT.search(name)]
        notes["columns"] = f"{ASK}är alla dessa händelser, och inte åtgärder eller insatser?"
    value["blank"] = "not_reported"
    sums = [
        one.name
        for one in columns
        if re.fullmatch(r"total(t|summa)?|summa", one.name, re.IGNORECASE)
    ]
    if sums and wide:
        value["total"] = sums
    return {"unpivot": Guess(value, "en kolumn per antal", notes)}


def _filled(table: Table, fields: dict[str, Column]) -> dict[str, Guess]:
    """Columns whose blank cells mean what stands above: named once for a group of rows."""
    area = fields.get("area")
    if area is None:
        return {}
    rows = [cells for _, cells in table.rows if any(map(str.strip, cells)) and not is_total(cells)]
    blank = [not "".join(cells[area.place : area.place + 1]).strip() for cells in rows]
    if not rows or blank[0] or sum(blank) < 0.3 * len(rows):
        return {}
    return {
        "fill_down": Guess([area.name], f"{ASK}gäller namnet även de tomma cellerna under det?")
    }


def _columns(
    columns: Sequence[Column], fields: dict[str, Column], counted: Sequence[Column]
) -> dict[str, Guess]:
    found: dict[str, Guess] = {}
    if "identity" in fields:
        found["identity"] = Guess([fields["identity"].name], "olika på varje rad")
    if "north" in fields:
        crs = projection(fields["north"], fields["east"])
        found["crs"] = Guess(crs, "efter talens storlek; kräver geometry i areas.yaml")
    own = {name: one.name for name, one in fields.items() if name != "identity"}
    used = {one.name for one in [*fields.values(), *counted]}
    unused = [one.name for one in columns if one.name not in used]
    above = [f"läses inte: {', '.join(unused)}"] if unused else []
    above += _persons(columns)
    notes = {}
    rivals = [one.name for one in columns if one.name in unused and called(one, "category")]
    if rivals and "category" in own:
        notes["category"] = f"{ASK}eller {' eller '.join(rivals)}?"
    if "category" not in own and not counted:
        above.append(f"{ASK}i vilken kolumn står händelsetypen?")
    found["columns"] = Guess(own, "", notes, tuple(above))
    return found


def _persons(columns: Sequence[Column]) -> list[str]:
    """Which columns hold personal data, never what stands there."""
    lines = []
    for one in columns:
        kinds = [kind for kind, flags in find_personal_data(one.words).items() if flags.any()]
        if kinds:
            lines.append(f"personuppgifter i {one.name}: {', '.join(kinds)}")
    return lines


def _year(
    seen: Seen, forms: Sequence[str], dates: Sequence[Column], fields: dict[str, Column]
) -> dict[str, Guess]:
    """Whose name tells the year, where the dates do not."""
    words = [one.name for one in dates] if len(dates) > 1 else dates[0].words if dates else []
    lacking = words and not any(_YEAR.search(word) for word in words)
    if "year" in fields or not lacking or not {"week", "month"} & {*forms}:
        return {}
    sheets = [_YEAR.findall(table.sheet) for table in seen.tables]
    if all(len(set(years)) == 1 for years in sheets):
        return {"year_from": Guess("sheet", "datumen saknar år; bladens namn har det")}
    if len(set(_YEAR.findall(seen.path.name))) == 1:
        return {"year_from": Guess("file", "datumen saknar år; filens namn har det")}
    return {"year_from": Guess("file", f"{ASK}datumen saknar år: i filens eller bladets namn?")}


def _stamped(words: Sequence[str]) -> bool:
    """Whether dates are moments, as a system writes them that always runs."""
    return all(re.search(r"\d{1,2}[.:]\d{2}", word) for word in words[:MOST_WORDS])


def _told(
    found: dict[str, Guess],
    seen: Seen,
    forms: Sequence[str],
    dates: Sequence[Column],
    areas: list[str],
) -> dict[str, Guess]:
    """When and for what the actor answers: what the dates say, and what no file can tell."""
    words = [one.name for one in dates] if len(dates) > 1 else dates[0].words if dates else []
    named = [seen.path.name]
    if "year_from" in found and found["year_from"].value == "sheet":
        named = [table.sheet for table in seen.tables]
    years = sorted({int(year) for name in named for year in _YEAR.findall(name)})
    span = span_of(words, forms, years if "year_from" in found else [0]) if words else None
    asked = f"{ASK}från när, för vilka områden och typer svarar aktören?"
    reports: dict[str, Any] = {"from": span[0]} if span else {}
    if areas:
        reports["areas"] = areas
    coverage: dict[str, Any] = {"rule": "any_row"}
    if span and span[2] and (len(dates) > 1 or _stamped(words)):
        coverage = {"rule": "continuous", "through": span[1]}
    drop = "finns rader som inte är händelser (åtgärder, avslag, annat än trygghet)? drop:"
    rule = "är veckor utan rader lugna (continuous) eller ej rapporterade (any_row)?"
    return {
        "reports": Guess([reports] if reports else None, asked),
        "coverage": Guess(coverage, "", {"rule": f"{ASK}{rule}"}),
        "drop": Guess(None, f"{ASK}{drop}"),
    }
