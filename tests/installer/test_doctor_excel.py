"""What the doctor sees of an installation for Excel, on a Windows and a Mac that lie in a folder."""

import json
import plistlib
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from installer import verbs
from installer.doctor import powershell
from installer.doctor.application import examine_application
from installer.doctor.macos import examine_macos
from installer.doctor.windows import examine_windows
from installer.excel import install_for_excel
from installer.layout import Layout
from installer.machine import EXCEL_OPTIONS
from installer.registry import REG_SZ
from tests.installer.fake_machine import SYSTEMS, Pip, Programs, addin, mac, source, windows

EXCEL = r"HKCU\Software\Microsoft\Office\16.0\Excel"
POLICY = r"HKCU\Software\Policies\Microsoft\Office\16.0"
CLICK = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
RULES = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
PAGE = r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage"
CHILD = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"
WIN32 = "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b"
HEALTHY = {"versions": {"attrs": "26.1.0", "pywin32": "312"}, "problems": {}}


def python(found):
    """Answer the doctor's look into the environment."""
    return 0, "a warning of some package\n\n" + json.dumps(found)


def defender(rules=None, detections=()):
    """Answer the two questions that PowerShell is asked."""

    def answer(command):
        asked = rules if command[-1] == powershell.ATTACK_SURFACE_RULES.strip() else list(detections)
        return (1, "Get-MpPreference : the service is stopped") if asked is None else (0, json.dumps(asked))

    return answer


@pytest.fixture
def installed(tmp_path):
    """Return a function that installs on a Windows or a Mac whose programs answer as given."""

    def install(system, **answers):
        programs = Programs(**({"python": python(HEALTHY), "powershell": defender({})} | answers))
        machine = SYSTEMS[system](tmp_path / "machine", programs)
        if system == "windows":
            machine.registry.set(CLICK, VersionToReport="16.0.17928.20114", Platform="x64")
            machine.registry.set(r"HKCU\Control Panel\International", sDecimal=".", sList=",")
            machine.registry.set(PAGE, ACP="1252")
        install_for_excel(machine, source(tmp_path / "checkout"), run=Pip())
        return machine

    return install


def by_subject(findings):
    told = {}
    for finding in findings:
        told.setdefault(finding.subject, []).append(finding)
    return told


def only(findings, subject):
    found = by_subject(findings)[subject]
    assert len(found) == 1, found
    return found[0]


def problems(findings):
    return [finding for finding in findings if finding.level == "problem"]


# --- all is well ------------------------------------------------------------------------------------------------------


def test_healthy_windows_has_no_problem(installed):
    machine = installed("windows")
    findings = [*examine_application(machine)]
    assert problems(findings) == []
    subjects = {finding.subject for finding in findings}
    assert subjects >= {
        "Excel", "disabled items", "macros", "VBA projects", "mark of the web", "child processes", "files", "OneDrive",
        "labels", "numbers", "Python", "lock", "COM server", "add-in", "configuration", "application",
    }  # fmt: skip


def test_healthy_mac_has_no_problem(installed, tmp_path):
    machine = installed("macos")
    plist = tmp_path / "Info.plist"
    plist.write_bytes(plistlib.dumps({"CFBundleShortVersionString": "16.89.1"}))
    assert problems(examine_macos(machine, plist)) == []
    elsewhere = [finding for finding in examine_application(machine) if finding.subject != "Excel"]
    assert problems(elsewhere) == []


@pytest.mark.parametrize("system", ["windows", "macos"])
def test_every_problem_and_note_has_its_cure(installed, system):
    machine = installed(system, python=(1, "boom"), powershell=defender({CHILD: 1, WIN32: 2}, ["11/20 xlalm.xlam"]))
    machine.addin.unlink()
    machine.configuration.write_text("broken")
    if system == "windows":
        machine.registry.set(EXCEL + r"\Security", VBAWarnings=4, RequireAddinSig=1, DisableAllAddins=1)
        machine.registry.delete_value(EXCEL_OPTIONS, "OPEN1")
    findings = [*examine_application(machine)]
    assert len(problems(findings)) >= 4
    assert all(finding.cure for finding in findings if finding.level != "ok")


# --- the application --------------------------------------------------------------------------------------------------


def test_nothing_installed_is_told(tmp_path):
    found = only(examine_application(windows(tmp_path)), "application")
    assert (found.level, found.cure) == ("problem", "run 'python installer install'")


def test_interrupted_installation_is_told(tmp_path):
    def stop(command, layout, line_seen):
        raise KeyboardInterrupt

    machine = windows(tmp_path / "machine")
    with pytest.raises(KeyboardInterrupt):
        install_for_excel(machine, source(tmp_path / "checkout"), run=stop)
    found = only(examine_application(machine), "application")
    assert "not finished" in found.text
    assert "goes on where it stopped" in found.cure


def test_record_of_another_version_is_told(installed):
    machine = installed("windows")
    machine.journal.write_text('{"format": 99}')
    assert "another version" in only(examine_application(machine), "application").text


@pytest.mark.parametrize("system", ["windows", "macos"])
def test_vanished_add_in_points_to_the_antivirus(installed, system):
    machine = installed(system)
    machine.addin.unlink()
    found = by_subject(examine_application(machine))["antivirus"][0]
    assert "quarantined" in found.text
    assert "quarantine" in found.cure


def test_changed_file_and_mark_of_the_web_are_told(installed):
    machine = installed("windows")
    machine.addin.write_bytes(b"saved from the editor")
    Path(f"{machine.addin}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\n")
    findings = by_subject(examine_application(machine))
    assert "is changed" in findings["files"][0].text
    assert findings["mark of the web"][0].level == "problem"
    assert "Unblock" in findings["mark of the web"][0].cure


def test_quarantine_flag_of_a_mac_is_told(installed):
    machine = installed("macos")
    machine = replace(machine, run=Programs(xattr=(0, "0081;5f;Safari"), python=python(HEALTHY)))
    assert by_subject(examine_application(machine))["mark of the web"][0].level == "problem"


def test_workbook_that_the_user_changed_is_no_problem(installed):
    machine = installed("windows")
    (machine.templates / "alco_template.xlsx").write_text("an evening's work")
    assert problems(examine_application(machine)) == []


def test_python_that_a_policy_stops_is_told(installed):
    machine = installed("windows", python=(127, "[WinError 1260] This program is blocked by group policy"))
    found = only(examine_application(machine), "Python")
    assert "blocked by group policy" in found.text
    assert "AppLocker" in found.cure


def test_packages_that_are_not_those_of_the_lock_are_told(installed):
    machine = installed("windows", python=python({"versions": {"attrs": "1.0"}, "problems": {}}))
    assert only(examine_application(machine), "lock").text == "attrs is 1.0 where the lock file has 26.1.0"


def test_com_server_that_does_not_load_is_told(installed):
    broken = HEALTHY | {"problems": {"pythoncom": "ImportError: DLL load failed"}}
    found = only(examine_application(installed("windows", python=python(broken))), "COM server")
    assert (found.level, found.text) == ("problem", "pythoncom cannot be imported: ImportError: DLL load failed")


def test_configuration_that_was_changed_is_told(installed):
    machine = installed("windows")
    text = machine.configuration.read_text().replace('"UDF MODULES","xlalm_udfs"', '"UDF MODULES","other"')
    machine.configuration.write_text(text)
    found = only(examine_application(machine), "configuration")
    assert found.text == "UDF MODULES is 'other', not 'xlalm_udfs'"


def test_add_in_that_is_not_registered_is_told(installed):
    machine = installed("windows")
    machine.registry.delete_value(EXCEL_OPTIONS, "OPEN1")
    assert "tick xlalm" in only(examine_application(machine), "add-in").cure


def test_gap_before_the_add_in_is_told(installed):
    machine = installed("windows")
    machine.registry.write(EXCEL_OPTIONS, "OPEN3", machine.registry.values(EXCEL_OPTIONS)["OPEN1"])
    machine.registry.delete_value(EXCEL_OPTIONS, "OPEN1")
    found = only(examine_application(machine), "add-in")
    assert (found.level, "OPEN1 is missing" in found.text) == ("problem", True)


def test_documents_in_onedrive_are_told(tmp_path):
    machine = windows(tmp_path)
    cloud = tmp_path / "Users" / "Ana Müller" / "OneDrive - Bank"
    environ = dict(machine.environ) | {"OneDriveCommercial": str(cloud)}
    shell = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
    machine.registry.set(shell, Personal="%OneDriveCommercial%/Documents")
    moved = replace(machine, environ=environ)
    assert moved.templates == cloud / "Documents" / "xlalm"
    found = only(examine_application(moved), "OneDrive")
    assert (found.level, "https" in found.text) == ("note", True)
    assert only(examine_application(machine), "OneDrive").level == "ok"


# --- Windows ----------------------------------------------------------------------------------------------------------


def test_no_excel_is_told(tmp_path):
    assert "no Excel found" in only(examine_windows(windows(tmp_path)), "Excel").text


@pytest.mark.parametrize(("platform", "words"), [("x64", "64 bit"), ("x86", "32 bit")])
def test_version_and_bits_of_excel(installed, platform, words):
    machine = installed("windows")
    machine.registry.set(CLICK, Platform=platform)
    (machine.environment / "xlwings32-0.37.8.dll").write_text("MZ")
    found = only(examine_windows(machine), "Excel")
    assert found.level == "ok"
    assert found.text.startswith(f"16.0.17928.20114, {words}")


def test_excel_without_click_to_run(installed):
    machine = installed("windows")
    for name in ("VersionToReport", "Platform"):
        machine.registry.delete_value(CLICK, name)
    machine.registry.set(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe", **{"": "C:\\EXCEL.EXE"})
    machine.registry.set(r"HKLM\Software\Microsoft\Office\16.0\Outlook", Bitness="x64")
    assert only(examine_windows(machine), "Excel").text.startswith("C:\\EXCEL.EXE, 64 bit")


def test_missing_dll_for_this_excel_is_told(installed):
    machine = installed("windows")
    machine.registry.set(CLICK, Platform="x86")
    assert "DLL for it is missing" in only(examine_windows(machine), "Excel").text


def test_disabled_add_in_is_found_in_excels_list(installed):
    machine = installed("windows")
    data = b"\x01\0\0\0" + "C:\\AddIns\\XLALM.xlam\0".encode("utf-16-le")
    machine.registry.set(EXCEL + r"\Resiliency\DisabledItems", ab12=data, other=b"\x01\0")
    assert "Disabled Items" in only(examine_windows(machine), "disabled items").cure


@pytest.mark.parametrize(
    ("key", "value", "signed", "level", "told"),
    [
        (EXCEL, 1, False, "note", "all macros run without a question (set by the user)"),
        (EXCEL, 2, False, "ok", "Excel asks"),
        (EXCEL, 3, False, "problem", "only signed macros run and the add-in is not signed (set by the user)"),
        (EXCEL, 3, True, "ok", "only signed macros run; the add-in is signed"),
        (EXCEL, 4, True, "problem", "all macros are disabled without a word (set by the user)"),
        (POLICY + r"\Excel", 4, False, "problem", "(set by policy)"),
    ],
)
def test_macro_settings(installed, key, value, signed, level, told):
    machine = installed("windows")
    machine.registry.set(key + r"\Security", VBAWarnings=value)
    if signed:
        addin(machine.addin, "x", "xl/vbaProjectSignatureV3.bin")
    found = only(examine_windows(machine), "macros")
    assert found.level == level
    assert told in found.text


@pytest.mark.parametrize(
    ("root", "below", "disabled", "level"),
    [(EXCEL, 0, 0, "ok"), (POLICY + r"\Excel", 0, 0, "ok"), (EXCEL, 1, 0, "ok"), (EXCEL, 0, 1, "problem")],
)
def test_trusted_location_lets_macros_run(installed, root, below, disabled, level):
    machine = installed("windows")
    machine.registry.set(EXCEL + r"\Security", VBAWarnings=4)
    folder = "%APPDATA%/Microsoft" if below else "%APPDATA%/Microsoft/AddIns"
    machine.registry.set(root + r"\Security\Trusted Locations\Location7", Path=folder, AllowSubfolders=below)
    machine.registry.set(POLICY + r"\Excel\Security\Trusted Locations", alllocationsdisabled=disabled)
    assert {finding.level for finding in by_subject(examine_windows(machine))["macros"]} == {level}


def test_second_copy_in_the_startup_folder_is_told(installed):
    machine = installed("windows")
    second = machine.addin.parents[1] / "Excel" / "XLSTART" / "xlalm.xlam"
    second.parent.mkdir(parents=True)
    second.write_text("x")
    assert "second copy" in only(examine_windows(machine), "add-ins").text


def test_policy_outranks_the_user(installed):
    machine = installed("windows")
    machine.registry.set(EXCEL + r"\Security", VBAWarnings=1)
    machine.registry.set(r"HKLM\Software\Policies\Microsoft\Office\16.0\Excel\Security", vbawarnings=4)
    assert "set by policy" in only(examine_windows(machine), "macros").text


@pytest.mark.parametrize(
    ("key", "name", "subject", "told"),
    [
        (POLICY + r"\Excel\Security", "requireaddinsig", "signed add-ins", "trusted publisher"),
        (POLICY + r"\Common\Security", "requirealwaysonmacrosig", "signed add-ins", "always loaded"),
        (EXCEL + r"\Security", "DisableAllAddins", "add-ins", "all application add-ins are disabled"),
        (POLICY + r"\Excel\Security\Trusted Locations", "alllocationsdisabled", "add-ins", "trusted locations"),
        (POLICY + r"\Common", "vbaoff", "macros", "VBA is switched off"),
        (r"HKLM" + POLICY.removeprefix("HKCU") + r"\Common", "VBAOFF", "macros", "VBA is switched off"),
        (POLICY + r"\Excel\Security", "blockcontentexecutionfrominternet", "macros", "from the internet"),
        (EXCEL + r"\Security", "AccessVBOM", "VBA projects", "is on; xlalm does not need it"),
    ],
)
def test_policies_on_add_ins(installed, key, name, subject, told):
    machine = installed("windows")
    before = by_subject(examine_windows(machine))
    machine.registry.set(key, **{name: 1})
    new = [each for each in by_subject(examine_windows(machine))[subject] if each not in before.get(subject, [])]
    assert [each for each in new if told in each.text], new


@pytest.mark.parametrize(
    ("listed", "only_listed", "blocked"),
    [("0", 0, True), ("1", 0, False), (None, 1, True), ("1", 1, False), ("2", 1, False), (None, 0, False)],
)
def test_list_of_managed_add_ins(installed, listed, only_listed, blocked):
    machine = installed("windows")
    machine.registry.set(POLICY + r"\Excel\Resiliency", restricttolist=only_listed)
    if listed:
        machine.registry.set(POLICY + r"\Excel\Resiliency\AddinList", **{"XLALM.xlam": listed})
    told = [each for each in problems(examine_windows(machine)) if "managed add-ins" in each.text]
    assert bool(told) is blocked


def test_signed_add_in_satisfies_the_policy(installed):
    machine = installed("windows")
    addin(machine.addin, "x", "xl/vbaProjectSignature.bin")
    machine.registry.set(POLICY + r"\Excel\Security", requireaddinsig=1)
    assert only(examine_windows(machine), "signed add-ins").level == "ok"


@pytest.mark.parametrize(("rule", "told"), [(CHILD, "may not start other programs"), (WIN32, "Windows functions")])
@pytest.mark.parametrize(("state", "level"), [(1, "problem"), (6, "problem"), (2, "note"), (0, "ok")])
def test_rules_that_block_child_processes(installed, rule, told, state, level):
    by_policy = installed("windows", powershell=defender(None))
    by_policy.registry.set(RULES, **{rule.upper(): str(state)})
    effective = replace(
        by_policy,
        run=Programs(powershell=defender({rule: state})),
        registry=type(by_policy.registry)(by_policy.home / "empty.json"),
    )
    for machine in (by_policy, effective):
        found = only(examine_windows(machine), "child processes")
        assert found.level == level
        assert (told in found.text) == (state != 0)


def test_defender_that_cannot_be_asked_is_told(installed):
    found = only(examine_windows(installed("windows", powershell=defender(None))), "child processes")
    assert "could not be asked" in found.text


def test_disabled_command_prompt_is_told(installed):
    machine = installed("windows")
    machine.registry.set(r"HKCU\Software\Policies\Microsoft\Windows\System", DisableCMD=1)
    assert "command prompt" in only(examine_windows(machine), "child processes").text


def test_detection_is_told(installed):
    machine = installed("windows", powershell=defender({}, ["11/20/2026 file:_C:\\xlalm.xlam"]))
    assert "xlalm.xlam" in only(examine_windows(machine), "antivirus").text


@pytest.mark.parametrize(
    ("decimal", "between", "level", "told"),
    [(".", ",", "ok", "'.'"), (",", ";", "note", "';'"), (",", ",", "problem", "cannot tell arguments apart")],
)
def test_separators(installed, decimal, between, level, told):
    machine = installed("windows")
    machine.registry.set(r"HKCU\Control Panel\International", sDecimal=decimal, sList=between)
    found = only(examine_windows(machine), "numbers")
    assert found.level == level
    assert told in found.text


@pytest.mark.parametrize("sign", ["policy", "client"])
def test_labels_are_told(installed, sign):
    machine = installed("windows")
    if sign == "policy":
        machine.registry.set(POLICY + r"\Common\Security\Labels", UseOfficeForLabelling=1)
    else:
        machine.registry.set(r"HKLM\Software\Microsoft\Office\Excel\Addins\MSIP.ExcelAddin")
    found = only(examine_windows(machine), "labels")
    assert (found.level, "without encryption" in found.cure) == ("note", True)


@pytest.mark.parametrize(
    ("page", "level"), [("1252", "ok"), ("65001", "ok"), ("1253", "problem"), ("720", "problem"), ("99999", "note")]
)
def test_path_that_the_code_page_cannot_write(installed, page, level):
    """The user's name has an ü, which the Greek and the Arabic code pages lack."""
    machine = installed("windows")
    machine.registry.set(PAGE, ACP=page)
    assert only(examine_windows(machine), "path").level == level


# --- Mac --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "told"), [(None, "no Excel found"), ("15.41", "too old")])
def test_mac_without_a_fit_excel(tmp_path, content, told):
    plist = tmp_path / "Info.plist"
    if content:
        plist.write_bytes(plistlib.dumps({"CFBundleShortVersionString": content}))
    assert told in only(examine_macos(mac(tmp_path / "machine"), plist), "Excel").text


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("VisualBasicMacroExecutionState", "DisabledWithoutWarnings\n", "disabled without a word"),
        ("VisualBasicEntirelyDisabled", "1\n", "switched off"),
    ],
)
def test_mac_that_lacks_the_script_or_disables_macros(installed, key, value, told):
    machine = installed("macos", defaults=lambda command: (0, value) if command[-1] == key else (1, "does not exist"))
    shutil.rmtree(machine.scripts)
    findings = [*examine_macos(machine)]
    assert only(findings, "AppleScript").level == "problem"
    assert told in only(findings, "macros").text


# --- through the command line -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", ["windows", "macos"])
def test_json_is_one_finding_a_line(installed, system, tmp_path, capsys):
    machine = installed(system)
    capsys.readouterr()
    inside_the_wheel = Layout(tmp_path / "site-packages" / "xlalm" / "_installer")
    code = verbs.main(["doctor", "--json"], inside_the_wheel, machine)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == int(any(each["level"] == "problem" for each in told))
    assert {"application", "Python", "configuration"} <= {each["subject"] for each in told}
    assert all(re.fullmatch("ok|note|problem", each["level"]) for each in told)
    assert "environment" not in {each["subject"] for each in told}, "there is no checkout to look at"


def test_checkout_of_an_excel_user_needs_no_environment(installed, tmp_path, capsys):
    machine = installed("windows")
    assert verbs.main(["doctor"], Layout(tmp_path / "checkout"), machine) == 0
    assert "All is well." in capsys.readouterr().out


def test_doctor_changes_nothing(installed, tmp_path):
    machine = installed("windows")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    machine.registry.write(EXCEL_OPTIONS, "OPEN1", (REG_SZ, "gone"))
    before[tmp_path / "machine" / "registry.json"] = (tmp_path / "machine" / "registry.json").read_bytes()
    assert [*examine_application(machine)]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
