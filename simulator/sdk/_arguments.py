"""NSArgumentDomain: preferences from the command line, ``-key value``.

Source: swift-corelibs-foundation, ``UserDefaults``, which says that it matches Darwin.
"""

__all__ = ("parse_arguments",)

_OPENERS = ("{", "[", "(", "<", '"')


def parse_arguments(arguments: list[str]) -> dict[str, object]:
    """Return what a process's arguments, less its name, set.

    ``-key value`` counts when the value does not start with a dash; the last of several wins. The
    value is a string, or the property list that it spells when it starts like one.
    """
    found: dict[str, object] = {}
    at = 0

    while at < len(arguments) - 1:
        key, value = arguments[at], arguments[at + 1]

        if key.startswith("-") and len(key) > 1 and not value.startswith("-"):
            found[key[1:]] = _parse(value.strip())
            at += 2
        else:
            at += 1

    return found


def _parse(text: str) -> object:
    if not text.startswith(_OPENERS):
        return text

    try:
        if text.startswith(("<?xml", "<!DOCTYPE", "<plist")):
            return _parse_xml(text)

        from shared_container.openstep import parse_openstep

        return parse_openstep(text)
    except ValueError:
        return text


def _parse_xml(text: str) -> object:
    import plistlib

    from shared_container.values import copy_property_list

    try:
        return copy_property_list(plistlib.loads(text.encode()))
    except Exception as problem:  # what its parser raises has no common base
        raise ValueError("no property list") from problem
