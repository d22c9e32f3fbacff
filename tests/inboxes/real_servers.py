"""Real servers for tests, each in a folder of its own and on a free port: Dovecot over TLS, and a
proxy that counts bytes and cuts connections."""

from __future__ import annotations

import contextlib
import imaplib
import os
import pwd
import random
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

PASSWORD = "correct-horse"
USER = "denials@example.org"

_CONFIG = """
base_dir = {root}/run
state_dir = {root}/state
instance_name = {root}
protocols = imap
listen = 127.0.0.1
log_path = {root}/log
ssl = required
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
disable_plaintext_auth = yes
auth_mechanisms = plain xoauth2 oauthbearer
mail_location = mdbox:{root}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 0
first_valid_gid = 0
default_internal_user = {account}
default_internal_group = {group}
default_login_user = {account}
mail_fsync = never
namespace inbox {{
  inbox = yes
  separator = /
}}
passdb {{
  driver = static
  args = password={password}
  mechanisms = plain
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/home/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  client_limit = 200
}}
"""


@dataclass
class Dovecot:
    """A running Dovecot."""

    root: Path
    port: int
    ca: Path
    introspection: int = 0

    def client(self, user: str = USER) -> imaplib.IMAP4_SSL:
        context = ssl.create_default_context(cafile=str(self.ca))
        client = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context, timeout=60)
        client.login(user, PASSWORD)
        return client

    def put(self, *mails: bytes, user: str = USER, folder: str = "INBOX") -> None:
        client = self.client(user)
        if folder != "INBOX":
            client.create(folder)
        for mail in mails:
            kind, told = client.append(folder, "", "", mail.replace(b"\r\n", b"\n").replace(
                b"\n", b"\r\n"))  # fmt: skip
            assert kind == "OK", told
        client.logout()

    def flags(self, folder: str = "INBOX") -> list[bytes]:
        client = self.client()
        client.select(folder, readonly=True)
        _, data = client.uid("FETCH", "1:*", "(FLAGS)")
        client.logout()
        return [item for item in data if isinstance(item, bytes)]

    def renumber(self, folder: str) -> None:
        """Give a folder another UIDVALIDITY and its mails other numbers, as a rebuilt server
        does."""
        client = self.client()
        client.rename(folder, "Old")
        client.create(folder)
        client.select("Old")
        client.copy("1:*", folder)
        client.close()
        client.delete("Old")
        client.logout()


def free_port() -> int:
    """A port that nobody has, below those that systems hand out by themselves: until its server
    listens, no outgoing connection of another test may take it."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def certificate(folder: Path, expired: bool = False) -> None:
    """A self-signed certificate for localhost, perhaps one that ran out long ago."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now - timedelta(days=30) if expired else now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@contextmanager
def dovecot(expired: bool = False, introspection: int = 1) -> Iterator[Dovecot]:
    """Dovecot until the block ends. Skips where it is not installed, fails on CI."""
    program = shutil.which("dovecot") or "/usr/sbin/dovecot"
    if not Path(program).exists():
        if os.environ.get("CI"):
            pytest.fail("Dovecot is not installed; scripts/setup --tests installs it")
        pytest.skip("Dovecot is not installed")
    if os.geteuid() != 0:
        pytest.skip("Dovecot's login processes need root to be started")
    # Its sockets' paths must be short, and other accounts must reach them.
    root = Path(tempfile.mkdtemp(prefix="desk-dovecot-"))
    root.chmod(0o755)
    certificate(root, expired)
    port = free_port()
    (root / "oauth2.conf").write_text(
        f"introspection_url = http://127.0.0.1:{introspection}/token?t=\n"
        "introspection_mode = get\nusername_attribute = username\nactive_attribute = active\n"
        "active_value = true\n"
    )
    owner = pwd.getpwnam("nobody")  # Dovecot refuses to touch mail as root
    for name in ("mail", "home"):
        (root / name).mkdir()
        os.chown(root / name, owner.pw_uid, owner.pw_gid)
    account, group = ("dovenull", "dovenull") if _has_account("dovenull") else ("nobody", "nogroup")
    (root / "dovecot.conf").write_text(
        _CONFIG.format(
            root=root, uid=owner.pw_uid, gid=owner.pw_gid, port=port, password=PASSWORD,
            account=account, group=group,
        )
    )  # fmt: skip
    process = subprocess.Popen(
        [program, "-F", "-c", str(root / "dovecot.conf")],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        _wait_for(port, process, root)
        yield Dovecot(root, port, root / "cert.pem", introspection)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=20)
        process.kill()
        shutil.rmtree(root, ignore_errors=True)


def _has_account(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _wait_for(port: int, process: subprocess.Popen[bytes], root: Path) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        if process.poll() is not None:
            told = (process.stderr.read() if process.stderr else b"").decode()
            log = (root / "log").read_text() if (root / "log").exists() else ""
            pytest.fail(f"Dovecot did not start: {told}{log}")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        time.sleep(0.05)
    pytest.fail("Dovecot did not start in time")


class Proxy:
    """Hands bytes through to a port, counts those that come back, and may cut a connection after
    so many of them; `cuts` says how many connections are still to be cut."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.received = 0
        self.cut_after = 0
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            threading.Thread(target=self._up, args=(near, far), daemon=True).start()
            threading.Thread(target=self._down, args=(far, near), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(65536):
                far.sendall(data)
        _shut(near, far)

    def _down(self, far: socket.socket, near: socket.socket) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := far.recv(4096):
                passed += len(data)
                self.received += len(data)
                if self.cuts > 0 and passed > self.cut_after:
                    self.cuts -= 1
                    break
                near.sendall(data)
        _shut(near, far)


def _shut(*sockets: socket.socket) -> None:
    for each in sockets:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


def mail(subject: str = "Denial", text: str = "", sender: str = "fax@plan.example",
         files: dict[str, bytes] | None = None) -> bytes:  # fmt: skip
    """A mail with attachments."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, USER, subject
    made["Message-ID"] = f"<{time.monotonic_ns()}@plan.example>"
    made.set_content(text or "Please see the letter attached.\n")
    for name, data in (files or {}).items():
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def letter(number: int, **orders: str) -> bytes:
    """A letter for the quick worker calls, each another one."""
    lines = [f"pages {1 + number % 3}", f"number {number}"]
    return "\n".join([*lines, *(f"{word} {rest}" for word, rest in orders.items())]).encode()


def until(found: Callable[[], bool], seconds: float = 120, pause: float = 0.05) -> None:
    """Wait for something, generously. `pause`: seconds between two looks, which take time from
    whatever is waited for."""
    ends = time.monotonic() + seconds
    while not found():
        if time.monotonic() > ends:
            pytest.fail("it did not come about in time")
        time.sleep(pause)


PYTHON = sys.executable
