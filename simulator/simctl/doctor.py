"""The doctor: which layers of the sandbox hold here, how that was proved, what to do about it."""

import os
from typing import TYPE_CHECKING, cast

import typer

from simulator.simctl.arguments import Json, Usage, shape
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import table
from simulator.xpc.errors import WorldError

if TYPE_CHECKING:
    from simulator.simctl.session import Row, Session

__all__ = ("app",)

app = typer.Typer(rich_markup_mode=None)

_Witnesses = list[tuple[str, bool, str]]


@app.command(**shape(""))
def doctor(context: typer.Context, json: Json = False) -> None:
    """Be the doctor of this machine: try every layer of the sandbox, and say which holds.

    Each line is an access that was tried by a confined process. Where one is not denied, the last
    lines say what to do about it. The status is 1 where guests cannot be confined.
    """
    session: Session = context.obj

    if context.args:
        raise Usage(f"Unexpected argument: {context.args[0]}")

    found = cast("Row", session.ask("doctor"))
    levels = cast("dict[str, _Witnesses]", found["levels"])
    remedies = cast("list[str]", found["remedies"])

    if json:
        keys = ("layer", "works", "how")
        value = {
            "level": found["level"],
            "user": found["user"],
            "levels": {
                level: [dict(zip(keys, witness, strict=True)) for witness in witnesses]
                for level, witnesses in levels.items()
            },
            "remedies": remedies,
        }
        print(to_json_text(value, escape_slashes=False))
    else:
        print(_told(str(found["level"]), cast("int", found["user"]), levels, remedies))

    if found["level"] == "UNSEALED":
        raise WorldError("this machine does not confine guests")


def _told(level: str, user: int, levels: dict[str, _Witnesses], remedies: list[str]) -> str:
    kernel = os.uname()
    whom = "root" if user == 0 else f"user {user}"
    lines = [f"sandbox level: {level}  ({whom}, Linux {kernel.release}, {kernel.machine})"]

    for name, witnesses in levels.items():
        holds = all(works for _, works, _ in witnesses)
        lines += ["", f"{name}: {'holds' if holds else 'does not hold'}"]
        rows = [("ok" if works else "FAILS", layer, how) for layer, works, how in witnesses]
        lines += [f"  {row}" for row in table(rows)]

    if remedies:
        lines += ["", "what to do:", *(f"  * {remedy}" for remedy in remedies)]

    return "\n".join(lines)
