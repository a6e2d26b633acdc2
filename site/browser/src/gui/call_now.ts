/// Calls for browsers that can't wait in the middle of Python: one synchronous request to `/_/call` each.
///
/// The body holds the CALL message and its media in base64 by their ids, and so does the answer.
import { randomId } from "../random_id.ts";
import type { Media } from "./media.ts";
import { offline } from "./wire.ts";
import { type Message, mediaOf } from "./wire_media.ts";

interface Answer {
  readonly message: Message;
  readonly media: Readonly<Record<string, string>>;
}

export function callNow(url: string, page: string, text: string, media: Media): string {
  const message = JSON.parse(text) as Message;
  const contents: Record<string, string> = {};
  for (const [index, entry] of mediaOf(message).entries()) {
    const bytes = media.bytesNow(entry.content?.handle ?? 0);
    delete entry.content;
    entry.id = `m${index}`;
    contents[entry.id] = toBase64(bytes);
  }
  const id = `page-${randomId()}`;
  const call = { ...message, type: "CALL", id, "call-stack-id": id };
  const request = new XMLHttpRequest();
  request.open("POST", url, false);
  request.setRequestHeader("Content-Type", "application/json");
  try {
    request.send(JSON.stringify({ page, message: call, media: contents }));
  } catch {
    return offline(0);
  }
  if (request.status !== 200) return offline(request.status);
  const answer = JSON.parse(request.responseText) as Answer;
  for (const entry of mediaOf(answer.message)) {
    const bytes = Uint8Array.from(atob(answer.media[String(entry.id)] ?? ""), (letter) => letter.charCodeAt(0));
    const type = entry["mime-type"] ?? "";
    const content = entry.name ? new File([bytes], entry.name, { type }) : new Blob([bytes], { type });
    entry.content = { handle: media.add(content) };
  }
  return JSON.stringify(answer.message);
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text);
}
