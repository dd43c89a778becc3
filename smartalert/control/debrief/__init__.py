"""The screen on which a drill is talked over: its score with every reason, its timeline and its map."""
