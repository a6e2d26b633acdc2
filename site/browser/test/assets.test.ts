import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assetName,
  assetNamed,
  assetNameProblem,
  assetOf,
  bytesOf,
  contentOf,
  pictureType,
  sizeOf,
  sizeText,
  uploadProblem,
} from "../src/designer/theme/assets.ts";

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0xff, 0x00]);
const text = (said: string) => new TextEncoder().encode(said);

test("a picture is known by its bytes, whatever it is called", () => {
  assert.equal(pictureType(PNG), "image/png");
  assert.equal(pictureType(new Uint8Array([0xff, 0xd8, 0xff, 0xe0])), "image/jpeg");
  assert.equal(pictureType(text("GIF89a...")), "image/gif");
  assert.equal(pictureType(text("RIFF....WEBPVP8 ")), "image/webp");
  assert.equal(pictureType(text('<?xml version="1.0"?>\n<!-- by hand -->\n<svg xmlns="x"/>')), "image/svg+xml");
  assert.equal(pictureType(text("<html><svg>")), "");
  assert.equal(pictureType(text("hello")), "");
});

test("a file that can't come is told why: what it is, how large it is, how much room is left", () => {
  const room = { used_bytes: 4_000_000, files: 3 };
  assert.equal(uploadProblem("a.png", PNG, room, "picture"), "");
  assert.match(uploadProblem("a.txt", text("hi"), room, "picture"), /a\.txt is no picture/);
  assert.equal(uploadProblem("a.txt", text("hi"), room, "file"), "");
  const large = uploadProblem("a.bin", new Uint8Array(300_000), room, "file");
  assert.match(large, /a\.bin has 300 kB; .* may have 4\.2 MB, and 194 kB are left/);
  assert.match(uploadProblem("a.txt", text("hi"), { ...room, files: 200 }, "file"), /at most 200 files/);
});

test("a file keeps its bytes, as text where it is that", () => {
  for (const bytes of [PNG, text("héllo"), new Uint8Array(70_001).fill(0xfe), new Uint8Array()]) {
    const content = contentOf(bytes);
    assert.deepEqual(bytesOf(content), bytes);
    assert.equal(sizeOf(content), bytes.length);
  }
  assert.equal(contentOf(text("héllo")), "héllo");
  assert.deepEqual([999, 1500, 2_345_678].map(sizeText), ["999 bytes", "2 kB", "2.3 MB"]);
});

test("a file gets a name that the site takes and nobody has", () => {
  assert.equal(assetName("My photo (1).PNG", []), "My-photo-1.png");
  assert.equal(assetName("a.png", ["a.png", "a-2.png"]), "a-3.png");
  assert.equal(assetName("…", []), "file");
  assert.match(assetNameProblem("a/../b", []), /Use letters/);
  assert.match(assetNameProblem("a.png", ["a.png"]), /already/);
  assert.equal(assetNameProblem("folder/a b.png", []), "");
});

test("properties name files of the theme in three ways", () => {
  assert.deepEqual(["asset:a.png", "_/theme/a.png", "/_/theme/b/a.png", "https://x.example/a.png"].map(assetNamed), [
    ...["a.png", "a.png", "b/a.png"],
    "",
  ]);
  assert.equal(assetOf("theme/assets/a.png", contentOf(PNG)).picture, "data:image/png;base64,iVBORw0KGgr/AA==");
  assert.deepEqual(assetOf("theme/assets/b/theme.css", "a {}"), {
    path: "theme/assets/b/theme.css",
    name: "b/theme.css",
    size_bytes: 4,
    picture: "",
  });
});
