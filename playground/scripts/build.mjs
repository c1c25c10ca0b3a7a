// Builds the playground: `dist/` is the static page, `packed/` is the same
// compressed, with the list that the server embeds. Run with `npm run build`.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import esbuild from 'esbuild';
import { licenseTexts } from './licenses.mjs';
import { pack } from './pack.mjs';

/** Where the server serves the assets; `src/http/playground.rs` holds the other end. */
const PUBLIC_PATH = '/graphql/assets/';
const ASSETS = 'dist/assets';

/** What the editor runs in the background: each worker is one file, since classic workers cannot import chunks. */
const WORKERS = {
  'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
  'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
  'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
};

const COMMON = {
  bundle: true,
  minify: true,
  metafile: true,
  outdir: ASSETS,
  target: ['es2022'],
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  publicPath: PUBLIC_PATH,
  // The notices of all packages are in one file of their own, see licenses.mjs.
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.ttf': 'file' },
  logLevel: 'warning',
};

/** The public address of the output that was built from the entry point of this name and extension. */
function addressOf(result, name, extension) {
  const file = Object.keys(result.metafile.outputs).find(
    (path) => basename(path).startsWith(`${name}-`) && path.endsWith(extension),
  );
  if (!file) throw new Error(`the build made no ${name}${extension}`);
  return PUBLIC_PATH + basename(file);
}

/** Writes a file under a name with its hash, as esbuild does for what it bundles; gives back its address. */
function writeHashed(name, extension, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8).toUpperCase();
  const file = `${name}-${hash}${extension}`;
  writeFileSync(`${ASSETS}/${file}`, content);
  return PUBLIC_PATH + file;
}

rmSync('dist', { recursive: true, force: true });
mkdirSync(ASSETS, { recursive: true });

const workers = await esbuild.build({
  ...COMMON,
  format: 'iife',
  entryPoints: Object.entries(WORKERS).map(([out, path]) => ({ out, in: path })),
});

const page = await esbuild.build({
  ...COMMON,
  format: 'esm',
  splitting: true,
  jsx: 'automatic',
  // GraphiQL names the old CommonJS builds of these, whose exports a bundler cannot see.
  alias: {
    'prettier/parser-babel': 'prettier/plugins/babel',
    'prettier/parser-graphql': 'prettier/plugins/graphql',
  },
  entryPoints: { main: 'src/main.jsx' },
  define: {
    ...COMMON.define,
    EDITOR_WORKER_URL: JSON.stringify(addressOf(workers, 'editor.worker', '.js')),
    GRAPHQL_WORKER_URL: JSON.stringify(addressOf(workers, 'graphql.worker', '.js')),
    JSON_WORKER_URL: JSON.stringify(addressOf(workers, 'json.worker', '.js')),
  },
});

// The page imports the editor's styles as a whole; the copies that belong to lazy chunks are never asked for.
for (const file of readdirSync(ASSETS)) {
  if (file.endsWith('.css') && !file.startsWith('main-')) rmSync(`${ASSETS}/${file}`);
}

const addresses = {
  script: addressOf(page, 'main', '.js'),
  style: addressOf(page, 'main', '.css'),
  icon: writeHashed('icon', '.svg', readFileSync('src/icon.svg')),
  licenses: writeHashed('licenses', '.txt', licenseTexts([workers.metafile, page.metafile])),
};
const html = readFileSync('index.html', 'utf8').replace(/\{(\w+)\}/g, (_, name) => addresses[name]);
writeFileSync('dist/index.html', html);

const { files, bytes, packedBytes } = pack('dist', 'packed');
console.log(`${files} files, ${Math.round(bytes / 1024)} KB, ${Math.round(packedBytes / 1024)} KB compressed`);
