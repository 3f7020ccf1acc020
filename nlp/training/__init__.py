"""Makes the understanding's data at development time; nothing of it is imported at run time."""
