/** Marks in the model: where a finding is. Places come in the design's mm with Z up; the scene is in metres with Y up. */
import {
  BufferGeometry,
  CanvasTexture,
  Color,
  DoubleSide,
  Group,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  Points,
  PointsMaterial,
  Raycaster,
  Vector3,
  type Material,
  type Object3D,
} from "three";
import { undersidesAt } from "./undersides";

export type Place = [number, number, number];
export type Tone = "error" | "warning" | "info" | "measure";

export interface Mark {
  words: string;
  tone: Tone;
  body: string;
  at: Place;
  points: Place[];
  segments: [Place, Place][];
  areas: boolean;
}

/** Told apart by everybody: vermilion, orange, blue and purple of the palette of Okabe and Ito, and a sign of their own. */
export const COLOURS: Record<Tone, string> = { error: "#d55e00", warning: "#e69f00", info: "#56b4e9", measure: "#cc79a7" };
const SIZE_PX = 18;
const CHOSEN_PX = 24;
/** Of so many, each is smaller. */
const MANY = 24;
/** How far marks are drawn nearer than they are, so that the surface which they lie on does not cut them: about their
 * own size, in the camera's depth. */
const NEARER = "0.0006";
const MOST_LOOKED_FROM = 6;
/** Rays times triangles that one turn of the camera may cost: some tenths of a second. */
const MOST_WORK = 2e7;
/** Where a hidden mark shines through the model. */
const BEHIND = 0.4;

export function toScene(place: Place): Vector3 {
  return new Vector3(place[0] / 1000, place[2] / 1000, -place[1] / 1000);
}

/** Everything that shows one mark. Discard it with `discardMarks`. */
export function drawMark(mark: Mark, model: Object3D, chosen: boolean): Group {
  const group = new Group();
  const colour = new Color(COLOURS[mark.tone]);
  const ends = mark.segments.flat();
  if (mark.points.length) twice(group, (behind) => new Points(at(mark.points), pointMaterial(mark.tone, chosen, behind, mark.points.length > MANY ? 0.7 : 1)));
  if (ends.length) twice(group, (behind) => new LineSegments(at(ends), lineMaterial(colour, behind)));
  if (ends.length) twice(group, (behind) => new Points(at(ends), pointMaterial(mark.tone, false, behind, 0.5)));
  if (mark.areas && chosen) {
    const geometry = undersidesAt(model, mark.points.map(toScene));
    if (geometry) group.add(new Mesh(geometry, areaMaterial(colour)));
  }
  return group;
}

export function discardMarks(group: Group): void {
  group.traverse((each) => {
    if (!(each instanceof Points || each instanceof LineSegments || each instanceof Mesh)) return;
    each.geometry.dispose();
    (each.material as Material).dispose();
  });
  group.removeFromParent();
}

/** The direction from which most of a mark is seen, as near as can be to `seen`, from which it is seen now. */
export function bestDirection(mark: Mark, model: Object3D, root: Object3D, seen: Vector3): Vector3 {
  const places = mark.points.length ? mark.points : mark.segments.map(([a, b]) => a.map((each, axis) => (each + b[axis]!) / 2) as Place);
  const step = Math.max(1, Math.floor(places.length / MOST_LOOKED_FROM));
  const able = Math.max(1, Math.floor(MOST_WORK / (trianglesOf(model) * directions(seen).length)));
  const spread = [...places.filter((_, number) => number % step === 0), mark.at].slice(0, able);
  const looked = spread.map((place) => root.localToWorld(toScene(place)));
  const caster = new Raycaster();
  const now = seen.clone().normalize();
  let best = now;
  let most = -Infinity;
  for (const direction of directions(now)) {
    let free = 0;
    for (const place of looked) {
      caster.set(place.clone().addScaledVector(direction, 2e-5), direction);
      if (caster.intersectObject(model, true).every((hit) => !(hit.object instanceof Mesh))) free += 1;
    }
    const worth = free / looked.length + 0.3 * direction.dot(now);
    if (worth <= most) continue;
    most = worth;
    best = direction;
  }
  return best;
}

function trianglesOf(model: Object3D): number {
  let count = 1;
  model.traverse((each) => {
    if (each instanceof Mesh) count += (each.geometry.index?.count ?? each.geometry.attributes.position?.count ?? 0) / 3;
  });
  return count;
}

/** As it is seen now, and around it from above, from the side and from below, never quite along the pole. */
function directions(now: Vector3): Vector3[] {
  const around = [now];
  for (const height of [0.45, -0.6, 0.05, 1.6, -1.6]) {
    for (let turn = 0; turn < 8; turn++) {
      const angle = (turn * Math.PI) / 4 + Math.PI / 8;
      around.push(new Vector3(Math.cos(angle), height, Math.sin(angle)).normalize());
    }
  }
  return around;
}

/** Once in front, once faintly through whatever stands before it. */
function twice(group: Group, draw: (behind: boolean) => Object3D): void {
  for (const behind of [true, false]) {
    const drawn = draw(behind);
    drawn.renderOrder = behind ? 1 : 2;
    group.add(drawn);
  }
}

function at(places: Place[]): BufferGeometry {
  return new BufferGeometry().setFromPoints(places.map(toScene));
}

function pointMaterial(tone: Tone, chosen: boolean, behind: boolean, share = 1): PointsMaterial {
  const size = (chosen ? CHOSEN_PX : SIZE_PX) * share * Math.min(devicePixelRatio, 2);
  const map = sign(tone);
  const material = new PointsMaterial({ size, sizeAttenuation: false, map, transparent: true, alphaTest: 0.1, depthWrite: false, depthTest: !behind, opacity: behind ? BEHIND : 1 });
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader.replace("#include <project_vertex>", `#include <project_vertex>\ngl_Position.z -= ${NEARER} * gl_Position.w;`);
  };
  return material;
}

function lineMaterial(color: Color, behind: boolean): LineBasicMaterial {
  return new LineBasicMaterial({ color, depthTest: !behind, transparent: true, opacity: behind ? BEHIND : 1, linewidth: 2 });
}

function areaMaterial(color: Color): MeshBasicMaterial {
  return new MeshBasicMaterial({ color, side: DoubleSide, transparent: true, opacity: 0.75, polygonOffset: true, polygonOffsetFactor: -1, polygonOffsetUnits: -1 });
}

const signs = new Map<Tone, CanvasTexture>();

/** The same shapes as beside the findings: an octagon, a triangle, a disc, a square on its tip. */
function sign(tone: Tone): CanvasTexture {
  const known = signs.get(tone);
  if (known) return known;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  if (pen) drawSign(pen, tone);
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = "srgb";
  signs.set(tone, texture);
  return texture;
}

function drawSign(pen: CanvasRenderingContext2D, tone: Tone): void {
  const corners = { error: 8, warning: 3, info: 32, measure: 4 }[tone];
  const start = tone === "error" ? Math.PI / 8 : -Math.PI / 2;
  pen.beginPath();
  for (let corner = 0; corner < corners; corner++) {
    const angle = start + (corner * 2 * Math.PI) / corners;
    pen.lineTo(32 + 24 * Math.cos(angle), (tone === "warning" ? 37 : 32) + 24 * Math.sin(angle));
  }
  pen.closePath();
  pen.lineJoin = "round";
  pen.lineWidth = 12;
  pen.strokeStyle = "#ffffff";
  pen.stroke();
  pen.lineWidth = 6;
  pen.strokeStyle = "#10211b";
  pen.stroke();
  pen.fillStyle = COLOURS[tone];
  pen.fill();
}

