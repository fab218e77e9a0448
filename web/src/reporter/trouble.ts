// Errors, in the page's sentences.

import { SealingError } from "../sealing/errors";
import { say } from "./page";
import { ServerError, UnreachableError } from "./server";

/** What a sentence says of an error; a fault of ours gets the plainest. */
export function sentencesOf(error: unknown): string[] {
  if (error instanceof ServerError) return [error.what || say("trouble"), error.todo].filter(Boolean);
  if (error instanceof UnreachableError) return [say("unreachable")];
  if (error instanceof SealingError) {
    const key = `why-${error.why}`;
    const known = say(key, { number: error.place });
    return [known === key ? say("trouble") : known];
  }
  return [say("trouble")];
}
