"""Folders of clips and images: what lies in them, which frames are taken, captions, and what is passed over.

Imports `runtime.base`, `runtime.random` and what `runtime.data` shares.
Knows nothing of roles or training.
"""
