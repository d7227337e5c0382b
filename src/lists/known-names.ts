// Which baseline packs and which apps of the catalogue have a name: what somebody else has looked into already.

import { join } from 'node:path';
import type { NAME_MATCHES } from '../policy/rule.ts';
import { disk, type Files, namesIn } from '../settings/files.ts';
import { baselineIds, idsIn, shippedBaseline } from '../settings/shipped.ts';
import { loadApp } from './library.ts';

interface Known {
  match: (typeof NAME_MATCHES)[number];
  source: string;
}

export class KnownNames {
  readonly #byName = new Map<string, Known[]>();

  /** Reads the packs, and the apps of the catalogue in the folder `blocklists`. Never throws: what cannot be read knows nothing. */
  constructor(blocklists: string, files: Files = disk) {
    const packs = (namesIn(files, shippedBaseline) ?? []).sort();
    for (const file of packs) for (const id of baselineIds([file])) this.#read(join(shippedBaseline, file), id, files);
    const apps = (namesIn(files, blocklists) ?? []).sort();
    for (const file of apps) for (const id of idsIn([file])) this.#read(join(blocklists, file), `app ${id}`, files);
  }

  /** Packs as groups call them, then apps (`app tiktok`), that have the name in canonical text. */
  of(name: string): string[] {
    const found = new Set<string>();
    for (let at = 0; at >= 0; at = name.indexOf('.', at + 1)) {
      const isWhole = at === 0;
      for (const { match, source } of this.#byName.get(name.slice(isWhole ? 0 : at + 1)) ?? []) {
        if (match === 'suffix' || isWhole === (match === 'exact')) found.add(source);
      }
    }
    return [...found].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  }

  #read(file: string, source: string, files: Files): void {
    for (const { name, match } of loadApp(file, files).app?.names ?? []) {
      const known = this.#byName.get(name);
      if (known) known.push({ match, source });
      else this.#byName.set(name, [{ match, source }]);
    }
  }
}

function rank(source: string): number {
  return source.startsWith('app ') ? 1 : 0;
}
