// Unlocked or locked: half of what opens a person's keys lies in this tab, the other half in the server's session.

import { type Bytes, fromBase64, toBase64, unhex } from "../sealing/bytes";
import { secretFromKey } from "../sealing/curves";
import { openPersonKey } from "../sealing/persons";
import { post } from "./asking";
import { type Derived, restore } from "./kek";
import type { Keys } from "./keys";
import { type PersonFacts, Trouble, facts } from "./page";
import type { Asked, Told } from "./worker";

const KEPT = "answerable-desk-kept";
/** Idle time after which the desk locks itself; the server forgets its half after the same time. */
const IDLE = 15 * 60_000;
/** How often a page in use tells the server so. */
const STIR = 60_000;

/** Runs the worker once; `progress` is told fractions. Throws Trouble "unlock_failed" when it cannot. */
export function ask(question: Asked, progress: (done: number) => void): Promise<Derived> {
  const worker = new Worker(facts().worker);
  return new Promise<Derived>((done, failed) => {
    worker.addEventListener("message", ({ data }: MessageEvent<Told>) => {
      if ("done" in data) progress(data.done);
      else if ("derived" in data) done(data.derived);
      else failed(new Trouble("unlock_failed"));
    });
    worker.addEventListener("error", () => failed(new Trouble("unlock_failed")));
    worker.postMessage(question);
  }).finally(() => worker.terminate());
}

/** A new half from the server: it begins an unlocked session there. */
export const newHalf = async (): Promise<Bytes> =>
  fromBase64((await post<{ half: string }>("half/", { fresh: true })).half);

export function keep(kept: Bytes): void {
  sessionStorage.setItem(KEPT, toBase64(kept));
}

/** Opens a person's keys under `kek`. Throws when the passphrase was another. */
export async function openKeys(kek: CryptoKey, person: PersonFacts): Promise<Keys> {
  const salt = fromBase64(person.salt);
  return {
    id: unhex(person.id, 16),
    x: await secretFromKey(await openPersonKey(kek, "x25519", salt, fromBase64(person.wrappedX))),
    ed: await openPersonKey(kek, "ed25519", salt, fromBase64(person.wrappedEd)),
  };
}

/** Unlocks with the passphrase, which stays in this tab. Throws Trouble "wrong_passphrase". */
export async function unlock(
  passphrase: string,
  person: PersonFacts,
  progress: (done: number) => void = () => undefined,
): Promise<Keys> {
  const half = await newHalf();
  const { kek, kept } = await ask({ passphrase, salt: fromBase64(person.salt), half, make: false }, progress);
  const keys = await openKeys(kek, person).catch(() => {
    throw new Trouble("wrong_passphrase");
  });
  keep(kept);
  return keys;
}

/** The keys of a tab that is unlocked, or undefined. */
export async function current(person: PersonFacts | null): Promise<Keys | undefined> {
  const kept = sessionStorage.getItem(KEPT);
  if (!kept || !person) return undefined;
  try {
    const { half } = await post<{ half: string }>("half/", { fresh: false });
    return await openKeys(await restore(fromBase64(kept), fromBase64(half)), person);
  } catch (error) {
    if (error instanceof Trouble && error.key === "no_answer") throw error;
    sessionStorage.removeItem(KEPT);
    return undefined;
  }
}

/** Locks: this tab forgets its half, the server the other; when `idle`, only where no other tab is in use. */
export async function lock(idle = false): Promise<void> {
  sessionStorage.removeItem(KEPT);
  await post("lock/", { idle }).catch(() => undefined); // the tab's half is gone: the server's alone opens nothing
}

/** Locks after 15 minutes in which nobody touched the page; while somebody does, the server's half is kept alive. */
export function watchIdle(locked: () => void): void {
  let touched = Date.now();
  let told = Date.now();
  for (const kind of ["pointerdown", "keydown", "input", "scroll"])
    addEventListener(kind, () => void (touched = Date.now()), { passive: true });
  const watch = setInterval(() => {
    if (Date.now() - touched >= IDLE) {
      clearInterval(watch); // once: a second would tear the page away from the first
      void lock(true).finally(locked);
    } else if (touched > told && Date.now() - told >= STIR) {
      told = Date.now();
      void post("half/", { fresh: false }).catch((error: unknown) => {
        if (error instanceof Trouble && error.key === "locked") locked();
      });
    }
  }, 5_000);
}
