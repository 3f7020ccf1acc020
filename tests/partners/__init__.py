"""Independent programs as counterparts, each in an environment of its own (`make partners`)."""
