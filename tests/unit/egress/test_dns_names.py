import ipaddress
from pathlib import Path

import pytest

from widget_egress.connect_proxy import _AnswerError, _parse
from widget_egress.dns import HostResolvers, literal_address
from widget_egress.settings import EgressSettings


@pytest.mark.parametrize(
    ("spelling", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("::1", "::1"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1"),
        ("example.org", None),
        ("1.example.org", None),
    ],
)
def test_it_reads_every_spelling_of_an_address(spelling: str, address: str | None) -> None:
    found = literal_address(spelling)

    assert (found and ipaddress.ip_address(found)) == (address and ipaddress.ip_address(address))


def test_it_rewrites_an_absolute_address_for_the_origin() -> None:
    target = _parse(
        b"GET http://example.org:8080/a?b=c HTTP/1.1\r\nHost: example.org:8080\r\nProxy-Authorization: x\r\n"
        b"Proxy-Connection: keep-alive\r\nConnection: keep-alive\r\nAccept: */*\r\n\r\n"
    )

    assert (target.host, target.port) == ("example.org", 8080)
    assert target.head == (b"GET /a?b=c HTTP/1.1\r\nHost: example.org:8080\r\nAccept: */*\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1",
        b"GET https://example.org/ HTTP/1.1",
        b"GET ftp://example.org/ HTTP/1.1",
        b"CONNECT example.org HTTP/1.1",
        b"CONNECT user@example.org:443 HTTP/1.1",
        b"CONNECT example.org:443 HTTP/2",
        b"CONNECT example.org:99999 HTTP/1.1",
        b"CONNECT :443 HTTP/1.1",
        b"\xff\xfe",
    ],
)
def test_it_answers_400_to_what_is_no_proxy_request(line: bytes) -> None:
    with pytest.raises(_AnswerError) as caught:
        _parse(line + b"\r\nHost: x\r\n\r\n")

    assert caught.value.status == 400


def test_settings_are_lists_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIDGETRY_RUNTIME", "/run/x")
    monkeypatch.setenv("WIDGETRY_EGRESS_ALLOW", "10.0.0.0/8, fd00::/8")
    monkeypatch.setenv("WIDGETRY_EGRESS_DENY", "redis:6379,10.1.0.0/16,[fd00::5]:80,site.example,1.2.3.4:5432")

    settings = EgressSettings()

    run = settings.policies()["run"]
    assert [str(network) for network in run.allow] == ["10.0.0.0/8", "fd00::/8"]
    assert [str(network) for network in run.deny] == ["10.1.0.0/16", "fd00::5/128", "1.2.3.4/32"]
    assert settings.denied_hosts() == ("redis", "site.example")


def test_it_follows_the_machines_resolvers(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    resolvers = HostResolvers(path)
    assert resolvers.current() == ()

    path.write_text("nameserver 10.0.0.1\n")
    assert resolvers.current() == ("10.0.0.1",)
    path.unlink()
    assert resolvers.current() == ("10.0.0.1",)
    path.write_text("nameserver 10.0.0.2\nnameserver fd00::1\n")
    assert resolvers.current() == ("10.0.0.2", "fd00::1")
