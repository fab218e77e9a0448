// Openings of sealed entries: the values shown are the values committed to, one name at one place.

import { type Bytes, hex, hmac, join, refuse, sha256, unhex, utf8 } from "./bytes";
import { type Fields, type Json, canonical, isObject } from "./json";
import { fieldsOf, isHash } from "./kinds";
import { Say } from "./why";

/** An entry of the log, and what is shown of it. */
export interface Entry {
  bytes: Bytes;
  fields: [string, Json][];
  shown: Say;
}

const TAG = "answerable/commit/v1\0";
const no = (): never => refuse(Say.Opening);

const digestOf = (name: string, value: Json, salt: Bytes): Promise<Bytes> =>
  sha256(utf8(TAG + "field\0"), salt, utf8(canonical([name, value])));

const entryOf = async (digests: Bytes[]): Promise<Bytes> =>
  join([1], await sha256(utf8(TAG + "event\0"), [digests.length >> 8, digests.length & 255], ...digests));

/** Checks an opening against its kind and computes the entry it opens. */
export async function checkOpening(opening: Fields): Promise<Entry> {
  const members = Object.keys(opening).join();
  if (opening.v !== 1) no();
  return members === "event,key,v" ? whole(opening) : members === "digests,open,v" ? some(opening) : no();
}

async function whole({ event, key }: Fields): Promise<Entry> {
  if (!isObject(event) || !isHash(key)) return no();
  const fields: [string, Json][] = [];
  const digests: Bytes[] = [];
  for (const [name, form] of fieldsOf(event.kind)) {
    const value = event[name]!;
    if (!form(value)) refuse(Say.Value, name);
    fields.push([name, value]);
    digests.push(await digestOf(name, value, await hmac(unhex(key), utf8("salt\0" + name))));
  }
  if (Object.keys(event).length !== fields.length) no();
  return checked({ bytes: await entryOf(digests), fields, shown: Say.Full });
}

/** Of a whole event it is asked too that a case's chain begins at 0 and that every later event names the one before. */
function checked(entry: Entry): Entry {
  const { seq = 0, prev = null } = Object.fromEntries(entry.fields);
  return entry.shown === Say.Part || !seq === (prev === null) ? entry : refuse(Say.Value, "prev");
}

async function some({ digests, open }: Fields): Promise<Entry> {
  if (!Array.isArray(digests) || !digests.every(isHash) || !Array.isArray(open)) return no();
  const shows = open.map((one) =>
    Array.isArray(one) && one.length === 3 && isHash(one[2]) ? (one as [string, Json, string]) : no(),
  );
  const known = fieldsOf(shows[0]?.[0] === "kind" ? shows[0][1] : undefined);
  if (digests.length !== known.length) no();
  let last = -1;
  for (const [name, value, salt] of shows) {
    const place = known.findIndex(([other]) => other === name);
    // One name, one place: places rise, so no name comes twice, and each value is under the digest of its own place.
    if (place <= last) no();
    last = place;
    if (!known[place]![1](value)) refuse(Say.Value, name);
    if (hex(await digestOf(name, value, unhex(salt))) !== digests[place]) refuse(Say.Digest, name);
  }
  // A show is a name, a value and a salt: the salt is of no more use.
  const fields = shows as unknown as [string, Json][];
  return checked({
    bytes: await entryOf(digests.map(unhex)),
    fields,
    shown: shows.length < known.length ? Say.Part : Say.Full,
  });
}
