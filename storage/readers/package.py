"""An .xlsx as a package of parts, each unpacked piece by piece; and its XML, tag by tag.

What is unpacked is counted as it comes out: the sizes that a package states are not believed.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Protocol
from xml.parsers.expat import ExpatError, ParserCreate

from storage.readers import bounds
from storage.readers.bounds import broken, too_much

_PIECE = 64 * 1024
_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    OverflowError,
)
_SEPARATOR = "}"


class Package:
    """The parts of one file. Raises ReadError for what is no package."""

    def __init__(self, data: bytes) -> None:
        # before the directory is read: each entry of it takes half a kilobyte
        if data.count(_ENTRY) > bounds.MAX_PARTS:
            raise too_much("文件里的部分太多")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN as error:
            raise broken("文件已损坏或加了密码，打不开") from error
        self._left = bounds.MAX_UNPACKED_BYTES
        self.names = frozenset(self._zip.namelist())

    def pieces(self, name: str) -> Iterator[bytes]:
        """One part, unpacked; raises ReadError where it is broken, or too much in all."""
        try:
            entry = self._zip.getinfo(name)
            if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
                raise broken("文件已损坏或加了密码，打不开")
            part = self._zip.open(entry)
        except _BROKEN as error:
            raise broken("文件已损坏或加了密码，打不开") from error
        with part:
            while True:
                try:
                    piece = part.read(_PIECE)
                except _BROKEN as error:
                    raise broken("文件已损坏，读不完") from error
                if not piece:
                    return
                self._left -= len(piece)
                if self._left < 0:
                    raise too_much("文件展开后太大")
                yield piece


class Listener(Protocol):
    """What hears the tags of a part; names come without their namespace."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag opens."""

    def end(self, tag: str) -> None:
        """A tag closes."""

    def text(self, data: str) -> None:
        """Text between tags, in pieces."""


class Walk:
    """Walks one part of a package with expat. `elements` may be shared between walks."""

    def __init__(self, listener: Listener, elements: list[int] | None = None) -> None:
        self._listener = listener
        self._elements = [0] if elements is None else elements
        self._depth = 0
        self._heard = False
        # expat keeps every name it has met here
        self._names: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        parser = ParserCreate(namespace_separator=_SEPARATOR, intern=self._names)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    def through(self, pieces: Iterator[bytes]) -> Iterator[None]:
        """Listen to the part, stopping after each piece; raises ReadError where it is no XML."""
        unheard = 0
        for piece in pieces:
            self._feed(piece, last=False)
            unheard = 0 if self._heard else unheard + len(piece)
            self._heard = False
            if unheard > bounds.MAX_TOKEN_BYTES or len(self._names) > bounds.MAX_NAMES:
                raise broken("文件里有不正常的内容，没有读取")
            yield
        self._feed(b"", last=True)
        yield

    def _feed(self, piece: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(piece, last)
        except (ExpatError, LookupError, ValueError) as error:
            raise broken() from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._heard = True
        self._elements[0] += 1
        self._depth += 1
        if self._depth > bounds.MAX_DEPTH:
            raise broken("文件里有不正常的内容，没有读取")
        if self._elements[0] > bounds.MAX_ELEMENTS:
            raise too_much("表格里的内容太多")
        self._listener.start(self._tags.get(name) or self._tag(name), attributes)

    def _end(self, name: str) -> None:
        self._heard = True
        self._depth -= 1
        self._listener.end(self._tags.get(name) or self._tag(name))

    def _text(self, data: str) -> None:
        self._heard = True
        self._listener.text(data)

    def _doctype(self, *_: object) -> None:
        # A workbook never declares a document type; one that does wants its entities expanded.
        raise broken("文件里有不正常的内容，没有读取")

    def _tag(self, name: str) -> str:
        """The name without its namespace, looked up once for each of the few there are."""
        tag = self._tags[name] = name.rpartition(_SEPARATOR)[2]
        return tag


def listened(package: Package, name: str, listener: Listener, elements: list[int]) -> None:
    """Hear one part to its end."""
    for _ in Walk(listener, elements).through(package.pieces(name)):
        pass


def whole_number(text: str | None, default: int = 0) -> int:
    """A number as an attribute writes it; the default where it is none or absurdly long."""
    if text is None or len(text) > 9:  # noqa: PLR2004 (digits of every number that is meant)
        return default
    try:
        return int(text)
    except ValueError:
        return default
