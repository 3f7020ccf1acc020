"""What files are and how they are offered for download. Knows no platform and no limit."""

from __future__ import annotations

from urllib.parse import quote

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF", "application/pdf"),
    (b"#!AMR", "audio/amr"),
)


def sniff(data: bytes) -> str:
    """The content type that the first bytes tell; plain bytes otherwise."""
    for head, kind in _SIGNATURES:
        if data.startswith(head):
            return kind
    return "application/octet-stream"


def disposition(name: str, *, inline: bool = False) -> str:
    """A Content-Disposition for a download, with a Chinese name intact."""
    plain = name.encode("ascii", "ignore").decode().replace('"', "") or "file"
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
