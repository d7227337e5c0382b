// A list as the settings have it, for tests that read one.

import type { ListSettings } from '../../src/settings/settings.ts';

/** A file of this machine, of which nothing is said but where it is. */
export function aList(file: string, more: Partial<ListSettings> = {}): ListSettings {
  return {
    id: 'l',
    title: 'L',
    file,
    fetched: null,
    sha256: null,
    signed: null,
    onMissing: 'serve-last-good',
    shipped: false,
    format: null,
    match: null,
    maxSize: 2 ** 20,
    ...more,
  };
}
