"""`python -m benchmarks.inbox_poll`: a look through a mailbox of 10,000 mails that finds nothing
new, against a real Dovecot over TLS: seconds of the whole command, and bytes that come back."""

from __future__ import annotations

import argparse

from benchmarks.common import publish, verdict, workplace
from benchmarks.inbox_runs import call, table, timed

SECONDS, MEGABYTES = 2.0, 1.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inbox_poll", description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    count = parser.parse_args().mails
    from real_servers import PASSWORD, USER, Proxy, dovecot, letter, mail

    with workplace() as work, dovecot() as server:
        secret = work / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o600)
        server.put(*(mail(f"old {n}", files={"a.txt": letter(n)}) for n in range(100)))
        client = server.client()
        client.select("INBOX")
        for _ in range(count // 100 - 1):
            client.copy("1:100", "INBOX")
        client.logout()
        proxy = Proxy(server.port)
        call(
            work / "home", "inbox", "add", "imap", "localhost", USER, "--name", "mail",
            "--port", str(proxy.port), "--secret", f"file:{secret}", "--ca-file", server.ca,
            "--subject", "^new",
        )  # fmt: skip
        before = proxy.received
        first = call(work / "home", "inbox", "run", "mail")
        first_bytes = proxy.received - before
        polls = []
        for _ in range(3):
            before = proxy.received
            seconds, computed = timed(work / "home", "inbox", "run", "mail")
            polls.append((seconds, computed, proxy.received - before))
        proxy.close()
    seconds, computed, received = sorted(polls)[1]
    publish(
        "inbox_poll",
        "Idle look through a mailbox",
        [
            f"A mailbox of {count:,} mails at a real Dovecot over TLS; a proxy counts the bytes.",
            "",
            *table(
                ("", "seconds", "of a processor", "MB received"),
                [
                    ("first look, headers of all", f"{first:.1f}", "", f"{first_bytes / 1e6:.2f}"),
                    ("idle look, the whole command (median of 3)", f"{seconds:.2f}",
                     f"{computed:.2f}", f"{received / 1e6:.3f}"),
                ],
            ),
            "",
            f"Targets: {SECONDS} s {verdict(seconds, SECONDS)}, "
            f"{MEGABYTES} MB {verdict(received / 1e6, MEGABYTES)}.",
        ],
        f"idle look {seconds:.2f} s (processor {computed:.2f} s), {received / 1e6:.3f} MB",
    )  # fmt: skip


if __name__ == "__main__":
    main()
