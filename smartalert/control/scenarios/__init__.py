"""The Scenarios screen: trainers read, copy, write, try, import and export what drills are about."""
