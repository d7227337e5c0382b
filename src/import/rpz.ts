// A response policy zone: the file becomes a list as it is, which one policy blocks.

import { basename } from 'node:path';
import { ImportError } from './import-error.ts';
import { fixOf, tryList } from './lines.ts';
import { Plan } from './plan.ts';

/** Characters of a line that are shown. */
const MOST_SHOWN = 100;

export async function readRpz(name: string, bytes: Uint8Array): Promise<Plan> {
  const plan = new Plan('a response policy zone');
  const title = basename(name);
  const item = { at: name, what: 'the zone' };
  const { findings, rules } = await tryList('rpz', bytes);
  if (rules === 0) {
    const fix = 'name a zone that blocks names; prefixes of rpz-ip go into a list of format addresses';
    throw new ImportError(name, 'no line of it is a rule on names', fix);
  }
  const lines = findings.length > 0 ? Buffer.from(bytes).toString('utf8').split('\n') : [];
  for (const { line, kind, reason } of findings) {
    const at = { at: `${name}:${line}`, what: (lines[line - 1] ?? '').trim().slice(0, MOST_SHOWN) };
    if (kind === 'answer') plan.differ(at, reason, 'set "answer" of the policy, which holds for all its names');
    else plan.leave(at, reason, fixOf(kind));
  }
  const id = plan.addText(item, title.replace(/\.gz$/i, '').replace(/\.[^.]*$/, '') || title, {
    format: 'rpz',
    text: bytes,
  });
  const lists = id === undefined ? [] : [id];
  const policy = plan.addPolicy(item, `Zone ${title}`, id ?? 'zone', { lists });
  plan.addGroup(item, 'local', {
    about: 'This machine alone, to try it on. A zone does not say for whom it is: name your networks here.',
    subnets: ['127.0.0.0/8', '::1'],
    blocks: policy === undefined ? [] : [policy],
    allow: [],
  });
  plan.listen.push('127.0.0.1:1053');
  plan.leave(item, 'a zone names no clients, sockets or upstreams', 'fill in "listen", "upstreams" and "groups"');
  return plan;
}
