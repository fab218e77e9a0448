// The readers' note: who may read, with which keys. A browser wraps to no key that it does not hold.

import { parseKey, parseNote } from "../note";
import { type Bytes, hex, order, unhex, utf8 } from "./bytes";
import { verifies } from "./curves";
import { SealingError, fail } from "./errors";
import { COMPARTMENTS, COMPARTMENT_CODES, type Compartment, RECORD_CODES, type Record } from "./place";

export interface Reader {
  id: Bytes;
  /** X25519. */
  publicKey: Bytes;
  /** Ed25519. */
  verifyKey: Bytes;
  role: string;
  employer: string;
  nationality: string;
  languages: string[];
  /** `record/compartment`, for example `report/narrative`. */
  grants: string[];
}

export interface ReadersNote {
  deployment: Bytes;
  epoch: number;
  day: string;
  recovery: { publicKey: Bytes; k: number; n: number };
  readers: Reader[];
}

/** Wrapped to only when the person asks for an independent reader. */
export const INDEPENDENT = "independent_reader";

const CODE = /^[a-z0-9][a-z0-9_.-]{0,63}$/;

const number = (word: string | undefined): number =>
  /^(0|[1-9]\d{0,9})$/.test(word ?? "") && Number(word) < 2 ** 32 ? Number(word) : malformed();

const malformed = (line?: string): never =>
  fail("readers", `the note of readers is not in the form it must have${line ? `: ${line.slice(0, 60)}` : ""}`);

const key = (digits: string | undefined): Bytes =>
  /^[0-9a-f]{64}$/.test(digits ?? "") ? unhex(digits!) : malformed(digits);

/** Reads the text of a note whose signatures were checked. */
export function parse(text: string): ReadersNote {
  const lines = text.split("\n");
  const [first, deployment, epoch, day, recovery] = lines.splice(0, 5).map((line) => line.split(" "));
  if (lines.pop() !== "" || first?.join(" ") !== "answerable/readers@v1") malformed();
  const named = (words: string[] | undefined, name: string, count: number): string[] =>
    words?.[0] === name && words.length === count + 1 ? words.slice(1) : malformed(name);
  const [recoveryKey, k, n] = named(recovery, "recovery", 3);
  const readers = lines.map(readerOf);
  if (readers.some(({ id }, i) => i && order(readers[i - 1]!.id, id) >= 0)) malformed();
  const date = named(day, "day", 1)[0]!;
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) malformed(date);
  return {
    deployment: key(named(deployment, "deployment", 1)[0]),
    epoch: number(named(epoch, "epoch", 1)[0]),
    day: date,
    recovery: { publicKey: key(recoveryKey), k: number(k), n: number(n) },
    readers,
  };
}

function readerOf(line: string): Reader {
  const [word, id, x, ed, role, employer, nationality, languages, grants, ...more] = line.split(" ");
  if (word !== "reader" || grants === undefined || more.length || !/^[0-9a-f]{32}$/.test(id!)) malformed(line);
  if (!CODE.test(role!)) malformed(line);
  const optional = (value: string): string => (value === "-" ? "" : value);
  const list = (value: string): string[] => optional(value).split(",").filter(Boolean);
  return {
    id: unhex(id!),
    publicKey: key(x),
    verifyKey: key(ed),
    role: role!,
    employer: optional(employer!),
    nationality: optional(nationality!),
    languages: list(languages!),
    grants: list(grants!),
  };
}

/** To whom a compartment of a new record is wrapped, the reporter and recovery apart. */
export function holders(
  note: ReadersNote,
  recordKind: Record,
  compartment: Compartment,
  struck: readonly Bytes[],
  independent: boolean,
): Reader[] {
  const grant = `${RECORD_CODES[recordKind]}/${COMPARTMENT_CODES[compartment]}`;
  const out = new Set(struck.map(hex));
  return note.readers.filter(
    ({ id, role, grants }) => grants.includes(grant) && !out.has(hex(id)) && (independent || role !== INDEPENDENT),
  );
}

/** Every reader that some compartment of a new record is wrapped to. */
export const readersOf = (note: ReadersNote, recordKind: Record): Reader[] =>
  note.readers.filter((reader) =>
    COMPARTMENTS[recordKind]!.some((one) => holders(note, recordKind, one, [], true).includes(reader)),
  );

/** How many panel members must have signed. */
export const QUORUM = 2;

/**
 * Checks the signed note of readers against pinned keys (C2SP verifier keys), of which two must have signed, and against
 * the deployment. A bad signature of a pinned key refuses the note; lines of other keys count for nothing.
 */
export async function checkReaders(signed: Bytes, panel: readonly string[], deployment: Bytes): Promise<ReadersNote> {
  let body: string;
  const signers = new Set<string>();
  try {
    const keys = await Promise.all(panel.map(parseKey));
    const note = parseNote(signed);
    body = note.text;
    for (const { name, id, raw } of note.lines)
      for (const known of keys.filter((one) => one.type === 1 && one.name === name && one.id === id)) {
        if (raw.length !== 64 || !(await verifies(known.raw, utf8(body), raw)))
          fail("readers", `the signature of ${name} on the note of readers is not right`);
        signers.add(hex(known.raw));
      }
  } catch (error) {
    if (error instanceof SealingError) throw error;
    return malformed();
  }
  if (signers.size < QUORUM)
    fail("readers", `the note of readers needs the signatures of ${QUORUM} panel members; it has ${signers.size}`);
  const found = parse(body);
  if (hex(found.deployment) !== hex(deployment)) fail("readers", "the note of readers is of another deployment");
  return found;
}
