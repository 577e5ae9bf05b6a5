"""The whole tool on whole services: what the README promises, shown on copies of examples/ and on small services."""
