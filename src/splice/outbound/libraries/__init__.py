"""One file per library: what it offers, as data. Names follow the library's own documentation."""
