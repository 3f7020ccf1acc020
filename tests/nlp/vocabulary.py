"""The declared intents and a small office for the tests of the understanding."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.reading import intent_words
from nlp.understanding import Understanding
from nlp.vocabulary import Name, Names, Vocabulary

NOW = datetime(2025, 4, 23, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
NAMES = Names(
    programmes=(
        Name("普通话水平能力提升培训", ("普通话提升",)),
        Name("新高考研究管理者培训"),
        Name("小学语文骨干教师培训"),
        Name("初中语文骨干教师培训"),
    ),
    schools=(Name("郴州市第一中学"), Name("郴州市第二中学"), Name("田心小学")),
    people=(Name("李娜"), Name("张伟"), Name("高兴"), Name("欧阳海燕")),
    regions=(Name("北湖区"),),
)


@lru_cache(maxsize=2)
def reader(named: bool = False) -> Understanding:
    """The understanding as shipped; with `named` for an office that has names."""
    plain = Vocabulary(intent_words())
    return Understanding(Vocabulary(plain.intents, NAMES) if named else plain)
