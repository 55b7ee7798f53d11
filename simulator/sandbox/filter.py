"""From the policy to a seccomp program: a tree of ranges over the number, then the arguments.

A linear chain of comparisons costs up to 300 instructions per system call; the tree costs nine.
Calls that are always allowed cost nothing: the kernel finds them by running the program once per
number when it is installed (source: ``kernel/seccomp.c``, ``seccomp_cache_prepare``), therefore
the tree looks at nothing but architecture and number before it has decided.

Sources: seccomp(2); Documentation/userspace-api/seccomp_filter.rst, "Pitfalls"; jumps are relative
to the next instruction, conditional ones reach 255 of them.
"""

import errno
import struct
from typing import Final

from simulator.sandbox import policy, syscalls

__all__ = ("compile_filter", "compile_last", "for_pid")

_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_USER_NOTIFICATION: Final = 0x7FC00000
_KILL_PROCESS: Final = 0x80000000

# Classic BPF, source: include/uapi/linux/bpf_common.h
_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_AND: Final = 0x54  # BPF_ALU | BPF_AND | BPF_K
_JUMP: Final = 0x05  # BPF_JMP | BPF_JA
_JUMP_EQUAL: Final = 0x15
_JUMP_GREATER_OR_EQUAL: Final = 0x35
_RETURN: Final = 0x06

# struct seccomp_data: nr, arch, instruction pointer, six arguments of 64 bits (little endian).
_OFFSET_NUMBER: Final = 0
_OFFSET_ARCHITECTURE: Final = 4
_OFFSET_ARGUMENTS: Final = 16

_REACH: Final = 255
_INSTRUCTIONS_MAX: Final = 4096
_WORD: Final = 0xFFFFFFFF

_Code = list[tuple[int, int, int, int]]
_Action = int | policy.Rule


def _answer(code: int) -> _Code:
    if code == policy.ASK_HOST:
        return [(_RETURN, 0, 0, _USER_NOTIFICATION)]

    return [(_RETURN, 0, 0, _ALLOW if code == 0 else _ERRNO | code)]


def _case(case: policy.Case) -> _Code:
    """Return the tests one after the other; the first that fails jumps past the end."""
    code = _answer(case.answer)

    for test in reversed(case.tests):
        offset = _OFFSET_ARGUMENTS + 8 * test.argument + 4 * test.high
        head: _Code = [(_LOAD, 0, 0, offset)]

        if test.mask != _WORD:
            head.append((_AND, 0, 0, test.mask))

        if len(code) > _REACH or len(test.values) > _REACH:
            raise OverflowError("a test of the policy has too many values")

        last = len(test.values) - 1
        jumps = [
            (_JUMP_EQUAL, last - place, 0 if place < last else len(code), value)
            for place, value in enumerate(test.values)
        ]
        code = [*head, *jumps, *code]

    return code


def _action(action: _Action) -> _Code:
    if isinstance(action, int):
        return _answer(action)

    return [
        instruction
        for code in (*map(_case, action.cases), _answer(action.otherwise))
        for instruction in code
    ]


def _tree(ranges: list[tuple[int, _Action]]) -> _Code:
    """Return a binary search over ranges, each from its first number to the next one's."""
    if len(ranges) == 1:
        return _action(ranges[0][1])

    middle = len(ranges) // 2
    first = ranges[middle][0]
    below = _tree(ranges[:middle])
    above = _tree(ranges[middle:])

    if len(below) <= _REACH:
        return [(_JUMP_GREATER_OR_EQUAL, len(below), 0, first), *below, *above]

    return [
        (_JUMP_GREATER_OR_EQUAL, 0, 1, first),
        (_JUMP, 0, 0, len(below)),
        *below,
        *above,
    ]


def _named(denials: str) -> dict[str, _Action]:
    named: dict[str, _Action] = {
        **dict.fromkeys(policy.ALLOWED, 0),
        **dict.fromkeys(policy.DENIED, errno.EPERM),
        **dict.fromkeys(policy.UNSUPPORTED, errno.EOPNOTSUPP),
        **policy.CHECKED,
    }

    if denials == "silent":
        return named

    for name in policy.TOLD:
        action = named[name]
        named[name] = (
            policy.ASK_HOST
            if isinstance(action, int)
            else action._replace(otherwise=policy.ASK_HOST)
        )

    named |= policy.HANDOVER

    if denials == "traced":
        named |= dict.fromkeys(policy.TRACED, policy.ASK_HOST)

    return named


def _actions(denials: str) -> dict[int, _Action]:
    """Return what happens to each system call that this machine has."""
    named = _named(denials)

    return {
        number: action
        for name, action in named.items()
        if (number := syscalls.number(name)) is not None
    }


def _ranges(denials: str) -> list[tuple[int, _Action]]:
    """Return the first number of each run of equal treatment; ENOSYS for all in between.

    It also refuses x32, which is told from x86-64 by bit 30 of the number alone.
    """
    actions = _actions(denials)
    ranges: list[tuple[int, _Action]] = [(0, errno.ENOSYS)]

    for number in range(max(actions) + 2):
        action = actions.get(number, errno.ENOSYS)

        if action != ranges[-1][1]:
            ranges.append((number, action))

    return ranges if ranges[1][0] > 0 else ranges[1:]


def compile_filter(denials: str = "silent") -> bytes:
    """Return the program with a marker in the place of the guest's pid (0.5 to 1 ms; once).

    Args:
        denials: One of ``policy.DENIALS``. All but ``silent`` must be installed with a listener:
            without one the kernel answers ENOSYS where somebody should have been asked.

    Raises:
        OSError: ENOSYS on a machine whose system calls we do not know.
    """
    if denials not in policy.DENIALS:
        raise ValueError(f"denials are {', '.join(policy.DENIALS)}, not {denials!r}")

    if not syscalls.AUDIT_ARCH:
        raise OSError(errno.ENOSYS, "no table of system calls for this machine")

    # A foreign architecture counts its calls differently: i386's number for fork is x86-64's for
    # open. Nothing legal ever does that, and an errno would be read as another call's.
    code: _Code = [
        (_LOAD, 0, 0, _OFFSET_ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, syscalls.AUDIT_ARCH),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
        *_tree(_ranges(denials)),
    ]

    if len(code) > _INSTRUCTIONS_MAX:
        raise OverflowError(f"the program has {len(code)} instructions, the kernel takes 4096")

    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def compile_last() -> bytes:
    """Return the program that takes back what the first one had to allow (``policy.HANDOVER``).

    Of two filters the stricter answer holds, and a call that both always allow is still free.
    """
    code: _Code = [(_LOAD, 0, 0, _OFFSET_NUMBER)]

    for name in policy.HANDOVER:
        number = syscalls.number(name)
        assert number is not None
        code += [(_JUMP_EQUAL, 0, 1, number), *_answer(errno.EPERM)]

    code += _answer(0)

    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def for_pid(template: bytes, pid: int) -> bytes:
    """Return the program for one guest: it may signal nobody but this pid (45 µs).

    That the marker's bytes occur nowhere else in the program is held by a test.
    """
    return template.replace(struct.pack("=I", policy.OWN_PID), struct.pack("=I", pid))
