"""How the code of libraries reaches a run of the GUI that uses them: among its files, each package in a folder."""

#: ``libraries/<package>/server_code/…`` and ``libraries/<package>/client_code/…``
FOLDER = "libraries/"
#: The packages, one a line, those that the GUI itself names first.
ORDER = f"{FOLDER}order.txt"
