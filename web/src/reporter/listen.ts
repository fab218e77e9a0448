// Reads the page aloud, with voices of the device alone: other voices send the text to whoever makes them.

import { button, byId } from "./page";

/** Whether a voice stays on the device and speaks the page's language. */
export const fits = (voice: { localService: boolean; lang: string }, language: string): boolean =>
  voice.localService &&
  voice.lang.toLowerCase().replace("_", "-").split("-")[0] === language.toLowerCase().split("-")[0];

export function watchListening(): void {
  const place = byId("listen");
  if (!place || !("speechSynthesis" in globalThis)) return;
  const language = document.documentElement.lang;
  const voiceOf = (): SpeechSynthesisVoice | undefined =>
    speechSynthesis.getVoices().find((voice) => fits(voice, language));
  const offer = (): void => {
    place.hidden = !voiceOf();
  };
  offer();
  // Browsers learn late which voices there are.
  speechSynthesis.addEventListener?.("voiceschanged", offer);
  const listen = (): void => {
    if (speechSynthesis.speaking) return speechSynthesis.cancel();
    const text = document.querySelector<HTMLElement>("main")?.innerText ?? "";
    // Some engines stop in the middle of a long text: sentence by sentence they do not.
    for (const sentence of text.split(/(?<=[.!?。؟])\s+|\n+/u)) {
      const said = new SpeechSynthesisUtterance(sentence);
      said.lang = language;
      said.voice = voiceOf() ?? null;
      speechSynthesis.speak(said);
    }
  };
  // Made here, so that nobody without scripts or without a voice meets a button that does nothing.
  place.append(button(place.dataset["said"] ?? "", listen, true));
  addEventListener("pagehide", () => speechSynthesis.cancel());
}
