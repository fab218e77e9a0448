// Receipts, checked in the page: her entry stands in the register under a head that was signed as it must be.

import { type Bytes, fromBase64, hex, utf8 } from "../sealing/bytes";
import { fail } from "../sealing/errors";
import { parseReceipt } from "../proof";
import { checkInclusion, leafHash } from "../tree";
import { verify } from "../verify";
import { Say } from "../why";

/** What a receipt shows. `since`: it stood there at the latest then, by the witnesses' clocks; null where not checked. */
export interface Shown {
  proof: Bytes;
  since: Date | null;
}

/**
 * Checks a receipt for a leaf. With the deployment's trust policy its signatures are checked too; where a browser cannot,
 * or no policy is pinned, the place in the tree is all that is shown.
 */
export async function checkReceipt(receipt: string, leaf: string, policy?: string): Promise<Shown> {
  const proof = fromBase64(receipt);
  if (policy) {
    const { answer, facts } = await verify(proof, utf8(policy));
    if (answer === Say.Verified && facts?.leaf === leaf)
      return { proof, since: facts.time ? new Date(Number(facts.time) * 1000) : null };
    if (answer !== Say.Unable) return fail("altered", "the receipt does not hold under the deployment's policy");
  }
  try {
    const { extra, index, size, hashes, root } = parseReceipt(proof);
    // Bare: the entry itself, whose hash is the leaf that she was promised.
    if (!extra || hex(await leafHash(extra)) !== leaf) return fail("altered", "the receipt is of another entry");
    await checkInclusion(await leafHash(extra), index, size, hashes, root);
    return { proof, since: null };
  } catch (error) {
    return error instanceof Error && error.name === "SealingError"
      ? Promise.reject(error)
      : fail("altered", "the receipt does not hold");
  }
}
