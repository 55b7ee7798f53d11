"""chronod: widget timelines.

On a phone:
    Asks a widget extension for a timeline, archives its views, and shows the current entry while
    the extension does not run. Asks again when the timeline's policy says so, or when the app asks.
Here:
    The same, in device time: the extension is started for each request, in a process of its own,
    and ended with its answer. A widget is on the home screen once its app was launched. A timeline
    that is empty or out of order is refused with a sentence, and the one before it stays.
Not here:
    Budgets (reloads are counted), configuration intents, links and buttons in widgets, snapshots.
Messages:
    ``chronod.timeline`` from widgets, ``chronod.reload`` from apps; REQUEST to widgets.
Sources:
    Apple, WidgetKit: ``TimelineProvider``, ``TimelineReloadPolicy``, ``WidgetCenter``.
"""
