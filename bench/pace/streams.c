// Asks over TCP: pipelined on every connection, length-framed (RFC 1035 4.2.2), reconnecting where the server closes.
#include "pace.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OUT_ROOM = 64 << 10, IN_ROOM = 128 << 10, LONGEST_QUERY = 300 };
#define RETRY_AFTER (10 * MILLISECOND)

struct connection {
  int fd;              // -1 while closed
  uint64_t retry_at;
  size_t out_length, in_length;
  int waits_for_room;  // epoll watches for EPOLLOUT
  unsigned char *out, *in;
};

static struct connection *connections;
static uint32_t most_in_flight;

static int open_stream(uint32_t index) {
  int one = 1;
  struct sockaddr_in here = {.sin_family = AF_INET}, there = {.sin_family = AF_INET, .sin_port = htons(options.port)};
  here.sin_addr.s_addr = htonl(source_address(index % options.addresses));
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&here, sizeof here) < 0) fail("bind");
  if (connect(fd, (struct sockaddr *)&there, sizeof there) == 0 || errno == EINPROGRESS) return fd;
  close(fd);
  return -1;
}

static void open_connection(struct connection *c) {
  c->fd = open_stream(c - connections);
  c->out_length = c->in_length = 0;
  c->waits_for_room = 0;
  c->retry_at = clock_now() + RETRY_AFTER;
  if (c->fd >= 0) watch(c->fd, EPOLLIN, c, EPOLL_CTL_ADD);
}

static void close_connection(struct connection *c) {
  close(c->fd);
  c->fd = -1;
  tally.reconnects++;
  lose_client(c - connections);
}

static void open_connections(void) {
  connections = calloc(options.connections, sizeof *connections);
  if (!connections) fail("memory");
  most_in_flight = (options.outstanding + options.connections - 1) / options.connections;
  for (long i = 0; i < options.connections; i++) {
    struct connection *c = &connections[i];
    c->out = malloc(OUT_ROOM);
    c->in = malloc(IN_ROOM);
    if (!c->out || !c->in) fail("memory");
    open_connection(c);
  }
  open_flights(options.connections);
}

static void flush_out(struct connection *c) {
  ssize_t written = send(c->fd, c->out, c->out_length, MSG_NOSIGNAL);
  if (written < 0 && errno != EAGAIN && errno != ENOTCONN) {
    close_connection(c);
    return;
  }
  if (written > 0) memmove(c->out, c->out + written, c->out_length -= written);
  int waits = c->out_length > 0;
  if (waits != c->waits_for_room) watch(c->fd, waits ? EPOLLIN | EPOLLOUT : EPOLLIN, c, EPOLL_CTL_MOD);
  c->waits_for_room = waits;
}

static void append_query(struct connection *c, uint64_t number, const struct question *q) {
  unsigned char *p = c->out + c->out_length;
  unsigned id = id_of(number);
  p[0] = q->length >> 8;
  p[1] = q->length;
  memcpy(p + 2, q->bytes, q->length);
  p[2] = id >> 8;
  p[3] = id;
  c->out_length += 2 + q->length;
}

static int has_room(struct connection *c, uint64_t now) {
  if (c->fd < 0 && now >= c->retry_at) open_connection(c);
  return c->fd >= 0 && in_flight_of[c - connections] < most_in_flight && c->out_length + LONGEST_QUERY <= OUT_ROOM;
}

// Connections take turns; one that is closed or full passes its turn on. What one got leaves with one call.
static void send_batch(uint64_t count, uint64_t now) {
  uint64_t first = next_number, passed = 0;
  while (count > 0 && passed < (uint64_t)options.connections && !flights_are_full()) {
    struct connection *c = &connections[next_number % options.connections];
    if (!has_room(c, now)) {
      pass_over();
      passed++;
      continue;
    }
    uint64_t number = next_number;
    append_query(c, number, begin_flight(due_of_next(now), now));
    count--;
    passed = 0;
  }
  uint64_t turns = next_number - first;
  if (turns > (uint64_t)options.connections) turns = options.connections;
  for (uint64_t turn = 0; turn < turns; turn++) {
    struct connection *c = &connections[(first + turn) % options.connections];
    if (c->fd >= 0 && c->out_length > 0 && !c->waits_for_room) flush_out(c);
  }
}

static void take_frames(struct connection *c) {
  size_t at = 0;
  uint64_t now = clock_now();
  while (c->in_length - at >= 2 && c->in_length - at - 2 >= get16(c->in + at)) {
    unsigned length = get16(c->in + at);
    take_reply(c - connections, c->in + at + 2, length, now);
    at += 2 + length;
  }
  memmove(c->in, c->in + at, c->in_length -= at);
}

static void receive(void *place, uint32_t events) {
  struct connection *c = place;
  if (c->fd < 0) return;
  if (events & EPOLLIN) {
    // A frame has at most 65,537 octets, so what is left of one always leaves room to read.
    ssize_t got = recv(c->fd, c->in + c->in_length, IN_ROOM - c->in_length, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN)) {
      close_connection(c);
      return;
    }
    if (got > 0) c->in_length += got;
    take_frames(c);
  } else if (events & (EPOLLERR | EPOLLHUP)) {
    close_connection(c);
    return;
  }
  if (events & EPOLLOUT) flush_out(c);
}

const struct transport streams = {.open = open_connections, .send = send_batch, .receive = receive};
