"""What guests ask of filecoordinationd: to read and write, to present, to be left alone."""

import os

from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import COORDINATED_ITEMS_MAX, INTENTS_MAX, PRESENTERS_MAX
from simulator.daemonkit.rooms import Containers, Kit, Violations
from simulator.daemonkit.router import Heard
from simulator.daemons.filecoordinationd.asking import Answer
from simulator.daemons.filecoordinationd.granting import Granting
from simulator.daemons.filecoordinationd.paths import place_of
from simulator.daemons.filecoordinationd.presenters import Presenter
from simulator.daemons.filecoordinationd.state import Claim, Intent, Phase, Place, Settings
from simulator.daemons.filecoordinationd.telling import described_claim, described_presenter
from simulator.daemons.filecoordinationd.watched import Watched
from simulator.xpc.coordination import News, Reading, Writing
from simulator.xpc.errors import CommandError, Misbehaved, Misuse, SandboxDenied, SimulatorError
from simulator.xpc.frames import Kind, unpack_claim

__all__ = ("Filecoordinationd",)

_PATHS_BYTES_MAX = 32_768  # of one claim: they are sent back in one frame
_TEXT_MAX = 1000  # of a purpose, a source line, a presenter's error


class Filecoordinationd:
    """The claims and presenters of a device: the shell.

    Args:
        kit: The device's.
        containers: Whose files they are.
    """

    def __init__(self, kit: Kit, containers: Containers) -> None:
        self._kit = kit
        self._containers = containers
        self.violations: Violations  # the device's; wired after it is made
        self._granting = Granting(kit)
        self._claims = self._granting.claims
        self._presenters = self._granting.presenters
        self._watched = Watched(kit, containers, self._granting)
        kit.router.on(Kind.CLAIM, self._claim_one)
        kit.router.on(Kind.RELEASE, self._release)
        kit.router.verb("filecoordinationd.claim", self._claim)
        kit.router.verb("filecoordinationd.cancel", self._cancel)
        kit.router.verb("filecoordinationd.moved", self._moved)
        kit.router.verb("filecoordinationd.present", self._present)
        kit.router.verb("filecoordinationd.unpresent", self._unpresent)
        kit.router.verb("filecoordinationd.answered", self._answered)
        kit.router.verb("filecoordinationd.heard", self._heard)
        kit.router.on_exit(self._gone)

    # -- claims ------------------------------------------------------------------------------

    def _claim_one(self, heard: Heard) -> None:
        """Take a claim of one item; GRANTED answers it, when it is its turn."""
        parts = unpack_claim(heard.frame.payload)
        coordinator, presenter, writes, options, purpose, path, line = parts
        wanted: list[object] = [[os.fsdecode(path), bool(writes), options]]
        named = purpose.decode("utf-8", "surrogatepass")
        self._take(heard, heard.frame.arg, coordinator, named, presenter, wanted, line.decode())

    def _claim(self, heard: Heard, arguments: object) -> None:
        """Take a claim; GRANTED answers it, when it is its turn."""
        self._take(heard, *_claim_of(arguments))

    def _take(  # noqa: PLR0913, PLR0917  a claim has this many sides
        self,
        heard: Heard,
        number: int,
        coordinator: int,
        purpose: str,
        presenter: int,
        wanted: list[object],
        line: str,
    ) -> None:
        guest = heard.guest

        if not 0 < number < 1 << 32 or len(purpose) > _TEXT_MAX or len(line) > _TEXT_MAX:
            raise Misbehaved("a claim of the wrong shape")

        if self._claims.find(guest, number) is not None:
            raise Misbehaved(f"a second claim of the number {number}")

        try:
            intents = self._intents(heard, wanted)
        except Misbehaved:
            raise
        except SimulatorError as problem:
            self._granting.refuse(guest, number, problem, heard.cause)
            return

        named = purpose or (guest.name, coordinator)
        claim: Claim[Guest] = Claim(guest, number, named, intents, presenter=presenter)
        claim.line = line
        claim.thread = heard.frame.thread

        if guest.connection is not None:
            guest.connection.spend(len(intents))  # each is an event or two, and may be a search

        self._granting.begin(claim, heard.cause)

    def _intents(self, heard: Heard, wanted: list[object]) -> tuple[Intent[Guest], ...]:
        if not 0 < len(wanted) <= INTENTS_MAX:
            raise Misuse(f"a claim is about 1 to {INTENTS_MAX} items (INTENTS_MAX)")

        if self._claims.count(heard.guest) + len(wanted) > COORDINATED_ITEMS_MAX:
            raise Misuse(
                f"this process holds or waits for {COORDINATED_ITEMS_MAX} items, and may for no "
                "more (COORDINATED_ITEMS_MAX); end some accessors first"
            )

        intents = tuple(self._intent(heard, each) for each in wanted)

        if len(intents) > 1 and (
            sum(len(os.fsencode(each.place.path)) for each in intents) > _PATHS_BYTES_MAX
        ):
            raise Misuse(f"the paths of one claim have {_PATHS_BYTES_MAX} bytes at most")

        return intents

    def _intent(self, heard: Heard, wanted: object) -> Intent[Guest]:
        match wanted:
            case [str(path), bool(is_write), int(options)]:
                pass
            case _:
                raise Misbehaved("an intent that is no [path, writes, options]")

        if is_write and options not in Writing.EACH:
            raise Misuse(f"writing options {options}: at most one of WritingOptions may be given")

        if not is_write and not 0 <= options <= Reading.ALL:
            raise Misuse(f"reading options {options}: they are made of ReadingOptions")

        link = not is_write and bool(options & Reading.RESOLVES_SYMBOLIC_LINK)
        place = self._place(heard, path, is_write=is_write, link=link)

        return Intent(place, is_write=is_write, options=options)

    def _place(self, heard: Heard, path: str, *, is_write: bool, link: bool = False) -> Place:
        """Return what a guest means by a path.

        Raises:
            SandboxDenied: It may not go there; this is written down as a denial.
        """
        try:
            return place_of(self._containers, heard.guest, path, link=link)
        except PermissionError as problem:
            operation = "file-write-data" if is_write else "file-read-data"
            self.violations.refused(
                heard.guest,
                operation,
                path,
                cause=heard.cause,
                access="w" if is_write else "r",
            )
            why = f"{problem.strerror}: only there files are coordinated"
            raise SandboxDenied(operation, path, why) from problem

    def _release(self, heard: Heard) -> None:
        """End a claim; one that is not held is no error: it was cancelled meanwhile."""
        claim = self._claims.find(heard.guest, heard.frame.arg)

        if claim is not None:
            self._granting.release(claim, heard.cause)

    def _cancel(self, heard: Heard, arguments: object) -> None:
        """Fail what a coordinator still waits for."""
        match arguments:
            case [int(coordinator), str(purpose)]:
                pass
            case _:
                raise Misbehaved("a cancel that is no [coordinator, purpose]")

        guest = heard.guest
        named = purpose or (guest.name, coordinator)

        for claim in self._claims.of(guest):
            if claim.purpose == named and claim.phase is not Phase.HELD:
                self._granting.fail(
                    claim,
                    CommandError("NSCocoaErrorDomain", 3072, "The operation was cancelled."),
                    heard.cause,
                    "cancel",
                )

    def _moved(self, heard: Heard, arguments: object) -> None:
        """Take a coordinator's word that an item is somewhere else now."""
        match arguments:
            case [int(presenter), str(old), str(new)]:
                pass
            case _:
                raise Misbehaved("a move that is no [presenter, from, to]")

        try:
            places = (
                self._place(heard, old, is_write=True),
                self._place(heard, new, is_write=True),
            )
        except SimulatorError:
            return  # the denial is in the log

        own = self._presenters.find(heard.guest, presenter)
        actor = heard.guest.name
        waiting = self._claims.beneath(places[0])
        placed = self._granting.move(*places, by=own, actor=actor, cause=heard.cause)

        if heard.guest.connection is not None:
            # A presenter is looked for on the disk, and watched; a claim is looked at anew.
            heard.guest.connection.spend(placed + waiting)

    # -- presenters --------------------------------------------------------------------------

    def _present(self, heard: Heard, arguments: object) -> str:
        """Register a presenter; answer where its item is, links on the way resolved."""
        match arguments:
            case [int(number), str(path), int(can), bool(on_main), str(line)]:
                pass
            case _:
                raise Misbehaved("a presenter of the wrong shape")

        guest = heard.guest

        if not 0 < number < 1 << 31 or not 0 <= can <= News.ALL or len(line) > _TEXT_MAX:
            raise Misbehaved("a presenter of the wrong shape")

        if self._presenters.find(guest, number) is not None:
            raise Misbehaved(f"a second presenter of the number {number}")

        if self._presenters.count(guest) >= PRESENTERS_MAX:
            raise Misuse(f"this process has {PRESENTERS_MAX} file presenters (PRESENTERS_MAX)")

        place = self._place(heard, path, is_write=False)
        presenter: Presenter[Guest] = Presenter(guest, number, place, can)
        presenter.on_main = on_main
        presenter.line = line
        self._presenters.add(presenter)
        self._watched.begin(presenter)
        self._kit.log.append(
            "coordination",
            "present",
            place.label,
            actor=guest.name,
            cause=heard.cause,
            line=line,
            presenter=number,
        )

        return place.path

    def _unpresent(self, heard: Heard, arguments: object) -> None:
        """Forget a presenter; an unknown one is no error."""
        presenter = (
            self._presenters.find(heard.guest, arguments) if isinstance(arguments, int) else None
        )

        if presenter is not None:
            self._remove(presenter, heard.cause)

    def _remove(self, presenter: Presenter[Guest], cause: int) -> None:
        self._presenters.remove(presenter)
        self._watched.end(presenter)
        self._granting.forget_presenter(presenter)
        self._kit.log.append(
            "coordination",
            "unpresent",
            presenter.place.label,
            actor=presenter.client.name,
            cause=cause,
            presenter=presenter.number,
        )

    def _answered(self, heard: Heard, arguments: object) -> None:
        """Take what a presenter answered."""
        match arguments:
            case [number, str(error), bool(reacquires)]:
                answer = Answer(error[:_TEXT_MAX], reacquires)
                self._granting.asking.answer(heard.guest, number, answer, heard.cause)
            case _:
                raise Misbehaved("an answer that is no [question, error, reacquires]")

    def _heard(self, heard: Heard, _: object) -> None:
        """Send the next batch of news: the last was handled."""
        self._granting.news.heard(heard.guest)

    # -- processes ---------------------------------------------------------------------------

    def _gone(self, guest: Guest) -> None:
        """Forget everything of a dead process: nobody waits for it."""
        for presenter in self._presenters.of(guest):
            self._presenters.remove(presenter)
            self._watched.end(presenter)

        self._granting.bury(guest)

    def suspend(self, guest: Guest) -> None:
        """Let a process that runningboardd has stopped be in nobody's way."""
        self._granting.suspend(guest)

    def resume(self, guest: Guest, cause: int) -> None:
        """Let a process that runs again have what it held, and hear what it has missed."""
        self._granting.resume(guest, cause)

    # -- for who looks -----------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """How patient the device is."""
        return self._granting.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._granting.set_settings(settings)

    def shown(self) -> dict[str, object]:
        """Return who holds, who waits, and who presents what."""
        now = self._kit.clock.now_ns()
        asking = self._granting.asking

        return {
            "claims": [
                described_claim(claim, now, asking.wanted_from(claim)) for claim in self._claims
            ],
            "presenters": [
                {**described_presenter(each), "watched": self._watched.is_watched(each)}
                for each in self._presenters
            ],
        }

    def statistics(self) -> dict[str, int]:
        """Return how many claims, presenters and open questions there are."""
        return {
            "claims": len(self._claims),
            "passed_over": self._claims.passed_over,
            "presenters": len(self._presenters),
            "questions": self._granting.asking.open,
            "news": self._granting.news.waiting,
            "watched": self._watched.count,
        }

    async def close(self) -> None:
        """Watch nothing any more."""
        await self._watched.close()


def _claim_of(arguments: object) -> tuple[int, int, str, int, list[object], str]:
    match arguments:
        case [int(number), int(coordinator), str(purpose), int(presenter), list(wanted), str(line)]:
            pass
        case _:
            raise Misbehaved("a claim of the wrong shape")

    return number, coordinator, purpose, presenter, wanted, line
