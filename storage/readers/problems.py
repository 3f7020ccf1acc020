"""What a reader has to say about a file: a problem with its row, its code and a Chinese sentence.

Knows nothing of the files themselves; every reader reports through these types.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LONGEST_MESSAGE = 1_000


class ReadError(Exception):
    """The file cannot be read at all; the message is a Chinese sentence for the officer."""


class ProblemCode(StrEnum):
    """The closed list of codes; `MEANINGS` documents each in Chinese."""

    # structure of the file
    HEADER_MISSING = "header_missing"
    COLUMN_MISSING = "column_missing"
    COLUMN_DUPLICATE = "column_duplicate"
    COLUMN_UNKNOWN = "column_unknown"
    SHEET_IGNORED = "sheet_ignored"
    FILE_IGNORED = "file_ignored"
    FILE_UNREADABLE = "file_unreadable"
    HEADER_REPEATED = "header_repeated"
    STRAY_TEXT = "stray_text"
    NO_ROWS = "no_rows"
    # cells of any table
    CELL_MISSING = "cell_missing"
    CELL_INVALID = "cell_invalid"
    FORMULA = "formula"
    TEXT_NUMBER_DAMAGED = "text_number_damaged"
    TEXT_NUMBER_AS_NUMBER = "text_number_as_number"
    DATE_FROM_SERIAL = "date_from_serial"
    DUPLICATE_KEY = "duplicate_key"
    EXAMPLE_ROW = "example_row"
    # a plan table
    FILLED_DOWN = "filled_down"
    FILLED_ACROSS = "filled_across"
    MERGED_NUMBER = "merged_number"
    COLUMN_SHIFT = "column_shift"
    SERIAL_MISSING = "serial_missing"
    SERIAL_DUPLICATE = "serial_duplicate"
    SERIAL_GAP = "serial_gap"
    MIXED_UNITS = "mixed_units"
    UNIT_INFERRED = "unit_inferred"
    TWO_PHASES = "two_phases"
    NAMES_IN_SERIAL = "names_in_serial"
    DUPLICATE_NAME = "duplicate_name"
    DUPLICATE_ROW = "duplicate_row"
    NEAR_DUPLICATE = "near_duplicate"
    NAME_TRUNCATED = "name_truncated"
    STRAY_SPACE = "stray_space"
    UNIT_IN_TOPIC = "unit_in_topic"
    TOPIC_MISMATCH = "topic_mismatch"
    TOPIC_UNLISTED = "topic_unlisted"
    MODE_MISMATCH = "mode_mismatch"
    MODE_INFERRED = "mode_inferred"
    AUDIENCE_DOUBTFUL = "audience_doubtful"
    COUNT_MISMATCH = "count_mismatch"
    ARITHMETIC_MISMATCH = "arithmetic_mismatch"
    TIME_UNCLEAR = "time_unclear"
    YEAR_ASSUMED = "year_assumed"
    TOTAL_MISMATCH = "total_mismatch"
    STATED_TOTALS_DISAGREE = "stated_totals_disagree"
    PROGRAMME_COUNT_MISMATCH = "programme_count_mismatch"
    JOINT_COUNT_MISMATCH = "joint_count_mismatch"


MEANINGS: dict[ProblemCode, str] = {
    ProblemCode.HEADER_MISSING: "没有找到表头",
    ProblemCode.COLUMN_MISSING: "缺少一列",
    ProblemCode.COLUMN_DUPLICATE: "两列的列名相同",
    ProblemCode.COLUMN_UNKNOWN: "不认识的列，内容另放",
    ProblemCode.SHEET_IGNORED: "没有读取的工作表",
    ProblemCode.FILE_IGNORED: "没有读取的文件",
    ProblemCode.FILE_UNREADABLE: "读不了的文件",
    ProblemCode.HEADER_REPEATED: "表格中间重复的表头，已跳过",
    ProblemCode.STRAY_TEXT: "表格中间夹着不成行的文字",
    ProblemCode.NO_ROWS: "表头下面没有内容",
    ProblemCode.CELL_MISSING: "必填或应有的内容为空",
    ProblemCode.CELL_INVALID: "内容看不懂",
    ProblemCode.FORMULA: "单元格是公式，不是数值",
    ProblemCode.TEXT_NUMBER_DAMAGED: "工号或手机号被表格软件改坏",
    ProblemCode.TEXT_NUMBER_AS_NUMBER: "工号或手机号是数字格式，看起来未损坏",
    ProblemCode.DATE_FROM_SERIAL: "日期是由表格序列数换算的",
    ProblemCode.DUPLICATE_KEY: "两行重复",
    ProblemCode.EXAMPLE_ROW: "模板自带的示例行，已跳过",
    ProblemCode.FILLED_DOWN: "合并单元格，按同一项目的上一行补上",
    ProblemCode.FILLED_ACROSS: "空白处按上一个项目补上，不一定对",
    ProblemCode.MERGED_NUMBER: "人数或时长是合并单元格，只计一次",
    ProblemCode.COLUMN_SHIFT: "整行错位",
    ProblemCode.SERIAL_MISSING: "没有序号",
    ProblemCode.SERIAL_DUPLICATE: "序号重复",
    ProblemCode.SERIAL_GAP: "序号不连续",
    ProblemCode.MIXED_UNITS: "同一栏混写天数和学时",
    ProblemCode.UNIT_INFERRED: "天数还是学时拿不准，是推断的",
    ProblemCode.TWO_PHASES: "同一序号下分面授和网络两个阶段",
    ProblemCode.NAMES_IN_SERIAL: "同一序号下有不同的项目名称",
    ProblemCode.DUPLICATE_NAME: "不同序号的项目同名",
    ProblemCode.DUPLICATE_ROW: "两行内容完全相同",
    ProblemCode.NEAR_DUPLICATE: "两种写法可能是同一个单位",
    ProblemCode.NAME_TRUNCATED: "单位名称像是没有写完",
    ProblemCode.STRAY_SPACE: "文字中间有多余的空格",
    ProblemCode.UNIT_IN_TOPIC: "专题栏里像是单位名称",
    ProblemCode.TOPIC_MISMATCH: "专题与项目内容不一致",
    ProblemCode.TOPIC_UNLISTED: "专题不在正文列出的类别里",
    ProblemCode.MODE_MISMATCH: "项目名称与培训形式不一致",
    ProblemCode.MODE_INFERRED: "培训形式是推断的",
    ProblemCode.AUDIENCE_DOUBTFUL: "培训对象写得像活动名称，或与人数不一致",
    ProblemCode.COUNT_MISMATCH: "文字里的个数前后不一致",
    ProblemCode.ARITHMETIC_MISMATCH: "单位数乘以每单位人数不等于培训人数",
    ProblemCode.TIME_UNCLEAR: "时间看不懂",
    ProblemCode.YEAR_ASSUMED: "时间没有写年份，按文件年度计",
    ProblemCode.TOTAL_MISMATCH: "合计与逐行相加不一致",
    ProblemCode.STATED_TOTALS_DISAGREE: "正文与表格的合计不一致",
    ProblemCode.PROGRAMME_COUNT_MISMATCH: "项目个数与表格不一致",
    ProblemCode.JOINT_COUNT_MISMATCH: "联合立项个数与表格不一致",
}

NOTES: frozenset[ProblemCode] = frozenset(
    {
        ProblemCode.COLUMN_UNKNOWN,
        ProblemCode.SHEET_IGNORED,
        ProblemCode.FILE_IGNORED,
        ProblemCode.HEADER_REPEATED,
        ProblemCode.TEXT_NUMBER_AS_NUMBER,
        ProblemCode.DATE_FROM_SERIAL,
        ProblemCode.EXAMPLE_ROW,
        ProblemCode.FILLED_DOWN,
        ProblemCode.MERGED_NUMBER,
        ProblemCode.MIXED_UNITS,
        ProblemCode.TWO_PHASES,
        ProblemCode.NAMES_IN_SERIAL,
        ProblemCode.STRAY_SPACE,
        ProblemCode.MODE_INFERRED,
        ProblemCode.YEAR_ASSUMED,
    }
)
"""Codes that inform; everything else asks the officer to look."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: `row` is the line (text) or sheet row as one finds it; None: the file."""

    row: int | None
    code: ProblemCode
    message: str

    def __post_init__(self) -> None:
        """A message is for eyes, whatever cells it quotes."""
        if len(self.message) > LONGEST_MESSAGE:
            object.__setattr__(self, "message", f"{self.message[: LONGEST_MESSAGE - 1]}…")

    @property
    def is_note(self) -> bool:
        """True where nothing needs to be corrected."""
        return self.code in NOTES


def place(row: int, serial: str = "") -> str:
    """「第 117 行（序号 33）」, the opening of each message about a row."""
    return f"第 {row} 行（序号 {serial}）" if serial else f"第 {row} 行"


def quoted(values: list[str]) -> str:
    """「甲」、「乙」"""
    return "、".join(f"「{value}」" for value in values)
