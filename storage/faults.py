"""Why a database cannot be used: the one place that reads what drivers and systems say of it.

Told in Chinese to the operator (/readyz, doctor, command line) and, shorter, to people who
write meanwhile. Result codes: sqlite.org/rescode.html, PostgreSQL's appendix A, errno(3).
"""

from __future__ import annotations

import errno
from enum import Enum

# a condition of ours, besides what drivers report
_SQLITE_PRIMARY = 0xFF


class Fault(Enum):
    """What is wrong; `says` with its object left out, `mend` what to do about it."""

    FULL = ("写不进去：磁盘满了", "请清理磁盘，或移到大一些的盘（SHIXUN_DATABASE_URL）。")
    QUOTA = ("写不进去：这个用户的磁盘配额用完了", "请加大配额，或清理文件。")
    READ_ONLY = (
        "只能读，不能写",
        "请检查文件和文件夹的权限、磁盘是不是只读；是服务器的，检查连的是不是备用库。",
    )
    CORRUPT = (
        "已损坏",
        "请停下程序，保留这个文件，用最近的备份恢复（docs/operations.md 的“出事的时候”）。",
    )
    NOT_A_DATABASE = ("不是数据库文件", "请检查 SHIXUN_DATABASE_URL。")
    GONE = (
        "在程序运行时被删除、移走或换掉了",
        "请停下程序，把原来的文件放回去或用备份恢复，再启动。现在写的都留不下来，所以不再收。",
    )
    BUSY = (
        "正被别的程序占用",
        "请稍后再试，或先停下正在运行的师训助手。",
    )
    BROKEN_DISK = (
        "读写出错，可能是磁盘坏了、掉线了或网络盘断了",
        "请检查磁盘和系统日志。",
    )
    CLOSED = ("打不开", "请检查文件夹在不在、有没有读写的权限。")
    PASSWORD = ("不让进：用户名或密码不对", "请检查 SHIXUN_DATABASE_URL。")
    NO_SUCH = (
        "里没有这个库或这个用户",
        "请检查 SHIXUN_DATABASE_URL，或先建好。",
    )
    FORBIDDEN = ("不让用：这个用户的权限不够", "请让管理数据库的人给它权限。")
    CROWDED = ("连接数满了", "请减少别的程序的连接，或调大 max_connections。")
    STARTING = ("正在启动、停止或恢复", "请等一两分钟；还是这样，看数据库的日志。")
    NO_HOST = ("的主机找不到", "请检查 SHIXUN_DATABASE_URL 里的地址。")
    DOWN = (
        "没有应答",
        "请检查 SHIXUN_DATABASE_URL 里的地址和端口，以及数据库是否在运行。",
    )

    @property
    def says(self) -> str:
        """What is wrong, to be put after the name of the database."""
        return self.value[0]

    @property
    def mend(self) -> str:
        """What to do, a sentence that begins with 请."""
        return self.value[1]


class GoneError(OSError):
    """The database's file is not the one that was opened any more."""


_SQLITE_CODES = {
    3: Fault.CLOSED,  # PERM
    5: Fault.BUSY,
    6: Fault.BUSY,  # LOCKED
    8: Fault.READ_ONLY,
    10: Fault.BROKEN_DISK,  # IOERR
    11: Fault.CORRUPT,
    13: Fault.FULL,
    14: Fault.CLOSED,  # CANTOPEN
    15: Fault.BUSY,  # PROTOCOL: the lock of the WAL
    23: Fault.FORBIDDEN,  # AUTH
    26: Fault.NOT_A_DATABASE,
}
# extended codes that say more than their primary one
_SQLITE_EXTENDED = {
    8 | (4 << 8): Fault.GONE,  # READONLY_DBMOVED
}
_ERRNO = {
    errno.ENOSPC: Fault.FULL,
    errno.EDQUOT: Fault.QUOTA,
    errno.EFBIG: Fault.FULL,
    errno.EROFS: Fault.READ_ONLY,
    errno.EACCES: Fault.CLOSED,
    errno.EPERM: Fault.CLOSED,
    errno.EIO: Fault.BROKEN_DISK,
    errno.ESTALE: Fault.BROKEN_DISK,
    errno.ECONNREFUSED: Fault.DOWN,
    errno.ECONNRESET: Fault.DOWN,
    errno.ETIMEDOUT: Fault.DOWN,
    errno.EHOSTUNREACH: Fault.DOWN,
    errno.ENETUNREACH: Fault.DOWN,
}
# the longest beginning that fits counts
_SQLSTATES = {
    "53100": Fault.FULL,
    "53200": Fault.CROWDED,
    "53300": Fault.CROWDED,
    "57P01": Fault.STARTING,
    "57P02": Fault.STARTING,
    "57P03": Fault.STARTING,
    "25006": Fault.READ_ONLY,
    "28": Fault.PASSWORD,
    "3D000": Fault.NO_SUCH,
    "42501": Fault.FORBIDDEN,
    "08": Fault.DOWN,
    "58030": Fault.BROKEN_DISK,
    "58P01": Fault.CORRUPT,
    "XX001": Fault.CORRUPT,
    "XX002": Fault.CORRUPT,
    "55P03": Fault.BUSY,
}
# A connection that was never made has no code: what libpq says then, a part of it.
_SAID = (
    ("password", Fault.PASSWORD),
    ("no pg_hba.conf entry", Fault.PASSWORD),
    ("does not exist", Fault.NO_SUCH),
    ("permission denied", Fault.FORBIDDEN),
    ("resolve", Fault.NO_HOST),
    ("too many clients", Fault.CROWDED),
    ("remaining connection slots", Fault.CROWDED),
    ("starting up", Fault.STARTING),
    ("shutting down", Fault.STARTING),
    ("recovery", Fault.STARTING),
    ("no space left", Fault.FULL),
    ("connection", Fault.DOWN),
    ("server closed", Fault.DOWN),
    ("timeout", Fault.DOWN),
)


def fault_of(error: BaseException | None) -> Fault | None:
    """The cause in an error or in what it came from; None for what is no fault of a database.

    A statement that is wrong, a unique key that is there already: our mistakes stay ours.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        found = _fault(error)
        if found is not None:
            return found
        error = getattr(error, "orig", None) or error.__cause__ or error.__context__
    return None


def _fault(error: BaseException) -> Fault | None:
    if isinstance(error, GoneError):
        return Fault.GONE
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return _SQLITE_EXTENDED.get(code) or _SQLITE_CODES.get(code & _SQLITE_PRIMARY)
    kind = type(error)
    if kind.__module__.partition(".")[0] == "psycopg":
        state = getattr(error, "sqlstate", None)
        if state:
            return next((_SQLSTATES[state[:n]] for n in (5, 2) if state[:n] in _SQLSTATES), None)
        return _unsaid(error) if kind.__name__ == "OperationalError" else None
    # what the network of others refuses is not the database's: only files' errors count here
    if isinstance(error, OSError) and not isinstance(error, ConnectionError):
        return _ERRNO.get(error.errno or 0) if error.errno in _OF_FILES else None
    return None


_OF_FILES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE})


def _unsaid(error: BaseException) -> Fault:
    said = str(error).lower()
    return next((fault for part, fault in _SAID if part in said), Fault.DOWN)


def of_system(error: OSError) -> Fault:
    """The cause of an error about a file that is known to be the database's."""
    return _ERRNO.get(error.errno or 0, Fault.CLOSED)
