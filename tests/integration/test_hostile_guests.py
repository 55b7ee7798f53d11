"""Guests that speak nonsense: dropped with a sentence that names them, and the device goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.daemonkit.limits import DEFAULTS_VALUE_BYTES_MAX, VIEW_LINES_MAX
from simulator.testing.app import App
from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device
from simulator.xpc.errors import CommandError, SimulatorError

Start = Callable[..., App]

HEAD = """
from simulator.sdk._process import current
from simulator.xpc.frames import Flag, Frame, Kind, pack, pack_idle
from shared_container.codec import encode

def raw(data, *files):
    with socket.socket(fileno=os.dup(3)) as end:
        (socket.send_fds(end, [data], files) if files else end.send(data))

def frame(kind, payload=b"", *, flags=0, arg=0, cause=0, seq=None, ack=None):
    process = current()
    process._seq += 1
    number = process._seq if seq is None else seq
    seen = process._handled if ack is None else ack
    raw(pack(Frame(kind, flags, 0, arg, number, seen, cause, payload)))
"""


def expect_alive(device: Device) -> None:
    device.launch("Notes")
    device.share("buy milk", to="com.example.Notes.ShareToNotes")
    notes = device.app("Notes")
    notes.wait_until(lambda: "buy milk" in notes.screen)


def launch_hostile(start: Start, body: str) -> None:
    """Launch a guest that misbehaves at once; whether launch still answers depends on speed."""
    try:
        start(body, head=HEAD, wait_s=5.0)
    except SimulatorError as problem:
        assert "com.example.Probe" in str(problem)  # noqa: PT017  it may fail, then by name


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("raw(b'garbage')", "a frame of 7 bytes; the header alone has 32"),
        ("raw(bytes(100_000))", "a frame over the limit of 65536 bytes"),
        ("frame(Kind.POST, b'x', seq=99)", "frame 99 came after frame 1"),
        ("frame(Kind.POST, b'x', seq=1)", "frame 1 came after frame 1"),
        ("frame(Kind.POST, b'x', ack=1 << 40)", f"it acknowledges frame {1 << 40}, and "),
        ("frame(Kind.IDLE, pack_idle(-1, 77))", "it acknowledges event 77, and 0 were sent"),
        ("frame(Kind.IDLE, b'x')", "an idle report of the wrong size"),
        ("frame(200)", "a frame of the unknown kind 200"),
        ("frame(Kind.GO)", f"a frame of the unknown kind {65}"),
        ("frame(Kind.HELLO, b'STRONG', arg=1)", "a second HELLO"),
        ("frame(Kind.CALL, b'\\xff\\xff')", "an unknown tag 0xff"),
        ("frame(Kind.CALL, encode([1, 2, 3]))", "a call that is no [verb, arguments]"),
        ("frame(Kind.CALL, encode(['cfprefsd.open', 7]))", "a domain name that is no string"),
        ("frame(Kind.SET, b'\\x00\\x00', arg=5)", "the preference domain 5, which it has not"),
        ("frame(Kind.POST, b'x' * 600)", "a notification name over 511 bytes"),
        ("frame(Kind.REGISTER, b'x' * 600, arg=9)", "a notification name over 511 bytes"),
        ("frame(Kind.REGISTER, b'x', arg=9, flags=Flag.AGAIN)", "ends inside its word"),
        ("frame(Kind.SET_STATE, b'x', arg=9)", "a state of the wrong size"),
        ("frame(Kind.CALL, encode(['launchd.kickstart', 7]))", "a kickstart of the wrong shape"),
        (
            "frame(Kind.SHOW, encode({}))",
            "a view that is no [title, lines, images, fields, buttons]",
        ),
        ("frame(Kind.CRASH, encode('oops'))", "a crash report of the wrong shape"),
        ("frame(Kind.DRAINED)", "the wire is drained, and it was never full"),
        (
            "frame(Kind.CALL, encode(['springboard.complete_request', [1, []]]))",
            "it answers the request 1, which is not open for it",
        ),
        (
            "frame(Kind.CALL, encode(['sandboxd.denied', ['nonsense', '/x', 'r', '', 0]]))",
            "a denial of the wrong shape",
        ),
        ("frame(Kind.SHOW, b'l\\1\\0\\0\\0' * 5000)", "nested deeper than 64"),
    ],
)
def test_nonsense_is_answered_with_an_end_and_a_sentence(
    body: str, sentence: str, device: Device, start: Start
) -> None:
    launch_hostile(start, body)
    device.wait_until(lambda: device.events.of(kind="exit", actor="com.example.Probe"))
    dropped = device.events.of(kind="misbehaved").only()

    assert dropped.actor == "com.example.Probe/1"
    assert sentence in dropped.resource
    assert device.events.of(kind="exit").only().reason == (
        f"ended by the system: it misbehaved: {dropped.resource}"
    )

    expect_alive(device)


def test_a_verb_that_nobody_answers_is_an_error_of_the_caller(device: Device, start: Start) -> None:
    app = start(
        "try: current().call('nobody.home')\nexcept Exception as problem: print(problem)",
        head=HEAD,
    )
    app.wait_until(lambda: app.output == ["no daemon answers 'nobody.home'"])
    expect_alive(device)


def test_a_forged_cause_is_not_believed(device: Device, start: Start) -> None:
    app = start("frame(Kind.POST, b'forged', cause=12345)", head=HEAD)
    boot = device.events[0]
    post = device.events.of(kind="notify", operation="post", actor=app.name).only()
    started = device.events.of(kind="launch", operation="start", resource=app.bundle_id).only()

    assert post.cause in {0, started.id}
    assert post.cause != boot.id

    expect_alive(device)


def test_a_guest_that_closes_its_socket_ends_alone(device: Device, start: Start) -> None:
    with pytest.raises(CommandError, match=r"com\.example\.Probe killed by SIGABRT"):
        start("os.close(3)")

    expect_alive(device)


def test_a_guest_cannot_send_descriptors(device: Device, start: Start, processes: Any) -> None:
    host = processes.host_of(device)
    body = """
for number in range(50):
    process = current()
    process._seq += 1
    data = pack(Frame(Kind.POST, 0, 0, 0, process._seq, process._handled, 0, b"x"))
    try:
        raw(data, 0, 1, 2)
    except PermissionError:
        process._seq -= 1
        print("refused")
"""
    device.ask("ps")  # this connection is accepted, and counts from the beginning
    before = len(list(Path(f"/proc/{host}/fd").iterdir()))
    app = start(body, head=HEAD)
    app.wait_until(lambda: app.output == ["refused"] * 50)
    app.terminate()
    # Fewer is well: what the host had open for a moment when they were counted first is closed.
    device.wait_until(lambda: len(list(Path(f"/proc/{host}/fd").iterdir())) <= before)

    expect_alive(device)


@pytest.mark.slow
def test_a_flood_of_posts_starves_nobody(device: Device, start: Start) -> None:
    body = """
from simulator.sdk.darwin import notify_post
for number in range(20_000): notify_post("flood")
"""
    app = start(body, wait_s=0.0)
    expect_alive(device)
    app.wait_until(
        lambda: device.events.of(kind="launch", operation="launched", actor=app.name), 20
    )

    assert app.is_running


def test_a_guest_that_reads_nothing_is_dropped_at_the_limit(device: Device, start: Start) -> None:
    body = "for number in range(40_000): frame(Kind.REGISTER, b'n', arg=number, flags=Flag.SYNC)"
    start(body, head=HEAD, wait_s=0.0)
    device.wait_until(lambda: device.events.of(kind="exit", actor="com.example.Probe"), 20)

    assert "QUEUED_FRAMES_MAX" in device.events.of(kind="misbehaved").only().resource

    expect_alive(device)


def test_parts_without_an_end_are_bounded_and_written_nowhere(device: Device, start: Start) -> None:
    body = f"""
domain = current().call("cfprefsd.open", "com.example.Probe")["index"]
for _ in range({DEFAULTS_VALUE_BYTES_MAX} // 40_000 + 30):
    current().tell("cfprefsd.set_part", [domain, bytes(40_000), False])
"""
    launch_hostile(start, body)
    device.settle()

    assert device.ask("defaults", domain="com.example.Probe") == {}

    expect_alive(device)


def test_a_value_over_the_limit_is_dropped_in_apples_words(device: Device, start: Start) -> None:
    app = start(
        "from simulator.sdk.foundation import UserDefaults\n"
        f"UserDefaults.standard.set(bytes({DEFAULTS_VALUE_BYTES_MAX}), 'big')"
    )
    failed = device.wait_until(lambda: device.events.of(operation="set-failed"))

    assert "Attempting to store >= 4194304 bytes of data" in str(failed[0].detail["reason"])
    assert app.is_running
    assert device.ask("defaults", domain="com.example.Probe") == {}


def test_a_giant_view_is_cut(device: Device, start: Start) -> None:
    app = start("self.show(View('giant', ['x'] * 10_000))")

    assert len(app.screen.splitlines()) == 1 + VIEW_LINES_MAX

    expect_alive(device)


@pytest.mark.parametrize(
    ("body", "timeout_s", "how", "detail"),
    [
        (
            "pass",
            0.2,
            "ended",
            (
                "it did not answer within 0.2 s: it called neither complete_request() nor "
                "cancel_request()"
            ),
        ),
        ("raise RuntimeError('no')", 20.0, "ended", "crashed: RuntimeError: no (Silent.py:7)"),
        ("context.cancel_request('not today')", 20.0, "cancelled", "not today"),
    ],
)
def test_a_share_request_without_an_answer_ends(
    body: str, timeout_s: float, how: str, detail: str, device: Device, tmp_path: Path
) -> None:
    source = f"""
    from simulator.sdk.extension import ShareExtension


    class Silent(ShareExtension):
        def begin_request(self, context):
            {body}
    """
    program = "from simulator.sdk.uikit import Application\n\n\nclass Host(Application): pass\n"
    app = make_app(tmp_path, "Host", source=program, extensions=[Extension("Silent", source)])
    device.install(app)
    outcome = device.share("hello").choose("com.example.Host.Silent", timeout_s=timeout_s)

    assert (outcome.how, outcome.detail) == (how, detail)

    expect_alive(device)
