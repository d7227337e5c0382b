// Tells which exceptions do less than they seem to: let past a ban, and then met by the default of a managed group.

import { readFileSync } from 'node:fs';
import { feedList, loadApp } from '../lists/library.ts';
import { decide, Verdict } from '../policy/decide.ts';
import { baseOf, findGroup4, findGroup6 } from '../policy/groups.ts';
import { type Image, NO_DEVICE } from '../policy/image.ts';
import { Path } from '../policy/match.ts';
import { fallbackAt, modeAt } from '../policy/moments.ts';
import { ACTION, DECISION, MATCH, MODE, NAME_MATCHES, type RuleSink } from '../policy/rule.ts';
import type { Prefix } from '../settings/address.ts';
import { type Document, problemAt, readDocument } from '../settings/document.ts';
import type { Problem } from '../settings/problems.ts';
import { PrefixTable } from '../settings/ranges.ts';
import type { ExceptionSettings, ListSettings, PolicySettings, Settings } from '../settings/settings.ts';
import { Name } from '../wire/name.ts';
import { nameFromText, textFromName, textFromWire } from '../wire/name-text.ts';

/** A note for each exception and each group whose default goes on blocking what it lets past its policy. */
export async function exceptionNotes(settings: Settings, image: Image, now: number): Promise<Problem[]> {
  const reach = new Reach(settings, image);
  const open = settings.exceptions.filter(({ expires }) => expires > now);
  const found: (MetDefault & { exception: ExceptionSettings })[] = [];
  for (const exception of open) {
    const defaults = await reach.defaultsOver(exception, Math.max(now, exception.starts));
    found.push(...defaults.map((met) => ({ exception, ...met })));
  }
  if (found.length === 0) return [];
  const documents = [settings.file, ...(settings.exceptionsFile === null ? [] : [settings.exceptionsFile])].map(
    (file) => readDocument(file, readFileSync(file, 'utf8')),
  );
  return found.map(({ exception, group, policy, name }) => {
    const message = `the exception does not lift the default of group "${group}": ${policy} still blocks ${name}, for one`;
    const fix = `add an exception from ${policy} for the same clients too, or a list that has these names under "allow" of the group`;
    return noteAt(documents, exception, message, fix);
  });
}

function noteAt(documents: readonly Document[], { id }: ExceptionSettings, message: string, fix: string): Problem {
  for (const document of documents) {
    const { exceptions } = (document.root ?? {}) as { exceptions?: { id?: unknown }[] };
    const index = exceptions?.findIndex((one) => one.id === id) ?? -1;
    if (index >= 0) {
      return problemAt(document, ['exceptions', index, 'policy'], message, fix, { severity: 'note' });
    }
  }
  return problemAt(documents[0], ['exceptions'], `${id}: ${message}`, fix, { severity: 'note' });
}

interface MetDefault {
  group: string;
  /** Of the default. */
  policy: string;
  /** A name of the exception's policy that it blocks. */
  name: string;
}

class Reach {
  readonly #settings: Settings;
  readonly #image: Image;
  readonly #members = new PrefixTable<undefined>();
  /** By the id of a policy: names that it covers. */
  readonly #names = new Map<string, string[]>();
  readonly #name: Name;
  readonly #path = new Path();
  readonly #verdict = new Verdict();

  constructor(settings: Settings, image: Image) {
    this.#settings = settings;
    this.#image = image;
    this.#name = new Name(image.seed);
    for (const { prefixes } of settings.groups) for (const prefix of prefixes) this.#members.add(prefix, undefined);
  }

  /** The defaults that block, at that moment, a name of the exception's policy for a client of the exception. */
  async defaultsOver({ policy: id, prefixes, devices }: ExceptionSettings, at: number): Promise<MetDefault[]> {
    const { groups, policies } = this.#settings;
    const policy = policies.findIndex((one) => one.id === id);
    const found = new Map<string, MetDefault>();
    for (const number of [...this.#groupsOf(prefixes, NO_DEVICE), ...this.#groupsNamed(devices)]) {
      const base = baseOf(this.#image, number);
      const { id: group, fallback } = groups[base];
      if (!fallback || fallback.policy === id || found.has(group)) continue;
      if (fallbackAt(this.#image, base, at) !== MODE.BLOCK || modeAt(this.#image, base, policy, at) === MODE.OFF)
        continue;
      const names = await this.#namesOf(policies[policy]);
      const name = names.find((text) => this.#isMet(number, text, at));
      if (name !== undefined) found.set(group, { group, policy: fallback.policy, name });
    }
    return [...found.values()];
  }

  /** Every group in which one of these devices can be that a forwarder names. */
  #groupsNamed(devices: readonly string[]): number[] {
    const { named, macFrom, idFrom } = this.#settings.devices;
    const forwarders = [...macFrom, ...idFrom];
    const meant = new Set(devices);
    return named.flatMap(({ id }, device) => (meant.has(id) ? this.#groupsOf(forwarders, device) : []));
  }

  /** Every group in which a client of these can be, by whichever socket; with the exceptions that it has there. */
  #groupsOf(prefixes: readonly Prefix[], device: number): number[] {
    const found = new Set<number>();
    for (const prefix of prefixes) {
      // A prefix may lie in one group, with others within it.
      const firsts = [prefix, ...this.#members.inside(prefix).map((entry) => entry.prefix)];
      for (const { octets, family } of firsts) {
        const view = new DataView(octets.buffer, octets.byteOffset);
        const word = (index: number) => view.getUint32(index * 4);
        for (let socket = 0; socket < this.#settings.listen.dns.length; socket++) {
          const group =
            family === 4
              ? findGroup4(this.#image, socket, word(0), device)
              : findGroup6(this.#image, socket, word(0), word(1), word(2), word(3), device);
          if (group >= 0) found.add(group);
        }
      }
    }
    return [...found];
  }

  #isMet(group: number, text: string, at: number): boolean {
    if (!nameFromText(text, this.#name)) return false;
    const decision = decide(this.#image, group, this.#name, at, this.#path, this.#verdict);
    return decision === DECISION.BLOCK && this.#verdict.rule < 0;
  }

  async #namesOf(policy: PolicySettings): Promise<string[]> {
    const known = this.#names.get(policy.id);
    if (known) return known;
    const { apps, lists } = this.#settings;
    const facets = new Set<string>(policy.facets);
    const ofApps = apps
      .filter(({ id }) => policy.apps.includes(id))
      .flatMap(({ file }) => loadApp(file).app?.names ?? [])
      .filter(({ facet }) => facets.has(facet))
      .map(({ name, match }) => nameUnder(name, NAME_MATCHES.indexOf(match)));
    const ofLists = await Promise.all(lists.filter(({ id }) => policy.lists.includes(id)).map(namesOfList));
    const names = [...ofApps, ...ofLists.flat()];
    this.#names.set(policy.id, names);
    return names;
  }
}

/** A name that the rule speaks of. */
function nameUnder(name: string, match: number): string {
  return match === MATCH.BELOW ? `x.${name}` : name;
}

/** Those at the head of a list stand for the rest. */
async function namesOfList(list: ListSettings): Promise<string[]> {
  const names: string[] = [];
  const take = (name: string, match: number, action: number) => {
    if (action === ACTION.BLOCK) names.push(nameUnder(name, match));
  };
  const sink: RuleSink = {
    seed: 0,
    expect: () => {},
    rule: (wire, match, action) => take(textFromWire(wire), match, action),
    named: (name, match, action) => take(textFromName(name), match, action),
    prefix: () => {},
    reject: () => {},
    leave: () => {},
  };
  await feedList(list, sink, { isHeadAlone: true });
  return names;
}
