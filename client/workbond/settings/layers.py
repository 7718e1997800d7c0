"""Where a value comes from: flag, environment, project file, user file, default, in this order.

    layers = Layers()
    found = layers.find("rpc", given=("http://127.0.0.1:8545",))
    found.value, found.origin      # ('http://127.0.0.1:8545',), Origin(FLAG, '--rpc')

The user's file is `config.toml` in the configuration directory (WORKBOND_CONFIG names another), the
project's is the nearest `workbond.toml` in this directory or above it. A file that somebody else
owns is left alone: anybody can put one into /tmp.
"""

from __future__ import annotations

import contextlib
import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from workbond.errors import UsageError
from workbond.settings.declared import SETTINGS, TABLES
from workbond.settings.setting import Setting

PROJECT_FILE = "workbond.toml"
USER_FILE_VARIABLE = "WORKBOND_CONFIG"
FILE_BYTES_MAX = 256 * 1024
PARENTS_MAX = 32


class Layer(IntEnum):
    """Places a value can come from; a lower number wins."""

    FLAG = 0
    ENVIRONMENT = 1
    PROJECT = 2
    USER = 3
    DEFAULT = 4

    @property
    def label(self) -> str:
        return ("flag", "environment", "project file", "user file", "default")[self]


@dataclass(frozen=True)
class Origin:
    """A layer, and where in it: a flag's or variable's name, or a file."""

    layer: Layer
    where: str = ""

    def __str__(self) -> str:
        return f"{self.layer.label} {self.where}".strip()


@dataclass(frozen=True)
class Found:
    """A setting's value and where it came from."""

    value: Any
    origin: Origin


@dataclass(frozen=True)
class SettingsFile:
    """One of the two files. `why_ignored` is empty for a file that counts."""

    layer: Layer
    path: Path
    why_ignored: str = ""

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """What it says; an ignored or missing file says nothing. Raises `UsageError`."""
        return {} if self.why_ignored else _read(self)


class Layers:
    """The environment and files of one command, read once and only if needed.

    Args:
        environment: variables; the process's by default.
        directory: where to look for the project's file; the current directory by default.
    """

    def __init__(
        self, environment: Mapping[str, str] | None = None, directory: Path | None = None
    ) -> None:
        self.environment = os.environ if environment is None else environment
        self._directory = directory

    def find(self, name: str, given: object = None) -> Found:
        """The value of setting `name`; `given` is what its flag says, None without one.

        Raises:
            UsageError: a value of the wrong form, or a broken file; the line says where.
        """
        setting = SETTINGS[name]
        if given is not None:
            return _parsed(setting, given, Origin(Layer.FLAG, setting.flag))
        for variable in setting.variables:
            if raw := self.environment.get(variable):
                return _parsed(setting, raw, Origin(Layer.ENVIRONMENT, variable))
        for file in self.files:
            table = file.content.get(setting.table, {}) if setting.table else file.content
            if setting.key in table:
                found = _parsed(setting, table[setting.key], Origin(file.layer, str(file.path)))
                return replace(found, value=_beside(file.path, found.value))
        return Found(setting.default_value(), Origin(Layer.DEFAULT))

    @cached_property
    def files(self) -> tuple[SettingsFile, ...]:
        """The project's file, if there is one, and the user's, there or not."""
        found = [self._project_file(), SettingsFile(Layer.USER, self._user_path())]
        return tuple(file for file in found if file is not None)

    def networks(self) -> dict[str, list[tuple[Mapping[str, Any], Origin]]]:
        """The tables `[networks.NAME]` of both files, the project's before the user's."""
        found: dict[str, list[tuple[Mapping[str, Any], Origin]]] = {}
        for file in self.files:
            for name, table in file.content.get("networks", {}).items():
                found.setdefault(name, []).append((table, Origin(file.layer, str(file.path))))
        return found

    def _user_path(self) -> Path:
        named = self.environment.get(USER_FILE_VARIABLE)
        if named:
            try:
                return Path(named).expanduser()
            except RuntimeError:  # ~ of a user whom nobody knows
                raise UsageError(
                    f"{USER_FILE_VARIABLE}: there is no home directory for {named[:80]!r}"
                ) from None
        import platformdirs

        return Path(platformdirs.user_config_dir("workbond", appauthor=False)) / "config.toml"

    def _project_file(self) -> SettingsFile | None:
        try:
            here = (self._directory or Path.cwd()).absolute()
        except OSError:  # the current directory was removed
            return None
        for directory in (here, *here.parents)[:PARENTS_MAX]:
            path = directory / PROJECT_FILE
            with contextlib.suppress(OSError):  # a directory that is closed to us
                if path.is_file():
                    return SettingsFile(Layer.PROJECT, path, _why_ignored(path))
        return None


def _why_ignored(path: Path) -> str:
    if not hasattr(os, "getuid"):  # not POSIX: no owner to compare
        return ""
    owner = path.stat().st_uid
    return "" if owner in (os.getuid(), 0) else "it belongs to another user"


def _beside(file: Path, value: Any) -> Any:
    """Paths in a file are relative to it, wherever the command is run."""
    if isinstance(value, Path):
        return file.parent / value
    if isinstance(value, tuple):
        return tuple(_beside(file, item) for item in value)
    return value


def _parsed(setting: Setting, raw: object, origin: Origin) -> Found:
    try:
        return Found(setting.parse(raw), origin)
    except UsageError as error:
        raise UsageError(f"{setting.key} ({origin}): {error}") from None


# ────────────────────────────────── files ─────────────────────────────────────


def _read(file: SettingsFile) -> Mapping[str, Any]:
    try:
        with file.path.open("rb") as opened:
            data = opened.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(
            f"can't read the settings in {file.path} ({error.strerror}): check its permissions"
        ) from error
    if len(data) > FILE_BYTES_MAX:
        raise UsageError(f"{file.path} has more than {FILE_BYTES_MAX} bytes: it is no settings")
    import tomllib  # late, as most people have no such file

    try:
        content = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UsageError(f"the settings in {file.path} are not valid TOML: {reason}") from error
    _check_names(content, file)
    return content


def _check_names(content: Mapping[str, Any], file: SettingsFile) -> None:
    """A misspelt name must not silently leave its setting at the default."""
    known = {"networks", *TABLES, *(name for name in SETTINGS if "." not in name)}
    for key, value in content.items():
        if key not in known:
            raise _unknown(key, known, file)
        if key != "networks" and key not in TABLES:
            _check_allowed(SETTINGS[key], file)
            continue
        if not isinstance(value, dict):
            raise UsageError(f"{file.path}: {key} must be a table, [{key}]")
        if key == "networks":
            continue
        inner = {s.key: s for s in SETTINGS.values() if s.table == key}
        for name in value:
            if name not in inner:
                raise _unknown(name, set(inner), file)
            _check_allowed(inner[name], file)


def _check_allowed(setting: Setting, file: SettingsFile) -> None:
    if file.layer is Layer.PROJECT and not setting.project:
        raise UsageError(
            f"{file.path}: {setting.name} can't be set by a project's file, which may be a "
            "stranger's: set it in your own file (see `workbond config show`)"
        )


def _unknown(key: str, known: set[str], file: SettingsFile) -> UsageError:
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]}?" if close else "see `workbond config show` for the names"
    shown = key if key.isprintable() else repr(key)
    return UsageError(f"{file.path}: there is no setting {shown[:60]}; {hint}")
