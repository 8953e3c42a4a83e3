#pragma once

/// A SQLite VFS that passes everything on to the ordinary one and writes down every write, truncation, sync and
/// deletion, in order: the material from which a test rebuilds what a power cut could leave on disk.
///
/// Thread-safe. A recorder lives until the process ends.
typedef struct csync_recorder csync_recorder;

enum {
    CSYNC_WRITE = 1,
    CSYNC_TRUNCATE = 2,
    CSYNC_SYNC = 3,
    CSYNC_DELETE = 4,
};

/// One recorded operation; it had succeeded before it was recorded.
typedef struct {
    int kind;
    /// Index for csync_file_name.
    int file;
    /// Of a write: where it starts. Of a truncation: the new size.
    long long offset;
    /// Of a write: how many bytes.
    long long size;
    /// Of a write; NULL else.
    const unsigned char *bytes;
} csync_record;

/// Registers a recorder as a VFS of this name; NULL when SQLite will not have it.
csync_recorder *csync_create(const char *name);

/// How many operations were recorded so far.
long long csync_position(csync_recorder *recorder);

/// Reads one record; 0 when there is none at this position.
int csync_read(csync_recorder *recorder, long long position, csync_record *record);

/// The path of a file as SQLite opened it; NULL when there is none.
const char *csync_file_name(csync_recorder *recorder, int file);

/// Lets operations fail, unrecorded: of this kind, on files whose name ends with the suffix, after `skip` that go well,
/// `count` times, with a SQLite result code. A failing sync still does its work, as a lost answer would.
void csync_fail(csync_recorder *recorder, int kind, const char *suffix, int skip, int count, int code);

/// How many operations csync_fail let fail so far.
int csync_failure_count(csync_recorder *recorder);

/// Result codes for csync_fail.
extern const int CSYNC_CODE_FULL;
extern const int CSYNC_CODE_IOERR_FSYNC;
extern const int CSYNC_CODE_IOERR_WRITE;
