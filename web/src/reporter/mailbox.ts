// A mailbox as its owner reads it: everything her key opens, in the order in which it was written. Pure.

import { type Bytes, fromBase64, fromUtf8, hex, same, sha256, unhex } from "../sealing/bytes";
import { type Secret, secretFrom } from "../sealing/curves";
import { SealingError, fail } from "../sealing/errors";
import { openPrivate } from "../sealing/mailbox";
import { Compartment, Field, type Place, REPORTER, Record } from "../sealing/place";
import { epochOf, openValue, openWrap } from "../sealing/values";
import { threadOf } from "../sealing/compose";

/** What stands in the thread: messages either way, and the notice of a decision: why, and how to contest it. */
const WRITTEN: ReadonlySet<Field> = new Set([Field.Message, Field.Notice]);

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
}

export interface ValueJson {
  record: string;
  record_kind: number;
  compartment: number;
  field: number;
  version: number;
  sealed: string;
  leaf: string | null;
  from?: string;
  day?: string;
}

/** One message of the thread. `gap`: it answers one that is not here, so one was lost or held back. */
export interface Message {
  mine: boolean;
  day: string;
  text: string;
  checkIn: string;
  digest: string;
  after: string;
  gap: boolean;
}

/** One epoch of a compartment, with the private key where she holds it. */
export interface Part {
  compartment: Compartment;
  epoch: number;
  publicKey: Bytes;
  raw?: Bytes;
}

export type Json = { [name: string]: unknown };

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
}

export interface Mailbox {
  oneTime: boolean;
  opened: string | null;
  withdrawn: boolean;
  reporter: Bytes;
  records: RecordBox[];
}

/** Opens everything. Refuses a mailbox that is not one. */
export async function openMailbox(box: BoxJson, k: Bytes, deployment: Bytes, number: number): Promise<Mailbox> {
  try {
    const reporter = await openPrivate(k, deployment, number, fromBase64(box.salt), fromBase64(box.key));
    const secrets = [await secretFrom(reporter)];
    for (const { salt, key } of box.submissions)
      if (salt && key)
        secrets.push(await secretFrom(await openPrivate(k, deployment, number, fromBase64(salt), fromBase64(key))));
    const names = [...new Set(box.compartments.map(({ record }) => record))].sort();
    const records = await Promise.all(names.map((name) => openRecord(box, name, deployment, secrets)));
    return { oneTime: box.one_time, opened: box.opened, withdrawn: !!box.withdrawn, reporter, records };
  } catch (error) {
    if (error instanceof SealingError) throw error;
    return fail("altered", "the mailbox cannot be read");
  }
}

async function openRecord(box: BoxJson, name: string, deployment: Bytes, secrets: Secret[]): Promise<RecordBox> {
  const of = <T extends { record: string }>(items: T[]): T[] => items.filter(({ record }) => record === name);
  const recordKind = of(box.compartments)[0]!.record_kind;
  if (recordKind !== Record.Report && recordKind !== Record.File) fail("altered", "a mailbox holds no such record");
  const place = (compartment: Compartment, field: Field, version: number): Place => ({
    deployment,
    recordKind,
    record: unhex(name, 16),
    compartment,
    field,
    version,
  });
  let altered = 0;
  const parts: Part[] = [];
  for (const one of of(box.compartments)) {
    const part: Part = { compartment: one.compartment, epoch: one.epoch, publicKey: fromBase64(one.public) };
    const raw =
      one.wrap && (await openedWrap(place(one.compartment, Field.None, 0), secrets, one.wrap, part.publicKey));
    if (raw) part.raw = raw;
    else if (one.wrap) altered++;
    parts.push(part);
  }
  const values: { field: Field; compartment: Compartment; digest: string; json: Json; mine: boolean }[] = [];
  for (const one of of(box.values)) {
    if (one.field === Field.File || one.field === Field.Cleaned) continue;
    try {
      const sealed = fromBase64(one.sealed);
      const epoch = epochOf(sealed);
      const keys = parts.filter((part) => part.compartment === one.compartment && part.epoch === epoch && part.raw);
      if (!keys.length) continue;
      const plain = await openedValue(place(one.compartment, one.field, one.version), keys, sealed);
      const json = JSON.parse(fromUtf8(plain)) as Json;
      if (typeof json !== "object" || !json) throw new SealingError("altered", "a value holds no text of ours");
      const digest = hex(await sha256(sealed));
      values.push({ field: one.field, compartment: one.compartment, digest, json, mine: one.from === "reporter" });
    } catch {
      altered++;
    }
  }
  const with_ = (field: Field): Json[] => values.filter((one) => one.field === field).map(({ json }) => json);
  return {
    recordKind,
    record: unhex(name, 16),
    reporter: secrets[0]!.publicKey,
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
    altered,
  };
}

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

export const said = (json: Json, name: string): string => {
  const value = json[name];
  return typeof value === "string" ? value : "";
};

/** Whose it is follows from how it came, and not from what it says of itself. */
const messageOf = (json: Json, digest: string, mine: boolean): Message => ({
  mine,
  day: said(json, "day"),
  text: said(json, "text"),
  checkIn: said(json, "check_in"),
  digest,
  after: said(json, "after"),
  gap: false,
});

/** Messages by day, each after the one that it says it came after; marked where that one is missing. */
export function inOrder(messages: readonly Message[]): Message[] {
  const waiting = [...messages].sort((a, b) => (a.day + a.digest < b.day + b.digest ? -1 : 1));
  const known = new Set(waiting.map(({ digest }) => digest));
  const seen = new Set<string>();
  const out: Message[] = [];
  while (waiting.length) {
    const ready = waiting.findIndex(({ after }) => !after || seen.has(after) || !known.has(after));
    const [first] = waiting.splice(Math.max(0, ready), 1);
    seen.add(first!.digest);
    out.push({ ...first!, gap: !!first!.after && !known.has(first!.after) });
  }
  return out;
}

/** What something new is sealed to: the newest epoch. Of compartments she reads, only keys whose other half she holds. */
export function newest(box: RecordBox, compartment: Compartment): Part {
  const own = box.parts.some((part) => part.compartment === compartment && part.raw);
  const found = box.parts.filter((part) => part.compartment === compartment && (part.raw || !own));
  const last = found.sort((a, b) => b.epoch - a.epoch)[0];
  return last ?? fail("altered", "this mailbox lacks a key");
}

/** The consents now in force: those of the last submission that states them. */
export const consentsOf = (box: RecordBox): string[] =>
  box.submissions.filter(({ kind }) => !["addition", "withdrawal", 3, 4].includes(kind)).at(-1)?.consents ?? [];
