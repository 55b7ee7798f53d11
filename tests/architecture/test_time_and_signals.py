"""Who reads a clock, who sends a signal, and that nobody sleeps."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import Module


CLOCK = "simulator/daemonkit/clock.py"  # the one real clock of a device
OUTSIDE = (  # of every device: they live in the time of the machine and of its files
    "simulator/service/",
    "simulator/simctl/",
    "simulator/testing/",
)
GUESTS = (
    "simulator/programs/",
    "simulator/sdk/",
)  # a guest reads the device's clock; the zygote hands it over

CLOCK_CALLS = frozenset(
    f"time.{name}{unit}"
    for name in ("time", "monotonic", "perf_counter", "process_time", "clock_gettime")
    for unit in ("", "_ns")
) | {f"datetime.{name}" for name in ("now", "utcnow", "today", "datetime.now", "date.today")}

SIGNALLERS = (
    "simulator/daemonkit/guest.py",  # a guest, by the pidfd that came with its fork
    "simulator/service/children.py",  # a device's host, by its pidfd
    "simulator/daemons/launchd/zygote.py",  # the zygote, its own child that it has not waited for
)
SIGNAL_CALLS = ("pidfd_send_signal", "send_signal", "kill", "killpg", "pthread_kill", "terminate")
BY_NUMBER_OR_NAME = ("os.kill", "os.killpg", "os.system", "os.popen")


def test_nobody_else_reads_a_clock(modules: "list[Module]") -> None:
    found = [
        f"{module.name}:{line} {name}"
        for module in modules
        if module.name != CLOCK and not module.name.startswith((*OUTSIDE, *GUESTS))
        for name, line in module.calls()
        if name in CLOCK_CALLS
    ]

    assert "\n".join(found) == ""


def test_the_one_clock_reads_it(modules: "list[Module]") -> None:
    """Else the test above looks for the wrong calls, and proves nothing."""
    readers = {
        module.name for module in modules if any(name in CLOCK_CALLS for name, _ in module.calls())
    }

    assert CLOCK in readers


def test_nobody_sleeps(all_modules: "list[Module]") -> None:
    found = [
        f"{module.name}:{line} {name}"
        for module in all_modules
        for name, line in module.calls()
        if name in {"time.sleep", "asyncio.sleep"}
    ]

    assert "\n".join(found) == ""


def test_no_process_is_signalled_by_number_or_name(modules: "list[Module]") -> None:
    calls = [
        f"{module.name}:{line} {name}"
        for module in modules
        for name, line in module.calls()
        if name in BY_NUMBER_OR_NAME
    ]
    commands = [
        f"{module.name} {word}"
        for module in modules
        for word in ('"pkill', '"killall', "'pkill", "'killall")
        if word in module.text
    ]

    assert calls == []
    assert commands == []


def test_signals_are_sent_by_the_named_modules_alone(modules: "list[Module]") -> None:
    senders = {
        module.name
        for module in modules
        for name, _ in module.calls()
        if name.rpartition(".")[2] in SIGNAL_CALLS[:5]
    }

    assert senders == set(SIGNALLERS)
