// Makes dist from the files beside this one: the page, its script and stylesheet, the
// licences of all that is in those two, and the hashes that web_test.go compares.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));

const sources = ['build.js', 'package-lock.json', 'package.json', 'page.css', 'page.html', 'page.jsx', 'unstyled.js'];

// These packages carry no text of their licence; that of the other is by the same
// people and says the same.
const licensedAs = {
  '@graphiql/plugin-doc-explorer': 'graphiql',
  '@graphiql/plugin-history': 'graphiql',
  'react-compiler-runtime': 'react',
  'react-remove-scroll-bar': 'react-remove-scroll',
  'toggle-selection': 'copy-to-clipboard',
};

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

// systemFonts leaves out the fonts that the stylesheet carries: they are most of it.
const systemFonts = {
  name: 'system-fonts',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(/@font-face\s*\{[^}]*\}/g, ''),
      loader: 'css',
    }));
  },
};

// licence is what has to go along with a package.
function licence(name) {
  const folder = join('node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const from = join('node_modules', licensedAs[name] ?? name);
  const texts = readdirSync(from).filter((file) => /^(licen[cs]e|notice)/i.test(file)).sort();
  if (texts.length === 0) {
    throw new Error(`${name} ${version} carries no text of its licence, ${license}; see licensedAs`);
  }
  return [`${name} ${version}: ${license}`, ...texts.map((file) => readFileSync(join(from, file), 'utf8').replaceAll('\r', '').trim())].join('\n\n');
}

const { outputFiles, metafile } = await build({
  entryPoints: ['page.jsx', 'page.css'],
  alias: { 'react-style-singleton': './unstyled.js' },
  bundle: true,
  charset: 'utf8',
  define: { 'process.env.NODE_ENV': '"production"' },
  format: 'esm',
  jsx: 'automatic',
  legalComments: 'none',
  metafile: true,
  minify: true,
  outdir: '.',
  plugins: [systemFonts],
  target: 'es2022',
  write: false,
});

const packages = new Set();
for (const { inputs } of Object.values(metafile.outputs)) {
  for (const file of Object.keys(inputs)) {
    const [, name] = file.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//) ?? [];
    if (name) {
      packages.add(name);
    } else if (file.includes('node_modules')) {
      throw new Error(`${file}: a package inside another; licence does not look there`);
    }
  }
}
const assets = outputFiles.map(({ path, contents }) => [basename(path), contents]);
assets.push(['licences.txt', Buffer.from([...packages].sort().map(licence).join(`\n\n${'-'.repeat(72)}\n\n`) + '\n')]);

const hashes = { sources: sha256(sources.map((file) => `${sha256(readFileSync(file))}  ${file}\n`).join('')), packages: [...packages].sort(), files: {} };

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist/assets', { recursive: true });

function put(file, data) {
  hashes.files[file] = sha256(data);
  writeFileSync(join('dist', file), data);
  console.log(`${file}: ${data.length} bytes`);
}

let page = readFileSync('page.html', 'utf8');
for (const [name, data] of assets) {
  const extension = extname(name);
  const file = `assets/${basename(name, extension)}-${sha256(data).slice(0, 16)}${extension}`;
  put(file, data);
  page = page.replace(`{{${name}}}`, `graphql/${file}`);
}
put('page.html', page);
writeFileSync('dist/hashes.json', `${JSON.stringify(hashes, null, 2)}\n`);
