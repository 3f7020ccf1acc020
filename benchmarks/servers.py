"""The servers that the main path is measured on: the bot itself, and the floor beneath it."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr

from benchmarks.office import NOW
from benchmarks.wecom_load import AES_KEY, CORP, CRYPTO, TOKEN
from bot.app import Application
from bot.channels.wecom.messages import read_message, reply_envelope, sealed_in, text_reply
from config.settings import Settings


class StillClock:
    """The day of the made-up office."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return time.monotonic()


def bot(path: Path) -> web.Application:
    """The real application."""
    settings = Settings(
        database_url=f"sqlite:///{path}",
        wecom_corp_id=CORP,
        wecom_agent_id=1000002,
        wecom_secret=SecretStr("benchmark"),
        wecom_token=SecretStr(TOKEN),
        wecom_aes_key=SecretStr(AES_KEY),
        wecom_api_base="http://127.0.0.1:9/",
        turns_per_minute=0,  # each of a few people says hundreds of things
    )
    return Application(settings, clock=StillClock()).make_web()


def floor() -> web.Application:
    """Decrypts, parses, answers a constant, encrypts; nothing else."""

    async def callback(request: web.Request) -> web.Response:
        query = request.query
        nonce = query["nonce"]
        envelope = sealed_in(await request.read())
        fields = read_message(
            CRYPTO.open(query["msg_signature"], query["timestamp"], nonce, envelope)
        )
        inner = text_reply(str(fields["FromUserName"]), CORP, 1626049500, "您本周期共计 62 学分")
        sealed = CRYPTO.seal(inner, "1626049500", nonce)
        return web.Response(
            text=reply_envelope(sealed.encrypt, sealed.signature, "1626049500", nonce),
            content_type="application/xml",
        )

    app = web.Application()
    app.router.add_post("/wecom/callback", callback)
    return app


if __name__ == "__main__":
    kind, port = sys.argv[1], int(sys.argv[2])
    app = floor() if kind == "floor" else bot(Path(sys.argv[3]))
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)
