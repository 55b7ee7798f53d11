"""springboard: what a person at the device sees and does.

On a phone:
    The home screen: it brings apps to the front, shows the share sheet, banners, the keyboard.
Here:
    Who is in front, the plain view that each app shows, taps and typing, banners, the share sheet
    (which extensions are offered for some items, and what became of the one that was chosen), and
    the keyboard: an extension that types into the field with the focus, in a process of its own.
Not here:
    Pixels, the lock screen, notification center; banners stay until they are cleared.
Messages:
    SHOW, ``springboard.complete_request``, ``.cancel_request``, ``.insert_text``,
    ``.delete_backward`` from guests; REQUEST and INPUT to them.
Sources:
    Apple, App Extension Programming Guide; NSExtensionContext; UITextDocumentProxy.
"""
