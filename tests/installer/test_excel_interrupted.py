"""An installation for Excel that is killed at any step goes on or back."""

import json
import os
import shutil
from itertools import count

import pytest

from installer.excel import install_for_excel, uninstall_from_excel
from tests.installer.fake_machine import Pip, killed_at, mac, restore, snapshot, source, windows

# Every step in the long suite; every fifth each day.
EVERY_STEP = [(windows, 5), *(pytest.param(system, 1, marks=pytest.mark.long) for system in (windows, mac))]
# From Python 3.12 on it is remarked that pytest's workers have a second thread; the child only installs and exits.
forks = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked and killed")


@needs_fork
@forks
@pytest.mark.parametrize(("system", "stride"), EVERY_STEP)
def test_killed_at_every_step_it_goes_on_or_back(place, checkout, system, stride, tmp_path):
    machine = system(place)
    machine.configuration.parent.mkdir(parents=True, exist_ok=True)
    machine.configuration.write_text("a colleague's")
    shutil.copytree(place, tmp_path / "before")
    before = snapshot(place)
    install_for_excel(machine, checkout, run=Pip())
    whole = snapshot(place)
    for step in count(1, stride):
        restore(place, tmp_path / "before")
        if not killed_at(step, place, lambda: install_for_excel(machine, checkout, run=Pip())):
            break
        shutil.copytree(place, tmp_path / "torn")
        install_for_excel(machine, checkout, run=Pip())
        assert contents(snapshot(place)) == contents(whole), f"gone on with after a kill at step {step}"
        uninstall_from_excel(machine)
        assert snapshot(place) == before, f"gone on with and undone after a kill at step {step}"
        restore(place, tmp_path / "torn")
        uninstall_from_excel(machine)
        assert leftover(snapshot(place)) == before, f"undone after a kill at step {step}"
        shutil.rmtree(tmp_path / "torn")
    assert step > 60, "the steps are no longer seen"


@needs_fork
@forks
@pytest.mark.parametrize(("system", "stride"), EVERY_STEP)
def test_killed_at_every_step_of_its_removal_it_is_gone_on_with(place, checkout, system, stride, tmp_path):
    machine = system(place)
    machine.configuration.parent.mkdir(parents=True, exist_ok=True)
    machine.configuration.write_text("a colleague's")
    before = snapshot(place)
    install_for_excel(machine, checkout, run=Pip())
    shutil.copytree(place, tmp_path / "installed")
    for step in count(1, stride):
        restore(place, tmp_path / "installed")
        if not killed_at(step, place, lambda: uninstall_from_excel(machine)):
            break
        uninstall_from_excel(machine)
        assert snapshot(place) == before, f"gone on with after a kill at step {step}"
    assert step > 30, "the steps are no longer seen"


@needs_fork
@forks
@pytest.mark.long
def test_killed_at_every_step_of_an_upgrade_it_goes_on(place, checkout, system, tmp_path):
    machine = system(place)
    before = snapshot(place)
    install_for_excel(machine, checkout, run=Pip("xlwings-0.37.7.applescript"))
    shutil.copytree(place, tmp_path / "old")
    newer = source(tmp_path / "newer", "two")
    install_for_excel(machine, newer, run=Pip())
    whole = contents(snapshot(place))
    for step in count(1):
        restore(place, tmp_path / "old")
        if not killed_at(step, place, lambda: install_for_excel(machine, newer, run=Pip())):
            break
        install_for_excel(machine, newer, run=Pip())
        assert contents(snapshot(place)) == whole, f"gone on with after a kill at step {step}"
        uninstall_from_excel(machine)
        assert snapshot(place) == before, f"undone after a kill at step {step}"
    assert step > 30, "the steps are no longer seen"


def contents(found):
    """Leave the order of the record aside, and what a torn write left beside its file for the next to replace."""
    found = {name: content for name, content in found.items() if not name.endswith((".partial", ".new"))}
    for name in [name for name in found if name.endswith("installed.json")]:
        entries = json.loads(found[name])
        entries["entries"] = sorted(json.dumps(entry, sort_keys=True) for entry in entries["entries"])
        found[name] = entries
    return found


def leftover(found):
    """Leave aside what the stand-in for the registry was writing when it was killed."""
    return {name: content for name, content in found.items() if name != "registry.new"}
