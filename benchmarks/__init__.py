"""What Splice costs, beside the tools of its field: `make bench`, or `python -m benchmarks`."""
