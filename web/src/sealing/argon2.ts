// Argon2id (RFC 9106), one lane, version 1.3, 32 bytes: slow on purpose, in slices so that a page stays alive.

import { argon2idAsync } from "@noble/hashes/argon2.js";
import type { Bytes } from "./bytes";

/** `memory` in KiB. `progress` is told fractions from 0 to 1. */
export const argon2id = async (
  password: Bytes,
  salt: Bytes,
  memory: number,
  passes: number,
  progress?: (done: number) => void,
): Promise<Bytes> =>
  (await argon2idAsync(password, salt, {
    t: passes,
    m: memory,
    p: 1,
    dkLen: 32,
    asyncTick: 25,
    ...(progress ? { onProgress: progress } : {}),
  })) as Bytes;
