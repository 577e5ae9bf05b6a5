"""Figures for the office."""
