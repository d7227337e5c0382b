// Where the files that come with Sluis are: the default configuration, presets, the catalogue, baseline packs.

import { join } from 'node:path';

const home = join(import.meta.dirname, '..', '..');

export const shippedConfig = join(home, 'config', 'sluis.yaml');
export const shippedPresets = join(home, 'config', 'presets');
export const shippedBlocklists = join(home, 'blocklists');
/** Lists of names that managed devices need to stay sound: app files, whose ids groups name as `baseline:ID`. */
export const shippedBaseline = join(home, 'config', 'baseline');

/** Names that lead round the resolver, a file for each kind. */
export const shippedBypass = join(home, 'config', 'bypass');

/** Names that no list blocks. */
export const shippedProtected = join(home, 'config', 'protected.txt');

const BASELINE = 'baseline:';

const YAML = '.yaml';

/** Ids from file names: `tiktok.yaml` holds `tiktok`. */
export function idsIn(names: readonly string[]): string[] {
  return names.filter((name) => name.endsWith(YAML)).map((name) => name.slice(0, -YAML.length));
}

/** What a group calls the baseline packs that come with Sluis; `names` are those in `shippedBaseline`. */
export function baselineIds(names: readonly string[]): string[] {
  return idsIn(names).map((id) => `${BASELINE}${id}`);
}

/** The file of the baseline pack that a group calls `id`; undefined where that is the id of a list of its own. */
export function baselineFile(id: string): string | undefined {
  return id.startsWith(BASELINE) ? fileOf(shippedBaseline, id.slice(BASELINE.length)) : undefined;
}

/** The file of names of a way round the resolver. */
export function bypassFile(kind: string): string {
  return fileOf(shippedBypass, kind);
}

export function fileOf(directory: string, id: string): string {
  return join(directory, `${id}${YAML}`);
}
