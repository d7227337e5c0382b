// What the parts of the load generator share: options, questions, flights (queries on their way) and what became of them.
#ifndef PACE_H
#define PACE_H
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { HEADER = 12, BATCH = 64, TIMEOUT_MS = 3000, WINDOW_MS = 100 };
#define SECOND 1000000000ull
#define MILLISECOND 1000000ull
#define TIMEOUT (TIMEOUT_MS * MILLISECOND)

// Everything the command line says; each is checked against the bounds in pace.c.
struct options {
  long port, milliseconds, rate, outstanding, addresses, stride, halves, ports, tcp, connections, windows;
  const char *file;
};
extern struct options options;
extern uint64_t started;  // when the first query was due, on the clock of clock_now

// A query in wire format with id 0, as RFC 1035 4.1 and RFC 6891 have it.
struct question {
  const unsigned char *bytes;
  uint32_t length;
  uint32_t end;  // the first octet after the question section
};
extern struct question *questions;
extern uint32_t question_count;
void read_questions(const char *path);

// What became of the queries. At the end sent = completed + lost, unless it was told to stop: then some are in flight.
struct tally {
  uint64_t sent, completed, lost, in_flight;
  uint64_t wrong;      // replies to a waiting query that are none: another question, no reply, another sender
  uint64_t stray;      // replies nobody waits for: late, or sent twice
  uint64_t truncated;  // completed with TC set
  uint64_t reconnects;
  uint64_t rcodes[16];
  uint64_t last;       // when the last one completed
};
extern struct tally tally;

// Clients are the sources a server can tell apart: address and port with UDP, connections with TCP. The query with
// number n belongs to client n % clients and has the id n / clients, in 16 bits: so a reply leads back to its query.
extern uint64_t next_number;
extern uint32_t *in_flight_of;
void open_flights(uint32_t clients);
int flights_are_full(void);
const struct question *begin_flight(uint64_t due, uint64_t now);
void pass_over(void);
uint16_t id_of(uint64_t number);
void take_reply(uint32_t client, const unsigned char *message, size_t length, uint64_t now);
void lose_late(uint64_t now);
void lose_client(uint32_t client);
uint64_t first_deadline(void);

// A histogram of nanoseconds: 64 buckets to a power of two, so that the middle of one is within 0.8 % of what is in it.
enum { SUBBUCKETS = 64, BUCKETS = 128 + 26 * SUBBUCKETS };
struct histogram {
  uint64_t completed, lost, sum, max;
  uint32_t buckets[BUCKETS];
};
void keep_lateness(uint64_t due, uint64_t now);
void keep_latency(uint64_t due, uint64_t now);
void keep_loss(uint64_t due);
void open_histograms(void);
void print_report(uint64_t sending_ended, uint64_t unsent);

// A transport: opens its sockets, sends up to `count` queries (at most a batch), reads what has come to one socket.
struct transport {
  void (*open)(void);
  void (*send)(uint64_t count, uint64_t now);
  void (*receive)(void *place, uint32_t events);
};
extern const struct transport datagrams, streams;
void watch(int fd, uint32_t events, void *place, int operation);
uint64_t due_of_next(uint64_t now);
uint32_t source_address(uint32_t index);
void fail(const char *what);

static inline uint64_t clock_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}
static inline unsigned get16(const unsigned char *p) { return (unsigned)p[0] << 8 | p[1]; }
#endif
