"""What a fake platform and the bot under test must agree on, made up for each stage."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field


def _aes_key() -> str:
    """43 letters and digits that decode to 32 bytes, as the admin console makes them."""
    while True:
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        if key.isalnum():
            return key


@dataclass(frozen=True, slots=True)
class Keys:
    """Ids and secrets of one corp with an app and an AI bot, and of the bots on QQ."""

    corp_id: str = "ww5d0c7a1e9b3f2846"
    agent_id: int = 1000002
    bot_id: str = "AIBshixun"
    name: str = "师训助手"
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    token: str = field(default_factory=lambda: secrets.token_hex(12))
    aes_key: str = field(default_factory=_aes_key)
    bot_token: str = field(default_factory=lambda: secrets.token_hex(12))
    bot_aes_key: str = field(default_factory=_aes_key)
    qq_app_id: str = "102000001"
    qq_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    onebot_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
