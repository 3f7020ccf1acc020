"""Why nothing can be served at an address and port, in words."""

from __future__ import annotations

import errno
import socket

from bot.commands import CommandError


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
