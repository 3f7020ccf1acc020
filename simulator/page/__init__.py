"""The chat page of the fakes: play any person in the browser, at any date."""
