"""Workers: they hand over what is due, and do what the clock asks for."""
