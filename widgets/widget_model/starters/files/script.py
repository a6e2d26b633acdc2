"""A script runs from top to bottom when you press Run. What it prints shows as it comes."""

import platform
import time

print("Python", platform.python_version())

for number in range(1, 4):
    print(f"{number} squared is {number**2}")
    time.sleep(0.5)

print("Done. Change me and press Run again.")
