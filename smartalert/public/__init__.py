"""The public service: reached by everyone, allowed almost nothing in the database."""
