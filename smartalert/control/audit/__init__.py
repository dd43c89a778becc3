"""The screen on which administrators read the audit."""
