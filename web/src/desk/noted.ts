// The readers' note, as two panel members signed it. Nothing is wrapped to a key that it does not hold.

import { hex, same, unhex } from "../sealing/bytes";
import { RECOVERY } from "../sealing/place";
import { type ReadersNote, checkReaders } from "../sealing/readers";
import type { Holder } from "./compartments";
import { file } from "./asking";
import { Trouble, facts, pins } from "./page";

let checked: Promise<ReadersNote> | undefined;

/** The note, fetched once a page and checked against the pinned keys of the panel. Throws Trouble "readers". */
export function note(): Promise<ReadersNote> {
  checked ??= load();
  return checked;
}

async function load(): Promise<ReadersNote> {
  const signed = await file("readers/");
  try {
    return await checkReaders(signed, pins().panel, unhex(pins().deployment, 32));
  } catch {
    throw new Trouble("readers");
  }
}

/** Who the server says may hold a key: an id and an X25519 key, in hexadecimal digits. */
export interface Claimed {
  id: string;
  x25519: string;
  /** What they are called, for whoever reads why nothing was sealed to them. */
  name?: string;
}

type Names = { [id: string]: string };
const onThisPage = (): Names => (facts().page["names"] ?? {}) as Names;

/**
 * The holders that the server names, each with the key that the panel signed for it. Throws for any other key, and says
 * whose it is by `names`.
 */
export function holdersOf(known: ReadersNote, claimed: readonly Claimed[], names = onThisPage): Holder[] {
  return claimed.map(({ id, x25519, name }) => {
    const found = known.readers.find((reader) => hex(reader.id) === id);
    if (!found || !same(found.publicKey, unhex(x25519, 32)))
      throw new Trouble("not_in_note", { who: name || names()[id] || id });
    return { id: found.id, publicKey: found.publicKey };
  });
}

/** The recovery key as a holder: every new key is wrapped to it. */
export const recovery = (known: ReadersNote): Holder => ({ id: RECOVERY, publicKey: known.recovery.publicKey });

/** Holders in the order in which formats list them, each once. */
export function ascending(holders: readonly Holder[]): Holder[] {
  const unique = new Map<string, Holder>(holders.map((one) => [hex(one.id), one]));
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
