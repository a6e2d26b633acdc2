// Files of the engines, below `engines/` of the output: each under a name with its hash, each with a twin in brotli.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

const compress = promisify(brotliCompress);
/// Quality 10 makes the largest file 9 % smaller and takes seven times as long as 9.
const QUALITY = 9;

export const hashOf = (...contents) => {
  const hash = createHash("sha256");
  for (const content of contents) hash.update(content);
  return hash.digest("hex").slice(0, 8).toUpperCase();
};

/** Where the engines' files go; `manifest` gets an entry for each that pages ask for. */
export class Output {
  #folder;
  #manifest;
  #pending = [];

  constructor(folder, manifest) {
    this.#folder = folder;
    this.#manifest = manifest;
  }

  /** Write one file under its name with its hash, as `engines/<stem>` in the manifest. */
  put(stem, content) {
    const dot = stem.lastIndexOf(".");
    this.#write(`engines/${stem}`, `engines/${stem.slice(0, dot)}-${hashOf(content)}${stem.slice(dot)}`, content);
  }

  /** Write files that find each other by their plain names into one folder with a hash. */
  putFolder(name, files) {
    const folder = `engines/${name}-${hashOf(...Object.entries(files).flat())}`;
    for (const [file, content] of Object.entries(files)) {
      this.#write(`engines/${name}/${file}`, `${folder}/${file}`, content);
    }
  }

  /** Wait until every twin is written. */
  async done() {
    await Promise.all(this.#pending);
  }

  #write(stem, file, content) {
    const path = join(this.#folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    this.#manifest[stem] = { file, preload: [] };
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    };
    this.#pending.push(compress(content, { params }).then((made) => writeFileSync(`${path}.br`, made)));
  }
}
