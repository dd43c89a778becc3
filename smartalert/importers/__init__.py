"""Real places and store reports from files that a force downloads itself. A bad file gets one clear sentence."""
