"""A provider simulator for training and tests: Google's and SendGrid's endpoints and who they reach.

It stands for the outside world: it knows nothing of alerts, subscribers or our database.
"""

#: Where a training deployment tests its lines. They answer as any phone and mailbox, and appear and count nowhere.
TEST_ADDRESSES = {"push": "android-link-test", "email": "link-test@training.example"}
