"""Deliveries: queued, claimed, handed over and recorded; receipts, signed links and service mail."""
