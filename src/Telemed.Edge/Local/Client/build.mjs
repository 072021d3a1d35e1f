// Bundles the page's script and style into ../wwwroot, or (--tests) the tests of the pure modules for node.
import { build } from "esbuild";
import { readdirSync, rmSync } from "node:fs";

const tests = process.argv.includes("--tests");
const outdir = tests ? "../../../../artifacts/edge-client-tests" : "../wwwroot";
rmSync(outdir, { recursive: true, force: true });

await build({
  entryPoints: tests
    ? readdirSync("test").filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`)
    : ["src/nurse.ts", "src/nurse.css", "src/icon.svg"],
  outdir,
  bundle: true,
  minify: !tests,
  format: "esm",
  // Tablets of this price stay with the browser they came with.
  target: "es2020",
  platform: tests ? "node" : "browser",
  loader: { ".svg": "copy" },
  logLevel: "warning",
  outExtension: tests ? { ".js": ".mjs" } : {},
});
