// What the server promised: its acknowledgement, and the opening that shows it is about her words and no others.

import { fromBase64, hex, sha256, unhex, utf8, type Bytes } from "../sealing/bytes";
import { secretFrom, verifies } from "../sealing/curves";
import { fail } from "../sealing/errors";
import { Compartment, Field, type Place, Record } from "../sealing/place";
import { openValue } from "../sealing/values";
import { parseCanonical, type Fields, isObject } from "../json";
import { parseKey, parseNote } from "../note";
import { checkOpening } from "../opening";
import { leafHash } from "../tree";
import type { Pins, Received } from "./server";

export interface Promised {
  leaf: string;
  /** When it must stand in the register at the latest. */
  includeBy: Date;
  /** The first day on which something is owed to her, and what; empty where nothing is said. */
  due: { duty: string; day: string };
  /** The signed note, as it came. */
  note: Bytes;
  /** The opened opening; null for later material, whose opening stays with the desk. */
  opening: Fields | null;
}

/** Reads an acknowledgement (`answerable/ack@v1`); its signature is checked where the deployment pins the key. */
export async function readAck(note: Bytes, pins: Pins): Promise<{ leaf: string; includeBy: number }> {
  const { text, lines } = parseNote(note);
  const [first, origin, leaf, by, last] = text.split("\n");
  const until = /^include-by (\d{1,12})$/.exec(by ?? "");
  if (first !== "answerable/ack@v1" || !origin || !until || last !== "")
    return fail("altered", "the acknowledgement is not in the form it must have");
  const keys = await Promise.all((pins.ack ?? []).map(parseKey));
  let good = !keys.length;
  for (const { name, id, raw } of lines)
    for (const key of keys.filter((one) => one.name === name && one.id === id))
      good ||= raw.length === 64 && (await verifies(key.raw, utf8(text), raw));
  if (!good) fail("altered", "the acknowledgement is not signed by the key that this deployment names");
  return { leaf: hex(fromBase64(leaf!)), includeBy: Number(until[1]) };
}

/** Checks that what the server promised is about this envelope. Refuses anything else. */
export async function checkReceived(
  received: Received,
  pins: Pins,
  sent: { envelope: Bytes; recordKind: Record; record: Bytes; thread?: Bytes },
): Promise<Promised> {
  try {
    return await checked(received, pins, sent);
  } catch (error) {
    // The record's own readers refuse in their own class.
    return error instanceof Error && error.name === "SealingError"
      ? Promise.reject(error)
      : fail("altered", "what the server promised is not in the form it must have");
  }
}

async function checked(
  received: Received,
  pins: Pins,
  { envelope, recordKind, record, thread }: { envelope: Bytes; recordKind: Record; record: Bytes; thread?: Bytes },
): Promise<Promised> {
  const note = fromBase64(received.ack);
  const { leaf, includeBy } = await readAck(note, pins);
  if (leaf !== received.leaf) fail("altered", "the acknowledgement names another entry than the answer does");
  const promised = { leaf, includeBy: new Date(includeBy * 1000), due: { duty: "", day: "" }, note, opening: null };
  if (!received.opening || !thread) return promised;
  const place: Place = {
    deployment: unhex(pins.deployment, 32),
    recordKind,
    record,
    compartment: recordKind === Record.File ? Compartment.VictimIdentity : Compartment.Narrative,
    field: Field.Opening,
    version: 0,
  };
  const plain = await openValue(place, await secretFrom(thread), fromBase64(received.opening));
  const opening = parseCanonical(plain);
  if (!isObject(opening)) return fail("altered", "the opening of the entry is not in the form it must have");
  const entry = await checkOpening(opening);
  const shown = Object.fromEntries(entry.fields);
  if (hex(await leafHash(entry.bytes)) !== leaf) fail("altered", "the opening is of another entry");
  if (shown["ciphertext_sha256"] !== hex(await sha256(envelope)))
    fail("altered", "the server committed to other bytes than those that were sent");
  return { ...promised, opening, due: owed(shown) };
}

/** What an event says is owed, and by when. */
export function owed(event: Fields): { duty: string; day: string } {
  const { obligation } = event;
  if (!isObject(obligation)) return { duty: "", day: "" };
  return { duty: String(obligation["duty"] ?? ""), day: String(obligation["due"] ?? "") };
}
