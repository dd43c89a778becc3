"""Places: areas on the ground, and the search for streets, postcodes and towns."""
