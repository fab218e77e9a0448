// What is added to a record later: a message, files, consents, a withdrawal, and new keys when the words change.

import { type Bytes, concat, hex, same, uint } from "../sealing/bytes";
import { type Lookup, lookupOf, signingSeed } from "../sealing/codes";
import { type Made, assemble, jsonBytes, newVersion, put, threadOf } from "../sealing/compose";
import { generate } from "../sealing/curves";
import { Channel, Kind, type Sealed, type Unsigned, type Value, encode, encodeDelivery } from "../sealing/envelope";
import { fail } from "../sealing/errors";
import { encodeCredentials, makeCredentials } from "../sealing/mailbox";
import { COMPARTMENTS, type Compartment, Field, type Place, RECOVERY, REPORTER } from "../sealing/place";
import type { ReadersNote } from "../sealing/readers";
import { sign } from "../sealing/signing";
import { sealWrap } from "../sealing/values";
import { message } from "./contents";
import { type Mailbox, type Part, type RecordBox, newest } from "./mailbox";
import { type Received, post, worked } from "./server";

/** What opens the mailbox at the server. */
export interface Opened {
  k: Bytes;
  box: number;
  deployment: Bytes;
}

/** The bytes of an envelope signed with the key of these words; `following` signs from then on, where it is another. */
const signed = async ({ k, box }: Opened, envelope: Unsigned, following?: Bytes): Promise<Bytes> =>
  encode(await sign(envelope, await signingSeed(k, box), following));

const NONE = new Uint8Array(0);

const address = ({ l, auth }: Lookup, box: number): Bytes => concat([box], l, auth);

/** The request that names and opens a mailbox. */
export const opening = async ({ k, box }: Opened): Promise<Bytes> => address(await lookupOf(k, box), box);

/** A compartment's newest key, ready to be sealed to. */
export function target(opened: Opened, record: RecordBox, compartment: Compartment): Made {
  const { epoch, publicKey } = newest(record, compartment);
  const { deployment } = opened;
  const { recordKind, record: id } = record;
  return {
    sealed: { compartment, epoch, publicKey, wraps: [] },
    place: (field, version): Place => ({ deployment, recordKind, record: id, compartment, field, version }),
  };
}

/** What later material says of itself in clear. */
interface Later {
  kind: Kind.Addition | Kind.Withdrawal | Kind.Consent;
  values?: Value[];
  files?: Parameters<typeof assemble>[0]["files"];
  consents?: string[];
}

/** Sends later material of one record; the envelope, and what the server promised for it. */
export async function add(
  opened: Opened,
  record: RecordBox,
  language: string,
  later: Later,
): Promise<{ envelope: Bytes; received: Received }> {
  const { kind, values = [], files = [], consents = [] } = later;
  const envelope = await signed(
    opened,
    assemble({
      kind,
      channel: Channel.Web,
      deployment: opened.deployment,
      recordKind: record.recordKind,
      record: record.record,
      language,
      reporter: record.reporter,
      values,
      files,
      consents,
    }),
  );
  const opens = await opening(opened);
  const received = await worked(envelope, (done) =>
    post("/api/box/add/", concat(opens, encodeDelivery(done, NONE, envelope))),
  );
  return { envelope, received };
}

/** A message as a value of the thread. */
export const messageValue = (
  opened: Opened,
  record: RecordBox,
  text: string,
  day: string,
  checkIn: string,
): Promise<Value> => {
  const after = record.messages.at(-1)?.digest ?? "";
  const made = target(opened, record, threadOf(record.recordKind));
  return put(made, Field.Message, newVersion(), message(text, day, after, checkIn));
};

/** Reasons that come with a withdrawal. */
export const reasonsValue = (opened: Opened, record: RecordBox, text: string, day: string): Promise<Value> =>
  put(
    target(opened, record, threadOf(record.recordKind)),
    Field.Reasons,
    newVersion(),
    jsonBytes({ v: 1, from: "reporter", day, text }),
  );

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
