"""NoneBot 2 answering a constant over OneBot v11's reverse WebSocket: a peer to compare with.

Runs in the peer's own virtual environment (benchmarks.peers); imports nothing of ours.
"""

from __future__ import annotations

import sys

import nonebot  # type: ignore[import-not-found]
from nonebot.adapters.onebot.v11 import Adapter  # type: ignore[import-not-found]

ANSWER = "您本周期共计 62 学分"

if __name__ == "__main__":
    nonebot.init(
        driver="~fastapi", host="127.0.0.1", port=int(sys.argv[1]), log_level="ERROR", nickname=[]
    )
    nonebot.get_driver().register_adapter(Adapter)
    matcher = nonebot.on_message(block=True)

    @matcher.handle()  # type: ignore[untyped-decorator]
    async def _answer() -> None:
        await matcher.finish(ANSWER)

    nonebot.run()
