"""Who somebody is: passwords, sign-ins, tokens, and the proof that a request is their own."""
