"""pytest plugin of the mutation run: a falsifying example is enough, nobody reads the smallest one."""

from hypothesis import Phase, settings


def pytest_configure() -> None:
    phases = (Phase.explicit, Phase.reuse, Phase.generate)
    settings.register_profile("mutation", parent=settings.get_profile("everyday"), phases=phases, print_blob=False)
    settings.load_profile("mutation")
