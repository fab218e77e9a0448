// The word lists that codes are drawn from: the files of answerable.sealing, as they are.

import { fail } from "./errors";

export interface WordList {
  name: string;
  language: string;
  source: string;
  licence: string;
  words: readonly string[];
  /** The characters of every word where all have the same number, so that no space is needed between them; else 0. */
  width: number;
  /** How many words a code has without its check word: at least 7, and at least 90 bits. */
  drawn: number;
  /** The word that was meant: as typed, or without its accents where only one word is so. */
  find(word: string): string | undefined;
}

/** NFKC, lower case: how words are compared, and what is hashed. */
export const normal = (text: string): string => text.normalize("NFKC").toLowerCase();

/** A word without its accents, for those who type it on a keyboard that has none. */
export const folded = (word: string): string => word.normalize("NFKD").replace(/\p{M}/gu, "");

const SMALLEST = 1_024;
const HEADERS = ["name", "language", "source", "licence"];

/** Reads a list: four header lines (`# name: …`), then one word a line. */
export function parseList(text: string): WordList {
  const lines = text.split("\n");
  const head = HEADERS.map((header, i) => {
    const prefix = `# ${header}: `;
    return lines[i]?.startsWith(prefix) ? lines[i].slice(prefix.length) : fail("rejected", `no ${header} in this list`);
  });
  if (lines.at(-1) !== "") fail("rejected", "a word list ends with a line break");
  return wordList(head[0]!, head[1]!, head[2]!, head[3]!, lines.slice(HEADERS.length, -1));
}

/** A list of words that keeps the rules: enough of them, in one form, none twice, none the beginning of another. */
export function wordList(
  name: string,
  language: string,
  source: string,
  licence: string,
  words: readonly string[],
): WordList {
  if (words.length < SMALLEST) fail("rejected", `the list ${name} has fewer than ${SMALLEST} words`);
  if (words.some((word) => normal(word) !== word || !/^[\p{L}\p{M}0-9]+$/u.test(word)))
    fail("rejected", `the list ${name} has a word in another form than NFKC and lower case`);
  const ordered = [...words].sort();
  if (ordered.some((word, i) => i > 0 && word.startsWith(ordered[i - 1]!)))
    fail("rejected", `the list ${name} has a word that is another's beginning, or is there twice`);
  const known = new Set(words);
  const folds = new Map<string, string | undefined>();
  for (const word of words) folds.set(folded(word), folds.has(folded(word)) ? undefined : word);
  const widths = new Set(words.map((word) => [...word].length));
  return {
    name,
    language,
    source,
    licence,
    words,
    width: widths.size === 1 ? [...widths][0]! : 0,
    drawn: Math.max(7, Math.ceil(90 / Math.log2(words.length))),
    find: (word) => (known.has(word) ? word : folds.get(folded(word))),
  };
}

/** Groups of four digits: the one list that need not be fetched. */
export const digits = (): WordList =>
  wordList(
    "digits",
    "mul",
    "all groups of four decimal digits, in order",
    "CC0-1.0",
    Array.from({ length: 10_000 }, (_, i) => String(i).padStart(4, "0")),
  );

/** Every list: its language, and the writing that its words are in. */
export const LISTS: readonly { name: string; language: string; script: RegExp }[] = [
  { name: "eff-large", language: "en", script: /\p{Script=Latin}/u },
  { name: "bip39-es", language: "es", script: /\p{Script=Latin}/u },
  { name: "bip39-fr", language: "fr", script: /\p{Script=Latin}/u },
  { name: "bip39-pt", language: "pt", script: /\p{Script=Latin}/u },
  { name: "bip39-zh-hans", language: "zh-hans", script: /\p{Script=Han}/u },
  { name: "mnemonic-ru", language: "ru", script: /\p{Script=Cyrillic}/u },
  { name: "digits", language: "mul", script: /\p{Nd}/u },
];

/** The name of the list of a page's language, or digits where the language has none. */
export function listFor(language: string): string {
  const whole = language.toLowerCase();
  for (const code of [whole, whole.split("-")[0]!])
    for (const one of LISTS) if (one.language === code || one.language.split("-")[0] === code) return one.name;
  return "digits";
}

/** The lists that a typed code may be of, the likeliest first: by its writing, then by the page's language. */
export function candidates(text: string, language: string): string[] {
  const first = listFor(language);
  const fitting = LISTS.filter(({ script }) => script.test(normal(text))).map(({ name }) => name);
  return [...fitting.filter((name) => name === first), ...fitting.filter((name) => name !== first)];
}

/** A list's whole text, from a file in which each word leaves out what it shares with the word before (`lists.mjs`). */
export function unfolded(text: string): string {
  const lines = text.split("\n");
  let before = "";
  const words = lines.slice(HEADERS.length, -1).map((line) => {
    before = before.slice(0, parseInt(line[0] ?? "0", 36)) + line.slice(1);
    return before;
  });
  return [...lines.slice(0, HEADERS.length), ...words, ...lines.slice(-1)].join("\n");
}
