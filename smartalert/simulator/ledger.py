"""What was accepted, counted exactly: each push by token and alert, each mail by reference. Nothing is ever dropped."""

from collections import Counter
from collections.abc import Sequence

#: The custom arguments that may carry our caller's own reference of a mail, in order of preference.
REFERENCE_ARGUMENTS = ("reference", "delivery", "delivery_id")


class Ledger:
    """Counters of acceptances and of everything else that happened, by name."""

    def __init__(self) -> None:
        self.pushes: Counter[tuple[str, str]] = Counter()
        self.mails: Counter[str] = Counter()
        self.tokens: set[str] = set()
        self.happened: Counter[str] = Counter()
        #: Times a request of this key was seen while faults were on: the dice's third number.
        self.attempts: Counter[str] = Counter()
        self._by_second: dict[str, Counter[int]] = {"push": Counter(), "mail": Counter()}
        self.first_at: float | None = None
        self.last_at: float | None = None

    def accept_push(self, token: str, alert_id: str, now: float) -> None:
        """Google took this message."""
        self.pushes[token, alert_id] += 1
        self.tokens.add(token)
        self._accepted("push", now, 1)

    def accept_mails(self, references: Sequence[str], now: float) -> None:
        """SendGrid took these mails in one request."""
        self.mails.update(references)
        self._accepted("mail", now, len(references))

    def _accepted(self, what: str, now: float, how_many: int) -> None:
        self._by_second[what][int(now)] += how_many
        self.happened[f"{what}_accepted"] += how_many
        self.first_at = self.first_at or now
        self.last_at = now

    def per_second(self, what: str, now: float, seconds: int = 60) -> list[int]:
        """Acceptances in each of the last whole seconds, oldest first."""
        counts, end = self._by_second[what], int(now)
        for second in [s for s in counts if s < end - 600]:
            del counts[second]
        return [counts[second] for second in range(end - seconds, end)]

    def accepted(self, alert_id: str | None = None) -> dict[str, object]:
        """Times accepted by token (of one alert, or of all together) and by mail reference, and how many came double.

        A double is an acceptance beyond the first of the same token and alert, or of the same mail reference.
        """
        pushes: Counter[str] = Counter()
        push_doubles = 0
        for (token, alert), times in self.pushes.items():
            if alert_id in (None, alert):
                pushes[token] += times
                push_doubles += times - 1
        return {
            "pushes": pushes,
            "mails": self.mails,
            "push_doubles": push_doubles,
            "mail_doubles": self.happened["mail_accepted"] - len(self.mails),
        }

    def stats(self) -> dict[str, object]:
        """Every count by name, with how many phones and mails are behind it."""
        span = (self.last_at or 0.0) - (self.first_at or 0.0)
        return {
            **dict.fromkeys(("push_accepted", "mail_accepted", "push_requests", "mail_requests"), 0),
            **self.happened,
            "tokens": len(self.tokens),
            "push_doubles": self.happened["push_accepted"] - len(self.pushes),
            "mail_references": len(self.mails),
            "mail_doubles": self.happened["mail_accepted"] - len(self.mails),
            "span_s": span,
        }
