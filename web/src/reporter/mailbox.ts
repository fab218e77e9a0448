// A mailbox as its owner reads it: everything her key opens, in the order in which it was written. Pure. Whoever keeps
// the mailboxes can seal to her, too: nothing counts as the office's that it did not sign, and she seals to no key that
// neither she nor the office signed.

import { verifyEpoch, verifyValue } from "../sealing/answers";
import { type Bytes, fromBase64, fromUtf8, hex, same, sha256, unhex } from "../sealing/bytes";
import { signingSeed } from "../sealing/codes";
import { type Secret, secretFrom } from "../sealing/curves";
import { SealingError, fail } from "../sealing/errors";
import { openPrivate } from "../sealing/mailbox";
import { Compartment, Field, type Place, REPORTER, Record } from "../sealing/place";
import { epochSignedBy, signerOf } from "../sealing/signing";
import { epochOf, openValue, openWrap } from "../sealing/values";
import { threadOf } from "../sealing/compose";
import { type Json, type Message, inOrder, messageOf, said } from "./thread";

/** What stands in the thread: messages either way, and the notice of a decision: why, and how to contest it. */
const WRITTEN: ReadonlySet<Field> = new Set([Field.Message, Field.Notice]);
/** What may be there without the office's signature: her own words, and the opening that the door gives her entry. */
const UNSIGNED: { [from: string]: readonly Field[] | undefined } = {
  "reporter": [Field.Form, Field.Message, Field.Reasons],
  "intake": [Field.Opening],
};

/** What the server gives for a mailbox. */
export interface BoxJson {
  salt: string;
  key: string;
  one_time: boolean;
  opened: string | null;
  withdrawn?: boolean;
  submissions: SubmissionJson[];
  compartments: CompartmentJson[];
  values: ValueJson[];
  holders: { [record: string]: { [compartment: string]: { id: string; public: string }[] } };
  readers: string;
}

export interface SubmissionJson {
  id: string;
  kind: string | number;
  record: string;
  record_kind: number;
  leaf: string;
  day: string;
  state: string;
  ack: string;
  receipt: string | null;
  number: number;
  consents: string[];
  salt?: string | null;
  key?: string | null;
}

export interface CompartmentJson {
  record: string;
  record_kind: number;
  compartment: number;
  epoch: number;
  public: string;
  wrap: string | null;
  submission: string | null;
  /** Of whoever began it: she or the office. */
  signature: string | null;
}

export interface ValueJson {
  record: string;
  record_kind: number;
  compartment: number;
  field: number;
  version: number;
  sealed: string;
  leaf: string | null;
  /** The office's. */
  signature: string | null;
  from?: string;
  day?: string;
}

/** One epoch of a compartment, with the private key where she holds it. `signed`: by her or by the office. */
export interface Part {
  compartment: Compartment;
  epoch: number;
  publicKey: Bytes;
  raw?: Bytes;
  signed: boolean;
}

export interface RecordBox {
  recordKind: Record.Report | Record.File;
  record: Bytes;
  /** Her own public key, which what she writes names. */
  reporter: Bytes;
  parts: Part[];
  messages: Message[];
  status: Json;
  forms: Map<Compartment, Json>;
  openings: Json[];
  submissions: SubmissionJson[];
  holders: Map<Compartment, { id: Bytes; publicKey: Bytes }[]>;
  /** How many things did not open. They are counted, never hidden. */
  altered: number;
  /** How many are there in the office's name that it did not sign. They are counted, and never shown. */
  unsigned: number;
  /** Whether there is a newer key than any that she or the office signed. Nothing is sealed to it. */
  strangeKeys: boolean;
}

export interface Mailbox {
  oneTime: boolean;
  opened: string | null;
  withdrawn: boolean;
  reporter: Bytes;
  records: RecordBox[];
}

/** What a mailbox is opened with. `office`: the keys in the readers' note; `own`: the public key of her words. */
interface Keys {
  deployment: Bytes;
  secrets: Secret[];
  office: readonly Bytes[];
  own: Bytes;
}

/** Opens everything. `office`: the keys under which answers count. Refuses a mailbox that is not one. */
export async function openMailbox(
  box: BoxJson,
  k: Bytes,
  deployment: Bytes,
  number: number,
  office: readonly Bytes[],
): Promise<Mailbox> {
  try {
    const reporter = await openPrivate(k, deployment, number, fromBase64(box.salt), fromBase64(box.key));
    const secrets = [await secretFrom(reporter)];
    for (const { salt, key } of box.submissions)
      if (salt && key)
        secrets.push(await secretFrom(await openPrivate(k, deployment, number, fromBase64(salt), fromBase64(key))));
    const keys = { deployment, secrets, office, own: await signerOf(await signingSeed(k, number)) };
    const names = [...new Set(box.compartments.map(({ record }) => record))].sort();
    const records = await Promise.all(names.map((name) => openRecord(box, name, keys)));
    return { oneTime: box.one_time, opened: box.opened, withdrawn: !!box.withdrawn, reporter, records };
  } catch (error) {
    if (error instanceof SealingError) throw error;
    return fail("altered", "the mailbox cannot be read");
  }
}

type PlaceOf = (compartment: Compartment, field: Field, version: number) => Place;

async function openRecord(box: BoxJson, name: string, keys: Keys): Promise<RecordBox> {
  const of = <T extends { record: string }>(items: T[]): T[] => items.filter(({ record }) => record === name);
  const rows = of(box.compartments);
  const recordKind = rows[0]!.record_kind;
  if (recordKind !== Record.Report && recordKind !== Record.File) fail("altered", "a mailbox holds no such record");
  const { deployment } = keys;
  const record = unhex(name, 16);
  const place: PlaceOf = (compartment, field, version) => ({
    ...{ deployment, recordKind, record },
    ...{ compartment, field, version },
  });
  const parts: Part[] = [];
  for (const one of rows) parts.push(await partOf(one, place(one.compartment, Field.None, 0), keys));
  const { values, altered, unsigned } = await valuesOf(of(box.values), parts, place, keys.office);
  const with_ = (field: Field): Json[] => values.filter((one) => one.field === field).map(({ json }) => json);
  return {
    recordKind,
    record,
    reporter: keys.secrets[0]!.publicKey,
    parts,
    messages: inOrder(
      values
        .filter(({ field, compartment }) => WRITTEN.has(field) && compartment === threadOf(recordKind))
        .map(({ json, digest, mine }) => messageOf(json, digest, mine)),
    ),
    status: with_(Field.Status).sort((a, b) => (said(a, "day") < said(b, "day") ? 1 : -1))[0] ?? {},
    forms: new Map(values.filter(({ field }) => field === Field.Form).map((one) => [one.compartment, one.json])),
    openings: with_(Field.Opening),
    submissions: of(box.submissions).sort((a, b) => a.number - b.number),
    holders: new Map(
      Object.entries(box.holders[name] ?? {}).map(([part, holders]) => [
        Number(part) as Compartment,
        holders.map((one) => ({ id: unhex(one.id, 16), publicKey: unhex(one.public, 32) })),
      ]),
    ),
    altered: altered + rows.filter(({ wrap }, i) => wrap && !parts[i]!.raw).length,
    unsigned,
    strangeKeys: parts.some((part) => !part.signed && part.epoch >= lastSigned(parts, part.compartment)),
  };
}

const lastSigned = (parts: readonly Part[], compartment: Compartment): number =>
  Math.max(-1, ...parts.filter((one) => one.signed && one.compartment === compartment).map(({ epoch }) => epoch));

/** One epoch, with its private key if a wrap of hers gives it. */
async function partOf(one: CompartmentJson, place: Place, { secrets, office, own }: Keys): Promise<Part> {
  const { compartment, epoch } = one;
  const publicKey = fromBase64(one.public);
  const raw = one.wrap ? await openedWrap(place, secrets, one.wrap, publicKey) : undefined;
  const signature = one.signature ? fromBase64(one.signature) : null;
  const signed =
    signature?.length === 64 &&
    ((await epochSignedBy(own, place, epoch, publicKey, signature)) ||
      (await verifyEpoch(office, place, epoch, publicKey, signature)));
  return { compartment, epoch, publicKey, signed, ...(raw ? { raw } : {}) };
}

/** A value that opened. */
interface Found {
  field: Field;
  compartment: Compartment;
  digest: string;
  json: Json;
  mine: boolean;
}

/** What opens and is whose it is said to be; how many do not open; how many the office did not sign. */
async function valuesOf(
  rows: ValueJson[],
  parts: Part[],
  placeOf: PlaceOf,
  office: readonly Bytes[],
): Promise<{ values: Found[]; altered: number; unsigned: number }> {
  const values: Found[] = [];
  const seen = new Set<string>();
  let [altered, unsigned] = [0, 0];
  for (const one of rows) {
    const { compartment, field, version } = one;
    const again = `${compartment} ${field} ${version} ${one.sealed}`;
    if (field === Field.File || field === Field.Cleaned || seen.has(again)) continue;
    seen.add(again);
    try {
      const sealed = fromBase64(one.sealed);
      const place = placeOf(compartment, field, version);
      if (!(await isFrom(one, place, sealed, office))) {
        unsigned++;
        continue;
      }
      const epoch = epochOf(sealed);
      const held = parts.filter((part) => part.compartment === compartment && part.epoch === epoch && part.raw);
      if (!held.length) continue;
      const json = JSON.parse(fromUtf8(await openedValue(place, held, sealed))) as Json;
      if (typeof json !== "object" || !json) throw new SealingError("altered", "a value holds no text of ours");
      values.push({ field, compartment, digest: hex(await sha256(sealed)), json, mine: one.from === "reporter" });
    } catch {
      altered++;
    }
  }
  return { values, altered, unsigned };
}

/** Whether a value is whose it is said to be: signed by the office, or of the few that need no signature. */
const isFrom = async (one: ValueJson, place: Place, sealed: Bytes, office: readonly Bytes[]): Promise<boolean> =>
  !!UNSIGNED[one.from ?? ""]?.includes(one.field) ||
  verifyValue(office, place, sealed, one.signature ? fromBase64(one.signature) : null);

/** The key in a wrap, if one of hers opens it and it is the private half of the key that the server names. */
async function openedWrap(place: Place, secrets: Secret[], wrap: string, publicKey: Bytes): Promise<Bytes | undefined> {
  for (const secret of secrets)
    try {
      const raw = await openWrap(place, REPORTER, secret, fromBase64(wrap));
      if (same((await secretFrom(raw)).publicKey, publicKey)) return raw;
    } catch (error) {
      if (!(error instanceof SealingError)) throw error;
    }
  return undefined;
}

async function openedValue(place: Place, keys: Part[], sealed: Bytes): Promise<Bytes> {
  let last: unknown;
  for (const { raw } of keys)
    try {
      return await openValue(place, await secretFrom(raw!), sealed);
    } catch (error) {
      last = error;
    }
  throw last;
}

/**
 * What something new is sealed to: the newest epoch that she or the office signed. Of compartments she reads, only keys
 * whose other half she holds.
 */
export function newest(box: RecordBox, compartment: Compartment): Part {
  const known = box.parts.filter((part) => part.compartment === compartment && part.signed);
  const own = known.filter(({ raw }) => raw);
  const last = (own.length ? own : known).sort((a, b) => b.epoch - a.epoch)[0];
  return last ?? fail("altered", "this mailbox lacks a key");
}

/** The consents now in force: those of the last submission that states them. */
export const consentsOf = (box: RecordBox): string[] =>
  box.submissions.filter(({ kind }) => !["addition", "withdrawal", 3, 4].includes(kind)).at(-1)?.consents ?? [];
