"""Real plists made runnable: stub."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.simctl.arguments import Usage, shape
from simulator.simctl.building import built, variables_of, written_out
from simulator.simctl.picture import harmless
from simulator.simctl.session import note
from simulator.simctl.stubbing import program_of_stub, stub_name
from simulator.xpc.errors import Misuse, WorldError

if TYPE_CHECKING:
    from simulator.bundles.lint.subject import Subject

__all__ = ("app",)

app = typer.Typer(rich_markup_mode=None)


@app.command(**shape("<path to .app, .appex or source folder>"))
def stub(
    context: typer.Context,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="[TARGET:]VAR=VALUE", help="Expand a build variable."),
    ] = None,
    output: Annotated[
        str, typer.Option(metavar="FOLDER", help="Where the bundle goes; else it stays.")
    ] = "",
    chosen: Annotated[
        str, typer.Option("--app", metavar="NAME", help="Of a source folder's apps, this one.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite what exists.")] = False,
) -> None:
    """Make a bundle runnable: write the program of each bundle that has none (stub).

    From a folder with the Info.plists and entitlements of an Xcode project's targets, the bundle
    is put together first, in FOLDER or here.
    """
    if len(context.args) != 1:
        raise Usage("Missing argument: <path>" if not context.args else "Give one path")

    source = Path(os.path.abspath(context.args[0]))
    variables = variables_of(settings or [])

    if not source.is_dir():
        raise Misuse(f"{context.args[0]} is no folder: give a .app, an .appex or a source folder")

    if source.suffix in {".app", ".appex"}:
        if chosen:
            raise Usage("--app chooses among the apps of a source folder")

        bundle = _in_place(source, output, variables, force=force)
    else:
        bundle = built(source, Path(output or ".").absolute(), chosen, variables, force=force)

    _write_programs(bundle, force=force)


def _in_place(source: Path, output: str, variables: dict[str, str], *, force: bool) -> "Path":
    """Return the bundle to write into: the one given, or a copy in ``output``.

    Raises:
        Misuse: Something is in the way, or a property list would be changed unasked.
    """
    from simulator.bundles.tree import check_tree

    bundle = source

    if output:
        bundle = Path(output).absolute() / source.name

        if os.path.lexists(bundle):
            raise Misuse(f"{bundle} is in the way: give another --output, or remove it")

        check_tree(str(source), name=source.name)

        try:
            shutil.copytree(source, bundle, symlinks=True)
        except OSError as problem:
            raise WorldError(f"{bundle} cannot be written: {problem}") from problem

    if variables:
        written_out(bundle, variables, may_change=bool(output) or force)

    return bundle


def _write_programs(bundle: Path, *, force: bool) -> None:
    from simulator.bundles.lint.subject import read_subject

    subject = read_subject(bundle, label=bundle.name)
    faults = [fault for each in subject.everyone() for fault in each.faults]

    if faults:
        raise faults[0]

    made = 0

    for each in subject.everyone():
        path = each.path / stub_name(each)

        if "/" in stub_name(each) or "\0" in stub_name(each):
            raise Misuse(f"{each.info_file}: CFBundleExecutable is no file name")

        if os.path.lexists(path) and not force:
            continue

        _write(path, program_of_stub(each))
        print(harmless(f"Created {os.path.relpath(path)}"))
        made += 1
        _say_standing(each)

    if not made:
        print("Each bundle has its program already; --force writes it anew.")

    if bundle.suffix == ".app":
        print(harmless(f"\nNext:\n  simctl lint {_quoted(bundle)}", keep="\n"))
        print(harmless(f"  simctl launch {_quoted(bundle)}"))


def _write(path: Path, program: str) -> None:
    """Replace a program, or make it; a link in its place is replaced, not followed."""
    new = path.with_name(f".{path.name}.new")

    try:
        new.unlink(missing_ok=True)

        with new.open("x", encoding="utf-8") as file:
            file.write(program)

        new.replace(path)
    except OSError as problem:
        raise WorldError(f"{path} cannot be written: {problem.strerror}") from problem


def _say_standing(subject: "Subject") -> None:
    from simulator.bundles.points import similar_point, standing

    if subject.kind == "app" or standing(subject.point) == "simulated":
        return

    if standing(subject.point) == "unknown":
        meant = similar_point(subject.point)
        hint = f": did you mean {meant}?" if meant else ""
        note(harmless(f"{subject.label}: {subject.point} is no known extension point{hint}"))
    else:
        note(harmless(f"{subject.label}: {subject.point} is not simulated, so it never runs"))


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(os.path.relpath(path))
