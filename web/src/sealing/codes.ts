// Codes: words that open a mailbox. At least 90 bits, and a check word that catches a slip.

import { argon2id } from "./argon2";
import { type Bytes, concat, random, type Rng, sha256, utf8 } from "./bytes";
import { fail } from "./errors";
import { expand } from "./hpke";

export interface WordList {
  name: string;
  language: string;
  source: string;
  licence: string;
  words: readonly string[];
}

/** Words, the check word last. A class of its own so that no log or error shows what it holds. */
export class Code {
  readonly #words: readonly string[];

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  get words(): readonly string[] {
    return this.#words;
  }

  /** What the key is derived from: the words without the check word. */
  get canonical(): Bytes {
    return utf8(this.#words.slice(0, -1).join(" "));
  }

  toString(): string {
    return "a code";
  }

  toJSON(): string {
    return "a code";
  }
}

export const BOX_REPORT = 0;
export const BOX_HELP = 1;
export const MEMORY = 19_456;
export const PASSES = 2;

const CHECK = utf8("answerable/code/check/v1\0");
const SALT = utf8("answerable/code/salt/v1\0");

/** How many words give at least 90 bits, and never fewer than seven; the check word is one more. */
export const wordsOf = (size: number): number => Math.max(7, Math.ceil(90 / Math.log2(size)));

export const normal = (text: string): string => text.normalize("NFKC").toLowerCase();

async function checkWord(list: WordList, words: readonly string[]): Promise<string> {
  const digest = await sha256(CHECK, utf8(words.join(" ")));
  return list.words[Number(new DataView(digest.buffer).getBigUint64(0) % BigInt(list.words.length))]!;
}

/** A number below `size`, each equally likely: numbers of the last, incomplete round are drawn again. */
export function below(size: number, rng: Rng): number {
  const whole = 2 ** 32 - (2 ** 32 % size);
  for (;;) {
    const drawn = new DataView(rng(4).buffer).getUint32(0);
    if (drawn < whole) return drawn % size;
  }
}

/** A new code: uniform words and their check word. */
export async function newCode(list: WordList, rng: Rng = random): Promise<Code> {
  const words = Array.from({ length: wordsOf(list.words.length) }, () => list.words[below(list.words.length, rng)]!);
  return new Code([...words, await checkWord(list, words)]);
}

/** The words as typed: any space, line break or punctuation between them, capitals or not. */
export const splitWords = (text: string): string[] =>
  normal(text)
    .split(/[^\p{L}\p{M}\p{N}'’-]+/u)
    .filter(Boolean);

/**
 * Reads a code. Refusals name the word by its place: one not in the list ("word"), too few or too many ("count"),
 * or a check word that does not match ("check").
 */
export async function parseCode(text: string, list: WordList): Promise<Code> {
  const words = splitWords(text);
  const known = new Set(list.words);
  const wrong = words.findIndex((word) => !known.has(word));
  if (wrong >= 0) fail("word", `word ${wrong + 1} is not in the list`, wrong + 1);
  const wanted = wordsOf(list.words.length) + 1;
  if (words.length !== wanted) fail("count", `these are ${words.length} words; a code of this list has ${wanted}`);
  if ((await checkWord(list, words.slice(0, -1))) !== words.at(-1)) fail("check", "one of these words is not right");
  return new Code(words);
}

/** Whether a text holds four words of the code in a row, as a message to the desk never may. */
export function revealsCode(text: string, code: Code): boolean {
  const said = ` ${splitWords(text).join(" ")} `;
  return code.words.some(
    (_, i) => i + 4 <= code.words.length && said.includes(` ${code.words.slice(i, i + 4).join(" ")} `),
  );
}

/** K: what everything of a code is derived from. `deployment`: 32 bytes. */
export async function derive(code: Code, deployment: Bytes, progress?: (done: number) => void): Promise<Bytes> {
  const salt = (await sha256(SALT, deployment)).slice(0, 16);
  return argon2id(code.canonical, salt, MEMORY, PASSES, progress);
}

export interface Lookup {
  l: Bytes;
  auth: Bytes;
}

/** What names and opens a mailbox at the server, which never learns K. */
export const lookupOf = async (k: Bytes, box: number): Promise<Lookup> => ({
  l: await expand(k, concat(utf8("answerable/code/lookup/v1"), [box])),
  auth: await expand(k, concat(utf8("answerable/code/auth/v1"), [box])),
});

export const wrapKey = (k: Bytes, box: number, salt: Bytes): Promise<Bytes> =>
  expand(k, concat(utf8("answerable/code/wrap/v1"), [box], salt));
