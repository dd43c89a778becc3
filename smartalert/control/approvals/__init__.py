"""The screen on which a second officer agrees or declines."""
