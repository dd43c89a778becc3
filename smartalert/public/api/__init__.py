"""The app's API: devices, their choices, alerts and answers."""
