"""Which extensions are offered for which items. Pure."""

from collections.abc import Iterable, Sequence

from simulator.bundles.bundle import Bundle
from simulator.daemonkit.rooms import Item, Offer
from simulator.daemons.pkd.activation import evaluate
from simulator.daemons.pkd.uti import conformed_to

__all__ = ("conformance", "judge")


def judge(apps: Iterable[Bundle], point: str, items: Sequence[Item]) -> list[Offer]:
    """Judge every extension of a point, in the order of their ids."""
    extensions = [
        extension
        for app in apps
        for extension in app.extensions
        if extension.extension_point == point
    ]
    types = [item.types for item in items]
    offers = []

    for extension in sorted(extensions, key=lambda bundle: bundle.bundle_id):
        declared = extension.info.extension
        verdict = evaluate(declared.activation_rule if declared else None, types)
        offers.append(Offer(extension, verdict.offered, verdict.reason))

    return offers


def conformance(types: Iterable[str]) -> list[str]:
    """Return every type that one of ``types`` conforms to, itself included, sorted."""
    return sorted({parent for uti in types for parent in conformed_to(uti)})
