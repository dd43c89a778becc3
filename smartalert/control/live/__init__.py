"""The screen on which alerts are watched, stopped and followed up."""
