// Leaving in a hurry: a link, or Shift three times. What stands in the page is gone before the next page comes.

const WITHIN = 1_500;

const guards = new Set<(event: BeforeUnloadEvent) => void>();

/** While something is being sent, the browser asks before it closes the page, but never when she leaves in a hurry. */
export function guard(): () => void {
  const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
  guards.add(ask);
  addEventListener("beforeunload", ask);
  return () => {
    guards.delete(ask);
    removeEventListener("beforeunload", ask);
  };
}

/** Empties the page, then goes where `#leave` leads, leaving no step back to here. */
export function leave(to: string): void {
  for (const ask of guards) removeEventListener("beforeunload", ask);
  for (const form of document.forms) form.reset();
  document.title = "";
  document.body.replaceChildren();
  location.replace(to);
}

/** Counts presses of Shift alone; any other key, or a pause, begins again. */
export function shiftCounter(leaveNow: () => void, now: () => number = Date.now): (key: string) => void {
  let times: number[] = [];
  return (key) => {
    times = key === "Shift" ? [...times, now()].slice(-3) : [];
    if (times.length === 3 && times[2]! - times[0]! <= WITHIN) {
      times = [];
      leaveNow();
    }
  };
}

export function watchLeaving(): void {
  const link = document.querySelector<HTMLAnchorElement>("#leave");
  if (!link) return;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave(link.href);
  });
  const count = shiftCounter(() => leave(link.href));
  addEventListener("keydown", (event) => {
    if (!event.repeat) count(event.key);
  });
}
