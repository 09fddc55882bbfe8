"""A document as a text that stands still: SVG with its layout, DOT, Mermaid, and Model Explorer's JSON.

It imports the document alone, and knows nothing of programs, plans or the page.
"""
