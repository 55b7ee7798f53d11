"""NotesKeyboard: types what its keys say; a key between colons is a picture."""

from simulator.sdk.keyboard import InputViewController

PICTURES = {":milk:": "🥛", ":egg:": "🥚"}


class NotesKeyboard(InputViewController):
    def key_tapped(self, key):
        if key == "⌫":
            self.text_document_proxy.delete_backward()
        else:
            self.text_document_proxy.insert_text(PICTURES.get(key, key))
