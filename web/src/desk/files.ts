// Attachments: the cleaned copy is shown, with who made it; the original opens with a reason, which is noted.

import { type Bytes, hex, same, sha256, unhex } from "../sealing/bytes";
import { type FileHead, openFile, openHead } from "../sealing/files";
import { COMPARTMENT_CODES, Field } from "../sealing/place";
import { fetched } from "./asking";
import { placeOf } from "./compartments";
import { type FileFacts, type Part, fieldOf, keyless, numbered, recordOf } from "./opened";
import { Trouble, facts, say, sentence } from "./page";
import type { Keys } from "./keys";
import { make, put, sizeName, trouble } from "./show";
import { altered } from "./telling";

/** Types that may be shown from a cleaned copy, once they open as what they say; anything else is kept as a file. */
const PICTURES = /^image\/(png|jpeg|webp)$/;
/** As many points as the site's own cleaner takes. */
const MOST_POINTS = 40_000_000;
const SOUND = /^(audio|video)\/[a-z0-9.+-]+$/;

/** The attachments of an open compartment, as a list. */
export function attachments(keys: Keys, part: Part): HTMLElement | undefined {
  if (!part.files.length) return undefined;
  const list = make("ul", { class: "plain attachments" });
  paired(part.files).forEach((several, place) => {
    for (const file of several) list.append(item(keys, part, file, place + 1));
  });
  return list;
}

/** The files as they were handed in: of each the cleaned copies, then the original. */
function paired(files: readonly FileFacts[]): FileFacts[][] {
  const known = new Set(files.map(({ id }) => id));
  return files
    .filter((file) => !file.cleaned || !known.has(file.of))
    .map((file) => [...files.filter((one) => one.cleaned && one.of === file.id), file]);
}

function item(keys: Keys, part: Part, file: FileFacts, number: number): HTMLElement {
  const entry = make("li", { class: "card" });
  const kind = say(file.cleaned ? "cleaned_copy" : "original");
  const heading = make("strong", {}, say("file_number", { number: String(number) }));
  entry.append(make("p", {}, heading, ` · ${kind} · ${sizeName(file.length)}`));
  if (file.cleaned) entry.append(make("p", { class: "soft small" }, say(`made_by=${file.maker}`)));
  if (file.standing) entry.append(make("p", { class: "warn" }, say(`standing=${file.standing}`)));
  const shown = make("div", { "aria-live": "polite" });
  if (file.cleaned) entry.append(make("p", {}, showing(keys, part, file, shown)));
  else entry.append(asking(keys, part, file, shown));
  entry.append(shown);
  return entry;
}

function button(words: string): HTMLButtonElement {
  return make("button", { type: "button", class: "quiet" }, words);
}

function showing(keys: Keys, part: Part, file: FileFacts, into: HTMLElement): HTMLElement {
  const show = button(say("show_file"));
  show.addEventListener("click", () => {
    show.disabled = true;
    opened(part, file, "")
      .then(({ head, data }) => display(into, head, data, true))
      .catch((error: unknown) => unopened(keys, part, into, error))
      .finally(() => (show.disabled = false));
  });
  return show;
}

/** The original: a reason is chosen first, and goes into the chain of reads. */
function asking(keys: Keys, part: Part, file: FileFacts, into: HTMLElement): HTMLElement {
  const reasons = facts().page["reasons"] as Record<string, string>;
  const id = `reason-${file.id}`;
  const select = make("select", { id }, make("option", { value: "" }, "—"));
  for (const [code, words] of Object.entries(reasons)) select.append(make("option", { value: code }, words));
  const open = button(say("open_original"));
  open.addEventListener("click", () => {
    if (!select.value) {
      trouble(into, say("say_why"));
      return;
    }
    open.disabled = true;
    opened(part, file, select.value)
      .then(({ head, data }) => display(into, head, data, false))
      .catch((error: unknown) => unopened(keys, part, into, error))
      .finally(() => (open.disabled = false));
  });
  const field = make("div", { class: "field" }, make("label", { for: id }, say("why_original")), select);
  return make("div", {}, field, make("p", {}, open));
}

/** What is altered is told to the panel; anything else is only said. */
function unopened(keys: Keys, part: Part, into: HTMLElement, error: unknown): void {
  if (error instanceof Trouble && error.key === "altered")
    put(into, altered(keys, COMPARTMENT_CODES[part.where.compartment]!, error.values["id"]!));
  else trouble(into, sentence(error));
}

/** Fetches and opens a body, and holds it to the hash under which it was handed in. */
async function opened(part: Part, file: FileFacts, reason: string): Promise<{ head: FileHead; data: Bytes }> {
  const field = file.cleaned ? Field.Cleaned : Field.File;
  const broken = (): never => {
    throw new Trouble("altered", { id: file.id });
  };
  const value = part.values.find((one) => fieldOf(one.field) === field && one.version === file.version);
  const secret = value && part.secrets.get(value.epoch);
  if (value && keyless(part, value, value.bytes)) throw new Trouble("key_not_given");
  if (!value || !secret) return broken();
  const place = placeOf(part.where, field, numbered(file.version));
  await openHead(place, secret, value.bytes).catch(broken);
  const body = await fetched(`records/${recordOf()}/files/${file.id}/`, { reason });
  if (!same(await sha256(body), unhex(file.sha256, 32))) broken();
  return openFile(place, secret, value.bytes, body).catch(broken);
}

/** A file name without anything that could be a path or turn around. */
const harmless = (name: string): string => name.replace(/[\p{C}\\/:*?"<>|]/gu, "_").slice(0, 120) || "file";

/** The bytes as a picture, sound or film that this browser opens as such; undefined for anything else. */
async function showable(url: string, type: string, name: string): Promise<HTMLElement | undefined> {
  if (PICTURES.test(type)) {
    const picture = make("img", { alt: name, class: "cleaned" });
    try {
      // Its size is known from its first bytes: what would fill the memory is never drawn.
      await loaded(picture, "load", url);
      if (picture.naturalWidth * picture.naturalHeight > MOST_POINTS) return undefined;
      await picture.decode();
      return picture;
    } catch {
      return undefined;
    }
  }
  if (!SOUND.test(type)) return undefined;
  const player = type.startsWith("audio/")
    ? make("audio", { controls: "", preload: "metadata" })
    : make("video", { controls: "", preload: "metadata", class: "cleaned" });
  return loaded(player, "loadedmetadata", url).then(
    () => player,
    () => undefined,
  );
}

/** Resolves when an element has read enough of its address; throws when it is nothing of the kind. */
function loaded(element: HTMLImageElement | HTMLMediaElement, event: string, url: string): Promise<void> {
  return new Promise((settle, reject) => {
    element.addEventListener(event, () => settle(), { once: true });
    element.addEventListener("error", () => reject(new Error("not what it says")), { once: true });
    element.src = url;
  });
}

async function display(into: HTMLElement, head: FileHead, data: Bytes, cleaned: boolean): Promise<void> {
  const shows = cleaned && (PICTURES.test(head.type) || SOUND.test(head.type));
  const named = (type: string): string => URL.createObjectURL(new Blob([data], { type }));
  const name = harmless(head.name);
  const heading = make("p", { dir: "auto" }, make("bdi", {}, name));
  const typed = shows ? named(head.type) : "";
  const seen = shows ? await showable(typed, head.type, name) : undefined;
  if (typed && !seen) URL.revokeObjectURL(typed);
  // What was not seen to be what it says is handed out as bytes of no kind.
  const href = seen ? typed : named("application/octet-stream");
  const keep = make("a", { href, download: name, class: "button quiet" }, say("download"));
  if (seen) put(into, heading, seen, keep);
  else {
    const why = shows ? [make("p", { class: "warn", role: "alert" }, say("no_such_picture"))] : [];
    put(into, heading, ...why, make("p", { class: "soft small hash" }, hex(head.sha256)), keep);
  }
}
