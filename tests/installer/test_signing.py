"""The signing hook: a command of the bank signs a copy; what it leaves is placed, or the installation fails clearly."""

import json
import sys
from dataclasses import replace

import pytest

from installer import signing
from installer.bundle import bundle, here
from installer.excel import install_for_excel
from installer.failures import InstallError
from installer.journal import Journal
from installer.layout import Layout
from installer.machine import run_quietly
from tests.installer.fake_machine import Downloads, Pip, addin, mac, never, snapshot, windows

SIGNER = """\
import sys, zipfile
with zipfile.ZipFile(sys.argv[-1], "a") as file:
    file.writestr("xl/vbaProjectSignature.bin", "signed with " + sys.argv[1])
"""


@pytest.fixture
def signer(tmp_path):
    (tmp_path / "sign it.py").write_text(SIGNER)
    return f'"{sys.executable}" "{tmp_path / "sign it.py"}" hunter2 {{file}}'


@pytest.fixture
def machine(tmp_path):
    return replace(windows(tmp_path / "machine"), run=run_quietly)


def test_signed_add_in_is_placed_and_the_source_stays(machine, checkout, signer):
    unsigned = checkout.addin.read_bytes()
    install_for_excel(machine, checkout, signer, run=Pip())
    assert signing.is_signed(machine.addin)
    assert checkout.addin.read_bytes() == unsigned
    install_for_excel(machine, checkout, signer, run=never)


def test_secret_in_the_command_is_not_recorded(machine, checkout, signer):
    install_for_excel(machine, checkout, signer, run=Pip())
    assert "hunter2" not in machine.journal.read_text()
    assert Journal(machine).about["signed_with"] == sys.executable


def test_variable_names_the_command(machine, checkout, signer):
    machine = replace(machine, environ=dict(machine.environ) | {"XLALM_SIGN": signer})
    install_for_excel(machine, checkout, run=Pip())
    assert signing.is_signed(machine.addin)


def test_file_is_added_where_the_command_does_not_name_it(machine, checkout, signer):
    install_for_excel(machine, checkout, signer.replace(" {file}", ""), run=Pip())
    assert signing.is_signed(machine.addin)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import sys; sys.exit('SignTool Error: no certificates were found')", "no certificates were found"),
        ("pass", "left no signature"),
        ("import sys; open(sys.argv[-1], 'w').write('torn')", "left no signature"),
    ],
)
def test_command_that_does_not_sign_stops_the_installation(machine, checkout, tmp_path, program, told):
    (tmp_path / "bad.py").write_text(program)
    before = snapshot(tmp_path / "machine")
    with pytest.raises(InstallError, match=told):
        install_for_excel(machine, checkout, f'"{sys.executable}" "{tmp_path / "bad.py"}"', run=never)
    assert snapshot(tmp_path / "machine") == before


def test_signed_add_in_is_not_replaced_by_an_unsigned_one(machine, checkout, signer, tmp_path):
    """Somebody who repairs an installation that IT signed would lose the ribbon under IT's policy."""
    install_for_excel(machine, checkout, signer, run=Pip())
    before = snapshot(tmp_path / "machine")
    with pytest.raises(InstallError, match="no command to sign") as caught:
        install_for_excel(machine, checkout, run=never)
    assert "--sign" in caught.value.cure
    assert snapshot(tmp_path / "machine") == before
    addin(checkout.addin, "x", "xl/vbaProjectSignature.bin")
    install_for_excel(machine, checkout, run=Pip())
    assert machine.addin.read_bytes() == checkout.addin.read_bytes()


def test_command_that_does_not_exist_is_told(machine, checkout):
    with pytest.raises(InstallError, match="the signing command failed"):
        install_for_excel(machine, checkout, "no-such-signtool {file}", run=never)


def test_bundle_holds_the_signed_add_in(tmp_path, checkout, signer):
    builder = replace(mac(tmp_path / "builder"), run=run_quietly)
    bundle(builder, checkout, here(tmp_path / "bundle", "win_amd64", None, signer), run=Downloads())
    made = Layout(tmp_path / "bundle")
    assert signing.is_signed(made.addin)
    assert "hunter2" not in json.dumps(json.loads((made.root / "bundle.json").read_text()))
