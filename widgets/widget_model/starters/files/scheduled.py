"""A scheduled task runs from top to bottom at the times of its schedule, and when you press Run."""

import shutil
from datetime import datetime, timezone

now = datetime.now(timezone.utc)
disk = shutil.disk_usage("/tmp")

print(f"It is {now:%A, %d %B %Y, %H:%M} UTC.")
print(f"{disk.free // 1_000_000} MB are free for files that live as long as this run.")

if now.weekday() >= 5:
    print("It is the weekend.")

print("Done. Change me, and choose when I run under Schedule.")
