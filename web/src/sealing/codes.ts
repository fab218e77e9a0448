// Codes: words that open a mailbox. At least 90 bits, and a check word that catches a slip.

import { argon2id } from "./argon2";
import { type Bytes, concat, random, type Rng, sha256, utf8 } from "./bytes";
import { fail } from "./errors";
import { expand } from "./hpke";
import { type WordList, folded, normal } from "./wordlists";

/** Words, the check word last. A class of its own, so that no log or message shows them. */
export class Code {
  readonly #words: readonly string[];

  constructor(
    readonly list: WordList,
    words: readonly string[],
  ) {
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
/** Longer input is no code. */
const MAX_TEXT = 2_000;
/** So many words of a code in a row are a code given away. */
const RUN = 4;

const CHECK = utf8("answerable/code/check/v1\0");
const SALT = utf8("answerable/code/salt/v1\0");

async function checkWord(list: WordList, words: readonly string[]): Promise<string> {
  const digest = await sha256(CHECK, utf8(words.join(" ")));
  return list.words[Number(new DataView(digest.buffer).getBigUint64(0) % BigInt(list.words.length))]!;
}

/** A number below `size`, each equally likely: numbers of the last, incomplete round are drawn again. */
export function below(size: number, rng: Rng = random): number {
  const whole = 2 ** 32 - (2 ** 32 % size);
  for (;;) {
    const drawn = new DataView(rng(4).buffer).getUint32(0);
    if (drawn < whole) return drawn % size;
  }
}

/** A new code: uniform words and their check word. */
export async function newCode(list: WordList, rng: Rng = random): Promise<Code> {
  const words = Array.from({ length: list.drawn }, () => list.words[below(list.words.length, rng)]!);
  return new Code(list, [...words, await checkWord(list, words)]);
}

// Marks of direction, joiners and soft hyphens come with text that was copied, and are no part of a word.
const UNSEEN = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
/** Zeros of the scripts whose digits are read as 0 to 9: Arabic, eastern Arabic, Devanagari, Bengali. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6];

const toDigit = (char: string): string => {
  const code = char.codePointAt(0)!;
  return String(code - ZEROS.find((zero) => code >= zero && code < zero + 10)!);
};

/** The words of a text as they are compared: whatever is no letter, mark or digit stands between words. */
export const spoken = (text: string): string[] =>
  normal(text)
    .replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef]/g, toDigit)
    .replace(UNSEEN, "")
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter(Boolean);

function typed(text: string, list: WordList): string[] {
  const words = spoken(text);
  if (!list.width) return words;
  // Every word has the same number of characters: they may have spaces between them anywhere, or nowhere.
  const joined = [...words.join("")];
  return Array.from({ length: Math.ceil(joined.length / list.width) }, (_, i) =>
    joined.slice(i * list.width, (i + 1) * list.width).join(""),
  );
}

/**
 * Reads a code. Refusals name the word by its place: one not in the list ("word"), too few or too many ("count"),
 * or a check word that does not match ("check").
 */
export async function parseCode(text: string, list: WordList): Promise<Code> {
  if (text.length > MAX_TEXT) fail("count", `a code is shorter than ${MAX_TEXT} characters`);
  const words = typed(text, list).map(
    (word, i) => list.find(word) ?? fail("word", `word ${i + 1} is not in the list`, i + 1),
  );
  if (words.length !== list.drawn + 1) fail("count", `a code has ${list.drawn + 1} words`, list.drawn + 1);
  if ((await checkWord(list, words.slice(0, -1))) !== words.at(-1)) fail("check", "one of these words is not right");
  return new Code(list, words);
}

/** Which words to ask for, numbered from 0 and ascending: each set of `ask` is as likely as any other. */
export function positions(count: number, rng: Rng = random, ask = 2): number[] {
  const left = Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: ask }, () => left.splice(below(left.length, rng), 1)[0]!).sort((a, b) => a - b);
}

/** Whether `text` is the word at `place`, compared as `parseCode` compares it. */
export function confirms(code: Code, place: number, text: string): boolean {
  const given = typed(text, code.list);
  return given.length === 1 && code.list.find(given[0]!) === code.words[place];
}

const flat = (text: string): string => folded(spoken(text).join(" ")).replace(/[^\p{L}\p{N}]/gu, "");

/** Whether a message contains four consecutive words of the code, with anything between them but other words. */
export function givesAway(text: string, code: Code): boolean {
  const said = flat(text);
  return code.words.some(
    (_, i) => i + RUN <= code.words.length && said.includes(flat(code.words.slice(i, i + RUN).join(" "))),
  );
}

/** K: what everything of a code is derived from. `deployment`: 32 bytes. */
export async function derive(code: Code, deployment: Bytes, progress?: (done: number) => void): Promise<Bytes> {
  if (deployment.length !== 32) fail("rejected", "a deployment is named by 32 bytes");
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

/** The Ed25519 seed that signs what is sent under this code: new words sign with a new key. */
export const signingSeed = (k: Bytes, box: number): Promise<Bytes> =>
  expand(k, concat(utf8("answerable/code/sign/v1"), [box]));

export const wrapKey = (k: Bytes, box: number, salt: Bytes): Promise<Bytes> =>
  expand(k, concat(utf8("answerable/code/wrap/v1"), [box], salt));
