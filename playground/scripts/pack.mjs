import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { gzipSync } from 'node:zlib';

const CONTENT_TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
};

/** Compresses here, so that the server needs no compressor; the result depends on the content alone (zlib writes time 0). */
function compress(content) {
  const packed = gzipSync(content, { level: 9 });
  // The tenth byte names the system that compressed; 255 is "unknown".
  packed[9] = 255;
  return packed;
}

/**
 * Writes every file of `from` compressed to `to`, and `manifest.tsv` next to
 * them: path, content type, entity tag. The entity tag covers the content, so
 * that a rebuild which changes nothing keeps browsers' copies valid.
 */
export function pack(from, to) {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });

  const sources = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .sort();

  let bytes = 0;
  let packedBytes = 0;
  const lines = sources.map((source) => {
    const content = readFileSync(source);
    const packed = compress(content);
    bytes += content.length;
    packedBytes += packed.length;

    const type = CONTENT_TYPES[extname(source)];
    if (!type) throw new Error(`no content type is known for ${source}`);
    const tag = createHash('sha256').update(content).digest('hex').slice(0, 32);
    writeFileSync(`${to}/${basename(source)}.gz`, packed);
    return [basename(source), type, tag].join('\t');
  });

  writeFileSync(`${to}/manifest.tsv`, `${lines.join('\n')}\n`);
  return { files: sources.length, bytes, packedBytes };
}
