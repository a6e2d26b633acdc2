/// Requests that Python makes of other servers; the browser's rules for other origins hold.
import type { Media } from "./media.ts";

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /// Seconds.
  readonly timeout: number;
  readonly credentials?: readonly [string, string];
  /// A handle.
  readonly body?: number;
}

/// The answer: status 0 is none.
export interface Answered {
  readonly status: number;
  readonly body?: number;
  readonly error?: string;
}

function headersOf(asked: Asked): Record<string, string> {
  if (!asked.credentials) return { ...asked.headers };
  const words = new TextEncoder().encode(asked.credentials.join(":"));
  return { Authorization: `Basic ${btoa(String.fromCharCode(...words))}`, ...asked.headers };
}

export async function request(asked: Asked, media: Media): Promise<Answered> {
  const init: RequestInit = {
    method: asked.method,
    headers: headersOf(asked),
    signal: AbortSignal.timeout(asked.timeout * 1000),
  };
  if (asked.body !== undefined) init.body = media.blob(asked.body);
  try {
    const answer = await fetch(asked.url, init);
    return { status: answer.status, body: media.add(await answer.blob()) };
  } catch (error) {
    return { status: 0, error: String(error) };
  }
}

/// For a browser that can't wait in the middle of Python.
export function requestNow(asked: Asked, media: Media): Answered {
  const sent = new XMLHttpRequest();
  try {
    sent.open(asked.method, asked.url, false);
    for (const [name, value] of Object.entries(headersOf(asked))) sent.setRequestHeader(name, value);
    sent.overrideMimeType("text/plain; charset=x-user-defined");
    sent.send(asked.body === undefined ? null : media.blob(asked.body));
  } catch (error) {
    return { status: 0, error: String(error) };
  }
  const bytes = Uint8Array.from(sent.responseText, (letter) => letter.charCodeAt(0) & 255);
  const type = sent.getResponseHeader("Content-Type") ?? "";
  return { status: sent.status, body: media.add(new Blob([bytes], { type })) };
}
