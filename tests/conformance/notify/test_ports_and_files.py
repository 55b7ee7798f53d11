"""Pipes and ports: what arrives, what is shared, what is closed."""

from typing import Any

import pytest

READ = """
def tokens(fd):
    os.set_blocking(fd, False)
    found = []
    try:
        while data := os.read(fd, 4): found.append(int.from_bytes(data, 'big'))
    except BlockingIOError: pass
    return found

def is_open(fd):
    try: os.fstat(fd)
    except OSError: return False
    return True
"""


@pytest.fixture
def reader(one: Any) -> Any:
    one.do(READ)

    return one


@pytest.mark.contract("N17")
def test_a_descriptor_is_open_until_its_token_is_cancelled(reader: Any) -> None:
    reader.do("status, fd, token = notify_register_file_descriptor('n')")

    assert reader.do("[status, is_open(fd), notify_cancel(token), is_open(fd)]") == [
        0,
        True,
        0,
        False,
    ]


@pytest.mark.contract("N18")
def test_a_shared_descriptor_closes_with_its_last_token(reader: Any) -> None:
    reader.do("_, fd, first = notify_register_file_descriptor('n')")
    reader.do("status, same, second = notify_register_file_descriptor('m', NOTIFY_REUSE, fd)")

    assert reader.do("[status, same == fd]") == [0, True]
    assert reader.do("[notify_cancel(first), is_open(fd)]") == [0, True]
    assert reader.do("[notify_cancel(second), is_open(fd)]") == [0, False]


@pytest.mark.contract("N19")
def test_a_descriptor_gets_four_bytes_for_each_post(reader: Any, two: Any) -> None:
    reader.do("_, fd, token = notify_register_file_descriptor('n')")
    two.do("notify_post('n'); notify_post('n')")
    reader.heard()

    assert reader.do("os.read(fd, 100) == token.to_bytes(4, 'big') * 2") is True


@pytest.mark.contract("N20")
def test_a_descriptor_that_the_library_did_not_make_is_4(reader: Any) -> None:
    reader.do("own, other = os.pipe(); _, fd, token = notify_register_file_descriptor('n')")

    for fd in ("own", "0", "-1", "None", "'x'", "1 << 70"):
        answer = reader.do(f"notify_register_file_descriptor('n', NOTIFY_REUSE, {fd})")

        assert answer == [4, -1, -1]

    reader.do("notify_cancel(token)")

    assert reader.do("notify_register_file_descriptor('n', NOTIFY_REUSE, fd)") == [4, -1, -1]


@pytest.mark.contract("N21")
def test_names_that_share_a_descriptor_are_told_apart_by_token(reader: Any, two: Any) -> None:
    reader.do("_, fd, first = notify_register_file_descriptor('n')")
    reader.do("_, _, second = notify_register_file_descriptor('m', NOTIFY_REUSE, fd)")
    two.do("notify_post('m'); notify_post('n'); notify_post('m')")
    reader.heard()

    assert reader.do("tokens(fd) == [second, first, second]") is True


@pytest.mark.contract("N21")
def test_names_that_share_a_port_are_told_apart_by_token(one: Any, two: Any) -> None:
    one.do("_, port, first = notify_register_mach_port('n')")
    one.do("status, same, second = notify_register_mach_port('m', NOTIFY_REUSE, port)")
    two.do("notify_post('m'); notify_post('n')")
    one.heard()

    assert one.do("[status, same is port]") == [0, True]
    assert one.do("[port.receive(), port.receive()] == [second, first]") is True
    assert one.do("port.receive(0)") is None


@pytest.mark.contract("N22")
def test_five_hundred_tokens_of_a_port_are_each_told_once(one: Any, two: Any) -> None:
    one.do("_, port, token = notify_register_mach_port('n'); tokens = {token}")
    one.do("for _ in range(499): tokens.add(notify_register_mach_port('n', NOTIFY_REUSE, port)[2])")
    two.do("notify_post('n')")
    one.heard()
    one.do("found = []\nwhile (token := port.receive(0)) is not None: found.append(token)")

    assert one.do("[len(found), set(found) == tokens]") == [500, True]


@pytest.mark.contract("N20")
def test_a_dead_port_or_what_is_none_is_3(one: Any) -> None:
    one.do("_, port, token = notify_register_mach_port('n'); notify_cancel(token)")

    assert one.do("port.is_dead") is True

    for given in ("port", "None", "7"):
        answer = one.do(f"notify_register_mach_port('n', NOTIFY_REUSE, {given})")

        assert answer == [3, None, -1]


@pytest.mark.contract("N7")
def test_a_thread_that_waits_at_a_port_is_told_while_the_main_thread_waits_too(one: Any) -> None:
    one.do("hear('n', 'handler'); _, port, token = notify_register_mach_port('n')")

    assert one.do("[notify_post('n'), port.receive(5) == token, heard[:]]") == [0, True, []]
    assert one.heard() == ["handler"]


def test_a_device_is_at_rest_while_a_main_thread_waits_at_a_port(one: Any, two: Any) -> None:
    one.do("_, port, token = notify_register_mach_port('n')")
    answer = one.shell.tell("port.receive() == token")
    two.do("None")
    one.shell.device.settle()

    assert answer() is None

    two.do("notify_post('n')")

    assert one.app.wait_until(answer).endswith("true")


@pytest.mark.contract("N17")
def test_registering_and_cancelling_leaks_no_descriptor(one: Any) -> None:
    body = """
*_, first = [os.dup(0) for _ in range(8)]  # no number below is free any more
for _ in range(1000):
    _, fd, token = notify_register_file_descriptor('n')
    notify_cancel(token)
    _, port, token = notify_register_mach_port('n')
    notify_cancel(token)
last = os.dup(0)
"""
    one.do(body, timeout_s=20)

    assert one.do("last - first") == 1


@pytest.mark.contract("N56")
def test_a_pipe_that_nobody_drains_holds_up_nobody(reader: Any, two: Any) -> None:
    reader.do("_, fd, token = notify_register_file_descriptor('n'); hear('n', 'told')")
    reader.do("_, other_fd, other = notify_register_file_descriptor('n', NOTIFY_REUSE, fd)")

    for _ in range(36):  # not all at once: the wire would be full, and posts be told once
        two.do("for _ in range(250): notify_post('n')")
        reader.shell.device.settle()

    two.do("hear('other', 'well'); notify_post('other')")

    assert two.heard() == ["well"]

    reader.shell.device.settle()
    room = 64 * 1024 // 4

    assert reader.do("heard.count('told')") == 9000

    reader.do("found = tokens(fd)")

    assert reader.do("len(found)") == room

    reader.shell.device.settle()

    assert reader.do("sorted(tokens(fd)) == sorted([token, other])") is True
