"""Makes the partners' environments below .partners/, and finds them for the tests.

`python -m tests.partners.environments [NAME …]`; the exact versions stand in pins/NAME.txt.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent.parent / ".partners"
NAMES = ("aiocqhttp", "nonebot", "ncatbot")


def pins(name: str) -> Path:
    return HERE / "pins" / f"{name}.txt"


def _stamp(name: str) -> Path:
    """A copy of the pins from which the environment was made."""
    return FOLDER / name / "made-from.txt"


def _fresh(name: str) -> bool:
    stamp = _stamp(name)
    return stamp.is_file() and stamp.read_bytes() == pins(name).read_bytes()


def python(name: str) -> Path:
    """The interpreter of a partner's environment; skips the test where it was not made."""
    if not _fresh(name):
        pytest.skip(f"no environment for {name}: run `make partners`")
    return FOLDER / name / "bin" / "python"


def make(name: str) -> None:
    """Makes the environment anew, unless it was made from these pins."""
    if _fresh(name):
        return
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
    venv.create(FOLDER / name, clear=True, with_pip=True)
    interpreter = FOLDER / name / "bin" / "python"
    wanted = ["--quiet", "--disable-pip-version-check", "--no-deps", "-r", str(pins(name))]
    command = [str(interpreter), "-m", "pip", "install", *wanted]
    subprocess.run(command, check=True)  # noqa: S603 - our own pins
    _stamp(name).write_bytes(pins(name).read_bytes())


def main(names: list[str]) -> None:
    for name in names or NAMES:
        if name not in NAMES:
            sys.exit(f"unknown partner {name!r}: one of {', '.join(NAMES)}")
        make(name)
        sys.stdout.write(f"{name}: {FOLDER / name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
