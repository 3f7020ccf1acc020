"""Where the settings' file is, and how it is read; knows none of the settings."""

from __future__ import annotations

import os
import re
import tomllib
from importlib.resources.abc import Traversable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from pydantic_settings import TomlConfigSettingsSource

import texts

PROGRAM = Path(__file__).resolve().parents[1]
DEFAULT_DATABASE = "sqlite:///var/office.sqlite"
DEFAULT_FILE = Path("config/office.toml")


class SettingsError(Exception):
    """All that is wrong with the settings, one Chinese sentence a problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = [problem for problem in problems if problem]
        super().__init__("\n".join(self.problems))


def settings_file() -> Path:
    """The one named by SHIXUN_CONFIG; else in the working folder; else beside the program.

    So that a service that was started in another folder finds its office and not the demo.
    """
    named = os.environ.get("SHIXUN_CONFIG")
    if named:
        return Path(named)
    return next(
        (file for file in (DEFAULT_FILE, PROGRAM / DEFAULT_FILE) if file.is_file()), DEFAULT_FILE
    )


class TomlFile(TomlConfigSettingsSource):
    """The TOML file in whatever encoding its editor saved; mistakes are named by line."""

    def _read_file(self, file_path: Path | Traversable) -> dict[str, Any]:
        wrong = f"设置文件写法有误：{file_path}"
        try:
            return tomllib.loads(texts.lines_joined(file_path.read_bytes()))
        except texts.NotTextError:
            raise SettingsError([f"{wrong} 不是文本文件，请用 UTF-8 编码保存"]) from None
        except OSError as error:
            raise SettingsError([f"设置文件 {file_path} 打不开：{error.strerror}"]) from None
        except (ValueError, RecursionError) as error:
            raise SettingsError([f"{wrong} {_where(str(error))}"]) from None


def _where(error: str) -> str:
    """The parser's words may quote a secret; its line does not."""
    found = re.search(r"line (\d+)", error)
    place = f"第 {found[1]} 行附近" if found else "文件末尾附近"
    if re.search(r"Cannot (?:overwrite|declare|mutate|redefine)|Duplicate", error):
        return f"{place}：同一项写了两次，请去掉一处"
    return f"{place}读不下去，请检查引号、等号、方括号：要用英文的，引号要成对"


def beside(file: Path) -> dict[str, object]:
    """The database of settings found beside the program: where the program, not the caller, is."""
    elsewhere = file == PROGRAM / DEFAULT_FILE and Path.cwd() != PROGRAM
    if not elsewhere or os.environ.get("SHIXUN_DATABASE_URL"):
        return {}
    try:
        url = str(tomllib.loads(texts.read(file)).get("database_url", DEFAULT_DATABASE))
    except (ValueError, OSError, RecursionError):
        return {}  # said when it is read in earnest
    path = url.removeprefix("sqlite:///")
    if path == url or Path(path).is_absolute():
        return {}
    return {"database_url": f"sqlite:///{PROGRAM / path}"}


def is_here(host: str) -> bool:
    """Whether only this machine reaches it."""
    name = host.strip().removeprefix("[").removesuffix("]").casefold()
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
