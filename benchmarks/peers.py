"""The peers that the main path stands beside: each in a virtual environment of its own.

They are no dependency of ours: installed into .cache on first use, left out with the reason where
that cannot be.
"""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / ".cache" / "peers" / "nonebot"
PACKAGES = ("nonebot2[fastapi]==2.5.0", "nonebot-adapter-onebot==2.4.6")
PATIENCE = 300  # seconds for the installation


def nonebot_python() -> Path | str:
    """The interpreter that has NoneBot, or why there is none."""
    python = FOLDER / "bin" / "python"
    if not python.exists():
        venv.create(FOLDER, with_pip=True)
    if _has_nonebot(python):
        return python
    try:
        done = subprocess.run(  # noqa: S603
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES],
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return f"its installation took more than {PATIENCE} s"
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["pip failed"]
        return f"it could not be installed ({lines[-1]})"
    return python if _has_nonebot(python) else "it was installed but cannot be imported"


def _has_nonebot(python: Path) -> bool:
    told = subprocess.run(  # noqa: S603
        [python, "-c", "import nonebot, fastapi, nonebot.adapters.onebot.v11"],
        check=False,
        capture_output=True,
    )
    return told.returncode == 0
