// Answers of its own that a tool gives to names: Sluis gives none, so they are told; those that lead nowhere are blocks.

import { type Line, settle } from './lines.ts';
import type { Item, Plan } from './plan.ts';

/** Loopback addresses lead to the machine that asks, and may be meant. */
export function leadsNowhere(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

export function leaveAnswer(plan: Plan, item: Item): void {
  const fix = 'serve the name from a server of your own, and name that under "forward"';
  plan.leave(item, 'an answer of its own: Sluis has no records, it blocks or forwards', fix);
}

/** The policy of names that `part` of the tool blocked for everybody, whatever the groups; none where there are none. */
export async function blocksForAll(plan: Plan, part: string, lines: readonly Line[]): Promise<string[]> {
  const text = await settle(plan, 'domains', lines);
  if (text === '') return [];
  const list = plan.addText(lines[0], `${part} blocked`, { format: 'domains', match: 'exact', text });
  const title = `Names that ${part} blocked, taken over from ${plan.tool}`;
  const policy = plan.addPolicy(lines[0], title, part, { lists: list === undefined ? [] : [list] });
  return policy === undefined ? [] : [policy];
}
