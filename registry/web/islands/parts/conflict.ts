/**
 * Resolving a conflict: what is chosen stands in the field below at once, and what is written there is what is chosen.
 * Without script the field counts where its own button is chosen.
 */
export function mount(element: HTMLElement): void {
  const area = element.querySelector<HTMLTextAreaElement>("textarea[name=text]");
  const radios = [...element.querySelectorAll<HTMLInputElement>("input[name=choice]")];
  const own = radios.find((radio) => radio.value === "text");
  if (!area || !own) return;

  function textOf(choice: string): string | null {
    const template = element.querySelector<HTMLTemplateElement>(`template[data-text-of="${choice}"]`);
    return template ? (template.content.textContent ?? "") : null;
  }

  for (const radio of radios) {
    radio.addEventListener("change", () => {
      const text = textOf(radio.value);
      if (text !== null) area.value = text;
    });
  }
  area.addEventListener("input", () => {
    const same = radios.find((radio) => textOf(radio.value) === area.value);
    (same ?? own).checked = true;
  });
}
