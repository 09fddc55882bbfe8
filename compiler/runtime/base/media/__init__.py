"""Clips, images and sound: from files to numbers and back, what their headers say, sheets of many samples.

Imports `runtime.base`, PyAV and Pillow.
Knows nothing of data sets, of runs or of what a program does with a sample.
"""
