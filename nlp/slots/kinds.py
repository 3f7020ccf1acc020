"""Slots with a closed list of values: stage, subject, mode, level, leave type, status, decision,
and what is to be done with one's data (intents.md, Slots)."""

from __future__ import annotations

import re

_STAGES = (
    ("kindergarten", r"幼儿园|幼师|幼儿教师|学前|幼教|保教"),
    ("primary", r"(?<!中)小学"),
    ("junior", r"初中|初级中学|初[一二三](?!中)"),
    ("senior", r"高中|高[一二三](?!中)"),
    ("vocational", r"中职|职高|职校|职业学校|职业高中|职教"),
    ("special", r"特教|特殊教育|特校|聋哑|盲校"),
)
STAGE = tuple((value, re.compile(pattern)) for value, pattern in _STAGES)
_SUBJECT_WORDS = {
    "语文": "语文", "数学": "数学", "英语": "英语", "物理": "物理", "化学": "化学",
    "生物": "生物", "政治": "政治", "思政": "政治", "历史": "历史", "地理": "地理",
    "道德与法治": "道德与法治", "道法": "道德与法治", "科学": "科学", "音乐": "音乐",
    "体育": "体育", "美术": "美术", "书法": "书法", "信息技术": "信息技术", "信技": "信息技术",
    "信息科技": "信息技术", "劳动教育": "劳动", "劳动": "劳动", "心理健康": "心理健康",
    "心理": "心理健康", "心健": "心理健康", "综合实践": "综合实践", "通用技术": "通用技术",
}  # fmt: skip
_SUBJECT = re.compile("|".join(sorted(_SUBJECT_WORDS, key=lambda word: (-len(word), word))))
_NOT_SUBJECT = re.compile(
    r"劳动(?:节|合同|局|法|仲裁)|科学(?:院|家|研究|合理)|历史(?:记录|学分|消息|数据)|"
    r"心理(?:准备|压力)|地理位置|政治(?:面貌|表现|学习)"
)
_ABBREVIATED = {"小": "primary", "初": "junior", "高": "senior"}
_SHORT_SUBJECTS = {
    "语": "语文", "数": "数学", "英": "英语", "物": "物理", "化": "化学", "生": "生物",
    "政": "政治", "史": "历史", "地": "地理", "科": "科学", "音": "音乐", "体": "体育",
    "美": "美术", "信": "信息技术",
}  # fmt: skip
# 鱼 and 雨 are what voice and hasty typing make of 语
_SHORT_SOUNDS = {"鱼": "语", "雨": "语", "与": "语", "书": "数", "树": "数"}
_USUAL = frozenset(
    stage + subject
    for stage, subjects in (
        ("小", "语数英科"),
        ("初", "语数英物化生政史地"),
        ("高", "语数英物化生政史"),
    )
    for subject in subjects
)
_SHORT = re.compile(
    r"(?<![最大中从年幼])([小初高])([语数英物化生政史地科音体美信鱼雨与书树])(?![一-鿿]{0,1}(?:点后))"
)
# 小数点, 小心, 高地, 初生牛犊, 高数值: what follows shows another word
_OTHER_WORD = re.compile(
    r"小数点|小数位|小生意|小科目|高数值|初生牛|高生产|高物价|高化验|小物件|小英雄|"
    r"小语种|高政策|高史诗"
)
_CLEAR_NEXT = re.compile(
    r"(?:的)?(?:老师|教师|班|坊|组|学科|教研|工作坊|培训|国培|骨干|没|未|有|谁|$|的)"
)
_MODES = (
    ("blended", r"混合式?|线上线下(?:相)?结合|线上加线下"),
    ("online", r"网络(?!安全)|线上|(?<!继教)网上|在线|远程|网课"),
    ("offsite", r"异地|外地|省外|外省|跑外|外出|去外面"),
    ("local", r"本地|本县的|在县里|家门口|不用出门|不出县"),
)
_LEVELS = (
    ("national", r"国培|国配|国赔|国家级"),
    ("provincial", r"省培|省级|省里"),
    ("municipal", r"市培|市级|市里"),
    ("county", r"县培|县级(?!管理|复审|审核|初审|终审|平台)|区级|(?<!在)县里(?!自己)"),
    ("school", r"校本|校培|校级(?!管理|复审|审核|初审|终审)"),
)
_LEAVES = (
    (
        "sick",
        r"病假|发烧|高烧|发高烧|感冒|生病|住院|拉肚子|手术|打点滴|输液|阑尾炎|肠胃炎|头晕|不舒服|[牙头肚腰]疼|水痘|骨折|崴",
    ),
    (
        "official",
        r"公假|公差|监考|出差|抽调|局里(?:抽|派|安排|叫|开会)|学校(?:派|安排)|人代会|党代会|去(?:县里|"
        r"市里|省里|局里)开会",
    ),
    ("personal", r"事假|私事|家里有(?:点)?事|家有急事"),
)
_OTHERS_ILL = re.compile(
    r"孩子|小孩|娃|宝宝|闺女|丈夫|岳|儿子|女儿|崽|老人|爸|妈|婆|公公|爷|奶奶|家属|老公|老婆|爱人|学生"
)
_STATUSES = (
    (
        "not_signed_in",
        r"(?:没|未|没有|尚未|还没|没完成|漏)(?:完成)?来?(?:签到|签(?!退|收)|打卡)|没前到|没签道",
    ),
    (
        "not_confirmed",
        r"(?:没|未|没有|尚未|还没)(?:点)?(?:确认|却认|回执|回复|回[“\"「]?收到)|没回(?!来)|[都回]了没|回没回|未读|没读|没点|未签收|没签收|没反应|没吭声|没看(?!满|完)|未回",
    ),
    ("not_enrolled", r"(?:没|未|没有|尚未|还没)(?:有)?(?:报名|报上|报的)|没报(?!销|到)"),
    (
        "not_submitted",
        r"(?:没|未|没有|尚未|还没|仍未|还没有)(?:有)?(?:提交|上交|交|上传|填|完成(?!签))|不交(?!流|通)",
    ),
    (
        "below_requirement",
        r"(?:没|未|不|没有|尚未|还没)(?:能)?(?:达标|够数|修满|修够)|差学?分(?!数线)|不够分|分(?:还)?不够|学分不够|"
        r"学分不足|没够|低于要求|不够数|没过线|没攒够|没到线|学分[^，。]{0,6}不够|分[还都]?缺着|学时没看?满",
    ),
    ("absent", r"缺勤|旷[过了]?(?:\w{0,3})课|缺席|缺课|算缺|成缺(?!到)|记缺"),
    ("late", r"迟到"),
    ("failed", r"不合格|没通过|没及格|不及格|没过(?!线)"),
    (
        "passed",
        r"(?:考核|测评|考试)?合格的|已合格|考核合格|(?<!没)通过(?:了)?(?:考核|测评|考试)?的",
    ),
)
_REJECT = re.compile(
    r"不同意|驳回|打回|退回|不行|[别不]批|[别不]准|不通过|不能[批给过准]|不予|不给|给不了|[批准]不了|拒|否了|退$|"
    r"否掉|重写|重报|毙|打下去|退掉|卡住|没法批|没批准|不可以|别让|不让"
)
_APPROVE = re.compile(
    r"同意|批准|准予|准了|得给|给过|通过|批了|批一下|批掉|没意见|可以|放行|点了|准假|让(?:他|她|它|人家)们?"
    r"去|没毛病|没得?问题|无异议|依(?:他|她)|照准|^准(?!时)|给了吧|"
    r"批[吧呗]?$|^批|准[吧呗]?$|给批|批给|过(?:了吧|吧|了)?$|过吧|[\d条个号]过|\bok\b|行$|^行(?!不)|^好",
    re.IGNORECASE,
)
# 同意 heard wrong stands at the start, before a name.
_APPROVE_HEARD = re.compile(r"^同一(?!个|天|名|人|班|期)")
_CLAUSES = re.compile(r"[，,。；;！!？?\n]+")
_NUMBERED_CLAUSE = re.compile(r"[\d一二三四五六七八九十] ?[条个号]")
_ACTIONS = (
    ("export", r"导出|导(?:一份|给我|下来)|下载|拷|备份|打包|发(?:我|给我)一份|存一份|汇出"),
    (
        "delete",
        r"(?<!不用)(?<!不要)(?<!别)(?:删|清除|清空|清掉|清理|抹|销毁|注销|别留|不留|不要留)",
    ),
    (
        "correct",
        r"改|更正|更新|写错|录错|填错|登错|错|换|变更|纠正|不对|怎么还|[写填录登]成|应该是|我是[女男]",
    ),
    ("view", r"看|查|有哪些|存了|收集了|什么信息|调出来"),
)
_TABLES = {
    "mode": tuple((value, re.compile(pattern)) for value, pattern in _MODES),
    "level": tuple((value, re.compile(pattern)) for value, pattern in _LEVELS),
    "leave_type": tuple((value, re.compile(pattern)) for value, pattern in _LEAVES),
    "status": tuple((value, re.compile(pattern)) for value, pattern in _STATUSES),
    "action": tuple((value, re.compile(pattern)) for value, pattern in _ACTIONS),
}


def only(kind: str, text: str) -> str | None:
    """The value of a closed slot when the text names exactly one."""
    found = [value for value, pattern in _TABLES[kind] if pattern.search(text)]
    return found[0] if len(found) == 1 else None


def first(kind: str, text: str) -> str | None:
    """The first value in the order of the table that the text names."""
    return next((value for value, pattern in _TABLES[kind] if pattern.search(text)), None)


def level(text: str) -> str | None:
    """The training level when one only is named; 市里的 beside 国培 makes two."""
    return only("level", text)


def leave_type(text: str) -> str | None:
    """The kind of leave; an illness counts when it is one's own."""
    named = re.search(r"病假|事假|公假", text)
    if named:
        return first("leave_type", named.group())
    found = first("leave_type", text)
    return None if found == "sick" and _OTHERS_ILL.search(text) else found


def decision(text: str) -> str | None:
    """Approve or reject; a refusal word outweighs, but of two numbered things the first counts."""
    clauses = [clause for clause in _CLAUSES.split(text) if clause]
    if len(clauses) > 1 and all(_NUMBERED_CLAUSE.search(clause) for clause in clauses[:2]):
        text = clauses[0]
    if _REJECT.search(text):
        return "reject"
    if any(_APPROVE.search(clause.strip()) for clause in clauses) or _APPROVE_HEARD.match(text):
        return "approve"
    return None


def stage_and_subject(text: str) -> tuple[str | None, str | None]:
    """(stage, subject), each only when the text names exactly one."""
    stages = dict.fromkeys(value for value, pattern in STAGE if pattern.search(text))
    cleared = _NOT_SUBJECT.sub("", text)
    subjects = dict.fromkeys(_SUBJECT_WORDS[word] for word in _SUBJECT.findall(cleared))
    for match in _SHORT.finditer(_OTHER_WORD.sub("", text)):
        stage, short = match.groups()
        sound = _SHORT_SOUNDS.get(short)
        after = match.string[match.end() :]
        if stage + short not in _USUAL and not _CLEAR_NEXT.match(after):
            continue
        stages[_ABBREVIATED[stage]] = None
        subjects[_SHORT_SUBJECTS[sound or short]] = None
    return (
        next(iter(stages)) if len(stages) == 1 else None,
        next(iter(subjects)) if len(subjects) == 1 else None,
    )
