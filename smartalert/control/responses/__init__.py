"""The screen on which the public's answers are read and dealt with."""
