"""An hour of faults: the real application on all platforms while everything goes wrong."""
