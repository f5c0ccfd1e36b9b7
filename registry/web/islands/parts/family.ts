/** A family of versions as items in rows and lanes: long straight runs folded to one item. No DOM here. */

export interface Link {
  to: number;
  kind: number;
}

export interface Version {
  design: number;
  number: string;
  /** Seconds since 1970. */
  at: number;
  flags: number;
  parents: Link[];
  children: Link[];
}

export interface Family {
  designs: string[];
  /** Newest first; a parent always stands behind its children. */
  versions: Version[];
}

/** As the server sends it: see registry/web/lineage_picture.py. */
export interface Sent {
  designs: string[];
  versions: [number, string, number, number, number[]][];
}

export interface Item {
  /** Newest first; more than one where a run is folded. */
  versions: number[];
  row: number;
  lane: number;
}

export interface Layout {
  items: Item[];
  /** The item of each version. */
  of: Item[];
  lanes: number;
}

const SHORTEST_RUN = 3;

export function readFamily(sent: Sent): Family {
  const versions: Version[] = sent.versions.map(([design, number, at, flags]) => ({ design, number, at, flags, parents: [], children: [] }));
  sent.versions.forEach(([, , , , links], child) => {
    for (let n = 0; n + 1 < links.length; n += 2) {
      const to = links[n] ?? 0;
      const kind = links[n + 1] ?? 0;
      versions[child]?.parents.push({ to, kind });
      versions[to]?.children.push({ to: child, kind });
    }
  });
  return { designs: sent.designs, versions };
}

/** `own` is the design that gets the first lane; `kept` are versions that are never folded, nor are those in `opened`. */
export function layOut(family: Family, own: number, folding: boolean, kept: ReadonlySet<number>, opened: ReadonlySet<number>): Layout {
  const items: Item[] = [];
  const of: Item[] = new Array<Item>(family.versions.length);
  for (let index = 0; index < family.versions.length; index++) {
    if (of[index]) continue;
    const run = folding ? runFrom(family, index, kept) : [];
    const folded = run.length >= SHORTEST_RUN && !run.some((each) => opened.has(each));
    const item = { versions: folded ? run : [index], row: items.length, lane: 0 };
    for (const each of item.versions) of[each] = item;
    items.push(item);
  }
  return { items, of, lanes: giveLanes(family, items, of, own) };
}

function runFrom(family: Family, first: number, kept: ReadonlySet<number>): number[] {
  const run: number[] = [];
  for (let at: number | undefined = first; at !== undefined && isPlain(family, at, kept); at = family.versions[at]?.parents[0]?.to) run.push(at);
  return run;
}

/** One revision among others: nothing forks from it, nothing is merged, nothing is said of it. */
function isPlain(family: Family, index: number, kept: ReadonlySet<number>): boolean {
  const version = family.versions[index];
  if (!version || version.flags || kept.has(index)) return false;
  const [parent, ...parents] = version.parents;
  const [child, ...children] = version.children;
  return !!parent && !!child && !parents.length && !children.length && parent.kind === 0 && child.kind === 0;
}

/** A lane for each design, used again below where the design and its lines have ended. */
function giveLanes(family: Family, items: Item[], of: Item[], own: number): number {
  const spans = new Map<number, [number, number]>();
  for (const item of items) {
    const design = family.versions[item.versions[0] ?? 0]?.design ?? 0;
    const span = spans.get(design) ?? [item.row, item.row];
    const oldest = family.versions[item.versions.at(-1) ?? 0];
    span[1] = Math.max(span[1], item.row, ...(oldest?.parents.map((link) => of[link.to]?.row ?? 0) ?? []));
    spans.set(design, span);
  }
  const ordered = [...spans].sort(([a, first], [b, second]) => Number(b === own) - Number(a === own) || first[0] - second[0]);
  const ends: number[] = [];
  const lanes = new Map<number, number>();
  for (const [design, [start, end]] of ordered) {
    const free = ends.findIndex((last) => last < start);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = end;
    lanes.set(design, lane);
  }
  for (const item of items) item.lane = lanes.get(family.versions[item.versions[0] ?? 0]?.design ?? 0) ?? 0;
  return ends.length;
}

/** The links between a version and everything before and after it, as [child, parent]. */
export function kinOf(family: Family, index: number): [number, number][] {
  const links: [number, number][] = [];
  const walk = (next: (version: Version) => Link[], add: (from: number, to: number) => void): void => {
    const seen = new Set([index]);
    const waiting = [index];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const version = family.versions[at];
      for (const link of version ? next(version) : []) {
        if (link.kind === 3) continue;
        add(at, link.to);
        if (!seen.has(link.to)) {
          seen.add(link.to);
          waiting.push(link.to);
        }
      }
    }
  };
  walk((version) => version.parents, (from, to) => links.push([from, to]));
  walk((version) => version.children, (from, to) => links.push([to, from]));
  return links;
}
