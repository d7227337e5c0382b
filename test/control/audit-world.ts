// A log of changes in a folder of its own, and what a reload hands to it.

import { readFileSync } from 'node:fs';
import { Audit, type AuditEntry } from '../../src/control/audit.ts';
import { Chain } from '../../src/control/audit-chain.ts';
import { type AuditState, emptyState } from '../../src/control/audit-diff.ts';
import { type AuditBody, type AuditLine, sealed } from '../../src/control/audit-line.ts';
import { canonical, sha256 } from '../../src/control/canonical.ts';

export const AT = Date.UTC(2026, 9, 1);
export const ORIGIN = { file: '/etc/sluis/sluis.yaml', commit: null, dirty: null, changed: [] };

/** A state with policies of these ids. */
export function stateWith(...ids: string[]): AuditState {
  const policies = Object.fromEntries(ids.map((id) => [id, { title: { en: id }, apps: ['tiktok'] }]));
  return { ...emptyState(), policies };
}

export function entryOf(state: AuditState, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: AT,
    cause: 'SIGHUP',
    result: 'taken',
    reason: '',
    problems: [],
    generation: 1,
    who: ORIGIN,
    files: { '/etc/sluis/sluis.yaml': 'ab'.repeat(32) },
    state,
    ...more,
  };
}

/** What was told of problems is kept. */
export function auditOf(file: string): { audit: Audit; told: string[] } {
  const told: string[] = [];
  return { audit: new Audit({ file, onProblem: (problem) => told.push(problem) }), told };
}

export function textsIn(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').slice(0, -1);
}

export function linesIn(file: string): AuditLine[] {
  return textsIn(file).map((text) => JSON.parse(text));
}

export function chainOf(texts: readonly string[]): Chain {
  const chain = new Chain();
  for (const text of texts) chain.take(text);
  return chain;
}

/** Lines of a log in which each state follows the one before, as they stand in the file. */
export function logOf(...bodies: Partial<AuditBody>[]): string[] {
  let previous = '0'.repeat(64);
  return bodies.map((body, at) => {
    const { text, hash } = sealed({
      sequence: at + 1,
      time: new Date(AT + at * 1000).toISOString(),
      event: at === 0 ? 'start' : 'reload',
      previous,
      cause: 'start',
      result: 'taken',
      reason: '',
      generation: at + 1,
      who: ORIGIN,
      policy: sha256(canonical(emptyState())),
      files: {},
      ...body,
    });
    previous = hash;
    return text;
  });
}
