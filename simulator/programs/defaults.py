"""defaults: reads and writes preference domains, as macOS's does.

It has no door of its own to the files: it opens a domain at cfprefsd, and each set is a set like an
app's, which running apps see and hear of at once. A domain is where its owner has it, whoever that
is: see ``daemons/cfprefsd/system``.

Texts are macOS's, on standard error behind the head of a line of its log; where a reason is known,
it stands in a line below. Status 1 is a failure, 255 wrong usage, with the usage on standard output
as macOS prints it, and the wrong word in a line of the log, which it lacks there.

Source: defaults(1); what defaults of macOS prints.
"""

import os
import sys
import time

from shared_container.description import description
from shared_container.plist import PLIST_BYTES_MAX, encode_plist
from simulator.programs._defaults_domains import (
    all_names,
    change,
    contents,
    look,
    required,
    shown,
    take_domain,
)
from simulator.programs._defaults_line import (
    GLOBAL_DOMAIN,
    USAGE,
    Failure,
    Given,
    Words,
    WrongUsage,
    parsed,
    parsed_domain,
)
from simulator.sdk._process import current
from simulator.xpc.errors import Misuse

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

__all__ = ("main",)

_FAILED: "Final" = 1
_WRONG_USAGE: "Final" = 255
_NO_HOSTS: "Final" = (
    "Preferences of one host do not exist on iOS: no app reads them. Leave -currentHost and -host "
    "out."
)


def _read(words: Words) -> None:
    if not words:
        everything = {shown(name): contents(name) for name in all_names()}
        print(description(everything))
        return

    name = take_domain(words)

    if words:
        print(description(required(name, words.take())))
        return

    found, why = look(name)

    if not found:
        raise Failure(f"\nDomain {shown(name)} does not exist\n", *why)

    print(description(found))


def _read_type(words: Words) -> None:
    name = take_domain(words)
    value = required(name, words.take())

    for kind, text in (
        (str, "string"),
        (bytes, "data"),
        (bool, "boolean"),
        (int, "integer"),
        (float, "float"),
        (list, "array"),
        (dict, "dictionary"),
    ):
        if isinstance(value, kind):
            print(f"Type is {text}")
            return

    print("Type is date")


def _write(words: Words) -> None:
    name = take_domain(words)
    key = words.take()

    if not words:
        rep = parsed(key)

        if not isinstance(rep, dict):
            raise Failure("\nRep argument is not a dictionary\nDefaults have not been changed.\n")

        change(name, {**dict.fromkeys(look(name)[0]), **rep})
        return

    given = words.take_value()
    change(name, {key: _added(name, key, given) if given.adds else given.value})


def _added(name: str, key: str, given: Given) -> object:
    there = look(name)[0].get(key)
    value = given.value

    if there is None:
        return value

    if isinstance(value, list):
        if not isinstance(there, list):
            raise Failure(
                f"Value for key {key} is not an array; cannot append.  Leaving defaults unchanged."
            )

        return [*there, *value]

    assert isinstance(value, dict)

    if not isinstance(there, dict):
        raise Failure(
            f"Value for key {key} is not a dictionary; cannot append.  Leaving defaults unchanged."
        )

    return {**there, **value}


def _rename(words: Words) -> None:
    name = take_domain(words)
    old, new = words.take(), words.take()

    if words:
        raise WrongUsage(f"unexpected argument {words.take()}")

    found, why = look(name)
    value = found.get(old)

    if value is None:
        raise Failure(
            f"Key {old} does not exist in domain {shown(name)}; leaving defaults unchanged.", *why
        )

    if old != new:
        change(name, {new: value, old: None}, f"Failed to write domain {shown(name)}")


def _delete(words: Words) -> None:
    name = take_domain(words)
    _delete_from([name], name, words)


def _delete_all(words: Words) -> None:
    name = take_domain(words)

    try:
        places = current().call("cfprefsd.places", name)
    except Misuse:
        places = [name]

    assert isinstance(places, list)
    _delete_from(places, name, words)


def _delete_from(places: "list[str]", name: str, words: Words) -> None:
    key = words.take() if words else None

    if words:
        raise WrongUsage(f"unexpected argument {words.take()}")

    found = False
    reasons: tuple[str, ...] = ()

    for place in places:
        there, why = look(place)
        reasons += why
        gone = [*there] if key is None else [key] if key in there else []

        if gone:
            found = True
            change(place, dict.fromkeys(gone))

    if not found:
        text = f"\nDomain ({name}) not found.\nDefaults have not been changed.\n"
        raise Failure(text, *reasons)

    if reasons:
        raise Failure(f"Could not write domain {shown(name)}; exiting", *reasons)


def _import(words: Words) -> None:
    name = take_domain(words)

    if not words:
        raise Failure("\nNeed a path to read from")

    path = words.take()

    try:
        data = sys.stdin.buffer.read(PLIST_BYTES_MAX + 1)  # simctl reads the path for us
    except OSError as problem:
        raise Failure(f"Could not read data from {path}", str(problem)) from None

    try:
        found = parsed_domain(data)
    except ValueError as problem:
        raise Failure(f"Could not parse property list from {path} due to {problem}") from None

    if not isinstance(found, dict):
        text = f"Property list {description(found)} was not a dictionary"
        raise Failure(f"{text}\nDefaults have not been changed.\n")

    change(name, found)


def _export(words: Words) -> None:
    name = take_domain(words)

    if not words:
        raise Failure("\nNeed a path to write to")

    path = words.take()
    there, why = look(name)
    found = dict(there)

    if not found:
        raise Failure(f"\nThe domain {shown(name)} does not exist\n", *why)

    try:
        data = encode_plist(found, xml=path.strip() == "-")  # simctl writes the path for us
    except ValueError as problem:
        raise Failure(f"Could not export domain {shown(name)} to {path} due to {problem}") from None

    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _domains(_words: Words) -> None:
    print(", ".join(name for name in all_names() if name != GLOBAL_DOMAIN))


def _find(words: Words) -> None:
    word = words.take()
    folded = word.casefold()
    is_found = False

    for name in all_names():
        matches = {
            key: value
            for key, value in contents(name).items()
            if folded in name.casefold() or _has(key, folded) or _has(value, folded)
        }

        if matches:
            is_found = True
            head = f"Found {len(matches)} keys in domain '{shown(name)}': "
            print(f"{head}{description(matches)}")

    if not is_found:
        _log(f"No domain, key, nor value containing '{word}'")


def _has(value: object, folded: str) -> bool:
    if isinstance(value, str):
        return folded in value.casefold()

    if isinstance(value, dict):
        return any(_has(key, folded) or _has(item, folded) for key, item in value.items())

    return isinstance(value, list) and any(_has(item, folded) for item in value)


def _help(_words: Words) -> None:
    print(USAGE, end="")


_COMMANDS: "Final[dict[str, Callable[[Words], None]]]" = {
    "delete": _delete,
    "delete-all": _delete_all,
    "domains": _domains,
    "export": _export,
    "find": _find,
    "help": _help,
    "import": _import,
    "read": _read,
    "read-type": _read_type,
    "remove": _delete,
    "rename": _rename,
    "write": _write,
}


def _log(text: str) -> None:
    """Print a line of the log as NSLog does, in device time."""
    now = time.time_ns()  # the device's
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now // 10**9))
    head = f"{moment}.{now // 10**6 % 1000:03} defaults[{os.getpid()}:{os.getpid()}] "
    print(f"{head}{text}", end="" if text.endswith("\n") else "\n", file=sys.stderr)


def _carry_out(words: Words) -> None:
    verb = words.take()

    if verb in {"-currentHost", "-host"}:
        raise Failure(_NO_HOSTS)

    command = _COMMANDS.get(verb.lower())

    if command is None:
        raise WrongUsage(f"no such command: {verb}")

    command(words)


def main(arguments: list[str]) -> int:
    """Carry out a line of defaults.

    Args:
        arguments: What was typed behind the program's name.
    """
    try:
        _carry_out(Words(arguments))
    except WrongUsage as problem:
        _log(str(problem))
        print(USAGE, end="")
        return _WRONG_USAGE
    except Failure as problem:
        for text in problem.texts:
            _log(text)

        return _FAILED

    return 0
