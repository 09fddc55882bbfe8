"""Texts that are made: programs and methods at random, single mistakes in methods, garbled messages."""
