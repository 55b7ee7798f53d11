"""Asking presenters to let go of an item, and waiting for their answers, for so long.

A presenter that is suspended, or has not answered before, is passed over. One process is asked a
bounded number of things at once; the rest waits.
"""

from collections import deque
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, NamedTuple

from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import ASKS_UNANSWERED_MAX
from simulator.daemonkit.rooms import Kit
from simulator.daemons.filecoordinationd.presenters import Presenter, Question
from simulator.daemons.filecoordinationd.state import Claim
from simulator.xpc.errors import CommandError, Misbehaved

if TYPE_CHECKING:
    from simulator.daemonkit.clock import Timer

__all__ = ("Answer", "Asking")


class Answer(NamedTuple):
    """What a presenter answered.

    Attributes:
        error: Why the claim must not go on, or nothing.
        reacquires: Whether it wants to be told when the claim is over.
    """

    error: str = ""
    reacquires: bool = False


class _Asked:
    """One question that is open."""

    __slots__ = ("claim", "event", "number", "question", "timer")

    def __init__(self, number: int, claim: Claim[Guest], question: Question[Guest]) -> None:
        self.number = number
        self.claim = claim
        self.question = question
        self.event = 0
        self.timer: Timer | None = None


class Asking:
    """The questions of one device.

    Args:
        kit: The device's.
        send: Sends a message to a guest's presenters, for the cause.
        done: Told of a claim all of whose presenters have answered, or been passed over, with
            the first error, and the log id of the last answer.
        late: Told of a presenter that did not answer in time, and the claim.
    """

    def __init__(
        self,
        kit: Kit,
        send: Callable[[Guest, list[object], int], None],
        done: Callable[[Claim[Guest], str, int], None],
        late: Callable[[Presenter[Guest], Claim[Guest]], None],
    ) -> None:
        self._kit = kit
        self._send = send
        self._done = done
        self._late = late
        self.patience_s = 10.0
        self._last = 0
        self._open: dict[int, _Asked] = {}
        self._of_guest: dict[Guest, dict[int, _Asked]] = {}  # sent, and not answered
        self._waiting: dict[Guest, deque[_Asked]] = {}
        self._passed_over: dict[int, Presenter[Guest]] = {}  # question → who may still answer it
        self._left: dict[Claim[Guest], int] = {}  # how many have not answered
        self._errors: dict[Claim[Guest], str] = {}
        self._to_reacquire: dict[Claim[Guest], list[tuple[Presenter[Guest], int]]] = {}

    def begin(self, claim: Claim[Guest], questions: list[Question[Guest]]) -> None:
        """Ask for a claim; ``done`` is told."""
        self._left[claim] = len(questions)

        for question in questions:
            self._last += 1
            asked = _Asked(self._last, claim, question)
            self._open[asked.number] = asked
            guest = question.presenter.client

            if len(self._of_guest.get(guest, ())) < ASKS_UNANSWERED_MAX:
                self._ask(asked)
            else:
                self._waiting.setdefault(guest, deque()).append(asked)

    def _ask(self, asked: _Asked) -> None:
        claim, question = asked.claim, asked.question
        presenter = question.presenter
        self._of_guest.setdefault(presenter.client, {})[asked.number] = asked
        asked.event = self._kit.log.append(
            "coordination",
            "ask",
            presenter.place.label,
            actor="filecoordinationd",
            cause=claim.event,
            to=presenter.client.name,
            presenter=presenter.number,
            steps=question.steps,
        )
        asked.timer = self._kit.clock.call_later(self.patience_s, lambda: self._too_late(asked))
        message: list[object] = [
            "ask", asked.number, presenter.number, question.steps, question.path,
        ]  # fmt: skip
        self._send(presenter.client, message, asked.event)

    def claims_asking(self, guest: Guest) -> list[Claim[Guest]]:
        """Return the claims that wait for an answer of a guest's."""
        return [asked.claim for asked in self._of_guest.get(guest, {}).values()]

    def answer(self, guest: Guest, number: object, answer: Answer, cause: int) -> None:
        """Take an answer; one that is late is no error.

        Raises:
            Misbehaved: It was never asked that.
        """
        if not isinstance(number, int) or not 0 < number <= self._last:
            raise Misbehaved(f"it answers the question {number!r}, which nobody has asked")

        asked = self._open.get(number)

        if asked is None or asked.question.presenter.client is not guest:
            self._answered_late(guest, number, answer, cause)
            return

        asked.question.presenter.is_deaf = False
        event = self._kit.log.append(
            "coordination",
            "answer",
            asked.question.presenter.place.label,
            actor=guest.name,
            cause=cause or asked.event,
            error=answer.error,
            reacquires=answer.reacquires,
        )

        if answer.reacquires:
            kept = self._to_reacquire.setdefault(asked.claim, [])
            kept.append((asked.question.presenter, number))

            if asked.claim not in self._left:  # it was cancelled, or its process is gone
                self.end(asked.claim, event)

        self._close(asked, answer.error, event)

    def _answered_late(self, guest: Guest, number: int, answer: Answer, cause: int) -> None:
        presenter = self._passed_over.get(number)

        if presenter is None or presenter.client is not guest:
            return

        del self._passed_over[number]
        presenter.is_deaf = False

        if answer.reacquires:
            self._send(guest, ["reacquire", number], cause)

    def _too_late(self, asked: _Asked) -> None:
        asked.question.presenter.is_deaf = True
        self._late(asked.question.presenter, asked.claim)
        self._passed_over[asked.number] = asked.question.presenter
        self._close(asked, "", asked.event)

    def _close(self, asked: _Asked, error: str, event: int) -> None:
        del self._open[asked.number]
        guest, claim = asked.question.presenter.client, asked.claim

        if asked.timer is not None:
            asked.timer.cancel()
            del self._of_guest[guest][asked.number]

            if not self._of_guest[guest]:
                del self._of_guest[guest]
        else:
            self._waiting[guest].remove(asked)

        self._ask_next(guest)

        if claim not in self._left:
            return  # it was cancelled, or its process is gone

        self._left[claim] -= 1

        if error:
            self._errors.setdefault(claim, error)

        if not self._left[claim]:
            del self._left[claim]
            self._done(claim, self._errors.pop(claim, ""), event)

    def _ask_next(self, guest: Guest) -> None:
        waiting = self._waiting.get(guest)

        while waiting and len(self._of_guest.get(guest, ())) < ASKS_UNANSWERED_MAX:
            self._ask(waiting.popleft())

        if waiting is not None and not waiting:
            del self._waiting[guest]

    def pass_over(self, guest: Guest, presenter: Hashable = None) -> None:
        """Wait no longer for a guest, or for one presenter: it is gone, or suspended."""
        for asked in list(self._open.values()):
            who = asked.question.presenter

            if who.client is not guest or presenter not in {None, who.number}:
                continue

            if asked.number in self._open:  # the end of one may be the end of others
                if asked.timer is not None:
                    self._passed_over[asked.number] = who

                self._close(asked, "", asked.event)

        if presenter is None and not guest.alive:
            for number, late in list(self._passed_over.items()):
                if late.client is guest:
                    del self._passed_over[number]

    def end(self, claim: Claim[Guest], cause: int) -> None:
        """Let presenters have back what they gave up for a claim that is over."""
        self._left.pop(claim, None)
        self._errors.pop(claim, None)

        for presenter, number in self._to_reacquire.pop(claim, ()):
            if presenter.client.alive:
                self._send(presenter.client, ["reacquire", number], cause)

    @property
    def open(self) -> int:
        """How many questions are open."""
        return len(self._open)

    def wanted_from(self, claim: Claim[Guest]) -> list[Presenter[Guest]]:
        """Return the presenters whose answers a claim waits for."""
        return [asked.question.presenter for asked in self._open.values() if asked.claim is claim]

    def error_for(self, text: str) -> CommandError:
        """Return what a claim fails with when a presenter refuses."""
        return CommandError("NSCocoaErrorDomain", 512, f"a file presenter refused: {text}")
