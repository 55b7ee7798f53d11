"""Redis: redis-server on a Unix socket of the bench's own, redis-py's publish and subscribe."""

import os
from pathlib import Path

import redis

from tests.bench.peers.link import Link


class RedisLink(Link):
    """One connection that publishes, one that is subscribed."""

    def __init__(self, folder: str, names: tuple[str, ...], ordinal: int) -> None:
        del ordinal
        self._client = redis.Redis(unix_socket_path=str(Path(folder) / "redis"))
        self._heard = redis.Redis(unix_socket_path=str(Path(folder) / "redis")).pubsub()
        self._heard.subscribe(*names)

        for _ in names:
            self._heard.get_message(timeout=None)

    def post(self, name: str) -> None:
        self._client.publish(name, b"")

    def wait(self) -> str:
        while True:
            message = self._heard.get_message(timeout=None)

            if message is not None and message["type"] == "message":
                return str(message["channel"].decode())


def serve(folder: str, members: int) -> None:
    """Become redis-server, which writes nothing to disk and listens on no port."""
    del members
    print("ready", flush=True)
    settings = ("--port", "0", "--unixsocket", str(Path(folder) / "redis"), "--save", "")
    more = ("--appendonly", "no", "--daemonize", "no", "--dir", folder, "--logfile", "/dev/null")
    os.execvp("redis-server", ("redis-server", *settings, *more))
