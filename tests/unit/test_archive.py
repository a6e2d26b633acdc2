"""Widgets as zip files: what is put in comes out, and what somebody made to hurt does not get in."""

import io
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Mapping

import pytest

from widget_model.archive import MANIFEST, MAX_ENTRIES, VERSION, Archive, ArchiveError, Manifest, gather, pack, unpack
from widget_model.files import MAX_FILES, MAX_TOTAL_BYTES, FileContent, FileError

FILES: dict[str, FileContent] = {
    "main.py": "print('hello, wörld')\n",
    "README.md": "# A widget\n",
    "requirements.txt": "requests==2.32.3\n",
    "lib/deep/er.py": "",
    "picture.png": {"base64": "iVBORw0KGgr/"},
}
FULL = Manifest("scheduled", "Täglich", "Was es tut\nin zwei Zeilen", {"every": "day", "n": 2, "timezone": "UTC"})


def zipped(files: Mapping[str, bytes | str], compression: int = zipfile.ZIP_STORED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", compression) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return written.getvalue()


def with_entry(info: zipfile.ZipInfo, content: bytes = b"x") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("main.py", "1")
        archive.writestr(info, content)
    return written.getvalue()


def test_d_33_what_is_packed_comes_back_as_it_was() -> None:
    packed = pack(FULL, FILES, 1_790_000_000.0)

    assert unpack(packed) == Archive(dict(FILES), FULL)
    assert pack(FULL, FILES, 1_790_000_000.0) == packed
    assert sorted(zipfile.ZipFile(io.BytesIO(packed)).namelist()) == sorted([MANIFEST, *FILES])


def test_files_packed_by_hand_need_no_manifest_and_may_lie_in_a_folder() -> None:
    by_hand: dict[str, bytes | str] = {
        "my-repo-main/main.py": "1",
        "my-repo-main/lib/a.py": "2",
        "my-repo-main/__pycache__/a.pyc": b"\0",
        "my-repo-main/.git/config": "x",
        "my-repo-main/.DS_Store": b"\0",
        "my-repo-main/": b"",
        "__MACOSX/my-repo-main/._main.py": b"\0",
    }

    found = unpack(zipped(by_hand))

    assert found == Archive({"main.py": "1", "lib/a.py": "2"}, None)


def test_the_folder_of_a_widget_that_has_only_that_stays() -> None:
    packed = pack(Manifest("script", "x"), {"lib/a.py": "1"}, 0.0)

    assert unpack(packed).files == {"lib/a.py": "1"}


@pytest.mark.parametrize(
    "path",
    [
        *("../main.py", "/etc/passwd", "a/../../b.py", "C:\\windows\\x.py", "a\\b.py", "./main.py", "a//b.py"),
        *(".env", "lib/.ssh/id", "x" * 300, "a b /c.py", "caf\u00e9.py", "\u202egnp.py", "-rf", "a/" * 120 + "b"),
    ],
)
def test_a_name_that_no_widget_may_have_is_refused(path: str) -> None:
    with pytest.raises((ArchiveError, FileError)):
        unpack(zipped({"main.py": "1", path: "x"}))


def test_a_name_with_a_hidden_end_is_refused() -> None:
    packed = zipped({"main.pyX../../etc": "x"}).replace(b"main.pyX../../etc", b"main.py\0../../etc")

    with pytest.raises(ArchiveError, match="no name that is taken"):
        unpack(packed)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_anything_but_an_ordinary_file_is_refused(kind: int) -> None:
    info = zipfile.ZipInfo("passwd")
    info.external_attr = (kind | 0o777) << 16

    with pytest.raises(ArchiveError, match="ordinary file"):
        unpack(with_entry(info, b"/etc/passwd"))


def test_an_encrypted_entry_is_refused() -> None:
    packed = bytearray(zipped({"main.py": "x"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = packed.index(signature) + offset
        packed[at] |= 1

    with pytest.raises(ArchiveError, match="encrypted"):
        unpack(bytes(packed))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused() -> None:
    with pytest.raises(ArchiveError, match="twice"):
        unpack(with_entry(zipfile.ZipInfo("main.py"), b"another one"))


def test_a_name_that_is_a_file_and_a_folder_is_refused() -> None:
    with pytest.raises(FileError, match="both"):
        unpack(zipped({"a": "1", "a/b": "2"}))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_could_take_any_amount_of_memory_is_refused(method: int) -> None:
    with pytest.raises(ArchiveError, match="compressed"):
        unpack(zipped({"main.py": "x" * 1000}, compression=method))


def test_a_bomb_is_unpacked_no_further_than_the_limit() -> None:
    bomb = zipped({f"{n}.txt": bytes(40_000_000) for n in range(5)}, compression=zipfile.ZIP_DEFLATED)
    tracemalloc.start()

    with pytest.raises(ArchiveError, match="when unpacked"):
        unpack(bomb)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(bomb) < 300_000
    assert peak < 6 * MAX_TOTAL_BYTES


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    bomb = bytearray(zipped({"main.py": bytes(20_000_000)}, compression=zipfile.ZIP_DEFLATED))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = bomb.index(signature) + offset
        bomb[at : at + 4] = struct.pack("<I", 10)

    with pytest.raises(ArchiveError):
        unpack(bytes(bomb))


def test_entries_that_share_their_bytes_unpack_no_further_than_the_limit() -> None:
    # A "better zip bomb": many names in the list of contents that all point to the same compressed bytes.
    one = zipped({"aaaa": bytes(1_000_000)}, compression=zipfile.ZIP_DEFLATED)
    central, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    entry = one[central:end]
    listed = b"".join(entry.replace(b"aaaa", b"%04d" % n) for n in range(200))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 200, 200, len(listed), central, 0)

    with pytest.raises(ArchiveError):
        unpack(one[:central] + listed + tail)


def test_a_hundred_thousand_entries_are_refused_before_they_are_read() -> None:
    entry = b"PK\x01\x02" + bytes(42)
    listed = entry * 100_000
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(listed), 0, 0)

    with pytest.raises(ArchiveError, match=f"more than {MAX_ENTRIES} entries"):
        unpack(listed + tail)


def test_more_files_than_a_widget_has_are_refused() -> None:
    with pytest.raises(FileError, match=f"at most {MAX_FILES} files"):
        unpack(zipped({f"f{n}.py": "" for n in range(MAX_FILES + 1)}))


@pytest.mark.parametrize(
    "data",
    [b"", b"PK", b"not a zip", b"PK\x05\x06" + bytes(18), zipped({"main.py": "x" * 99})[:60]],
    # The time is in a zip: a name made of it would be another one in each lane.
    ids=["nothing", "two letters", "text", "an empty zip", "the beginning of one"],
)
def test_what_is_no_zip_with_files_is_refused(data: bytes) -> None:
    with pytest.raises(ArchiveError):
        unpack(data)


def test_a_damaged_entry_is_refused() -> None:
    packed = bytearray(zipped({"main.py": "x" * 99}))
    packed[packed.index(b"x" * 99)] = 0

    with pytest.raises(ArchiveError, match="no zip file that can be read"):
        unpack(bytes(packed))


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        (b"{", "not JSON"),
        (b"[" * 60_000, "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "not a manifest"),
        (b'{"kind": "script"}', "not a manifest"),
        (b'{"widgetry": true}', "not a manifest"),
        (b'{"widgetry": %d}' % (VERSION + 1), "newer Widgetry"),
        (b'{"widgetry": 1, "kind": 3}', "'kind' is not text"),
        (b'{"widgetry": 1, "schedule": "daily"}', "'schedule' is not an object"),
        (b" " * 70_000, "larger than"),
    ],
)
def test_a_manifest_that_is_not_right_is_refused_by_name(manifest: bytes, told: str) -> None:
    with pytest.raises(ArchiveError, match=told):
        gather([("main.py", b"x"), (MANIFEST, manifest)])
