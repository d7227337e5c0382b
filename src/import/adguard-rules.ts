// AdGuard Home: rules of its users, names that it refuses to all, and rewrites; as lists of our own.

import { isSinkAddress } from '../lists/host-address.ts';
import { isPlain, wordOf } from '../settings/merge.ts';
import { pathText } from '../settings/problems.ts';
import { settingPath } from './adguard-paths.ts';
import { type Line, settle, tryList } from './lines.ts';
import { leadsNowhere, leaveAnswer } from './own-answers.ts';
import type { Plan } from './plan.ts';
import { lineOfRegex } from './regex-name.ts';
import type { YamlSource } from './yaml-source.ts';

export interface RuleLists {
  block: string[];
  allow: string[];
}

const HOSTS = /^(\d+\.\d+\.\d+\.\d+|[0-9a-f:]*:[0-9a-f:.]*)\s+(\S.*)$/i;

/** The names that AdGuard Home refuses by itself are of class CHAOS, which Sluis answers to nobody. */
const CHAOS = new Set(['version.bind', 'id.server', 'hostname.bind', 'version.server']);

export async function adguardRules(plan: Plan, source: YamlSource): Promise<RuleLists> {
  const item = source.item(['user_rules']);
  const rules = source.texts(['user_rules']).flatMap(({ value, item: at }) => ruleLines(plan, value.trim(), at));
  rules.push(...refusedNames(plan, source), ...rewrites(plan, source));
  const text = await settle(plan, 'adblock', rules);
  const lists: RuleLists = { block: [], allow: [] };
  // The exceptions stand in both: here for the rules beside them, there for all other lists.
  if (text !== '') lists.block.push(plan.addText(item, 'Own rules', { format: 'adblock', text }) ?? '');
  const allows = text.split('\n').filter((line) => line.startsWith('@@'));
  const list = { format: 'adblock' as const, text: allows.map((line) => `${line}\n`).join('') };
  if ((await tryList('adblock', Buffer.from(list.text))).rules > 0) {
    lists.allow.push(plan.addText(item, 'Own exceptions', list) ?? '');
  }
  sayImportant(plan, rules, allows);
  return { block: lists.block.filter(Boolean), allow: lists.allow.filter(Boolean) };
}

/** A rule as an adblock list has it; a line of a hosts file for each of its names. */
function ruleLines(plan: Plan, rule: string, at: { at: string; what: string }): Line[] {
  const item = { ...at, what: `${at.what} ${rule}` };
  const [, address, names] = HOSTS.exec(rule) ?? [];
  if (address !== undefined) {
    const hosts = names.replace(/#.*$/, '').trim().split(/\s+/);
    if (isSinkAddress(address)) return hosts.map((name) => ({ ...item, text: `|${name}^` }));
    leaveAnswer(plan, item);
    return [];
  }
  const [, mark = '', regex] = /^(@@)?\/(.+)\/$/.exec(rule) ?? [];
  const line = regex === undefined ? undefined : lineOfRegex(regex);
  if (line === undefined) return [{ ...item, text: rule }];
  const pattern = line.startsWith('*.') ? line : line.startsWith('.') ? `||${line.slice(1)}^` : `|${line}^`;
  return [{ ...item, text: `${mark}${pattern}` }];
}

function refusedNames(plan: Plan, source: YamlSource): Line[] {
  return source.texts(['dns', 'blocked_hosts']).flatMap(({ value, item }): Line[] => {
    const named = { ...item, what: `${item.what} ${value}` };
    const rule = value.trim();
    if (CHAOS.has(rule.replace(/^\|+|\^$/g, ''))) {
      plan.carry(named, 'nothing: Sluis answers no query of class CHAOS');
      return [];
    }
    const reason = 'blocked as by a list: answered, where AdGuard Home stays silent, and an allow lets it through';
    plan.differ(named, reason, 'nothing, unless the silence is meant');
    return ruleLines(plan, /^[\w-]+(?:\.[\w-]+)+$/.test(rule) ? `|${rule}^` : rule, item);
  });
}

/** Answers of its own that AdGuard Home gives; those that lead nowhere are blocks. */
function rewrites(plan: Plan, source: YamlSource): Line[] {
  const isOn = source.flag(settingPath(source, 'rewrites_enabled'), true);
  return ['dns', 'filtering'].flatMap((section) =>
    source.entries([section, 'rewrites']).flatMap(({ value, path }): Line[] => {
      source.take(path);
      const [domain, answer] = isPlain(value) ? [wordOf(value.domain), wordOf(value.answer)] : ['', ''];
      const item = source.item([...path, 'domain'], `${pathText(path)} ${domain} to ${answer}`);
      if (!isOn || (isPlain(value) && value.enabled === false)) {
        plan.leave(item, 'it is switched off there', 'nothing, unless it is wanted again');
        return [];
      }
      if (leadsNowhere(answer)) return [{ ...item, text: domain.startsWith('*.') ? domain : `|${domain}^` }];
      leaveAnswer(plan, item);
      return [];
    }),
  );
}

function sayImportant(plan: Plan, rules: readonly Line[], allows: readonly string[]): void {
  if (allows.length === 0) return;
  for (const rule of rules.filter(({ text }) => !text.startsWith('@@') && /[$,]important\b/.test(text))) {
    const reason = 'an exception of your own at the same name is stronger than a block with $important';
    plan.differ(rule, reason, 'take out the exception that speaks of the same name');
  }
}
