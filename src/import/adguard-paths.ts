// AdGuard Home: where an option stands in a file, which differs from version to version.

import type { Path } from '../settings/problems.ts';
import type { YamlSource } from './yaml-source.ts';

/** What is under `filtering` now was under `dns` before. */
export function settingPath(source: YamlSource, key: string): Path {
  return source.look(['filtering', key]) === undefined ? ['dns', key] : ['filtering', key];
}
