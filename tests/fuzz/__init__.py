"""Generated services, what must hold for each of them, and `make fuzz`, which looks for one for which it does not."""
