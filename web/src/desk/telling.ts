// What does not open in its place: said on the page with its id, and told to the panel by an act that stays.

import { act } from "./asking";
import { recordOf } from "./opened";
import { say } from "./page";
import type { Keys } from "./keys";
import { make, put } from "./show";

/** An element that names what did not open, and says whether the panel has been told. */
export function altered(keys: Keys, compartment: string, object: string, record = recordOf()): HTMLElement {
  const id = `${compartment}/${object}`;
  const shown = make("p", { class: "warn", role: "alert" }, say("altered", { id }));
  act(keys, `records/${record}/do/report_altered/`, "report_altered", record, { compartment, object }).then(
    () => put(shown, say("altered_told", { id })),
    () => undefined, // the sentence that stands there asks the reader to tell the panel
  );
  return shown;
}
