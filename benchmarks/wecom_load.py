"""A load of encrypted WeCom callbacks and the check of their encrypted answers."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.channels.wecom.crypto import CallbackCrypto
from bot.channels.wecom.messages import read_xml, sealed_in

CORP = "ww0123456789abcdef"
TOKEN = "benchmarktoken"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
CRYPTO = CallbackCrypto(TOKEN, AES_KEY, CORP)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run showed: rates per second, times in milliseconds."""

    answered: int
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


def request(number: int, text: str, teachers: int) -> bytes:
    """One HTTP request, ready to be written."""
    message = (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName>"
        f"<FromUserName><![CDATA[teacher{number % teachers + 1}]]></FromUserName>"
        f"<CreateTime>1626049500</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{7 * 10**18 + number}</MsgId>"
        f"<AgentID>1000002</AgentID></xml>"
    )
    sealed = CRYPTO.seal(message, "1626049500", "nonce")
    body = f"<xml><Encrypt><![CDATA[{sealed.encrypt}]]></Encrypt></xml>".encode()
    path = f"/wecom/callback?msg_signature={sealed.signature}&timestamp=1626049500&nonce=nonce"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def opened(body: bytes) -> str:
    """The words of an encrypted answer; raises where it is none."""
    fields = read_xml(body)
    text = CRYPTO.open(
        str(fields["MsgSignature"]),
        str(fields["TimeStamp"]),
        str(fields["Nonce"]),
        sealed_in(body),
    )
    return str(read_xml(text.encode())["Content"])


async def load(address: str, requests: list[bytes], connections: int, wanted: str) -> Figures:
    """Send everything over so many connections, each one request at a time."""
    parts = urlsplit(address)
    queue = iter(requests)
    times: list[float] = []
    bodies: list[bytes] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        for each in queue:
            begun = time.perf_counter()
            writer.write(each)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            bodies.append(await reader.readexactly(length))
            times.append(time.perf_counter() - begun)
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    seconds = time.perf_counter() - begun
    wrong = [body for body in bodies if wanted not in (opened(body) if body else "")]
    if wrong:
        raise SystemExit(f"{len(wrong)} of {len(bodies)} answers were not the wanted ones")
    times.sort()
    return Figures(
        len(times), seconds, times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000
    )


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    made = [
        request(options["first"] + n, options["text"], options["teachers"])
        for n in range(options["count"])
    ]
    asyncio.run(load(options["address"], made[: options["warm"]], 8, options["wanted"]))
    figures = asyncio.run(
        load(options["address"], made[options["warm"] :], options["connections"], options["wanted"])
    )
    sys.stdout.write(json.dumps([figures.answered, figures.seconds, figures.p50, figures.p99]))
