"""Which class a message about group chats means: by button, by name, by the group it is said in.

Shared by the files of class groups; knows whose classes are whose, and no group.
"""

from __future__ import annotations

from handlers.contract import Turn
from handlers.matching import best, names_asked
from handlers.reply import Choice, Reply, action, ask_choice, refuse
from storage.imports.lookups import Found, classes_run

MOST_CHOICES = 8


def run_whole(turn: Turn) -> tuple[Found, ...]:
    """The classes whose groups this person looks after: led, or with nobody of other branches."""
    return classes_run(turn.unit, turn.scope, whole=True)


def chosen_class(turn: Turn, asked: str, *, pickable: bool = True) -> Found | Reply:
    """The one class that is meant, else the question or the refusal.

    `pickable` False: what goes with the class must not stand in a button, so ask to write again.
    """
    own = run_whole(turn)
    found = own
    number = turn.slots.number("class") or _here(turn)
    if number is not None:
        found = tuple(each for each in own if each.id == number)
    elif names := names_asked(turn):
        found = best(names, own, lambda each: (each.name,))
    if not found:
        return refuse("没有找到这个班，或者它不归您管理。请写班级的全名。", why="class")
    if len(found) == 1:
        return found[0]
    if not pickable:
        names_shown = "、".join(each.name for each in found[:MOST_CHOICES])
        return refuse(f"不确定是哪个班（{names_shown}），请写班级的全名再发一次。", why="class")
    return ask_choice(
        asked,
        *(
            Choice(each.name, action(turn.intent, **{"class": str(each.id)}))
            for each in found[:MOST_CHOICES]
        ),
        title="请选择班级",
    )


def _here(turn: Turn) -> int | None:
    """The class of the group it was said in, where none was named."""
    return None if names_asked(turn) else turn.place.training_class_id
