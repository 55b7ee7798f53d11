"""What a guest imports: modules named after Apple's frameworks.

    uikit         Application, View
    foundation    UserDefaults, FileManager, Bundle, URL, Timer
    darwin        notify_post and its family
    corefoundation      CFNotificationCenter.darwin
    extension     ShareExtension, ExtensionContext, ItemProvider
    widgetkit     Widget, Timeline, Entry, WidgetCenter
    usernotifications   NotificationServiceExtension, NotificationContent
    keyboard      InputViewController, TextDocumentProxy

The modules with an underscore are the process itself: its socket, run loop and launch.

May be used by ``zygote`` and ``programs`` alone. May use ``xpc``, ``wires``, ``sandbox``,
``shared_container`` and the cheap half of the standard library: a guest is light.
"""
