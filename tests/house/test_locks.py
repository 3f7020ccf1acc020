"""What is installed is what was locked: every file by its hash, from no registry that is named."""

from __future__ import annotations

import re

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
