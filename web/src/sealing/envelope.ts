// The envelope: one submission as it travels, everything in it sealed but what the server needs to route it.
// The bytes are canonical: lists ascend without repetition, and what decodes encodes to the same bytes.

import { type Bytes, Reader, concat, order, uint, utf8 } from "./bytes";
import { fail } from "./errors";
import { Compartment, FIELDS, Field, Record } from "./place";

export const enum Kind {
  Report = 1,
  Help = 2,
  Addition = 3,
  Withdrawal = 4,
  Consent = 5,
}

export const enum Channel {
  Web = 1,
  Plain = 2,
  Assisted = 3,
  Offline = 4,
}

export const MAX_ENVELOPE = 1_500_000;
export const WORK = 49;
const MAGIC = [0x41, 0x4e, 0x53, 0x45, 1];

export interface Wrapped {
  holder: Bytes;
  wrap: Bytes;
}

/** One epoch of a compartment: its public key, and its private key wrapped to each holder. */
export interface Sealed {
  compartment: Compartment;
  epoch: number;
  publicKey: Bytes;
  /** Hers, by which she knows her own epochs again; zeros for an older one that she does not vouch for. */
  signature?: Bytes;
  wraps: Wrapped[];
}

export interface Value {
  compartment: Compartment;
  field: Field;
  version: number;
  data: Bytes;
}

/** A file whose sealed body travels apart; its head is the value of the same version. */
export interface Attached {
  version: number;
  id: Bytes;
  length: number;
  sha256: Bytes;
}

export interface Unsigned {
  kind: Kind;
  channel: Channel;
  deployment: Bytes;
  recordKind: Record;
  record: Bytes;
  submission: Bytes;
  language: string;
  urgent: boolean;
  independent: boolean;
  struck: Bytes[];
  consents: string[];
  compartments: Sealed[];
  values: Value[];
  files: Attached[];
  /** Her X25519 key, to which new keys of her compartments are wrapped from now on. */
  reporter: Bytes;
}

/** `signer`: the Ed25519 key that signs what comes next of this record. */
export interface Envelope extends Unsigned {
  signer: Bytes;
  signature: Bytes;
}

const sized = (data: Bytes, width: number): Bytes => concat(uint(data.length, width), data);

const counted = (parts: Bytes[], width: number): Bytes => concat(uint(parts.length, width), ...parts);

/** Refuses a list that does not ascend, or has more items than its count can say. */
function ascending<T>(what: string, items: T[], keyOf: (item: T) => Bytes, most: number): T[] {
  const keys = items.map(keyOf);
  if (keys.some((key, i) => i > 0 && order(keys[i - 1]!, key) >= 0))
    fail("altered", `the ${what} of an envelope ascend, without repetition`);
  return items.length > most ? fail("large", `an envelope holds at most ${most} ${what}`) : items;
}

const sealedKey = ({ compartment, epoch }: Sealed): Bytes => concat([compartment], uint(epoch, 4));
const valueKey = ({ compartment, field, version }: Value): Bytes =>
  concat([compartment], uint(field, 2), uint(version, 4));
const fileKey = ({ version }: Attached): Bytes => uint(version, 4);
const ascii = (code: string): Bytes =>
  /^[!-~]{0,255}$/.test(code) ? utf8(code) : fail("altered", "languages and consents are codes of printable ASCII");

/** Puts the lists of an envelope into the order in which they are written. */
export const sorted = <E extends Unsigned>(envelope: E): E => ({
  ...envelope,
  struck: [...envelope.struck].sort(order),
  consents: [...envelope.consents].sort(),
  compartments: envelope.compartments
    .map((one) => ({ ...one, wraps: [...one.wraps].sort((a, b) => order(a.holder, b.holder)) }))
    .sort((a, b) => order(sealedKey(a), sealedKey(b))),
  values: [...envelope.values].sort((a, b) => order(valueKey(a), valueKey(b))),
  files: [...envelope.files].sort((a, b) => order(fileKey(a), fileKey(b))),
});

/** Bounds that writing and reading share. */
function checked<E extends Unsigned>(envelope: E): E {
  const { struck, consents, compartments, values, files, language } = envelope;
  ascending("holders struck out", struck, (one) => one, 255);
  ascending("consents", consents, ascii, 255);
  ascending("compartments", compartments, sealedKey, 255);
  ascending("values", values, valueKey, 65_535);
  ascending("files", files, fileKey, 255);
  for (const one of compartments) ascending("wraps", one.wraps, ({ holder }) => holder, 65_535);
  if (values.some(({ field }) => field === Field.None)) fail("altered", "a value has a field");
  if (language.length > 35) fail("altered", "a language's code has at most 35 characters");
  return envelope;
}

/** The bytes of an envelope, whose lists are in order (`sorted`), up to its signer. */
export function unsigned(envelope: Unsigned): Bytes {
  const e = checked(envelope);
  return concat(
    MAGIC,
    [e.kind, e.channel],
    e.deployment,
    [e.recordKind],
    e.record,
    e.submission,
    [(e.urgent ? 1 : 0) | (e.independent ? 2 : 0)],
    sized(ascii(e.language), 1),
    counted(e.struck, 1),
    counted(
      e.consents.map((one) => sized(ascii(one), 1)),
      1,
    ),
    counted(
      e.compartments.map((one) =>
        concat(
          sealedKey(one),
          one.publicKey,
          one.signature ?? fail("altered", "the epochs of an envelope are signed before it is sent"),
          counted(
            one.wraps.map(({ holder, wrap }) => concat(holder, sized(wrap, 2))),
            2,
          ),
        ),
      ),
      1,
    ),
    counted(
      e.values.map((one) => concat(valueKey(one), sized(one.data, 4))),
      2,
    ),
    counted(
      e.files.map((one) => concat(fileKey(one), one.id, uint(one.length, 8), one.sha256)),
      1,
    ),
    e.reporter,
  );
}

/** The bytes of a signed envelope whose lists are in order. */
export function encode(envelope: Envelope): Bytes {
  const data = concat(unsigned(envelope), envelope.signer, envelope.signature);
  return data.length > MAX_ENVELOPE ? fail("large", `an envelope is at most ${MAX_ENVELOPE} bytes`) : data;
}

/** The envelope of some bytes; refuses any bytes that `encode` does not give. */
export function decode(data: Bytes): Envelope {
  if (data.length > MAX_ENVELOPE) fail("large", `an envelope is at most ${MAX_ENVELOPE} bytes`);
  const r = new Reader(data, "the envelope");
  if (!MAGIC.every((byte, i) => data[i] === byte)) fail("altered", "this is no envelope of version 1");
  r.take(MAGIC.length);
  const [kind, channel] = [among(r, 5), among(r, 4)];
  const deployment = r.take(32);
  const recordKind = among(r, 3);
  const [record, submission] = [r.take(16), r.take(16)];
  const flags = r.uint(1);
  if (flags > 3) fail("altered", "an envelope has flags that are not known");
  const code = (): string => String.fromCharCode(...r.sized(1));
  const envelope = {
    kind,
    channel,
    deployment,
    recordKind,
    record,
    submission,
    language: code(),
    urgent: (flags & 1) > 0,
    independent: (flags & 2) > 0,
    struck: times(r.uint(1), () => r.take(16)),
    consents: times(r.uint(1), code),
    compartments: times(r.uint(1), () => ({
      compartment: among(r, 7),
      epoch: r.uint(4),
      publicKey: r.take(32),
      signature: r.take(64),
      wraps: times(r.uint(2), () => ({ holder: r.take(16), wrap: r.sized(2) })),
    })),
    values: times(r.uint(2), () => ({
      compartment: among(r, 7),
      field: among(r, FIELDS, 2),
      version: r.uint(4),
      data: r.sized(4),
    })),
    files: times(r.uint(1), () => ({ version: r.uint(4), id: r.take(16), length: r.uint(8), sha256: r.take(32) })),
    reporter: r.take(32),
    signer: r.take(32),
    signature: r.take(64),
  };
  r.end();
  [envelope.language, ...envelope.consents].forEach(ascii);
  return checked(envelope);
}

const times = <T>(n: number, read: () => T): T[] => Array.from({ length: n }, read);

function among(reader: Reader, most: number, width = 1): number {
  const value = reader.uint(width);
  return value >= 1 && value <= most ? value : fail("altered", `${value} is none of the codes of an envelope`);
}

/** What is sent: proof of work (49 bytes or none), credentials (178 bytes or none), and the envelope. */
export const encodeDelivery = (work: Bytes, credentials: Bytes, envelope: Bytes): Bytes =>
  concat(sized(work, 2), sized(credentials, 2), envelope);

export interface Delivery {
  work: Bytes;
  credentials: Bytes;
  envelope: Bytes;
}

export function decodeDelivery(data: Bytes): Delivery {
  const reader = new Reader(data, "the delivery");
  const [work, credentials] = [reader.sized(2), reader.sized(2)];
  if (![0, WORK].includes(work.length) || ![0, 178].includes(credentials.length))
    fail("altered", "the delivery has a part of another length");
  return { work, credentials, envelope: reader.rest() };
}
