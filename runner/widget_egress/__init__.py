"""The egress proxy: the only way from a sandbox to the Internet; a process of its own that refuses private addresses."""
