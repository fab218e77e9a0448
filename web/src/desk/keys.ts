// A person's keys, as every part of the desk that opens or signs something is given them.

import type { Bytes } from "../sealing/bytes";
import type { Secret } from "../sealing/curves";

/** A person's keys as a page holds them: usable, none of them extractable. */
export interface Keys {
  id: Bytes;
  /** Opens what is wrapped to this person. */
  x: Secret;
  /** Signs this person's acts. */
  ed: CryptoKey;
}
