"""The virus scanner: clean, infected, away, confused; a file is fetched by nobody before it has spoken."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.settings import Settings
from service.uploads.clamd import ScannerError, virus_in
from service.uploads.receive import received
from service.usecases.attach import attach
from tests.factories import City, make_draft
from tests.uploads import files
from tests.workers.conftest import rows
from workers.scan import scan_next
from workers.tick import due


class Daemon:
    """A clamd that knows one virus, on loopback or on a socket of the file system."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.answer: bytes | None = None
        self.received: list[bytes] = []

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client, client.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                data = b""
                while size := int.from_bytes(stream.read(4), "big"):
                    data += stream.read(size)
                self.received.append(data)
                found = b"stream: Eicar-Test-Signature FOUND\0" if files.EICAR.encode() in data else b"stream: OK\0"
                client.sendall(found if self.answer is None else self.answer)


@contextmanager
def listening(listener: socket.socket) -> Iterator[Daemon]:
    daemon = Daemon(listener)
    thread = threading.Thread(target=daemon.serve, daemon=True)
    thread.start()
    yield daemon
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    with listening(socket.create_server(("127.0.0.1", 0))) as started:
        yield started


@pytest.fixture
def scanning(settings: Settings, daemon: Daemon) -> Settings:
    return settings.model_copy(update={"clamd": f"127.0.0.1:{daemon.listener.getsockname()[1]}"})


def add(factory: sessionmaker[Session], city: City, settings: Settings, *paragraphs: str) -> int:
    """An attachment of a new draft."""
    with (
        received(settings.home, io.BytesIO(files.docx(*paragraphs)), name="x.docx", max_mb=1) as upload,
        unit_of_work(factory) as session,
    ):
        form = make_draft(session, city)
        return attach(session, city["filler"], submission_id=form, upload=upload, settings=settings)


def states(engine: Engine) -> list[tuple[str, str | None]]:
    return [tuple(row) for row in rows(engine, "select scan, virus from attachment order by id")]


def test_a_clean_file_is_let_through(
    engine: Engine, factory: sessionmaker[Session], city: City, scanning: Settings, daemon: Daemon
) -> None:
    add(factory, city, scanning, "签收单")
    assert states(engine) == [("pending", None)]
    assert due(factory, patience_seconds=15).reports
    assert scan_next(factory, scanning)
    assert states(engine) == [("clean", None)]
    assert daemon.received == [files.docx("签收单")]
    assert not scan_next(factory, scanning)
    assert not due(factory, patience_seconds=15).reports


def test_the_test_virus_is_found(
    engine: Engine, factory: sessionmaker[Session], city: City, scanning: Settings, daemon: Daemon
) -> None:
    add(factory, city, scanning, "x")
    daemon.answer = b"stream: Eicar-Test-Signature FOUND\0"
    assert scan_next(factory, scanning)
    assert states(engine) == [("infected", "Eicar-Test-Signature")]


def test_eicar_itself(tmp_path: Path, scanning: Settings) -> None:
    path = tmp_path / "eicar"
    path.write_text(files.EICAR)
    assert virus_in(scanning.clamd or "", path) == "Eicar-Test-Signature"
    path.write_text("harmless")
    assert virus_in(scanning.clamd or "", path) is None


def test_a_daemon_on_a_socket_of_the_file_system(tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "clamd.ctl"))
    listener.listen()
    path = tmp_path / "x"
    path.write_bytes(files.EICAR.encode() + b"\x00" * 600_000)
    with listening(listener):
        assert virus_in(str(tmp_path / "clamd.ctl"), path) == "Eicar-Test-Signature"


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"what?\0"])
def test_an_answer_that_is_none_is_no_yes(
    *, engine: Engine, factory: sessionmaker[Session], city: City, scanning: Settings, daemon: Daemon, answer: bytes
) -> None:
    add(factory, city, scanning)
    daemon.answer = answer
    assert not scan_next(factory, scanning)
    assert states(engine) == [("pending", None)]
    assert rows(engine, "select scan_due_at > now() from attachment") == [(True,)], "tried again after a pause"
    assert not scan_next(factory, scanning)
    rows(engine, "update attachment set scan_due_at = now()")
    daemon.answer = None
    assert scan_next(factory, scanning)
    assert states(engine) == [("clean", None)]


def test_a_scanner_that_is_away_is_waited_for(
    engine: Engine, factory: sessionmaker[Session], city: City, settings: Settings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    away = settings.model_copy(update={"clamd": f"127.0.0.1:{port}"})
    add(factory, city, away)
    for _ in range(3):
        rows(engine, "update attachment set scan_due_at = now()")
        assert not scan_next(factory, away)
    assert states(engine) == [("pending", None)]
    assert rows(engine, "select scan_attempts from attachment") == [(3,)]
    with pytest.raises(ScannerError):
        virus_in(f"127.0.0.1:{port}", Path(__file__))


def test_a_worker_that_woke_up_late_writes_nothing(
    engine: Engine, factory: sessionmaker[Session], city: City, scanning: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(factory, city, scanning)

    def slow(_address: str, _path: Path) -> None:
        rows(engine, "update attachment set scan_attempts = scan_attempts + 1")

    monkeypatch.setattr("workers.scan.virus_in", slow)
    assert scan_next(factory, scanning)
    assert states(engine) == [("pending", None)]


def test_without_a_scanner_files_say_so(
    engine: Engine, factory: sessionmaker[Session], city: City, settings: Settings, scanning: Settings
) -> None:
    add(factory, city, scanning)
    assert scan_next(factory, settings), "the setting was taken out while a file waited"
    assert states(engine) == [("skipped", None)]
