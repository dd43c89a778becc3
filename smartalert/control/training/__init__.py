"""The screen on which trainers let other computers in."""
