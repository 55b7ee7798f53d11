"""UserDefaults' part of key-value observing: who observes, and until when."""

import builtins

from simulator.sdk._domain_copy import DomainCopy
from simulator.sdk._exceptions import NSInvalidArgumentException
from simulator.sdk._observing import NSKeyValueObservingOptions, Observation, observations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    Change = dict[str, object]

__all__ = ("Observable",)


class Observable:
    """What can be observed: something that searches domains for a key."""

    def effective(
        self, key: str, instead: "tuple[DomainCopy, builtins.object] | None" = None
    ) -> builtins.object:
        """Return what a search finds, or would find with another value in a domain; no copy."""
        raise NotImplementedError

    def domains(self) -> list[DomainCopy]:
        """Return the domains that a search looks into, in its order."""
        raise NotImplementedError

    def add_observer(
        self,
        observer: builtins.object,
        for_key_path: str,
        options: int = 0,
        context: builtins.object = None,
    ) -> None:
        """Call ``observer.observe_value(key_path, of, change, context)`` when a value changes.

        Args:
            observer: Has that method; ``of`` is this object.
            for_key_path: A key. Dots make it a path into a dictionary, as on a phone.
            options: A sum of :class:`NSKeyValueObservingOptions`.
            context: Passed on.
        """

        def handler(key_path: str, of: builtins.object, change: "Change") -> None:
            observer.observe_value(key_path, of, change, context)  # type: ignore[attr-defined]

        handler.observer = observer  # type: ignore[attr-defined]
        observations.add(self, for_key_path, options, handler)

    def remove_observer(self, observer: builtins.object, for_key_path: str) -> None:
        """End what :meth:`add_observer` began.

        Raises:
            NSInvalidArgumentException: It is not observing; on a phone this ends the process.
        """
        for each in observations.of(self):
            watches = getattr(each.handler, "observer", None) is observer

            if watches and each.key_path == for_key_path:
                each.invalidate()
                return

        raise NSInvalidArgumentException(
            f"Cannot remove an observer {observer!r} for the key path {for_key_path!r} from "
            f"{self!r} because it is not registered as an observer."
        )

    def observe(
        self,
        key_path: str,
        handler: "Callable[[Self, Change], builtins.object]",
        *,
        options: int = NSKeyValueObservingOptions.NEW | NSKeyValueObservingOptions.OLD,
    ) -> Observation:
        """Call ``handler(defaults, change)`` when a value changes, until it is invalidated.

        ``change`` has ``kind`` (1), and as ``options`` say ``new`` and ``old``, with NSNull for
        what is not there, and ``notificationIsPrior``.
        """
        return observations.add(
            self, key_path, options, lambda _path, _of, change: handler(self, change)
        )
