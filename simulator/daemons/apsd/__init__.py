"""apsd: push payloads and notification service extensions.

On a phone:
    Holds the connection to Apple's push service. An alert with ``mutable-content`` goes through
    the app's notification service extension first, which has about 30 seconds to change it.
Here:
    ``simctl push`` is the push service. The payload is checked as Apple's tool does, and unlike
    Apple's the service extension really runs, in a process of its own, started by the system.
    Without an answer, after a crash or too late, the original is shown, and the log says why.
Not here:
    Silent pushes to the app, attachments, localised texts, notification content extensions,
    filtering, tokens.
Messages:
    ``apsd.content`` from service extensions; REQUEST and EXPIRE to them.
Sources:
    Apple, Generating a remote notification; UNNotificationServiceExtension; ``simctl help push``.
"""
