"""Alerts: drafted, checked, approved, issued, followed up and published."""
