// Derives the passphrase's key apart from the page, tells how far it is, answers once, and is then ended by the page.

import type { Bytes } from "../sealing/bytes";
import { type Derived, derive } from "./kek";

export interface Asked {
  passphrase: string;
  salt: Bytes;
  half: Bytes;
  /** Whether to make a person's keys as well. */
  make: boolean;
}

export type Told = { done: number } | { derived: Derived } | { trouble: string };

const tell = (told: Told): void => postMessage(told);

addEventListener("message", (event: MessageEvent<Asked>) => {
  const { passphrase, salt, half, make } = event.data;
  derive(passphrase, salt, half, make, (done) => tell({ done })).then(
    (derived) => tell({ derived }),
    (error: unknown) => tell({ trouble: String(error) }),
  );
});
