"""NotesPush: a push may carry its text reversed, as a stand-in for a cipher."""

from simulator.sdk.usernotifications import NotificationServiceExtension


class NotesPush(NotificationServiceExtension):
    def did_receive(self, request, content_handler):
        self.best_attempt = request.content.mutable_copy()
        cipher = self.best_attempt.user_info.get("cipher")

        if isinstance(cipher, str):
            self.best_attempt.body = cipher[::-1]

        self.best_attempt.subtitle = "from Notes"
        content_handler(self.best_attempt)

    def service_extension_time_will_expire(self):
        self.content_handler(self.best_attempt)
