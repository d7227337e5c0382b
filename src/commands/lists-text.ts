// How lists are doing, in words for a terminal.

import type { ListChangeReport, ListStatus, ReloadReport } from '../observe/status.ts';
import { columns } from './layout.ts';

/** To the minute, which is as much as people look for among many. */
const minute = (time: string) => `${time.slice(0, 16)}Z`;

/** A table that fits a terminal of 80 columns, and under it why lists are not current. */
export function tableLines(lists: readonly ListStatus[]): string[] {
  const rows = lists.map(({ id, rules, use, fetch }) => [
    id,
    use?.state ?? '-',
    String(rules),
    use?.since ? minute(use.since) : use?.sha256 ? 'this reload' : '-',
    fetch ? (fetch.checked ? minute(fetch.checked) : 'never') : '-',
  ]);
  const head = ['list', 'state', 'rules', 'in force since', 'last checked'];
  const why = lists.flatMap(({ id, use, fetch }) => {
    const failed = fetch && fetch.failures > 0 ? [`${id}: not fetched: ${fetch.reason}: ${fetch.fix}`] : [];
    // What kept it from being fetched may be all that is wrong.
    const isTold = failed.length > 0 && use?.why === fetch?.reason;
    return [...(use?.why && !isTold ? [`${id}: ${use.state}: ${use.why}: ${use.fix}`] : []), ...failed];
  });
  return [...columns([head, ...rows]), ...(why.length > 0 ? ['', ...why] : [])];
}

/** How the last reload went, all lists and apps together. */
export function reloadLines({
  result,
  cause,
  at,
  reason,
  generation,
  hash,
  seconds,
  memory,
  totals,
}: ReloadReport): string[] {
  const went = result === 'ok' ? 'ok' : `failed, and what was in force serves on: ${reason}`;
  const facts = [
    ['last reload', `${at}, ${cause}: ${went}`],
    ['took', `${seconds.toFixed(2)} s; image ${memory.image} octets, all of Sluis ${memory.resident}`],
    [result === 'ok' ? 'policy' : 'in force', `generation ${generation}${result === 'ok' ? `, sha256 ${hash}` : ''}`],
  ];
  if (totals) {
    const { rules, added, removed, rejected, reasons } = totals;
    facts.push(['rules', `${rules}, of lists ${added} added and ${removed} removed`], ['left out', `${rejected}`]);
    for (const [why, count] of Object.entries(reasons)) facts.push(['', `${count}: ${why}`]);
  }
  return columns(facts);
}

/** All that is known of one. */
export function listLines({
  id,
  title,
  file,
  format,
  rules,
  duplicates,
  rejected,
  reasons,
  left,
  use,
  fetch,
}: ListStatus): string[] {
  const facts: string[][] = [
    ['list', title === id ? id : `${id} (${title})`],
    ['from', file],
    ['state', `${use?.state ?? '-'}${use?.why ? `: ${use.why}` : ''}`],
    ...(use?.fix ? [['fix', use.fix]] : []),
    ['in force since', use?.since ?? (use?.sha256 ? 'the last reload' : '-')],
    ['sha256', use?.sha256 ?? '-'],
    ['format', format ?? '-'],
    ['rules', `${rules}${duplicates > 0 ? `, and ${duplicates} twice over` : ''}`],
    ['left out', `${rejected}`],
    ...reasons.map(({ reason, count }) => ['', `${count}: ${reason}`]),
  ];
  for (const { reason, count, lines } of left)
    facts.push(['not honoured', `${count}: ${reason} (line ${lines.join(', ')})`]);
  if (fetch) {
    facts.push(['last checked', fetch.checked ?? 'never'], ['next check', fetch.next]);
    if (fetch.failures > 0) facts.push(['not fetched', `${fetch.failures} in a row: ${fetch.reason}: ${fetch.fix}`]);
  }
  if (use?.waiting) facts.push(['waiting', use.waiting]);
  return [...columns(facts), ...changeLines(use?.change ?? null)];
}

/** What came and what went; empty where nothing is known to have changed. */
export function changeLines(change: ListChangeReport | null): string[] {
  if (!change) return [];
  const { before, added, removed, addedNames, removedNames } = change;
  const more = (count: number, names: readonly string[], sign: string) =>
    count > names.length ? [`  ${sign} … and ${count - names.length} more`] : [];
  return [
    `${added} added to ${before} rules, ${removed} removed`,
    ...addedNames.map((name) => `  + ${name}`),
    ...more(added, addedNames, '+'),
    ...removedNames.map((name) => `  - ${name}`),
    ...more(removed, removedNames, '-'),
  ];
}
