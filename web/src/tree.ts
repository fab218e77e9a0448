// The Merkle tree of RFC 6962: is this leaf under that root?

import { type Bytes, hex, refuse, sha256 } from "./bytes";
import { Say } from "./why";

/** RFC 6962, section 2.1: the hash of an entry. */
export const leafHash = (entry: Bytes): Promise<Bytes> => sha256([0], entry);

/** RFC 9162, section 2.1.3.2. Refuses an index outside the tree, a proof too short or too long, and another root. */
export async function checkInclusion(
  leaf: Bytes,
  index: bigint,
  size: bigint,
  proof: Bytes[],
  root: Bytes,
): Promise<void> {
  let last = size - 1n;
  let outside = index >= size;
  for (const sibling of proof) {
    // Nothing is left above: the proof is too long.
    outside ||= !last;
    if (index & 1n || index === last) {
      leaf = await sha256([1], sibling, leaf);
      while (index && !(index & 1n)) {
        index >>= 1n;
        last >>= 1n;
      }
    } else leaf = await sha256([1], leaf, sibling);
    index >>= 1n;
    last >>= 1n;
  }
  if (outside || last || hex(leaf) !== hex(root)) refuse(Say.Inclusion);
}
