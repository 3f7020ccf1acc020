"""Check-up of the settings themselves: what they say about each other, and slips of copying."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from bot.channels.onebot.door import is_loopback, refusal
from bot.checks.values import Check, Finding, Secret, Setup

SETTINGS = Check("settings", "设置")
_WHERE = "改 config/office.toml 或环境变量，样子见 config/office.example.toml"
# what stands in config/office.example.toml (a test holds it against the file)
EXAMPLES = frozenset(
    {
        "example-secret",
        "exampleToken",
        "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "aib-example",
        "example-bot-secret",
        "exampleBotToken",
        "102000000",
        "example-qq-secret",
        "example-onebot-token",
        "https://shixun.example.cn",
    }
)
_QUOTES = "'\"“”‘’「」<>"


def wrong_settings(problems: Sequence[str]) -> list[Finding]:
    """What the settings' own reader found; nothing else can be looked at then."""
    return [SETTINGS.wrong(problem, _WHERE) for problem in problems]


def check_settings(setup: Setup) -> list[Finding]:
    """Whether what can be read also makes sense."""
    problems = [
        SETTINGS.wrong(f"SHIXUN_{name.upper()} 里有{slip}，多半是复制时带进来的", "重新复制一遍")
        for name, value in _values(setup)
        if (slip := _slip(value))
    ]
    problems += _left_over(setup)
    public = urlsplit(setup.public_url)
    if public.scheme == "http" and not is_loopback(public.hostname or ""):
        problems.append(
            SETTINGS.wrong(
                "SHIXUN_PUBLIC_URL 不是 https:// 开头的，别人在路上能看到登录的人是谁",
                "给域名装上证书，改成 https://",
            )
        )
    exposed = refusal(setup.host, setup.onebot_token.get_secret_value(), setup.onebot_url)
    if setup.has_onebot and exposed:
        problems.append(SETTINGS.wrong(exposed))
    if not setup.has_channel:
        return [*problems, SETTINGS.off("一个渠道都没有填，启动后打开的是示例办公室", _WHERE)]
    return problems or [SETTINGS.fine()]


def _left_over(setup: Setup) -> list[Finding]:
    """The example copied and half filled in: channels that nobody wanted come to life."""
    values = [*_values(setup), ("public_url", setup.public_url)]
    names = "、".join(f"SHIXUN_{name.upper()}" for name, value in values if value in EXAMPLES)
    mend = "填上自己的；不用的渠道，把 config/office.toml 里那几行删掉，或在行首加 #"
    return [SETTINGS.wrong(f"还是样例里的值：{names}", mend)] if names else []


def _values(setup: Setup) -> list[tuple[str, str]]:
    secrets: dict[str, Secret] = {
        "wecom_secret": setup.wecom_secret,
        "wecom_token": setup.wecom_token,
        "wecom_aes_key": setup.wecom_aes_key,
        "wecom_bot_secret": setup.wecom_bot_secret,
        "wecom_bot_token": setup.wecom_bot_token,
        "wecom_bot_aes_key": setup.wecom_bot_aes_key,
        "qq_secret": setup.qq_secret,
        "onebot_token": setup.onebot_token,
    }
    return [
        ("wecom_corp_id", setup.wecom_corp_id),
        ("wecom_bot_id", setup.wecom_bot_id),
        ("qq_app_id", setup.qq_app_id),
        *((name, secret.get_secret_value()) for name, secret in secrets.items()),
    ]


def _slip(value: str) -> str:
    """What no key of any platform holds. Spaces around it were taken off by the reader."""
    if any(sign.isspace() for sign in value):
        return "空格或换行"
    if any(sign in _QUOTES for sign in value):
        return "引号或尖括号"
    if not value.isascii() or not value.isprintable():
        return "看不见的字符或汉字"
    return ""


def secrets_of(setup: Setup) -> list[str]:
    """Everything that must not stand in any line."""
    keys = [value for name, value in _values(setup) if value and not name.endswith("_id")]
    password = urlsplit(setup.database_url).password or ""
    return [*keys, *{each for each in (password, unquote(password)) if each}]
