/** What a model wears: the page's colours, and the lines of a drawing along its sharp edges. */
import { FrontSide, Group, LineSegments, Mesh, MeshStandardMaterial, type LineBasicMaterial, type Object3D } from "three";
import { toCreasedNormals } from "three/addons/utils/BufferGeometryUtils.js";
import { sharpEdges } from "./edges";

/** Above this many triangles the lines along sharp edges would take longer than they are worth. */
const MOST_TRIANGLES_WITH_EDGES = 150_000;
const SHARP_EDGE_DEG = 25;

/** Draw the sharp edges of every mesh as a drawing would, and give the page's colour to those that have none. */
export function dress(root: Object3D, surface: MeshStandardMaterial, lines: LineBasicMaterial): Object3D {
  const meshes: Mesh[] = [];
  root.traverse((each) => {
    if (each instanceof Mesh) meshes.push(each);
  });
  const triangles = meshes.reduce((sum, mesh) => sum + (mesh.geometry.index?.count ?? mesh.geometry.attributes.position?.count ?? 0) / 3, 0);
  for (const mesh of meshes) {
    if (!mesh.geometry.attributes.normal) mesh.geometry = toCreasedNormals(mesh.geometry, (SHARP_EDGE_DEG * Math.PI) / 180);
    mesh.material = ownSurface(mesh, surface);
    if (triangles < MOST_TRIANGLES_WITH_EDGES) mesh.add(new LineSegments(sharpEdges(mesh.geometry, SHARP_EDGE_DEG), lines));
  }
  return new Group().add(root);
}

/** A body keeps the colour that tells it from the others; white means that nobody chose one. */
function ownSurface(mesh: Mesh, surface: MeshStandardMaterial): MeshStandardMaterial {
  const own = mesh.material;
  if (!(own instanceof MeshStandardMaterial) || own.color.getHex() === 0xffffff) return surface;
  const dressed = surface.clone();
  dressed.color = own.color;
  if (own.transparent) {
    dressed.transparent = true;
    dressed.side = FrontSide;
    dressed.opacity = own.opacity;
    dressed.depthWrite = false;
    dressed.polygonOffsetFactor = 2;
  }
  return dressed;
}

export function discard(root: Object3D): void {
  root.traverse((each) => {
    if (each instanceof Mesh || each instanceof LineSegments) each.geometry.dispose();
  });
}
