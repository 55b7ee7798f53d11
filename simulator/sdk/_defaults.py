"""UserDefaults: the guest's half of cfprefsd.

A read compares two words of the shared page and looks into a dict; only when another process has
changed the domain does it ask cfprefsd what changed. A set changes this process's copy at once and
sends one message without waiting: synchronous here, asynchronous to disk and to others, as on a
phone.
"""

import builtins

from shared_container import values
from shared_container.codec import encode
from simulator.sdk._process import current, point
from simulator.xpc.frames import PAYLOAD_BYTES_MAX, Flag, Kind, pack_set

TYPE_CHECKING = False

if TYPE_CHECKING:
    from datetime import datetime

    PropertyList = (
        str
        | bytes
        | bool
        | int
        | float
        | datetime
        | list[object]
        | tuple[object, ...]
        | dict[str, object]
    )

__all__ = ("UserDefaults",)

_PART_BYTES = 48 * 1024


class _Domain:
    """This process's copy of one preference domain."""

    __slots__ = ("index", "name", "own", "seen", "sequence", "slot", "values")

    def __init__(self, name: str) -> None:
        self.name = name
        self.index = -1
        self.slot = 0
        self.own = 0
        self.seen = -1
        self.sequence = -1
        self.values: dict[str, object] = {}
        self._take(current().call("cfprefsd.open", name))

    def _take(self, answer: object) -> None:
        assert isinstance(answer, dict)
        self.index = answer["index"]
        self.slot = answer["slot"]
        self.own = answer["own"]
        self.seen = answer["seen"]
        self.sequence = answer["sequence"]

        if "values" in answer:
            self.values = answer["values"]
            return

        for key, *value in answer["changes"]:
            if value:
                self.values[key] = value[0]
            else:
                self.values.pop(key, None)

    def fresh(self) -> dict[str, object]:
        """Return the values, as fresh as cfprefsd has them."""
        page = current().page
        own = page.own[self.own]  # own first: the host raises the generation before it

        if page.domains[self.slot] - own != self.seen:
            with current().lock:  # another thread's set must not slip in before the answer
                self._take(current().call("cfprefsd.fetch", [self.index, self.sequence]))

        return self.values

    def set(self, key: str, value: object) -> None:
        """Send and set here; the value has been checked and copied, None removes."""
        process = current()

        with process.lock:  # what is sent first must be what is kept last
            if value is None:
                process.send(Kind.SET, pack_set(key, b""), arg=self.index, flags=Flag.DELETE)
                self.values.pop(key, None)
                return

            payload = pack_set(key, encode(value))

            if len(payload) <= PAYLOAD_BYTES_MAX:
                process.send(Kind.SET, payload, arg=self.index)
            else:
                self._send_parts(payload)

            self.values[key] = value

    def _send_parts(self, payload: bytes) -> None:
        """Send a set that no frame holds: a guest's large things go in parts."""
        for start in range(0, len(payload), _PART_BYTES):
            part = payload[start : start + _PART_BYTES]
            last = start + _PART_BYTES >= len(payload)
            current().tell("cfprefsd.set_part", [self.index, part, last])


_domains: dict[str, _Domain] = {}
_registered: dict[str, object] = {}  # the registration domain: process-wide, never written
_standard: list["UserDefaults"] = []


class _Standard:
    """``UserDefaults.standard``: one shared object, made when it is first asked for."""

    def __get__(self, _instance: object, _owner: type) -> "UserDefaults":
        if not _standard:
            _standard.append(UserDefaults())

        return _standard[0]


class UserDefaults:
    """Preferences of this app, or of a suite that an App Group shares.

    Args:
        suite_name: The id of an App Group. Without the entitlement the object exists all the same
            but is private to this process's container, as on a phone; the device's log says so.
            None means the app's own domain.
    """

    standard = _Standard()

    def __init__(self, suite_name: str | None = None) -> None:
        name = suite_name or str(current().info["bundle_id"])
        self._domain = _domains.get(name) or _domains.setdefault(name, _Domain(name))

    # -- reading -----------------------------------------------------------------------------

    def object(self, key: str) -> builtins.object:
        """Return the value of ``key``, or the registered one, or None. The result is a copy."""
        point("defaults-read", f"{self._domain.name}/{key}", "r")
        found = self._domain.fresh().get(key)

        if found is None:
            found = _registered.get(key)

        if isinstance(found, list | dict):
            return values.copy_property_list(found)

        return found

    def string(self, key: str) -> str | None:
        """Return a string; a number becomes its text, anything else None."""
        return values.to_string(self.object(key))

    def integer(self, key: str) -> int:
        """Return an integer; a string is parsed, absent is 0."""
        return values.to_integer(self.object(key))

    def double(self, key: str) -> builtins.float:
        """Return a double; a string is parsed, absent is 0.0."""
        return values.to_double(self.object(key))

    def bool(self, key: str) -> builtins.bool:
        """Return a boolean; "YES", "true" and "1" are true, absent is false."""
        return values.to_bool(self.object(key))

    def array(self, key: str) -> list[builtins.object] | None:
        """Return an array, or None."""
        return values.to_array(self.object(key))

    def string_array(self, key: str) -> list[str] | None:
        """Return an array of strings, or None when any element is none."""
        return values.to_string_array(self.object(key))

    def dictionary(self, key: str) -> dict[str, builtins.object] | None:
        """Return a dictionary, or None."""
        return values.to_dictionary(self.object(key))

    def data(self, key: str) -> bytes | None:
        """Return data, or None."""
        return values.to_data(self.object(key))

    def dictionary_representation(self) -> dict[str, builtins.object]:
        """Return everything that :meth:`object` would find, registered values too."""
        return {**_registered, **{key: self.object(key) for key in self._domain.fresh()}}

    # -- writing -----------------------------------------------------------------------------

    def set(self, value: "PropertyList | None", key: str) -> None:
        """Set ``key`` for this process at once and for others soon; None removes it.

        Raises:
            TypeError: The value is no property list (``NSInvalidArgumentException``).
        """
        if value is None:
            self.remove_object(key)
            return

        values.check_property_list(value, key)
        point("defaults-set", f"{self._domain.name}/{key}", "w")
        self._domain.set(key, values.copy_property_list(value))

    def remove_object(self, key: str) -> None:
        """Remove ``key``; a registered value shows again."""
        point("defaults-set", f"{self._domain.name}/{key}", "w")
        self._domain.set(key, None)

    def register(self, defaults: dict[str, builtins.object]) -> None:
        """Add fallback values, for this process and this run only, seen through every object."""
        for key, value in defaults.items():
            values.check_property_list(value, key)
            _registered[key] = values.copy_property_list(value)

    def synchronize(self) -> builtins.bool:
        """Wait until cfprefsd has everything this process set; true when it is saved."""
        return current().call("cfprefsd.synchronize", self._domain.index) is True
