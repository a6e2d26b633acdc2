"""What Python's base64 has of base64 and base16, for Skulpt."""

_STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_VALUES = {}
for _index in range(64):
    _VALUES[ord(_STANDARD[_index])] = _index


class Error(ValueError):
    """What ``binascii.Error`` is elsewhere."""


def b64encode(s, altchars=None):
    data = bytes(s)
    made = []
    for start in range(0, len(data), 3):
        block = [data[at] for at in range(start, min(start + 3, len(data)))]
        padding = 3 - len(block)
        bits = 0
        for item in block + [0] * padding:
            bits = (bits << 8) | item
        letters = [ord(_STANDARD[(bits >> shift) & 63]) for shift in (18, 12, 6, 0)]
        made.extend(letters[: 4 - padding] + [61] * padding)
    if altchars is not None:
        other = {43: altchars[0], 47: altchars[1]}
        made = [other.get(letter, letter) for letter in made]
    return bytes(made)


def b64decode(s, altchars=None, validate=False):
    letters = [ord(letter) for letter in s] if isinstance(s, str) else list(bytes(s))
    if altchars is not None:
        chars = [ord(c) for c in altchars] if isinstance(altchars, str) else list(altchars)
        other = {chars[0]: 43, chars[1]: 47}
        letters = [other.get(letter, letter) for letter in letters]
    if validate:
        for letter in letters:
            if letter not in _VALUES and letter != 61:
                raise Error("Only base64 data is allowed")
    made = []
    bits = count = padding = 0
    for letter in letters:
        if letter == 61:
            padding += 1
            continue
        if letter not in _VALUES:
            continue
        bits = (bits << 6) | _VALUES[letter]
        count += 1
        if count == 4:
            made.extend([(bits >> 16) & 255, (bits >> 8) & 255, bits & 255])
            bits = count = 0
    if count and count + padding < 4:
        raise Error("Incorrect padding")
    if count == 1:
        raise Error("Invalid base64-encoded string: 1 more than a multiple of 4")
    if count == 2:
        made.append((bits >> 4) & 255)
    elif count == 3:
        made.extend([(bits >> 10) & 255, (bits >> 2) & 255])
    return bytes(made)


def standard_b64encode(s):
    return b64encode(s)


def standard_b64decode(s):
    return b64decode(s)


def urlsafe_b64encode(s):
    return b64encode(s, b"-_")


def urlsafe_b64decode(s):
    return b64decode(s, b"-_")


def encodebytes(s):
    encoded = b64encode(s)
    lines = [encoded[start : start + 76] + b"\n" for start in range(0, len(encoded), 76)]
    return b"".join(lines)


def decodebytes(s):
    return b64decode(s)


def b16encode(s):
    return "".join(["%02X" % item for item in bytes(s)]).encode()


def b16decode(s, casefold=False):
    digits = s if isinstance(s, str) else s.decode()
    if casefold:
        digits = digits.upper()
    if len(digits) % 2:
        raise Error("Odd-length string")
    for digit in digits:
        if digit not in "0123456789ABCDEF":
            raise Error("Non-base16 digit found")
    return bytes([int(digits[at : at + 2], 16) for at in range(0, len(digits), 2)])
