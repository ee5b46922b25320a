// Bundles the console. Run in the folder that holds node_modules and `console`, a link to this one:
//   node console/build.mjs            writes dist/: names with their hash, each with its .gz; says the size of the first load
//   node console/build.mjs --check F  makes the types of the API's contract F (docs/openapi.yaml), then runs the type checker
// The sources import those types as `leadyard-schema`; the bundle needs none.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const most_bytes = 200_000; // of the first load, compressed
const here = process.cwd();
const need = createRequire(join(here, 'package.json'));
const [, , task, contract] = process.argv;

async function check() {
  // Not by require: Node 18 has none for the modules that this one stands on.
  const generator = join(here, 'node_modules/openapi-typescript/dist/index.mjs');
  const { default: generate, astToString } = await import(pathToFileURL(generator));
  const folder = 'node_modules/leadyard-schema';
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.d.ts'), astToString(await generate(pathToFileURL(contract))));
  process.exitCode =
    spawnSync(process.execPath, [need.resolve('typescript/bin/tsc'), '-p', 'console/tsconfig.json'], { stdio: 'inherit' })
      .status ?? 1;
}

function bundle() {
  rmSync('dist', { recursive: true, force: true });
  mkdirSync('dist');
  const { buildSync } = need('esbuild');
  const { outputFiles } = buildSync({
    entryPoints: ['console/main.tsx'],
    bundle: true,
    minify: true,
    write: false,
    outdir: 'dist',
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    preserveSymlinks: true,
    entryNames: 'console-[hash]',
    charset: 'utf8',
    legalComments: 'none',
    tsconfig: 'console/tsconfig.json',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  let page = readFileSync('console/index.html', 'utf8');
  const keep = (name, bytes) => {
    writeFileSync(join('dist', name), bytes);
    const small = gzipSync(bytes, { level: 9 });
    writeFileSync(join('dist', name + '.gz'), small);
    return small.length;
  };
  let first_load = 0;
  for (const file of outputFiles) {
    const name = file.path.slice(file.path.lastIndexOf('/') + 1);
    first_load += keep(name, file.contents);
    page = page.replace(name.endsWith('.css') ? '{style}' : '{script}', '/assets/' + name);
  }
  const icon = readFileSync('console/icon.svg');
  const icon_name = `icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`;
  keep(icon_name, icon);
  page = page.replaceAll('{icon}', '/assets/' + icon_name);
  first_load += keep('index.html', Buffer.from(page));
  console.log(`console: ${readdirSync('dist').length / 2} files, first load ${(first_load / 1000).toFixed(1)} kB compressed`);
  if (first_load > most_bytes) {
    console.error(`The first load may be ${most_bytes / 1000} kB at most.`);
    process.exit(1);
  }
}

if (task === '--check') await check();
else bundle();
