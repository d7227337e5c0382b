// Where the files that come with Sluis are: the default configuration, presets, the catalogue.

import { join } from 'node:path';

const home = join(import.meta.dirname, '..', '..');

export const shippedConfig = join(home, 'config', 'sluis.yaml');
export const shippedPresets = join(home, 'config', 'presets');
export const shippedBlocklists = join(home, 'blocklists');

const YAML = '.yaml';

/** Ids from file names: `tiktok.yaml` holds `tiktok`. */
export function idsIn(names: readonly string[]): string[] {
  return names.filter((name) => name.endsWith(YAML)).map((name) => name.slice(0, -YAML.length));
}

export function fileOf(directory: string, id: string): string {
  return join(directory, `${id}${YAML}`);
}
