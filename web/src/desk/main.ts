// The desk's script: finds out whether this tab is unlocked, and wires what the page holds.

import { type Wanted, forms, letIn } from "./doing";
import { hasKeyTypes } from "./kek";
import type { Keys } from "./keys";
import { notices } from "./notices";
import { facts, say, sentence } from "./page";
import { panels } from "./panels";
import { recoveryPage } from "./recovering";
import { current, lock, watchIdle } from "./session";
import { put } from "./show";
import { keysPage, once } from "./unlocking";

const here = (): string => location.pathname;

/** Shows whether the desk is locked, with the way to the other state. */
function state(keys: Keys | undefined): void {
  const box = document.getElementById("lock");
  if (!box || !facts().person) return;
  box.hidden = false;
  put(document.getElementById("lock-state")!, say(keys ? "is_unlocked" : "is_locked"));
  document.getElementById("lock-now")!.hidden = !keys;
  document.getElementById("unlock-first")!.hidden = !!keys || here() === facts().keysPage;
  for (const part of document.querySelectorAll<HTMLElement>("[data-locked]")) part.hidden = !!keys;
  for (const part of document.querySelectorAll<HTMLElement>("[data-unlocked]")) part.hidden = !keys;
}

/** The list of people who wait to be let in, on the page of keys. */
function grants(keys: Keys): void {
  const form = document.querySelector<HTMLFormElement>("#grants");
  if (!form) return;
  form.hidden = false;
  const wanted = facts().page["grants"] as Wanted[];
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void once(form, async () => {
      let count = 0;
      const troubles: string[] = [];
      for (const one of wanted)
        await letIn(keys, one).then(
          () => count++,
          (error: unknown) => troubles.push(sentence(error)),
        );
      put(form.querySelector("[role=status]")!, [say("granted", { count: String(count) }), ...troubles].join(" "));
      if (!troubles.length) location.reload();
    });
  });
}

async function start(): Promise<void> {
  const keys = (await hasKeyTypes()) ? await current(facts().person) : undefined;
  state(keys);
  await keysPage(keys);
  if (!keys) return;
  document.getElementById("lock-now")!.addEventListener("click", () => void lock().finally(() => location.reload()));
  watchIdle(() => location.reload());
  panels(keys);
  notices(keys);
  forms(keys);
  grants(keys);
  recoveryPage(keys);
}

// The page says of itself that its script has not come.
document.getElementById("scriptless")?.remove();
start().catch((error: unknown) => {
  const line = document.getElementById("lock-state");
  if (line) {
    line.closest<HTMLElement>("[hidden]")?.removeAttribute("hidden");
    put(line, sentence(error));
  }
});
