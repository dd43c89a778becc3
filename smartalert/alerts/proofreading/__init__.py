"""Reads what an officer wrote as a careful colleague would, before the public does: `findings` is the one list."""

from smartalert.alerts.proofreading.findings import Finding, Level, blocking, corrected, findings, shortened

__all__ = ["Finding", "Level", "blocking", "corrected", "findings", "shortened"]
