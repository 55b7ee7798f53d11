"""What a guest can do, at both levels: what normal Python programs do."""

import asyncio
import ctypes
import importlib
import mmap
import os
import selectors
import shutil
import socket
import sqlite3
import ssl
import struct
import sys
import tempfile
import threading
import time
import zipfile
import zoneinfo
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.enforces

Confined = Callable[[Callable[[], object]], str]


@pytest.fixture(params=["STRONG", "SEALED"])
def level(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_guest_copies_moves_links_and_lists_its_own_files(
    scene: dict[str, str],
    confined: Confined,
) -> None:
    def work() -> None:
        own, group = scene["own"], scene["group"]
        shutil.copyfile(f"{own}/file", f"{own}/copy")
        shutil.copyfile(f"{scene['shared']}/file", f"{own}/from-shared")
        os.replace(f"{own}/copy", f"{group}/moved")
        os.link(f"{own}/file", f"{group}/linked")
        os.symlink("file", f"{own}/link")
        os.makedirs(f"{own}/a/b/c")
        shutil.move(f"{own}/a", f"{group}/a")
        os.truncate(f"{own}/file", 3)

        with open(f"{own}/link", encoding="utf-8") as file:
            assert file.read() == "con"

        assert sorted(entry.name for entry in os.scandir(group)) == ["a", "file", "linked", "moved"]
        shutil.rmtree(f"{group}/a")

    assert confined(work) == ""


def test_copying_a_mode_is_refused_because_the_host_does_that(
    scene: dict[str, str],
    confined: Confined,
) -> None:
    outcome = confined(lambda: shutil.copy(f"{scene['own']}/file", f"{scene['own']}/copy"))

    assert outcome.partition("\n")[0] == "EPERM"
    assert "in chmod" in outcome or "copymode" in outcome


def test_sqlite_uses_a_write_ahead_log_in_the_group_folder(
    scene: dict[str, str],
    confined: Confined,
    free: Confined,
) -> None:
    name = os.path.join(scene["group"], "store.db")

    def insert() -> None:
        connection = sqlite3.connect(name)
        assert connection.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
        connection.execute("CREATE TABLE IF NOT EXISTS t (a)")

        with connection:
            connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(100)])

        assert os.path.exists(f"{name}-shm")
        connection.close()

    def count() -> None:
        connection = sqlite3.connect(name)
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (200,)
        connection.close()

    assert confined(insert) == ""
    assert confined(insert) == ""
    assert free(count) == ""


def test_64_threads_start_name_themselves_and_end(confined: Confined) -> None:
    def work() -> None:
        barrier = threading.Barrier(65)
        threads = [threading.Thread(target=barrier.wait) for _ in range(64)]

        for thread in threads:
            thread.start()

        barrier.wait()

        for thread in threads:
            thread.join()

    assert confined(work) == ""


def test_what_a_thread_starts_is_confined_too(scene: dict[str, str], confined: Confined) -> None:
    def work() -> None:
        errors: list[OSError] = []

        def look() -> None:
            try:
                os.listdir(scene["sibling"])
            except OSError as error:
                errors.append(error)

        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert [type(error) for error in errors] == [PermissionError]

    assert confined(work) == ""


LATE = """
argparse array base64 bisect bz2 calendar cmath codecs colorsys concurrent.futures configparser
contextvars copy csv ctypes curses datetime dbm.dumb decimal difflib dis email.message
encodings.idna encodings.utf_16 enum fileinput fractions gettext glob graphlib gzip hashlib
heapq hmac html.parser http.client http.cookies imaplib importlib.metadata ipaddress json locale
logging lzma mailbox mimetypes multiprocessing netrc numbers optparse pathlib pickle platform
plistlib pprint profile pyexpat queue quopri random sched secrets shelve shlex smtplib sqlite3
ssl statistics string stringprep subprocess symtable tarfile tempfile textwrap timeit tokenize
trace tracemalloc unicodedata unittest urllib.request uuid wave weakref wsgiref.util
xml.dom.minidom xml.etree.ElementTree xml.sax zipapp zipfile zlib zoneinfo
""".split()  # noqa: SIM905


def test_the_whole_standard_library_can_be_imported_late(confined: Confined) -> None:
    def work() -> None:
        # Forget what the tests' own process has loaded; extension modules stay, they load once.
        for name in list(sys.modules):
            loaded = getattr(sys.modules[name], "__file__", None) or ""

            if name.partition(".")[0] in LATE and loaded.endswith(".py"):
                del sys.modules[name]

        sys.dont_write_bytecode = True

        for name in LATE:
            importlib.import_module(name)

    assert confined(work) == ""


def test_asyncio_runs(confined: Confined) -> None:
    async def main() -> str:
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(lambda: None)
        queue: asyncio.Queue[str] = asyncio.Queue()
        task = asyncio.create_task(queue.get())
        await asyncio.to_thread(time.monotonic)
        queue.put_nowait("done")

        return await asyncio.wait_for(task, 5)

    def work() -> None:
        assert asyncio.run(main()) == "done"

    assert confined(work) == ""


def test_temporary_files_live_in_the_own_folder(scene: dict[str, str], confined: Confined) -> None:
    def work() -> None:
        tempfile.tempdir = scene["own"]

        with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as file:
            file.write(b"x")
            file.flush()
            assert os.listdir(folder) == []

        with tempfile.TemporaryFile() as unnamed:
            unnamed.write(b"x")

    assert confined(work) == ""


def test_archives_are_made_and_extracted(scene: dict[str, str], confined: Confined) -> None:
    def work() -> None:
        name = os.path.join(scene["own"], "archive.zip")

        with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(os.path.join(scene["own"], "file"), "folder/file")

        with zipfile.ZipFile(name) as archive:
            archive.extractall(os.path.join(scene["group"], "extracted"))

        assert os.path.exists(os.path.join(scene["group"], "extracted", "folder", "file"))

    assert confined(work) == ""


def test_waiting_works_in_every_way(confined: Confined) -> None:
    def work() -> None:
        left, right = socket.socketpair()
        left.sendall(b"x")
        left.setblocking(False)

        for kind in (
            selectors.SelectSelector,
            selectors.PollSelector,
            selectors.EpollSelector,
        ):
            with kind() as selector:
                selector.register(right, selectors.EVENT_READ)
                assert len(selector.select(1)) == 1

        assert right.recvmsg(1)[0] == b"x"
        right.send(b"z")
        counter = os.eventfd(1, os.EFD_NONBLOCK)
        assert os.eventfd_read(counter) == 1
        left.close()
        right.close()

    assert confined(work) == ""


def test_clocks_randomness_limits_and_processors_can_be_read(confined: Confined) -> None:
    def work() -> None:
        import resource

        assert time.time() > 0
        assert time.process_time() >= 0
        assert time.thread_time() >= 0
        assert time.clock_gettime(time.pthread_getcpuclockid(threading.get_ident())) >= 0
        assert len(os.urandom(8)) == 8
        assert os.sched_getaffinity(0)
        assert os.cpu_count() is None or os.cpu_count() >= 1  # type: ignore[operator]
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (256, 256)
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
        assert os.getpriority(os.PRIO_PROCESS, 0) == os.getpriority(os.PRIO_PROCESS, os.getpid())
        assert os.getpgrp() > 0
        assert os.uname().sysname == "Linux"

    assert confined(work) == ""


def test_zones_certificates_and_callbacks_are_found(confined: Confined) -> None:
    def work() -> None:
        assert zoneinfo.ZoneInfo("Europe/Berlin").key == "Europe/Berlin"
        context = ssl.create_default_context()
        assert context.verify_mode == ssl.CERT_REQUIRED
        callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda number: number + 1)
        assert callback(41) == 42

    assert confined(work) == ""


def test_shared_mappings_of_own_files_can_be_written(
    scene: dict[str, str],
    confined: Confined,
) -> None:
    def work() -> None:
        with (
            open(os.path.join(scene["own"], "file"), "r+b") as file,
            mmap.mmap(file.fileno(), 0) as memory,
        ):
            memory[:4] = struct.pack("=I", 0)
            memory.flush()
            memory.madvise(mmap.MADV_RANDOM)

    assert confined(work) == ""


def test_devices_are_three_and_stay_what_they_are(confined: Confined) -> None:
    def work() -> None:
        with open("/dev/null", "w", encoding="utf-8") as null:
            null.write("x")

        with open("/dev/zero", "rb", buffering=0) as zero, open("/dev/urandom", "rb") as random:
            assert zero.read(4) == bytes(4)
            assert len(random.read(4)) == 4

    assert confined(work) == ""


def test_there_is_no_descriptor_but_the_first_five(confined: Confined) -> None:
    def work() -> None:
        for descriptor in range(5, 256):
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(descriptor)

    assert confined(work) == ""
