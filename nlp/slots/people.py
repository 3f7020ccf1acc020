"""Names of persons that stand in no list: by surname and neighbours, or by being introduced.

Only a guess for what the office's own names (nlp.names) did not resolve.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nlp.resources import data_lines

_TWO_CHARACTER = (
    "欧阳|上官|司马|诸葛|令狐|司徒|夏侯|皇甫|东方|尉迟|公孙|慕容|端木|长孙|宇文|轩辕|独孤|南宫"
)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩"
    "冯曹彭曾萧肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任"
    "卢姚沈钟姜崔谭陆范汪廖石金贾韦夏付傅方邹熊白孟秦邱侯江尹"
    "薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔"
    "向汤欧阳易常文牛樊葛邢安齐庞颜施聂翟申岳成柳喻"
    "祝章鲁骆卓蔺霍凌耿尤柏鲍洪翁滕阮包关扶鞠简冉佟柯宁尚瞿席车乔甘桂焦康赖蓝冷厉连廉缪穆倪"
    "裴蒲戚祁屈曲饶荣芮桑盛舒隋涂屠温闻伍奚冼项辛幸晏燕尧游俞虞郁苑岑晁楚褚邸狄刁窦费丰封"
    "庄靳晋冀姬郦濮扈郏浦阎宦戈庾阙蔚夔巩訾阚蒯荆逯桓雒亓"
    "苟辜管路栾满糜闵宓农仝佘司粟邰宛危隗邬巫鄢仰伊殷应雍禹臧迮湛仉仲竺祖左卞巴艾敖苍仇迟匡邝揭鄂"
)
# Surnames that are mostly other words: only where a person is bound to stand.
_RARE = "解单柴古强米时全盛权池党丛华景官后花纪兰乐练梅牧朴普茹沙商帅索谈佐"
# never the second character of a given name
_FUNCTION = (
    "的这那了到是在有没把给跟和人家改按才刚昨今明上下也都还不要就说来去坐班校老理请补签打因算记迟早"
    "会能我你他她们叫谁啥么哪同组园假一二两三四五六七八九十几个名位条号分漏缺旷退"
)
_GIVEN = rf"[一-鿿](?<![{_FUNCTION}])"
_NEXT = (
    r"(?P<next>(?:老师|教师|同志|主任)?(?:漏|代签|实到|写|搁|标|旷|缺|有|[一二三四五六七八九十两]|"
    r"\)|）|成|的|这|那|到|人到|人道|人在|跟|和|是|来|坐|少|多|要|早|"
    r"家里|家|改|按|算|没|刚|才|昨|今|理由|留言|迟到|请|补|退|报|申请|学分|学时|假|在|也|登|签|"
    r"去|手机|忘|我|他|她|把|好|公假|病假|人|已|确|真|明明|被|加|记|同意|不|驳回|打回|名下|后面|资料|"
    r"[，,、。：: ？\?\d！!；;]|"
    r"['\"”’」》]|\n|[A-Za-z0-9]|$))"
)
_PERSON = re.compile(rf"(?P<name>(?:{_TWO_CHARACTER}|[{_SURNAMES}])(?:{_GIVEN}){{1,2}}?){_NEXT}")
_RARE_PERSON = re.compile(rf"(?P<name>[{_RARE}{_SURNAMES}](?:{_GIVEN}){{2}}){_NEXT}")
_BEFORE = re.compile(
    r"(?:^|[，,。；;：:、 \n“\"「‘《？?！!]|把|给|跟|叫|帮|让|替|同意|同一|驳回|打回|退回|"
    r"批准|准了|准|批了|是|查|看|看看|找|和|与|见|[谁动改批]了|谁[动改批]|绑定|绑|问|对|向|补|加|扣|漏了|漏|少了|"
    r"名字|姓名|催|的|下|老师|教师|讲师|同志|学员|专家|教授|班长|园长|校长|只让|登|记|扣掉|新增|"
    r"到了|来了|还有|有个|个|换成|改成|[（(])$"
)
_RARE_BEFORE = re.compile(
    r"(?:^|[，,。；;：: “\"]|把|给|替|帮|绑定|同意|驳回|老师|教师|漏了|叫|是)$"
)
_INTRODUCED = re.compile(
    r"(?:(?<!小)叫做?|名叫|姓名[:：是 ]*|名字[:：是叫 ]*|本人(?:姓名)?|我是(?:老师)?"
    r"|我是(?:[一-鿿]{2,10}?(?:中学|小学|幼儿园|学校|中|小)的?)?)"
    rf"(?P<name>(?:{_TWO_CHARACTER}|[{_SURNAMES}{_RARE}])(?:{_GIVEN}){{1,2}})"
    r"(?![校班镇乡县区市]|[一-鿿]{0,2}(?:学校|中学|小学))"
)
# A name that need not begin with a surname, as a form gives it: 姓名：阿依古丽; 卓玛 5HK8.
_GIVEN_NAME = re.compile(
    r"(?:姓名[:：是 ]*|我叫|叫做|名字[:：是叫]+|绑定 ?)"
    r"(?P<name>[一-鿿·]{2,8}?)(?=[，,。； \n\dA-Za-z]|$)"
)
_ANY_ARRIVED = re.compile(
    r"(?:到|到了|人到|漏了|补|登记|学员|迟到|缺勤|旷课)[:：] ?"
    r"(?P<name>[一-鿿·]{2,5})(?=[，,。、 ]|$)"
)
_ANY_TEACHER = re.compile(
    r"(?:^|[，,。；： ]|把|给|帮|让|替|同意|驳回|漏了)(?P<name>[一-鿿]{2,4}?)(?:老师|同志)"
    r"(?=到|来|那|这|的|手机|没|迟|人|在|请|缺|旷|补)"
)
_ROLE = re.compile(
    r"班主任|语文|数学|英语|幼儿|我|你|他|这|那|各|辅导|指导|授课|代课|其他|别的|有|没|的|新|老|骨干|年轻|"
    r"几|位|个|园|校|班|坊|组|学|科|教|专家|谁|哪|还|和|是|到|全|所有|中|高|初|[小][语数英]"
)
_TITLES = re.compile(
    r"^[一-鿿](?:老师|校长|主任|局长|园长|股长|书记|科长|组长|老[^师]?|校|总|局|主|科|股)"
)
_THANKS = re.compile(r"谢谢|辛苦|大家|各位|老师们")


def begins_like_a_name(word: str) -> bool:
    """Whether a word begins with a surname that is hardly another word."""
    return word[:1] in _SURNAMES or word[:2] in _TWO_CHARACTER.split("|")


@lru_cache(maxsize=1)
def _other_words() -> frozenset[str]:
    return frozenset(data_lines("not_people.txt"))


def _is_name(name: str) -> bool:
    words = _other_words()
    return name not in words and name[:2] not in words and not _THANKS.search(name)


def _as_introduced(text: str) -> str | None:
    found = _INTRODUCED.search(text)
    if found and _is_name(found["name"]):
        name = found["name"]
        # the third letter may be the next word: 我叫包永 红, 我是王芳 老师
        return name if len(name) < 4 else name[:4]  # noqa: PLR2004
    given = _GIVEN_NAME.search(text)
    if given and not _ROLE.search(given["name"]):
        return given["name"]
    return None


def person(text: str) -> str | None:
    """The first person: introduced, or by surname, left and right neighbour, or before 老师."""
    introduced = _as_introduced(text)
    if introduced:
        return introduced
    for begin in range(len(text)):
        before = text[max(0, begin - 4) : begin]
        if not _BEFORE.search(before) or _TITLES.match(text[begin : begin + 4]):
            continue
        match = _PERSON.match(text, begin)
        if match is None and _RARE_BEFORE.search(before):
            match = _RARE_PERSON.match(text, begin)
        if match and _is_name(match["name"]):
            return match["name"]
    for pattern in (_ANY_ARRIVED, _ANY_TEACHER):
        found = pattern.search(text)
        if found and not _ROLE.search(found["name"]) and found["name"] not in _other_words():
            return found["name"]
    return None
