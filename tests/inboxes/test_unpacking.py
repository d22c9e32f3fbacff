"""What is in a mail or an archive: letters, what rules leave out, and what cannot be opened."""

from __future__ import annotations

import io
import zipfile
import zlib
from email.message import EmailMessage

import olefile
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outlook_files import compound_file, message
from PIL import Image
from real_servers import letter, mail

from extractors.reading import read_document
from extractors.reading.limits import Limits
from extractors.reading.unpack import Piece, rules, unpack
from models.errors import Locked

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def pieces(data: bytes, name: str = "received", **limits: int) -> list[Piece]:
    return list(unpack(data, name, Limits(**limits)))  # type: ignore[arg-type]


def told(found: list[Piece]) -> list[tuple[str, str]]:
    return [(each.name, each.rule or (each.error.kind if each.error else "letter"))
            for each in found]  # fmt: skip


def picture(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("L", size, 200).save(out, "PNG")
    return out.getvalue()


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def test_a_plain_letter_is_its_own_only_piece() -> None:
    (piece,) = pieces(PDF, "fax.pdf")
    assert piece.data is not None
    assert (piece.name, piece.data, piece.rule, piece.error) == ("fax.pdf", PDF, "", None)


def test_attachments_are_letters_and_the_covering_text_is_left_out() -> None:
    found = pieces(mail(files={"a.pdf": PDF, "b.txt": letter(1)}))
    assert told(found) == [
        ("text of the mail", "covering_text"), ("a.pdf", "letter"), ("b.txt", "letter"),
    ]  # fmt: skip


def test_a_letter_in_the_body_is_one() -> None:
    (piece,) = pieces(mail(text="We have denied your request for Ocrevus.\n", files={}))
    assert piece.rule == ""
    assert b"We have denied" in piece.data
    assert b"Subject: Denial" in piece.data


def test_a_long_letter_in_the_body_counts_also_beside_an_attachment() -> None:
    text = "Your request was denied. You may appeal. " + "These are more words. " * 40
    assert told(pieces(mail(text=text, files={"form.pdf": PDF}))) == [
        ("text of the mail.txt", "letter"), ("form.pdf", "letter"),
    ]  # fmt: skip


def test_what_is_no_letter_is_left_out_by_rule_and_shown() -> None:
    made = EmailMessage()
    made["From"], made["Subject"] = "a@b.example", "x"
    made.set_content("See attached.")
    made.add_attachment(picture((90, 40)), maintype="image", subtype="png", filename="logo.png")
    made.add_attachment(b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", maintype="text", subtype="calendar",
                        filename="invite.ics")  # fmt: skip
    made.add_attachment(b"\x30\x80", maintype="application", subtype="pkcs7-signature",
                        filename="smime.p7s")  # fmt: skip
    made.add_attachment(b"BEGIN:VCARD\nEND:VCARD\n", maintype="text", subtype="x-vcard",
                        filename="me.vcf")  # fmt: skip
    made.add_attachment(picture((1200, 1600)), maintype="image", subtype="png", filename="page.png")
    assert told(pieces(made.as_bytes())) == [
        ("text of the mail", "covering_text"), ("logo.png", "logo"), ("invite.ics", "calendar"),
        ("smime.p7s", "signature"), ("me.vcf", "contact"), ("page.png", "letter"),
    ]  # fmt: skip
    assert {"logo", "calendar", "signature", "contact", "covering_text"} <= set(rules())


def test_a_letter_as_inline_image_is_one() -> None:
    made = EmailMessage()
    made["From"], made["Subject"] = "a@b.example", "fax"
    made.set_content("<html><body><img src='cid:p1'></body></html>", subtype="html")
    made.add_related(picture((1240, 1754)), "image", "png", cid="<p1>")
    assert [kind for _, kind in told(pieces(made.as_bytes()))] == ["letter"]


def test_forwarded_mails_are_opened() -> None:
    inner = mail("inner", files={"a.pdf": PDF})
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "a@b.example", "Fwd"
    outer.set_content("fyi")
    import email
    import email.policy

    outer.add_attachment(email.message_from_bytes(inner, policy=email.policy.default))
    found = told(pieces(outer.as_bytes()))
    assert ("a.pdf", "letter") in found
    assert [kind for _, kind in found].count("letter") == 1


def test_a_mailbox_file_holds_many() -> None:
    box = b"".join(b"From x@y Mon Sep 14 10:00:00 2026\n" + mail(files={f"{n}.txt": letter(n)})
                   + b"\n" for n in range(3))  # fmt: skip
    assert [name for name, kind in told(pieces(box)) if kind == "letter"] == [
        "0.txt", "1.txt", "2.txt",
    ]  # fmt: skip


def test_an_archive_is_opened_and_its_names_lead_nowhere() -> None:
    found = pieces(
        archive(
            {
                "../../etc/a.txt": letter(1),
                "C:\\x\\b.txt": letter(2),
                "__MACOSX/._a.txt": b"x",
                "in.zip": archive({"c.txt": letter(3)}),
            }
        )
    )
    assert told(found) == [
        ("a.txt", "letter"), ("b.txt", "letter"), ("._a.txt", "system_file"), ("c.txt", "letter"),
    ] or told(found)[:2] == [("a.txt", "letter"), ("b.txt", "letter")]  # fmt: skip
    assert not any("/" in piece.name or "\\" in piece.name for piece in found)
    assert ("c.txt", "letter") in told(found)


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    bomb = archive({"big.txt": b"\0" * (400 << 20)})
    assert len(bomb) < 1 << 20
    (piece,) = pieces(bomb)
    assert piece.error is not None
    assert piece.error.kind == "too_large"


def test_archives_in_archives_end() -> None:
    data = archive({"a.txt": letter(1)})
    for _ in range(12):
        data = archive({"in.zip": data}, zipfile.ZIP_STORED)
    (piece,) = pieces(data)
    assert piece.error is not None
    assert "deeper" in piece.error.message


def test_too_many_files_end() -> None:
    found = pieces(archive({f"{n}.txt": letter(n) for n in range(30)}), max_parts=10)
    assert sum(not piece.error for piece in found) == 10
    assert all(piece.error is None or piece.error.kind == "too_large" for piece in found)


def test_a_file_locked_with_a_password_says_so() -> None:
    data = bytearray(archive({"a.txt": letter(1)}, zipfile.ZIP_STORED))
    data[6] |= 1  # the flag of encryption, in both of its places
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (piece,) = pieces(bytes(data))
    assert piece.error is not None
    assert piece.error.kind == "password"


def test_a_damaged_archive_says_so() -> None:
    whole = archive({"a.txt": b"word " * 4000})
    (piece,) = pieces(whole[: len(whole) // 2])
    assert piece.error is not None
    spoilt = bytearray(whole)
    spoilt[60] ^= 0xFF
    (piece,) = pieces(bytes(spoilt))
    assert piece.error is None or piece.error.kind == "damaged"


def test_winmail_dat_is_opened() -> None:
    def attribute(level: int, kind: int, data: bytes) -> bytes:
        total = sum(data) & 0xFFFF
        return (bytes([level]) + kind.to_bytes(4, "little") + len(data).to_bytes(4, "little")
                + data + total.to_bytes(2, "little"))  # fmt: skip

    made = (
        b"\x78\x9f\x3e\x22\x01\x00"
        + attribute(1, 0x00089006, (0x10000).to_bytes(4, "little"))
        + attribute(2, 0x00069002, b"\x01\0" + b"\0" * 12)
        + attribute(2, 0x00018010, b"letter.pdf\0")
        + attribute(2, 0x0006800F, PDF)
    )
    found = pieces(mail(files={"winmail.dat": made}))
    assert ("letter.pdf", "letter") in told(found)
    assert next(piece.data for piece in found if piece.name == "letter.pdf") == PDF
    for end in (40, 90, len(made) - 20):
        assert any(piece.error for piece in pieces(mail(files={"winmail.dat": made[:end]})))


def test_an_outlook_message_is_opened_with_what_was_forwarded_in_it() -> None:
    second = message("Second denial", "See the letter.", files={"b.txt": letter(2)}, embedded=True)
    files = {"a.pdf": PDF * 200, "c.txt": letter(3)}
    first = message("First denial", "As talked about.", files=files, forwarded=second)
    data = compound_file(first)
    with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_POTENTIAL) as strict:
        assert strict.exists("__properties_version1.0")
    found = pieces(data, "mail.msg")
    assert told(found) == [
        ("text of the mail", "covering_text"), ("a.pdf", "letter"), ("c.txt", "letter"),
        ("text of the mail", "covering_text"), ("b.txt", "letter"),
    ]  # fmt: skip
    assert [piece.data for piece in found if piece.data] == [PDF * 200, letter(3), letter(2)]
    (alone,) = pieces(compound_file(message("Denial", "We have denied your request.")), "x.msg")
    assert alone.data is not None
    assert alone.data.startswith(b"From: <fax@plan.example>\nSubject: Denial\n\nWe have denied")
    for end in (600, len(data) // 2, len(data) - 700):
        cut = pieces(data[:end], "cut.msg")
        assert cut
        whole = (b"", data[:end], *files.values(), letter(2))  # never a part of a letter
        assert all(piece.data in whole for piece in cut)


@pytest.mark.parametrize(
    "data",
    [
        b"From: a@b\nSubject: x\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/mixed; boundary=abc\n\n--abc\nContent-Type: text/plain\n\nhi",
        b"From: a@b\nSubject: =?utf-9?q?x?=\nMIME-Version: 1.0\n"
        b"Content-Type: text/plain; charset=no-such\nContent-Transfer-Encoding: base64\n\n@@@",
        b"From: a@b\nSubject: x\nMIME-Version: 1.0\n"
        b"Content-Type: application/pdf; name=\"=?bad\n\n%PDF-1.7",
    ],
)  # fmt: skip
def test_broken_mails_never_raise(data: bytes) -> None:
    assert pieces(data, "x.eml")


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_nothing_raises(data: bytes) -> None:
    pieces(data)
    pieces(b"PK\x03\x04" + data)
    pieces(b"From: a@b\nSubject: x\nMIME-Version: 1.0\n" + data, "x.eml")
    pieces(zlib.compress(data))


def test_an_invitation_is_no_letter() -> None:
    """As calendar programs send it: words, and the same as a calendar entry beside them."""
    made = EmailMessage()
    made["From"], made["Subject"] = "a@b.example", "Invitation: denial huddle"
    made.set_content("Denial huddle\nWhen: Monday 9:00\nWhere: room 4\n")
    made.add_alternative(b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n",
                         maintype="text", subtype="calendar")  # fmt: skip
    assert told(pieces(made.as_bytes())) == [
        ("text of the mail", "covering_text"), ("part 1", "calendar"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("charset", "body"),
    [("utf-8", "Caf\u00e9 denied".encode("latin-1")), ("us-ascii", "Caf\u00e9 denied".encode()),
     ("x-unknown", b"We denied it"), ("utf-16", b"We denied it")],
)  # fmt: skip
def test_a_letter_under_a_wrong_charset_is_one_all_the_same(charset: str, body: bytes) -> None:
    head = (
        f"From: a@b\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\n"
    )
    (piece,) = pieces(head.encode() + b"Content-Transfer-Encoding: 8bit\n\n" + body, "x.eml")
    assert (piece.rule, piece.error) == ("", None)
    assert b"denied" in piece.data


def test_a_locked_letter_goes_on_to_the_reader_that_tells_so() -> None:
    with pikepdf.new() as made:
        made.add_blank_page()
        out = io.BytesIO()
        made.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    found = pieces(mail(files={"locked.pdf": out.getvalue(), "b.txt": letter(1)}))
    assert ("b.txt", "letter") in told(found)
    data = next(piece.data for piece in found if piece.name == "locked.pdf")
    with pytest.raises(Locked):
        read_document(data, "locked.pdf")


def test_an_empty_mail_is_left_out() -> None:
    assert [rule for _, rule in told(pieces(b"From: a@b\nSubject: x\nMIME-Version: 1.0\n\n"))] == [
        "empty"
    ]
