"""What the words of a message may hold: links, length, markdown templates (A7, A8)."""

from __future__ import annotations

import re
from urllib.parse import unquote

from simulator.common.values import JsonObject, rows, table, text, words
from simulator.qq.errors import ApiError
from simulator.qq.platform import Platform
from simulator.qq.records import Bot
from simulator.qq.targets import Target

_REGISTERED = re.compile(
    r"(?:https?://)?(?<![A-Za-z0-9.-])((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})(?::\d+)?"
    r"(?:[/?#][A-Za-z0-9._~:/?#@!$&'*+,;=%-]*)?"
)
# Bare domains, file-like tokens and abbreviations are hit as well as real addresses (A8).
_DOTTED = re.compile(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.[A-Za-z][\w-]*", re.IGNORECASE)
_SYNTAX = re.compile(r"[*#`\[\]]|^\s*[->]", re.MULTILINE)
_AT_USER = re.compile(r'<qqbot-at-user id="([^"]*)"\s*/>')
_COMMAND = re.compile(r'<qqbot-cmd-(?:input|enter)\s+text="([^"]*)"(?:\s+show="([^"]*)")?[^>]*/>')


def check_words(platform: Platform, bot: Bot, said: str, too_long: int) -> None:
    """`too_long` (the code), 40034028 an address that is not registered, 40034006 bad words."""
    if len(said) > platform.limits.text_chars:
        raise ApiError(too_long)
    check_links(bot, said)
    if any(word in said for word in platform.forbidden_words):
        raise ApiError(40034006)


def check_links(bot: Bot, said: str) -> None:
    """40034028 with the token that looks like an address, unless its domain is registered."""

    def blank(match: re.Match[str]) -> str:
        host = match[1].lower()
        known = any(host == one or host.endswith(f".{one}") for one in bot.domains)
        return " " if known else match[0]

    hit = _DOTTED.search(_REGISTERED.sub(blank, said))
    if hit is not None:
        raise ApiError(40034028, hit[0])


def markdown_of(bot: Bot, body: JsonObject) -> str:
    """The text of `markdown`, native or filled into a template.

    40034127 / 304036 no permission for one or the other, 50057 both, 50041 neither, 304011 no
    such template, 40034008 to 40034010 values that are empty, of two lines, or markdown.
    """
    part = table(body, "markdown")
    content, template = text(part, "content"), text(part, "custom_template_id")
    if content and template:
        raise ApiError(50057)
    if content.strip():
        if not bot.markdown:
            raise ApiError(40034127)
        return content
    if not template:
        raise ApiError(50041)
    if not bot.markdown:
        raise ApiError(304036)
    if template not in bot.templates:
        raise ApiError(304011)
    return _filled(bot.templates[template], rows(part, "params"))


def rendered(platform: Platform, target: Target, said: str) -> str:
    """Markdown as a client shows it: tags become names and captions."""

    def name(match: re.Match[str]) -> str:
        bot, group = target.bot, target.group
        if group is not None:
            person = platform.member_of(bot, group, match[1])
        else:
            person = platform.person_of(bot, match[1])
        return f"@{person.name}" if person else "@"

    def caption(match: re.Match[str]) -> str:
        return f"[{unquote(match[2] or match[1])}]"

    return _COMMAND.sub(caption, _AT_USER.sub(name, said))


def _filled(template: str, params: list[JsonObject]) -> str:
    for param in params:
        value = "".join(words(param, "values"))
        if not value:
            raise ApiError(40034008)
        if "\n" in value or "\r" in value:
            raise ApiError(40034009)
        if _SYNTAX.search(value):
            raise ApiError(40034010)
        template = template.replace("{{." + text(param, "key") + "}}", value)
    return template
