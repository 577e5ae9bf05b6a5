"""What a run tells people and machines: coverage, drift, findings, exit codes, patches, explanations."""
