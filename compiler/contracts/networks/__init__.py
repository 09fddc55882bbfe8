"""What lies on disk of a network.

The names of its layers and weights, which a family lists; the headers of its weights; adapters of it, and how the keys of
their files are spelt. Nothing of it reads a weight.
"""
