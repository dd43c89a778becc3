"""One outside service a file; `base` is the seam they share."""
