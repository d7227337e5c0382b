// What `sluis import` prints: what became of each thing, what differs, and what is left, put together by reason.

import { join } from 'node:path';
import type { Note, Plan } from '../import/plan.ts';
import { MAIN_FILE } from '../import/write.ts';
import { counted } from './learning-text.ts';

/** Places that are shown of one reason: a zone has a million of them. */
const MOST_PLACES = 100;

function noteLines(notes: readonly Note[]): string[] {
  const together = Map.groupBy(notes, ({ reason, fix }) => `${reason}\n${fix}`);
  return [...together.values()].flatMap((alike) => [
    `  - ${alike[0].reason}`,
    `    instead: ${alike[0].fix}`,
    ...alike.slice(0, MOST_PLACES).map(({ at, what }) => `      ${at}: ${what}`),
    ...(alike.length > MOST_PLACES ? [`      and ${alike.length - MOST_PLACES} more, which --json tells too`] : []),
  ]);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines, ''];
}

export function reportLines(plan: Plan): string[] {
  const { carried, different, left, lists, policies, groups } = plan;
  return [
    ...section(
      `Taken over from ${plan.tool}:`,
      carried.map(({ at, what, as }) => `  ${at}: ${what}: ${as}`),
    ),
    ...section('Taken over, and not the same:', noteLines(different)),
    ...section('Not taken over:', noteLines(left)),
    `${counted(lists.length, 'list')}, ${counted(policies.length, 'policy', 'policies')}, ${counted(groups.length, 'group')}; not taken over: ${left.length}, not the same: ${different.length}.`,
  ];
}

export function nextLines(folder: string): string[] {
  const file = join(folder, MAIN_FILE);
  return [
    `${file} is written. Name who decided and who answers for it, then:`,
    '',
    `  sluis check --config ${file}`,
    `  sluis serve --config ${file}`,
  ];
}
