"""Tools for developers; nothing here is needed at run time."""
