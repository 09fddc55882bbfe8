"""Samples in stores: members of tar files, rows of Parquet files and of Hugging Face data sets.

Imports `runtime.base` and what `runtime.data` shares; pyarrow and datasets where a program names such a store.
Decodes nothing itself: a row's media are read as a folder's are.
"""
