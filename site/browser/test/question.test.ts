import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEvent } from "../src/api/types.ts";
import { openQuestion } from "../src/run/question.ts";

let seq = 0;
function event(kind: RunEvent["kind"], data: Record<string, unknown> | null = null): RunEvent {
  seq += 1;
  return { seq, time: 0, kind, text: "", data };
}
const ask = (number: number) => event("ask", { number, prompt: "Name? ", secret: false });

test("the last question is open until it is answered, here or in another tab", () => {
  const open = openQuestion([event("stdout"), ask(1)], null);

  assert.deepEqual(open, { number: 1, prompt: "Name? ", secret: false });
  assert.equal(openQuestion([event("stdout")], open), open);
  assert.equal(openQuestion([event("input", { number: 1 })], open), null);
  assert.equal(openQuestion([event("input", { number: 1 }), ask(2)], open)?.number, 2);
  assert.equal(openQuestion([event("error")], open), null);
});

test("a question of another shape is still one", () => {
  assert.deepEqual(openQuestion([event("ask", { number: 3, secret: "yes" })], null), {
    number: 3,
    prompt: "",
    secret: false,
  });
});
