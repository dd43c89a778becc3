"""The screen on which administrators see officers and rules."""
