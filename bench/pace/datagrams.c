// Asks over UDP: a few sockets stand for many clients, since each datagram names its own source address (IP_PKTINFO).
#include "pace.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { DATAGRAM = 4096, SOCKET_BUFFER = 8 << 20 };

union control {
  struct cmsghdr head;
  char space[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

struct port {
  int fd;
};

static struct port *ports;
static struct sockaddr_in server;
static struct mmsghdr out[BATCH], in[BATCH];
static struct iovec out_parts[BATCH][2], in_part[BATCH];
static union control out_control[BATCH], in_control[BATCH];
static unsigned char id[BATCH][2], bytes[BATCH][DATAGRAM];
static struct sockaddr_in sender[BATCH];

static int open_port(void) {
  int one = 1, size = SOCKET_BUFFER;
  struct sockaddr_in anywhere = {.sin_family = AF_INET};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&anywhere, sizeof anywhere) < 0) fail("socket");
  if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one) < 0) fail("IP_PKTINFO");
  // A reply that finds no room here would be counted as the server's loss.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  }
  return fd;
}

static void prepare(int i) {
  struct in_pktinfo *source = (struct in_pktinfo *)CMSG_DATA(&out_control[i].head);
  memset(source, 0, sizeof *source);
  out_control[i].head = (struct cmsghdr){
      .cmsg_len = CMSG_LEN(sizeof *source), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
  out_parts[i][0] = (struct iovec){.iov_base = id[i], .iov_len = 2};
  out[i].msg_hdr = (struct msghdr){.msg_name = &server,
                                   .msg_namelen = sizeof server,
                                   .msg_iov = out_parts[i],
                                   .msg_iovlen = 2,
                                   .msg_control = &out_control[i],
                                   .msg_controllen = sizeof out_control[i]};
  in_part[i] = (struct iovec){.iov_base = bytes[i], .iov_len = DATAGRAM};
  in[i].msg_hdr = (struct msghdr){
      .msg_name = &sender[i], .msg_iov = &in_part[i], .msg_iovlen = 1, .msg_control = &in_control[i]};
}

static void open_ports(void) {
  server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(options.port)};
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ports = calloc(options.ports, sizeof *ports);
  if (!ports) fail("memory");
  for (long i = 0; i < options.ports; i++) {
    ports[i].fd = open_port();
    watch(ports[i].fd, EPOLLIN, &ports[i], EPOLL_CTL_ADD);
  }
  for (int i = 0; i < BATCH; i++) prepare(i);
  open_flights(options.ports * options.addresses);
}

// Client c asks through port c % ports from address c / ports.
static void write_message(int at, uint64_t number, const struct question *q) {
  uint32_t client = number % (options.ports * options.addresses);
  struct in_pktinfo *source = (struct in_pktinfo *)CMSG_DATA(&out_control[at].head);
  source->ipi_spec_dst.s_addr = htonl(source_address(client / options.ports));
  id[at][0] = id_of(number) >> 8;
  id[at][1] = id_of(number);
  out_parts[at][1] = (struct iovec){.iov_base = (void *)(q->bytes + 2), .iov_len = q->length - 2};
}

// Of a batch, what leaves by the same port leaves with one call.
static void send_batch(uint64_t count, uint64_t now) {
  const struct question *asked[BATCH];
  uint64_t first = next_number, begun = 0;
  while (begun < count && !flights_are_full()) asked[begun++] = begin_flight(due_of_next(now), now);
  for (uint64_t lane = 0; lane < begun && lane < (uint64_t)options.ports; lane++) {
    int filled = 0;
    for (uint64_t i = lane; i < begun; i += options.ports) write_message(filled++, first + i, asked[i]);
    // One that the kernel refuses is skipped, and counted as lost when its time is over.
    for (int sent = 0; sent < filled;) {
      int n = sendmmsg(ports[(first + lane) % options.ports].fd, out + sent, filled - sent, 0);
      sent += n > 0 ? n : 1;
    }
  }
}

// The number of a source address of ours; the count of addresses where it is none.
static uint32_t index_of(uint32_t address) {
  uint32_t half = address >> 23 & 1, beyond = address - source_address(half && options.halves ? 1 : 0);
  uint32_t index = beyond / options.stride;
  if (options.halves) index = index * 2 + half;
  return index < options.addresses && source_address(index) == address ? index : options.addresses;
}

static void take(const struct mmsghdr *message, const struct sockaddr_in *from, uint32_t port, uint64_t now) {
  const struct cmsghdr *head = CMSG_FIRSTHDR(&message->msg_hdr);
  if (!head || head->cmsg_type != IP_PKTINFO) return;
  struct in_pktinfo arrived;
  memcpy(&arrived, CMSG_DATA(head), sizeof arrived);
  uint32_t address = index_of(ntohl(arrived.ipi_addr.s_addr));
  if (address == options.addresses || from->sin_port != server.sin_port ||
      from->sin_addr.s_addr != server.sin_addr.s_addr) {
    tally.wrong++;
    return;
  }
  take_reply(address * options.ports + port, message->msg_hdr.msg_iov->iov_base, message->msg_len, now);
}

static void receive(void *place, uint32_t events) {
  struct port *port = place;
  (void)events;
  for (int i = 0; i < BATCH; i++) {
    in[i].msg_hdr.msg_namelen = sizeof sender[i];
    in[i].msg_hdr.msg_controllen = sizeof in_control[i];
  }
  int received = recvmmsg(port->fd, in, BATCH, MSG_DONTWAIT, NULL);
  uint64_t now = clock_now();
  for (int i = 0; i < received; i++) take(&in[i], &sender[i], port - ports, now);
}

const struct transport datagrams = {.open = open_ports, .send = send_batch, .receive = receive};
