// The catalogue that comes with Sluis, read as a reload reads each app of it.

import type { App } from '../../src/lists/catalogue.ts';
import { loadApp } from '../../src/lists/library.ts';
import { disk } from '../../src/settings/files.ts';
import { fileOf, idsIn, shippedBlocklists } from '../../src/settings/shipped.ts';

/** Throws when any of them has a problem. */
export function shippedApps(): App[] {
  return idsIn(disk.list(shippedBlocklists)).map((id) => {
    const { app, problems } = loadApp(fileOf(shippedBlocklists, id));
    if (!app) throw new Error(`${id}: ${problems.map(({ message }) => message).join('; ')}`);
    return app;
  });
}
