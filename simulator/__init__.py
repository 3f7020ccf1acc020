"""Fakes of the chat platforms, with a chat page to play on them.

Imports nothing of the product: another project can test its own WeCom bot against this package.
"""
