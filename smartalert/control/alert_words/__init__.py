"""The screen on which the words of each kind of alert are read, proposed, approved and put back."""
