"""Rules with a shape: counters never let more through, chunks make the file in any order."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import SimClock
from simulator.common.rates import HOUR, MINUTE, Counters, Rate
from simulator.common.values import JsonObject, text
from simulator.wecom import FakeWeCom
from simulator.wecom.gateway_uploads import Uploads
from simulator.wecom.state import Corp

START = datetime(2021, 7, 12, tzinfo=UTC)


@given(
    gaps=st.lists(st.integers(0, 90), min_size=1, max_size=60),
    per_minute=st.integers(1, 6),
    per_hour=st.integers(1, 12),
)
def test_no_window_ever_holds_more_than_its_rate(
    gaps: list[int], per_minute: int, per_hour: int
) -> None:
    rates = (Rate(per_minute, MINUTE), Rate(per_hour, HOUR))
    counters, now, passed = Counters(), START, list[datetime]()
    for gap in gaps:
        now += timedelta(seconds=gap)
        room = all(
            sum(1 for at in passed if at >= now - rate.window) < rate.count for rate in rates
        )
        taken = counters.take("a", rates, now)
        assert taken is room
        if taken:
            passed.append(now)


@given(
    data=st.binary(min_size=6, max_size=400),
    size=st.integers(1, 100),
    first=st.integers(0, 1),
    shuffled=st.randoms(use_true_random=False),
)
def test_chunks_in_any_order_and_repeated_make_the_file(
    data: bytes, size: int, first: int, shuffled: Random
) -> None:
    uploads = Uploads(FakeWeCom(SimClock(START, frozen=True)).platform)
    corp = Corp("ww0123456789abcdef")
    bot = corp.add_aibot("AIB1", "小师", secret="s")
    parts = [data[i : i + size] for i in range(0, len(data), size)]
    if len(parts) > 100:
        return
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    begun: JsonObject = {"type": "file", "filename": "a.xlsx", "total_size": len(data)}
    begun |= {"total_chunks": len(parts), "md5": digest}
    ident = text(uploads.do(corp, bot, "aibot_upload_media_init", begun), "upload_id")
    order = [*range(len(parts)), 0]
    shuffled.shuffle(order)
    for index in order:
        coded = base64.b64encode(parts[index]).decode()
        body: JsonObject = {"upload_id": ident, "chunk_index": first + index}
        uploads.do(corp, bot, "aibot_upload_media_chunk", body | {"base64_data": coded})
    done = uploads.do(corp, bot, "aibot_upload_media_finish", {"upload_id": ident})
    assert corp.media[text(done, "media_id")].data == data
