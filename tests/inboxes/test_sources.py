"""Inboxes against the real thing: folders, mail files, storage, and a Dovecot over TLS."""

from __future__ import annotations

import json
import mailbox
import os
import threading
import time
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from conftest_inboxes import Bench
from real_servers import PASSWORD, USER, Dovecot, Proxy, dovecot, letter, mail

from models.errors import DeskError, SetupError, UsageError
from pipeline.collecting import Busy, collect
from pipeline.secrets import check_reference, resolve
from pipeline.sources.base import SourceDown, SourceRefused
from pipeline.store.inboxes import Inbox

YEAR = 366 * 86400


def old(path: Path, data: bytes) -> Path:
    """A file that has been still for long."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (time.time() - 2 * 86400,) * 2)
    return path


def drop(bench: Bench, done: bool = True, still: float = 0.05) -> tuple[Path, Inbox]:
    folder = bench.folder / "drop"
    folder.mkdir(exist_ok=True)
    return folder, bench.add("folder", path=str(folder), done=done, still=still)


# --- folders ---------------------------------------------------------------------------------


def test_a_folder_is_emptied_once(bench: Bench) -> None:
    folder, inbox = drop(bench)
    for n in range(3):
        old(folder / f"sub{n}" / "a.txt", letter(n))
    old(folder / "again.txt", letter(0))
    (folder / "link.txt").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe.txt")
    old(folder / ".hidden.txt", b"x")
    old(folder / "half.part", b"x")
    counts = bench.run(inbox)
    assert (counts["new"], counts["stored"]) == (4, 4)
    assert sorted(state for _, state, _ in bench.pieces(inbox)) == ["duplicate"] + ["stored"] * 3
    assert sorted(str(p.relative_to(folder)) for p in (folder / "done").rglob("*.txt")) == [
        "done/again.txt", "done/sub0/a.txt", "done/sub1/a.txt", "done/sub2/a.txt",
    ]  # fmt: skip
    calls = bench.pool_calls
    assert bench.run(inbox) == {}
    assert bench.pool_calls == calls


def test_files_may_be_left_and_a_new_file_of_an_old_name_is_seen(bench: Bench) -> None:
    folder, inbox = drop(bench, done=False)
    path = old(folder / "fax.txt", letter(1))
    assert bench.run(inbox)["stored"] == 1
    assert bench.run(inbox) == {}
    assert path.exists()
    path.write_bytes(letter(22))
    assert bench.run(inbox)["stored"] == 1
    assert len(bench.states(inbox)) == 2


def test_a_growing_file_is_left_until_it_is_still(bench: Bench) -> None:
    folder, inbox = drop(bench, still=1.0)
    path = folder / "scan.txt"
    over = threading.Event()
    begun = threading.Event()

    def grow() -> None:
        with path.open("wb", buffering=0) as file:
            while not over.is_set():
                file.write(b"pages 1\n")
                begun.set()
                time.sleep(0.01)

    thread = threading.Thread(target=grow)
    thread.start()
    begun.wait()
    try:
        assert bench.run(inbox) == {}
    finally:
        over.set()
        thread.join()
    assert bench.run(inbox)["stored"] == 1


def test_a_folder_that_vanishes_is_a_state_of_the_inbox(bench: Bench) -> None:
    folder, inbox = drop(bench)
    folder.rmdir()
    with pytest.raises(SourceDown, match="not there"):
        bench.run(inbox)
    failing = bench.inboxes.one(inbox.id)
    assert failing.error is not None
    assert failing.failures == 1
    folder.mkdir()
    old(folder / "a.txt", letter(1))
    assert bench.run(inbox)["stored"] == 1
    assert bench.inboxes.one(inbox.id).error is None


def test_a_back_fill_looks_again_at_what_came_since_a_day(bench: Bench) -> None:
    folder, inbox = drop(bench, done=False)
    old(folder / "new.txt", letter(1))
    os.utime(old(folder / "years.txt", letter(2)), (time.time() - 2 * YEAR,) * 2)
    since = date.today() - timedelta(days=30)
    counts = bench.run(inbox, since=since)
    assert (counts["seen"], counts["new"]) == (1, 1)
    counts = bench.run(inbox, since=since)  # seen again, and nothing done twice
    assert counts == {"seen": 1}
    assert bench.run(inbox)["stored"] == 1  # and the rest is not forgotten
    assert bench.states(inbox) == ["stored", "stored"]


def test_what_cannot_be_read_fails_alone_and_stays(bench: Bench) -> None:
    folder, inbox = drop(bench)
    old(folder / "a.txt", letter(1))
    old(folder / "big.txt", b"x" * 2000)
    old(folder / "empty.txt", b"")
    run = collect(bench.means(most_bytes=1000), inbox, "by_hand")
    assert bench.runs.one(run).counts["failed"] == 2
    assert bench.states(inbox) == ["stored", "failed", "failed"]
    assert (folder / "big.txt").exists()
    assert all(m.error and m.error[2] for m in bench.messages(inbox)[1:])
    bench.inboxes.retry(inbox.id)
    assert bench.run(inbox)["stored"] == 1  # the big one, with the usual limit
    assert bench.states(inbox) == ["stored", "stored", "failed"]


def test_a_name_that_is_no_text_is_taken_and_moved(bench: Bench) -> None:
    folder, inbox = drop(bench)
    path = Path(os.fsdecode(os.fsencode(folder) + b"/fax\xff\xfe.txt"))
    try:
        old(path, letter(1))
    except OSError:
        pytest.skip("this file system wants UTF-8 names")
    assert bench.run(inbox)["stored"] == 1
    assert not path.exists()


def test_two_operators_at_once_do_nothing_twice(bench: Bench) -> None:
    folder, inbox = drop(bench)
    for n in range(20):
        old(folder / f"{n}.txt", letter(n))
    results: list[str] = []

    def operate(owner: str, wait: bool) -> None:
        try:
            results.append(collect(bench.means(owner), inbox, "by_hand", wait=wait))
        except Busy:
            results.append("busy")

    threads = [
        threading.Thread(target=operate, args=(f"other{n}/owner-{n}", n > 0)) for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = [bench.runs.one(run).counts.get("stored", 0) for run in results if run != "busy"]
    assert sum(stored) == 20
    assert len(bench.pieces(inbox)) == 20
    assert {state for _, state, _ in bench.pieces(inbox)} == {"stored"}


def test_a_busy_inbox_is_skipped_and_the_run_says_so(bench: Bench) -> None:
    _, inbox = drop(bench)
    assert bench.inboxes.take(inbox.id, "elsewhere/owner-9|x")
    with pytest.raises(Busy):
        bench.run(inbox)
    assert [run.state.value for run in bench.runs.all(inbox.id)] == ["skipped"]
    bench.inboxes.let_go("elsewhere/owner-9|x")
    assert bench.run(inbox) == {}


# --- mail files ------------------------------------------------------------------------------


def test_an_mbox_is_read_and_never_changed(bench: Bench) -> None:
    path = bench.folder / "box"
    box = mailbox.mbox(path)
    for n in range(3):
        box.add(mail(f"n{n}", files={f"{n}.txt": letter(n)}))
    box.close()
    os.utime(path, (time.time() - YEAR,) * 2)
    before = path.read_bytes()
    inbox = bench.add("mail", path=str(path), done=True, still=0.05)
    assert bench.run(inbox)["stored"] == 3
    assert path.read_bytes() == before
    assert bench.run(inbox) == {}
    box = mailbox.mbox(path)
    box.remove(0)
    box.add(mail("n3", files={"3.txt": letter(3)}))
    box.close()
    os.utime(path, (time.time() - YEAR,) * 2)
    assert bench.run(inbox)["stored"] == 1


def test_a_maildir_is_read_and_its_mails_become_seen(bench: Bench) -> None:
    box = mailbox.Maildir(bench.folder / "Maildir")
    for n in range(3):
        box.add(mail(f"n{n}", files={f"{n}.txt": letter(n)}))
    inbox = bench.add("mail", path=str(bench.folder / "Maildir"), done=True, still=0.05)
    assert bench.run(inbox)["stored"] == 3
    assert len(list((bench.folder / "Maildir" / "cur").iterdir())) == 3
    assert all(p.name.endswith(":2,S") for p in (bench.folder / "Maildir" / "cur").iterdir())
    assert bench.run(inbox) == {}


def test_a_single_mail_and_a_folder_of_mails(bench: Bench) -> None:
    old(bench.folder / "one.eml", mail(files={"a.txt": letter(1)}))
    inbox = bench.add("mail", path=str(bench.folder / "one.eml"), done=True, still=0.05)
    assert bench.run(inbox)["stored"] == 1
    old(bench.folder / "mails" / "two.eml", mail(files={"b.txt": letter(2), "a.txt": letter(1)}))
    many = bench.add("mail", path=str(bench.folder / "mails"), done=True, still=0.05)
    assert bench.run(many)["stored"] == 1
    assert bench.pieces(many)[1:] == [("b.txt", "stored", None), ("a.txt", "duplicate", None)]


def test_a_storage_url_is_emptied(bench: Bench) -> None:
    pytest.importorskip("fsspec")
    old(bench.folder / "bucket" / "a.txt", letter(1))
    old(bench.folder / "bucket" / "x" / "b.txt", letter(2))
    url = f"file://{bench.folder}/bucket"
    inbox = bench.add("url", url=url, done="done", options={}, secret="", secret_as="secret")
    assert bench.run(inbox)["stored"] == 2
    assert (bench.folder / "bucket" / "done" / "x" / "b.txt").exists()
    assert bench.run(inbox) == {}


# --- a mailbox -------------------------------------------------------------------------------


def box(
    bench: Bench, server: Dovecot, port: int | None = None, secret: str = "", **more: object
) -> Inbox:
    where = {
        "host": "localhost", "user": USER, "port": port or server.port, "folder": "INBOX",
        "mark": "seen", "ca_file": str(server.ca), **more,
    }  # fmt: skip
    given = bench.folder / "secret"
    given.write_text(PASSWORD + "\n")
    given.chmod(0o600)
    return bench.add("imap", mailbox=where, secret=secret or f"file:{given}")


def test_a_mailbox_is_emptied_and_marked_only_then(bench: Bench, mail_server: Dovecot) -> None:
    mail_server.put(
        mail("one", files={"a.txt": letter(1), "b.txt": letter(2)}),
        mail("two", files={"a.txt": letter(1)}),
        mail("broken", files={"x.zip": b"PK\x03\x04 broken"}),
        mail("news", sender="news@shop.example"),
        mail("Cafeteria menu", sender="office@plan.example"),
    )
    inbox = box(bench, mail_server, senders=["plan.example"], subject="one|two|broken")
    counts = bench.run(inbox)
    assert bench.states(inbox) == ["stored", "stored", "failed", "ignored", "ignored"]
    assert [m.rule for m in bench.messages(inbox)] == [None, None, None, "sender", "subject"]
    assert (counts["stored"], counts["ignored"]) == (2, 2)
    seen = [b"Seen" in flags for flags in mail_server.flags()]
    assert seen == [True, True, False, False, False]
    pieces = [piece for piece in bench.pieces(inbox) if piece[1] != "ignored"]
    assert [state for _, state, _ in pieces] == ["stored", "stored", "duplicate", "failed"]
    assert bench.run(inbox) == {}


def test_stored_mails_may_be_moved(bench: Bench, mail_server: Dovecot) -> None:
    mail_server.put(mail("one", files={"a.txt": letter(1)}))
    mail_server.put(mail("x"), folder="Done")
    inbox = box(bench, mail_server, mark="move", moved_to="Done")
    assert bench.run(inbox)["stored"] == 1
    assert mail_server.flags() in ([], [b""])
    assert len(mail_server.flags("Done")) == 2


def test_a_mail_that_was_stored_and_not_marked_is_marked_next_time(
    bench: Bench, mail_server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.sources.imap import Imap

    mail_server.put(mail("one", files={"a.txt": letter(1)}))
    inbox = box(bench, mail_server)
    with monkeypatch.context() as broken:
        broken.setattr("pipeline.collecting._PAUSE", 0.01)

        def cut(_self: Imap, _key: str) -> None:
            raise SourceDown("cut", "again")

        broken.setattr(Imap, "acknowledge", cut)
        with pytest.raises(SourceDown):
            bench.run(inbox)
    assert b"Seen" not in mail_server.flags()[0]
    assert bench.states(inbox) == ["stored"]
    bench.run(inbox)
    assert b"Seen" in mail_server.flags()[0]
    assert bench.states(inbox) == ["stored"]


def test_a_connection_cut_in_the_middle_of_a_fetch(bench: Bench, mail_server: Dovecot) -> None:
    big = os.urandom(150_000).hex().encode()
    mail_server.put(*(mail(f"n{n}", files={f"{n}.txt": letter(n) + big}) for n in range(3)))
    proxy = Proxy(mail_server.port)
    try:
        inbox = box(bench, mail_server, port=proxy.port)
        proxy.cut_after, proxy.cuts = 200_000, 1
        counts = bench.run(inbox)
    finally:
        proxy.close()
    assert proxy.cuts == 0
    assert counts["reconnected"] >= 1
    assert bench.states(inbox) == ["stored"] * 3
    assert all(b"Seen" in flags for flags in mail_server.flags())


def test_new_numbers_of_all_mails_bring_duplicates_and_no_new_letters(
    bench: Bench, mail_server: Dovecot
) -> None:
    mail_server.put(*(mail(f"n{n}", files={f"{n}.txt": letter(n)}) for n in range(3)), folder="Fax")
    inbox = box(bench, mail_server, folder="Fax")
    assert bench.run(inbox)["stored"] == 3
    mail_server.renumber("Fax")
    mail_server.put(mail("n3", files={"3.txt": letter(3)}), folder="Fax")
    assert bench.run(inbox)["stored"] == 4
    letters = [state for name, state, _ in bench.pieces(inbox) if name.endswith(".txt")]
    assert letters == ["stored"] * 3 + ["duplicate"] * 3 + ["stored"]


def test_only_what_is_new_is_fetched(bench: Bench, mail_server: Dovecot) -> None:
    """2,000 mails of 20 kB, of which 30 are new; then a look that finds nothing."""
    many = [mail(f"old {n}", files={"x.txt": b"%d\n" % n + b"z" * 20_000}) for n in range(20)]
    client = mail_server.client()
    for one in many:
        client.append("INBOX", "", "", one.replace(b"\n", b"\r\n"))
    client.select("INBOX")
    for _ in range(99):
        client.copy("1:20", "INBOX")
    client.logout()
    proxy = Proxy(mail_server.port)
    try:
        inbox = box(bench, mail_server, port=proxy.port, subject="new")
        assert bench.run(inbox)["ignored"] == 2000
        mail_server.put(*(mail(f"new {n}", files={"a.txt": letter(n)}) for n in range(30)))
        before = proxy.received
        assert bench.run(inbox)["stored"] == 30
        assert proxy.received - before < 300_000  # all of them weigh 60 MB
        before = proxy.received
        assert bench.run(inbox) == {}
        assert proxy.received - before < 50_000
    finally:
        proxy.close()


def test_a_large_attachment_is_stored_or_refused_unfetched(
    bench: Bench, mail_server: Dovecot
) -> None:
    """40 MB of scan in one mail: 55 MB as it is sent."""
    large = os.urandom(1 << 20) * 40
    mail_server.put(
        mail("large", files={"scan.txt": letter(1), "large.pdf": b"%PDF-1.7\n" + large}),
        mail("small", files={"a.txt": letter(2)}),
    )
    proxy = Proxy(mail_server.port)
    try:
        inbox = box(bench, mail_server, port=proxy.port)
        run = collect(bench.means(most_bytes=20 << 20), inbox, "by_hand")
        assert proxy.received < 1 << 20
        assert bench.runs.one(run).counts["stored"] == 1
        assert bench.states(inbox) == ["failed", "stored"]
        error = bench.messages(inbox)[0].error
        assert error is not None
        assert "MB" in error[1]
        assert [b"Seen" in flags for flags in mail_server.flags()] == [False, True]
        bench.inboxes.retry(inbox.id)
        assert bench.run(inbox)["stored"] == 1  # with the usual limit
    finally:
        proxy.close()
    assert bench.states(inbox) == ["stored", "stored"]
    assert ("large.pdf", "stored", None) in bench.pieces(inbox)


def test_what_is_wrong_with_a_mailbox_is_told_plainly(
    bench: Bench, mail_server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.collecting._PAUSE", 0.01)
    monkeypatch.setenv("WRONG_PASSWORD", "wrong")
    cases = [
        (box(bench, mail_server, secret="env:WRONG_PASSWORD"), SourceRefused, "refuses the login"),
        (box(bench, mail_server, folder="Nowhere"), SourceRefused, "no folder"),
        (box(bench, mail_server, ca_file=""), SourceRefused, "certificate"),
        (box(bench, mail_server, port=1), SourceDown, "connection"),
        (box(bench, mail_server, secret="env:NOT_SET_ANYWHERE"), SetupError, "not set"),
    ]
    for inbox, kind, words in cases:
        with pytest.raises(kind, match=words) as caught:
            bench.run(inbox)
        assert caught.value.mend
        assert "wrong" not in caught.value.message
        assert bench.inboxes.one(inbox.id).error is not None


def test_an_expired_certificate_is_told(bench: Bench) -> None:
    with dovecot(expired=True) as server:
        inbox = box(bench, server)
        with pytest.raises(SourceRefused, match="expired"):
            bench.run(inbox)


class _Tokens(BaseHTTPRequestHandler):
    """An identity provider: hands out a token for the right secret, and knows it again."""

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        good = asked["client_secret"] == ["s3cret"] and asked["grant_type"] == [
            "client_credentials"
        ]
        self._answer(200 if good else 401, {"access_token": "tok-1"} if good else {"error": "no"})

    def do_GET(self) -> None:
        good = parse_qs(urlparse(self.path).query).get("t") == ["tok-1"]
        self._answer(200, {"active": good, "username": USER})

    def _answer(self, code: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def test_login_by_oauth_client_credentials(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = HTTPServer(("127.0.0.1", 0), _Tokens)
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    port = provider.server_address[1]
    monkeypatch.setenv("CLIENT_SECRET", "s3cret")
    monkeypatch.setenv("BAD_SECRET", "other")
    try:
        with dovecot(introspection=port) as server:
            server.put(mail(files={"a.txt": letter(1)}))
            where = {"host": "localhost", "user": USER, "port": server.port,
                     "ca_file": str(server.ca)}  # fmt: skip
            client = {"client_id": "desk", "token_url": f"http://127.0.0.1:{port}/token",
                      "scope": "mail"}  # fmt: skip
            good = bench.add("imap", mailbox=where, secret="env:CLIENT_SECRET", oauth=client)
            assert bench.run(good)["stored"] == 1
            bad = bench.add("imap", mailbox=where, secret="env:BAD_SECRET", oauth=client)
            with pytest.raises(SourceRefused, match="no token"):
                bench.run(bad)
    finally:
        provider.shutdown()
        provider.server_close()


# --- secrets ---------------------------------------------------------------------------------


def test_a_secret_is_named_and_never_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError) as caught:
        check_reference("hunter2")
    assert "hunter2" not in str(caught.value)
    path = tmp_path / "s"
    path.write_text("word\n")
    path.chmod(0o644)
    with pytest.raises(SetupError, match="read by others"):
        resolve(f"file:{path}")
    path.chmod(0o600)
    assert resolve(f"file:{path}") == "word"
    monkeypatch.setenv("SOME_SECRET", "word2")
    assert resolve("env:SOME_SECRET") == "word2"
    with pytest.raises(DeskError):
        resolve("env:NOT_SET_ANYWHERE")
