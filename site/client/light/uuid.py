"""What Python's uuid has of random ids and of reading ids, for Skulpt."""

import _light


class UUID(object):
    def __init__(self, hex=None, bytes=None, int=None, version=None):
        if [hex, bytes, int].count(None) != 2:
            raise TypeError("one of the hex, bytes, bytes_le, fields, or int arguments must be given")
        if bytes is not None:
            if len(bytes) != 16:
                raise ValueError("bytes is not a 16-char string")
            digits = "".join(["%02x" % item for item in bytes])
        elif int is not None:
            digits = _digits(int)
        else:
            digits = hex.replace("urn:", "").replace("uuid:", "").strip("{}").replace("-", "").lower()
            if len(digits) != 32 or [d for d in digits if d not in "0123456789abcdef"]:
                raise ValueError("badly formed hexadecimal UUID string")
        if version is not None:
            digits = digits[:12] + str(version) + digits[13:16] + "89ab"[_value(digits[16]) % 4] + digits[17:]
        self.hex = digits

    @property
    def int(self):
        return int(self.hex, 16)

    @property
    def bytes(self):
        return bytes([int(self.hex[at : at + 2], 16) for at in range(0, 32, 2)])

    @property
    def version(self):
        return _value(self.hex[12])

    @property
    def urn(self):
        return "urn:uuid:" + str(self)

    def __str__(self):
        h = self.hex
        return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]

    def __repr__(self):
        return "UUID('" + str(self) + "')"

    def __eq__(self, other):
        return isinstance(other, UUID) and self.hex == other.hex

    def __ne__(self, other):
        return not self == other

    def __lt__(self, other):
        return self.hex < other.hex

    def __hash__(self):
        return hash(self.hex)


def _value(digit):
    return int(digit, 16)


def _digits(number):
    if number < 0 or number >= 1 << 128:
        raise ValueError("int is out of range (need a 128-bit value)")
    digits = "%x" % number
    return "0" * (32 - len(digits)) + digits


def uuid4():
    return UUID(bytes=_light.random_bytes(16), version=4)


def uuid1(node=None, clock_seq=None):
    raise NotImplementedError("uuid1() needs the machine's address, which a browser does not tell; use uuid4()")


def uuid5(namespace, name):
    raise NotImplementedError("uuid5() is not there on the Light engine; use uuid4(), or make the id in server code")


uuid3 = uuid5
