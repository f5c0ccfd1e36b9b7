/**
 * The sharp edges of a mesh, as a drawing has them. In our files each face of the part has corners of its own, so that an
 * edge of a face belongs to one triangle only; those, and those alone, are compared with what they meet.
 */
import { BufferAttribute, BufferGeometry, EdgesGeometry, Vector3 } from "three";

/** Corners this near to each other are the same, m. */
const SAME_M = 1e-7;
/** Two corners as one number: a mesh has fewer corners than this. */
const CORNERS = 2 ** 26;

interface Border {
  from: number;
  to: number;
  normal: Vector3;
}

/** Lines along what bends by more than this, or ends. */
export function sharpEdges(geometry: BufferGeometry, angle_deg: number): BufferGeometry {
  const position = geometry.attributes.position as BufferAttribute;
  const index = geometry.index?.array;
  if (!index || position.count >= CORNERS) return new EdgesGeometry(geometry, angle_deg);
  const meeting = new Map<string, Border>();
  const sharp: number[] = [];
  const least = Math.cos((angle_deg * Math.PI) / 180);
  const [a, b, c] = [new Vector3(), new Vector3(), new Vector3()];
  for (const [key, triangle] of borders(index)) {
    const [from, to] = [Math.floor(key / CORNERS), key % CORNERS];
    const [one, other, third] = [0, 1, 2].map((which) => index[triangle * 3 + which] as number) as [number, number, number];
    a.fromBufferAttribute(position, one);
    b.fromBufferAttribute(position, other).sub(a);
    c.fromBufferAttribute(position, third).sub(a);
    const normal = new Vector3().crossVectors(b, c).normalize();
    const place = placeOf(position, from, to);
    const met = meeting.get(place);
    if (!met) {
      meeting.set(place, { from, to, normal });
      continue;
    }
    meeting.delete(place);
    if (met.normal.dot(normal) <= least) sharp.push(from, to);
  }
  for (const { from, to } of meeting.values()) sharp.push(from, to);
  const values = new Float32Array(sharp.length * 3);
  sharp.forEach((corner, at) => values.set([position.getX(corner), position.getY(corner), position.getZ(corner)], at * 3));
  return new BufferGeometry().setAttribute("position", new BufferAttribute(values, 3));
}

/** Edges that one triangle alone has, with that triangle. */
function borders(index: ArrayLike<number>): Map<number, number> {
  const found = new Map<number, number>();
  for (let at = 0; at < index.length; at++) {
    const from = index[at] as number;
    const to = index[at % 3 === 2 ? at - 2 : at + 1] as number;
    const key = from < to ? from * CORNERS + to : to * CORNERS + from;
    if (!found.delete(key)) found.set(key, Math.floor(at / 3));
  }
  return found;
}

function placeOf(position: BufferAttribute, from: number, to: number): string {
  const [one, other] = [from, to].map((corner) =>
    [position.getX(corner), position.getY(corner), position.getZ(corner)].map((value) => Math.round(value / SAME_M)).join(),
  ) as [string, string];
  return one < other ? `${one};${other}` : `${other};${one}`;
}
