"""What runs inside a sandbox: the supervisor and, forked from it, one child per run. Standard library only, 3.10."""
