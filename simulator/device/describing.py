"""What an installed app is, for whoever lists them."""

from collections.abc import Sequence

from shared_container.codec import Encoded, encode
from simulator.bundles.bundle import Bundle
from simulator.bundles.points import standing
from simulator.daemonkit.rooms import Containers

__all__ = ("Descriptions",)


class Descriptions:
    """The descriptions of what is installed, each made once.

    A device may have a thousand bundles, which are listed at every launch by name. What is said of
    one stays as it is for as long as it is the same installation: containers stay, too. Most of
    what an answer took was to encode the same again.
    """

    def __init__(self) -> None:
        self._made: dict[str, tuple[Bundle, Encoded]] = {}

    def of(self, apps: Sequence[Bundle], containers: Containers) -> list[object]:
        """Return a description of each app, with its extensions, as it is sent."""
        before, self._made = self._made, {}

        for app in apps:
            made = before.get(app.bundle_id)

            if made is None or made[0] is not app:
                made = app, Encoded(encode(_described(app, containers)))

            self._made[app.bundle_id] = made

        return [description for _, description in self._made.values()]


def _described(app: Bundle, containers: Containers) -> dict[str, object]:
    return {
        "bundle_id": app.bundle_id,
        "name": app.name,
        "version": app.info.version,
        "executable": app.executable.name,
        "path": str(app.path),
        "data": containers.data_container(app),
        "groups": containers.group_containers(app),
        "point": app.extension_point,
        "standing": standing(app.extension_point) if app.is_extension else "",
        "extensions": [_described(extension, containers) for extension in app.extensions],
    }
