/**
 * What differs between two models, in 3D: the difference alone, both side by side, one over the other. Everything that
 * chooses is a field of the page (radio buttons, a slider, boxes), and works by keyboard as such. Places of the model
 * may have pins, and one may point at a place where the page has a form for that.
 */
import { announce } from "./announce";
import type { DifferenceScene, Layer, Mode } from "./difference_scene";
import { pinsOf } from "./pins";
import type { View } from "./stage";
import { savesData } from "./saving";

const FIRST_SHARE: Record<Mode, number> = { difference: 25, sides: 100, wipe: 50, fade: 50 };
const LAYERS: Record<Mode, Layer[]> = { difference: ["difference"], sides: ["before", "after"], wipe: ["before", "after"], fade: ["before", "after"] };

export function mount(element: HTMLElement): void {
  const stage = element.querySelector<HTMLElement>("[data-stage]");
  const status = element.querySelector<HTMLElement>("[data-status]");
  const tools = element.querySelector<HTMLElement>("[data-tools]");
  const bar = document.querySelector<HTMLElement>(`[data-bar-of="${element.id}"]`);
  if (!stage || !status || !tools || !bar) return;
  const slider = bar.querySelector<HTMLInputElement>("input[type=range]");
  const radios = [...bar.querySelectorAll<HTMLInputElement>("input[type=radio]")];
  const boxes = document.querySelectorAll<HTMLInputElement>(`[data-parts-of="${element.id}"] input[data-part]`);
  const shares = { ...FIRST_SHARE };
  const loaded = new Set<Layer>();
  let scene: DifferenceScene | null = null;
  const pins = pinsOf(element, stage, () => scene);

  function mode(): Mode {
    return (radios.find((radio) => radio.checked)?.value ?? "difference") as Mode;
  }

  function say(words: string): void {
    status!.textContent = words;
    status!.hidden = words === "";
  }

  function addressOf(layer: Layer): string {
    return element.dataset[layer] ?? "";
  }

  async function show(): Promise<void> {
    const wanted = mode();
    const missing = LAYERS[wanted].filter((layer) => !loaded.has(layer) && addressOf(layer));
    if (!scene) element.dataset.state = "loading";
    if (missing.length) say("Loading the 3D model…");
    try {
      if (!scene) {
        const { createDifference } = await import("./difference_scene");
        const keys = "Arrow keys turn it, plus and minus zoom, Home shows it from the corner again.";
        const picks = element.dataset.pick ? " Enter chooses the place in the middle." : "";
        scene = createDifference(stage!, `${element.dataset.label ?? "3D model"}. ${keys}${picks}`, () => pins.drawn());
        for (const box of boxes) scene.part(box.dataset.part ?? "", box.checked);
      }
      for (const layer of missing) loaded.add(layer);
      await Promise.all(missing.map((layer) => scene!.load(layer, addressOf(layer))));
    } catch (error) {
      for (const layer of missing) loaded.delete(layer);
      if (loaded.size === 0) element.dataset.state = "failed";
      say(`The 3D model could not be shown: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    say("");
    apply();
    element.dataset.state = "shown";
    element.dataset.shows = wanted;
    tools!.hidden = false;
    element.querySelector<HTMLElement>("[data-start]")?.setAttribute("hidden", "");
    for (const box of boxes) box.hidden = false;
  }

  function apply(): void {
    const now = mode();
    if (slider) {
      slider.value = String(shares[now]);
      slider.setAttribute("aria-label", slider.dataset[now] ?? "");
      slider.closest<HTMLElement>("[data-slider]")!.hidden = now === "sides";
      for (const words of bar!.querySelectorAll<HTMLElement>("[data-words-of]")) words.hidden = words.dataset.wordsOf !== now;
    }
    element.style.setProperty("--share", `${shares[now]}%`);
    scene?.show(now, shares[now] / 100);
  }

  for (const radio of radios) {
    radio.disabled = LAYERS[radio.value as Mode].some((layer) => !addressOf(layer));
    radio.addEventListener("change", () => {
      void show().then(() => announce(radio.closest("label")?.textContent?.trim() ?? ""));
    });
  }
  slider?.addEventListener("input", () => {
    shares[mode()] = Number(slider.value);
    apply();
  });
  for (const box of boxes) box.addEventListener("change", () => scene?.part(box.dataset.part ?? "", box.checked));
  tools.addEventListener("click", (event) => {
    const view = event.target instanceof HTMLElement ? event.target.dataset.view : undefined;
    if (view) scene?.look(view as View);
  });
  if (!radios.some((radio) => radio.checked && !radio.disabled)) {
    const able = radios.find((radio) => !radio.disabled);
    if (able) able.checked = true;
  }
  bar.hidden = false;
  const start = element.querySelector<HTMLButtonElement>("[data-start]");
  start?.addEventListener("click", () => void show());
  if (savesData()) {
    if (start) start.hidden = false;
    return;
  }
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    void show();
  });
  observer.observe(element);
}
