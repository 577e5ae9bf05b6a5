"""Who instruments the service already: found in its files, never by running them. See `find.py`."""
