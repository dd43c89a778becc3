"""Subscribers: sign-up and choices, devices, and limits against floods."""
