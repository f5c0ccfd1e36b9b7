/** The picture of a family: moved by pointer and keys, long runs folded, versions found by name. */
import { listenToPointers } from "./dragging";
import { type Family, type Item, kinOf, type Layout, layOut, readFamily, type Sent } from "./family";

const ROW = 24;
const LANE = 20;
const MARGIN = 18;
const RADIUS = 5.5;
const KINDS = ["revises", "forks", "merges", "uses"];
const FLAGS = ["latest", "withdrawn", "recalled"];
const SMALLEST = 0.01;
const LARGEST = 3;
const LABEL_HEIGHT = 14;
/** Smaller than this, only the design's own versions have words beside them. */
const FAR = 0.4;

type Words = Record<string, string>;

export function mount(element: HTMLElement): void {
  element.hidden = false;
  void fetch(element.dataset.source ?? "")
    .then((answer) => (answer.ok ? (answer.json() as Promise<Sent>) : Promise.reject(new Error(String(answer.status)))))
    .then((sent) => {
      new Picture(element, readFamily(sent));
      element.dataset.ready = "";
      performance.mark("lineage-ready");
    })
    .catch(() => {
      element.hidden = true;
    });
}

function svg<K extends keyof SVGElementTagNameMap>(name: K, values: Record<string, string | number> = {}): SVGElementTagNameMap[K] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, String(value));
  return made;
}

class Picture {
  private readonly words: Words;
  private readonly view: HTMLElement;
  private readonly told: HTMLElement;
  private readonly count: HTMLElement;
  private readonly drawing = svg("svg", { "aria-hidden": "true" });
  private readonly world = svg("g");
  private readonly labels = svg("g");
  private readonly kin = svg("path", { class: "kin" });
  private readonly own: number;
  private readonly ownVersion: number;
  private readonly opened = new Set<number>();
  private readonly shapes = new Map<Item, SVGElement>();
  private layout: Layout;
  private folding = true;
  private focus: number;
  private hits: number[] = [];
  private hit = -1;
  private scale = 1;
  /** Wider where the whole family is looked at from far, to fill the view. */
  private lane = LANE;
  private x = 0;
  private y = 0;
  private frame = 0;

  constructor(
    element: HTMLElement,
    private readonly family: Family,
  ) {
    this.words = JSON.parse(element.dataset.words ?? "{}") as Words;
    const part = (selector: string): HTMLElement => element.querySelector<HTMLElement>(selector) ?? element;
    this.view = part(".family-view");
    this.told = part(".family-told");
    this.count = part("output");
    this.own = family.designs.indexOf(element.dataset.design ?? "");
    const named = family.versions.findIndex((each) => each.design === this.own && each.number === element.dataset.version);
    this.ownVersion = Math.max(0, named);
    this.focus = this.ownVersion;
    this.drawing.append(this.world, this.labels);
    this.view.append(this.drawing);
    this.layout = this.draw();
    this.listen(element);
    this.show(this.focus);
  }

  // Drawing

  private draw(): Layout {
    this.layout = layOut(this.family, this.own, this.folding, new Set([this.ownVersion, this.focus]), this.opened);
    const lines = KINDS.map((kind) => svg("path", { class: kind, d: this.linesOf(KINDS.indexOf(kind)) }));
    this.shapes.clear();
    const dots = this.layout.items.map((item) => this.shapeOf(item));
    this.world.replaceChildren(...lines, this.kin, ...dots);
    return this.layout;
  }

  private place(index: number): [number, number] {
    const item = this.layout.of[index];
    return item ? [MARGIN + item.lane * this.lane, MARGIN + item.row * ROW] : [0, 0];
  }

  private linesOf(kind: number): string {
    let path = "";
    this.family.versions.forEach((version, child) => {
      for (const link of version.parents) if (link.kind === kind && this.layout.of[child] !== this.layout.of[link.to]) path += this.line(child, link.to);
    });
    return path;
  }

  private line(child: number, parent: number): string {
    const [x1, y1] = this.place(child);
    const [x2, y2] = this.place(parent);
    if (x1 === x2) return `M${x1} ${y1}V${y2}`;
    return `M${x1} ${y1}V${Math.max(y1, y2 - ROW * 0.8)}C${x1} ${y2} ${x1} ${y2} ${x2} ${y2}`;
  }

  private shapeOf(item: Item): SVGElement {
    const first = item.versions[0] ?? 0;
    const [x, y] = this.place(first);
    const version = this.family.versions[first];
    const own = version?.design === this.own ? "own " : "";
    const shape =
      item.versions.length > 1
        ? svg("rect", { class: own, x: x - RADIUS, y: y - RADIUS, width: RADIUS * 2, height: RADIUS * 2, rx: 2 })
        : svg("circle", { class: own + FLAGS.filter((_, bit) => (version?.flags ?? 0) & (1 << bit)).join(" "), cx: x, cy: y, r: RADIUS });
    shape.dataset.version = String(first);
    this.shapes.set(item, shape);
    return shape;
  }

  /** Put the drawing where the view looks, and words beside what is large enough to have them. */
  private refresh(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.settle());
  }

  private settle(): void {
    this.world.setAttribute("transform", `translate(${this.x} ${this.y}) scale(${this.scale})`);
    const far = this.scale < FAR;
    this.world.classList.toggle("far", far);
    const radius = Math.max(RADIUS, 1.6 / this.scale);
    for (const shape of this.shapes.values()) if (shape instanceof SVGCircleElement) shape.setAttribute("r", String(radius));
    const first = Math.max(0, Math.floor((-this.y / this.scale - MARGIN) / ROW) - 1);
    const last = Math.min(this.layout.items.length - 1, Math.ceil(((this.view.clientHeight - this.y) / this.scale - MARGIN) / ROW) + 1);
    const texts: SVGTextElement[] = [];
    let free = -Infinity;
    for (let row = first; row <= last; row++) {
      const item = this.layout.items[row];
      if (!item) continue;
      const y = (MARGIN + row * ROW) * this.scale + this.y;
      const focused = item === this.layout.of[this.focus];
      const own = this.family.versions[item.versions[0] ?? 0]?.design === this.own;
      if (!focused && (y < free || (far && !own))) continue;
      const x = (MARGIN + item.lane * this.lane + RADIUS + 4) * this.scale + this.x;
      const text = svg("text", { x: Math.max(x, 4), y: y + 4, class: own ? "own" : "" });
      text.textContent = this.nameOf(item);
      texts.push(text);
      free = y + LABEL_HEIGHT;
    }
    this.labels.replaceChildren(...texts);
  }

  // What is said

  private name(index: number): string {
    const version = this.family.versions[index];
    return version ? `${this.family.designs[version.design] ?? ""}@${version.number}` : "";
  }

  private nameOf(item: Item): string {
    const newest = this.name(item.versions[0] ?? 0);
    if (item.versions.length === 1) return newest;
    return `${item.versions.length} × ${this.name(item.versions.at(-1) ?? 0)} – ${newest.split("@")[1] ?? ""}`;
  }

  private tell(): void {
    const item = this.layout.of[this.focus];
    const version = this.family.versions[this.focus];
    if (!item || !version) return;
    if (item.versions.length > 1) {
      this.told.replaceChildren(`${this.nameOf(item)}: ${this.words.run ?? ""}`);
      return;
    }
    const link = document.createElement("a");
    link.href = this.address(this.focus);
    link.textContent = this.name(this.focus);
    const ways = version.parents.map((each) => `${this.words[KINDS[each.kind] ?? ""] ?? ""} ${this.name(each.to)}`);
    const flags = FLAGS.filter((_, bit) => version.flags & (1 << bit)).map((flag) => this.words[flag] ?? "");
    const day = new Date(version.at * 1000).toLocaleDateString(document.documentElement.lang || "en", { dateStyle: "medium" });
    this.told.replaceChildren(link, ` · ${[...flags, ways.join(", ") || (this.words.beginning ?? ""), day].join(" · ")}`);
  }

  private address(index: number): string {
    return `/designs/${this.name(index).replace("@", "/versions/")}`;
  }

  // Focus and view

  /** Look at a version: mark it and its kin, and bring it into view. */
  private show(index: number): void {
    this.focus = index;
    this.mark();
    const [x, y] = this.place(index);
    const [width, height] = [this.view.clientWidth, this.view.clientHeight];
    const [left, top] = [x * this.scale + this.x, y * this.scale + this.y];
    if (left < 20 || left > width * 0.7) this.x = Math.min(20, width * 0.4 - x * this.scale);
    if (top < 30 || top > height - 30) this.y = Math.min(10, height / 2 - y * this.scale);
    this.tell();
    this.refresh();
  }

  private mark(): void {
    for (const shape of this.world.querySelectorAll(".focus")) shape.classList.remove("focus");
    const item = this.layout.of[this.focus];
    if (item) this.shapes.get(item)?.classList.add("focus");
    const links = kinOf(this.family, this.focus).filter(([child, parent]) => this.layout.of[child] !== this.layout.of[parent]);
    this.kin.setAttribute("d", links.map(([child, parent]) => this.line(child, parent)).join(""));
  }

  private open(index: number): void {
    const item = this.layout.of[index];
    if (!item) return;
    if (item.versions.length === 1) {
      location.assign(this.address(index));
      return;
    }
    for (const each of item.versions) this.opened.add(each);
    this.draw();
    this.show(index);
  }

  private zoom(by: number, x = this.view.clientWidth / 2, y = this.view.clientHeight / 2): void {
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.scale * by));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.refresh();
  }

  private fit(): void {
    const [width, height] = [this.view.clientWidth, this.view.clientHeight];
    this.scale = Math.max(SMALLEST, Math.min(1, height / (2 * MARGIN + this.layout.items.length * ROW)));
    const room = (width - 2 * MARGIN) / this.scale - 2 * MARGIN;
    this.lane = this.scale < FAR ? room / Math.max(1, this.layout.lanes) : LANE;
    this.x = this.y = MARGIN / 2;
    this.draw();
    this.mark();
    this.refresh();
  }

  private readonly actions: Record<string, () => void> = {
    in: () => this.zoom(1.4),
    out: () => this.zoom(1 / 1.4),
    all: () => this.fit(),
    own: () => {
      this.scale = 1;
      this.lane = LANE;
      this.draw();
      this.show(this.ownVersion);
    },
    runs: () => {
      this.folding = !this.folding;
      this.opened.clear();
      this.draw();
      this.show(this.focus);
    },
  };

  private readonly keys: Record<string, () => void> = {
    ArrowDown: () => this.along(this.family.versions[this.layout.of[this.focus]?.versions.at(-1) ?? 0]?.parents[0]?.to),
    ArrowUp: () => this.along(this.family.versions[this.layout.of[this.focus]?.versions[0] ?? 0]?.children[0]?.to),
    ArrowLeft: () => this.along(this.layout.items[(this.layout.of[this.focus]?.row ?? 0) - 1]?.versions[0]),
    ArrowRight: () => this.along(this.layout.items[(this.layout.of[this.focus]?.row ?? 0) + 1]?.versions[0]),
    Enter: () => this.open(this.focus),
    Home: () => this.actions.own?.(),
    "+": () => this.zoom(1.4),
    "=": () => this.zoom(1.4),
    "-": () => this.zoom(1 / 1.4),
    "0": () => this.fit(),
  };

  private along(index: number | undefined): void {
    if (index !== undefined) this.show(this.layout.of[index]?.versions[0] ?? index);
  }

  private find(text: string): void {
    const wanted = text.trim().toLowerCase();
    for (const shape of this.world.querySelectorAll(".hit")) shape.classList.remove("hit");
    this.hits = wanted ? this.family.versions.map((_, index) => index).filter((index) => this.name(index).toLowerCase().includes(wanted)) : [];
    this.hit = -1;
    for (const index of this.hits) {
      const item = this.layout.of[index];
      if (item) this.shapes.get(item)?.classList.add("hit");
    }
    this.count.textContent = wanted ? (this.hits.length ? String(this.hits.length) : (this.words.none ?? "")) : "";
  }

  private next(): void {
    if (!this.hits.length) return;
    this.hit = (this.hit + 1) % this.hits.length;
    this.count.textContent = `${this.hit + 1} ${this.words.of ?? "/"} ${this.hits.length}`;
    this.show(this.hits[this.hit] ?? this.focus);
  }

  // Listening

  private listen(element: HTMLElement): void {
    for (const button of element.querySelectorAll<HTMLElement>("[data-do]")) {
      button.addEventListener("click", () => {
        this.actions[button.dataset.do ?? ""]?.();
        if (button.dataset.do === "runs") button.setAttribute("aria-pressed", String(this.folding));
      });
    }
    const search = element.querySelector<HTMLInputElement>("input");
    search?.addEventListener("input", () => this.find(search.value));
    search?.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.next();
    });
    this.view.addEventListener("keydown", (event) => {
      const key = this.keys[event.key];
      if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      key();
    });
    this.view.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        const box = this.view.getBoundingClientRect();
        this.zoom(Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
      },
      { passive: false },
    );
    new ResizeObserver(() => this.refresh()).observe(this.view);
    listenToPointers(this.view, {
      move: (dx, dy) => {
        this.x += dx;
        this.y += dy;
        this.refresh();
      },
      pinch: (by, x, y) => this.zoom(by, x, y),
      choose: (target) => this.choose(Number(target.dataset.version)),
    });
    this.view.addEventListener("dblclick", () => this.open(this.focus));
  }

  private choose(index: number): void {
    const item = this.layout.of[index];
    this.focus = index;
    if (!item) return;
    if (item.versions.length > 1) this.open(index);
    else this.show(index);
  }
}
