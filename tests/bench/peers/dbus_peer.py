"""D-Bus: a dbus-daemon of the bench's own, signals sent and received with jeepney."""

import os
from pathlib import Path

from jeepney import DBusAddress, MatchRule, message_bus, new_signal
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection

from tests.bench.peers.link import Link

_INTERFACE = "com.example.bench"
_CONFIGURATION = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class DBusLink(Link):
    """A connection with a match rule for each name."""

    def __init__(self, folder: str, names: tuple[str, ...], ordinal: int) -> None:
        del ordinal
        address = f"unix:path={Path(folder) / 'dbus'}"
        self._connection: DBusConnection = open_dbus_connection(address)
        self._emitter = DBusAddress("/com/example/bench", interface=_INTERFACE)
        bus = Proxy(message_bus, self._connection)

        for name in names:
            member = name.rpartition(".")[2]
            bus.AddMatch(MatchRule(type="signal", interface=_INTERFACE, member=member))

    def post(self, name: str) -> None:
        self._connection.send(new_signal(self._emitter, name.rpartition(".")[2]))

    def wait(self) -> str:
        while True:
            fields = self._connection.receive().header.fields
            member = fields.get(3)  # HeaderFields.member

            if fields.get(2) == _INTERFACE:  # HeaderFields.interface
                return f"com.example.bench.{member}"


def serve(folder: str, members: int) -> None:
    """Become dbus-daemon, with a socket and a policy of its own."""
    del members
    configuration = Path(folder) / "dbus.conf"
    configuration.write_text(_CONFIGURATION.format(socket=Path(folder) / "dbus"))
    print("ready", flush=True)
    os.execvp(
        "dbus-daemon",
        ("dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile"),
    )
