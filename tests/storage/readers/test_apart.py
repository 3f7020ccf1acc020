"""A reading process may die, hang, be taken over or be left alone: there is always a sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.readers import apart, wire_in
from storage.readers.apart import BUSY, NOT_READ, STOPPING, TOO_LARGE, Limits, ReadingRoom
from storage.readers.files import text_of
from storage.readers.problems import ReadError
from storage.readers.reading import ReadFile, read_file
from storage.readers.sheet_kinds import SPECS, spec_of
from storage.readers.sheet_rows import Kind
from storage.readers.wire import lines, packed
from tests.storage.readers.tables import PLAN

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo"
ROSTER = "姓名,工号,单位\n张伟,10001,城关小学\n".encode()


def instead(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let the reading process run other code."""
    monkeypatch.setattr(apart, "_START", f"import os, sys, time\n{code}")


def children() -> set[str]:
    """Processes of this one that are running, or dead and not buried."""
    mine = f" {os.getpid()} "
    found = set()
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            stat = each.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if stat.rpartition(")")[2][2:].startswith(mine.strip() + " "):
            found.add(each.parent.name)
    return found


@pytest.mark.parametrize("path", sorted(DEMO.glob("*.csv")), ids=lambda path: path.name)
def test_apart_and_here_are_the_same(path: Path) -> None:
    data = path.read_bytes()
    there, here = ReadingRoom().read(data, path.name), read_file(data, path.name)
    assert _without_asides(there) == _without_asides(here)
    assert wire_in.from_kept(there.kept, path.name) == there


def _examples(kind: Kind) -> bytes:
    """The first example of a template as a row of its own."""
    spec = spec_of(kind)
    cells = {column.header: text_of(column.examples[0]) for column in spec.columns}
    cells |= {"备注": "一", "职务": "校长", "主题": "另一课", "说明": "另一件", "依据": "另一份"}
    cells |= {"简称": "例", "QQ群": "1", "作业": "好", "提交时间": "2021-07-18 20:16"}
    heads = [column.header for column in spec.columns]
    rows = [",".join(heads), ",".join(cells[head] for head in heads)]
    return "\n".join(rows).encode()


def _without_asides(read: ReadFile) -> list[bytes]:
    return list(lines(read))


@pytest.mark.parametrize("kind", [*(spec.kind for spec in SPECS), Kind.PLAN])
def test_every_kind_travels_and_is_kept(kind: Kind) -> None:
    data = PLAN.encode() if kind is Kind.PLAN else _examples(kind)
    read = ReadingRoom().read(data, "a.xlsx", kind)
    assert _without_asides(read) == _without_asides(read_file(data, "a.xlsx", kind))
    again = wire_in.from_kept(packed(read), "a.xlsx")
    assert again == read
    assert again.kind is kind
    assert read.plan.items if kind is Kind.PLAN else read.sheet.rows


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("os._exit(0)", NOT_READ),
        ("os._exit(13)", NOT_READ),
        ("os.kill(os.getpid(), 11)", NOT_READ),
        ("os.kill(os.getpid(), 9)", TOO_LARGE),
        ("time.sleep(60)", TOO_LARGE),
        ("sys.stdin.buffer.read(10); time.sleep(60)", TOO_LARGE),
        ("sys.stdin.close(); os.close(0); time.sleep(60)", TOO_LARGE),
        ("while True: pass", TOO_LARGE),
        ("print('rubbish')", NOT_READ),
        ("print('[\"head\",{}]')", NOT_READ),
        ("os.write(1, b'\\x80\\x04c__builtin__\\nprint\\n')", NOT_READ),
        ("print('[\"end\"]')", NOT_READ),
        ("x = b'a' * 65536\nwhile True: os.write(1, x)", TOO_LARGE),
        ("x = b'a\\n' * 65536\nwhile True: os.write(1, x)", TOO_LARGE),
        ("x = b'a' * 65536\nwhile True: os.write(2, x)", TOO_LARGE),
        ("x = ' ' * 10**12", NOT_READ),
    ],
)
def test_whatever_the_process_does(monkeypatch: pytest.MonkeyPatch, code: str, said: str) -> None:
    before = children()
    instead(monkeypatch, code)
    began = time.monotonic()
    read = ReadingRoom(Limits(clock=2.0)).read(ROSTER * 50_000, "名册.csv")
    assert time.monotonic() - began < 8
    assert read.refusal in {said, NOT_READ, TOO_LARGE}
    assert read.refusal == said or "write" in code
    assert (read.filename, read.kind, read.content) == ("名册.csv", None, None)
    assert children() <= before


def test_a_taken_over_process_cannot_lie_about_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may say other rows, which an officer sees before a yes; not that it read another file."""
    other = read_file(ROSTER, "other.csv")
    said = b"".join(lines(other))
    instead(monkeypatch, f"os.write(1, {said!r})")
    assert ReadingRoom().read(ROSTER, "名册.csv").refusal == NOT_READ


def test_a_machine_that_starts_no_process_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert ReadingRoom().read(ROSTER, "a.csv").refusal == BUSY


def test_it_holds_nothing_of_the_office(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIXUN_SECRET", "s3cret")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    instead(
        monkeypatch,
        "import json\n"
        "open_files = [f for f in os.listdir('/proc/self/fd')]\n"
        "said = json.dumps([sorted(os.environ), len(open_files)])\n"
        "os.execvp(sys.executable, [sys.executable, '-c', 'import sys'])"
        if sys.platform != "linux"
        else "os._exit(0 if not set(os.environ) & {'SHIXUN_SECRET', 'PYTHONPATH'}"
        " and len(os.listdir('/proc/self/fd')) <= 4 else 9)",
    )
    assert ReadingRoom().read(ROSTER, "a.csv").refusal == NOT_READ, "9 would be TOO_LARGE"


def test_what_is_read_when_the_bot_stops_is_ended_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = children()
    instead(monkeypatch, "time.sleep(60)")
    room, found = ReadingRoom(), list[ReadFile]()
    thread = threading.Thread(target=lambda: found.append(room.read(ROSTER, "a.csv")))
    thread.start()
    time.sleep(0.3)
    room.close()
    thread.join(timeout=5)
    assert [read.refusal for read in found] == [STOPPING]
    assert room.read(ROSTER, "a.csv").refusal == STOPPING
    assert children() <= before


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_it_leaves_when_whoever_asked_was_killed(tmp_path: Path) -> None:
    big = tmp_path / "a.csv"
    big.write_bytes("姓名,工号,单位\n".encode() + ROSTER[21:] * 300_000)
    asker = subprocess.Popen(  # noqa: S603 - our own interpreter
        [
            sys.executable,
            "-c",
            "import sys, pathlib; from storage.readers.apart import ReadingRoom;"
            f"ReadingRoom().read(pathlib.Path({str(big)!r}).read_bytes(), 'a.csv')",
        ],
        cwd=DEMO.parents[1],
    )
    child = ""
    until = time.monotonic() + 20
    while not child and time.monotonic() < until:
        time.sleep(0.02)
        child = Path(f"/proc/{asker.pid}/task/{asker.pid}/children").read_text().strip()
    assert child
    time.sleep(0.2)
    asker.kill()
    asker.wait()
    while Path(f"/proc/{child}").exists() and time.monotonic() < until:
        stat = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        if stat == "Z":  # buried by whoever adopts it
            return
        time.sleep(0.02)
    assert not Path(f"/proc/{child}").exists()


def test_without_limits_of_the_system_it_reads_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on Windows, where there is no `resource`."""
    start = apart._START.replace("import sys;", "import sys; sys.modules['resource'] = None;")
    monkeypatch.setattr(apart, "_START", start)
    assert ReadingRoom().read(ROSTER, "a.csv").kind is Kind.ROSTER


GOOD = list(lines(read_file(ROSTER, "a.csv")))


@settings(deadline=None)
@given(st.data())
def test_lines_that_are_not_whole_or_not_ours_are_refused(data: st.DataObject) -> None:
    broken = bytearray(b"".join(GOOD))
    for _ in range(data.draw(st.integers(1, 5))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = wire_in.from_lines(wire_in.split([bytes(broken)]))
    except wire_in.WireError:
        return
    for row in read.sheet.rows if read.kind is not None and not read.refusal else ():
        assert type(row).__name__ == "RosterRow"


@pytest.mark.parametrize("at", range(len(GOOD)))
def test_lines_that_break_off_are_refused(at: int) -> None:
    with pytest.raises(wire_in.WireError):
        wire_in.from_lines(GOOD[:at])


def test_what_was_kept_by_another_version_is_asked_for_again() -> None:
    for data in (b"", b"PK\x03\x04", ROSTER, packed(read_file(ROSTER, "a.csv"))[:-9]):
        with pytest.raises(ReadError, match="再发一次"):
            wire_in.from_kept(data, "a.csv")


def test_a_number_is_not_taken_for_a_text() -> None:
    head = json.loads(GOOD[0])
    head[1]["filename"] = 7
    with pytest.raises(wire_in.WireError):
        wire_in.from_lines([json.dumps(head).encode() + b"\n", *GOOD[1:]])
