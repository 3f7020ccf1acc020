"""How much of a file is read at most: bounds that are checked before memory is taken for it.

What an office keeps stays far below them; Excel's own limits are named where they are meant.
"""

from __future__ import annotations

from typing import Final

from storage.readers.problems import ReadError

MAX_FILE_BYTES: Final = 40 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 60 * 1024 * 1024
MAX_PARTS: Final = 10_000
MAX_SHEETS: Final = 1_000
MAX_STYLES: Final = 65_536  # Excel's own: 65,490 cell formats
MAX_TEXTS: Final = 1_000_000
MAX_CELL_TEXT: Final = 32_767  # Excel's own
MAX_CHARACTERS: Final = 16_000_000
"""Of all cells together: one shared text may stand in a million cells."""
MAX_ROWS: Final = 200_000  # with something in them
MAX_ROWS_SEEN: Final = 400_000
MAX_CELLS_SEEN: Final = 2_000_000
MAX_ELEMENTS: Final = 6_000_000
MAX_COLUMNS: Final = 200
SHEET_COLUMNS: Final = 16_384  # Excel's own: XFD
SHEET_ROWS: Final = 1_048_576  # Excel's own
MAX_MERGES: Final = 20_000
MAX_MERGED_ROWS: Final = 400_000
MAX_DEPTH: Final = 100
MAX_NAMES: Final = 20_000
MAX_TOKEN_BYTES: Final = 1024 * 1024
"""Of one tag with its attributes, or one comment: nothing is heard of it before its end."""
MAX_RECORD: Final = 262_144
"""Characters of one row of a .csv, which may run over several lines."""
MAX_PROBLEMS: Final = 20_000

SAVE_AGAIN: Final = "请用 Excel 或 WPS 重新保存为 .xlsx 再发。"
COPY_OUT: Final = "请把有内容的行和列复制到一张新表，另存为 .xlsx 再发。"


def broken(what: str = "表格打不开，文件可能已损坏") -> ReadError:
    """Of a file that is not what it says it is."""
    return ReadError(f"{what}，{SAVE_AGAIN}")


def too_much(what: str) -> ReadError:
    """Of a file that holds more than is read."""
    return ReadError(f"{what}，没有读取。{COPY_OUT}")


def too_many_rows() -> ReadError:
    """Of a table that is long, every row with something in it."""
    return ReadError(f"表格超过 {MAX_ROWS:,} 行，请拆成几个文件再发。")


def too_many_columns() -> ReadError:
    """Of a table that is wide."""
    return ReadError(f"表格超过 {MAX_COLUMNS} 列，请只留需要的列再发。")
