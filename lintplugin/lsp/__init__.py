"""The editor: a language server, and a plugin for python-lsp-server.

Both ask the engine for the findings of a text, and turn what it says into the protocol's terms.
"""
