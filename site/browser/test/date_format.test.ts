import assert from "node:assert/strict";
import { test } from "node:test";
import { formatted } from "../src/gui/date_format.ts";

const moment = new Date(2026, 2, 4, 15, 5, 9);

test("formats of strftime", () => {
  assert.equal(formatted(moment, "%d/%m/%Y"), "04/03/2026");
  assert.equal(formatted(moment, "%-d.%-m.%y %H:%M:%S"), "4.3.26 15:05:09");
  assert.equal(formatted(moment, "%I:%M %p, day %j, 100%%"), "03:05 PM, day 063, 100%");
  assert.equal(formatted(moment, "%F %T"), "2026-03-04 15:05:09");
  assert.equal(formatted(moment, "%Q stays"), "%Q stays");
});

test("formats of moment.js", () => {
  assert.equal(formatted(moment, "DD/MM/YYYY"), "04/03/2026");
  assert.equal(formatted(moment, "D.M.YY HH:mm:ss"), "4.3.26 15:05:09");
  assert.equal(formatted(moment, "h:mm a"), "3:05 pm");
  assert.equal(formatted(moment, "Do [of] M"), "4th of 3");
  assert.equal(formatted(new Date(2026, 2, 12), "Do"), "12th");
});

test("names are the visitor's", () => {
  const month = moment.toLocaleDateString(undefined, { month: "long" });
  assert.equal(formatted(moment, "%d %B"), `04 ${month}`);
  assert.equal(formatted(moment, "D MMMM"), `4 ${month}`);
});
