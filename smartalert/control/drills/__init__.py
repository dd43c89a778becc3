"""Drills: the trainer's screen, and the strip that officers in one have on every screen."""
