// Single rules of a source, put to the reader that will read them as a list: what it would not honour is told, and left out.

import { FORMATS } from '../lists/formats.ts';
import { LEFT, type Left } from '../lists/left.ts';
import { ListReader } from '../lists/list-reader.ts';
import { MATCH, type RuleSink } from '../policy/rule.ts';
import type { Item, Plan } from './plan.ts';

/** A line of a list, with the place in the source that it comes from. */
export interface Line extends Item {
  text: string;
}

export interface Finding {
  /** Counts from 1. */
  line: number;
  kind: Left | 'rejected';
  reason: string;
}

const WRITE_OUT = 'write the names that are meant, one a line, into a list of the policy';

const FIXES: Partial<Record<Finding['kind'], string>> = {
  client: 'put these clients into a group, and the rule into the list of a policy that only this group names',
  rewrite: 'serve the name from a server of your own and name that under "forward"',
  type: 'Sluis blocks a name for all types, or for none: decide which',
  forwarding: 'name the servers under "forward"',
  include: 'import that file as well, or name it as a list of format rpz',
  'tcp-only': 'decide whether the name is to be blocked',
  'rpz-ip': 'write the prefix into a list of format addresses',
  'rpz-client-ip': 'put the clients into a group of their own',
  'rpz-nsdname': 'write out the names that are meant',
  'rpz-nsip': 'write out the names that are meant',
  rejected: 'mend the line, or leave it out for good',
};

export function fixOf(kind: Finding['kind']): string {
  return FIXES[kind] ?? WRITE_OUT;
}

/** What follows from other lines of the same list: that is as the tool had it, and nothing is lost. */
const OF_THE_LIST: ReadonlySet<string> = new Set(['overruled', 'taken-back']);

export interface Trial {
  findings: Finding[];
  rules: number;
}

/**
 * What a list of that format would not honour, line by line, and how many rules it would be. `seed` of the sink is of no
 * account: nothing is looked up.
 */
export async function tryList(format: 'domains' | 'adblock' | 'rpz', text: Uint8Array): Promise<Trial> {
  const findings: Finding[] = [];
  const sink: RuleSink = {
    seed: 0,
    expect: () => {},
    rule: () => {},
    named: () => {},
    prefix: () => {},
    reject: (line, _column, reason) => findings.push({ line, kind: 'rejected', reason }),
    leave: (kind, line) => {
      if (!OF_THE_LIST.has(kind)) findings.push({ line, kind: kind as Left, reason: LEFT[kind as Left] });
    },
  };
  const reader = new ListReader(await FORMATS[format](), MATCH.EXACT, sink);
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  if (reader.hasSurvey) reader.survey(bytes);
  reader.take(bytes);
  reader.end();
  return { findings, rules: reader.rules };
}

/** Those of the lines that will be honoured, one behind the other as a list; empty where none is a rule. The others are told. */
export async function settle(plan: Plan, format: 'domains' | 'adblock', lines: readonly Line[]): Promise<string> {
  const known = lines.map(({ text }) => text.replaceAll(/[\r\n]/g, ' '));
  const { findings, rules } = await tryList(format, Buffer.from(known.map((line) => `${line}\n`).join('')));
  const dropped = new Set<number>();
  for (const { line, kind, reason } of findings) {
    const item = lines[line - 1] ?? lines.at(-1);
    if (item === undefined) continue;
    if (kind === 'answer') plan.differ(item, reason, 'give the policy the answer that is meant, with "answer"');
    else {
      plan.leave(item, reason, fixOf(kind));
      dropped.add(line - 1);
    }
  }
  const kept = known.filter((_, at) => !dropped.has(at));
  if (rules === 0) return '';
  return kept.map((line) => `${line}\n`).join('');
}
