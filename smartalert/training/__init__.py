"""A made-up county to practise on. Nothing here runs against a live database."""
