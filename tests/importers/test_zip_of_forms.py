"""Zips of form files: bounded before anything is unpacked, refused as a whole with a reason, names as they were meant."""

from __future__ import annotations

import io
import stat
import struct
import time
import zipfile

import pytest

from service.importers.zip_of_forms import LARGEST_MEMBER, LARGEST_ZIP, MOST_FILES, member_bytes, members_of
from workflows.errors import InvalidRequest


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in entries:
            archive.writestr(entry, data)
    return out.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(InvalidRequest) as caught:
        members_of(io.BytesIO(data), size=len(data))
    assert caught.value.field == "file"
    return caught.value.reason


def info(name: str, **values: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    for key, value in values.items():
        setattr(entry, key, value)
    return entry


def test_form_files_are_listed_in_order_and_what_systems_leave_behind_is_not() -> None:
    data = zipped(
        ("甲单位/表.xlsx", b"1"), ("乙.TXT", b"22"), ("__MACOSX/乙.txt", b""), (".DS_Store", b""), ("~$表.xlsx", b""),
        ("folder/", b""), ("Thumbs.db", b""), ("丙.json", b"333"),
    )  # fmt: skip
    found = members_of(io.BytesIO(data), size=len(data))
    assert [(one.name, one.size) for one in found] == [("甲单位/表.xlsx", 1), ("乙.TXT", 2), ("丙.json", 3)]
    assert [member_bytes(io.BytesIO(data), one.index) for one in found] == [b"1", b"22", b"333"]


def test_a_name_in_gbk_that_does_not_say_so_is_read_as_it_was_written() -> None:
    data = zipped(("xxxx.txt", b"1")).replace(b"xxxx.txt", "表格".encode("gbk") + b".txt")
    (found,) = members_of(io.BytesIO(data), size=len(data))
    assert found.name == "表格.txt"
    assert member_bytes(io.BytesIO(data), found.index) == b"1"


def test_a_name_steers_no_terminal_and_turns_no_reading_direction() -> None:
    data = zipped(("a\u202e\x1b[31m.txt", b"1"))
    (found,) = members_of(io.BytesIO(data), size=len(data))
    assert found.name.isprintable()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "zip_damaged"),
        (b"PK\x03\x04" + b"\0" * 100, "zip_damaged"),
        (b"Rar!\x1a\x07\x00", "zip_damaged"),
        (zipped(), "zip_empty"),
        (zipped(("folder/", b"")), "zip_empty"),
        (zipped(("../../etc/x.txt", b"1")), "zip_unsafe_name"),
        (zipped(("/etc/x.txt", b"1")), "zip_unsafe_name"),
        (zipped(("C:\\x.txt", b"1")), "zip_unsafe_name"),
        (zipped(("a\\..\\..\\x.txt", b"1")), "zip_unsafe_name"),
        (zipped((info("link.txt", external_attr=(stat.S_IFLNK | 0o777) << 16), b"/etc/passwd")), "zip_unsafe_name"),
        (zipped(("nested.zip", zipped(("a.txt", b"1")))), "zip_foreign_file"),
        (zipped(("macro.xlsm", b"1")), "zip_foreign_file"),
        (zipped(("run.exe", b"MZ")), "zip_foreign_file"),
        (zipped((info("a.txt", compress_type=zipfile.ZIP_BZIP2), b"1")), "zip_method"),
        (zipped(("a.txt", b"\0" * (LARGEST_MEMBER + 1))), "zip_member_too_large"),
        (zipped(*((f"{number}.txt", b"1") for number in range(MOST_FILES + 1))), "zip_too_many"),
        (zipped(*((f"f{number}/", b"") for number in range(4 * MOST_FILES + 1))), "zip_too_many"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_zip_of_forms_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    assert refusal(data) == reason


def test_a_password_is_seen_before_it_is_asked_for() -> None:
    data = bytearray(zipped(("a.txt", b"1")))
    for header, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.index(header) + at
        data[start : start + 2] = struct.pack("<H", 1)
    assert refusal(bytes(data)) == "zip_encrypted"


def test_entries_that_share_their_bytes_are_refused() -> None:
    data = zipped(("a.txt", b"0" * 1000), ("b.txt", b"0" * 1000))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    shared = bytearray(data)
    shared[second + 42 : second + 46] = struct.pack("<I", 0)  # its bytes are those of the first, which begin at 0
    assert refusal(bytes(shared)) == "zip_damaged"


def test_a_size_that_lies_is_no_way_to_more_memory() -> None:
    data = bytearray(zipped(("a.txt", b"\0" * (3 * LARGEST_MEMBER))))
    for header, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = data.index(header) + at
        data[start : start + 4] = struct.pack("<I", 10)
    (found,) = members_of(io.BytesIO(bytes(data)), size=len(data))
    with pytest.raises(InvalidRequest) as caught:
        member_bytes(io.BytesIO(bytes(data)), found.index)
    assert caught.value.reason in ("zip_member_damaged", "file_too_large")


def test_damage_in_the_middle_refuses_that_file_alone_and_a_damaged_directory_the_zip() -> None:
    data = zipped(("a.txt", bytes(range(256)) * 40))
    assert refusal(data.replace(b"PK\x01\x02", b"XXXX")) == "zip_damaged"
    for damaged in (data.replace(b"PK\x03\x04", b"XXXX"), data[:200] + b"\xff" * 20 + data[220:]):
        (found,) = members_of(io.BytesIO(damaged), size=len(damaged))
        with pytest.raises(InvalidRequest) as caught:
            member_bytes(io.BytesIO(damaged), found.index)
        assert caught.value.reason == "zip_member_damaged"


def test_the_largest_zip_is_refused_by_its_size_alone() -> None:
    with pytest.raises(InvalidRequest) as caught:
        members_of(io.BytesIO(b""), size=LARGEST_ZIP + 1)
    assert caught.value.reason == "zip_too_large"


def test_a_thousand_files_are_listed_fast() -> None:
    data = zipped(*((f"单位{number}.json", b"{}" * 500) for number in range(MOST_FILES)))
    started = time.process_time()
    assert len(members_of(io.BytesIO(data), size=len(data))) == MOST_FILES
    assert time.process_time() - started < 2
