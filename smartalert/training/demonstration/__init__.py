"""The demonstration that plays itself: the real screens in a browser, with captions over them."""
