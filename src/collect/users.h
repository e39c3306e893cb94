/* Who is logged in: records of utmp, and session files of systemd-logind. */
#ifndef CMON_COLLECT_USERS_H
#define CMON_COLLECT_USERS_H

#include "base/parse.h"
#include "model/snapshot.h"

/* Take the next user from the bytes of run/utmp, an array of struct utmpx; records that are no login are passed over.
 * Records stay when their process is gone without having logged out, as in who(1) and psutil.
 * ret_user: texts borrow from the buffer. A host of ":0" or ":0.0", the local display, is "localhost" as in psutil; no
 * host is "". Returns 1; 0 at the end; -EBADMSG for a record that is cut. */
int utmp_next(struct cursor *file, struct user *ret_user);

/* One file of run/systemd/sessions: lines KEY=value.
 * ret_user: as above. Returns 1; 0 for a session that is no user's (a greeter, a service manager) or that is being
 * closed; -EBADMSG without a user's name. */
int logind_session_parse(struct cursor file, struct user *ret_user);

#endif
