// Bundles the page's script and style into ../wwwroot.
import { build } from "esbuild";
import { rmSync } from "node:fs";

const outdir = "../wwwroot";
rmSync(outdir, { recursive: true, force: true });

await build({
  entryPoints: ["src/nurse.ts", "src/nurse.css", "src/icon.svg"],
  outdir,
  bundle: true,
  minify: true,
  format: "esm",
  // Tablets of this price stay with the browser they came with.
  target: "es2020",
  platform: "browser",
  loader: { ".svg": "copy" },
  logLevel: "warning",
});
