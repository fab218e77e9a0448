// Reads the page aloud, with voices of the device alone: other voices send the text to whoever makes them.

/** Whether a voice stays on the device and speaks the page's language. */
export const fits = (voice: { localService: boolean; lang: string }, language: string): boolean =>
  voice.localService &&
  voice.lang.toLowerCase().replace("_", "-").split("-")[0] === language.toLowerCase().split("-")[0];

export function watchListening(): void {
  const button = document.querySelector<HTMLButtonElement>("#listen");
  if (!button || !("speechSynthesis" in globalThis)) return;
  const language = document.documentElement.lang;
  const voiceOf = (): SpeechSynthesisVoice | undefined =>
    speechSynthesis.getVoices().find((voice) => fits(voice, language));
  const offer = (): void => {
    button.hidden = !voiceOf();
  };
  offer();
  // Browsers learn late which voices there are.
  speechSynthesis.addEventListener?.("voiceschanged", offer);
  button.addEventListener("click", () => {
    if (speechSynthesis.speaking) {
      speechSynthesis.cancel();
      return;
    }
    const text = document.querySelector<HTMLElement>("main")?.innerText ?? "";
    // Some engines stop in the middle of a long text: sentence by sentence they do not.
    for (const sentence of text.split(/(?<=[.!?。؟])\s+|\n+/u)) {
      const said = new SpeechSynthesisUtterance(sentence);
      said.lang = language;
      said.voice = voiceOf() ?? null;
      speechSynthesis.speak(said);
    }
  });
  addEventListener("pagehide", () => speechSynthesis.cancel());
}
