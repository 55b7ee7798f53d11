"""Journal: an app of the same team in the same group; it sees what was shared with Notes."""

from simulator.sdk.darwin import notify_register_dispatch
from simulator.sdk.foundation import FileManager, UserDefaults
from simulator.sdk.uikit import Application, View

GROUP = "group.com.example.notes"


class Journal(Application):
    def did_finish_launching(self, options):
        self.folder = FileManager.default.container_url(GROUP) / "notes"
        self.defaults = UserDefaults(suite_name=GROUP)
        notify_register_dispatch("com.example.notes.changed", lambda token: self.reload())
        self.reload()

    def reload(self):
        count = self.defaults.integer("count")
        pages = sorted(path.name for path in self.folder.glob("*"))
        self.show(View(f"Journal: {count} entries", pages))
