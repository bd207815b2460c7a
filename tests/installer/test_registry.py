"""The real registry's class, driven through a stand-in for Python's winreg that keeps to its documented calls."""

import sys
import types

import pytest

from installer.registry import REG_DWORD, REG_SZ, NoRegistry, WindowsRegistry, read

KEY = r"HKCU\Software\xlalm"


class Handle:
    def __init__(self, values):
        self.values = values

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        return None

    Close = __exit__


def winreg(content):
    """Keep keys as (hive, path) → {name: (data, type)}, names in any case, like winreg."""
    module = types.ModuleType("winreg")
    module.HKEY_CURRENT_USER, module.HKEY_LOCAL_MACHINE = "HKCU!", "HKLM!"
    module.KEY_READ, module.KEY_SET_VALUE = 1, 2

    def find(hive, path):
        return next((key for key in content if key[0] == hive and key[1].lower() == path.lower()), None)

    def open_key(hive, path, reserved=0, access=1):
        key = find(hive, path)
        if key is None:
            raise FileNotFoundError(2, "no such key")
        if path == "secret":
            raise PermissionError(5, "access is denied")
        handle = Handle(content[key])
        handle.below = [
            k[1].rpartition("\\")[2]
            for k in content
            if k[0] == hive and k[1].rpartition("\\")[0].lower() == path.lower()
        ]
        return handle

    def create_key(hive, path):
        content.setdefault(find(hive, path) or (hive, path), {})
        return open_key(hive, path)

    def delete_key(hive, path):
        if find(hive, path) is None:
            raise FileNotFoundError(2, "no such key")
        del content[find(hive, path)]

    def delete_value(handle, name):
        if name not in handle.values:
            raise FileNotFoundError(2, "no such value")
        del handle.values[name]

    module.OpenKey, module.CreateKey, module.DeleteKey, module.DeleteValue = (
        open_key,
        create_key,
        delete_key,
        delete_value,
    )
    module.QueryInfoKey = lambda handle: (len(handle.below), len(handle.values), 0)
    module.EnumKey = lambda handle, index: handle.below[index]
    module.EnumValue = lambda handle, index: [(n, d, k) for n, (d, k) in handle.values.items()][index]
    module.SetValueEx = lambda handle, name, reserved, kind, data: handle.values.__setitem__(name, (data, kind))
    return module


@pytest.fixture
def registry(monkeypatch):
    content = {("HKCU!", "Software"): {"Name": ("text", REG_SZ)}, ("HKLM!", "secret"): {"a": (1, REG_DWORD)}}
    monkeypatch.setitem(sys.modules, "winreg", winreg(content))
    return WindowsRegistry()


def test_values_are_written_read_and_taken_away(registry):
    assert not registry.exists(KEY)
    registry.create(KEY)
    registry.write(KEY, "OPEN", (REG_SZ, "a"))
    registry.write(KEY, "Count", (REG_DWORD, 3))
    assert registry.values(KEY) == {"OPEN": (REG_SZ, "a"), "Count": (REG_DWORD, 3)}
    assert read(registry, KEY, "open") == "a"
    assert read(registry, KEY, "none") is None
    assert registry.keys(r"HKCU\Software") == ["xlalm"]
    registry.delete_value(KEY, "OPEN")
    registry.delete_value(KEY, "OPEN")
    assert registry.values(KEY) == {"Count": (REG_DWORD, 3)}
    registry.delete_key(KEY)
    registry.delete_key(KEY)
    assert not registry.exists(KEY)


def test_what_is_missing_or_may_not_be_read_is_empty(registry):
    for key in (KEY, r"HKLM\secret"):
        assert registry.values(key) == {}
        assert registry.keys(key) == []
        assert registry.exists(key) is False


def test_system_without_a_registry_has_nothing():
    registry = NoRegistry()
    assert (registry.values(KEY), registry.keys(KEY), registry.exists(KEY)) == ({}, [], False)
    registry.delete_value(KEY, "OPEN")
    registry.delete_key(KEY)
    with pytest.raises(NotImplementedError):
        registry.create(KEY)
    with pytest.raises(NotImplementedError):
        registry.write(KEY, "OPEN", (REG_SZ, "a"))
