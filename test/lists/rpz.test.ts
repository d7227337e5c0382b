// Response policy zones: triggers and actions, and all that a zone file may look like.

import { describe, expect, test } from 'vitest';
import { readList } from './read-list.ts';

const HEAD = `$TTL 60
@ IN SOA localhost. root.localhost. (
  2026113001 ; serial
  1h 10m 1w "60"
)
  IN NS localhost.
`;

/** What one line behind the head becomes, without its number. */
function record(line: string) {
  const { rules, left, rejects, count } = readList('rpz', `${HEAD}${line}\n`);
  expect(count).toMatchObject({ lines: 7, passed: count.rules + count.rejects + count.left === 1 ? 6 : 7 });
  const bare = (texts: string[]) => texts.map((text) => text.replace(/^7[ :]/, ''));
  return { rules: bare(rules), left: bare(left), rejects: bare(rejects) };
}

describe('an action', () => {
  test.each([
    ['a.example CNAME .', 'exact a.example', undefined],
    ['A.example\t60\tIN\tCNAME\t. ; why', 'exact a.example', undefined],
    ['*.a.example CNAME .', 'below a.example', undefined],
    ['bücher.Example CNAME .', 'exact xn--bcher-kva.example', undefined],
    ['a.example IN 60 CNAME *.', 'exact a.example', 'answer'],
    ['a.example CNAME rpz-drop.', 'exact a.example', 'answer'],
    ['a.example CNAME rpz-tcp-only.', undefined, 'tcp-only'],
    ['a.example CNAME rpz-passthru.', 'allow exact a.example', undefined],
    ['*.a.example CNAME RPZ-PASSTHRU.', 'allow below a.example', undefined],
    ['a.example CNAME a.example.', 'allow exact a.example', undefined],
    ['a.example CNAME garden.example.', 'exact a.example', 'answer'],
    ['a.example CNAME *.garden.example.', 'exact a.example', 'answer'],
    ['a.example A 192.0.2.1', 'exact a.example', 'answer'],
    ['a.example A 0.0.0.0', 'exact a.example', undefined],
    ['a.example AAAA ::', 'exact a.example', undefined],
    ['a.example TXT "blocked; ask (us)"', 'exact a.example', 'answer'],
    ['32.1.2.0.192.rpz-ip CNAME .', undefined, 'rpz-ip'],
    ['32.1.2.0.192.rpz-client-ip CNAME .', undefined, 'rpz-client-ip'],
    ['ns.a.example.rpz-nsdname CNAME .', undefined, 'rpz-nsdname'],
    ['32.1.2.0.192.rpz-nsip CNAME .', undefined, 'rpz-nsip'],
    ['$INCLUDE other.zone', undefined, 'include'],
    ['$GENERATE 1-9 a$.example CNAME .', undefined, 'pattern'],
    ['a.example RRSIG CNAME 8 2 60 x', undefined, undefined],
    ['@ TXT "about this zone"', undefined, undefined],
    ['; a.example CNAME .', undefined, undefined],
  ])('%j', (line, rule, kind) => {
    const { rules, left, rejects } = record(line);
    expect(rules).toEqual(rule ? [rule] : []);
    expect(left).toEqual(kind ? [kind] : []);
    expect(rejects).toEqual([]);
  });

  test.each([
    ['a.example CNAME rpz-passthru', '17 an action without the dot at its end | rpz-passthru'],
    ['* CNAME .', '1 the root: it speaks of every name there is | *'],
    ['*.com CNAME .', '3 a top-level domain: it speaks of every name beneath it | com'],
    ['a..b CNAME .', '3 an empty label: two dots together, or one where the name begins | a..b'],
    ['a.*.example CNAME .', '3 a character that no name in a list has | a.*.example'],
    ['a.example A nowhere', '13 no address of that family | nowhere'],
    ['a.example A ::1', '13 no address of that family | ::1'],
    ['a.example CNAME', '11 a record without data | CNAME'],
    ['a.example CNAME . .', '17 more than one name behind CNAME | .'],
    ['a.example DNAME b.example.', '17 a type of record that no rule has | b.example.'],
    ['hello bad world', '11 no type of record that is known | world'],
    ['hello', '1 no record of a zone file | hello'],
    ['@ CNAME .', '1 a rule for the zone itself | @'],
    ['a.example.org. CNAME .', '1 a name outside of the zone | a.example.org.'],
    ['a.example TXT "open', '1 a quoted text without its end | a.example TXT "open'],
    ['a.example CNAME . )', '1 a parenthesis that was never opened | a.example CNAME . )'],
    ['$ORIGIN', '1 no directive of a zone file | $ORIGIN'],
    ['a.example TXT (', '1 a parenthesis that is never closed | '],
  ])('%j is rejected with its place', (line, reject) => {
    expect(record(line)).toEqual({ rules: [], left: [], rejects: [reject] });
  });
});

describe('names are those of the zone', () => {
  test.each([
    ['an SOA says which it is', 'rpz.example. SOA a. b. 1 2 3 4 5\nbad.example.rpz.example. CNAME .\n'],
    ['the first $ORIGIN does', '$ORIGIN rpz.example.\nbad.example CNAME .\n'],
    ['an SOA beneath the $ORIGIN does', '$ORIGIN example.\nrpz SOA a. b. 1 2 3 4 5\nbad.example.rpz CNAME .\n'],
    ['a $ORIGIN within it', '$ORIGIN rpz.example.\n@ SOA a. b. 1 2 3 4 5\n$ORIGIN example.rpz.example.\nbad CNAME .\n'],
    ['a relative $ORIGIN', '@ SOA a. b. 1 2 3 4 5\n$ORIGIN example\nbad CNAME .\n'],
    ['a $ORIGIN of the root', '$ORIGIN .\nRPZ.example SOA a. b. 1 2 3 4 5\nbad.example.rpz.EXAMPLE CNAME .\n'],
    ['nothing does', 'bad.example CNAME .\n'],
  ])('%s', (_, text) => {
    const { rules, rejects } = readList('rpz', text);
    expect(rejects).toEqual([]);
    expect(rules.map((rule) => rule.replace(/^\d+ /, ''))).toEqual(['exact bad.example']);
  });

  test('a record without an owner has that of the one before', () => {
    const { rules, left, rejects } = readList('rpz', ' A 0.0.0.0\na.example CNAME .\n  A 192.0.2.1\n\tAAAA ::\n');
    expect(rejects).toEqual(['1:2 a record without an owner | A']);
    expect(rules).toEqual(['2 exact a.example', '3 exact a.example', '4 exact a.example']);
    expect(left).toEqual(['3 answer']);
  });
});

test('a record over several lines is that of its first', () => {
  const { rules, count } = readList('rpz', `a.example (\n ; why\n CNAME\n . )\nb.example CNAME .\n`, { pieces: [3] });
  expect(rules).toEqual(['1 exact a.example', '5 exact b.example']);
  expect(count).toEqual({ lines: 5, rules: 2, rejects: 0, left: 0, passed: 3 });
});
