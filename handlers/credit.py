"""我的学分: how many, the entries, what is missing, and why a figure is what it is.

Every figure is derived from the ledger under the rule set that reaches the person's school.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from handlers import credit_reasons as reasons
from handlers import credit_words as words
from handlers.contract import Intent, Turn
from handlers.files import XLSX, workbook
from handlers.own_records import own
from handlers.permissions import Permission
from handlers.reply import File, Reply
from handlers.rules.amounts import plain
from handlers.rules.credit import evaluate
from handlers.rules.credit_entries import Entry, EntryStatus, Level, Mode
from handlers.rules.credit_explain import explain
from handlers.rules.credit_trace import Standing
from handlers.rules.shipped import default_rule_set, parsed_rule_set
from handlers.wording import ask_office
from storage.credits import Credits, StoredEntry, StoredLedger
from storage.rule_sets import RuleSets

MOST_LINES = 8
# Kept in memory: 20 KB a standing, 7 KB an overview with its key (12 entries, measured).
MOST_STANDINGS = 256
MOST_OVERVIEWS = 4096
MOST_STEPS = 6
FEWEST_LINES = 3
_LEVELS = {level.value: level for level in Level}
_MODES = {mode.value: mode for mode in Mode}
_ONLINE = re.compile(r"(?:网络|线上|网上)(?:研修|培训|学习)?的?学分")
_STATUSES = {status.value: status for status in EntryStatus}
# Words, not a card: an answer in words travels back at once, a card is a message of its own.
_NEXT = "接着可以看：学分明细、还差多少、为什么。"
# The forms of plan rows that a person may name, in the words of the ledger.
_ASKED_MODES = {"online": Mode.ONLINE, "local": Mode.FACE_TO_FACE, "offsite": Mode.FACE_TO_FACE}


def summary(turn: Turn) -> Reply:
    """How many credits: the cycle, this year, by year, by category, as of when, by which rules."""
    source = _source(turn)
    if not source.stored:
        return _nothing(turn, _ledger(source).standing)
    year, level, mode = _asked(turn)
    text, odd = _overview(source, year, level, mode)
    lines = [text, *_odd_lines(turn, odd)]
    return Reply("\n".join([*lines, _NEXT]), audit={"entries": len(source.stored)})


def detail(turn: Turn) -> Reply:
    """The entries, newest year first; more than a chat can hold go into a file."""
    ledger = _ledger(_source(turn))
    standing, odd = ledger.standing, ledger.odd
    if not standing.lines and not odd:
        return _nothing(turn, standing)
    year, level, mode = _asked(turn)
    chosen = [line for line in reversed(standing.lines) if _fits(line.entry, year, level, mode)]
    if not chosen:
        which = words.selection_words(standing, year, level, mode)
        text = f"没有{which}的学分记录（全部共 {len(standing.lines)} 条）。发送「学分明细」看全部。"
        return Reply(text="\n".join([text, *_odd_lines(turn, odd)]))
    counted = sum((line.counted for line in chosen), Decimal(0))
    unit = standing.rules.unit_word
    which = words.selection_words(standing, year, level, mode)
    lines = [f"{which}学分记录 {len(chosen)} 条，计入 {plain(counted)} {unit}："]
    lines += [reasons.entry_line(line, standing) for line in chosen[:MOST_LINES]]
    files: tuple[File, ...] = ()
    if len(chosen) > MOST_LINES:
        lines.append(f"以上是最近 {MOST_LINES} 条，全部 {len(chosen)} 条在文件里。")
        rows = [reasons.entry_cells(line) for line in chosen]
        files = (File("学分明细.xlsx", workbook("学分明细", reasons.ENTRY_COLUMNS, rows), XLSX),)
    lines += [*_odd_lines(turn, odd), words.basis_line(standing)]
    return Reply(text="\n".join(lines), files=files, audit={"entries": len(chosen)})


def gap(turn: Turn) -> Reply:
    """How far from each requirement, the asked year's first, with what follows from missing it."""
    ledger = _ledger(_source(turn))
    standing, odd = ledger.standing, ledger.odd
    year, level, mode = _asked(turn)
    lines = words.gap_lines(standing, year, level, mode)
    if not standing.lines and not odd:
        lines.append(f"目前没有登记任何学分；如果不对，{ask_office(turn.office)}。")
    lines += [*words.waiting_lines(standing), *_odd_lines(turn, odd), words.basis_line(standing)]
    return Reply(text="\n".join(lines), audit={"entries": len(standing.lines)})


def why(turn: Turn) -> Reply:
    """Why a figure is what it is: the steps that cut, those that make up an amount first."""
    ledger = _ledger(_source(turn))
    standing, odd = ledger.standing, ledger.odd
    if not standing.lines and not odd:
        return _nothing(turn, standing)
    year, level, mode = _asked(turn)
    amount = turn.slots.decimal("amount")
    # 怎么只有 62 分: the figure itself is asked about, no difference
    found = explain(standing, None if amount == standing.total else amount)
    lines = reasons.explanation_lines(found, standing, MOST_STEPS, year)
    chosen = [line for line in reversed(found.lines) if _fits(line.entry, year, level, mode)]
    # many reasons leave less room for entries: a chat answer is read, not scrolled
    room = max(FEWEST_LINES, MOST_STEPS - len(found.cuts))
    lines.append("各条记录：")
    lines += [reasons.entry_line(line, standing) for line in chosen[:room]]
    if len(chosen) > room:
        lines.append(f"其余 {len(chosen) - room} 条见「学分明细」。")
    lines += [*_odd_lines(turn, odd), words.basis_line(standing)]
    lines.append(f"对记录有疑问，{ask_office(turn.office)}核对。")
    return Reply(
        text="\n".join(lines),
        audit={"entries": len(standing.lines), "cuts": len(found.cuts)},
    )


def _nothing(turn: Turn, standing: Standing) -> Reply:
    asker = turn.asker
    return Reply(
        text=f"还没有登记您的任何学分记录（{asker.name}，工号 {asker.staff_number}）。\n"
        f"参加过培训却查不到，{ask_office(turn.office)}，说明培训名称和时间。\n"
        f"{words.basis_line(standing)}",
        audit={"entries": 0},
    )


@dataclass(frozen=True, slots=True)
class Source:
    """All that a standing depends on. What is kept under it need never be told of a change."""

    stored: StoredLedger
    rules: str | None
    today: date
    joined: date | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Somebody's standing on a day, and how many rows no rule could be applied to."""

    standing: Standing
    odd: int


def _source(turn: Turn) -> Source:
    stored = Credits(turn.unit).ledger(turn.asker.id)
    today = turn.now.date()
    return Source(stored, _rules(turn, today), today, turn.asker.joined_on)


@lru_cache(maxsize=MOST_STANDINGS)
def _ledger(source: Source) -> Ledger:
    """The standing: who asks for the sum asks for the entries and the reasons next."""
    stored = source.stored.entries()
    entries = [entry for row in stored if (entry := _entry(row)) is not None]
    rules = default_rule_set() if source.rules is None else parsed_rule_set(source.rules)
    standing = evaluate(entries, rules, on=source.today, joined=source.joined)
    return Ledger(standing, len(stored) - len(entries))


@lru_cache(maxsize=MOST_OVERVIEWS)
def _overview(
    source: Source, year: int | None, level: Level | None, mode: Mode | None
) -> tuple[str, int]:
    """The words of 我的学分, and the rows that they leave out."""
    ledger = _ledger(source)
    standing = ledger.standing
    if level is not None or mode is not None:
        lines = words.category_lines(standing, year, level, mode)
    else:
        lines = words.total_lines(standing) if year is None else words.year_lines(standing, year)
    lines += words.waiting_lines(standing)
    return "\n".join([*lines, words.basis_line(standing)]), ledger.odd


def _rules(turn: Turn, today: date) -> str | None:
    """The text of the rules: the nearest organisation's version in force, else its last one.

    None where nobody above the person adopted any that has begun: the shipped default counts.
    """
    organisation = turn.asker.organisation_id
    adopted = () if organisation is None else RuleSets(turn.unit).reaching(organisation)
    read = [(item, parsed_rule_set(item.body)) for item in adopted]
    begun = [pair for pair in read if pair[1].valid_from <= today]
    if not begun:
        return None
    in_force = [pair for pair in begun if pair[1].valid_on(today)]
    best = max(in_force or begun, key=lambda pair: (pair[0].depth, pair[1].valid_from, pair[0].id))
    return best[0].body


def _entry(row: StoredEntry) -> Entry | None:
    """The ledger's row as the rules take it; None where its level, mode or state is unknown."""
    level, mode = _LEVELS.get(row.level), _MODES.get(row.mode)
    status = _STATUSES.get(row.status)
    if level is None or mode is None or status is None:
        return None
    return Entry(
        row.id,
        row.year,
        row.programme,
        level,
        mode,
        row.class_hours,
        row.credits,
        status,
        row.basis,
        row.reason,
        row.occurred_on,
    )


def _odd_lines(turn: Turn, odd: int) -> Sequence[str]:
    if not odd:
        return ()
    return (f"另有 {odd} 条记录没有写明级别或形式，没有计入；{ask_office(turn.office)}补全。",)


def _asked(turn: Turn) -> tuple[int | None, Level | None, Mode | None]:
    slots = turn.slots
    online = "online" if _ONLINE.search(turn.text) else ""
    mode = slots.text("mode") or online
    return (
        slots.number("year"),
        _LEVELS.get(slots.text("level") or ""),
        _ASKED_MODES.get(mode) or _MODES.get(mode),
    )


def _fits(entry: Entry, year: int | None, level: Level | None, mode: Mode | None) -> bool:
    return words.fits(entry, year, level, mode)


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="credit.summary",
        title="我的学分",
        help="总数、年度、分类，和还差多少",
        permission=Permission.RECORD_OWN,
        handle=own(summary),
        keywords=("我的学分", "多少学分", "学分多少", "查学分"),
        forms=("(?:查(?:一下|下)?)?我的学分", "学分"),
    ),
    Intent(
        name="credit.detail",
        title="学分明细",
        help="每一条学分记录",
        permission=Permission.RECORD_OWN,
        handle=own(detail),
        keywords=("学分明细", "学分记录", "每一条", "哪些学分"),
        forms=("(?:我的)?学分(?:的)?明细", "明细"),
    ),
    Intent(
        name="credit.gap",
        title="还差多少",
        help="离年度和周期要求还差多少学分",
        permission=Permission.RECORD_OWN,
        handle=own(gap),
        keywords=("还差多少", "差几分", "达标了吗", "还要修"),
        forms=("还差多少(?:学分)?", "(?:我)?达标了吗"),
    ),
    Intent(
        name="credit.explain",
        title="为什么是这个数",
        help="学分怎么算的，哪些没有计入",
        permission=Permission.RECORD_OWN,
        handle=own(why),
        keywords=("为什么少了", "怎么算的", "为什么没有", "少了几分", "学分不对"),
        forms=(r"为什么少了(?P<amount>\d+(?:\.\d+)?)(?:学)?分", "为什么"),
        in_menu=False,
    ),
)
