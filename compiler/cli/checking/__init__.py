"""What commands do with checked files: one for those that go on, several for `fdc check`, with its edits and its watch.

Imports `driver` and `report`.
Holds no command.
"""
