// What main and the process that fetches lists say to each other.

import type { ListSettings, UpdateSettings } from '../settings/settings.ts';

/** What the process is told; each list has a URL. */
export interface FetchOrder {
  lists: ListSettings[];
  /** Where copies are kept. */
  folder: string;
  updates: UpdateSettings;
  /** For proxies. */
  env: Record<string, string | undefined>;
  /** How often a server is asked that does not answer as it should, one after the other. */
  tries: number;
}

/** What came of one list: said when it is known. */
export interface FetchOutcome {
  id: string;
  result: 'changed' | 'unchanged' | 'failed';
  /** Why it failed, and what to do; empty where it did not. */
  reason: string;
  fix: string;
}

/** Lists fetched at a time. */
export const AT_ONCE = 4;
