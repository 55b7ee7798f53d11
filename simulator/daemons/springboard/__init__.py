"""springboard: what a person at the device sees and does.

On a phone:
    The home screen: it brings apps to the front, shows the share sheet, banners, the keyboard.
Here:
    Who is in front, the plain view that each app shows, the share sheet: which extensions are
    offered for some items, and what became of the one that was chosen.
Not here:
    Widgets, banners, keyboard, taps: with the part on the whole phone.
Messages:
    SHOW, ``springboard.complete_request``, ``.cancel_request`` from guests; REQUEST to them.
Sources:
    Apple, App Extension Programming Guide; NSExtensionContext.
"""
