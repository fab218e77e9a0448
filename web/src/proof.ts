// Receipts: proofs of inclusion that carry their checkpoint (C2SP tlog-proof, tlog-checkpoint).

import { type Bytes, base64, decimal, hash, refuse, text, utf8 } from "./bytes";
import { type Note, parseNote } from "./note";
import { Say } from "./why";

export interface Receipt {
  extra: Bytes | null;
  index: bigint;
  hashes: Bytes[];
  note: Note;
  origin: string;
  size: bigint;
  root: Bytes;
}

/** Reads a `.tlog-proof` file. Extension lines of a checkpoint are not read: the log vouches for nothing in them. */
export function parseReceipt(bytes: Bytes): Receipt {
  const whole = text(bytes);
  const cut = whole.indexOf("\n\n");
  const lines = whole.slice(0, cut).split("\n");
  const first = lines.shift();
  const extra = lines[0]?.startsWith("extra ") ? base64(lines.shift()!.slice(6)) : null;
  const index = lines.shift() ?? "";
  if (
    cut < 0 ||
    first !== "c2sp.org/tlog-proof@v1" ||
    !index.startsWith("index ") ||
    lines.length > 63 ||
    (extra?.length ?? 0) > 1 << 18
  )
    refuse(Say.Receipt);
  const note = parseNote(utf8(whole.slice(cut + 2)));
  const [origin, size, root, ...extension] = note.text.split("\n");
  if (!origin || extension.pop() !== "" || extension.includes("")) refuse(Say.Checkpoint);
  return {
    extra,
    index: decimal(index.slice(6)),
    hashes: lines.map(hash),
    note,
    origin: origin!,
    size: decimal(size!),
    root: hash(root!),
  };
}
