"""Foundation's exceptions, as Python has them."""

__all__ = ("NSInvalidArgumentException",)


class NSInvalidArgumentException(TypeError):
    """An argument that Foundation refuses; uncaught, it ends the process, as on a phone."""
