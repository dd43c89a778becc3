"""The audit: what was done by whom, and the chain of hashes that shows it untouched."""
