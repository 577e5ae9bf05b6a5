"""What a service declares: its dependencies, and which of its files get shipped. Insertions only, proven by parsing."""
