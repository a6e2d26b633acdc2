/// A new name that nobody else has: 128 random bits in hex.
///
/// Not crypto.randomUUID: that exists only on https and on localhost, and a site in a local network may have neither.
export function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
