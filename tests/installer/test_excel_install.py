"""What `installer install` and `uninstall` promise where there is Excel, tried on a Windows and a Mac in a folder."""

import re
import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from installer import addins, excel, verbs
from installer.environment import fingerprint
from installer.excel import install_for_excel, uninstall_from_excel
from installer.failures import InstallError
from installer.journal import Journal
from installer.layout import Layout
from installer.machine import EXCEL_OPTIONS
from installer.registry import REG_SZ
from tests.installer.fake_machine import (
    OTHERS,
    Pip,
    Programs,
    mac,
    never,
    snapshot,
    source,
    windows,
)


def settings(machine):
    lines = machine.configuration.read_bytes().decode("ascii").splitlines()
    return dict(line.strip('"').split('","') for line in lines)


def listed(machine):
    return {name: data for name, data in addins.listed(machine.registry, EXCEL_OPTIONS).values()}


# --- what is placed ---------------------------------------------------------------------------------------------------


def test_windows_gets_all_it_needs(place, checkout):
    machine = windows(place)
    assert install_for_excel(machine, checkout, run=Pip()) == 0
    roaming = place / "Users/Ana Müller/AppData/Roaming"
    assert machine.addin == roaming / "Microsoft/AddIns/xlalm.xlam"
    assert machine.addin.read_bytes() == checkout.addin.read_bytes()
    assert listed(machine) == {"OPEN": OTHERS, "OPEN1": f'"{machine.addin}"'}
    assert (machine.templates / "alco_template.xlsx").read_text() == "template one"
    assert (machine.templates / "examples" / "plan" / "plan.xlsx").read_text() == "plan one"
    told = settings(machine)
    assert told["INTERPRETER_WIN"] == r"%LOCALAPPDATA%\xlalm\environment\Scripts\python.exe"
    assert told["PYTHONPATH"] == r"%LOCALAPPDATA%\xlalm\environment\Lib\site-packages\xlalm\_udfs"
    for name in ("INTERPRETER_WIN", "PYTHONPATH"):
        assert Path(machine.expand(told[name]).replace("\\", "/")).exists(), "what xlwings expands must be there"
    assert told["UDF MODULES"] == "xlalm_udfs"
    assert told["ADD_WORKBOOK_TO_PYTHONPATH"] == "False", "a file beside a workbook must not replace a module of ours"
    assert machine.configuration == place / "Users/Ana Müller/.xlalm/xlalm.conf"


def test_mac_gets_all_it_needs(place, checkout):
    machine = mac(place)
    assert install_for_excel(machine, checkout, run=Pip()) == 0
    library = place / "Users/ana/Library"
    startup = "Group Containers/UBF8T346G9.Office/User Content.localized/Startup.localized/Excel/xlalm.xlam"
    assert (library / startup).read_bytes() == checkout.addin.read_bytes()
    script = library / "Application Scripts/com.microsoft.Excel/xlwings-0.37.8.applescript"
    assert script.read_text() == "on VbaHandler"
    told = settings(machine)
    assert machine.configuration == library / "Containers/com.microsoft.Excel/Data/xlalm.conf"
    for name in ("INTERPRETER_MAC", "PYTHONPATH"):
        assert " " not in told[name], "xlwings' AppleScript does not quote it"
        assert Path(told[name].replace("$HOME", str(machine.home))).exists()


def test_vba_reads_the_configuration_where_it_is_written():
    """The custom add-in's GetConfigFilePath names the folder, the project's name and the file."""
    text = Path(find_spec("xlwings").origin).with_name("xlwings_custom_addin.bas").read_text()
    assert 'Environ("USERPROFILE") & "\\." & PROJECT_NAME & "\\" & PROJECT_NAME & ".conf"' in text
    assert 'GetMacDir("$HOME", False) & "/" & PROJECT_NAME & ".conf"' in text
    for key in ("INTERPRETER_WIN", "INTERPRETER_MAC", "PYTHONPATH", "ADD_WORKBOOK_TO_PYTHONPATH", "UDF MODULES"):
        assert f'GetConfig("{key}"' in text
    for key in ("DEBUG UDFS", "USE UDF SERVER", "SHOW CONSOLE"):
        assert f'GetConfig("{key}", False)' in text


def test_a_book_that_is_open_does_not_get_in_the_way(place, checkout, system):
    """Excel lays a hidden, locked file beside an open book."""
    machine = system(place)
    install_for_excel(machine, checkout, run=Pip())
    lock = checkout.root / "workbooks" / "~$alco_template.xlsx"
    lock.write_text("locked")
    assert install_for_excel(machine, checkout, run=never) == 0
    assert not (machine.templates / lock.name).exists()


def test_second_installation_does_nothing(place, checkout, system, capsys):
    machine = system(place)
    install_for_excel(machine, checkout, run=Pip())
    before = snapshot(place)
    assert install_for_excel(machine, checkout, run=never) == 0
    assert "already up to date" in capsys.readouterr().out
    assert snapshot(place) == before


def test_uninstall_leaves_the_machine_as_it_was(place, checkout, system):
    machine = system(place)
    before = snapshot(place)
    install_for_excel(machine, checkout, run=Pip())
    assert snapshot(place) != before
    assert uninstall_from_excel(machine) is True
    assert snapshot(place) == before
    assert uninstall_from_excel(machine) is False


def test_registry_keys_of_an_excel_that_never_ran_are_made_and_taken_away(place, checkout):
    machine = windows(place)
    (place / "registry.json").unlink()
    machine.registry.set(r"HKCU\Software")
    before = snapshot(place)
    install_for_excel(machine, checkout, run=Pip())
    assert listed(machine) == {"OPEN": f'"{machine.addin}"'}
    uninstall_from_excel(machine)
    assert snapshot(place) == before


# --- what is not ours -------------------------------------------------------------------------------------------------


def test_files_that_were_there_are_put_back(place, checkout, system):
    machine = system(place)
    for path in (machine.addin, machine.configuration):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a colleague's")
    before = snapshot(place)
    install_for_excel(machine, checkout, run=Pip())
    assert machine.addin.read_bytes() == checkout.addin.read_bytes()
    install_for_excel(machine, source(place.parent / "newer", "two"), run=Pip())
    uninstall_from_excel(machine)
    assert snapshot(place) == before


def test_a_workbook_that_was_there_stays_and_is_not_taken_away(place, checkout, system):
    machine = system(place)
    machine.templates.mkdir()
    (machine.templates / "alco_template.xlsx").write_text("my own")
    before = snapshot(place)
    install_for_excel(machine, checkout, run=Pip())
    assert (machine.templates / "alco_template.xlsx").read_text() == "my own"
    uninstall_from_excel(machine)
    assert snapshot(place) == before


def test_the_same_file_placed_by_somebody_else_stays(place, checkout):
    machine = mac(place)
    machine.scripts.mkdir(parents=True)
    (machine.scripts / "xlwings-0.37.8.applescript").write_text("on VbaHandler")
    before = snapshot(place)
    install_for_excel(machine, checkout, run=Pip())
    uninstall_from_excel(machine)
    assert snapshot(place) == before


def test_uninstall_leaves_what_people_changed_and_says_so(place, checkout, system, capsys):
    machine = system(place)
    install_for_excel(machine, checkout, run=Pip())
    book = machine.templates / "alco_template.xlsx"
    book.write_text("an evening's work")
    machine.configuration.write_text('"SHOW CONSOLE","True"')
    uninstall_from_excel(machine)
    assert book.read_text() == "an evening's work"
    assert machine.configuration.read_text() == '"SHOW CONSOLE","True"'
    shown = capsys.readouterr().out
    assert f"left     {book}: it was changed since" in shown
    assert f"left     {machine.configuration}: it was changed since" in shown
    assert not machine.addin.exists()
    assert not machine.journal.exists()


def test_changed_workbook_survives_an_upgrade_and_a_changed_file_of_ours_is_kept(place, checkout, system, capsys):
    machine = system(place)
    install_for_excel(machine, checkout, run=Pip())
    book = machine.templates / "alco_template.xlsx"
    book.write_text("an evening's work")
    machine.configuration.write_text("mine")
    install_for_excel(machine, source(place.parent / "newer", "two"), run=Pip())
    assert book.read_text() == "an evening's work"
    assert (machine.templates / "examples" / "plan" / "plan.xlsx").read_text() == "plan two"
    assert b"UDF MODULES" in machine.configuration.read_bytes()
    kept = [*machine.configuration.parent.glob("xlalm.conf.changed-*")]
    assert [path.read_text() for path in kept] == ["mine"]
    assert "kept" in capsys.readouterr().out


def test_foreign_environment_is_refused(place, checkout, system):
    machine = system(place)
    machine.environment.mkdir(parents=True)
    (machine.environment / "theirs").write_text("x")
    with pytest.raises(InstallError, match="was not made by this installer"):
        install_for_excel(machine, checkout, run=never)
    assert (machine.environment / "theirs").exists()
    uninstall_from_excel(machine)
    assert (machine.environment / "theirs").exists()


def test_log_that_xlalm_wrote_stays(place, checkout, capsys):
    machine = windows(place)
    install_for_excel(machine, checkout, run=Pip())
    (machine.application / "xlalm.log").write_text("a fault")
    uninstall_from_excel(machine)
    assert [path.name for path in machine.application.iterdir()] == ["xlalm.log"]
    assert f"left     {machine.application}" in capsys.readouterr().out


# --- Excel's list of add-ins ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "ours"),
    [({}, "OPEN"), ({"OPEN": OTHERS}, "OPEN1"), ({"OPEN": OTHERS, "open1": "x"}, "OPEN2"), ({"OPEN1": OTHERS}, "OPEN")],
)
def test_first_free_place_is_taken_and_given_back(place, checkout, there, ours):
    machine = windows(place)
    machine.registry.delete_value(EXCEL_OPTIONS, "OPEN")
    for name, data in there.items():
        machine.registry.write(EXCEL_OPTIONS, name, (REG_SZ, data))
    before = snapshot(place)
    install_for_excel(machine, checkout, run=Pip())
    assert listed(machine) == there | {ours: f'"{machine.addin}"'}
    uninstall_from_excel(machine)
    assert snapshot(place) == before


def test_what_was_added_after_us_moves_up(place, checkout):
    """Excel reads the list up to its first gap, so a gap would cost the user somebody else's add-in."""
    machine = windows(place)
    install_for_excel(machine, checkout, run=Pip())
    machine.registry.write(EXCEL_OPTIONS, "OPEN2", (REG_SZ, "later"))
    machine.registry.write(EXCEL_OPTIONS, "OPEN3", (REG_SZ, "/R latest"))
    uninstall_from_excel(machine)
    assert listed(machine) == {"OPEN": OTHERS, "OPEN1": "later", "OPEN2": "/R latest"}
    assert machine.registry.values(EXCEL_OPTIONS)["Maximized"] == (4, 3)


def test_entry_that_excel_wrote_anew_is_found(place, checkout):
    machine = windows(place)
    install_for_excel(machine, checkout, run=Pip())
    machine.registry.write(EXCEL_OPTIONS, "OPEN", (REG_SZ, '"XLALM.xlam"'))
    machine.registry.write(EXCEL_OPTIONS, "OPEN1", (REG_SZ, OTHERS))
    assert install_for_excel(machine, checkout, run=never) == 0
    uninstall_from_excel(machine)
    assert listed(machine) == {"OPEN": OTHERS}


@pytest.mark.parametrize(
    ("data", "ours"),
    [
        ('"C:\\AddIns\\xlalm.xlam"', True),
        ('/R "c:\\addins\\XLALM.XLAM"', True),
        ("xlalm.xlam", True),
        ('"Z:\\team\\xlalm.xlam"', False),
        ('"C:\\AddIns\\xlalm.xlam.bak"', False),
        ("", False),
    ],
)
def test_only_our_own_entry_is_ours(data, ours):
    class Addin:
        name = "xlalm.xlam"

        def __str__(self):
            return "C:\\AddIns\\xlalm.xlam"

    assert addins.names(data, Addin()) is ours


def test_add_in_that_the_user_unticked_is_entered_again(place, checkout):
    machine = windows(place)
    install_for_excel(machine, checkout, run=Pip())
    machine.registry.delete_value(EXCEL_OPTIONS, "OPEN1")
    before = len(Journal(machine).entries)
    install_for_excel(machine, checkout, run=Pip())
    assert listed(machine)["OPEN1"] == f'"{machine.addin}"'
    assert len(Journal(machine).entries) == before


# --- repair and upgrade -----------------------------------------------------------------------------------------------


def test_vanished_and_marked_files_are_placed_again(place, checkout):
    machine = windows(place)
    install_for_excel(machine, checkout, run=Pip())
    whole = snapshot(place)
    machine.addin.unlink()
    install_for_excel(machine, checkout, run=Pip())
    assert snapshot(place) == whole
    stream = Path(f"{machine.addin}:Zone.Identifier")
    stream.write_text("[ZoneTransfer]\nZoneId=3\n")
    assert machine.is_marked(machine.addin)
    install_for_excel(machine, checkout, run=Pip())
    assert snapshot(place) == whole


def test_upgrade_replaces_and_takes_away_what_is_no_longer_needed(place, checkout, tmp_path):
    machine = mac(place)
    before = snapshot(place)
    install_for_excel(machine, checkout, run=Pip("xlwings-0.37.7.applescript"))
    newer = source(tmp_path / "newer", "two")
    shutil.rmtree(newer.root / "workbooks" / "examples" / "plan")
    pip = Pip()
    (machine.environment / "lib").rename(machine.environment / "old")
    shutil.rmtree(machine.environment)
    install_for_excel(machine, newer, run=pip)
    assert pip.calls == ["venv", "lock", "project"]
    assert machine.addin.read_bytes() == newer.addin.read_bytes()
    assert [path.name for path in machine.scripts.iterdir()] == ["xlwings-0.37.8.applescript"]
    assert not (machine.templates / "examples" / "plan" / "plan.xlsx").exists()
    uninstall_from_excel(machine)
    assert snapshot(place) == before


def test_changed_source_of_the_same_version_is_installed(place, checkout, system):
    machine = system(place)
    install_for_excel(machine, checkout, run=Pip())
    (checkout.root / "xlalm" / "__init__.py").write_text("changed")
    pip = Pip()
    install_for_excel(machine, checkout, run=pip)
    assert pip.calls == ["lock", "project"]
    layout = Layout(checkout.root, machine.system == "windows", machine.environment)
    assert (layout.packages / "xlalm" / "__init__.py").read_text() == "changed"


@pytest.mark.parametrize(
    ("content", "reason"),
    [("home = gone\n", "its Python is gone"), (None, "its Python is gone"), ("", "it was made with Python 3.9")],
)
def test_environment_of_another_python_is_built_anew(place, checkout, system, content, reason, capsys):
    machine = system(place)
    install_for_excel(machine, checkout, run=Pip())
    made_from = machine.environment / "pyvenv.cfg"
    if content:
        made_from.write_text(content)
    elif content is None:
        made_from.unlink()
    else:
        made_from.write_text(re.sub(r"version = .*", "version = 3.9.1", made_from.read_text()))
        (checkout.root / "xlalm" / "__init__.py").write_text("changed")
    pip = Pip()
    install_for_excel(machine, checkout, run=pip)
    assert pip.calls == ["venv", "lock", "project"]
    assert f"rebuilding environment: {reason}" in capsys.readouterr().out


def test_application_gets_a_wheel_and_the_checkout_an_editable_installation(place, checkout):
    asked = []

    def pip(command, layout, line_seen):
        asked.append(list(command))
        return Pip()(command, layout, line_seen)

    install_for_excel(windows(place), checkout, run=pip)
    assert "--editable" not in asked[-1]
    assert asked[-1][-1] == "."
    here = Layout(checkout.root, windows=True)
    there = Layout(checkout.root, windows=True, environment=place / "environment")
    assert fingerprint(here, "runtime") != fingerprint(there, "runtime")


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_excel_that_runs_is_asked_to_be_closed(place, checkout):
    running = {"tasklist": (0, '"EXCEL.EXE","4711","Console","1","200,000 K"'), "pgrep": (0, "4711")}
    for layout, machine in [
        ("w", windows(place / "w", Programs(**running))),
        ("m", mac(place / "m", Programs(**running))),
    ]:
        before = snapshot(place / layout)
        with pytest.raises(InstallError, match="Excel is running") as caught:
            install_for_excel(machine, checkout, run=never)
        assert "close every Excel window" in caught.value.cure
        assert snapshot(place / layout) == before
        quiet = replace(machine, run=Programs())
        install_for_excel(quiet, checkout, run=Pip())
        assert install_for_excel(machine, checkout, run=never) == 0, "with nothing to do Excel may run"
        with pytest.raises(InstallError, match="Excel is running"):
            uninstall_from_excel(machine)


def test_only_this_users_excel_counts(place):
    programs = Programs(tasklist=(0, "INFO: No tasks are running which match the specified criteria."))
    assert windows(place, programs).excel_is_running() is False
    assert programs.calls[0][-1] == "USERNAME eq Ana Müller"


def test_python_from_the_store_is_refused(place, checkout):
    store = Path("C:\\Program Files\\WindowsApps\\PythonSoftwareFoundation.Python.3.12")
    machine = replace(windows(place), python_home=store)
    with pytest.raises(InstallError, match="Microsoft Store") as caught:
        install_for_excel(machine, checkout, run=never)
    assert "python.org" in caught.value.cure


def test_missing_or_broken_add_in_is_told_before_anything_is_made(place, checkout, system):
    machine = system(place)
    before = snapshot(place)
    checkout.addin.write_text("not a workbook")
    with pytest.raises(InstallError, match="is not a whole file"):
        install_for_excel(machine, checkout, run=never)
    checkout.addin.unlink()
    with pytest.raises(InstallError, match=r"xlalm\.xlam is missing") as caught:
        install_for_excel(machine, checkout, run=never)
    assert "build_addin.py" in caught.value.cure
    assert snapshot(place) == before


def test_blank_in_a_mac_path_is_refused(tmp_path, checkout):
    machine = mac(tmp_path / "my machine")
    with pytest.raises(InstallError, match="holds a blank"):
        install_for_excel(machine, checkout, run=never)


def test_a_mac_that_protects_excels_folder_is_explained(place, checkout, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(1, "Operation not permitted", "xlalm.conf")

    monkeypatch.setattr(excel, "_place", refuse)
    with pytest.raises(InstallError, match="macOS protects") as caught:
        install_for_excel(mac(place), checkout, run=Pip())
    assert "Full Disk Access" in caught.value.cure


@pytest.mark.parametrize(
    ("content", "told"), [('{"format": 99}', "another version of this installer"), ('{"for', "cannot be read")]
)
def test_record_that_cannot_be_used_is_refused(place, checkout, system, content, told):
    machine = system(place)
    machine.application.mkdir(parents=True)
    machine.journal.write_text(content)
    for deed in (lambda: install_for_excel(machine, checkout, run=never), lambda: uninstall_from_excel(machine)):
        with pytest.raises(InstallError, match=told):
            deed()
    assert machine.journal.read_text() == content


# --- through the command line -----------------------------------------------------------------------------------------


def test_verbs_install_and_take_away(place, checkout, system, capsys, monkeypatch):
    monkeypatch.setattr("installer.environment.run_logged", Pip())
    machine = system(place)
    before = snapshot(place)
    assert verbs.main(["install"], checkout, machine) == 0
    assert verbs.main(["uninstall"], checkout, machine) == 0
    shown = capsys.readouterr().out
    assert "ready: start Excel" in shown
    assert "no longer installed for this user" in shown
    assert "nothing to remove" not in shown
    assert snapshot(place) == before
    assert verbs.main(["uninstall"], checkout, machine) == 0
    assert "nothing to remove" in capsys.readouterr().out


def test_a_folder_that_is_no_bundle_is_told(place, checkout, system, capsys):
    assert verbs.main(["install", "--from", str(checkout.root)], checkout, system(place)) == 1
    assert "is not a bundle" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["install", "--from"], ["install", "folder"], ["bundle", "a", "b"], ["doctor", "--xml"], ["bundle", "--python"]],
)
def test_wrong_options_show_the_usage(arguments, checkout, capsys):
    assert verbs.main(arguments, checkout) == 2
    assert "usage:" in capsys.readouterr().err


def test_second_user_of_a_machine_has_everything_of_his_own(place, checkout):
    first, second = windows(place / "first"), windows(place / "second")
    install_for_excel(first, checkout, run=Pip())
    alone = snapshot(place / "first")
    install_for_excel(second, checkout, run=Pip())
    uninstall_from_excel(second)
    assert snapshot(place / "first") == alone
