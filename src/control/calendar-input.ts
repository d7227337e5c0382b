// The calendar of a configuration: the dates that its policies and exceptions have.

import type { Calendar, CalendarException, CalendarPolicy } from './calendar.ts';

/** Of settings, what has dates. */
export interface Dated {
  policies: readonly (Omit<CalendarPolicy, 'blocks'> & Partial<Pick<CalendarPolicy, 'blocks'>>)[];
  exceptions?: readonly CalendarException[];
}

export function calendarOf({ policies, exceptions = [] }: Dated): Calendar {
  return { policies: policies.map((policy) => ({ ...policy, blocks: policy.blocks ?? null })), exceptions };
}
