"""Tests of the shell: the real application against the fake platform, on loopback."""
