"""Why nothing can be served at an address and port, in words, and whether the demo may be."""

from __future__ import annotations

import errno
import socket
from typing import Protocol

from bot.commands import CommandError
from storage.checkup import file_of

NO_CHANNEL = (
    "没有找到任何渠道的设置（看的是 {file} 和环境变量），"
    "而这里已有办公室的数据库，或者地址是对外的，所以没有打开示例办公室。"
    "请检查设置文件在不在、是不是在别的文件夹里启动的（--config 指明文件）；"
    "只想看示例，请运行 run_bot.py demo。"
)


class Configured(Protocol):
    """The settings that are looked at."""

    @property
    def may_show_demo(self) -> bool: ...
    @property
    def database_url(self) -> str: ...


def only_trying(settings: Configured) -> bool:
    """Whether the demo may stand in: never where an office lives or people outside look in."""
    file = file_of(settings.database_url)
    return settings.may_show_demo and file is not None and not file.exists()


def cannot_listen(host: str, port: int, error: OSError) -> CommandError:
    """What is told to the operator; raises again what is something else."""
    match error.errno:
        case errno.EADDRINUSE:
            said = f"端口 {port} 已被占用。换一个再试，例如 SHIXUN_PORT=8090。"
        case errno.EACCES | errno.EPERM:
            said = f"没有使用端口 {port} 的权限，请用 1024 以上的，例如 SHIXUN_PORT=8090。"
        case errno.EADDRNOTAVAIL | socket.EAI_NONAME | socket.EAI_AGAIN | socket.EAI_NODATA:
            said = f"这台机器没有地址「{host}」，请检查 SHIXUN_HOST。"
        case _:
            raise error
    return CommandError(said)
