"""The screen on which administrators see, import and undo the force's ground."""
