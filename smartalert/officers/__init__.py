"""Officers: who may sign in, what their roles let them do, and the made-up ones of a training deployment."""
