"""What an account may look like on each platform, so that no message goes to more than one.

WeCom takes `@all` and `a|b` for receivers: a member's id is 1 to 64 letters, digits and _-@. and
begins with a letter or digit (wecom.md, Members). Knows no tables.
"""

from __future__ import annotations

import re

_MEMBER = re.compile(r"[0-9a-z][0-9a-z_\-@.]{0,63}", re.ASCII | re.IGNORECASE)
# ids of the official QQ bot, numbers of QQ, and accounts of one group: G1:M1
_PLAIN = re.compile(r"[0-9a-z][0-9a-z_\-:.]{0,127}", re.ASCII | re.IGNORECASE)
_RULES = {"wecom": _MEMBER, "qq": _PLAIN, "onebot": _PLAIN}
_ANY = re.compile(r"[^\s|@,;\x00-\x20\x7f]{1,128}")


def is_address(channel: str, account: str) -> bool:
    """Whether an account of this channel, or of this namespace, can be one person's.

    wecom_bot and wecom_socket write to members of wecom, qq_group to members of a QQ group.
    """
    rule = _RULES.get(channel.partition("_")[0], _ANY)
    return rule.fullmatch(account) is not None
