"""The real notice: all 51 rows, and every irregularity by its row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storage.readers.plan import Plan, PlanItem, plan_json, read_plan
from storage.readers.plan_values import MODE_WORDS, UNIT_WORDS
from storage.readers.problems import MEANINGS, ProblemCode
from tests.storage.readers.tables import lines_as_workbook

SEED = Path(__file__).parents[4] / "shared" / "seeds" / "000_18f97366548c1bed.txt"
# One line a row, compared by eye with the notice: line number, serial, unit, topic, name, modes,
# audience, duration, head-count, provider, rows from which blanks were filled.
EXPECTED = Path(__file__).with_name("seed_plan.txt")
pytestmark = pytest.mark.skipif(not SEED.exists(), reason="the seed notice is not on this machine")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan(SEED.read_bytes(), SEED.name)


def written(item: PlanItem) -> str:
    unit = UNIT_WORDS.get(item.duration_unit or "", "")
    parts = (
        item.source_rows[0],
        item.seq,
        item.unit,
        item.topic,
        item.name,
        "+".join(MODE_WORDS[mode] for mode in item.mode),
        item.audience,
        f"{item.duration_value}{unit}" if item.duration_value is not None else "",
        item.headcount or "",
        item.provider,
        ",".join(str(row) for row in item.source_rows[1:]),
    )
    return "｜".join(str(part) for part in parts)


def test_every_row_is_read_as_the_notice_says(plan: Plan) -> None:
    assert [written(item) for item in plan.items] == EXPECTED.read_text(encoding="utf-8").split(
        "\n"
    )[:-1]
    assert all(item.codes == () and item.start is None for item in plan.items)


def test_the_notice_is_named(plan: Plan) -> None:
    assert plan.title == "关于做好2020年度教师培训工作的通知"
    assert (plan.document_number, plan.year) == ("郴教通〔2020〕48号", 2020)
    assert plan.issuer == "郴州市教育局"


def test_both_figures_of_every_total_are_kept(plan: Plan) -> None:
    stated, computed = plan.stated, plan.computed
    assert (stated.headcount, stated.subtotal, computed.headcount) == (63165, 63165, 65335)
    assert (stated.programmes, computed.programmes) == (37, 38)
    assert (stated.national_joint, computed.national_joint) == (6, 7)
    assert (stated.county_joint, computed.county_joint) == (1, 1)
    assert computed.rows == 51


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        (21, "programme_count_mismatch", ("37", "38", "103")),
        (21, "joint_count_mismatch", ("6 个", "7 个")),
        (21, "total_mismatch", ("63,165", "65,335", "2,170")),
        (21, "topic_unlisted", ("市教科院", "校（园）长岗位任职资格培训")),
        (67, "mixed_units", ("33 行按天", "17 行按学时")),
        (68, "two_phases", ("12 天", "178 学时")),
        (69, "filled_down", ("项目名称", "第 68 行")),
        (69, "near_duplicate", ("奥鹏教育", "奥鹏教育网")),
        (75, "filled_down", ("承办机构", "第 74 行")),
        (79, "names_in_serial", ("小学心理健康", "中学心理健康")),
        (82, "topic_mismatch", ("信息技术",)),
        (83, "duplicate_row", ("第 82 行",)),
        (85, "unit_inferred", ("3 天",)),
        (86, "duplicate_name", ("第 85 行",)),
        (86, "count_mismatch", ("7 支", "4 个")),
        (88, "mode_mismatch", ("本地+网络",)),
        (88, "unit_inferred", ("60 学时",)),
        (92, "duplicate_name", ("小学心理健康", "第 79 行", "序号 6")),
        (97, "near_duplicate", ("局基教教科", "局基教科")),
        (97, "audience_doubtful", ("完全相同",)),
        (99, "filled_across", ("项目申请单位", "局基教科")),
        (103, "serial_missing", ("幼儿教育培训",)),
        (104, "filled_across", ("项目名称", "幼儿教育培训")),
        (105, "topic_mismatch", ("学前教育", "中小学教师")),
        (107, "unit_in_topic", ("市教科院",)),
        (110, "count_mismatch", ("五大学科", "4个学科")),
        (116, "name_truncated", ("局体卫艺",)),
        (117, "column_shift", ("序号 33", "中小学书法教师专业培训", "「80」", "「7」")),
        (117, "cell_missing", ("承办机构",)),
        (119, "stray_space", ("名师 培训",)),
        (121, "serial_duplicate", ("序号 36", "第 120 行")),
        (121, "audience_doubtful", ("70 人", "35")),
        (122, "cell_missing", ("培训天数/学时", "培训人数")),
        (123, "total_mismatch", ("63,165", "65,335")),
    ],
)
def test_each_irregularity_is_named(
    plan: Plan, row: int, code: str, words: tuple[str, ...]
) -> None:
    messages = [p.message for p in plan.problems if p.row == row and p.code == code]
    assert any(all(word in message for word in words) for message in messages), messages
    assert all(message.startswith(f"第 {row} 行") for message in messages)


def test_what_agrees_is_not_complained_about(plan: Plan) -> None:
    codes = {problem.code for problem in plan.problems}
    assert ProblemCode.ARITHMETIC_MISMATCH not in codes  # 8×40=320, 7×40=280, 9×70=630, 4×50=200
    assert ProblemCode.SERIAL_GAP not in codes
    assert ProblemCode.CELL_INVALID not in codes
    assert codes <= set(MEANINGS)


def test_source_rows_stay_as_written(plan: Plan) -> None:
    shifted = next(row for row in plan.source if row.row == 117)
    assert shifted.cells[3:5] == ("义务教育教师培训", "中小学书法教师专业培训")
    assert len(plan.source) == 52  # 51 rows and the total line


def test_encodings_and_layouts_give_the_same_items(plan: Plan) -> None:
    text = SEED.read_text(encoding="utf-8")
    for data in (
        text.replace("\n", "\r\n").encode(),
        text.encode("gb18030"),
        text.encode("utf-16"),
        text.encode("utf-8-sig"),
        "\n".join(line.rstrip() for line in text.split("\n")).encode(),
        "\n".join(line.strip() for line in text.split("\n")).encode(),
        lines_as_workbook(text),
    ):
        other = read_plan(data, "plan.txt")
        assert other.items == plan.items
        assert other.computed == plan.computed


def test_another_column_order_gives_the_same_items(plan: Plan) -> None:
    order = (8, 3, 4, 5, 7, 6, 2, 1, 0)
    rows = [line.split("\t") for line in SEED.read_text(encoding="utf-8").split("\n")]
    lines = ["\t".join([row[at] for at in order] if len(row) == 9 else row) for row in rows]
    assert read_plan("\n".join(lines).encode(), "plan.txt").items == plan.items


@pytest.mark.parametrize("gone", range(9))
def test_a_missing_column_is_named_and_the_rows_stay(gone: int) -> None:
    rows = [line.split("\t") for line in SEED.read_text(encoding="utf-8").split("\n")]
    lines = ["\t".join(row[:gone] + row[gone + 1 :] if len(row) == 9 else row) for row in rows]
    plan = read_plan("\n".join(lines).encode(), "plan.txt")
    assert len(plan.items) == 51
    named = [p for p in plan.problems if p.code is ProblemCode.COLUMN_MISSING]
    assert [p.row for p in named] == [67]


def test_json_has_exactly_the_agreed_shape(plan: Plan) -> None:
    shape = json.loads(json.dumps(plan_json(plan)))
    assert set(shape) == {"items", "problems", "totals"}
    assert shape["items"][29]["duration"] == {"value": 2, "unit": "day"}
    assert shape["items"][26]["duration"]["value"] == 2.5
    assert list(shape["items"][0]) == [
        "seq",
        "unit",
        "topic",
        "name",
        "mode",
        "audience",
        "duration",
        "headcount",
        "provider",
        "codes",
        "start",
        "end",
        "source_rows",
    ]
    assert all(list(problem) == ["row", "code", "message"] for problem in shape["problems"])
    assert shape["totals"]["stated"]["headcount"] == 63165
    assert shape["totals"]["computed"]["headcount"] == 65335
