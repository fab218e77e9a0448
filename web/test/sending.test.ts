// What is sent again on a bad line, and what a draft may hold.

import assert from "node:assert/strict";
import { test } from "node:test";
import { add } from "../src/reporter/adding";
import type { RecordBox } from "../src/reporter/mailbox";
import { MOST_BYTES, MOST_FILES, MOST_SEALED, Room } from "../src/reporter/room";
import { UnreachableError } from "../src/reporter/server";
import { concat, hex, random, toBase64, uint } from "../src/sealing/bytes";
import { Kind } from "../src/sealing/envelope";
import { sealedLength } from "../src/sealing/files";
import { Record } from "../src/sealing/place";

/** Bytes before the envelope: box, lookup and proof; the work with its length; no credentials. */
const BEFORE = 65 + 2 + 49 + 2;

test("what is sent again because no answer came is the same submission, to the byte", async () => {
  const challenge = toBase64(concat(random(16), uint(1_800_000_000, 8), new Uint8Array([0]), random(16)));
  const page = globalThis as { document?: unknown };
  const [before, shown] = [globalThis.fetch, page.document];
  page.document = { documentElement: { lang: "en" } };
  const sent: string[] = [];
  globalThis.fetch = (_path, init) => {
    if (init?.method !== "POST") return Promise.resolve(new Response(JSON.stringify({ challenge })));
    sent.push(hex((init.body as Uint8Array<ArrayBuffer>).slice(BEFORE)));
    // The first two answers are lost on the way, after the server had it all.
    return sent.length < 3 ? Promise.reject(new TypeError()) : Promise.resolve(new Response("{}"));
  };
  let tries = 0;
  const surely = async <T>(deed: () => Promise<T>): Promise<T> => {
    for (;;)
      try {
        tries++;
        return await deed();
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
      }
  };
  try {
    const record = { recordKind: Record.Report, record: random(16), reporter: random(32) } as unknown as RecordBox;
    const opened = { k: random(32), box: 0, deployment: random(32) };
    const { envelope } = await add(opened, record, "en", { kind: Kind.Consent, consents: ["contact"] }, surely);
    assert.equal(tries, 3);
    assert.deepEqual(sent, [hex(envelope), hex(envelope), hex(envelope)]);
    // Another time is another submission
    await add(opened, record, "en", { kind: Kind.Consent, consents: ["contact"] });
    assert.notEqual(sent[3], sent[2]);
  } finally {
    globalThis.fetch = before;
    page.document = shown;
  }
});

test("a draft holds no more than can be brought in", () => {
  const room = new Room();
  assert.ok(!room.takes(MOST_BYTES + 1));
  let sealed = 0;
  while (room.takes(MOST_BYTES)) sealed += sealedLength(MOST_BYTES);
  assert.ok(sealed > MOST_BYTES && sealed <= MOST_SEALED);
  // What is left still takes something small, and a copy counts as no file
  assert.ok(room.takes(1_000) && room.copies(1_000));
  assert.ok(!room.copies(MOST_BYTES));
  const many = new Room();
  for (let n = 0; n < MOST_FILES; n++) assert.ok(many.takes(1) && many.copies(1));
  assert.ok(!many.takes(1));
});
