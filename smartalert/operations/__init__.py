"""What keeps a deployment running: whether it has all it needs."""
