/* Dates as mail has them, as seconds since 1970. */
#ifndef MBOX_DATE_H
#define MBOX_DATE_H

#include "bytes.h"

/* A Date field (RFC 5322 3.3, the obsolete forms too); false for what is none. */
bool date_parse(span text, int64_t *seconds);
/* A date as asctime() writes it, with the zones that some programs put before or behind the year. */
bool date_parse_asctime(span text, int64_t *seconds);
/* `Sat, 28 Nov 2026 13:13:12 +0000` and `Sat Nov 28 13:13:12 2026`. */
void date_format(int64_t seconds, char text[48]);
void date_format_asctime(int64_t seconds, char text[48]);

#endif
