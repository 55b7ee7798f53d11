"""What was typed behind ``notifyutil``, as flags and a list of commands. Pure.

Source: notifyutil(1); Libnotify, ``notifyutil``.
"""

import signal

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("USAGE", "Command", "Line", "WrongUsage", "read_line")

USAGE = """\
usage: notifyutil [-q] [-v] [-z msec] [-M] [-R] [command ...]
flags:
    -q           print nothing but the answers of -g
    -v           print token, time, state and type with each key
    -z msec      wait so many milliseconds after each -p (100)
    -M           let all registrations share one port
    -R           register again when notifyd was restarted
types, for the registrations behind them:
    -port        Mach port (this is the default)
    -file        file descriptor
    -check       shared memory, looked at ten times a second
    -plain       asking notifyd, ten times a second
    -signal [#]  signal number # (1, SIGHUP)
    -dispatch    a block on a dispatch queue
commands, in order:
    -p key       post key
    -w key       watch key for ever
    -# key       watch key until it was posted # times: -1 key
    -g key       print the state of key
    -s key val   set the state of key to val
"""

_TYPES = {
    "-port": "port",
    "-file": "file",
    "-check": "check",
    "-plain": "plain",
    "-dispatch": "dispatch",
}
_STATES = 1 << 64  # a state is an unsigned integer of so many values
_PAUSE_MS = 100
_PAUSE_MS_MAX = (1 << 31) - 1  # what fits into an int of C
_EVENTS_MAX = (1 << 32) - 2  # one more means for ever


class WrongUsage(Exception):
    """What was typed is no line of notifyutil; the text says why."""


class Command:
    """One step of the line.

    Args:
        verb: ``kind`` (how to register from here on), ``post``, ``watch``, ``get`` or ``set``.
        name: The key; for ``kind`` the type's name.
        number: For ``watch`` how many events, -1 for ever; for ``set`` the state; for ``kind`` the
            signal, 0 to leave it as it is.
    """

    __slots__ = ("name", "number", "verb")

    def __init__(self, verb: str, name: str, number: int = 0) -> None:
        self.verb = verb
        self.name = name
        self.number = number


class Line:
    """A whole line.

    Attributes:
        help: Whether the usage is wanted, and nothing else.
        quiet, verbose: What is printed of an event.
        multiplex, regenerate: The library's options of ``-M`` and ``-R``.
        pause_s: How long to wait behind a post.
        commands: The steps.
    """

    __slots__ = ("commands", "help", "multiplex", "pause_s", "quiet", "regenerate", "verbose")

    def __init__(self) -> None:
        self.help = self.quiet = self.verbose = self.multiplex = self.regenerate = False
        self.pause_s = _PAUSE_MS / 1000
        self.commands: list[Command] = []


def read_line(arguments: list[str]) -> Line:
    """Return the line that was typed.

    Raises:
        WrongUsage: It is none.
    """
    line = Line()
    words = _Words(arguments)

    for word in words:
        if word in {"-h", "-help"}:
            line.help = True
        elif not _is_flag(line, word, words):
            line.commands.append(_command(word, words))

    return line


class _Words:
    """The arguments, one after the other."""

    def __init__(self, arguments: list[str]) -> None:
        self._left = arguments[::-1]

    def __iter__(self) -> "Iterator[str]":
        while self._left:
            yield self._left.pop()

    def take(self, option: str, what: str) -> str:
        """Return the next one, which ``option`` needs."""
        if not self._left:
            raise WrongUsage(f"{option} needs a {what} behind it")

        return self._left.pop()

    def next_is_number(self) -> bool:
        """Return whether a number comes next."""
        return bool(self._left) and _is_number(self._left[-1])


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal()


def _is_flag(line: Line, word: str, words: _Words) -> bool:
    match word:
        case "-q":
            line.quiet, line.verbose = True, False
        case "-v":
            line.quiet, line.verbose = False, True
        case "-M":
            line.multiplex = True
        case "-R":
            line.regenerate = True
        case "-z":
            line.pause_s = _number(word, words.take(word, "number"), _PAUSE_MS_MAX) / 1000
        case _:
            return False

    return True


def _command(word: str, words: _Words) -> Command:
    if word in _TYPES:
        return Command("kind", _TYPES[word])

    if word[:1] == "-" and _is_number(word[1:]):
        events = _number(word, word[1:], _EVENTS_MAX)

        if not events:
            raise WrongUsage(f"{word} would watch for no event")

        return Command("watch", words.take(word, "key"), events)

    match word:
        case "-signal" | "-sig":
            number = words.take(word, "number") if words.next_is_number() else "0"
            return Command("kind", "signal", _signal_number(word, number))
        case "-p":
            return Command("post", words.take(word, "key"))
        case "-w":
            return Command("watch", words.take(word, "key"), -1)
        case "-g":
            return Command("get", words.take(word, "key"))
        case "-s":
            name = words.take(word, "key and a value")
            return Command("set", name, _state(word, words.take(word, "value")))
        case _:
            raise WrongUsage(f"there is no {word}")


def _number(option: str, word: str, most: int) -> int:
    if not _is_number(word) or len(word) > 20 or int(word) > most:
        raise WrongUsage(f"{option}: {word} is no number from 0 to {most}")

    return int(word)


def _signal_number(option: str, word: str) -> int:
    number = _number(option, word, 64)

    if number and (number in {signal.SIGKILL, signal.SIGSTOP} or number not in _signals()):
        raise WrongUsage(f"{option}: signal {number} cannot be caught")

    return number


def _signals() -> set[int]:
    return {int(number) for number in signal.valid_signals()}


def _state(option: str, word: str) -> int:
    """Return a state; a negative one wraps, as in C."""
    digits = word.removeprefix("-")

    if not _is_number(digits) or len(digits) > 20 or not -_STATES // 2 <= int(word) < _STATES:
        raise WrongUsage(f"{option}: {word} is no state, an unsigned integer of 64 bits")

    return int(word) % _STATES
