"""What lies in a folder: its items, their captions and metadata, and what is passed over.

Imports `runtime.base` and what `runtime.data` shares.
Reads no media.
"""
