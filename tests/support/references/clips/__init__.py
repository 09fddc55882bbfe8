"""Families of clips."""
