// The curves for browsers that have none of their own: a file by itself, fetched only then.

import { ed25519, x25519 as montgomery } from "@noble/curves/ed25519.js";
import type { Bytes } from "./bytes";
import type { Curves } from "./curves";

export const curves: Curves = {
  x25519: (scalar, point) => montgomery.getSharedSecret(scalar, point) as Bytes,
  sign: (seed, message) => ed25519.sign(message, seed) as Bytes,
  signer: (seed) => ed25519.getPublicKey(seed) as Bytes,
  verify(publicKey, message, signature) {
    try {
      // RFC 8032 with the strict checks that browsers make.
      return ed25519.verify(signature, message, publicKey, { zip215: false });
    } catch {
      return false;
    }
  },
};
