// What was learnt of groups with a default, for people: a line for each domain, and what is missing from it.

import type { KnownNames } from '../lists/known-names.ts';
import { MOST_CLIENTS } from '../observe/client-sketch.ts';
import type { LearningReport, ReportedDomain, ReportedGroup } from '../observe/learning-report.ts';
import { columns } from './layout.ts';

/** On a terminal; of more domains, how many there are. */
const SHOWN = 50;

const HOW_TO_BEGIN = [
  'no group has a default, so there is nothing to learn',
  '',
  'Give the group of managed devices one that observes, with the packs that they need to stay sound, for some weeks:',
  '  default: { mode: observe, policy: managed-only }',
  '  allow: [baseline:os-updates, baseline:certificates, baseline:captive-portals, baseline:mdm, baseline:time]',
];

/** As many as `count`, and the noun that fits. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Clients are never known exactly. */
export function clientsText(clients: number): string {
  if (clients >= MOST_CLIENTS) return `${MOST_CLIENTS} clients or more`;
  return `about ${counted(clients, 'client')}`;
}

/** `2026-11-02`. */
export function dayText(iso: string): string {
  return iso.slice(0, 10);
}

/** `2026-11-02 08:00 UTC`. */
export function minuteText(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** What is missing from the report; none where it is complete. */
export function missingLines({ unseen }: LearningReport, { forgotten }: ReportedGroup): string[] {
  const lines: string[] = [];
  if (unseen > 0) {
    const why = 'there were more in a second than are read, or a ring was full';
    lines.push(`NOT COMPLETE: ${counted(unseen, 'policy hit')} of all groups were not looked at: ${why}`);
  }
  if (forgotten.names > 0) {
    const what = `${counted(forgotten.names, 'name')} with ${counted(forgotten.count, 'query', 'queries')} had no room`;
    lines.push(`NOT COMPLETE: ${what}: those of the fewest clients went first; learning.names makes more`);
  }
  return lines;
}

export function reportText(report: LearningReport, known: KnownNames, isTerminal: boolean): string[] {
  const { groups, file, problem } = report;
  if (groups.length === 0) return HOW_TO_BEGIN;
  const kept = file === null ? ['kept in memory alone: a restart begins anew, unless learning.file names a file'] : [];
  const told = groups.flatMap((group) => [...groupLines(report, group, known, isTerminal), '']);
  return [
    ...told,
    ...kept,
    ...(problem === '' ? [] : [problem]),
    '"--as-list --group ID" prints names for an allow list',
  ];
}

function groupLines(report: LearningReport, told: ReportedGroup, known: KnownNames, isTerminal: boolean): string[] {
  const { group, mode, policy, since, count, blocked, approved, rare, domains } = told;
  const does = { block: 'blocks', observe: 'observes', off: 'does not yet act on' }[mode];
  const head = `${group}: ${policy} ${does} what no list under "allow" has`;
  if (since === null) return [head, '  nothing was asked for yet that no list has'];
  const shown = isTerminal ? domains.slice(0, SHOWN) : domains;
  const asked = `since ${minuteText(since)}: ${counted(count, 'query', 'queries')}, ${blocked} of them blocked`;
  const rows = shown.map((domain) => rowOf(domain, known));
  const more = domains.length - shown.length;
  const left = [
    ...(approved > 0 ? [`  ${counted(approved, 'name is', 'names are')} answered by now, and left out`] : []),
    ...(rare > 0 ? [`  ${counted(rare, 'name was', 'names were')} asked for less often, and left out`] : []),
    ...missingLines(report, told).map((line) => `  ${line}`),
  ];
  return [
    head,
    `  ${asked}`,
    '',
    ...columns([['domain', 'names', 'queries', 'clients', 'first', 'last', ''], ...rows], '  '),
    ...(more > 0 ? [`  … and ${counted(more, 'more domain', 'more domains')}; --json has them all`] : []),
    ...(left.length > 0 ? ['', ...left] : []),
  ];
}

function rowOf(domain: ReportedDomain, known: KnownNames): string[] {
  const { name, names, count, clients, first, last } = domain;
  const about = clients >= MOST_CLIENTS ? `${MOST_CLIENTS}+` : `~${clients}`;
  return [name, String(names.length), String(count), about, dayText(first), dayText(last), remarksOf(domain, known)];
}

/** Who else has the names, and which policies speak of them: `baseline:os-updates (2 of 3), under bypass-doh`. */
function remarksOf({ names }: ReportedDomain, known: KnownNames): string {
  const counts = new Map<string, number>();
  for (const { name, policy } of names) {
    const remarks = [...known.of(name), ...(policy === null ? [] : [`under ${policy}`])];
    for (const remark of remarks) counts.set(remark, (counts.get(remark) ?? 0) + 1);
  }
  const told = [...counts].map(([remark, of]) =>
    of === names.length ? remark : `${remark} (${of} of ${names.length})`,
  );
  return told.join(', ');
}
