"""The table of rules: by first character, what is a time and which token it makes.

The order decides between rules that could both match. Knows no calendar and no clock.
"""

from __future__ import annotations

from nlp.times import builders as b
from nlp.times import patterns as p
from nlp.times.tokens import NUM, PARTS, Kind
from nlp.times.words import REL_DAY, REL_YEAR

Rule = tuple[str, str, b.Builder]
RULES: tuple[Rule, ...] = (
    # Whole dates in figures.
    (p.FIGURES, r"(?<![\d号码])((?:19|20)\d\d)([01]\d)([0-3]\d)(?!\d)", b.date),
    (
        p.FIGURES,
        r"(?<!\d)((?:19|20)\d\d)[ ]?[-/.·年 ][ ]?(\d{1,2})[-/.· ][ ]?(\d{1,2})(?:日|号)?(?!\d)",
        b.date,
    ),
    (p.FIGURES, r"(?<!\d)((?:19|20)\d\d)[ ]?[-—~/至到][ ]?((?:20)?\d\d)[ ]?学年度?", b.school_year),
    (p.FIGURES, r"(?<!\d)((?:19|20)\d\d)[ ]?学年度?", b.year_of_school),
    ("上下本这新", r"(上|下|本|这|新)一?个?学年度?", b.rel_school_year),
    (p.FIGURES, r"(?<!\d)((?:19|20)\d\d)[-/.](0?[1-9]|1[0-2])(?![\d.])", b.year_month),
    (p.FIGURES, r"(?<!\d)((?:19|20)\d\d)[ ]?年度?(?!级)", b.year),
    (p.FIGURES, rf"(?<!\d)((?:19|20)\d\d)(?={p.SEP}(?:(?:19|20)\d\d)年)", b.year),
    (p.FIGURES, r"(?<!\d)(20\d\d)(?=上半年|下半年|暑|寒|春季|秋季|国培|省培|市培|县培)", b.year),
    (p.FIGURES, rf"(?<!\d)(\d\d)[ ]?年(?={p.ABOUT_YEAR})", b.year),
    (p.FIGURES, r"(?<!\d)(0\d)[ ]?年", b.year),
    (
        "零〇九八二",
        rf"([零〇九八][零〇一二三四五六七八九]|二[零〇一二三四五六七八九](?=年{p.ABOUT_YEAR}))年"
        rf"(?!级|代)",
        b.year,
    ),
    (
        p.FIGURES,
        r"(?<!\d)(\d\d)[ ]?年(?=度|底|初|末|暑|寒|春|秋|上半|下半|[ ]?\d"
        r"|[一二三四五六七八九十])",
        b.year,
    ),
    ("一二零〇", r"([一二][零〇九0][零〇一二三四五六七八九\d]{2})[ ]?年度?(?!级)", b.year),
    (
        "二〇零",
        r"([二〇零][零〇一二三四五六七八九])年(?=度|底|初|末|暑|寒|春|秋|上|下|\d"
        r"|[一二三四五六七八九十])",
        b.year,
    ),
    # Clock times in figures come before months and days that share their figures.
    (
        p.FIGURES,
        r"(?<![\d:：])(\d{1,2})[:：]([0-5]\d)(?:[:：][0-5]\d)?(?!\d)[分时]?(?!间)",
        b.clock_figures,
    ),
    # Months and days.
    (
        p.WORDS,
        r"(?<![一二三四五六七八九十第])([一二三四五六七八九十])([二三四五六七八九十])月份?"
        r"(?![一二三四五六七八九十\d])",
        b.month_pair,
    ),
    (p.FIGURES, rf"(?<!\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d){p.LEAVE}", b.month_day),
    (
        p.ANY,
        rf"(?<=月)({NUM})(?=[ ]?(?:$|[,，。；;、）)]|上午|下午|中午|晚|早|到|至|[-~～—]|之?前"
        rf"|之?后|以[前后]|那天|当天|有|的))",
        b.number(Kind.DAY, 1, 31),
    ),
    (
        p.ANY,
        rf"{p.FREE}({NUM})[ ]?月(?:份|[ ]?(?=\d))?(?![饼嫂票]|[一两三][次回])",
        b.number(Kind.MONTH, 1, 12),
    ),
    (p.ANY, rf"{p.FREE}(?<!月)({NUM})(?={p.SEP}{NUM}月)", b.number(Kind.MONTH, 1, 12)),
    (
        p.FIGURES,
        r"(?<![\d.第])(\d{1,2})(?=[ ]?[-~～—–][ ]?(\d{1,2})(?:号|日))",
        b.ascending_day,
    ),
    (
        p.FIGURES,
        rf"{p.FREE}(1[0-2]|0?[1-9])[ ]?[/.·-](3[01]|[12]\d|0?[1-9])(?![\d%/.])(?:号|日|{p.DATED})",
        b.month_day,
    ),
    (
        p.FIGURES,
        rf"(?<![\d.〔〕\[\]【】a-zA-Z第])(\d{{1,2}})[ ]?{p.HAO}",
        b.number(Kind.DAY, 1, 31),
    ),
    (
        p.WORDS,
        rf"(?<![第零〇一二三四五六七八九十])({NUM})[ ]?(?:号"
        rf"(?![楼线考文场馆教厅室机车院桌会议码窗栋门厂令选])"
        rf"|(?<=月[一二三四五六七八九十])日|"
        rf"(?<=月[一二三四五六七八九十][一二三四五六七八九十])日|"
        rf"(?<=月[二三]十[一二三四五六七八九])日|日(?=$|上午|下午|晚|早|之?前|之?后|以[前后内]"
        rf"|[到至起止，。、（(-]|截止))",
        b.number(Kind.DAY, 1, 31),
    ),
    (p.ANY, rf"(?<![\d.第])({NUM})(?={p.SEP}{NUM}(?:号|日))", b.number(Kind.DAY, 1, 31)),
    # 28、29号: the first of two days in a list
    (
        p.ANY,
        rf"(?<![\d.第零〇一二三四五六七八九十])({NUM})(?=[、和与跟]{NUM}(?:号|日)(?![楼通条申文]))",
        b.number(Kind.DAY, 1, 31),
    ),
    # Clock times in words.
    (
        p.WORDS,
        rf"(?<![\d.第这那哪提])([一二三四五六七八九十])([二三四五六七八九十])"
        rf"(?:点钟?{p.NOT_POINTS}|时(?!间))",
        b.clock_about,
    ),
    (p.ANY, rf"(?<![\d.:第这那哪提]){p.CLOCK}", b.clock),
    (p.ANY, rf"(?<![\d.:第])({NUM})(?={p.SEP}{NUM}(?:点{p.NOT_POINTS}|时(?!间)))", b.clock_bare),
    (
        "差",
        r"差(\d{1,2}|[一二三四五六七八九十]+)(分|刻)钟?(?:到|就)?(\d{1,2}"
        r"|[一二三四五六七八九十]+)点钟?",
        b.clock_less,
    ),
    # Years, halves, quarters, terms.
    (
        "今去前明后大本当来上下这次",
        rf"{p.NOT_TAIL}(大前|大后|[这上下]一|[今去前明后来]|[本当上下次])年(?:度|内)?"
        rf"(?![级纪龄轻段半])",
        b.table(Kind.REL_YEAR, REL_YEAR),
    ),
    ("上前", r"[上前]半年(?!来)", b.fixed(Kind.HALF, 1, 6)),
    ("上前", r"[上前]半月", b.fixed(Kind.EDGE, 1, 15)),
    ("下后", r"[下后]半月", b.fixed(Kind.EDGE, 16, 31)),
    ("季", r"(?<=[一二三四1-4上下本])季度?初|季度?初(?<=季度初)", b.fixed(Kind.EDGE, 201, 201)),
    ("初", r"初(?<=季度初)", b.fixed(Kind.EDGE, 201, 201)),
    ("末底", r"[末底](?<=季度[末底])", b.fixed(Kind.EDGE, 203, 203)),
    ("下后", r"[下后]半年", b.fixed(Kind.HALF, 7, 12)),
    (
        "上下本这当",
        rf"{p.NOT_TAIL}(上上|下下|上|下|本|这|当)一?个?季度",
        b.stepped(Kind.REL_QUARTER),
    ),
    ("第首" + p.ANY, r"第?([一二三四1-4首])[ ]?季度", b.quarter),
    ("Qq", r"[Qq]([1-4])(?:季度)?(?![a-zA-Z0-9])", b.quarter),
    (
        "上下本这新当",
        rf"{p.NOT_TAIL}(?<!上)(上上|上|下下|下|本|这|新|当)一?个?学期",
        b.stepped(Kind.TERM),
    ),
    ("春", r"春季?学期|春季(?=班|培训|国培|开学|期)", b.fixed(Kind.TERM, 102)),
    ("秋", r"秋季?学期|秋季(?=班|培训|国培|开学|期)", b.fixed(Kind.TERM, 101)),
    ("第", r"第一学期", b.fixed(Kind.TERM, 101)),
    ("第", r"第二学期", b.fixed(Kind.TERM, 102)),
    ("寒", r"寒假期?间?", b.fixed(Kind.VACATION, 1)),
    ("暑", r"(?<!寒)暑(?:假期?间?|期)", b.fixed(Kind.VACATION, 7)),
    ("开", r"开学(?:[当这那](?:天|日))?(?!典礼)", b.fixed(Kind.OPENING, 0)),
    ("期学", r"(?:学期)?期末(?:考试)?|学期末", b.fixed(Kind.OPENING, 1)),
    ("期", r"期中(?:考试)?", b.fixed(Kind.OPENING, 2)),
    ("学期", r"(?:学期|期)初", b.fixed(Kind.OPENING, 3)),
    # Months and their edges.
    (
        "上下本这当同次",
        rf"{p.NOT_TAIL}(上上|下下|[上下本这当同次])一?个?月份?",
        b.stepped(Kind.REL_MONTH),
    ),
    ("上", r"上中旬", b.fixed(Kind.EDGE, 1, 20)),
    ("中", r"中下旬", b.fixed(Kind.EDGE, 11, 31)),
    ("末", r"末(?<=学期末)", b.fixed(Kind.OPENING, 1)),
    ("初", r"初(?<=学期初)", b.fixed(Kind.OPENING, 3)),
    ("中", r"中(?<=学期中)(?!旬)", b.fixed(Kind.OPENING, 2)),
    ("上", r"上旬", b.fixed(Kind.EDGE, 1, 10)),
    ("中", r"中旬", b.fixed(Kind.EDGE, 11, 20)),
    ("下", r"下旬", b.fixed(Kind.EDGE, 21, 31)),
    ("月初", r"月?初(?<=月初)", b.fixed(Kind.EDGE, 1, 5)),
    ("月中", r"月?中(?<=月中)(?!旬|考|心|秋)", b.fixed(Kind.EDGE, 11, 20)),
    ("月底末", r"月?[底末](?<=月[底末])", b.fixed(Kind.EDGE, 25, 31)),
    ("年初", r"年?初(?<=年初)(?![一二三中])", b.fixed(Kind.EDGE, 101, 102)),
    ("年中", r"年中(?!旬|级|考|心|秋)", b.fixed(Kind.EDGE, 106, 107)),
    ("年底末岁", r"年?[底末](?<=年[底末])|岁末|年终(?!考|奖|总)", b.fixed(Kind.EDGE, 111, 112)),
    # Weeks and weekdays.
    (
        "上下本这当周星礼",
        rf"(?:{p.NOT_TAIL}(?P<week>上上|下下|[上下本这当])一?个?)?{p.WEEK}(?P<first>[一二三四五六])"
        rf"{p.SEP}(?P<last>[二三四五六日天])(?![点号月日个节时十名位天周年门学])",
        b.weekday_range,
    ),
    (
        "上下本这当",
        rf"{p.NOT_TAIL}(上上上|下下下|上上|下下|上|下|本|这|当)一?个?{p.WEEK}(?:的?{p.WEEK})?"
        rf"({p.DAYS})",
        b.week_days,
    ),
    (
        "上下本这当",
        rf"{p.NOT_TAIL}(上上上|下下下|上上|下下|上|下|本|这|当)一?个?{p.WEEK}(?![年期边围密转])",
        b.stepped(Kind.WEEK),
    ),
    (
        "周星礼",
        rf"(?:(?<![一两二三四五六七八九十\d半几])|(?<=[周期拜][一二三四五六])){p.WEEK}({p.DAYS})",
        b.weekdays,
    ),
    ("星礼", rf"{p.WEEK}({p.DAYS})", b.weekdays),
    ("上下本这", r"(上上|下下|[上下本这])一?个?双(休日?)", b.week_days),
    ("双", r"双(休日?)(?!班)", b.weekdays),
    ("（(", rf"[（(]{p.WEEK}([一二三四五六日天])[）)]", b.weekday_in_brackets),
    # Counted from what was said before, or from now.
    (
        "第最首",
        r"(?:的)?(第(?:\d{1,2}|[一二三四五六七八九十]+)|最后一|首)个?(天|日|周|星期|礼拜|月)"
        r"([一二三四五六日天])?(?![次个期])",
        b.nth,
    ),
    (
        "前头后最",
        r"(?<!提)(前|头|最后|后)[ ]?(\d{1,2}|[一二两三四五六七八九十]+)[ ]?个?(天|周|星期|季度"
        r"|月|年)"
        r"(?![的]?[以之]?[前后级])",
        b.first_last,
    ),
    (
        "半" + p.ANY,
        rf"(?<![\d.第前近每]){p.COUNT}(?:的)?(?P<side>[以之]?[前后内]|以来|过后)(?![几两三四五]"
        rf"|勤|台|续)",
        b.offset,
    ),
    (
        "最近过未今接往这上",
        rf"(?P<side>最近|过去|未来|今后|接下来|往后|近|这|上"
        rf"(?=[两二三四五六七八九\d]))[ ]?的?{p.COUNT}(?:[之以]?[内来]|里)?",
        b.offset,
    ),
    (
        "再过",
        rf"(?:再过|(?<![通超不经上学做教参加去来报用开考看写交说听待住试读练办讲])过)(?!两天"
        rf"|俩天)(?P<side>){p.COUNT}(?![了前])",
        b.offset,
    ),
    # Days.
    (
        "今昨前明后当大",
        r"(?<![说证声申透以之])(大前|大后|[今昨前明后当])(早|晚|晨|夜)(?:上|间|里)?"
        r"(?![会点餐饭操读班])",
        b.day_part,
    ),
    (
        "今昨前明后本大即",
        r"(?<![说证声申透以之])(大大前|大大后|大前|大后|[今昨前明后本即])(?:天|日|儿个?|个"
        r"(?=[儿早上下晚]))(?!气|天(?!气)|新)",
        b.table(Kind.REL_DAY, REL_DAY),
    ),
    ("今明昨前", r"([今明昨前])([明后昨今])(?:两?天|两日)", b.days),
    ("次第翌隔", r"(?:次日|翌日|隔天|第二天)", b.fixed(Kind.NEXT_DAY, 1)),
    ("当同", r"(?:当天|当日|同一天|同日)", b.fixed(Kind.NEXT_DAY, 0)),
    ("jmhzqJMHZQ", r"(?i:jintian|mingtian|houtian|zuotian|qiantian)", b.pinyin_day),
    ("sxzwSXZW", r"(?i:shangwu|xiawu|zhongwu|wanshang|zaoshang)", b.pinyin_part),
    # Festivals.
    (
        "元清端中国教儿妇青建重除大年母父植圣平情愚腊春过劳七五六八三十节",
        r"(元旦|春节|(?<![超通不])过年(?![龄度限级])|清明|劳动节|端午|中秋|国庆|教师节|儿童节"
        r"|妇女节|青年节|建军节|建党节"
        r"|元宵|重阳|七夕|除夕"
        r"|大年三十|年三十|母亲节|父亲节|植树节|圣诞|平安夜|情人节|愚人节|腊八"
        r"|(?:五一|六一)(?![\d路小中街广村社班组号个次道班校])|(?:三八|五四|七一|八一)(?=节|前"
        r"|后|期间|那天|当天|活动|放假)"
        r"|(?<![\d月二三四五六七八九第周])十一(?=节|假|长假|小长假|放假|期间|黄金周|之?前|之?后)"
        r"|节(?=前|后)(?<![季环章细调小课环关音春师童庆女亲年]节))"
        r"(?:(?:国际)?(?:儿童|妇女|青年|建军|建党|劳动|国庆)节)?(?:节"
        r"(?=[日假前后期间那当的，。]|$|[^目奏约省假日课]))?(?:小?长假|假期|放假|期间"
        r"|黄金周)?(当天|那天|当日)?",
        b.holiday,
    ),
    (
        "农大正腊冬",
        r"(大年|农历(?:[一二三四五六七八九十]+|正|腊|冬)月|正月|腊月|冬月)"
        r"(初[一二三四五六七八九十]|[一二三四五六七八九十]+)",
        b.lunar,
    ),
    # Parts of the day.
    (
        "".join(sorted({w[0] for w in PARTS if len(w) > 1})),
        "(?:"
        + "|".join(sorted((w for w in PARTS if len(w) > 1), key=len, reverse=True))
        + ")(?!好(?![多几像]))",
        b.part,
    ),
    ("早晚", rf"[早晚](?={NUM}(?:点|时|:))(?!一点(?![半钟零一二三四五\d]))", b.part),
    ("早晚", r"(?<=[日号天一二三四五六])[早晚](?![会点餐饭操读班托自课])", b.short_part),
)
