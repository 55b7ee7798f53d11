"""Which sandbox levels this machine holds, proved once each."""

from itertools import chain

from simulator.device.settings import allow_unsealed
from simulator.sandbox.probing import denials_are_told
from simulator.sandbox.profile import LEVELS
from simulator.sandbox.remedy import look_around, remedies
from simulator.sandbox.witness import Proof, Witness, prove, strongest
from simulator.xpc.errors import Misuse, WorldError

__all__ = ("Levels",)


class Levels:
    """The levels, as this machine's kernel showed them.

    Args:
        begun: A proof of the strongest level that was begun earlier, if any.
    """

    def __init__(self, begun: Proof | None = None) -> None:
        self.strongest, self._tried = strongest(begun)
        self._told: Witness | None = None

    def witnesses(self, level: str) -> list[Witness]:
        """Return what the accesses that speak for a level showed; they are made once."""
        if level not in self._tried:
            self._tried[level] = prove(level)

        return self._tried[level]

    def tried(self) -> dict[str, list[Witness]]:
        """Return level → witnesses, the strongest first; everything above UNSEALED is tried."""
        return {level: self.witnesses(level) for level in LEVELS[:-1]}

    def told(self) -> Witness:
        """Return whether denied system calls are told; no level depends on that."""
        if self._told is None:
            self._told = Witness("notification", *denials_are_told())

        return self._told

    def remedies(self) -> list[str]:
        """Return what to do about the layers that do not hold."""
        seen = [*chain.from_iterable(self.tried().values()), self.told()]
        failed = [found.layer for found in seen if not found.works]

        return remedies(failed, look_around())

    def choose(self, asked: str) -> str:
        """Return the level that a device boots at.

        Args:
            asked: A level, or "" for the strongest one.

        Raises:
            Misuse: There is no such level.
            WorldError: The machine does not hold it, or holds none and nobody allowed that.
        """
        level = asked or self.strongest

        if level not in LEVELS:
            raise Misuse(f"the level {level!r} does not exist; there are {', '.join(LEVELS)}")

        if level == LEVELS[-1]:
            if not allow_unsealed():
                raise WorldError(
                    f"this kernel does not confine guests ({self._failed(LEVELS[-2])}). "
                    "SIMULATOR_ALLOW_UNSEALED=1 boots all the same, and every result is then "
                    "UNSEALED"
                    if not asked
                    else "SIMULATOR_ALLOW_UNSEALED=1 is needed to boot UNSEALED"
                )
        elif failed := self._failed(level):
            raise WorldError(f"this machine does not hold {level} ({failed}); see simctl doctor")

        return level

    def _failed(self, level: str) -> str:
        return "; ".join(
            f"{found.layer}: {found.how}" for found in self.witnesses(level) if not found.works
        )
