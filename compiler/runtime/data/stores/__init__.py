"""Samples in stores: members of tar files, rows of Parquet files and of Hugging Face data sets."""
