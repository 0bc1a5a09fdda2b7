"""What a peer may cost us on a listener, each with its reason."""

from homing.core.model.limits import REQUEST_BODY_OCTETS_MAX

BODY_OCTETS_MAX = REQUEST_BODY_OCTETS_MAX
# A GET carries all in its query: 3200 characters of 4 UTF-8 octets, each octet escaped as three.
HEAD_OCTETS_MAX = 64 * 1024
CONNECTIONS_MAX = 1000  # below the usual limit of 1024 open files, with room for links and webhooks
REQUEST_S = 30  # from the first octet of a request to its last
IDLE_S = 75  # between requests of one connection
UNREAD_S = 30  # answers that the peer does not take
LINGER_S = 5  # after an error answer: time to read it before the connection goes
LINGER_OCTETS_MAX = 1024 * 1024  # what may still come meanwhile
# Fed to the parser at once. It cannot pause, so this bounds how many pipelined requests it can hand
# over before the first is answered: about 230 of the shortest.
FEED_OCTETS = 4096
