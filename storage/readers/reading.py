"""One file that came in, read: what kind it is and what stands in it, or why it was not read.

The whole of what is done with a file before anybody's rows are looked at; runs in a process of
its own (`child`), asked by `apart`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from storage.readers.detect import kind_of
from storage.readers.files import decode
from storage.readers.plan import read_plan
from storage.readers.plan_model import Plan
from storage.readers.problems import ReadError
from storage.readers.sheet_rows import Kind, SheetRow
from storage.readers.sheets import Sheet, read_sheet

RULES_BYTES = 256 * 1024  # four bytes a sign
Content = Sheet[SheetRow] | Plan | str | None


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as it was read.

    kind: None where nothing fits. content: the rows, the plan, or the text of a rule set; None
    for what nobody reads. refusal: the sentence that says why nothing was read. digest: of the
    file itself. kept: the same as bytes, where they are at hand (`wire.packed`).
    """

    filename: str
    digest: str
    kind: Kind | None = None
    content: Content = None
    refusal: str = ""
    kept: bytes = field(default=b"", compare=False, repr=False)

    @property
    def sheet(self) -> Sheet[SheetRow]:
        """The rows; raises ReadError with the refusal."""
        if not isinstance(self.content, Sheet):
            raise ReadError(self.refusal or "没有读到内容，请重新发送。")
        return self.content

    @property
    def plan(self) -> Plan:
        """The plan; raises ReadError with the refusal."""
        if not isinstance(self.content, Plan):
            raise ReadError(self.refusal or "没有读到内容，请重新发送。")
        return self.content

    @property
    def text(self) -> str:
        """The text; raises ReadError with the refusal."""
        if not isinstance(self.content, str):
            raise ReadError(self.refusal or "没有读到内容，请重新发送。")
        return self.content


def read_file(data: bytes, filename: str, kind: Kind | None = None) -> ReadFile:
    """Read a file as this kind, or as what it is. Raises nothing for a file that is bad."""
    digest = hashlib.sha256(data).hexdigest()
    try:
        found = kind or kind_of(data, filename)
        content = None if found is None else _content(found, data, filename)
    except ReadError as refusal:
        return ReadFile(filename, digest, kind, refusal=str(refusal))
    return ReadFile(filename, digest, found, content)


def _content(kind: Kind, data: bytes, filename: str) -> Content:
    if kind is Kind.PLAN:
        return read_plan(data, filename)
    if kind is Kind.RULES:
        if len(data) > RULES_BYTES:
            raise ReadError("学分规则的文件太大，请检查是不是发错了文件。")
        return decode(data)
    if kind is Kind.DOCUMENT:
        return None
    return read_sheet(kind, data, filename)
