"""pkd: extension points, discovery, activation rules.

On a phone:
    PlugInKit's daemon: it knows every extension, and says which are offered for what a host wants
    to share. The user may have switched one off.
Here:
    Activation rules as dictionaries (versions 1 and 2, strict and fuzzy) and as predicates, read
    once, in a thread, and judged for each share sheet; an explanation clause by clause; the tree of
    uniform types with what bundles declare; the user's choices.
Not here:
    Versions side by side, debugging elections, extensions that an MDM profile forbids.
Messages:
    None from guests.
Sources:
    Apple, App Extension Keys; App Extension Programming Guide; System-Declared Uniform Type
    Identifiers; Uniform Type Identifiers Overview; pluginkit(8).
"""
