"""How officers sign in and out."""
