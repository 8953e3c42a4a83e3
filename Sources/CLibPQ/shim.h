#ifndef SLUICE_CLIBPQ_SHIM_H
#define SLUICE_CLIBPQ_SHIM_H

#include <libpq-fe.h>

/* Names of the fields of an error; libpq has them as character macros, which Swift does not import. */
static const int SLUICE_PG_SQLSTATE = PG_DIAG_SQLSTATE;
static const int SLUICE_PG_MESSAGE = PG_DIAG_MESSAGE_PRIMARY;

#endif
