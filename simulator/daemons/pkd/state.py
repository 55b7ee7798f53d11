"""Which extensions are offered for which items, and why. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from simulator.bundles.bundle import Bundle
from simulator.bundles.points import RULED_POINTS
from simulator.daemonkit.rooms import Offer
from simulator.daemons.pkd.activation import Rule, is_quick, read_rule
from simulator.daemons.pkd.declarations import declared_types
from simulator.daemons.pkd.elections import Elections
from simulator.daemons.pkd.shared import Shared
from simulator.daemons.pkd.uti import SYSTEM, Declaration, Tree

__all__ = ("IGNORED", "PlugIn", "PlugIns", "declarations_of", "remarks_on")

IGNORED: Final = "the user has it switched off (simctl pluginkit -e use switches it on)"


class PlugIn:
    """An installed extension.

    Args:
        bundle: It.

    Attributes:
        rule: Its activation rule once it is read; None before, and where the point has none.
    """

    __slots__ = ("bundle", "rule")

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.rule: Rule | None = None
        value = self.rule_value

        if self.has_rule and is_quick(value):
            self.rule = read_rule(value)

    @property
    def has_rule(self) -> bool:
        """Whether its point asks for a rule."""
        return self.bundle.extension_point in RULED_POINTS

    @property
    def rule_value(self) -> object:
        """The rule as it stands in the Info.plist, or None."""
        declared = self.bundle.info.extension

        return declared.activation_rule if declared is not None else None


class PlugIns:
    """The extensions of one device, by point and by id.

    Attributes:
        tree: The uniform types of the device.
    """

    def __init__(self) -> None:
        self._apps: list[Bundle] = []
        self._by_id: dict[str, PlugIn] = {}
        self._by_point: dict[str, list[PlugIn]] = {}
        self.tree = SYSTEM

    def update(self, apps: Sequence[Bundle]) -> None:
        """Take over what is installed now; nothing is done when nothing has changed."""
        if len(apps) == len(self._apps) and all(map(_is, apps, self._apps)):
            return

        known = {id(plug_in.bundle): plug_in for plug_in in self._by_id.values()}
        self._apps = list(apps)
        extensions = [extension for app in apps for extension in app.extensions]
        plug_ins = [known.get(id(each)) or PlugIn(each) for each in extensions]
        self._by_id = {each.bundle.bundle_id: each for each in plug_ins}
        self._by_point = {}

        for plug_in in sorted(plug_ins, key=lambda each: each.bundle.bundle_id):
            self._by_point.setdefault(plug_in.bundle.extension_point, []).append(plug_in)

        declared = [each for bundle in _bundles(apps) for each in declarations_of(bundle)]
        self.tree = Tree(declared, SYSTEM) if declared else SYSTEM

    def all(self) -> list[PlugIn]:
        """Return every extension, in the order of their ids."""
        return [self._by_id[bundle_id] for bundle_id in sorted(self._by_id)]

    def find(self, bundle_id: str) -> PlugIn | None:
        """Return the extension of that id, or None."""
        return self._by_id.get(bundle_id)

    def unread(self) -> list[PlugIn]:
        """Return the extensions whose rule must be read before they can be judged."""
        return [each for each in self._by_id.values() if each.rule is None and each.has_rule]

    def offers(self, point: str, shared: Shared, elections: Elections) -> Iterator[Offer]:
        """Judge every extension of a point, in the order of their ids.

        Args:
            point: The extension point.
            shared: What is shared.
            elections: The user's.
        """
        for plug_in in self._by_point.get(point, ()):
            bundle = plug_in.bundle

            if elections.of(bundle.bundle_id) == "ignore":
                yield Offer(bundle, offered=False, reason=IGNORED)
            elif plug_in.rule is not None:
                yield Offer(bundle, *plug_in.rule.judge(shared))


def _is(one: object, other: object) -> bool:
    return one is other


def _bundles(apps: Iterable[Bundle]) -> Iterator[Bundle]:
    for app in apps:
        yield app
        yield from app.extensions


def remarks_on(app: Bundle, rules: Mapping[str, Rule]) -> list[str]:
    """Return what a developer should know of an app's activation rules and type declarations.

    Args:
        app: It.
        rules: Of its extensions, by id.
    """
    found: list[str] = []

    for bundle in _bundles((app,)):
        rule = rules.get(bundle.bundle_id)
        wrong: list[str] = list(rule.remarks) if rule is not None else []
        wrong += declared_types(bundle.info.raw)[1]
        found += [f"{bundle.bundle_id}: {sentence}" for sentence in wrong]

    return found


def declarations_of(bundle: Bundle) -> list[Declaration]:
    """Return the uniform types that a bundle declares."""
    return declared_types(bundle.info.raw)[0]
