"""A stage: one process that leads and others that follow, joined by what is measured.

Ours and each peer are driven in the same words, so that a figure of one can stand beside another's.
"""

import statistics
from abc import ABC, abstractmethod
from itertools import pairwise
from typing import cast

MICRO = 1e3  # ns


class Stage(ABC):
    """A lead and its followers.

    Attributes:
        name: As the table calls it.
        followers: How many there are.
    """

    name: str
    followers: int

    @abstractmethod
    def tell(self, what: str, n: int, gap_us: int = 0) -> object:
        """Let the lead do something ``n`` times, and return what it measured."""

    @abstractmethod
    def hear(self, follower: int) -> dict[str, object]:
        """Return what a follower (from 1) wrote when it heard the end of a round."""

    @abstractmethod
    def pin(self, cpus: set[int]) -> None:
        """Let every process of the stage, hub included, run on these processors alone."""

    @abstractmethod
    def close(self) -> None:
        """End every process."""

    def ping_pong(self, n: int) -> float:
        """Return the microseconds of one way, post to handler: half of the median of ``n`` rounds.

        The median, because whoever takes longer is interrupted more often by what else runs.
        """
        times = cast("list[int]", self.tell("ping", n))

        return statistics.median(end - start for start, end in pairwise(times)) / 2 / MICRO

    def shots(self, n: int, gap_us: int) -> list[float]:
        """Post ``n`` times, ``gap_us`` apart; return the microseconds to the *last* follower."""
        posted = cast("list[int]", self.tell("shoot", n, gap_us))
        heard = [self._times(follower) for follower in range(1, self.followers + 1)]
        assert all(len(times) == n for times in heard), f"{self.name} lost a post"

        return [
            (max(times[number] for times in heard) - posted[number]) / MICRO for number in range(n)
        ]

    def _times(self, follower: int) -> list[int]:
        return cast("list[int]", self.hear(follower)["shots"])

    def flood(self, n: int) -> tuple[float, float, int]:
        """Post ``n`` times without a pause.

        Returns:
            Posts per second until the follower heard the end of it, the same until the last call
            returned, and how many of the posts the follower heard (the others were coalesced).
        """
        start, returned = cast("list[int]", self.tell("flood", n))
        heard = self.hear(1)

        return (
            n * 1e9 / (cast("int", heard["end"]) - start),
            n * 1e9 / (returned - start),
            cast("int", heard["count"]),
        )
