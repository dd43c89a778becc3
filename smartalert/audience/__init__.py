"""Who an alert would be told to: exact counts and densities, writing nothing."""
