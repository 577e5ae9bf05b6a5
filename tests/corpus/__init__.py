"""Splice on real public services: `python -m tests.corpus` fetches them, changes them and proves what it claims.

One project is one entry in projects.py and a lock file of the same name; each step is one module.
"""
