"""A scene with a guest's folders, a sibling's and the host's; and children, confined or not."""

import errno
import os
import shutil
import signal
import socket
import tempfile
import traceback
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from simulator.sandbox.apply import apply
from simulator.sandbox.filter import compile_filter
from simulator.sandbox.kernel import landlock_abi
from simulator.sandbox.profile import Operation, Profile, operations, python_trees
from simulator.sandbox.root import cover_operations, guests_root, root_operations

_TIMEOUT_S: Final = 20

# A child does something and tells how it ended: "" for success, else a first line with the name
# of the errno, of the signal that killed it or of the exception, and then the traceback.
Run = Callable[[Callable[[], object]], str]


def run_in_child(
    function: Callable[[], object],
    plan: tuple[Operation, ...] = (),
    template: bytes = b"",
) -> str:
    reader, writer = os.pipe()
    pid = os.fork()

    if pid == 0:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_TIMEOUT_S)
            os.dup2(writer, 4)
            os.write(4, _outcome(function, plan, template).encode())
        finally:
            os._exit(0)

    os.close(writer)

    with os.fdopen(reader, "rb") as report:
        text = report.read().decode()

    status = os.waitpid(pid, 0)[1]

    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else text


def _outcome(
    function: Callable[[], object],
    plan: tuple[Operation, ...],
    template: bytes,
) -> str:
    try:
        if plan:
            apply(plan, template)

        function()
    except OSError as error:
        return f"{errno.errorcode.get(error.errno or 0, error)}\n{traceback.format_exc()}"
    except BaseException as error:  # noqa: BLE001 (whatever it is, the parent must hear of it)
        return f"{type(error).__name__}\n{traceback.format_exc()}"

    return ""


@pytest.fixture(scope="session")
def template() -> bytes:
    return compile_filter()


@pytest.fixture(scope="session")
def sibling_pid() -> Iterator[int]:
    """Another process of the same user, that waits until the tests are over."""
    reader, writer = os.pipe()
    pid = os.fork()

    if pid == 0:
        try:
            os.close(writer)
            os.read(reader, 1)
        finally:
            os._exit(0)

    os.close(reader)
    yield pid
    os.close(writer)
    os.waitpid(pid, 0)


@pytest.fixture
def scene(sibling_pid: int) -> Iterator[dict[str, str]]:
    """Folders own, group, sibling and shared (each with a file ``file``), and the host's sockets.

    The folder's name is short: a socket's path has at most 107 bytes.
    """
    root = tempfile.mkdtemp(prefix="sandbox-")
    places = {name: os.path.join(root, name) for name in ("own", "group", "sibling", "shared")}

    for place in places.values():
        os.mkdir(place)

        with open(os.path.join(place, "file"), "w", encoding="utf-8") as file:
            file.write("content")

    os.symlink("a message", os.path.join(places["sibling"], "link"))
    host_socket = os.path.join(root, "host.socket")
    abstract = f"\0{root}"

    with socket.socket(socket.AF_UNIX) as by_path, socket.socket(socket.AF_UNIX) as by_name:
        by_path.bind(host_socket)
        by_path.listen()
        by_name.bind(abstract)
        by_name.listen()
        yield {
            **places,
            "root": root,
            "host_socket": host_socket,
            "abstract": abstract,
            "sibling_pid": str(sibling_pid),
        }

    shutil.rmtree(root)


@pytest.fixture
def level() -> str:
    """STRONG; a module that is about what SEALED changes, too, has a fixture of its own."""
    return "STRONG"


@pytest.fixture
def plan(scene: dict[str, str], level: str) -> tuple[Operation, ...]:
    own = (scene["own"], scene["group"])
    root = guests_root(python_trees(), scene["root"])
    profile = Profile(
        level,
        read=(*root.trees, *root.files, scene["shared"]),
        write=own,
        containers=own,
        shared=(*root.shared, scene["shared"]),
    )

    if level != "SEALED":
        return operations(profile)

    return (
        *root_operations(root, parent=os.getpid()),
        *cover_operations((*own, scene["sibling"])),
        *operations(profile),
    )


@pytest.fixture
def run() -> Callable[..., str]:
    return run_in_child


@pytest.fixture
def free() -> Run:
    return run_in_child


@pytest.fixture
def confined(plan: tuple[Operation, ...], template: bytes) -> Run:
    def run_confined(function: Callable[[], object]) -> str:
        return run_in_child(function, plan, template)

    return run_confined


@pytest.fixture(autouse=True)
def _needs_landlock(request: pytest.FixtureRequest) -> None:
    is_missing = landlock_abi() < 3

    if request.node.get_closest_marker("enforces") and is_missing:
        if os.environ.get("SIMULATOR_MUST_ENFORCE") == "1":
            pytest.fail("this kernel has no Landlock of ABI 3, and SIMULATOR_MUST_ENFORCE is set")

        pytest.skip("this kernel has no Landlock of ABI 3 (Linux 6.2)")
