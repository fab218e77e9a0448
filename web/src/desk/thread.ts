// The thread with the person who reported: in the order in which it was written, with what is missing said.

import { type Bytes, hex, sha256 } from "../sealing/bytes";
import type { Message } from "./show";

/** A message and the hash of the sealed bytes it came in, by which later ones name it. */
export interface Told {
  message: Message;
  hash: string;
}

export const hashOf = async (sealed: Bytes): Promise<string> => hex(await sha256(sealed));

export interface Thread {
  messages: Told[];
  /** Hashes that a message names as seen and that are not here: withheld, or not yet carried. */
  missing: string[];
  /** What the next message names as the last one seen. */
  last: string;
}

/**
 * Puts messages in order: each after the one it names, then by day. A message that names one that is not here is shown
 * all the same, and the gap is reported; a copy under the same hash counts once.
 */
export function inOrder(told: readonly Told[]): Thread {
  const known = new Map(told.map((one) => [one.hash, one]));
  const unique = [...known.values()].sort(
    (a, b) => a.message.day.localeCompare(b.message.day) || a.hash.localeCompare(b.hash),
  );
  const messages: Told[] = [];
  const placed = new Set<string>();
  const place = (one: Told, under: ReadonlySet<string>): void => {
    if (placed.has(one.hash) || under.has(one.hash)) return;
    const before = known.get(one.message.after);
    if (before) place(before, new Set(under).add(one.hash));
    if (!placed.has(one.hash)) {
      placed.add(one.hash);
      messages.push(one);
    }
  };
  for (const one of unique) place(one, new Set());
  const missing = unique.map(({ message }) => message.after).filter((after) => after !== "" && !known.has(after));
  return { messages, missing: [...new Set(missing)], last: messages.at(-1)?.hash ?? "" };
}
