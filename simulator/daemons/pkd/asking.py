"""Why an extension is or is not offered: everything that has a say in it. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from simulator.bundles.points import RULED_POINTS, SHARE
from simulator.daemons.pkd.activation import Rule, explain
from simulator.daemons.pkd.explanation import Explanation, Verdict
from simulator.daemons.pkd.shared import Shared
from simulator.daemons.pkd.state import IGNORED
from simulator.daemons.pkd.uti import Tree

__all__ = ("explanation",)

_UNKNOWN_TOLD: Final = 5


def explanation(
    bundle_id: str, point: str, rule: Rule | None, shared: Shared, *, tree: Tree, is_ignored: bool
) -> Explanation:
    """Return why an extension is or is not offered for what is shared.

    Args:
        bundle_id: Whose.
        point: Its extension point.
        rule: Its activation rule; None where the point has none.
        shared: What is shared.
        tree: The uniform types that are known.
        is_ignored: Whether the user has it switched off.
    """
    if rule is None or point not in RULED_POINTS:
        told = f"its extension point, {point or 'which is missing'}, is never offered items"
        ruled = "; share and action extensions are"

        return Explanation(bundle_id, point, Verdict(offered=False, reason=told + ruled), "none")

    verdict, form, lines = explain(rule, shared)
    notes = [*_heads(rule.remarks, verdict.reason), *_unknown(shared, tree)]

    if point != SHARE:
        notes.append(
            "action extensions are not started here: 'share' lists share extensions only, and "
            "what is said is what a phone would do"
        )

    if is_ignored:
        notes.insert(0, f"its rule alone would say: {'' if verdict.offered else 'not '}offered")
        verdict = Verdict(offered=False, reason=IGNORED)

    return Explanation(bundle_id, point, verdict, form, lines, notes)


def _heads(remarks: Iterable[str], reason: str) -> list[str]:
    """Return what was remarked at the installation and is not said already."""
    heads = [remark.partition("\n")[0] for remark in remarks]

    return [head for head in heads if head not in reason]


def _unknown(shared: Shared, tree: Tree) -> list[str]:
    types: Sequence[str] = [uti for each in shared.attachments for uti in each]
    unknown = list(dict.fromkeys(uti for uti in types if not tree.knows(uti)))

    return [
        f"{uti} is a type that nobody declares: it conforms to "
        f"{'public.data, as a dynamic one' if uti.startswith('dyn.') else 'itself alone'}"
        for uti in unknown[:_UNKNOWN_TOLD]
    ]
