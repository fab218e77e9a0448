// What is added to a record later: a message, files, consents, a withdrawal.

import { type Bytes, concat } from "../sealing/bytes";
import { type Lookup, lookupOf, signingSeed } from "../sealing/codes";
import { type Made, assemble, jsonBytes, newVersion, put, threadOf } from "../sealing/compose";
import { Channel, type Kind, type Unsigned, type Value, encode, encodeDelivery } from "../sealing/envelope";
import { type Compartment, Field, type Place } from "../sealing/place";
import { sign } from "../sealing/signing";
import { message } from "./contents";
import { type RecordBox, newest } from "./mailbox";
import { type Received, post, worked } from "./server";

/** What opens the mailbox at the server. */
export interface Opened {
  k: Bytes;
  box: number;
  deployment: Bytes;
}

/** The bytes of an envelope signed with the key of these words; `following` signs from then on, where it is another. */
export const signed = async ({ k, box }: Opened, envelope: Unsigned, following?: Bytes): Promise<Bytes> =>
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
  urgent?: boolean;
}

/** Does something, perhaps several times, until it is done. */
type Surely = <T>(deed: () => Promise<T>) => Promise<T>;

/**
 * Sends later material of one record; the envelope, and what the server promised for it. It is sealed once: however often
 * `surely` sends it because no answer came, it is the same bytes, and so one submission.
 */
export async function add(
  opened: Opened,
  record: RecordBox,
  language: string,
  later: Later,
  surely: Surely = (deed) => deed(),
): Promise<{ envelope: Bytes; received: Received }> {
  const { kind, values = [], files = [], consents = [], urgent = false } = later;
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
      urgent,
    }),
  );
  const opens = await opening(opened);
  const received = await surely(() =>
    worked(envelope, (done) => post("/api/box/add/", concat(opens, encodeDelivery(done, NONE, envelope)))),
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
