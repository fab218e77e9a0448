// Signed notes (C2SP signed-note), the keys that sign them, and the cosignatures on them (C2SP tlog-cosignature).

import { type Bytes, base64, hex, refuse, sha256, text, utf8 } from "./bytes";
import { Say } from "./why";

export const enum Type {
  Ed25519 = 1,
  Cosignature = 4,
  Mldsa44 = 6,
}

export interface Key {
  name: string;
  id: string;
  type: Type;
  raw: Bytes;
}

/** A name is not empty, has no Unicode space and no plus, and at most 255 bytes. */
const named = (name: string): boolean => /^[^\p{White_Space}+]+$/u.test(name) && utf8(name).length < 256;

/** Reads `name+hex id+base64(type, key)`; the id is computed again. */
export async function parseKey(vkey: string): Promise<Key> {
  const [name, id, ...encoded] = vkey.split("+");
  const typed = base64(encoded.join("+"));
  const type = typed[0]!;
  const length = { [Type.Ed25519]: 33, [Type.Cosignature]: 33, [Type.Mldsa44]: 1313 }[type];
  const ok = named(name!) && typed.length === length && hex(await sha256(utf8(name + "\n"), typed)).slice(0, 8) === id;
  return ok ? { name: name!, id: id!, type, raw: typed.slice(1) } : refuse(Say.Key, vkey);
}

export interface Note {
  text: string;
  lines: { name: string; id: string; raw: Bytes }[];
}

/** Splits a note at its last empty line. Limits: 512 KiB, 64 signature lines. */
export function parseNote(bytes: Bytes): Note {
  if (bytes.length > 1 << 19) refuse(Say.Note);
  const whole = text(bytes);
  const cut = whole.lastIndexOf("\n\n") + 1;
  const lines = whole.slice(cut + 1).split("\n");
  if (!cut || lines.pop() || !lines.length || lines.length > 64 || /[\0-\x09\x0b-\x1f]/.test(whole)) refuse(Say.Note);
  return {
    text: whole.slice(0, cut),
    lines: lines.map((line) => {
      const [dash, name, ...encoded] = line.split(" ");
      const signature = base64(encoded.join(" "));
      if (dash !== "—" || !named(name!) || signature.length < 5) refuse(Say.Note, line);
      return { name: name!, id: hex(signature.slice(0, 4)), raw: signature.slice(4) };
    }),
  };
}

/** A known key's line: its time in POSIX seconds (0: none, which counts toward no quorum). */
export interface Signed {
  signer: Key;
  time: bigint;
}

/**
 * The lines of known keys. A line of an unknown key is ignored; a bad line of a known key refuses the note.
 * ML-DSA-44 lines are returned unchecked but for their length: no browser checks them, so they may add nothing to an
 * answer.
 */
export async function checkNote(note: Note, keys: Key[]): Promise<Signed[]> {
  const out: Signed[] = [];
  for (const { name, id, raw } of note.lines)
    for (const key of keys.filter((known) => known.name === name && known.id === id)) {
      const timed = key.type === Type.Ed25519 ? 0 : 8;
      const length = key.type === Type.Mldsa44 ? 2428 : 64 + timed;
      if (raw.length !== length) refuse(Say.Signature, name);
      const time = timed ? new DataView(raw.buffer).getBigUint64(0) : 0n;
      const message = timed ? `cosignature/v1\ntime ${time}\n${note.text}` : note.text;
      if (time >> 63n || (key.type !== Type.Mldsa44 && !(await ed25519(key.raw, raw.slice(timed), utf8(message)))))
        refuse(Say.Signature, name);
      out.push({ signer: key, time });
    }
  return out;
}

/** Throws in a browser without Ed25519, which then checks nothing. */
const ed25519 = async (key: Bytes, signature: Bytes, message: Bytes): Promise<boolean> =>
  crypto.subtle.verify(
    "Ed25519",
    await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]),
    signature,
    message,
  );
