// Bundles islands and styles into static/dist/ under names that carry their content's hash,
// and writes manifest.json: the name a template asks for → the file to serve.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { context } from "esbuild";

const out = "static/dist";
const watch = process.argv.includes("--watch");

const islands = readdirSync("islands")
  .filter((name) => name.endsWith(".ts"))
  .map((name) => `islands/${name}`);

const manifest = {
  name: "manifest",
  setup(build) {
    build.onStart(() => rmSync(out, { recursive: true, force: true }));
    build.onEnd((result) => {
      if (result.errors.length > 0) return;
      const files = {};
      for (const [path, output] of Object.entries(result.metafile.outputs)) {
        if (/\.(js|css)$/.test(path)) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
        if (!output.entryPoint) continue;
        const kind = path.endsWith(".css") ? "css" : "js";
        files[`${basename(output.entryPoint).replace(/\.[^.]+$/, "")}.${kind}`] = relative(out, path);
      }
      writeFileSync(`${out}/manifest.json`, JSON.stringify(files, null, 2));
      console.log(`${Object.keys(files).length} entries in ${out}`);
    });
  },
};

const bundle = await context({
  entryPoints: [...islands, "styles/app.css"],
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox121", "safari17.5"],
  minify: !watch,
  sourcemap: watch,
  metafile: true,
  loader: { ".woff2": "file" },
  external: ["/static/*"],
  logLevel: "warning",
  plugins: [manifest],
});

if (watch) {
  await bundle.watch();
} else {
  await bundle.rebuild();
  await bundle.dispose();
}
