"""Language tools of editors: checks, formatting and a language server, each editor's in a sandbox of its own."""
