// What the sealing refuses, and why. A message names what was wrong, never a secret.

/** Which sentence a page shows: the page's own words stand in its HTML, under this code. */
export type Why =
  | "altered" // ciphertext or bytes do not open or parse: altered or misplaced
  | "browser" // the browser lacks what sealing needs
  | "word" // a word is not in the list
  | "check" // the check word does not match
  | "count" // too few or too many words
  | "large" // more than the format holds
  | "readers" // the note of readers is not signed as it must be, or is of another deployment
  | "rejected"; // a value that its own rules forbid

export class SealingError extends Error {
  override readonly name = "SealingError";

  constructor(
    readonly why: Why,
    message: string,
    /** Which word, counted from 1, where one is meant. */
    readonly place = 0,
  ) {
    super(message);
  }
}

export function fail(why: Why, message: string, place?: number): never {
  throw new SealingError(why, message, place);
}
