"""Which programmes there are, and the facts of a named one, as the plan states them.

Public: says nothing about a person, and 文件未给出 where the plan is silent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from handlers import programme_words as words
from handlers.contract import Intent, Privacy, Turn
from handlers.files import XLSX, workbook
from handlers.matching import bare, best, names_asked
from handlers.permissions import Permission
from handlers.programme_filter import (
    Match,
    Wanted,
    free_words,
    loosened,
    search,
    unmentioned,
)
from handlers.reply import Choice, File, Question, Reply, action, ask_choice
from handlers.wording import ask_office
from storage.programmes import Programme, Programmes

MOST_SHOWN = 5
MOST_CHOICES = 6
_OFFLINE = re.compile(r"线下|面授|现场|集中培训")
_LEVELS = {word: level for level, word in words.LEVEL_WORDS.items()}


def find(turn: Turn) -> Reply:
    """Programmes by stage, subject, mode, level, provider, time and words of their name."""
    programmes = Programmes(turn.unit).all()
    if not programmes:
        return Reply(text=f"还没有导入培训计划。{ask_office(turn.office)}了解近期培训。")
    wanted = _wanted(turn)
    if replace(wanted, year=None, when=None) == Wanted():
        # a time alone says little: 今年有什么校长培训 is about the heads
        wanted = replace(wanted, free=free_words(turn.text, programmes))
    matches = _named_first(search(programmes, wanted), turn, programmes)
    if matches:
        which = f"符合「{'、'.join(wanted.words)}」的" if wanted.words else ""
        opening = f"{_plans(matches)}里，{which}有 {len(matches)} 项："
        return _listed(turn, _not_filtered(turn, programmes) + opening, matches, wanted)
    dropped, near = loosened(programmes, wanted)
    if near:
        asked = "、".join(wanted.words)
        which = f"完全符合「{asked}」" if asked else "这段时间"
        opening = f"没有{which}的培训。不限「{'、'.join(dropped)}」的有 {len(near)} 项："
        return _listed(turn, opening, near, wanted)
    asked = "、".join(wanted.words) or turn.text
    return Reply(
        text=f"没有符合「{asked}」的培训（{_plans_known(programmes)}）。\n"
        "可以换个说法，比如：「有哪些小学语文的培训」「有哪些网络培训」。",
        audit={"found": 0},
    )


def _not_filtered(turn: Turn, programmes: Sequence[Programme]) -> str:
    """What was asked for that the plans do not say anything about, said before the list."""
    asked = list(unmentioned(turn.text, programmes))
    region = turn.slots.text("region")
    if region is not None and not any(region in p.name for p in programmes):
        asked.append(region)
    return f"计划里没有提到「{'、'.join(asked)}」，下面没有按它筛选。\n" if asked else ""


def _named_first(
    matches: Sequence[Match], turn: Turn, programmes: Sequence[Programme]
) -> Sequence[Match]:
    """What the message names by a word of its title before what only fits the conditions."""
    said = free_words(turn.text, programmes)
    return sorted(matches, key=lambda match: not any(w in match.programme.name for w in said))


def _wanted(turn: Turn) -> Wanted:
    slots = turn.slots
    when = slots.when()
    open_time = when is None or (when.start is None and when.end is None)
    offline = "offline" if _OFFLINE.search(turn.text) else None
    return Wanted(
        names=names_asked(turn),
        stage=slots.text("stage"),
        subject=slots.text("subject"),
        mode=slots.text("mode") or offline,
        level=_LEVELS.get(slots.text("level") or "", slots.text("level")),
        provider=slots.text("provider"),
        year=slots.number("year"),
        when=None if open_time else when,
    )


def _listed(turn: Turn, opening: str, matches: Sequence[Match], wanted: Wanted) -> Reply:
    shown = matches[:MOST_SHOWN]
    years = len({match.programme.year for match in shown}) > 1
    lines = [opening]
    lines += [
        f"{n}. {words.programme_line(match.programme, match.phases, year=years)}"
        for n, match in enumerate(shown, 1)
    ]
    files: tuple[File, ...] = ()
    if len(matches) > MOST_SHOWN:
        lines.append(
            f"以上是前 {MOST_SHOWN} 项，全部 {len(matches)} 项在文件里；也可以说得更具体。"
        )
        rows = [words.cells(m.programme, phase) for m in matches for phase in m.phases]
        files = (File("培训项目.xlsx", workbook("培训项目", words.COLUMNS, rows), XLSX),)
    lines += _silence(matches, wanted)
    # words and numbers, not a card: words travel back at once, a card is a message of its own
    lines.append("回复序号看详情。")
    choices = tuple(
        Choice(match.programme.name, action("programme.detail", id=str(match.programme.id)))
        for match in shown
    )
    return Reply(
        text="\n".join(lines),
        files=files,
        question=Question(choices=choices),
        about={"programme": shown[0].programme.name} if len(matches) == 1 else {},
        audit={"found": len(matches)},
    )


def _silence(matches: Sequence[Match], wanted: Wanted) -> list[str]:
    """What the plan does not say of what was asked."""
    undated = sum(not match.dated for match in matches)
    if not undated:
        return []
    all_of = "这一项" if len(matches) == 1 else "这些项目"
    which = all_of if undated == len(matches) else f"其中 {undated} 项"
    if wanted.when is not None:
        return [f"{which}文件未给出时间，计划只写了年度，是否在您问的时间段内要看开班通知。"]
    return [f"{which}文件未给出时间，以开班通知为准。"]


def _plans(matches: Sequence[Match]) -> str:
    """2020 年度计划（郴教通〔2020〕48号）."""
    years = sorted({match.programme.year for match in matches}, reverse=True)
    documents = list(dict.fromkeys(m.programme.document for m in matches if m.programme.document))
    source = f"（{documents[0]}）" if len(documents) == 1 else ""
    return f"{'、'.join(str(year) for year in years)} 年度计划{source}"


def _plans_known(programmes: Sequence[Programme]) -> str:
    years = sorted({programme.year for programme in programmes}, reverse=True)
    return f"现有 {'、'.join(str(year) for year in years)} 年度计划，共 {len(programmes)} 项"


def detail(turn: Turn) -> Reply:
    """All phases of one programme; asks which where the name fits several."""
    programmes = Programmes(turn.unit).all()
    chosen = turn.slots.number("id")
    if chosen is not None:
        picked = [item for item in programmes if item.id == chosen]
        if picked:
            return _facts(turn, picked[0])
    asked = names_asked(turn) or _read_off(turn.text, programmes)
    if not asked:
        return Reply(
            text="您想了解哪个培训项目？请说项目名称，或者问「有哪些培训」。",
            question=Question(fill=action("programme.detail"), slot="programme"),
        )
    found = _named(turn, programmes, asked)
    if not found:
        provided = Wanted(provider=asked[0])
        if matches := search(programmes, provided):
            opening = f"{_plans(matches)}里，「{asked[0]}」承办的有 {len(matches)} 项："
            return _listed(turn, opening, matches, provided)
        return Reply(
            text=f"计划里没有找到「{asked[0]}」。\n可以问「有哪些培训」，或者换个名称再试。",
            audit={"found": 0},
        )
    if len(found) == 1:
        return _facts(turn, found[0])
    return _which(asked[0], found)


def _read_off(text: str, programmes: Sequence[Programme]) -> tuple[str, ...]:
    """The longest name, alias or class that the message itself holds."""
    said = bare(text)
    names = {name for item in programmes for name in (item.name, *item.aliases, *item.classes)}
    held = [name for name in names if bare(name) and bare(name) in said]
    return tuple(sorted(held, key=lambda name: (-len(name), name))[:1])


def _named(
    turn: Turn, programmes: Sequence[Programme], asked: tuple[str, ...]
) -> tuple[Programme, ...]:
    """By name, alias or class; the other things said narrow only where something remains."""
    found = best(asked, programmes, lambda item: (item.name, *item.aliases, *item.classes))
    narrowing = Wanted(
        stage=turn.slots.text("stage"),
        subject=turn.slots.text("subject"),
        mode=turn.slots.text("mode"),
        provider=turn.slots.text("provider"),
        year=turn.slots.number("year"),
    )
    narrowed = tuple(match.programme for match in search(found, narrowing))
    return narrowed or found


def _which(asked: str, found: Sequence[Programme]) -> Reply:
    more = f"（只列前 {MOST_CHOICES} 个）" if len(found) > MOST_CHOICES else ""
    shown = found[:MOST_CHOICES]
    lines = [f"和「{asked}」相符的有 {len(found)} 个，您问的是哪一个？{more}"]
    lines += [f"{n}. {words.choice_label(item)}" for n, item in enumerate(shown, 1)]
    return ask_choice(
        "\n".join(lines),
        *(
            Choice(words.choice_label(item), action("programme.detail", id=str(item.id)))
            for item in shown
        ),
        title="哪一个项目",
    )


def _facts(turn: Turn, programme: Programme) -> Reply:
    lines = [f"{programme.name}（{words.source_words(programme)}）"]
    lines.append(
        f"专题：{programme.topic or words.NOT_GIVEN}；"
        f"申请单位：{programme.sponsor_unit or words.NOT_GIVEN}；"
        f"级别：{words.LEVEL_WORDS.get(programme.level or '', words.NOT_GIVEN)}"
    )
    phases = programme.phases
    if not phases:
        lines.append(f"形式、对象、时长、人数、承办、时间：{words.NOT_GIVEN}")
    for number, phase in enumerate(phases, 1):
        opening = f"阶段 {number}　" if len(phases) > 1 else ""
        lines.append(f"{opening}{words.phase_full(phase)}")
    if programme.classes:
        lines.append(f"已开的班：{'、'.join(programme.classes[:MOST_CHOICES])}")
    lines.append(f"计划没有写的（如食宿、报名办法），以开班通知为准，或{ask_office(turn.office)}。")
    about = {"programme": programme.name}
    return Reply(text="\n".join(lines), about=about, audit={"programme": programme.id})


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="programme.search",
        title="有哪些培训",
        help="按学段、学科、形式、时间找培训项目",
        permission=Permission.RECORD_OWN,
        handle=find,
        privacy=Privacy.PUBLIC,
        keywords=("有哪些培训", "什么培训", "培训项目", "有没有培训", "可以参加的"),
        forms=(
            "(?:最近|今年)?有(?:哪些|什么)培训(?:项目)?",
            "培训项目",
            "培训计划",
            "(?P<level>国培|省培|市培|县培)(?:计划|项目|培训)?(?:都?有(?:哪些|什么|没有))?[?]?",
        ),
    ),
    Intent(
        name="programme.detail",
        title="项目详情",
        help="一个培训项目的对象、时长、名额和承办机构",
        permission=Permission.RECORD_OWN,
        handle=detail,
        privacy=Privacy.PUBLIC,
        keywords=("谁承办", "多少人", "多少个名额", "几天", "什么形式", "项目详情"),
        in_menu=False,
    ),
)
