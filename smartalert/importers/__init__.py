"""Real places from files that a force downloads itself. A bad file gets one clear sentence and changes nothing."""
