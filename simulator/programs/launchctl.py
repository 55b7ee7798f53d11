"""launchctl: what the device runs, and daemons started anew.

A device has one domain; it goes by ``system``, ``user/<uid>`` and ``gui/<uid>``, for scripts say
one or the other. Of the daemons, those that can be restarted alone are: ``kickstart -k
system/com.apple.notifyd``.

Source: launchctl(1); texts and statuses as printed by launchctl of macOS.
"""

import sys

from simulator.sdk._process import current
from simulator.xpc.errors import SimulatorError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Final

__all__ = ("main",)

_NO_SERVICE: "Final" = 113
_USAGE_STATUS: "Final" = 64
_NOT_PERMITTED: "Final" = 1
_NO_PROCESS: "Final" = 3

_USAGES: "Final" = {
    "help": "help",
    "kickstart": "kickstart [-k] [-p] <service-target>",
    "list": "list [<label>]",
    "print": "print <domain-target> | <service-target>",
    "stop": "stop <label>",
}


class _Failure(Exception):
    """The command cannot be carried out: what is said, and the status."""

    def __init__(self, status: int, *lines: str) -> None:
        super().__init__(status, *lines)
        self.status = status
        self.lines = lines


class _Service:
    """A service that the device runs."""

    __slots__ = ("kind", "label", "pid")

    def __init__(self, pid: int, label: str, kind: str) -> None:
        self.pid = pid
        self.label = label
        self.kind = kind


def _services() -> list[_Service]:
    found = current().call("launchd.services")
    assert isinstance(found, list)

    return [_Service(*row) for row in found]


def _find(label: str, domain: str, *head: str) -> _Service:
    for service in _services():
        if service.label == label:
            return service

    raise _Failure(
        _NO_SERVICE, *head, f'Could not find service "{label}" in domain for {_spoken(domain)}'
    )


def _spoken(domain: str) -> str:
    """Return a domain as launchctl says it."""
    kind, _, uid = domain.partition("/")

    return {"system": "system", "user": f"uid: {uid}", "gui": f"user gui: {uid}"}.get(kind, kind)


def _target(word: str) -> tuple[str, str]:
    """Split a target into its domain and a label, which is empty where a domain is meant."""
    kind, _, rest = word.partition("/")

    if kind in {"user", "gui"}:
        uid, _, label = rest.partition("/")

        if uid.isascii() and uid.isdecimal():
            return f"{kind}/{uid}", label
    elif kind == "system":
        return kind, rest

    raise _Failure(
        _USAGE_STATUS,
        "Unrecognized target specifier.",
        "A target is <domain>/<label>; the domain is system, user/<uid> or gui/<uid>.",
    )


# -- the subcommands -------------------------------------------------------------------------


def _kickstart(arguments: list[str]) -> int:
    kill = tells_pid = False

    while arguments and arguments[0].startswith("-"):
        option, *arguments = arguments

        if not set(option[1:]) <= set("kps") or option == "-":
            raise _Failure(_USAGE_STATUS, _usage("kickstart"))

        kill |= "k" in option
        tells_pid |= "p" in option

    if len(arguments) != 1:
        raise _Failure(_USAGE_STATUS, _usage("kickstart"))

    domain, label = _target(arguments[0])
    service = _find(label, domain)
    _restart(service.label, kill=kill)

    if tells_pid:
        print(f"service spawned with pid: {service.pid}")

    return 0


def _restart(label: str, *, kill: bool) -> None:
    try:
        current().call("launchd.kickstart", [f"system/{label}", kill])
    except SimulatorError as problem:
        raise _Failure(
            _NOT_PERMITTED,
            f'Could not kickstart service "{label}": {_NOT_PERMITTED}: Operation not permitted',
            str(problem),
        ) from problem


def _list(arguments: list[str]) -> int:
    if len(arguments) > 1:
        raise _Failure(_USAGE_STATUS, _usage("list"))

    if not arguments:
        print("PID\tStatus\tLabel")

        for service in _services():
            print(f"{service.pid}\t0\t{service.label}")

        return 0

    service = _find(arguments[0], "port")
    print("{")
    print(f'\t"Label" = "{service.label}";')
    print('\t"LastExitStatus" = 0;')
    print(f'\t"PID" = {service.pid};')
    print("};")

    return 0


def _print(arguments: list[str]) -> int:
    if len(arguments) != 1:
        raise _Failure(_USAGE_STATUS, _usage("print"))

    domain, label = _target(arguments[0])

    if not label:
        print(f"{domain} = {{\n\tservices = {{")

        for service in _services():
            print(f"\t\t{service.pid:8} {'-':>6} \t{service.label}")

        print("\t}\n}")
        return 0

    service = _find(label, domain, "Bad request.")
    print(f"{domain}/{service.label} = {{")
    print(f"\ttype = {service.kind}")
    print("\tstate = running")
    print(f"\tpid = {service.pid}")
    print("}")

    return 0


def _stop(arguments: list[str]) -> int:
    """Stop a daemon, which is to say start it anew: launchd keeps them all alive."""
    if len(arguments) != 1:
        raise _Failure(_USAGE_STATUS, _usage("stop"))

    try:
        service = _find(arguments[0], "port")
    except _Failure as problem:
        raise _Failure(_NO_PROCESS, *problem.lines) from problem

    _restart(service.label, kill=True)

    return 0


def _help(_arguments: list[str]) -> int:
    print("Usage: launchctl <subcommand> ... | help\nSubcommands:")

    for usage in _USAGES.values():
        print(f"\t{usage}")

    return 0


def _usage(subcommand: str) -> str:
    return f"Usage: launchctl {_USAGES[subcommand]}"


_SUBCOMMANDS: "Final" = {
    "help": _help,
    "kickstart": _kickstart,
    "list": _list,
    "print": _print,
    "stop": _stop,
}


def main(arguments: list[str]) -> int:
    """Carry out a subcommand of launchctl.

    Args:
        arguments: What was typed behind the program's name.
    """
    name, *rest = arguments or ["help"]
    subcommand = _SUBCOMMANDS.get(name)

    if subcommand is None:
        print(f"Unrecognized subcommand: {name}", file=sys.stderr)
        _help([])
        return _USAGE_STATUS

    try:
        return subcommand(rest)
    except _Failure as problem:
        print("\n".join(problem.lines), file=sys.stderr)
        return problem.status
