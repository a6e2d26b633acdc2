import anvil.server

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
# Made up. Read yours from a Data Table (app_tables.sales.search()), or from another site (anvil.http).
AMOUNTS = [320, 410, 380, 520, 610, 590, 640, 480, 700, 760, 810, 930]


@anvil.server.callable
def sales_of(months):
    # What a page sends may be anything.
    if months not in (3, 6, 12):
        raise ValueError("The months are 3, 6 or 12.")
    named = zip(MONTHS, AMOUNTS)
    return [{"month": month, "amount": amount} for month, amount in named][-months:]
