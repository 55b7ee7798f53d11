"""Changes of preferences as text and as JSON, for ``simctl defaults watch``. Pure."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from shared_container.description import description
from simulator.simctl.listing import to_json_line
from simulator.simctl.picture import harmless

__all__ = ("HEAD", "change_as_json", "told_change")

HEAD = f"{'TIME':>14} {'EVENT':>8}  {'PROCESS':<28}  CHANGE"
_TEXT_MAX = 160  # characters of a value in a line
_ABSENT = "nothing"

_Row = Mapping[str, object]


def told_change(row: _Row) -> str:
    """Return a change as a line: when, which event, who, the key, old → new, and what led to it."""
    time_ns = cast("int", row["time_ns"])
    old, new = (_told(cast("list[object]", row[side])) for side in ("old", "new"))

    what = f"refused, it stays {old}" if row["operation"] == "refused" else f"{old} → {new}"
    parts = [
        f"{time_ns / 1e9:14.6f} {'#' + str(row['event']):>8}",
        f"{row['who']!s:<28}",
        f"{row['key']}: {what}",
        _told_cause(row["cause"]),
        f"({row['reason']})" if row.get("reason") else "",
    ]

    return harmless("  ".join(part for part in parts if part))


def _told_cause(cause: object) -> str:
    if cause is None:
        return ""

    event = cast("_Row", cause)

    return f"← #{event['id']} {event['actor']} {event['kind']}.{event['operation']}"


def _told(side: list[object]) -> str:
    match side:
        case []:
            return _ABSENT
        case [value]:
            text = _compact(value)
            return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}…"
        case _:
            return f"({side[1]} bytes)"


def _compact(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)

    if isinstance(value, bool):
        return "true" if value else "false"

    if isinstance(value, list):
        return f"[{', '.join(map(_compact, value))}]"

    if isinstance(value, dict):
        pairs = (f"{_compact(key)}: {_compact(value[key])}" for key in sorted(value))
        return f"{{{', '.join(pairs)}}}"

    return description(value)


def change_as_json(row: _Row) -> str:
    """Return a change as an object on one line; what was or is not there is null.

    Data is ``{"$data": base64}``, a date ``{"$date": ISO 8601}``, a value that is too large to be
    carried ``{"$bytes": size}``.
    """
    sides = {side: _plain_side(cast("list[object]", row[side])) for side in ("old", "new")}

    return to_json_line({**row, **sides})


def _plain_side(side: list[object]) -> object:
    match side:
        case []:
            return None
        case [value]:
            return _plain(value)
        case _:
            return {"$bytes": side[1]}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return {"$data": base64.b64encode(value).decode()}

    if isinstance(value, datetime):
        return {"$date": value.isoformat()}

    if isinstance(value, list):
        return [_plain(item) for item in value]

    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}

    if isinstance(value, float) and value - value != 0:  # JSON has neither
        return {"$real": str(value)}

    return value
