"""The process that executes runs: takes them from Redis, hands them to sandboxes, relays what they say.

It handles hostile bytes, so it holds no database credentials and serves no web.
"""
