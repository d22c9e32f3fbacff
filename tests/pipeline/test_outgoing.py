"""Addresses that the program does not connect to, whatever name stands for them."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from pipeline.outgoing import NotReached, check_addresses, check_host
from pipeline.sources.url import Url


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fd00:ec2::254", "0.0.0.0", "::",
     "224.0.0.1", "100.100.100.200", "0xA9FEA9FE", "2852039166"],
)  # fmt: skip
def test_link_local_and_metadata_addresses_are_refused(host: str) -> None:
    with pytest.raises(NotReached):
        check_host(host)


def test_the_houses_own_network_is_open_and_exceptions_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert check_host("127.0.0.1") == "127.0.0.1"
    assert check_host("10.1.2.3") == "10.1.2.3"
    monkeypatch.setenv("DENIALDESK_OUTGOING_ALLOW", "169.254.7.7")
    assert check_host("169.254.7.7") == "169.254.7.7"
    with pytest.raises(NotReached):
        check_host("169.254.169.254")


def test_a_name_is_judged_by_what_it_means(monkeypatch: pytest.MonkeyPatch) -> None:
    def means(*_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", ("10.0.0.1", 0)), (0, 0, 0, "", ("169.254.169.254", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", means)
    with pytest.raises(NotReached):
        check_host("innocent.example")


def test_storage_addresses_and_endpoints_are_checked() -> None:
    check_addresses("s3://bucket/169.254.169.254", "file:///srv/fax", 7, None)
    with pytest.raises(NotReached):
        check_addresses("https://169.254.169.254/latest/meta-data")
    source = Url("s3://bucket/in", options={"client_kwargs": {"endpoint_url": "http://[fe80::1]"}})
    with pytest.raises(NotReached):
        list(source.new(None))  # type: ignore[arg-type]  # refused before anything is asked
