import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The folder of the package that a bundled file comes from, or nothing for our own files. */
function packageFolder(path) {
  return path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0];
}

/**
 * The notices of every package whose code is in the bundle. Their licences ask
 * for it, and minified code has no room for them.
 */
export function licenseTexts(metafiles) {
  const folders = new Set();
  for (const { inputs } of metafiles) {
    for (const path of Object.keys(inputs)) {
      const folder = packageFolder(path);
      if (folder && existsSync(`${folder}/package.json`)) folders.add(folder);
    }
  }

  const notices = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const texts = readdirSync(folder)
      .filter((file) => /^(licen[sc]e|notice|thirdpartynotices)/i.test(file))
      .sort()
      .map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim());
    return [`${name} ${version} (${license ?? 'see below'})`, ...texts].join('\n\n');
  });
  return `${notices.sort().join(`\n\n${'-'.repeat(72)}\n\n`)}\n`;
}
