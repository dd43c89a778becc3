"""The screens of the commissioner's office."""
