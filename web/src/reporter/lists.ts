// Word lists, from beside this script. Digits need not be fetched.

import { type WordList, digits, parseList, unfolded } from "../sealing/wordlists";
import { ask } from "./server";

/** The list of a name. In its file each word leaves out what it shares with the one before. */
export async function wordList(name: string): Promise<WordList> {
  if (name === "digits") return digits();
  const response = await ask(new URL(`words-${name}.txt`, import.meta.url).pathname);
  return parseList(unfolded(await response.text()));
}
