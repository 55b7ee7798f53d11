"""NotesWidget: the last three notes on the home screen."""

from simulator.sdk.foundation import FileManager
from simulator.sdk.widgetkit import Entry, Timeline, View, Widget, now

GROUP = "group.com.example.notes"


class NotesWidget(Widget):
    families = ("systemSmall", "systemMedium")

    def timeline(self, context):
        folder = FileManager.default.container_url(GROUP) / "notes"
        notes = sorted(folder.glob("*.txt"))[-3:]
        view = View("Notes", [path.read_text() for path in notes] or ["nothing yet"])

        return Timeline([Entry(now(), view)], policy=Timeline.after(minutes=15))
