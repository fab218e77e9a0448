// Requests to the desk's own address. Nothing that is sent here is plain but codes, days and ids.

import { type Bytes, hex, random, sha256, toBase64, utf8 } from "../sealing/bytes";
import { Trouble, facts, pins, today } from "./page";
import type { Keys } from "./keys";

interface Refused {
  what?: string;
  todo?: string;
  code?: string;
}

async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  // What stands between, or broke, says nothing of what was done.
  if (response.status >= 500) throw new Trouble("no_answer");
  if (response.status === 404) throw new Trouble("absent");
  const refused = (await response.json().catch(() => ({}))) as Refused;
  if (response.status === 403 && !refused.what) throw new Trouble("signed_out");
  if (refused.code === "locked" || refused.code === "reauthenticate") throw new Trouble(refused.code);
  if (refused.code === "done") throw new Trouble("done_before", {}, refused.what);
  throw new Trouble("refused", {}, [refused.what, refused.todo].filter(Boolean).join(" ") || "");
}

function send(path: string, init: RequestInit): Promise<Response> {
  return fetch(facts().api + path, { credentials: "same-origin", redirect: "error", ...init }).catch(() => {
    throw new Trouble("no_answer");
  });
}

const headers = (more: Record<string, string> = {}): Record<string, string> => ({
  "Content-Type": "application/json",
  "X-CSRFToken": facts().csrf,
  ...more,
});

/** Posts JSON and gives the answer's. Throws Trouble. */
export async function post<T>(path: string, body: unknown): Promise<T> {
  const init = { method: "POST", headers: headers(), body: JSON.stringify(body) };
  return (await (await answered(await send(path, init))).json()) as T;
}

export async function get<T>(path: string): Promise<T> {
  return (await (await answered(await send(path, {}))).json()) as T;
}

/** The bytes of a file that is the same for every member of staff. */
export async function file(path: string): Promise<Bytes> {
  return new Uint8Array(await (await answered(await send(path, {}))).arrayBuffer());
}

/** Posts JSON and gives the answer's bytes. */
export async function fetched(path: string, body: unknown): Promise<Bytes> {
  const init = { method: "POST", headers: headers(), body: JSON.stringify(body) };
  return new Uint8Array(await (await answered(await send(path, init))).arrayBuffer());
}

/** The text that a person's Ed25519 key signs for an act: what, on which record, when, and the hash of what is sent. */
export async function actText(
  keys: Keys,
  act: string,
  record: string,
  nonce: string,
  day: string,
  body: Bytes,
): Promise<string> {
  return [
    "answerable/act@v1",
    `deployment ${pins().deployment}`,
    `person ${hex(keys.id)}`,
    `act ${act}`,
    `record ${record || "-"}`,
    `day ${day}`,
    `nonce ${nonce}`,
    `body ${hex(await sha256(body))}`,
    "",
  ].join("\n");
}

/** Milliseconds after which what had no answer is sent again, as it is: done twice it counts once. */
const AGAIN = [1_000, 3_000, 6_000];

/** Does an act: signs it and sends it. `record` is the id (hex) it is about, or "". Throws Trouble. */
export async function act<T>(keys: Keys, path: string, name: string, record: string, content: unknown): Promise<T> {
  const body = JSON.stringify(content);
  const text = await actText(keys, name, record, hex(random(16)), today(), utf8(body));
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", keys.ed, utf8(text)));
  const signed = { "X-Answerable-Act": toBase64(utf8(text)), "X-Answerable-Signature": toBase64(signature) };
  const init = { method: "POST", headers: headers(signed), body };
  for (let tries = 0; ; tries++)
    try {
      const response = await answered(await send(path, init));
      return (await response.json().catch(() => Promise.reject(new Trouble("no_answer")))) as T;
    } catch (error) {
      const key = error instanceof Trouble ? error.key : "";
      if (tries && key === "done_before") return {} as T;
      // Whoever does something last sees the record no more: that it is not there tells nothing then.
      if ((tries && key === "absent") || (key === "no_answer" && tries === AGAIN.length))
        throw new Trouble("no_answer_act");
      if (key !== "no_answer") throw error;
      await new Promise((later) => setTimeout(later, AGAIN[tries]));
    }
}
