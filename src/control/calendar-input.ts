// The calendar of a configuration: the dates that its policies and exceptions have.

import type { Settings } from '../settings/settings.ts';
import type { Calendar } from './calendar.ts';

export function calendarOf({ policies }: Pick<Settings, 'policies'>): Calendar {
  return { policies: policies.map((policy) => ({ ...policy, blocks: null })), exceptions: [] };
}
