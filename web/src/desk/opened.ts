// What this page has opened: the keys of compartments, while the page lasts, and what they opened.

import { type Bytes, fromBase64, fromUtf8, same, toBase64, unhex, utf8 } from "../sealing/bytes";
import type { Secret } from "../sealing/curves";
import { SealingError } from "../sealing/errors";
import { leastOf } from "../sealing/compose";
import { COMPARTMENT_CODES, type Compartment, Field, type Record } from "../sealing/place";
import { openValue, sealValue } from "../sealing/values";
import { post } from "./asking";
import { type Where, newVersion, placeOf, unwrap } from "./compartments";
import { Trouble, facts, pins } from "./page";
import type { Keys } from "./keys";

/** A compartment as the page names it. */
export interface PartFacts {
  compartment: string;
  epoch: number;
  public: string;
  held: boolean;
}

interface ValueFacts {
  field: string;
  version: number;
  epoch: number;
  sealed: string;
  day: string;
  ours: boolean;
  /** Why it may not come from the reporter: "unsigned", "former" or "beside"; empty for what is hers, or the desk's. */
  standing: string;
  /** A notice that was proposed and that no decision has sent. */
  unsent: boolean;
}

export interface FileFacts {
  id: string;
  version: number;
  length: number;
  sha256: string;
  cleaned: boolean;
  /** Of a cleaned copy: the original that it was made of. */
  of: string;
  /** Who made a cleaned copy, by the way it came in: "browser", "site" or "either"; empty for an original. */
  maker: string;
  standing: string;
}

interface Answer {
  /** The epoch that new values are sealed to; 0 when the compartment has ended. */
  current: number;
  wraps: { epoch: number; wrap: string }[];
  values: ValueFacts[];
  files: FileFacts[];
}

/**
 * One value of a compartment: opened, or only named: it does not open (`failed`), or this person has not been given the
 * key that its bytes name (`keyless`), which is nothing altered.
 */
export interface Opened extends ValueFacts {
  bytes: Bytes;
  data?: unknown;
  failed: boolean;
  keyless?: boolean;
}

/** A compartment that is open on this page. */
export interface Part {
  where: Where;
  current: number;
  /** Per epoch. */
  secrets: Map<number, Secret>;
  wraps: Map<number, Bytes>;
  values: Opened[];
  files: FileFacts[];
}

const FIELD_CODES = ["none", "form", "message", "file", "status", "opening", "reasons", "notice", "review", "note"];
FIELD_CODES.push("recusal", "answer", "cleaned");

/** The bytes before a sealed value's own: its mark, type and suite, and last the number of its epoch. */
const HEADER = 10;

export const fieldOf = (code: string): Field => FIELD_CODES.indexOf(code) as Field;

/** Where a compartment of a record of this page is. */
export function whereOf(compartment: string, record: string, kind: number): Where {
  return {
    deployment: unhex(pins().deployment, 32),
    recordKind: kind as Record,
    record: unhex(record, 16),
    compartment: COMPARTMENT_CODES.indexOf(compartment) as Compartment,
  };
}

/** Fetches and unwraps a compartment's keys. Noted by the server as a read. Throws Trouble "no_wrap", "altered". */
export async function fetchPart(
  keys: Keys,
  where: Where,
  record: string,
  act: "read" | "grant" = "read",
  reason = "",
): Promise<{ part: Part; answer: Answer }> {
  const compartment = COMPARTMENT_CODES[where.compartment]!;
  const answer = await post<Answer>(`records/${record}/open/`, { compartment, act, reason });
  if (!answer.wraps.length) throw new Trouble("no_wrap");
  const part: Part = {
    where,
    current: answer.current,
    secrets: new Map(),
    wraps: new Map(),
    values: [],
    files: answer.files,
  };
  for (const { epoch, wrap } of answer.wraps) {
    const bytes = fromBase64(wrap);
    part.wraps.set(epoch, bytes);
    const secret = await unwrap(keys, where, bytes).catch((): never => {
      throw new Trouble("altered", { id: `wrap/${epoch}` });
    });
    part.secrets.set(epoch, secret);
  }
  return { part, answer };
}

/** Opens a compartment: its keys and every value that is not the head of a file. */
export async function openPart(keys: Keys, where: Where, record: string): Promise<Part> {
  const { part, answer } = await fetchPart(keys, where, record);
  part.values = await Promise.all(answer.values.map((value) => openOne(part, value)));
  return part;
}

/** The number within its place: above 2^32 the server counts which copy of a report it came with. */
export const numbered = (version: number): number => version % 2 ** 32;

/** Whether a value is sealed to a key that this person has not been given, by the number that its own bytes name. */
export function keyless(part: Part, value: { epoch: number }, bytes: Bytes): boolean {
  if (part.secrets.has(value.epoch) || bytes.length < HEADER) return false;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(HEADER - 4) === numbered(value.epoch);
}

/** One value of a compartment whose keys are here, opened. */
export async function openOne(part: Part, value: ValueFacts): Promise<Opened> {
  const bytes = fromBase64(value.sealed);
  const field = fieldOf(value.field);
  if (field === Field.File || field === Field.Cleaned) return { ...value, bytes, failed: false };
  if (keyless(part, value, bytes)) return { ...value, bytes, failed: false, keyless: true };
  const secret = part.secrets.get(value.epoch);
  try {
    if (!secret) throw new SealingError("altered", "no key of this epoch");
    const plain = await openValue(placeOf(part.where, field, numbered(value.version)), secret, bytes);
    return { ...value, bytes, data: JSON.parse(fromUtf8(plain)), failed: false };
  } catch {
    return { ...value, bytes, failed: true };
  }
}

export interface SealedValue {
  compartment: string;
  version: number;
  data: string;
}

/**
 * Seals JSON to a compartment. The key is the one that this page opened, where it did; the server's word is taken only
 * for a compartment that this person adds to without reading it. Throws Trouble "key_differs".
 */
export async function sealInto(
  facts_: PartFacts,
  where: Where,
  open: Part | undefined,
  field: Field,
  content: unknown,
): Promise<SealedValue> {
  const named = unhex(facts_.public, 32);
  const secret = open?.secrets.get(facts_.epoch);
  if (secret && !same(secret.publicKey, named)) throw new Trouble("key_differs");
  const version = newVersion();
  const sealed = await sealValue(placeOf(where, field, version), named, utf8(JSON.stringify(content)), {
    epoch: numbered(facts_.epoch),
    least: leastOf(where.compartment, field),
  });
  return { compartment: facts_.compartment, version, data: toBase64(sealed) };
}

/** The compartments of the page's own record. */
export const partsOf = (): PartFacts[] => (facts().page["parts"] as PartFacts[] | undefined) ?? [];
export const recordOf = (): string => facts().page["record"] as string;
export const kindOf = (): number => facts().page["kind"] as number;
