import anvil.server

# What is here runs on the server, where visitors can't read it. A function becomes one that they can call like this:
#
# @anvil.server.callable
# def say_hello(name):
#     return f"Hello, {name}!"
#
# and a form calls it by anvil.server.call("say_hello", "Ada").
