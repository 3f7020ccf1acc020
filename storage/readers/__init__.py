"""Readers of what comes in: spreadsheets and plan tables, from bytes to frozen values.

Pure functions: no database, no clock, no chat. Nothing is repaired silently; whatever was
filled, inferred or realigned is named by row as a `Problem`.
"""
