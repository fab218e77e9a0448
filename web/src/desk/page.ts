// What the page gives the script: facts as JSON in a block that no browser runs, and words in the page's language.

export interface PersonFacts {
  id: string;
  x25519: string;
  ed25519: string;
  salt: string;
  wrappedX: string;
  wrappedEd: string;
}

export interface Facts {
  api: string;
  csrf: string;
  worker: string;
  keysPage: string;
  /** Null for an account that has made no keys yet. */
  person: PersonFacts | null;
  words: Record<string, string>;
  /** What this one page is about. */
  page: Record<string, unknown>;
}

/** What the deployment's own script pins: see the view `deployment`. */
export interface Pins {
  deployment: string;
  panel: string[];
}

let known: Facts | undefined;

/** The facts of this page. Throws where the page is none of the desk's. */
export function facts(): Facts {
  known ??= JSON.parse(document.getElementById("desk-facts")!.textContent) as Facts;
  return known;
}

export const pins = (): Pins => (globalThis as unknown as { ANSWERABLE: Pins }).ANSWERABLE;

/** A sentence of the page's language, with `%(name)s` filled in. A word that is missing shows as its own key. */
export function say(key: string, values: Record<string, string> = {}): string {
  const words = facts().words[key] ?? key;
  return words.replace(/%\((\w+)\)s/g, (whole, name: string) => values[name] ?? whole);
}

/** Something that a person is told: `key` names its sentence. */
export class Trouble extends Error {
  constructor(
    readonly key: string,
    readonly values: Record<string, string> = {},
    /** Words of the server, already a sentence. */
    readonly told = "",
  ) {
    super(told || key);
  }
}

/** The sentence of anything thrown. */
export function sentence(error: unknown): string {
  if (error instanceof Trouble) return error.told || say(error.key, error.values);
  return say("unexpected");
}

/** The day, in UTC, as the record writes it. */
export const today = (): string => new Date().toISOString().slice(0, 10);
