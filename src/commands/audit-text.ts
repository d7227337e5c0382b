// A line of the audit log for people: when, by whom, and each change in words.

import { type FieldChange, type Json, SECTIONS, type SectionChanges } from '../control/audit-diff.ts';
import type { AuditLine, Interruption } from '../control/audit-line.ts';

const ONE: Record<(typeof SECTIONS)[number], string> = {
  policies: 'policy',
  groups: 'group',
  exceptions: 'exception',
  lists: 'list',
  apps: 'app',
};

/** Longer values are shortened: the log has them whole. */
const SHOWN = 120;

/** Texts without a line end; the first says what happened, those below it what changed. */
export function auditText(line: AuditLine): string[] {
  const { sequence, time, event, cause, result, reason, generation, problems = [], changes = {} } = line;
  const why = reason && `: ${reason}`;
  const asked = event === cause ? '' : `, by ${cause}`;
  const { sealed } = changes;
  return [
    `${sequence}  ${time}  ${event} ${result}${why}, generation ${generation}${asked}`,
    `    from ${whoText(line)}`,
    ...afterLines(line.after ?? {}),
    ...problems,
    ...SECTIONS.flatMap((section) => sectionLines(ONE[section], changes[section] ?? {})),
    ...(sealed ? [`sealed exceptions: ${sealed.before} became ${sealed.after}`] : []),
  ].map((text, at) => (at < 2 ? text : `    ${text}`));
}

function whoText({ who: { file, commit, dirty, changed } }: AuditLine): string {
  if (commit === null) return file;
  const state = dirty === null ? '' : dirty ? `, changed since in ${changed.join(', ')}` : ', unchanged';
  return `${file}, commit ${commit.slice(0, 12)}${state}`;
}

function afterLines({ torn, lost, broken, moved }: Interruption): string[] {
  return [
    ...(torn ? [`after a line cut off by a crash: ${torn.octets} octets, kept in ${torn.kept}`] : []),
    ...(lost ? [`after ${lost.lines} that could not be written since ${lost.since}: ${lost.reason}`] : []),
    ...(broken ? [`after a chain broken at line ${broken.line}: ${broken.reason}`] : []),
    ...(moved ? ['after the file before it went away'] : []),
  ];
}

function sectionLines(one: string, { added = {}, removed = {}, changed = {} }: SectionChanges): string[] {
  return [
    ...Object.keys(added).map((id) => `+ ${one} ${id}`),
    ...Object.keys(removed).map((id) => `- ${one} ${id}`),
    ...Object.entries(changed).flatMap(([id, fields]) =>
      Object.entries(fields).map(([field, change]) => `~ ${one} ${id}: ${field} ${changeText(change)}`),
    ),
  ];
}

function changeText(change: FieldChange): string {
  if (!('added' in change)) return `${valueText(change.before)} became ${valueText(change.after)}`;
  const { added, removed } = change;
  return [...removed.map((one) => `-${valueText(one)}`), ...added.map((one) => `+${valueText(one)}`)].join(' ');
}

function valueText(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
