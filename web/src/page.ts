// The page: a receipt is chosen, dropped or pasted; the answer stands in words first, the details after. Everything is
// written as text, never as markup. The script makes no request and no navigation.

import { type Bytes, octets, utf8 } from "./bytes";
import { type Json, isObject } from "./json";
import { verify } from "./verify";
import { Say } from "./why";

const element = (id: string): HTMLElement => document.getElementById(id)!;
const sentences = JSON.parse(element("texts").textContent!) as string[];

const said = element("said");
const details = element("details");
const policyBox = element("policy") as HTMLTextAreaElement;
const pasteBox = element("paste") as HTMLTextAreaElement;
const chooser = element("file") as HTMLInputElement;

let receipt: Bytes | null = null;
let opening: Bytes | null = null;
/** A dropped policy, to the byte; null while the page's own holds. */
let policy: Bytes | null = null;
let round = 0;

function add(parent: HTMLElement, tag: string, content: Say | string): void {
  const child = document.createElement(tag);
  child.textContent = typeof content === "string" ? content : sentences[content]!;
  // Each piece takes its direction from its own first letter, so that a Latin hash stays whole on an Arabic page.
  child.dir = "auto";
  parent.append(child);
}

function tell(answer: Say, reason: Say, about = ""): void {
  said.className = "answer" + answer;
  said.textContent = details.textContent = "";
  add(said, "h2", answer);
  add(said, "p", reason);
  if (about) add(said, "code", about.slice(0, 200));
}

function detail(label: Say | string, content: string): void {
  add(details, "dt", label);
  add(details, "dd", content || "—");
}

const plain = (value: Json): string =>
  Array.isArray(value)
    ? value.map(plain).join("\n")
    : isObject(value)
      ? Object.entries(value)
          .map(([name, one]) => name + ": " + plain(one))
          .join(" · ")
      : String(value ?? "");

/** A day and time in UTC, as this language writes them. */
const when = (seconds: bigint): string =>
  new Date(Number(seconds) * 1000).toLocaleString(document.documentElement.lang, {
    dateStyle: "long",
    timeStyle: "long",
    timeZone: "UTC",
  });

async function run(): Promise<void> {
  const mine = ++round;
  if (!receipt) return tell(Say.Waiting, Say.NeedReceipt);
  tell(Say.Waiting, Say.Checking);
  const { answer, why, about, facts } = await verify(receipt, policy ?? utf8(policyBox.value), opening);
  if (mine !== round) return;
  tell(answer, why, about);
  if (facts) {
    add(said, "p", facts.time ? Say.NotLater : Say.NoTime);
    if (facts.time) add(said, "strong", when(facts.time));
    add(said, "p", facts.shown);
    for (const [name, value] of facts.fields) detail(name, plain(value));
    detail(Say.Log, facts.origin);
    detail(Say.Place, facts.index + " / " + facts.size);
    detail(Say.Leaf, facts.leaf);
    detail(Say.Witnesses, facts.witnesses.join("\n"));
    if (facts.unchecked) detail(Say.Mldsa, String(facts.unchecked));
  }
  said.scrollIntoView({ block: "nearest" });
}

/** Sorts what came by how it begins. What begins like nothing known is taken for a receipt, and refused as one. */
function take(pieces: Bytes[]): Promise<void> {
  const before = receipt;
  let beside: Bytes | null = null;
  for (const bytes of pieces) {
    const start = octets(bytes.slice(0, 4096));
    if (start[0] === "{") beside = bytes;
    else if (/^\s*(log|witness|group|quorum)\s/m.test(start)) {
      policy = bytes;
      policyBox.value = new TextDecoder().decode(bytes);
      add(policyBox.parentElement!, "p", Say.Dropped);
    } else receipt = bytes;
  }
  // An opening stays with the receipt it came for: a second receipt starts afresh.
  if (beside || (before && before !== receipt)) opening = beside;
  return run();
}

const takeFiles = async (files: FileList): Promise<void> =>
  take(await Promise.all([...files].map(async (file) => new Uint8Array(await file.arrayBuffer()))));

chooser.onchange = () => takeFiles(chooser.files!);
// So that the same file can be chosen again.
chooser.onclick = () => {
  chooser.value = "";
};
// Pasting loses or doubles the last line break, which a receipt has once and an opening never.
element("check").onclick = () => {
  const pasted = pasteBox.value.trim();
  return take(pasted ? [utf8(pasted[0] === "{" ? pasted : pasted + "\n")] : []);
};
// The whole window takes the file: dropped beside the area it would otherwise replace the page.
ondragover = (event) => event.preventDefault();
ondrop = (event) => {
  event.preventDefault();
  void takeFiles(event.dataTransfer!.files);
};

element("without").hidden = true;
element("with").hidden = false;
