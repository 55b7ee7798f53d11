"""Notes: keeps texts and pictures in the App Group, and shows what anybody added."""

from simulator.sdk.darwin import notify_register_dispatch
from simulator.sdk.foundation import FileManager, UserDefaults
from simulator.sdk.uikit import Application, View
from simulator.sdk.widgetkit import WidgetCenter

GROUP = "group.com.example.notes"


class Notes(Application):
    def did_finish_launching(self, options):
        self.folder = FileManager.default.container_url(GROUP) / "notes"
        self.defaults = UserDefaults(suite_name=GROUP)
        FileManager.default.create_directory(self.folder)
        notify_register_dispatch("com.example.notes.changed", lambda token: self.reload())
        self.reload()

    def open_url(self, url, options):  # notes:new?text=hi
        self.add(url.query.get("text", ""))

    def continue_user_activity(self, activity):  # https://notes.example.com/new?text=hi
        self.open_url(activity.webpage_url, {})

    def save(self):
        self.add(self.field("draft"), draft="")

    def add(self, text, draft=None):
        count = self.defaults.integer("count")
        FileManager.default.write_atomically(text, self.folder / f"{count:04}.txt")
        self.defaults.set(count + 1, "count")
        self.reload(draft)
        WidgetCenter.shared.reload_all_timelines()

    def reload(self, draft=None):
        paths = FileManager.default.contents_of_directory(self.folder)
        title = f"Notes ({self.defaults.integer('count')})"
        fields = ["draft"] if draft is None else {"draft": draft}
        images = [path.name for path in paths if path.suffix == ".jpg"]
        lines = [self.line(path) for path in paths]
        buttons = {"Save": self.save}
        self.show(View(title, lines, images=images, fields=fields, buttons=buttons))

    def line(self, path):
        if path.suffix == ".txt":
            return path.read_text()

        return f"[{path.name}, {path.stat().st_size} bytes]"
