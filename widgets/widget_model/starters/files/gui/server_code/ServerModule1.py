import anvil.server


# This runs on the server. Whatever is callable can be called by every visitor.
@anvil.server.callable
def greet(name):
    print(f"Somebody wants to be greeted: {name!r}")
    return f"Hello, {name or 'stranger'}!"
