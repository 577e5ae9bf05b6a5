"""Semgrep rules, one YAML per codemod with the same stem; each is tested on files that must and must not match."""
