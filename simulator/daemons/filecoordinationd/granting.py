"""The way of a claim: its turn, its presenters, its grant, its end."""

from typing import TYPE_CHECKING

from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import REPORTS_PER_TURN
from simulator.daemonkit.rooms import Kit
from simulator.daemons.filecoordinationd.asking import Asking
from simulator.daemons.filecoordinationd.claims import Claims
from simulator.daemons.filecoordinationd.grants import Grants
from simulator.daemons.filecoordinationd.news import NewsRoom
from simulator.daemons.filecoordinationd.overlapping import overlaps
from simulator.daemons.filecoordinationd.paths import Identity, identity_of
from simulator.daemons.filecoordinationd.presenters import Presenter, Presenters
from simulator.daemons.filecoordinationd.state import Claim, Intent, Phase, Place, Settings
from simulator.daemons.filecoordinationd.telling import held_up, in_the_way, options_of
from simulator.xpc.errors import SimulatorError, WaitTimedOut

if TYPE_CHECKING:
    from simulator.daemonkit.clock import Timer

__all__ = ("Granting",)


class Granting:
    """Moves claims on.

    Args:
        kit: The device's.

    Attributes:
        claims, presenters, asking, news: Who is there, and who is spoken to.
        wrote: Told of a write that is over: the claim, the place, and what is there now. Whoever
            watches files knows by it what was told already.
        placed: Told of presenters that present another place now, after a coordinated move.
    """

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self.settings = Settings()
        self.claims: Claims[Guest] = Claims()
        self.presenters: Presenters[Guest] = Presenters()
        self._grants = Grants(kit)
        self.asking = Asking(kit, self._grants.present, self._asked, self._late)
        self.news = NewsRoom(kit, self._grants.present)
        self.wrote = _nobody_writes
        self.placed = _nobody_moves
        self._before: dict[Intent[Guest], Identity | None] = {}
        self._sweep: Timer | None = None

    # -- the way in --------------------------------------------------------------------------

    def begin(self, claim: Claim[Guest], cause: int) -> None:
        """Take a new claim, and grant it if it is its turn."""
        claim.since_ns = self._kit.clock.now_ns()
        claim.event = self._write_down("claim", claim, claim.client.name, cause)
        ready = self.claims.add(claim, self.asking.claims_asking(claim.client))

        if ready:
            self._go_on(claim, claim.event)
        else:
            self._tell_waiting(claim)

        if claim.phase is not Phase.HELD:
            self._watch_patience(claim)

        self._grants.flush()

    def _write_down(self, operation: str, claim: Claim[Guest], actor: str, cause: int) -> int:
        event = 0

        for intent in claim.intents:
            event = self._kit.log.append(
                "coordination",
                operation,
                intent.place.label,
                actor=actor,
                cause=cause,
                access="w" if intent.is_write else "r",
                line=claim.line,
                to=claim.client.name,
                claim=claim.number,
                options=options_of(intent),
            )

        return event

    def _tell_waiting(self, claim: Claim[Guest]) -> None:
        """Write down for whom a claim waits that is not granted at once."""
        reason = in_the_way(claim, self._kit.clock.now_ns())

        if reason:
            self._tell_of(claim, "wait", reason, claim.event)

    def _tell_of(self, claim: Claim[Guest], operation: str, reason: str, cause: int) -> None:
        """Write down what became of a claim that nobody but the device has decided."""
        self._kit.log.append(
            "coordination",
            operation,
            claim.intents[0].place.label,
            actor="filecoordinationd",
            cause=cause,
            to=claim.client.name,
            line=claim.line,
            claim=claim.number,
            reason=reason,
        )

    def _turn_of(self, ready: list[Claim[Guest]], cause: int) -> None:
        for claim in ready:
            # One that was granted a moment ago may be in the way of the next.
            if claim.phase in {Phase.WAITING, Phase.ASKED} and self.claims.look(claim):
                self._go_on(claim, cause)

        self._grants.flush()

    def _go_on(self, claim: Claim[Guest], cause: int) -> None:
        if claim.phase is Phase.WAITING and len(self.presenters):
            questions = [
                each
                for each in self.presenters.questions(claim)
                if not each.presenter.client.suspended and not each.presenter.is_deaf
            ]

            if questions:
                claim.phase = Phase.ASKING
                self.asking.begin(claim, questions)

                return

        self.claims.grant(claim)
        claim.granted_ns = self._kit.clock.now_ns()
        claim.event = self._write_down("grant", claim, "filecoordinationd", cause)

        if len(self.presenters):
            for intent in claim.intents:
                if intent.is_write and self.presenters.concern(intent.place):
                    self._before[intent] = identity_of(intent.place)

        self._grants.grant(claim)

    def _asked(self, claim: Claim[Guest], error: str, event: int) -> None:
        if error:
            self.fail(claim, self.asking.error_for(error), event, "refuse")
            return

        claim.phase = Phase.ASKED

        if self.claims.look(claim):
            self._go_on(claim, event)
        else:
            self._tell_waiting(claim)

        self._grants.flush()

    def _late(self, presenter: Presenter[Guest], claim: Claim[Guest]) -> None:
        self._kit.log.append(
            "coordination",
            "late",
            presenter.place.label,
            actor="filecoordinationd",
            cause=claim.event,
            to=presenter.client.name,
            line=presenter.line,
            reason=f"{held_up(claim, self._kit.clock.now_ns(), [presenter])} for "
            f"{self.settings.presenter_s:g} s, and is passed over from now on (presenter_s)",
        )

    # -- the way out -------------------------------------------------------------------------

    def release(self, claim: Claim[Guest], cause: int) -> None:
        """End a claim: presenters have back what they gave up, and hear of what was written."""
        if claim.phase is not Phase.HELD:
            return

        event = self._write_down("release", claim, claim.client.name, cause or claim.event)
        self._finish(claim, event)

    def _finish(self, claim: Claim[Guest], event: int) -> None:
        is_held = claim.phase is Phase.HELD
        ready = self.claims.remove(claim)
        self.asking.end(claim, event)

        for intent in claim.intents:
            before = self._before.pop(intent, None)

            if is_held and intent.is_write and len(self.presenters):
                self._tell(claim, intent, before, event)

        self._turn_of(ready, event)

    def _tell(
        self, claim: Claim[Guest], intent: Intent[Guest], before: Identity | None, event: int
    ) -> None:
        """Tell who presents an item that was written to; who is not there has been told."""
        after = identity_of(intent.place)
        self.wrote(claim, intent.place, after)

        if after is None:
            return

        own = self.presenters.find(claim.client, claim.presenter)
        self.news.tell(
            [
                each
                for each in self.presenters.changed(intent.place, appeared=before is None)
                if each.presenter is not own
            ],
            event,
        )

    def refuse(self, guest: Guest, number: int, problem: SimulatorError, cause: int) -> None:
        """Fail a claim that has not become one."""
        event = self._kit.log.append(
            "coordination",
            "refuse",
            str(problem),
            actor="filecoordinationd",
            cause=cause,
            to=guest.name,
            claim=number,
        )
        self._grants.refuse(guest, number, problem, event)
        self._grants.flush()

    def fail(
        self, claim: Claim[Guest], problem: SimulatorError, cause: int, operation: str
    ) -> None:
        """Fail a claim that waits."""
        event = self._write_down(operation, claim, "filecoordinationd", cause)
        self._grants.refuse(claim.client, claim.number, problem, event)
        self._finish(claim, event)

    def move(
        self,
        old: Place,
        new: Place,
        *,
        by: Presenter[Guest] | None,
        actor: str,
        cause: int,
    ) -> int:
        """Let everybody know an item where it is now; return how many present it, or lie in it."""
        event = self._kit.log.append(
            "coordination", "move", old.label, actor=actor, cause=cause, access="w", new=new.label
        )
        placed, told = self.presenters.moved(old, new)
        self.placed(placed)
        self.news.tell([each for each in told if each.presenter is not by], event)
        self.follow(old, new, event)

        return len(placed)

    def follow(self, old: Place, new: Place, event: int) -> None:
        """Let who waits for an item wait for it where it is now."""
        self._turn_of(self.claims.move(old, new), event)

    # -- processes that do not run -----------------------------------------------------------

    def bury(self, guest: Guest) -> None:
        """Forget a dead process."""
        self.asking.pass_over(guest)
        self.news.forget(guest)
        self._grants.forget(guest)

        for claim in sorted(self.claims.of(guest), key=lambda each: each.phase is Phase.HELD):
            event = self._write_down("vanish", claim, "filecoordinationd", claim.event)
            self._finish(claim, event)

        self.claims.forget(guest)

    def forget_presenter(self, presenter: Presenter[Guest]) -> None:
        """Wait for a presenter no longer, and tell it nothing."""
        self.asking.pass_over(presenter.client, presenter.number)
        self.news.forget(presenter.client, presenter.number)

    def suspend(self, guest: Guest) -> None:
        """Ask and tell a process nothing; what it holds is in nobody's way."""
        self.news.hold(guest)
        self.asking.pass_over(guest)

        if not self.settings.suspended_holds:
            for claim in self.claims.of(guest):
                self._write_down("pass-over", claim, "filecoordinationd", claim.event)

            self._turn_of(self.claims.pass_over(guest), 0)

    def resume(self, guest: Guest, cause: int) -> None:
        """Let a process have what it held, where nobody has it now, and hear what it missed."""
        ready = self.claims.take_back(guest)

        for claim, other in overlaps(self.claims, guest):
            reason = f"while it was suspended {other.client.name} got what it held"
            self._tell_of(claim, "overlap", reason, cause)

        self._turn_of(ready, cause)
        self.news.release(guest)

    # -- who waits long ----------------------------------------------------------------------

    def set_settings(self, settings: Settings) -> None:
        """Be as patient as a device is told to be, with what begins from now on."""
        self.settings = settings
        self.asking.patience_s = settings.presenter_s

        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None

        self._sweep_later()

    def _watch_patience(self, claim: Claim[Guest]) -> None:
        if self.settings.wait_s:
            self._kit.clock.call_later(self.settings.wait_s, lambda: self._give_up(claim))

        self._sweep_later()

    def _sweep_later(self) -> None:
        if self._sweep is None and any(each.phase is not Phase.HELD for each in self.claims):
            self._sweep = self._kit.clock.call_later(self.settings.report_s, self._report)

    def _report(self) -> None:
        """Write down who has waited long, each the more seldom the longer it waits."""
        self._sweep = None
        now = self._kit.clock.now_ns()
        reported = 0

        for claim in self.claims:
            due_s = self.settings.report_s * (1 << claim.reported)

            if claim.phase is Phase.HELD or now - claim.since_ns < due_s * 1e9:
                continue

            claim.reported += 1
            reported += 1
            reason = held_up(claim, now, self.asking.wanted_from(claim))
            self._tell_of(claim, "held-up", reason, claim.event)

            if reported == REPORTS_PER_TURN:
                break

        self._sweep_later()

    def _give_up(self, claim: Claim[Guest]) -> None:
        if claim.phase in {Phase.HELD, Phase.GONE}:
            return

        now = self._kit.clock.now_ns()
        sentence = held_up(claim, now, self.asking.wanted_from(claim))
        self.fail(claim, WaitTimedOut(sentence), claim.event, "time-out")


def _nobody_writes(claim: Claim[Guest], place: Place, identity: Identity | None) -> None:
    """Take a write that is over, where nobody watches."""


def _nobody_moves(placed: list[Presenter[Guest]]) -> None:
    """Take presenters that have moved, where nobody watches."""
