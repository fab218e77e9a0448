// New keys of everything, when the words change: fetched only then.

import { type Bytes, concat, hex, same, uint } from "../sealing/bytes";
import { signingSeed } from "../sealing/codes";
import { assemble } from "../sealing/compose";
import { generate } from "../sealing/curves";
import { Channel, Kind, type Sealed } from "../sealing/envelope";
import { fail } from "../sealing/errors";
import { encodeCredentials, makeCredentials } from "../sealing/mailbox";
import { COMPARTMENTS, type Compartment, Field, type Place, RECOVERY, REPORTER } from "../sealing/place";
import type { ReadersNote } from "../sealing/readers";
import { sealWrap } from "../sealing/values";
import { type Opened, opening, signed } from "./adding";
import type { Mailbox, Part, RecordBox } from "./mailbox";
import { type Received, post, worked } from "./server";

/**
 * New keys of every compartment of a record, and her old keys wrapped to her new one. Whoever knew the words before reads
 * nothing written from here on. Wraps go to no key but those of the signed note of readers.
 */
export async function rekey(
  opened: Opened,
  record: RecordBox,
  note: ReadersNote,
  reporterPublic: Bytes,
  seed: Bytes,
  language: string,
): Promise<Bytes> {
  const compartments: Sealed[] = [];
  const { recordKind, record: id } = record;
  const { deployment } = opened;
  const placeOf = (compartment: Compartment): Place => ({
    ...{ deployment, recordKind, record: id, compartment },
    ...{ field: Field.None, version: 0 },
  });
  for (const compartment of COMPARTMENTS[recordKind]!) {
    const parts = record.parts.filter((part) => part.compartment === compartment);
    const place = placeOf(compartment);
    const epoch = Math.max(...parts.map((part) => part.epoch)) + 1;
    const { raw, publicKey } = await generate();
    const to = (record.holders.get(compartment) ?? []).map((holder) => known(note, holder));
    if (parts.some((part) => part.raw)) to.push({ id: REPORTER, publicKey: reporterPublic });
    to.push({ id: RECOVERY, publicKey: note.recovery.publicKey });
    const wraps = [];
    for (const holder of to)
      wraps.push({ holder: holder.id, wrap: await sealWrap(place, holder.id, holder.publicKey, raw, { epoch }) });
    raw.fill(0);
    compartments.push({ compartment, epoch, publicKey, wraps });
    compartments.push(...(await rewrapped(parts, place, reporterPublic)));
  }
  const contents = {
    kind: Kind.Addition,
    channel: Channel.Web,
    deployment,
    recordKind,
    record: id,
    language,
    reporter: reporterPublic,
    compartments,
  };
  return signed(opened, assemble(contents), seed);
}

async function rewrapped(parts: Part[], place: Place, reporterPublic: Bytes): Promise<Sealed[]> {
  const out: Sealed[] = [];
  for (const { compartment, epoch, publicKey, raw, signed } of parts)
    if (raw) {
      const wrap = await sealWrap(place, REPORTER, reporterPublic, raw, { epoch });
      const one = { compartment, epoch, publicKey, wraps: [{ holder: REPORTER, wrap }] };
      // What neither she nor the office began she keeps to read with, and does not make hers by signing it.
      out.push(signed ? one : { ...one, signature: new Uint8Array(64) });
    }
  return out;
}

function known(note: ReadersNote, holder: { id: Bytes; publicKey: Bytes }): { id: Bytes; publicKey: Bytes } {
  const reader = note.readers.find(({ id }) => hex(id) === hex(holder.id));
  return reader && same(reader.publicKey, holder.publicKey)
    ? holder
    : fail("readers", "a holder of this record is not in the signed note of readers");
}

/** Changes the words: a new mailbox key, and new keys of every record in it. */
export async function changeCode(
  opened: Opened,
  mailbox: Mailbox,
  note: ReadersNote,
  newK: Bytes,
  language: string,
): Promise<Received> {
  const reporter = await generate();
  const credentials = await makeCredentials(newK, opened.deployment, opened.box, reporter.raw);
  reporter.raw.fill(0);
  const envelopes: Bytes[] = [];
  const seed = await signingSeed(newK, opened.box);
  for (const record of mailbox.records)
    envelopes.push(await rekey(opened, record, note, reporter.publicKey, seed, language));
  const rest = concat(
    encodeCredentials(credentials),
    uint(envelopes.length, 1),
    ...envelopes.flatMap((one) => [uint(one.length, 4), one]),
  );
  const opens = await opening(opened);
  return worked(rest, (done) => post("/api/box/code/", concat(opens, uint(done.length, 2), done, rest)));
}
