#pragma once
#include <duktape.h>

// Duktape's calls are macros, which Swift does not see.
static inline duk_context *sluice_duk_create(void) { return duk_create_heap_default(); }
static inline void sluice_duk_destroy(duk_context *context) { duk_destroy_heap(context); }

// Evaluates a script; 0 when it ended, its value or the error then stands on top of the stack as text.
static inline int sluice_duk_eval(duk_context *context, const char *text, size_t size) {
    int result = duk_peval_lstring(context, text, size);
    duk_safe_to_string(context, -1);
    return result;
}

static inline const char *sluice_duk_text(duk_context *context, size_t *size) {
    duk_size_t length = 0;
    const char *text = duk_get_lstring(context, -1, &length);
    *size = length;
    return text;
}

static inline void sluice_duk_pop(duk_context *context) { duk_pop(context); }
