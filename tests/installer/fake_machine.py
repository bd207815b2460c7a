"""A Windows and a Mac that lie in a folder, and a pip that makes a small environment: for tests on any system."""

import base64
import json
import os
import re
import shutil
import sys
import zipfile
from pathlib import Path

from installer.layout import Layout
from installer.machine import EXCEL_OPTIONS, Machine
from installer.registry import REG_BINARY, REG_DWORD, REG_SZ, NoRegistry

KILLED = 9
WHEEL = "xlalm-0.1.0-py3-none-any.whl"
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.symlink"}
OTHERS = '"C:\\Program Files\\Vendor\\vendor.xlam"'


class FakeRegistry:
    """A registry in a file, so that what a killed process did to it is still there; names match in any case."""

    def __init__(self, path):
        self.path = path
        if not path.exists():
            self._save({})

    def set(self, key, **values):
        """Set up a key with values given as plain data."""
        kinds = {str: REG_SZ, int: REG_DWORD, bytes: REG_BINARY}
        for depth in range(1, key.count("\\") + 1):
            self.create("\\".join(key.split("\\")[: depth + 1]))
        for name, data in values.items():
            self.write(key, name, (kinds[type(data)], data))

    def values(self, key):
        found = self._load().get(self._name(key), {})
        return {
            name: (kind, base64.b64decode(data) if kind == REG_BINARY else data) for name, (kind, data) in found.items()
        }

    def keys(self, key):
        above = key.lower() + "\\"
        below = [each[len(above) :] for each in self._load() if each.lower().startswith(above)]
        return [each for each in below if "\\" not in each]

    def exists(self, key):
        return self._name(key) in self._load()

    def create(self, key):
        content = self._load()
        above = self._name(key.rpartition("\\")[0])
        assert above in content or "\\" not in above, f"{key}: its parent does not exist"
        content.setdefault(self._name(key), {})
        self._save(content)

    def write(self, key, name, value):
        content = self._load()
        values = content[self._name(key)]
        name = next((each for each in values if each.lower() == name.lower()), name)
        values[name] = [value[0], base64.b64encode(value[1]).decode() if value[0] == REG_BINARY else value[1]]
        self._save(content)

    def delete_value(self, key, name):
        content = self._load()
        values = content.get(self._name(key), {})
        for each in [each for each in values if each.lower() == name.lower()]:
            del values[each]
        self._save(content)

    def delete_key(self, key):
        assert not self.keys(key), f"{key} has keys below it"
        content = self._load()
        content.pop(self._name(key), None)
        self._save(content)

    def _name(self, key):
        return next((each for each in self._load() if each.lower() == key.lower()), key)

    def _load(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def _save(self, content):
        partial = self.path.with_suffix(".new")
        partial.write_text(json.dumps(content, indent=1, sort_keys=True))
        partial.replace(self.path)


class Programs:
    """Answers the programs that the installer asks; by default none is there."""

    def __init__(self, **answers):
        self.answers, self.calls = answers, []

    def __call__(self, command):
        self.calls.append(list(command))
        name = Path(command[0]).name.removesuffix(".exe")
        answer = self.answers.get(name, (127, "not found"))
        return answer(command) if callable(answer) else answer


def windows(folder, programs=None):
    """Lay out a Windows user with a blank and a letter beyond ASCII in the name, and with somebody else's add-in."""
    home = folder / "Users" / "Ana Müller"
    for name in ("AppData/Local", "AppData/Roaming/Microsoft", "Documents"):
        (home / name).mkdir(parents=True, exist_ok=True)
    known = {
        "LOCALAPPDATA": str(home / "AppData" / "Local"),
        "APPDATA": str(home / "AppData" / "Roaming"),
        "USERPROFILE": str(home),
        "USERNAME": "Ana Müller",
    }
    registry = FakeRegistry(folder / "registry.json")
    if not registry.exists(EXCEL_OPTIONS):
        registry.set(EXCEL_OPTIONS, OPEN=OTHERS, Maximized=3)
    return Machine("windows", home, known, registry, programs or Programs(), folder / "Python312")


def mac(folder, programs=None):
    """Lay out a Mac user who has started Excel once."""
    home = folder / "Users" / "ana"
    (home / "Library" / "Containers" / "com.microsoft.Excel" / "Data").mkdir(parents=True, exist_ok=True)
    (home / "Library" / "Group Containers" / "UBF8T346G9.Office").mkdir(parents=True, exist_ok=True)
    (home / "Documents").mkdir(exist_ok=True)
    python = folder / "Python.framework"
    return Machine("macos", home, {"HOME": str(home)}, NoRegistry(), programs or Programs(), python)


SYSTEMS = {"windows": windows, "macos": mac}


def source(folder, text="one"):
    """Make a checkout just large enough to install from; ``text`` tells its version."""
    (folder / "xlalm").mkdir(parents=True)
    (folder / "workbooks" / "examples" / "plan").mkdir(parents=True)
    (folder / "udfs").mkdir()
    (folder / "installer").mkdir()
    (folder / "LICENSE").write_text("free")
    (folder / "pyproject.toml").write_text('[project]\nname = "xlalm"\nversion = "0.1.0"\ndependencies = ["attrs"]\n')
    (folder / "requirements.lock").write_text(f"# {text}\nattrs==26.1.0 \\\n    --hash=sha256:00\n")
    (folder / "xlalm" / "__init__.py").write_text(text)
    (folder / "installer" / "__main__.py").write_text(text)
    (folder / "workbooks" / "alco_template.xlsx").write_text(f"template {text}")
    (folder / "workbooks" / "examples" / "plan" / "plan.xlsx").write_text(f"plan {text}")
    addin(folder / "udfs" / "xlalm.xlam", text)
    return Layout(folder)


def addin(path, text, *parts):
    with zipfile.ZipFile(path, "w") as file:
        for name in ("xl/vbaProject.bin", *parts):
            file.writestr(zipfile.ZipInfo(name), text)


class Pip:
    """Stands in for venv and pip: makes an environment that looks right from outside, and notes what was asked."""

    def __init__(self, script="xlwings-0.37.8.applescript"):
        self.script, self.calls = script, []

    def __call__(self, command, layout, line_seen):
        if command[1:3] == ["-m", "venv"]:
            self.calls.append("venv")
            packages = "Lib/site-packages" if layout.windows else f"lib/python3.{sys.version_info[1]}/site-packages"
            pip = layout.venv / packages / "pip"
            layout.python.parent.mkdir(parents=True)
            layout.python.write_text(f'#!/bin/sh\ntest -d "{pip}"\n')
            layout.python.chmod(0o755)
            version = ".".join(map(str, sys.version_info[:3]))
            home = Path(sys.executable).parent
            (layout.venv / "pyvenv.cfg").write_text(f"home = {home}\nversion = {version}\n")
            pip.mkdir(parents=True)
        elif "--require-hashes" in command:
            self.calls.append("lock")
            (layout.packages / "xlwings").mkdir(exist_ok=True)
            (layout.packages / "xlwings" / self.script).write_text("on VbaHandler")
            (layout.venv / "xlwings64-0.37.8.dll").write_text("MZ")
        else:
            self.calls.append("project")
            (layout.packages / "xlalm" / "_udfs").mkdir(parents=True, exist_ok=True)
            (layout.packages / "xlalm" / "__init__.py").write_text((layout.root / "xlalm" / "__init__.py").read_text())
        return 0, ""


class Downloads(Pip):
    """A pip that also downloads and builds: writes a small file for each wheel of the lock it is given."""

    def __init__(self, fail_with=None):
        super().__init__()
        self.commands, self.locks, self.fail_with = [], [], fail_with

    def __call__(self, command, layout, line_seen):
        self.commands.append(list(command))
        if "download" in command:
            if self.fail_with:
                return 1, self.fail_with
            lock = Path(command[command.index("-r") + 1]).read_text()
            self.locks.append(lock)
            for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock, flags=re.MULTILINE):
                Path(command[command.index("--dest") + 1], f"{name}-{version}-py3-none-any.whl").write_text("wheel")
            return 0, ""
        if "wheel" in command:
            Path(command[command.index("--wheel-dir") + 1], WHEEL).write_text("own wheel")
            return 0, ""
        return super().__call__(command, layout, line_seen)


def never(command, layout, line_seen):
    raise AssertionError(command)


def snapshot(folder):
    """Give every file with its bytes and every folder below one."""
    found = {}
    for path in sorted(folder.rglob("*")):
        found[path.relative_to(folder).as_posix()] = path.read_bytes() if path.is_file() else "folder"
    return found


def killed_at(event, folder, deed):
    """Do a deed in a process of its own that is killed before it changes the folder for the n-th time.

    Returns whether it was killed; every file that is opened for writing, made, renamed or removed counts.
    """
    child = os.fork()
    if child:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, KILLED), "the deed failed"
        return code == KILLED
    seen = 0

    def watch(name, arguments):
        nonlocal seen
        if name in CHANGES or (name == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")):
            path = arguments[0]
            # rmtree removes by name within an open folder.
            if isinstance(path, str | os.PathLike) and (
                str(path).startswith(str(folder)) or not Path(path).is_absolute()
            ):
                seen += 1
                if seen == event:
                    os._exit(KILLED)

    code = 1
    try:
        sys.addaudithook(watch)
        sys.stdout = Path(os.devnull).open("w")
        deed()
        code = 0
    finally:
        os._exit(code)


def restore(folder, copy):
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)
