"""What is installed is what was locked: every file by its hash, from no registry that is named."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_version_has_its_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.split(r"(?m)^(?=[a-z0-9])", text)[1:] or [text]
    assert len(pins) > 20
    assert not [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin]
    assert not re.search(r"://|--(extra-)?index-url|--find-links|/tmp", text)


def test_hashes_are_asked_for_at_every_installation() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    installs = [line for line in lines if "install" in line and ".lock" in line]
    assert installs
    assert all("--require-hashes" in line for line in installs)


# Installed and loaded by nothing of ours: needed elsewhere, or dragged in (docs/decisions/004).
NOT_LOADED = {
    "colorama": "only on Windows",
    "et-xmlfile": "openpyxl's, loaded when it writes",
    "psycopg": "SQLAlchemy's way to PostgreSQL, loaded with a URL of one",
    "psycopg-binary": "psycopg's own part in C, loaded with it",
    "pycparser": "cffi's, needed when it is built",
    "python-dotenv": "pydantic-settings', where there is a .env",
    "pywin32": "only on Windows",
    "requests-pkcs12": "wechatpy's, for payments",
    "tzdata": "data, read where the machine has no zones",
    "greenlet": "SQLAlchemy's, for its asyncio part",
}
_LOADED = """
import ast, importlib, importlib.metadata, pathlib, pkgutil, sys
for room in ("bot", "handlers", "nlp", "storage", "config", "texts", "simulator"):
    for each in pkgutil.walk_packages(importlib.import_module(room).__path__, room + "."):
        if ".training" not in each.name and ".migrations" not in each.name:
            importlib.import_module(each.name)
    # and what is imported only when it is needed
    for path in pathlib.Path(room).rglob("*.py"):
        if "training" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for name in names:
                if name not in sys.modules and importlib.util.find_spec(name.partition(".")[0]):
                    importlib.import_module(name)
tops = {name.partition(".")[0] for name in sys.modules}
of = importlib.metadata.packages_distributions()
print(*sorted({each.lower().replace("_", "-") for top in tops for each in of.get(top, ())}))
"""


def test_what_is_installed_is_loaded_or_explained() -> None:
    """Whatever else comes with a library is code that nobody here looks at."""
    ran = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", _LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.split())
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {each.lower().replace("_", "-") for each in re.findall(r"(?m)^([\w.-]+)==", text)}
    assert locked - loaded <= set(NOT_LOADED)
    reasons = (ROOT / "docs" / "decisions" / "004-libraries.md").read_text(encoding="utf-8")
    dragged = {name for name, why in NOT_LOADED.items() if "wechatpy" in why}
    assert all(name in reasons for name in dragged)
