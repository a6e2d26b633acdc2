"""The egress proxy: a process of its own and the only way from a sandbox to the Internet."""
