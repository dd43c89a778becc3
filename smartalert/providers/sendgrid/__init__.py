"""SendGrid: client, mails, what its answers mean, and its signed events."""
