// The page of one recovery: members' files are read, checked and combined here, and the key is wrapped to this person.

import { hex, toBase64, fromUtf8 } from "../sealing/bytes";
import { act, file, post } from "./asking";
import { wrapFor } from "./compartments";
import { note } from "./noted";
import { facts, say, sentence } from "./page";
import { type Partial, combine, readKey, readPartial, readRequest } from "./recovery";
import type { Keys } from "./keys";
import { make, put } from "./show";
import { once } from "./unlocking";

/** Wires the form that takes members' files. */
export function recoveryPage(keys: Keys): void {
  const form = document.querySelector<HTMLFormElement>("#recovery");
  if (!form) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void once(form, () => recover(keys, form));
  });
}

async function recover(keys: Keys, form: HTMLFormElement): Promise<void> {
  const handle = facts().page["recovery"] as string;
  const record = facts().page["record"] as string;
  const known = await note();
  const key = readKey(fromUtf8(await file("recovery-key/")), known.recovery);
  const request = await readRequest(await file(`recoveries/${handle}/request/`));
  const chosen = form.querySelector<HTMLInputElement>("input[type=file]")!.files ?? [];
  const told = make("ul", {});
  const partials = new Map<number, Partial>();
  const sent = new Map<number, unknown>();
  for (const one of chosen) {
    const text = await one.text();
    try {
      const partial = await readPartial(text, key, request, keys.x);
      partials.set(partial.member, partial);
      sent.set(partial.member, JSON.parse(text) as unknown);
      told.append(make("li", {}, say("result_of", { member: String(partial.member) })));
    } catch (error) {
      told.append(make("li", { class: "late" }, make("bdi", {}, one.name), " · ", words(error)));
    }
  }
  const have = say("results_needed", { have: String(partials.size), need: String(key.k) });
  put(form.querySelector("[role=status]")!, have, told);
  if (partials.size < key.k) return;
  const used = [...partials.values()].slice(0, key.k);
  const kept = facts().page["partials"] as string[];
  for (const { member } of used)
    if (!kept.includes(`member-${member}`)) await post(`recoveries/${handle}/partials/`, sent.get(member));
  const raw = await combine(key, request, used);
  const where = { ...request.place };
  const epoch = facts().page["epoch"] as number;
  const [made] = await wrapFor(raw, where, [{ id: keys.id, publicKey: keys.x.publicKey }], epoch % 2 ** 32);
  const wrap = { holder: hex(made!.holder), wrap: toBase64(made!.wrap) };
  const members = used.map(({ member }) => `member-${member}`);
  const path = `records/${record}/do/use_recovery/`;
  const answer = await act<{ next: string }>(keys, path, "use_recovery", record, { recovery: handle, wrap, members });
  location.assign(answer.next);
}

/** What was wrong with a member's file, in the page's language. */
function words(error: unknown): string {
  if (!(error instanceof Error) || error.name !== "SealingError") return sentence(error);
  const member = /^the result of member (\d+) proves nothing/.exec(error.message)?.[1];
  if (member) return say("partial_proves_nothing", { member });
  return say(error.message === "this file answers another request" ? "partial_of_another" : "partial_unreadable");
}
