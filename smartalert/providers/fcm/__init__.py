"""Firebase Cloud Messaging: client, payloads and what its answers mean."""
