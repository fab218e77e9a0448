// The proofs of one thing that was sent: the acknowledgement, the receipt, checked here, and what they open to.

import { fromBase64, fromUtf8, utf8 } from "../sealing/bytes";
import type { RecordBox, SubmissionJson } from "./mailbox";
import { button, dayOf, download, el, say } from "./page";
import { checkReceipt } from "./receipts";
import { pins } from "./server";
import { sentencesOf } from "./trouble";

/** What proves one submission, with buttons to keep each. `index`: its place among those of its record. */
export function proof(record: RecordBox, one: SubmissionJson, index: number): HTMLElement {
  const later = one.kind !== "report" && one.kind !== "help";
  const about = say(later ? "proof-later" : `your-${one.kind}`);
  const part = el(
    "div",
    {},
    el("h3", {}, `${about} · ${dayOf(one.day)}`),
    el("p", {}, say("leaf"), el("br"), el("code", {}, one.leaf)),
  );
  const head = (key: string): HTMLElement => el("h4", {}, say(key));
  const keep = (key: string, name: string, data: () => Uint8Array<ArrayBuffer>): HTMLElement =>
    button(say(key), () => download(name, data(), "text/plain"), true);
  if (one.ack) {
    const note = fromBase64(one.ack);
    part.append(
      head("proof-ack"),
      el("pre", {}, fromUtf8(note)),
      el(
        "p",
        {},
        keep("ack-keep", "ack.txt", () => note),
      ),
    );
  }
  const result = el("p", { role: "status" }, one.receipt ? "" : say("receipt-later"));
  part.append(head("proof-receipt"), result);
  if (one.receipt) {
    const { receipt } = one;
    part.append(
      el(
        "p",
        {},
        keep("receipt-keep", "receipt.txt", () => fromBase64(receipt)),
      ),
    );
    void checkReceipt(receipt, one.leaf, pins().policy).then(
      ({ since }) => {
        result.textContent = since ? say("receipt-since", { day: dayOf(since) }) : say("receipt-holds");
      },
      (error: unknown) => {
        result.className = "warn";
        result.textContent = [say("receipt-bad"), ...sentencesOf(error)].join(" ");
      },
    );
  }
  const opening = index === 0 ? record.openings[0] : undefined;
  if (opening)
    part.append(
      head("proof-opening"),
      el("p", {}, say("opening-why")),
      el(
        "p",
        {},
        keep("opening-keep", "opening.txt", () => utf8(JSON.stringify(opening))),
      ),
    );
  return part;
}
