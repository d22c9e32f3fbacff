"""Where the program itself may connect to: webhooks and storage addresses are named by people.

Addresses by which machines in a cloud are told their own secrets (link-local, such as
169.254.169.254), and those that are no single machine's, are refused, whatever name stands for
them; DENIALDESK_OUTGOING_ALLOW names exceptions. Addresses of the house's own network are not
refused: that is where a clinic's servers are.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
from collections.abc import Collection
from urllib.parse import urlsplit

from models.errors import UsageError

_METADATA = tuple(
    ipaddress.ip_network(each) for each in ("fd00:ec2::254/128", "100.100.100.200/32")
)
"""Metadata services outside the link-local range."""
_HOSTS = frozenset({"http", "https", "sftp", "ssh", "ftp", "smb", "webdav", "webhdfs"})
"""Schemes whose address names a host; that of `s3` names a bucket."""


class NotReached(UsageError):
    """An address that the program does not connect to."""

    kind = "address_refused"


def check_host(host: str, allowed: Collection[str] | None = None) -> str:
    """An IP address of a host that may be connected to. Raises NotReached; OSError where the name
    is not known. Connect to what is returned: the name may mean something else a moment later."""
    if allowed is None:
        allowed = os.environ.get("DENIALDESK_OUTGOING_ALLOW", "").replace(",", " ").split()
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    if host not in allowed:
        for address in found:
            if address not in allowed and _is_refused(address):
                raise NotReached(
                    "The address is link-local, or no single machine's",
                    "Name another, or allow it with DENIALDESK_OUTGOING_ALLOW.",
                )
    return found[0]


def check_addresses(*addresses: object) -> None:
    """Check the hosts of those of some values that are addresses (`scheme://host`). Raises as
    `check_host`; a name that is not known is left to whoever connects."""
    for address in addresses:
        parts = urlsplit(address) if isinstance(address, str) and "://" in address else None
        if parts is not None and parts.scheme in _HOSTS and parts.hostname:
            with contextlib.suppress(OSError):
                check_host(parts.hostname)


def _is_refused(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return (
        ip.is_link_local
        or ip.is_multicast
        or ip.is_unspecified
        or any(ip in network for network in _METADATA if network.version == ip.version)
    )
