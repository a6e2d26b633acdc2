/// How long to wait before try number `attempt` (from 0): doubling from half a second to 15 s, with jitter.
export function backoff_ms(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(15_000, 500 * 2 ** attempt);
  return Math.round(full / 2 + (full / 2) * random());
}
