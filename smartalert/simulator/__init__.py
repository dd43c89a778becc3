"""A provider simulator for training and tests: Google's and SendGrid's endpoints and who they reach.

It stands for the outside world: it knows nothing of alerts, subscribers or our database.
"""
