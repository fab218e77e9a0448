// What of the reporter's pages needs no page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { passing, patience, percent } from "../src/reporter/attachments";
import { faults } from "../src/reporter/form";
import { shiftCounter } from "../src/reporter/leave";
import { fits } from "../src/reporter/listen";
import { dayOf } from "../src/reporter/page";
import { ServerError, UnreachableError, worked } from "../src/reporter/server";
import { type Bytes, concat, random, toBase64, uint } from "../src/sealing/bytes";
import { candidates } from "../src/sealing/wordlists";
import type { Answers } from "../src/reporter/contents";

test("Shift three times within a moment leaves, and nothing else does", () => {
  let now = 0;
  let left = 0;
  const press = shiftCounter(
    () => left++,
    () => now,
  );
  const type = (...keys: [string, number][]): number => {
    left = 0;
    for (const [key, after] of keys) {
      now += after;
      press(key);
    }
    press("Escape");
    return left;
  };
  assert.equal(type(["Shift", 0], ["Shift", 300], ["Shift", 300]), 1);
  assert.equal(type(["Shift", 0], ["Shift", 300], ["a", 10], ["Shift", 300]), 0);
  assert.equal(type(["Shift", 0], ["Shift", 900], ["Shift", 900]), 0);
  assert.equal(type(["Shift", 0], ["Shift", 900], ["Shift", 900], ["Shift", 100]), 1);
});

test("only voices of the device that speak the page's language read aloud", () => {
  assert.ok(fits({ localService: true, lang: "fr-CA" }, "fr"));
  assert.ok(fits({ localService: true, lang: "zh_CN" }, "zh-Hans"));
  assert.ok(!fits({ localService: false, lang: "fr-FR" }, "fr"));
  assert.ok(!fits({ localService: true, lang: "en-GB" }, "fr"));
});

test("what may pass is tried again, sooner and then less often", () => {
  for (const status of [408, 409, 425, 428, 429, 500, 503]) assert.ok(passing(new ServerError(status, "", "")));
  for (const status of [400, 403, 404, 413, 422]) assert.ok(!passing(new ServerError(status, "", "")));
  assert.ok(passing(new UnreachableError()));
  assert.ok(!passing(new TypeError()));
  assert.deepEqual([0, 1, 3, 4, 20].map(patience), [2, 4, 16, 30, 30]);
});

test("when more work is asked for meanwhile it is done, and the same is sent again; not for ever", async () => {
  const challenge = (bits: number): string =>
    toBase64(concat(random(16), uint(1_800_000_000, 8), new Uint8Array([bits]), random(16)));
  const page = globalThis as { document?: unknown };
  const [before, shown] = [globalThis.fetch, page.document];
  page.document = { documentElement: { lang: "en" } };
  let fetched = 0;
  globalThis.fetch = () => {
    fetched++;
    return Promise.resolve(new Response(JSON.stringify({ challenge: challenge(0) })));
  };
  try {
    const bits: number[] = [];
    const answer = await worked(new Uint8Array(3), (done: Bytes) => {
      bits.push(done[24]!);
      if (bits.length < 4) throw new ServerError(428, "", "", challenge(bits.length));
      return Promise.resolve("received");
    });
    assert.equal(answer, "received");
    assert.deepEqual(bits, [0, 1, 2, 3]);
    assert.equal(fetched, 1);
    // A refusal without a challenge, or of another kind, is told as it is; and a server that never has enough ends it
    let sent = 0;
    const refuse = (status: number, next: string) => () => {
      sent++;
      throw new ServerError(status, "", "", next);
    };
    for (const refused of [refuse(428, ""), refuse(409, challenge(0))]) {
      sent = 0;
      await assert.rejects(worked(new Uint8Array(3), refused), ServerError);
      assert.equal(sent, 1);
    }
    sent = 0;
    await assert.rejects(worked(new Uint8Array(3), refuse(428, challenge(0))), ServerError);
    assert.equal(sent, 6);
  } finally {
    globalThis.fetch = before;
    page.document = shown;
  }
});

test("only what happened, or the need, is asked for", () => {
  const empty: Answers = {
    want: "report",
    language: "en",
    urgent: false,
    independent: false,
    struck: [],
    texts: {},
  };
  const asked = (want: Answers["want"], texts: { [name: string]: string }): string[] =>
    faults({ ...empty, want, texts }).map(({ field }) => field);
  assert.deepEqual(asked("report", {}), ["what"]);
  assert.deepEqual(asked("both", { what: "x" }), []);
  assert.deepEqual(asked("help", { need: "x" }), []);
  assert.deepEqual(asked("complain", {}), ["complaint"]);
  // What the choice has no place for is not dropped without a word.
  assert.deepEqual(asked("report", { what: "x", need: "y" }), ["need"]);
  assert.deepEqual(asked("help", { need: "x", what: "y", who: "z" }), ["what", "who"]);
  assert.deepEqual(asked("both", { what: "x", need: "y", who: "z" }), []);
  assert.deepEqual(asked("report", { what: "é".repeat(20_000) }), []);
  assert.deepEqual(asked("report", { what: "é".repeat(20_001) }), ["what"]);
  assert.deepEqual(asked("report", { what: "x", where: "y".repeat(1001) }), ["where"]);
});

test("a day is written as the server writes it", () => {
  const page = globalThis as { document?: unknown };
  const before = page.document;
  const written = (lang: string, day: string): string => {
    page.document = { documentElement: { lang } };
    return dayOf(day);
  };
  try {
    assert.equal(written("en", "2026-11-01"), "1 November 2026");
    assert.equal(written("fr", "2026-11-01"), "1er novembre 2026");
    assert.equal(written("fr", "2026-11-11"), "11 novembre 2026");
    assert.equal(written("es", "2026-11-01"), "1 de noviembre de 2026");
    assert.equal(written("ru", "2026-11-01"), "1 ноября 2026 г.");
    assert.equal(written("zh-Hans", "2026-11-01"), "2026年11月1日");
  } finally {
    page.document = before;
  }
});

test("a typed code is looked for in the lists of its writing, the page's language first", () => {
  assert.deepEqual(candidates("abaisser abandon", "fr").slice(0, 2), ["bip39-fr", "eff-large"]);
  assert.deepEqual(candidates("абзац", "en"), ["mnemonic-ru"]);
  assert.deepEqual(candidates("的一是", "en"), ["bip39-zh-hans"]);
  assert.deepEqual(candidates("١٢٣٤ 5678", "ar"), ["digits"]);
  assert.deepEqual(candidates("", "en"), []);
});

test("progress is said in steps, and is over only when it is over", () => {
  assert.deepEqual(
    [0, 0.09, 0.1, 0.999, 1, 3].map((part) => percent(part, 10)),
    [0, 0, 10, 90, 100, 100],
  );
  assert.deepEqual(
    [0.24, 0.25, 0.99].map((part) => percent(part, 25)),
    [0, 25, 75],
  );
});
