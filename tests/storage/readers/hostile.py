"""Files that want more than an office ever writes, or are not what they say: made in memory.

Each is small on the wire, or as large as what may be sent; none is kept in the repository.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from functools import cache

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = ("姓名", "工号", "单位")
Pieces = Iterable[str | bytes]


def inline(place: str, text: str) -> str:
    """A cell with its text in itself."""
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number: int, *texts: str) -> str:
    """A row of such cells from column A."""
    cells = "".join(
        inline(f"{letter}{number}", text) for letter, text in zip("ABCDEFGH", texts, strict=False)
    )
    return f'<row r="{number}">{cells}</row>'


def sheet_xml(rows: str = "", after: str = "") -> str:
    """A worksheet with the header of a roster, one person and whatever else."""
    good = row(1, *HEAD) + row(2, "张伟", "10001", "城关小学")
    return f'<worksheet xmlns="{MAIN}"><sheetData>{good}{rows}</sheetData>{after}</worksheet>'


def package(
    sheet: str | bytes | Pieces | None = None,
    *,
    texts: str | Pieces = "",
    styles: str | Pieces = "",
    book: str = "",
    relations: str = "",
    parts: dict[str, bytes] | None = None,
    method: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A workbook with these parts; a part may be given in pieces."""
    sheets = book or '<sheet name="名册" sheetId="1" r:id="rId1"/>'
    made: dict[str, str | bytes | Pieces] = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_RELATION}">'
        f"<sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": "<Relationships>"
        f'<Relationship Id="rId1" Type="{_RELATION}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_RELATION}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="rId3" Type="{_RELATION}/styles" Target="styles.xml"/>'
        f"{relations}</Relationships>",
        "xl/worksheets/sheet1.xml": sheet_xml() if sheet is None else sheet,
        "xl/sharedStrings.xml": texts or "<sst/>",
        "xl/styles.xml": styles or "<styleSheet/>",
        **(parts or {}),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method, compresslevel=9) as made_package:
        for name, content in made.items():
            if isinstance(content, str | bytes):
                made_package.writestr(name, content)
                continue
            with made_package.open(name, "w") as part:
                for piece in content:
                    part.write(piece.encode() if isinstance(piece, str) else piece)
    return buffer.getvalue()


def repeated(opening: str, unit: str, times: int, closing: str) -> Pieces:
    """A unit very often, never whole in memory."""
    block = unit * min(times, 10_000)
    yield opening
    for _ in range(times // 10_000):
        yield block
    yield unit * (times % 10_000)
    yield closing


def in_sheet(unit: str, times: int) -> bytes:
    """A workbook whose sheet repeats something."""
    head = sheet_xml().partition("</sheetData>")[0]
    return package(repeated(head, unit, times, "</sheetData></worksheet>"))


def with_cell(cell: str) -> bytes:
    """A roster with one more cell, as it is written."""
    return package(sheet_xml(f'<row r="3">{cell}</row>'))


def wide_csv() -> bytes:
    """A .csv with a million columns on one line."""
    return "姓名,工号,单位\n".encode() + b"," * 1_000_000


def long_csv() -> bytes:
    """One line as long as a file may be, and longer than a row."""
    return "姓名,工号,单位\n张伟,10001,".encode() + "长".encode() * 12_000_000


def lying_sizes() -> bytes:
    """A workbook whose directory says that its parts are small: 300 MB come out."""
    data = bytearray(in_sheet(" " * 1000, 300_000))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<I", data, at + 24, 0x7FFFFFFF)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def overlapping() -> bytes:
    """Many entries of a package that are all the same bytes of the file."""
    body = zlib.compress(b"<a/>" * 1_000_000, 9)[2:-4]
    data = package()
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        start = whole.start_dir
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(body), 4_000_000, 1, 0)
    entries = b"".join(
        struct.pack(
            "<4s6H3I5H2I",
            b"PK\x01\x02",
            *(20, 20, 0, 8, 0, 0, 0),
            *(len(body), 4_000_000, len(name), 0, 0, 0, 0, 0, start),
        )
        + name
        for name in (b"xl/worksheets/s%d.xml" % number for number in range(5_000))
    )
    old = data[start:]
    directory = old[: old.rfind(b"PK\x05\x06")] + entries
    place = start + len(local) + 1 + len(body)
    count = directory.count(b"PK\x01\x02")
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), place, 0)
    return data[:start] + local + b"x" + body + directory + end


def nested() -> bytes:
    """A package in a package in a package."""
    data = b"0" * 50_000_000
    for depth in range(5):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr(f"{depth}.zip", data)
        data = buffer.getvalue()
    return package(parts={"xl/embeddings/inner.zip": data})


def many_sheets(count: int) -> bytes:
    """A workbook that names very many sheets."""
    return package(
        book="".join(
            f'<sheet name="{number}" sheetId="{number}" r:id="rId1"/>'
            for number in range(1, count + 1)
        )
    )


def dated(raw: str) -> bytes:
    """A timetable whose day is this number in a cell that is formatted as a date."""
    head = row(1, "班级", "日期", "开始", "结束")
    cells = (
        f'{inline("A2", "甲班")}<c r="B2" s="1"><v>{raw}</v></c>'
        f"{inline('C2', '8:30')}{inline('D2', '11:30')}"
    )
    rows = f'{head}<row r="2">{cells}</row>'
    return package(
        f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        styles='<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    )


def _entities(document: str) -> bytes:
    return package(f"<!DOCTYPE a [{document}]>" + sheet_xml(row(3, "&b;", "10002", "城关小学")))


REFUSED: dict[str, Callable[[], bytes]] = {
    "a column that no sheet has": lambda: with_cell('<c r="ZZZZZZ3"><v>1</v></c>'),
    "a column after the last": lambda: with_cell('<c r="XFE3"><v>1</v></c>'),
    "a place that is none": lambda: with_cell('<c r="3"><v>1</v></c>'),
    "the last column": lambda: with_cell('<c r="XFD3"><v>1</v></c>'),
    "the last column, often": lambda: in_sheet('<row><c r="XFD3"><v>1</v></c></row>', 200_000),
    "a row after the last": lambda: package(sheet_xml('<row r="99999999"><c><v>1</v></c></row>')),
    "a row before the first": lambda: package(sheet_xml('<row r="-5"><c><v>1</v></c></row>')),
    "two million empty rows": lambda: in_sheet("<row/>", 2_000_000),
    "ten million empty cells": lambda: in_sheet("<c/>", 10_000_000),
    "a million columns on one row": lambda: with_cell("<c><v>1</v></c>" * 1_000_000),
    "six million shared texts": lambda: package(
        texts=repeated("<sst>", "<si/>", 6_000_000, "</sst>"),
        sheet=sheet_xml('<row r="3"><c r="A3" t="s"><v>0</v></c></row>'),
    ),
    "a shared text of 380 MB": lambda: package(
        texts=repeated("<sst><si><t>", "长" * 100, 1_270_000, "</t></si></sst>")
    ),
    "a long text in a million cells": lambda: package(
        repeated(
            f'<worksheet xmlns="{MAIN}"><sheetData>',
            '<row><c t="s"><v>0</v></c></row>',
            150_000,
            "</sheetData></worksheet>",
        ),
        texts=f"<sst><si><t>{'长' * 32_000}</t></si></sst>",
    ),
    "a text that no cell can hold": lambda: with_cell(inline("A3", "长" * 40_000)),
    "a shared text that is not there": lambda: with_cell('<c r="A3" t="s"><v>7</v></c>'),
    "a shared text before the first": lambda: with_cell('<c r="A3" t="s"><v>-1</v></c>'),
    "200,000 styles": lambda: package(
        styles=repeated(
            "<styleSheet><cellXfs>", '<xf numFmtId="14"/>', 200_000, "</cellXfs></styleSheet>"
        )
    ),
    "a million merged ranges": lambda: package(
        repeated(
            sheet_xml().partition("</worksheet>")[0] + "<mergeCells>",
            '<mergeCell ref="A5:B6"/>',
            1_000_000,
            "</mergeCells></worksheet>",
        )
    ),
    "a sheet of 400 MB": lambda: in_sheet(" " * 1000, 400_000),
    "sizes that are not true": lying_sizes,
    "100,000 sheets": lambda: many_sheets(100_000),
    "very many parts": lambda: package(
        parts={f"xl/a{number}.xml": b"" for number in range(12_000)}
    ),
    "deep nesting": lambda: package(sheet_xml("<a>" * 200_000 + "</a>" * 200_000)),
    "entities": lambda: _entities('<!ENTITY b "c">'),
    "entities in entities": lambda: _entities(
        '<!ENTITY a "xxxxxxxxxx">'
        + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    ),
    "an entity from outside": lambda: _entities('<!ENTITY b SYSTEM "file:///etc/passwd">'),
    "an attribute of 40 MB": lambda: package(
        repeated(
            '<worksheet><sheetData><row a="', "x" * 1000, 40_000, '"/></sheetData></worksheet>'
        )
    ),
    "a comment of 40 MB": lambda: package(
        repeated("<worksheet><!--", "x" * 1000, 40_000, "--></worksheet>")
    ),
    "a million names": lambda: package(
        ["<worksheet>", *(f"<a{number}/>" for number in range(1_000_000)), "</worksheet>"]
    ),
    "an encoding that nobody knows": lambda: package(
        '<?xml version="1.0" encoding="rot13"?><worksheet/>'
    ),
    "half a sheet": lambda: package(sheet_xml()[:-40]),
    "no sheet": lambda: package(""),
    "bytes that are no text": lambda: package(b"\xff\xfe\x00<worksheet>\xd8"),
    "another way of packing": lambda: package(method=zipfile.ZIP_BZIP2),
    "half a package": lambda: package()[: -len(package()) // 2],
    "an old workbook": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100_000),
    "a Word document": lambda: _zipped("word/document.xml"),
    "an OpenDocument table": lambda: _zipped("content.xml"),
    "a PDF": lambda: b"%PDF-1.7\n" + bytes(1000),
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(1000),
    "nothing": lambda: b"",
    "blanks": lambda: b" \n" * 1_000_000,
    "one long line": long_csv,
    "a million columns of a text": wide_csv,
    "a quote that is never closed": lambda: (
        '姓名,工号,单位\n"张伟,10001,城关小学\n'.encode()
        + "李娜,10002,城关小学\n".encode() * 200_000
    ),
    "five million lines": lambda: "姓名,工号,单位\n".encode() + b"\n" * 5_000_000,
    "zeros": "姓名,工号,单位\n张伟,1\x000001,城关小学\n".encode,
    "only zeros": lambda: bytes(1_000_000),
    "half a sign of two bytes": lambda: "姓名,工号,单位\n".encode("utf-16") + b"\x4f",
    "bytes of no encoding": lambda: b"\x81\xff\x00\xfe" * 1000,
    "more than is taken": lambda: b"a,b\n" * 11_000_000,
}
"""Refused in words, by what is wrong with them."""

ODD: dict[str, Callable[[], bytes]] = {
    "merged over the whole sheet": lambda: package(
        sheet_xml(after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    ),
    "names for the whole sheet": lambda: package(
        book='<sheet name="名册" sheetId="1" r:id="rId1"/></sheets><definedNames>'
        + '<definedName name="a">名册!$A$1:$XFD$1048576</definedName>' * 10_000
        + "</definedNames><sheets>"
    ),
    "links to elsewhere": lambda: package(
        relations='<Relationship Id="rId9" Type="x/externalLink" TargetMode="External" '
        'Target="file:///etc/passwd"/>'
        '<Relationship Id="rId8" Type="x/externalLink" Target="../../../../etc/passwd"/>'
    ),
    "a size that is not true": lambda: package(
        sheet_xml().replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    ),
    "parts over each other": overlapping,
    "packages in packages": nested,
    "a number that is none": lambda: with_cell(
        inline("A3", "李娜") + '<c r="B3"><v>nan</v></c>' + inline("C3", "城关小学")
    ),
    "a number of 5,000 digits": lambda: with_cell(
        inline("A3", "李娜") + f'<c r="B3"><v>{"9" * 5000}</v></c>' + inline("C3", "城关小学")
    ),
    "a number without end": lambda: with_cell(
        inline("A3", "李娜") + '<c r="B3"><v>1e999</v></c>' + inline("C3", "城关小学")
    ),
}
"""Read all the same: the one good row comes in, and nothing is taken beyond measure."""


def _zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name in names:
            made.writestr(name, b"<a/>")
    return buffer.getvalue()


@cache
def made(name: str) -> bytes:
    """One of them by its name, made once."""
    return (REFUSED.get(name) or ODD[name])()
