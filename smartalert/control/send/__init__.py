"""The screen on which an alert is drawn, written, reviewed and sent."""
