"""ShareToNotes: puts what is shared into the App Group, and tells Notes."""

from simulator.sdk.darwin import notify_post
from simulator.sdk.extension import ShareExtension
from simulator.sdk.foundation import FileManager, UserDefaults

GROUP = "group.com.example.notes"


class ShareToNotes(ShareExtension):
    def begin_request(self, context):
        folder = FileManager.default.container_url(GROUP) / "notes"
        defaults = UserDefaults(suite_name=GROUP)
        FileManager.default.create_directory(folder)

        for item in context.attachments():
            count = defaults.integer("count")
            suffix = ".jpg" if item.has_item_conforming_to("public.jpeg") else ".txt"
            FileManager.default.write_atomically(item.load(), folder / f"{count:04}{suffix}")
            defaults.set(count + 1, "count")

        notify_post("com.example.notes.changed")
        context.complete_request()
