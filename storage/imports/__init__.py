"""From read files to the database: what would change, the change itself, and its undoing.

Knows the tables and the readers, no chat and no rules of the domain: those are handed in.
"""
