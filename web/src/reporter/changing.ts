// New words in place of old ones: shown, confirmed, and then put to every mailbox that the old ones opened.

import type { Bytes } from "../sealing/bytes";
import { type Code, derive } from "../sealing/codes";
import type { ReadersNote } from "../sealing/readers";
import type { Opened } from "./adding";
import { patience, passing } from "./attachments";
import type { Held } from "./box";
import { el, language, say, show, status } from "./page";
import { changeCode } from "./rekeying";
import { deploymentOf, pins, readers } from "./server";
import { askTwo, wordList as shownWords } from "./words";

type Load = (opened: Opened) => Promise<Held>;
type Surely = <T>(deed: () => Promise<T>) => Promise<T>;

const wait = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/** Shows the new words and asks for two of them. Ends when they are right. */
export function confirmed(into: HTMLElement, code: Code): Promise<void> {
  const digits = code.list.name === "digits" && el("p", { class: "soft" }, say("digits-hide"));
  const words = el("div", {}, shownWords(code), digits);
  const check = el("div", {});
  into.replaceChildren(el("p", {}, el("strong", {}, say("words-write"))), words, el("p", {}, say("words-two")), check);
  status("");
  show(into);
  return askTwo(code, check, words);
}

/** Puts the new words in place of the old ones, mailbox by mailbox; the mailboxes as the new words open them. */
export async function changed(held: readonly Held[], code: Code, load: Load, surely: Surely): Promise<Held[]> {
  const found = pins();
  const note = await surely(() => readers(found));
  const k = await derive(code, deploymentOf(found));
  const out: Held[] = [];
  // Nothing is added to what was taken back, new keys neither: it stays with the words that it has.
  for (const one of held.filter(({ mailbox }) => !mailbox.withdrawn)) {
    await exchange(one, note, k, load);
    out.push(await surely(() => load({ ...one.opened, k })));
  }
  return out;
}

/** Changes one mailbox; a lost answer is found out by trying the new words. */
async function exchange({ opened, mailbox }: Held, note: ReadersNote, k: Bytes, load: Load): Promise<void> {
  for (let tries = 0; ;)
    try {
      await changeCode(opened, mailbox, note, k, language());
      return;
    } catch (error) {
      const opens = await load({ ...opened, k }).then(
        () => true,
        () => false,
      );
      if (opens) return;
      if (tries > 5 || !passing(error)) throw error;
      status(say("trying-again", { seconds: patience(tries) }));
      await wait(patience(tries++) * 1000);
    }
}
