"""What is typed behind notifyutil, as flags and commands."""

import pytest

from simulator.programs._notifyutil import WrongUsage, read_line


def said(line: str) -> list[tuple[str, str, int]]:
    return [(each.verb, each.name, each.number) for each in read_line(line.split()).commands]


def test_commands_stand_in_their_order() -> None:
    assert said("-w a -3 b -file -p c -g d -s e 5 -sig 12") == [
        ("watch", "a", -1),
        ("watch", "b", 3),
        ("kind", "file", 0),
        ("post", "c", 0),
        ("get", "d", 0),
        ("set", "e", 5),
        ("kind", "signal", 12),
    ]


def test_flags_count_wherever_they_stand() -> None:
    line = read_line(["-p", "a", "-z", "20", "-M", "-v", "-p", "b", "-R"])

    assert (line.verbose, line.quiet, line.multiplex, line.regenerate) == (True, False, True, True)
    assert line.pause_s == 0.02
    assert len(line.commands) == 2


def test_without_flags_it_pauses_a_tenth_of_a_second() -> None:
    line = read_line([])

    assert (line.pause_s, line.quiet, line.verbose, line.help) == (0.1, False, False, False)


def test_the_last_of_quiet_and_verbose_counts() -> None:
    assert not read_line(["-q", "-v"]).quiet
    assert not read_line(["-v", "-q"]).verbose


def test_a_signal_without_a_number_keeps_the_one_before() -> None:
    assert said("-signal -w a") == [("kind", "signal", 0), ("watch", "a", -1)]


def test_a_key_may_look_like_an_option() -> None:
    assert said("-p -w -w -p") == [("post", "-w", 0), ("watch", "-p", -1)]


def test_a_negative_state_wraps_as_in_c() -> None:
    assert said("-s a -1") == [("set", "a", (1 << 64) - 1)]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("-w", "-w needs a key behind it"),
        ("-3", "-3 needs a key behind it"),
        ("-0 a", "-0 would watch for no event"),
        ("-p", "-p needs a key behind it"),
        ("-g", "-g needs a key behind it"),
        ("-s", "-s needs a key and a value behind it"),
        ("-s a", "-s needs a value behind it"),
        ("-s a x", "-s: x is no state, an unsigned integer of 64 bits"),
        ("-s a 18446744073709551616", "-s: 18446744073709551616 is no state, an unsigned"),
        ("-z", "-z needs a number behind it"),
        ("-z x", "-z: x is no number from 0 to 2147483647"),
        ("-signal 9 -w a", "-signal: signal 9 cannot be caught"),
        ("-x", "there is no -x"),
        ("a", "there is no a"),
    ],
)
def test_wrong_usage_is_told(line: str, sentence: str) -> None:
    with pytest.raises(WrongUsage) as problem:
        read_line(line.split())

    assert str(problem.value).startswith(sentence)
