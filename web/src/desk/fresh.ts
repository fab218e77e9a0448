// What the server says of a record, once more after an act that leaves the page as it is: what was opened stays open.

/** Puts the page's plain facts as they are now in the place of the old ones; false where they could not be had. */
export async function refresh(): Promise<boolean> {
  const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" }).catch(() => undefined);
  if (!answer?.ok) return false;
  const now = new DOMParser().parseFromString(await answer.text(), "text/html");
  const parts = [...document.querySelectorAll("[data-fresh]")];
  const fresh = parts.map(({ id }) => now.getElementById(id));
  // Signed out meanwhile, or gone: another page came, and nothing of it belongs here.
  if (fresh.includes(null)) return false;
  parts.forEach((part, at) => part.replaceChildren(...fresh[at]!.childNodes));
  return true;
}
