"""UserDefaults' typed getters: what a value becomes when it is asked for as another type."""

import builtins
from pathlib import Path

from shared_container import values
from shared_container.float32 import Float
from simulator.sdk._process import current
from simulator.sdk._url import URL
from simulator.sdk._url_archive import read_url

__all__ = ("TypedGetters",)


class TypedGetters:
    """The getters that ask :meth:`object` and convert."""

    def object(self, key: str) -> builtins.object:
        """Return the value of ``key``, or None."""
        raise NotImplementedError

    def string(self, key: str) -> str | None:
        """Return a string; a number becomes its text, anything else None."""
        return values.to_string(self.object(key))

    def integer(self, key: str) -> int:
        """Return an integer; a string is parsed, absent is 0."""
        return values.to_integer(self.object(key))

    def float(self, key: str) -> Float:
        """Return a number of 32 bits; a string is parsed, absent is 0.0."""
        return values.to_float(self.object(key))

    def double(self, key: str) -> builtins.float:
        """Return a double; a string is parsed, absent is 0.0."""
        return values.to_double(self.object(key))

    def bool(self, key: str) -> builtins.bool:
        """Return a boolean; "YES", "true" and "1" are true, absent is false."""
        return values.to_bool(self.object(key))

    def array(self, key: str) -> list[builtins.object] | None:
        """Return an array, or None."""
        return values.to_array(self.object(key))

    def string_array(self, key: str) -> list[str] | None:
        """Return an array of strings, or None when any element is none."""
        return values.to_string_array(self.object(key))

    def dictionary(self, key: str) -> dict[str, builtins.object] | None:
        """Return a dictionary, or None."""
        return values.to_dictionary(self.object(key))

    def data(self, key: str) -> bytes | None:
        """Return data, or None."""
        return values.to_data(self.object(key))

    def url(self, key: str) -> URL | Path | None:
        """Return a URL, or None: a string is a file's path, data an archived URL."""
        return read_url(self.object(key), str(current().info["home"]))
