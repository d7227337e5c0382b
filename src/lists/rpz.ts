// Response policy zones: zone files whose owners are triggers and whose data are actions (draft-vixie-dnsop-dns-rpz-00).

import { isIP } from 'node:net';
import { ACTION, MATCH } from '../policy/rule.ts';
import type { Format, Reader } from './format.ts';
import { refusal } from './guard.ts';
import { isSinkAddress } from './host-address.ts';
import type { Intake } from './intake.ts';
import type { Left } from './left.ts';
import { NEWLINE } from './line-blocks.ts';
import { EntryWords, recordOf, type Word, ZoneNames, type ZoneRecord } from './zone-file.ts';

export const rpz: Format = {
  looks:
    /^\$(?:TTL|ORIGIN|INCLUDE|GENERATE)\s|^(?:\S+\s+)?(?:\d\w*\s+)?(?:IN\s+)?(?:\d\w*\s+)?(?:SOA|NS|CNAME|A|AAAA|TXT)\s+\S|^\d\w*\s*\)?(?:\s*;.*)?$|^\)/i,
  read: (intake) => new RpzReader(intake),
};

/** Triggers that no name of a question is. */
const OTHER_TRIGGER = /(?:^|\.)(rpz-(?:client-ip|ip|nsdname|nsip))$/i;
/** What is in every signed zone, and says nothing of names. */
const OF_THE_ZONE = new Set(['RRSIG', 'NSEC', 'NSEC3', 'NSEC3PARAM', 'DNSKEY', 'DS', 'CDS', 'CDNSKEY', 'ZONEMD']);
const DATA = /^(?:AFSDB|CAA|HINFO|HTTPS|LOC|MX|NAPTR|PTR|RP|SPF|SRV|SSHFP|SVCB|TLSA|TXT|TYPE\d+|URI)$/;
const NO_TRIGGER = new Set(['SOA', 'NS', 'DNAME']);

/** What most lines are: a name of the zone that is not to exist. */
const PLAIN = /^(\*\.)?([\w-]+(?:\.[\w-]+)*)[ \t]+(?:\d+[ \t]+)?(?:IN[ \t]+)?CNAME[ \t]+\.[ \t\r]*$/i;

type Action = { action: number; isOtherwise: boolean } | { left: Left } | { bad: string };

const BLOCK: Action = { action: ACTION.BLOCK, isOtherwise: false };
const OTHERWISE: Action = { action: ACTION.BLOCK, isOtherwise: true };
const ALLOW: Action = { action: ACTION.ALLOW, isOtherwise: false };

class RpzReader implements Reader {
  readonly #intake: Intake;
  readonly #words = new EntryWords();
  readonly #zone = new ZoneNames();
  /** The line on which the entry at hand began. */
  #first = 0;
  #owner: Word | undefined;

  constructor(intake: Intake) {
    this.#intake = intake;
  }

  take(block: Buffer): void {
    for (let start = 0; start < block.length; ) {
      const newline = block.indexOf(NEWLINE, start);
      const end = newline < 0 ? block.length : newline;
      this.#intake.begin(block, start, end);
      this.#line(block.toString('latin1', start, end));
      start = end + 1;
    }
  }

  end(): void {
    if (!this.#words.isOpen) return;
    this.#intake.line = this.#first;
    this.#intake.rejectText('', 0, 'a parenthesis that is never closed');
  }

  /** Of the lines of an entry, the first is what the entry is; the others say nothing by themselves. */
  #line(line: string) {
    const intake = this.#intake;
    const words = this.#words;
    const isFirst = !words.isOpen;
    if (isFirst && this.#plainLine(line)) return;
    if (isFirst) this.#first = intake.line;
    const wrong = words.add(line);
    if (!isFirst) intake.pass();
    if (wrong !== undefined) return intake.rejectText(line.trim(), 0, wrong);
    if (words.isOpen) return;
    intake.line = this.#first;
    if (words.words.length === 0) intake.pass();
    else if (!words.isIndented && words.words[0].text.startsWith('$')) this.#directive(words.words);
    else this.#record(words.words, words.isIndented);
  }

  #plainLine(line: string): boolean {
    if (!this.#zone.isAtTop) return false;
    const [, mark, name] = PLAIN.exec(line) ?? [];
    if (name === undefined || OTHER_TRIGGER.test(name)) return false;
    const at = mark === undefined ? 0 : mark.length;
    this.#owner = { text: line.slice(0, at + name.length), at: 0 };
    const from = this.#intake.start + at;
    this.#intake.take(from, from + name.length, at === 0 ? MATCH.EXACT : MATCH.BELOW);
    return true;
  }

  #directive([word, value]: readonly Word[]): void {
    const intake = this.#intake;
    const name = word.text.toUpperCase();
    if (name === '$INCLUDE') intake.leave('include');
    else if (name === '$GENERATE') intake.leave('pattern');
    else if ((name === '$TTL' || name === '$ORIGIN') && value) {
      if (name === '$ORIGIN') this.#zone.setOrigin(value.text);
      intake.pass();
    } else intake.rejectText(word.text, word.at, 'no directive of a zone file');
  }

  #record(words: readonly Word[], isIndented: boolean) {
    const intake = this.#intake;
    if (isIndented && !this.#owner) return intake.rejectText(words[0].text, words[0].at, 'a record without an owner');
    const record = recordOf(words, isIndented ? this.#owner : undefined);
    if (record === undefined) return intake.rejectText(words[0].text, words[0].at, 'no record of a zone file');
    this.#owner = record.owner;
    const zone = this.#zone;
    const full = zone.full(record.owner.text);
    if (record.type.text === 'SOA') zone.setApex(full);
    const trigger = zone.within(full);
    if (trigger === undefined) this.#reject(record.owner, 'a name outside of the zone');
    else if (trigger === '') this.#ofTheZone(record);
    else if (OF_THE_ZONE.has(record.type.text)) intake.pass();
    else this.#rule(record, trigger);
  }

  /** What the zone itself has is no rule, but where it would be one if it were elsewhere. */
  #ofTheZone({ owner, type }: ZoneRecord): void {
    if (/^(?:CNAME|A|AAAA)$/.test(type.text)) this.#reject(owner, 'a rule for the zone itself');
    else this.#intake.pass();
  }

  #rule(record: ZoneRecord, trigger: string) {
    const intake = this.#intake;
    const { owner } = record;
    const kind = OTHER_TRIGGER.exec(trigger)?.[1] as Left | undefined;
    if (kind) return intake.leave(kind);
    const action = this.#action(record, trigger);
    if ('left' in action) return intake.leave(action.left);
    if ('bad' in action) return this.#reject(record.data[0] ?? record.type, action.bad);
    if (trigger === '*') return this.#reject(owner, refusal('', MATCH.BELOW) ?? '');
    const isBelow = trigger.startsWith('*.');
    const at = owner.at + (isBelow ? 2 : 0);
    const match = isBelow ? MATCH.BELOW : MATCH.EXACT;
    const taken = intake.takeText(isBelow ? trigger.slice(2) : trigger, at, match, action.action);
    if (taken && action.isOtherwise) intake.answersOtherwise();
  }

  #action({ type: { text: type }, data }: ZoneRecord, trigger: string): Action {
    if (NO_TRIGGER.has(type)) return { bad: 'a type of record that no rule has' };
    if (data.length === 0) return { bad: 'a record without data' };
    const [{ text }] = data;
    if (type === 'CNAME')
      return data.length > 1 ? { bad: 'more than one name behind CNAME' } : this.#alias(text, trigger);
    if (type === 'A' || type === 'AAAA') {
      if (isIP(text) !== (type === 'A' ? 4 : 6)) return { bad: 'no address of that family' };
      return isSinkAddress(text) ? BLOCK : OTHERWISE;
    }
    // A name with data of its own has no other.
    return DATA.test(type) ? OTHERWISE : { bad: 'no type of record that is known' };
  }

  #alias(target: string, trigger: string): Action {
    const name = target.toLowerCase();
    if (name === '.') return BLOCK;
    if (name === 'rpz-tcp-only.') return { left: 'tcp-only' };
    // The second is how it was written before that had a name.
    if (name === 'rpz-passthru.' || this.#zone.full(name) === trigger) return ALLOW;
    if (/^rpz-[a-z-]+$/.test(name)) return { bad: 'an action without the dot at its end' };
    return OTHERWISE;
  }

  #reject({ text, at }: Word, reason: string): void {
    this.#intake.rejectText(text, at, reason);
  }
}
