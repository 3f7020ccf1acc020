"""What the command line does without a chat: files in and out, batch reading, the database.

Each function writes to the streams it is given and returns an exit code.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Protocol

from bot.clock import SystemClock
from handlers.contract import SHANGHAI
from handlers.imports import office_context
from storage import schema
from storage.database import Database
from storage.imports.changes import Context, ImportRefusedError
from storage.imports.commands import (
    CommandReport,
    export_file,
    export_template,
    import_file,
    import_office,
    kind_named,
)
from storage.journal import Outcome
from storage.keeping import write_private
from storage.readers.apart import ReadingRoom
from storage.readers.office import bytes_of, read_office
from storage.readers.problems import ReadError
from storage.scope import EVERYTHING
from storage.unit import Unit
from texts.streams import line_from
from texts.streams import lines as each_line

OK, REFUSED = 0, 1
Print = Callable[[str], None]


class _Run(Protocol):
    """Imports what was read: a dry run, or in earnest."""

    def __call__(self, *, dry: bool) -> CommandReport:
        """What it did, or would do."""


class CommandError(Exception):
    """A command that cannot be done; the message is for the person who typed it."""


def do_import(
    url: str, kind: str, path: Path, *, dry_run: bool, as_json: bool, yes: bool, out: Print
) -> int:
    """Import a file or an office folder: always a dry run first, saved after a yes."""
    context = office_context(SystemClock().now().astimezone(SHANGHAI))
    with _opened(url) as database:
        try:
            run = _import_of(database, kind, path, context)
            report = run(dry=True)
            if not dry_run and (yes or _agreed(report, out)):
                report = run(dry=False)
                outcome = Outcome.DONE if report.saved else Outcome.NOTHING
                with database.unit() as unit:
                    _note(unit, "import.start", outcome, {"kind": kind, "errors": report.errors})
        except (ReadError, ImportRefusedError) as error:
            raise CommandError(str(error)) from None
    out(report.json if as_json else report.text)
    return OK


def _import_of(database: Database, kind: str, path: Path, context: Context) -> _Run:
    """Read a file or folder of somebody else, once, in a process of its own; what imports it."""
    read = ReadingRoom().read
    if kind == "office":
        files = read_office(path, read)
        return lambda *, dry: import_office(database, files, context, dry_run=dry)
    file = read(bytes_of(path), path.name, kind_named(kind))
    return lambda *, dry: import_file(database, file, context, dry_run=dry)


def do_export(url: str, kind: str, path: Path, *, template: bool) -> int:
    """Write the office's records of a kind, or an empty spreadsheet, to a file."""
    try:
        if template:
            write_private(path, export_template(kind_named(kind)))
            return OK
        with _opened(url) as database:
            write_private(path, export_file(database, kind_named(kind)))
            with database.unit() as unit:
                _note(unit, "export.file", Outcome.DONE, {"kind": kind})
    except (ReadError, ImportRefusedError) as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"写不了文件 {path}：{error.strerror}") from None
    return OK


def do_export_questions(url: str, path: Path, out: Print, *, days: int) -> int:
    """What was asked and not understood on the last `days` days, today included."""
    from handlers import registry  # noqa: PLC0415 - only this command needs it
    from handlers.questions import by_frequency, question_sheet  # noqa: PLC0415
    from storage.unanswered import Unanswered  # noqa: PLC0415

    today = SystemClock().now().astimezone(SHANGHAI).date()
    with _opened(url) as database, database.unit() as unit:
        found = Unanswered(unit).since(today - timedelta(days=days - 1), today)
    asked = by_frequency(found)
    titles = {intent.name: intent.title for intent in registry.INTENTS}
    try:
        write_private(path, question_sheet(asked, titles))
    except OSError:
        raise CommandError(f"写不了文件 {path}，请检查文件夹在不在、文件是不是正开着。") from None
    out(f"最近 {days} 天没听懂的问题：{len(asked)} 种，共 {len(found)} 次，已写入 {path}。")
    return OK


def do_words_check(path: Path, out: Print) -> int:
    """Say what is wrong with the office's words, or how many there are."""
    from bot.reading import intent_words  # noqa: PLC0415 - only this command needs it
    from bot.words_file import read_words  # noqa: PLC0415
    from nlp.office_words import OfficeWordsError  # noqa: PLC0415

    try:
        words = read_words(path, intent_words())
    except OfficeWordsError as error:
        out(f"{path} 有 {len(error.problems)} 处要改（改好之前，原来的继续有效）：")
        for problem in error.problems:
            out(f"  {problem}")
        return REFUSED
    except FileNotFoundError:
        raise CommandError(
            f"还没有 {path}。可以把 config/words.example.toml 复制成它再改。"
        ) from None
    except OSError:
        raise CommandError(f"{path} 打不开，请检查它是不是文件、能不能读。") from None
    out(
        f"{path} 没有问题：{len(words.words)} 个整词，{len(words.synonyms)} 个说法，"
        f"{len(words.examples)} 条例句。"
    )
    return OK


def do_understand(lines: IO[str], out: Print) -> int:
    """JSON lines in, JSON lines out; no database, no network."""
    from bot.reading import intent_words  # noqa: PLC0415 - only this command needs it
    from nlp.batch import understand_line  # noqa: PLC0415
    from nlp.understanding import Understanding  # noqa: PLC0415
    from nlp.vocabulary import Vocabulary  # noqa: PLC0415

    understanding = Understanding(Vocabulary(intent_words()))
    now = SystemClock().now().astimezone(SHANGHAI)
    # what is loaded late is loaded before the first line, whose time is measured like the others
    understanding.read("明天上午有课吗", now=now)
    for line in each_line(lines):
        if line.strip():
            out(understand_line(line, understanding, now=now))
    return OK


def do_when(lines: IO[str], out: Print) -> int:
    """Times: JSON lines in, JSON lines out."""
    from nlp.times.batch import when_line  # noqa: PLC0415 - only this command needs it

    now = SystemClock().now().astimezone(SHANGHAI).isoformat()
    for line in each_line(lines):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            if not isinstance(given, dict):
                raise ValueError("an object is expected")  # noqa: TRY301, TRY004 - one answer
            answer = when_line({"now": now, **given})
        except (ValueError, RecursionError) as error:
            answer = {"error": str(error)}
        out(json.dumps(answer, ensure_ascii=False))
    return OK


# batch reading: JSON lines in, JSON lines out
READERS = {"understand": do_understand, "when": do_when}


def do_database(url: str, action: str, out: Print) -> int:
    """db upgrade, db check."""
    with _reached(url) as database:
        if action == "upgrade":
            changed = schema.upgrade(database)
            out("数据库已升级。" if changed else "数据库已经是最新版本。")
            return OK
        problem = schema.problem(database)
        out(problem or "数据库正常，版本是最新的。")
        return OK if problem is None else REFUSED


def do_code(url: str, words: str, out: Print) -> int:
    """A one-time binding code for one person: how the first officer of an office gets in.

    Whoever may run this has the whole database in hand; that it was done is kept in the audit.
    """
    from handlers.invitations import VALID  # noqa: PLC0415 - only this command needs it
    from handlers.rules.codes import binding_code  # noqa: PLC0415
    from storage.accounts import Accounts  # noqa: PLC0415
    from storage.people import People  # noqa: PLC0415

    now, chance = SystemClock().now(), secrets.SystemRandom()
    with _opened(url) as database, database.unit() as unit:
        one = People(unit).by_staff_number(words, EVERYTHING)
        found = People(unit).named(words, EVERYTHING) if one is None else (one,)
        if not found:
            raise CommandError(f"名册里没有「{words}」。请核对姓名或工号，或先导入名册。")
        if len(found) > 1:
            listed = "、".join(f"{each.staff_number}（{each.organisation}）" for each in found)
            raise CommandError(f"有 {len(found)} 位「{words}」，请改用工号：{listed}")
        (person,) = found
        code = binding_code(chance)
        Accounts(unit).issue_code(person.id, code, None, now, now + VALID)
        _note(unit, "account.invite", Outcome.DONE, {"person": person.id})
    until = (now + VALID).astimezone(SHANGHAI)
    out(f"{person.name}（{person.organisation}，工号 {person.staff_number}）的绑定码：{code}")
    out(f"有效到 {until.month}月{until.day}日 {until:%H:%M}，只能用一次。请本人私聊机器人发送：")
    out(f"绑定 {person.name} {code}")
    return OK


def _note(unit: Unit, intent: str, outcome: Outcome, detail: Mapping[str, str | int]) -> None:
    """Write down what was done here, as what is done in a chat is."""
    from handlers.gate import Entry, note, operator  # noqa: PLC0415 - brings every topic

    entry = Entry(intent, outcome, detail)
    note(unit, operator(), entry, SystemClock().now(), secrets.token_hex(4))


@contextmanager
def _reached(url: str) -> Iterator[Database]:
    """The database as it is; one that cannot be reached or written is said in words."""
    database = Database(url)
    try:
        with schema.speaking(database):
            yield database
    except schema.DatabaseDownError as error:
        raise CommandError(str(error)) from None
    finally:
        database.close()


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    """The office's database; an empty one is made ready, an older one is refused."""
    with _reached(url) as database:
        if schema.version(database) is None:
            schema.upgrade(database)
        problem = schema.problem(database)
        if problem is not None:
            raise CommandError(problem)
        yield database


def _agreed(report: CommandReport, out: Print) -> bool:
    """Show the dry run and ask; without a terminal the answer is no."""
    out(report.text)
    if not sys.stdin.isatty():
        out("没有保存。确认无误后加上 --yes 再运行一次。")
        return False
    out("保存吗？输入 是 保存，其他取消：")
    return line_from(sys.stdin).strip() in ("是", "y", "yes")
