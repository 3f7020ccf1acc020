"""What strangers send to the doors: many bad inputs as raw bytes, the same ones each time.

Each was made from something good and is wrong in one way, or was never good. Nothing here may be
answered with content, whoever's key it was sealed with.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from simulator.qq.signing import sign
from simulator.stage import Keys
from simulator.wecom.crypto import Envelope
from tests.bot.worlds import STAMP, message, outer

OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
PUBLIC = "https://bot.example.cn"
CALLBACKS = ("/wecom/callback", "/wecom/aibot")
TOO_LATE = 3 * 60 * 60
SECRET_WORDS = "绝密的话"


@dataclass(frozen=True, slots=True)
class Bad:
    """One input; `page`: a sentence may come back."""

    name: str
    sent: bytes
    page: bool = False


def corpus(keys: Keys, qq: tuple[str, str]) -> list[Bad]:
    """All of them; `qq`: the bot's number and secret."""
    chance = random.Random(9)
    return [
        *_callbacks(keys, chance),
        *_address_checks(keys, chance),
        *_framings(),
        *_forgeries(qq, chance),
        *_connections(),
        *_pages(chance),
        *_elsewhere(),
    ]


def request(
    method: str, target: str, body: bytes = b"", *lines: str | bytes, length: int | None = None
) -> bytes:
    """A request that ends the connection."""
    head = [f"{method} {target} HTTP/1.1".encode(), b"Host: x", b"Connection: close"]
    head += [each.encode() if isinstance(each, str) else each for each in lines]
    if body or method == "POST":
        head.append(f"Content-Length: {len(body) if length is None else length}".encode())
    return b"\r\n".join([*head, b"", body])


# -- WeCom's callbacks -----------------------------------------------------------------------------


def _callbacks(keys: Keys, chance: random.Random) -> Iterator[Bad]:
    app = Envelope(keys.token, keys.aes_key, keys.corp_id)
    bot = Envelope(keys.bot_token, keys.bot_aes_key, "")
    said = {"/wecom/callback": message("zhangwei", SECRET_WORDS), "/wecom/aibot": _to_bot()}
    own = {"/wecom/callback": app, "/wecom/aibot": bot}
    for path in CALLBACKS:
        inside, envelope = said[path], own[path]
        sealed = envelope.seal(inside)
        good = _query(envelope, sealed)
        write = _json if path == "/wecom/aibot" else outer

        def posted(
            name: str, query: object, body: str | bytes, path: str = path, *lines: str
        ) -> Bad:
            raw = body if isinstance(body, bytes) else body.encode()
            target = path if not query else f"{path}?{_written(query)}"
            return Bad(f"{path} {name}", request("POST", target, raw, *lines))

        for place in range(40):  # each sign of the signature
            sign_ = good["msg_signature"]
            other = "0" if sign_[place] != "0" else "1"
            changed = {**good, "msg_signature": sign_[:place] + other + sign_[place + 1 :]}
            yield posted(f"signature {place}", changed, write(sealed))
        for place in chance.sample(range(len(sealed) - 2), 60):  # each sign of the content
            other = "A" if sealed[place] != "A" else "B"
            bent = sealed[:place] + other + sealed[place + 1 :]
            yield posted(f"content {place}", good, write(bent))
            # the signature is right and what it is about is not
            yield posted(f"signed content {place}", _query(envelope, bent[:-1]), write(bent))
        for place in chance.sample(range(4, len(sealed), 4), 20):  # cut, and signed as cut
            cut = sealed[:place]
            short = _query(envelope, cut)
            if place % 64:
                yield posted(f"cut {place}", short, write(cut))
        for name in good:
            yield posted(
                f"without {name}", {k: v for k, v in good.items() if k != name}, write(sealed)
            )
            yield posted(f"twice {name}", [*good.items(), (name, good[name])], write(sealed))
            for value in ("", "0", "A" * 5000, "\x00", "学", "-1", "9" * 23, "1e9", "%ff", " "):
                yield posted(f"{name}={value[:5]!r}", {**good, name: value}, write(sealed))
        for stamp in (int(STAMP) - TOO_LATE, int(STAMP) + TOO_LATE, 0, 10**11, 10**15):
            old = _query(envelope, sealed, str(stamp))
            yield posted(f"time {stamp}", old, write(sealed))
        strangers = {
            "another token": Envelope("other", _key_of(keys, path), _id_of(keys, path)),
            "another key": Envelope(_token_of(keys, path), OTHER_KEY, _id_of(keys, path)),
            "another corp": Envelope(
                _token_of(keys, path), _key_of(keys, path), "ww0000000000000000"
            ),
            "the other door": own[CALLBACKS[1 - CALLBACKS.index(path)]],
        }
        for name, stranger in strangers.items():
            for text in (inside, "", "x", "{}", "<xml/>"):
                theirs = stranger.seal(text)
                yield posted(f"{name} {text[:5]}", _query(stranger, theirs), write(theirs))
        for body in _bodies(sealed):
            yield posted(f"body {body[:20]!r}", good, body)
        for kind in ("gzip", "deflate", "br", "zstd", "x", "gzip, gzip", "identity, gzip"):
            packed = f"Content-Encoding: {kind}"
            yield posted(f"packed as {kind}", good, write(sealed), path, packed)
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "QUERY", "ABC"):
            sent = request(method, f"{path}?{_written(good)}", outer(sealed).encode())
            yield Bad(f"{path} {method}", sent)


def _bodies(sealed: str) -> list[bytes]:
    whole = outer(sealed).encode()
    return [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<xml/>",
        b"<xml></xml>",
        b"\xff\xfe",
        b"\x00" * 100,
        whole[: len(whole) // 2],
        whole + whole,
        whole.replace(b"Encrypt", b"encrypted"),
        whole.replace(b"<Encrypt>", b"<Encrypt><Encrypt>"),
        b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><xml><Encrypt>&e;</Encrypt></xml>",
        b"<?xml version='1.0' encoding='x-nobody'?><xml><Encrypt>&#0;</Encrypt></xml>",
        b'{"encrypt":null}',
        b'{"encrypt":{}}',
        b'{"encrypt":"\\ud800"}',
        b'{"encrypt":' + b"9" * 5000 + b"}",
        b"[" * 5000,
        b'{"encrypt":"A","Encrypt":"A"}',
    ]


def _address_checks(keys: Keys, chance: random.Random) -> Iterator[Bad]:
    for path in CALLBACKS:
        sealed = Envelope("other", _key_of(keys, path), _id_of(keys, path)).seal("1234567890")
        forged = {**_query(Envelope("other", OTHER_KEY, ""), sealed), "echostr": sealed}
        yield Bad(f"{path} check", request("GET", f"{path}?{_written(forged)}"))
        for name in forged:
            left = {key: value for key, value in forged.items() if key != name}
            yield Bad(f"{path} check without {name}", request("GET", f"{path}?{_written(left)}"))
        for _ in range(15):
            noise = chance.randbytes(40).hex()
            bent = {**forged, "echostr": noise, "msg_signature": noise[:40]}
            yield Bad(f"{path} check {noise[:8]}", request("GET", f"{path}?{_written(bent)}"))


def _query(envelope: Envelope, sealed: str, stamp: str = STAMP) -> dict[str, str]:
    signature = envelope.signature(stamp, "1234567890", sealed)
    return {"msg_signature": signature, "timestamp": stamp, "nonce": "1234567890"}


def _written(query: object) -> str:
    pairs = list(query.items()) if isinstance(query, dict) else query
    assert isinstance(pairs, list)
    return urlencode(pairs)


def _json(sealed: str) -> str:
    return json.dumps({"encrypt": sealed})


def _to_bot() -> str:
    said = {"msgid": "1", "chattype": "single", "from": {"userid": "zhangwei"}}
    return json.dumps({**said, "msgtype": "text", "text": {"content": SECRET_WORDS}})


def _token_of(keys: Keys, path: str) -> str:
    return keys.token if path == CALLBACKS[0] else keys.bot_token


def _key_of(keys: Keys, path: str) -> str:
    return keys.aes_key if path == CALLBACKS[0] else keys.bot_aes_key


def _id_of(keys: Keys, path: str) -> str:
    return keys.corp_id if path == CALLBACKS[0] else ""


# -- odd framings ----------------------------------------------------------------------------------


def _framings() -> Iterator[Bad]:
    start = b"POST /wecom/callback HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    framings = {
        "no http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        "http/0.9": b"GET /wecom/callback\r\n\r\n",
        "http/3.0": b"GET /wecom/callback HTTP/3.0\r\n\r\n",
        "no version": b"GET /wecom/callback HTTP/\r\n\r\n",
        "no target": b"GET  HTTP/1.1\r\n\r\n",
        "the proxy's protocol": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n\r\n",
        "http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "only line ends": b"\r\n" * 50 + b"\x00\r\n\r\n",
        "a long line": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        "a long header": start + b"X: " + b"a" * 20_000 + b"\r\n\r\n",
        "many headers": start + b"X: a\r\n" * 500 + b"\r\n",
        "a header without a name": start + b": a\r\n\r\n",
        "a header without a colon": start + b"X a\r\n\r\n",
        "a folded header": start + b"X: a\r\n b\r\n\r\n",
        "a zero in a header": start + b"X: a\x00b\r\n\r\n",
        "two lengths": start + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "a length below zero": start + b"Content-Length: -1\r\n\r\n",
        "a length that is none": start + b"Content-Length: 0x10\r\n\r\n",
        "a huge length": start + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
        "a length and pieces": start
        + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "pieces twice": start + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "no such encoding": start + b"Transfer-Encoding: x\r\n\r\n0\r\n\r\n",
        "a piece without a size": start
        + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
        "a piece below zero": start + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nab\r\n0\r\n\r\n",
        "a huge piece": start + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\nab\r\n",
        "a piece that is longer": start
        + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
        "two hosts": b"POST /wecom/callback HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "a method of any bytes": b"\xff\xfe / HTTP/1.1\r\n\r\n",
        "a target of any bytes": b"GET /\xff\xfe HTTP/1.1\r\nConnection: close\r\n\r\n",
        "another's address": b"GET http://10.0.0.1/ HTTP/1.1\r\nConnection: close\r\n\r\n",
        "connect": b"CONNECT 10.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n",
        "a star": b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "an upgrade with a body": start + b"Upgrade: websocket\r\nContent-Length: 2\r\n\r\nab",
        "expects": start + b"Expect: 200-ok\r\nContent-Length: 2\r\n\r\nab",
        "half a body": start + b"Content-Length: 100\r\n\r\nhalf",
        "half a head": start + b"X-Half",
    }
    for name, sent in framings.items():
        yield Bad(f"framing: {name}", sent)


# -- QQ's webhook ----------------------------------------------------------------------------------


def _forgeries(qq: tuple[str, str], chance: random.Random) -> Iterator[Bad]:
    app_id, secret = qq
    event = {
        "op": 0,
        "id": "C2C:1",
        "t": "C2C_MESSAGE_CREATE",
        "d": {"id": "ROBOT1.0_1", "author": {"user_openid": "U1"}, "content": SECRET_WORDS},
    }
    raw = json.dumps(event).encode()
    good = sign(secret, STAMP, raw)

    def posted(name: str, body: bytes, stamp: str | None, signature: str | None, own: str) -> Bad:
        lines = [f"X-Bot-Appid: {own}"]
        lines += [f"X-Signature-Timestamp: {stamp}"] if stamp is not None else []
        lines += [f"X-Signature-Ed25519: {signature}"] if signature is not None else []
        return Bad(f"qq {name}", request("POST", "/qq/webhook", body, *lines))

    for place in chance.sample(range(128), 40):
        other = "0" if good[place] != "0" else "1"
        bent = good[:place] + other + good[place + 1 :]
        yield posted(f"signature {place}", raw, STAMP, bent, app_id)
    for place in chance.sample(range(len(raw)), 30):
        bent_body = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        yield posted(f"content {place}", bent_body, STAMP, good, app_id)
    for stamp in ("", "0", "-1", "9" * 30, "1e9", str(int(STAMP) + 1), "学", None):
        yield posted(f"time {stamp}", raw, stamp, good, app_id)
    for age in (-TOO_LATE, -301, 301, TOO_LATE):
        old = str(int(STAMP) + age)
        yield posted(f"signed {age}", raw, old, sign(secret, old, raw), app_id)
    for signature in ("", "00", "0" * 128, "f" * 128, good + "00", good[:64], "zz" * 64, None):
        yield posted(f"signature {signature and signature[:4]}", raw, STAMP, signature, app_id)
    for stranger in ("other", secret + "x", secret[:-1], secret.swapcase()):
        yield posted(f"secret {len(stranger)}", raw, STAMP, sign(stranger, STAMP, raw), app_id)
    yield posted("another bot", raw, STAMP, good, "1" + app_id)
    yield posted("no bot", raw, STAMP, good, "\x7f")
    for token in ('{"op":0}', "a b", "", "x" * 300, "学", "a\n", '"', 5, None, ["a"], {"a": 1}):
        check = {"op": 13, "d": {"plain_token": token, "event_ts": STAMP}}
        yield posted(f"oracle {token!r:.10}", json.dumps(check).encode(), None, None, app_id)
    for moment in ("", "x", "1" * 30, '1{"op":0}', 5, None, ["1"]):
        check = {"op": 13, "d": {"plain_token": "abc", "event_ts": moment}}
        yield posted(f"oracle at {moment!r:.10}", json.dumps(check).encode(), None, None, app_id)
    nothings: tuple[object, ...] = (None, [], "x", 5, {})
    for d in nothings:
        yield posted(f"oracle {d!r}", json.dumps({"op": 13, "d": d}).encode(), None, None, app_id)
    for noise in (
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 5000,
        b"null",
        b'{"op":13',
        b'{"op":' + b"9" * 5000,
    ):
        yield posted(f"noise {noise[:4]!r}", noise, STAMP, good, app_id)
    for op in (1, 11, 12, "13", 13.5, True, None):
        yield posted(f"op {op}", json.dumps({**event, "op": op}).encode(), STAMP, good, app_id)


# -- OneBot's connections --------------------------------------------------------------------------


def _connections() -> Iterator[Bad]:
    upgrade = (
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    tokens: tuple[str | bytes, ...] = (
        "",
        "Authorization: ",
        "Authorization: Bearer",
        "Authorization: Bearer wrong",
        "Authorization: Token wrong",
        "Authorization: Basic YTpi",
        b"Authorization: Bearer \xff\xfe",
        "Authorization: Bearer " + "a" * 5000,
        "Authorization: Bearer 令牌",
    )
    paths = ("/onebot/v11/ws", "/onebot/v11/ws/", "/onebot/v11", "/onebot/v11/", "//onebot/v11/ws")
    for path in paths:
        for token in tokens:
            for role in ("Universal", "API", "x" * 100):
                who = ("X-Self-ID: 10001", f"X-Client-Role: {role}")
                lines = [*upgrade, *who, *([token] if token else [])]
                head = [f"GET {path} HTTP/1.1", "Host: x", *lines]
                raw = [each.encode() if isinstance(each, str) else each for each in head]
                yield Bad(
                    f"onebot {path} {token[:25]!r} {role[:5]}", b"\r\n".join([*raw, b"", b""])
                )
    for query in (
        "access_token=wrong",
        "access_token=",
        "access_token=%ff",
        "access_token=a&access_token=b",
    ):
        yield Bad(f"onebot {query}", request("GET", f"/onebot/v11/ws?{query}", b"", *upgrade))


# -- pages and everything else ---------------------------------------------------------------------


def _pages(chance: random.Random) -> Iterator[Bad]:
    cookies = [b"", b"x", b"a.b", b"\xff.\xfe", b"e30.AAAA", b"=" * 100, b"A" * 5000, b'"\\377"']
    cookies += [chance.randbytes(30).hex().encode() for _ in range(12)]
    cookies += [chance.randbytes(24).replace(b"\r", b"").replace(b"\n", b"") for _ in range(12)]
    for cookie in cookies:
        for name in (b"shixun_session", b"shixun_login"):
            line = b"Cookie: " + name + b"=" + cookie
            for target in ("/wecom/me", "/wecom/login/back?code=a&state=b"):
                yield Bad(
                    f"page {target} {cookie[:8]!r}", request("GET", target, b"", line), page=True
                )
    for query in (
        "",
        "code=",
        "state=%ff",
        "code=%00&state=%00",
        "code=a&code=b",
        "&&&",
        "code=" + "9" * 5000,
    ):
        yield Bad(f"page back {query[:9]}", request("GET", f"/wecom/login/back?{query}"), page=True)
    for method in ("POST", "PUT", "DELETE"):
        for target in ("/wecom/login", "/wecom/login/back", "/wecom/me"):
            yield Bad(f"page {method} {target}", request(method, target, b"a=b"))


def _elsewhere() -> Iterator[Bad]:
    paths = (
        "/",
        "/admin",
        "/.env",
        "/.git/config",
        "/wecom",
        "/Wecom/Callback",
        "/wecom//callback",
        "/wecom/callback/x",
        "/wecom/../healthz/..",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/" + "a" * 7000,
        "/" + quote("张伟") * 20,
        "/%00",
        "/%ff%fe",
        "/qq",
        "/qq/webhook/x",
        "/healthz/x",
        "/HEALTHZ",
        "/readyz/../x",
        "/api/v1/users?id=1%27%20OR%201=1",
    )
    for path in paths:
        for method in ("GET", "POST"):
            yield Bad(
                f"{method} {path[:20]}", request(method, path, b"x" if method == "POST" else b"")
            )
    for path in ("/healthz", "/readyz"):
        for method in ("POST", "PUT", "DELETE"):
            yield Bad(f"{method} {path}", request(method, path, b"x"))
