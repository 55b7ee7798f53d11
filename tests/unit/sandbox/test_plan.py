"""The plan, the filter's program and the table of numbers, without and with the kernel."""

import errno
import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.sandbox import kernel, policy, syscalls, witness
from simulator.sandbox.apply import apply
from simulator.sandbox.filter import compile_filter, for_pid
from simulator.sandbox.notification import install_listening, is_listener
from simulator.sandbox.profile import (
    DEVICES,
    Operation,
    Profile,
    common_operations,
    describe,
    operations,
    python_trees,
)
from simulator.sandbox.root import Root, cover_operations, root_operations
from simulator.xpc.errors import Misuse, StepFailed

Run = Callable[..., str]


def test_steps_come_in_an_order_that_works() -> None:
    profile = Profile("STRONG", read=("/bundle",), write=("/x",), common=("/usr/lib",))
    plan = operations(profile, parent=7)
    steps = list(dict.fromkeys(operation.step for operation in plan))

    assert steps == [
        "disable_huge_pages",
        "landlock_ruleset",
        "landlock_read",
        "landlock_device",
        "landlock_write",
        "parent_death_signal",
        "no_new_privileges",
        "landlock_restrict",
        "close_descriptors",
        "limit",
        "drop_capabilities",
        "seccomp",
    ]
    assert Operation("parent_death_signal", (9, 7)) in plan


@pytest.mark.parametrize("level", ["SEALED", "STRONG", "UNSEALED"])
def test_plans_of_two_guests_begin_alike_and_tell_nothing_of_either_there(level: str) -> None:
    first = Profile(level, ("/a",), ("/b",), containers=("/b",), bundle="/a", common=("/usr",))
    second = first._replace(read=("/c",), write=("/d",), containers=("/d",), bundle="/c")
    beginning = common_operations(first)

    assert beginning == common_operations(second)
    assert operations(first)[: len(beginning)] == operations(second)[: len(beginning)] == beginning
    assert not any(path in operation.arguments for operation in beginning for path in ("/a", "/b"))


def test_unsealed_leaves_out_landlock_and_nothing_else() -> None:
    strong = operations(Profile("STRONG", read=("/a",), write=("/b",)))
    unsealed = operations(Profile("UNSEALED", read=("/a",), write=("/b",)))

    assert unsealed == tuple(step for step in strong if not step.step.startswith("landlock"))


def test_the_dry_run_has_one_line_per_operation() -> None:
    plan = operations(Profile("STRONG", read=("/usr/lib",), write=("/own",)))
    lines = describe(json.loads(json.dumps(plan)))

    assert len(lines) == len(plan)
    assert "allow reading and writing /own" in lines
    assert not any("{" in line for line in lines)


@pytest.mark.parametrize("path", ["relative", "", "/", "//", "/usr/.."])
def test_a_profile_never_opens_everything(path: str) -> None:
    with pytest.raises(Misuse, match="absolute path"):
        operations(Profile("STRONG", read=(path,), write=()))

    with pytest.raises(Misuse, match="absolute path"):
        operations(Profile("STRONG", read=(), write=(path,)))


def test_an_unknown_level_is_misuse() -> None:
    with pytest.raises(Misuse, match="'WEAK' does not exist"):
        operations(Profile("WEAK", read=(), write=()))


def test_python_trees_hold_no_home_and_no_prefix() -> None:
    trees = python_trees()
    home = os.path.realpath(os.path.expanduser("~"))

    assert trees
    assert not {"/", "/usr", "/opt", "/etc", "/home", home} & set(trees)
    assert not any(home.startswith(f"{tree}/") for tree in trees)
    assert any(os.path.realpath(os.__file__).startswith(f"{tree}/") for tree in trees)


def test_no_system_call_is_in_two_lists() -> None:
    names = (*policy.ALLOWED, *policy.DENIED, *policy.UNSUPPORTED, *policy.CHECKED)

    assert sorted(names) == sorted(set(names))


def test_every_name_of_the_policy_has_a_number_or_is_of_the_other_architecture() -> None:
    only_x86 = {"create_module", "uselib", "sysfs", "ustat"}
    unknown = {
        name
        for name in (*policy.ALLOWED, *policy.DENIED, *policy.UNSUPPORTED, *policy.CHECKED)
        if syscalls.number(name) is None
    }

    if os.uname().machine == "x86_64":
        assert unknown == set()
    else:
        assert "openat" not in unknown
        assert only_x86 <= unknown


@pytest.mark.parametrize(
    ("name", "x86_64", "aarch64"),
    [
        ("read", 0, 63),
        ("clone", 56, 220),
        ("openat", 257, 56),
        ("seccomp", 317, 277),
        ("statx", 332, 291),
        ("rseq", 334, 293),
        ("landlock_restrict_self", 446, 446),
        ("fork", 57, None),
    ],
)
def test_the_tables_agree_with_the_kernels(name: str, x86_64: int, aarch64: int | None) -> None:
    x86 = syscalls._numbers(syscalls._X86_64, syscalls._BOTH)
    arm = syscalls._numbers(syscalls._AARCH64, syscalls._BOTH)

    assert x86[name] == x86_64
    assert arm.get(name) == aarch64


@pytest.mark.parametrize("denials", policy.DENIALS)
def test_the_marker_stands_where_a_pid_is_compared_and_nowhere_else(denials: str) -> None:
    template = compile_filter(denials)
    program = for_pid(template, 4321)
    values = [value for *_, value in struct.iter_unpack("=HBBI", template)]
    marker = struct.pack("=I", policy.OWN_PID)

    assert template.count(marker) == values.count(policy.OWN_PID) > 10
    assert marker not in program
    assert len(program) == len(template) < 8 * 4096


def refused(plan: tuple[tuple[str, tuple[object, ...]], ...], step: str, number: int) -> None:
    with pytest.raises(StepFailed) as caught:
        apply(plan, b"")  # type: ignore[arg-type]  # nonsense is what we try

    assert (caught.value.step, caught.value.number) == (step, number)


@pytest.mark.parametrize(
    ("plan", "step", "number"),
    [
        pytest.param((("nonsense", ()),), "nonsense", errno.EINVAL, id="an unknown step"),
        pytest.param((("limit", ()),), "limit", errno.EINVAL, id="too few arguments"),
        pytest.param((("limit", ("X", 1)),), "limit X", errno.EINVAL, id="an unknown limit"),
        pytest.param(
            (("parent_death_signal", (9, 1 << 30)),),
            "parent_death_signal",
            errno.ESRCH,
            id="a parent that is gone",
        ),
        pytest.param((("seccomp", ()),), "seccomp", errno.EINVAL, id="an empty filter"),
    ],
)
def test_a_step_that_cannot_be_done_is_never_passed_over(
    plan: tuple[tuple[str, tuple[object, ...]], ...],
    step: str,
    number: int,
    run: Run,
) -> None:
    assert run(lambda: refused(plan, step, number)) == ""


@pytest.mark.enforces
def test_a_folder_to_write_must_exist_and_one_to_read_need_not(run: Run) -> None:
    missing = "/does-not-exist/at-all"
    reading = (Operation("landlock_ruleset"), Operation("landlock_read", (missing,)))
    writing = (Operation("landlock_ruleset"), Operation("landlock_write", (missing,)))

    assert run(lambda: apply(reading, b"")) == ""
    assert run(lambda: refused(writing, f"landlock_write {missing}", errno.ENOENT)) == ""


@pytest.mark.enforces
def test_a_plan_that_came_as_lists_does_the_same(
    plan: tuple[Operation, ...],
    template: bytes,
    run: Run,
) -> None:
    outcome = run(os.fork, json.loads(json.dumps(plan)), template)

    assert outcome.startswith("EPERM")


def test_no_capability_is_left(plan: tuple[Operation, ...], template: bytes, run: Run) -> None:
    could_drop = kernel.capabilities()[0] >> 8 & 1  # CAP_SETPCAP

    def look() -> None:
        assert kernel.capabilities() == (0, 0, 0)
        # PR_CAPBSET_READ of CAP_SYS_ADMIN: not even an exec could bring it back.
        assert not could_drop or kernel.system_call("prctl", 23, 21, 0, 0, 0) == 0

    without_filter = tuple(
        operation
        for operation in plan
        if operation.step != "seccomp" and not operation.step.startswith("landlock")
    )

    assert run(look, without_filter, template) == ""


@pytest.mark.enforces
def test_a_file_may_be_granted_alone(scene: dict[str, str], template: bytes, run: Run) -> None:
    name = os.path.join(scene["sibling"], "file")
    plan = operations(Profile("STRONG", read=(*python_trees(), name), write=()))

    def look() -> None:
        with open(name, encoding="utf-8") as file:
            assert file.read() == "content"

        with pytest.raises(PermissionError):
            os.listdir(scene["sibling"])

    assert run(look, plan, template) == ""


def test_unsealed_still_filters_system_calls(template: bytes, run: Run) -> None:
    plan = operations(Profile("UNSEALED", read=(), write=(), devices=DEVICES))

    assert run(os.fork, plan, template).startswith("EPERM")
    assert run(lambda: os.listdir("/"), plan, template) == ""


def test_openat2_does_not_leave_the_folder(scene: dict[str, str]) -> None:
    folder = os.open(scene["own"], os.O_PATH)
    beneath = kernel.RESOLVE_BENEATH | kernel.RESOLVE_NO_MAGICLINKS

    try:
        os.close(kernel.openat2(folder, "file", os.O_RDONLY, 0, beneath))

        with pytest.raises(OSError, match="openat2") as caught:
            kernel.openat2(folder, "../sibling/file", os.O_RDONLY, 0, beneath)
    finally:
        os.close(folder)

    assert caught.value.errno == errno.EXDEV


LAYERS = {
    "SEALED": {
        *("control", "landlock", "seccomp", "namespaces", "root", "covers", "overlay"),
    },
    "STRONG": {"control", "landlock", "seccomp"},
    "UNSEALED": {"control", "seccomp"},
}


@pytest.mark.enforces
@pytest.mark.parametrize("level", LAYERS)
def test_every_witness_of_a_level_speaks_and_nothing_is_left(
    level: str, scene: dict[str, str]
) -> None:
    before = sorted(os.listdir(scene["root"]))
    witnesses = witness.prove(level, scene["root"])

    assert {seen.layer for seen in witnesses} == LAYERS[level]
    assert all(seen.works for seen in witnesses), witnesses
    assert sorted(os.listdir(scene["root"])) == before

    # The waiting sibling is the only child, and there is none to reap.
    assert os.waitpid(-1, os.WNOHANG) == (0, 0)


@pytest.mark.enforces
@pytest.mark.parametrize("level", ["SEALED", "STRONG"])
@pytest.mark.parametrize("missing", ["landlock", "seccomp", "overlay"])
def test_a_layer_that_was_forgotten_is_seen(
    level: str,
    missing: str,
    scene: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forget(profile: Profile, *, parent: int) -> tuple[Operation, ...]:
        plan = operations(profile, parent=parent)
        return tuple(op for op in plan if not op.step.startswith(missing))

    monkeypatch.setattr(witness, "operations", forget)
    witnesses = witness.prove(level, scene["root"])
    seen = {seen.layer for seen in witnesses if not seen.works}

    assert seen == ({missing} if missing in LAYERS[level] else set())


@pytest.mark.enforces
def test_containers_that_were_not_covered_are_seen(
    scene: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cover_own(containers: tuple[str, ...]) -> tuple[Operation, ...]:
        return cover_operations(path for path in containers if not path.endswith("sibling"))

    monkeypatch.setattr(witness, "cover_operations", cover_own)
    witnesses = witness.prove("SEALED", scene["root"])

    assert {seen.layer for seen in witnesses if not seen.works} == {"covers"}


@pytest.mark.enforces
def test_a_root_that_is_the_machines_is_seen(
    scene: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stay(root: Root, *, parent: int) -> tuple[Operation, ...]:
        return tuple(op for op in root_operations(root, parent=parent) if op.step != "root_enter")

    monkeypatch.setattr(witness, "root_operations", stay)
    witnesses = witness.prove("SEALED", scene["root"])

    assert not all(seen.works for seen in witnesses)


@pytest.mark.enforces
def test_the_strongest_level_is_the_first_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert witness.strongest()[0] == "SEALED"

    def fail(root: Root, *, parent: int) -> tuple[Operation, ...]:
        return root_operations(root, parent=parent + 1)

    monkeypatch.setattr(witness, "root_operations", fail)
    level, tried = witness.strongest(witness.begin("SEALED"))

    assert level == "STRONG"
    assert [seen.layer for seen in tried["SEALED"] if not seen.works] == ["namespaces"]


def test_a_proof_whose_process_was_killed_leaves_no_folder(tmp_path: Path) -> None:
    begin_and_die = (
        "import os, signal; from simulator.sandbox.witness import begin; "
        f"begin('SEALED', {str(tmp_path)!r}); os.kill(os.getpid(), signal.SIGKILL)"
    )
    # Whoever holds standard output is waited for: the dead one's child, too.
    dead = subprocess.run(
        [sys.executable, "-P", "-c", begin_and_die], check=False, stdout=subprocess.PIPE
    )

    assert dead.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_failed_is_a_witness_against_its_layer(
    scene: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(profile: Profile, *, parent: int) -> tuple[Operation, ...]:
        return operations(profile, parent=parent + 1)

    monkeypatch.setattr(witness, "operations", fail)
    witnesses = witness.prove("UNSEALED", scene["root"])

    assert [(seen.layer, seen.works) for seen in witnesses] == [("parent", False)]
    assert "errno 3" in witnesses[0].how


def test_what_is_told_is_denied_and_what_is_done_for_a_guest_is_told() -> None:
    judged = {*policy.DENIED, *policy.CHECKED}

    assert set(policy.TOLD) <= judged
    assert set(policy.MEDIATED) <= set(policy.TOLD)
    assert set(policy.TRACED) <= set(policy.ALLOWED)

    with pytest.raises(ValueError, match="denials are silent, told, traced"):
        compile_filter("loud")


def test_a_plan_says_what_becomes_of_denials() -> None:
    silent = Profile("STRONG", read=("/a",), write=("/b",))

    assert operations(silent)[-1] == Operation("seccomp")
    assert operations(silent._replace(denials="told"))[-1] == Operation("seccomp", ("told",))


def test_where_somebody_else_listens_the_same_is_denied_silently(
    plan: tuple[Operation, ...], template: bytes, run: Run
) -> None:
    told = (*plan[:-1], Operation("seccomp", ("told",)))

    def work() -> None:
        kernel.set_no_new_privileges()
        allow_all = struct.pack("=HBBI", 6, 0, 0, 0x7FFF0000)
        outer = install_listening(allow_all)
        assert is_listener(outer)
        os.dup2(outer, 3)  # the plan closes all from 5 on; once closed it is nobody's
        assert apply(told, template) == -1
        os.fork()

    assert run(work).startswith("EPERM")
