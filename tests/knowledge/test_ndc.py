"""NDC forms, the FDA directory loaded, and the look-up. The directory here is invented."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.ndc import FILE, look_up, ndc11, readings
from knowledge.ndc_import import import_directory
from models.errors import UsageError

PRODUCT = (
    "PRODUCTID\tPRODUCTNDC\tPRODUCTTYPENAME\tPROPRIETARYNAME\tPROPRIETARYNAMESUFFIX\t"
    "NONPROPRIETARYNAME\tDOSAGEFORMNAME\tLABELERNAME\tACTIVE_NUMERATOR_STRENGTH\t"
    "ACTIVE_INGRED_UNIT\n"
    "a\t99999-150\tHUMAN PRESCRIPTION DRUG\tExamplia\tPen\texamplumab\tINJECTION\t"
    'Sample "Fine" Labs\t30\tmg/mL\n'
    "b\t9999-0155\tHUMAN PRESCRIPTION DRUG\tSamplé\t\tsamplol\tTABLET\tAcme\t5\tmg/1\n"
    "c\tnot a code\tX\tBad\t\tbad\tTABLET\tAcme\t\t\n"
)
PACKAGE = (
    "PRODUCTID\tPRODUCTNDC\tNDCPACKAGECODE\tPACKAGEDESCRIPTION\n"
    "a\t99999-150\t99999-150-01\t1 VIAL in 1 CARTON (99999-150-01)\n"
    "b\t9999-0155\t9999-0155-23\t90 TABLET in 1 BOTTLE\n"
)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "product.txt").write_bytes(PRODUCT.encode("cp1252"))
    (tmp_path / "package.txt").write_bytes(PACKAGE.encode("cp1252"))
    return tmp_path


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0071-0155-23", "00071-0155-23"),  # 4-4-2
        ("50242-150-01", "50242-0150-01"),  # 5-3-2
        ("50242-1500-1", "50242-1500-01"),  # 5-4-1
        ("50242-0150-01", "50242-0150-01"),
        ("50242015001", "50242-0150-01"),
        ("NDC: 50242-150-01", "50242-0150-01"),
        ("N450242015001", "50242-0150-01"),
        ("50242–150–01", "50242-0150-01"),
        ("5024215001", None),  # three codes share it
        ("502-4215-001", None),
        ("50242-150", None),
        ("١٢٣٤٥٦٧٨٩٠١", None),
        ("", None),
    ],
)
def test_every_form_is_brought_to_eleven_digits(text: str, code: str | None) -> None:
    assert ndc11(text) == code


@given(st.integers(0, 9999), st.integers(0, 9999), st.integers(0, 99))
def test_ten_bare_digits_keep_their_true_reading(labeler: int, product: int, package: int) -> None:
    dashed = f"{labeler:04}-{product:04}-{package:02}"
    assert ndc11(dashed) in readings(dashed.replace("-", ""))
    assert len(readings(dashed.replace("-", ""))) == 3


@given(st.text(max_size=30))
def test_any_text_is_a_code_or_is_none(text: str) -> None:
    for code in readings(text):
        assert ndc11(code) == code


@pytest.mark.parametrize("named", ["product.txt", "package.txt", "ndctext.zip"])
def test_the_directory_is_loaded_and_asked(directory: Path, named: str) -> None:
    with zipfile.ZipFile(directory / "ndctext.zip", "w") as packed:
        packed.write(directory / "product.txt", "ndc/PRODUCT.TXT")
        packed.write(directory / "package.txt", "ndc/package.txt")
    target = directory / "home" / FILE
    assert import_directory(directory / named, target) == (2, 2)
    found = look_up("99999-0150-01", target)
    assert found is not None
    assert (found.name, found.labeler) == ("Examplia Pen (examplumab)", 'Sample "Fine" Labs')
    assert found.package == "1 VIAL in 1 CARTON (99999-150-01)"
    bare = look_up("9999915001", target)  # of three readings the directory knows one
    assert bare == found
    other = look_up("9999-0155-99", target)
    assert other is not None
    assert (other.name, other.package) == ("Samplé (samplol)", "")
    assert look_up("12345-6789-01", target) is None


def test_what_is_no_directory_is_refused_and_the_old_one_kept(directory: Path) -> None:
    target = directory / FILE
    import_directory(directory / "product.txt", target)
    before = target.read_bytes()
    for name, content in (
        ("notes.zip", b"PK\x03\x04 broken"),
        ("product.txt", b"A\tB\n1\t2\n"),
        ("product.txt", PRODUCT.splitlines()[0].encode() + b"\n"),
    ):
        folder = directory / f"bad-{len(content)}"
        folder.mkdir()
        (folder / name).write_bytes(content)
        with pytest.raises(UsageError):
            import_directory(folder / name, target)
    assert target.read_bytes() == before
    assert sorted(p.name for p in directory.glob(".ndc-*")) == []


def test_without_a_directory_or_with_a_damaged_one_nothing_is_known(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENIALDESK_HOME", str(directory / "empty"))
    assert look_up("99999-0150-01") is None
    (directory / FILE).write_bytes(b"no database at all, and long enough to be read as one" * 30)
    assert look_up("99999-0150-01", directory / FILE) is None
    sqlite3.connect(directory / "bare.sqlite").close()
    assert look_up("99999-0150-01", directory / "bare.sqlite") is None
