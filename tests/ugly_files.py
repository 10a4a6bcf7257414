"""Two hundred ugly files, made when asked for: text exports and settings. See `ugly_packages` too.

Each has a name, what it does to the small town, what must come of it (`accepted`, `refused`, or
`told` where either is right) and words that the message must hold.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from small_town import EXPORT, SmallTown

Spoil = Callable[[SmallTown], object]
SOURCE, CSV = "sources/vakten.yaml", "exports/vakten.csv"
GOOD = "2024-10-21;Norr;Bråk\n" * 12  # enough that one bad row is under a fifth
HEAD = "Datum;Område;Typ\n"


@dataclass(frozen=True)
class Ugly:
    """One ugly file and its outcome."""

    name: str
    spoil: Spoil
    outcome: str
    said: tuple[str, ...] = ()


def export(text: str | bytes) -> Spoil:
    return lambda town: town.files.update({CSV: text})


def source(*changes: tuple[str, str], text: str | bytes | None = None) -> Spoil:
    def spoil(town: SmallTown) -> None:
        for old, new in changes:
            town.change(SOURCE, old, new)
        if text is not None:
            town.files[CSV] = text

    return spoil


def settings(name: str, text: str | bytes) -> Spoil:
    return lambda town: town.files.update({name: text})


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def jsonl(text: str | bytes) -> Spoil:
    return source(("reader: csv", "reader: jsonl"), text=text)


def counts(cell: str) -> Spoil:
    rows = "Datum;Område;Typ;Antal\n" + "".join(
        f"2024-10-{day:02d};Norr;Bråk;{day}\n" for day in range(1, 20)
    )
    return source(
        ("columns:", "shape: counts\ncolumns:\n  count: Antal"),
        text=f"{rows}2024-10-20;Norr;Bråk;{cell}\n",
    )


RECORD = '{"Datum": "2024-10-07", "Område": "Norr", "Typ": "Bråk"}\n'
LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}]\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
REFUSED_BYTES = {
    "utf-16 without mark": EXPORT.encode("utf-16-le"),
    "utf-32": EXPORT.encode("utf-32"),
    "mac roman": EXPORT.encode("mac-roman"),
    "dos letters": EXPORT.encode("cp437"),
    "overlong utf-8": EXPORT.encode() + b"2024-10-10;\xc0\xaf;Br\xc3\xa5k\n",
    "half a surrogate pair": EXPORT.encode() + b"2024-10-10;\xed\xa0\x80;x\n",
    "utf-8 cut in a letter": EXPORT.encode()[: EXPORT.encode().index("Ö".encode()[:1]) + 1]
    if "Ö" in EXPORT
    else "Datum;Omr\xc3".encode("latin-1"),
    "a zero byte": EXPORT.encode() + b"2024-10-10;No\x00rr;Br\xc3\xa5k\n",
    "nothing but zero bytes": b"\x00" * 5000,
    "only a byte order mark": b"\xef\xbb\xbf",
    "one line end": b"\n",
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n",
    "a PNG": b"\x89PNG\r\n\x1a\n" + noise(1, 400),
    "a database": b"SQLite format 3\x00" + noise(2, 400),
    "a web page": b"<!DOCTYPE html><html><body><table><tr><td>Datum</td></tr></table></html>",
    "an XML file": b'<?xml version="1.0"?><rows><row Datum="2024-10-07"/></rows>',
    "JSON instead": RECORD.encode() * 3,
    "a program": b"#!/bin/sh\nrm -rf /\n",
    "a login page": b"<html><title>Logga in</title></html>\n" * 20,
    "a zip": b"PK\x03\x04" + noise(3, 300),
    "only delimiters": b";;;;\n;;;;\n",
    "a hundred thousand columns": b";".join(b"k%d" % n for n in range(100_000)) + b"\n1;2\n",
    "a header and a quote": 'Datum;Område;Typ\n"2024-10-07;Norr;Bråk\n'.encode(),
    "text after a quote": EXPORT.encode() + '2024-10-10;"Norr"x;Bråk\n'.encode(),
    "old Mac line ends": EXPORT.replace("\n", "\r").replace("Datum", "Dag").encode(),
}
ACCEPTED_TEXTS = {
    "Windows line ends": EXPORT.replace("\n", "\r\n") + GOOD,
    "Mac line ends": (EXPORT + GOOD).replace("\n", "\r"),
    "mixed line ends": EXPORT.replace("\n", "\r\n", 1) + GOOD,
    "a byte order mark": "\ufeff" + EXPORT + GOOD,
    "no line end at the end": (EXPORT + GOOD).rstrip("\n"),
    "letters in two parts": (EXPORT + GOOD).replace("å", "a\u030a").replace("ö", "o\u0308"),
    "no-break spaces": (EXPORT + GOOD).replace("Norr", "\u00a0Norr\u00a0"),
    "blank lines between": (EXPORT + GOOD).replace("\n", "\n\n"),
    "a hundred thousand blank lines": EXPORT + GOOD + "\n" * 100_000,
    "quoted everything": "\n".join(
        ";".join(f'"{cell}"' for cell in line.split(";")) for line in (EXPORT + GOOD).splitlines()
    ),
    "a line end in a cell": EXPORT + GOOD + '2024-10-10;Norr;"Bråk\n"\n',
    "the header again in the middle": EXPORT + HEAD + GOOD,
    "header in capitals": EXPORT.replace("Datum", "DATUM") + GOOD,
    "columns in another order": "Typ;Datum;Område\n" + "Bråk;2024-10-07;Norr\n" * 9,
    "more columns than declared": "X;Datum;Y;Område;Typ;Z\n" + "1;2024-10-07;2;Norr;Bråk;3\n" * 9,
    "empty names of columns": "Datum;;Område;Typ;\n" + "2024-10-07;;Norr;Bråk;\n" * 9,
}
CELLS = {  # of the area, in one row of many: kept, untranslated, shown as text
    "a formula": "=1+1", "a command": "=cmd|' /C calc'!A0", "a plus formula": "+SUM(A1:A9)",
    "an at formula": "@SUM(1)", "a minus formula": "-2+3+cmd|' /C calc'!A0",
    "a script": "<script>alert(1)</script>", "an image": "<img src=x onerror=alert(1)>",
    "an svg": "<svg/onload=alert(1)>", "a template": "{{7*7}}${7*7}<%= 7*7 %>",
    "a path": "../../../etc/passwd", "a Windows path": "C:\\Windows\\win.ini",
    "a web address": "http://169.254.0.1/x", "a lookup": "${jndi:ldap://x/a}",
    "SQL": "'); DROP TABLE x;--", "right to left": "\u202eedisnitua", "an emoji": "🚓👨‍👩‍👧‍👦",
    "marks on marks": "Z" + "\u0301" * 2000, "unseen letters": "No\u200brr", "a bell": "No\x07rr",
    "an escape": "\x1b[31mNorr\x1b[0m", "a percent form": "%s%n%x", "ten thousand letters": "x" * 10_000,
    "NULL": "NULL", "not a number": "NaN", "a fullwidth word": "Ｎｏｒｒ", "a device": "CON",
    "a Turkish i": "NORR İ", "a German s": "STRAẞE", "a ligature": "ﬁskare",
}  # fmt: skip
DATES = [
    "0000-00-00", "9999-12-31", "99999-01-01", "2024-13-01", "2024-02-30", "2023-02-29", "-1", "0",
    "45000", "1e5", "NaN", "Infinity", "2024-10-07T25:00", "2024-10-07 24:00", "٢٠٢٤-١٠-٠٧",
    "２０２４-１０-０７", "2024-10-07\u00a022:30:61", "igår", "7 okt", "2024-W54", "2024-10-7", "1970-01-01",
    "2024-10-07 22:30:00.000000000", "2024-10-07 22:30 +99:00", "31/12/1899", "=TODAY()", "x" * 5000,
]  # fmt: skip
NUMBERS = ["1e400", "9" * 400, "-0", "½", "३", "٣", "0x10", "1_000", "NaN", "inf", "1,5", "1.2.3",
           "--1", "+5", "1 2 3 4", "１２", "1;", "=2+2", "999999999999", "−3", "∞", "12,00"]  # fmt: skip
JSON_LINES = {
    "a hundred thousand levels": '{"Datum": ' + "[" * 100_000 + "]" * 100_000 + "}\n",
    "objects in objects": '{"a":' * 900 + "1" + "}" * 900 + "\n",
    "a number of ten thousand digits": '{"Datum": ' + "9" * 10_000 + "}\n",
    "not a number": '{"Datum": NaN}\n',
    "a list as date": '{"Datum": ["2024-10-07"], "Område": "Norr", "Typ": "Bråk"}\n',
    "an object as date": '{"Datum": {"$date": "2024-10-07"}}\n',
    "half a pair": '{"Datum": "2024-10-07", "Område": "\\ud800", "Typ": "Bråk"}\n',
    "a zero letter": '{"Datum": "2024-10-07", "Område": "No\\u0000rr", "Typ": "Bråk"}\n',
    "a key twice": '{"Datum": "x", "Datum": "2024-10-07", "Område": "Norr", "Typ": "Bråk"}\n',
    "a bare word": '"Datum"\n',
    "single quotes": "{'Datum': '2024-10-07'}\n",
    "a comma too many": RECORD.replace("}", ",}"),
    "a long key": '{"' + "k" * 50_000 + '": 1}\n',
    "an empty key": '{"": 1}\n',
    "true as area": '{"Datum": "2024-10-07", "Område": true, "Typ": 3.5}\n',
}
YAMLS = {
    "billion laughs": LAUGHS,
    "a hundred thousand keys": "\n".join(f"k{n}: v" for n in range(100_000)),
    "deep lists": "a: " + "[" * 100_000,
    "deep mappings": "\n".join(" " * n + "a:" for n in range(1000)),
    "a million question marks": "{" + ",".join("?" * 600_000) + "}",
    "a Python object": "areas: !!python/object/apply:os.system [id]",
    "a tag": "areas: !include /etc/passwd",
    "two documents": "areas: []\n---\nareas: []\n",
    "a tab": "areas:\n\t- id: a\n",
    "nothing": "",
    "only a comment": "# inget\n",
    "a list": "- a\n- b\n",
    "a word": "areas",
    "a key twice": "areas: []\nareas: []\n",
    "a zero letter": "areas: \x00\n",
    "Windows letters": "areas: [{id: a, name: Väst}]".encode("cp1252"),
    "utf-16": "areas: []".encode("utf-16"),
    "noise": noise(9, 3000),
    "three megabytes": "areas: " + "x" * 3_000_000,
    "a list as key": "? [a, b]\n: c\n",
    "an endless number": "areas: [{id: a, name: A, population: {2024: " + "9" * 500 + "}}]",
    "an id with a path": "areas: [{id: ../../x, name: A}]",
    "a device as id": "areas: [{id: con, name: A}]",
    "a device with an ending": "areas: [{id: nul.txt, name: A}]",
    "a capital in an id": "areas: [{id: alby, name: A}, {id: Alby, name: B}]",
    "an accent in an id": "areas: [{id: väst, name: A}]",
    "a full stop at the end": "areas: [{id: a., name: A}]",
    "a quote in an id": "areas: [{id: 'a\"; import os', name: A}]",
    "a line end in an id": 'areas: [{id: "a\\nimport os", name: A}]',
    "its own parent": "areas: [{id: a, name: A, parent: b}]",
}
PATTERNS = ["../*.csv", "/etc/*", "~/x.csv", "C:\\x.csv", "..\\x.csv", "a/../../x.csv", ""]
ENCODINGS = ["rot13", "zlib", "base64", "undefined", "unicode_escape", "idna", "utf-7", "nope"]
GEOJSON = {
    "a million vertices": '{"features": [' + "[17.123456, 59.123456]," * 1_000_000 + "{}]}",
    "deep": "[" * 100_000 + "]" * 100_000,
    "cut off": '{"features": [{"prop',
    "another thing": '{"features": 3}',
    "no properties": '{"features": [{}]}',
    "Windows letters": '{"features": [{"properties": {"k": "Väst"}}]}'.encode("cp1252"),
}  # fmt: skip
MAPPINGS = {
    "a stray quote": 'raw;id\n"Norr;norr\n' + "x" * 200_000,
    "Windows letters": "raw;id\nVäst;norr\n".encode("cp1252"),
    "three columns": "raw;id\na;b;c\n",
    "an unknown id": "raw;id\nNorr;narnia\n",
    "a value twice": "raw;id\nNorr;norr\nNorr;soder\n",
}


NOT_THERE = {
    "elsewhere": "../../../../etc/passwd", "a name that is too long": 1000 * "lång",
    "a folder": ".", "nothing": "ingen", "a file as a folder": "lista.csv/a",
}  # fmt: skip


def _geometry(content: str | bytes, name: str = "karta.geojson") -> Spoil:
    def spoil(town: SmallTown) -> None:
        town.files["areas.yaml"] = str(town.files["areas.yaml"]) + (
            f"geometry: {{file: {name}, property: k}}\n"
        )
        town.files["karta.geojson"] = content

    return spoil


def _mapping(content: str | bytes, name: str = "lista.csv") -> Spoil:
    def spoil(town: SmallTown) -> None:
        town.change(SOURCE, "areas:\n  match: name", f"areas:\n  file: {name}\n  match: name")
        town.files["sources/lista.csv"] = content

    return spoil


def _packed(content: bytes) -> Spoil:
    def spoil(town: SmallTown) -> None:
        del town.files[CSV]
        town.change(SOURCE, "*.csv", "*.csv.gz")
        town.files["exports/vakten.csv.gz"] = content

    return spoil


def _zeros(size: int) -> bytes:
    """A gzip that unpacks to so many blanks: members after one another, made in no time."""
    part = gzip.compress(b" " * 10_000_000, mtime=0)
    return part * (size // 10_000_000)


def text_cases() -> list[Ugly]:
    """Text exports and settings."""
    packed = gzip.compress(EXPORT.encode(), mtime=0)
    cases = [Ugly(f"bytes: {n}", export(raw), "refused") for n, raw in REFUSED_BYTES.items()]
    cases += [Ugly(f"noise {n}", export(noise(n, 4000)), "refused") for n in range(8)]
    cases += [Ugly(f"text: {n}", export(text), "accepted") for n, text in ACCEPTED_TEXTS.items()]
    cases += [
        Ugly(f"cell: {n}", export(f"{EXPORT}2024-10-10;{json.dumps(cell) if ';' in cell else cell};Bråk\n{GOOD}"), "accepted")
        for n, cell in CELLS.items()
    ]  # fmt: skip
    cases += [
        Ugly(f"date: {cell[:30]}", export(f"{EXPORT}{cell};Norr;Bråk\n{GOOD}"), "accepted")
        for cell in DATES
    ]
    cases += [Ugly(f"count: {cell[:20]}", counts(cell), "accepted") for cell in NUMBERS]
    cases += [
        Ugly(f"json: {n}", jsonl(RECORD * 12 + line), "accepted") for n, line in JSON_LINES.items()
    ]
    cases += [
        Ugly("json: one array", jsonl("[" + RECORD.strip() + "]"), "refused"),
        Ugly("json: a byte order mark", jsonl(b"\xef\xbb\xbf" + RECORD.encode() * 5), "accepted"),
        Ugly("json: in utf-16", jsonl((RECORD * 5).encode("utf-16")), "refused"),
        Ugly("json: blank lines", jsonl("\n\n\n"), "refused"),
        Ugly("gzip: cut off", _packed(packed[:40]), "refused"),
        Ugly("gzip: not one", _packed(EXPORT.encode()), "refused"),
        Ugly("gzip: twice", _packed(gzip.compress(packed, mtime=0)), "refused"),
        Ugly("gzip: a byte wrong", _packed(packed[:30] + b"\xff" + packed[31:]), "refused"),
        Ugly("gzip: rubbish behind", _packed(packed + b"rubbish"), "refused"),
        Ugly("gzip: ten gigabytes", _packed(_zeros(10**10)), "refused", ("at most 500 MB",)),
    ]
    cases += [Ugly(f"yaml: {n}", settings("areas.yaml", t), "refused") for n, t in YAMLS.items()]
    cases += [
        Ugly(f"pattern: {p}", source(('"vakten*.csv"', json.dumps(p))), "refused", ("files",))
        for p in PATTERNS
    ]
    cases += [
        Ugly(f"encoding: {name}", source(("encoding: utf-8", f"encoding: {name}")), "refused")
        for name in ENCODINGS
    ]
    cases += [Ugly(f"geojson: {n}", _geometry(text), "refused") for n, text in GEOJSON.items()]
    cases += [Ugly(f"mapping: {n}", _mapping(text), "refused") for n, text in MAPPINGS.items()]
    for name, file in NOT_THERE.items():
        cases.append(Ugly(f"mapping: {name}", _mapping("raw;id\n", file), "refused"))
        cases.append(Ugly(f"geojson: {name}", _geometry("{}", file), "refused"))
    return cases
