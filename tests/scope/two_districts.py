"""A county of two districts, brought in and lived in by the application's own functions.

Each asker of the contract has a neighbour whose people they must never see. Names, numbers and
accounts are unlike each other, so that whatever comes back can be searched for them.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.answer import DuplicateError, House, answer
from bot.channels.base import Incoming
from bot.reading import Readings
from handlers.contract import SHANGHAI, OfficeFacts, Received
from handlers.imports import office_context
from handlers.reply import Action, Reply
from storage.database import Database
from storage.imports.commands import import_office
from storage.readers.office import read_office
from storage.readers.reading import read_file
from storage.tables import attachments, deliveries
from storage.unit import Unit
from tests.handlers.turns import WECOM

# a Monday; the lessons begin at half past eight
NOW = datetime(2021, 7, 12, 8, 20, tzinfo=SHANGHAI)

SHEETS = {
    "organisations.csv": """\
名称,上级,类别,简称
云溪县教育局,,县,
城关片区,云溪县教育局,片区,
东山片区,云溪县教育局,片区,
城关小学,城关片区,学校,
城关中学,城关片区,学校,
东山小学,东山片区,学校,
东山中学,东山片区,学校,
启明教师研修网,云溪县教育局,机构,
""",
    "roster.csv": """\
姓名,工号,单位,片区,学段,学科,职务,手机号,身份,管理范围,企业微信账号,入职年月,状态
李国强,910001,云溪县教育局,,,,股长,13911110001,县级管理员,,liguoqiang,1998-08,在职
许城,910002,云溪县教育局,,,,科员,13911110002,县级管理员,城关片区,xucheng,2001-08,在职
孙丽,920001,城关小学,,小学,语文,教务主任,13922220001,教师、校级管理员,,sunli,2003-09,在职
张伟,920002,城关小学,,小学,语文,,13922220002,教师,,zhangwei,2010-09,在职
李娜,920003,城关小学,,小学,数学,,13922220003,教师,,lina,2012-09,在职
王芳,930001,城关中学,,初中,英语,,13933330001,教师,,wangfang,2009-09,在职
周明,930002,城关中学,,初中,历史,,13933330002,教师,,zhouming,2005-09,在职
马超,940001,东山小学,,小学,语文,,13944440001,教师,,machao,2011-09,在职
罗兰,950001,东山中学,,初中,物理,,13955550001,教师,,luolan,2008-09,在职
曹颖,950002,东山中学,,初中,生物,,13955550002,教师,,caoying,2004-09,在职
高峰,950003,东山中学,,初中,数学,副校长,13955550003,教师、校级管理员,,gaofeng,1999-09,在职
何平,950004,东山中学,,初中,化学,,13955550004,教师,,,2015-09,在职
董洁,960001,启明教师研修网,,,,项目经理,13966660001,承办机构,,dongjie,,在职
""",
    "classes.csv": """班级,项目,姓名,工号,角色,企业微信群,QQ群
城关研修班,城关研修项目,周明,930002,班主任,wr-chengguan,
城关研修班,城关研修项目,张伟,920002,学员,,
城关研修班,城关研修项目,李娜,920003,学员,,
城关研修班,城关研修项目,王芳,930001,学员,,
东山研修班,东山研修项目,曹颖,950002,班主任,wr-dongshan,
东山研修班,东山研修项目,马超,940001,学员,,
东山研修班,东山研修项目,罗兰,950001,学员,,
联合研修班,联合研修项目,董洁,960001,班主任,wr-lianhe,
联合研修班,联合研修项目,张伟,920002,学员,,
联合研修班,联合研修项目,马超,940001,学员,,
""",
    "timetable.csv": """班级,日期,开始,结束,地点,主题,主讲,签退
城关研修班,2021-07-12,08:30,11:30,一号机房,备课,,否
东山研修班,2021-07-12,08:30,11:30,二号机房,评课,,否
联合研修班,2021-07-12,08:30,11:30,三号机房,说课,,否
""",
    "credits.csv": """工号,姓名,年度,项目,级别,形式,学时,学分,状态,依据,日期
920002,张伟,2021,城关研修项目,县培,集中,24,24,已认定,城证一号,2021-03-31
940001,马超,2021,东山研修项目,县培,集中,36,36,已认定,东证一号,2021-03-31
950001,罗兰,2021,东山研修项目,县培,集中,48,48,待审核,东证二号,2021-03-31
""",
    "deadlines.csv": """事项,截止,项目,班级,对象,说明,后果,链接
研修日志,2021-07-15,,,学员,,,
""",
    "submissions.csv": """事项,工号,提交时间
研修日志,940001,2021-07-11 20:11
研修日志,920002,2021-07-11 20:12
""",
}

# What somebody is known by; any of it in an answer is that person seen.
MARKS = {
    cells[0]: (cells[0], cells[1], cells[7], *filter(None, (cells[10],)))
    for cells in (row.split(",") for row in SHEETS["roster.csv"].splitlines()[1:])
}
TRAINEES = ("张伟", "李娜", "王芳", "马超", "罗兰", "何平")


@dataclass(frozen=True, slots=True)
class Came:
    """All that came back to one message: what was said, in files, and what was queued to whom."""

    words: str
    actions: tuple[Action, ...] = ()
    refused: bool = False

    @property
    def sure(self) -> Action | None:
        """The button that goes on with it, if there is one."""
        return next((each for each in self.actions if each.intent != "flow.cancel"), None)


@dataclass(slots=True)
class Town:
    """The office, and messages of its people."""

    database: Database
    readings: Readings
    said: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def send(
        self,
        unit: Unit,
        account: str,
        text: str = "",
        *,
        button: str | None = None,
        group: str | None = None,
        file: tuple[str, bytes] | None = None,
        now: datetime = NOW,
    ) -> Came:
        """One message through the life of a message, in this unit."""
        self.said += 1
        house = House(
            understanding=self.readings.current,
            office=OfficeFacts(ways={"wecom": WECOM}),
            chance=self.chance,
            at_once={"wecom": lambda _reply: True},
            masked=self.readings.masked,
        )
        incoming = Incoming(
            channel="wecom",
            realm="wecom",
            account=account,
            message_id=f"m{self.said}",
            at=now,
            text=text,
            button=button,
            group=group,
            file=None if file is None else Received(file[0], b"", read_file(file[1], file[0])),
            push_channel="wecom",
        )
        before = {row.id for row in unit.rows(deliveries.select())}
        try:
            made = answer(incoming, unit=unit, house=house, now=now, turn_id="0" * 8).reply
        except DuplicateError:
            made = None
        reply = made or Reply()
        queued = [
            row
            for row in unit.rows(deliveries.select())
            if row.id not in before and row.account in (account, group)
        ]
        choices = () if reply.card is None else reply.card.choices
        return Came(
            "\n".join([_words(reply), *(_queued(unit, row.body) for row in queued)]),
            tuple(each.action for each in choices),
            reply.refused,
        )


def settle(database: Database, folder: Path) -> None:
    """Bring the office in as its officers would."""
    for name, text in SHEETS.items():
        (folder / name).write_text(text, encoding="utf-8")
    report = import_office(database, read_office(folder), office_context(NOW - timedelta(days=1)))
    assert not report.errors, report.text


def live(town: Town) -> None:
    """A morning: sign-ins and notices in both districts, a file that waits for its yes."""
    with town.database.unit() as unit:
        for tutor, trainee in (("caoying", "machao"), ("zhouming", "zhangwei")):
            opened = town.send(unit, tutor, "开始签到")
            code = next(word for word in opened.words.replace("：", " ").split() if _is_code(word))
            town.send(unit, trainee, f"签到 {code}")
        for district in ("东山片区", "城关片区"):
            town.send(unit, "liguoqiang", f"给{district}老师发通知：周五下午两点集中")
            sent = town.send(unit, "liguoqiang", "确认")
            assert "发给" in sent.words, sent.words
        town.send(unit, "machao", "收到")
        checked = town.send(
            unit,
            "gaofeng",
            file=("名册.csv", "姓名,工号,单位,职务\n罗兰,950001,东山中学,教研组长\n".encode()),
        )
        assert "没有保存" in checked.words, checked.words


def _is_code(word: str) -> bool:
    return len(word) == 4 and word.isascii() and word.isalnum() and word.isupper()


def _words(reply: Reply) -> str:
    lines = [reply.text, reply.in_group]
    if reply.card is not None:
        lines += [reply.card.title, reply.card.description]
        lines += [f"{label} {value}" for label, value in reply.card.facts]
        lines += [f"{each.label} {each.action.key()}" for each in reply.card.choices]
    if reply.question is not None:
        lines += [each.label for each in reply.question.choices]
    lines += [f"{each.name}\n{in_file(each.data)}" for each in reply.files]
    return "\n".join(lines)


def _queued(unit: Unit, body: dict[str, object]) -> str:
    held: Sequence[dict[str, object]] = body.get("files") or ()  # type: ignore[assignment]
    numbers = [each.get("id") for each in held]
    rows = [row for row in unit.rows(attachments.select()) if row.id in numbers]
    return "\n".join([str(body), *(in_file(bytes(row.data)) for row in rows)])


def in_file(data: bytes) -> str:
    """All that stands in a file; of a workbook the parts themselves, hidden cells included."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
