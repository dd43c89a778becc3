"""Drills: exercises with a story and a clock, each a world of its own."""
