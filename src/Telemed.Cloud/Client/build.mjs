// Bundles the pages' scripts and styles into ../wwwroot/assets, or (--tests) the tests of the pure modules for node.
import { build } from "esbuild";
import { readdirSync, rmSync } from "node:fs";

const tests = process.argv.includes("--tests");
const outdir = tests ? "../../../artifacts/client-tests" : "../wwwroot/assets";
rmSync(outdir, { recursive: true, force: true });

await build({
  entryPoints: tests
    ? readdirSync("test").filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`)
    : ["src/live.ts", "src/call.ts", "src/refresh.ts", "src/help.ts", "src/note.ts", "src/telemed.css", "src/icon.svg"],
  outdir,
  bundle: true,
  minify: !tests,
  format: "esm",
  target: "es2022",
  platform: tests ? "node" : "browser",
  loader: { ".svg": "copy" },
  logLevel: "warning",
  outExtension: tests ? { ".js": ".mjs" } : {},
});
