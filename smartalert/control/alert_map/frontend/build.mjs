// npm run build: src/ → ../dist/: one bundle named by its content, the licences of what is in it, and what it was built from.
import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {build} from 'esbuild';

const out = '../dist';
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');

/** One digest of everything a build depends on: each file's name and bytes, in order of name. */
function sourceDigest() {
  const files = [...readdirSync('src').map(f => `src/${f}`), 'build.mjs', 'package.json', 'package-lock.json'].sort();
  return sha256(files.map(f => `${f} ${sha256(readFileSync(f))}\n`).join(''));
}

/** Name, version and licence text of every package that went into the bundle. */
function licences({inputs}) {
  const folders = new Set(Object.keys(inputs).flatMap(f => f.match(/^node_modules\/(?:@[^/]+\/)?[^/]+/g) ?? []));
  return [...folders].sort().map(folder => {
    const {name, version, license} = JSON.parse(readFileSync(`${folder}/package.json`));
    const file = readdirSync(folder).find(f => /^licen[cs]e/i.test(f));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(`${folder}/${file}`, 'utf8').trim() : ''}\n`;
  }).join(`\n${'-'.repeat(80)}\n\n`);
}

// MapLibre's own thread: a file of its own, since a program may start only what lies at an address.
const worker = readFileSync('node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs');
const workerName = `maplibre-${sha256(worker).slice(0, 12)}.mjs`;

const {outputFiles, metafile} = await build({
  entryPoints: ['src/index.js'], bundle: true, format: 'esm', minify: true, target: 'es2022', write: false,
  loader: {'.css': 'text'}, legalComments: 'none', metafile: true, outfile: 'alertmap.js', define: {'process.env.NODE_ENV': '"production"', __WORKER__: JSON.stringify(`./${workerName}`)}
});
const text = outputFiles[0].text;
const bundle = `alertmap-${sha256(text).slice(0, 12)}.js`;
rmSync(out, {recursive: true, force: true});
mkdirSync(out);
writeFileSync(`${out}/${bundle}`, text);
writeFileSync(`${out}/${workerName}`, worker);
writeFileSync(`${out}/LEGAL.txt`, licences(metafile));
writeFileSync(`${out}/manifest.json`, `${JSON.stringify({bundle, bundle_sha256: sha256(text), source_sha256: sourceDigest()}, null, 2)}\n`);
console.log(bundle, text.length);
