"""``anvil.email`` of user code: letters are made here, kept, and sent by the site worker (E-01 to E-11)."""
