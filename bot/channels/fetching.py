"""What people send along, by its address: fetched under a size cap, from the outside only.

The address comes with an event, and whoever makes events up could have us ask the machines of the
office. So the address that is really connected to is looked at, after every name was resolved and
every redirect followed: nothing of this machine or its network is, unless the settings say so.
Knows no platform.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any
from urllib.parse import unquote_to_bytes

import aiohttp

from bot.channels.base import FileRefusedError

logger = logging.getLogger("shixun.fetching")

FILE_BYTES = 20 * 1024 * 1024
NOT_FETCHED = "文件没有取到（可能已过期或超过 20 MB），请再发一次。"
_PIECE = 256 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_REDIRECTS = 3
_MOST_NAME = 255
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# IPv4 inside IPv6 for translators: whoever translates reaches the inner address
_TRANSLATED = ip_network("64:ff9b::/96")
_SPARED = 32  # bits of the inner address


class ForbiddenAddressError(OSError):
    """Somebody would have us connect to where we must not."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was behind an address, and what its server called it; no name: empty."""

    data: bytes
    name: str = ""


class Fetcher:
    """Downloads; `inside`: networks of the office that files may come from all the same."""

    def __init__(self, inside: Iterable[str] = ()) -> None:
        """Raises ValueError for what is no network."""
        self._inside = networks(inside)

    async def download(self, url: str, *, most: int = 0) -> Fetched:
        """What is there; raises FileRefusedError where it is gone, too much or not to be asked.

        `most`: bytes, where that is not FILE_BYTES.
        """
        if not url.casefold().startswith(("http://", "https://")):
            logger.warning("file not fetched", extra={"reason": "no address"})
            raise FileRefusedError(NOT_FETCHED)
        data = bytearray()
        connector = aiohttp.TCPConnector(socket_factory=self._socket, use_dns_cache=False)
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT, connector=connector) as session,
                session.get(url, max_redirects=_REDIRECTS) as answer,
            ):
                answer.raise_for_status()
                async for piece in answer.content.iter_chunked(_PIECE):
                    data += piece
                    if len(data) > (most or FILE_BYTES):
                        raise FileRefusedError(NOT_FETCHED)
                name = named(answer.headers.get("Content-Disposition", ""))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # the address itself is a key to the file and stays out of the log
            told = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
            logger.warning("file not fetched", extra={"reason": type(told).__name__})
            raise FileRefusedError(NOT_FETCHED) from None
        return Fetched(bytes(data), name)

    def _socket(self, found: Any) -> socket.socket:
        """For one resolved address, at the moment of connecting: nobody resolves it again."""
        family, kind, protocol, _, where = found
        if not self._may(ip_address(str(where[0]).partition("%")[0])):
            raise ForbiddenAddressError
        return socket.socket(family, kind, protocol)

    def _may(self, address: Address) -> bool:
        plain = _inner(address) or address
        return is_outside(address) or any(
            plain.version == each.version and plain in each for each in self._inside
        )


def networks(written: Iterable[str]) -> tuple[Network, ...]:
    """Addresses or networks as an operator writes them; raises ValueError."""
    return tuple(ip_network(each.strip(), strict=False) for each in written if each.strip())


def is_outside(address: Address) -> bool:
    """Whether it is on the public internet, whatever spelling it hides in."""
    if (inner := _inner(address)) is not None:
        return is_outside(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _inner(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for."""
    if isinstance(address, IPv4Address):
        return None
    if address in _TRANSLATED or int(address) >> _SPARED == 0:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


# -- names -----------------------------------------------------------------------------------------

_EXTENDED = re.compile(r"filename\*\s*=\s*([\w-]*)'[^']*'([^;\s]+)", re.ASCII | re.IGNORECASE)
_PLAIN = re.compile(r'filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]+))', re.IGNORECASE)


def named(disposition: str) -> str:
    """The file name of a Content-Disposition; empty where there is none.

    The header should be ASCII and is not: servers write names as raw UTF-8 or GBK, percent-encoded
    or as RFC 5987 says, which wins where it is there. Folders in front are cut off.
    """
    if extended := _EXTENDED.search(disposition):
        name = _decoded(unquote_to_bytes(extended[2]), extended[1])
    elif plain := _PLAIN.search(disposition):
        written = re.sub(r"\\(.)", r"\1", plain[1]) if plain[1] is not None else plain[2].strip()
        raw = _bytes(written)
        name = _decoded(unquote_to_bytes(raw) if b"%" in raw else raw)
    else:
        return ""
    shown = "".join(sign for sign in name if sign.isprintable())
    return re.split(r"[/\\]", shown)[-1].strip(" .")[:_MOST_NAME]


def _bytes(text: str) -> bytes:
    """The bytes as they were sent: read as UTF-8 with escapes, or as Latin-1 by older readers."""
    try:
        return text.encode("latin-1") if not text.isascii() else text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="surrogateescape")


def _decoded(raw: bytes, charset: str = "") -> str:
    for each in (charset or "utf-8", "utf-8", "gb18030"):
        try:
            return raw.decode(each)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode(errors="replace")
