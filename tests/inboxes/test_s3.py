"""S3 as the place of blobs and as an inbox, against a server that speaks it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from desk_calls import Run
from real_servers import free_port, letter
from s3_server import BUCKET, s3_server, system
from sqlalchemy import update
from test_operations import all_rows

from models.errors import StoreError
from pipeline.batch import open_blobs
from pipeline.commands.doctor import letters
from pipeline.home import Home, Settings
from pipeline.operations.health import health
from pipeline.operations.purge import purge
from pipeline.store.blobs import BlobChanged, BlobGone, NotReadJustNow
from pipeline.store.cases import Cases
from pipeline.store.database import open_database
from pipeline.store.schema import DocumentRow, now


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    with s3_server() as env:
        yield env


@pytest.fixture
def env(s3: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    return s3


def settings_for(folder: Path, blobs: str) -> Settings:
    home = Home(folder)
    home.prepare()
    return Settings(home, f"sqlite:///{home.database_file}", blobs_dir=blobs)


def test_blobs_in_a_bucket(env: dict[str, str], tmp_path: Path) -> None:
    blobs = open_blobs(settings_for(tmp_path, f"s3://{BUCKET}/one"))
    path = tmp_path / "letter.txt"
    path.write_bytes(b"letter" * 100_000)
    stored = blobs.put(path, 10 << 20)
    assert blobs.put(path, 10 << 20) == stored
    assert blobs.read(stored.sha256) == path.read_bytes()
    assert blobs.read(blobs.put_bytes(b"piece").sha256) == b"piece"
    assert blobs.place.trouble() == ""
    assert [each for each in blobs.root.iterdir() if each.is_file()] == []  # nothing stays here
    (name,) = (each for each in system(env).find(f"{BUCKET}/one") if each.endswith(stored.sha256))
    system(env).pipe_file(name, b"other bytes")
    with pytest.raises(BlobChanged):
        blobs.read(stored.sha256)
    assert blobs.put(path, 10 << 20) == stored  # a blob of another size is put right
    assert blobs.read(stored.sha256) == path.read_bytes()
    assert blobs.remove(stored.sha256)
    assert not blobs.remove(stored.sha256)
    with pytest.raises(BlobGone):
        blobs.read(stored.sha256)


def test_a_bucket_that_is_away_is_told_and_nothing_is_left(
    env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"letter")
    lacking = open_blobs(settings_for(tmp_path, "s3://nowhere/x"))
    with pytest.raises(StoreError, match="bucket") as caught:
        lacking.put(path, 1 << 20)
    assert caught.value.mend
    assert "bucket" in lacking.place.trouble()
    assert not letters(settings_for(tmp_path, "s3://nowhere/x")).well
    assert letters(settings_for(tmp_path, f"s3://{BUCKET}/x")).well
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    from s3fs import S3FileSystem

    S3FileSystem.clear_instance_cache()
    away = open_blobs(settings_for(tmp_path, f"s3://{BUCKET}/x"))
    with pytest.raises(StoreError, match="cannot be used"):
        away.put(path, 1 << 20)
    with pytest.raises(NotReadJustNow) as late:
        away.read("0" * 64)
    assert late.value.passing
    assert list(away.root.glob(".incoming*")) == []
    S3FileSystem.clear_instance_cache()


def test_from_a_bucket_over_a_bucket_to_a_packet(
    desk: Run, env: dict[str, str], tmp_path: Path
) -> None:
    """An s3:// inbox, blobs in s3://, a copy, its restoration into another bucket, deletion."""
    bucket = system(env)
    for number in range(3):
        bucket.pipe_file(f"{BUCKET}/fax/{number}.txt", letter(number))
    more = {**env, "DENIALDESK_BLOBS_DIR": f"s3://{BUCKET}/letters"}
    added = desk("inbox", "add", "url", f"s3://{BUCKET}/fax", "--name", "fax", "--done", "done",
                 **more)  # fmt: skip
    assert added.returncode == 0, added.stderr
    ended = desk("inbox", "run", "fax", **more)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert sorted(name.rpartition("/")[2] for name in bucket.find(f"{BUCKET}/fax/done")) == [
        "0.txt", "1.txt", "2.txt",
    ]  # fmt: skip
    assert "0 new" in desk("inbox", "run", "fax", **more).stdout
    settings = settings_for(tmp_path / "home", more["DENIALDESK_BLOBS_DIR"])
    database = open_database(settings.database_url)
    cases = Cases(database).all()
    kept = {name.rpartition("/")[2] for name in bucket.find(f"{BUCKET}/letters")}
    assert kept == {case.sha256 for case in cases}
    assert [path for path in settings.home.blobs.rglob("*") if path.is_file()] == []
    assert health(settings, database).checks["blobs"] == "ok"
    copied = desk("backup", tmp_path / "copy.zip", **more)
    assert copied.returncode == 0, copied.stderr
    new = {**more, "DENIALDESK_BLOBS_DIR": f"s3://{BUCKET}/again"}
    back = desk("--home", tmp_path / "new", "restore", tmp_path / "copy.zip", **new)
    assert back.returncode == 0, back.stderr
    restored = open_database(f"sqlite:///{tmp_path / 'new' / 'denialdesk.db'}")
    assert all_rows(restored) == all_rows(database)
    restored.close()
    assert {name.rpartition("/")[2] for name in bucket.find(f"{BUCKET}/again")} == kept
    with database.session() as session:
        session.execute(update(DocumentRow).values(received_at=now() - timedelta(days=800)))
    assert purge(settings, database, now() - timedelta(days=700)).blobs == 3
    assert bucket.find(f"{BUCKET}/letters") == []
    database.close()
