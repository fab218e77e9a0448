// The readers' note: who may read, with which keys, and the keys that sign the office's answers. A browser wraps to no
// key that it does not hold.

import { parseKey, parseNote } from "../note";
import { type Bytes, hex, unhex, utf8 } from "./bytes";
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
  /** Ed25519 keys under which the office's answers verify: the one in force, then earlier ones. */
  office: Bytes[];
  readers: Reader[];
}

/** Wrapped to only when the person asks for an independent reader. */
export const INDEPENDENT = "independent_reader";

const CODE = /^[a-z0-9][a-z0-9_.-]{0,63}$/;
const NATION = /^[A-Z]{3}$/;
const LANGUAGE = /^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$/;
const MAX_NOTE = 1_000_000;
const MAX_OFFICE = 8;

const malformed = (what = ""): never =>
  fail("readers", `the note of readers is not in the form it must have: ${what.slice(0, 80)}`);

const number = (word: string): number =>
  /^(0|[1-9]\d{0,9})$/.test(word) && Number(word) < 2 ** 32 ? Number(word) : malformed(word);

const digits = (word: string, length: number): Bytes =>
  /^[0-9a-f]+$/.test(word) && word.length === 2 * length ? unhex(word) : malformed(word);

const isDay = (word: string): boolean =>
  /^(?!0000)\d{4}-\d\d-\d\d$/.test(word) && new Date(word).getUTCDate() === Number(word.slice(8));

const ascend = (items: string[]): boolean => items.every((one, i) => !i || items[i - 1]! < one);

/** The words of a line after its name. */
const named = (line: string | undefined, name: string, count: number): string[] => {
  const [first, ...words] = (line ?? "").split(" ");
  return first === name && words.length === count ? words : malformed(line ?? name);
};

/** Reads the text of a note whose signatures were checked. */
export function parse(text: string): ReadersNote {
  const lines = text.split("\n");
  if (text.length > MAX_NOTE || lines.pop() !== "" || lines[0] !== "answerable/readers@v1") malformed(lines[0]);
  const [deployment] = named(lines[1], "deployment", 1);
  const [epoch] = named(lines[2], "epoch", 1);
  const [day] = named(lines[3], "day", 1);
  const [publicKey, k, n] = named(lines[4], "recovery", 3);
  const recovery = { publicKey: digits(publicKey!, 32), k: number(k!), n: number(n!) };
  let first = 5;
  while (lines[first]?.startsWith("office ")) first++;
  const words = lines.slice(5, first).map((line) => named(line, "office", 1)[0]!);
  if (!words.length || words.length > MAX_OFFICE || new Set(words).size < words.length) malformed(lines[5]);
  const office = words.map((word) => digits(word, 32));
  const readers = lines.slice(first).map(readerOf);
  if (!isDay(day!) || !(1 <= recovery.k && recovery.k <= recovery.n && recovery.n <= 255)) malformed(lines[4]);
  if (!ascend(readers.map(({ id }) => hex(id)))) malformed("readers out of order");
  return { deployment: digits(deployment!, 32), epoch: number(epoch!), day: day!, recovery, office, readers };
}

/** `report/narrative` as numbers, so that grants can be ordered; refuses what no record has. */
function grantOrder(grant: string): string {
  const [record, compartment, ...more] = grant.split("/");
  const [kind, place] = [RECORD_CODES.indexOf(record!), COMPARTMENT_CODES.indexOf(compartment ?? "")];
  return !more.length && COMPARTMENTS[kind]?.includes(place) ? `${kind}${place}` : malformed(grant);
}

function readerOf(line: string): Reader {
  const [id, x, ed, role, employer, nationality, languages, grants] = named(line, "reader", 8) as Eight;
  const optional = (value: string): string => (value === "-" ? "" : value);
  const list = (value: string): string[] => (value === "-" ? [] : value.split(","));
  const reader = {
    id: digits(id, 16),
    publicKey: digits(x, 32),
    verifyKey: digits(ed, 32),
    role,
    employer: optional(employer),
    nationality: optional(nationality),
    languages: list(languages),
    grants: list(grants),
  };
  const coded = CODE.test(role) && (employer === "-" || CODE.test(employer));
  if (!coded || !(nationality === "-" || NATION.test(nationality))) malformed(line);
  if (!reader.languages.every((one) => LANGUAGE.test(one)) || !ascend(reader.languages)) malformed(line);
  if (!ascend(reader.grants.map(grantOrder)) || /^(0|f)\1{31}$/.test(id)) malformed(line);
  return reader;
}

type Eight = [string, string, string, string, string, string, string, string];

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
