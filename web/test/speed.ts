// What bench/intake_files.py runs in Chromium: the page's own modules, each timed by itself. Milliseconds.

import { type Bytes, random } from "../src/sealing/bytes";
import { type Code, derive } from "../src/sealing/codes";
import { generate } from "../src/sealing/curves";
import { SealedFile } from "../src/sealing/files";
import { Compartment, Field, Record } from "../src/sealing/place";
import { solve } from "../src/sealing/work";

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** A file of `size` bytes, read from a Blob and sealed in batches as an upload is, and its head. */
async function sealing(size: number): Promise<number> {
  const { publicKey } = await generate();
  const place = {
    deployment: random(32),
    recordKind: Record.Report,
    record: random(16),
    compartment: Compartment.Evidence,
    field: Field.File,
    version: 2,
  };
  const blob = new Blob([random(size)]);
  return timed(async () => {
    const file = new SealedFile(place, blob, "a.bin", "application/octet-stream");
    while ((await file.next(16)).length);
    await file.finish(publicKey, { epoch: 1 });
  });
}

/** The key that follows from her words. */
const deriving = (): Promise<number> => timed(() => derive({ canonical: random(60) } as Code, random(32)));

/** One try at a proof of work. */
async function trying(): Promise<number> {
  const tries = 32;
  const challenge = new Uint8Array(41) as Bytes;
  return (
    (await timed(async () => {
      for (let i = 0; i < tries; i++) await solve(challenge, random(32));
    })) / tries
  );
}

Object.assign(globalThis, { speed: { sealing, deriving, trying } });
