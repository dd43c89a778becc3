"""What the public answers: sightings, what came of them, and the case file."""
