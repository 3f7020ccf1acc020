"""Tests of the fake WeCom and its chat page, on the wire over loopback."""
