/**
 * Pins on a model: links to what was said of a place, put where it is. And the other way: pointing at a place of the
 * model fills the fields of a form. The fields and the list of threads are there without script, too.
 */
import { announce } from "./announce";
import type { DifferenceScene, Spot } from "./difference_scene";
import type { Place } from "./marks";

/** Farther than this and it was a turn of the model, not a click, px. */
const STILL_PX = 4;
const AXES = ["x", "y", "z"] as const;

export interface Pins {
  /** After each picture: the pins follow their places. */
  drawn(): void;
}

export function pinsOf(element: HTMLElement, stage: HTMLElement, scene: () => DifferenceScene | null): Pins {
  const room = element.querySelector<HTMLElement>("[data-pins]");
  const form = element.dataset.pick ? document.querySelector<HTMLFormElement>(`#${element.dataset.pick}`) : null;
  if (!room) return { drawn: () => undefined };
  const draft = room.querySelector<HTMLElement>("[data-draft]");

  function drawn(): void {
    const now = scene();
    for (const pin of room!.querySelectorAll<HTMLElement>("[data-at]")) {
      const at = now && pin.dataset.at ? now.project(JSON.parse(pin.dataset.at) as Place) : null;
      pin.hidden = at === null;
      if (!at) continue;
      pin.style.left = `${at.x}px`;
      pin.style.top = `${at.y}px`;
    }
  }

  function field(name: string): HTMLInputElement | null {
    return form?.querySelector<HTMLInputElement>(`[name="${name}"]`) ?? null;
  }

  function choose(spot: Spot | null): void {
    if (!spot) {
      announce("There is nothing of the model there");
      return;
    }
    AXES.forEach((axis, index) => {
      const [point, normal] = [field(axis), field(`n${axis}`)];
      if (point) point.value = String(spot.point[index]);
      if (normal) normal.value = String(spot.normal[index]);
    });
    const list = form?.querySelector<HTMLSelectElement>("select[name=place]");
    if (list) list.value = "";
    put();
    announce(`Place chosen: ${spot.point.map((each) => each.toFixed(1)).join(", ")} mm. Write the comment, and send it.`);
    form?.querySelector<HTMLTextAreaElement>("textarea")?.focus({ preventScroll: true });
    form?.scrollIntoView({ block: "nearest" });
  }

  /** The draft's pin stands where the fields say. */
  function put(): void {
    if (!draft) return;
    const values = AXES.map((axis) => field(axis)?.value ?? "");
    draft.dataset.at = values.every((each) => each !== "" && Number.isFinite(Number(each))) ? JSON.stringify(values.map(Number)) : "";
    drawn();
  }

  if (form) {
    let from: PointerEvent | null = null;
    stage.addEventListener("pointerdown", (event) => (from = event));
    stage.addEventListener("pointerup", (event) => {
      if (!from || Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > STILL_PX) return;
      const box = stage.getBoundingClientRect();
      choose(scene()?.pick(event.clientX - box.left, event.clientY - box.top) ?? null);
    });
    stage.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const box = stage.getBoundingClientRect();
      choose(scene()?.pick(box.width / 2, box.height / 2) ?? null);
    });
    form.addEventListener("input", put);
    form.querySelector<HTMLSelectElement>("select[name=place]")?.addEventListener("change", (event) => {
      const place = (event.target as HTMLSelectElement).value;
      if (!place) return;
      const at = place.split(",");
      AXES.forEach((axis, index) => {
        const [point, normal] = [field(axis), field(`n${axis}`)];
        if (point) point.value = at[index] ?? "";
        if (normal) normal.value = "";
      });
      put();
    });
  }
  for (const pin of room.querySelectorAll<HTMLElement>("a[data-at]")) {
    const thread = document.querySelector<HTMLElement>(pin.getAttribute("href") ?? "#");
    for (const [name, on] of [["mouseenter", true], ["mouseleave", false], ["focusin", true], ["focusout", false]] as const) {
      thread?.addEventListener(name, () => pin.toggleAttribute("data-lit", on));
    }
  }
  put();
  return { drawn };
}
