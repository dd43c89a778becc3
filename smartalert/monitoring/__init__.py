"""What operators watch a process by: figures, whether it is alive and ready, and what it logs. Of nobody."""
