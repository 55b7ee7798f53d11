"""Which peers there are; each is imported in its own processes only."""

from collections.abc import Callable

from tests.bench.peers.link import Link


def link_of(peer: str) -> type[Link]:
    """Return a peer's link."""
    if peer == "relay":
        from tests.bench.peers.relay import RelayLink

        return RelayLink

    if peer == "redis":
        from tests.bench.peers.redis_peer import RedisLink

        return RedisLink

    if peer == "dbus":
        from tests.bench.peers.dbus_peer import DBusLink

        return DBusLink

    from tests.bench.peers.zeromq_peer import ZeroMQLink

    return ZeroMQLink


def hub_of(peer: str) -> Callable[[str, int], None]:
    """Return what a peer's hub runs, until its members go or it is ended."""
    if peer == "relay":
        from tests.bench.peers.relay import serve

        return serve

    if peer == "redis":
        from tests.bench.peers.redis_peer import serve as serve_redis

        return serve_redis

    if peer == "dbus":
        from tests.bench.peers.dbus_peer import serve as serve_dbus

        return serve_dbus

    from tests.bench.peers.zeromq_peer import serve as serve_zeromq

    return serve_zeromq
