"""Names that stand in no list: persons by surname and neighbours, schools and regions by shape.

Only a guess for what the office's own names (nlp.names) did not resolve.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nlp.resources import data_lines

_TWO_CHARACTER = "欧阳|上官|司马|诸葛|令狐|司徒|夏侯|皇甫|东方|尉迟|公孙|慕容|端木"
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩"
    "冯曹彭曾萧肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任"
    "卢姚沈钟姜崔谭陆范汪廖石金贾韦夏付傅方邹熊白孟秦邱侯江尹"
    "薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔"
    "向汤欧阳易常文牛樊葛邢安齐庞颜施聂翟申岳成柳喻"
)
# never the second character of a given name
_FUNCTION = (
    "的这那了到是在有没把给跟和人家改按才刚昨今明上下也都还不要就说来去坐班校老理请补签打因算记迟早"
    "会能我你他她们叫谁啥么哪同组园假一二两三四五六七八九十几个名位条号分"
)
_GIVEN = rf"[一-鿿](?<![{_FUNCTION}])"
_PERSON = re.compile(
    rf"(?P<name>(?:{_TWO_CHARACTER}|[{_SURNAMES}])(?:{_GIVEN}){{1,2}}?)"
    r"(?P<next>(?:老师|教师|同志|主任)?(?:漏|代签|实到|写|搁|标|旷|有|[一二三四五六七八九十两]|"
    r"\)|）|成|的|这|那|到|人到|人道|人在|跟|和|是|来|坐|"
    r"家里|家|改|按|算|没|刚|才|昨|今|理由|留言|迟到|请|补|退|报|申请|学分|假|在|也|"
    r"同意|不|驳回|打回|，|,|、|。|：|:| |？|\?|\d|!|！|['\"”]|[A-Za-z0-9]|$))"
)
_BEFORE = re.compile(
    r"(?:^|[，,。；;：:、 \n“\"「]|把|给|跟|叫|帮|让|同意|驳回|打回|退回|批准|是|查|"
    r"看|找|和|谁动了?|谁改了?|谁批了?|绑定|绑|"
    r"名字|姓名|催|的|下|老师|教师|讲师|只让|登|记|替|扣掉|[（(])$"
)
_INTRODUCED = re.compile(
    r"(?:我叫|叫做|名叫|姓名[:：是 ]*|名字[:：是叫 ]*|本人(?:叫)?"
    r"|我是(?:[一-鿿]{2,10}?(?:中学|小学|幼儿园|学校|中|小)的?)?)"
    rf"(?P<name>(?:{_TWO_CHARACTER}|[{_SURNAMES}])(?:{_GIVEN}){{1,2}})(?![校班])"
)
_TITLES = re.compile(r"^[一-鿿](?:老师|校长|主任|局长|园长|股长|老|校|总)")
_NOT_PERSON = tuple(data_lines("not_people.txt"))
_SCHOOL = re.compile(
    r"(?P<name>(?:(?:(?<=^)|(?<=[，,。；、：]))"
    r"(?:(?![的把给审核查看对我你他到在是让叫请这那本])[一-鿿]){2})?第?[一二三四五六七八九十]{1,3}(?:中学(?![分时员习])|小学(?![分时员习])|"
    r"中|小|完小)(?!学?(?:语文|数学|英语|老师|教师|午|旬|心|型|班主任))"
    r"|[一-鿿]{2,6}?(?:中心小学|中心校|九年一贯制学校|实验小学|实验中学|实验学校|完小|"
    r"中学|小学|幼儿园|职中|特校|学校))"
    r"(?!语文|数学|英语|科学|音乐|美术|体育|老师|教师|教育|班主任|组|段|坊|校长|园长|"
    r"信息|心理|道法|骨干|的?(?:语文|数学|英语)?(?:培训|班))"
)
_SCHOOL_START = re.compile(
    r"^.*(?:我是|我们是|这里是|我在|我叫|把|给|到|让|查|看|核|的|是|在|从|跟|和|审核|"
    r"深核|审|催|通知|导出|帮|下|动过|改过|同意|一下|请|有|关于|还有|了|年|批|把|去|"
    r"对|报|供|数|拉|出|的)"
)
_NOT_SCHOOL = re.compile(
    r"^(?:特教|全|我们|哪|本|每|所有|乡村|城区|农村|县里|隔壁|什么|几|学|这|那|"
    r"他们|咱|原|你们|进修|教师进修|贵|新|老|别|实验学校$)|各|参训|乡镇|教师|培训|进修|教.{0,2}的"
)
_KIND_ONLY = re.compile(r"初|高|小学|中学|学校|幼儿园|中心校|完小|特校|职中")
_NOT_REGION = re.compile(
    r"[各全本我哪片校市县城学社小园地郊辖新个几每该邻所一两跨在的是到去给要向教送下让把对按据听]"
)
_REGION = re.compile(r"[一-鿿]{2}(?:区|县|市|镇|乡)(?!培|里|级|域|教育|委|内|外|管理|直)")


@lru_cache(maxsize=1)
def _regions() -> re.Pattern[str]:
    return re.compile(
        "|".join(sorted(data_lines("regions.txt"), key=lambda name: (-len(name), name)))
    )


def person(text: str) -> str | None:
    """The first person's name by surname, left and right neighbour, or one that is introduced."""
    introduced = _INTRODUCED.search(text)
    if introduced and not introduced["name"].startswith(_NOT_PERSON):
        return introduced["name"]
    for begin in range(len(text)):
        if not _BEFORE.search(text[max(0, begin - 4) : begin]) or _TITLES.match(text[begin:]):
            continue
        match = _PERSON.match(text, begin)
        if match and not match["name"].startswith(_NOT_PERSON):
            return match["name"]
    return None


def school(text: str) -> str | None:
    """The first school by its shape: 一中, 田心小学, 城北中心校."""
    for match in _SCHOOL.finditer(text):
        name = _SCHOOL_START.sub("", match["name"])
        if len(name) > 1 and not _NOT_SCHOOL.search(name) and not _KIND_ONLY.match(name):
            return name
    return None


def region(text: str) -> str | None:
    """A county, district or town, as written."""
    known = _regions().search(text)
    if known:
        return known.group()
    for match in _REGION.finditer(text):
        if not _NOT_REGION.search(match.group()[:-1]):
            return match.group()
    return None
