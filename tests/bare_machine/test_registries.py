"""How a bare root reaches the registries of the machine it is made on."""

from pathlib import Path

from tests.bare_machine import registries
from tests.bare_machine.registries import Source


def test_sources_of_both_forms_are_read_in_the_order_of_apt(tmp_path: Path) -> None:
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text(
        "# deb http://old.test/debian gone main\n"
        "deb [arch=amd64 signed-by=/keys/a.gpg] http://a.test/debian stable main\n"
        "deb-src http://a.test/debian stable main\n"
    )
    (parts / "b.sources").write_text(
        "Types: deb deb-src\n# a word in between\nURIs: http://b.test/debian\nSuites: stable\n stable-updates\n"
        "Components: main\nSigned-By: /keys/b.gpg\n\nTypes: deb\nURIs: http://off.test/\nSuites: x\nEnabled: no\n"
    )
    (parts / "c.list").write_text("deb https://c.test/ other main\n")
    (parts / "d.sources.disabled").write_text("Types: deb\nURIs: http://d.test/\nSuites: x\n")
    assert registries.sources(tmp_path) == [
        Source("http://a.test/debian", "stable", "/keys/a.gpg"),
        Source("http://b.test/debian", "stable", "/keys/b.gpg"),
        Source("http://b.test/debian", "stable-updates", "/keys/b.gpg"),
        Source("https://c.test/", "other", ""),
    ]


def test_only_the_way_to_the_registries_enters_the_root() -> None:
    lines = [
        "global.index-url='https://index.test/simple'",
        "global.extra-index-url='file:///here/simple https://more.test/simple'",
        "global.find-links='/here/wheels'",
        "global.constraint='/here/constraints.txt'",
        "global.timeout='15'",
        ":env:.timeout='180'",
        ":env:.cert='/here/certificates.pem'",
    ]
    settings = registries.parsed_settings(lines)
    machine = {
        "HTTPS_PROXY": "http://proxy.test",
        "no_proxy": "localhost",
        "PYTHONPATH": "/here",
        "PIP_TARGET": "/here",
    }
    assert registries.environment(settings, machine) == {
        "HTTPS_PROXY": "http://proxy.test",
        "no_proxy": "localhost",
        "PIP_INDEX_URL": "https://index.test/simple",
        "PIP_EXTRA_INDEX_URL": "https://more.test/simple",
        "PIP_TIMEOUT": "180",
        "PIP_CERT": registries.CERTIFICATES,
    }
    assert registries.certificates(settings, machine) == Path("/here/certificates.pem")
    assert registries.certificates({}, {"SSL_CERT_FILE": "/other.pem"}) == Path("/other.pem")
    assert registries.environment({}, {}) == {}
