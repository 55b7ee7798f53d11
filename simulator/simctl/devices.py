"""Devices: list, create, boot, bootstatus, shutdown, delete, erase, rename."""

import time
from typing import Annotated, cast

import typer

from simulator.simctl.arguments import Usage, shape, suggested, with_device
from simulator.simctl.listing import SECTIONS, Catalog, as_json, as_text, to_json_text
from simulator.simctl.session import DEFAULT_TYPE, Row, Session
from simulator.xpc.errors import CommandError

__all__ = ("app",)

_SEED_BYTES = 32

app = typer.Typer(rich_markup_mode=None)


@app.command("list", **shape("[devices|devicetypes|runtimes|pairs] [<search term>|available]"))
def list_(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", "-j", help="Print JSON.")] = False,
    no_escape_slashes: Annotated[
        bool, typer.Option("--no-escape-slashes", "-e", help="Leave / as it is in JSON.")
    ] = False,
) -> None:
    """List devices, device types, runtimes and pairs."""
    session: Session = context.obj
    sections, term = _what_to_list(context.args)
    catalog = cast("dict[str, list[list[str]]]", session.ask("catalog"))
    everything = Catalog(catalog["devicetypes"], catalog["runtimes"], session.service.devices())
    found = everything.matching(term)

    if json:
        value = as_json(everything, found, sections)
        print(to_json_text(value, escape_slashes=not no_escape_slashes))
    else:
        print("\n".join(as_text(everything, found, sections)))


def _what_to_list(words: list[str]) -> tuple[tuple[str, ...], str]:
    sections: tuple[str, ...] = SECTIONS

    if words and words[0] in SECTIONS:
        sections, words = (words[0],), words[1:]

    if len(words) > 1:
        raise Usage(f"Unexpected argument: {words[1]}")

    return sections, words[0] if words else ""


@app.command(**shape("<name> [<device type>] [<runtime>]"))
def create(
    context: typer.Context,
    seed: Annotated[
        str, typer.Option(metavar="HEX", help="Make everything random repeatable; up to 32 bytes.")
    ] = "",
) -> None:
    """Create a device and print its udid.

    The type is a name or an identifier, iPhone 17 where none is given; the runtime is the newest.
    """
    session: Session = context.obj
    name, device_type, runtime = _what_to_create(context.args)

    try:
        udid = session.ask("create", name=name, type=device_type, runtime=runtime, seed=_seed(seed))
    except CommandError as problem:
        catalog = cast("dict[str, list[list[str]]]", session.ask("catalog"))
        raise suggested(
            problem, device_type, (kind[0] for kind in catalog["devicetypes"])
        ) from None

    print(udid)


def _what_to_create(words: list[str]) -> tuple[str, str, str]:
    match words:
        case []:
            raise Usage("Missing argument: <name>")
        case [name]:
            return name, DEFAULT_TYPE, ""
        case [name, device_type]:
            return name, device_type, ""
        case [name, device_type, runtime]:
            return name, device_type, runtime
        case _:
            raise Usage(f"Unexpected argument: {words[3]}")


def _seed(text: str) -> bytes | None:
    if not text:
        return None

    digits = text.removeprefix("0x")

    try:
        seed = bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2))
    except ValueError:
        raise Usage(f"The seed is no hexadecimal number: {text}") from None

    if len(seed) > _SEED_BYTES:
        raise Usage(f"The seed has {len(seed)} bytes; {_SEED_BYTES} are the most")

    return seed.rjust(_SEED_BYTES, b"\0")


@app.command(**shape("<device>"))
def boot(
    context: typer.Context,
    level: Annotated[
        str, typer.Option(help="SEALED or STRONG, instead of the strongest that works here.")
    ] = "",
    trace_sandbox: Annotated[
        bool,
        typer.Option(
            "--trace-sandbox", help="Tell what C code is refused, too; each open costs 20 µs more."
        ),
    ] = False,
) -> None:
    """Boot a device, and return when it is up."""
    session: Session = context.obj

    if not context.args:
        raise Usage("Missing argument: <device>")

    device, _ = with_device(context.args)
    udid = str(_to_boot(session, device)["udid"])
    session.ask("boot", udid=udid, level=level.upper())

    if trace_sandbox:
        with session.client(udid) as client:
            client.ask("trace_sandbox", on=True)


def _to_boot(session: Session, specifier: str) -> Row:
    try:
        return session.device(specifier)
    except CommandError as problem:
        first, *rest = problem.lines
        words = first.replace("Invalid device: ", "Invalid device or device pair: ")
        raise CommandError(problem.domain, problem.code, words, *rest) from None


@app.command(**shape("[<device>]"))
def bootstatus(
    context: typer.Context,
    boot: Annotated[bool, typer.Option("-b", help="Boot the device if it is not booted.")] = False,
    data_migration: Annotated[
        bool, typer.Option("-d", help="Accepted for Apple's sake; nothing migrates here.")
    ] = False,
    continuous: Annotated[
        bool, typer.Option("-c", help="Accepted for Apple's sake; there is one status.")
    ] = False,
) -> None:
    """Wait until a device is booted.

    A device that is shut down is booted with -b; without it that is an error here, where Apple's
    tool would wait for ever.
    """
    del data_migration, continuous
    session: Session = context.obj
    device, _ = with_device(context.args)
    row = session.device(device)

    if row["state"] == "Booted":
        print("Device already booted, nothing to do.")
        return

    if not boot and row["state"] != "Booting":
        raise CommandError(
            "com.apple.CoreSimulator.SimError",
            405,
            f"Unable to monitor boot status in current state: {row['state']}",
            "bootstatus -b boots the device",
        )

    print(f"Monitoring boot status for {row['name']} ({row['udid']}).", flush=True)
    begin = time.monotonic()
    session.ask("boot", udid=row["udid"], ensure=True)
    minutes, seconds = divmod(int(time.monotonic() - begin), 60)
    stamp = time.strftime("%Y-%m-%d %H:%M:%S +0000", time.gmtime())
    elapsed = f"{minutes:02}:{seconds:02}"
    print(f"[{stamp}] Status=4294967295, isTerminal=YES, Elapsed={elapsed}.\n\tFinished")


@app.command(**shape("[<device>|all]"))
def shutdown(context: typer.Context) -> None:
    """Shut a device down (shutdown), or all devices."""
    session: Session = context.obj
    device, _ = with_device(context.args)

    if device == "all":
        _shutdown_all(session)
    else:
        session.ask("shutdown", udid=session.device(device)["udid"])


def _shutdown_all(session: Session) -> None:
    for row in session.service.devices():
        if row["state"] in {"Booted", "Booting"}:
            session.ask("shutdown", udid=row["udid"])


@app.command(**shape("<device>... | unavailable | all"))
def delete(context: typer.Context) -> None:
    """Delete devices that are shut down, or all devices, booted or not."""
    session: Session = context.obj

    if context.args == ["unavailable"]:
        return  # there is one runtime, and it is always there

    if context.args == ["all"]:
        _shutdown_all(session)

    for row in _meant(session, context.args):
        session.ask("delete", udid=row["udid"])


@app.command(**shape("<device>... | all"))
def erase(context: typer.Context) -> None:
    """Erase devices that are shut down: no apps, no data, no settings stay."""
    session: Session = context.obj

    for row in _meant(session, context.args):
        session.ask("erase", udid=row["udid"])


def _meant(session: Session, specifiers: list[str]) -> list[Row]:
    """Return the rows of some devices, each once, before anything is done to the first."""
    if not specifiers:
        raise Usage("Missing argument: <device>")

    if specifiers == ["all"]:
        return session.service.devices()

    rows = {str(row["udid"]): row for row in map(session.device, specifiers)}

    return list(rows.values())


@app.command(**shape("[<device>] <name>"))
def rename(context: typer.Context) -> None:
    """Rename a device."""
    session: Session = context.obj
    device, (name,) = with_device(context.args, "name")
    session.ask("rename", udid=session.device(device)["udid"], name=name)
