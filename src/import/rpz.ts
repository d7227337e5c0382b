// A response policy zone: the file becomes a list as it is, which one policy blocks.

import { basename } from 'node:path';
import { findingsOf, fixOf } from './lines.ts';
import { Plan } from './plan.ts';

export async function readRpz(name: string, bytes: Uint8Array): Promise<Plan> {
  const plan = new Plan('a response policy zone');
  const title = basename(name);
  const item = { at: name, what: 'the zone' };
  for (const { line, kind, reason } of await findingsOf('rpz', bytes)) {
    const at = { at: `${name}:${line}`, what: kind === 'rejected' ? 'a line' : `a rule (${kind})` };
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
