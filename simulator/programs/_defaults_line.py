"""What was typed behind ``defaults``: which domain, and which value. Pure.

Source: defaults(1); what defaults of macOS prints and takes.
"""

from datetime import UTC, datetime

from shared_container import values
from shared_container.float32 import Float
from shared_container.openstep import parse_openstep
from shared_container.plist import PLIST_BYTES_MAX, decode_plist

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Final

__all__ = (
    "GLOBAL_DOMAIN",
    "USAGE",
    "Failure",
    "Given",
    "Words",
    "WrongUsage",
    "parsed",
    "parsed_domain",
)

GLOBAL_DOMAIN: "Final" = "NSGlobalDomain"
_GLOBAL_NAMES: "Final" = frozenset(
    {"-g", "-globalDomain", GLOBAL_DOMAIN, "Apple Global Domain", "kCFPreferencesAnyApplication"}
)
_MAGIC: "Final" = frozenset('"()[]{}<>')  # what makes of a bare word a property list
_XML: "Final" = ("<?xml", "<!DOCTYPE", "<plist", "<dict", "<array", "<string", "<integer", "<real",
                 "<true", "<false", "<date", "<data")  # fmt: skip
_TRUE: "Final" = frozenset({"yes", "true"})
_FALSE: "Final" = frozenset({"no", "false"})

USAGE: "Final" = """\
usage: defaults <command> ...
commands:
  read                                 all domains
  read <domain> [<key>]                a domain, or one value of it
  read-type <domain> <key>             the type of a value
  write <domain> <rep>                 replace a domain by a dictionary
  write <domain> <key> <value>         set a value
  rename <domain> <old key> <new key>  rename a key
  delete <domain> [<key>]              remove a domain, or one value of it
  delete-all <domain> [<key>]          the same wherever a plist has that name
  import <domain> <path> | -           set what a plist has; - is standard input
  export <domain> <path> | -           write a binary plist; - is XML, to standard output
  domains                              the names of all domains
  find <word>                          the values that contain a word
  help                                 this
<domain> is an App Group, a bundle id, -app <name>, -globalDomain (-g), or the path of a plist of
the device, without its .plist
<value> is one of
  <rep>                                an old-style or XML property list; a word is a string
  -string <string>
  -data <hex digits>
  -int[eger] <number>
  -float <number>
  -bool[ean] true | false | yes | no
  -date <date>
  -array <value> ...
  -array-add <value> ...               behind those that are there
  -dict <key> <value> ...
  -dict-add <key> <value> ...          beside those that are there
iOS has no preferences of one host: -currentHost and -host are refused.
"""


class WrongUsage(Exception):
    """What was typed is no line of defaults; the text says which word is wrong."""


class Failure(Exception):
    """It cannot be done; the texts say why, a log line each."""

    def __init__(self, *texts: str) -> None:
        super().__init__(*texts)
        self.texts = texts


class Given:
    """A value that was typed.

    Attributes:
        value: It.
        adds: Whether it is to be added to what is there.
    """

    __slots__ = ("adds", "value")

    def __init__(self, value: object, *, adds: bool = False) -> None:
        self.value = value
        self.adds = adds


class Words:
    """The words of a line, taken one after the other.

    Args:
        words: What was typed behind the program's name.
    """

    def __init__(self, words: "list[str]") -> None:
        self._words = words
        self._at = 0

    def __len__(self) -> int:
        """Return how many are left."""
        return len(self._words) - self._at

    def take(self) -> str:
        """Return the next.

        Raises:
            WrongUsage: There is none.
        """
        if not self:
            last = self._words[self._at - 1] if self._at else ""
            raise WrongUsage(f"something is missing behind {last}" if last else "no command")

        self._at += 1

        return self._words[self._at - 1]

    def take_domain(self) -> "tuple[str, bool]":
        """Return a domain, and whether it is an app's name that must be looked up."""
        word = self.take()

        if word == "-app":
            return self.take(), True

        return (GLOBAL_DOMAIN if word in _GLOBAL_NAMES else word), False

    def take_value(self) -> Given:
        """Return the value that all words that are left spell.

        Raises:
            WrongUsage: They spell none.
            Failure: Nor can what they spell be one.
        """
        word = self.take()

        match word:
            case "-array" | "-array-add":
                items = []

                while self:
                    items.append(self._take_scalar())

                return Given(items, adds=word == "-array-add")
            case "-dict" | "-dict-add":
                return Given(self._take_pairs(), adds=word == "-dict-add")
            case _:
                value = self._scalar(word)

        if self:
            raise Failure(f"Unexpected argument {self.take()}; leaving defaults unchanged.")

        return Given(value)

    def _take_pairs(self) -> "dict[str, object]":
        pairs: dict[str, object] = {}

        while self:
            key = self._take_scalar()

            if not isinstance(key, str):
                raise Failure("Dictionary keys must be strings")

            if not self:
                raise Failure(f"Key {key} lacks a corresponding value")

            pairs[key] = self._take_scalar()

        return pairs

    def _take_scalar(self) -> object:
        word = self.take()

        if word in {"-array", "-array-add", "-dict", "-dict-add"}:
            raise Failure("Cannot nest composite types (arrays and dictionaries); exiting")

        return self._scalar(word)

    def _scalar(self, word: str) -> object:
        match word:
            case "-string":
                return self.take()
            case "-data":
                return _data(self.take())
            case "-int" | "-integer":
                return values.to_integer(self.take())
            case "-float":
                return Float(values.to_double(self.take()))
            case "-bool" | "-boolean":
                return _boolean(self.take())
            case "-date":
                return _date(self.take())
            case _:
                return parsed(word)


def parsed(text: str) -> object:
    """Return the property list that a word spells; without brackets and quotes it is a string.

    Raises:
        Failure: It spells none.
    """
    spelt = text if _MAGIC.intersection(text) else f'"{text}"'

    try:
        if spelt.lstrip().startswith(_XML):
            return _from_xml(spelt)

        return parse_openstep(spelt)
    except ValueError:
        raise Failure(f"Could not parse: {text}.  Try single-quoting it.") from None


def _from_xml(text: str) -> object:
    """Return what XML spells, a whole plist or one element of it."""
    is_whole = text.lstrip().startswith(_XML[:3])
    element = "" if is_whole else text
    document = text if is_whole else f"<plist><dict><key>k</key>{element}</dict></plist>"

    if is_whole:
        return _loaded(document)

    return decode_plist(document.encode("utf-8", "surrogatepass"))[0]["k"]


def _loaded(document: str) -> object:
    import plistlib

    try:
        return values.copy_property_list(plistlib.loads(document.encode("utf-8", "surrogatepass")))
    except Exception as problem:  # what its parser raises has no common base
        raise ValueError("no property list") from problem


def parsed_domain(data: bytes) -> object:
    """Return the property list that a file holds: binary, XML or old-style.

    Raises:
        ValueError: It holds none; the text says what is wrong.
    """
    if len(data) > PLIST_BYTES_MAX:
        raise ValueError(f"it is larger than {PLIST_BYTES_MAX} bytes")

    begin = data.lstrip()[:8]

    if begin.startswith(
        (b"bplist", b"<?xml", b"<!DOCTYP", b"<plist", b"\xef\xbb\xbf", b"\xff\xfe")
    ):
        return decode_plist(data)[0]

    try:
        return values.copy_property_list(parse_openstep(data.decode("utf-8")))
    except UnicodeDecodeError:
        raise ValueError("it is no property list (not UTF-8)") from None
    except TypeError as problem:
        raise ValueError(f"it holds what no preference can: {problem}") from None


def _data(text: str) -> bytes:
    """Return the bytes of hex digits; one too few is a half byte in front."""
    problem = f"-data takes hex digits, not {text}"

    if text and not (text.isascii() and text.isalnum()):  # fromhex would skip blanks
        raise WrongUsage(problem)

    try:
        return bytes.fromhex(text.rjust(len(text) + len(text) % 2, "0"))
    except ValueError:
        raise WrongUsage(problem) from None


def _boolean(text: str) -> bool:
    word = text.lower()

    if word not in _TRUE | _FALSE:
        raise WrongUsage(f"-bool takes true, false, yes or no, not {text}")

    return word in _TRUE


def _date(text: str) -> datetime:
    """Return a date: as ``2022-01-02 03:04:05 +0000``, or in another form of ISO 8601."""
    head, space, zone = text.strip().rpartition(" ")
    together = f"{head}{zone}" if space and zone[:1] in {"+", "-"} else text.strip()

    try:
        found = datetime.fromisoformat(together)
        # A year at the calendar's edge may have no UTC.
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongUsage(
            f"-date takes a date such as '2022-01-02 03:04:05 +0000', not {text}"
        ) from None
