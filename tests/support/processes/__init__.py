"""Processes of fdc that tests start: a language server with an editor, commands under an audit hook."""
