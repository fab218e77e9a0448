// The page of keys: making them at the first visit, unlocking at every other, replacing them when a passphrase is lost.

import { hex, random, toBase64 } from "../sealing/bytes";
import { newPassphrase } from "../sealing/persons";
import { get, post } from "./asking";
import { hasKeyTypes } from "./kek";
import type { Keys } from "./keys";
import { facts, say, sentence, Trouble } from "./page";
import { ask, keep, newHalf, unlock } from "./session";
import { make, put, trouble } from "./show";

const WORDS = "words/";

/** Wires what the page of keys shows. `keys` are those of a tab that is unlocked already. */
export async function keysPage(keys: Keys | undefined): Promise<void> {
  const setup = document.querySelector<HTMLFormElement>("#setup");
  const open = document.querySelector<HTMLFormElement>("#unlock");
  if (!(await hasKeyTypes())) {
    for (const form of [setup, open]) if (form) trouble(form, say("browser"));
    return;
  }
  if (setup) begin(setup);
  if (open && !keys) opening(open);
}

function status(form: HTMLFormElement): { say: (words: string) => void; part: (done: number) => void } {
  const line = form.querySelector("[role=status]")!;
  const bar = form.querySelector("progress");
  return {
    say: (words) => put(line, words),
    part: (done) => {
      if (!bar) return;
      bar.hidden = done >= 1;
      bar.value = done;
    },
  };
}

/** Does something once while a form's button is disabled; what goes wrong is said in the form. */
export async function once(form: HTMLFormElement, does: () => Promise<void>): Promise<void> {
  const buttons = form.querySelectorAll<HTMLButtonElement>("button");
  const line = form.querySelector<HTMLElement>("[role=status]");
  for (const button of buttons) button.disabled = true;
  try {
    await does();
  } catch (error) {
    if (line) trouble(line, sentence(error));
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

function opening(form: HTMLFormElement): void {
  form.hidden = false;
  const field = form.querySelector<HTMLInputElement>("input")!;
  field.focus();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void once(form, async () => {
      const told = status(form);
      told.say(say("unlocking"));
      const passphrase = field.value;
      field.value = "";
      await unlock(passphrase, facts().person!, told.part).catch((error: unknown) => {
        field.focus();
        throw error;
      });
      location.assign(next());
    });
  });
}

/** Where the person wanted to go: only ever an address of this desk. */
export function next(): string {
  const wanted = new URLSearchParams(location.search).get("next") ?? "";
  return /^\/desk\/[a-zA-Z0-9/_-]*$/.test(wanted) ? wanted : "/desk/";
}

function begin(form: HTMLFormElement): void {
  form.hidden = false;
  const shown = form.querySelector<HTMLElement>("#passphrase")!;
  const again = form.querySelector<HTMLInputElement>("input")!;
  let passphrase = "";
  form.querySelector("#make")!.addEventListener("click", () => {
    void once(form, async () => {
      passphrase = newPassphrase(await get<string[]>(WORDS));
      put(shown, ...passphrase.split(" ").map((word) => make("li", {}, word)));
      form.querySelector<HTMLElement>("#confirm")!.hidden = false;
      again.focus();
    });
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void once(form, async () => {
      const typed = again.value.normalize("NFKC").toLowerCase().trim().split(/\s+/u).join(" ");
      if (!passphrase || typed !== passphrase) throw new Trouble("not_the_same");
      const told = status(form);
      told.say(say("making"));
      try {
        await establish(passphrase, form.dataset["replace"] === "1", told.part);
      } catch (error) {
        // The proof is too old by now: this page asks for it again, and comes back.
        if (error instanceof Trouble && error.key === "reauthenticate") return location.reload();
        throw error;
      }
      location.assign(next());
    });
  });
}

/** Makes and registers this person's keys, and leaves the tab unlocked. */
async function establish(passphrase: string, replace: boolean, progress: (done: number) => void): Promise<void> {
  const salt = random(16);
  const { kept, made } = await ask({ passphrase, salt, half: await newHalf(), make: true }, progress);
  if (!made) throw new Trouble("unlock_failed");
  await post("keys/", {
    x25519: hex(made.x25519),
    ed25519: hex(made.ed25519),
    salt: toBase64(salt),
    wrapped_x: toBase64(made.wrappedX),
    wrapped_ed: toBase64(made.wrappedEd),
    replace,
  });
  keep(kept);
}
