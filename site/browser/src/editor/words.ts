import type { Outcome, Run } from "../api/types.ts";

/// What people read about how a run ended; `status` is what a request was answered with.
export function outcomeWords(outcome: Outcome, error: string, seconds: number, limit_s: number, status = 0): string {
  const words: Record<Outcome, string> = {
    ok: `finished in ${duration(seconds)}`,
    error: `ended with an error after ${duration(seconds)}`,
    timeout: `stopped after ${duration(limit_s)}: Server code took too long`,
    memory: `stopped after ${duration(seconds)}: it used more memory than it may`,
    output_limit: `stopped after ${duration(seconds)}: it printed far more than is kept`,
    stopped: `stopped by you after ${duration(seconds)}`,
    crashed: `its process went away after ${duration(seconds)}`,
    internal_error: "was lost: our fault, not yours",
  };
  if (outcome === "ok" && status) return `answered ${status} in ${duration(seconds)}`;
  return outcome === "error" && error ? `${error} (after ${duration(seconds)})` : words[outcome];
}

/// 0.8 s, 12 s, 5 min, 1 min 30 s.
export function duration(seconds: number): string {
  if (seconds < 0.1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round(seconds % 60);
  return rest ? `${minutes} min ${rest} s` : `${minutes} min`;
}

/// The icon that goes with a run's state; words always stand beside it.
export function runIcon(run: Run): string {
  if (run.status !== "finished" || !run.outcome) return "waiting";
  if (isRefusal(run)) return "warning";
  if (run.outcome === "ok") return "ok";
  if (run.outcome === "stopped") return "stopped";
  return ["timeout", "memory", "output_limit"].includes(run.outcome) ? "warning" : "bad";
}

/// Whether the code ran well and answered a request with an error of its own, like 404.
export function isRefusal(run: Run): boolean {
  return run.outcome === "ok" && (run.request?.status ?? 0) >= 400;
}

/// What a run answered: a request's method and path, or the server function that was called.
export function requestText(request: NonNullable<Run["request"]>): string {
  return request.function ? `${request.function}()` : `${request.method} ${request.path}`;
}

/// Times of the API (Unix seconds or ISO text) as Unix milliseconds.
export function time_ms(time: number | string | null | undefined): number | null {
  if (time === null || time === undefined) return null;
  return typeof time === "number" ? time * 1000 : Date.parse(time);
}
