"""The words around an expression of time: what joins two, what opens an end, what makes it none."""

from __future__ import annotations

import re

from nlp.times.patterns import SEP
from nlp.times.tokens import NUM

HINT = re.compile(
    "[0-9年月日号周天晚早午夜晨点时旬季星礼节假期学暑寒元春清端中国劳五六重七夕除母父圣平情愚腊"
    "每隔双刻分钟末初底儿个jmhzqsxwJMHZQSXW]"
)
LIST = re.compile(r"[ ]*(?:[、,，和与及跟]|还有|以及)[ ]*")
JOIN = re.compile(r"[ ]*(?:[、和与及跟]|还有|以及)[ ]*")
RANGE = re.compile(
    rf"[ ]*+(?:起|开始|(?:开会?|上课?|讲|培训|持续)(?=[到至]))?{SEP}|[ ]*[和与]"
    rf"(?=[^，。！？和与]{{2,18}}(?:之间|间的))"
)
CLAUSE = re.compile(r"[，,。；;！!？?\n]")
SUFFIX = re.compile(
    rf"[ ]?(?P<also>[及或])?(?:(?P<around>前后|左右|之间|间(?=的))"
    rf"|(?P<side>之?[前后])(?P<count>{NUM})个?(?P<unit>天|周|星期)(?![之以]?[前后])"
    r"|(?P<before>(?:下班|放学|散会)之?前|之前|以前|前(?![天面台排往言端边缀提任]"
    r"|[几两三四五六七八九十\d]+[天个名位节排次季]))"
    r"|(?P<after>之后|以后|过后|结束后|放完假?|收假|后(?![天面台勤续来果悔期排援缀半边几]))"
    r"|(?P<so_far>以来|至今|到现在|到目前|到今天)|(?P<since>起(?![来床立点码草诉])|开始"
    r"(?![签报上]))"
    r"|(?P<until>为止|止(?![步血]))|(?P<inside>之内|以内|内(?![容部心训地])|期间))"
)
# 从后天起连着三天: how long a stretch that was opened lasts
LASTING = re.compile(
    rf"[ ]?(?:起|开始)?[，,]?(?:连[着续]|一连|接连|为期|[总一]?共|请|休息?|持续)({NUM})个?[天日]"
    r"(?!前|后|内)"
)
UNTIL = re.compile(r"(?:截[至止]到?|截止至|截止(?:时间|日期)?[是为:]?|不[晚迟]于)[ ]?$")
SINCE = re.compile(r"(?:从|(?<![来各亲独擅])自从?)[ ]?$")
CODE_BEFORE = re.compile(
    r"(?:驳回|同意|批准|通过|编号|撤回|退回|拒绝|审批|打回|工单|准了?|批了?)[ ]*$"
)
CODE_AFTER = re.compile(r"[ ]?(?:不行|驳回|同意|通过|批准|打回|退回|不批)")
REMIND = re.compile(
    r"提醒|提示|定时|自动|闹钟|催|推送|弹|群发|发一|喊|点名|(?:通知|叫|让)(?:他们|大家|学员|老师)"
)
