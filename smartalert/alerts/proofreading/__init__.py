"""Reads what an officer wrote as a careful colleague would, before the public does: `findings` is the one list."""

from smartalert.alerts.proofreading.findings import (
    MISSING,
    OPEN_GAP,
    Finding,
    Level,
    corrected,
    findings,
    shortened,
    spelling_blocks,
)

__all__ = ["MISSING", "OPEN_GAP", "Finding", "Level", "corrected", "findings", "shortened", "spelling_blocks"]
