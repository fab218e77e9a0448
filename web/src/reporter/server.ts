// The reporter party, spoken to without cookies. It sees sealed bytes and what routes them.

import { type Bytes, fromBase64, hex, unhex } from "../sealing/bytes";
import { fail } from "../sealing/errors";
import { type ReadersNote, checkReaders } from "../sealing/readers";
import { type Progress, solve } from "../sealing/work";
import { language } from "./page";

/** The public facts of a deployment, as its file `deployment.js` pins them. */
export interface Pins {
  deployment: string;
  panel: string[];
  /** Verifier keys of acknowledgements, and the trust policy of receipts, where the deployment names them. */
  ack?: string[];
  policy?: string;
}

export function pins(): Pins {
  const found = (globalThis as { ANSWERABLE?: Pins }).ANSWERABLE;
  return found?.deployment && found.panel?.length
    ? found
    : fail("browser", "the keys of this deployment did not arrive with the page");
}

export const deploymentOf = (found: Pins): Bytes => unhex(found.deployment, 32);

/** The server refused, and says why; perhaps with a challenge that asks for more work than the one before. */
export class ServerError extends Error {
  constructor(
    readonly status: number,
    readonly what: string,
    readonly todo: string,
    readonly challenge = "",
  ) {
    super(what);
  }
}

/** Nothing came back: no network, or no server. */
export class UnreachableError extends Error {}

interface Ask {
  method?: string;
  body?: Bytes;
  headers?: { [name: string]: string };
  /** Milliseconds after which no answer counts as none. */
  patience?: number;
}

export async function ask(
  path: string,
  { method = "GET", body, headers = {}, patience = 60_000 }: Ask = {},
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      ...(body ? { body } : {}),
      headers: {
        "Accept-Language": language(),
        ...(body ? { "Content-Type": "application/octet-stream" } : {}),
        ...headers,
      },
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(patience),
    });
  } catch {
    throw new UnreachableError();
  }
  if (response.ok) return response;
  const said = (await response.json().catch(() => ({}))) as { what?: string; todo?: string; challenge?: string };
  throw new ServerError(response.status, said.what ?? "", said.todo ?? "", said.challenge);
}

const json = async <T>(response: Promise<Response>): Promise<T> => {
  const answer = await response;
  try {
    return (await answer.json()) as T;
  } catch {
    // Cut off on the way: as good as none.
    throw new UnreachableError();
  }
};

/** The readers' note, signed by two of the pinned members of the panel. */
export async function readers(found: Pins): Promise<ReadersNote> {
  const response = await ask("/api/readers/");
  return checkReaders(new Uint8Array(await response.arrayBuffer()), found.panel, deploymentOf(found));
}

/** How often more work is done at once because many others came meanwhile. Each time more is asked for, up to a most. */
const ROUNDS = 6;

/** Work for some bytes, begun now, beside whatever is done meanwhile. What goes wrong is met where it is used. */
export function begin(subject: Bytes, progress?: Progress): Promise<Bytes> {
  const work = json<{ challenge: string }>(ask("/api/challenge/")).then(({ challenge }) =>
    solve(fromBase64(challenge), subject, progress),
  );
  work.catch(() => undefined);
  return work;
}

/**
 * Does work for some bytes, unless it was begun, and sends something with it. When many others came while it was done,
 * the server asks for more: that is done too, and the same is sent again.
 */
export async function worked<T>(
  subject: Bytes,
  send: (work: Bytes) => Promise<T>,
  progress?: Progress,
  begun = begin(subject, progress),
): Promise<T> {
  for (let round = 1; ; round++)
    try {
      return await send(await begun);
    } catch (error) {
      if (!(error instanceof ServerError && error.status === 428 && error.challenge) || round === ROUNDS) throw error;
      begun = solve(fromBase64(error.challenge), subject, progress);
    }
}

/** What the server answers when it has received something. */
export interface Received {
  ack: string;
  leaf: string;
  include_by: number;
  opening: string;
  submission: string;
}

export const post = (path: string, body: Bytes): Promise<Received> => json(ask(path, { method: "POST", body }));

export const openBox = <T>(body: Bytes): Promise<T> => json(ask("/api/box/", { method: "POST", body }));

const upload = (id: Bytes): string => `/api/uploads/${hex(id)}/`;

/** How many chunks of an upload the server holds. */
export async function chunksHeld(id: Bytes): Promise<number> {
  const response = await ask(upload(id), { method: "HEAD" });
  return Number(response.headers.get("X-Chunks") ?? 0);
}

/** Sends chunks that begin at `index`; how many the server holds then. */
export async function putChunks(id: Bytes, index: number, data: Bytes, workDone?: Bytes): Promise<number> {
  const headers = { "X-Chunk": String(index), ...(workDone ? { "X-Work": hex(workDone) } : {}) };
  const { held } = await json<{ held: number }>(
    ask(upload(id), { method: "PUT", body: data, headers, patience: 180_000 }),
  );
  return held;
}
