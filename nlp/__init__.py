"""Text to meaning: knows no people, no tables and no channels."""
