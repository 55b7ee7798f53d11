"""This process's copies of preference domains: the guest's half of cfprefsd.

A read compares two words of the shared page and looks into a dict; only when another process has
changed the domain does it ask cfprefsd what changed. A set changes this process's copy at once and
sends one message without waiting: synchronous here, asynchronous to disk and to others, as on a
phone.
"""

from shared_container.codec import decode, encode
from simulator.sdk._process import current, saw
from simulator.xpc.frames import (
    PAYLOAD_BYTES_MAX,
    Flag,
    Frame,
    Kind,
    pack_set,
    unpack_change,
)

__all__ = ("DomainCopy", "copy_numbered", "copy_of", "distrust")

_PART_BYTES = 48 * 1024
_NEVER = -1  # no generation

_by_name: dict[str, "DomainCopy"] = {}
_by_number: dict[int, "DomainCopy"] = {}


def copy_of(name: str) -> "DomainCopy":
    """Return this process's one copy of a domain, opening it when it is first asked for.

    Raises:
        SimulatorError: cfprefsd refused, and says why.
    """
    found = _by_name.get(name)

    if found is not None:
        return found

    with current().lock:
        if name not in _by_name:
            _by_name[name] = DomainCopy(name)

        return _by_name[name]


def distrust() -> None:
    """Let the next read of every domain look at all layers."""
    for each in _by_name.values():
        each.trusted = _NEVER


def copy_numbered(number: int) -> "DomainCopy | None":
    """Return the copy that cfprefsd calls by a number."""
    return _by_number.get(number)


class DomainCopy:
    """This process's copy of one preference domain.

    Attributes:
        name: The domain's.
        forced: Values that a profile of the device's management sets.
        observed: Whether cfprefsd was told to say what others change.
        words: The generations of the page.
        slot: Which of them is the domain's.
        trusted: While the generation is this, ``values`` is all that a read needs to look into.
        values: Fresh while ``trusted`` says so, or after :meth:`fresh`; not to be changed.
    """

    __slots__ = (
        "_last_set",
        "_looked",
        "_own",
        "_owns",
        "_process",
        "_seen",
        "_sequence",
        "forced",
        "index",
        "name",
        "observed",
        "slot",
        "trusted",
        "values",
        "words",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.forced: dict[str, object] = {}
        self.observed = False
        self.trusted = _NEVER
        self._process = current()
        self.words = self._process.page.domains
        self._owns = self._process.page.own
        self._looked = _NEVER  # the generation at which the values were found to be fresh
        self._last_set = 0  # the frame of this process's last set
        self.values: dict[str, object] = {}
        answer = self._process.call("cfprefsd.open", name)
        assert isinstance(answer, dict)
        self.index: int = answer["index"]
        self.forced = answer["forced"]
        self._take(answer)
        _by_number[self.index] = self
        saw("defaults", name)

    def _take(self, answer: object) -> None:
        assert isinstance(answer, dict)
        self.slot: int = answer["slot"]
        self._own: int = answer["own"]
        self._seen: int = answer["seen"]
        self._sequence: int = answer["sequence"]

        if "values" in answer:
            self.values = answer["values"]
            return

        for key, *value in answer["changes"]:
            if value:
                self.values[key] = value[0]
            else:
                self.values.pop(key, None)

    # -- reading -----------------------------------------------------------------------------

    def fresh(self) -> dict[str, object]:
        """Return the values, as fresh as cfprefsd tells; not to be changed."""
        own = self._owns[self._own]  # own first: the host raises the generation before it
        generation = self.words[self.slot]

        if generation - own == self._seen:
            self._looked = generation
        else:
            self._looked = _NEVER
            self.fetch()

        return self.values

    def trust(self) -> None:
        """Let reads look into ``values`` alone until the generation changes.

        For who has just called :meth:`fresh`, and knows that no other layer comes before it.
        """
        self.trusted = self._looked

    def fetch(self) -> None:
        """Ask cfprefsd what has changed."""
        with current().lock:  # another thread's set must not slip in before the answer
            self._take(current().call("cfprefsd.fetch", [self.index, self._sequence]))

        saw("defaults", self.name)

    def everything(self) -> dict[str, object]:
        """Return a copy of the values that no other thread changes."""
        with current().lock:
            return dict(self.fresh())

    # -- writing -----------------------------------------------------------------------------

    def set(self, key: str, value: object) -> None:
        """Send and set here; the value has been checked and copied, None removes."""
        process = self._process

        with process.lock:  # what is sent first must be what is kept last
            if value is None:
                self._last_set = process.send(
                    Kind.SET, pack_set(key, b""), arg=self.index, flags=Flag.DELETE
                )
                self.values.pop(key, None)
                return

            payload = pack_set(key, encode(value))

            if len(payload) <= PAYLOAD_BYTES_MAX:
                self._last_set = process.send(Kind.SET, payload, arg=self.index)
            else:
                self._send_parts(payload)

            self.values[key] = value

    def _send_parts(self, payload: bytes) -> None:
        """Send a set that no frame holds: a guest's large things go in parts."""
        for start in range(0, len(payload), _PART_BYTES):
            part = payload[start : start + _PART_BYTES]
            last = start + _PART_BYTES >= len(payload)
            arguments = encode(["cfprefsd.set_part", [self.index, part, last]])
            self._last_set = current().send(Kind.CALL, arguments)

    # -- hearing -----------------------------------------------------------------------------

    def observe(self, *, on: bool) -> bool:
        """Let cfprefsd say what others change, or no longer; whether dotted keys are told too."""
        self.observed = on

        return current().call("cfprefsd.observe", [self.index, on]) is True

    def take(self, frame: Frame) -> str | None:
        """Take a change that cfprefsd pushed; return its key, or None: anything may have changed.

        It is fetched instead when a set of this process was under way: what comes second at
        cfprefsd must be what is kept here.
        """
        if not frame.payload:
            self.fetch()
            return None

        sequence, seen, key, raw = unpack_change(frame.payload)

        with self._process.lock:
            if sequence <= self._sequence:
                return key

            if frame.ack < self._last_set:
                self.fetch()
                return None

            if frame.flags & Flag.DELETE:
                self.values.pop(key, None)
            else:
                self.values[key] = decode(raw)

            self._sequence, self._seen = sequence, seen

        return key
