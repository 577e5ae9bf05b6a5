"""What the scaffold costs a call, as a ratio to OpenTelemetry's own decorator: `python -m benchmarks.scaffold`."""
