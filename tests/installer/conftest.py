"""Where an installation for Excel is tried: a Windows and a Mac in a folder, and a small checkout."""

import pytest

from tests.installer.fake_machine import SYSTEMS, source


@pytest.fixture(params=["windows", "macos"])
def system(request):
    return SYSTEMS[request.param]


@pytest.fixture
def place(tmp_path):
    """The folder of the machine."""
    (tmp_path / "machine").mkdir()
    return tmp_path / "machine"


@pytest.fixture
def checkout(tmp_path):
    return source(tmp_path / "checkout")
