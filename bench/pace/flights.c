// Follows every query from the moment it was due to its reply, or to the moment it is given up.
#include "pace.h"
#include <stdlib.h>
#include <string.h>

// More than three seconds at the highest rate: a lost query holds its place in the ring that long.
enum { RING = 1 << 20 };

struct flight {
  uint64_t number, due;
  uint32_t question;
  int pending;
};

struct tally tally;
uint64_t next_number;
uint32_t *in_flight_of;
static struct flight *ring;
static uint64_t oldest;
static uint32_t clients;

void open_flights(uint32_t client_count) {
  clients = client_count;
  ring = calloc(RING, sizeof *ring);
  in_flight_of = calloc(clients, sizeof *in_flight_of);
  if (!ring || !in_flight_of) fail("memory");
}

static struct flight *flight(uint64_t number) { return &ring[number & (RING - 1)]; }

static void skip_ended(void) {
  while (oldest < next_number && !flight(oldest)->pending) oldest++;
}

int flights_are_full(void) { return next_number - oldest == RING; }

uint16_t id_of(uint64_t number) { return number / clients; }

// Takes the next number and the next question of the file. @pre !flights_are_full()
const struct question *begin_flight(uint64_t due, uint64_t now) {
  uint32_t question = tally.sent % question_count;
  *flight(next_number) = (struct flight){.number = next_number, .due = due, .question = question, .pending = 1};
  in_flight_of[next_number % clients]++;
  keep_lateness(due, now);
  next_number++;
  tally.sent++;
  tally.in_flight++;
  return &questions[question];
}

// Gives the turn of this client to the next one. @pre !flights_are_full()
void pass_over(void) {
  flight(next_number)->pending = 0;
  next_number++;
  skip_ended();
}

static void end_flight(struct flight *f) {
  f->pending = 0;
  tally.in_flight--;
  in_flight_of[f->number % clients]--;
}

// The latest query of a client that went out with this id, or null where none waits.
static struct flight *find(uint32_t client, unsigned id) {
  if (next_number <= client) return NULL;
  uint64_t latest = (next_number - 1 - client) / clients;
  uint64_t behind = (latest - id) & 0xffff;
  if (behind > latest) return NULL;
  uint64_t number = (latest - behind) * clients + client;
  struct flight *f = flight(number);
  return number >= oldest && f->number == number && f->pending ? f : NULL;
}

// A reply has QR set, opcode 0 and exactly the question that was asked, in the octets that were sent.
static int answers(const struct question *q, const unsigned char *message, size_t length) {
  return length >= q->end && (message[2] & 0xf8) == 0x80 && get16(message + 4) == 1 &&
         memcmp(message + HEADER, q->bytes + HEADER, q->end - HEADER) == 0;
}

// A reply to another question leaves its query waiting, as a resolver would: it may still be lost.
void take_reply(uint32_t client, const unsigned char *message, size_t length, uint64_t now) {
  if (length < HEADER) {
    tally.wrong++;
    return;
  }
  struct flight *f = find(client, get16(message));
  if (!f) {
    tally.stray++;
    return;
  }
  if (!answers(&questions[f->question], message, length)) {
    tally.wrong++;
    return;
  }
  end_flight(f);
  tally.completed++;
  tally.truncated += (message[2] & 2) != 0;
  tally.rcodes[message[3] & 15]++;
  tally.last = now;
  keep_latency(f->due, now);
}

static void lose(struct flight *f) {
  end_flight(f);
  tally.lost++;
  keep_loss(f->due);
}

// Gives up what was due three seconds ago.
void lose_late(uint64_t now) {
  skip_ended();
  while (oldest < next_number && flight(oldest)->due + TIMEOUT <= now) {
    lose(flight(oldest));
    skip_ended();
  }
}

// Gives up all that waits on a connection that closed.
void lose_client(uint32_t client) {
  for (uint64_t number = oldest; number < next_number && in_flight_of[client] > 0; number++) {
    struct flight *f = flight(number);
    if (number % clients == client && f->pending) lose(f);
  }
}

// When the first of those on their way is given up, in nanoseconds; never where none is.
uint64_t first_deadline(void) {
  skip_ended();
  return oldest < next_number ? flight(oldest)->due + TIMEOUT : UINT64_MAX;
}
