"""Pure domain rules: plain functions on values, told the time, ignorant of chat and storage."""
