"""The force's own mail relay, by SMTP: the second road for mail where SendGrid takes none."""
