// Configurations of Unbound: local zones and local data.

import { isIP } from 'node:net';
import { ACTION, MATCH } from '../policy/rule.ts';
import { eachLine, type Format, type Reader } from './format.ts';
import { isSinkAddress } from './host-address.ts';
import type { Intake } from './intake.ts';
import type { Left } from './left.ts';

export const unbound: Format = {
  looks: /^(?:server|forward-zone|stub-zone|auth-zone|remote-control):$|^local-(?:zone|data|data-ptr|zone-tag):\s*\S/,
  read: (intake) => new UnboundReader(intake),
};

/** What a type of local zone is here: a block as it stands, one that is answered otherwise, an allow, or what is left. */
type Treatment = 'block' | 'otherwise' | 'allow' | { left: Left };

const BY_TYPE: Record<string, Treatment> = {
  always_nxdomain: 'block',
  always_null: 'block',
  static: 'block',
  always_deny: 'otherwise',
  always_nodata: 'otherwise',
  always_refuse: 'otherwise',
  deny: 'otherwise',
  inform_deny: 'otherwise',
  inform_redirect: 'otherwise',
  nodata: 'otherwise',
  redirect: 'otherwise',
  refuse: 'otherwise',
  always_transparent: 'allow',
  inform: 'allow',
  transparent: 'allow',
  typetransparent: 'allow',
  block_a: { left: 'type' },
  ipset: { left: 'option' },
  nodefault: { left: 'option' },
  noview: { left: 'option' },
};

const ZONE = /^local-zone:\s*(["']?)([^\s"']+)\1\s+(["']?)([a-z_]+)\3$/;
const DATA = /^local-data:\s*(?:"([^"]*)"|'([^']*)'|(\S+))$/;
/** A record: name, perhaps a time to live and a class, type and data. */
const RECORD = /^(\S+)(?:\s+\d+)?(?:\s+IN)?\s+([A-Za-z][A-Za-z0-9]*)\s+(\S.*)$/i;
const CLAUSE = /^[a-z][a-z-]*:$/;
const OPTION = /^[a-z][a-z0-9-]*:\s*\S/;

class UnboundReader implements Reader {
  readonly #intake: Intake;
  /** Whether lines are of a view, which is for the clients that are sent there. */
  #isView = false;

  constructor(intake: Intake) {
    this.#intake = intake;
  }

  take(block: Buffer): void {
    eachLine(block, this.#intake, this.#entry);
  }

  readonly #entry = (from: number, end: number) => {
    const intake = this.#intake;
    const line = withoutComment(intake.bytes.toString('latin1', from, end));
    if (CLAUSE.test(line)) this.#isView = line === 'view:';
    if (line === '' || CLAUSE.test(line)) return intake.pass();
    if (this.#isView && /^local-(?:zone|data):/.test(line)) return intake.leave('client');
    if (line.startsWith('local-zone:')) return this.#zone(line, from, end);
    if (line.startsWith('local-data:')) return this.#data(line, from, end);
    if (/^include(?:-toplevel)?:/.test(line)) return intake.leave('include');
    if (OPTION.test(line)) return intake.leave('option');
    intake.reject(from, 'no option of Unbound', from, end);
  };

  #zone(line: string, from: number, end: number) {
    const intake = this.#intake;
    const [, , name, , type] = ZONE.exec(line) ?? [];
    if (name === undefined) return intake.reject(from, 'no name and type of a local zone', from, end);
    const at = from + line.indexOf(name, 'local-zone:'.length);
    const treatment = Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined;
    if (treatment === undefined) {
      return intake.reject(from + line.lastIndexOf(type), 'no type of local zone that is known', from, end);
    }
    if (typeof treatment === 'object') return intake.leave(treatment.left);
    const action = treatment === 'allow' ? ACTION.ALLOW : ACTION.BLOCK;
    const taken = intake.take(at, at + name.length, MATCH.SUFFIX, action);
    if (taken && treatment === 'otherwise') intake.answersOtherwise();
  }

  /** A name with an address has no other records, so it is blocked, itself alone. */
  #data(line: string, from: number, end: number) {
    const intake = this.#intake;
    const [, double, single, bare] = DATA.exec(line) ?? [];
    const text = double ?? single ?? bare;
    const [, name, type, data] = RECORD.exec(text?.trim() ?? '') ?? [];
    if (name === undefined) return intake.reject(from, 'no record of local data', from, end);
    if (!/^a(?:aaa)?$/i.test(type)) return intake.leave('data');
    const at = from + line.indexOf(name, 'local-data:'.length);
    if (isIP(data) === 0) return intake.reject(from + line.lastIndexOf(data), 'no address in the record', from, end);
    const taken = intake.take(at, at + name.length, MATCH.EXACT);
    if (taken && !isSinkAddress(data)) intake.answersOtherwise();
  }
}

/** The line up to a comment, which `#` begins outside of quotes. */
function withoutComment(line: string): string {
  if (!line.includes('#')) return line;
  const [kept] = /^(?:[^#"']|"[^"]*"?|'[^']*'?)*/.exec(line)!;
  return kept.trimEnd();
}
