"""Reads the data files shipped in nlp/data. Knows their comments and lines, not what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files


def data_bytes(name: str) -> bytes:
    """The file's content. Raises FileNotFoundError when the installation is incomplete."""
    return (files("nlp") / "data" / name).read_bytes()


def data_lines(name: str) -> Iterator[str]:
    """The lines of a UTF-8 text file without comments (#) and blank lines."""
    for line in data_bytes(name).decode("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line
