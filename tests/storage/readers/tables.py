"""Small plan tables for tests, in the shapes that real ones come in."""

from __future__ import annotations

import io

from openpyxl import Workbook

from storage.readers.files import Cell

HEADER = (
    "序号\t项目申请单位\t项目专题\t项目名称\t培训形式\t培训对象（学段、学科）"
    "\t培训天数/学时\t培训人数\t承办机构"
)
PLAN = f"""某某市教育局

某教通〔2021〕9号

关于做好2021年度教师培训工作的通知

按照义务教育教师培训、学前教育培训等两大类别，\
共开设4个（包含国培省市联合立项1个）培训项目。计划培训教师500人次。

{HEADER}
1\t县市区\t义务教育教师培训\t小学数学培训\t网络\t小学数学教师\t100\t50\t甲学院（国培省市联合立项）
\t\t\t\t本地\t小学数学教师\t6\t50\t
2\t局基教科\t义务教育教师培训\t送培到县\t本地+网络\t3支团队，每县40人\t3\t130\t乙学院

3\t局基教教科\t\t两大学科培训\t异地\t3个学科（语文、数学、英语）教师\t7\t60\t乙学院
3\t\t\t义务教育教师培训\t书法培训\t本地\t书法教师\t2.5\t80
5\t县市区\t学前教育培训\t园长培训\t网络\t园长\t\t约70人\t乙学院
小计\t\t\t\t\t\t\t500\t
"""


def lines_as_workbook(text: str, merges: tuple[str, ...] = ()) -> bytes:
    """The lines of a text with tabs as the rows of a sheet, numbers as numbers."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row, line in enumerate(text.split("\n"), 1):
        for column, value in enumerate(line.split("\t"), 1):
            if value:
                number = value.replace(".", "", 1).isdigit()
                sheet.cell(row, column, float(value) if number else value)
    for merge in merges:
        sheet.merge_cells(merge)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def workbook(*rows: tuple[Cell, ...], title: str = "Sheet1") -> bytes:
    """A sheet with these rows."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
