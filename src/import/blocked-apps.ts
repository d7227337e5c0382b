// Services that other tools block by a word of theirs, as apps of the catalogue.

import { disk, namesIn } from '../settings/files.ts';
import { idsIn, shippedBlocklists } from '../settings/shipped.ts';
import type { Item, Plan } from './plan.ts';

/** Where the catalogue has another word. */
const OTHER_WORD: Record<string, string> = { vk: 'vkontakte', ucbrowser: 'uc-browser', turbovpn: 'turbo-vpn' };

/** The app of the catalogue, where it has the service. */
export function appsOf(plan: Plan, item: Item, service: string): string[] {
  const known = idsIn(namesIn(disk, shippedBlocklists) ?? []);
  const word = service.toLowerCase().replaceAll('_', '-');
  const app = OTHER_WORD[word] ?? word;
  if (!known.includes(app)) {
    const fix = 'write its names into a list, and name that in a policy';
    plan.leave(item, 'the catalogue has no app for this service', fix);
    return [];
  }
  plan.carry(item, `app ${app} of the catalogue`);
  plan.differ(item, 'its names are those of the catalogue, each with its source', 'look at their files in blocklists/');
  return [app];
}
