/** The surface of an overhang: triangles that look down, as far as they hang together around a place. */
import { Box3, BufferAttribute, BufferGeometry, Mesh, Vector3, type Object3D } from "three";

const STEEPEST = -Math.SQRT1_2 - 1e-4;
const MOST_TRIANGLES = 150_000;
/** What lies lower is on the bed, m. */
const BED_M = 1e-4;
/** Corners this near to each other are the same, m. */
const SAME_M = 1e-6;

interface Underside {
  corners: [Vector3, Vector3, Vector3];
  keys: [string, string, string];
}

/** Of the model as it is drawn, Y up, m. Null where nothing looks down there. */
export function undersidesAt(model: Object3D, places: Vector3[]): BufferGeometry | null {
  const found = lookingDown(model);
  if (!found.length) return null;
  const meeting = new Map<string, number[]>();
  found.forEach((each, number) => {
    for (const key of each.keys) meeting.set(key, [...(meeting.get(key) ?? []), number]);
  });
  const taken = new Set<number>();
  for (const place of places) {
    const waiting = [nearest(found, place)];
    for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
      if (taken.has(number)) continue;
      taken.add(number);
      for (const key of found[number]!.keys) waiting.push(...(meeting.get(key) ?? []));
    }
  }
  const values = [...taken].flatMap((number) => found[number]!.corners.flatMap((corner) => corner.toArray()));
  return new BufferGeometry().setAttribute("position", new BufferAttribute(new Float32Array(values), 3));
}

function lookingDown(model: Object3D): Underside[] {
  const found: Underside[] = [];
  const bed = new Box3().setFromObject(model).min.y + BED_M;
  let seen = 0;
  model.traverse((each) => {
    if (!(each instanceof Mesh)) return;
    const index = each.geometry.index;
    const position = each.geometry.attributes.position as BufferAttribute;
    const count = (index?.count ?? position.count) / 3;
    seen += count;
    if (seen > MOST_TRIANGLES) return;
    for (let triangle = 0; triangle < count; triangle++) {
      const corner = (which: number): Vector3 => {
        const number = triangle * 3 + which;
        return new Vector3().fromBufferAttribute(position, index ? index.getX(number) : number);
      };
      const [a, b, c] = [corner(0), corner(1), corner(2)];
      const normal = new Vector3().crossVectors(b.clone().sub(a), c.clone().sub(a)).normalize();
      const lying = Math.max(a.y, b.y, c.y) < bed;
      if (normal.y < STEEPEST && !lying) found.push({ corners: [a, b, c], keys: [key(a), key(b), key(c)] });
    }
  });
  return found;
}

function nearest(found: Underside[], place: Vector3): number {
  const middle = new Vector3();
  let best = 0;
  let least = Infinity;
  found.forEach(({ corners: [a, b, c] }, number) => {
    const distance = middle.copy(a).add(b).add(c).divideScalar(3).distanceToSquared(place);
    if (distance >= least) return;
    least = distance;
    best = number;
  });
  return best;
}

function key(corner: Vector3): string {
  return corner.toArray().map((value) => Math.round(value / SAME_M)).join();
}
