/// Bytes that Python holds by a number: files that people chose, answers of the server, what Python made itself.

const REVOKE_MS = 60_000;

export class Media {
  readonly #blobs = new Map<number, Blob>();
  readonly #urls = new Map<number, string>();
  /// Media whose address somebody was given, who may use it for as long as there is a page.
  readonly #lasting = new Set<number>();
  #next = 1;

  add(content: Blob): number {
    this.#blobs.set(this.#next, content);
    return this.#next++;
  }

  blob(handle: number): Blob {
    const found = this.#blobs.get(handle);
    if (!found) throw new Error("This media was dropped.");
    return found;
  }

  async bytes(handle: number): Promise<Uint8Array> {
    return new Uint8Array(await this.blob(handle).arrayBuffer());
  }

  /// For a browser that can't wait in the middle of Python.
  bytesNow(handle: number): Uint8Array {
    const request = new XMLHttpRequest();
    request.open("GET", this.url(handle), false);
    // The one text encoding that keeps every byte.
    request.overrideMimeType("text/plain; charset=x-user-defined");
    request.send();
    return Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0) & 255);
  }

  url(handle: number, lasts = false): string {
    if (lasts) this.#lasting.add(handle);
    const known = this.#urls.get(handle);
    if (known) return known;
    const made = URL.createObjectURL(this.blob(handle));
    this.#urls.set(handle, made);
    return made;
  }

  info(handle: number): { name: string | null; type: string; size: number } {
    const found = this.blob(handle);
    return { name: found instanceof File ? found.name : null, type: found.type, size: found.size };
  }

  drop(handle: number): void {
    if (this.#lasting.has(handle)) return;
    const url = this.#urls.get(handle);
    // A download of it, or a picture, may be about to begin.
    if (url) setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS);
    this.#urls.delete(handle);
    this.#blobs.delete(handle);
  }
}

/// Ask somebody to print what is at an address.
export async function printPage(url: string): Promise<void> {
  const frame = document.createElement("iframe");
  frame.title = "To be printed";
  frame.style.cssText = "position:fixed;width:0;height:0;border:0";
  frame.src = url;
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
  document.body.append(frame);
  await loaded;
  frame.contentWindow?.addEventListener("afterprint", () => frame.remove());
  frame.contentWindow?.print();
}

export function download(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
