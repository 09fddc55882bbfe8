"""The page of a graph: one HTML file with its data, its script and its style, which opens from disk.

Imports nothing of other rooms; reads the document that `graph` writes (`fdc-graph/1`) as text.
"""
