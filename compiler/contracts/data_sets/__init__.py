"""Manifests of data sets: what a written data set says that it holds, as text and as data, against a program.

Imports `program` and `types`; pydantic in `manifest_file.py` alone, which only programs with a data set reach.
Knows nothing of shards, of torch or of who reads a sample.
"""
