"""Words of time and what they count: weekdays, days and years from now, festivals, units."""

from __future__ import annotations

from nlp.times.tokens import Unit

WEEKDAYS = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6}
WEEKDAYS |= {str(i + 1): i for i in range(7)}
REL_YEAR = {"今": 0, "本": 0, "这": 0, "当": 0, "去": -1, "上": -1, "前": -2, "大前": -3}
REL_YEAR |= {
    "明": 1,
    "来": 1,
    "下": 1,
    "次": 1,
    "后": 2,
    "大后": 3,
    "这一": 0,
    "上一": -1,
    "下一": 1,
}
REL_DAY = {"今": 0, "本": 0, "即": 0, "当": 0, "昨": -1, "前": -2, "大前": -3, "大大前": -4}
REL_DAY |= {"明": 1, "后": 2, "大后": 3, "大大后": 4}
PINYIN_DAYS = {"jintian": 0, "mingtian": 1, "houtian": 2, "zuotian": -1, "qiantian": -2}
PINYIN_PARTS = {"shangwu": "上午", "xiawu": "下午", "zhongwu": "中午", "wanshang": "晚上"}
PINYIN_PARTS |= {"zaoshang": "早上"}
HOLIDAYS = {
    "元旦":
        "元旦",
        "春节":
        "春节",
        "过年":
        "春节",
        "清明":
        "清明",
        "五一":
        "劳动节",
        "劳动节":
        "劳动节",
    "端午":
        "端午",
        "中秋":
        "中秋",
        "国庆":
        "国庆",
        "十一":
        "国庆",
        "教师节":
        "教师节",
        "六一":
        "儿童节",
    "儿童节": "儿童节", "三八": "妇女节", "妇女节": "妇女节", "五四": "青年节", "青年节": "青年节",
    "八一": "建军节", "建军节": "建军节", "七一": "建党节", "建党节": "建党节", "元宵": "元宵",
    "重阳": "重阳", "七夕": "七夕", "除夕": "除夕", "大年三十": "除夕", "年三十": "除夕",
    "母亲节":
        "母亲节",
        "父亲节":
        "父亲节",
        "植树节":
        "植树节",
        "圣诞":
        "圣诞节",
        "平安夜":
        "平安夜",
    "情人节": "情人节", "愚人节": "愚人节", "腊八": "腊八", "节": "",
}  # fmt: skip
UNITS = {"天": Unit.DAY, "日": Unit.DAY, "周": Unit.WEEK, "星期": Unit.WEEK, "礼拜": Unit.WEEK}
UNITS |= {"月": Unit.MONTH, "年": Unit.YEAR, "小时": Unit.HOUR, "钟头": Unit.HOUR}
UNITS |= {"分钟": Unit.MINUTE, "工作日": Unit.WORKDAY, "季度": Unit.QUARTER}
UNITS |= {"刻钟": Unit.QUARTER_HOUR, "学期": Unit.TERM}
# Surnames before 国庆, 春节 and the like, without those that are words before a date (于, 何, 白).
SURNAMES = set(
    "王李张刘陈杨黄赵吴周徐孙马朱胡林郭罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘袁董余叶蒋杜苏魏吕丁沈姚卢傅钟姜崔谭廖汪"
    "陆韦贾邱侯邹熊孟秦薛阎雷龙陶贺毛郝龚邵钱覃武莫欧"
)
