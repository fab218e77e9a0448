// How much a draft may hold: all of it is brought in by one request, long after it was written, and must then be taken.

import { sealedLength } from "../sealing/files";

/** As many files, as large each, and as large together, as `/carry-in/` takes of one draft, in bytes. */
export const MOST_FILES = 10;
export const MOST_BYTES = 25_000_000;
export const MOST_SEALED = 56_000_000;

/** The room that is left in a draft. */
export class Room {
  #files = 0;
  #sealed = 0;

  /** Takes the room of one more file of hers of `size` bytes; false, and nothing taken, where there is none. */
  takes(size: number): boolean {
    return this.#files < MOST_FILES && this.copies(size) && !!++this.#files;
  }

  /** Takes the room of a cleaned copy, which counts as no further file. */
  copies(size: number): boolean {
    const sealed = this.#sealed + sealedLength(size);
    if (size > MOST_BYTES || sealed > MOST_SEALED) return false;
    this.#sealed = sealed;
    return true;
  }
}
