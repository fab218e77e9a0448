// The notices that a proposed assessment would send: whoever reviews it reads the very bytes that go out.

import { fromBase64 } from "../sealing/bytes";
import { Field, Record } from "../sealing/place";
import type { Keys } from "./keys";
import { fetchPart, fieldOf, openOne, whereOf } from "./opened";
import { Trouble, say, sentence } from "./page";
import { make, put, trouble, written } from "./show";
import { altered } from "./telling";
import { hashOf } from "./thread";

/** What this page has shown: by the id of the report, the SHA-256 (hex) of the sealed notice that opened. */
const read = new Map<string, string>();

const sections = (): NodeListOf<HTMLElement> => document.querySelectorAll<HTMLElement>("[data-notice]");

/** Lets each notice of the page be opened. */
export function notices(keys: Keys): void {
  for (const section of sections()) {
    const button = section.querySelector<HTMLButtonElement>("button");
    const shown = section.querySelector<HTMLElement>("[data-read]");
    if (!button || !shown) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      button.disabled = true;
      put(shown, make("p", { class: "soft" }, say("opening")));
      show(keys, section, shown)
        .then(() => put(button, say("open_again")))
        .catch((error: unknown) => trouble(shown, sentence(error)))
        .finally(() => (button.disabled = false));
    });
  }
}

/** Opens the one notice that the section names, in the thread that it is sealed to. */
async function show(keys: Keys, section: HTMLElement, shown: HTMLElement): Promise<void> {
  const { notice: report = "", part: compartment = "", version } = section.dataset;
  read.delete(report);
  const where = whereOf(compartment, report, Record.Report);
  let thing = `notice/${version}`;
  try {
    const { part, answer } = await fetchPart(keys, where, report, "read", "notice");
    const value = answer.values.find((one) => one.version === Number(version) && fieldOf(one.field) === Field.Notice);
    if (!value) throw new Trouble("absent");
    const opened = await openOne(part, value);
    if (opened.keyless) throw new Trouble("key_not_given");
    const words = (opened.data as { text?: unknown } | undefined)?.text;
    if (opened.failed || typeof words !== "string") throw new Trouble("altered", { id: thing });
    read.set(report, await hashOf(fromBase64(value.sealed)));
    put(shown, written(words));
  } catch (error) {
    if (!(error instanceof Trouble) || error.key !== "altered") throw error;
    thing = error.values["id"] ?? thing;
    put(shown, altered(keys, compartment, thing, report));
  }
}

/** What was read, for whoever agrees to it. Throws Trouble "read_notice" while one of them is unopened. */
export function noticesRead(): { report: string; sha256: string }[] {
  return [...sections()].map((section) => {
    const report = section.dataset["notice"]!;
    const sha256 = read.get(report);
    if (!sha256) throw new Trouble("read_notice");
    return { report, sha256 };
  });
}
