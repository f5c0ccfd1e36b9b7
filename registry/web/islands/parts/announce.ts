/** Say something to screen readers, politely. The region stands in every page, so that its changes are heard. */
export function announce(words: string): void {
  const announcer = document.querySelector("#announcer");
  if (announcer && announcer.textContent !== words) announcer.textContent = words;
}
