/** dnsperf's printed statistics become figures, and text that is none becomes an error. */
import { describe, expect, it } from 'vitest';
import { dnsperfArguments, parseDnsperf } from '../../../bench/wire/dnsperf.ts';

const printed = (codes: string, lost = '0 (0.00%)') => `DNS Performance Testing Tool
Version 2.10.0

[Status] Command line: dnsperf -s 127.0.0.1 -p 5901 -d q -l 3
[Status] Sending queries (to 127.0.0.1:5901)
[Timeout] Query timed out: msg id 7
[Status] Testing complete (time limit)

Statistics:

  Queries sent:         464461
  Queries completed:    464454 (100.00%)
  Queries lost:         ${lost}

  Response codes:       ${codes}
  Average packet size:  request 27, response 27
  Run time (s):         3.000076
  Queries per second:   154816.411318

  Average Latency (s):  0.000325 (min 0.000013, max 0.006440)
  Latency StdDev (s):   0.000287
`;

describe('parseDnsperf', () => {
  it('reads every figure', () => {
    expect(parseDnsperf(printed('NOERROR 394786 (85.00%), NXDOMAIN 69668 (15.00%)', '7 (0.00%)'))).toEqual({
      sent: 464461,
      completed: 464454,
      lost: 7,
      seconds: 3.000076,
      rcodes: { NOERROR: 394786, NXDOMAIN: 69668 },
    });
  });

  it.each([
    ['none at all', '', {}],
    ['a number for one without a name', 'NOERROR 2 (66.67%), 15 1 (33.33%)', { NOERROR: 2, 15: 1 }],
    ['failures', 'SERVFAIL 464454 (100.00%)', { SERVFAIL: 464454 }],
  ])('reads response codes: %s', (_, codes, expected) => {
    expect(parseDnsperf(printed(codes)).rcodes).toEqual(expected);
  });

  it.each(['', 'Error: unable to open file', printed('').replace('Queries lost', 'Queries dropped')])(
    'refuses text without the figures',
    (text) => {
      expect(() => parseDnsperf(text)).toThrow('dnsperf printed no');
    },
  );
});

it('dnsperf is told everything, by one thread', () => {
  const shape = { port: 5901, file: 'q', seconds: 8, outstanding: 200, clients: 4, core: 1 };
  expect(dnsperfArguments(shape).join(' ')).toBe('-s 127.0.0.1 -p 5901 -d q -l 8 -q 200 -c 4 -T 1 -t 3');
});
