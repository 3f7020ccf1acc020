"""The statistical scorer: weights shipped as data, summed in plain Python.

A feature's weights for all intents are one big integer of 16-bit lanes, so that adding a feature
is one addition. No numpy; the same bytes give the same scores everywhere.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypedDict

from nlp.resources import data_bytes

MAGIC = b"shixun-weights-1\n"
_BIAS = 128
_LANE = 2
# 255 × 256 still fits a 16-bit lane
_MOST_FEATURES = 256


class Header(TypedDict):
    """What precedes the names and the matrix in the file."""

    trainer: int
    features: int
    examples: str
    intents: list[str]
    scales: list[float]
    biases: list[float]
    temperature: float
    counts: list[int]


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by feature name. `score` gives a margin an intent, in the order of `intents`."""

    header: Header
    rows: Mapping[str, int]

    @property
    def intents(self) -> tuple[str, ...]:
        """The intents that it knows, sorted."""
        return tuple(self.header["intents"])

    def score(self, families: Sequence[Sequence[str]]) -> list[float]:
        """Margins from the features of each family (nlp.features.Extractor.features)."""
        lanes = len(self.header["biases"])
        out = list(self.header["biases"])
        get = self.rows.get
        for scale, names in zip(self.header["scales"], families, strict=True):
            if not names:
                continue
            known = [row for name in names[:_MOST_FEATURES] if (row := get(name)) is not None]
            total = sum(known)
            factor = scale / math.sqrt(min(len(names), _MOST_FEATURES))
            middle = _BIAS * len(known)
            sums = memoryview(total.to_bytes(lanes * _LANE, "little")).cast("H")
            for index, value in enumerate(sums):
                out[index] += (value - middle) * factor
        return out


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """The model in nlp/data, loaded once; it is never changed."""
    return load_model(data_bytes("weights.bin"))


def load_model(data: bytes) -> Model:
    """A model from the bytes of a weights file. Raises ValueError when it is not such a file."""
    if not data.startswith(MAGIC):
        raise ValueError("weights.bin: not a weights file")
    body = zlib.decompress(data[len(MAGIC) :])
    first, _, rest = body.partition(b"\n")
    header: Header = json.loads(first)
    names, _, matrix = rest.partition(b"\0")
    width = len(header["intents"])
    wide = bytearray(len(matrix) * _LANE)
    wide[::_LANE] = matrix
    step = width * _LANE
    view = memoryview(wide)
    keys = names.decode("utf-8").split("\n")
    if len(keys) * step != len(wide):
        raise ValueError("weights.bin: damaged")
    rows = {
        key: int.from_bytes(view[index * step : (index + 1) * step], "little")
        for index, key in enumerate(keys)
    }
    return Model(header, rows)


def pack(header: Header, names: Sequence[str], matrix: bytes) -> bytes:
    """The file's bytes: `matrix` has one unsigned byte (weight + 128) a feature and intent."""
    first = json.dumps(header, ensure_ascii=False, sort_keys=True).encode()
    body = first + b"\n" + "\n".join(names).encode() + b"\0" + matrix
    return MAGIC + zlib.compress(body, 9)
