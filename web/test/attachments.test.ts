// Files on their way, to a server that loses, forgets or lies, and from a device that no longer has them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Course, sendFiles } from "../src/reporter/attachments";
import { type Bytes, concat, hex, random, toBase64, uint } from "../src/sealing/bytes";
import type { Made } from "../src/sealing/compose";
import { generate, secretFrom } from "../src/sealing/curves";
import { openFile, sourceOf } from "../src/sealing/files";
import { Compartment, Field, Record } from "../src/sealing/place";

const SEALED = 65_552;
const place = (field: Field, version: number) => ({
  ...{ deployment: new Uint8Array(32), recordKind: Record.Report, record: new Uint8Array(16) },
  ...{ compartment: Compartment.Evidence, field, version },
});

/** A server of uploads, and what came of them. `meddle` may answer in its place, or throw as a broken line does. */
class Uploads {
  readonly bodies = new Map<string, Bytes>();
  readonly seen: { method: string; id: string; chunk: number; body: Bytes }[] = [];
  meddle: (method: string, chunk: number) => Response | undefined = () => undefined;

  readonly fetch = (path: string, { method, body, headers }: { method: string; body?: Bytes; headers: Headers }) => {
    if (path === "/api/challenge/") {
      const challenge = toBase64(concat(random(16), uint(1_800_000_000, 8), [0], random(16)));
      return Promise.resolve(Response.json({ challenge }));
    }
    const id = path.split("/")[3]!;
    const chunk = Number((headers as unknown as { [name: string]: string })["X-Chunk"] ?? 0);
    this.seen.push({ method, id, chunk, body: body ?? new Uint8Array(0) });
    const before = this.bodies.get(id) ?? new Uint8Array(0);
    if (method === "PUT") this.bodies.set(id, concat(before.slice(0, chunk * SEALED), body!));
    const answer = this.meddle(method, chunk);
    if (answer) return Promise.resolve(answer);
    if (method === "PUT") return Promise.resolve(Response.json({ held: chunk + Math.ceil(body!.length / SEALED) }));
    const held = String(Math.floor((this.bodies.get(id)?.length ?? 0) / SEALED));
    return Promise.resolve(new Response(null, { headers: { "X-Chunks": held } }));
  };
}

async function sent(server: Uploads, ...files: { name: string; data: Bytes | undefined }[]) {
  const { raw, publicKey } = await generate();
  const secret = await secretFrom(raw);
  const made = { sealed: { publicKey, epoch: 1, compartment: Compartment.Evidence }, place } as unknown as Made;
  const waits: number[] = [];
  const course: Course = {
    progress: () => undefined,
    waiting: (seconds) => waits.push(seconds),
    givenUp: () => waits.length > 8,
    pause: () => Promise.resolve(),
  };
  const gone = {
    size: 3_000_000,
    slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotReadableError")) }),
  };
  const chosen = files.map(({ name, data }) => ({ ...(data ? sourceOf(data) : gone), name, type: "" }));
  const page = globalThis as { document?: unknown };
  const [before, shown] = [globalThis.fetch, page.document];
  page.document = { documentElement: { lang: "en" } };
  globalThis.fetch = server.fetch as unknown as typeof fetch;
  try {
    const out = await sendFiles(made, chosen, () => Promise.resolve(undefined), course);
    const opened = [];
    for (const [i, { version, id }] of out.files.entries()) {
      const body = server.bodies.get(hex(id))!;
      opened.push((await openFile(place(Field.File, version), secret, out.values[i]!.data, body)).data);
    }
    return { out, opened, waits };
  } finally {
    globalThis.fetch = before;
    page.document = shown;
  }
}

test("a batch whose answer was lost goes on from what has arrived, under the same key", async () => {
  const data = random(2_500_000);
  const server = new Uploads();
  let lost = 0;
  server.meddle = (method, chunk) => {
    if (method === "PUT" && chunk === 16 && !lost++) throw new TypeError("the line broke");
    return undefined;
  };
  const { opened, waits } = await sent(server, { name: "a", data });
  assert.deepEqual(opened, [data]);
  assert.deepEqual(waits, [2]);
  assert.deepEqual(
    server.seen.map(({ method, chunk }) => [method, chunk]),
    [
      ["PUT", 0],
      ["PUT", 16],
      ["HEAD", 0],
      ["PUT", 32],
    ],
  );
});

test("where the server has forgotten, nothing is sealed twice under one key: the file goes anew under another id", async () => {
  const data = random(2_500_000);
  for (const held of ["0", "7", "0.5", "99", "-1"]) {
    const server = new Uploads();
    let lost = 0;
    server.meddle = (method, chunk) => {
      if (method === "PUT" && chunk === 16 && !lost++) throw new TypeError("the line broke");
      return method === "HEAD" ? new Response(null, { headers: { "X-Chunks": held } }) : undefined;
    };
    const { opened } = await sent(server, { name: "a", data });
    assert.deepEqual(opened, [data]);
    const places = new Map<string, string>();
    for (const { method, id, chunk, body } of server.seen) {
      if (method !== "PUT") continue;
      const key = `${id} ${chunk}`;
      assert.equal(places.get(key) ?? hex(body), hex(body), "two bodies in one place");
      places.set(key, hex(body));
    }
    assert.equal(server.bodies.size, 2);
  }
});

test("a file that can no longer be read is refused by name; the others go", async () => {
  const data = random(100_000);
  const { out, opened } = await sent(new Uploads(), { name: "gone", data: undefined }, { name: "here", data });
  assert.deepEqual(out.refused, ["gone"]);
  assert.deepEqual(opened, [data]);
});

test("a server that never has it is given up", async () => {
  const server = new Uploads();
  server.meddle = (method) => (method === "PUT" ? Response.json({ held: 3.5 }) : undefined);
  const { out } = await sent(server, { name: "a", data: random(10) });
  assert.deepEqual(out.refused, ["a"]);
});
