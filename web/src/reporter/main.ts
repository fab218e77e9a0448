// The script of every reporter's page: what it does depends on what the page holds. It stores nothing anywhere.

import { bringCurves } from "../sealing/curves";
import { watchLeaving } from "./leave";
import { watchListening } from "./listen";
import { byId, el, say } from "./page";

// Fetched only by browsers that lack X25519 or Ed25519.
bringCurves(async () => (await import("../sealing/noble")).curves);

/** What sealing needs of a browser. Without it there is a sentence, never a way around it. */
export const able = (): boolean =>
  typeof globalThis.crypto?.subtle?.encrypt === "function" &&
  typeof AbortSignal.timeout === "function" &&
  typeof BigInt === "function";

function tell(place: HTMLElement, key: string): void {
  place.prepend(el("p", { class: "warn", role: "alert" }, say(key)));
  place.hidden = false;
}

async function begin(): Promise<void> {
  watchLeaving();
  watchListening();
  const sending = document.querySelector<HTMLFormElement>("#intake-form");
  const returning = document.querySelector<HTMLFormElement>("#return-form");
  const form = sending ?? returning;
  const place = byId(sending ? "script-send" : "script-box");
  if (!form || !place) return;
  try {
    // Before she writes anything: at the top, not where the button would stand.
    if (!able()) tell(form, "why-browser");
    else if (sending) (await import("./send")).watchSending(sending);
    else (await import("./box")).watchReturning(form);
  } catch {
    // A part of the script did not come: what she wrote stands, and the way without scripts too.
    tell(place, "unreachable");
  }
  // Until now the page says that its script is on the way.
  byId("script-waits")?.remove();
}

void begin();
