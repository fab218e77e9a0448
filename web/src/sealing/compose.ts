// Submissions: a new record with all its compartments, and what is added to one later.

import { type Bytes, random, type Rng, utf8 } from "./bytes";
import { generate } from "./curves";
import type { Attached, Channel, Kind, Sealed, Unsigned, Value } from "./envelope";
import { sorted } from "./envelope";
import { fail } from "./errors";
import { COMPARTMENTS, Compartment, Field, type Place, RECOVERY, REPORTER, Record } from "./place";
import { type ReadersNote, holders } from "./readers";
import { sealValue, sealWrap } from "./values";

/** The compartments whose keys the reporter holds. */
const OWN: { [record: number]: readonly Compartment[] } = {
  [Record.Report]: [Compartment.ReporterIdentity, Compartment.Narrative],
  [Record.File]: [Compartment.VictimIdentity],
};

/** Where the thread between a person and the desk is. */
export const threadOf = (recordKind: Record): Compartment =>
  recordKind === Record.File ? Compartment.VictimIdentity : Compartment.Narrative;

/** The least padded size of a value: forms and messages never show that they are short. */
export function leastOf(compartment: Compartment, field: Field): number {
  const long = compartment === Compartment.Narrative || compartment === Compartment.MedicalAssistance;
  if (field === Field.Form) return long ? 16_384 : 2_048;
  return field === Field.Message ? 2_048 : 512;
}

/** Of the keys of a new record. */
export const FIRST_EPOCH = 1;

/** A version that nobody else draws. Zero is the form's. */
export const newVersion = (rng: Rng = random): number => new DataView(rng(4).buffer).getUint32(0) || 1;

export interface Choice {
  deployment: Bytes;
  recordKind: Record.Report | Record.File;
  record: Bytes;
  struck: Bytes[];
  independent: boolean;
  reporterPublic: Bytes;
}

/** A compartment's key at an epoch, and its place for a field. */
export interface Made {
  sealed: Sealed;
  place: (field: Field, version: number) => Place;
}

/** New keys for every compartment of a record, wrapped to all who may hold them. The private halves are forgotten. */
export async function makeCompartments(
  choice: Choice,
  note: ReadersNote,
  { epoch = FIRST_EPOCH, rng = random as Rng, only = undefined as readonly Compartment[] | undefined } = {},
): Promise<Map<Compartment, Made>> {
  const { deployment, recordKind, record, struck, independent, reporterPublic } = choice;
  const out = new Map<Compartment, Made>();
  for (const compartment of only ?? COMPARTMENTS[recordKind]!) {
    const { raw, publicKey } = await generate(rng);
    const place = (field: Field, version: number): Place => ({
      deployment,
      recordKind,
      record,
      compartment,
      field,
      version,
    });
    const readers = holders(note, recordKind, compartment, struck, independent);
    if (!readers.length) fail("rejected", "at least one reader must remain");
    const to = [
      ...(OWN[recordKind]?.includes(compartment) ? [{ id: REPORTER, publicKey: reporterPublic }] : []),
      ...readers,
      { id: RECOVERY, publicKey: note.recovery.publicKey },
    ];
    const wraps = [];
    for (const holder of to)
      wraps.push({
        holder: holder.id,
        wrap: await sealWrap(place(Field.None, 0), holder.id, holder.publicKey, raw, { epoch, rng }),
      });
    raw.fill(0);
    out.set(compartment, { sealed: { compartment, epoch, publicKey, wraps }, place });
  }
  return out;
}

/** Canonical enough for every reader: members in order, no spaces. */
export function jsonBytes(value: { [name: string]: unknown }): Bytes {
  const ordered = (one: unknown): unknown =>
    typeof one === "object" && one && !Array.isArray(one)
      ? Object.fromEntries(
          Object.entries(one)
            .filter(([, inner]) => inner !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, inner]) => [name, ordered(inner)]),
        )
      : one;
  // A lone surrogate, which a keyboard may leave behind, has no form in UTF-8.
  return utf8(JSON.stringify(ordered(value)).replace(/\\ud[89a-f][0-9a-f]{2}/gi, "\ufffd"));
}

/** Seals one value into a compartment. */
export const put = async (
  made: Made,
  field: Field,
  version: number,
  data: Bytes,
  rng: Rng = random,
): Promise<Value> => {
  const { compartment, publicKey, epoch } = made.sealed;
  const least = leastOf(compartment, field);
  return {
    compartment,
    field,
    version,
    data: await sealValue(made.place(field, version), publicKey, data, { epoch, least, rng }),
  };
};

/** What an envelope says in clear, and what it carries. */
export interface Contents {
  kind: Kind;
  channel: Channel;
  deployment: Bytes;
  recordKind: Record;
  record: Bytes;
  language: string;
  /** Her X25519 key from now on. */
  reporter: Bytes;
  submission?: Bytes;
  urgent?: boolean;
  independent?: boolean;
  struck?: Bytes[];
  consents?: string[];
  compartments?: Sealed[];
  values?: Value[];
  files?: Attached[];
}

/** An envelope, to be signed yet, with its lists in order and a new submission id. */
export const assemble = (contents: Contents, rng: Rng = random): Unsigned =>
  sorted({
    submission: contents.submission ?? rng(16),
    urgent: false,
    independent: false,
    struck: [],
    consents: [],
    compartments: [],
    values: [],
    files: [],
    ...contents,
  });
