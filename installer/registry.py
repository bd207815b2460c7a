"""The Windows registry as the installer needs it: read, write and take away single values."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

# Type numbers as winreg has them.
REG_SZ, REG_BINARY, REG_DWORD = 1, 3, 4

Value = tuple[int, str | int | bytes]


class Registry(Protocol):
    r"""What is asked of a registry; a key is written ``HKCU\\Software\\…`` and names match in any case."""

    def values(self, key: str) -> dict[str, Value]:
        """Give the values of a key as (type, data); empty where there is no such key."""

    def keys(self, key: str) -> list[str]:
        """Name the keys below a key; empty where there is no such key."""

    def exists(self, key: str) -> bool:
        """Tell whether there is such a key."""

    def create(self, key: str) -> None:
        """Make a key whose parent exists."""

    def write(self, key: str, name: str, value: Value) -> None:
        """Set a value of a key that exists."""

    def delete_value(self, key: str, name: str) -> None:
        """Take away a value; nothing happens where there is none."""

    def delete_key(self, key: str) -> None:
        """Take away a key that has nothing below it; nothing happens where there is none."""


def read(registry: Registry, key: str, name: str) -> str | int | bytes | None:
    """Read one value's data, its name in any case; None where it is not set."""
    for found, (_, data) in registry.values(key).items():
        if found.lower() == name.lower():
            return data
    return None


class NoRegistry:
    """The registry of a system that has none."""

    def values(self, key: str) -> dict[str, Value]:
        """Give nothing."""
        return {}

    def keys(self, key: str) -> list[str]:
        """Name nothing."""
        return []

    def exists(self, key: str) -> bool:
        """Say no."""
        return False

    def create(self, key: str) -> None:
        """Refuse."""
        raise NotImplementedError

    def write(self, key: str, name: str, value: Value) -> None:
        """Refuse."""
        raise NotImplementedError

    def delete_value(self, key: str, name: str) -> None:
        """Do nothing."""

    def delete_key(self, key: str) -> None:
        """Do nothing."""


class WindowsRegistry:
    """The registry of the Windows this runs on; a 64-bit Python sees the 64-bit view."""

    def __init__(self) -> None:
        self._winreg: Any = importlib.import_module("winreg")

    def values(self, key: str) -> dict[str, Value]:
        """Give the values of a key as (type, data); empty where there is no such key or it may not be read."""
        found: dict[str, Value] = {}
        with self._open(key) as handle:
            if handle is not None:
                for index in range(self._winreg.QueryInfoKey(handle)[1]):
                    name, data, kind = self._winreg.EnumValue(handle, index)
                    found[name] = (kind, data)
        return found

    def keys(self, key: str) -> list[str]:
        """Name the keys below a key; empty where there is no such key or it may not be read."""
        with self._open(key) as handle:
            if handle is None:
                return []
            return [self._winreg.EnumKey(handle, index) for index in range(self._winreg.QueryInfoKey(handle)[0])]

    def exists(self, key: str) -> bool:
        """Tell whether there is such a key that may be read."""
        with self._open(key) as handle:
            return handle is not None

    def create(self, key: str) -> None:
        """Make a key."""
        self._winreg.CreateKey(*self._split(key)).Close()

    def write(self, key: str, name: str, value: Value) -> None:
        """Set a value of a key that exists."""
        kind, data = value
        with self._winreg.OpenKey(*self._split(key), 0, self._winreg.KEY_SET_VALUE) as handle:
            self._winreg.SetValueEx(handle, name, 0, kind, data)

    def delete_value(self, key: str, name: str) -> None:
        """Take away a value; nothing happens where there is none."""
        try:
            with self._winreg.OpenKey(*self._split(key), 0, self._winreg.KEY_SET_VALUE) as handle:
                self._winreg.DeleteValue(handle, name)
        except FileNotFoundError:
            return

    def delete_key(self, key: str) -> None:
        """Take away a key that has nothing below it; nothing happens where there is none."""
        try:
            self._winreg.DeleteKey(*self._split(key))
        except FileNotFoundError:
            return

    def _split(self, key: str) -> tuple[Any, str]:
        hive, _, below = key.partition("\\")
        names = {"HKCU": "HKEY_CURRENT_USER", "HKLM": "HKEY_LOCAL_MACHINE"}
        return getattr(self._winreg, names[hive]), below

    @contextmanager
    def _open(self, key: str) -> Iterator[Any]:
        try:
            handle = self._winreg.OpenKey(*self._split(key), 0, self._winreg.KEY_READ)
        except OSError:
            yield None
            return
        with handle:
            yield handle
