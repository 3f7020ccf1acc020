"""Groups that the office itself brings about: a group's webhook robot, a chat made by the app.

A robot's key is all that is needed to write in its group: it is kept and never said again, in no
reply, no log and no audit entry.
"""

from __future__ import annotations

import re

from handlers.class_choice import chosen_class, run_whole
from handlers.contract import Turn
from handlers.reply import Action, Question, Reply, action, ask_sure, refuse
from storage.accounts import Accounts
from storage.app_chats import REALM, AppChats
from storage.groups import APP_CHAT, Groups
from storage.imports.lookups import Found

ROBOT = "wecom_robot"
FEWEST, MOST = 2, 2000  # members of an app's group chat (wecom.md 2.6)
LONGEST_NAME = 50
CHAT_ID = 32
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_ADDRESS = re.compile(
    r"https?://\S{0,200}?webhook/send\?(?:\S{0,200}?&)?key=([0-9A-Za-z-]{16,64})(?![0-9A-Za-z-])"
)
_ANY_ADDRESS = re.compile(r"https?://")
_KEY = re.compile(r"(?<![0-9A-Za-z-])([0-9A-Za-z-]{32,64})(?![0-9A-Za-z-])")
_WHERE = "在企业微信群的设置里添加「消息推送」（群机器人），复制它的 Webhook 地址"


def robot(turn: Turn) -> Reply:
    """In private: keep the address of a group's webhook robot for a class."""
    if turn.place.group is not None:
        return _public(turn)
    if ROBOT not in turn.office.ways:
        return refuse("这里还没有启用群机器人，请联系系统管理员。", why="no such way")
    written = turn.slots.text("address") or turn.text
    key = _key(written)
    if key is None and (_ANY_ADDRESS.search(written) or turn.slots.text("address") is not None):
        return refuse(
            f"这不是企业微信群机器人的地址，没有保存。请{_WHERE}，再发给我。", why="address"
        )
    chosen = chosen_class(turn, "给哪个班绑定群机器人？", pickable=key is None)
    if isinstance(chosen, Reply):
        return chosen
    if key is None:
        return Reply(
            text=f"请把「{chosen.name}」群机器人的地址发给我：{_WHERE}。\n"
            "知道地址的人都能冒用机器人，只在这里私聊发，不要发到群里。",
            question=Question(
                fill=Action("group.robot", (("class", str(chosen.id)),)),
                slot="address",
                verbatim=True,
            ),
        )
    return _keep(turn, chosen, key)


def _public(turn: Turn) -> Reply:
    """Said in a group: nothing is kept, and a key that was shown is burnt."""
    if _key(turn.text) is None:
        return refuse("绑定群机器人请私聊我，不要把地址发到群里。", why="in a group")
    return refuse(
        "群机器人的地址不能发在群里：知道它的人都能冒用机器人发消息，我没有保存。\n"
        "请在群设置里重新生成地址（让旧的作废），再私聊发给我。",
        why="key shown",
    )


def _key(text: str) -> str | None:
    found = _ADDRESS.search(text)
    if found is None and not _ANY_ADDRESS.search(text):
        found = _KEY.search(text)
    return None if found is None else found[1]


def _keep(turn: Turn, chosen: Found, key: str) -> Reply:
    table = Groups(turn.unit)
    before = table.class_of(ROBOT, key)
    if before == chosen.id:
        return Reply(text=f"这个群机器人已经绑定「{chosen.name}」，不用再绑。")
    if before is not None and before not in {each.id for each in run_whole(turn)}:
        return refuse("这个群机器人已经绑定了别的班，请先让那个班解绑。", why="other class")
    table.bind(chosen.id, ROBOT, key, turn.asker.id, turn.now)
    moved = f"（原来绑定的是「{table.class_name(before)}」）" if before is not None else ""
    audit: dict[str, str | int] = {"class": chosen.id}
    if before is not None:
        audit["was"] = before
    return Reply(
        text=f"群机器人已绑定「{chosen.name}」{moved}，本班的通知可以发到那个群。\n"
        "群机器人只能发、听不到群里的话。地址我已保存，请把上面那条消息删掉。",
        audit=audit,
    )


def create(turn: Turn) -> Reply:
    """Ask the app to make a group chat of a class; it is made in the background."""
    if APP_CHAT not in turn.office.ways:
        return refuse(
            "建群要用企业微信自建应用，这里还没有启用。可以先在企业微信里建好群，再绑定："
            "发送「班级群码 班名」。",
            why="no such way",
        )
    chosen = chosen_class(turn, "给哪个班建群？")
    if isinstance(chosen, Reply):
        return chosen
    held = [
        each
        for each in Groups(turn.unit).of_classes([chosen.id], wanted=True)
        if each.channel == APP_CHAT
    ]
    if held:
        state = "已经有应用建的群了" if held[0].made else "的群正在建，建好会告诉您"
        return Reply(text=f"「{chosen.name}」{state}。")
    members = AppChats(turn.unit).members(chosen.id)
    if not FEWEST <= len(members) <= MOST:
        return refuse(
            f"「{chosen.name}」有企业微信账号的有 {len(members)} 人，"
            f"建群要 {FEWEST} 到 {MOST} 人，没有建。",
            why="members",
        )
    if turn.slots.text("sure") is None:
        return _sure(turn, chosen, members)
    chat = f"shixun{chosen.id}x" + "".join(turn.chance.choice(_LETTERS) for _ in range(CHAT_ID))
    AppChats(turn.unit).want(chosen.id, chat[:CHAT_ID], chosen.name[:LONGEST_NAME], turn.asker.id)
    return Reply(
        text=f"正在建「{chosen.name}」的群（{len(members)} 人），建好了告诉您。",
        audit={"class": chosen.id, "members": len(members)},
    )


def _sure(turn: Turn, chosen: Found, members: tuple[str, ...]) -> Reply:
    owner = Accounts(turn.unit).holder(REALM, members[0])
    named = f"，群主 {owner.name}" if owner is not None else ""
    return ask_sure(
        f"要给「{chosen.name}」建一个企业微信群吗？{len(members)} 位有企业微信账号的成员"
        f"会直接进群{named}。",
        "建班级群",
        action("group.create", sure="1", **{"class": str(chosen.id)}),
    )
