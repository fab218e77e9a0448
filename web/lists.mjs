// The word lists of src/answerable/sealing/lists as the pages fetch them: each word without what it shares with the last.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const HEADERS = 4;

/** One digit (base 36) for the characters shared with the word before, then the rest. Undone by `unfolded`. */
export function shortened(text) {
  const lines = text.split("\n");
  const words = lines.slice(HEADERS, -1);
  const short = words.map((word, i) => {
    const before = words[i - 1] ?? "";
    let shared = 0;
    while (shared < 35 && shared < word.length && word[shared] === before[shared]) shared++;
    return shared.toString(36) + word.slice(shared);
  });
  return [...lines.slice(0, HEADERS), ...short, ""].join("\n");
}

/** Every list but digits, which pages count out themselves: name of the file, and its text. */
export const lists = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".txt") && name !== "digits.txt")
    .sort()
    .map((name) => [`words-${name}`, shortened(readFileSync(join(folder, name), "utf8"))]);
