/// How media cross with a message of the protocol: after it, each in chunks that follow a header of their own.

/// An entry of a message's `objects`, as far as media are concerned.
export interface MediaEntry {
  readonly type: readonly string[];
  id?: string;
  "mime-type"?: string;
  name?: string | null;
  content?: { readonly handle: number };
  [more: string]: unknown;
}

export interface Message {
  id?: string;
  objects?: MediaEntry[];
  [more: string]: unknown;
}

export interface ChunkHeader {
  readonly type: "CHUNK_HEADER";
  readonly requestId: string;
  readonly mediaId: string;
  readonly chunkIndex: number;
  readonly lastChunk: boolean;
}

export const CHUNK_BYTES = 64 * 1024;

/// The media of a message, each with its id.
export function mediaOf(message: Message): MediaEntry[] {
  return (message.objects ?? []).filter((entry) => entry.type[0] === "DataMedia");
}

/// The chunks of one media in order, at least one also when it is empty.
export async function* chunks(
  requestId: string,
  mediaId: string,
  content: Blob,
): AsyncGenerator<readonly [ChunkHeader, ArrayBuffer]> {
  let index = 0;
  for (let start = 0; start === 0 || start < content.size; start += CHUNK_BYTES) {
    const lastChunk = start + CHUNK_BYTES >= content.size;
    const header: ChunkHeader = { type: "CHUNK_HEADER", requestId, mediaId, chunkIndex: index++, lastChunk };
    yield [header, await content.slice(start, start + CHUNK_BYTES).arrayBuffer()];
  }
}

/// An answer that is whole only when its media are.
export class Arriving {
  readonly message: Message;
  readonly #missing = new Map<string, BlobPart[]>();
  readonly #whole = new Map<string, BlobPart[]>();

  constructor(message: Message) {
    this.message = message;
    for (const entry of mediaOf(message)) this.#missing.set(String(entry.id), []);
  }

  get isWhole(): boolean {
    return this.#missing.size === 0;
  }

  take(header: ChunkHeader, content: ArrayBuffer): void {
    const parts = this.#missing.get(header.mediaId);
    if (!parts) return;
    parts.push(content);
    if (!header.lastChunk) return;
    this.#missing.delete(header.mediaId);
    this.#whole.set(header.mediaId, parts);
  }

  /// Give each media its handle, by `keep`.
  finish(keep: (content: Blob) => number): Message {
    for (const entry of mediaOf(this.message)) {
      const type = entry["mime-type"] ?? "";
      const parts = this.#whole.get(String(entry.id)) ?? [];
      const content = entry.name ? new File(parts, entry.name, { type }) : new Blob(parts, { type });
      entry.content = { handle: keep(content) };
    }
    return this.message;
  }
}
