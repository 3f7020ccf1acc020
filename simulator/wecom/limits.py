"""The published figures of the platform as data.

Sources are sections of the protocol page. A test lowers a figure with `dataclasses.replace`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from simulator.common.rates import DAY, HOUR, KB, MB, MINUTE, MONTH, Rate


@dataclass(frozen=True, slots=True)
class Limits:
    """Every figure the fake enforces; times are lengths, sizes are bytes."""

    token_life: timedelta = timedelta(seconds=7200)  # 2.1
    text_bytes: int = 2048  # 2.3, cut off
    markdown_bytes: int = 2048  # 2.3
    webhook_markdown_bytes: int = 4096  # 3
    webhook_image_bytes: int = 2 * MB  # 3
    title_bytes: int = 128  # 2.3
    description_bytes: int = 512  # 2.3
    url_bytes: int = 2048  # 2.3
    articles: int = 8  # 2.3
    receivers: int = 1000  # 2.2
    parties: int = 100  # 2.2
    duplicate_default: timedelta = timedelta(seconds=1800)  # 2.2
    duplicate_most: timedelta = timedelta(hours=4)  # 2.2
    recall_within: timedelta = timedelta(hours=24)  # 2.5
    response_code_life: timedelta = timedelta(hours=72)  # 2.5
    login_code_life: timedelta = timedelta(minutes=5)  # 2.10
    media_life: timedelta = timedelta(days=3)  # 2.7
    media_least: int = 6  # 2.7, more than five bytes
    image_bytes: int = 10 * MB  # 2.7
    voice_bytes: int = 2 * MB  # 2.7
    video_bytes: int = 10 * MB  # 2.7
    file_bytes: int = 20 * MB  # 2.7
    chat_members_least: int = 2  # 2.6
    chat_members_most: int = 2000  # 2.6
    chat_name_chars: int = 50  # 2.6
    chat_id_chars: int = 32  # 2.6
    openuserids: int = 1000  # 4.6
    stream_bytes: int = 20480  # 4.4
    stream_window: timedelta = timedelta(minutes=6)  # 4.4
    interactions: int = 3  # 4.2, at the same time, per user and bot
    response_url_life: timedelta = timedelta(hours=1)  # 4.5
    media_url_life: timedelta = timedelta(minutes=5)  # 4.2
    bot_file_bytes: int = 100 * MB  # 4.2, what a person may send to an AI bot
    bot_chat: tuple[Rate, ...] = (Rate(30, MINUTE), Rate(1000, HOUR))  # 4.7, per chat
    stream_frames_count: bool = False  # whether each frame counts there: not published
    bot_reply_within: timedelta = timedelta(hours=24)  # 4.7
    bot_event_seconds: float = 5.0  # 4.7, real time: welcome and card update
    bot_uploads: tuple[Rate, ...] = (Rate(30, MINUTE), Rate(1000, HOUR))  # 4.7, per bot
    chunk_bytes: int = 512 * KB  # 4.7
    chunks: int = 100  # 4.7
    upload_life: timedelta = timedelta(minutes=30)  # 4.7
    subscribes: tuple[Rate, ...] = ()  # 4.7 says protected, the figure is not published
    socket_silence_seconds: float = 90.0  # three missed pings; not published
    kick_close_seconds: float = 2.0  # 4.7: closed 2 to 313 s after the event
    callback_seconds: float = 5.0  # 1.4
    verify_seconds: float = 1.0  # 1.2
    callback_retries: int = 3  # 1.4
    retry_pause_seconds: float = 0.2  # not published (8)
    stream_poll_seconds: float = 0.5  # not published
    each_api: tuple[Rate, ...] = (Rate(10_000, MINUTE), Rate(150_000, HOUR))  # 5.1, per corp
    each_ip: tuple[Rate, ...] = (Rate(20_000, MINUTE), Rate(600_000, HOUR))  # 5.1
    gettoken: tuple[Rate, ...] = ()  # 2.1 says limited, the figure is not published
    gettoken_debug: tuple[Rate, ...] = (Rate(5, MINUTE),)  # 2.1, 5.1
    picture_urls: tuple[Rate, ...] = (Rate(1000, DAY), Rate(3000, MONTH))  # 2.7, uploadimg
    member_from_app: tuple[Rate, ...] = (Rate(30, MINUTE), Rate(1000, HOUR))  # 5.1, silent
    send_per_account: int = 200  # 5.1, person-times a day and app
    member_from_chats: tuple[Rate, ...] = (Rate(200, MINUTE), Rate(10_000, DAY))  # 2.6, silent
    chat_create: tuple[Rate, ...] = (Rate(1000, DAY),)  # 2.6
    chat_update: tuple[Rate, ...] = (Rate(1000, HOUR),)  # 2.6
    # The hourly figure differs between pages and by the size of the corp: this is the smallest.
    chat_person_times: tuple[Rate, ...] = (Rate(20_000, MINUTE), Rate(150_000, HOUR))  # 2.6
    webhook: tuple[Rate, ...] = (Rate(20, MINUTE),)  # 3
    wrong_secrets: tuple[Rate, ...] = (Rate(2000, HOUR),)  # 2.1
