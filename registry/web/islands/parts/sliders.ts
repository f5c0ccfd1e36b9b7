/**
 * A slider for the pointer under each number with both ends known. The number field stays the one that is named,
 * labelled, sent and reached by Tab.
 */
const STEPS = 200;
const DIGITS = 6;

export function addSliders(form: HTMLFormElement): void {
  for (const input of form.querySelectorAll<HTMLInputElement>("input[data-slides]")) {
    const slider = document.createElement("input");
    slider.type = "range";
    slider.min = input.min;
    slider.max = input.max;
    slider.step = input.step === "any" ? String((Number(input.max) - Number(input.min)) / STEPS) : input.step;
    slider.value = input.value;
    slider.tabIndex = -1;
    slider.setAttribute("aria-hidden", "true");
    paint(slider);
    slider.addEventListener("input", () => {
      input.value = String(Number(Number(slider.value).toPrecision(DIGITS)));
      paint(slider);
    });
    for (const kind of ["input", "cofab:value"]) {
      input.addEventListener(kind, () => {
        slider.value = input.value;
        paint(slider);
      });
    }
    input.closest(".with-unit")?.after(slider);
  }
}

/** How far it is, for the part of the track that is filled. */
function paint(slider: HTMLInputElement): void {
  const [least, most] = [Number(slider.min), Number(slider.max)];
  slider.style.setProperty("--filled", `${most > least ? ((Number(slider.value) - least) / (most - least)) * 100 : 0}%`);
}
