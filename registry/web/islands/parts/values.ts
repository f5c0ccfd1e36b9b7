/** The values of a design's form: read, put back, compared, and the way back through those that were there. */

export type Values = Record<string, string>;

const MOST_STEPS = 100;

/** What each field of a parameter holds; a box says true or false. */
export function readValues(form: HTMLFormElement): Values {
  const values: Values = {};
  for (const field of fields(form)) values[field.name] = isBox(field) ? String(field.checked) : field.value;
  return values;
}

/** Put values into their fields, and tell the sliders beside them. */
export function writeValues(form: HTMLFormElement, values: Values): void {
  for (const field of fields(form)) {
    const value = values[field.name];
    if (value === undefined) continue;
    if (isBox(field)) field.checked = value === "true";
    else field.value = value;
    field.dispatchEvent(new Event("cofab:value"));
  }
}

export function keyOf(values: Values): string {
  return JSON.stringify(Object.entries(values).sort());
}

/** Whether each of these is what the form holds, numbers by their worth. */
export function holds(values: Values, wanted: Values): boolean {
  return Object.entries(wanted).every(([name, value]) => {
    const own = values[name];
    return own === value || (own !== undefined && own !== "" && value !== "" && Number(own) === Number(value));
  });
}

export interface History {
  /** These are the values now; what was undone is forgotten. */
  note(values: Values): void;
  undo(): Values | null;
  redo(): Values | null;
  state(): { undo: boolean; redo: boolean };
}

export function startHistory(first: Values): History {
  let steps = [first];
  let at = 0;
  return {
    note(values): void {
      if (keyOf(values) === keyOf(steps[at] as Values)) return;
      steps = [...steps.slice(0, at + 1), values].slice(-MOST_STEPS);
      at = steps.length - 1;
    },
    undo: () => (at > 0 ? (steps[--at] ?? null) : null),
    redo: () => (at < steps.length - 1 ? (steps[++at] ?? null) : null),
    state: () => ({ undo: at > 0, redo: at < steps.length - 1 }),
  };
}

type Field = HTMLInputElement | HTMLSelectElement;

function fields(form: HTMLFormElement): Field[] {
  return Array.from(form.elements).filter(
    (each): each is Field => (each instanceof HTMLInputElement || each instanceof HTMLSelectElement) && each.name.startsWith("p."),
  );
}

function isBox(field: Field): field is HTMLInputElement {
  return field instanceof HTMLInputElement && field.type === "checkbox";
}
