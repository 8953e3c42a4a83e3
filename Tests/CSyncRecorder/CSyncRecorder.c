#include "CSyncRecorder.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

const int CSYNC_CODE_FULL = SQLITE_FULL;
const int CSYNC_CODE_IOERR_FSYNC = SQLITE_IOERR_FSYNC;
const int CSYNC_CODE_IOERR_WRITE = SQLITE_IOERR_WRITE;

enum { FILE_COUNT_MAX = 256 };

struct csync_recorder {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    pthread_mutex_t lock;
    csync_record *records;
    long long count;
    long long capacity;
    char *files[FILE_COUNT_MAX];
    int fileCount;
    int failKind;
    char failSuffix[32];
    int failSkip;
    int failCount;
    int failCode;
    int failuresDone;
};

typedef struct {
    sqlite3_file base;
    csync_recorder *recorder;
    int index;
    sqlite3_file *real;
} shim_file;

static shim_file *shim(sqlite3_file *file) { return (shim_file *)file; }

/* Files without a name (temporary ones) have index -1 and are not recorded. */
static int file_index(csync_recorder *recorder, const char *name) {
    if (name == NULL) return -1;
    pthread_mutex_lock(&recorder->lock);
    int index = 0;
    while (index < recorder->fileCount && strcmp(recorder->files[index], name) != 0) index++;
    if (index == recorder->fileCount) {
        if (index == FILE_COUNT_MAX) abort();
        recorder->files[index] = strdup(name);
        recorder->fileCount++;
    }
    pthread_mutex_unlock(&recorder->lock);
    return index;
}

static void record(csync_recorder *recorder, int kind, int file, long long offset, const void *bytes, long long size) {
    if (file < 0) return;
    unsigned char *copy = NULL;
    if (bytes != NULL) {
        copy = malloc((size_t)size);
        memcpy(copy, bytes, (size_t)size);
    }
    pthread_mutex_lock(&recorder->lock);
    if (recorder->count == recorder->capacity) {
        recorder->capacity = recorder->capacity == 0 ? 1024 : recorder->capacity * 2;
        recorder->records = realloc(recorder->records, (size_t)recorder->capacity * sizeof(csync_record));
    }
    recorder->records[recorder->count++] = (csync_record){kind, file, offset, size, copy};
    pthread_mutex_unlock(&recorder->lock);
}

/* The code to fail with, or SQLITE_OK. */
static int failure(csync_recorder *recorder, int kind, int file) {
    if (file < 0) return SQLITE_OK;
    int code = SQLITE_OK;
    pthread_mutex_lock(&recorder->lock);
    const char *name = recorder->files[file];
    size_t length = strlen(name), suffix = strlen(recorder->failSuffix);
    int matches = recorder->failCount > 0 && recorder->failKind == kind && length >= suffix &&
                  strcmp(name + length - suffix, recorder->failSuffix) == 0;
    if (matches && recorder->failSkip > 0) {
        recorder->failSkip--;
    } else if (matches) {
        recorder->failCount--;
        recorder->failuresDone++;
        code = recorder->failCode;
    }
    pthread_mutex_unlock(&recorder->lock);
    return code;
}

static int shim_close(sqlite3_file *file) { return shim(file)->real->pMethods->xClose(shim(file)->real); }

static int shim_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset) {
    return shim(file)->real->pMethods->xRead(shim(file)->real, bytes, size, offset);
}

static int shim_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset) {
    shim_file *self = shim(file);
    int code = failure(self->recorder, CSYNC_WRITE, self->index);
    if (code != SQLITE_OK) return code;
    code = self->real->pMethods->xWrite(self->real, bytes, size, offset);
    if (code == SQLITE_OK) record(self->recorder, CSYNC_WRITE, self->index, offset, bytes, size);
    return code;
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size) {
    shim_file *self = shim(file);
    int code = self->real->pMethods->xTruncate(self->real, size);
    if (code == SQLITE_OK) record(self->recorder, CSYNC_TRUNCATE, self->index, size, NULL, 0);
    return code;
}

static int shim_sync(sqlite3_file *file, int flags) {
    shim_file *self = shim(file);
    int code = self->real->pMethods->xSync(self->real, flags);
    int failed = failure(self->recorder, CSYNC_SYNC, self->index);
    if (failed != SQLITE_OK) return failed;
    if (code == SQLITE_OK) record(self->recorder, CSYNC_SYNC, self->index, 0, NULL, 0);
    return code;
}

static int shim_file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return shim(file)->real->pMethods->xFileSize(shim(file)->real, size);
}

static int shim_lock(sqlite3_file *file, int level) {
    return shim(file)->real->pMethods->xLock(shim(file)->real, level);
}

static int shim_unlock(sqlite3_file *file, int level) {
    return shim(file)->real->pMethods->xUnlock(shim(file)->real, level);
}

static int shim_check_reserved_lock(sqlite3_file *file, int *result) {
    return shim(file)->real->pMethods->xCheckReservedLock(shim(file)->real, result);
}

static int shim_file_control(sqlite3_file *file, int op, void *argument) {
    return shim(file)->real->pMethods->xFileControl(shim(file)->real, op, argument);
}

static int shim_sector_size(sqlite3_file *file) { return shim(file)->real->pMethods->xSectorSize(shim(file)->real); }

static int shim_characteristics(sqlite3_file *file) {
    return shim(file)->real->pMethods->xDeviceCharacteristics(shim(file)->real);
}

static int shim_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **address) {
    return shim(file)->real->pMethods->xShmMap(shim(file)->real, region, size, extend, address);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return shim(file)->real->pMethods->xShmLock(shim(file)->real, offset, count, flags);
}

static void shim_shm_barrier(sqlite3_file *file) { shim(file)->real->pMethods->xShmBarrier(shim(file)->real); }

static int shim_shm_unmap(sqlite3_file *file, int deletes) {
    return shim(file)->real->pMethods->xShmUnmap(shim(file)->real, deletes);
}

static int shim_fetch(sqlite3_file *file, sqlite3_int64 offset, int size, void **address) {
    return shim(file)->real->pMethods->xFetch(shim(file)->real, offset, size, address);
}

static int shim_unfetch(sqlite3_file *file, sqlite3_int64 offset, void *address) {
    return shim(file)->real->pMethods->xUnfetch(shim(file)->real, offset, address);
}

static const sqlite3_io_methods shim_methods = {
    .iVersion = 3,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_file_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_check_reserved_lock,
    .xFileControl = shim_file_control,
    .xSectorSize = shim_sector_size,
    .xDeviceCharacteristics = shim_characteristics,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
    .xFetch = shim_fetch,
    .xUnfetch = shim_unfetch,
};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *outFlags) {
    csync_recorder *recorder = vfs->pAppData;
    shim_file *self = shim(file);
    self->recorder = recorder;
    self->index = file_index(recorder, name);
    self->real = (sqlite3_file *)(self + 1);
    int code = recorder->real->xOpen(recorder->real, name, self->real, flags, outFlags);
    /* SQLite calls xClose only when pMethods is set. */
    file->pMethods = self->real->pMethods != NULL ? &shim_methods : NULL;
    return code;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int syncsDirectory) {
    csync_recorder *recorder = vfs->pAppData;
    int code = recorder->real->xDelete(recorder->real, name, syncsDirectory);
    if (code == SQLITE_OK) record(recorder, CSYNC_DELETE, file_index(recorder, name), 0, NULL, 0);
    return code;
}

static int shim_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    csync_recorder *recorder = vfs->pAppData;
    return recorder->real->xAccess(recorder->real, name, flags, result);
}

static int shim_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *result) {
    csync_recorder *recorder = vfs->pAppData;
    return recorder->real->xFullPathname(recorder->real, name, size, result);
}

csync_recorder *csync_create(const char *name) {
    if (sqlite3_initialize() != SQLITE_OK) return NULL;
    csync_recorder *recorder = calloc(1, sizeof(csync_recorder));
    pthread_mutex_init(&recorder->lock, NULL);
    recorder->real = sqlite3_vfs_find(NULL);
    /* What has no effect on files (time, randomness, libraries) stays the ordinary one's. */
    recorder->vfs = *recorder->real;
    recorder->vfs.pNext = NULL;
    recorder->vfs.szOsFile = (int)sizeof(shim_file) + recorder->real->szOsFile;
    recorder->vfs.zName = strdup(name);
    recorder->vfs.pAppData = recorder;
    recorder->vfs.xOpen = shim_open;
    recorder->vfs.xDelete = shim_delete;
    recorder->vfs.xAccess = shim_access;
    recorder->vfs.xFullPathname = shim_full_pathname;
    if (sqlite3_vfs_register(&recorder->vfs, 0) != SQLITE_OK) return NULL;
    return recorder;
}

long long csync_position(csync_recorder *recorder) {
    pthread_mutex_lock(&recorder->lock);
    long long count = recorder->count;
    pthread_mutex_unlock(&recorder->lock);
    return count;
}

int csync_read(csync_recorder *recorder, long long position, csync_record *result) {
    pthread_mutex_lock(&recorder->lock);
    int isThere = position >= 0 && position < recorder->count;
    if (isThere) *result = recorder->records[position];
    pthread_mutex_unlock(&recorder->lock);
    return isThere;
}

const char *csync_file_name(csync_recorder *recorder, int file) {
    pthread_mutex_lock(&recorder->lock);
    const char *name = file >= 0 && file < recorder->fileCount ? recorder->files[file] : NULL;
    pthread_mutex_unlock(&recorder->lock);
    return name;
}

void csync_fail(csync_recorder *recorder, int kind, const char *suffix, int skip, int count, int code) {
    pthread_mutex_lock(&recorder->lock);
    recorder->failKind = kind;
    strncpy(recorder->failSuffix, suffix, sizeof(recorder->failSuffix) - 1);
    recorder->failSkip = skip;
    recorder->failCount = count;
    recorder->failCode = code;
    pthread_mutex_unlock(&recorder->lock);
}

int csync_failure_count(csync_recorder *recorder) {
    pthread_mutex_lock(&recorder->lock);
    int count = recorder->failuresDone;
    pthread_mutex_unlock(&recorder->lock);
    return count;
}
