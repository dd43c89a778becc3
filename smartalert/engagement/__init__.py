"""What the commissioner's office sees: counted figures, charts and reports."""
