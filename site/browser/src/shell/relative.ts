/// Times as people say them. The server writes the same words; here they are kept true while a page stays open.
export function relativeTime(then_ms: number, now_ms: number): string {
  const s = Math.round((now_ms - then_ms) / 1000);
  if (s < 5) return "just now";
  if (s < 60) return `${s} s ago`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min ago`;
  const hours = Math.floor(min / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  if (days < 30) return days === 1 ? "yesterday" : `${days} days ago`;
  return new Date(then_ms).toISOString().slice(0, 10);
}
