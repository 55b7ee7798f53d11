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

_Witness = tuple[str, bool, str]
_Witnesses = list[_Witness]


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
    denials = cast("_Witness", found["denials"])

    if json:
        keys = ("layer", "works", "how")
        value = {
            "level": found["level"],
            "user": found["user"],
            "levels": {
                level: [dict(zip(keys, witness, strict=True)) for witness in witnesses]
                for level, witnesses in levels.items()
            },
            "denials": dict(zip(keys, denials, strict=True)),
            "remedies": remedies,
        }
        print(to_json_text(value, escape_slashes=False))
    else:
        print(_headline(str(found["level"]), cast("int", found["user"])))
        print("\n".join(_told(levels, denials, remedies)))

    if found["level"] == "UNSEALED":
        raise WorldError("this machine does not confine guests")


def _headline(level: str, user: int) -> str:
    kernel = os.uname()
    whom = "root" if user == 0 else f"user {user}"

    return f"sandbox level: {level}  ({whom}, Linux {kernel.release}, {kernel.machine})"


def _told(levels: dict[str, _Witnesses], denials: _Witness, remedies: list[str]) -> list[str]:
    lines = []

    for name, witnesses in levels.items():
        holds = all(works for _, works, _ in witnesses)
        lines += ["", f"{name}: {'holds' if holds else 'does not hold'}", *_rows(witnesses)]

    are_told = "are told" if denials[1] else "are not told"
    lines += ["", f"denied system calls {are_told}:", *_rows([denials])]

    if remedies:
        lines += ["", "what to do:", *(f"  * {remedy}" for remedy in remedies)]

    return lines


def _rows(witnesses: _Witnesses) -> list[str]:
    rows = [("ok" if works else "FAILS", layer, how) for layer, works, how in witnesses]

    return [f"  {row}" for row in table(rows)]
