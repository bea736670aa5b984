// The front-end build: sources in this folder and npm packages in, `service/built/` out.
//
//   service/built/app.<hash>.css   the screens            (css/index.css and what it imports)
//   service/built/print.<hash>.css official A4 pages      (css/print.css)
//   service/built/app.<hash>.js    htmx and our scripts   (ts/index.ts)
//   service/built/icons.<hash>.svg the sprite             (icons.svg)
//   service/built/fonts/*.ttf      Noto Sans SC for typst and for the browser of the tests
//   service/built/manifest.json    {"app.css": "app.<hash>.css", …}, written last
//
// Each text file has a `.gz` beside it. File names change with their content, so a server may let browsers keep
// them for ever. The folder is git-ignored; the wheel and the image carry it, so a running system needs no node.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const SOURCES = dirname(fileURLToPath(import.meta.url));
const ROOT = join(SOURCES, "..", "..");
const BUILT = join(SOURCES, "..", "built");
const NOTO = join(ROOT, "node_modules", "@expo-google-fonts", "noto-sans-sc");
const FONTS = {
  "NotoSansSC-Regular.ttf": join(NOTO, "400Regular", "NotoSansSC_400Regular.ttf"),
  "NotoSansSC-Bold.ttf": join(NOTO, "700Bold", "NotoSansSC_700Bold.ttf"),
  "LICENSE.txt": join(NOTO, "LICENSE_FONT"),
};

/** One bundled entry point as bytes. Chrome 109 is the last browser of Windows 7, which offices still run. */
async function bundle(entry) {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(SOURCES, entry)],
    bundle: true,
    minify: true,
    write: false,
    charset: "utf8",
    legalComments: "none",
    format: "iife",
    target: ["chrome109", "es2020"],
    loader: { ".svg": "dataurl" },
    logLevel: "warning",
  });
  return Buffer.from(result.outputFiles[0].contents);
}

/** Write `content` under a name that carries its hash, with a compressed twin; return that name. */
async function publish(name, content) {
  const [stem, extension] = name.split(".");
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const hashed = `${stem}.${hash}.${extension}`;
  await writeFile(join(BUILT, hashed), content);
  await writeFile(join(BUILT, `${hashed}.gz`), gzipSync(content, { level: 9 }));
  return hashed;
}

async function copyFonts() {
  await mkdir(join(BUILT, "fonts"), { recursive: true });
  for (const [name, source] of Object.entries(FONTS)) await copyFile(source, join(BUILT, "fonts", name));
}

/** Remove what an earlier build left, once the new manifest no longer names it. */
async function sweep(manifest) {
  const kept = new Set(["fonts", "manifest.json"]);
  for (const name of Object.values(manifest)) kept.add(name).add(`${name}.gz`);
  for (const name of await readdir(BUILT)) if (!kept.has(name)) await rm(join(BUILT, name), { recursive: true });
}

await copyFonts();
const manifest = {
  "app.css": await publish("app.css", await bundle("css/index.css")),
  "print.css": await publish("print.css", await bundle("css/print.css")),
  "app.js": await publish("app.js", await bundle("ts/index.ts")),
  "icons.svg": await publish("icons.svg", await readFile(join(SOURCES, "icons.svg"))),
};
await writeFile(join(BUILT, "manifest.json.new"), `${JSON.stringify(manifest, null, 2)}\n`);
await rename(join(BUILT, "manifest.json.new"), join(BUILT, "manifest.json"));
await sweep(manifest);
