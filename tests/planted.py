"""Invented personal data, planted in exports of every format; written without the library's help.

Nobody's: serial numbers, names and addresses are drawn, and check digits computed here.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from dataclasses import dataclass, field

import openpyxl
import pandas as pd
import xlwt
from small_town import SOURCE, SmallTown

from est_analysis.privacy.abroad import VEHICLE, is_vehicle

GIVEN = ["Anna", "Lars", "Eva", "Mohammed", "Kristina", "Per", "Fatima", "Björn", "Åsa", "Erik",
         "Ingrid", "Ali", "Linnéa", "Johan", "Marie", "Hassan", "Ulla", "Oskar", "Sara", "Nils",
         "Emma", "Ahmed", "Gunilla", "Viktor", "Amina", "Stig", "Elin", "Yusuf", "Birgitta", "Leo"]  # fmt: skip
SURNAMES = ["Andersson", "Lindqvist", "Berg", "Ali", "Nyström", "Hedlund", "Wallin", "Öberg",
            "Ahmed", "Fransson", "Sjögren", "Ek", "Hassan", "Lundgren", "Falk", "Dahl", "Axelsson",
            "Nordin", "Mohamed", "Strand", "Holm", "Blomqvist", "Åkesson", "Lind", "Isaksson"]  # fmt: skip
AROUND = ["{}", "ring {}", "anmält av {} om klotter", "{} såg det", "vid porten, {}, på kvällen",
          "Se ({}).", "klotter på vägg; kontakt: {}", "Torget – {} – igår"]  # fmt: skip
PLAIN = ["Torget", "Centrum", "Storgatan 12", "trapphus 3, plan 2", "parkering P5", "buss 705",
         "lekplatsen", "lgh 1203", "kl 22.30", "7 ungdomar", "E4 avfart 145", "port 1234"]  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One planted thing: its kind, as it is written, and the characters that give it away."""

    kind: str
    text: str

    @property
    def core(self) -> str:
        """Letters and digits only, for a search that no other punctuation escapes."""
        return "".join(c for c in self.text.casefold() if c.isalnum())


def checked(digits: str) -> str:
    """The digits and the last one that makes every second one doubled sum to whole tens."""
    for last in "0123456789":
        total = 0
        for place, digit in enumerate(reversed(digits + last)):
            number = int(digit) * (2 if place % 2 else 1)
            total += number - 9 if number > 9 else number
        if total % 10 == 0:
            return digits + last
    raise AssertionError(digits)


def identity(rng: random.Random) -> str:
    year, month, day = rng.randint(1925, 2015), rng.randint(1, 12), rng.randint(1, 28)
    day += 60 * (rng.random() < 0.25)  # a coordination number
    ten = checked(f"{year % 100:02d}{month:02d}{day:02d}{rng.randint(100, 999)}")
    date, end = ten[:6], ten[6:]
    century = str(year)[:2]
    spread = f"{year}-{month:02d}-{day:02d}"
    return rng.choice(
        [
            f"{date}-{end}", ten, f"{century}{date}-{end}", f"{century}{ten}", f"{date}+{end}",
            f"{date} {end}", f"{date} - {end}", f"{spread}-{end}", f"{date}–{end}",
            f"{century}{date} {end}", f"{date}\u00a0{end}", f"{date}\u2011{end}",
            f"{date}:{end}", f"{date}_{end}", f"{date},{end}", f"{date};{end}", f"{date}--{end}",
            f"({date})-{end}", f"{date[:4]} {date[4:]}{end}", f"{date}-{end[:2]} {end[2:]}",
            " ".join(ten), f"{date}\u200e{end}", f"{date}\u202a-{end}", f"{date}\u2061{end}",
            f"{date}\ufe0f{end}", f"{date}·{end}", f"{date}•{end}", f"{date}\u02d7{end}",
            f"{date}-????", f"{date}-{end[:2]}xx", f"{date}xxxx", f'["{date}", "{end}"]',
        ]
    )  # fmt: skip


def phone(rng: random.Random) -> str:
    a, b, c = rng.randint(100, 999), rng.randint(10, 99), rng.randint(10, 99)
    m = rng.choice("02369")
    return rng.choice(
        [
            f"07{m}-{a} {b} {c}", f"07{m}{a}{b}{c}", f"07{m} {a} {b} {c}", f"07{m}-{a}{b}{c}",
            f"+467{m}{a}{b}{c}", f"+46 7{m} {a} {b} {c}", f"+46 (0)7{m}-{a} {b} {c}",
            f"0046 7{m} {a} {b} {c}", f"08-{a} {b} {c}", f"08-{a} {b}{c}", f"(08) {a} {b} {c}",
            f"021-{b} {c} {b}", f"0571-{a} {b}", f"08{a}{b}{c}", f"08/{a} {b} {c}",
            f"+358 40 {a}{b}{c}", f"+4420{a}{b}{c}{b}", f"+49 30 {a}{b} {c}{b}",
            f"07{m}.{a}.{b}.{c}", f"+4607{m}{a}{b}{c}", f"(+46) 7{m} {a} {b} {c}", f"467{m}{a}{b}{c}",
            f"07{m}1-{c} {b} {c}", f"07{m}_{a}{b}{c}", f"07{m}:{a}{b}{c}", f"00 46 7{m} {a} {b} {c}",
            f"07{m}\u200e-{a}{b}{c}", f'["07{m}", "{a}{b}{c}"]',
        ]
    )  # fmt: skip


def plate(rng: random.Random) -> str:
    letters = "".join(rng.choices("ABCDEFGHJKLMNOPRSTUWXYZ", k=3))
    last = rng.choice("0123456789ABCDEFGHJKLMNPRSTUWXYZ")
    number = f"{rng.randint(10, 99)}{last}"
    text = rng.choice(["{}{}", "{} {}", "{}-{}", "{}.{}", "{}_{}", "reg{}{}"]).format(
        letters, number
    )
    if len(text) == 6 and rng.random() < 0.3:
        return text.lower()
    return f"{rng.choice(['reg', 'regnr', 'bil'])} {text.lower()}" if rng.random() < 0.2 else text


def card(rng: random.Random) -> str:
    digits = checked(rng.choice(["4", "51", "55", "2221"]) + f"{rng.randrange(10**14):014d}"[:14])
    digits = checked(digits[:15])
    four = [digits[i : i + 4] for i in range(0, 16, 4)]
    apart = [sign.join(four) for sign in (" ", "-", " - ", ".", "/")]
    return rng.choice([digits, *apart, f"{digits} 12/27", f"{apart[0]} 123"])


def name(rng: random.Random) -> str:
    given, surname = rng.choice(GIVEN), rng.choice(SURNAMES)
    middle = rng.choice(["", f" {rng.choice(GIVEN)}", " M."])
    return rng.choice([f"{given}{middle} {surname}", f"{surname}, {given}", f"{given} {surname}"])


def email(rng: random.Random) -> str:
    who = f"{rng.choice(GIVEN)}.{rng.choice(SURNAMES)}{rng.randint(1, 99)}".lower()
    at = rng.choice(["@", "@", " (at) ", " @", "@ ", "(AT)", "[AT]", " snabela ", "(a)"])
    return f"{who}{at}{rng.choice(['exempel.se', 'post.example.com'])}"


def address(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return "2001:db8:" + ":".join(f"{rng.randrange(1, 65536):x}" for _ in range(6))
    if rng.random() < 0.2:
        return rng.choice(["fe80::{:x}", "192.168.001.{:03d}"]).format(rng.randrange(1, 256))
    return f"{rng.choice([10, 81, 192, 213])}." + ".".join(str(rng.randint(0, 255)) for _ in "abc")


def account(rng: random.Random) -> str:
    digits = f"{rng.randrange(10**20):020}"
    number = int(f"{digits}281400")  # SE00 behind, letters as numbers
    text = f"SE{98 - number % 97:02}{digits}"
    parts = [text[i : i + 4] for i in range(0, len(text), 4)]
    return rng.choice([text, " ".join(parts)])


def vehicle(rng: random.Random) -> str:
    while True:
        text = "YV1" + "".join(rng.choices("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", k=14))
        if (found := VEHICLE.search(text)) and is_vehicle(found):
            return text


MAKERS = {
    "identity_number": identity, "phone": phone, "email": email, "ip_address": address,
    "registration_plate": plate, "bank_card": card, "bank_account": account, "vehicle_number": vehicle,
    "name": name,
}  # fmt: skip
FORMATS = {  # source id → reader, encoding, ending
    "ett": ("csv", "utf-8", ".csv"), "tva": ("csv", "cp1252", ".csv"),
    "tre": ("xlsx", "utf-8", ".xlsx"), "fyra": ("jsonl", "utf-8", ".jsonl"),
    "fem": ("parquet", "utf-8", ".parquet"), "sex": ("xls", "utf-8", ".xls"),
    "sju": ("csv", "utf-16", ".csv.gz"),
}  # fmt: skip
HEADER = ["Datum", "Område", "Typ", "Plats", "Grad", "Anteckning"]
ROWS = 200


@dataclass
class Planting:
    """A municipality with exports that hold persons, and what was planted where."""

    town: SmallTown
    read: list[Item] = field(default_factory=list)  # in columns that are read
    unread: list[Item] = field(default_factory=list)  # in a column that is not declared


def plant(town: SmallTown, exports: int, seed: int = 7) -> Planting:
    """Write `exports` files with 20 items each in columns that are read, and 5 elsewhere."""
    rng = random.Random(seed)
    done = Planting(town)
    for name_of in ("sources/vakten.yaml", "exports/vakten.csv"):
        del town.files[name_of]
    for number, (actor, (reader, encoding, ending)) in enumerate(FORMATS.items()):
        text = SOURCE.replace("vakten", actor).replace("Vakten", f"Aktör {actor}")
        text = text.replace(".csv", ending).replace("reader: csv", f"reader: {reader}")
        text = text.replace("encoding: utf-8", f"encoding: {encoding}")
        policy = ["reject", "mask"][number % 2]
        extra = f"personal_data: {policy}\nperson_names: [place]\noverlap: add\n"
        town.files[f"sources/{actor}.yaml"] = extra + text.replace(
            "category: Typ\n", "category: Typ\n  place: Plats\n"
        )
    for number in range(exports):
        actor = list(FORMATS)[number % len(FORMATS)]
        rows = _rows(rng, done, windows=FORMATS[actor][1] == "cp1252")
        town.files[f"exports/{actor}{number}{FORMATS[actor][2]}"] = _file(actor, rows)
    return done


def _rows(rng: random.Random, done: Planting, *, windows: bool) -> list[list[str]]:
    kinds = list(MAKERS)
    rows = [
        [f"2024-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}", rng.choice(["Norr", "Söder"]),
         rng.choice(["Bråk", "Klotter"]), rng.choice(PLAIN), rng.choice(["låg", "hög"]), "ok"]
        for _ in range(ROWS)
    ]  # fmt: skip
    chosen = rng.sample(range(ROWS), 25)
    for place, row in enumerate(chosen):
        kind = kinds[(len(done.read) + place // 7) % len(kinds)]
        item = Item(kind, MAKERS[kind](rng))
        if windows:
            item = Item(kind, item.text.encode("cp1252", "ignore").decode("cp1252"))
        cell = rng.choice(AROUND).format(item.text)
        if place >= 20:
            rows[row][5] = cell
            done.unread.append(item)
            continue
        columns = [3] if kind == "name" else [3, 3, 3, 3, 1, 2, 0]
        rows[row][rng.choice(columns)] = cell
        done.read.append(item)
    return rows


def _file(actor: str, rows: list[list[str]]) -> bytes:
    reader, encoding, ending = FORMATS[actor]
    stream = io.BytesIO()
    if reader == "csv":
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";").writerows([HEADER, *rows])
        raw = text.getvalue().encode(encoding)
        return gzip.compress(raw, mtime=0) if ending.endswith(".gz") else raw
    if reader == "jsonl":
        lines = [json.dumps(dict(zip(HEADER, row, strict=True))) for row in rows]
        return "\n".join(lines).encode()
    if reader == "parquet":
        pd.DataFrame(rows, columns=HEADER).to_parquet(stream)
        return stream.getvalue()
    if reader == "xls":
        old = xlwt.Workbook()
        page = old.add_sheet("Blad1")
        for i, cells in enumerate([HEADER, *rows]):
            for j, cell in enumerate(cells):
                page.write(i, j, cell)
        old.save(stream)
        return stream.getvalue()
    book = openpyxl.Workbook()
    assert book.active is not None
    for cells in [HEADER, *rows]:
        book.active.append(cells)
    book.save(stream)
    return stream.getvalue()
